package rpc

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
)

// Sessions serves SessionsService.
type Sessions struct {
	pb.UnimplementedSessionsServiceServer
	store *store.Store
	now   func() time.Time
	hub   *live.Hub
}

// CreateSession starts a session of an intercept that help was offered for.
func (s *Sessions) CreateSession(ctx context.Context, req *pb.CreateSessionRequest) (*pb.Session, error) {
	now := s.now().UTC().Truncate(time.Microsecond)
	requestID, err := requestIDOf(ctx, req.GetRequestId())
	if err != nil {
		return nil, err
	}
	callback, err := callbackFromProto(req, now)
	if err != nil {
		return nil, err
	}
	var session troubleshoot.Session
	var events []troubleshoot.Event
	var view sessionView
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		i, err := seenIntercept(ctx, tx, req.GetIntercept())
		if err != nil {
			return err
		}
		if err := tx.LockIntercept(i); err != nil { // one request id makes one session, on every replica
			return err
		}
		asked := troubleshoot.Session{ID: store.NewID(now), Intercept: i.ID, Seller: i.Line.Seller, Channel: troubleshoot.Channel(req.GetChannel()),
			State: troubleshoot.Queued, Locale: cmp.Or(req.GetLocale(), i.Locale), RequestID: requestID, Callback: callback, CreateTime: now}
		session, events, err = s.start(ctx, tx, i, asked, now)
		if err == nil {
			view, err = viewSession(tx, session, i, now)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if events != nil {
		s.hub.SessionChanged(troubleshoot.Session{}, session, events)
	}
	return sessionTo(PrincipalFrom(ctx), session, view), nil
}

// start keeps a session that may start, or gives the one that the request made before.
func (s *Sessions) start(ctx context.Context, tx *store.Tx, i troubleshoot.Intercept, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
	if known, err := sameRequest(tx, session); err != nil || known.ID != "" {
		return known, nil, err
	}
	if err := mayStart(i, session.Channel); err != nil {
		return session, nil, err
	}
	others, err := tx.SessionsOf(i.ID)
	switch {
	case err != nil:
		return session, nil, err
	case len(others) >= troubleshoot.MaxSessions:
		return session, nil, errTooManySessions
	}
	if session.Channel == troubleshoot.ChannelGuide {
		session.State, session.StartTime = troubleshoot.Active, now
	} else {
		session.QueueTime = now
		if session.Channel == troubleshoot.ChannelCallback {
			session.QueueTime = session.Callback.NotBefore
		}
		session.WaitTime = session.QueueTime
		session.Wants.Sticky = lastExpert(others, now)
		if err := alreadyWaits(others, session.Channel); err != nil {
			return session, nil, err
		}
		if session.Channel == troubleshoot.ChannelChat {
			if err := reachable(tx, i, session, now); err != nil {
				return session, nil, err
			}
		}
	}
	events, err := tx.KeepSession(i, store.Change{After: session, Actor: PrincipalFrom(ctx).Credential, Action: "create", Now: now,
		Events: []troubleshoot.Event{store.SystemEvent(session, troubleshoot.ChangeStarted, now)}})
	return session, events, err
}

// lastExpert is who helped on this order line within a day: the shopper comes back to the same one.
func lastExpert(others []troubleshoot.Session, now time.Time) (expert troubleshoot.ExpertID) {
	for _, o := range others { // oldest first
		if o.Expert.IsSet() && now.Sub(cmp.Or(o.EndTime, o.AcceptTime, o.CreateTime)) < troubleshoot.StickyTime {
			expert = o.Expert
		}
	}
	return expert
}

// alreadyWaits refuses a second chat or call beside one that is under way: two experts would help with one kettle.
func alreadyWaits(others []troubleshoot.Session, channel troubleshoot.Channel) error {
	for _, o := range others {
		if o.Channel == channel && (o.State == troubleshoot.Queued || o.State == troubleshoot.Active) {
			return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "sessions/%s of this intercept is %s: go on there, or leave it first", o.ID, o.State)
		}
	}
	return nil
}

