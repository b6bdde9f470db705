package rpc

import (
	"context"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// ReviewSession keeps a supervisor's review of a closed session, in place of the same one's former review.
func (s *Sessions) ReviewSession(ctx context.Context, req *pb.ReviewSessionRequest) (*pb.SessionReview, error) {
	caller, now := PrincipalFrom(ctx), s.now().UTC().Truncate(time.Microsecond)
	review, err := reviewFromProto(req, caller.Credential, now)
	if err != nil {
		return nil, err
	}
	var session troubleshoot.Session
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if session, err = tx.LockSession(review.Session); err != nil {
			return err
		}
		if !caller.MayReadSession(session) {
			return troubleshoot.Missing("session", review.Session)
		}
		if err := session.MayReview(); err != nil {
			return err
		}
		if err := tx.KeepReview(session, review); err != nil {
			return err
		}
		return tx.Audit(now, session.Seller, caller.Credential, "session.review", "sessions/"+session.ID, session.State.String())
	})
	if err != nil {
		return nil, err
	}
	return reviewToProto(review, session.Expert.Name, req.GetCriteria()), nil
}

// reviewFromProto reads a review that Validate has passed. Card numbers are masked, as in messages.
func reviewFromProto(req *pb.ReviewSessionRequest, reviewer string, now time.Time) (troubleshoot.Review, error) {
	r := troubleshoot.Review{Session: req.GetSession(), Reviewer: reviewer, Time: now}
	r.Comment, _ = troubleshoot.MaskCards(req.GetComment())
	for _, c := range req.GetCriteria() {
		r.Criteria = append(r.Criteria, troubleshoot.Criterion{Name: c.GetName(), Weight: c.GetWeight(), Score: int64(c.GetScore()), AutomaticFail: c.GetAutomaticFail()})
	}
	return r.Scored()
}

func reviewToProto(r troubleshoot.Review, expert string, criteria []*pb.ReviewSessionRequest_Criterion) *pb.SessionReview {
	return &pb.SessionReview{Session: sessionPrefix + r.Session, Expert: expert, Criteria: criteria, Comment: r.Comment,
		Score: float64(r.Thousandths) / 1000, Failed: r.Failed, ReviewTime: timeToProto(r.Time)}
}
