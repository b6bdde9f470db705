package store

import (
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Overdue tells whether something has run out: the time to answer a session, the time for a call, or an expert's lease.
func (tx *Tx) Overdue(now time.Time) (bool, error) {
	var due bool
	err := tx.row(`SELECT EXISTS (SELECT 1 FROM sessions WHERE state = 1 AND ((ring_expert <> '' AND ring_until <= $1) OR (ring_expert = '' AND call_until BETWEEN 1 AND $1)))
  OR EXISTS (SELECT 1 FROM experts WHERE state <> 1 AND lease_until <= $1)`, micros(now)).Scan(&due)
	return due, wrap("look for work", err)
}

// RungOut locks and gives sessions that rang unanswered until their time was over, oldest first.
func (tx *Tx) RungOut(now time.Time, limit int) ([]troubleshoot.Session, error) {
	return tx.lockEach(`state = 1 AND ring_expert <> '' AND ring_until <= $1 ORDER BY id LIMIT $2`, micros(now), limit)
}

// CallsOver locks and gives waiting callbacks whose time is over and that do not ring, oldest first.
func (tx *Tx) CallsOver(now time.Time, limit int) ([]troubleshoot.Session, error) {
	return tx.lockEach(`state = 1 AND ring_expert = '' AND call_until BETWEEN 1 AND $1 ORDER BY id LIMIT $2`, micros(now), limit)
}

// LeftOpen locks and gives chats that have been in hand for so long that they may have been left, oldest first.
func (tx *Tx) LeftOpen(now time.Time, limit int) ([]troubleshoot.Session, error) {
	return tx.lockEach(`state IN (2, 3) AND expert <> '' AND channel <> 1 AND accept_time <= $1 AND (state = 2 OR leave_time <= $2) ORDER BY id LIMIT $3`,
		micros(now.Add(-troubleshoot.ChatIdleTime)), micros(now.Add(-troubleshoot.WrapUpTime)), limit)
}

func (tx *Tx) lockEach(where string, args ...any) ([]troubleshoot.Session, error) {
	rows, err := tx.query(`SELECT `+sessionColumns+` FROM sessions WHERE `+where+tx.dialect.forUpdate, args...)
	sessions, err := collect(rows, err, scanSession)
	return sessions, wrap("lock sessions", err)
}
