package routing

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// system is a queue of ordinary or odd size, with times in minutes.
type system struct {
	Traffic
	slots  int
	target float64
}

// systems gives n systems from a seed: 1 to 300 slots, 0.3 to 1.6 times the load that they carry, patience from 12 seconds to
// an hour.
func systems(n int) []system {
	chance := rand.New(rand.NewPCG(12, 12))
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*chance.Float64() }
	all := make([]system, n)
	for i := range all {
		slots, handle := 1+chance.IntN(300), between(1, 20)
		all[i] = system{
			Traffic{Rate: between(0.3, 1.6) * float64(slots) / handle, HandleTime: handle, Patience: math.Exp(between(math.Log(0.2), math.Log(60)))},
			slots, between(0, 3),
		}
	}
	return all
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*(1+math.Abs(want))) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// TestErlangAIsTheBirthDeathProcess solves the process itself: its stationary distribution state by state, and one shopper's
// way through the queue by uniformisation. Neither knows of the series.
func TestErlangAIsTheBirthDeathProcess(t *testing.T) {
	for _, s := range systems(400) {
		got, want := ErlangA(s.Traffic, s.slots, s.target), birthDeath(s)
		near(t, "Wait", got.Wait, want.Wait, 1e-10)
		near(t, "Abandon", got.Abandon, want.Abandon, 1e-10)
		near(t, "MeanWait", got.MeanWait, want.MeanWait, 1e-9)
		near(t, "MeanQueue", got.MeanQueue, want.MeanQueue, 1e-9)
		near(t, "Occupancy", got.Occupancy, want.Occupancy, 1e-10)
		near(t, "ServedWithin", got.ServedWithin, want.ServedWithin, 1e-9)
		near(t, "WaitLonger", got.WaitLonger, want.WaitLonger, 1e-9)
		near(t, "AbandonWithin", got.AbandonWithin, want.AbandonWithin, 1e-9)
	}
}

// birthDeath gives the steady state from the states: i sessions there, i up to where nothing is left of the probability.
func birthDeath(s system) Steady {
	n, mu, theta := float64(s.slots), 1/s.HandleTime, 1/s.Patience
	logs, top := []float64{0}, 0.0
	for i := 1.0; i <= n || logs[len(logs)-1] > top-45; i++ {
		next := logs[len(logs)-1] + math.Log(s.Rate/(min(i, n)*mu+max(i-n, 0)*theta))
		logs, top = append(logs, next), max(top, next)
	}
	total, busy := 0.0, 0.0
	var out Steady
	p := make([]float64, len(logs))
	for i := range p {
		p[i] = math.Exp(logs[i] - top)
		total += p[i]
	}
	queue := make([]float64, len(p)-s.slots) // by how many wait when one comes who must wait
	for i := range p {
		p[i] /= total
		busy += p[i] * min(float64(i), n)
		if i >= s.slots {
			queue[i-s.slots] = p[i]
			out.Wait += p[i]
			out.MeanQueue += p[i] * float64(i-s.slots)
		}
	}
	out.MeanWait, out.Abandon, out.Occupancy = out.MeanQueue/s.Rate, theta*out.MeanQueue/s.Rate, busy/n
	served, left := through(queue, n*mu, theta, s.target)
	out.ServedWithin, out.AbandonWithin = 1-out.Wait+served, left
	out.WaitLonger = 1 - out.ServedWithin - out.AbandonWithin
	return out
}

// through follows one who waits, with so many ahead with such a probability: one of those ahead goes at rate out + ahead theta,
// the one followed leaves at rate theta, and is served at rate out with none ahead.
func through(ahead []float64, out, theta, target float64) (served, left float64) {
	rate := out + float64(len(ahead))*theta
	jumps := distuv.Poisson{Lambda: rate * target}
	state := append([]float64(nil), ahead...)
	var s, l float64
	cumulated := 0.0
	for k := 0; target > 0 && cumulated < 1-1e-14 && float64(k) < jumps.Lambda+20*math.Sqrt(jumps.Lambda+1)+50; k++ {
		weight := jumps.Prob(float64(k))
		cumulated += weight
		served, left = served+weight*s, left+weight*l
		next := make([]float64, len(state))
		for j, p := range state {
			down, leave := (out+float64(j)*theta)/rate, theta/rate
			if j == 0 {
				s += p * down
			} else {
				next[j-1] += p * down
			}
			l += p * leave
			next[j] += p * (1 - down - leave)
		}
		state = next
	}
	return served, left
}

