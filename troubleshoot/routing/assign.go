package routing

import (
	"cmp"
	"slices"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Waiting is a session that waits for an expert.
type Waiting struct {
	Session, Seller, SKU, Category, Brand, Locale string

	Value    troubleshoot.Money    // at stake: the price of the line
	Since    time.Time             // when it began to wait; kept when it is queued again, so that it comes before later ones
	For      troubleshoot.ExpertID // a transfer to one expert; zero: anybody
	Skill    string                // what a transfer demands, "category:kettles"; "": nothing
	Sticky   troubleshoot.ExpertID // the expert of this line's last session within troubleshoot.StickyTime
	Declined []Declined
	Rules    troubleshoot.Routing
}

// Declined is an expert who declined a session or did not answer, to whom it does not come again before Until. It is kept when
// that is over.
type Declined struct {
	Expert troubleshoot.ExpertID
	Until  time.Time
}

// Expert is one who is on: whose work stream is open, with room or without.
type Expert struct {
	ID              troubleshoot.ExpertID
	Skills, Locales []string // as those of troubleshoot.Expert
	Capacity, Load  int      // chats at once; chats in hand or offered
	IdleSince       time.Time
	Takes           bool // is AVAILABLE, and nothing else comes next
}

// room is how many more chats the expert takes now.
func (e *Expert) room() int {
	if !e.Takes {
		return 0
	}
	return max(e.Capacity-e.Load, 0)
}

// Assignment is a session that goes to an expert, and why to this one, in words.
type Assignment struct {
	Session string
	Expert  troubleshoot.ExpertID
	Why     string
}

// Assign says which waiting sessions go to whom now, in the order in which they are served. Experts are all who are on, each
// once, because it depends on them how far a session opens (see crew.allowed); no session is in the queue twice. The order of
// both does not matter. Nobody gets more than there is room for, and nobody chooses.
//
// Sessions are served by how long they have waited, longest first; one of high value as if it had come HighValueBonus
// earlier, so that it passes others but never one that came long before. Ties go by Since, then by id. A session that nobody
// may take now holds up none behind it.
//
// Of the experts who may take a session and have room, it gets, by the first that tells them apart:
//
//  1. the expert whom it had before (Sticky);
//  2. one who speaks its language;
//  3. one of the seller's own team;
//  4. who knows it best: SKU, category, brand, everything (no skills), other things;
//  5. one with nothing in hand: nobody is given a second chat while another who fits as well sits idle;
//  6. who has been idle longest: by IdleSince, then by who was given a chat longest ago in this call, then by id. Not who has
//     the lowest load: that would give those who work fastest, and those of high capacity, every next chat.
func Assign(queue []Waiting, experts []Expert, now time.Time) []Assignment {
	c := newCrew(experts)
	room := 0
	for i := range c.experts {
		room += c.experts[i].room()
	}
	var all []Assignment
	for _, w := range inOrder(queue) {
		if room == 0 {
			break
		}
		if !c.hasRoom(w) {
			continue
		}
		chosen, ok := c.choose(c.allowed(w, now))
		if !ok {
			continue
		}
		e := &c.experts[chosen.expert]
		all = append(all, Assignment{Session: w.Session, Expert: e.ID, Why: chosen.why(w)})
		room--
		e.Load, e.IdleSince, c.turns[chosen.expert] = e.Load+1, now, len(all)
	}
	return all
}

// choose gives the best of those who may take a session and have room.
func (c *crew) choose(allowed []candidate) (best candidate, ok bool) {
	for _, k := range allowed {
		if c.experts[k.expert].room() > 0 && (!ok || c.compare(k, best) < 0) {
			best, ok = k, true
		}
	}
	return best, ok
}

// compare puts the expert first who is to have the session.
func (c *crew) compare(a, b candidate) int {
	x, y := &c.experts[a.expert], &c.experts[b.expert]
	return cmp.Or(
		first(a.sticky, b.sticky), first(b.foreign, a.foreign), first(b.pool, a.pool), cmp.Compare(b.level, a.level),
		first(x.Load == 0, y.Load == 0), x.IdleSince.Compare(y.IdleSince), cmp.Compare(c.turns[a.expert], c.turns[b.expert]),
		cmp.Compare(a.expert, b.expert),
	)
}

// first orders what holds before what does not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// inOrder gives the sessions in the order in which they are served. It does not change while they wait.
func inOrder(queue []Waiting) []*Waiting {
	type ordered struct {
		*Waiting
		from time.Time
	}
	sorted := make([]ordered, len(queue))
	for i := range queue {
		sorted[i] = ordered{&queue[i], queue[i].from()}
	}
	slices.SortFunc(sorted, func(a, b ordered) int {
		return cmp.Or(a.from.Compare(b.from), a.Since.Compare(b.Since), cmp.Compare(a.Session, b.Session))
	})
	out := make([]*Waiting, len(sorted))
	for i, o := range sorted {
		out[i] = o.Waiting
	}
	return out
}

// from is when the session is taken to have come.
func (w *Waiting) from() time.Time {
	if high := w.Rules.HighValue; high.IsSet() && w.Value.Currency == high.Currency && w.Value.Minor >= high.Minor {
		return w.Since.Add(-w.Rules.HighValueBonus)
	}
	return w.Since
}