// reachable refuses a chat that nobody would answer in time, and says what there is instead.
func reachable(tx *store.Tx, i troubleshoot.Intercept, session troubleshoot.Session, now time.Time) error {
	epoch, err := tx.LiveEpoch(i.Line.Seller)
	if err != nil {
		return err
	}
	chat, err := chatOutlook(tx, epoch.Policy, i.Line, session.Locale, now)
	if err != nil || chat.Available {
		return err
	}
	instead := "follow the guide, or send the shopper to refundUrl"
	if i.Offer.Callback {
		instead = "ask for a CALLBACK, follow the guide, or send the shopper to refundUrl"
	}
	return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "no expert would answer within the promised time now; %s", instead)
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
	case known.Channel != asked.Channel || known.Locale != asked.Locale || known.Callback.Phone != asked.Callback.Phone:
		return troubleshoot.Session{}, troubleshoot.Errorf(troubleshoot.Aborted, "requestId: was used for another session; use a new one for a new request")
	}
	return known, nil
}

var errTooManySessions error = troubleshoot.Errorf(troubleshoot.FailedPrecondition,
	"the intercept has had %d sessions, the most that it may; go on in one of them, or send the shopper to refundUrl", troubleshoot.MaxSessions)

// mayStart refuses help that was not offered: the holdout stays a holdout, and nobody waits for an expert who does not exist.
func mayStart(i troubleshoot.Intercept, channel troubleshoot.Channel) error {
	offered := map[troubleshoot.Channel]bool{troubleshoot.ChannelGuide: len(i.Offer.Guides) > 0, troubleshoot.ChannelChat: i.Offer.Chat,
		troubleshoot.ChannelCallback: i.Offer.Callback}
	switch {
	case i.Arm != troubleshoot.Offered:
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "no help was offered for this intercept (it is %s); send the shopper to refundUrl", i.Arm)
	case !offered[channel]:
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "channel: is not in the intercept's offer; start what is, or send the shopper to refundUrl")
	}
	return nil
}

// turn is what somebody does to a session: it gives the session after it, and the events for its log.
type turn func(*store.Tx, troubleshoot.Session, time.Time) (troubleshoot.Session, []troubleshoot.Event, error)

// change loads and locks a session that the caller may see, changes it, saves what that made different and, once it is durable,
// tells whom it concerns. A session that may not be seen is missing.
func (s *Sessions) change(ctx context.Context, id, action string, do turn) (*pb.Session, error) {
	return s.changeAfter(ctx, func(*store.Tx) error { return nil }, id, action, do)
}

// changeAfter is change for what must lock something else before the session.
func (s *Sessions) changeAfter(ctx context.Context, lock func(*store.Tx) error, id, action string, do turn) (*pb.Session, error) {
	now := s.now().UTC().Truncate(time.Microsecond)
	var before, after troubleshoot.Session
	var events []troubleshoot.Event
	var view sessionView
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if err := lock(tx); err != nil {
			return err
		}
		before, after, events, err = s.turn(ctx, tx, id, action, do, now)
		if err == nil {
			view, err = loadView(tx, after, now)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.hub.SessionChanged(before, after, events)
	return sessionTo(PrincipalFrom(ctx), after, view), nil
}

// turn does what change does, inside a transaction.
func (s *Sessions) turn(ctx context.Context, tx *store.Tx, id, action string, do turn, now time.Time) (before, after troubleshoot.Session, events []troubleshoot.Event, err error) {
	before, err = tx.LockSession(id)
	if err == nil && !PrincipalFrom(ctx).SeesSeller(before.Seller) {
		err = troubleshoot.Missing("session", id)
	}
	if err != nil {
		return before, before, nil, err
	}
	after, events, err = do(tx, before, now)
	if err != nil || reflect.DeepEqual(before, after) && len(events) == 0 {
		return before, after, nil, err
	}
	after, events, err = tx.ChangeSession(store.Change{Before: before, After: after, Actor: PrincipalFrom(ctx).Credential, Action: action, Events: events, Now: now})
	return before, after, events, err
}

// changed gives the entry of a change of state, none where nothing changed.
func changed(before, after troubleshoot.Session, reason troubleshoot.ChangeReason, now time.Time) []troubleshoot.Event {
	if before.State == after.State && before.Expert == after.Expert {
		return nil
	}
	return []troubleshoot.Event{store.SystemEvent(after, reason, now)}
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
	return s.change(ctx, req.GetSession(), "step", func(tx *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if err := own(ctx, session); err != nil {
			return session, nil, err
		}
		record, err := stepFromProto(req, session.Seller, now)
		if err != nil {
			return session, nil, err
		}
		if session.State == troubleshoot.Closed {
			return session, nil, troubleshoot.Errorf(troubleshoot.FailedPrecondition, "session is CLOSED and takes no more steps")
		}
		if err := knownStep(tx, session.Seller, record); err != nil {
			return session, nil, err
		}
		session.Engaged = session.Engaged || record.Result != troubleshoot.StepSkipped
		event := troubleshoot.Event{Session: session.ID, Time: now, Sender: troubleshoot.ByShopper, Step: &record}
		return session, []troubleshoot.Event{event}, tx.KeepStep(session.Seller, record)
	})
}

// AnswerSession keeps the shopper's answer, once. It is the order line's vote until a later session of it is answered.
func (s *Sessions) AnswerSession(ctx context.Context, req *pb.AnswerSessionRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "answer", func(tx *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if err := own(ctx, session); err != nil {
			return session, nil, err
		}
		answer := answerFromProto(req, now)
		if first := session.Answer; first.Solved != 0 {
			if answer.Time = first.Time; answer != first {
				return session, nil, troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the session has its answer already; it is given once")
			}
			return session, nil, nil
		}
		session.Answer = answer
		return session, nil, tx.Outvote(session, PrincipalFrom(ctx).Credential, now)
	})
}

