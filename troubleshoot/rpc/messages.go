package rpc

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
)

// SendMessage writes a message into the log of a session. It answers after the message is durable; the same clientMessageId
// again gives the same answer, also when the session has moved on since.
func (s *Sessions) SendMessage(ctx context.Context, req *pb.SendMessageRequest) (*pb.SentMessage, error) {
	now := s.now().UTC().Truncate(time.Microsecond)
	event, err := messageFromProto(ctx, req, now)
	if err != nil {
		return nil, err
	}
	var before, after troubleshoot.Session
	var sent troubleshoot.Event
	isNew := false
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		isNew = false
		if before, err = tx.LockSession(req.GetSession()); err != nil {
			return err
		}
		after = before
		refused := mayWrite(ctx, before, req.GetOwnerEpoch())
		if refused != nil || event.Message.Text == "" { // what a card or a ready reply says may have changed since
			first, known, err := sentBefore(ctx, tx, before, event)
			if sent = first; err != nil || known {
				return err
			}
		}
		if refused != nil {
			return refused
		}
		written, err := s.complete(ctx, tx, before, event, req)
		if err != nil {
			return err
		}
		if after = heard(before, written); after.Engaged == before.Engaged && after.ReplyTime.Equal(before.ReplyTime) {
			sent, err = tx.AppendEvent(written)
		} else {
			var kept []troubleshoot.Event
			after, kept, err = tx.ChangeSession(store.Change{Before: before, After: after, Actor: PrincipalFrom(ctx).Credential,
				Action: "message", Events: []troubleshoot.Event{written}, Now: now})
			if err == nil {
				sent = kept[0]
			}
		}
		isNew = err == nil && sent.Time.Equal(written.Time)
		return err
	})
	if err != nil {
		return nil, err
	}
	if isNew {
		s.hub.SessionChanged(before, after, []troubleshoot.Event{sent})
	}
	return &pb.SentMessage{Seq: int32Of(sent.Seq), CreateTime: timeToProto(sent.Time), ClientMessageId: sent.ClientID, Text: sent.Message.Text, Masked: sent.Message.Masked}, nil
}

// heard gives the session after a message: the shopper is engaged, or the human expert has replied.
func heard(s troubleshoot.Session, e troubleshoot.Event) troubleshoot.Session {
	switch {
	case e.Sender == troubleshoot.ByShopper:
		s.Engaged = true
	case s.ReplyTime.IsZero():
		s.ReplyTime = e.Time
	}
	return s
}

// mayWrite refuses who may not write into the session now.
func mayWrite(ctx context.Context, session troubleshoot.Session, epoch int32) error {
	caller := PrincipalFrom(ctx)
	if caller.RingsAt(session) {
		return troubleshoot.Errorf(troubleshoot.Aborted, "the session rings at you: accept it first")
	}
	if caller.Role == troubleshoot.RoleExpert {
		if err := inHand(ctx, session, epoch); err != nil {
			return err
		}
	} else if err := own(ctx, session); err != nil {
		return err
	}
	switch {
	case session.Channel == troubleshoot.ChannelGuide:
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "a GUIDE session has nobody to write to; start a CHAT")
	case session.State == troubleshoot.Closed, session.State == troubleshoot.WrapUp:
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "session is %s: the talk is over; start another CHAT, or go to refundUrl", session.State)
	}
	return nil
}

// sentBefore gives the message that a retry sent before, and whether there is one.
func sentBefore(ctx context.Context, tx *store.Tx, session troubleshoot.Session, event troubleshoot.Event) (first troubleshoot.Event, known bool, err error) {
	if caller := PrincipalFrom(ctx); !caller.OwnsSession(session) && !caller.KnowsSession(session) {
		return event, false, nil
	}
	first, err = tx.EventOfClient(event)
	switch {
	case troubleshoot.CodeOf(err) == troubleshoot.NotFound:
		return event, false, nil
	case err != nil || first.Message == nil:
		return event, false, err
	}
	return first, event.Message.Text == "" || event.Message.Text == first.Message.Text, nil
}

