package rpc

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Sessions serves SessionsService.
type Sessions struct {
	pb.UnimplementedSessionsServiceServer
	store *store.Store
	now   func() time.Time
}

// CreateSession starts a session of an intercept that help was offered for.
func (s *Sessions) CreateSession(ctx context.Context, req *pb.CreateSessionRequest) (*pb.Session, error) {
	now := s.now().UTC().Truncate(time.Microsecond)
	requestID, err := requestIDOf(ctx, req.GetRequestId())
	if err != nil {
		return nil, err
	}
	var session troubleshoot.Session
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		i, err := seenIntercept(ctx, tx, req.GetIntercept())
		if err != nil {
			return err
		}
		if err := tx.LockIntercept(i); err != nil { // one request id makes one session, on every replica
			return err
		}
		session = troubleshoot.Session{ID: store.NewID(now), Intercept: i.ID, Seller: i.Line.Seller, Channel: troubleshoot.Channel(req.GetChannel()),
			State: troubleshoot.Queued, Locale: req.GetLocale(), RequestID: requestID, CreateTime: now}
		if known, err := sameRequest(tx, session); err != nil || known.ID != "" {
			session = known
			return err
		}
		if err := mayStart(i, session.Channel); err != nil {
			return err
		}
		if others, err := tx.SessionsOf(i.ID); err != nil || len(others) >= troubleshoot.MaxSessions {
			return cmp.Or(err, errTooManySessions)
		}
		if session.Channel == troubleshoot.ChannelGuide {
			session.State, session.StartTime = troubleshoot.Active, now
		}
		if err := tx.KeepSession(i, session, now); err != nil {
			return err
		}
		return audit(ctx, tx, now, session, "create")
	})
	if err != nil {
		return nil, err
	}
	return sessionTo(PrincipalFrom(ctx), session, nil), nil
}

// sameRequest gives the session that this request id made before, or none; with another body the id is Aborted.
func sameRequest(tx *store.Tx, asked troubleshoot.Session) (troubleshoot.Session, error) {
	if asked.RequestID == "" {
		return troubleshoot.Session{}, nil
	}
	known, err := tx.SessionOfRequest(asked.Intercept, asked.RequestID)
	switch {
	case troubleshoot.CodeOf(err) == troubleshoot.NotFound:
		return troubleshoot.Session{}, nil
	case err != nil:
		return troubleshoot.Session{}, err
	case known.Channel != asked.Channel || known.Locale != asked.Locale:
		return troubleshoot.Session{}, troubleshoot.Errorf(troubleshoot.Aborted, "requestId: was used for another session; use a new one for a new request")
	}
	return known, nil
}

var errTooManySessions error = troubleshoot.Errorf(troubleshoot.FailedPrecondition,
	"the intercept has had %d sessions, the most that it may; go on in one of them, or send the shopper to refundUrl", troubleshoot.MaxSessions)

// mayStart refuses help that was not offered: the holdout stays a holdout, and nobody waits for an expert who does not exist.
func mayStart(i troubleshoot.Intercept, channel troubleshoot.Channel) error {
	offered := map[troubleshoot.Channel]bool{troubleshoot.ChannelGuide: len(i.Offer.Guides) > 0, troubleshoot.ChannelChat: i.Offer.Chat}
	switch {
	case i.Arm != troubleshoot.Offered:
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "no help was offered for this intercept (it is %s); send the shopper to refundUrl", i.Arm)
	case !offered[channel]:
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "channel: is not in the intercept's offer; start what is, or send the shopper to refundUrl")
	}
	return nil
}

// audit keeps one row for a change of a session's state.
func audit(ctx context.Context, tx *store.Tx, now time.Time, s troubleshoot.Session, action string) error {
	return tx.Audit(now, s.Seller, PrincipalFrom(ctx).Credential, "session."+action, "sessions/"+s.ID, s.State.String())
}

// change loads and locks a session that the caller may see, changes it and saves it if that made a difference. A session
// that may not be seen is missing.
func (s *Sessions) change(ctx context.Context, id, action string, change func(*store.Tx, troubleshoot.Session, time.Time) (troubleshoot.Session, error)) (*pb.Session, error) {
	now := s.now().UTC().Truncate(time.Microsecond)
	var session troubleshoot.Session
	var steps []troubleshoot.StepRecord
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		before, err := tx.LockSession(id)
		if err == nil && !PrincipalFrom(ctx).SeesSeller(before.Seller) {
			err = troubleshoot.Missing("session", id)
		}
		if err != nil {
			return err
		}
		if session, err = change(tx, before, now); err != nil {
			return err
		}
		if !sameSession(session, before) {
			if err := tx.SaveSession(session, now); err != nil {
				return err
			}
		}
		if session.State != before.State {
			if err := audit(ctx, tx, now, session, action); err != nil {
				return err
			}
		}
		steps, err = tx.Steps(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return sessionTo(PrincipalFrom(ctx), session, steps), nil
}

// sameSession compares what SaveSession would write.
func sameSession(a, b troubleshoot.Session) bool {
	return a.State == b.State && a.Expert == b.Expert && a.Disposition == b.Disposition && a.Note == b.Note && slices.Equal(a.Tags, b.Tags) &&
		a.Answer == b.Answer && a.Engaged == b.Engaged && a.StartTime.Equal(b.StartTime) && a.EndTime.Equal(b.EndTime) && a.ExpertSeconds == b.ExpertSeconds
}

// own refuses a session that is not the caller's: it is missing.
func own(ctx context.Context, session troubleshoot.Session) error {
	if !PrincipalFrom(ctx).OwnsSession(session) {
		return troubleshoot.Missing("session", session.ID)
	}
	return nil
}

// RecordStep keeps the result of a guide step; a step that was tried makes the shopper engaged.
func (s *Sessions) RecordStep(ctx context.Context, req *pb.RecordStepRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "step", func(tx *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, error) {
		if err := own(ctx, session); err != nil {
			return session, err
		}
		record, err := stepFromProto(req, session.Seller, now)
		if err != nil {
			return session, err
		}
		if session.State == troubleshoot.Closed {
			return session, troubleshoot.Errorf(troubleshoot.FailedPrecondition, "session is CLOSED and takes no more steps")
		}
		if err := knownStep(tx, session.Seller, record); err != nil {
			return session, err
		}
		session.Engaged = session.Engaged || record.Result != troubleshoot.StepSkipped
		return session, tx.KeepStep(session.Seller, record)
	})
}

