package store

import (
	"strconv"
	"strings"
)

// Named limits of the engines that their tests reach.
const (
	SQLiteQueue = sqliteQueue
	SQLiteGroup = sqliteGroup
)

// Value reads one value with a query of the test's own, on the very connection of the transaction.
func (tx *Tx) Value(query string, args ...any) (value string, err error) {
	err = tx.row(query, args...).Scan(&value)
	return value, err
}

// SetMeta writes a row that no other test looks at.
func (tx *Tx) SetMeta(name, value string) error {
	_, err := tx.exec(`INSERT INTO meta (name, value) VALUES ($1, $2)`, name, value)
	return err
}

// Meta reads what SetMeta wrote; "" where there is none.
func (tx *Tx) Meta(name string) (string, error) {
	return tx.Value(`SELECT COALESCE(MAX(value), '') FROM meta WHERE name = $1`, name)
}

// LockLine makes transactions on one order line take turns.
func (tx *Tx) LockLine(order string) error { return tx.lockLine("acme", order, "1") }

// InOrder reads its arguments against the order of their numbers.
func (tx *Tx) InOrder(first, second string) (value string, err error) {
	err = tx.row(`SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT)`, first, second).Scan(&value)
	return value, err
}

// ForgetOneFix makes the outcomes of guides wrong.
func (tx *Tx) ForgetOneFix() error {
	_, err := tx.exec(`UPDATE guide_outcomes SET fixed = fixed - 1`)
	return err
}

// RememberOneFix makes them right again.
func (tx *Tx) RememberOneFix() error {
	_, err := tx.exec(`UPDATE guide_outcomes SET fixed = fixed + 1`)
	return err
}

// Queries that are asked for every intercept, or for each of many.
var HotQueries = map[string]string{
	"return events of a line": selectReturnEvents,
	"guides of a SKU":         selectPublishedGuides,
	"intercept of a line":     selectIntercept + ` WHERE seller = $1 AND order_id = $2 AND line_id = $3`,
	"changes of terms":        selectTermChanges,
	"terms of a guide":        selectGuideTerms,
	"sessions of a seller":    selectSessions + ofSeller,
	"queue of a seller":       selectSessions + inQueue + ofSeller,
	"queue of the board":      selectWaiting,
	"queue as shown":          selectWaitingSessions,
	"queue, rung out":         `SELECT id FROM sessions WHERE ` + whereRungOut,
	"queue, calls over":       `SELECT id FROM sessions WHERE ` + whereCallsOver,
	"hand of an expert":       selectHand,
	"hands, left open":        `SELECT id FROM sessions WHERE ` + whereLeftOpen,
	"hands, loads":            selectLoads,
}

// Plan gives SQLite's plan of a query, a line a step.
func (tx *Tx) Plan(query string) (steps []string, err error) {
	var args []any
	for strings.Contains(query, "$"+strconv.Itoa(len(args)+1)) {
		args = append(args, "1")
	}
	rows, err := tx.query(`EXPLAIN QUERY PLAN `+query, args...)
	return collect(rows, err, func(scan func(...any) error) (step string, err error) {
		var id, parent, unused int64
		err = scan(&id, &parent, &unused, &step)
		return step, err
	})
}
