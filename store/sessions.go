package store

import (
	"errors"
	"reflect"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

const sessionColumns = `id, intercept, seller, channel, state, locale, request_id, expert_seller, expert, owner_epoch, ring_seller, ring_expert,
  ring_until, wants, phone, call_from, call_until, calls, disposition, note, tags, solved, score, answer_comment, answer_time, outvoted, engaged,
  create_time, queue_time, wait_time, accept_time, hand_time, reply_time, leave_time, start_time, end_time, expert_seconds, effort, effort_from, credit_guide, credit_revision`

func scanSession(scan func(...any) error) (troubleshoot.Session, error) {
	var s troubleshoot.Session
	var wants, calls, tags string
	var ringUntil, callFrom, callUntil, answered, created, queued, waits, accepted, hand, replied, left, started, ended, effort, effortFrom int64
	err := scan(&s.ID, &s.Intercept, &s.Seller, &s.Channel, &s.State, &s.Locale, &s.RequestID, &s.Expert.Seller, &s.Expert.Name, &s.Epoch,
		&s.Ringing.At.Seller, &s.Ringing.At.Name, &ringUntil, &wants, &s.Callback.Phone, &callFrom, &callUntil, &calls, &s.Disposition, &s.Note, &tags,
		&s.Answer.Solved, &s.Answer.Score, &s.Answer.Comment, &answered, &s.Outvoted, &s.Engaged, &created, &queued, &waits, &accepted, &hand, &replied, &left,
		&started, &ended, &s.ExpertSeconds, &effort, &effortFrom, &s.Credit.Guide, &s.Credit.Revision)
	if err != nil {
		return s, err
	}
	s.Ringing.Until, s.Callback.NotBefore, s.Callback.NotAfter = fromMicros(ringUntil), fromMicros(callFrom), fromMicros(callUntil)
	s.Answer.Time, s.CreateTime, s.QueueTime, s.AcceptTime = fromMicros(answered), fromMicros(created), fromMicros(queued), fromMicros(accepted)
	s.WaitTime, s.HandTime = fromMicros(waits), fromMicros(hand)
	s.ReplyTime, s.LeaveTime, s.StartTime, s.EndTime = fromMicros(replied), fromMicros(left), fromMicros(started), fromMicros(ended)
	s.Effort = troubleshoot.Effort{Spent: microseconds(effort), From: microseconds(effortFrom)}
	return s, errors.Join(fromJSON(wants, &s.Wants), fromJSON(calls, &s.Callback.Calls), fromJSON(tags, &s.Tags))
}

// microseconds is a duration of a column.
func microseconds(us int64) time.Duration { return time.Duration(us) * time.Microsecond }

// wantsColumn is ” for most sessions, which want nobody in particular.
func wantsColumn(w troubleshoot.Wants) string {
	if reflect.ValueOf(w).IsZero() {
		return ""
	}
	return toJSON(w)
}

func callsColumn(calls []troubleshoot.Call) string {
	if len(calls) == 0 {
		return ""
	}
	return toJSON(calls)
}

func (tx *Tx) insertSession(s troubleshoot.Session) error {
	_, err := tx.exec(`INSERT INTO sessions (`+sessionColumns+`)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30,
  $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41)`,
		s.ID, s.Intercept, s.Seller, s.Channel, s.State, s.Locale, s.RequestID, s.Expert.Seller, s.Expert.Name, s.Epoch, s.Ringing.At.Seller,
		s.Ringing.At.Name, micros(s.Ringing.Until), wantsColumn(s.Wants), s.Callback.Phone, micros(s.Callback.NotBefore), micros(s.Callback.NotAfter),
		callsColumn(s.Callback.Calls), s.Disposition, s.Note, toJSON(s.Tags), s.Answer.Solved, s.Answer.Score, s.Answer.Comment, micros(s.Answer.Time),
		s.Outvoted, s.Engaged, micros(s.CreateTime), micros(s.QueueTime), micros(s.WaitTime), micros(s.AcceptTime), micros(s.HandTime), micros(s.ReplyTime), micros(s.LeaveTime),
		micros(s.StartTime), micros(s.EndTime), s.ExpertSeconds, s.Effort.Spent.Microseconds(), s.Effort.From.Microseconds(), s.Credit.Guide, s.Credit.Revision)
	return wrap("keep session", err)
}

// updateSession writes what changes in a session.
func (tx *Tx) updateSession(s troubleshoot.Session) error {
	_, err := tx.exec(`UPDATE sessions SET state = $2, expert_seller = $3, expert = $4, owner_epoch = $5, ring_seller = $6, ring_expert = $7,
  ring_until = $8, wants = $9, phone = $10, call_from = $11, call_until = $12, calls = $13, disposition = $14, note = $15, tags = $16, solved = $17,
  score = $18, answer_comment = $19, answer_time = $20, outvoted = $21, engaged = $22, queue_time = $23, accept_time = $24, reply_time = $25,
  leave_time = $26, start_time = $27, end_time = $28, expert_seconds = $29, effort = $30, effort_from = $31, credit_guide = $32, credit_revision = $33, wait_time = $34, hand_time = $35
WHERE id = $1`,
		s.ID, s.State, s.Expert.Seller, s.Expert.Name, s.Epoch, s.Ringing.At.Seller, s.Ringing.At.Name, micros(s.Ringing.Until), wantsColumn(s.Wants),
		s.Callback.Phone, micros(s.Callback.NotBefore), micros(s.Callback.NotAfter), callsColumn(s.Callback.Calls), s.Disposition, s.Note, toJSON(s.Tags),
		s.Answer.Solved, s.Answer.Score, s.Answer.Comment, micros(s.Answer.Time), s.Outvoted, s.Engaged, micros(s.QueueTime), micros(s.AcceptTime),
		micros(s.ReplyTime), micros(s.LeaveTime), micros(s.StartTime), micros(s.EndTime), s.ExpertSeconds, s.Effort.Spent.Microseconds(),
		s.Effort.From.Microseconds(), s.Credit.Guide, s.Credit.Revision, micros(s.WaitTime), micros(s.HandTime))
	return wrap("save session", err)
}

// Session gives a session, or NotFound.
func (tx *Tx) Session(id string) (troubleshoot.Session, error) {
	s, err := scanSession(tx.row(`SELECT `+sessionColumns+` FROM sessions WHERE id = $1`, id).Scan)
	return s, found(err, "session", id)
}

// LockSession gives a session and keeps others from changing it until the transaction ends; NotFound when missing.
func (tx *Tx) LockSession(id string) (troubleshoot.Session, error) {
	s, err := scanSession(tx.row(`SELECT `+sessionColumns+` FROM sessions WHERE id = $1`+tx.dialect.forUpdate, id).Scan)
	return s, found(err, "session", id)
}

// SessionsOf gives the sessions of an intercept, oldest first.
func (tx *Tx) SessionsOf(intercept string) ([]troubleshoot.Session, error) {
	rows, err := tx.query(`SELECT `+sessionColumns+` FROM sessions WHERE intercept = $1 ORDER BY id`, intercept)
	sessions, err := collect(rows, err, scanSession)
	return sessions, wrap("read sessions", err)
}

// SessionOfRequest gives the session that a request id made in an intercept, or NotFound.
func (tx *Tx) SessionOfRequest(intercept, requestID string) (troubleshoot.Session, error) {
	s, err := scanSession(tx.row(`SELECT `+sessionColumns+` FROM sessions WHERE intercept = $1 AND request_id = $2`, intercept, requestID).Scan)
	return s, found(err, "session", requestID)
}

// SessionFilter narrows Sessions; zero values do not.
type SessionFilter struct {
	Seller   string
	Expert   string                // has it, whatever the team
	Hand     troubleshoot.ExpertID // has it, or it rings there
	State    troubleshoot.SessionState
	From, To time.Time // created at or after, and before
	Before   string    // ids before this one
	Limit    int
}

// selectSessions takes the seller's index where there is a seller, and that of the queue for QUEUED sessions, which the
// query must name; with an OR for none, SQLite would read every session.
const (
	selectSessions = `SELECT ` + sessionColumns + ` FROM sessions
WHERE ($2 = '' OR expert = $2) AND ($3 = '' OR (expert = $3 AND expert_seller = $4) OR (ring_expert = $3 AND ring_seller = $4)) AND ($5 = 0 OR state = $5)
  AND create_time >= $6 AND (create_time < $7 OR $7 = 0) AND ($8 = '' OR id < $8) AND `
	inQueue       = `state = 1 AND `
	ofSeller      = `seller = $1 ORDER BY id DESC LIMIT $9`
	ofEverySeller = `CAST($1 AS TEXT) = '' ORDER BY id DESC LIMIT $9`
)

// Sessions lists sessions, newest first.
func (tx *Tx) Sessions(f SessionFilter) ([]troubleshoot.Session, error) {
	query := selectSessions
	if f.State == troubleshoot.Queued {
		query += inQueue
	}
	if f.Seller != "" {
		query += ofSeller
	} else {
		query += ofEverySeller
	}
	rows, err := tx.query(query, f.Seller, f.Expert, f.Hand.Name, f.Hand.Seller, int64(f.State), micros(f.From), micros(f.To), f.Before, f.Limit)
	sessions, err := collect(rows, err, scanSession)
	return sessions, wrap("list sessions", err)
}

// selectSample takes the random bits of ids for the lot: the same sessions until they are reviewed, and then others.
const selectSample = selectSessions + `id >= $10 AND state = 4 AND expert <> '' AND (CAST($1 AS TEXT) = '' OR seller = $1)
  AND NOT EXISTS (SELECT 1 FROM session_reviews r WHERE r.session = sessions.id) ORDER BY substr(id, 20), id LIMIT $9`

// SampleSessions draws CLOSED sessions that an expert had and nobody has reviewed.
func (tx *Tx) SampleSessions(f SessionFilter) ([]troubleshoot.Session, error) {
	rows, err := tx.query(selectSample, f.Seller, f.Expert, f.Hand.Name, f.Hand.Seller, int64(f.State), micros(f.From), micros(f.To), f.Before, f.Limit, idAt(f.From))
	sessions, err := collect(rows, err, scanSession)
	return sessions, wrap("sample sessions", err)
}

// Steps gives the recorded steps of a session, in the order of their latest recording.
func (tx *Tx) Steps(session string) ([]troubleshoot.StepRecord, error) {
	rows, err := tx.query(`SELECT guide, revision, step, result, elapsed, record_time FROM session_steps
WHERE session = $1 ORDER BY record_time, guide, revision, step`, session)
	steps, err := collect(rows, err, func(scan func(...any) error) (troubleshoot.StepRecord, error) {
		r := troubleshoot.StepRecord{Session: session}
		var elapsed, at int64
		err := scan(&r.Guide, &r.Revision, &r.Step, &r.Result, &elapsed, &at)
		r.Elapsed, r.Time = time.Duration(elapsed)*time.Microsecond, fromMicros(at)
		return r, err
	})
	return steps, wrap("read steps", err)
}
