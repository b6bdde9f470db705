package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkLimit bounds the search for an order of one session's deeds. It takes milliseconds.
const checkLimit = time.Minute

// never is the return of a deed to which nothing came back: it may happen at any time after its call.
const never = math.MaxInt64

// ledger keeps all that was done to all sessions, and what was seen of them.
type ledger struct {
	mu     sync.Mutex
	files  map[string]*casefile
	faults []string // what must never be seen, and was
}

// casefile is what is known of one session.
type casefile struct {
	log     *chronicle
	history []porcupine.Operation
	holders map[int]string    // by owner epoch: who has it, or at whom it rings
	sent    map[string]letter // messages by client id
}

// letter is a message; seq 0 is one that was never acknowledged, nor refused.
type letter struct {
	by  string
	seq int
}

func newLedger() *ledger { return &ledger{files: map[string]*casefile{}} }

// file gives the file of a session. The ledger is locked.
func (l *ledger) file(session string) *casefile {
	f := l.files[session]
	if f == nil {
		f = &casefile{log: &chronicle{}, holders: map[int]string{}, sent: map[string]letter{}}
		l.files[session] = f
	}
	return f
}

// keep writes a deed down. A request that was never sent, since nobody listened, is none.
func (l *ledger) keep(session string, d deed, v verdict, call, back int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.file(session)
	if v.code == 0 {
		back = never
	}
	d.log = f.log
	f.history = append(f.history, porcupine.Operation{Input: d, Output: v, Call: call, Return: back})
	if v.state == "ACTIVE" || v.state == "WRAP_UP" {
		l.hold(session, v.epoch, v.owner)
	}
}

// sight notes that a work stream showed a session to an expert: in hand, or ringing.
func (l *ledger) sight(session string, epoch int, expert string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hold(session, epoch, expert)
}

// hold notes who has a session at an owner epoch, or at whom it rings: one epoch is one expert's.
func (l *ledger) hold(session string, epoch int, expert string) {
	f := l.file(session)
	if other, ok := f.holders[epoch]; ok && other != expert {
		l.fault("%s is at epoch %d %s's and %s's", session, epoch, other, expert)
	}
	f.holders[epoch] = expert
}

// fault notes what must never be seen. The ledger is locked.
func (l *ledger) fault(format string, args ...any) {
	if len(l.faults) < 20 {
		l.faults = append(l.faults, fmt.Sprintf(format, args...))
	}
}

// blame is fault for who has not locked the ledger.
func (l *ledger) blame(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault(format, args...)
}

// send notes a message with what came back; refused ones are none.
func (l *ledger) send(session, id, by string, v verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v.code == 0 || v.code == 200 {
		l.file(session).sent[id] = letter{by, v.seq}
	}
}

// verdictOf reads a reply. ok is false where the deed certainly did not happen and says nothing: it was not sent, or there were
// too many.
func verdictOf(r reply, d deed) (v verdict, ok bool) {
	switch {
	case r.err == nil && r.code == 429, errors.Is(r.err, syscall.ECONNREFUSED):
		return v, false
	case r.err != nil, r.code >= 500:
		return v, true
	case r.code != 200:
		return verdict{code: r.code}, true
	}
	var body struct {
		State, Expert            string
		OwnerEpoch, LastSeq, Seq int
	}
	if json.Unmarshal(r.body, &body) != nil {
		return verdict{code: -1}, true
	}
	v = verdict{code: 200, state: body.State, owner: body.Expert, epoch: body.OwnerEpoch, seq: body.Seq + body.LastSeq}
	if d.what == read { // its parts are not of one moment
		v.seq = 0
	}
	return v, true
}

// entry is one of a session's log: a turn, or a message by its id.
type entry struct {
	turn
	id, by string
}

// entriesOf reads a log that the API gave.
func entriesOf(events []any) ([]entry, error) {
	var all []entry
	for _, e := range events {
		decided, err := time.Parse(time.RFC3339Nano, text(e, "time"))
		if err != nil {
			return nil, err
		}
		all = append(all, entry{turn{int(number(e, "seq")), decided.UnixNano(), text(e, "stateChange", "reason"), text(e, "stateChange", "state"),
			text(e, "stateChange", "expert")}, text(e, "message", "clientMessageId"), text(e, "expert")})
	}
	return all, dense(events)
}

