package routing

import "math"

// Traffic is what comes to a queue, in one unit of time throughout, whichever: what is computed from it is in the same.
type Traffic struct {
	Rate       float64 // sessions that come in a unit of time
	HandleTime float64 // mean time for which a session takes a slot, measured with as many chats at once as are planned
	Patience   float64 // mean time after which one who waits leaves; +Inf: nobody leaves
}

// Load gives the offered load in erlangs: the slots that would be taken on average if there were any number of them.
func (t Traffic) Load() float64 { return t.Rate * t.HandleTime }

// Steady is a queue in its steady state. Shares are of all sessions that come, between 0 and 1; "target" is the time that was
// asked for. WaitLonger, ServedWithin and AbandonWithin add up to 1. AbandonWithin counts the fast ones whom a service level
// without short abandons leaves out.
type Steady struct {
	Wait          float64 // share that finds every slot taken
	WaitLonger    float64 // share that still waits when the target is over
	ServedWithin  float64 // share that is served within the target: the service level
	Abandon       float64 // share that leaves unserved, whenever
	AbandonWithin float64 // share that leaves within the target
	MeanWait      float64 // of all who come, those who leave included; +Inf where the queue only grows
	MeanQueue     float64 // sessions that wait, on average over time
	Occupancy     float64 // share of the slots that is taken
}

// ServedOfPatient is the service level of those who did not leave within the target. It can look fine while many leave, so
// Abandon belongs beside it.
func (s Steady) ServedOfPatient() float64 { return s.ServedWithin / (1 - s.AbandonWithin) }

// ErlangB gives the share that is turned away where there is no queue (M/M/n/n), for a load in erlangs.
func ErlangB(slots int, load float64) float64 {
	b := 1.0
	for j := 1; j <= slots; j++ {
		b = load * b / (float64(j) + load*b)
	}
	return b
}

// ErlangC gives the steady state where nobody leaves (M/M/n); Patience is not read. A load of slots or more has none: then all
// wait, for ever. It takes slots steps.
func ErlangC(t Traffic, slots int, target float64) Steady {
	n, load := float64(slots), t.Load()
	if t.Rate <= 0 {
		return Steady{ServedWithin: 1}
	}
	if !(load < n) {
		return Steady{Wait: 1, WaitLonger: 1, MeanWait: math.Inf(1), MeanQueue: math.Inf(1), Occupancy: 1}
	}
	b := ErlangB(slots, load)
	s := Steady{Wait: n * b / (n - load*(1-b)), Occupancy: load / n}
	s.WaitLonger = s.Wait * math.Exp(-(n-load)*target/t.HandleTime)
	s.ServedWithin = 1 - s.WaitLonger
	s.MeanWait = s.Wait * t.HandleTime / (n - load)
	s.MeanQueue = t.Rate * s.MeanWait
	return s
}

// Goal is a service level to be reached.
type Goal struct {
	Share  float64 // of all who come, above 0 and below 1
	Within float64 // are served within so long, in the traffic's unit of time
}

// Staffing is the smallest number of experts that reaches a goal, and what it gives. Slots are experts times chats at once,
// which is too much where experts seldom have so many.
type Staffing struct {
	Experts, Slots int
	Steady
}

// MaxPlanExperts bounds a plan.
const MaxPlanExperts = 10_000

// StaffErlangC gives the fewest experts, each with so many chats at once, for whom ErlangC reaches the goal; false where
// MaxPlanExperts do not.
func StaffErlangC(t Traffic, concurrency int, goal Goal) (Staffing, bool) {
	return fewest(ErlangC, t, concurrency, goal)
}

// StaffErlangA does the same with ErlangA. Those who leave make room, so that it mostly asks for fewer; but those who leave
// within the target are not served within it, and its Abandon says how many leave.
func StaffErlangA(t Traffic, concurrency int, goal Goal) (Staffing, bool) {
	return fewest(ErlangA, t, concurrency, goal)
}

// fewest doubles, then halves, which is right because the service level grows with the slots.
func fewest(model func(Traffic, int, float64) Steady, t Traffic, concurrency int, goal Goal) (Staffing, bool) {
	with := func(experts int) Staffing {
		return Staffing{Experts: experts, Slots: experts * concurrency, Steady: model(t, experts*concurrency, goal.Within)}
	}
	tooFew, enough := 0, with(1)
	for enough.ServedWithin < goal.Share {
		if enough.Experts >= MaxPlanExperts {
			return Staffing{}, false
		}
		tooFew, enough = enough.Experts, with(min(2*enough.Experts, MaxPlanExperts))
	}
	for enough.Experts-tooFew > 1 {
		if half := with((tooFew + enough.Experts) / 2); half.ServedWithin < goal.Share {
			tooFew = half.Experts
		} else {
			enough = half
		}
	}
	return enough, true
}
