package store

import (
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Change is one change of a session, with who made it, for the audit.
type Change struct {
	Before, After troubleshoot.Session
	Actor, Action string // credential, and what it did: "accept"
	Events        []troubleshoot.Event
	Now           time.Time
}

// KeepSession stores a new session of an intercept and begins its log. It gives the events as they were kept.
func (tx *Tx) KeepSession(i troubleshoot.Intercept, c Change) ([]troubleshoot.Event, error) {
	if err := tx.LockIntercept(i); err != nil {
		return nil, err
	}
	if err := tx.insertSession(c.After); err != nil {
		return nil, err
	}
	if err := tx.countService(c, i.Line.SKU); err != nil {
		return nil, err
	}
	if err := tx.refold(i.Line.Seller, i.Line.OrderID, i.Line.LineID, c.Now); err != nil {
		return nil, err
	}
	return tx.record(c)
}

// ChangeSession saves a session that LockSession gave, and all that follows from its change: the work clocks of experts into
// or out of whose hands it goes, the sums of its intercept and of the service, one audit row for a new state, and the events,
// which come back as they were kept.
func (tx *Tx) ChangeSession(c Change) (troubleshoot.Session, []troubleshoot.Event, error) {
	if err := tx.passHands(&c); err != nil {
		return c.After, nil, err
	}
	if c.After.State == troubleshoot.Closed && c.Before.State != troubleshoot.Closed {
		if err := tx.closing(&c); err != nil {
			return c.After, nil, err
		}
	}
	if err := tx.updateSession(c.After); err != nil {
		return c.After, nil, err
	}
	if err := tx.followSession(c); err != nil {
		return c.After, nil, err
	}
	events, err := tx.record(c)
	return c.After, events, err
}

// record writes the audit row of a change of state, and the log.
func (tx *Tx) record(c Change) ([]troubleshoot.Event, error) {
	if c.After.State != c.Before.State || c.After.Expert != c.Before.Expert {
		if err := tx.Audit(c.Now, c.After.Seller, c.Actor, "session."+c.Action, "sessions/"+c.After.ID, c.After.State.String()); err != nil {
			return nil, err
		}
	}
	kept := make([]troubleshoot.Event, len(c.Events))
	for n, e := range c.Events {
		var err error
		if e, err = tx.withName(e, c.After.Expert); err != nil {
			return nil, err
		}
		if kept[n], err = tx.AppendEvent(e); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// withName adds to a change of state the name that its expert goes by.
func (tx *Tx) withName(e troubleshoot.Event, expert troubleshoot.ExpertID) (troubleshoot.Event, error) {
	if e.Change == nil || e.Change.Expert == "" {
		return e, nil
	}
	named := *e.Change
	known, err := tx.Expert(expert)
	if err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound {
		return e, err
	}
	named.Shown, e.Change = known.DisplayName, &named
	return e, nil
}

// passHands runs the clocks of the experts whom the session leaves and to whom it comes.
func (tx *Tx) passHands(c *Change) error {
	from, to := inHand(c.Before), inHand(c.After)
	if from == to {
		return tx.afterRinging(c)
	}
	if from.IsSet() {
		clock, err := tx.turnClock(from, -1, c)
		if err != nil {
			return err
		}
		c.After.Effort.Spent += clock.Effort - c.Before.Effort.From
		c.After.Effort.From = 0
	}
	if to.IsSet() {
		clock, err := tx.turnClock(to, 1, c)
		if err != nil {
			return err
		}
		c.After.Effort.From = clock.Effort
	}
	return nil
}

// inHand is who has a session, or nobody.
func inHand(s troubleshoot.Session) troubleshoot.ExpertID {
	if s.InHand(s.Expert) {
		return s.Expert
	}
	return troubleshoot.ExpertID{}
}

// turnClock gives an expert a chat more, or one less.
func (tx *Tx) turnClock(id troubleshoot.ExpertID, change int64, c *Change) (troubleshoot.WorkClock, error) {
	if err := tx.EnsureExpert(id, c.Now); err != nil {
		return troubleshoot.WorkClock{}, err
	}
	e, err := tx.LockExpert(id)
	if err != nil {
		return e.Work, err
	}
	e.Work = e.Work.Advance(c.Now, change)
	e.IdleSince = c.Now
	if e, err = tx.nextState(e, c); err != nil {
		return e.Work, err
	}
	clock := e.Work
	_, err = tx.SetExpert(e, c.Now)
	return clock, err
}

// afterRinging lets an expert who waits for the hands to be empty change state when a session stops ringing there.
func (tx *Tx) afterRinging(c *Change) error {
	at := c.Before.Ringing.At
	if !at.IsSet() || c.After.Ringing.At == at || c.After.Expert == at {
		return nil
	}
	e, err := tx.LockExpert(at)
	if err != nil {
		return err
	}
	e.IdleSince = c.Now // who lets a chat go is the last to get the next
	if e, err = tx.nextState(e, c); err != nil {
		return err
	}
	_, err = tx.SetExpert(e, c.Now)
	return err
}

// nextState moves an expert on who wanted to change once the hands are empty, and is left with nothing by this change.
func (tx *Tx) nextState(e troubleshoot.Expert, c *Change) (troubleshoot.Expert, error) {
	if e.NextState == 0 || e.Work.InHand > 0 {
		return e, nil
	}
	var ringing int64
	if err := tx.row(`SELECT COUNT(*) FROM sessions WHERE state = 1 AND ring_seller = $1 AND ring_expert = $2 AND id <> $3`,
		e.ID.Seller, e.ID.Name, c.After.ID).Scan(&ringing); err != nil {
		return e, wrap("count what rings", err)
	}
	if ringing == 0 {
		e.State, e.NextState = e.NextState, 0
	}
	return e, nil
}

// closing credits the session to the guide that was followed first, and counts its effort.
func (tx *Tx) closing(c *Change) error {
	if !c.After.Effort.Told {
		c.After.ExpertSeconds = int64(c.After.Effort.Spent.Round(time.Second) / time.Second)
	}
	steps, err := tx.Steps(c.After.ID)
	if err != nil {
		return err
	}
	if len(steps) > 0 {
		c.After.Credit = troubleshoot.GuideRevision{Guide: steps[0].Guide, Revision: steps[0].Revision}
	}
	return nil
}

// followSession brings the sums of the intercept and of the service up to a change.
func (tx *Tx) followSession(c Change) error {
	service, unit := differsInService(c.Before, c.After), differsInUnit(c.Before, c.After)
	if !service && !unit {
		return nil
	}
	i, err := tx.Intercept(c.After.Intercept)
	if err != nil {
		return err
	}
	if err := tx.LockIntercept(i); err != nil {
		return err
	}
	if err := tx.countService(c, i.Line.SKU); err != nil || !unit {
		return err
	}
	return tx.refold(i.Line.Seller, i.Line.OrderID, i.Line.LineID, c.Now)
}

// differsInUnit tells whether what the session adds to its intercept's outcome may have changed.
func differsInUnit(a, b troubleshoot.Session) bool {
	return a.State != b.State || a.AcceptTime != b.AcceptTime || a.Disposition != b.Disposition || a.Answer.Solved != b.Answer.Solved ||
		a.Engaged != b.Engaged || a.ExpertSeconds != b.ExpertSeconds
}

// differsInService tells whether what the session adds to the sums of the service may have changed.
func differsInService(a, b troubleshoot.Session) bool {
	return differsInUnit(a, b) || a.Expert != b.Expert || a.ReplyTime != b.ReplyTime || a.LeaveTime != b.LeaveTime || a.EndTime != b.EndTime ||
		a.Answer != b.Answer || a.Outvoted != b.Outvoted || a.QueueTime != b.QueueTime
}
