package deflection

import (
	"math"
	"testing"
)

func referencePoststrat(t *testing.T, v in) out {
	if v.MinCell != minCell || v.Pseudo != pseudo {
		t.Fatalf("the vector is for other constants: %v, %v", v.MinCell, v.Pseudo)
	}
	var all []cell
	for _, s := range v.Strata {
		all = append(all, cell{holdout: Moments{Y: s[0], N: s[1]}, offered: Moments{Y: s[2], N: s[3]}})
	}
	merged := mergeCells(all)
	a := merged.rates()
	return limits(out{
		"p0": a.p0, "neff0": a.n0, "p1": a.p1, "neff1": a.n1, "avoided": a.avoided(), "strata_used": float64(len(merged)),
	}, a.newcombe(quantile(v.Conf)))
}

func referenceLate(_ *testing.T, v in) out {
	c := newContrast(cells{{
		holdout: Moments{N: v.N0, Y: v.X0, D: v.D0, YD: v.XD0},
		offered: Moments{N: v.N1, Y: v.X1, D: v.D1, YD: v.XD1},
	}}, true)
	r := c.engaged()
	return setOf(out{"late": r.estimate(), "delta_se": deltaSE(r)}, fieller(r, quantile(v.Conf)))
}

func referenceBridge(t *testing.T, v in) out {
	n1 := v.Attributed + v.KeptU + v.OfferReturned
	r := Estimate([]Stratum{{
		HoldoutShare: -1,
		Holdout:      Sums{N: int64(v.NHoldout), Y: int64(v.XHoldout)},
		Offered:      Sums{N: n1, Y: v.OfferReturned, A: v.Attributed, D: v.Attributed},
	}}, Options{Confidence: v.Conf})
	f := r.IncrementalityFactor
	if f.Status != OK {
		t.Fatalf("factor is %s: %v", f.Status, r.Notes)
	}
	return out{
		"attributed": float64(r.AttributedDeflections), "kept_unattributed": float64(r.KeptUnattributed),
		"baseline_keepers": *r.BaselineKeepers, "incremental": *r.IncrementalDeflections.Estimate,
		"factor": *f.Estimate, "type": string(shapeInterval), "lo": *f.Lower, "hi": *f.Upper,
	}
}

func referenceSavings(t *testing.T, v in) out {
	type sums struct {
		N  float64
		Y  float64 `json:"sum_y"`
		C  float64 `json:"sum_c_cents"`
		CC float64 `json:"sum_cc_cents2"`
		YC float64 `json:"sum_yc_cents"`
	}
	arm := func(s sums) Moments { return Moments{N: s.N, Y: s.Y, C: s.C, CC: s.CC, YC: s.YC} }
	c := newContrast(cells{{holdout: arm(decode[sums](t, v.Holdout)), offered: arm(decode[sums](t, v.Offer))}}, true)
	e := estimator{result: &Result{}, contrast: c, minor: 100, z: v.K, k: v.K}
	e.savings()
	net, total := e.result.NetSavingsPerIntercept, e.result.NetSavings
	r := c.perDeflection()
	o := out{
		"net_per_intercept": *net.Estimate, "net_lo": *net.Lower, "net_hi": *net.Upper,
		"total": *total.Estimate, "total_lo": *total.Lower, "total_hi": *total.Upper,
		"dY": c.dY, "per_deflection": *e.result.SavingsPerDeflectedReturn.Estimate, "delta_se": deltaSE(r) / 100,
	}
	setOf(o, fieller(r, v.K))
	return limits(o, interval{lo: *e.result.SavingsPerDeflectedReturn.Lower, hi: *e.result.SavingsPerDeflectedReturn.Upper})
}

// referenceLineCost puts the parts of the cost where a unit keeps them.
func referenceLineCost(_ *testing.T, v in) out {
	loss := v.Returned*(v.Refund-v.Salvage+v.ReturnShipping+v.Handling) + v.Platform + v.Concession
	u := Unit{Returned: v.Returned == 1, Loss: loss, HelpSeconds: int64(v.HelpMinutes * 60 / v.HelpConcurrency)}
	return out{"cost": u.Sums().Moments(v.HelpWage).C}
}

