package store

import (
	"encoding/hex"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

const selectKey = `SELECT id, hash, prefix, role, seller, expert, display_name, create_time, expire_time, revoke_time,
  creator, request_id FROM api_keys`

func scanKey(scan func(...any) error) (troubleshoot.Key, error) {
	var k troubleshoot.Key
	var hash string
	var created, expires, revoked int64
	err := scan(&k.ID, &hash, &k.Prefix, &k.Role, &k.Seller, &k.Expert, &k.DisplayName, &created, &expires, &revoked, &k.Creator, &k.RequestID)
	if err != nil {
		return k, err
	}
	k.CreateTime, k.ExpireTime, k.RevokeTime = fromMicros(created), fromMicros(expires), fromMicros(revoked)
	k.Hash, err = hex.DecodeString(hash)
	return k, err
}

// KeepKey stores a new API key.
func (tx *Tx) KeepKey(k troubleshoot.Key) error {
	if _, err := tx.exec(`INSERT INTO api_keys (id, hash, prefix, role, seller, expert, display_name, create_time, expire_time, revoke_time,
  creator, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)`, k.ID, hex.EncodeToString(k.Hash), k.Prefix, k.Role,
		k.Seller, k.Expert, k.DisplayName, micros(k.CreateTime), micros(k.ExpireTime), k.Creator, k.RequestID); err != nil {
		return wrap("keep key", err)
	}
	return tx.expertsChanged(k)
}

// expertsChanged tells intercepts that a seller's experts have changed.
func (tx *Tx) expertsChanged(k troubleshoot.Key) error {
	switch {
	case k.Role != troubleshoot.RoleExpert:
		return nil
	case k.Seller != "":
		return tx.touchCatalog(k.Seller)
	}
	_, err := tx.exec(`UPDATE sellers SET catalog = $1`, newCatalogToken())
	return wrap("touch catalogs", err)
}

// KeyByHash gives the key whose secret has this SHA-256, revoked and expired ones too, or NotFound.
func (tx *Tx) KeyByHash(hash [32]byte) (troubleshoot.Key, error) {
	k, err := scanKey(tx.row(selectKey+` WHERE hash = $1`, hex.EncodeToString(hash[:])).Scan)
	return k, found(err, "key", "")
}

// Key gives a key by id, or NotFound.
func (tx *Tx) Key(id string) (troubleshoot.Key, error) {
	k, err := scanKey(tx.row(selectKey+` WHERE id = $1`, id).Scan)
	return k, found(err, "key", id)
}

// KeyOfRequest gives the key that a request id of a creator made, or NotFound. Until the transaction ends, others who ask
// for the same wait, so that one request id makes one key.
func (tx *Tx) KeyOfRequest(creator, requestID string) (troubleshoot.Key, error) {
	if err := tx.lock("key", creator, requestID); err != nil {
		return troubleshoot.Key{}, err
	}
	k, err := scanKey(tx.row(selectKey+` WHERE creator = $1 AND request_id = $2 AND request_id <> ''`, creator, requestID).Scan)
	return k, found(err, "key", requestID)
}

// KeyFilter narrows Keys; zero values do not.
type KeyFilter struct {
	Seller  string
	Without troubleshoot.Role // this role's keys are left out
	Before  string            // ids before this one
	Limit   int
}

// Keys lists keys, newest first.
func (tx *Tx) Keys(f KeyFilter) ([]troubleshoot.Key, error) {
	rows, err := tx.query(selectKey+` WHERE ($1 = '' OR seller = $1) AND role <> $2 AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`,
		f.Seller, f.Without, f.Before, f.Limit)
	keys, err := collect(rows, err, scanKey)
	return keys, wrap("list keys", err)
}

// RevokeKey ends a key, for good. Revoking again changes nothing; an unknown id is NotFound.
func (tx *Tx) RevokeKey(id string, now time.Time) error {
	k, err := tx.Key(id)
	if err != nil || !k.RevokeTime.IsZero() {
		return err
	}
	if _, err := tx.exec(`UPDATE api_keys SET revoke_time = $2 WHERE id = $1 AND revoke_time = 0`, id, micros(now)); err != nil {
		return wrap("revoke key", err)
	}
	return tx.expertsChanged(k)
}

// AnyKey tells whether a key was ever made: a new database gets its first admin key at the first start.
func (tx *Tx) AnyKey() (bool, error) {
	var any bool
	err := tx.row(`SELECT EXISTS (SELECT 1 FROM api_keys)`).Scan(&any)
	return any, wrap("look for keys", err)
}

// ClaimFirstKey tells one caller, for good, that it makes the first key of a database that has none.
func (tx *Tx) ClaimFirstKey(now time.Time) (bool, error) {
	if any, err := tx.AnyKey(); err != nil || any {
		return false, err
	}
	n, err := tx.exec(`INSERT INTO meta (name, value) VALUES ('first key', $1) ON CONFLICT (name) DO NOTHING`, now.UTC().Format(time.RFC3339))
	return n > 0, wrap("claim first key", err)
}
