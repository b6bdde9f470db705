package store

import (
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// KeepReview keeps a review of a session that LockSession gave, in place of the same reviewer's former one, and brings the sums
// of the service up to it.
func (tx *Tx) KeepReview(s troubleshoot.Session, r troubleshoot.Review) error {
	before, err := tx.reviewSums(r.Session, r.Reviewer)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`INSERT INTO session_reviews (session, reviewer, criteria, comment, points, failed, review_time)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (session, reviewer) DO UPDATE SET criteria = excluded.criteria, comment = excluded.comment, points = excluded.points,
  failed = excluded.failed, review_time = excluded.review_time`,
		r.Session, r.Reviewer, toJSON(r.Criteria), r.Comment, r.Thousandths, r.Failed, micros(r.Time)); err != nil {
		return wrap("keep review", err)
	}
	i, err := tx.Intercept(s.Intercept)
	if err != nil {
		return err
	}
	zone, err := tx.zone(s.Seller)
	if err != nil {
		return err
	}
	tx.service.add(serviceKeyOf(s, i.Line.SKU, zone), sumsOfReview(r).Minus(before))
	return nil
}

// sumsOfReview is what a review adds to the sums of the service.
func sumsOfReview(r troubleshoot.Review) deflection.ServiceSums {
	sums := deflection.ServiceSums{Reviews: 1, ReviewPoints: r.Points()}
	if r.Failed {
		sums.ReviewFails = 1
	}
	return sums
}

// reviewSums is what a reviewer's review of a session has added; nothing where there is none.
func (tx *Tx) reviewSums(session, reviewer string) (deflection.ServiceSums, error) {
	r, err := tx.Review(session, reviewer)
	switch {
	case troubleshoot.CodeOf(err) == troubleshoot.NotFound:
		return deflection.ServiceSums{}, nil
	case err != nil:
		return deflection.ServiceSums{}, err
	}
	return sumsOfReview(r), nil
}

// Review gives a reviewer's review of a session, or NotFound.
func (tx *Tx) Review(session, reviewer string) (troubleshoot.Review, error) {
	r := troubleshoot.Review{Session: session, Reviewer: reviewer}
	var criteria string
	var at int64
	err := tx.row(`SELECT criteria, comment, points, failed, review_time FROM session_reviews WHERE session = $1 AND reviewer = $2`,
		session, reviewer).Scan(&criteria, &r.Comment, &r.Thousandths, &r.Failed, &at)
	if err != nil {
		return r, found(err, "review", session)
	}
	r.Time = fromMicros(at)
	return r, wrap("read review", fromJSON(criteria, &r.Criteria))
}
