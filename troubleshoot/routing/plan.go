package routing

import (
	"math"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Bounds of a plan, which also bound the steps that it takes.
const (
	MinPlanArrivals = 0.01 // an hour
	MaxPlanArrivals = 10_000
	MinPlanTime     = time.Second // of handle time and patience
	MaxPlanTime     = troubleshoot.MaxSessionLength
	MaxPlanTarget   = 0.999
)

// PlanInput is what a plan of staffing is for: one stretch of a day, best the busiest half hour, as if it lasted.
type PlanInput struct {
	ArrivalsPerHour float64
	HandleTime      time.Duration // wall-clock length of a chat, measured at this concurrency
	Patience        time.Duration // mean time after which one who waits leaves; 0: not said, everybody waits
	Concurrency     int           // chats of one expert at once; 0: 1
	TargetFraction  float64       // of those who come is to be served
	TargetWait      time.Duration // within so long
}

// PlanResult is the fewest experts that reach the target, and what they give.
type PlanResult struct {
	Experts int
	Service
}

// Service is how shoppers are served in the steady state.
type Service struct {
	ServiceLevel float64       // share of all who come that is served within the target
	MeanWait     time.Duration // of all who come; the longest Duration where the queue only grows
	Occupancy    float64       // share of the experts' slots that is taken
	Abandonment  float64       // share that leaves unserved
}

// Plan gives the fewest experts for the target, by Erlang A, or by Erlang C where patience is not said. InvalidArgument names
// the field of the API that is out of its bounds, or arrivalsPerHour where MaxPlanExperts would not do.
func Plan(in PlanInput) (PlanResult, error) {
	if in.Concurrency == 0 {
		in.Concurrency = 1
	}
	if err := in.check(); err != nil {
		return PlanResult{}, err
	}
	goal := Goal{Share: in.TargetFraction, Within: in.TargetWait.Seconds()}
	found, ok := StaffErlangA(traffic(in.ArrivalsPerHour, in.HandleTime, in.Patience), in.Concurrency, goal)
	if !ok {
		return PlanResult{}, troubleshoot.Invalid("arrivalsPerHour", "would take more than %d experts; plan for a part of them", MaxPlanExperts)
	}
	return PlanResult{Experts: found.Experts, Service: service(found.Steady)}, nil
}

// Forecast gives the steady state with so many experts, each with so many chats at once. Handle is above 0, patience as in
// PlanInput.
func Forecast(arrivalsPerHour float64, experts, concurrency int, handle, patience, target time.Duration) Service {
	return service(ErlangA(traffic(arrivalsPerHour, handle, patience), experts*concurrency, target.Seconds()))
}

// traffic is in seconds.
func traffic(arrivalsPerHour float64, handle, patience time.Duration) Traffic {
	t := Traffic{Rate: arrivalsPerHour / 3600, HandleTime: handle.Seconds(), Patience: patience.Seconds()}
	if patience <= 0 {
		t.Patience = math.Inf(1)
	}
	return t
}

func service(s Steady) Service {
	return Service{ServiceLevel: s.ServedWithin, MeanWait: seconds(s.MeanWait), Occupancy: s.Occupancy, Abandonment: s.Abandon}
}

// seconds makes a Duration, the longest one of what is longer.
func seconds(s float64) time.Duration {
	if !(s*float64(time.Second) < math.MaxInt64) {
		return math.MaxInt64
	}
	return time.Duration(s * float64(time.Second))
}

func (in PlanInput) check() error {
	outside := func(d time.Duration) bool { return d < MinPlanTime || d > MaxPlanTime }
	switch {
	case !(in.ArrivalsPerHour >= MinPlanArrivals && in.ArrivalsPerHour <= MaxPlanArrivals):
		return troubleshoot.Invalid("arrivalsPerHour", "is %v; give %v to %v", in.ArrivalsPerHour, MinPlanArrivals, MaxPlanArrivals)
	case outside(in.HandleTime):
		return troubleshoot.Invalid("handleTime", "is %s; give %s to %s", in.HandleTime, MinPlanTime, MaxPlanTime)
	case in.Patience != 0 && outside(in.Patience):
		return troubleshoot.Invalid("patience", "is %s; give %s to %s, or leave it out", in.Patience, MinPlanTime, MaxPlanTime)
	case in.Concurrency < 1 || in.Concurrency > troubleshoot.MaxCapacity:
		return troubleshoot.Invalid("concurrency", "is %d; an expert has 1 to %d chats at once", in.Concurrency, troubleshoot.MaxCapacity)
	case !(in.TargetFraction > 0 && in.TargetFraction <= MaxPlanTarget):
		return troubleshoot.Invalid("targetFraction", "is %v; give more than 0 and at most %v", in.TargetFraction, MaxPlanTarget)
	case in.TargetWait < 0 || in.TargetWait > MaxPlanTime:
		return troubleshoot.Invalid("targetWait", "is %s; give 0s to %s", in.TargetWait, MaxPlanTime)
	}
	return nil
}