func TestErlangAProperties(t *testing.T) {
	for _, s := range systems(400) {
		a := ErlangA(s.Traffic, s.slots, s.target)

		same := s.Traffic
		same.Patience = s.HandleTime
		near(t, "with patience as long as a chat, waits: Poisson", ErlangA(same, s.slots, s.target).Wait,
			1-distuv.Poisson{Lambda: s.Load()}.CDF(float64(s.slots)-1), 1e-9)
		if b := ErlangB(s.slots, s.Load()); a.Abandon > b+1e-12 {
			t.Errorf("%v leave, but only %v find all slots taken where there is no queue", a.Abandon, b)
		}
		if more := ErlangA(s.Traffic, s.slots+1, s.target); more.ServedWithin < a.ServedWithin-1e-12 {
			t.Errorf("service level %v, with one more slot %v", a.ServedWithin, more.ServedWithin)
		}
		near(t, "parts", a.WaitLonger+a.ServedWithin+a.AbandonWithin, 1, 1e-12)
		if s.Load() < 0.95*float64(s.slots) {
			patient := s.Traffic
			patient.Patience = 1e7
			c, a := ErlangC(s.Traffic, s.slots, s.target), ErlangA(patient, s.slots, s.target)
			near(t, "patient: Wait", a.Wait, c.Wait, 1e-4)
			near(t, "patient: ServedWithin", a.ServedWithin, c.ServedWithin, 1e-4)
			near(t, "patient: MeanWait", a.MeanWait, c.MeanWait, 1e-3)
			if more := ErlangC(s.Traffic, s.slots+1, s.target); more.ServedWithin < c.ServedWithin-1e-12 {
				t.Errorf("Erlang C: service level %v, with one more slot %v", c.ServedWithin, more.ServedWithin)
			}
		}
	}
}

// In a rush far more come than can be served: then the share served is that of the slots, and the rest leaves. The sums pass
// what a float64 holds.
func TestErlangAInARush(t *testing.T) {
	for _, c := range []struct {
		name          string
		traffic       Traffic
		slots         int
		abandon, wait float64
	}{
		{"ten times too many", Traffic{Rate: 100, HandleTime: 10, Patience: 60}, 100, 0.9, 54},
		{"a thousand times too many", Traffic{Rate: 1000, HandleTime: 10, Patience: 1000}, 10, 0.999, 999},
		{"nearly nobody comes to many slots", Traffic{Rate: 1e-6, HandleTime: 1, Patience: 1}, 5000, 0, 0},
	} {
		a := ErlangA(c.traffic, c.slots, 1)
		near(t, c.name+": Abandon", a.Abandon, c.abandon, 1e-9)
		near(t, c.name+": MeanWait", a.MeanWait, c.wait, 1e-9)
		for _, v := range []float64{a.Wait, a.WaitLonger, a.ServedWithin, a.AbandonWithin, a.Occupancy} {
			if !(v >= 0 && v <= 1) {
				t.Errorf("%s: a share of %v in %+v", c.name, v, a)
			}
		}
	}
}

func TestEdgesOfTheModels(t *testing.T) {
	overloaded := ErlangC(Traffic{Rate: 2, HandleTime: 5}, 10, 1)
	if overloaded.ServedWithin != 0 || overloaded.Wait != 1 || !math.IsInf(overloaded.MeanWait, 1) || overloaded.Occupancy != 1 {
		t.Errorf("a load of all slots in Erlang C: %+v", overloaded)
	}
	if s := ErlangA(Traffic{Rate: 2, HandleTime: 5, Patience: math.Inf(1)}, 10, 1); s != overloaded {
		t.Errorf("without end of patience Erlang A is %+v", s)
	}
	if s := ErlangA(Traffic{Rate: 2, HandleTime: 5, Patience: 3}, 0, 0); s.Abandon != 1 || s.MeanWait != 3 || s.MeanQueue != 6 || s.WaitLonger != 1 {
		t.Errorf("without slots: %+v", s)
	}
	for name, model := range map[string]func(Traffic, int, float64) Steady{"C": ErlangC, "A": ErlangA} {
		if s := model(Traffic{HandleTime: 5, Patience: 3}, 2, 0); s != (Steady{ServedWithin: 1}) {
			t.Errorf("Erlang %s, nobody comes: %+v", name, s)
		}
	}
}

func TestStaffingIsTheFewest(t *testing.T) {
	for n, s := range systems(400) {
		concurrency := 1 + n%5
		goal := Goal{Share: []float64{0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999}[n%7], Within: s.target}
		found, ok := StaffErlangA(s.Traffic, concurrency, goal)
		if !ok || found.Slots != found.Experts*concurrency || found.ServedWithin < goal.Share {
			t.Fatalf("%+v, %t for %v", found, ok, goal)
		}
		if fewer := ErlangA(s.Traffic, found.Slots-concurrency, s.target); fewer.ServedWithin >= goal.Share {
			t.Fatalf("%d experts, but one fewer reach %v too", found.Experts, fewer.ServedWithin)
		}
		c, ok := StaffErlangC(s.Traffic, concurrency, goal)
		if fewer := ErlangC(s.Traffic, c.Slots-concurrency, s.target); !ok || c.ServedWithin < goal.Share || fewer.ServedWithin >= goal.Share {
			t.Fatalf("Erlang C: %+v, %t, and with one fewer %+v", c, ok, fewer)
		}
	}
}
