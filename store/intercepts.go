package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// InterceptInputs is what a decision about an order line needs.
type InterceptInputs struct {
	Kept        *troubleshoot.Intercept // the first decision, when there is one: it stands
	Seller      troubleshoot.Seller
	Epoch       troubleshoot.Epoch
	Salt        [32]byte
	Item        troubleshoot.Item // zero but for seller and SKU when the seller has none
	Guides      []troubleshoot.FittingGuide
	ExpertsTill time.Time // until then the seller has experts who can sign in; zero: none
	EventsKnown bool      // the store has reported return events of the line already
	LineDiffers bool      // the line was imported as sold with another SKU or currency, or fewer units
}

// InterceptInputs loads what Decide needs for line. A seller that nobody has registered gets the default policy, and is
// registered.
func (tx *Tx) InterceptInputs(line troubleshoot.OrderLine, now time.Time) (InterceptInputs, error) {
	if err := tx.lockLine(line.Seller, line.OrderID, line.LineID); err != nil {
		return InterceptInputs{}, err
	}
	var epoch, catalog int64
	var kept sql.NullString
	var events, differs bool
	err := tx.row(`SELECT epoch, catalog,
  (SELECT id FROM intercepts WHERE seller = $1 AND order_id = $2 AND line_id = $3),
  EXISTS (SELECT 1 FROM return_events WHERE seller = $1 AND order_id = $2 AND line_id = $3),
  EXISTS (SELECT 1 FROM order_lines WHERE seller = $1 AND order_id = $2 AND line_id = $3 AND (sku <> $4 OR currency <> $5 OR quantity < $6))
FROM sellers WHERE seller = $1`, line.Seller, line.OrderID, line.LineID, line.SKU, line.UnitPrice.Currency, line.Quantity).
		Scan(&epoch, &catalog, &kept, &events, &differs)
	if errors.Is(err, sql.ErrNoRows) {
		if err := tx.EnsureSeller(line.Seller, now); err != nil {
			return InterceptInputs{}, err
		}
		return tx.InterceptInputs(line, now)
	}
	if err != nil {
		return InterceptInputs{}, wrap("read seller", err)
	}
	if kept.Valid {
		first, err := tx.Intercept(kept.String)
		return InterceptInputs{Kept: &first}, err
	}
	shelf, err := tx.catalog(line.Seller, epoch, catalog, now)
	if err != nil {
		return InterceptInputs{}, err
	}
	found, err := tx.catalogSKU(shelf, line.SKU)
	if err != nil {
		return InterceptInputs{}, err
	}
	return InterceptInputs{Seller: shelf.seller, Epoch: shelf.epoch, Salt: shelf.salt, Item: found.item, Guides: found.guides,
		ExpertsTill: shelf.expertsTill, EventsKnown: events, LineDiffers: differs}, nil
}

const insertIntercept = `INSERT INTO intercepts (id, seller, order_id, line_id, sku, quantity, unit_price, currency, delivered_time,
  withdrawal_deadline, reason, raw_reason, comment, shopper, locale, refund_url, arm, why, epoch, offer, return_cost, return_cost_currency,
  create_time, mature_time, day, choice, cost_of_return, cost_of_return_currency)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
ON CONFLICT (seller, order_id, line_id) DO NOTHING`

// KeepIntercept stores a decision before anybody is shown it. The first one wins: where the line has one already, that
// one comes back and kept is false.
func (tx *Tx) KeepIntercept(i troubleshoot.Intercept) (first troubleshoot.Intercept, kept bool, err error) {
	if err := tx.lockLine(i.Line.Seller, i.Line.OrderID, i.Line.LineID); err != nil {
		return i, false, err
	}
	l := i.Line
	offer := ""
	if i.Arm == troubleshoot.Offered {
		offer = toJSON(i.Offer)
	}
	n, err := tx.exec(insertIntercept, i.ID, l.Seller, l.OrderID, l.LineID, l.SKU, l.Quantity, l.UnitPrice.Minor, l.UnitPrice.Currency,
		micros(l.DeliveredTime), micros(l.WithdrawalDeadline), string(i.Reason), i.RawReason, i.Comment, i.Shopper, i.Locale, i.RefundURL,
		i.Arm, i.Why, i.Epoch, offer, i.ReturnCost.Minor, i.ReturnCost.Currency, micros(i.CreateTime), micros(i.MatureTime), i.Day,
		i.Choice, i.CostOfReturn.Minor, i.CostOfReturn.Currency)
	if err != nil {
		return i, false, wrap("keep intercept", err)
	}
	if n == 0 {
		first, err := tx.InterceptOfLine(l.Seller, l.OrderID, l.LineID)
		return first, false, err
	}
	tx.rollups.add(keyOf(i), deflection.Unit{UnitsIntended: l.Quantity}.Sums())
	return i, true, nil
}

