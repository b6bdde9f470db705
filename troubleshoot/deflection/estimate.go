package deflection

import "fmt"

// Options say how figures are presented.
type Options struct {
	Confidence    float64 // of every interval, 0.5 to 0.9999; anything else means 0.95
	MinorPerMajor float64 // minor units in a major one (100 for USD, 1 for JPY); not positive means 100
	OneArm        bool    // the strata hold one arm of their epochs by design: counts and rates, no comparison and no sample ratio
}

func (o Options) normal() Options {
	if !(o.Confidence >= 0.5 && o.Confidence <= 0.9999) {
		o.Confidence = 0.95
	}
	if !(o.MinorPerMajor > 0 && o.MinorPerMajor <= 1e6) {
		o.MinorPerMajor = 100
	}
	return o
}

// estimator fills one Result.
type estimator struct {
	result   *Result
	contrast contrast
	total    struct{ holdout, offered Sums }
	clock    clock
	z, k     float64 // multipliers of the closed-period and the always-valid interval
	minor    float64 // minor units in a major one
	partial  bool    // an epoch is left out of the comparison
}

// Estimate infers everything a deflection report row shows. The order of strata
// does not matter. No number in the result is NaN or infinite.
func Estimate(strata []Stratum, opt Options) Result {
	opt = opt.normal()
	r := Result{
		Confidence:   opt.Confidence,
		ClosedLabel:  label("closed period", opt.Confidence),
		AnytimeLabel: label("anytime", opt.Confidence),
	}
	e := estimator{result: &r, z: quantile(opt.Confidence), minor: opt.MinorPerMajor}
	epochs := epochsOf(strata)
	saturated := e.count(strata, epochs)
	e.withhold(NotEnoughData)
	for _, ep := range epochs {
		if why := ep.contradiction(); why != "" {
			e.note("%s", why)
			return r
		}
	}
	all := cellsOf(epochs).total()
	money := e.costed(saturated)
	e.describe(all, money)
	if opt.OneArm {
		e.note("rows by arm hold one arm each, so nothing is compared and the sample ratio is not checked: leave ARM out of groupBy to compare")
		return r
	}
	r.SampleRatio = sampleRatio(epochs)
	if r.SampleRatio.Blocked {
		e.withhold(SRMBlocked)
	}
	if r.SampleRatio.Warning != "" {
		e.note("%s", r.SampleRatio.Warning)
	}
	e.compare(epochs, all)
	if r.SampleRatio.Blocked {
		return r
	}
	e.effects()
	if money {
		e.savings()
	}
	return r
}

// compare sets the contrast of the epochs that can be compared, and the rates that go with it.
func (e *estimator) compare(epochs []epoch, all cell) {
	r, c := e.result, compare(epochs)
	r.Notes = append(r.Notes, c.leftOut...)
	e.partial = len(c.leftOut) > 0
	raw := c.strata.total()
	e.contrast.raw = raw
	switch {
	case raw.smaller() > 0:
		e.contrast = newContrast(c.strata, c.pooled)
		// The oldest epoch's tuning constant was fixed before every unit of the row.
		e.clock = newClock(raw.holdout.N, raw.offered.N, epochs[0].tStar, 1-r.Confidence)
		e.k = e.clock.multiplier()
		r.Weighted = !c.pooled
		r.ReturnRateHoldout, r.ReturnRateOffered = &e.contrast.p0, &e.contrast.p1
	case e.partial && all.smaller() > 0: // side by side, plain rates would be read as an effect
		r.ReturnRateHoldout, r.ReturnRateOffered = nil, nil
	}
	if r.Weighted {
		e.note("epochs with different or unknown holdout shares are weighted by their size, so rates are not the plain counts divided")
	}
}