// referenceUnitSaving plans with a saving; an experiment in which all goes to plan must find it.
func referenceUnitSaving(t *testing.T, v in) out {
	const offered, returned, deflected = 1000, 400, 500
	sessions := int64(v.SessionsPerDeflection * deflected)
	seconds := v.Minutes * 60 / v.Concurrency
	s := worked(t, offered, returned, sessions, int64(seconds), int64(v.ReturnCost*100), int64(v.WagePerHour*100))
	r := Estimate([]Stratum{s}, Options{})
	return out{"saving": *r.SavingsPerDeflectedReturn.Estimate}
}

// worked is 200 holdout units of which 180 are returned, against offered units of
// which the last ones are returned. Sessions go round the offered, from the first.
func worked(t *testing.T, offered, returned, sessions, seconds, cost, wage int64) Stratum {
	t.Helper()
	s := Stratum{
		Epoch: 1, HoldoutShare: 200 / float64(200+offered), WagePerHour: wage,
		AssignedHoldout: 200, AssignedOffered: offered,
	}
	for i := range int64(200) {
		u := Unit{Returned: i < 180}
		if u.Returned {
			u.Loss = cost
		}
		s.Holdout = s.Holdout.Plus(u.Sums())
	}
	for i := range offered {
		u := Unit{Returned: i >= offered-returned, Sessions: sessions / offered}
		if i < sessions%offered {
			u.Sessions++
		}
		u.Engaged, u.HelpSeconds = u.Sessions > 0, u.Sessions*seconds
		u.Attributed = u.Engaged && !u.Returned
		if u.Returned {
			u.Loss = cost
		}
		s.Offered = s.Offered.Plus(u.Sums())
	}
	return s
}

func referenceOrder(_ *testing.T, v in) out {
	s := sequenceOf(v.P, v.C)
	best, _, _ := s.leastCost()
	return out{"order": best, "ecr": s.expectedCost(best, v.UnresolvedCost), "ecr_given_order": s.expectedCost(ascending(len(v.P)), v.UnresolvedCost)}
}

func referencePrefix(_ *testing.T, v in) out {
	s := sequenceOf(v.P, v.C)
	best, _, _ := s.leastCost()
	steps, cost := s.stop(best, v.Benefit)
	return out{"steps": best[:steps], "expected_cost": cost}
}

func referenceFixedOrder(t *testing.T, v in) out {
	if v.BetaA != 1 || v.BetaB != 1 {
		t.Fatalf("the vector is for another prior: %v, %v", v.BetaA, v.BetaB)
	}
	var hazards []float64
	for i := range v.Reached {
		hazards = append(hazards, hazard(v.Solved[i], v.Reached[i]).Mean())
	}
	f := fixedOrder(v.Solved, v.Reached)
	return out{"hazard": hazards, "p": f.p, "p_unsolved": f.other}
}

func referenceFaultEM(_ *testing.T, v in) out {
	var trials []trial
	for _, s := range v.Sessions {
		solved := -1
		if s.SolvedBy != nil {
			solved = *s.SolvedBy
		}
		trials = append(trials, trial{tried: s.Tried, solved: solved, count: s.Count})
	}
	f := faultEM(trials, v.DirichletAlpha)
	return out{"p": f.p, "p_other": f.other}
}

// deltaSE is the delta method's standard error: good to diagnose with, never shown as an interval.
func deltaSE(r ratio) float64 {
	e := r.estimate()
	return math.Sqrt(r.varNum-2*e*r.cov+e*e*r.varDen) / math.Abs(r.den)
}

// agrestiCaffo is another interval for a difference of rates.
func agrestiCaffo(x0, n0, x1, n1, z float64) interval {
	q0, q1 := (x0+1)/(n0+2), (x1+1)/(n1+2)
	h := z * math.Sqrt(q0*(1-q0)/(n0+2)+q1*(1-q1)/(n1+2))
	return interval{lo: q0 - q1 - h, hi: q0 - q1 + h}
}
