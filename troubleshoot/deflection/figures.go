package deflection

import "math"

// effects fills in the figures about returns.
func (e *estimator) effects() {
	r, c := e.result, e.contrast
	if !e.gated("return rate avoided", avoidedGate) {
		e.gated("effect on engaged", engagedGate)
		return
	}
	n1 := c.raw.offered.N
	r.ReturnRateAvoided = e.figure("return rate avoided", c.dY, c.newcombe)
	r.IncrementalDeflections = e.figure("incremental deflections", n1*c.dY, func(k float64) interval { return c.newcombe(k).scale(n1) })
	if !e.partial { // with an epoch left out, attributed counts more units than are compared
		r.BaselineKeepers = number(baselineKeepers(c.raw.offered, c.dY))
	}
	r.RelativeAvoided = e.relative()
	if c.vY > 0 {
		_, p := e.clock.evidence(c.dY, math.Sqrt(c.vY))
		r.AlwaysValidP = &p
	}
	e.sessionsPerDeflection()
	if !e.gated("effect on engaged", engagedGate) {
		return
	}
	engaged := c.engaged()
	r.EffectOnEngaged = e.figure("effect on engaged", engaged.estimate(), engaged.interval)
	if r.EffectOnEngaged.Status == Unbounded {
		e.note("effect on engaged cannot be bounded yet: too few engaged among the offered")
	} else {
		e.note("effect on engaged assumes that an offer nobody takes up changes nothing, and that nobody engages because they were held out")
	}
	factor := c.factor()
	r.IncrementalityFactor = e.figure("incrementality factor", factor.estimate(), factor.interval)
	if r.IncrementalityFactor.Status == Unbounded {
		e.note("incrementality factor cannot be bounded yet: too few attributed deflections")
	}
}

func (e *estimator) relative() Figure {
	estimate, _ := e.contrast.relativeAvoided(e.z)
	f := e.figure("relative return rate avoided", estimate, func(k float64) interval {
		_, i := e.contrast.relativeAvoided(k)
		return i
	})
	if f.Status == Unbounded {
		e.note("relative return rate avoided cannot be bounded yet: too few returns in the holdout")
	}
	return f
}

// sessionsPerDeflection charges all sessions of the offered arm to the deflections
// that help caused, once it is clear that there are some.
func (e *estimator) sessionsPerDeflection() {
	if e.contrast.newcombe(e.z).lo > 0 {
		e.result.SessionsPerIncrementalDeflection = number(e.contrast.raw.offered.Sessions / (e.contrast.raw.offered.N * e.contrast.dY))
	}
}

// savings fills in the figures about money.
func (e *estimator) savings() {
	r, c := e.result, e.contrast
	open := e.gated("net saving", moneyGate)
	if !e.gated("savings per deflected return", moneyGate) || !open {
		return
	}
	perIntercept := func(k float64) interval {
		h := k * math.Sqrt(c.vC)
		return interval{lo: c.dC - h, hi: c.dC + h, bounded: true}.scale(1 / e.minor)
	}
	n1 := c.raw.offered.N
	r.NetSavingsPerIntercept = e.figure("net saving per intercept", c.dC/e.minor, perIntercept)
	r.NetSavings = e.figure("net saving", n1*c.dC/e.minor, func(k float64) interval { return perIntercept(k).scale(n1) })

	avoided := c.newcombe(e.z)
	r.SavingsPerDeflectedReturn = Figure{Status: Unbounded}
	switch {
	case avoided.lo <= 0 && avoided.hi >= 0:
		e.note("savings per deflected return cannot be bounded yet: the return rate avoided may be 0 (%.4f to %.4f); net saving per intercept needs no such bound",
			avoided.lo, avoided.hi)
		return
	case avoided.hi < 0:
		e.note("savings per deflected return has no meaning here: the offered are returned more often than the holdout (%.4f to %.4f)", avoided.lo, avoided.hi)
		return
	}
	per := c.perDeflection()
	r.SavingsPerDeflectedReturn = e.figure("savings per deflected return", per.estimate()/e.minor, func(k float64) interval {
		i := per.interval(k).scale(1 / e.minor)
		i.bounded = i.bounded && c.newcombe(k).lo > 0 // the rule above, for each interval
		return i
	})
	if r.SavingsPerDeflectedReturn.Status == Unbounded {
		e.note("savings per deflected return cannot be bounded yet: the return rate avoided is too uncertain; see net saving per intercept")
	}
}
