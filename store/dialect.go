package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"regexp"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// dialect holds the few differences between the engines; all other SQL is one text.
type dialect struct {
	name  string
	goose goose.Dialect
	// forUpdate locks the rows of a SELECT until the transaction ends. SQLite has one writer and needs none.
	forUpdate string
	// lock makes transactions on one name take turns, whether rows exist yet or not; "" where there is one writer.
	lock string
	// rebind turns $N into what the driver binds by number.
	rebind func(query string) string
}

// numbered matches the placeholders of our SQL. mattn's driver binds $N by first appearance, which is silently wrong for
// `SELECT $2, $1`; ?N it binds by number.
var numbered = regexp.MustCompile(`\$([0-9]+)`)

var sqlite = &dialect{
	name: "sqlite", goose: goose.DialectSQLite3,
	rebind: func(query string) string { return numbered.ReplaceAllString(query, "?$1") },
}

var postgres = &dialect{
	name: "postgres", goose: goose.DialectPostgres,
	forUpdate: " FOR UPDATE",
	lock:      "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
	rebind:    func(query string) string { return query },
}

// classify turns a driver's error into a domain error by its code; errors of the domain and ends of contexts pass as they are.
func classify(err error) error {
	var domain *troubleshoot.Error
	if err == nil || errors.As(err, &domain) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if isUnavailable(err) {
		return &troubleshoot.Error{Code: troubleshoot.Unavailable, Message: "the database is not available now; try again", Cause: err}
	}
	return err
}

// isUnavailable tells errors of a database that is locked, full, away or going down from errors of ours.
func isUnavailable(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		switch lite.Code {
		case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrReadonly, sqlite3.ErrInterrupt:
			return true
		}
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "08", "53", "57", "58": // connection, resources, operator intervention, system
			return true
		}
		return isRetryable(err)
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// isBusy tells that another process holds SQLite's write lock.
func isBusy(err error) bool {
	var lite sqlite3.Error
	return errors.As(err, &lite) && lite.Code == sqlite3.ErrBusy
}

// isRetryable tells serialisation failures and deadlocks of PostgreSQL, after which the transaction may simply run again.
func isRetryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
