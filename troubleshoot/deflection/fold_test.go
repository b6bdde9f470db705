package deflection

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"pgregory.net/rapid"
)

var intercepted = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func onDay(n float64) time.Time { return intercepted.Add(time.Duration(n * 24 * float64(time.Hour))) }

func usd(cents int64) troubleshoot.Money {
	return troubleshoot.Money{Minor: cents, Currency: "USD"}
}

// event makes a return event of units on a day after the intercept.
func event(kind troubleshoot.ReturnKind, units int64, day float64) troubleshoot.ReturnEvent {
	return troubleshoot.ReturnEvent{Kind: kind, Quantity: units, Time: onDay(day)}
}

func requested(units int64, day float64) troubleshoot.ReturnEvent {
	return event(troubleshoot.ReturnRequested, units, day)
}
func canceled(units int64, day float64) troubleshoot.ReturnEvent {
	return event(troubleshoot.ReturnCanceled, units, day)
}
func received(units int64, day float64) troubleshoot.ReturnEvent {
	return event(troubleshoot.ReturnReceived, units, day)
}
func refunded(units int64, day float64, paid troubleshoot.Money) troubleshoot.ReturnEvent {
	e := event(troubleshoot.ReturnRefunded, units, day)
	e.Refund = paid
	return e
}

var unsaid troubleshoot.Money

// line is an intercept of units at 50.00, with 10.00 for freight and handling, under a policy of 30 days.
func line(units int64, events ...troubleshoot.ReturnEvent) Facts {
	return Facts{
		Intercept: troubleshoot.Intercept{
			Line:       troubleshoot.OrderLine{Quantity: units, UnitPrice: usd(5000)},
			Arm:        troubleshoot.Offered,
			ReturnCost: usd(1000), CreateTime: intercepted,
		},
		Policy: troubleshoot.Policy{MaturityDays: 30, ReportingLagDays: 3, ExpertHourlyWage: usd(2500), PlatformCost: usd(20)},
		Events: events,
	}
}

