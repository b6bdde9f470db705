package rpc

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
	"github.com/fixfirst/fixfirst/troubleshoot/routing"
)

const (
	eventsPage    = 64               // events read at once for a stream
	eventsBytes   = 1 << 20          // of text in one page of ListEvents; one event is always there
	heartbeatTime = 15 * time.Second // between signs of life; the store is looked into as well
)

// ListEvents reads a session's log after a number.
func (s *Sessions) ListEvents(ctx context.Context, req *pb.ListEventsRequest) (*pb.ListEventsResponse, error) {
	limit := troubleshoot.MaxPageSize
	if n := int(req.GetPageSize()); n > 0 {
		limit = min(n, limit)
	}
	reply := &pb.ListEventsResponse{}
	err := s.read(ctx, req.GetSession(), "readAlong", func(tx *store.Tx, session troubleshoot.Session) error {
		events, err := tx.Events(session.ID, int64(req.GetAfterSeq()), limit)
		if err != nil {
			return err
		}
		i, err := tx.Intercept(session.Intercept)
		if err != nil {
			return err
		}
		show := showerOf(session, i)
		reply.Events = nil // should this run again
		for n, size := 0, 0; n < len(events) && size < eventsBytes; n++ {
			reply.Events = append(reply.Events, show.event(&events[n]))
			size += events[n].Size()
		}
		last, err := tx.LastSeq(session.ID)
		reply.LastSeq = int32Of(last)
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

// StreamEvents reads a session's log after a number and goes on live until the client goes, the caller's right to read ends, or
// the server drains.
func (s *Sessions) StreamEvents(req *pb.ListEventsRequest, stream grpc.ServerStreamingServer[pb.SessionEvent]) error {
	return s.follow(stream.Context(), req.GetSession(), int64(req.GetAfterSeq()), stream.Send)
}

// follow sends a session's log after a number and goes on live until ctx or the caller's right to read ends.
func (s *Sessions) follow(ctx context.Context, session string, after int64, send func(*pb.SessionEvent) error) error {
	reader := s.hub.Subscribe(live.SessionTopic(session))
	defer reader.Close()
	r := eventReader{sessions: s, session: session, cursor: after, send: send}
	if err := r.open(ctx); err != nil {
		return err
	}
	heartbeat := time.NewTicker(heartbeatTime)
	defer heartbeat.Stop()
	for {
		var err error
		select {
		case <-reader.C():
			notes, behind := reader.Take()
			err = r.follow(ctx, notes, behind)
		case <-heartbeat.C:
			if err = r.catchUp(ctx); err == nil {
				err = r.heartbeat()
			}
		case <-s.hub.Draining():
			return errReconnect
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// errReconnect tells a stream's client to come again: its cursor finds everything.
var errReconnect error = troubleshoot.Errorf(troubleshoot.Unavailable, "the server is shutting down; connect again, after the last number that you have")

// eventReader reads one session's log from a cursor on, for one client.
type eventReader struct {
	sessions *Sessions
	session  string
	cursor   int64 // number of the last event that was sent
	sure     bool  // the caller may read whatever comes until the session changes
	show     eventShower
	send     func(*pb.SessionEvent) error
}

// open checks that the caller may read, which is audited for supervisors, sends what is there, and gives a sign of life.
func (r *eventReader) open(ctx context.Context) error {
	now := r.sessions.now()
	var show eventShower
	var sure bool
	var outlook *routing.Outlook
	err := r.sessions.read(ctx, r.session, "readAlong", func(tx *store.Tx, session troubleshoot.Session) error {
		i, err := tx.Intercept(session.Intercept)
		if err != nil {
			return err
		}
		show = showerOf(session, i)
		sure = staysReadable(ctx, session)
		if outlook = nil; session.State == troubleshoot.Queued && !session.Callback.NotBefore.After(now) {
			outlook, err = outlookOf(tx, session, i.Line, now)
		}
		return err
	})
	if err != nil {
		return err
	}
	r.show, r.sure = show, sure
	if err := r.catchUp(ctx); err != nil {
		return err
	}
	if outlook != nil {
		wait := live.Wait{Position: outlook.Position, Wait: outlook.Wait.Round(time.Second), Nobody: outlook.Nobody}
		if err := r.send(r.show.wait(now, wait)); err != nil {
			return err
		}
	}
	return r.heartbeat()
}

// heartbeat sends a sign of life.
func (r *eventReader) heartbeat() error {
	return r.send(r.show.live(r.sessions.now(), &pb.SessionEvent{Event: &pb.SessionEvent_Heartbeat_{Heartbeat: &pb.SessionEvent_Heartbeat{}}}))
}

// follow sends what woke the reader: the next event as it came, or, where one is missing, what the store has.
func (r *eventReader) follow(ctx context.Context, notes []live.Note, behind bool) error {
	for _, n := range notes {
		switch {
		case n.Event != nil && n.Event.Seq == r.cursor+1 && r.sure && (n.Event.Change == nil || isParty(ctx)):
			if err := r.pass(n.Event); err != nil {
				return err
			}
		case n.Event != nil && n.Event.Seq > r.cursor:
			behind = true
		case n.Typing != nil:
			if err := r.send(r.show.typing(r.sessions.now(), *n.Typing)); err != nil {
				return err
			}
		case n.Wait != nil:
			if err := r.send(r.show.wait(r.sessions.now(), *n.Wait)); err != nil {
				return err
			}
		}
	}
	if behind {
		return r.catchUp(ctx)
	}
	return nil
}

// catchUp sends what the store has after the cursor.
func (r *eventReader) catchUp(ctx context.Context) error {
	for {
		var page []troubleshoot.Event
		var sure bool
		err := r.sessions.store.View(ctx, func(tx *store.Tx) error {
			session, err := readable(tx, PrincipalFrom(ctx), r.session) // it may have gone to somebody else
			if err != nil {
				return err
			}
			sure = staysReadable(ctx, session)
			page, err = tx.Events(r.session, r.cursor, eventsPage)
			return err
		})
		if err != nil {
			return err
		}
		r.sure = sure
		for n := range page {
			if err := r.pass(&page[n]); err != nil {
				return err
			}
		}
		if len(page) < eventsPage {
			return nil
		}
	}
}

// pass sends an event.
func (r *eventReader) pass(e *troubleshoot.Event) error {
	if err := r.send(r.show.event(e)); err != nil {
		return err
	}
	r.cursor = e.Seq
	return nil
}

// staysReadable tells whether the caller may read the session until its next change of state, without another look: an expert may
// while it is in hand; while it rings there, it can go elsewhere without an event.
func staysReadable(ctx context.Context, s troubleshoot.Session) bool {
	return isParty(ctx) || s.InHand(PrincipalFrom(ctx).ExpertID()) || s.State == troubleshoot.Closed
}

// isParty tells callers who never lose a session that they may read from experts, who do.
func isParty(ctx context.Context) bool { return PrincipalFrom(ctx).Role != troubleshoot.RoleExpert }

// eventShower shows events of one session.
type eventShower struct {
	seller, refundURL string
	channel           troubleshoot.Channel
	guide, callback   bool // were offered
}

// showerOf is for the events of a session of an intercept.
func showerOf(s troubleshoot.Session, i troubleshoot.Intercept) eventShower {
	return eventShower{s.Seller, i.RefundURL, s.Channel, len(i.Offer.Guides) > 0, i.Offer.Callback}
}

func (v eventShower) event(e *troubleshoot.Event) *pb.SessionEvent {
	shown := &pb.SessionEvent{Seq: int32Of(e.Seq), Time: timeToProto(e.Time), Sender: pb.SessionEvent_Sender(e.Sender), Expert: e.Expert}
	switch {
	case e.Message != nil:
		m := &pb.SessionEvent_Message{ClientMessageId: e.ClientID, Text: e.Message.Text, Reply: e.Message.Reply, Masked: e.Message.Masked}
		if c := e.Message.Card; c != nil {
			m.Step = &pb.SessionEvent_StepCard{Guide: guideName(v.seller, c.Guide), Revision: int32Of(c.Revision), Step: c.Step, Title: c.Title, Html: c.HTML,
				Instruction: c.Instruction, Stop: c.Stop}
		}
		shown.Event = &pb.SessionEvent_Message_{Message: m}
	case e.Change != nil:
		shown.Event = &pb.SessionEvent_StateChange_{StateChange: &pb.SessionEvent_StateChange{State: pb.Session_State(e.Change.State),
			Reason: string(e.Change.Reason), Expert: e.Change.Expert, Text: v.words(e.Change.Reason), RefundUrl: v.refundURL,
			ExpertDisplayName: e.Change.Shown}}
	case e.Step != nil:
		shown.Event = &pb.SessionEvent_StepResult_{StepResult: &pb.SessionEvent_StepResult{Guide: guideName(v.seller, e.Step.Guide),
			Revision: int32Of(e.Step.Revision), Step: e.Step.Step, Result: pb.Session_StepResult(e.Step.Result)}}
	}
	return shown
}

// live shows what is not stored: without a number.
func (v eventShower) live(now time.Time, e *pb.SessionEvent) *pb.SessionEvent {
	e.Time = timeToProto(now)
	if e.Sender == 0 {
		e.Sender = pb.SessionEvent_SYSTEM
	}
	return e
}

func (v eventShower) typing(now time.Time, t live.Typing) *pb.SessionEvent {
	return v.live(now, &pb.SessionEvent{Sender: pb.SessionEvent_Sender(t.Sender), Expert: t.Expert, Event: &pb.SessionEvent_Typing_{Typing: &pb.SessionEvent_Typing{}}})
}

func (v eventShower) wait(now time.Time, w live.Wait) *pb.SessionEvent {
	shown := &pb.SessionEvent_Wait{QueuePosition: int32Of(int64(w.Position)), Nobody: w.Nobody}
	if !w.Nobody {
		shown.EstimatedWait = durationpb.New(w.Wait)
	}
	return v.live(now, &pb.SessionEvent{Event: &pb.SessionEvent_Wait_{Wait: shown}})
}

// words says to the shopper what a change means.
func (v eventShower) words(reason troubleshoot.ChangeReason) string {
	switch {
	case reason == troubleshoot.ChangeNobodyComes && v.guide && v.callback:
		return "No expert can come in time. You can follow the guide, ask for a call, or take the refund now."
	case reason == troubleshoot.ChangeNobodyComes && v.guide:
		return "No expert can come in time. You can follow the guide, or take the refund now."
	case reason == troubleshoot.ChangeNobodyComes && v.callback:
		return "No expert can come in time. You can ask for a call, or take the refund now."
	case v.channel == troubleshoot.ChannelChat || reason != troubleshoot.ChangeStarted:
		return changeWords[reason]
	}
	if v.channel == troubleshoot.ChannelCallback {
		return "An expert will call you. The refund is one click away at any time."
	}
	return "You follow the guide by yourself. The refund is one click away at any time."
}

// changeWords says to the shopper what a change means, plainly.
var changeWords = map[troubleshoot.ChangeReason]string{
	troubleshoot.ChangeStarted:      "You are in contact. A person will answer; until then you can write what is wrong. The refund is one click away at any time.",
	troubleshoot.ChangeAccepted:     "An expert is here.",
	troubleshoot.ChangeTransferred:  "The expert hands you on to a colleague, who can read what you wrote.",
	troubleshoot.ChangeTakenOver:    "Another expert goes on with you and can read what you wrote.",
	troubleshoot.ChangeExpertLost:   "Your expert has lost the connection. We are looking for another one, who can read what you wrote. You need not wait: the refund is one click away.",
	troubleshoot.ChangeShopperLeft:  "You have ended the conversation.",
	troubleshoot.ChangeWrapUp:       "The expert has ended the conversation.",
	troubleshoot.ChangeIdle:         "Nobody wrote for 30 minutes, so the conversation has ended. You can start another one.",
	troubleshoot.ChangeClosed:       "The conversation is closed.",
	troubleshoot.ChangeNobodyComes:  "No expert can come in time. You can take the refund now.",
	troubleshoot.ChangeCallMissed:   "We did not reach you, or could not call in time.",
	troubleshoot.ChangeRescheduled:  "The call has a new time.",
	troubleshoot.ChangeLeftUnclosed: "The conversation is closed.",
}
