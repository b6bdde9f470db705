package store_test

import (
	"errors"
	"slices"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// help starts a session of a line's intercept, where there is one, or goes on with one of its last sessions.
func (w *world) help(roll dice) func(*store.Tx) error {
	now, line := w.now, w.anyLine(roll)
	fresh := troubleshoot.Session{ID: store.NewID(now), Seller: line.Seller, Channel: troubleshoot.Channel(1 + roll(3)), State: troubleshoot.Active, CreateTime: now}
	if fresh.Channel != troubleshoot.ChannelGuide {
		fresh.State, fresh.QueueTime = troubleshoot.Queued, now
	}
	if fresh.Channel == troubleshoot.ChannelCallback {
		fresh.Callback = troubleshoot.Callback{Phone: "+14155550123", NotBefore: now, NotAfter: now.Add(troubleshoot.StickyTime)}
	}
	starts, back, act := roll(6) == 0, roll(3), w.turn(roll)
	return func(tx *store.Tx) error {
		i, err := tx.InterceptOfLine(line.Seller, line.OrderID, line.LineID)
		if troubleshoot.CodeOf(err) == troubleshoot.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		sessions, err := tx.SessionsOf(i.ID)
		if err != nil {
			return err
		}
		if starts || len(sessions) == 0 {
			fresh.Intercept = i.ID
			_, err := tx.KeepSession(i, store.Change{After: fresh, Actor: "world", Action: "create", Now: now})
			return err
		}
		_, err = turned(tx, sessions[max(0, len(sessions)-1-back)].ID, now, func(s troubleshoot.Session) (troubleshoot.Session, error) {
			after, err := act(tx, s)
			var refused *troubleshoot.Error
			if errors.As(err, &refused) && refused.Code != troubleshoot.Internal {
				return s, nil // this session does not take that turn
			}
			return after, err
		})
		return err
	}
}

// turn makes up what shopper, expert, supervisor or clock may do with a session.
func (w *world) turn(roll dice) func(*store.Tx, troubleshoot.Session) (troubleshoot.Session, error) {
	now, ago := w.now, time.Duration(60*roll(20))*time.Second
	said, solved, score := troubleshoot.Disposition(1+roll(11)), troubleshoot.Solved(1+roll(2)), int64(roll(6))
	own, elsewhere := roll(3) > 0, roll(3) == 0
	expert := func(s troubleshoot.Session) troubleshoot.ExpertID {
		switch {
		case s.Expert.IsSet():
			return s.Expert
		case s.Ringing.At.IsSet():
			return s.Ringing.At
		case own:
			return troubleshoot.ExpertID{Seller: s.Seller, Name: "ann"}
		}
		return troubleshoot.ExpertID{Name: "bob"}
	}
	type turn = func(*store.Tx, troubleshoot.Session) (troubleshoot.Session, error)
	pure := func(do func(troubleshoot.Session) (troubleshoot.Session, error)) turn {
		return func(_ *store.Tx, s troubleshoot.Session) (troubleshoot.Session, error) { return do(s) }
	}
	plain := func(do func(troubleshoot.Session) troubleshoot.Session) turn {
		return func(_ *store.Tx, s troubleshoot.Session) (troubleshoot.Session, error) { return do(s), nil }
	}
	take := pure(func(s troubleshoot.Session) (troubleshoot.Session, error) {
		if s.State == troubleshoot.Queued && !s.Ringing.At.IsSet() {
			return s.Ring(expert(s), now)
		}
		return s.Accept(expert(s), now)
	})
	end := pure(func(s troubleshoot.Session) (troubleshoot.Session, error) {
		if elsewhere {
			return s.Close(said, "", nil, now.Add(-ago), now, now)
		}
		return s.Close(said, "", nil, time.Time{}, time.Time{}, now)
	})
	reply := plain(func(s troubleshoot.Session) troubleshoot.Session {
		if s.State == troubleshoot.Active && s.Expert.IsSet() && s.ReplyTime.IsZero() {
			s.ReplyTime, s.Engaged = now, true
		}
		return s
	})
	return pick(roll, take, take, take, take, reply, reply, reply, w.step(now), w.answer(troubleshoot.Answer{Solved: solved, Score: score, Time: now}), end, end,
		pure(func(s troubleshoot.Session) (troubleshoot.Session, error) { return s.Decline(expert(s), now) }),
		pure(func(s troubleshoot.Session) (troubleshoot.Session, error) {
			return s.TakeOver(expert(troubleshoot.Session{Seller: s.Seller}), now)
		}),
		pure(func(s troubleshoot.Session) (troubleshoot.Session, error) {
			return s.HandOn(troubleshoot.ExpertID{}, "", now)
		}),
		pure(func(s troubleshoot.Session) (troubleshoot.Session, error) { return s.EndTalk(now) }),
		pure(func(s troubleshoot.Session) (troubleshoot.Session, error) {
			call := troubleshoot.Call{Expert: expert(s).Name, Start: now.Add(-ago / 4), End: now, Outcome: troubleshoot.CallOutcome(solved)}
			return s.RecordCall(call, now)
		}),
		pure(func(s troubleshoot.Session) (troubleshoot.Session, error) {
			return s.Reschedule(now, now.Add(time.Hour))
		}),
		plain(func(s troubleshoot.Session) troubleshoot.Session { return s.Leave(now) }),
		plain(func(s troubleshoot.Session) troubleshoot.Session { return s.Lose(expert(s), now) }),
		plain(func(s troubleshoot.Session) troubleshoot.Session { return s.Finish(now) }),
		plain(func(s troubleshoot.Session) troubleshoot.Session { return s.GiveUp(now) }),
		plain(func(s troubleshoot.Session) troubleshoot.Session { return s.MissCall(now) }))
}

// step records that a step mended it.
func (w *world) step(now time.Time) func(*store.Tx, troubleshoot.Session) (troubleshoot.Session, error) {
	return func(tx *store.Tx, s troubleshoot.Session) (troubleshoot.Session, error) {
		if s.State == troubleshoot.Closed {
			return s, nil
		}
		s.Engaged = true
		return s, tx.KeepStep(s.Seller, troubleshoot.StepRecord{Session: s.ID, Guide: "kettle", Revision: 1, Step: "s1", Result: troubleshoot.StepFixed, Time: now})
	}
}

// answer is the shopper's, once; it is the line's vote until the next.
func (w *world) answer(a troubleshoot.Answer) func(*store.Tx, troubleshoot.Session) (troubleshoot.Session, error) {
	return func(tx *store.Tx, s troubleshoot.Session) (troubleshoot.Session, error) {
		if s.Answer.Solved != 0 {
			return s, nil
		}
		s.Answer = a
		return s, tx.Outvote(s, "world", a.Time)
	}
}

// review is a supervisor's of one of a line's sessions that can be reviewed.
func (w *world) review(roll dice) func(*store.Tx) error {
	line, which := w.anyLine(roll), roll(20)
	asked := troubleshoot.Review{Reviewer: pick(roll, "key-1", "key-2"), Time: w.now,
		Criteria: []troubleshoot.Criterion{{Name: "kind", Weight: 1, Score: int64(roll(101))}, {Name: "safe", Weight: 2, Score: int64(10 * roll(3)), AutomaticFail: true}}}
	return func(tx *store.Tx) error {
		i, err := tx.InterceptOfLine(line.Seller, line.OrderID, line.LineID)
		if troubleshoot.CodeOf(err) == troubleshoot.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		sessions, err := tx.SessionsOf(i.ID)
		sessions = slices.DeleteFunc(sessions, func(s troubleshoot.Session) bool { return s.MayReview() != nil })
		if err != nil || len(sessions) == 0 {
			return err
		}
		s, err := tx.LockSession(sessions[which%len(sessions)].ID)
		if err != nil {
			return err
		}
		r := asked
		r.Session = s.ID
		if r, err = r.Scored(); err != nil {
			return err
		}
		return tx.KeepReview(s, r)
	}
}
