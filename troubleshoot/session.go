package troubleshoot

import (
	"slices"
	"time"
)

// SessionState is where a session stands: QUEUED → ACTIVE → WRAP_UP → CLOSED; GUIDE sessions start ACTIVE.
type SessionState int8

// States of a session, by their stored numbers.
const (
	Queued SessionState = 1
	Active SessionState = 2
	WrapUp SessionState = 3
	Closed SessionState = 4
)

// Disposition is the expert's statement at close.
type Disposition int8

// Dispositions, by their stored numbers; zero is none.
const (
	FixedKept           Disposition = 1
	KeptUnfixed         Disposition = 2
	SentReplacementPart Disposition = 3
	Exchanged           Disposition = 4
	ReturnTrueFault     Disposition = 5
	ReturnWrongFit      Disposition = 6
	ReturnChangedMind   Disposition = 7
	AbandonedInQueue    Disposition = 8
	AbandonedInChat     Disposition = 9
	ExpertNoShow        Disposition = 10
	SafetyStop          Disposition = 11
)

// Met tells whether expert and shopper came together in a session that closed so.
func (d Disposition) Met() bool { return d != 0 && d != AbandonedInQueue && d != ExpertNoShow }

// StepResult is what trying a step did.
type StepResult int8

// Step results, by their stored numbers.
const (
	StepFixed    StepResult = 1
	StepNotFixed StepResult = 2
	StepSkipped  StepResult = 3
)

// Solved is the shopper's answer to "Did this solve your problem?".
type Solved int8

// Answers, by their stored numbers; zero is none.
const (
	SolvedYes Solved = 1
	SolvedNo  Solved = 2
)

// Answer is the shopper's, once per session.
type Answer struct {
	Solved  Solved
	Score   int64 // 1 to 5; 0: none
	Comment string
	Time    time.Time
}

// Session is one help session inside an intercept.
type Session struct {
	ID, Intercept, Seller string
	Channel               Channel
	State                 SessionState
	Locale                string
	RequestID             string // of the request that made it; "" is none
	Expert                string // "" until accepted
	Disposition           Disposition
	Note                  string
	Tags                  []string
	Answer                Answer
	Engaged               bool // the shopper completed a step, or met an expert
	CreateTime            time.Time
	StartTime, EndTime    time.Time // of the expert's work; EndTime of the session; zero: not yet
	ExpertSeconds         int64     // effort that the savings pay for
}

// StepRecord is the latest result of one guide step in a session.
type StepRecord struct {
	Session, Guide string
	Revision       int64
	Step           string
	Result         StepResult
	Elapsed        time.Duration
	Time           time.Time
}

// Accept makes expert the one expert of the session, for good. A session that is not QUEUED, or that another expert has,
// gives Aborted; accepting again by the same expert changes nothing.
func (s Session) Accept(expert string, now time.Time) (Session, error) {
	if s.Expert == expert && s.State == Active {
		return s, nil
	}
	if s.State != Queued || s.Expert != "" {
		return s, Errorf(Aborted, "session is %s and cannot be accepted; list QUEUED sessions and take another", s.State)
	}
	s.Expert, s.State, s.StartTime = expert, Active, now
	return s, nil
}

// Close ends the session with the expert's disposition; start and end may be given for work done elsewhere.
// Closing again with the same words and times changes nothing; with others it is FailedPrecondition.
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
	if start.IsZero() {
		start = s.StartTime
	}
	if start.IsZero() {
		start = now
	}
	if end.IsZero() {
		end = now
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
	s.StartTime, s.EndTime = start, end
	if disposition.Met() {
		s.Engaged = true
	}
	s.ExpertSeconds = int64(end.Sub(start).Round(time.Second) / time.Second)
	return s, nil
}

// closedWith tells whether a closed session was closed in these words, and at these times where they are given.
func (s Session) closedWith(disposition Disposition, note string, tags []string, start, end time.Time) bool {
	return s.Disposition == disposition && s.Note == note && slices.Equal(s.Tags, tags) &&
		(start.IsZero() || start.Equal(s.StartTime)) && (end.IsZero() || end.Equal(s.EndTime))
}

// Leave ends the session by the shopper's wish; leaving again changes nothing.
func (s Session) Leave(now time.Time) Session {
	if s.State == Closed || s.State == WrapUp {
		return s
	}
	if s.State == Active && s.Channel != ChannelGuide {
		s.State = WrapUp // the expert still says how it ended
		return s
	}
	if s.Channel != ChannelGuide {
		s.Disposition = AbandonedInQueue
	}
	s.State, s.EndTime = Closed, now
	return s
}

// String gives the API's name of the state.
func (s SessionState) String() string {
	return [...]string{"STATE_UNSPECIFIED", "QUEUED", "ACTIVE", "WRAP_UP", "CLOSED"}[min(max(s, 0), Closed)]
}
