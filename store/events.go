package store

import (
	"reflect"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Kinds of events, by their stored numbers.
const (
	eventMessage = 1
	eventChange  = 2
	eventStep    = 3
)

// stepBody is what the log keeps of a step's result.
type stepBody struct {
	Guide    string                  `json:"guide"`
	Revision int64                   `json:"revision"`
	Step     string                  `json:"step"`
	Result   troubleshoot.StepResult `json:"result"`
}

// selectPlace gives the number of a session's last event, and of the one that the sender wrote with a client id; 0 for none.
// Asking first and then inserting is faster than an upsert that returns: SQLite opens a table of its own for what is returned.
const selectPlace = `SELECT COALESCE((SELECT seq FROM session_events WHERE session = $1 ORDER BY seq DESC LIMIT 1), 0),
  COALESCE((SELECT seq FROM session_events WHERE session = $1 AND client_id = $2 AND sender = $3 AND expert = $4 AND client_id <> ''), 0)`

// AppendEvent writes the next entry of a session's log and gives it with its number. The session must be locked. Where the
// sender has used the event's client id before, the first event comes back if it is the same, else Aborted.
func (tx *Tx) AppendEvent(e troubleshoot.Event) (troubleshoot.Event, error) {
	var last, same int64
	if err := tx.row(selectPlace, e.Session, e.ClientID, e.Sender, e.Expert).Scan(&last, &same); err != nil {
		return e, wrap("find the log's end", err)
	}
	switch {
	case same > 0:
		return tx.sameEvent(e)
	case last >= troubleshoot.MaxSessionEvents && e.Sender != troubleshoot.BySystem:
		return e, troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the session has %d events, the most that it may; end it and start another", troubleshoot.MaxSessionEvents)
	}
	e.Seq = last + 1
	kind, body := eventColumns(e)
	_, err := tx.exec(`INSERT INTO session_events (session, seq, time, sender, expert, client_id, kind, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Session, e.Seq, micros(e.Time), e.Sender, e.Expert, e.ClientID, kind, body)
	return e, wrap("append event", err)
}

// sameEvent gives the event that the client id was used for; another content is Aborted.
func (tx *Tx) sameEvent(e troubleshoot.Event) (troubleshoot.Event, error) {
	first, err := tx.EventOfClient(e)
	if err == nil && !reflect.DeepEqual(first.Message, e.Message) {
		err = troubleshoot.Errorf(troubleshoot.Aborted, "clientMessageId: was used for another message; use a new one for a new message")
	}
	return first, err
}

func eventColumns(e troubleshoot.Event) (kind int, body string) {
	switch {
	case e.Message != nil:
		return eventMessage, toJSON(e.Message)
	case e.Change != nil:
		return eventChange, toJSON(e.Change)
	}
	return eventStep, toJSON(stepBody{Guide: e.Step.Guide, Revision: e.Step.Revision, Step: e.Step.Step, Result: e.Step.Result})
}

const selectEvents = `SELECT session, seq, time, sender, expert, client_id, kind, body FROM session_events WHERE session = $1`

func scanEvent(scan func(...any) error) (troubleshoot.Event, error) {
	var e troubleshoot.Event
	var at int64
	var kind int
	var body string
	if err := scan(&e.Session, &e.Seq, &at, &e.Sender, &e.Expert, &e.ClientID, &kind, &body); err != nil {
		return e, err
	}
	e.Time = fromMicros(at)
	switch kind {
	case eventMessage:
		e.Message = &troubleshoot.Message{}
		return e, fromJSON(body, e.Message)
	case eventChange:
		e.Change = &troubleshoot.StateChange{}
		return e, fromJSON(body, e.Change)
	}
	var step stepBody
	err := fromJSON(body, &step)
	e.Step = &troubleshoot.StepRecord{Session: e.Session, Guide: step.Guide, Revision: step.Revision, Step: step.Step, Result: step.Result, Time: e.Time}
	return e, err
}

// Events gives a session's log after a number, in order, at most limit entries.
func (tx *Tx) Events(session string, after int64, limit int) ([]troubleshoot.Event, error) {
	rows, err := tx.query(selectEvents+` AND seq > $2 ORDER BY seq LIMIT $3`, session, after, limit)
	events, err := collect(rows, err, scanEvent)
	return events, wrap("read events", err)
}

// EventOfClient gives the event that the sender of another wrote with its client id, or NotFound. Ids are each sender's own, and
// each expert's who had the session.
func (tx *Tx) EventOfClient(of troubleshoot.Event) (troubleshoot.Event, error) {
	e, err := scanEvent(tx.row(selectEvents+` AND client_id = $2 AND sender = $3 AND expert = $4 AND client_id <> ''`, of.Session, of.ClientID, of.Sender, of.Expert).Scan)
	return e, found(err, "message", of.ClientID)
}

// LastSeq gives the number of the last entry of a session's log, 0 for an empty one.
func (tx *Tx) LastSeq(session string) (int64, error) {
	var last int64
	err := tx.row(`SELECT COALESCE((SELECT seq FROM session_events WHERE session = $1 ORDER BY seq DESC LIMIT 1), 0)`, session).Scan(&last)
	return last, wrap("read the log's end", err)
}
