package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"sync"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Named limits of the PostgreSQL engine.
const (
	postgresConns   = 32 // connections of one replica, per four cores at least
	postgresRetries = 8  // runs of an Update that meets deadlocks
)

// postgresEngine gives each Update a transaction and connection of its own; PostgreSQL groups their commits itself.
type postgresEngine struct {
	db      *sql.DB
	store   *Store
	running sync.RWMutex // held for reading by each transaction, for writing by close
	closed  bool
}

func openPostgres(ctx context.Context, url string, s *Store) (*postgresEngine, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, err
	}
	conns := postgresConns * max(1, runtime.NumCPU()/4)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := migrate(ctx, db, postgres); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &postgresEngine{db: db, store: s}, nil
}

func (e *postgresEngine) ping(ctx context.Context) error {
	e.running.RLock()
	defer e.running.RUnlock()
	if e.closed {
		return errClosing()
	}
	return e.db.PingContext(ctx)
}

// close waits for running transactions; sql.DB alone would not.
func (e *postgresEngine) close() error {
	e.running.Lock()
	defer e.running.Unlock()
	e.closed = true
	return e.db.Close()
}

func (e *postgresEngine) view(ctx context.Context, fn func(*Tx) error) error {
	e.running.RLock()
	defer e.running.RUnlock()
	if e.closed {
		return errClosing()
	}
	raw, err := e.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer raw.Rollback()
	return ended(ctx, fn(&Tx{conn: postgresTx{ctx, raw}, store: e.store, dialect: postgres}))
}

// ended gives the end of ctx as the reason of an error after it: database/sql closes the transaction then, and only says
// that it is closed.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && errors.Is(err, sql.ErrTxDone) {
		return ctx.Err()
	}
	return err
}

func (e *postgresEngine) update(ctx context.Context, fn func(*Tx) error) error {
	e.running.RLock()
	defer e.running.RUnlock()
	if e.closed {
		return errClosing()
	}
	var err error
	for range postgresRetries {
		if err = ended(ctx, e.once(ctx, fn)); !isRetryable(err) {
			return err
		}
	}
	return err
}

func (e *postgresEngine) once(ctx context.Context, fn func(*Tx) error) error {
	raw, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer raw.Rollback()
	tx := &Tx{conn: postgresTx{ctx, raw}, store: e.store, dialect: postgres, rollups: deltas{}, service: serviceDeltas{}}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.flush(); err != nil {
		return err
	}
	return raw.Commit()
}

// postgresTx runs statements under the request's own deadline; pgx prepares and caches them.
type postgresTx struct {
	ctx context.Context
	raw *sql.Tx
}

func (t postgresTx) exec(query string, args ...any) (int64, error) {
	result, err := t.raw.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t postgresTx) query(query string, args ...any) (*sql.Rows, error) {
	return t.raw.QueryContext(t.ctx, query, args...)
}

func (t postgresTx) row(query string, args ...any) *sql.Row {
	return t.raw.QueryRowContext(t.ctx, query, args...)
}
