package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// lockedByAnother gives a store whose database another process holds locked, and what unlocks it.
func lockedByAnother(t *testing.T) (*store.Store, func()) {
	t.Helper()
	url := storetest.SQLite(t)
	s := storetest.Open(t, url)
	other, err := storetest.Raw(t, url).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	run := func(statement string) {
		if _, err := other.ExecContext(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	run(`BEGIN IMMEDIATE`)
	return s, func() { run(`COMMIT`) }
}

// TestLockedDatabaseKeepsDeadlines has the deadline end while another process holds the write lock.
func TestLockedDatabaseKeepsDeadlines(t *testing.T) {
	s, unlock := lockedByAnother(t)
	var ran atomic.Int64
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(n)*time.Millisecond)
			defer cancel()
			began := time.Now()
			err := s.Update(ctx, func(tx *store.Tx) error {
				ran.Add(1)
				return tx.SetMeta(fmt.Sprint("abandoned ", n), "written")
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("update %d gave %v", n, err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("update %d came back after %s", n, took)
			}
		})
	}
	group.Wait()
	wantSame(t, meta(t, s, "abandoned 1"), "") // reading goes on
	unlock()
	storetest.Update(t, s, func(tx *store.Tx) error { return tx.SetMeta("later", "written") })
	wantSame(t, meta(t, s, "later"), "written")
	if ran.Load() != 0 {
		t.Errorf("%d abandoned updates ran afterwards", ran.Load())
	}
}

// TestFullQueueRefusesAtOnce lets more updates wait than may wait.
func TestFullQueueRefusesAtOnce(t *testing.T) {
	s, unlock := lockedByAnother(t)
	const extra = 40
	updates := store.SQLiteQueue + store.SQLiteGroup + extra
	results := make(chan error, updates)
	var ran atomic.Int64
	for range updates {
		go func() {
			results <- s.Update(context.Background(), func(*store.Tx) error {
				ran.Add(1)
				return nil
			})
		}()
	}
	refused := 0
	for ; refused < extra; refused++ { // at least so many can neither be in the group nor in the queue
		wantCode(t, <-results, troubleshoot.Unavailable)
	}
	unlock()
	for range updates - extra {
		if err := <-results; err != nil {
			wantCode(t, err, troubleshoot.Unavailable)
			refused++
		}
	}
	if int(ran.Load()) != updates-refused {
		t.Errorf("%d updates ran, %d were refused of %d", ran.Load(), refused, updates)
	}
	storetest.Update(t, s, func(tx *store.Tx) error { return tx.SetMeta("after", "all works") })
	wantSame(t, meta(t, s, "after"), "all works")
}

// TestDeadlineEndsTheCall keeps closures from finishing and looks whether their callers come back.
func TestDeadlineEndsTheCall(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	for name, call := range map[string]func(context.Context, func(*store.Tx) error) error{"view": s.View, "update": s.Update} {
		ctx, cancel := context.WithCancel(context.Background())
		release := make(chan struct{})
		err := call(ctx, func(*store.Tx) error {
			cancel()
			<-release
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s gave %v", name, err)
		}
		close(release)
	}
	wantSame(t, meta(t, s, "nothing"), "")
}

// TestPragmasAreInForce asks the writing connection, and all reading ones at once.
func TestPragmasAreInForce(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "cache_size": "-16384", "busy_timeout": "50"}
	ask := func(who string, tx *store.Tx) error {
		for pragma, value := range want {
			got, err := tx.Value(`PRAGMA ` + pragma)
			if err != nil {
				return err
			}
			if got != value {
				t.Errorf("%s has %s = %s, want %s", who, pragma, got, value)
			}
		}
		return nil
	}
	storetest.Update(t, s, func(tx *store.Tx) error { return ask("the writer", tx) })
	readers := runtime.NumCPU() + 1
	var all sync.WaitGroup // until each reader is in use
	all.Add(readers)
	var group sync.WaitGroup
	for n := range readers {
		group.Go(func() {
			if err := s.View(context.Background(), func(tx *store.Tx) error {
				all.Done()
				all.Wait()
				return ask(fmt.Sprint("reader ", n), tx)
			}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// TestBusyReadersKeepDeadlines asks for a View while all connections are taken.
func TestBusyReadersKeepDeadlines(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	release := make(chan struct{})
	var taken, group sync.WaitGroup
	readers := runtime.NumCPU() + 1
	taken.Add(readers)
	for range readers {
		group.Go(func() {
			if err := s.View(context.Background(), func(*store.Tx) error { taken.Done(); <-release; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	taken.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := s.View(ctx, func(*store.Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a View with all readers taken gave %v", err)
	}
	close(release)
	group.Wait()
}

// TestFullDiskIsUnavailable ends the group in the middle: nothing of it stays, everybody is told, and the next one works.
func TestFullDiskIsUnavailable(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	var pages string
	storetest.Update(t, s, func(tx *store.Tx) (err error) {
		if pages, err = tx.Value(`PRAGMA page_count`); err == nil {
			_, err = tx.Value(`PRAGMA max_page_count = ` + pages)
		}
		return err
	})
	wantCode(t, s.Update(context.Background(), func(tx *store.Tx) error {
		return tx.SetMeta("big", string(make([]byte, 1<<20)))
	}), troubleshoot.Unavailable)
	storetest.Update(t, s, func(tx *store.Tx) error {
		_, err := tx.Value(`PRAGMA max_page_count = 1000000`)
		return err
	})
	storetest.Update(t, s, func(tx *store.Tx) error { return tx.SetMeta("small", "fits") })
	wantSame(t, meta(t, s, "small"), "fits")
}

// TestOneCommitEach is the same store without group commit.
func TestOneCommitEach(t *testing.T) {
	s, err := store.Open(context.Background(), storetest.SQLite(t), store.Options{OneCommitEach: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() { keep(t, s, storetest.Intercept(storetest.Line("acme", fmt.Sprint(n)), day(0))) })
	}
	group.Wait()
	wantExact(t, s)
}

// TestOddPaths opens databases whose names mean something in URLs.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b.db", "50%.db", "a?b=c.db", "a#b.db", "é☕.db"} {
		path := filepath.Join(t.TempDir(), "folder", name)
		storetest.Update(t, storetest.Open(t, "sqlite:"+path), func(tx *store.Tx) error { return tx.SetMeta("name", "value") })
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
