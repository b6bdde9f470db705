package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// Named limits of the SQLite engine.
const (
	sqliteQueue      = 4096                  // updates that may wait; more are told Unavailable at once
	sqliteGroup      = 256                   // updates committed by one fsync
	sqliteBusyWait   = 50 * time.Millisecond // how long the driver waits for another process's lock before we look at deadlines again
	sqliteCachePages = -16 * 1024            // page cache per connection, in KiB as negative
)

// sqliteEngine has one writing connection, fed by one goroutine that commits waiting updates together, and a pool of
// reading connections.
type sqliteEngine struct {
	db      *sql.DB
	store   *Store
	log     *slog.Logger
	group   int
	queue   chan *pendingUpdate
	readers chan *sqliteConn
	quit    chan struct{} // closed when close begins
	gone    chan struct{} // closed when the writer has answered its last update
	once    sync.Once
}

// pendingUpdate is an Update that waits for its turn and for its group's fsync.
type pendingUpdate struct {
	ctx      context.Context
	fn       func(*Tx) error
	err      error
	panicked any
	done     chan struct{}
}

func openSQLite(ctx context.Context, path string, s *Store, opt Options) (*sqliteEngine, error) {
	if path == "" {
		return nil, troubleshoot.Invalid("db", "sqlite: needs a path, as in sqlite:fixfirst-data/fixfirst.db")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := createPrivately(path); err != nil {
		return nil, err
	}
	pragmas := url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_foreign_keys": {"on"}, "_txlock": {"immediate"},
		"_busy_timeout": {fmt.Sprint(sqliteBusyWait.Milliseconds())}, "_cache_size": {fmt.Sprint(sqliteCachePages)}}
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	e := &sqliteEngine{db: db, store: s, log: opt.Log, group: sqliteGroup, queue: make(chan *pendingUpdate, sqliteQueue),
		quit: make(chan struct{}), gone: make(chan struct{})}
	if opt.OneCommitEach {
		e.group = 1
	}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return e, nil
}

// createPrivately makes a new database readable by its owner alone, and with it the files that SQLite puts beside it: they
// hold what shoppers wrote.
func createPrivately(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// start migrates, opens the connections and starts the writer.
func (e *sqliteEngine) start(ctx context.Context) error {
	if err := migrate(ctx, e.db, sqlite); err != nil {
		return err
	}
	readers := runtime.NumCPU() + 1 // more than long views may hold
	e.readers = make(chan *sqliteConn, readers)
	for range readers {
		c, err := newSQLiteConn(ctx, e.db)
		if err != nil {
			return err
		}
		e.readers <- c
	}
	writer, err := newSQLiteConn(ctx, e.db)
	if err != nil {
		return err
	}
	go e.write(writer)
	return nil
}

func (e *sqliteEngine) ping(ctx context.Context) error {
	return e.view(ctx, func(tx *Tx) error {
		var one int
		return tx.row(`SELECT 1`).Scan(&one)
	})
}

// close lets the writer finish what waits, then closes the connections.
func (e *sqliteEngine) close() error {
	var err error
	e.once.Do(func() {
		close(e.quit)
		<-e.gone
		for range cap(e.readers) {
			(<-e.readers).close()
		}
		err = e.db.Close()
	})
	return err
}

// view runs fn on a reading connection in a goroutine of its own, because the driver does not give up when ctx ends.
func (e *sqliteEngine) view(ctx context.Context, fn func(*Tx) error) error {
	var c *sqliteConn
	select {
	case c = <-e.readers:
	case <-e.quit:
		return errClosing()
	case <-ctx.Done():
		return ctx.Err()
	}
	var err error
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { e.readers <- c }()
		panicked, err = c.readOnly(&Tx{conn: c, store: e.store, dialect: sqlite}, fn)
	}()
	select {
	case <-done:
		if panicked != nil {
			panic(panicked)
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// update queues fn and waits for its group's commit, or for the end of ctx.
func (e *sqliteEngine) update(ctx context.Context, fn func(*Tx) error) error {
	p := &pendingUpdate{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case e.queue <- p:
	case <-e.quit:
		return errClosing()
	default:
		return troubleshoot.Errorf(troubleshoot.Unavailable, "the database is behind: %d updates wait; try again", sqliteQueue)
	}
	select {
	case <-p.done:
		return p.answer()
	case <-ctx.Done():
		return ctx.Err()
	case <-e.gone:
	}
	select {
	case <-p.done:
		return p.answer()
	default: // queued after the writer's last look: it will never run
		return errClosing()
	}
}

// answer gives what became of an update that is done.
func (p *pendingUpdate) answer() error {
	if p.panicked != nil {
		panic(p.panicked)
	}
	return p.err
}

func errClosing() error {
	return troubleshoot.Errorf(troubleshoot.Unavailable, "the server is shutting down; try again")
}
