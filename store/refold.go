package store

import (
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// facts loads what an intercept's contribution is folded from.
func (tx *Tx) facts(i troubleshoot.Intercept) (deflection.Facts, error) {
	epoch, err := tx.Epoch(i.Line.Seller, i.Epoch)
	if err != nil {
		return deflection.Facts{}, err
	}
	events, err := tx.ReturnEvents(i.Line.Seller, i.Line.OrderID, i.Line.LineID)
	if err != nil {
		return deflection.Facts{}, err
	}
	sessions, err := tx.SessionsOf(i.ID)
	return deflection.Facts{Intercept: i, Policy: epoch.Policy, Events: events, Sessions: sessions}, err
}

// refold brings an intercept's contribution, and its rollup, up to its facts. What changes after maturity is not
// restated: it is posted as a signed correction on the day it came.
func (tx *Tx) refold(seller, order, line string, now time.Time) error {
	i, old, err := scanIntercept(tx.row(selectIntercept+` WHERE seller = $1 AND order_id = $2 AND line_id = $3`, seller, order, line).Scan)
	if err != nil {
		return wrap("read intercept", err)
	}
	facts, err := tx.facts(i)
	if err != nil {
		return err
	}
	unit := deflection.Fold(facts)
	if unit == old {
		return nil
	}
	change := unit.Sums().Minus(old.Sums())
	key := keyOf(i)
	if !now.Before(i.MatureTime) {
		owner, err := tx.Seller(seller)
		if err != nil {
			return err
		}
		key.posted = troubleshoot.DayOf(now, Zone(owner))
		if unit.Returned != old.Returned {
			change.Corrected = 1
		}
	}
	tx.rollups.add(key, change)
	_, err = tx.exec(`UPDATE intercepts SET returned = $2, engaged = $3, attributed = $4, late = $5, uncosted = $6, units_returned = $7,
  loss = $8, help_seconds = $9, sessions = $10 WHERE id = $1`, i.ID, unit.Returned, unit.Engaged, unit.Attributed, unit.Late, unit.Uncosted,
		unit.UnitsReturned, unit.Loss, unit.HelpSeconds, unit.Sessions)
	return wrap("keep outcome", err)
}
