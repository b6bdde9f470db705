package store_test

import (
	"sort"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// naiveKey names a cell of the report by SKU, reason and day.
type naiveKey struct {
	sku, reason, day, currency string
	epoch                      int64
	arm                        troubleshoot.Arm
	mature                     bool
}

// naiveSums are the sums that a report shows, recomputed one unit at a time.
type naiveSums struct {
	n, y, d, yd, a, late, r, u, k, yk, s, ys, sessions, uncosted int64
	kk, ks, ss                                                   float64
}

func naiveOf(s deflection.Sums) naiveSums {
	return naiveSums{s.N, s.Y, s.D, s.YD, s.A, s.Late, s.R, s.U, s.K, s.YK, s.S, s.YS, s.Sessions, s.Uncosted, s.KK, s.KS, s.SS}
}

// recomputed adds up the intercepts of a seller from facts, without rollups, contributions or the fold.
func (w *world) recomputed(tx *store.Tx, seller int) (map[naiveKey]naiveSums, error) {
	cells := map[naiveKey]naiveSums{}
	for n := range worldLines {
		line := w.line(seller, n)
		i, err := tx.InterceptOfLine(line.Seller, line.OrderID, line.LineID)
		if troubleshoot.CodeOf(err) == troubleshoot.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		owner, err := tx.Seller(line.Seller)
		if err != nil {
			return nil, err
		}
		epoch, err := tx.Epoch(line.Seller, i.Epoch)
		if err != nil {
			return nil, err
		}
		events, err := tx.ReturnEvents(line.Seller, line.OrderID, line.LineID)
		if err != nil {
			return nil, err
		}
		sessions, err := tx.SessionsOf(i.ID)
		if err != nil {
			return nil, err
		}
		key := naiveKey{line.SKU, string(i.Reason), i.CreateTime.In(store.Zone(owner)).Format(time.DateOnly), line.UnitPrice.Currency, i.Epoch, i.Arm,
			!w.now.Before(i.MatureTime)}
		cells[key] = naiveAdd(cells[key], i, epoch.Policy, events, sessions)
	}
	return cells, nil
}

// naiveAdd adds one intercept to the sums of its cell.
func naiveAdd(to naiveSums, i troubleshoot.Intercept, p troubleshoot.Policy, events []troubleshoot.ReturnEvent, sessions []troubleshoot.Session) naiveSums {
	end := i.CreateTime.AddDate(0, 0, p.MaturityDays)
	var inTime, late int64
	for _, at := range naiveUnits(events, i.Line.Quantity) {
		if at.After(end) {
			late++
		} else {
			inTime++
		}
	}
	to.n, to.u, to.r = to.n+1, to.u+i.Line.Quantity, to.r+inTime
	if inTime == 0 && late > 0 {
		to.late++
	}
	engaged, solved, unclosed, seconds, count := false, false, false, int64(0), int64(0)
	for _, s := range sessions {
		if s.CreateTime.After(end) {
			continue
		}
		count++
		seconds += s.ExpertSeconds
		engaged = engaged || s.Engaged
		unclosed = unclosed || (!s.AcceptTime.IsZero() && s.State != troubleshoot.Closed)
		solved = solved || s.Answer.Solved == troubleshoot.SolvedYes || s.Disposition == troubleshoot.FixedKept
	}
	to.sessions, to.s, to.ss = to.sessions+count, to.s+seconds, to.ss+float64(seconds*seconds)
	loss, costed := naiveLoss(i, p, events, inTime, count, seconds)
	if !costed || unclosed {
		loss = 0
		to.uncosted++
	}
	to.k, to.kk, to.ks = to.k+loss, to.kk+float64(loss*loss), to.ks+float64(loss*seconds)
	if engaged {
		to.d++
	}
	if inTime > 0 {
		to.y, to.yk, to.ys = to.y+1, to.yk+loss, to.ys+seconds
	}
	if engaged && inTime > 0 {
		to.yd++
	}
	if engaged && solved && inTime == 0 && i.Arm == troubleshoot.Offered {
		to.a++
	}
	return to
}

// naiveUnits gives the time of asking for each unit that stands as returned, one by one.
func naiveUnits(events []troubleshoot.ReturnEvent, bought int64) []time.Time {
	events = naiveOrder(events)
	var units []time.Time // a stack
	var cancelEarly []time.Time
	var here, paid, askedLater int
	var everAsked int64
	back := func() int { return min(max(here, paid), int(bought)) }
	foretold := func(at time.Time) bool {
		for n, canceled := range cancelEarly {
			if !at.After(canceled.Add(24 * time.Hour)) {
				cancelEarly = append(cancelEarly[:n], cancelEarly[n+1:]...)
				return true
			}
		}
		return false
	}
	for _, e := range events {
		for nth := range e.Quantity {
			switch e.Kind {
			case troubleshoot.ReturnRequested:
				everAsked++
				switch {
				case askedLater > 0:
					askedLater--
				case !foretold(e.Time) && len(units) < int(bought):
					units = append(units, e.Time)
				}
			case troubleshoot.ReturnReceived:
				here++
			case troubleshoot.ReturnRefunded:
				paid++
			case troubleshoot.ReturnCanceled:
				if len(units) > back() {
					units = units[:len(units)-1]
				} else if nth >= everAsked {
					cancelEarly = append(cancelEarly, e.Time)
				}
			}
			if back() > len(units) {
				units = append(units, e.Time)
				askedLater++
			}
		}
	}
	return units
}

// naiveOrder sorts events by time, kind and id.
func naiveOrder(events []troubleshoot.ReturnEvent) []troubleshoot.ReturnEvent {
	events = append([]troubleshoot.ReturnEvent(nil), events...)
	sort.Slice(events, func(a, b int) bool {
		x, y := events[a], events[b]
		if !x.Time.Equal(y.Time) {
			return x.Time.Before(y.Time)
		}
		if x.Kind != y.Kind {
			return x.Kind < y.Kind
		}
		return x.EventID < y.EventID
	})
	return events
}

// naiveLoss gives what the line cost; false where an amount is in other money than the line's.
func naiveLoss(i troubleshoot.Intercept, p troubleshoot.Policy, events []troubleshoot.ReturnEvent, units, sessions, seconds int64) (int64, bool) {
	own := i.Line.UnitPrice.Currency
	if seconds > 0 && p.ExpertHourlyWage.Currency != own {
		return 0, false
	}
	var costs []troubleshoot.Money
	for range sessions {
		costs = append(costs, p.PlatformCost)
	}
	if units > 0 && i.CostOfReturn.IsSet() {
		costs = append(costs, i.CostOfReturn)
	}
	if units > 0 && !i.CostOfReturn.IsSet() {
		costs = append(costs, naiveGoods(i.Line, p.SalvageFraction, events, units)...)
		costs = append(costs, i.ReturnCost)
	}
	var loss int64
	for _, c := range costs {
		if c.Minor != 0 && c.Currency != own {
			return 0, false
		}
		loss += c.Minor
	}
	return loss, true
}

// naiveGoods gives what was paid back for units, and what they fetched as negative amounts, from events unit by unit.
func naiveGoods(line troubleshoot.OrderLine, fraction float64, events []troubleshoot.ReturnEvent, units int64) (costs []troubleshoot.Money) {
	price := line.UnitPrice
	share := func(m troubleshoot.Money, n, of, sign int64) troubleshoot.Money {
		return troubleshoot.Money{Minor: sign * ((2*m.Minor*n + of) / (2 * of)), Currency: m.Currency}
	}
	told := map[troubleshoot.ReturnKind]int64{}
	var refunded, salvaged, paid int64
	for _, e := range naiveOrder(events) {
		var refundOf, salvageOf, notFurther int64
		for range e.Quantity {
			told[e.Kind]++
			if told[e.Kind] <= line.Quantity {
				notFurther++
			}
			if told[e.Kind] > units {
				continue
			}
			if e.Kind == troubleshoot.ReturnRefunded && e.Refund.IsSet() {
				refundOf, refunded = refundOf+1, refunded+1
			}
			if e.Salvage.IsSet() && salvaged < units {
				salvageOf, salvaged = salvageOf+1, salvaged+1
			}
		}
		refund := share(e.Refund, refundOf, e.Quantity, 1)
		paid += refund.Minor
		costs = append(costs, refund, share(e.Salvage, salvageOf, e.Quantity, -1))
		if room := refunded*price.Minor - paid; e.Kind == troubleshoot.ReturnRefunded && e.Refund.IsSet() && room > 0 {
			further := e.Refund.Minor - share(e.Refund, notFurther, e.Quantity, 1).Minor
			paid += min(further, room)
			costs = append(costs, troubleshoot.Money{Minor: min(further, room), Currency: e.Refund.Currency})
		}
	}
	for ; refunded < units; refunded++ {
		paid += price.Minor
		costs = append(costs, price)
	}
	fetched := float64(paid) * (fraction * (float64(units-salvaged) / float64(units)))
	return append(costs, troubleshoot.Money{Minor: -int64(fetched + 0.5), Currency: price.Currency})
}
