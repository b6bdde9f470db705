package routing

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// day is a simulated working day in virtual time. It routes as the sweep does: when a session comes, when an expert is free
// again, and when a session opens to more.
type day struct {
	experts          []Expert
	chats            int
	perHour          float64       // Poisson
	handle, patience time.Duration // means of exponential times
	stays            float64       // share of shoppers who never leave, so that their waits are seen to the end
	shopper          func(*rand.Rand, *Waiting)
	predicts         bool

	chance  *rand.Rand
	clock   time.Time
	events  events
	turn    int
	queue   []Waiting
	visits  map[string]*visit
	chatted Measured
	wrong   []string // sessions that went to an expert who has no room or may not take them
}

// visit is one shopper's.
type visit struct {
	Waiting
	stays, served, left bool
	wait                time.Duration
	predicted           Outlook
	expert              Expert
}

type event struct {
	at   time.Time
	turn int // among those of one time
	do   func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].turn < e[j].turn
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func (d *day) at(t time.Time, do func()) {
	d.turn++
	heap.Push(&d.events, event{t, d.turn, do})
}

func (d *day) exponential(mean time.Duration) time.Duration {
	return time.Duration(d.chance.ExpFloat64() * float64(mean))
}

// run plays the day until the last shopper is gone, and gives the visits in the order in which they came.
func (d *day) run(t *testing.T, seed uint64) []*visit {
	t.Helper()
	d.chance, d.visits = rand.New(rand.NewPCG(seed, 12)), map[string]*visit{}
	d.clock = now
	come := now
	var order []*visit
	for n := range d.chats {
		come = come.Add(d.exponential(time.Duration(float64(time.Hour) / d.perHour)))
		v := &visit{Waiting: Waiting{Session: fmt.Sprintf("s%05d", n), Seller: "acme", Since: come}, stays: d.chance.Float64() < d.stays}
		d.shopper(d.chance, &v.Waiting)
		d.visits[v.Session] = v
		order = append(order, v)
		d.at(come, func() { d.arrive(v) })
	}
	for len(d.events) > 0 {
		next := heap.Pop(&d.events).(event)
		d.clock = next.at
		next.do()
	}
	if d.wrong != nil {
		t.Fatalf("went to the wrong expert: %q", d.wrong)
	}
	for _, v := range order {
		if v.served == v.left {
			t.Fatalf("%s was served %t and left %t", v.Session, v.served, v.left)
		}
	}
	return order
}

func (d *day) arrive(v *visit) {
	if d.predicts {
		v.predicted = Prospect(v.Waiting, d.queue, d.experts, d.chatted, d.clock)
	}
	d.queue = append(d.queue, v.Waiting)
	if !v.stays {
		d.at(d.clock.Add(d.exponential(d.patience)), func() { d.leave(v) })
	}
	for _, opens := range v.openings(d.clock) {
		d.at(opens, d.route)
	}
}

func (d *day) leave(v *visit) {
	if v.served {
		return
	}
	v.left, v.wait = true, d.clock.Sub(v.Since)
	d.drop(v)
	d.chatted.Abandoned++
}

func (d *day) drop(v *visit) {
	d.queue = slices.DeleteFunc(d.queue, func(w Waiting) bool { return w.Session == v.Session })
	d.chatted.WaitSeconds += int64(v.wait.Seconds())
}

func (d *day) route() {
	for _, a := range Assign(d.queue, d.experts, d.clock) {
		v := d.visits[a.Session]
		e := &d.experts[slices.IndexFunc(d.experts, func(e Expert) bool { return e.ID == a.Expert })]
		if e.Load >= e.Capacity || !mayTake(v.Waiting, *e, d.experts, d.clock) {
			d.wrong = append(d.wrong, v.Session)
		}
		v.served, v.wait, v.expert = true, d.clock.Sub(v.Since), *e
		d.drop(v)
		e.Load, e.IdleSince = e.Load+1, d.clock
		handle := d.exponential(d.handle)
		d.at(d.clock.Add(handle), func() {
			e.Load, e.IdleSince = e.Load-1, d.clock
			d.chatted.Handled, d.chatted.HandleSeconds = d.chatted.Handled+1, d.chatted.HandleSeconds+int64(handle.Seconds())
			d.route()
		})
	}
}