// LeaveSession ends a session by the shopper's wish.
func (s *Sessions) LeaveSession(ctx context.Context, req *pb.LeaveSessionRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "leave", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if err := own(ctx, session); err != nil {
			return session, nil, err
		}
		after := session.Leave(now)
		return after, changed(session, after, troubleshoot.ChangeShopperLeft, now), nil
	})
}

// GetSession returns a session to who may see it. Reading somebody else's is audited.
func (s *Sessions) GetSession(ctx context.Context, req *pb.GetSessionRequest) (*pb.Session, error) {
	now := s.now().UTC()
	var session troubleshoot.Session
	var view sessionView
	err := s.read(ctx, req.GetSession(), "read", func(tx *store.Tx, found troubleshoot.Session) (err error) {
		session = found
		view, err = loadView(tx, session, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return sessionTo(PrincipalFrom(ctx), session, view), nil
}

// read loads a session that the caller may read and passes it on. Supervisors are no party of it: their reading is audited.
func (s *Sessions) read(ctx context.Context, id, action string, look func(*store.Tx, troubleshoot.Session) error) error {
	caller := PrincipalFrom(ctx)
	var read troubleshoot.Session
	err := s.store.View(ctx, func(tx *store.Tx) error {
		session, err := readable(tx, caller, id)
		if err != nil {
			return err
		}
		read = session
		return look(tx, session)
	})
	if err != nil || caller.Role != troubleshoot.RoleSeller && caller.Role != troubleshoot.RoleAdmin {
		return err
	}
	now := s.now().UTC()
	return s.store.Update(ctx, func(tx *store.Tx) error { // before anybody sees what was read
		return tx.Audit(now, read.Seller, caller.Credential, "session."+action, sessionPrefix+read.ID, read.State.String())
	})
}

// sampleTime is how far back sessions are drawn for review.
const sampleTime = 7 * 24 * time.Hour

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
		f.Hand = caller.ExpertID()
	}
	var err error
	if f.Before, err = pageToken(req.GetPageToken()); err != nil {
		return nil, err
	}
	list := (*store.Tx).Sessions
	if n := int(req.GetSample()); n > 0 {
		if list, f.Limit, limit = (*store.Tx).SampleSessions, n, n; f.From.IsZero() {
			f.From = s.now().Add(-sampleTime)
		}
	}
	var reply *pb.ListSessionsResponse
	if err := s.store.ViewLong(ctx, func(tx *store.Tx) error {
		sessions, err := list(tx, f)
		if err != nil {
			return err
		}
		reply = &pb.ListSessionsResponse{}
		sessions, reply.NextPageToken = onePage(sessions, limit, func(s troubleshoot.Session) string { return s.ID })
		reply.Sessions, err = listed(tx, sessions)
		return err
	}); err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return reply, nil
}

// readable gives a session that the caller may read; another is missing.
func readable(tx *store.Tx, caller access.Principal, id string) (troubleshoot.Session, error) {
	session, err := tx.Session(id)
	if err == nil && !caller.MayReadSession(session) {
		err = troubleshoot.Missing("session", id)
	}
	return session, err
}
