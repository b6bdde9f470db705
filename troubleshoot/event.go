package troubleshoot

import (
	"strconv"
	"time"
)

// Sender is who an event of a session comes from.
type Sender int8

// Senders, by their stored numbers. BySystem is automatic and is shown as such.
const (
	ByShopper Sender = 1
	ByExpert  Sender = 2
	BySystem  Sender = 3
)

// Event is one entry of a session's append-only log. Exactly one of Message, Change and Step is set.
type Event struct {
	Session  string
	Seq      int64 // dense from 1
	Time     time.Time
	Sender   Sender
	Expert   string // the expert's name, where the sender is one
	ClientID string // of the request that sent it: asking again gives the same event; "" is none
	Message  *Message
	Change   *StateChange
	Step     *StepRecord
}

// Size is about how many bytes the event takes in a reply.
func (e Event) Size() int {
	const frame = 256
	if e.Message == nil {
		return frame
	}
	size := frame + len(e.Message.Text)
	if c := e.Message.Card; c != nil {
		size += len(c.HTML) + len(c.Instruction) + len(c.Title)
	}
	return size
}

// Message is what one party wrote, or a step of a guide sent as a card.
type Message struct {
	Text   string    `json:"text,omitempty"` // card numbers are masked
	Reply  string    `json:"reply,omitempty"`
	Card   *StepCard `json:"card,omitempty"`
	Masked bool      `json:"masked,omitempty"` // something that looked like a card number was masked
}

// StepCard is a step of a published guide inside a chat, which the shopper can answer.
type StepCard struct {
	Guide       string `json:"guide"` // id within the seller
	Revision    int64  `json:"revision"`
	Step        string `json:"step"`
	Title       string `json:"title"`
	HTML        string `json:"html"`
	Instruction string `json:"instruction"`
	Stop        string `json:"stop,omitempty"` // when to stop, in plain text
}

// StateChange is a change of a session that both parties see.
type StateChange struct {
	State  SessionState `json:"state"`
	Reason ChangeReason `json:"reason"`
	Expert string       `json:"expert,omitempty"` // id of who has the session after it
	Shown  string       `json:"shown,omitempty"`  // the name that this expert goes by
}

// ChangeReason is why a session changed: one of a documented set.
type ChangeReason string

// Reasons of changes.
const (
	ChangeStarted      ChangeReason = "STARTED"         // the session was made
	ChangeAccepted     ChangeReason = "ACCEPTED"        // an expert is there
	ChangeTransferred  ChangeReason = "TRANSFERRED"     // the expert handed it on
	ChangeTakenOver    ChangeReason = "TAKEN_OVER"      // a supervisor gave it to another expert
	ChangeExpertLost   ChangeReason = "EXPERT_LOST"     // the expert's connection is gone; somebody else will go on
	ChangeShopperLeft  ChangeReason = "SHOPPER_LEFT"    // the shopper ended it
	ChangeWrapUp       ChangeReason = "WRAP_UP"         // the expert ended the talk and writes it up
	ChangeIdle         ChangeReason = "IDLE"            // nobody wrote for long
	ChangeClosed       ChangeReason = "CLOSED"          // the expert closed it
	ChangeNobodyComes  ChangeReason = "NOBODY_COMES"    // no expert will come in time
	ChangeCallMissed   ChangeReason = "CALL_MISSED"     // a call was tried, or its time passed
	ChangeRescheduled  ChangeReason = "RESCHEDULED"     // the call has a new time
	ChangeLeftUnclosed ChangeReason = "LEFT_UNFINISHED" // the expert never said how it ended
)

func itoa(n int) string { return strconv.Itoa(n) }