// team is 30 experts: 24 know a category and two of its SKUs, 6 answer for everything; a fifth speaks German as well.
func team(capacity int) []Expert {
	all := make([]Expert, 30)
	for n := range all {
		e := Expert{ID: own(fmt.Sprintf("expert-%02d", n)), Capacity: capacity, Takes: true, Locales: []string{"en"}}
		if n < 24 {
			e.Skills = []string{fmt.Sprintf("category:c%d", n%6), fmt.Sprintf("sku:c%d-%d", n%6, n/6), fmt.Sprintf("sku:c%d-%d", n%6, n/6+1)}
		}
		if n%5 == 0 {
			e.Locales = []string{"en-GB", "de"}
		}
		all[n] = e
	}
	return all
}

// shopper wants one of 6 categories with 8 SKUs each, of which experts know 5; 1 in 10 speaks German, 1 in 5 paid 200 or more.
func shopper(chance *rand.Rand, w *Waiting) {
	category := fmt.Sprintf("c%d", chance.IntN(6))
	w.Category, w.SKU, w.Locale, w.Value, w.Rules = category, fmt.Sprintf("%s-%d", category, chance.IntN(8)), "en-US", usd(5000), troubleshoot.DefaultRouting()
	if chance.IntN(10) == 0 {
		w.Locale = "de-AT"
	}
	if chance.IntN(5) == 0 {
		w.Value = usd(25000)
	}
	w.Rules.HighValue, w.Rules.HighValueBonus = usd(20000), time.Minute
}

// figures are of some visits. Waits are of shoppers who never leave: those of the others end early.
type figures struct {
	n, left                         int
	wait, predicted                 float64 // means in seconds
	medianWait, medianError         float64
	bySKU, byCategory, withinMinute float64 // shares of those served, and of all
}

func figuresOf(visits []*visit, of func(*visit) bool) (f figures) {
	var waits, errors []float64
	served, fast := 0, 0
	for _, v := range visits {
		if !of(v) {
			continue
		}
		f.n++
		if v.served && v.wait <= time.Minute {
			fast++
		}
		switch {
		case v.left:
			f.left++
		case slices.Contains(v.expert.Skills, "sku:"+v.SKU):
			f.bySKU++
		case slices.Contains(v.expert.Skills, "category:"+v.Category):
			f.byCategory++
		}
		if v.served {
			served++
		}
		if v.stays {
			waits, errors = append(waits, v.wait.Seconds()), append(errors, (v.wait-v.predicted.Wait).Abs().Seconds())
			f.wait, f.predicted = f.wait+v.wait.Seconds(), f.predicted+v.predicted.Wait.Seconds()
		}
	}
	f.bySKU, f.byCategory, f.withinMinute = f.bySKU/float64(served), f.byCategory/float64(served), float64(fast)/float64(f.n)
	if n := len(waits); n > 0 {
		slices.Sort(waits)
		slices.Sort(errors)
		f.wait, f.predicted, f.medianWait, f.medianError = f.wait/float64(n), f.predicted/float64(n), waits[n/2], errors[n/2]
	}
	return f
}

func everybody(*visit) bool { return true }

