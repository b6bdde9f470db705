package e2e_test

import (
	"testing"

	"github.com/anishathalye/porcupine"
)

// The specification by examples: what it allows, and what it does not.
func TestNeverTwoModel(t *testing.T) {
	waits := standing{state: "QUEUED", epoch: 1, atLeast: true, turns: 1}
	annHas := standing{state: "ACTIVE", owner: "ann", epoch: 3, turns: 1}
	wrapsUp := standing{state: "WRAP_UP", owner: "ann", epoch: 3, turns: 1}
	closed := standing{state: "CLOSED", owner: "ann", epoch: 3, turns: 1, words: "done"}
	ok := func(state, owner string, epoch int) verdict {
		return verdict{code: 200, state: state, owner: owner, epoch: epoch}
	}
	code := func(code int) verdict { return verdict{code: code} }
	ann := func(what string) deed { return deed{what: what, by: "ann", known: true} }
	bob := func(what string) deed { return deed{what: what, by: "bob", known: true} }
	at := func(d deed, epoch int) deed { d.epoch = epoch; return d }
	for _, c := range []struct {
		rule   string
		before standing
		deed   deed
		next   string // reason of the log's next turn, which leads to what the verdict says
		answer verdict
		want   int // standings that are possible after it
	}{
		{"who waits is accepted by whom it rings at", waits, ann("accept"), "ACCEPTED", ok("ACTIVE", "ann", 2), 1},
		{"an accept without a turn in the log was none", waits, ann("accept"), "", ok("ACTIVE", "ann", 2), 0},
		{"nor was one of which the log says something else", waits, ann("accept"), "TAKEN_OVER", ok("ACTIVE", "ann", 2), 0},
		{"the epoch never goes back", waits, ann("accept"), "ACCEPTED", ok("ACTIVE", "ann", 0), 0},
		{"it may ring elsewhere", waits, ann("accept"), "", code(409), 1},
		{"an expert of the team is never told that it is missing", waits, ann("accept"), "", code(404), 0},
		{"one of the pool is", waits, deed{what: "accept", by: "pam"}, "", code(404), 1},
		{"an answer that never came leaves both open", waits, ann("accept"), "ACCEPTED", code(0), 2},
		{"accepted is accepted, again", annHas, ann("accept"), "", ok("ACTIVE", "ann", 3), 1},
		{"the owner is not refused", annHas, ann("accept"), "", code(409), 0},
		{"never a second owner", annHas, bob("accept"), "ACCEPTED", ok("ACTIVE", "bob", 3), 0},
		{"the second is told so", annHas, bob("accept"), "", code(409), 1},
		{"the owner writes", annHas, at(ann("message"), 3), "", code(200), 1},
		{"with the epoch of before the owner does not", annHas, at(ann("message"), 2), "", code(200), 0},
		{"and is told so", annHas, at(ann("message"), 2), "", code(409), 1},
		{"with the present one not", annHas, at(ann("message"), 3), "", code(409), 0},
		{"nobody else writes", annHas, bob("message"), "", code(200), 0},
		{"nobody else closes", annHas, bob("close"), "CLOSED", ok("CLOSED", "bob", 3), 0},
		{"nobody else hands it on", annHas, bob("transfer"), "TRANSFERRED", ok("QUEUED", "", 4), 0},
		{"the owner does, and the epoch grows", annHas, ann("transfer"), "TRANSFERRED", ok("QUEUED", "", 4), 1},
		{"it does not grow without", annHas, ann("transfer"), "TRANSFERRED", ok("QUEUED", "", 3), 0},
		{"a supervisor may give it to another", annHas, deed{what: "takeOver", to: "bob"}, "TAKEN_OVER", ok("ACTIVE", "bob", 4), 1},
		{"a lost expert's session waits again", annHas, deed{what: system, turn: 1}, "EXPERT_LOST", code(200), 1},
		{"what the log tells in another place did not happen here", annHas, deed{what: system, turn: 2}, "EXPERT_LOST", code(200), 0},
		{"when the talk is over nobody writes", wrapsUp, ann("message"), "", code(200), 0},
		{"not even the owner, who is told 400", wrapsUp, ann("message"), "", code(400), 1},
		{"who leaves when it waits closes it", waits, deed{what: "leave"}, "SHOPPER_LEFT", ok("CLOSED", "", 1), 1},
		{"CLOSED is final", closed, ann("accept"), "ACCEPTED", ok("ACTIVE", "ann", 3), 0},
		{"closing again in the same words changes nothing", closed, deed{what: "close", by: "ann", words: "done"}, "", ok("CLOSED", "ann", 3), 1},
		{"in others it is refused", closed, ann("close"), "", code(400), 1},
		{"a reader sees the owner", annHas, deed{what: read}, "", ok("ACTIVE", "ann", 3), 1},
		{"with the epoch that the owner has", annHas, deed{what: read}, "", ok("ACTIVE", "ann", 4), 0},
		{"and no other", annHas, deed{what: read}, "", ok("ACTIVE", "bob", 3), 0},
		{"another seller's expert is told that it is missing", annHas, deed{what: "close", by: "eve", alien: true}, "", code(404), 1},
		{"and never that it is taken", annHas, deed{what: "close", by: "eve", alien: true}, "", code(409), 0},
		{"all turns of the log are explained in the end", annHas, deed{what: end}, "EXPERT_LOST", code(200), 0},
	} {
		c.deed.log = &chronicle{turns: []turn{{seq: 1, reason: "STARTED", state: "QUEUED"}}}
		if c.next != "" {
			state, owner := c.answer.state, c.answer.owner
			if c.answer.code == 0 {
				state, owner = "ACTIVE", "ann"
			}
			if c.next == "EXPERT_LOST" {
				state, owner = "QUEUED", ""
			}
			c.deed.log.turns = append(c.deed.log.turns, turn{seq: 2, reason: c.next, state: state, owner: owner})
		}
		if got := c.before.after(c.deed, c.answer); len(got) != c.want {
			t.Errorf("%s: %+v", c.rule, got)
		}
	}
}

