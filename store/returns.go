package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// recordPart is how many return events share a transaction where there are many: some milliseconds of the one writer.
const recordPart = 100

// RecordReturns is Tx.RecordReturns in parts, each durable by itself: after an error those before it are kept, and the
// same events again are duplicates.
func (s *Store) RecordReturns(ctx context.Context, events []troubleshoot.ReturnEvent, now time.Time) (recorded, duplicates int, err error) {
	update := s.Update
	if len(events) > recordPart {
		update = s.UpdateBulk
	}
	for part := range slices.Chunk(events, recordPart) {
		var new, known int
		if err := update(ctx, func(tx *Tx) (err error) {
			new, known, err = tx.RecordReturns(part, now)
			return err
		}); err != nil {
			return recorded, duplicates, err
		}
		recorded, duplicates = recorded+new, duplicates+known
	}
	return recorded, duplicates, nil
}

// RecordReturns keeps return events and brings the intercepts of their lines up to them. An event id that the seller has
// used before is a duplicate and changes nothing, whatever else the event says; lines without an intercept are kept too.
func (tx *Tx) RecordReturns(events []troubleshoot.ReturnEvent, now time.Time) (recorded, duplicates int, err error) {
	type line struct{ seller, order, line string }
	var lines []line
	for _, e := range events {
		lines = append(lines, line{e.Seller, e.OrderID, e.LineID})
	}
	slices.SortFunc(lines, func(a, b line) int {
		return strings.Compare(a.seller+"\x00"+a.order+"\x00"+a.line, b.seller+"\x00"+b.order+"\x00"+b.line)
	})
	lines = slices.Compact(lines)
	for _, l := range lines { // in one order everywhere, so that nobody waits in a circle
		if err := tx.lockLine(l.seller, l.order, l.line); err != nil {
			return 0, 0, err
		}
	}
	for _, e := range events {
		n, err := tx.insertReturnEvent(e, now)
		if err != nil {
			return 0, 0, err
		}
		recorded += int(n)
	}
	for _, l := range lines {
		if err := tx.RefoldLine(l.seller, l.order, l.line, now); err != nil {
			return 0, 0, err
		}
	}
	return recorded, len(events) - recorded, nil
}

// insertReturnEvent stores an event; 0 when its id is known.
func (tx *Tx) insertReturnEvent(e troubleshoot.ReturnEvent, now time.Time) (int64, error) {
	n, err := tx.exec(`INSERT INTO return_events (seller, event_id, order_id, line_id, quantity, kind, event_time, refund, refund_currency,
  salvage, salvage_currency, record_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (seller, event_id) DO NOTHING`, e.Seller, e.EventID, e.OrderID, e.LineID, e.Quantity, e.Kind, micros(e.Time),
		e.Refund.Minor, e.Refund.Currency, e.Salvage.Minor, e.Salvage.Currency, micros(now))
	return n, wrap("keep return event", err)
}

// RefoldLine brings the intercept of a line, where there is one, up to its facts.
func (tx *Tx) RefoldLine(seller, order, line string, now time.Time) error {
	var one int
	err := tx.row(`SELECT 1 FROM intercepts WHERE seller = $1 AND order_id = $2 AND line_id = $3`, seller, order, line).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return wrap("look for intercept", err)
	}
	return tx.refold(seller, order, line, now)
}

const selectReturnEvents = `SELECT event_id, quantity, kind, event_time, refund, refund_currency, salvage, salvage_currency, record_time
FROM return_events WHERE seller = $1 AND order_id = $2 AND line_id = $3 ORDER BY event_time, event_id`

// ReturnEvents gives the events of a line by event time, then id.
func (tx *Tx) ReturnEvents(seller, order, line string) ([]troubleshoot.ReturnEvent, error) {
	rows, err := tx.query(selectReturnEvents, seller, order, line)
	events, err := collect(rows, err, func(scan func(...any) error) (troubleshoot.ReturnEvent, error) {
		e := troubleshoot.ReturnEvent{Seller: seller, OrderID: order, LineID: line}
		var at, recorded int64
		err := scan(&e.EventID, &e.Quantity, &e.Kind, &at, &e.Refund.Minor, &e.Refund.Currency, &e.Salvage.Minor, &e.Salvage.Currency, &recorded)
		e.Time, e.RecordTime = fromMicros(at), fromMicros(recorded)
		return e, err
	})
	return events, wrap("read return events", err)
}

// KeepOrderLine keeps a sold order line; false when it was known.
func (tx *Tx) KeepOrderLine(l troubleshoot.OrderLine, ordered time.Time, shopper string) (bool, error) {
	n, err := tx.exec(`INSERT INTO order_lines (seller, order_id, line_id, sku, quantity, unit_price, currency, order_time, shopper)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (seller, order_id, line_id) DO NOTHING`,
		l.Seller, l.OrderID, l.LineID, l.SKU, l.Quantity, l.UnitPrice.Minor, l.UnitPrice.Currency, micros(ordered), shopper)
	return n > 0, wrap("keep order line", err)
}