// close fills in a session's log, as it was read when all was over, and what the system did by it.
func (l *ledger) close(session string, log []entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, now := l.file(session), time.Now().UnixNano()
	letters := map[string]letter{}
	for _, e := range log {
		if e.id != "" {
			letters[e.id] = letter{e.by, e.seq}
			continue
		}
		if slices.Contains([]string{"EXPERT_LOST", "NOBODY_COMES", "LEFT_UNFINISHED"}, e.reason) {
			f.history = append(f.history, porcupine.Operation{Input: deed{log: f.log, what: system, turn: len(f.log.turns)}, Output: verdict{code: 200}, Call: e.time, Return: now})
		}
		f.log.turns = append(f.log.turns, e.turn)
	}
	f.history = append(f.history, porcupine.Operation{Input: deed{log: f.log, what: end}, Output: verdict{code: 200}, Call: now, Return: now + 1})
	for id, sent := range f.sent {
		if got, ok := letters[id]; (ok || sent.seq > 0) && (got.by != sent.by || sent.seq > 0 && got.seq != sent.seq) {
			l.fault("%s: message %s by %q was acknowledged as %d; the log has %d by %q", session, id, sent.by, sent.seq, got.seq, got.by)
		}
		delete(letters, id)
	}
	for id := range letters {
		l.fault("%s: message %s was refused, and is in the log", session, id)
	}
}

// check fails the test where a session's history has no explanation.
func (l *ledger) check(t *testing.T) {
	t.Helper()
	for _, fault := range l.faults {
		t.Error(fault)
	}
	deeds, illegal := 0, 0
	for _, session := range sortedKeys(l.files) {
		f := l.files[session]
		deeds += len(f.history)
		if result := porcupine.CheckOperationsTimeout(neverTwo.ToModel(), f.history, checkLimit); result != porcupine.Ok {
			if illegal++; illegal <= 3 {
				t.Errorf("%s: the history is %s\n%s", session, result, f)
			}
		}
	}
	if illegal > 3 {
		t.Errorf("%d more histories have no explanation", illegal-3)
	}
	t.Logf("%d deeds on %d sessions: %s", deeds, len(l.files), l.tally())
}

// tally counts deeds by what came of them.
func (l *ledger) tally() string {
	counts := map[string]int{}
	for _, f := range l.files {
		for _, o := range f.history {
			code := fmt.Sprint(o.Output.(verdict).code)
			if code == "0" {
				code = "unknown"
			}
			counts[o.Input.(deed).what+" "+code]++
		}
		for _, t := range f.log.turns {
			counts[t.reason]++
		}
	}
	var all []string
	for _, what := range sortedKeys(counts) {
		all = append(all, fmt.Sprintf("%s %d", what, counts[what]))
	}
	return strings.Join(all, ", ")
}

// String shows a file for a failure: the deeds by their calls, and the log. Of each that is marked with an exclamation mark the
// longest order that was found has no place.
func (f *casefile) String() string {
	var b strings.Builder
	placed := map[porcupine.Operation]bool{}
	_, found := porcupine.CheckOperationsVerbose(neverTwo.ToModel(), f.history, checkLimit)
	for _, order := range found.PartialLinearizationsOperations()[0] {
		if len(order) > len(placed) {
			placed = map[porcupine.Operation]bool{}
			for _, o := range order {
				placed[o] = true
			}
		}
	}
	history := slices.Clone(f.history)
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	from := history[0].Call
	ms := func(at int64) string {
		if at == never {
			return "?"
		}
		return fmt.Sprintf("%.2f", float64(at-from)/1e6)
	}
	for _, o := range history {
		d, mark := o.Input.(deed), " "
		if d.log = nil; !placed[o] {
			mark = "!"
		}
		fmt.Fprintf(&b, "%s %s to %s ms: %+v: %+v\n", mark, ms(o.Call), ms(o.Return), d, o.Output)
	}
	for n, t := range f.log.turns {
		fmt.Fprintf(&b, "  turn %d, decided at %s ms: event %d, %s: %s, %q\n", n, ms(t.time), t.seq, t.reason, t.state, t.owner)
	}
	return b.String()
}
