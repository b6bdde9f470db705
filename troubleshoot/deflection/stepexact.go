package deflection

import (
	"math"
	"math/bits"
	"slices"
)

// exactUnits is the most that solve looks through set by set: a million sets.
const exactUnits = 20

// solve gives the best order of a part, and whether it is known to be the best.
// Beyond exactUnits it takes, again and again, the unit that is densest together with
// what it needs, and puts it with those; they are few as a rule, and then in their
// best order.
func (us unitList) solve(part []int) (order []int, exact bool) {
	if len(part) <= exactUnits {
		return us.exact(part), true
	}
	placed := make([]bool, len(us))
	for i := range placed {
		placed[i] = !slices.Contains(part, i)
	}
	for len(order) < len(part) {
		var best []int
		for _, i := range part {
			if placed[i] {
				continue
			}
			if set := us.needed(i, placed); best == nil || us.density(set) > us.density(best) {
				best = set
			}
		}
		next := us.inOrder(best)
		if len(best) <= exactUnits {
			next = us.exact(best)
		}
		for _, i := range next {
			placed[i] = true
		}
		order = append(order, next...)
	}
	return order, false
}

// inOrder puts units after what they need, otherwise by index.
func (us unitList) inOrder(set []int) []int {
	waits := make([]bool, len(us))
	for _, i := range set {
		waits[i] = true
	}
	var order []int
	for len(order) < len(set) {
		for _, i := range set {
			if waits[i] && !slices.ContainsFunc(us[i].after, func(j int) bool { return waits[j] }) {
				waits[i] = false
				order = append(order, i)
				break
			}
		}
	}
	return order
}

// exact gives the best order of at most exactUnits units, of equal ones that with the
// lowest indices first, by dynamic programming over the sets that may have been tried
// (Held & Karp 1962): f(T) = min over i of c_i (1 - p(T)) + f(T with i).
func (us unitList) exact(part []int) []int {
	n := len(part)
	needs := make([]uint32, n)
	for k, i := range part {
		for _, j := range us[i].after {
			if at, in := slices.BinarySearch(part, j); in {
				needs[k] |= 1 << at
			}
		}
	}
	full := uint32(1)<<n - 1
	rest, tried := make([]float64, full+1), make([]float64, full+1) // f, and p(T)
	for set := uint32(1); set <= full; set++ {
		low := bits.TrailingZeros32(set)
		tried[set] = tried[set&(set-1)] + us[part[low]].p
	}
	cost := func(set uint32, k int) float64 { return us[part[k]].c*(1-tried[set]) + rest[set|1<<k] }
	for after := full; after > 0; after-- { // sets of more steps have higher numbers than those they grew from
		set := after - 1
		if !possible(set, needs) {
			continue
		}
		rest[set] = math.Inf(1)
		for k := range n {
			if set>>k&1 == 0 && needs[k]&^set == 0 {
				rest[set] = min(rest[set], cost(set, k))
			}
		}
	}
	order := make([]int, 0, n)
	for set := uint32(0); set != full; {
		bound := rest[set] + sameRatio*math.Abs(rest[set])
		for k := range n {
			if set>>k&1 == 0 && needs[k]&^set == 0 && cost(set, k) <= bound {
				order = append(order, part[k])
				set |= 1 << k
				break
			}
		}
	}
	return order
}

// possible tells whether a set holds all that its members need.
func possible(set uint32, needs []uint32) bool {
	for left := set; left != 0; left &= left - 1 {
		if needs[bits.TrailingZeros32(left)]&^set != 0 {
			return false
		}
	}
	return true
}
