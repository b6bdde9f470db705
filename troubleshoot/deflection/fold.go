package deflection

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Facts are all that an intercept's contribution follows from. Their order does not matter.
type Facts struct {
	Intercept troubleshoot.Intercept
	Policy    troubleshoot.Policy // of the intercept's epoch
	Events    []troubleshoot.ReturnEvent
	Sessions  []troubleshoot.Session
}

// earlyCancellation is how long before its request a cancellation may be dated. Systems that write local time as if it were
// UTC, or the day alone, are off by less than a day; what was canceled earlier is another story, and its request may be lost.
const earlyCancellation = 24 * time.Hour

// Fold gives what an intercept adds to the sums of its group (docs/measurement.md, "Unit, arms, outcome" and "Money").
//
// The line counts as returned when a unit's return was requested within the horizon and not canceled. A cancellation undoes
// the latest requests before it; where it is of more units than were ever asked for, it undoes requests within a day after
// it. It never undoes units that came back or were refunded. A unit that came back or was refunded without a known request
// counts from that event.
// Sessions count when they began within the horizon. What an expert's session costs is known when it is closed.
func Fold(f Facts) Unit {
	u := Unit{UnitsIntended: f.Intercept.Line.Quantity}
	horizon := f.Intercept.HorizonEnd(f.Policy)
	for _, r := range returnedUnits(f.Events, f.Intercept.Line.Quantity) {
		if r.time.After(horizon) {
			u.Late = u.Late || r.units > 0
		} else {
			u.UnitsReturned += r.units
		}
	}
	u.Returned = u.UnitsReturned > 0
	if u.Returned {
		u.Late = false
	}
	solved := false
	for _, s := range f.Sessions {
		if s.CreateTime.After(horizon) {
			continue
		}
		u.Sessions++
		u.HelpSeconds += s.ExpertSeconds
		u.Engaged = u.Engaged || s.Engaged
		u.Uncosted = u.Uncosted || !s.AcceptTime.IsZero() && s.State != troubleshoot.Closed
		solved = solved || s.Answer.Solved == troubleshoot.SolvedYes || s.Disposition == troubleshoot.FixedKept
	}
	u.Attributed = f.Intercept.Arm == troubleshoot.Offered && u.Engaged && solved && !u.Returned
	f.price(&u)
	return u
}

// request is when the return of some units was asked for.
type request struct {
	time  time.Time
	units int64
}

// returnedUnits gives the units that stand as returned, by the time their return was asked for, at most limit in all.
func returnedUnits(events []troubleshoot.ReturnEvent, limit int64) []request {
	line := returns{limit: max(limit, 0)}
	for _, e := range slices.SortedFunc(slices.Values(events), byTimeThenKind) {
		line.observe(e)
	}
	return line.standing
}

// byTimeThenKind puts a cancellation after what it cancels, where both have one time. Events alike in both come by their
// ids, so that whose refund counts does not depend on the order they are read in.
func byTimeThenKind(a, b troubleshoot.ReturnEvent) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.EventID, b.EventID))
}

// returns is a line's returns as its events tell them, in order of time.
type returns struct {
	limit              int64     // units of the line
	standing           []request // oldest first
	units              int64     // of standing, at most limit
	asked              int64     // units ever requested, as told: duplicates and canceled ones too
	received, refunded int64
	unasked            int64     // units that came back or were refunded before their request was known
	early              []request // canceled units that had no request yet, by the time of their cancellation; oldest first
}

func (r *returns) observe(e troubleshoot.ReturnEvent) {
	switch e.Kind {
	case troubleshoot.ReturnRequested:
		r.asked += e.Quantity
		known := min(e.Quantity, r.unasked)
		r.unasked -= known
		left := e.Quantity - known
		r.stand(e.Time, left-r.canceledBefore(e.Time, left))
	case troubleshoot.ReturnReceived:
		r.received += e.Quantity
	case troubleshoot.ReturnRefunded:
		r.refunded += e.Quantity
	case troubleshoot.ReturnCanceled:
		// What was asked before may be what is canceled, be it undone already by another system's word, or too late to
		// undo. Only units beyond it wait for a request.
		left := e.Quantity - r.undo(e.Quantity)
		if left = min(left, e.Quantity-r.asked); left > 0 {
			r.early = append(r.early, request{e.Time, left})
		}
	}
	if more := r.done() - r.units; more > 0 {
		r.unasked += more
		r.stand(e.Time, more)
	}
}

