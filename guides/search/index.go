package search

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
	"sync"
)

// Index holds the terms of one seller's published guides. It may be searched by many at once while one changes it.
type Index struct {
	mu      sync.RWMutex
	shelves map[string]*shelf // by language
	home    map[string]*shelf // by guide
	tallies sync.Pool         // of *tally, for searches
}

// New makes an empty index.
func New() *Index {
	return &Index{shelves: make(map[string]*shelf), home: make(map[string]*shelf)}
}

// Put adds a guide, or replaces an older revision of it. A revision older than the one that the index holds changes
// nothing, and the answer is false.
func (x *Index) Put(guide string, revision int64, t Terms) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if before := x.home[guide]; before != nil {
		if before.guides[before.slots[guide]].revision > revision {
			return false
		}
		if before.language != t.language {
			x.remove(before, guide)
		}
	}
	s := x.shelves[t.language]
	if s == nil {
		s = newShelf(t.language)
		x.shelves[t.language] = s
	}
	s.put(guide, revision, t)
	x.home[guide] = s
	return true
}

// Remove takes a guide out, whichever its revision, and tells whether it was there.
func (x *Index) Remove(guide string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.home[guide]
	if s == nil {
		return false
	}
	x.remove(s, guide)
	return true
}

func (x *Index) remove(s *shelf, guide string) {
	s.remove(guide)
	delete(x.home, guide)
	if len(s.slots) == 0 {
		delete(x.shelves, s.language)
	}
}

// Revision tells which revision of a guide the index holds, if any.
func (x *Index) Revision(guide string) (int64, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := x.home[guide]
	if s == nil {
		return 0, false
	}
	return s.guides[s.slots[guide]].revision, true
}

// Size is how much an index holds.
type Size struct{ Guides, Terms, Postings int }

// Size counts what the index holds. It takes time with the number of terms.
func (x *Index) Size() Size {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var size Size
	for _, s := range x.shelves {
		size.Guides += len(s.slots)
		size.Terms += s.used
		for _, e := range s.entries {
			size.Postings += e.postings.len()
		}
	}
	return size
}

// shelf holds the guides of one language. Everything in it is counted as it is at the moment: nothing is marked deleted
// and swept up later, so that statistics never depend on what was there before.
type shelf struct {
	language string
	dictionary
	marks   []uint32 // by the term's number: see put
	mark    uint32
	scratch []uint32 // of put

	slots     map[string]uint32 // by guide
	guides    []guide           // by slot
	lengths   [][fields]uint32  // likewise
	freeSlots []uint32
	total     [fields]uint64 // of the lengths
}

type guide struct {
	id       string
	revision int64
	terms    []byte // numbers of its terms, as uvarints
}

func newShelf(language string) *shelf {
	return &shelf{language: language, dictionary: newDictionary(), slots: make(map[string]uint32)}
}

// put adds or replaces. A replaced guide keeps its slot, and terms that it keeps keep their place.
func (s *shelf) put(id string, revision int64, t Terms) {
	slot, replaced := s.slots[id]
	last := false // the new slot comes after all others: no posting has to be looked for
	if !replaced {
		slot, last = s.newSlot(id)
	}
	s.mark++
	before := s.guides[slot].terms
	for n := range numbersIn(before) {
		s.marks[n] = s.mark
	}
	now := s.scratch[:0]
	t.each(func(text []byte, _ counts) { now = append(now, s.enter(text)) })
	s.marks = append(s.marks, make([]uint32, len(s.entries)-len(s.marks))...)
	for i, n := range now { // apart from the loop above, so that the processor fetches several at a time
		p := posting{slot, t.terms[i].counts}
		if last {
			s.entries[n].postings.add(p)
		} else {
			s.marks[n] = 0
			s.entries[n].postings.set(p)
		}
	}
	for n := range numbersIn(before) {
		if s.marks[n] == s.mark {
			s.drop(n, slot)
		}
	}
	for f := range fields {
		s.total[f] += uint64(t.lengths[f]) - uint64(s.lengths[slot][f])
	}
	s.lengths[slot] = t.lengths
	s.guides[slot].revision = revision
	s.guides[slot].terms = packNumbers(now)
	s.scratch = now
}

func (s *shelf) remove(id string) {
	slot := s.slots[id]
	for n := range numbersIn(s.guides[slot].terms) {
		s.drop(n, slot)
	}
	for f := range fields {
		s.total[f] -= uint64(s.lengths[slot][f])
	}
	s.lengths[slot] = [fields]uint32{}
	s.guides[slot] = guide{}
	delete(s.slots, id)
	s.freeSlots = append(s.freeSlots, slot)
}

// newSlot gives a guide a slot, and tells whether it comes after all that were ever used.
func (s *shelf) newSlot(id string) (slot uint32, last bool) {
	if n := len(s.freeSlots); n > 0 {
		slot = s.freeSlots[n-1]
		s.freeSlots = s.freeSlots[:n-1]
	} else {
		slot, last = uint32(len(s.guides)), true
		s.guides = append(s.guides, guide{})
		s.lengths = append(s.lengths, [fields]uint32{})
	}
	s.guides[slot].id = id
	s.slots[id] = slot
	return slot, last
}

// drop takes a guide from a term's postings, and the term from the dictionary with the last one.
func (s *shelf) drop(n, slot uint32) {
	p := &s.entries[n].postings
	if p.unset(slot); p.len() == 0 {
		s.forget(n)
	}
}

// packNumbers writes numbers of terms as uvarints.
func packNumbers(numbers []uint32) []byte {
	size := 0
	for _, n := range numbers {
		size += (bits.Len32(n|1) + 6) / 7
	}
	b := make([]byte, 0, size)
	for _, n := range numbers {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// numbersIn reads what packNumbers wrote.
func numbersIn(b []byte) func(yield func(uint32) bool) {
	return func(yield func(uint32) bool) {
		for len(b) > 0 {
			n, size := binary.Uvarint(b)
			b = b[size:]
			if !yield(uint32(n)) {
				return
			}
		}
	}
}

// searched are the shelves on which a shopper's guides stand, in a fixed order.
func (x *Index) searched(locale string) []*shelf {
	if locale == "" {
		tags := slices.Sorted(maps.Keys(x.shelves))
		all := make([]*shelf, len(tags))
		for i, tag := range tags {
			all[i] = x.shelves[tag]
		}
		return all
	}
	var some []*shelf
	tags := []string{"", Language(locale)}
	for _, tag := range slices.Compact(tags) {
		if s := x.shelves[tag]; s != nil {
			some = append(some, s)
		}
	}
	return some
}
