package deflection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// plan is a revision's steps in the order of today, and what any other order of them
// must honour. Steps are known by their place in it.
type plan struct {
	steps    []troubleshoot.GuideStep
	at       map[string]int
	after    [][]int // as in sequence
	follower []int
	notes    []string
}

// planOf reads the plan of a revision. It takes any document: what leads nowhere, or
// back, asks for nothing.
func planOf(g troubleshoot.Guide) plan {
	p := plan{steps: todaysOrder(g.Steps), at: map[string]int{}}
	for i, step := range p.steps {
		p.at[step.ID] = i
	}
	p.after, p.follower = make([][]int, len(p.steps)), make([]int, len(p.steps))
	for i := range p.follower {
		p.follower[i] = -1
	}
	for i, step := range p.steps {
		for _, id := range step.Requires {
			if j, known := p.at[id]; known && j != i {
				p.after[i] = append(p.after[i], j)
			}
		}
	}
	p.guard()
	p.lead()
	p.branch()
	return p
}

// guard keeps a step that says when to stop before all that stand behind it today, but
// for what it requires itself: no order may bring a risk before its warning.
func (p *plan) guard() {
	for i, step := range p.steps {
		if step.Stop == "" {
			continue
		}
		needed := p.needed(i)
		for j := i + 1; j < len(p.steps); j++ {
			if !needed[j] {
				p.after[j] = append(p.after[j], i)
			}
		}
	}
}

// needed are the steps that must come before one.
func (p *plan) needed(step int) map[int]bool {
	found, open := map[int]bool{}, []int{step}
	for len(open) > 0 {
		next := open[len(open)-1]
		open = open[:len(open)-1]
		for _, before := range p.after[next] {
			if !found[before] {
				found[before] = true
				open = append(open, before)
			}
		}
	}
	return found
}

// todaysOrder is the way of a shopper whom nothing helps: from the first step to where
// each leads when it did not help. A way aside stands before the step where it comes
// back to that way, and at the end where it does not come back, or only to what comes
// before it.
func todaysOrder(steps []troubleshoot.GuideStep) []troubleshoot.GuideStep {
	var order []troubleshoot.GuideStep
	at := map[string]int{}
	for i, step := range steps {
		if _, twice := at[step.ID]; !twice {
			at[step.ID] = i
		}
	}
	walked := map[string]bool{}
	for n := range steps { // from the first step, then from each that was not met
		var way []troubleshoot.GuideStep
		i, on := n, true
		for on && !walked[steps[i].ID] {
			walked[steps[i].ID] = true
			way = append(way, steps[i])
			i, on = onward(steps, at, i)
		}
		if len(way) == 0 {
			continue
		}
		place := len(order)
		if on {
			if back := placeOf(order, steps[i].ID); back > lastLeader(order, way[0].ID) {
				place = back
			}
		}
		order = slices.Insert(order, place, way...)
	}
	return order
}

func placeOf(order []troubleshoot.GuideStep, id string) int {
	return slices.IndexFunc(order, func(s troubleshoot.GuideStep) bool { return s.ID == id })
}

// lastLeader is the place of the last step that leads to one; -1 without any.
func lastLeader(order []troubleshoot.GuideStep, id string) int {
	for i, s := range slices.Backward(order) {
		if s.Next.Yes == id || s.Next.No == id || s.Next.Next == id {
			return i
		}
	}
	return -1
}

// onward is the step that comes after one that did not help; false at an ending.
func onward(steps []troubleshoot.GuideStep, at map[string]int, i int) (int, bool) {
	next := steps[i].Next
	if next == (troubleshoot.GuideNext{}) { // a document that says nothing goes on as it is written
		return i + 1, i+1 < len(steps)
	}
	target := next.No
	if next.Next != "" {
		target = next.Next
	}
	j, isStep := at[target]
	return j, isStep
}

// asks tells whether the step asks if it helped: its Yes is the end of the trouble.
func asks(step troubleshoot.GuideStep) bool { return step.Next.Next == "" && !divides(step) }

// divides tells whether the step asks something else, such as whether a light is green:
// its Yes leads to a step, or to an ending in which the trouble is not over.
func divides(step troubleshoot.GuideStep) bool {
	return step.Next.Next == "" && step.Next.Yes != "" && step.Next.Yes != endingFixed
}

// endingFixed is the ending in which the trouble is over.
const endingFixed = "fixed"

// lead keeps each step that asks nothing right before the one it leads to. Of several
// that lead to one step only the nearest can stand there; the others come before it.
func (p *plan) lead() {
	leader := map[int]int{}
	for i, step := range p.steps {
		if j, isStep := p.at[step.Next.Next]; isStep && j > i {
			if other, taken := leader[j]; taken {
				p.follower[other] = -1
				p.after[j] = append(p.after[j], other)
				p.note("%s and %s both lead to %s: only the nearer one is kept right before it", name(p.steps[other]), name(step), name(p.steps[j]))
			}
			leader[j], p.follower[i] = i, j
		}
	}
}

// branch keeps a question with two ways before both of them.
func (p *plan) branch() {
	var questions []string
	for i, step := range p.steps {
		if _, isStep := p.at[step.Next.Yes]; !isStep {
			continue
		}
		questions = append(questions, name(step))
		for _, target := range []string{step.Next.Yes, step.Next.No} {
			if j, isStep := p.at[target]; isStep && j > i {
				p.after[j] = append(p.after[j], i)
			}
		}
	}
	if len(questions) > 0 {
		p.note("shoppers go one of two ways at %s, and stay behind it; expected seconds are those of going through every step, so compare orders by them and take them for nothing else",
			strings.Join(questions, ", "))
	}
}

func (p *plan) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// name is a step in a note, by the id that the API knows it by.
func name(step troubleshoot.GuideStep) string { return step.ID }

// leadsOn tells whether a path that ends with an unhelpful try had a step before it
// that it has not been to. After a question with two ways both must be such: which one
// was taken is not recorded, and one that ends is no drop-out. Skipping takes the No.
func (p *plan) leadsOn(path []StepTry) bool {
	last := path[len(path)-1]
	i := p.at[last.Step]
	next, more := onward(p.steps, p.at, i)
	if more && divides(p.steps[i]) && last.Result != troubleshoot.StepSkipped {
		var yes int
		yes, more = p.at[p.steps[i].Next.Yes]
		more = more && !met(path, p.steps[yes].ID)
	}
	return more && !met(path, p.steps[next].ID)
}

func met(path []StepTry, id string) bool {
	return slices.ContainsFunc(path, func(t StepTry) bool { return t.Step == id })
}
