package deflection

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// cheapest tries every order that honours the constraints, step by step; infinite when there is none. It shares nothing
// with leastCost, not even the sum.
func (s sequence) cheapest() float64 {
	best := math.Inf(1)
	var try func(done []int, cost float64)
	try = func(done []int, cost float64) {
		if len(done) == len(s.p) {
			best = min(best, cost)
			return
		}
		for i := range s.p {
			if slices.Contains(done, i) || slices.ContainsFunc(s.after[i], func(j int) bool { return !slices.Contains(done, j) }) {
				continue
			}
			last := -1
			if len(done) > 0 {
				last = done[len(done)-1]
			}
			leads := slices.Index(s.follower, i)
			if (leads >= 0 && leads != last) || (last >= 0 && s.follower[last] >= 0 && s.follower[last] != i) {
				continue
			}
			unhelped := 1.0
			for _, j := range done {
				unhelped -= s.p[j]
			}
			try(append(slices.Clone(done), i), cost+s.c[i]*unhelped)
		}
	}
	try(nil, 0)
	return best
}

// randomSteps draws p and c; small whole numbers, so that many steps tie.
func randomSteps(r *rand.Rand, n int) (p, c []float64) {
	total := 1.0 + float64(r.IntN(3))
	for range n {
		p, c = append(p, float64(r.IntN(4))), append(c, 1+float64(r.IntN(3)))
		if r.IntN(2) == 0 {
			p[len(p)-1], c[len(c)-1] = 3*r.Float64(), 0.1+3*r.Float64()
		}
		total += p[len(p)-1]
	}
	for i := range p {
		p[i] /= total
	}
	return p, c
}

// graph gives the DAG of n steps whose edges are the bits of edges, with the steps' numbers shuffled.
func (s sequence) graph(r *rand.Rand, edges int) sequence {
	name := r.Perm(len(s.p))
	for j := range s.p {
		for i := range j {
			if edges&1 == 1 {
				s.after[name[j]] = append(s.after[name[j]], name[i])
			}
			edges >>= 1
		}
	}
	return s
}

// glue lets some steps have one that must come right after them; not all of that can be honoured.
func (s sequence) glue(r *rand.Rand) sequence {
	for range r.IntN(3) {
		if i, j := r.IntN(len(s.p)), r.IntN(len(s.p)); i != j && !slices.Contains(s.follower, j) {
			s.follower[i] = j
		}
	}
	return s
}

func agrees(t *testing.T, s sequence) {
	t.Helper()
	want := s.cheapest()
	order, exact, ok := s.leastCost()
	switch {
	case ok != !math.IsInf(want, 1):
		t.Fatalf("%+v: ok is %v, the least cost of all orders is %v", s, ok, want)
	case !ok:
		return
	case !exact || !s.honours(order) || len(order) != len(s.p):
		t.Fatalf("%+v: order %v, exact %v", s, order, exact)
	}
	if got := s.expectedCost(order, 0); math.Abs(got-want) > 1e-9 {
		t.Fatalf("%+v: order %v costs %v, the best one %v", s, order, got, want)
	}
}

// TestEveryGraphUpToSixSteps tries all precedence graphs, numbers aside: of each set of edges from earlier to later steps.
func TestEveryGraphUpToSixSteps(t *testing.T) {
	steps := 6
	if os.Getenv("FIXFIRST_FULL") != "" {
		steps = 7
	}
	r := rand.New(rand.NewPCG(11, 1995))
	for n := 1; n <= steps; n++ {
		for edges := range 1 << (n * (n - 1) / 2) {
			s := sequenceOf(randomSteps(r, n)).graph(r, edges)
			agrees(t, s)
			if edges%4 == 0 {
				agrees(t, s.glue(r))
			}
		}
	}
}

// TestOrderWithoutConstraints is the rule that everybody knows: descending p/c.
func TestOrderWithoutConstraints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "steps")
		p, c := randomSteps(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), n)
		s := sequenceOf(p, c)
		order, exact, ok := s.leastCost()
		want := make([]int, n)
		for i := range want {
			want[i] = i
		}
		slices.SortStableFunc(want, func(i, j int) int {
			switch d := p[i]*c[j] - p[j]*c[i]; {
			case d > 0:
				return -1
			case d < 0:
				return 1
			}
			return 0
		})
		if !slices.Equal(order, want) || !exact || !ok {
			t.Fatalf("p %v, c %v: order %v, want %v (exact %v, ok %v)", p, c, order, want, exact, ok)
		}
	})
}

// TestOrderDoesNotDependOnNumbers permutes the steps: the cost of the best order stays.
func TestOrderDoesNotDependOnNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		n := rapid.IntRange(2, 12).Draw(t, "steps")
		s := sequenceOf(randomSteps(r, n)).graph(r, rapid.IntRange(0, 1<<30).Draw(t, "edges"))
		name := r.Perm(n)
		other := sequenceOf(make([]float64, n), make([]float64, n))
		for i := range n {
			other.p[name[i]], other.c[name[i]] = s.p[i], s.c[i]
			for _, j := range s.after[i] {
				other.after[name[i]] = append(other.after[name[i]], name[j])
			}
		}
		one, _, _ := s.leastCost()
		two, _, _ := other.leastCost()
		if a, b := s.expectedCost(one, 3), other.expectedCost(two, 3); math.Abs(a-b) > 1e-9 {
			t.Fatalf("%v, renamed %v", a, b)
		}
	})
}

