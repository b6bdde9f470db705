package deflection

import "slices"

// sequence is steps to be put in order. One fault at most is there; step i mends it
// with probability p[i], whatever was tried before, and takes c[i] > 0. The sum of p
// is at most 1: the rest is mended by no step (Heckerman, Breese & Rommelse 1995,
// CACM 38(3)).
type sequence struct {
	p, c     []float64
	after    [][]int // after[i] are the steps that must come before i, at once or earlier
	follower []int   // follower[i] must come right after i; -1 where anything may
}

// sequenceOf is one in which any order will do.
func sequenceOf(p, c []float64) sequence {
	s := sequence{p: p, c: c, after: make([][]int, len(p)), follower: make([]int, len(p))}
	for i := range s.follower {
		s.follower[i] = -1
	}
	return s
}

// expectedCost is that of an order (ECR): each step is paid for by those whom no
// step before it has helped, and unresolved by those whom none helps.
func (s sequence) expectedCost(order []int, unresolved float64) float64 {
	cost, left := 0.0, 1.0
	for _, i := range order {
		cost += s.c[i] * left
		left -= s.p[i]
	}
	return cost + unresolved*left
}

// stop is where to end an order: after so many steps the next ones cost more than
// they help, when unresolved is the cost of those whom no step has helped. Of equal
// ones it is the earliest.
func (s sequence) stop(order []int, unresolved float64) (steps int, cost float64) {
	cost = unresolved
	for n := range order {
		if with := s.expectedCost(order[:n+1], unresolved); with < cost {
			steps, cost = n+1, with
		}
	}
	return steps, cost
}

// leastCost gives an order of least expected cost among those that honour after and
// follower; of orders that cost the same, one with lower indices first. exact is
// false where it is only a good one. ok is false where no order honours everything.
//
// Without constraints it is by p/c, descending. With them it is the scheduling
// problem 1|prec|sum w C, which has no fast exact method: steps are cut into parts
// that come one after the other in some best order (Sidney 1975, Operations Research
// 23:283-298), and each part of up to exactUnits is solved exactly. An order that
// keeps to the parts costs at most twice the least (Chekuri & Motwani 1999, Discrete
// Applied Mathematics 98:29-38), however bad it is within them.
func (s sequence) leastCost() (order []int, exact, ok bool) {
	units, ok := s.units()
	if !ok {
		return nil, false, false
	}
	exact = true
	for _, part := range units.parts() {
		within, best := units.solve(part)
		exact = exact && best
		for _, u := range within {
			order = append(order, units[u].steps...)
		}
	}
	return order, exact, true
}

// honours tells whether an order of all steps keeps to after and follower.
func (s sequence) honours(order []int) bool {
	at := make([]int, len(order))
	for n, i := range order {
		at[i] = n
	}
	for i := range s.after {
		if f := s.follower[i]; f >= 0 && at[f] != at[i]+1 {
			return false
		}
		if slices.ContainsFunc(s.after[i], func(j int) bool { return at[j] > at[i] }) {
			return false
		}
	}
	return true
}

// weights gives d with: expected cost of one order less that of another = sum d p.
// It does not depend on what stays unresolved.
func (s sequence) weights(one, other []int) []float64 {
	d := make([]float64, len(s.p))
	for _, side := range []struct {
		order []int
		sign  float64
	}{{one, -1}, {other, 1}} {
		later := 0.0
		for _, i := range slices.Backward(side.order) {
			d[i] += side.sign * later // what a fix by i spares
			later += s.c[i]
		}
	}
	return d
}

// unit is steps that follow each other without a gap. Put together they behave like
// one step with the sum of their p and c: what their inner order costs is constant.
type unit struct {
	steps []int
	p, c  float64
	after []int // units
}

func (u unit) denser(v unit) bool { return u.p*v.c > v.p*u.c }

// unitList is units by their first step.
type unitList []unit

// units joins followers. It is not ok where constraints contradict each other.
func (s sequence) units() (unitList, bool) {
	led := make([]bool, len(s.p)) // by another step
	for _, f := range s.follower {
		if f >= 0 && led[f] {
			return nil, false // two steps cannot both come right before a third
		}
		if f >= 0 {
			led[f] = true
		}
	}
	var all unitList
	of, place := make([]int, len(s.p)), make([]int, len(s.p))
	joined := 0
	for i := range s.p {
		if led[i] {
			continue
		}
		u := unit{}
		for j := i; j >= 0; j = s.follower[j] {
			of[j], place[j] = len(all), len(u.steps)
			u.steps, u.p, u.c = append(u.steps, j), u.p+s.p[j], u.c+s.c[j]
		}
		joined += len(u.steps)
		all = append(all, u)
	}
	if joined < len(s.p) {
		return nil, false // followers in a circle have no first step
	}
	for i, before := range s.after {
		for _, j := range before {
			switch {
			case of[i] != of[j]:
				if u := &all[of[i]]; !slices.Contains(u.after, of[j]) {
					u.after = append(u.after, of[j])
				}
			case place[j] >= place[i]:
				return nil, false
			}
		}
	}
	return all, all.acyclic()
}

// acyclic takes away units that nothing left must come before, until none is left.
func (us unitList) acyclic() bool {
	gone, left := make([]bool, len(us)), len(us)
	for again := true; again; {
		again = false
		for i, u := range us {
			if !gone[i] && !slices.ContainsFunc(u.after, func(j int) bool { return !gone[j] }) {
				gone[i], again = true, true
				left--
			}
		}
	}
	return left == 0
}
