package store

import (
	"fmt"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// KeepStep keeps the result of a guide step; the latest one of a step counts. The session must be locked: what it adds to
// the guide's outcomes follows from all its steps.
func (tx *Tx) KeepStep(seller string, r troubleshoot.StepRecord) error {
	before, err := tx.sessionOutcome(r.Session, r.Guide)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`INSERT INTO session_steps (session, guide, revision, step, result, elapsed, record_time) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (session, guide, revision, step) DO UPDATE SET result = excluded.result, elapsed = excluded.elapsed, record_time = excluded.record_time`,
		r.Session, r.Guide, r.Revision, r.Step, r.Result, r.Elapsed.Microseconds(), micros(r.Time)); err != nil {
		return wrap("keep step", err)
	}
	after, err := tx.sessionOutcome(r.Session, r.Guide)
	if err != nil || after == before {
		return err
	}
	_, err = tx.exec(`INSERT INTO guide_outcomes (seller, guide, tried, fixed) VALUES ($1, $2, $3, $4)
ON CONFLICT (seller, guide) DO UPDATE SET tried = guide_outcomes.tried + excluded.tried, fixed = guide_outcomes.fixed + excluded.fixed`,
		seller, r.Guide, after.tried-before.tried, after.fixed-before.fixed)
	return wrap("keep outcome", err)
}

// outcome counts sessions.
type outcome struct {
	tried int64 // a step of the guide
	fixed int64 // by one
}

// sessionOutcome is what one session adds to a guide's outcomes.
func (tx *Tx) sessionOutcome(session, guide string) (outcome, error) {
	var o outcome
	err := tx.row(`SELECT COALESCE(MAX(CASE WHEN result <> $3 THEN 1 ELSE 0 END), 0), COALESCE(MAX(CASE WHEN result = $4 THEN 1 ELSE 0 END), 0)
FROM session_steps WHERE session = $1 AND guide = $2`, session, guide, troubleshoot.StepSkipped, troubleshoot.StepFixed).Scan(&o.tried, &o.fixed)
	return o, wrap("read outcome", err)
}

// VerifyOutcomes recomputes every guide's outcomes from the steps of its sessions and names what differs.
func (tx *Tx) VerifyOutcomes() ([]string, error) {
	rows, err := tx.query(`SELECT seller, guide, CAST(SUM(tried) AS BIGINT), CAST(SUM(fixed) AS BIGINT) FROM (
  SELECT s.seller, p.guide, MAX(CASE WHEN p.result <> $1 THEN 1 ELSE 0 END) AS tried, MAX(CASE WHEN p.result = $2 THEN 1 ELSE 0 END) AS fixed
  FROM session_steps p JOIN sessions s ON s.id = p.session GROUP BY s.seller, p.guide, p.session
  UNION ALL SELECT seller, guide, -tried, -fixed FROM guide_outcomes) differences
GROUP BY seller, guide HAVING SUM(tried) <> 0 OR SUM(fixed) <> 0 ORDER BY seller, guide`, troubleshoot.StepSkipped, troubleshoot.StepFixed)
	wrong, err := collect(rows, err, func(scan func(...any) error) (string, error) {
		var seller, guide string
		var tried, fixed int64
		err := scan(&seller, &guide, &tried, &fixed)
		return fmt.Sprintf("outcomes of guide %s/%s: the facts have %+d sessions that tried it and %+d that it fixed", seller, guide, tried, fixed), err
	})
	return wrong, wrap("verify outcomes", err)
}
