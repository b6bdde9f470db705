package store_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"pgregory.net/rapid"
)

// TestRollupsEqualRecomputation makes up histories under a moving clock and holds every report against facts.
func TestRollupsEqualRecomputation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if t.Name() == "TestRollupsEqualRecomputation/postgres" {
			fewerChecks(t, 25)
		}
		histories := 0
		rapid.Check(t, func(t *rapid.T) {
			histories++
			roll := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "roll") }
			w := &world{name: fmt.Sprint("w", histories), store: s, now: day(0)}
			if err := w.start(); err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(1, 60).Draw(t, "acts") {
				if err := w.act(roll); err != nil {
					t.Fatal(err)
				}
				w.now = w.now.Add(storetest.Days(pick(roll, 0, 0.1, 1, 4, 17)))
			}
			if err := w.wantReportsLikeFacts(t); err != nil {
				t.Fatal(err)
			}
		})
		wantExact(t, s)
	})
}

// fewerChecks has rapid make fewer histories, unless the command line says how many.
func fewerChecks(t *testing.T, n int) {
	t.Helper()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "rapid.checks" })
	if said {
		return
	}
	before := flag.Lookup("rapid.checks").Value.String()
	if err := flag.Set("rapid.checks", fmt.Sprint(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flag.Set("rapid.checks", before); err != nil {
			t.Error(err)
		}
	})
}

// TestRollupsUnderConcurrentWriters has two replicas write about the same few lines at once, day after day.
func TestRollupsUnderConcurrentWriters(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		first := &world{name: "w", store: one, now: day(0)}
		second := &world{name: "w", store: two, now: day(0)}
		if err := first.start(); err != nil {
			t.Fatal(err)
		}
		for round := range uint64(5) {
			var group sync.WaitGroup
			for n := range uint64(16) {
				group.Go(func() {
					w := first
					if n%2 == 1 {
						w = second
					}
					roll := rand.New(rand.NewPCG(round, n)).IntN
					for range 6 {
						if err := w.act(roll); err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			first.now = first.now.Add(storetest.Days(9))
			second.now = first.now
			if err := first.wantReportsLikeFacts(t); err != nil {
				t.Fatal(err)
			}
		}
		wantExact(t, two)
	})
}
