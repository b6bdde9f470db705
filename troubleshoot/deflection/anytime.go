package deflection

import "math"

// defaultTStar is the tuning constant of an epoch that fixed none.
const defaultTStar = 250

// minTStar and maxTStar bound what can be believed of a tuning constant.
const minTStar, maxTStar = 1, 1e9

// cStar is the root of c - ln(1+c) = -2 ln(alpha), 0 < alpha < 1, by Newton.
func cStar(alpha float64) float64 {
	t := -2 * math.Log(alpha)
	c := t + math.Log1p(t)
	for range 8 {
		c -= (c - math.Log1p(c) - t) * (1 + c) / c
	}
	return c
}

// clock is how far the comparison has come against what it was tuned for.
type clock struct {
	t     float64 // n0*n1/(n0+n1)
	r     float64 // c(alpha)*t/t_star
	alpha float64
}

// newClock needs at least one unit in each arm. A tuning constant out of bounds,
// as 0 is, stands for the default.
func newClock(n0, n1, tStar, alpha float64) clock {
	if !(tStar >= minTStar && tStar <= maxTStar) {
		tStar = defaultTStar
	}
	t := n0 * n1 / (n0 + n1)
	return clock{t: t, r: cStar(alpha) * t / tStar, alpha: alpha}
}

// multiplier is K, which stands where z would and keeps the interval valid
// however often one looks (Waudby-Smith et al., eq. 9).
func (c clock) multiplier() float64 {
	return math.Sqrt((1 + 1/c.r) * (math.Log1p(c.r) - 2*math.Log(c.alpha)))
}

// evidence is the log e-value of "no effect" for an estimate and its standard
// error, and the p-value that stays valid under daily looks.
func (c clock) evidence(estimate, se float64) (logE, p float64) {
	z := estimate / se
	logE = 0.5*c.r/(1+c.r)*z*z - 0.5*math.Log1p(c.r)
	return logE, math.Min(1, math.Exp(-logE))
}