// keyOf names the rollup that an intercept's own contribution is in.
func keyOf(i troubleshoot.Intercept) rollupKey {
	return rollupKey{seller: i.Line.Seller, day: i.Day, sku: i.Line.SKU, reason: string(i.Reason), epoch: i.Epoch, arm: i.Arm, currency: i.Line.UnitPrice.Currency}
}

const selectIntercept = `SELECT id, seller, order_id, line_id, sku, quantity, unit_price, currency, delivered_time,
  withdrawal_deadline, reason, raw_reason, comment, shopper, locale, refund_url, arm, why, epoch, offer, return_cost, return_cost_currency,
  create_time, mature_time, day, choice, cost_of_return, cost_of_return_currency,
  returned, engaged, attributed, late, uncosted, units_returned, loss, help_seconds, sessions FROM intercepts`

// scanIntercept reads a row of selectIntercept: the intercept, and what it has added to its rollup.
func scanIntercept(scan func(...any) error) (i troubleshoot.Intercept, u deflection.Unit, err error) {
	l := &i.Line
	var delivered, deadline, created, matures int64
	var offer string
	err = scan(&i.ID, &l.Seller, &l.OrderID, &l.LineID, &l.SKU, &l.Quantity, &l.UnitPrice.Minor, &l.UnitPrice.Currency, &delivered,
		&deadline, &i.Reason, &i.RawReason, &i.Comment, &i.Shopper, &i.Locale, &i.RefundURL, &i.Arm, &i.Why, &i.Epoch, &offer,
		&i.ReturnCost.Minor, &i.ReturnCost.Currency, &created, &matures, &i.Day, &i.Choice, &i.CostOfReturn.Minor, &i.CostOfReturn.Currency,
		&u.Returned, &u.Engaged, &u.Attributed, &u.Late, &u.Uncosted, &u.UnitsReturned, &u.Loss, &u.HelpSeconds, &u.Sessions)
	if err != nil {
		return i, u, err
	}
	u.UnitsIntended = l.Quantity
	l.DeliveredTime, l.WithdrawalDeadline = fromMicros(delivered), fromMicros(deadline)
	i.CreateTime, i.MatureTime = fromMicros(created), fromMicros(matures)
	return i, u, fromJSON(offer, &i.Offer)
}

// Intercept gives the intercept, or NotFound.
func (tx *Tx) Intercept(id string) (troubleshoot.Intercept, error) {
	i, _, err := scanIntercept(tx.row(selectIntercept+` WHERE id = $1`, id).Scan)
	return i, found(err, "intercept", id)
}

// InterceptOfLine gives the intercept of an order line, or NotFound.
func (tx *Tx) InterceptOfLine(seller, order, line string) (troubleshoot.Intercept, error) {
	i, _, err := scanIntercept(tx.row(selectIntercept+` WHERE seller = $1 AND order_id = $2 AND line_id = $3`, seller, order, line).Scan)
	return i, found(err, "intercept", fmt.Sprintf("%s/%s/%s", seller, order, line))
}

// Choose keeps the shopper's choice. After maturity the outcome is frozen: FailedPrecondition.
func (tx *Tx) Choose(id string, choice troubleshoot.Choice, now time.Time) (troubleshoot.Intercept, error) {
	i, err := tx.Intercept(id)
	if err != nil {
		return i, err
	}
	if i.Choice == choice {
		return i, nil
	}
	if !now.Before(i.MatureTime) {
		return i, troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the intercept matured at %s: its choice is final", i.MatureTime.Format(time.RFC3339))
	}
	i.Choice = choice
	_, err = tx.exec(`UPDATE intercepts SET choice = $2 WHERE id = $1`, id, choice)
	return i, wrap("keep choice", err)
}
