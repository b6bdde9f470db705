package troubleshoot

import (
	"slices"
	"time"
)

// Load tells whether the session takes one of the expert's places: in hand, or ringing.
func (s Session) Load(expert ExpertID) bool {
	return s.InHand(expert) || s.State == Queued && s.Ringing.At == expert
}

// InHand tells whether the expert has the session.
func (s Session) InHand(expert ExpertID) bool {
	return expert.IsSet() && s.Expert == expert && (s.State == Active || s.State == WrapUp)
}

// Ring lets the session ring at an expert.
func (s Session) Ring(at ExpertID, now time.Time) (Session, error) {
	if s.State != Queued || s.Ringing.At.IsSet() {
		return s, Errorf(Aborted, "session is %s and rings elsewhere", s.State)
	}
	s.Ringing = Ringing{At: at, Until: now.Add(OfferTime)}
	s.Wants.Former = formerly(s.Wants.Former, at)
	s.Epoch++
	return s, nil
}

// Accept makes the expert at whom the session rings its one expert. Anybody else gets Aborted; accepting again by the same
// expert changes nothing.
func (s Session) Accept(expert ExpertID, now time.Time) (Session, error) {
	if s.Expert == expert && s.State == Active {
		return s, nil
	}
	if s.State != Queued || s.Ringing.At != expert || !expert.IsSet() {
		return s, Errorf(Aborted, "session is %s and does not ring at you; take what your work stream offers", s.State)
	}
	return s.handTo(expert, now), nil
}

// TakeOver gives the session to an expert by a supervisor's word, whoever has it or wherever it rings.
func (s Session) TakeOver(expert ExpertID, now time.Time) (Session, error) {
	if s.Expert == expert && s.State == Active {
		return s, nil
	}
	if s.State != Queued && s.State != Active || s.Channel == ChannelGuide {
		return s, Errorf(FailedPrecondition, "session is %s: only what waits or is ACTIVE can be taken over", s.State)
	}
	s = s.handTo(expert, now)
	s.Epoch++
	return s, nil
}

func (s Session) handTo(expert ExpertID, now time.Time) Session {
	s.Expert, s.State, s.Ringing = expert, Active, Ringing{}
	s.Wants = Wants{Former: formerly(s.Wants.Former, expert), Transfers: s.Wants.Transfers}
	s.HandTime = now
	if s.AcceptTime.IsZero() {
		s.AcceptTime = now
	}
	if s.StartTime.IsZero() {
		s.StartTime = now
	}
	return s
}

// Decline takes the session away from the expert at whom it rings; it rests before it comes there again. By a silent expert
// it is declined as well.
func (s Session) Decline(expert ExpertID, now time.Time) (Session, error) {
	if s.State != Queued || s.Ringing.At != expert || !expert.IsSet() {
		return s, Errorf(Aborted, "session is %s and does not ring at you", s.State)
	}
	s.Ringing = Ringing{}
	s.Wants.Declined = slices.DeleteFunc(slices.Clone(s.Wants.Declined), func(d Declined) bool { return d.Expert == expert })
	if len(s.Wants.Declined) > MaxTransfers { // who declined it is known after the rest, too: a transfer binds no more to that one
		s.Wants.Declined = s.Wants.Declined[1:]
	}
	s.Wants.Declined = append(s.Wants.Declined, Declined{expert, now.Add(DeclineRest)})
	s.Epoch++
	return s, nil
}

// HandOn puts an ACTIVE session back into the queue, for an expert, for those with a skill, or for whoever is next. It keeps
// its QueueTime, so it comes before those that came later.
func (s Session) HandOn(to ExpertID, skill string, now time.Time) (Session, error) {
	switch {
	case s.State != Active || s.Channel == ChannelGuide:
		return s, Errorf(FailedPrecondition, "session is %s: only an ACTIVE one can be handed on", s.State)
	case s.Wants.Transfers >= MaxTransfers:
		return s, Errorf(FailedPrecondition, "the session has changed hands %d times, the most that it may; close it, or let a supervisor take it over", MaxTransfers)
	}
	s.Wants = Wants{For: to, Skill: skill, Former: s.Wants.Former, Transfers: s.Wants.Transfers + 1,
		Declined: []Declined{{Expert: s.Expert, Until: now.Add(MaxQueueTime)}}}
	s.WaitTime = now
	s.Expert, s.State, s.Ringing = ExpertID{}, Queued, Ringing{}
	s.Epoch++
	return s, nil
}

// Lose takes the session from an expert who is gone: one in hand waits again, one that rang rings elsewhere, one that was
// wrapped up closes.
func (s Session) Lose(expert ExpertID, now time.Time) Session {
	switch {
	case s.State == Queued && s.Ringing.At == expert:
		s.Ringing = Ringing{}
	case s.State == Active && s.Expert == expert:
		s.Wants = Wants{Former: s.Wants.Former, Transfers: s.Wants.Transfers}
		s.Expert, s.State, s.WaitTime = ExpertID{}, Queued, now
	case s.State == WrapUp && s.Expert == expert:
		return s.closedBySystem(AbandonedInChat, now)
	default:
		return s
	}
	s.Epoch++
	return s
}

