package store

import (
	"encoding/hex"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

const selectKey = `SELECT id, hash, prefix, role, seller, expert, display_name, create_time, expire_time, revoke_time FROM api_keys`

func scanKey(scan func(...any) error) (troubleshoot.Key, error) {
	var k troubleshoot.Key
	var hash string
	var created, expires, revoked int64
	err := scan(&k.ID, &hash, &k.Prefix, &k.Role, &k.Seller, &k.Expert, &k.DisplayName, &created, &expires, &revoked)
	if err != nil {
		return k, err
	}
	k.CreateTime, k.ExpireTime, k.RevokeTime = fromMicros(created), fromMicros(expires), fromMicros(revoked)
	k.Hash, err = hex.DecodeString(hash)
	return k, err
}

// KeepKey stores a new API key.
func (tx *Tx) KeepKey(k troubleshoot.Key) error {
	if _, err := tx.exec(`INSERT INTO api_keys (id, hash, prefix, role, seller, expert, display_name, create_time, expire_time, revoke_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`, k.ID, hex.EncodeToString(k.Hash), k.Prefix, k.Role, k.Seller, k.Expert, k.DisplayName,
		micros(k.CreateTime), micros(k.ExpireTime)); err != nil {
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

// Keys lists keys, newest first, of one seller or ("") of all, with ids before the given one ("" from the newest).
func (tx *Tx) Keys(seller, before string, limit int) ([]troubleshoot.Key, error) {
	rows, err := tx.query(selectKey+` WHERE ($1 = '' OR seller = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, seller, before, limit)
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
