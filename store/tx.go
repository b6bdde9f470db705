package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// conn runs statements of one transaction.
type conn interface {
	exec(query string, args ...any) (int64, error)
	query(query string, args ...any) (*sql.Rows, error)
	row(query string, args ...any) *sql.Row
}

// Tx is one transaction. It lives only as long as the closure it was given to.
type Tx struct {
	conn
	store   *Store
	dialect *dialect
	rollups deltas        // nil in a View
	service serviceDeltas // as well
}

// flush writes what the transaction adds to sums, last and in key order: rows that everybody wants are held shortest, and
// nobody waits in a circle.
func (tx *Tx) flush() error {
	if err := tx.rollups.flush(tx.conn); err != nil {
		return err
	}
	return tx.service.flush(tx.conn)
}

// lock makes transactions on one thing take turns until they end, whether its rows exist yet or not. what and parts name
// the thing.
func (tx *Tx) lock(what string, parts ...string) error {
	if tx.dialect.lock == "" {
		return nil
	}
	_, err := tx.exec(tx.dialect.lock, what+"\x1f"+strings.Join(parts, "\x1f"))
	return wrap("lock "+what, err)
}

// lockLine is lock for an order line.
func (tx *Tx) lockLine(seller, order, line string) error { return tx.lock("line", seller, order, line) }

// LockIntercept makes transactions on one intercept take turns until they end.
func (tx *Tx) LockIntercept(i troubleshoot.Intercept) error {
	return tx.lockLine(i.Line.Seller, i.Line.OrderID, i.Line.LineID)
}

// micros gives microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the reverse of micros.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// toJSON writes a document column; its values cannot fail.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: marshal %T: %v", v, err))
	}
	return string(b)
}

// fromJSON reads a document column; empty leaves v alone.
func fromJSON(text string, v any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), v)
}

// wrap says what was being done when err came up; nil stays nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// found turns "no rows" into the noun's NotFound.
func found(err error, noun, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return troubleshoot.Missing(noun, id)
	}
	return wrap("read "+noun, err)
}

// collect reads all rows with scan and closes them.
func collect[T any](rows *sql.Rows, err error, scan func(func(...any) error) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

func itoa(n int) string { return strconv.Itoa(n) }
