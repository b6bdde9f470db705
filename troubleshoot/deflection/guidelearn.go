package deflection

import (
	"fmt"
	"slices"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// StepTry is what a session recorded of a step.
type StepTry struct {
	Step   string
	Result troubleshoot.StepResult
}

// GuidePath is the steps that some sessions recorded in a revision, each once, in the
// order of recording. It ends, whatever follows, with the first step that fixed. FIXED
// of a step whose Yes does not lead to fixed is no end where other steps follow: there
// somebody took a Yes for a fix, and it counts as NOT_FIXED. As the last word it counts
// as it stands.
type GuidePath struct {
	Tries    []StepTry
	Sessions int64
}

// GuideRecord is what sessions recorded of one revision of a guide.
type GuideRecord struct {
	Guide troubleshoot.Guide
	Paths []GuidePath
	// Wider are the paths of all SKUs and reasons, where Paths are of some; else nil.
	Wider []GuidePath
	// Seconds are the times that tries took, by step, in no order; what was not timed is not there.
	Seconds map[string][]float64
}

// Ways in which fix probabilities were inferred.
const (
	FixedOrder = "fixed_order" // all took the steps in one order
	Mixed      = "mixed"       // orders or skipped steps differ: EM
	Shrunk     = "shrunk"      // few sessions, drawn towards those of all SKUs and reasons: EM
)

// Limits below which figures are withheld or lean on others.
const (
	fewPaths      = 50 // fewer are shrunk towards the wider ones, or noted
	leastSessions = 20 // for an order
	leastTimes    = 5  // for a median to be a step's cost
	shrinkage     = 20 // sessions that the wider figures are worth
	mixedPrior    = 2  // Dirichlet, of each cause
)

// tally is what the paths of a revision come to. Steps are by place in the plan.
type tally struct {
	sessions, solved int64
	steps            []stepCount
	trials           []trial
	order            []int // in which all tried the steps; what they skipped was never tried by anybody
	oneOrder         bool
	mistaken         []int64 // sessions with a FIXED that counts as NOT_FIXED, by step
}

type stepCount struct{ reached, tried, fixed, skipped, dropped int64 }

// tally counts paths. Steps that the revision does not have are left out.
func (p *plan) tally(paths []GuidePath) tally {
	t := tally{steps: make([]stepCount, len(p.steps)), oneOrder: true, mistaken: make([]int64, len(p.steps))}
	ended := make([][]StepTry, len(paths))
	for n, path := range paths {
		var mistaken []int
		ended[n], mistaken = p.ended(path.Tries)
		for _, i := range mistaken {
			t.mistaken[i] += path.Sessions
		}
		if len(ended[n]) > 0 {
			t.count(p, ended[n], path.Sessions)
		}
	}
	for n, path := range paths {
		t.try(p, ended[n], path.Sessions)
	}
	return t
}

// ended cuts a path after the first step that fixed, and gives the steps whose FIXED was
// none.
func (p *plan) ended(tries []StepTry) (path []StepTry, mistaken []int) {
	for _, try := range tries {
		if _, known := p.at[try.Step]; known {
			path = append(path, try)
		}
	}
	for n := range path {
		i := p.at[path[n].Step]
		switch {
		case path[n].Result != troubleshoot.StepFixed:
		case divides(p.steps[i]) && n+1 < len(path):
			path[n].Result = troubleshoot.StepNotFixed
			mistaken = append(mistaken, i)
		default:
			return path[:n+1], mistaken
		}
	}
	return path, mistaken
}

func (t *tally) count(p *plan, path []StepTry, sessions int64) {
	t.sessions += sessions
	for _, try := range path {
		s := &t.steps[p.at[try.Step]]
		s.reached += sessions
		switch try.Result {
		case troubleshoot.StepFixed:
			s.tried += sessions
			s.fixed += sessions
			t.solved += sessions
			return
		case troubleshoot.StepSkipped:
			s.skipped += sessions
		default:
			s.tried += sessions
		}
	}
	if p.leadsOn(path) {
		t.steps[p.at[path[len(path)-1].Step]].dropped += sessions
	}
}

// try adds a path's trial: the steps that could have fixed and were tried.
func (t *tally) try(p *plan, path []StepTry, sessions int64) {
	result := trial{solved: -1, count: float64(sessions)}
	for _, s := range path {
		i := p.at[s.Step]
		switch {
		case !t.mayFix(p, i):
			continue
		case s.Result == troubleshoot.StepSkipped:
			t.oneOrder = false
			continue
		case s.Result == troubleshoot.StepFixed:
			result.solved = i
		}
		if at := len(result.tried); at == len(t.order) {
			t.order = append(t.order, i)
		} else if t.order[at] != i {
			t.oneOrder = false
		}
		result.tried = append(result.tried, i)
	}
	if len(result.tried) > 0 {
		t.trials = append(t.trials, result)
	}
}

// mayFix tells whether anything is known of how the step fixes: somebody tried it, and
// it asks whether it helped, or has helped without asking.
func (t *tally) mayFix(p *plan, i int) bool {
	return t.steps[i].tried > 0 && (asks(p.steps[i]) || t.steps[i].fixed > 0)
}

// tried counts the sessions that tried a step which may fix.
func (t *tally) tried() (sessions int64) {
	for _, trial := range t.trials {
		sessions += int64(trial.count)
	}
	return sessions
}

// inferred is fix probabilities of the steps that may fix, and how they were had.
type inferred struct {
	fixing
	steps  []int // places in the plan; fixing counts along them
	method string
	basis  *tally // what carries the figures: the wider paths where they were shrunk
}

// infer takes the fixed-order model where it holds, else EM. wider is nil where own is all.
func infer(p *plan, own, wider *tally) inferred {
	basis := own
	if wider != nil && own.tried() < fewPaths && wider.tried() > own.tried() {
		basis = wider
	}
	f := inferred{basis: basis, method: FixedOrder}
	if basis.oneOrder {
		f.steps = basis.order
		solved, reached := make([]float64, len(f.steps)), make([]float64, len(f.steps))
		for k, i := range f.steps {
			solved[k], reached[k] = float64(basis.steps[i].fixed), float64(basis.steps[i].tried)
		}
		f.fixing = fixedOrder(solved, reached)
	} else {
		for i := range p.steps {
			if basis.mayFix(p, i) {
				f.steps = append(f.steps, i)
			}
		}
		f.method = Mixed
		f.fixing = faultEM(along(basis.trials, f.steps), slices.Repeat([]float64{mixedPrior}, len(f.steps)+1))
	}
	if basis == wider {
		prior := make([]float64, 0, len(f.steps)+1)
		for _, q := range append(slices.Clone(f.p), f.other) {
			prior = append(prior, shrinkage*q+1)
		}
		f.method = Shrunk
		f.fixing = faultEM(along(own.trials, f.steps), prior)
	}
	return f
}

// along numbers the steps of trials by their place in steps.
func along(trials []trial, steps []int) []trial {
	at := make(map[int]int, len(steps))
	for k, i := range steps {
		at[i] = k
	}
	all := make([]trial, len(trials))
	for n, t := range trials {
		all[n] = trial{solved: -1, count: t.count}
		for _, i := range t.tried {
			if k, in := at[i]; in {
				all[n].tried = append(all[n].tried, k)
			}
		}
		if k, in := at[t.solved]; in {
			all[n].solved = k
		}
	}
	return all
}

// costs are what the steps cost a shopper, in seconds, and what they are taken from.
func (p *plan) costs(g troubleshoot.Guide, seconds map[string][]float64) (medians []*float64, cost []float64, basis []string) {
	medians, cost, basis = make([]*float64, len(p.steps)), make([]float64, len(p.steps)), make([]string, len(p.steps))
	sum, measured := 0.0, 0.0
	for i, step := range p.steps {
		times := seconds[step.ID]
		if medians[i] = median(times); medians[i] != nil && len(times) >= leastTimes {
			cost[i], basis[i] = *medians[i], CostMedian
			sum, measured = sum+*medians[i], measured+1
		}
	}
	share, from := float64(g.Minutes)*60/float64(max(1, len(p.steps))), CostMinutes
	if g.Minutes <= 0 {
		share, from = oneMinute, CostAssumed
		if measured > 0 {
			share = sum / measured
		}
	}
	for i := range cost {
		if basis[i] == "" {
			cost[i], basis[i] = share, from
		}
		cost[i] = max(cost[i], leastCostSeconds)
	}
	return medians, cost, basis
}

// What a step's cost is taken from.
const (
	CostMedian  = "median"  // of the times that sessions took
	CostMinutes = "minutes" // those that the guide says, shared equally
	CostAssumed = "assumed" // the mean of the steps that were timed, else a minute
)

const (
	oneMinute        = 60.0
	leastCostSeconds = 5.0 // nothing is for free, or a step of no time would always be first
)

// median gives the middle of times, nil without any.
func median(times []float64) *float64 {
	if len(times) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(times))
	middle := len(sorted) / 2
	m := sorted[middle]
	if len(sorted)%2 == 0 {
		m = (sorted[middle-1] + m) / 2
	}
	return &m
}

func (r *GuideFigures) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}
