package deflection

import "slices"

// sameRatio is how far apart densities may be and count as one: rounding is smaller,
// what anybody could measure larger.
const sameRatio = 1e-12

// parts cuts units into Sidney's decomposition: each part is a set of the highest
// density p/c among those that may come next, the units that it needs included.
func (us unitList) parts() [][]int {
	var parts [][]int
	placed := make([]bool, len(us))
	for left := len(us); left > 0; {
		part := us.densest(placed)
		for _, i := range part {
			placed[i] = true
		}
		left -= len(part)
		parts = append(parts, part)
	}
	return parts
}

// densest gives a set of the highest density among the units that are not placed, in
// ascending order: of sets with one density a small one, and one with low indices.
func (us unitList) densest(placed []bool) []int {
	first, free := -1, -1 // the densest unit, and the densest that needs no other
	for i, u := range us {
		switch {
		case placed[i]:
			continue
		case first < 0 || u.denser(us[first]):
			first = i
		}
		if (free < 0 || u.denser(us[free])) && us.isFree(i, placed) {
			free = i
		}
	}
	if !us[first].denser(us[free]) {
		return []int{free} // no set is denser than its densest unit
	}
	best := []int{free}
	for { // Dinkelbach: a set that pays at the density of the last one is denser, until none pays
		ratio := us.density(best)
		set := us.closure(ratio, placed)
		if len(set) == 0 || us.density(set) <= ratio*(1+sameRatio) {
			return us.smallest(best, placed)
		}
		best = set
	}
}

// isFree tells whether all that must come before the unit is placed.
func (us unitList) isFree(i int, placed []bool) bool {
	return !slices.ContainsFunc(us[i].after, func(j int) bool { return !placed[j] })
}

func (us unitList) density(set []int) float64 {
	var p, c float64
	for _, i := range set {
		p, c = p+us[i].p, c+us[i].c
	}
	return p / c
}

// smallest looks within a set of the highest density for one that is as dense: a unit
// with all that it needs. Small parts are quickly solved, and exactly.
func (us unitList) smallest(set []int, placed []bool) []int {
	goal := us.density(set) * (1 - sameRatio)
	best := set
	for _, i := range set {
		if needed := us.needed(i, placed); len(needed) < len(best) && us.density(needed) >= goal {
			best = needed
		}
	}
	return best
}

// needed gives a unit and all that is not placed and must come before it, ascending.
func (us unitList) needed(i int, placed []bool) []int {
	seen := map[int]bool{i: true}
	set := []int{i}
	for n := 0; n < len(set); n++ {
		for _, j := range us[set[n]].after {
			if !placed[j] && !seen[j] {
				seen[j] = true
				set = append(set, j)
			}
		}
	}
	slices.Sort(set)
	return set
}

// closure gives, ascending, a set with the largest sum of p - ratio c among those that
// hold what their units need; empty where no sum is positive. It is the source's side
// of a minimal cut (Picard 1976, Management Science 22:1268-1272): units that pay are
// sources, units that cost are sinks, and what pays sends flow to what it needs.
func (us unitList) closure(ratio float64, placed []bool) []int {
	n := network{units: us, placed: placed, supply: make([]float64, len(us)), demand: make([]float64, len(us)), flow: map[[2]int]float64{}, back: make([][]int, len(us))}
	total := 0.0
	for i, u := range us {
		if placed[i] {
			continue
		}
		n.supply[i], n.demand[i] = max(0, u.p-ratio*u.c), max(0, ratio*u.c-u.p)
		total += n.supply[i]
		for _, j := range u.after {
			n.back[j] = append(n.back[j], i)
		}
	}
	n.dust = total * 1e-14
	for n.augment() {
	}
	from := n.reach()
	var set []int
	for i := range us {
		if from[i] != unreached {
			set = append(set, i)
		}
	}
	return set
}

// network is flow from supply to demand. From a unit to one that it needs it has no
// bound; back[i] are the units that need i.
type network struct {
	units          unitList
	placed         []bool
	supply, demand []float64 // what is left
	flow           map[[2]int]float64
	back           [][]int
	dust           float64 // less than this is rounding
}

// Marks of reach; all other values are the unit that one was reached from.
const (
	unreached = -2
	source    = -1
)

// reach gives from where flow could still get to each unit.
func (n *network) reach() []int {
	from := make([]int, len(n.units))
	var queue []int
	for i := range from {
		from[i] = unreached
		if n.supply[i] > n.dust {
			from[i] = source
			queue = append(queue, i)
		}
	}
	for k := 0; k < len(queue); k++ {
		i := queue[k]
		for _, j := range n.units[i].after {
			if !n.placed[j] && from[j] == unreached {
				from[j] = i
				queue = append(queue, j)
			}
		}
		for _, j := range n.back[i] {
			if from[j] == unreached && n.flow[[2]int{j, i}] > n.dust {
				from[j] = i
				queue = append(queue, j)
			}
		}
	}
	return from
}

// augment sends more flow along one shortest way; false when there is none.
func (n *network) augment() bool {
	from := n.reach()
	end := slices.IndexFunc(n.demand, func(d float64) bool { return d > n.dust })
	for ; end >= 0 && end < len(from); end++ {
		if n.demand[end] > n.dust && from[end] != unreached {
			break
		}
	}
	if end < 0 || end == len(from) {
		return false
	}
	amount, start := n.demand[end], end
	for ; from[start] != source; start = from[start] {
		if i := from[start]; !slices.Contains(n.units[i].after, start) {
			amount = min(amount, n.flow[[2]int{start, i}])
		}
	}
	amount = min(amount, n.supply[start])
	n.demand[end] -= amount
	n.supply[start] -= amount
	for j := end; from[j] != source; j = from[j] {
		if i := from[j]; slices.Contains(n.units[i].after, j) {
			n.flow[[2]int{i, j}] += amount
		} else {
			n.flow[[2]int{j, i}] -= amount
		}
	}
	return true
}