// messageFromProto reads what does not depend on the session: exactly one of text, step and reply. Card numbers are masked here,
// before anything else sees the text.
func messageFromProto(ctx context.Context, req *pb.SendMessageRequest, now time.Time) (troubleshoot.Event, error) {
	caller := PrincipalFrom(ctx)
	given := 0
	for _, is := range [...]bool{req.GetText() != "", req.GetStep() != nil, req.GetReply() != ""} {
		if is {
			given++
		}
	}
	isExpert := caller.Role == troubleshoot.RoleExpert
	switch {
	case given != 1:
		return troubleshoot.Event{}, troubleshoot.Invalid("text", "give exactly one of text, step and reply")
	case !isExpert && req.GetText() == "":
		return troubleshoot.Event{}, troubleshoot.Invalid("text", "is empty; steps and ready replies are sent by experts")
	}
	e := troubleshoot.Event{Session: req.GetSession(), Time: now, Sender: troubleshoot.ByShopper, ClientID: req.GetClientMessageId(),
		Message: &troubleshoot.Message{Reply: req.GetReply()}}
	e.Message.Text, e.Message.Masked = troubleshoot.MaskCards(req.GetText())
	if isExpert {
		e.Sender, e.Expert = troubleshoot.ByExpert, caller.Expert
	}
	return e, nil
}

// complete fills in what a message takes from the session's guide or ready replies.
func (s *Sessions) complete(ctx context.Context, tx *store.Tx, session troubleshoot.Session, e troubleshoot.Event, req *pb.SendMessageRequest) (troubleshoot.Event, error) {
	whole := *e.Message // the closure may run again
	e.Message = &whole
	switch {
	case req.GetStep() != nil:
		card, err := stepCard(tx, session, req.GetStep())
		e.Message.Card = card
		return e, err
	case req.GetReply() != "":
		text, err := readyReply(tx, session, PrincipalFrom(ctx).Expert, req.GetReply())
		e.Message.Text, e.Message.Masked = troubleshoot.MaskCards(text)
		return e, err
	}
	return e, nil
}

// stepCard makes a card of a step of a published revision.
func stepCard(tx *store.Tx, session troubleshoot.Session, ref *pb.SendMessageRequest_StepRef) (*troubleshoot.StepCard, error) {
	guide, err := guideID(ref.GetGuide(), session.Seller)
	if err != nil {
		return nil, err
	}
	g, err := tx.GuideRevision(session.Seller, guide, int64(ref.GetRevision()))
	if err != nil {
		return nil, err
	}
	step, err := stepOf(g, troubleshoot.StepRecord{Guide: guide, Revision: int64(ref.GetRevision()), Step: ref.GetStep()})
	if err != nil {
		return nil, err
	}
	return &troubleshoot.StepCard{Guide: guide, Revision: int64(ref.GetRevision()), Step: step.ID, Title: step.Title, HTML: step.HTML,
		Instruction: step.Instruction, Stop: step.Stop}, nil
}

// SendTyping tells the other party that one is writing.
func (s *Sessions) SendTyping(ctx context.Context, req *pb.SendTypingRequest) (*emptypb.Empty, error) {
	typing := live.Typing{Sender: troubleshoot.ByShopper}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		session, err := tx.Session(req.GetSession())
		if err != nil {
			return err
		}
		return mayWrite(ctx, session, 0)
	})
	if err != nil {
		return nil, err
	}
	if caller := PrincipalFrom(ctx); caller.Role == troubleshoot.RoleExpert {
		typing = live.Typing{Sender: troubleshoot.ByExpert, Expert: caller.Expert}
	}
	s.hub.Publish(live.SessionTopic(req.GetSession()), live.Note{Typing: &typing})
	return &emptypb.Empty{}, nil
}