func TestWhatCountsAsReturned(t *testing.T) {
	for _, c := range []struct {
		rule   string
		units  int64 // of the line
		events []troubleshoot.ReturnEvent
		back   int64 // units that count as returned
		late   bool
	}{
		{"nothing happened", 1, nil, 0, false},
		{"requested", 1, []troubleshoot.ReturnEvent{requested(1, 2)}, 1, false},
		{"requested before the click on return", 1, []troubleshoot.ReturnEvent{requested(1, -1)}, 1, false},
		{"requested at the horizon's last moment", 1, []troubleshoot.ReturnEvent{requested(1, 30)}, 1, false},
		{"requested after the horizon", 1, []troubleshoot.ReturnEvent{requested(1, 30.01)}, 0, true},
		{"requested in time, received and refunded after the horizon", 1, []troubleshoot.ReturnEvent{requested(1, 29), received(1, 35), refunded(1, 36, unsaid)}, 1, false},
		{"requested, then canceled", 1, []troubleshoot.ReturnEvent{requested(1, 2), canceled(1, 3)}, 0, false},
		{"canceled at the same moment", 1, []troubleshoot.ReturnEvent{canceled(1, 2), requested(1, 2)}, 0, false},
		{"a cancellation undoes the request of its own moment before an older one", 2, []troubleshoot.ReturnEvent{canceled(1, 40), requested(1, 5), requested(1, 40)}, 1, false},
		{"a cancellation dated before its request", 1, []troubleshoot.ReturnEvent{canceled(1, 2), requested(1, 3)}, 0, false},
		{"canceled long before, by a stray event", 1, []troubleshoot.ReturnEvent{canceled(1, -20), requested(1, 3)}, 1, false},
		{"canceled a moment more than a day before", 1, []troubleshoot.ReturnEvent{canceled(1, 2), requested(1, 3.001)}, 1, false},
		{"a cancellation dated early undoes what follows, not what came before", 2, []troubleshoot.ReturnEvent{requested(1, 1), received(1, 2), canceled(1, 40), requested(1, 40.5)}, 1, false},
		{"two dated early, each finds one", 2, []troubleshoot.ReturnEvent{canceled(1, 2), canceled(1, 2.8), requested(1, 2.9), requested(1, 3.5)}, 0, false},
		{"canceled more than was asked", 3, []troubleshoot.ReturnEvent{requested(1, 2), canceled(3, 3)}, 0, false},
		{"canceled twice, asked again within a day", 1, []troubleshoot.ReturnEvent{requested(1, 2), canceled(1, 3), canceled(1, 3.1), requested(1, 3.5)}, 1, false},
		{"the same of a line of two", 2, []troubleshoot.ReturnEvent{requested(1, 2), canceled(1, 3), canceled(1, 3.1), requested(1, 3.5)}, 1, false},
		{"canceled in vain, as it was received: the other unit stands", 2, []troubleshoot.ReturnEvent{requested(1, 2), received(1, 3), canceled(1, 4), requested(1, 4.5)}, 2, false},
		{"asked twice for one unit, canceled once", 1, []troubleshoot.ReturnEvent{requested(1, 2), requested(1, 3), canceled(1, 4)}, 0, false},
		{"a cancellation dated early is used up by its request", 1, []troubleshoot.ReturnEvent{canceled(1, 2), requested(1, 2.5), requested(1, 9)}, 1, false},
		{"canceled after the horizon", 1, []troubleshoot.ReturnEvent{requested(1, 2), canceled(1, 40)}, 0, false},
		{"canceled, but refunded all the same", 1, []troubleshoot.ReturnEvent{requested(1, 2), canceled(1, 3), refunded(1, 4, unsaid)}, 1, false},
		{"refunded, then canceled: too late to cancel", 1, []troubleshoot.ReturnEvent{requested(1, 2), refunded(1, 4, unsaid), canceled(1, 5)}, 1, false},
		{"canceled in time, asked again in time", 1, []troubleshoot.ReturnEvent{requested(1, 2), canceled(1, 3), requested(1, 9)}, 1, false},
		{"canceled in time, asked again too late", 1, []troubleshoot.ReturnEvent{requested(1, 2), canceled(1, 3), requested(1, 45)}, 0, true},
		{"asked late, and canceled: not late either", 1, []troubleshoot.ReturnEvent{requested(1, 45), canceled(1, 46)}, 0, false},
		{"refunded without a request", 1, []troubleshoot.ReturnEvent{refunded(1, 5, unsaid)}, 1, false},
		{"received without a request, late", 1, []troubleshoot.ReturnEvent{received(1, 31)}, 0, true},
		{"received and refunded are one unit", 2, []troubleshoot.ReturnEvent{received(1, 5), refunded(1, 6, unsaid)}, 1, false},
		{"refunded, its request told afterwards", 2, []troubleshoot.ReturnEvent{refunded(1, 5, unsaid), requested(1, 6)}, 1, false},
		{"a part of the line", 3, []troubleshoot.ReturnEvent{requested(2, 5)}, 2, false},
		{"in parts", 3, []troubleshoot.ReturnEvent{requested(1, 5), requested(1, 6)}, 2, false},
		{"one unit in time, one late: returned, and not late", 2, []troubleshoot.ReturnEvent{requested(1, 5), requested(1, 40)}, 1, false},
		{"the unit asked in time was canceled, the late one stands", 2, []troubleshoot.ReturnEvent{requested(1, 5), canceled(1, 6), requested(1, 40)}, 0, true},
		{"of two asked, the later is canceled", 2, []troubleshoot.ReturnEvent{requested(1, 5), requested(1, 40), canceled(1, 41)}, 1, false},
		{"one refunded in time, one late, nothing asked", 2, []troubleshoot.ReturnEvent{refunded(1, 5, unsaid), refunded(1, 60, unsaid)}, 1, false},
		{"one asked and refunded in time, a second refunded late", 2, []troubleshoot.ReturnEvent{requested(1, 4), refunded(1, 5, unsaid), refunded(1, 60, unsaid)}, 1, false},
		{"more asked than was bought", 2, []troubleshoot.ReturnEvent{requested(5, 5)}, 2, false},
		{"more asked late than was left", 2, []troubleshoot.ReturnEvent{requested(2, 5), requested(3, 50)}, 2, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			u := Fold(line(c.units, c.events...))
			if u.UnitsReturned != c.back || u.Returned != (c.back > 0) || u.Late != c.late || u.UnitsIntended != c.units {
				t.Errorf("%d units returned (Y %v), late %v of %d; want %d, late %v", u.UnitsReturned, u.Returned, u.Late, u.UnitsIntended, c.back, c.late)
			}
		})
	}
}