// knownStep refuses results of steps that no published revision of the seller has.
func knownStep(tx *store.Tx, seller string, r troubleshoot.StepRecord) error {
	g, err := tx.GuideRevision(seller, r.Guide, r.Revision)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(g.Steps, func(step troubleshoot.GuideStep) bool { return step.ID == r.Step }) {
		return troubleshoot.Invalid("step", "revision %d of guide %q has no step %q; use the ids in steps[].step", r.Revision, r.Guide, r.Step)
	}
	return nil
}

// AnswerSession keeps the shopper's answer, once.
func (s *Sessions) AnswerSession(ctx context.Context, req *pb.AnswerSessionRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "answer", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, error) {
		if err := own(ctx, session); err != nil {
			return session, err
		}
		answer := answerFromProto(req, now)
		if first := session.Answer; first.Solved != 0 {
			if answer.Time = first.Time; answer != first {
				return session, troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the session has its answer already; it is given once")
			}
			return session, nil
		}
		session.Answer = answer
		return session, nil
	})
}

// LeaveSession ends a session by the shopper's wish.
func (s *Sessions) LeaveSession(ctx context.Context, req *pb.LeaveSessionRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "leave", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, error) {
		if err := own(ctx, session); err != nil {
			return session, err
		}
		return session.Leave(now), nil
	})
}

// AcceptSession makes the calling expert the one expert of a waiting session.
func (s *Sessions) AcceptSession(ctx context.Context, req *pb.AcceptSessionRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "accept", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, error) {
		return session.Accept(PrincipalFrom(ctx).Expert, now)
	})
}

// CloseSession ends a session with the expert's disposition. Another expert of the same seller loses with Aborted.
func (s *Sessions) CloseSession(ctx context.Context, req *pb.CloseSessionRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "close", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, error) {
		if !PrincipalFrom(ctx).OwnsSession(session) {
			return session, troubleshoot.Errorf(troubleshoot.Aborted, "the session is not yours; accept it first, or leave it to the expert who has it")
		}
		return session.Close(troubleshoot.Disposition(req.GetDisposition()), req.GetNote(), req.GetTags(),
			timeFromProto(req.GetStartTime()), timeFromProto(req.GetEndTime()), now)
	})
}

// GetSession returns a session to who may see it. Reading somebody else's is audited.
func (s *Sessions) GetSession(ctx context.Context, req *pb.GetSessionRequest) (*pb.Session, error) {
	caller, now := PrincipalFrom(ctx), s.now()
	var session troubleshoot.Session
	var steps []troubleshoot.StepRecord
	load := func(tx *store.Tx) (err error) {
		if session, err = tx.Session(req.GetSession()); err != nil {
			return err
		}
		if !caller.MayReadSession(session) {
			return troubleshoot.Missing("session", req.GetSession())
		}
		steps, err = tx.Steps(session.ID)
		return err
	}
	var err error
	if caller.Role == troubleshoot.RoleSeller || caller.Role == troubleshoot.RoleAdmin {
		err = s.store.Update(ctx, func(tx *store.Tx) error {
			if err := load(tx); err != nil {
				return err
			}
			return audit(ctx, tx, now, session, "read")
		})
	} else {
		err = s.store.View(ctx, load)
	}
	if err != nil {
		return nil, err
	}
	return sessionTo(caller, session, steps), nil
}

// ListSessions lists the sessions that the caller may see, newest first, without their steps and texts.
func (s *Sessions) ListSessions(ctx context.Context, req *pb.ListSessionsRequest) (*pb.ListSessionsResponse, error) {
	caller := PrincipalFrom(ctx)
	limit := pageSize(req.GetPageSize())
	f := store.SessionFilter{Seller: req.GetSeller(), Expert: req.GetExpert(), State: troubleshoot.SessionState(req.GetState()),
		From: timeFromProto(req.GetStartTime()), To: timeFromProto(req.GetEndTime()), Limit: limit + 1}
	if caller.Seller != "" {
		f.Seller = caller.Seller
	}
	if caller.Role == troubleshoot.RoleExpert {
		if f.Expert != "" && f.Expert != caller.Expert {
			return nil, troubleshoot.Missing("expert", f.Expert)
		}
		f.Expert, f.OrQueued = caller.Expert, req.GetExpert() == ""
	}
	var err error
	if f.Before, err = pageToken(req.GetPageToken()); err != nil {
		return nil, err
	}
	var sessions []troubleshoot.Session
	if err := s.store.ViewLong(ctx, func(tx *store.Tx) (err error) {
		sessions, err = tx.Sessions(f)
		return err
	}); err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	reply := &pb.ListSessionsResponse{}
	sessions, reply.NextPageToken = onePage(sessions, limit, func(s troubleshoot.Session) string { return s.ID })
	for _, session := range sessions {
		reply.Sessions = append(reply.Sessions, sessionToList(session))
	}
	return reply, nil
}