// TestSimulatedDay has 70 erlangs come to 60 slots: all wait, and the policy shows in who waits how long for whom.
func TestSimulatedDay(t *testing.T) {
	d := day{experts: team(2), chats: 3000, perHour: 420, handle: 10 * time.Minute, patience: 5 * time.Minute, stays: 0.2, shopper: shopper, predicts: true}
	visits := d.run(t, 1)
	part := map[string]figures{}
	for _, p := range []struct {
		name string
		of   func(*visit) bool
	}{
		{"all", everybody},
		{"known SKU", func(v *visit) bool { return v.SKU[3] < '5' && v.Locale == "en-US" }},
		{"unknown SKU", func(v *visit) bool { return v.SKU[3] >= '5' && v.Locale == "en-US" }},
		{"English", func(v *visit) bool { return v.Locale == "en-US" }},
		{"German", func(v *visit) bool { return v.Locale == "de-AT" }},
		{"high value", func(v *visit) bool { return v.Value.Minor >= 20000 }},
		{"ordinary value", func(v *visit) bool { return v.Value.Minor < 20000 }},
	} {
		f := figuresOf(visits, p.of)
		part[p.name] = f
		t.Logf("%-14s %4d came, %2.0f%% left, %2.0f%% served in a minute; by SKU %2.0f%%, category %2.0f%%; wait %5.1f s, predicted %5.1f s; medians: wait %5.1f s, error %4.1f s",
			p.name, f.n, 100*float64(f.left)/float64(f.n), 100*f.withinMinute, 100*f.bySKU, 100*f.byCategory, f.wait, f.predicted, f.medianWait, f.medianError)
	}
	high, ordinary, known, unknown := part["high value"], part["ordinary value"], part["known SKU"], part["unknown SKU"]
	for _, c := range []struct {
		rule  string
		holds bool
	}{
		{"high value waits a fifth less at least", high.wait < 0.8*ordinary.wait && high.withinMinute > ordinary.withinMinute},
		{"and nobody else pays more than its bonus for it", ordinary.wait-high.wait < 60},
		{"who knows the SKU gets it three times as often as by chance, 1.6 of 30", known.bySKU > 3*1.6/30},
		{"where nobody does, who knows the category more than twice as often as by chance, 4 of 30", unknown.byCategory > 2*4.0/30 && unknown.bySKU == 0},
		{"waiting for who knows costs no more than the ladder's 30 s", known.wait-unknown.wait < 30},
		{"German, with 12 of 60 slots, waits longer, and at most three times", part["German"].wait > part["English"].wait && part["German"].wait < 3*part["English"].wait},
		{"the median prediction is a quarter or 15 s off at most", part["all"].medianError <= max(15, part["all"].medianWait/4)},
		{"predictions are right on average, but for the high value yet to come", part["all"].predicted > 0.85*part["all"].wait && part["all"].predicted < part["all"].wait},
	} {
		if !c.holds {
			t.Errorf("not so: %s", c.rule)
		}
	}
}

// TestSimulatedDayIsErlangA: experts who are all alike, with a chat each, and shoppers who leave, are an M/M/n+M queue.
func TestSimulatedDayIsErlangA(t *testing.T) {
	const days, perHour = 10, 430.0
	const handle, patience = 4 * time.Minute, 2 * time.Minute
	var visits []*visit
	waited := 0.0
	for seed := range uint64(days) {
		alike := team(1)
		for n := range alike {
			alike[n].Skills, alike[n].Locales = nil, nil
		}
		d := day{experts: alike, chats: 3000, perHour: perHour, handle: handle, patience: patience, shopper: func(*rand.Rand, *Waiting) {}}
		visits = append(visits, d.run(t, seed)...)
	}
	for _, v := range visits {
		waited += v.wait.Seconds() / float64(len(visits))
	}
	f, want := figuresOf(visits, everybody), Forecast(perHour, 30, 1, handle, patience, time.Minute)
	left := float64(f.left) / float64(f.n)
	t.Logf("service level %.3f, Erlang A %.3f; left %.3f, %.3f; wait %.1f s, %.1f s", f.withinMinute, want.ServiceLevel, left, want.Abandonment, waited, want.MeanWait.Seconds())
	if math.Abs(f.withinMinute-want.ServiceLevel) > 0.03 || math.Abs(left-want.Abandonment) > 0.01 || math.Abs(waited/want.MeanWait.Seconds()-1) > 0.1 {
		t.Error("that is not Erlang A")
	}
}
