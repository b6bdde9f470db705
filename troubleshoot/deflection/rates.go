package deflection

import "math"

// interval is a set of plausible values; bounded is false when the data cannot
// close it, and then lo and hi mean nothing.
type interval struct {
	lo, hi  float64
	bounded bool
}

func (i interval) scale(f float64) interval {
	return interval{lo: i.lo * f, hi: i.hi * f, bounded: i.bounded}
}

// quantile is the two-sided normal quantile z of a confidence.
func quantile(confidence float64) float64 { return math.Sqrt2 * math.Erfinv(confidence) }

// wilson gives the score limits of a rate (Wilson 1927). n > 0 may be a
// fractional effective size; k is a normal quantile or the multiplier of a sequence.
func wilson(p, n, k float64) (lo, hi float64) {
	d := 1 + k*k/n
	c := (p + k*k/(2*n)) / d
	h := k / d * math.Sqrt(p*(1-p)/n+k*k/(4*n*n))
	return math.Max(0, c-h), math.Min(1, c+h)
}

// arms are the return rates of the two arms and the sizes they are worth:
// arm 0 is the holdout, arm 1 the offered.
type arms struct{ p0, n0, p1, n1 float64 }

// avoided is the holdout's rate minus the offered one's; never clamped, so that
// help that does harm shows as negative.
func (a arms) avoided() float64 { return a.p0 - a.p1 }

// newcombe is the hybrid score interval of avoided (Newcombe 1998, method 10).
func (a arms) newcombe(k float64) interval {
	l0, u0 := wilson(a.p0, a.n0, k)
	l1, u1 := wilson(a.p1, a.n1, k)
	d := a.avoided()
	return interval{ // within [-1, 1] but for rounding
		lo:      math.Max(-1, d-math.Hypot(a.p0-l0, u1-a.p1)),
		hi:      math.Min(1, d+math.Hypot(u0-a.p0, a.p1-l1)),
		bounded: true,
	}
}

// relativeAvoided is 1 - p1/p0 with its interval from the Wilson limits (MOVER,
// Donner & Zou 2012). It is unbounded when the holdout's rate may be 0.
func (a arms) relativeAvoided(k float64) (float64, interval) {
	l0, u0 := wilson(a.p0, a.n0, k)
	l1, u1 := wilson(a.p1, a.n1, k)
	p0, p1 := a.p0, a.p1
	if p0 <= 0 { // rounding could leave l0 a little above 0, and a ratio that is none
		return 0, interval{}
	}
	dlo, dhi := u0*(2*p0-u0), l0*(2*p0-l0)
	root := func(x float64) float64 { return math.Sqrt(math.Max(0, p1*p0*p1*p0-x)) }
	lo := (p1*p0 - root(l1*(2*p1-l1)*dlo)) / dlo
	hi := (p1*p0 + root(u1*(2*p1-u1)*dhi)) / dhi
	return 1 - p1/p0, interval{lo: 1 - hi, hi: 1 - lo, bounded: finite(lo) && finite(hi)}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
