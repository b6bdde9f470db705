package store

import "time"

// Audit keeps who did what to what: one row a change of state, and one a reading of what is somebody's conversation.
func (tx *Tx) Audit(now time.Time, seller, actor, action, subject, detail string) error {
	_, err := tx.exec(`INSERT INTO audit (id, seller, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)`,
		NewID(now), seller, actor, action, subject, detail)
	return wrap("audit", err)
}
