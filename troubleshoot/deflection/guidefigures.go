package deflection

import "strings"

// Posterior is an estimate with the limits between which it lies with the confidence
// asked for. A pointer is nil where there is no such number.
type Posterior struct{ Estimate, Lower, Upper *float64 }

// StepFigures are those of one step. Counts are of sessions.
type StepFigures struct {
	ID, Title string
	// Reached is all that recorded the step: tried or skipped. Dropped recorded nothing after it, though it had not helped
	// and the guide went on.
	Reached, Tried, Fixed, Skipped, Dropped int64

	DropRate       *float64  // of those who reached it
	Hazard         Posterior // chance of a fix for those who reach it, skipped or not; it depends on the step's place
	FixProbability Posterior // that this is the step which mends the fault; it does not depend on the place
	MedianSeconds  *float64  // of a try
	CostSeconds    float64   // that orders are compared by
	CostBasis      string
	Place          int // in the order of least cost, from 1; 0 where there is none
}

// StepOrder is steps by id with the seconds that a shopper spends on them on average.
type StepOrder struct {
	Steps   []string
	Seconds float64
}

// GuideFigures are what the sessions of one revision tell.
type GuideFigures struct {
	Sessions, Solved int64 // that recorded a step; that a step fixed
	Steps            []StepFigures
	Method           string   // of the fix probabilities; "" without any
	Unfixable        *float64 // probability that no step of the guide mends the fault
	Today            *StepOrder
	LeastCost        *StepOrder // nil where it is withheld; a note says why
	Exact            bool       // no order that honours the constraints costs less
	Saving           Posterior  // seconds a session of LeastCost against Today
	StopAfter        *int       // of LeastCost, where going on costs more than it helps; nil unless asked for
	Notes            []string
}

// GuideOptions say how figures are presented.
type GuideOptions struct {
	Confidence        float64  // of every interval; as in Options
	UnresolvedSeconds *float64 // what a shopper costs whom no step helps; nil: no stop rule
}

// LearnGuide infers how the steps of a revision do and in which order they would cost
// shoppers least. Steps are in the order of today. No number in the result is NaN or
// infinite. Nothing here is causal: shoppers choose guides, and how far they go.
func LearnGuide(r GuideRecord, o GuideOptions) GuideFigures {
	confidence := Options{Confidence: o.Confidence}.normal().Confidence
	p := planOf(r.Guide)
	own := p.tally(r.Paths)
	var wider *tally
	if r.Wider != nil {
		w := p.tally(r.Wider)
		wider = &w
	}
	f := infer(&p, &own, wider)
	medians, cost, basis := p.costs(r.Guide, r.Seconds)
	figures := GuideFigures{Sessions: own.sessions, Solved: own.solved}
	for i, step := range p.steps {
		c := own.steps[i]
		s := StepFigures{ID: step.ID, Title: step.Title, Reached: c.reached, Tried: c.tried, Fixed: c.fixed, Skipped: c.skipped, Dropped: c.dropped,
			MedianSeconds: medians[i], CostSeconds: cost[i], CostBasis: basis[i]}
		if c.reached > 0 {
			s.DropRate = number(float64(c.dropped) / float64(c.reached))
		}
		if own.mayFix(&p, i) {
			h := hazard(float64(c.fixed), float64(c.reached))
			s.Hazard = posterior(h.Mean(), tails(h, confidence))
		}
		figures.Steps = append(figures.Steps, s)
	}
	if len(f.steps) > 0 {
		figures.Method, figures.Unfixable = f.method, number(f.other)
		for k, i := range f.steps {
			figures.Steps[i].FixProbability = posterior(f.p[k], f.interval(k, confidence))
		}
	}
	figures.describe(&p, &own, &f)
	figures.order(&p, &f, cost, confidence, o)
	return figures
}

func posterior(estimate float64, i interval) Posterior {
	p := Posterior{Estimate: number(estimate)}
	if i.bounded {
		p.Lower, p.Upper = number(i.lo), number(i.hi)
	}
	return p
}

// order fills in today's order and that of least expected cost.
func (r *GuideFigures) order(p *plan, f *inferred, cost []float64, confidence float64, o GuideOptions) {
	s := sequence{p: make([]float64, len(p.steps)), c: cost, after: p.after, follower: p.follower}
	for k, i := range f.steps {
		s.p[i] = f.p[k]
	}
	today := make([]int, len(p.steps))
	for i := range today {
		today[i] = i
	}
	if tried := f.basis.tried(); tried < leastSessions || f.basis.solved == 0 {
		r.note("an order of least cost needs %d sessions that tried a step and one that a step fixed; %d and %d so far", leastSessions, tried, f.basis.solved)
		return
	}
	best, exact, ok := s.leastCost()
	r.Today = p.order(s, today)
	if !ok {
		r.note("there is no order of least cost: what the steps require contradicts itself")
		return
	}
	honoured := s.honours(today)
	if !honoured {
		r.note("the order of today breaks what its steps require; the order of least cost does not")
	}
	if now, then := s.expectedCost(today, 0), s.expectedCost(best, 0); honoured && now <= then*(1+sameRatio) {
		best, exact = today, exact || now > then
	}
	r.LeastCost, r.Exact = p.order(s, best), exact
	for place, i := range best {
		r.Steps[i].Place = place + 1
	}
	r.save(s, f, today, best, confidence)
	if o.UnresolvedSeconds != nil {
		steps, _ := s.stop(best, *o.UnresolvedSeconds)
		r.StopAfter = &steps
	}
	if !exact {
		r.note("the order of least cost is a good one, at most twice the least; the least was not searched for among so many steps that need each other")
	}
}

