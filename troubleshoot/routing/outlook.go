package routing

import (
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Outlook is what a waiting session can expect.
type Outlook struct {
	Position int           // from 1: those served before it whom one of its experts may take, and itself
	Wait     time.Duration // from now on, if it stays; troubleshoot.MaxQueueTime where Away
	Away     bool          // none of those who may take it takes chats now
	Nobody   bool          // nobody who is on may ever take it; Position and Wait say nothing
}

// Outlooks gives the outlook of every session of the queue by its id. Queue and experts are as for Assign; measured gives what
// was measured of a seller's queue, at the concurrency that the experts have.
//
// The wait is that of PredictedWait, among the experts for whom the session is open. As it opens to more later, it is the
// least, over the times of opening, of the wait among those who may take it from then on, and not before that time. Those
// ahead whom other experts may take as well count in part: by the share of their experts' slots that are open to this one.
// Two things make it a little short: shoppers of high value who are yet to come and will be served before, and a free slot that
// is taken before the session opens to it.
func Outlooks(queue []Waiting, experts []Expert, measured func(seller string) Measured, now time.Time) map[string]Outlook {
	l := line{crew: newCrew(experts)}
	all := make(map[string]Outlook, len(queue))
	for _, w := range inOrder(queue) {
		all[w.Session] = l.outlook(w, measured(w.Seller), now)
		l.add(w)
	}
	return all
}

// Prospect is the outlook of one who has not come yet, for whom a chat is about to be offered: as if w began to wait now,
// behind all whom it does not pass by its value. Its Session and Since are not read.
func Prospect(w Waiting, queue []Waiting, experts []Expert, m Measured, now time.Time) Outlook {
	w.Since = now
	l := line{crew: newCrew(experts)}
	for i := range queue {
		if other := &queue[i]; !other.from().After(w.from()) {
			l.add(other)
		}
	}
	return l.outlook(&w, m, now)
}

// Unreachable gives the sessions that nobody who is on may ever take, by id. It is what Outlook.Nobody says, without the waits.
func Unreachable(queue []Waiting, experts []Expert) map[string]bool {
	c := newCrew(experts)
	all := map[string]bool{}
	for i := range queue {
		if len(c.reach(&queue[i])) == 0 {
			all[queue[i].Session] = true
		}
	}
	return all
}

// line is those who are served before.
type line struct {
	crew   *crew
	groups []group
}

// group is those whom the same experts may take.
type group struct {
	experts []uint64 // a bit each
	slots   int      // of those who take chats
	count   int
}

// members makes the set of some experts. It counts the slots of those who take chats, and the chats that they have.
func (c *crew) members(all []candidate) (experts []uint64, slots, inHand int) {
	experts = make([]uint64, (len(c.experts)+63)/64)
	for _, k := range all {
		experts[k.expert/64] |= 1 << (k.expert % 64)
		if e := &c.experts[k.expert]; e.Takes {
			slots += e.Capacity
			inHand += min(e.Load, e.Capacity)
		}
	}
	return experts, slots, inHand
}

// reach gives who may take the session once it has opened to all it ever will, and nobody rests who declined it.
func (c *crew) reach(w *Waiting) []candidate {
	rested := w.Since
	for _, d := range w.Declined {
		if d.Until.After(rested) {
			rested = d.Until
		}
	}
	return c.candidates(w, rested)
}

// add puts a session before those that follow.
func (l *line) add(w *Waiting) {
	experts, slots, _ := l.crew.members(l.crew.reach(w))
	for i := range l.groups {
		if slices.Equal(l.groups[i].experts, experts) {
			l.groups[i].count++
			return
		}
	}
	l.groups = append(l.groups, group{experts: experts, slots: slots, count: 1})
}

// ahead gives how many of the line these experts may take, and for how many of them it is these experts' turn if they are
// shared out by slots.
func (l *line) ahead(experts []uint64) (competing int, theirs float64) {
	for _, g := range l.groups {
		shared, slots := false, 0
		for word := range experts {
			both := experts[word] & g.experts[word]
			shared = shared || both != 0
			for ; both != 0; both &= both - 1 {
				if e := &l.crew.experts[word*64+bits.TrailingZeros64(both)]; e.Takes {
					slots += e.Capacity
				}
			}
		}
		if shared {
			competing += g.count
		}
		if slots > 0 {
			theirs += float64(g.count) * float64(slots) / float64(g.slots)
		}
	}
	return competing, theirs
}

func (l *line) outlook(w *Waiting, m Measured, now time.Time) Outlook {
	experts, slots, _ := l.crew.members(l.crew.reach(w))
	competing, _ := l.ahead(experts)
	o := Outlook{Position: 1 + competing, Wait: math.MaxInt64}
	if !slices.ContainsFunc(experts, func(word uint64) bool { return word != 0 }) {
		return Outlook{Position: o.Position, Nobody: true}
	}
	if slots == 0 {
		o.Wait, o.Away = troubleshoot.MaxQueueTime, true
		return o
	}
	for _, at := range w.openings(now) {
		if at.Sub(now) >= o.Wait {
			break
		}
		experts, slots, inHand := l.crew.members(l.crew.allowed(w, at))
		_, theirs := l.ahead(experts)
		whole, part := math.Modf(theirs)
		load := Load{Slots: slots, InHand: inHand, Ahead: int(whole), HandleTime: m.HandleTime(), Patience: m.Patience()}
		wait, ok := PredictedWait(load)
		if !ok {
			continue
		}
		load.Ahead++
		longer, _ := PredictedWait(load)
		wait += time.Duration(part * float64(longer-wait))
		o.Wait = min(o.Wait, max(wait, at.Sub(now)))
	}
	return o
}

// openings gives now and the later times at which the session may open to more, in order.
func (w *Waiting) openings(now time.Time) []time.Time {
	times := []time.Time{now}
	for _, after := range [...]time.Duration{
		w.Rules.CategoryAfter, w.Rules.BrandAfter, w.Rules.AnyAfter, w.Rules.AnyLocaleAfter, w.Rules.PoolAfter,
	} {
		times = append(times, w.Since.Add(after))
	}
	for _, d := range w.Declined {
		times = append(times, d.Until)
	}
	times = slices.DeleteFunc(times, func(t time.Time) bool { return t.Before(now) })
	slices.SortFunc(times, time.Time.Compare)
	return slices.CompactFunc(times, time.Time.Equal)
}
