package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store/storetest"
)

// lockedOut locks a database against writing, as another process would, and gives what releases it.
func lockedOut(t *testing.T, db string) (release func()) {
	t.Helper()
	conn, err := storetest.Raw(t, db).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	lock := "BEGIN IMMEDIATE"
	if strings.HasPrefix(db, "postgres") {
		lock = "BEGIN; LOCK TABLE intercepts IN ACCESS EXCLUSIVE MODE"
	}
	if _, err := conn.ExecContext(context.Background(), lock); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		_ = conn.Close()
	})
}

// failedOpen checks that a reply tells the storefront to refund now.
func failedOpen(r reply, refundURL string) error {
	var status struct {
		Code    int
		Message string
		Details []struct {
			Reason   string
			Metadata map[string]string
		}
	}
	if err := json.Unmarshal(r.body, &status); err != nil || r.code != http.StatusServiceUnavailable || status.Code != 14 || !strings.Contains(status.Message, "refund") {
		return fmt.Errorf("want 503 with UNAVAILABLE that says so: %s", r)
	}
	for _, d := range status.Details {
		if d.Reason == "FAIL_OPEN" && d.Metadata["refundUrl"] == refundURL {
			return nil
		}
	}
	return fmt.Errorf("want the refund link %s: %s", refundURL, r)
}

func TestInterceptFailsOpen(t *testing.T) { eachEngine(t, failsOpen) }

func failsOpen(t *testing.T, s *server) {
	s.sellKettles("open", object{"holdoutFraction": 0.5})
	if r := s.intercept(intent("open", "before", "1", "KETTLE-1")); r.code != http.StatusOK {
		t.Fatal(r)
	}
	body := func(i int) object { return intent("open", fmt.Sprintf("order-%d", i), "1", "KETTLE-1") }
	release := lockedOut(t, s.db)
	defer release()
	end := time.Now().Add(time.Duration(sized(3, 30)) * time.Second)
	var lock sync.Mutex
	var took []time.Duration
	const workers, most = 8, 100_000
	inParallel(t, workers, most, func(i int) error {
		if time.Now().After(end) {
			return nil
		}
		began := time.Now()
		r := s.intercept(body(i))
		elapsed := time.Since(began)
		if err := failedOpen(r, "https://shop.example/refund/"+fmt.Sprintf("order-%d", i)); err != nil {
			return fmt.Errorf("line %d after %s: %w", i, elapsed, err)
		}
		lock.Lock()
		defer lock.Unlock()
		took = append(took, elapsed)
		return nil
	})
	if r := s.as("").do(http.MethodGet, "/healthz", nil); r.code != http.StatusOK {
		t.Errorf("not even alive while the database is locked: %s", r)
	}
	slices.Sort(took)
	median, longest := took[len(took)/2], took[len(took)-1]
	t.Logf("%d intercepts failed open: median %s, longest %s", len(took), median, longest)
	if median > 300*time.Millisecond || longest > 600*time.Millisecond {
		t.Errorf("failing open took %s in the median and %s at most, want 300 ms", median, longest)
	}
	release()

	// A shopper who was told "refund now" must not turn up later as one whom help was offered, or held out from.
	eventually(t, func() bool {
		return s.do(http.MethodPut, "/v1/sellers/open", object{"displayName": "open again"}).code == http.StatusOK
	})
	if got := s.counted("open"); got != 1 {
		t.Errorf("%d abandoned intercepts were applied after their answer", got-1)
	}
	first := make([]string, len(took))
	for round := range 2 {
		inParallel(t, inFlight, len(took), func(i int) error {
			got, err := decided(s.decide(body(i)))
			if err == nil && round == 1 && got != first[i] {
				err = fmt.Errorf("two decisions:\n%s\n%s", first[i], got)
			}
			first[i] = got
			return err
		})
	}
	if got := s.counted("open"); got != len(took)+1 {
		t.Errorf("%d intercepts of %d lines", got, len(took)+1)
	}
	s.kill()
	healthy(t, s.db)
}

// eventually asks until the condition holds.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	within(t, 10*time.Second, holds)
}

// within is eventually with a time of one's own.
func within(t *testing.T, most time.Duration, holds func() bool) {
	t.Helper()
	deadline := time.After(most)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("did not come true within ", most)
		}
	}
}

// Other calls wait for the database a while, and then say that it is not available.
func TestOtherCallsSayThatTheDatabaseIsLocked(t *testing.T) {
	t.Parallel() // it only waits
	s := serveSQLite(t)
	s.sellKettles("open", object{})
	release := lockedOut(t, s.db)
	began := time.Now()
	r := s.do(http.MethodPut, "/v1/sellers/open", object{"displayName": "locked"})
	if took := time.Since(began); r.code != http.StatusServiceUnavailable && r.code != http.StatusGatewayTimeout || took > 11*time.Second {
		t.Errorf("%s after %s", r, took)
	}
	if got := s.must(http.MethodGet, "/v1/sellers/open", nil); text(got, "displayName") != "Kettles of open" {
		t.Errorf("reading while another process writes: %v", got)
	}
	release()
	s.must(http.MethodPut, "/v1/sellers/open", object{"displayName": "unlocked"})
	if got := s.must(http.MethodGet, "/v1/sellers/open", nil); text(got, "displayName") != "unlocked" {
		t.Errorf("after the lock: %v", got)
	}
}