// done counts the units that came back or were refunded: nobody can cancel these.
func (r *returns) done() int64 { return min(max(r.received, r.refunded), r.limit) }

// stand adds units asked for. What is beyond the line's quantity repeats a request that stands, and goes with it.
func (r *returns) stand(at time.Time, units int64) {
	units = min(units, r.limit-r.units)
	r.standing = append(r.standing, request{at, units})
	r.units += units
}

// undo takes up to so many units from the latest requests, and tells how many it took.
func (r *returns) undo(units int64) (undone int64) {
	units = min(units, r.units-r.done())
	for n := len(r.standing) - 1; n >= 0; n-- {
		taken := min(units-undone, r.standing[n].units)
		r.standing[n].units -= taken
		undone += taken
	}
	r.units -= undone
	return undone
}

// canceledBefore tells how many of the units asked for at a time were canceled already, and uses these cancellations up.
func (r *returns) canceledBefore(at time.Time, units int64) (canceled int64) {
	for n := range r.early {
		if at.Sub(r.early[n].time) > earlyCancellation {
			continue
		}
		taken := min(units-canceled, r.early[n].units)
		r.early[n].units -= taken
		canceled += taken
	}
	return canceled
}

// price sets what the unit cost: refund − salvage + freight and handling where it was returned, and the platform's share
// of each session. An amount in another currency than the line's cannot be added, and leaves the unit uncosted.
func (f Facts) price(u *Unit) {
	currency := f.Intercept.Line.UnitPrice.Currency
	add := func(m troubleshoot.Money, times int64) {
		if m.Minor == 0 || times == 0 {
			return
		}
		u.Uncosted = u.Uncosted || m.Currency != currency
		u.Loss += m.Minor * times
	}
	add(f.Policy.PlatformCost, u.Sessions)
	if u.HelpSeconds > 0 && f.Policy.ExpertHourlyWage.Currency != currency {
		u.Uncosted = true // expert time whose wage is not known, or in other money
	}
	switch {
	case !u.Returned:
	case f.Intercept.CostOfReturn.IsSet():
		add(f.Intercept.CostOfReturn, 1)
	default:
		f.refund(u.UnitsReturned, add)
		add(f.Intercept.ReturnCost, 1)
	}
	if u.Uncosted {
		u.Loss = 0
	}
}

// refund adds what was paid back for units that stand as returned, and takes off what the goods fetched. What is reported
// is taken in order of time, each kind of event for at most these units, and in part where an event is of more. Units whose
// refund is not known count at their price; those whose salvage is not known fetch the policy's fraction of the mean refund.
// Refunds of more units than the line has are further parts of refunds told before, and add up to no more than the price.
func (f Facts) refund(units int64, add func(m troubleshoot.Money, times int64)) {
	price, limit := f.Intercept.Line.UnitPrice, f.Intercept.Line.Quantity
	told := map[troubleshoot.ReturnKind]int64{} // units that events of the kind were of
	unpaid, unsalvaged := units, units
	var paid int64
	for _, e := range slices.SortedFunc(slices.Values(f.Events), byTimeThenKind) {
		n := max(0, min(e.Quantity, units-told[e.Kind]))
		within := max(0, min(e.Quantity, limit-told[e.Kind]))
		told[e.Kind] += e.Quantity
		if e.Kind == troubleshoot.ReturnRefunded && e.Refund.IsSet() {
			refund, further := portion(e.Refund, n, e.Quantity), e.Refund
			unpaid -= n
			paid += refund.Minor
			further.Minor -= portion(e.Refund, within, e.Quantity).Minor
			further.Minor = max(0, min(further.Minor, (units-unpaid)*price.Minor-paid))
			paid += further.Minor
			add(refund, 1)
			add(further, 1)
		}
		if n = min(n, unsalvaged); n > 0 && e.Salvage.IsSet() {
			add(portion(e.Salvage, n, e.Quantity), -1)
			unsalvaged -= n
		}
	}
	add(price, unpaid)
	paid += unpaid * price.Minor
	share := f.Policy.SalvageFraction * (float64(unsalvaged) / float64(units))
	add(troubleshoot.Money{Minor: int64(math.Round(float64(paid) * share)), Currency: price.Currency}, -1)
}

// portion is an amount's part for n of its units, rounded to the minor unit.
func portion(m troubleshoot.Money, n, of int64) troubleshoot.Money {
	if n != of {
		m.Minor = int64(math.Round(float64(m.Minor) * float64(n) / float64(of)))
	}
	return m
}
