package routing

import "math"

// ErlangA gives the steady state where each who waits leaves after an exponential time (M/M/n+M: Palm 1957; the integrals of
// Mandelbaum & Zeltyn 2007 as series). Patience is above 0; with +Inf it is ErlangC. Without slots all leave. It takes some
// Rate*Patience + slots steps.
//
// The two growing figures, the series and 1/ErlangB, are kept as logarithms: where far more come than can be served
// (Rate*Patience > 600) they pass what a float64 holds, though the ratios made of them do not.
func ErlangA(t Traffic, slots int, target float64) Steady {
	switch {
	case t.Rate <= 0:
		return Steady{ServedWithin: 1}
	case math.IsInf(t.Patience, 1):
		return ErlangC(t, slots, target)
	case slots < 1:
		longer := math.Exp(-target / t.Patience)
		return Steady{Wait: 1, WaitLonger: longer, Abandon: 1, AbandonWithin: 1 - longer, MeanWait: t.Patience, MeanQueue: t.Rate * t.Patience}
	}
	theta, served := 1/t.Patience, float64(slots)/t.HandleTime
	x, al := t.Rate/theta, served/theta
	logEps := logInverseB(slots-1, t.Load())
	logJ := logSeries(al, x) - math.Log(theta)
	logG := -x*math.Expm1(-theta*target) - served*target
	logJT := logG + logSeries(al, x*math.Exp(-theta*target)) - math.Log(theta)

	// Numerators and denominator alike are divided by the largest.
	top := max(0, logEps, logG, math.Log(t.Rate)+logJ, math.Log(served)+logJ)
	one, eps, g := math.Exp(-top), math.Exp(logEps-top), math.Exp(logG-top)
	j, jT := math.Exp(logJ-top), math.Exp(logJT-top)
	d := eps + t.Rate*j
	s := Steady{
		Wait:         share(t.Rate * j / d),
		WaitLonger:   share(math.Exp(-theta*target) * t.Rate * jT / d),
		ServedWithin: share((eps + g - one + served*(j-jT)) / d),
		Abandon:      share((one + (t.Rate-served)*j) / d),
	}
	s.AbandonWithin = share(1 - s.WaitLonger - s.ServedWithin)
	s.MeanWait = s.Abandon / theta
	s.MeanQueue = t.Rate * s.MeanWait
	s.Occupancy = share(t.Rate * (1 - s.Abandon) / served)
	return s
}

// share takes back what rounding put outside 0 to 1.
func share(v float64) float64 { return min(max(v, 0), 1) }

// rescale is where a growing sum is divided by itself and its logarithm noted.
const rescale = 1e100

// logSeries gives log S(al, y), S = sum over i >= 0 of y^i / (al (al+1) ... (al+i)). All terms are positive; they grow while
// al+i < y and the sum is done when they have shrunk to nothing.
func logSeries(al, y float64) float64 {
	term, sum, shift := 1.0, 1.0, -math.Log(al) // the factor 1/al of every term
	for i := 1.0; term >= 1e-17*sum || al+i <= y; i++ {
		term *= y / (al + i)
		sum += term
		if sum > rescale {
			term, sum, shift = term/rescale, sum/rescale, shift+math.Log(rescale)
		}
	}
	return math.Log(sum) + shift
}

// logInverseB gives log(1/ErlangB), by ErlangB's recursion turned over: 1/b' = 1 + j/(load b).
func logInverseB(slots int, load float64) float64 {
	one, inverse, shift := 1.0, 1.0, 0.0
	for j := 1; j <= slots; j++ {
		inverse = one + inverse*float64(j)/load
		if inverse > rescale {
			one, inverse, shift = one/rescale, inverse/rescale, shift+math.Log(rescale)
		}
	}
	return math.Log(inverse) + shift
}
