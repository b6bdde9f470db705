// Package store keeps all truth of Fixfirst on SQLite or PostgreSQL, behind one concrete type and one SQL text.
//
// Reading and writing happen inside View and Update. Methods of Tx give *troubleshoot.Error for what a client can mend
// (NotFound, Aborted, FailedPrecondition); every other error is the database's.
package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Options of Open; the zero value is right for a server.
type Options struct {
	// Secret seeds a new database's keyed hashes: arms, customer buckets, shopper tokens. 32 bytes; random when nil.
	// A database that exists keeps the secret it has.
	Secret []byte
	// Log takes what goes wrong in the background; discarded when nil.
	Log *slog.Logger
	// OneCommitEach switches group commit off, so that a benchmark can show what it is worth.
	OneCommitEach bool
}

// engine runs closures in transactions of one database.
type engine interface {
	view(ctx context.Context, fn func(*Tx) error) error
	update(ctx context.Context, fn func(*Tx) error) error
	ping(ctx context.Context) error
	close() error
}

// Store is a database of Fixfirst. It is safe for concurrent use.
type Store struct {
	engine    engine
	secrets   Secrets
	catalog   *catalogCache
	indexes   *searchIndexes
	revisions *revisionCache
	boards    boards
	bulk      chan struct{} // held by the one bulk update
	long      chan struct{} // held by the long views
}

// Open opens or creates the database at url, "sqlite:PATH" or "postgres://…", and migrates it.
func Open(ctx context.Context, url string, opt Options) (*Store, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{catalog: newCatalogCache(), indexes: newSearchIndexes(), revisions: newRevisionCache(), bulk: make(chan struct{}, 1), long: make(chan struct{}, max(1, runtime.NumCPU()-1))}
	var err error
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		s.engine, err = openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"), s, opt)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		s.engine, err = openPostgres(ctx, url, s)
	default:
		return nil, troubleshoot.Invalid("db", "%q is neither sqlite:PATH nor postgres://…", url)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := s.loadSecrets(ctx, opt.Secret); err != nil {
		return nil, errors.Join(fmt.Errorf("read the database's secret: %w", err), s.engine.close())
	}
	return s, nil
}

// View runs fn on one consistent snapshot, read only. It returns when ctx ends, whatever the database does; fn may then
// still be running, so what it writes must not be read after an error.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	return classify(s.engine.view(ctx, fn))
}

// Update runs fn in a transaction and returns after it is durable: on SQLite after the fsync of the group it was
// committed in. fn may run more than once and must have no side effects. Update returns when ctx ends, whatever the
// database does; the transaction may then still be committed, and what fn writes must not be read.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	return classify(s.engine.update(ctx, fn))
}

// UpdateBulk is Update for parts of a larger work, of which only one at a time may stand among the updates that somebody
// waits for: a shopper's intercept never queues behind more than one part.
func (s *Store) UpdateBulk(ctx context.Context, fn func(*Tx) error) error {
	return inPlace(ctx, s.bulk, s.Update, fn)
}

// ViewLong is View for what reads much, such as reports: it leaves connections to those who read one row and wait.
func (s *Store) ViewLong(ctx context.Context, fn func(*Tx) error) error {
	return inPlace(ctx, s.long, s.View, fn)
}

// inPlace runs fn while it has one of the places. Work that nobody waits for any more keeps its place until it has ended.
func inPlace(ctx context.Context, places chan struct{}, run func(context.Context, func(*Tx) error) error, fn func(*Tx) error) error {
	select {
	case places <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	var mu sync.Mutex
	running, over := false, false // fn is at work; run has returned
	leave := func() {
		if over && !running {
			<-places
		}
	}
	err := run(ctx, func(tx *Tx) error {
		mu.Lock()
		running = true
		mu.Unlock()
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			running = false
			leave()
		}()
		return fn(tx)
	})
	mu.Lock()
	defer mu.Unlock()
	over = true
	leave()
	return err
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return classify(s.engine.ping(ctx)) }

// Close waits for running transactions and closes the database.
func (s *Store) Close() error { return s.engine.close() }

// Secrets gives the database's keys.
func (s *Store) Secrets() Secrets { return s.secrets }

// loadSecrets reads the secret of the database, or gives it one; replicas that start together agree on the first.
func (s *Store) loadSecrets(ctx context.Context, secret []byte) error {
	if secret == nil {
		secret = make([]byte, secretBytes)
		if _, err := rand.Read(secret); err != nil {
			return err
		}
	}
	if len(secret) != secretBytes {
		return troubleshoot.Invalid("secret", "has %d bytes, needs %d", len(secret), secretBytes)
	}
	return s.Update(ctx, func(tx *Tx) error {
		fresh := base64.StdEncoding.EncodeToString(secret)
		if _, err := tx.exec(`INSERT INTO meta (name, value) VALUES ('secret', $1) ON CONFLICT (name) DO NOTHING`, fresh); err != nil {
			return err
		}
		var kept string
		if err := tx.row(`SELECT value FROM meta WHERE name = 'secret'`).Scan(&kept); err != nil {
			return err
		}
		raw, err := base64.StdEncoding.DecodeString(kept)
		if err != nil {
			return err
		}
		s.secrets = Secrets{master: [secretBytes]byte(raw)}
		return nil
	})
}
