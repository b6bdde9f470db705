package guides

import (
	"slices"
	"testing"
)

// eachGraph goes through all graphs of n steps: each leads to any two of the
// steps and outside, which of the two is Yes being all the same.
func eachGraph(n int, do func(stepGraph)) {
	g := stepGraph{leads: make([][2]int, n), requires: make([][]int, n)}
	var fill func(i int)
	fill = func(i int) {
		if i == n {
			do(g)
			return
		}
		for yes := outside; yes < n; yes++ {
			for no := yes; no < n; no++ {
				g.leads[i] = [2]int{yes, no}
				fill(i + 1)
			}
		}
	}
	fill(0)
}

// pairings tells of each two of at most four steps whether one comes, in some
// way, to the other.
type pairings [4][4]bool

// closed adds what follows by going on from one to the next (Warshall 1962).
func (p pairings) closed(n int) pairings {
	for via := range n {
		for i := range n {
			for j := range n {
				p[i][j] = p[i][j] || p[i][via] && p[via][j]
			}
		}
	}
	return p
}

// leadsTo tells of each two steps whether ways lead from one to the other, or
// they are the same, past the step avoid.
func leadsTo(g stepGraph, avoid int) pairings {
	var p pairings
	for i, ways := range g.leads {
		p[i][i] = i != avoid
		for _, to := range ways {
			if to != outside && to != avoid && i != avoid {
				p[i][to] = true
			}
		}
	}
	return p.closed(len(g.leads))
}

func naiveEscapes(g stepGraph, comes pairings, i int) bool {
	for to, ways := range g.leads {
		if comes[i][to] && (ways[0] == outside || ways[1] == outside) {
			return true
		}
	}
	return false
}

// naiveTraps: a trap is a set of steps from which no ending can be reached and
// each of which can be come back to from wherever it leads.
func naiveTraps(g stepGraph, comes pairings) [][]int {
	var traps [][]int
	for i := range g.leads {
		var set []int
		back := true
		for j := range g.leads {
			if comes[i][j] {
				set = append(set, j)
				back = back && comes[j][i]
			}
		}
		if !naiveEscapes(g, comes, i) && back && set[0] == i {
			traps = append(traps, set)
		}
	}
	return traps
}

func TestWaysOfAllSmallGraphs(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 4; n++ {
		eachGraph(n, func(g stepGraph) {
			for _, g.starts = range [][]int{{0}, {n - 1, 0}} {
				for _, avoid := range []int{outside, 0, n / 2} {
					comes := leadsTo(g, avoid)
					for i, got := range g.reached(avoid) {
						if want := comes[0][i] || len(g.starts) > 1 && comes[n-1][i]; got != want {
							t.Fatalf("%v from %v without %d: step %d reached: %v", g.leads, g.starts, avoid, i, got)
						}
					}
				}
			}
			comes := leadsTo(g, outside)
			for i, got := range g.escapes() {
				if got != naiveEscapes(g, comes, i) {
					t.Fatalf("%v: step %d escapes: %v", g.leads, i, got)
				}
			}
			got, want := g.traps(), naiveTraps(g, comes)
			if !slices.EqualFunc(got, want, slices.Equal[[]int]) {
				t.Fatalf("%v: traps %v, want %v", g.leads, got, want)
			}
		})
	}
}

// TestHasteOfAllSmallGraphs: a step is hasty that can be come to without a
// later one that it requires.
func TestHasteOfAllSmallGraphs(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 3; n++ {
		eachGraph(n, func(g stepGraph) {
			g.starts = []int{0}
			eachRelation(n, func(requires [][]int) {
				g.requires = requires
				var want [][2]int
				for later := range n {
					comes := leadsTo(g, later)
					for i := range later {
						if slices.Contains(requires[i], later) && comes[0][i] {
							want = append(want, [2]int{i, later})
						}
					}
				}
				if got := g.hasty(); !slices.Equal(got, want) {
					t.Fatalf("%v requires %v: hasty %v, want %v", g.leads, requires, got, want)
				}
			})
		})
	}
}

// eachRelation goes through all ways in which n steps can require one another
// and themselves.
func eachRelation(n int, do func([][]int)) {
	for bits := range 1 << (n * n) {
		requires := make([][]int, n)
		for pair := range n * n {
			if bits&(1<<pair) != 0 {
				requires[pair/n] = append(requires[pair/n], pair%n)
			}
		}
		do(requires)
	}
}

// before tells of all pairs whether one comes before the other by what steps
// require.
func before(requires [][]int) pairings {
	var p pairings
	for i, firsts := range requires {
		for _, f := range firsts {
			p[i][f] = true
		}
	}
	return p.closed(len(requires))
}

func TestOrderOfAllSmallRelations(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 4; n++ {
		eachRelation(n, func(requires [][]int) {
			all := before(requires)
			kept, cycles := withoutCycles(requires)
			in := make([]bool, n)
			for _, set := range cycles {
				for _, i := range set {
					in[i] = true
				}
			}
			rest := before(kept)
			for i := range n {
				if in[i] != all[i][i] {
					t.Fatalf("%v: step %d in a cycle: %v", requires, i, in[i])
				}
				if rest[i][i] {
					t.Fatalf("%v: a cycle stays: %v", requires, kept)
				}
				for _, f := range requires[i] {
					if turned := all[f][i] && f >= i; slices.Contains(kept[i], f) == turned {
						t.Fatalf("%v: %d requires %d, kept %v", requires, i, f, kept)
					}
				}
			}
			checkReduced(t, kept, rest)
		})
	}
}

// checkReduced: what is left says the same, and nothing of it can be left out.
func checkReduced(t *testing.T, kept [][]int, all pairings) {
	t.Helper()
	left := reduced(kept)
	if before(left) != all {
		t.Fatalf("%v reduced to %v says something else", kept, left)
	}
	for i := range left {
		if !slices.IsSorted(left[i]) {
			t.Fatalf("%v is not in order", left)
		}
		for k := range left[i] {
			less := slices.Clone(left)
			less[i] = slices.Delete(slices.Clone(left[i]), k, k+1)
			if before(less) == all {
				t.Fatalf("%v reduced to %v, of which %v is enough", kept, left, less)
			}
		}
	}
}

func TestLargestGraph(t *testing.T) {
	g := stepGraph{leads: make([][2]int, MaxSteps), requires: make([][]int, MaxSteps), starts: []int{0}}
	for i := range g.leads {
		g.leads[i] = [2]int{(i + 1) % MaxSteps, (i * 7) % MaxSteps}
		for r := range i {
			g.requires[i] = append(g.requires[i], r)
		}
	}
	if traps := g.traps(); len(traps) != 1 || len(traps[0]) != MaxSteps {
		t.Errorf("%d traps", len(traps))
	}
	left := reduced(g.requires)
	for i := 1; i < MaxSteps; i++ {
		if !slices.Equal(left[i], []int{i - 1}) {
			t.Fatalf("step %d requires %v", i, left[i])
		}
	}
}
