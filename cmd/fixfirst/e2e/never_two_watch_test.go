package e2e_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"
)

// A session may wait idleLimit while an expert who may take it has room, which is the promise, and idleMargin, or so many times
// what a look at the queue takes on the mean: the servers, their database and a hundred parties may share two cores, with other
// tests beside. What was seen is logged.
const (
	idleLimit   = time.Second
	idleMargin  = 2 * time.Second
	idleMargins = 40 // looks
)

// watch is a supervisor who looks at queue and experts all the time.
//
// It measures how long a session waits while an expert of its crew has room: the time during which each look finds it waiting and
// the expert AVAILABLE below capacity, with all work streams of the crew open and none showing that the session rings; what
// passes while one is cut does not count. Left out are sessions that are not for everybody: those that somebody handed on or
// declined unseen, those of before a kill, and for each session the experts to whom it was shown. Kills are left out as well,
// from before one until all experts have heard from the server again and a second more.
type watch struct {
	*office
	looks   int           // at the queue
	looking time.Duration // that they took
	last    time.Time
	idle    map[idlePair]time.Duration
	pairs   int // measured, over all looks
	longest time.Duration
	worst   idlePair
}

// idlePair is a session that waits and an expert who could take it.
type idlePair struct{ session, expert string }

func newWatch(o *office) *watch { return &watch{office: o, idle: map[idlePair]time.Duration{}} }

func (w *watch) follow(ctx context.Context, chance *rand.Rand) {
	for ctx.Err() == nil {
		pause(ctx, 100*time.Millisecond)
		door := w.at(chance.IntN(len(w.doors)))
		began := time.Now()
		if r := door.do(http.MethodGet, "/v1/queue", nil); r.whole() {
			w.looks++
			w.looking += time.Since(began)
			w.lookAt(r.object(w.t))
		} else {
			w.last = time.Time{}
		}
		if r := door.do(http.MethodGet, "/v1/experts?pageSize=1000", nil); r.whole() {
			w.checkLoads(r.object(w.t)["experts"])
		}
		for _, state := range []string{"ACTIVE", "WRAP_UP"} {
			if r := door.do(http.MethodGet, "/v1/sessions?pageSize=1000&state="+state, nil); r.whole() {
				w.checkHands(r.object(w.t)["sessions"])
			}
		}
	}
}

// checkLoads looks for an expert with more in hand or ringing than there is room for, in one reply.
func (w *watch) checkLoads(experts any) {
	all, _ := experts.([]any)
	for _, e := range all {
		if load, capacity := number(e, "load"), number(e, "capacity"); load > capacity {
			w.ledger.blame("%s is shown with %v of %v chats", text(e, "name"), load, capacity)
		}
	}
}

// checkHands looks for an expert with more sessions of one state than there is room for, in one reply.
func (w *watch) checkHands(sessions any) {
	all, _ := sessions.([]any)
	hands := map[string]int{}
	for _, s := range all {
		hands[text(s, "expert")]++
	}
	for _, e := range w.seats {
		if hands[e.name] > e.capacity {
			w.ledger.blame("%s has %d of %d chats", e.name, hands[e.name], e.capacity)
		}
	}
}

// lookAt adds up how long who waits has waited in vain.
func (w *watch) lookAt(queue object) {
	waiting, _ := queue["waiting"].([]any)
	on, _ := queue["experts"].([]any)
	w.checkLoads(on)
	var free []*seat
	for _, shown := range on {
		i := slices.IndexFunc(w.seats, func(e *seat) bool { return "experts/"+e.name == text(shown, "name") })
		if text(shown, "state") == "AVAILABLE" && at(shown, "nextState") == nil && number(shown, "load") < number(shown, "capacity") {
			free = append(free, w.seats[i])
		}
	}
	now := time.Now()
	passed := now.Sub(w.last)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.troubled || w.last.IsZero() {
		w.last, w.idle = now, map[idlePair]time.Duration{}
		return
	}
	before := w.idle
	w.idle = map[idlePair]time.Duration{}
	for _, s := range waiting {
		session := text(s, "name")
		c := w.know(session, text(s, "seller"))
		rings, certain := w.ringing(session, c)
		if rings || c.odd || c.rang.After(w.last) {
			continue
		}
		for _, e := range free {
			pair := idlePair{session, e.name}
			_, known := before[pair]
			if c.saw[e.name] || e.team != "" && e.team != c.seller {
				continue
			}
			w.pairs++
			if w.idle[pair] = before[pair]; certain && known {
				w.idle[pair] += passed
			}
			if w.idle[pair] > w.longest {
				w.longest, w.worst = w.idle[pair], pair
			}
		}
	}
	w.last = now
}

