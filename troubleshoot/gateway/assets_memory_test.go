package gateway

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// borrow takes a content and loads it if need be; it tells whether there was need.
func borrow(t *testing.T, c *contents, from, name string, size int) (*loan, bool) {
	t.Helper()
	l, err := c.lend(t.Context(), from, name, size)
	if err != nil {
		t.Fatal(err)
	}
	load := l.load
	if load {
		l.loaded(make([]byte, size))
	}
	return l, load
}

// checkFree fails where something is still held once all loans have ended.
func checkFree(t *testing.T, c *contents) {
	t.Helper()
	if c.inKept > maxKept {
		t.Errorf("%d bytes are kept", c.inKept)
	}
	for c.forgetOldest() {
		continue
	}
	c.collect()
	if c.inKept != 0 || c.used != 0 || c.left != 0 || c.waiting != 0 || len(c.byName) != 0 || len(c.taking) != 0 || len(c.addresses.byKey) != 0 || !c.memory.TryAcquire(maxSending) {
		t.Errorf("left: %d bytes kept, %d contents, %d takers, %d addresses", c.inKept, len(c.byName), len(c.taking), len(c.addresses.byKey))
	}
}

func TestContentsAreKept(t *testing.T) {
	c := newContents()
	defer checkFree(t, c)
	for _, step := range []struct {
		name string
		load bool
	}{{"a", true}, {"b", true}, {"a", false}, {"c", true}, {"a", false}, {"b", true}, {"c", true}, {"b", false}} { // two fit
		l, load := borrow(t, c, "x", step.name, 7<<20)
		if load != step.load {
			t.Errorf("%s: loaded %t, want %t", step.name, load, step.load)
		}
		l.end()
		if c.inKept > maxKept {
			t.Errorf("%d bytes are kept", c.inKept)
		}
	}
}

// TestKeptContentsMakeRoom: what is only kept goes when somebody needs the memory, and is not kept while somebody waits.
func TestKeptContentsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newContents()
		defer checkFree(t, c)
		for _, name := range []string{"a", "b", "c"} {
			l, _ := borrow(t, c, "x", name, 5<<20)
			l.end()
		}
		began := time.Now()
		var held []*loan
		for n, name := range []string{"d", "e", "f"} {
			l, _ := borrow(t, c, address(n), name, 5<<20)
			held = append(held, l)
		}
		if time.Since(began) != 0 || c.kept.Len() != 0 {
			t.Errorf("after %s %d are kept", time.Since(began), c.kept.Len())
		}
		got := make(chan *loan)
		go func() {
			l, _ := borrow(t, c, "y", "g", 5<<20)
			got <- l
		}()
		synctest.Wait() // it needs twice 5 MiB, and 9 are left
		held[0].end()
		(<-got).end()
		if time.Since(began) != 0 {
			t.Errorf("it waited %s", time.Since(began))
		}
		for _, l := range held[1:] {
			l.end()
		}
	})
}

// TestAddressesPayOnce: requests for one content that waited together hold it together.
func TestAddressesPayOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newContents()
		defer checkFree(t, c)
		full, _ := borrow(t, c, "x", "full", maxForAddress)
		got := make(chan *loan)
		for range 2 {
			go func() {
				l, _ := borrow(t, c, "x", "a", 100)
				got <- l
			}()
		}
		synctest.Wait()
		full.end()
		for _, l := range []*loan{<-got, <-got} {
			l.end()
		}
	})
}

func TestLoansThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newContents()
		defer checkFree(t, c)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		first, err := c.lend(t.Context(), "x", "a", 100)
		if err != nil || !first.load {
			t.Fatal(err)
		}
		if _, err := c.lend(over, "y", "a", 100); !errors.Is(err, context.Canceled) {
			t.Errorf("who does not wait gets %v", err)
		}
		next := make(chan *loan, 1)
		go func() {
			l, load := borrow(t, c, "z", "a", 100)
			if !load {
				t.Error("nobody loads what was not loaded")
			}
			next <- l
		}()
		synctest.Wait()
		first.end() // as after a panic
		(<-next).end()
		whole, _ := borrow(t, c, "x", "all", maxSending)
		if _, err := c.lend(over, "y", "b", 100); !errors.Is(err, context.Canceled) {
			t.Errorf("who goes away while there is no memory gets %v", err)
		}
		if _, err := c.lend(over, "x", "b", 100); !errors.Is(err, context.Canceled) {
			t.Errorf("who goes away while its address has too much gets %v", err)
		}
		whole.end()
	})
}

func TestPaces(t *testing.T) {
	p := pace{stall: 3 * time.Second, rate: 100}
	for _, c := range []struct {
		now  time.Duration // since the beginning
		done int64
		want time.Duration
	}{
		{0, 0, 3 * time.Second},
		{time.Second, 0, 3 * time.Second},
		{time.Second, 50, 3500 * time.Millisecond},
		{time.Second, 1000, 4 * time.Second},
		{20 * time.Second, 1000, 13 * time.Second},
		{0, 1 << 20, 3 * time.Second},
	} {
		began := time.Unix(0, 0)
		if got := p.deadline(began, began.Add(c.now), c.done).Sub(began); got != c.want {
			t.Errorf("after %s and %d bytes until %s, want %s", c.now, c.done, got, c.want)
		}
	}
}

func TestHolders(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[::ffff:192.0.2.1]:80": "192.0.2.1", "[2001:db8:0:1:2::3]:80": "2001:db8:0:1::/64",
		"[2001:db8:0:1:ffff::]:81": "2001:db8:0:1::/64", "[fe80::1%eth0]:80": "fe80::/64", "@": "@", "": "",
	} {
		if got := holderOf(remote); got != want {
			t.Errorf("%s is %s, want %s", remote, got, want)
		}
	}
}
