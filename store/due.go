package store

import (
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Overdue tells whether something has run out: the time to answer a session or for a call at now, or an expert's lease at leases.
func (tx *Tx) Overdue(now, leases time.Time) (bool, error) {
	var due bool
	err := tx.row(`SELECT EXISTS (SELECT 1 FROM sessions WHERE state = 1 AND ((ring_expert <> '' AND ring_until <= $1) OR (ring_expert = '' AND call_until BETWEEN 1 AND $1)))
  OR EXISTS (SELECT 1 FROM experts WHERE (state <> 1 OR in_hand > 0) AND lease_until <= $2)`, micros(now), micros(leases)).Scan(&due)
	return due, wrap("look for work", err)
}

// What is looked for, in the order of an index that has little else: ordered by id, SQLite would walk the whole table.
const (
	whereRungOut   = `state = 1 AND ring_expert <> '' AND ring_until <= $1 ORDER BY seller, id LIMIT $2`
	whereCallsOver = `state = 1 AND ring_expert = '' AND call_until BETWEEN 1 AND $1 ORDER BY seller, id LIMIT $2`
	whereLeftOpen  = `state IN (2, 3) AND expert <> '' AND channel <> 1 AND (state = 3 AND leave_time <= $1 OR state = 2 AND channel = 2 AND hand_time <= $2
  AND NOT EXISTS (SELECT 1 FROM session_events e WHERE e.session = sessions.id AND e.sender <> 3 AND e.time > $2) OR state = 2 AND channel = 3 AND hand_time <= $3)
ORDER BY expert_seller, expert LIMIT $4`
)

// RungOut locks and gives sessions that rang unanswered until their time was over.
func (tx *Tx) RungOut(now time.Time, limit int) ([]troubleshoot.Session, error) {
	return tx.lockEach(whereRungOut, micros(now), limit)
}

// CallsOver locks and gives waiting callbacks whose time is over and that do not ring.
func (tx *Tx) CallsOver(now time.Time, limit int) ([]troubleshoot.Session, error) {
	return tx.lockEach(whereCallsOver, micros(now), limit)
}

// LeftOpen locks and gives what was left in somebody's hand, namely chats in which nobody has written for
// troubleshoot.ChatIdleTime, calls that nobody recorded within troubleshoot.MaxSessionLength, and wrap-ups that have taken troubleshoot.WrapUpTime.
func (tx *Tx) LeftOpen(now time.Time, limit int) ([]troubleshoot.Session, error) {
	return tx.lockEach(whereLeftOpen,
		micros(now.Add(-troubleshoot.WrapUpTime)), micros(now.Add(-troubleshoot.ChatIdleTime)), micros(now.Add(-troubleshoot.MaxSessionLength)), limit)
}

func (tx *Tx) lockEach(where string, args ...any) ([]troubleshoot.Session, error) {
	rows, err := tx.query(`SELECT `+sessionColumns+` FROM sessions WHERE `+where+tx.dialect.forUpdate, args...)
	sessions, err := collect(rows, err, scanSession)
	return sessions, wrap("lock sessions", err)
}
