package deflection

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// TestFixedOrderIsThePosterior draws hazards from their posteriors and multiplies them up.
func TestFixedOrderIsThePosterior(t *testing.T) {
	const draws = 100_000
	source := rand.NewPCG(7, 7)
	for _, c := range []struct{ solved, reached []float64 }{
		{[]float64{300, 160, 60, 45}, []float64{1000, 640, 410, 300}},
		{[]float64{3, 0, 5, 1}, []float64{12, 9, 8, 2}},
		{[]float64{0, 0}, []float64{1, 0}},
	} {
		f := fixedOrder(c.solved, c.reached)
		n := len(c.solved)
		p := make([][]float64, n)
		for i := range p {
			p[i] = make([]float64, draws)
		}
		for d := range draws {
			left := 1.0
			for i := range n {
				h := distuv.Beta{Alpha: c.solved[i] + 1, Beta: c.reached[i] - c.solved[i] + 1, Src: source}.Rand()
				p[i][d], left = left*h, left*(1-h)
			}
		}
		for i := range n {
			if mean := stat.Mean(p[i], nil); math.Abs(mean-f.p[i]) > 0.005 {
				t.Errorf("%v: p[%d] is %v, of draws %v", c, i, f.p[i], mean)
			}
			for j := range n {
				want := stat.Covariance(p[i], p[j], nil)
				scale := math.Sqrt(stat.Variance(p[i], nil) * stat.Variance(p[j], nil))
				if got := f.covariance.At(i, j); math.Abs(got-want) > 0.02*scale {
					t.Errorf("%v: covariance of %d and %d is %v, of draws %v", c, i, j, got, want)
				}
			}
			limits, inside := f.interval(i, 0.9), 0
			for _, x := range p[i] {
				if x >= limits.lo && x <= limits.hi {
					inside++
				}
			}
			if share := float64(inside) / draws; math.Abs(share-0.9) > 0.015 {
				t.Errorf("%v: the 90%% interval of p[%d] holds %.3f of the draws", c, i, share)
			}
		}
	}
}

// TestTheTrap: of two steps that mend equally many faults, the later one has the higher success rate, since the earlier one
// has taken its cases away. Ordering by success rate would move it to the front.
func TestTheTrap(t *testing.T) {
	f := fixedOrder([]float64{4000, 4000}, []float64{10_000, 6000})
	if rate := 4000.0 / 6000; rate < 0.6 || math.Abs(f.p[0]-f.p[1]) > 0.001 {
		t.Errorf("p is %v where both steps mend 0.4 of the faults", f.p)
	}
}

// mixedSessions simulates shoppers with a fault each, who try the steps in an order of their own, leave out some and give up.
func mixedSessions(r *rand.Rand, p []float64, sessions int) []trial {
	var all []trial
	for range sessions {
		fault, u := len(p), r.Float64()
		for i, q := range p {
			if u < q {
				fault = i
				break
			}
			u -= q
		}
		session := trial{solved: -1, count: 1}
		for _, i := range r.Perm(len(p)) {
			if r.IntN(5) == 0 {
				continue
			}
			if session.tried = append(session.tried, i); i == fault {
				session.solved = i
				break
			}
			if r.IntN(4) == 0 {
				break
			}
		}
		all = append(all, session)
	}
	return all
}

// TestFaultEMCovers: over simulated guides, 90% intervals hold what was simulated about nine times in ten.
func TestFaultEMCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	p := []float64{0.35, 0.05, 0.2, 0.15}
	held, figures := 0, 0
	for range 250 {
		f := faultEM(mixedSessions(r, p, 200), []float64{2, 2, 2, 2, 2})
		for i, q := range p {
			limits := f.interval(i, 0.9)
			if figures++; limits.bounded && limits.lo <= q && q <= limits.hi {
				held++
			}
		}
	}
	if share := float64(held) / float64(figures); share < 0.87 || share > 0.94 {
		t.Errorf("90%% intervals held %.3f of %d", share, figures)
	}
}

// TestFaultEMDoesNotDependOnNumbers permutes steps and sessions, and splits and joins counts.
func TestFaultEMDoesNotDependOnNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 6))
		n := rapid.IntRange(1, 6).Draw(t, "steps")
		p, _ := randomSteps(r, n)
		trials := mixedSessions(r, p, rapid.IntRange(0, 60).Draw(t, "sessions"))
		alpha := make([]float64, n+1)
		for i := range alpha {
			alpha[i] = 2
		}
		perm := r.Perm(n)
		var other []trial
		for _, k := range r.Perm(len(trials)) {
			s := trial{solved: -1, count: 0.25}
			for _, i := range trials[k].tried {
				s.tried = append(s.tried, perm[i])
			}
			if trials[k].solved >= 0 {
				s.solved = perm[trials[k].solved]
			}
			other = append(other, s, s, s, s)
		}
		one, two := faultEM(trials, alpha), faultEM(other, alpha)
		sum := one.other
		for i := range n {
			sum += one.p[i]
			if math.Abs(one.p[i]-two.p[perm[i]]) > 1e-8 || !(one.p[i] > 0) {
				t.Fatalf("p[%d] is %v, renamed %v", i, one.p[i], two.p[perm[i]])
			}
			a, b := one.interval(i, 0.95), two.interval(perm[i], 0.95)
			if math.Abs(a.lo-b.lo) > 1e-6 || a.bounded != b.bounded || (a.bounded && (a.lo > one.p[i] || a.hi < one.p[i])) {
				t.Fatalf("interval of p[%d] = %v is %v, renamed %v", i, one.p[i], a, b)
			}
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("probabilities add up to %v", sum)
		}
	})
}

// TestFaultEMAgreesWithOneOrder: on sessions of one order both models see the same; with many of them the priors do not matter.
func TestFaultEMAgreesWithOneOrder(t *testing.T) {
	solved, reached := []float64{30_000, 16_000, 6000}, []float64{100_000, 64_000, 41_000}
	var trials []trial
	for i := range solved {
		tried := ascending(i + 1)
		leave := reached[i] - solved[i]
		if i+1 < len(reached) {
			leave -= reached[i+1]
		}
		trials = append(trials, trial{tried, i, solved[i]}, trial{tried, -1, leave})
	}
	one, other := fixedOrder(solved, reached), faultEM(trials, []float64{2, 2, 2, 2})
	for i := range one.p {
		a, b := one.covariance.At(i, i), other.covariance.At(i, i)
		if math.Abs(one.p[i]-other.p[i]) > 1e-4 || math.Abs(a-b) > 0.01*a {
			t.Errorf("p[%d]: %v ± %v in one order, %v ± %v by EM", i, one.p[i], math.Sqrt(a), other.p[i], math.Sqrt(b))
		}
	}
}
