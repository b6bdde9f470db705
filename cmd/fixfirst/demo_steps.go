package main

import (
	"math/rand/v2"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// Shares of shoppers who do not simply go on.
const (
	demoLeaves = 0.10 // after a step that did not help
	demoSkips  = 0.05
	demoSwaps  = 0.15 // try the second step that is not the first of all before the one above it
)

// demoTry is what a shopper did with a step.
type demoTry struct {
	step    string
	result  pb.Session_StepResult
	elapsed time.Duration
}

// tries is how a shopper goes through the steps of a guide. What mends the trouble of those whom it mends stands late more
// often than early, and early steps take longer, so that the report has a better order to find.
func (s demoShopper) tries(steps []*pb.Guide_Step, r *rand.Rand) []demoTry {
	order := make([]int, len(steps))
	for n := range order {
		order[n] = n
	}
	if len(order) > 2 && r.Float64() < demoSwaps {
		n := 1 + r.IntN(len(order)-2)
		order[n], order[n+1] = order[n+1], order[n]
	}
	cure := -1
	if s.fixed {
		cure = max(r.IntN(len(steps)), r.IntN(len(steps)))
	}
	var done []demoTry
	for _, n := range order {
		t := demoTry{step: steps[n].GetStep(), result: pb.Session_NOT_FIXED, elapsed: demoElapsed(n, len(steps), r)}
		switch {
		case n == cure:
			t.result = pb.Session_FIXED
		case r.Float64() < demoSkips:
			t.result = pb.Session_SKIPPED
		}
		if done = append(done, t); n == cure || r.Float64() < demoLeaves {
			break
		}
	}
	return done
}

// demoElapsed is one to three minutes for the last step, and twice that for the first.
func demoElapsed(n, steps int, r *rand.Rand) time.Duration {
	return time.Duration((1 + 2*r.Float64()) * (2 - float64(n)/float64(steps)) * float64(time.Minute)).Truncate(time.Second)
}
