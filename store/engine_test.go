package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

var errMine = errors.New("mine")

func meta(t testing.TB, s *store.Store, name string) string {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (string, error) { return tx.Meta(name) })
}

// updateCaught is Update for closures that panic; what they panicked with comes back.
func updateCaught(s *store.Store, fn func(*store.Tx) error) (panicked any, err error) {
	defer func() { panicked = recover() }()
	return nil, s.Update(context.Background(), fn)
}

// TestConcurrentUpdatesDoNotHarmEachOther writes in each update, then ends it well, with an error, or with a panic.
func TestConcurrentUpdatesDoNotHarmEachOther(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		const updates = 300
		var group sync.WaitGroup
		for n := range updates {
			group.Go(func() {
				panicked, err := updateCaught(s, func(tx *store.Tx) error {
					if err := tx.SetMeta(fmt.Sprint("update ", n), "written"); err != nil {
						return err
					}
					if _, _, err := tx.KeepIntercept(storetest.Intercept(storetest.Line("acme", fmt.Sprint(n)), day(0))); err != nil {
						return err
					}
					switch n % 3 {
					case 1:
						return errMine
					case 2:
						panic(n)
					}
					return nil
				})
				if (err == nil) != (n%3 != 1) || (err != nil && !errors.Is(err, errMine)) {
					t.Errorf("update %d gave %v", n, err)
				}
				if (n%3 == 2 && panicked != n) || (n%3 != 2 && panicked != nil) {
					t.Errorf("update %d panicked with %v", n, panicked)
				}
			})
		}
		group.Wait()
		storetest.Update(t, s, func(tx *store.Tx) error { return tx.EnsureSeller("acme", day(0)) })
		again := storetest.Open(t, url) // sees only what is durable
		for n := range updates {
			want := ""
			if n%3 == 0 {
				want = "written"
			}
			if got := meta(t, again, fmt.Sprint("update ", n)); got != want {
				t.Errorf("update %d left %q, want %q", n, got, want)
			}
		}
		wantExact(t, again)
		if cells := cellsOf(t, again, always, day(0)); len(cells) != 1 || cells[0].Sums.N != updates/3 {
			t.Errorf("the rollup of %d good updates is %+v", updates/3, cells)
		}
	})
}

func TestViewReadsOneSnapshotAndWritesNothing(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		storetest.View(t, s, func(tx *store.Tx) error {
			before, err := tx.Meta("name")
			if err != nil {
				return err
			}
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.SetMeta("name", "changed meanwhile") })
			after, err := tx.Meta("name")
			if before != "" || after != "" {
				t.Errorf("one View read %q, then %q", before, after)
			}
			return err
		})
		wantSame(t, meta(t, s, "name"), "changed meanwhile")
		_ = s.View(context.Background(), func(tx *store.Tx) error { return tx.SetMeta("other", "written by a View") }) // refused or forgotten
		wantSame(t, meta(t, s, "other"), "")
	})
}

func TestArgumentsAreBoundByNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		wantSame(t, read(t, s, func(tx *store.Tx) (string, error) { return tx.InOrder("a", "b") }), "bab")
	})
}

func TestCloseDrains(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s, err := store.Open(context.Background(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		started, release := make(chan struct{}), make(chan struct{})
		running := make(chan error)
		go func() {
			var once sync.Once
			running <- s.Update(context.Background(), func(tx *store.Tx) error {
				once.Do(func() { close(started) })
				<-release
				return tx.SetMeta("running", "done")
			})
		}()
		<-started
		closed := make(chan error)
		go func() { closed <- s.Close() }()
		select {
		case err := <-closed:
			t.Fatalf("Close came back (%v) before the running update", err)
		case <-time.After(20 * time.Millisecond): // that nothing happens can only be waited for
		}
		close(release)
		if err := <-running; err != nil {
			t.Errorf("the running update: %v", err)
		}
		if err := <-closed; err != nil {
			t.Errorf("close: %v", err)
		}
		wantCode(t, s.Update(context.Background(), func(*store.Tx) error { return nil }), troubleshoot.Unavailable)
		wantCode(t, s.View(context.Background(), func(*store.Tx) error { return nil }), troubleshoot.Unavailable)
		wantCode(t, s.Ping(context.Background()), troubleshoot.Unavailable)
		wantSame(t, meta(t, storetest.Open(t, url), "running"), "done")
	})
}

// TestCloseAnswersEverybody closes while many call; each gets an answer, and only what was answered well is kept.
func TestCloseAnswersEverybody(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s, err := store.Open(context.Background(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		const callers = 64
		var kept [callers]bool
		var group sync.WaitGroup
		var once sync.Once
		first := make(chan struct{})
		for n := range callers {
			group.Go(func() {
				for round := 0; ; round++ {
					err := s.Update(context.Background(), func(tx *store.Tx) error {
						return tx.SetMeta(fmt.Sprintf("%d/%d", n, round), "kept")
					})
					if err != nil {
						wantCode(t, err, troubleshoot.Unavailable)
						return
					}
					kept[n] = true
					once.Do(func() { close(first) })
				}
			})
		}
		<-first
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		group.Wait()
		again := storetest.Open(t, url)
		for n := range callers {
			if got := meta(t, again, fmt.Sprintf("%d/0", n)); kept[n] != (got == "kept") {
				t.Errorf("caller %d was told %v and finds %q", n, kept[n], got)
			}
		}
	})
}

func TestSecretStays(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		ctx := context.Background()
		first := []byte("0123456789abcdef0123456789abcdef")
		open := func(secret []byte) store.Secrets {
			s, err := store.Open(ctx, url, store.Options{Secret: secret})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			return s.Secrets()
		}
		kept := open(first)
		for _, later := range [][]byte{nil, []byte("fedcba9876543210fedcba9876543210")} {
			if open(later) != kept {
				t.Error("a database that exists took another secret")
			}
		}
		if kept.Salt("acme", 1) == kept.Salt("acme", 2) || kept.Salt("acme", 1) == kept.Salt("acme1", 1) || kept.Salt("a", 11) == kept.Salt("a\x001", 1) ||
			kept.TokenKey() == kept.Salt("acme", 1) {
			t.Error("two keys are the same")
		}
		if _, err := store.Open(ctx, url, store.Options{Secret: []byte("short")}); err == nil {
			t.Error("a short secret was taken")
		}
	})
	one, two := storetest.SQLite(t), storetest.SQLite(t)
	random := func(url string) store.Secrets {
		s, err := store.Open(context.Background(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Secrets()
	}
	if random(one) == random(two) {
		t.Error("two new databases have one secret")
	}
}

func TestOpenRefusesOtherURLs(t *testing.T) {
	for _, url := range []string{"", "sqlite:", "mysql://host/db", "test.db"} {
		if _, err := store.Open(context.Background(), url, store.Options{}); troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument {
			t.Errorf("%q: %v", url, err)
		}
	}
}