// save compares the orders. Expected costs are linear in p, so the saving's deviation follows from p's covariance.
func (r *GuideFigures) save(s sequence, f *inferred, today, best []int, confidence float64) {
	d := s.weights(today, best)
	known := make([]float64, len(f.steps))
	for k, i := range f.steps {
		known[k] = d[i]
	}
	estimate := s.expectedCost(today, 0) - s.expectedCost(best, 0)
	r.Saving = Posterior{Estimate: number(estimate)}
	h := quantile(confidence) * f.deviation(known)
	if !finite(h) {
		return
	}
	r.Saving.Lower, r.Saving.Upper = number(estimate-h), number(estimate+h)
	switch {
	case estimate == 0:
		r.note("the order of today is one of least cost already")
	case estimate-h <= 0:
		r.note("the saving may be nothing (%.1f to %.1f seconds): keep the order of today until more sessions are in", estimate-h, estimate+h)
	default:
		r.note("the order was chosen by the data that price it, which flatters it: judge it as a new revision, by the return rate avoided on randomised intercepts")
	}
}

func (p *plan) order(s sequence, order []int) *StepOrder {
	o := &StepOrder{Seconds: s.expectedCost(order, 0)}
	for _, i := range order {
		o.Steps = append(o.Steps, p.steps[i].ID)
	}
	return o
}

// describe notes what the figures rest on and what is shaky about them.
func (r *GuideFigures) describe(p *plan, own *tally, f *inferred) {
	r.Notes = append(r.Notes, p.notes...)
	tried := own.tried()
	switch {
	case f.method == Shrunk && len(f.steps) > 0:
		r.note("%d sessions tried a step, fewer than %d: fix probabilities are drawn towards those of all SKUs and reasons (%d sessions)", tried, fewPaths, f.basis.tried())
	case tried < fewPaths:
		r.note("%d sessions tried a step; with fewer than %d, fix probabilities lean on what was assumed before there were any", tried, fewPaths)
	}
	switch {
	case len(f.steps) == 0:
	case f.basis.oneOrder && len(f.steps) > 1:
		r.note("all took the steps in one order: how a step would do at another place rests on the model of one fault that one step mends, and shows only once some sessions swap steps")
	case !f.basis.oneOrder:
		r.note("shoppers took different steps, so fix probabilities come from the model of one fault that one step mends (EM); it takes skipping and leaving to have nothing to do with the fault")
	}
	var all, fixed int64
	var untried, skipped []string
	for i, c := range own.steps {
		all, fixed = all+c.tried, fixed+c.fixed
		if asks(p.steps[i]) && f.basis.steps[i].tried == 0 {
			untried = append(untried, name(p.steps[i]))
		}
		if c.reached >= leastSessions && 5*c.skipped >= c.reached {
			skipped = append(skipped, name(p.steps[i]))
		}
	}
	if all >= leastTimes && fixed == all {
		r.note("NOT_FIXED was never recorded: a client that reports only what worked makes fix probabilities too high")
	}
	r.mistakes(p, own)
	if len(untried) > 0 {
		r.note("nobody has tried %s: without fix probability it counts in orders as if it mended nothing", list(untried))
	}
	if len(skipped) > 0 {
		r.note("a fifth or more of those who reached it skipped %s", list(skipped))
	}
}

// mistakes notes questions that were recorded as fixes: FIXED where Yes leads on.
func (r *GuideFigures) mistakes(p *plan, own *tally) {
	var steps []string
	var taken, mistaken int64
	for i, step := range p.steps {
		if fixed := own.steps[i].fixed; divides(step) && fixed+own.mistaken[i] > 0 {
			steps = append(steps, name(step))
			taken, mistaken = taken+fixed, mistaken+own.mistaken[i]
		}
	}
	if len(steps) > 0 {
		r.note("FIXED was recorded at %s, whose Yes leads on: %d times other steps followed and it counts as NOT_FIXED, %d times none did and it counts as a fix; a client that sends FIXED for every Yes makes fixes too many",
			list(steps), mistaken, taken)
	}
}

// list writes at most ten names.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}
