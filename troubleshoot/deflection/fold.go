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

// Fold gives what an intercept adds to the sums of its group: MEASUREMENT sections 1 and 7.
//
// The line counts as returned when a unit's return was requested within the horizon and not canceled. A cancellation undoes
// the latest requests before it, never units that came back or were refunded. A unit that came back or was refunded without
// a known request counts from that event.
// Sessions count when they began within the horizon.
func Fold(f Facts) Unit {
	u := Unit{UnitsIntended: f.Intercept.Line.Quantity}
	horizon := f.Intercept.HorizonEnd(f.Policy)
	requests := returnedUnits(f.Events, f.Intercept.Line.Quantity)
	for _, r := range requests {
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
	var line returns
	for _, e := range slices.SortedFunc(slices.Values(events), byTimeThenKind) {
		line.observe(e)
	}
	line.undo(line.early) // cancellations dated before what they cancel
	left := max(limit, 0)
	for n := range line.standing {
		line.standing[n].units = min(line.standing[n].units, left)
		left -= line.standing[n].units
	}
	return line.standing
}

// byTimeThenKind puts a cancellation after what it cancels, where both have one time.
func byTimeThenKind(a, b troubleshoot.ReturnEvent) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Kind, b.Kind))
}

// returns is a line's returns as its events tell them, in order of time.
type returns struct {
	standing           []request // oldest first
	units              int64     // of standing
	received, refunded int64
	unasked            int64 // units that came back or were refunded before their request was known
	early              int64 // canceled units that nothing was found for yet
}

func (r *returns) observe(e troubleshoot.ReturnEvent) {
	switch e.Kind {
	case troubleshoot.ReturnRequested:
		known := min(e.Quantity, r.unasked)
		r.unasked -= known
		r.stand(e.Time, e.Quantity-known)
	case troubleshoot.ReturnReceived:
		r.received += e.Quantity
	case troubleshoot.ReturnRefunded:
		r.refunded += e.Quantity
	case troubleshoot.ReturnCanceled:
		r.early += e.Quantity - r.undo(e.Quantity)
	}
	if more := r.done() - r.units; more > 0 {
		r.unasked += more
		r.stand(e.Time, more)
	}
}

// done counts the units that came back or were refunded: nobody can cancel these.
func (r *returns) done() int64 { return max(r.received, r.refunded) }

func (r *returns) stand(at time.Time, units int64) {
	r.standing = append(r.standing, request{at, units})
	r.units += units
}

// undo takes up to so many units from the latest requests, and tells how many it took.
func (r *returns) undo(units int64) int64 {
	units = min(units, r.units-r.done())
	r.units -= units
	for n, left := len(r.standing)-1, units; n >= 0; n-- {
		taken := min(left, r.standing[n].units)
		r.standing[n].units -= taken
		left -= taken
	}
	return units
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
		refund, salvage, salvaged := f.refund(u.UnitsReturned)
		add(refund, 1)
		if !salvaged {
			salvage = troubleshoot.Money{Minor: int64(math.Round(float64(refund.Minor) * f.Policy.SalvageFraction)), Currency: refund.Currency}
		}
		add(salvage, -1)
		add(f.Intercept.ReturnCost, 1)
	}
	if u.Uncosted {
		u.Loss = 0
	}
}

// refund adds up what was paid back and what the goods fetched. Units whose refund is not known count at their price.
func (f Facts) refund(units int64) (refund, salvage troubleshoot.Money, salvaged bool) {
	price := f.Intercept.Line.UnitPrice
	refund.Currency, salvage.Currency = price.Currency, price.Currency
	for _, e := range f.Events {
		if e.Salvage.IsSet() {
			salvage.Minor, salvaged = salvage.Minor+e.Salvage.Minor, true
			if e.Salvage.Currency != price.Currency {
				salvage.Currency = e.Salvage.Currency
			}
		}
		if e.Kind != troubleshoot.ReturnRefunded || !e.Refund.IsSet() {
			continue
		}
		refund.Minor += e.Refund.Minor
		if e.Refund.Currency != price.Currency {
			refund.Currency = e.Refund.Currency
		}
		units -= e.Quantity
	}
	refund.Minor += max(units, 0) * price.Minor
	return refund, salvage, salvaged
}
