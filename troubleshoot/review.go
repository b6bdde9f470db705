package troubleshoot

import (
	"math"
	"time"
)

// Criterion is one line of the form that a supervisor reviews a session by.
type Criterion struct {
	Name          string  `json:"name"`
	Weight        float64 `json:"weight"` // share of the score, with the others'; more than 0
	Score         int64   `json:"score"`  // 0 to 100
	AutomaticFail bool    `json:"automaticFail,omitempty"`
}

// Review is a supervisor's judgement of a closed session, for coaching.
type Review struct {
	Session, Reviewer string // id of the session, and the credential
	Criteria          []Criterion
	Comment           string
	Thousandths       int64 // of a point: the score, 0 to 100,000
	Failed            bool
	Time              time.Time
}

// Scored gives the review with its score: the mean of the criteria by weight. A criterion with a score of 0 that fails the whole
// review makes the score 0. InvalidArgument names a criterion that is there twice.
func (r Review) Scored() (Review, error) {
	names := map[string]bool{}
	var sum, weights float64
	for n, c := range r.Criteria {
		if names[c.Name] {
			return r, Invalid("criteria["+itoa(n)+"].name", "%q is there twice; give each criterion once", c.Name)
		}
		names[c.Name] = true
		sum, weights = sum+c.Weight*float64(c.Score), weights+c.Weight
		r.Failed = r.Failed || c.AutomaticFail && c.Score == 0
	}
	if weights > 0 && !r.Failed {
		r.Thousandths = int64(math.Round(1000 * sum / weights))
	}
	return r, nil
}

// Points are whole points of 100, as they are added up.
func (r Review) Points() int64 { return (r.Thousandths + 500) / 1000 }

// MayReview refuses a session that is not over, or that no expert had: FailedPrecondition.
func (s Session) MayReview() error {
	if s.State != Closed || !s.Expert.IsSet() {
		return Errorf(FailedPrecondition, "session is %s: a review is of a CLOSED session that an expert had", s.State)
	}
	return nil
}