// EndTalk begins the wrap-up of an ACTIVE session: nobody writes any more, and its expert says how it ended.
func (s Session) EndTalk(now time.Time) (Session, error) {
	switch {
	case s.State == WrapUp:
		return s, nil
	case s.State != Active || s.Channel == ChannelGuide:
		return s, Errorf(FailedPrecondition, "session is %s: only an ACTIVE one has a talk to end", s.State)
	}
	s.State, s.LeaveTime = WrapUp, now
	return s, nil
}

// Leave ends the session by the shopper's wish; leaving again changes nothing.
func (s Session) Leave(now time.Time) Session {
	if s.State == Closed || s.State == WrapUp {
		return s
	}
	if s.State == Active && s.Channel != ChannelGuide {
		s.State, s.LeaveTime = WrapUp, now // the expert still says how it ended
		return s
	}
	if s.Channel != ChannelGuide {
		return s.closedBySystem(AbandonedInQueue, now)
	}
	s.State, s.EndTime = Closed, now
	return s
}

// GiveUp closes a waiting session to which nobody will come.
func (s Session) GiveUp(now time.Time) Session {
	if s.State != Queued {
		return s
	}
	return s.closedBySystem(ExpertNoShow, now)
}

// Finish closes a session that its expert left in WRAP_UP for too long.
func (s Session) Finish(now time.Time) Session {
	if s.State != WrapUp {
		return s
	}
	return s.closedBySystem(AbandonedInChat, now)
}

func (s Session) closedBySystem(d Disposition, now time.Time) Session {
	s.State, s.Disposition, s.EndTime, s.Ringing = Closed, d, now, Ringing{}
	s.Wants = Wants{Former: s.Wants.Former}
	s.Engaged = s.Engaged || d.Met()
	return s
}

// Close ends the session with the expert's disposition; start and end may be given for work done elsewhere.
// Closing again with the same words and times changes nothing; with others it is FailedPrecondition.
// Without start and end the effort is that of the expert's WorkClock, which the store adds.
func (s Session) Close(disposition Disposition, note string, tags []string, start, end, now time.Time) (Session, error) {
	if s.State == Closed {
		if s.closedWith(disposition, note, tags, start, end) {
			return s, nil
		}
		return s, Errorf(FailedPrecondition, "session is CLOSED: how it ended is final, and it never reopens")
	}
	if s.Channel == ChannelGuide {
		return s, Errorf(FailedPrecondition, "a GUIDE session has no expert to close it; the shopper leaves it")
	}
	elsewhere := !start.IsZero() || !end.IsZero()
	if start.IsZero() {
		start = s.StartTime
	}
	if start.IsZero() {
		start = now
	}
	if end.IsZero() {
		if end = now; !elsewhere && end.Before(start) { // it was accepted while this request waited for the session
			end = start
		}
	}
	switch {
	case end.Before(start):
		return s, Invalid("endTime", "is before the start of the work, %s", start.UTC().Format(time.RFC3339))
	case end.After(now.Add(MaxClockSkew)):
		return s, Invalid("endTime", "is in the future")
	case end.Sub(start) > MaxSessionLength:
		return s, Invalid("endTime", "makes the session longer than %s", MaxSessionLength)
	}
	s.State, s.Disposition, s.Note, s.Tags = Closed, disposition, note, tags
	s.StartTime, s.EndTime, s.Ringing = start, end, Ringing{}
	s.Wants = Wants{Former: s.Wants.Former}
	if disposition.Met() {
		s.Engaged = true
	}
	if s.Effort.Told = elsewhere; elsewhere {
		s.ExpertSeconds = int64(end.Sub(start).Round(time.Second) / time.Second)
	}
	return s, nil
}

// closedWith tells whether a closed session was closed in these words, and at these times where they are given.
func (s Session) closedWith(disposition Disposition, note string, tags []string, start, end time.Time) bool {
	return s.Disposition == disposition && s.Note == note && slices.Equal(s.Tags, tags) &&
		(start.IsZero() || start.Equal(s.StartTime)) && (end.IsZero() || end.Equal(s.EndTime))
}

// formerly remembers who had a session; the oldest is forgotten.
func formerly(all []ExpertID, expert ExpertID) []ExpertID {
	if slices.Contains(all, expert) {
		return all
	}
	if len(all) > MaxTransfers {
		all = all[1:]
	}
	return append(slices.Clone(all), expert)
}

// MissCall closes a callback whose time passed without a call.
func (s Session) MissCall(now time.Time) Session {
	if s.State != Queued || s.Channel != ChannelCallback {
		return s
	}
	s.Callback.Calls = append(slices.Clone(s.Callback.Calls), Call{Start: s.Callback.NotAfter, End: s.Callback.NotAfter, Outcome: CallMissed})
	return s.closedBySystem(ExpertNoShow, now)
}