func TestWhatAReturnCosts(t *testing.T) {
	euros := troubleshoot.Money{Minor: 5000, Currency: "EUR"}
	salvaged := func(e troubleshoot.ReturnEvent, m troubleshoot.Money) troubleshoot.ReturnEvent {
		e.Salvage = m
		return e
	}
	for _, c := range []struct {
		rule     string
		facts    Facts
		change   func(*Facts)
		loss     int64
		uncosted bool
	}{
		{"kept", line(1), nil, 0, false},
		{"returned: its price, and freight and handling", line(1, requested(1, 2)), nil, 6000, false},
		{"two units pay freight once", line(2, requested(2, 2)), nil, 11000, false},
		{"what was paid back, not the price", line(1, refunded(1, 2, usd(3000))), nil, 4000, false},
		{"one refund known, the other unit at its price", line(2, requested(2, 2), refunded(1, 3, usd(3000))), nil, 9000, false},
		{"returned late costs nothing in the experiment", line(1, requested(1, 40)), nil, 0, false},
		{"a salvage fraction of the refund", line(1, requested(1, 2)), func(f *Facts) { f.Policy.SalvageFraction = 0.25 }, 4750, false},
		{"half a cent of salvage is rounded away from zero", line(1, refunded(1, 2, usd(4999))), func(f *Facts) { f.Policy.SalvageFraction = 0.5 }, 3499, false},
		{"the salvage that was said, in place of the fraction", line(1, salvaged(received(1, 2), usd(4000))), func(f *Facts) { f.Policy.SalvageFraction = 0.25 }, 2000, false},
		{"no salvage was said to be had", line(1, salvaged(received(1, 2), usd(0))), func(f *Facts) { f.Policy.SalvageFraction = 0.25 }, 6000, false},
		{"the refund of a unit asked for too late is not in it", line(2, requested(1, 3), refunded(1, 5, usd(5000)), requested(1, 45), refunded(1, 50, usd(5000))), nil, 6000, false},
		{"the first refunds are those of the units asked for in time", line(2, requested(1, 3), refunded(1, 50, usd(1000)), requested(1, 45), refunded(1, 5, usd(4000))), nil, 5000, false},
		{"a refund of more units than stand counts in part", line(3, requested(1, 3), refunded(3, 50, usd(10000)), requested(2, 45)), nil, 4333, false},
		{"a refund in two parts", line(1, refunded(1, 2, usd(1000)), refunded(1, 3, usd(4999))), func(f *Facts) { f.Intercept.Line.UnitPrice, f.Intercept.ReturnCost = usd(5999), unsaid }, 5999, false},
		{"parts add up to the price at most", line(1, refunded(1, 2, usd(1000)), refunded(1, 3, usd(3000)), refunded(1, 4, usd(3000))), nil, 6000, false},
		{"a first refund above the price stays, and takes no further part", line(1, refunded(1, 2, usd(7000)), refunded(1, 3, usd(500))), nil, 8000, false},
		{"a refund told of more units than the line has counts whole", line(1, refunded(3, 2, usd(4001))), nil, 5001, false},
		{"salvage is a fraction of all parts", line(1, refunded(1, 2, usd(1000)), refunded(1, 3, usd(3000))), func(f *Facts) { f.Policy.SalvageFraction = 0.25 }, 4000, false},
		{"a further part in another currency", line(1, refunded(1, 2, usd(1000)), refunded(1, 3, euros)), nil, 0, true},
		{"a refund without an amount is one at the price", line(2, requested(1, 3), refunded(1, 5, unsaid), requested(1, 45), refunded(1, 50, usd(1000))), nil, 6000, false},
		{"salvage of one of two units leaves the fraction to the other", line(2, requested(2, 2), salvaged(received(1, 5), usd(4000))), func(f *Facts) { f.Policy.SalvageFraction = 0.25 }, 11000 - 4000 - 1250, false},
		{"the salvage of a unit asked for too late is not in it", line(2, requested(1, 3), salvaged(received(1, 5), usd(1000)), requested(1, 45), salvaged(received(1, 50), usd(3000))), nil, 5000, false},
		{"nor does it stand for the unit in time", line(2, requested(1, 3), received(1, 5), requested(1, 45), salvaged(received(1, 50), usd(3000))), func(f *Facts) { f.Policy.SalvageFraction = 0.5 }, 3500, false},
		{"salvage told twice for one unit counts once", line(1, salvaged(received(1, 5), usd(3000)), salvaged(refunded(1, 6, usd(5000)), usd(3000))), nil, 3000, false},
		{"a late refund in another currency", line(2, requested(1, 3), refunded(1, 5, usd(5000)), requested(1, 45), refunded(1, 50, euros)), nil, 6000, false},
		{"the whole cost as history tells it", line(1, refunded(1, 2, usd(3000))), func(f *Facts) { f.Intercept.CostOfReturn = usd(7001) }, 7001, false},
		{"history's cost of a line that was kept", line(1), func(f *Facts) { f.Intercept.CostOfReturn = usd(7001) }, 0, false},
		{"a refund in another currency", line(1, refunded(1, 2, euros)), nil, 0, true},
		{"a salvage in another currency", line(1, salvaged(requested(1, 2), euros)), nil, 0, true},
		{"freight in another currency", line(1, requested(1, 2)), func(f *Facts) { f.Intercept.ReturnCost = euros }, 0, true},
		{"freight in another currency, kept", line(1), func(f *Facts) { f.Intercept.ReturnCost = euros }, 0, false},
		{"no freight, said in another currency", line(1, requested(1, 2)), func(f *Facts) { f.Intercept.ReturnCost = troubleshoot.Money{Currency: "EUR"} }, 5000, false},
		{"each session costs the platform's share", line(1), func(f *Facts) { f.Sessions = make([]troubleshoot.Session, 3) }, 60, false},
		{"expert time is not in the loss", line(1), func(f *Facts) { f.Sessions = []troubleshoot.Session{{ExpertSeconds: 600}} }, 20, false},
		{"expert time at an unknown wage", line(1), func(f *Facts) {
			f.Sessions, f.Policy.ExpertHourlyWage = []troubleshoot.Session{{ExpertSeconds: 600}}, unsaid
		}, 0, true},
		{"a session that its expert has not closed", line(1), func(f *Facts) {
			f.Sessions = []troubleshoot.Session{{AcceptTime: onDay(1), State: troubleshoot.WrapUp}}
		}, 0, true},
		{"a session that its expert has closed", line(1), func(f *Facts) {
			f.Sessions = []troubleshoot.Session{{AcceptTime: onDay(1), State: troubleshoot.Closed, ExpertSeconds: 600}}
		}, 20, false},
		{"an open session that no expert has taken", line(1), func(f *Facts) {
			f.Sessions = []troubleshoot.Session{{State: troubleshoot.Queued}, {State: troubleshoot.Active}}
		}, 40, false},
		{"a session not closed, begun after the horizon", line(1), func(f *Facts) {
			f.Sessions = []troubleshoot.Session{{AcceptTime: onDay(1), State: troubleshoot.Active, CreateTime: onDay(31)}}
		}, 0, false},
		{"no expert time at an unknown wage", line(1), func(f *Facts) {
			f.Sessions, f.Policy.ExpertHourlyWage = []troubleshoot.Session{{}}, unsaid
		}, 20, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if c.change != nil {
				c.change(&c.facts)
			}
			if u := Fold(c.facts); u.Loss != c.loss || u.Uncosted != c.uncosted {
				t.Errorf("loss %d, uncosted %v; want %d, %v", u.Loss, u.Uncosted, c.loss, c.uncosted)
			}
		})
	}
}

