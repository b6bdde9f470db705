package deflection

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// fixing is what is known of which step mends the fault: the probability of each step
// and of none, and the covariance of the steps' probabilities. Where that could not
// be had, covariance is nil.
type fixing struct {
	p          []float64
	other      float64
	covariance *mat.SymDense
}

// hazard is the posterior Beta(solved+1, reached-solved+1) of the chance that a step
// mends the fault of those who reach it, from a uniform prior.
func hazard(solved, reached float64) distuv.Beta {
	return distuv.Beta{Alpha: solved + 1, Beta: max(0, reached-solved) + 1}
}

// fixedOrder infers p where all took the steps in one order, given in that order:
// p_i = h_i prod(1-h_j) over the steps j before i. A success rate of those who reached
// a step depends on its place, since earlier steps have taken their cases away; p does
// not, if leaving early has nothing to do with the fault.
//
// The hazards are independent, so p is generalised Dirichlet (Connor & Mosimann 1969,
// JASA 64:194-206), and its means and covariances are exact products of moments.
func fixedOrder(solved, reached []float64) fixing {
	n := len(solved)
	f := fixing{p: make([]float64, n), covariance: mat.NewSymDense(max(1, n), nil)}
	left, left2 := 1.0, 1.0 // means of prod(1-h) and of its square, over the steps before
	for i := range n {
		h := hazard(solved[i], reached[i])
		a, b, m := h.Alpha, h.Beta, h.Alpha+h.Beta
		f.p[i] = left * a / m
		f.covariance.SetSym(i, i, left2*a*(a+1)/(m*(m+1))-f.p[i]*f.p[i])
		both := left2 * a * b / (m * (m + 1)) // mean of h_i(1-h_i) prod(1-h)^2, then carried on
		after := left * b / m
		for j := i + 1; j < n; j++ {
			k := hazard(solved[j], reached[j])
			mean := k.Alpha / (k.Alpha + k.Beta)
			f.covariance.SetSym(i, j, both*mean-f.p[i]*after*mean)
			both, after = both*(1-mean), after*(1-mean)
		}
		left, left2 = left*b/m, left2*b*(b+1)/(m*(m+1))
	}
	f.other = left
	return f
}

// interval gives the equal-tailed limits of p_i: those of the Beta with its mean and
// variance, which lies in 0 to 1 and is the exact posterior for the first step of a
// fixed order. It is not bounded where the variance is unknown.
func (f fixing) interval(i int, confidence float64) interval {
	if f.covariance == nil {
		return interval{}
	}
	mean, variance := f.p[i], f.covariance.At(i, i)
	size := mean*(1-mean)/variance - 1 // of the Beta: its two parameters together
	if !(size > 0) || !finite(size) {
		return interval{}
	}
	return tails(distuv.Beta{Alpha: mean * size, Beta: (1 - mean) * size}, confidence)
}

// tails cuts the same probability from both ends.
func tails(b distuv.Beta, confidence float64) interval {
	i := interval{lo: b.Quantile((1 - confidence) / 2), hi: b.Quantile((1 + confidence) / 2), bounded: true}
	i.bounded = finite(i.lo) && finite(i.hi)
	return i
}

// deviation is the standard deviation of sum d p; not finite where it is unknown.
func (f fixing) deviation(d []float64) float64 {
	if f.covariance == nil {
		return math.NaN()
	}
	v := mat.NewVecDense(len(d), d)
	return math.Sqrt(max(0, mat.Inner(v, f.covariance, v)))
}