// TestExpectedCostIsMonotone: what costs more, costs more; what helps more often, costs less; a constraint never pays.
func TestExpectedCostIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		n := rapid.IntRange(2, 9).Draw(t, "steps")
		s := sequenceOf(randomSteps(r, n))
		best := func(s sequence) float64 {
			order, _, ok := s.leastCost()
			if !ok {
				t.Fatalf("no order for %+v", s)
			}
			return s.expectedCost(order, 5)
		}
		before, i := best(s), r.IntN(n)
		dearer, surer := s, s
		dearer.c, surer.p = slices.Clone(s.c), slices.Clone(s.p)
		dearer.c[i] += r.Float64()
		surer.p[i] += (1 - sum(s.p)) * r.Float64()
		if c := best(dearer); c < before-1e-12 {
			t.Fatalf("dearer steps brought %v down to %v", before, c)
		}
		if c := best(surer); c > before+1e-12 {
			t.Fatalf("surer steps brought %v up to %v", before, c)
		}
		bound := s.graph(r, rapid.IntRange(0, 1<<30).Draw(t, "edges"))
		if c := best(bound); c < before-1e-9 {
			t.Fatalf("constraints brought %v down to %v", before, c)
		}
	})
}

// TestWeightsAreTheSaving: d p is the difference of two expected costs, whatever is unresolved.
func TestWeightsAreTheSaving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 4))
		n := rapid.IntRange(1, 12).Draw(t, "steps")
		s := sequenceOf(randomSteps(r, n))
		one, other := r.Perm(n), r.Perm(n)
		got := 0.0
		for i, d := range s.weights(one, other) {
			got += d * s.p[i]
		}
		if want := s.expectedCost(one, 7) - s.expectedCost(other, 7); math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// TestLongGuides: beyond what is looked through set by set, orders still honour everything, and are exact where the
// constraints fall into small parts.
func TestLongGuides(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	long := func(n int) sequence { return sequenceOf(randomSteps(r, n)) }
	chains := long(60)
	for i := range chains.p {
		if i%3 > 0 {
			chains.after[i] = []int{i - 1}
		}
	}
	twins := sequenceOf(slices.Repeat([]float64{0.001, 0.01}, 30), slices.Repeat([]float64{1}, 60)) // pairs that all tie
	for i := 1; i < 60; i += 2 {
		twins.after[i] = []int{i - 1}
	}
	hub := long(60) // the last step helps most by far and needs all others
	for i := range hub.p {
		hub.p[i] /= 1000
		if i < 59 {
			hub.after[59] = append(hub.after[59], i)
		}
	}
	hub.p[59] = 0.9
	random := long(500)
	for i := range random.p {
		for range min(i, 3) {
			random.after[i] = append(random.after[i], r.IntN(i))
		}
	}
	for _, c := range []struct {
		name  string
		s     sequence
		exact bool
	}{{"chains", chains, true}, {"twins", twins, true}, {"hub", hub, false}, {"random", random, false}} {
		order, exact, ok := c.s.leastCost()
		if !ok || !c.s.honours(order) || (c.exact && !exact) || (c.name == "hub" && exact) {
			t.Errorf("%s: ok %v, exact %v", c.name, ok, exact)
		}
		if today := c.s.expectedCost(ascending(len(order)), 0); c.s.expectedCost(order, 0) > today+1e-9 {
			t.Errorf("%s: %v is worse than %v as it is", c.name, c.s.expectedCost(order, 0), today)
		}
	}
}

func ascending(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

func sum(x []float64) (total float64) {
	for _, v := range x {
		total += v
	}
	return total
}

func TestContradictionsHaveNoOrder(t *testing.T) {
	even := []float64{0.1, 0.1, 0.1}
	for name, s := range map[string]sequence{
		"a circle of two":             {even, []float64{1, 1, 1}, [][]int{{1}, {0}, nil}, []int{-1, -1, -1}},
		"itself":                      {even, []float64{1, 1, 1}, [][]int{{0}, nil, nil}, []int{-1, -1, -1}},
		"followers in a circle":       {even, []float64{1, 1, 1}, [][]int{nil, nil, nil}, []int{1, 0, -1}},
		"two before one":              {even, []float64{1, 1, 1}, [][]int{nil, nil, nil}, []int{2, 2, -1}},
		"a follower that comes first": {even, []float64{1, 1, 1}, [][]int{{1}, nil, nil}, []int{1, -1, -1}},
		"a step between two joined":   {even, []float64{1, 1, 1}, [][]int{nil, {2}, {0}}, []int{1, -1, -1}},
	} {
		if order, _, ok := s.leastCost(); ok {
			t.Errorf("%s: order %v", name, order)
		}
	}
}
