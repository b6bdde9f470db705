package sweep

import (
	"maps"
	"slices"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/routing"
)

// outcome is what a pass did.
type outcome struct {
	changes []store.Changed
	gone    []troubleshoot.ExpertID // went OFFLINE or AWAY
}

// needed tells whether there is anything for route to do, without touching anything: most passes find that those who wait can
// only go on waiting, and leave the database's one writer to others.
func needed(tx *store.Tx, now, leases time.Time) (bool, *store.Board, error) {
	board, err := tx.Board(now)
	if err != nil {
		return false, board, err
	}
	overdue, err := tx.Overdue(now, leases)
	if err != nil || overdue {
		return overdue, board, err
	}
	return len(inVain(board, now)) > 0 || len(routing.Assign(board.Queue, board.Experts, now)) > 0, board, nil
}

// inVain gives those who waited too long, or for whom nobody has been on for a minute.
func inVain(board *store.Board, now time.Time) map[string]bool {
	unreachable := routing.Unreachable(board.Queue, board.Experts)
	all := map[string]bool{}
	for _, w := range board.Queue {
		waited := now.Sub(board.Waits[w.Session])
		if !board.Calls[w.Session] && (waited >= troubleshoot.MaxQueueTime || unreachable[w.Session] && waited >= troubleshoot.NobodyGrace) {
			all[w.Session] = true
		}
	}
	return all
}

// route does in one transaction what is due: experts who are gone lose their sessions, silent ones theirs that ring, who waits
// is assigned, and who waits in vain is told.
func route(tx *store.Tx, now, leases time.Time) (outcome, error) {
	var done outcome
	if err := tx.LockRouting(); err != nil {
		return done, err
	}
	if err := loseGone(tx, &done, now, leases); err != nil {
		return done, err
	}
	for _, step := range [...]func(*store.Tx, *outcome, time.Time) error{passUnanswered, missCalls, assign} {
		if err := step(tx, &done, now); err != nil {
			return done, err
		}
	}
	return done, nil
}

// loseGone puts experts OFFLINE whose leases had run out at a time.
func loseGone(tx *store.Tx, done *outcome, now, leases time.Time) error {
	on, err := tx.ExpertsOn()
	if err != nil {
		return err
	}
	for _, e := range on {
		if leases.Before(e.LeaseUntil) {
			continue
		}
		if len(done.changes) >= batchMost {
			return nil
		}
		gone, err := goOffline(tx, e.ID, leases, now)
		if err != nil {
			return err
		}
		if !gone { // the work stream came back at this moment
			continue
		}
		lost, err := tx.LoseExpert(e.ID, actor, now)
		if err != nil {
			return err
		}
		done.changes, done.gone = append(done.changes, lost...), append(done.gone, e.ID)
	}
	return nil
}

// goOffline puts an expert OFFLINE unless the lease was renewed meanwhile.
func goOffline(tx *store.Tx, id troubleshoot.ExpertID, leases, now time.Time) (bool, error) {
	e, err := tx.LockExpert(id)
	if err != nil || leases.Before(e.LeaseUntil) {
		return false, err
	}
	e.State, e.NextState = troubleshoot.ExpertOffline, 0
	_, err = tx.SetExpert(e, now)
	return true, err
}

func setState(tx *store.Tx, id troubleshoot.ExpertID, state troubleshoot.ExpertState, now time.Time) error {
	e, err := tx.LockExpert(id)
	if err != nil {
		return err
	}
	e.State, e.NextState = state, 0
	_, err = tx.SetExpert(e, now)
	return err
}