// count fills in the counts and says whether the sums behind money are exact no more.
func (e *estimator) count(strata []Stratum, epochs []epoch) (saturated bool) {
	r := e.result
	for _, ep := range epochs {
		r.Epochs = append(r.Epochs, ep.label)
	}
	var h, o Sums
	for _, s := range strata {
		saturated = saturated || s.Holdout.saturated() || s.Offered.saturated()
		h, o = h.Plus(s.Holdout), o.Plus(s.Offered)
	}
	e.total.holdout, e.total.offered = h, o
	r.Mature = Arms{Holdout: h.N, Offered: o.N}
	r.Returned = Arms{Holdout: h.Y, Offered: o.Y}
	r.Engaged = Arms{Holdout: h.D, Offered: o.D}
	r.Late = Arms{Holdout: h.Late, Offered: o.Late}
	r.UnitsReturned = Arms{Holdout: h.R, Offered: o.R}
	r.UnitsIntended = Arms{Holdout: h.U, Offered: o.U}
	r.AttributedDeflections = o.A
	r.KeptUnattributed = minus(minus(o.N, o.Y), o.A)
	return saturated
}

// withhold gives every figure a status that shows no number.
func (e *estimator) withhold(s Status) {
	r := e.result
	for _, f := range []*Figure{
		&r.ReturnRateAvoided, &r.RelativeAvoided, &r.EffectOnEngaged, &r.IncrementalDeflections, &r.IncrementalityFactor,
		&r.NetSavings, &r.NetSavingsPerIntercept, &r.SavingsPerDeflectedReturn,
	} {
		*f = Figure{Status: s}
	}
}

// costed says whether money can be shown, and notes why not.
func (e *estimator) costed(saturated bool) bool {
	uncosted := plus(e.total.holdout.Uncosted, e.total.offered.Uncosted)
	switch {
	case uncosted != 0:
		e.note("money is withheld: the costs of %d mature intercepts are unknown, because an amount is in another currency than their price, the policy has no expertHourlyWage for their sessions, or a session of an expert is not closed", uncosted)
		return false
	case saturated:
		e.note("money is withheld: the sums of squared costs are too large to be exact")
		return false
	}
	return true
}

// lateLimit is the share of late returns above which the horizon is too short.
const lateLimit = 0.01

// describe gives what needs no comparison of the arms.
func (e *estimator) describe(raw cell, money bool) {
	r := e.result
	for _, arm := range []struct {
		name string
		m    Moments
		late int64
		rate **float64
	}{
		{"holdout", raw.holdout, r.Late.Holdout, &r.ReturnRateHoldout},
		{"offered", raw.offered, r.Late.Offered, &r.ReturnRateOffered},
	} {
		if arm.m.N == 0 {
			continue
		}
		*arm.rate = number(arm.m.Y / arm.m.N)
		if share := float64(arm.late) / arm.m.N; share > lateLimit {
			e.note("%.1f%% of the %s intercepts were returned after the window and do not count as returned: lengthen maturityDays", 100*share, arm.name)
		}
	}
	if n := plus(e.total.holdout.Corrected, e.total.offered.Corrected); n > 0 {
		e.note("%d mature outcomes were corrected after they had matured", n)
	}
	if !money || raw.units() == 0 {
		return
	}
	r.SessionCost = number((raw.holdout.Help + raw.offered.Help) / e.minor)
	if returned := raw.holdout.Y + raw.offered.Y; returned > 0 {
		r.CostOfReturn = number((raw.holdout.YK + raw.offered.YK) / returned / e.minor)
	}
}

func (e *estimator) note(format string, args ...any) {
	e.result.Notes = append(e.result.Notes, fmt.Sprintf(format, args...))
}

// gated says whether a figure may be shown, and notes what it still needs.
func (e *estimator) gated(name string, g gate) bool {
	missing := g.missing(e.contrast.raw)
	if missing != "" {
		e.note("%s needs %s", name, missing)
	}
	return missing == ""
}

// figure shows an estimate with both intervals, or none when the closed-period one has no end.
func (e *estimator) figure(name string, estimate float64, at func(k float64) interval) Figure {
	fixed, always := at(e.z), at(e.k)
	if !fixed.bounded || !finite(estimate) {
		return Figure{Status: Unbounded}
	}
	f := Figure{Status: OK, Estimate: &estimate, Lower: &fixed.lo, Upper: &fixed.hi}
	if always.bounded {
		f.AlwaysValidLower, f.AlwaysValidUpper = &always.lo, &always.hi
	} else {
		e.note("%s: the interval that allows daily looks cannot be bounded yet", name)
	}
	return f
}

func number(x float64) *float64 { return &x }
