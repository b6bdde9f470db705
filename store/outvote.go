package store

import (
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Outvote takes the vote from sessions of the same order line that were answered before this one. Two sessions of a line that
// are answered at once wait for each other, and one of the two transactions runs again.
func (tx *Tx) Outvote(by troubleshoot.Session, actor string, now time.Time) error {
	i, err := tx.Intercept(by.Intercept)
	if err != nil {
		return err
	}
	if err := tx.LockIntercept(i); err != nil { // else two answers at once would not see each other
		return err
	}
	others, err := tx.SessionsOf(by.Intercept)
	if err != nil {
		return err
	}
	for _, seen := range others {
		if seen.ID == by.ID || seen.Answer.Solved == 0 || seen.Outvoted {
			continue
		}
		before, err := tx.LockSession(seen.ID) // it may have changed since it was listed
		if err != nil {
			return err
		}
		after := before
		after.Outvoted = before.Answer.Solved != 0
		if _, _, err := tx.ChangeSession(Change{Before: before, After: after, Actor: actor, Action: "outvote", Now: now}); err != nil {
			return err
		}
	}
	return nil
}