// passUnanswered takes sessions from experts who did not answer in time; these become AWAY.
func passUnanswered(tx *store.Tx, done *outcome, now time.Time) error {
	ringing, err := tx.RungOut(now, batchMost)
	if err != nil {
		return err
	}
	silent := map[troubleshoot.ExpertID]bool{}
	for _, before := range ringing {
		at := before.Ringing.At
		after, err := before.Decline(at, now)
		if err != nil {
			return err
		}
		if err := done.change(tx, store.Change{Before: before, After: after, Actor: actor, Action: "unanswered", Now: now}); err != nil {
			return err
		}
		silent[at] = true
	}
	for id := range silent {
		if err := setState(tx, id, troubleshoot.ExpertAway, now); err != nil {
			return err
		}
		done.gone = append(done.gone, id)
	}
	return nil
}

// change saves a change of a session.
func (done *outcome) change(tx *store.Tx, c store.Change) error {
	after, events, err := tx.ChangeSession(c)
	if err == nil {
		done.changes = append(done.changes, store.Changed{Before: c.Before, After: after, Events: events})
	}
	return err
}

// assign gives waiting sessions to experts, and ends the wait of those to whom nobody will come.
func assign(tx *store.Tx, done *outcome, now time.Time) error {
	board, err := tx.Board(now)
	if err != nil {
		return err
	}
	vain := inVain(board, now)
	if err := giveUp(tx, done, vain, now); err != nil {
		return err
	}
	queue := slices.DeleteFunc(slices.Clone(board.Queue), func(w routing.Waiting) bool { return vain[w.Session] })
	for _, a := range routing.Assign(queue, board.Experts, now) {
		if len(done.changes) >= batchMost { // the next pass goes on where this one ends
			break
		}
		before, err := tx.LockSession(a.Session)
		if err != nil {
			return err
		}
		after, err := before.Ring(a.Expert, now)
		if err != nil { // it was left meanwhile
			continue
		}
		if err := done.change(tx, store.Change{Before: before, After: after, Actor: actor, Action: "route", Now: now}); err != nil {
			return err
		}
	}
	return nil
}

// giveUp closes chats to which nobody will come, and tells their shoppers so.
func giveUp(tx *store.Tx, done *outcome, vain map[string]bool, now time.Time) error {
	for _, id := range slices.Sorted(maps.Keys(vain)) {
		if len(done.changes) >= batchMost {
			break
		}
		before, err := tx.LockSession(id)
		if err != nil {
			return err
		}
		after := before.GiveUp(now)
		if after.State == before.State {
			continue
		}
		if err := done.change(tx, store.Change{Before: before, After: after, Actor: actor, Action: "giveUp", Now: now,
			Events: []troubleshoot.Event{store.SystemEvent(after, troubleshoot.ChangeNobodyComes, now)}}); err != nil {
			return err
		}
	}
	return nil
}

// missCalls closes callbacks whose time is over.
func missCalls(tx *store.Tx, done *outcome, now time.Time) error {
	missed, err := tx.CallsOver(now, batchMost)
	if err != nil {
		return err
	}
	for _, before := range missed {
		after := before.MissCall(now)
		if after.State == before.State {
			continue
		}
		if err := done.change(tx, store.Change{Before: before, After: after, Actor: actor, Action: "missCall", Now: now,
			Events: []troubleshoot.Event{store.SystemEvent(after, troubleshoot.ChangeCallMissed, now)}}); err != nil {
			return err
		}
	}
	return nil
}

// endLeft ends talks in which nobody has written for long, and closes what an expert never closed.
func endLeft(tx *store.Tx, now time.Time) ([]store.Changed, error) {
	var done outcome
	left, err := tx.LeftOpen(now, batchMost)
	if err != nil {
		return nil, err
	}
	for _, before := range left {
		after, reason := before.Finish(now), troubleshoot.ChangeLeftUnclosed
		if before.State != troubleshoot.WrapUp {
			if after, err = before.EndTalk(now); err != nil {
				return nil, err
			}
			reason = troubleshoot.ChangeIdle
		}
		if err := done.change(tx, store.Change{Before: before, After: after, Actor: actor, Action: "left", Now: now,
			Events: []troubleshoot.Event{store.SystemEvent(after, reason, now)}}); err != nil {
			return nil, err
		}
	}
	return done.changes, nil
}
