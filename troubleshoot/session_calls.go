package troubleshoot

import (
	"slices"
	"time"
)

// Bounds of the calls of one session.
const (
	MaxCallTries = 3                // calls that nobody answered, before the session is over
	CallAgain    = 30 * time.Minute // before a call that nobody answered is tried again
	MaxCalls     = 20               // of one session, answered or not
)

// RecordCall adds a call that the session's expert made. Where it reached the shopper, the session stays ACTIVE until its expert
// closes it. Where nobody answered, it waits again for another call, or is over when there is no further try or no time for one;
// once the shopper was reached, it stays with its expert all the same. The same call again changes nothing.
func (s Session) RecordCall(call Call, now time.Time) (Session, error) {
	if s.HasCall(call) {
		return s, nil
	}
	if s.Channel != ChannelCallback || s.State != Active {
		return s, Errorf(FailedPrecondition, "session is %s: calls are recorded of an ACTIVE CALLBACK session", s.State)
	}
	if len(s.Callback.Calls) >= MaxCalls {
		return s, Errorf(FailedPrecondition, "the session has had %d calls, the most that it may; close it with a disposition", MaxCalls)
	}
	if err := s.checkCall(call, now); err != nil {
		return s, err
	}
	s.Callback.Calls = append(slices.Clone(s.Callback.Calls), call)
	if call.Outcome == CallReached {
		s.Engaged = true
		if s.ReplyTime.IsZero() {
			s.ReplyTime = call.Start
		}
		return s, nil
	}
	again := now.Add(CallAgain)
	switch {
	case s.count(CallReached) > 0:
		return s, nil
	case s.count(CallNoAnswer) >= MaxCallTries || !again.Before(s.Callback.NotAfter):
		return s.closedBySystem(ExpertNoShow, now), nil
	}
	return s.callLater().callBetween(again, s.Callback.NotAfter), nil
}

// HasCall tells whether a call was recorded already.
func (s Session) HasCall(call Call) bool {
	return slices.ContainsFunc(s.Callback.Calls, func(c Call) bool {
		return c.Expert == call.Expert && c.Outcome == call.Outcome && c.Start.Equal(call.Start) && c.End.Equal(call.End)
	})
}

func (s Session) count(outcome CallOutcome) (n int) {
	for _, c := range s.Callback.Calls {
		if c.Outcome == outcome {
			n++
		}
	}
	return n
}

// checkCall refuses times that a call cannot have had.
func (s Session) checkCall(c Call, now time.Time) error {
	switch {
	case c.End.Before(c.Start):
		return Invalid("endTime", "is before startTime, %s", c.Start.UTC().Format(time.RFC3339))
	case c.End.After(now.Add(MaxClockSkew)):
		return Invalid("endTime", "is in the future")
	case c.End.Sub(c.Start) > MaxSessionLength:
		return Invalid("endTime", "makes the call longer than %s", MaxSessionLength)
	case c.Start.Before(s.CreateTime.Add(-MaxClockSkew)):
		return Invalid("startTime", "is before the call was asked for, %s", s.CreateTime.UTC().Format(time.RFC3339))
	}
	return nil
}

// callLater puts an ACTIVE session back into the queue. Who called before is asked first, should they be on. The work begins
// anew with the next call: hours, or days, in between are nobody's work.
func (s Session) callLater() Session {
	s.Wants = Wants{Sticky: s.Expert, Former: s.Wants.Former, Transfers: s.Wants.Transfers}
	s.Expert, s.State, s.StartTime = ExpertID{}, Queued, time.Time{}
	s.Epoch++
	return s
}

// Reschedule gives the call another stretch of time. One that is ACTIVE waits again, which is for its expert to say; one that
// rings stops ringing, since who accepts it would call at the wrong time. The same stretch again changes nothing.
func (s Session) Reschedule(from, until time.Time) (Session, error) {
	if s.Channel != ChannelCallback || s.State != Queued && s.State != Active {
		return s, Errorf(FailedPrecondition, "session is %s: only a CALLBACK that waits or is ACTIVE has a call to come", s.State)
	}
	if s.State == Queued && s.Callback.NotBefore.Equal(from) && s.Callback.NotAfter.Equal(until) {
		return s, nil
	}
	switch {
	case s.State == Active:
		s = s.callLater()
	case s.Ringing.At.IsSet():
		s.Ringing = Ringing{}
		s.Epoch++
	}
	return s.callBetween(from, until), nil
}

// callBetween says when the call is wanted, from when on it waits.
func (s Session) callBetween(from, until time.Time) Session {
	s.Callback.NotBefore, s.Callback.NotAfter = from, until
	s.QueueTime, s.WaitTime = from, from
	return s
}
