package store

import (
	"slices"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Changed is a session before and after a change, with the events that it left in the log.
type Changed struct {
	Before, After troubleshoot.Session
	Events        []troubleshoot.Event
}

// selectHand finds what an expert has in hand by its index, and what rings there in the queue.
const selectHand = `SELECT ` + sessionColumns + ` FROM sessions WHERE state IN (2, 3) AND expert <> '' AND expert_seller = $1 AND expert = $2
UNION ALL SELECT ` + sessionColumns + ` FROM sessions WHERE state = 1 AND ring_seller = $1 AND ring_expert = $2`

// HandOf gives the sessions that an expert has in hand and those that ring there, oldest first.
func (tx *Tx) HandOf(id troubleshoot.ExpertID) ([]troubleshoot.Session, error) {
	rows, err := tx.query(selectHand, id.Seller, id.Name)
	sessions, err := collect(rows, err, scanSession)
	slices.SortFunc(sessions, func(a, b troubleshoot.Session) int { return strings.Compare(a.ID, b.ID) })
	return sessions, wrap("read an expert's sessions", err)
}

const selectWaitingSessions = `SELECT ` + sessionColumns + ` FROM sessions WHERE state = 1 AND call_from <= $2 AND ($1 = '' OR seller = $1)
ORDER BY wait_time, id LIMIT $3`

// WaitingSessions gives what waits now, of a seller or of all, longest waiting first; calls that are not due do not wait yet.
func (tx *Tx) WaitingSessions(seller string, now time.Time, limit int) ([]troubleshoot.Session, error) {
	rows, err := tx.query(selectWaitingSessions, seller, micros(now), limit)
	sessions, err := collect(rows, err, scanSession)
	return sessions, wrap("read the queue", err)
}

// WaitingFor counts the sessions that wait for a seller's team now, and gives since when the first one does.
func (tx *Tx) WaitingFor(seller string, now time.Time) (waiting int64, oldest time.Time, err error) {
	var since int64
	err = tx.row(`SELECT COUNT(*), COALESCE(MIN(wait_time), 0) FROM sessions WHERE state = 1 AND call_from <= $2 AND (seller = $1 OR $1 = '')`,
		seller, micros(now)).Scan(&waiting, &since)
	return waiting, fromMicros(since), wrap("count the queue", err)
}

// StopRinging lets what rings at an expert go on to others at once.
func (tx *Tx) StopRinging(id troubleshoot.ExpertID, actor string, now time.Time) ([]Changed, error) {
	return tx.loseEach(id, func(s troubleshoot.Session) bool { return s.State == troubleshoot.Queued }, actor, now)
}

// LoseExpert takes everything from an expert who is gone: what rang rings elsewhere, what was in hand waits again and its shopper
// is told so, what was to be wrapped up closes.
func (tx *Tx) LoseExpert(id troubleshoot.ExpertID, actor string, now time.Time) ([]Changed, error) {
	return tx.loseEach(id, func(troubleshoot.Session) bool { return true }, actor, now)
}

func (tx *Tx) loseEach(id troubleshoot.ExpertID, which func(troubleshoot.Session) bool, actor string, now time.Time) ([]Changed, error) {
	sessions, err := tx.HandOf(id)
	if err != nil {
		return nil, err
	}
	locked := make([]troubleshoot.Session, len(sessions))
	for n, seen := range sessions { // all before the expert: a handler holds a session while it waits for the expert
		if locked[n], err = tx.LockSession(seen.ID); err != nil {
			return nil, err
		}
	}
	var all []Changed
	for _, before := range locked {
		after := before.Lose(id, now)
		if !which(before) || after.Epoch == before.Epoch && after.State == before.State { // it has changed hands meanwhile
			continue
		}
		lost := Changed{Before: before}
		c := Change{Before: before, After: after, Actor: actor, Action: "lose", Now: now}
		if before.State != after.State {
			reason := troubleshoot.ChangeExpertLost
			if after.State == troubleshoot.Closed {
				reason = troubleshoot.ChangeLeftUnclosed
			}
			c.Events = []troubleshoot.Event{SystemEvent(after, reason, now)}
		}
		if lost.After, lost.Events, err = tx.ChangeSession(c); err != nil {
			return nil, err
		}
		all = append(all, lost)
	}
	return all, nil
}

// SystemEvent is the log's entry of a change of state.
func SystemEvent(s troubleshoot.Session, reason troubleshoot.ChangeReason, now time.Time) troubleshoot.Event {
	return troubleshoot.Event{Session: s.ID, Time: now, Sender: troubleshoot.BySystem,
		Change: &troubleshoot.StateChange{State: s.State, Reason: reason, Expert: s.Expert.Name}}
}

// ServiceLevel counts chats by how they were answered.
type ServiceLevel struct{ Offered, Answered, InTime, Abandoned int64 }

// ServiceSince counts the chats that came after a moment: of a seller, or of all.
func (tx *Tx) ServiceSince(seller string, every bool, from time.Time) (ServiceLevel, error) {
	var l ServiceLevel
	err := tx.row(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN reply_time > 0 THEN 1 ELSE 0 END), 0),
  COALESCE(SUM(CASE WHEN reply_time > 0 AND reply_time - queue_time <= $4 THEN 1 ELSE 0 END), 0),
  COALESCE(SUM(CASE WHEN disposition = $5 THEN 1 ELSE 0 END), 0)
FROM sessions WHERE channel = $6 AND id > $3 AND (seller = $1 OR $2)`, seller, every, idAt(from), time.Minute.Microseconds(),
		troubleshoot.AbandonedInQueue, troubleshoot.ChannelChat).Scan(&l.Offered, &l.Answered, &l.InTime, &l.Abandoned)
	return l, wrap("count chats", err)
}