func TestWhatIsAttributed(t *testing.T) {
	yes, no := troubleshoot.Answer{Solved: troubleshoot.SolvedYes}, troubleshoot.Answer{Solved: troubleshoot.SolvedNo}
	for _, c := range []struct {
		rule                string
		arm                 troubleshoot.Arm
		sessions            []troubleshoot.Session
		events              []troubleshoot.ReturnEvent
		engaged, attributed bool
		seconds, count      int64
	}{
		{"no session", troubleshoot.Offered, nil, nil, false, false, 0, 0},
		{"engaged and said to be solved", troubleshoot.Offered, []troubleshoot.Session{{Engaged: true, Answer: yes}}, nil, true, true, 0, 1},
		{"the expert's word is as good", troubleshoot.Offered, []troubleshoot.Session{{Engaged: true, Disposition: troubleshoot.FixedKept, ExpertSeconds: 60}}, nil, true, true, 60, 1},
		{"other dispositions are not", troubleshoot.Offered, []troubleshoot.Session{{Engaged: true, Disposition: troubleshoot.KeptUnfixed}}, nil, true, false, 0, 1},
		{"silence is not success", troubleshoot.Offered, []troubleshoot.Session{{Engaged: true}}, nil, true, false, 0, 1},
		{"NO is not", troubleshoot.Offered, []troubleshoot.Session{{Engaged: true, Answer: no}}, nil, true, false, 0, 1},
		{"YES without trying anything", troubleshoot.Offered, []troubleshoot.Session{{Answer: yes}}, nil, false, false, 0, 1},
		{"YES, but returned", troubleshoot.Offered, []troubleshoot.Session{{Engaged: true, Answer: yes}}, []troubleshoot.ReturnEvent{requested(1, 5)}, true, false, 0, 1},
		{"YES, returned late", troubleshoot.Offered, []troubleshoot.Session{{Engaged: true, Answer: yes}}, []troubleshoot.ReturnEvent{requested(1, 50)}, true, true, 0, 1},
		{"never the holdout", troubleshoot.Holdout, []troubleshoot.Session{{Engaged: true, Answer: yes}}, nil, true, false, 0, 1},
		{"never who was not eligible", troubleshoot.Ineligible, []troubleshoot.Session{{Engaged: true, Answer: yes}}, nil, true, false, 0, 1},
		{"one session engaged, another solved", troubleshoot.Offered, []troubleshoot.Session{{Engaged: true, ExpertSeconds: 5}, {Answer: yes, ExpertSeconds: 7}}, nil, true, true, 12, 2},
		{"a session after the horizon", troubleshoot.Offered, []troubleshoot.Session{{CreateTime: onDay(31), Engaged: true, Answer: yes, ExpertSeconds: 9}}, nil, false, false, 0, 0},
		{"a session at the horizon", troubleshoot.Offered, []troubleshoot.Session{{CreateTime: onDay(30), Engaged: true, Answer: yes}}, nil, true, true, 0, 1},
	} {
		t.Run(c.rule, func(t *testing.T) {
			f := line(1, c.events...)
			f.Intercept.Arm, f.Sessions = c.arm, c.sessions
			u := Fold(f)
			if u.Engaged != c.engaged || u.Attributed != c.attributed || u.HelpSeconds != c.seconds || u.Sessions != c.count {
				t.Errorf("engaged %v, attributed %v, %d s in %d sessions; want %v, %v, %d, %d",
					u.Engaged, u.Attributed, u.HelpSeconds, u.Sessions, c.engaged, c.attributed, c.seconds, c.count)
			}
		})
	}
}

