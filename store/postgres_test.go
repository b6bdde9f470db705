package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestClosuresRunAgain has the closure fail as PostgreSQL lets transactions fail that may simply run again.
func TestClosuresRunAgain(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres(t))
	for _, code := range []string{"40001", "40P01"} {
		runs := 0
		storetest.Update(t, s, func(tx *store.Tx) error {
			if runs++; runs < 4 {
				if err := tx.SetMeta(code, "rolled back, so written once"); err != nil {
					return err
				}
				return &pgconn.PgError{Code: code}
			}
			return tx.SetMeta(code, "written")
		})
		wantSame(t, meta(t, s, code), "written")
		runs = 0
		wantCode(t, s.Update(context.Background(), func(*store.Tx) error {
			runs++
			return &pgconn.PgError{Code: code}
		}), troubleshoot.Unavailable)
		if runs < 2 || runs > 20 {
			t.Errorf("a closure that always fails ran %d times", runs)
		}
	}
	runs := 0
	if err := s.Update(context.Background(), func(*store.Tx) error { runs++; return errMine }); !errors.Is(err, errMine) || runs != 1 {
		t.Errorf("an error of its own ran %d times and gave %v", runs, err)
	}
}

// TestDeadlockIsResolved has two updates lock two lines against each other's order.
func TestDeadlockIsResolved(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres(t))
	var met sync.WaitGroup // until both hold their first lock
	met.Add(2)
	var runs atomic.Int64
	var group sync.WaitGroup
	for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
		group.Go(func() {
			var once sync.Once
			if err := s.Update(context.Background(), func(tx *store.Tx) error {
				runs.Add(1)
				if err := tx.LockLine(order[0]); err != nil {
					return err
				}
				once.Do(func() { met.Done(); met.Wait() })
				if err := tx.LockLine(order[1]); err != nil {
					return err
				}
				return tx.SetMeta(order[0]+order[1], "written")
			}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if meta(t, s, "ab")+meta(t, s, "ba") != "writtenwritten" || runs.Load() < 3 {
		t.Errorf("after %d runs %q and %q are written", runs.Load(), meta(t, s, "ab"), meta(t, s, "ba"))
	}
}

// TestDeadlineEndsAWait waits for a lock that another transaction keeps.
func TestDeadlineEndsAWait(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres(t))
	held, release := make(chan struct{}), make(chan struct{})
	holder := make(chan error)
	go func() {
		holder <- s.Update(context.Background(), func(tx *store.Tx) error {
			err := tx.LockLine("o1")
			close(held)
			<-release
			return err
		})
	}()
	<-held
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := s.Update(ctx, func(tx *store.Tx) error {
		if err := tx.LockLine("o1"); err != nil {
			return err
		}
		return tx.SetMeta("abandoned", "written")
	})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	close(release)
	if err := <-holder; err != nil {
		t.Error(err)
	}
	wantSame(t, meta(t, s, "abandoned"), "")
}

// TestLostConnectionsAreUnavailable ends the server's side of a running transaction, as a restart of the server does.
func TestLostConnectionsAreUnavailable(t *testing.T) {
	url := storetest.Postgres(t)
	s := storetest.Open(t, url)
	raw := storetest.Raw(t, url)
	wantCode(t, s.Update(context.Background(), func(tx *store.Tx) error {
		pid, err := tx.Value(`SELECT CAST(pg_backend_pid() AS TEXT)`)
		if err != nil {
			return err
		}
		if _, err := raw.Exec(`SELECT pg_terminate_backend($1::int, 10000)`, pid); err != nil {
			return err
		}
		return tx.SetMeta("lost", "written")
	}), troubleshoot.Unavailable)
	storetest.Update(t, s, func(tx *store.Tx) error { return tx.SetMeta("next", "written") })
	wantSame(t, meta(t, s, "lost")+meta(t, s, "next"), "written")
}

// TestReplicasStartTogether opens one empty database many times at once.
func TestReplicasStartTogether(t *testing.T) {
	url := storetest.Postgres(t)
	var replicas [6]*store.Store
	var group sync.WaitGroup
	for n := range replicas {
		group.Go(func() {
			s, err := store.Open(context.Background(), url, store.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			replicas[n] = s
		})
	}
	group.Wait()
	for _, s := range replicas {
		if s == nil {
			continue
		}
		if s.Secrets() != replicas[0].Secrets() {
			t.Error("two replicas have two secrets")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestServerThatIsAway(t *testing.T) {
	_, err := store.Open(context.Background(), "postgres://postgres@/none?host="+t.TempDir(), store.Options{})
	if err == nil {
		t.Error("a store opened without a server")
	}
}
