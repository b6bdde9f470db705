package deflection

import (
	"math"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
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

func referenceDissatisfaction(t *testing.T, v in) out {
	if v.Target != DissatisfactionTarget {
		t.Fatalf("the vector is for another target: %v", v.Target)
	}
	r := Service(ServiceSums{No: v.No, Yes: v.Yes}, v.Conf).Dissatisfaction
	return out{"rate": *r.Estimate, "lo": *r.Lower, "hi": *r.Upper, "meets_target": *r.MeetsTarget, "status": string(r.Verdict)}
}

func referenceVotes(_ *testing.T, v in) out {
	lines := map[string][]troubleshoot.Session{}
	for _, vote := range v.Votes {
		line, solved := vote[0].(string), troubleshoot.SolvedYes
		if vote[2] == "NO" {
			solved = troubleshoot.SolvedNo
		}
		lines[line] = append(lines[line], troubleshoot.Session{
			Channel: troubleshoot.ChannelGuide, Answer: troubleshoot.Answer{Solved: solved, Time: time.Unix(int64(vote[1].(float64)), 0)}})
	}
	var sums ServiceSums
	for _, line := range lines {
		for _, s := range Outvote(line) {
			sums = sums.Plus(FoldService(s))
		}
	}
	return out{"no": float64(sums.No), "yes": float64(sums.Yes), "rate": *Service(sums, 0).Dissatisfaction.Estimate}
}

// referenceContacts takes a message that needs no reply as the chat of a shopper who left.
func referenceContacts(_ *testing.T, v in) out {
	hours := func(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
	now := time.Unix(1e9, 0)
	var sums ServiceSums
	for _, m := range v.Messages {
		s := troubleshoot.Session{Channel: troubleshoot.ChannelChat, State: troubleshoot.Queued, QueueTime: now.Add(-hours(m.AgeH))}
		if m.ReplyH != nil {
			s.ReplyTime = s.QueueTime.Add(hours(*m.ReplyH))
		}
		if !m.NeedsReply {
			s = s.Leave(s.QueueTime.Add(time.Minute))
		}
		sums = sums.Plus(FoldService(s)).Plus(FoldPending(s, now))
	}
	return out{"on_time": float64(sums.OnTime), "late": float64(sums.Late), "pending": float64(sums.Pending),
		"rate": *Service(sums, 0).ContactResponse.Estimate}
}

func referenceLevel(t *testing.T, v in) out {
	if v.ThresholdS != FirstResponseTime.Seconds() {
		t.Fatalf("the vector is for another time: %v", v.ThresholdS)
	}
	var sums ServiceSums
	for _, event := range v.Events {
		s := troubleshoot.Session{Channel: troubleshoot.ChannelChat, State: troubleshoot.Queued, QueueTime: time.Unix(1e9, 0)}
		at := s.QueueTime.Add(time.Duration(event[0].(float64)) * time.Second)
		if event[1] == "answered" {
			s.ReplyTime = at
		} else {
			s = s.Leave(at)
		}
		sums = sums.Plus(FoldService(s))
	}
	f := Service(sums, 0)
	return out{"sl_offered": *f.LevelOffered, "sl_excl_short_abandons": *f.LevelExclShortAbandons, "sl_answered": *f.LevelAnswered,
		"abandon_rate": *f.AbandonedInQueue}
}

// referenceConcurrency answers with the sums of an expert's clock, but for what no clock keeps: that is the sweep's.
func referenceConcurrency(t *testing.T, v in) out {
	nanos := func(s float64) int64 { return int64(s * 1e9) }
	var chats []span
	for _, c := range v.Chats {
		chats = append(chats, span{nanos(c[0]), nanos(c[1])})
	}
	clock, spent := clocked(chats, nil)
	var effort []float64
	for _, d := range spent {
		effort = append(effort, d.Seconds())
	}
	f := Service(ServiceSums{Closed: int64(len(chats)), StaffedSeconds: int64(v.Shift[1] - v.Shift[0]),
		BusySeconds: wholeSeconds(clock.Busy), ChattedSeconds: wholeSeconds(clock.Chatted)}, 0)
	swept := sweep(chats)
	for i, e := range swept.effort {
		if math.Abs(e/1e9-effort[i]) > 1e-6 {
			t.Errorf("chat %d: %v by the clock, %v by the sweep", i, effort[i], e/1e9)
		}
	}
	return out{"avg_concurrency": *f.Concurrency, "occupancy": *f.Occupancy, "max_concurrency": float64(swept.most),
		"chats_per_hour": *f.SessionsPerExpertHour, "effort_seconds": effort}
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
