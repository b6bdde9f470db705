package troubleshoot

import "time"

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
	RequestID             string   // of the request that made it; "" is none
	Expert                ExpertID // who has it; nobody until accepted
	Epoch                 int64    // of ownership: grows whenever the session comes into another hand
	Ringing               Ringing  // at whom it rings while QUEUED
	Wants                 Wants    // whom it is for, while QUEUED
	Callback              Callback // of a CALLBACK
	Disposition           Disposition
	Note                  string
	Tags                  []string
	Answer                Answer
	Outvoted              bool // a session of the same order line was answered later: that vote counts
	Engaged               bool // the shopper completed a step, or wrote, or met an expert
	CreateTime            time.Time
	QueueTime             time.Time // since when a human is wanted; zero for GUIDE
	WaitTime              time.Time // since when it waits now: QueueTime, or when it was handed on or its expert was lost
	AcceptTime            time.Time // when an expert first accepted; zero: nobody yet
	HandTime              time.Time // when it came into the present hand, or the last one
	ReplyTime             time.Time // first words of a human expert; zero: none yet
	LeaveTime             time.Time // when the talk ended and its wrap-up began; zero: not yet
	StartTime, EndTime    time.Time // of the expert's work; EndTime of the session; zero: not yet
	ExpertSeconds         int64     // effort that the savings pay for
	Effort                Effort
	Credit                GuideRevision // the guide that was followed first, as it stood when the session closed
}

// GuideRevision names one published state of a guide of the session's seller; zero is none.
type GuideRevision struct {
	Guide    string
	Revision int64
}

// Ringing is a session that was routed to an expert who has not accepted it yet; zero: it rings nowhere.
type Ringing struct {
	At    ExpertID
	Until time.Time
}

// Declined is an expert to whom a session does not come again for a while.
type Declined struct {
	Expert ExpertID  `json:"expert"`
	Until  time.Time `json:"until"`
}

// Wants narrows whom a waiting session is routed to.
type Wants struct {
	For       ExpertID   `json:"for,omitzero"`        // a transfer to one expert
	Skill     string     `json:"skill,omitempty"`     // a transfer to those with a skill
	Sticky    ExpertID   `json:"sticky,omitzero"`     // who helped on this order line within a day
	Declined  []Declined `json:"declined,omitempty"`  // who declined, or did not answer
	Former    []ExpertID `json:"former,omitempty"`    // who had it, or at whom it rang
	Transfers int        `json:"transfers,omitempty"` // how often it changed hands
}

// Callback is a call that the shopper asked for; the number is personal data.
type Callback struct {
	Phone               string // E.164
	NotBefore, NotAfter time.Time
	Calls               []Call
}

// CallOutcome is what became of a call.
type CallOutcome int8

// Outcomes, by their stored numbers.
const (
	CallReached  CallOutcome = 1
	CallNoAnswer CallOutcome = 2
	CallMissed   CallOutcome = 3 // the time passed without a call
)

// Call is one call that was tried, or missed.
type Call struct {
	Expert  string      `json:"expert,omitempty"`
	Start   time.Time   `json:"start"`
	End     time.Time   `json:"end"`
	Outcome CallOutcome `json:"outcome"`
}

// Effort adds up what a session costs of its experts' time, by the clocks of those who have it in turn.
type Effort struct {
	Spent time.Duration // by those who had it before
	From  time.Duration // the present owner's WorkClock.Effort when the session came
	Told  bool          // the work was done elsewhere, and its expert has told how long it took
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

// String gives the API's name of the state.
func (s SessionState) String() string {
	return [...]string{"STATE_UNSPECIFIED", "QUEUED", "ACTIVE", "WRAP_UP", "CLOSED"}[min(max(s, 0), Closed)]
}