// An order of moments must explain what overlaps, and only that.
func TestNeverTwoModelOverTime(t *testing.T) {
	log := &chronicle{turns: []turn{{seq: 1, reason: "STARTED", state: "QUEUED"}, {seq: 3, reason: "ACCEPTED", state: "ACTIVE", owner: "ann"},
		{seq: 5, time: 50, reason: "EXPERT_LOST", state: "QUEUED"}}}
	accept := porcupine.Operation{Input: deed{log: log, what: "accept", by: "ann", known: true}, Output: verdict{code: 200, state: "ACTIVE", owner: "ann", epoch: 1, seq: 3}, Call: 0, Return: 10}
	lost := porcupine.Operation{Input: deed{log: log, what: system, turn: 2}, Output: verdict{code: 200}, Call: 50, Return: 200}
	message := func(seq, code int, call, back int64) porcupine.Operation {
		return porcupine.Operation{Input: deed{log: log, what: "message", by: "ann", known: true}, Output: verdict{code: code, seq: seq}, Call: call, Return: back}
	}
	for _, c := range []struct {
		rule  string
		last  porcupine.Operation
		legal bool
	}{
		{"the owner writes", message(4, 200, 20, 30), true},
		{"a message after the accept has its number after it", message(2, 200, 20, 30), false},
		{"and one before the loss before that", message(6, 200, 20, 30), false},
		{"one that overlaps the loss may be refused", message(0, 409, 20, 60), true},
		{"one that was answered before it may not", message(0, 409, 20, 30), false},
		{"one without an answer may have been either", message(0, 0, 20, never), true},
		{"nobody writes after all that was lost has been seen", message(6, 200, 210, 220), false},
	} {
		got := porcupine.CheckOperations(neverTwo.ToModel(), []porcupine.Operation{accept, lost, c.last})
		if got != c.legal {
			t.Errorf("%s: %t", c.rule, got)
		}
	}
}