var returnEvents = rapid.Custom(func(t *rapid.T) troubleshoot.ReturnEvent {
	money := rapid.SampledFrom([]troubleshoot.Money{unsaid, usd(0), usd(1999), {Minor: 700, Currency: "EUR"}})
	e := event(troubleshoot.ReturnKind(rapid.IntRange(1, 4).Draw(t, "kind")), rapid.Int64Range(1, 3).Draw(t, "units"),
		float64(rapid.SampledFrom([]int{-1, 2, 29, 30, 31, 45}).Draw(t, "day")))
	e.Refund, e.Salvage = money.Draw(t, "refund"), money.Draw(t, "salvage")
	return e
})

func TestFoldKnowsNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := line(rapid.Int64Range(1, 4).Draw(t, "units"), rapid.SliceOfN(returnEvents, 0, 8).Draw(t, "events")...)
		for n := range f.Events {
			f.Events[n].EventID = strconv.Itoa(n)
		}
		f.Sessions = []troubleshoot.Session{{ExpertSeconds: 60}, {Engaged: true}, {Answer: troubleshoot.Answer{Solved: troubleshoot.SolvedYes}, CreateTime: onDay(33)}}
		want := Fold(f)
		other := f
		other.Events = rapid.Permutation(slices.Clone(f.Events)).Draw(t, "other order")
		other.Sessions = rapid.Permutation(slices.Clone(f.Sessions)).Draw(t, "other sessions")
		if got := Fold(other); got != want {
			t.Fatalf("in one order %+v, in another %+v", want, got)
		}
	})
}

