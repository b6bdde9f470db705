package search

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestDictionary compares a dictionary that grows and shrinks with a map. Half of the terms begin alike beyond the head
// of an entry, and some are the beginning of another.
func TestDictionary(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	d := newDictionary()
	want := make(map[string]uint32)
	for round := range 60_000 {
		term := fmt.Sprint(random.IntN(2_000))
		if random.IntN(2) == 0 {
			term = "abcdefghijklmnop" + term
		}
		number, known := want[term]
		if got, found := d.find([]byte(term)); found != known || known && got != number {
			t.Fatalf("round %d: %q is %d, found %t; want %d, %t", round, term, got, found, number, known)
		}
		if growing := round/10_000%2 == 0; known && !growing {
			d.forget(number)
			delete(want, term)
		} else if growing {
			want[term] = d.enter([]byte(term))
		}
		if d.used != len(want) || len(d.entries) != len(want)+len(d.free) {
			t.Fatalf("round %d: %d used, %d entries, %d free; want %d", round, d.used, len(d.entries), len(d.free), len(want))
		}
	}
	for term, number := range want {
		if got, found := d.find([]byte(term)); !found || got != number || d.entries[number].term != term {
			t.Errorf("%q is %d, found %t; want %d", term, got, found, number)
		}
	}
}

// TestEntryIs is about terms with the same hash, which no test can come by.
func TestEntryIs(t *testing.T) {
	for _, c := range []struct {
		term, other string
		same        bool
	}{
		{"heat", "heat", true}, {"heat", "hea", false}, {"hea", "heat", false}, {"heat", "heaT", false}, {"a", "a\x00", false},
		{"abcdefghijklmnop", "abcdefghijklmnop", true}, {"abcdefghijklmnopq", "abcdefghijklmnopq", true},
		{"abcdefghijklmnopq", "abcdefghijklmnopr", false},
	} {
		d := newDictionary()
		n := d.enter([]byte(c.term))
		if got := d.entries[n].is([]byte(c.other)); got != c.same {
			t.Errorf("%q is %q: %t", c.term, c.other, got)
		}
	}
}
