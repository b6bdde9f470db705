package store

import (
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

const sessionColumns = `id, intercept, seller, channel, state, locale, request_id, expert, disposition, note, tags, solved, score,
  answer_comment, answer_time, engaged, create_time, start_time, end_time, expert_seconds`

func scanSession(scan func(...any) error) (troubleshoot.Session, error) {
	var s troubleshoot.Session
	var tags string
	var answered, created, started, ended int64
	err := scan(&s.ID, &s.Intercept, &s.Seller, &s.Channel, &s.State, &s.Locale, &s.RequestID, &s.Expert, &s.Disposition, &s.Note, &tags,
		&s.Answer.Solved, &s.Answer.Score, &s.Answer.Comment, &answered, &s.Engaged, &created, &started, &ended, &s.ExpertSeconds)
	if err != nil {
		return s, err
	}
	s.Answer.Time, s.CreateTime, s.StartTime, s.EndTime = fromMicros(answered), fromMicros(created), fromMicros(started), fromMicros(ended)
	return s, fromJSON(tags, &s.Tags)
}

// KeepSession stores a new session of an intercept.
func (tx *Tx) KeepSession(i troubleshoot.Intercept, s troubleshoot.Session, now time.Time) error {
	if err := tx.LockIntercept(i); err != nil {
		return err
	}
	if err := tx.insertSession(s); err != nil {
		return err
	}
	return tx.refold(i.Line.Seller, i.Line.OrderID, i.Line.LineID, now)
}

func (tx *Tx) insertSession(s troubleshoot.Session) error {
	_, err := tx.exec(`INSERT INTO sessions (`+sessionColumns+`)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		s.ID, s.Intercept, s.Seller, s.Channel, s.State, s.Locale, s.RequestID, s.Expert, s.Disposition, s.Note, toJSON(s.Tags), s.Answer.Solved,
		s.Answer.Score, s.Answer.Comment, micros(s.Answer.Time), s.Engaged, micros(s.CreateTime), micros(s.StartTime), micros(s.EndTime),
		s.ExpertSeconds)
	return wrap("keep session", err)
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

// SaveSession replaces what changes in a session that LockSession gave, and brings the intercept up to it.
func (tx *Tx) SaveSession(s troubleshoot.Session, now time.Time) error {
	i, err := tx.Intercept(s.Intercept)
	if err != nil {
		return err
	}
	if err := tx.LockIntercept(i); err != nil {
		return err
	}
	if _, err := tx.exec(`UPDATE sessions SET state = $2, expert = $3, disposition = $4, note = $5, tags = $6, solved = $7, score = $8,
  answer_comment = $9, answer_time = $10, engaged = $11, start_time = $12, end_time = $13, expert_seconds = $14 WHERE id = $1`,
		s.ID, s.State, s.Expert, s.Disposition, s.Note, toJSON(s.Tags), s.Answer.Solved, s.Answer.Score, s.Answer.Comment, micros(s.Answer.Time),
		s.Engaged, micros(s.StartTime), micros(s.EndTime), s.ExpertSeconds); err != nil {
		return wrap("save session", err)
	}
	return tx.refold(i.Line.Seller, i.Line.OrderID, i.Line.LineID, now)
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
	Seller, Expert string
	OrQueued       bool // with Expert: QUEUED sessions that nobody has, too
	State          troubleshoot.SessionState
	From, To       time.Time // created at or after, and before
	Before         string    // ids before this one
	Limit          int
}

// selectSessions takes the seller's index where there is a seller, and that of the queue for QUEUED sessions, which the
// query must name; with an OR for none, SQLite would read every session.
const (
	selectSessions = `SELECT ` + sessionColumns + ` FROM sessions
WHERE ($2 = '' OR expert = $2 OR ($3 AND state = 1 AND expert = '')) AND ($4 = 0 OR state = $4)
  AND create_time >= $5 AND (create_time < $6 OR $6 = 0) AND ($7 = '' OR id < $7) AND `
	inQueue       = `state = 1 AND `
	ofSeller      = `seller = $1 ORDER BY id DESC LIMIT $8`
	ofEverySeller = `CAST($1 AS TEXT) = '' ORDER BY id DESC LIMIT $8`
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
	rows, err := tx.query(query, f.Seller, f.Expert, f.OrQueued, int64(f.State), micros(f.From), micros(f.To), f.Before, f.Limit)
	sessions, err := collect(rows, err, scanSession)
	return sessions, wrap("list sessions", err)
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
