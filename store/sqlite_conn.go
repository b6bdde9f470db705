package store

import (
	"context"
	"database/sql"
	"errors"
)

// sqliteConn is one connection with its prepared statements. Statements run without a cancellable context: the driver
// would start a goroutine for each and interrupt the whole group of updates with it. Deadlines are kept outside.
type sqliteConn struct {
	raw        *sql.Conn
	statements map[string]*sql.Stmt
}

func newSQLiteConn(ctx context.Context, db *sql.DB) (*sqliteConn, error) {
	raw, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{raw: raw, statements: map[string]*sql.Stmt{}}, nil
}

func (c *sqliteConn) close() {
	for _, s := range c.statements {
		_ = s.Close() // closing the connection frees what is left
	}
	_ = c.raw.Close() // db.Close reports what matters
}

// prepare gives the statement for query, which must be one of our constant texts or built from a bounded set of parts.
func (c *sqliteConn) prepare(query string) (*sql.Stmt, error) {
	if s, ok := c.statements[query]; ok {
		return s, nil
	}
	s, err := c.raw.PrepareContext(context.Background(), sqlite.rebind(query))
	if err == nil {
		c.statements[query] = s
	}
	return s, err
}

func (c *sqliteConn) exec(query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c *sqliteConn) query(query string, args ...any) (*sql.Rows, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.Background(), args...)
}

func (c *sqliteConn) row(query string, args ...any) *sql.Row {
	s, err := c.prepare(query)
	if err != nil { // a query that cannot be prepared fails again here, and the Row carries why
		return c.raw.QueryRowContext(context.Background(), sqlite.rebind(query), args...)
	}
	return s.QueryRowContext(context.Background(), args...)
}

// readOnly runs fn on one snapshot.
func (c *sqliteConn) readOnly(tx *Tx, fn func(*Tx) error) (panicked any, err error) {
	if _, err := c.exec(`BEGIN DEFERRED`); err != nil {
		return nil, err
	}
	panicked, err = guarded(tx, fn)
	if _, rollback := c.exec(`ROLLBACK`); rollback != nil {
		err = errors.Join(err, rollback)
	}
	return panicked, err
}

// guarded runs fn and catches a panic, so that the connection survives it and the caller's goroutine can raise it again.
func guarded(tx *Tx, fn func(*Tx) error) (panicked any, err error) {
	defer func() { panicked = recover() }()
	return nil, fn(tx)
}
