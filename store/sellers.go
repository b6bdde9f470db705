package store

import (
	"crypto/rand"
	"encoding/binary"
	"reflect"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// newCatalogToken gives a value that the catalog column has never had: a cache filled inside a transaction that is then
// rolled back can so never be taken for a later state.
func newCatalogToken() int64 {
	var b [8]byte
	rand.Read(b[:])
	return int64(binary.BigEndian.Uint64(b[:]) >> 1)
}

// touchCatalog tells every replica that what intercepts read of the seller has changed.
func (tx *Tx) touchCatalog(seller string) error {
	_, err := tx.exec(`UPDATE sellers SET catalog = $2 WHERE seller = $1`, seller, newCatalogToken())
	return wrap("touch catalog", err)
}

// EnsureSeller registers a seller with the default policy, unless it is registered.
func (tx *Tx) EnsureSeller(seller string, now time.Time) error {
	n, err := tx.exec(`INSERT INTO sellers (seller, display_name, time_zone, epoch, catalog, search) VALUES ($1, '', '', 1, $2, 0)
ON CONFLICT (seller) DO NOTHING`, seller, newCatalogToken())
	if err != nil || n == 0 {
		return wrap("register seller", err)
	}
	return tx.insertEpoch(troubleshoot.Epoch{Seller: seller, Number: 1, Policy: troubleshoot.DefaultPolicy(), OpenTime: now})
}

// PutSeller creates or replaces a seller.
func (tx *Tx) PutSeller(s troubleshoot.Seller, now time.Time) error {
	if err := tx.EnsureSeller(s.ID, now); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE sellers SET display_name = $2, time_zone = $3, catalog = $4 WHERE seller = $1`, s.ID, s.DisplayName, s.TimeZone, newCatalogToken())
	return wrap("put seller", err)
}

// Seller gives a seller, or NotFound.
func (tx *Tx) Seller(id string) (troubleshoot.Seller, error) {
	s := troubleshoot.Seller{ID: id}
	err := tx.row(`SELECT display_name, time_zone FROM sellers WHERE seller = $1`, id).Scan(&s.DisplayName, &s.TimeZone)
	return s, found(err, "seller", id)
}

// PutPolicy puts a policy in force. A change of anything opens a new epoch; the same policy again changes nothing.
func (tx *Tx) PutPolicy(seller string, p troubleshoot.Policy, now time.Time) (epoch troubleshoot.Epoch, opened bool, err error) {
	if err := tx.EnsureSeller(seller, now); err != nil {
		return epoch, false, err
	}
	current, err := tx.lockedEpoch(seller)
	if err != nil || reflect.DeepEqual(current.Policy, p) {
		return current, false, err
	}
	var last int64
	if err := tx.row(`SELECT MAX(epoch) FROM epochs WHERE seller = $1`, seller).Scan(&last); err != nil {
		return epoch, false, wrap("read epochs", err)
	}
	epoch = troubleshoot.Epoch{Seller: seller, Number: last + 1, Policy: p, OpenTime: now}
	if err := tx.insertEpoch(epoch); err != nil {
		return epoch, false, err
	}
	_, err = tx.exec(`UPDATE sellers SET epoch = $2, catalog = $3 WHERE seller = $1`, seller, epoch.Number, newCatalogToken())
	return epoch, true, wrap("open epoch", err)
}

// lockedEpoch gives the live epoch and keeps others from opening one until the transaction ends.
func (tx *Tx) lockedEpoch(seller string) (troubleshoot.Epoch, error) {
	var number int64
	if err := tx.row(`SELECT epoch FROM sellers WHERE seller = $1`+tx.dialect.forUpdate, seller).Scan(&number); err != nil {
		return troubleshoot.Epoch{}, found(err, "seller", seller)
	}
	return tx.Epoch(seller, number)
}

// LiveEpoch gives the epoch that new intercepts are decided in, or NotFound for an unknown seller.
func (tx *Tx) LiveEpoch(seller string) (troubleshoot.Epoch, error) {
	var number int64
	if err := tx.row(`SELECT epoch FROM sellers WHERE seller = $1`, seller).Scan(&number); err != nil {
		return troubleshoot.Epoch{}, found(err, "seller", seller)
	}
	return tx.Epoch(seller, number)
}

// HistoryEpoch gives the epoch for imported history under the policy now in force, and opens it where there is none:
// history keeps the arms that it was drawn with, so it is never mixed with a live epoch.
func (tx *Tx) HistoryEpoch(seller string, now time.Time) (troubleshoot.Epoch, error) {
	if err := tx.EnsureSeller(seller, now); err != nil {
		return troubleshoot.Epoch{}, err
	}
	live, err := tx.lockedEpoch(seller)
	if err != nil {
		return live, err
	}
	var last int64
	var imported bool
	err = tx.row(`SELECT epoch, imported FROM epochs WHERE seller = $1 ORDER BY epoch DESC LIMIT 1`, seller).Scan(&last, &imported)
	if err != nil {
		return live, wrap("read epochs", err)
	}
	if imported {
		history, err := tx.Epoch(seller, last)
		if err != nil || reflect.DeepEqual(history.Policy, live.Policy) {
			return history, err
		}
	}
	history := troubleshoot.Epoch{Seller: seller, Number: last + 1, Imported: true, Policy: live.Policy, OpenTime: now}
	return history, tx.insertEpoch(history)
}

func (tx *Tx) insertEpoch(e troubleshoot.Epoch) error {
	_, err := tx.exec(`INSERT INTO epochs (seller, epoch, imported, horizon_days, lag_days, policy, open_time) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.Seller, e.Number, e.Imported, e.Policy.MaturityDays, e.Policy.ReportingLagDays, toJSON(e.Policy), micros(e.OpenTime))
	return wrap("open epoch", err)
}

// Epoch gives one epoch, or NotFound.
func (tx *Tx) Epoch(seller string, number int64) (troubleshoot.Epoch, error) {
	e := troubleshoot.Epoch{Seller: seller, Number: number}
	var policy string
	var opened int64
	err := tx.row(`SELECT imported, policy, open_time FROM epochs WHERE seller = $1 AND epoch = $2`, seller, number).Scan(&e.Imported, &policy, &opened)
	if err != nil {
		return e, found(err, "policy", seller)
	}
	e.OpenTime = fromMicros(opened)
	return e, wrap("read policy", fromJSON(policy, &e.Policy))
}
