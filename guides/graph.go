package guides

import (
	"math/bits"
	"slices"
)

// outside is where a way leads that leads to an ending.
const outside = -1

// stepGraph is a guide's steps by number, in reading order.
type stepGraph struct {
	leads    [][2]int // from each step to a step or outside; a step that asks nothing leads twice to the same
	starts   []int    // steps that a shopper may begin with
	requires [][]int  // steps that must come before each step
}

// reached tells which steps a shopper can come to who never comes to the step
// avoid, or outside to avoid none. Breadth-first, linear.
func (g stepGraph) reached(avoid int) []bool {
	seen := make([]bool, len(g.leads))
	queue := make([]int, 0, len(g.leads))
	come := func(to int) {
		if to != outside && to != avoid && !seen[to] {
			seen[to] = true
			queue = append(queue, to)
		}
	}
	for _, s := range g.starts {
		come(s)
	}
	for at := 0; at < len(queue); at++ {
		for _, to := range g.leads[queue[at]] {
			come(to)
		}
	}
	return seen
}

// traps gives the sets of steps that lead round and round: no ending can be
// reached from any of them, and each leads to all of its set. Steps that lead
// into a trap and cannot turn aside are not told again. Every step leads
// somewhere, so where no ending can be reached there is always such a set.
func (g stepGraph) traps() [][]int {
	escapes := g.escapes()
	if !slices.Contains(escapes, false) {
		return nil
	}
	next := make([][]int, len(g.leads))
	for i, ways := range g.leads {
		if !escapes[i] {
			next[i] = ways[:]
		}
	}
	var found [][]int
	for _, set := range components(next) {
		closed := !slices.ContainsFunc(set, func(i int) bool {
			return escapes[i] || slices.ContainsFunc(next[i], func(to int) bool { return !slices.Contains(set, to) })
		})
		if closed {
			found = append(found, set)
		}
	}
	slices.SortFunc(found, func(a, b []int) int { return a[0] - b[0] })
	return found
}

// escapes tells from which steps an ending can be reached: backwards from
// those that lead to one, linear.
func (g stepGraph) escapes() []bool {
	seen := make([]bool, len(g.leads))
	from := make([][]int, len(g.leads))
	queue := make([]int, 0, len(g.leads))
	for i, ways := range g.leads {
		for _, to := range ways {
			if to != outside {
				from[to] = append(from[to], i)
			} else if !seen[i] {
				seen[i] = true
				queue = append(queue, i)
			}
		}
	}
	for at := 0; at < len(queue); at++ {
		for _, i := range from[queue[at]] {
			if !seen[i] {
				seen[i] = true
				queue = append(queue, i)
			}
		}
	}
	return seen
}

// hasty gives the pairs (step, required step) of which the required step is
// read later and can be passed over on the way to the other.
func (g stepGraph) hasty() [][2]int {
	var found [][2]int
	for later := range g.leads {
		var without []bool // what is reached without it; looked for only where it is required too late
		for i := range later {
			if !slices.Contains(g.requires[i], later) {
				continue
			}
			if without == nil {
				without = g.reached(later)
			}
			if without[i] {
				found = append(found, [2]int{i, later})
			}
		}
	}
	return found
}

// components gives the strongly connected components, each in ascending order
// (Tarjan, Depth-first search and linear graph algorithms, 1972). The
// recursion is as deep as there are steps, MaxSteps at most.
func components(next [][]int) [][]int {
	t := tarjan{next: next, index: make([]int, len(next)), low: make([]int, len(next)), on: make([]bool, len(next))}
	for i := range next {
		if t.index[i] == 0 {
			t.visit(i)
		}
	}
	return t.found
}

type tarjan struct {
	next       [][]int
	index, low []int // from 1 in the order of visits; 0 = not yet visited
	on         []bool
	stack      []int
	count      int
	found      [][]int
}

func (t *tarjan) visit(i int) {
	t.count++
	t.index[i], t.low[i], t.on[i] = t.count, t.count, true
	t.stack = append(t.stack, i)
	for _, to := range t.next[i] {
		switch {
		case to == outside:
		case t.index[to] == 0:
			t.visit(to)
			t.low[i] = min(t.low[i], t.low[to])
		case t.on[to]:
			t.low[i] = min(t.low[i], t.index[to])
		}
	}
	if t.low[i] != t.index[i] {
		return
	}
	at := slices.Index(t.stack, i)
	set := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, member := range set {
		t.on[member] = false
	}
	slices.Sort(set)
	t.found = append(t.found, set)
}

// withoutCycles takes out of what steps require those that are read later than
// a step with which they stand in a cycle, and gives the cycles' steps. What
// is left has no cycle: inside a component it only points back.
func withoutCycles(requires [][]int) (kept, cycles [][]int) {
	of := make([]int, len(requires))
	for number, set := range components(requires) {
		for _, i := range set {
			of[i] = number
		}
		if len(set) > 1 || slices.Contains(requires[set[0]], set[0]) {
			cycles = append(cycles, set)
		}
	}
	kept = make([][]int, len(requires))
	for i, all := range requires {
		for _, r := range all {
			if of[r] != of[i] || r < i {
				kept[i] = append(kept[i], r)
			}
		}
	}
	slices.SortFunc(cycles, func(a, b []int) int { return a[0] - b[0] })
	return kept, cycles
}

// stepSet is a set of step numbers.
type stepSet [(MaxSteps + 63) / 64]uint64

func (s *stepSet) add(i int)         { s[i/64] |= 1 << (i % 64) }
func (s *stepSet) join(all *stepSet) { s.each(all, func(a, b uint64) uint64 { return a | b }) }
func (s *stepSet) drop(all *stepSet) { s.each(all, func(a, b uint64) uint64 { return a &^ b }) }

func (s *stepSet) each(all *stepSet, do func(a, b uint64) uint64) {
	for i := range s {
		s[i] = do(s[i], all[i])
	}
}

func (s *stepSet) list() []int {
	var all []int
	for word, w := range s {
		for ; w != 0; w &= w - 1 {
			all = append(all, word*64+bits.TrailingZeros64(w))
		}
	}
	return all
}

// reduced leaves out what the other required steps of a step require already
// (the transitive reduction; requires has no cycle), in ascending order.
func reduced(requires [][]int) [][]int {
	before := make([]stepSet, len(requires)) // all that must come before a step
	known := make([]bool, len(requires))
	left := make([][]int, len(requires))
	var visit func(int)
	visit = func(i int) {
		known[i] = true
		var own, further stepSet
		for _, r := range requires[i] {
			if !known[r] {
				visit(r)
			}
			own.add(r)
			further.join(&before[r])
		}
		own.drop(&further)
		left[i] = own.list()
		before[i] = own
		before[i].join(&further)
	}
	for i := range requires {
		if !known[i] {
			visit(i)
		}
	}
	return left
}