// ringing tells whether a work stream shows that the session rings, and whether all who could are open.
func (w *watch) ringing(session string, c *chat) (rings, certain bool) {
	certain = true
	for _, e := range w.crew(c.seller) {
		e.mu.Lock()
		_, offered := e.offered[session]
		rings, certain = rings || offered && e.open, certain && e.open
		e.mu.Unlock()
	}
	return rings, certain
}

func (w *watch) report() {
	w.t.Helper()
	mean := w.looking / time.Duration(max(w.looks, 1))
	w.t.Logf("%d looks of %s, with %d pairs of who waited and who had room; the longest wait of one: %s", w.looks, mean.Round(time.Millisecond), w.pairs,
		w.longest.Round(time.Millisecond))
	if limit := idleLimit + max(idleMargin, idleMargins*mean); w.longest > limit {
		w.t.Errorf("%s waited %s while %s had room, more than %s", w.worst.session, w.longest, w.worst.expert, limit)
	}
}

// checkCapacity replays all logs and fails where an expert had more in hand at once than there is room for. What is counted is
// certain: a session is in hand from the first answer that shows it so, at the latest, and until the moment at which its next
// turn was decided, at the earliest. No order of the deeds could have had fewer at once.
func (l *ledger) checkCapacity(t *testing.T, seats []*seat) {
	t.Helper()
	type change struct {
		at    int64
		begin bool
	}
	changes := map[string][]change{}
	for _, f := range l.files {
		for n, begun := range f.log.turns {
			if begun.reason != "ACCEPTED" && begun.reason != "TAKEN_OVER" {
				continue
			}
			until := int64(never)
			for _, later := range f.log.turns[n+1:] {
				if later.owner != begun.owner || later.state == "CLOSED" {
					until = later.time
					break
				}
			}
			if since := f.firstSeen(n); since < until {
				changes[begun.owner] = append(changes[begun.owner], change{since, true}, change{until, false})
			}
		}
	}
	fullest := 0
	for _, e := range seats {
		all, held, most := changes[e.name], 0, 0
		slices.SortFunc(all, func(a, b change) int {
			if a.at == b.at && a.begin != b.begin { // who lets one go may take the next at the same moment
				if b.begin {
					return -1
				}
				return 1
			}
			return int(min(max(a.at-b.at, -1), 1))
		})
		for _, c := range all {
			if held--; c.begin {
				held += 2
			}
			most = max(most, held)
		}
		if most > e.capacity {
			t.Errorf("%s had %d chats at once, and room for %d", e.name, most, e.capacity)
		} else if most == e.capacity {
			fullest++
		}
	}
	t.Logf("%d of %d experts had their hands full at some time", fullest, len(seats))
	if fullest == 0 {
		t.Error("nobody ever had the hands full, so nothing was tested")
	}
}

// firstSeen gives when the first answer came that shows that the owner of a turn of the log has the session.
func (f *casefile) firstSeen(n int) int64 {
	owned := standing{turns: n + 1}
	first := int64(never)
	for _, o := range f.history {
		d, v := o.Input.(deed), o.Output.(verdict)
		shows := v.owner == f.log.turns[n].owner || d.what == "message" && d.by == f.log.turns[n].owner
		if v.code == 200 && v.seq > 0 && shows && owned.reaches(f.log, v.seq) {
			first = min(first, o.Return)
		}
	}
	return first
}