// Of requests within the line's quantity, the units that stand are never fewer than the plain sum of events within the time
// that a cancellation may be dated early, and are that sum where no cancellation is in vain.
func TestUnitsOfOneDayAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := line(rapid.Int64Range(1, 4).Draw(t, "units"), rapid.SliceOfN(returnEvents, 0, 8).Draw(t, "events")...)
		for n := range f.Events {
			f.Events[n].Time = onDay(float64(rapid.IntRange(0, 4).Draw(t, "quarter of a day")) / 4)
		}
		slices.SortFunc(f.Events, byTimeThenKind)
		var sums [5]int64
		inVain := false
		for _, e := range f.Events {
			sums[e.Kind] += e.Quantity
			asked := sums[troubleshoot.ReturnRequested]
			inVain = inVain || asked > 0 && sums[troubleshoot.ReturnCanceled] > asked
		}
		if sums[troubleshoot.ReturnRequested] > f.Intercept.Line.Quantity {
			t.Skip("duplicate requests")
		}
		inVain = inVain || sums[troubleshoot.ReturnReceived]+sums[troubleshoot.ReturnRefunded] > 0
		stands := max(sums[troubleshoot.ReturnRequested]-sums[troubleshoot.ReturnCanceled], sums[troubleshoot.ReturnReceived], sums[troubleshoot.ReturnRefunded])
		var units int64
		for _, r := range returnedUnits(f.Events, f.Intercept.Line.Quantity) {
			units += r.units
		}
		if sum := max(0, min(stands, f.Intercept.Line.Quantity)); units < sum || units > sum && !inVain {
			t.Fatalf("%d units stand as returned, the events add up to %d", units, stands)
		}
	})
}
