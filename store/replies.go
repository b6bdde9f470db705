package store

import "github.com/fixfirst/fixfirst/troubleshoot"

// PutReply creates or replaces a ready reply.
func (tx *Tx) PutReply(r troubleshoot.Reply) error {
	_, err := tx.exec(`INSERT INTO replies (seller, reply, title, texts, update_time) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (seller, reply) DO UPDATE SET title = excluded.title, texts = excluded.texts, update_time = excluded.update_time`,
		r.Seller, r.ID, r.Title, toJSON(r.Texts), micros(r.UpdateTime))
	return wrap("put reply", err)
}

const selectReply = `SELECT seller, reply, title, texts, update_time FROM replies WHERE seller = $1`

func scanReply(scan func(...any) error) (troubleshoot.Reply, error) {
	var r troubleshoot.Reply
	var texts string
	var updated int64
	if err := scan(&r.Seller, &r.ID, &r.Title, &texts, &updated); err != nil {
		return r, err
	}
	r.UpdateTime = fromMicros(updated)
	return r, fromJSON(texts, &r.Texts)
}

// Reply gives a ready reply, or NotFound.
func (tx *Tx) Reply(seller, id string) (troubleshoot.Reply, error) {
	r, err := scanReply(tx.row(selectReply+` AND reply = $2`, seller, id).Scan)
	return r, found(err, "reply", id)
}

// Replies lists a seller's ready replies by id, after one.
func (tx *Tx) Replies(seller, after string, limit int) ([]troubleshoot.Reply, error) {
	rows, err := tx.query(selectReply+` AND reply > $2 ORDER BY reply LIMIT $3`, seller, after, limit)
	replies, err := collect(rows, err, scanReply)
	return replies, wrap("list replies", err)
}

// DeleteReply removes a ready reply, or gives NotFound.
func (tx *Tx) DeleteReply(seller, id string) error {
	n, err := tx.exec(`DELETE FROM replies WHERE seller = $1 AND reply = $2`, seller, id)
	if err == nil && n == 0 {
		return troubleshoot.Missing("reply", id)
	}
	return wrap("delete reply", err)
}
