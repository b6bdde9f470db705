package e2e_test

import (
	"slices"

	"github.com/anishathalye/porcupine"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// What a chat session is, in one page: the sequential specification that histories of the real server are checked against. A
// deed takes effect at one moment between its call and its return (linearisability); if what was answered cannot be explained by
// any order of such moments, two owners, a lost write or a stale one have been seen.

// deed is what somebody did to a session, or what the system did.
type deed struct {
	log   *chronicle // of the session
	what  string     // a method of the API, or one of those below
	by    string     // the expert who does it; "" is the shopper, a supervisor or the system
	known bool       // the expert is of the seller's own team: never told that the session is missing
	alien bool       // the expert is of another seller: always told so
	to    string     // who is to have it, of takeOver
	epoch int        // ownerEpoch that the request names; 0 is none
	words string     // with which it is closed: the deed's own
	turn  int        // of the log, that the system's deed is
}

// Deeds that are no expert's.
const (
	write  = "write" // a shopper's message
	read   = "read"
	system = "system" // the clock's: what an expert lost, what nobody took, what was left
	end    = "end"    // all is over: every turn of the log has been explained
)

// verdict is what came back: code 0 when nothing did, so that the deed may have happened or not, once, at any time after.
type verdict struct {
	code         int
	state, owner string // of the session in the reply; "" where it has none
	epoch        int
	seq          int // of the message; of a session's reply, of the last event of its log
}

// turn is a change of a session in its log.
type turn struct {
	seq                  int
	time                 int64 // when it was decided, in ns: it became durable later
	reason, state, owner string
}

// chronicle is a session's log: the order of the turns is the server's word, and is not searched for.
type chronicle struct{ turns []turn }

// standing is where a session stands.
type standing struct {
	state, owner string
	epoch        int
	atLeast      bool   // epoch is the least that it may be: while it waits it grows as it rings here and there, which no log tells
	words        string // with which its expert closed it
	turns        int    // of the log, that are past
}

// neverTwo is the specification as porcupine wants it. The histories are of one session each.
var neverTwo = porcupine.NondeterministicModel{
	Init: func() []any { return []any{standing{state: "QUEUED", atLeast: true, turns: 1}} }, // the first turn is STARTED
	Step: func(s, input, output any) []any {
		var all []any
		for _, next := range s.(standing).after(input.(deed), output.(verdict)) {
			all = append(all, next)
		}
		return all
	},
}

// after gives where the session may stand after a deed that was answered so; nowhere if it cannot have been.
func (s standing) after(d deed, v verdict) []standing {
	switch {
	case v.code == 0:
		return append(s.done(d), s)
	case v.code != 200:
		if s.refuses(d, v.code) {
			return []standing{s}
		}
		return nil
	}
	var all []standing
	for _, next := range s.done(d) {
		if next, ok := next.seen(d, v); ok {
			all = append(all, next)
		}
	}
	return all
}

// seen is the standing with what a reply says of it, if that is so.
func (s standing) seen(d deed, v verdict) (standing, bool) {
	if v.seq > 0 && !s.reaches(d.log, v.seq) {
		return s, false
	}
	if v.state == "" {
		return s, true
	}
	if v.state != s.state || v.owner != s.owner || v.epoch < s.epoch || v.epoch > s.epoch && !s.atLeast {
		return s, false
	}
	s.epoch, s.atLeast = v.epoch, s.state == "QUEUED"
	return s, true
}

// reaches tells whether an entry of the log was written while the session stood so.
func (s standing) reaches(log *chronicle, seq int) bool {
	return log.turns[s.turns-1].seq <= seq && (s.turns == len(log.turns) || seq < log.turns[s.turns].seq)
}

// turned is the standing after the next turn of the log, if that is the turn.
func (s standing) turned(log *chronicle, reason, state, owner string) []standing {
	if s.turns >= len(log.turns) {
		return nil
	}
	if t := log.turns[s.turns]; t.reason != reason || t.state != state || t.owner != owner {
		return nil
	}
	s.turns++
	s.state, s.owner = state, owner
	s.atLeast = s.atLeast || state == "QUEUED"
	return []standing{s}
}

// again is the standing with the owner epoch that follows.
func (s standing) again() standing {
	s.epoch++
	return s
}

// holds tells whether the deed is by the session's one owner, and not from before it was in other hands meanwhile.
func (s standing) holds(d deed) bool {
	return d.by != "" && d.by == s.owner && (d.epoch == 0 || d.epoch == s.epoch || s.atLeast && d.epoch > s.epoch)
}

// done gives where the session stands after a deed that is done. None: it cannot be done now.
func (s standing) done(d deed) []standing {
	live, talks := s.state == "QUEUED" || s.state == "ACTIVE", s.state == "ACTIVE"
	switch {
	case d.what == read, d.what == write && live, d.what == "leave" && !live, d.what == "takeOver" && talks && s.owner == d.to:
		return []standing{s}
	case d.what == end && s.turns == len(d.log.turns):
		return []standing{s}
	case d.what == system && s.turns == d.turn:
		return s.systemDone(d)
	case d.what == "leave" && talks:
		return s.turned(d.log, "SHOPPER_LEFT", "WRAP_UP", s.owner)
	case d.what == "leave":
		return s.turned(d.log, "SHOPPER_LEFT", "CLOSED", "")
	case d.what == "takeOver" && live:
		return s.again().turned(d.log, "TAKEN_OVER", "ACTIVE", d.to)
	case d.alien:
		return nil
	case d.what == "accept" && s.state == "QUEUED":
		return s.turned(d.log, "ACCEPTED", "ACTIVE", d.by)
	case d.what == "decline" && s.state == "QUEUED":
		return []standing{s}
	case s.holds(d):
		return s.ownerDone(d)
	}
	return nil
}

// ownerDone gives where the session stands after a deed of its owner.
func (s standing) ownerDone(d deed) []standing {
	talks := s.state == "ACTIVE"
	switch {
	case d.what == "accept" && talks, d.what == "wrapUp" && s.state == "WRAP_UP":
		return []standing{s}
	case d.what == "message" && talks:
		return []standing{s}
	case d.what == "transfer" && talks:
		return s.again().turned(d.log, "TRANSFERRED", "QUEUED", "")
	case d.what == "wrapUp" && talks:
		return s.turned(d.log, "WRAP_UP", "WRAP_UP", d.by)
	case d.what == "close" && s.state == "CLOSED" && s.words == d.words:
		return []standing{s}
	case d.what == "close" && (talks || s.state == "WRAP_UP"):
		s.words = d.words
		return s.turned(d.log, "CLOSED", "CLOSED", d.by)
	}
	return nil
}

// systemDone gives where the session stands after what the clock did.
func (s standing) systemDone(d deed) []standing {
	switch s.state {
	case "QUEUED":
		return s.turned(d.log, "NOBODY_COMES", "CLOSED", "")
	case "ACTIVE":
		return s.again().turned(d.log, "EXPERT_LOST", "QUEUED", "")
	case "WRAP_UP":
		return s.turned(d.log, "LEFT_UNFINISHED", "CLOSED", s.owner)
	}
	return nil
}

// refuses tells whether the deed may be refused so. 409: somebody else has the session, 404: the caller never had to do with it,
// 400: its state does not allow it.
func (s standing) refuses(d deed, code int) bool {
	over := s.state == "WRAP_UP" || s.state == "CLOSED"
	switch {
	case d.alien:
		return code == 404
	case d.what == read, d.what == "leave", d.what == system, d.what == end:
		return false
	case d.what == write:
		return code == 400 && over
	case d.what == "takeOver": // while it can be, by one who has room
		return code == 400 && (over || s.owner != d.to)
	case d.by != s.owner:
		return code == 409 || code == 404 && !d.known && !s.had(d.log, d.by)
	}
	stale := d.epoch != 0 && (d.epoch != s.epoch || s.atLeast)
	switch {
	case d.what == "accept":
		return code == 409 && over
	case d.what == "decline", code == 409:
		return code == 409 && (stale || d.what == "decline")
	case d.what == "close", d.what == "wrapUp":
		return code == 400 && s.state == "CLOSED" && s.holds(d) && (d.what == "wrapUp" || s.words != d.words)
	}
	return code == 400 && over && s.holds(d) // message and transfer
}

// had tells whether the expert had the session before, so far that the server remembers it: of the pool's experts it forgets
// the oldest, after troubleshoot.MaxTransfers hands.
func (s standing) had(log *chronicle, expert string) bool {
	return s.epoch < troubleshoot.MaxTransfers/2 && slices.ContainsFunc(log.turns[:s.turns], func(t turn) bool { return t.owner == expert })
}
