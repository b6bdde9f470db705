package rpc

import (
	"context"
	"slices"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/routing"
)

// errNotYours answers an expert who acts on a session that is somebody else's now.
var errNotYours error = troubleshoot.Errorf(troubleshoot.Aborted, "the session is not yours; take what your work stream offers, and leave it to the expert who has it")

// inHand refuses a session that the calling expert does not have: it is somebody else's, or missing where the expert never
// had to do with it. A request that names another owner epoch than the present one was made before the session changed hands.
func inHand(ctx context.Context, session troubleshoot.Session, epoch int32) error {
	caller := PrincipalFrom(ctx)
	switch {
	case caller.OwnsSession(session):
		if epoch != 0 && int64(epoch) != session.Epoch {
			return troubleshoot.Errorf(troubleshoot.Aborted, "ownerEpoch: is %d and the session's is %d: it has changed hands since; read it again", epoch, session.Epoch)
		}
		return nil
	case caller.KnowsSession(session):
		return errNotYours
	}
	return troubleshoot.Missing("session", session.ID)
}

// ringsHere is inHand for a session that waits for the calling expert to accept it.
func ringsHere(ctx context.Context, session troubleshoot.Session) error {
	if PrincipalFrom(ctx).RingsAt(session) {
		return nil
	}
	return inHand(ctx, session, 0)
}

// AcceptSession makes the calling expert, at whom the session rings, its one expert.
func (s *Sessions) AcceptSession(ctx context.Context, req *pb.AcceptSessionRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "accept", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if err := ringsHere(ctx, session); err != nil {
			return session, nil, err
		}
		after, err := session.Accept(PrincipalFrom(ctx).ExpertID(), now)
		return after, changed(session, after, troubleshoot.ChangeAccepted, now), err
	})
}

// DeclineSession hands a session that rings at the calling expert on to the next one. It does not end how long the shopper has
// waited, and the expert is the last to get the next one.
func (s *Sessions) DeclineSession(ctx context.Context, req *pb.DeclineSessionRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "decline", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if err := ringsHere(ctx, session); err != nil {
			return session, nil, err
		}
		after, err := session.Decline(PrincipalFrom(ctx).ExpertID(), now)
		return after, nil, err
	})
}

// WrapUpSession ends the talk.
func (s *Sessions) WrapUpSession(ctx context.Context, req *pb.WrapUpSessionRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "wrapUp", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if err := inHand(ctx, session, 0); err != nil {
			return session, nil, err
		}
		after, err := session.EndTalk(now)
		return after, changed(session, after, troubleshoot.ChangeWrapUp, now), err
	})
}

// CloseSession ends a session with the expert's disposition. Another expert of the same seller loses with Aborted.
func (s *Sessions) CloseSession(ctx context.Context, req *pb.CloseSessionRequest) (*pb.Session, error) {
	note, _ := troubleshoot.MaskCards(req.GetNote())
	tags := make([]string, len(req.GetTags()))
	for n, tag := range req.GetTags() {
		tags[n], _ = troubleshoot.MaskCards(tag)
	}
	return s.change(ctx, req.GetSession(), "close", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if err := inHand(ctx, session, req.GetOwnerEpoch()); err != nil {
			return session, nil, err
		}
		after, err := session.Close(troubleshoot.Disposition(req.GetDisposition()), note, tags,
			timeFromProto(req.GetStartTime()), timeFromProto(req.GetEndTime()), now)
		return after, changed(session, after, troubleshoot.ChangeClosed, now), err
	})
}

// TransferSession hands a session on, with a note for the next expert.
func (s *Sessions) TransferSession(ctx context.Context, req *pb.TransferSessionRequest) (*pb.Session, error) {
	note, _ := troubleshoot.MaskCards(req.GetNote())
	if req.GetExpert() != "" && req.GetSkill() != "" {
		return nil, troubleshoot.Invalid("skill", "is given beside expert; name one of them, or none for whoever is next")
	}
	if req.GetSkill() != "" {
		if err := troubleshoot.CheckSkill("skill", req.GetSkill()); err != nil {
			return nil, err
		}
	}
	return s.change(ctx, req.GetSession(), "transfer", func(tx *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if err := inHand(ctx, session, req.GetOwnerEpoch()); err != nil {
			return session, nil, err
		}
		to, err := colleague(tx, session, req.GetExpert())
		if err != nil {
			return session, nil, err
		}
		after, err := session.HandOn(to, req.GetSkill(), now)
		if err != nil {
			return session, nil, err
		}
		if err := anybodyElse(tx, session, now); err != nil {
			return session, nil, err
		}
		err = tx.AddNote(session.ID, PrincipalFrom(ctx).Expert, note, now)
		return after, changed(session, after, troubleshoot.ChangeTransferred, now), err
	})
}

// anybodyElse refuses to hand a session on when nobody who is on may take it: the shopper would wait for nobody.
func anybodyElse(tx *store.Tx, session troubleshoot.Session, now time.Time) error {
	i, err := tx.Intercept(session.Intercept)
	if err != nil {
		return err
	}
	epoch, err := tx.LiveEpoch(session.Seller)
	if err != nil {
		return err
	}
	board, err := tx.Board(now)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(board.Experts), func(e routing.Expert) bool { return e.ID == session.Expert })
	w := routing.Waiting{Session: session.ID, Seller: session.Seller, SKU: i.Line.SKU, Locale: session.Locale, Since: session.QueueTime, Rules: epoch.Policy.Routing}
	if routing.Unreachable([]routing.Waiting{w}, others)[session.ID] {
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "nobody else who is on may take the session; go on with it, or close it")
	}
	return nil
}

// colleague finds an expert who may have a session, by name: of its seller's team first, then of the pool. Nobody for no name.
func colleague(tx *store.Tx, session troubleshoot.Session, name string) (troubleshoot.ExpertID, error) {
	if name == "" {
		return troubleshoot.ExpertID{}, nil
	}
	for _, team := range [...]string{session.Seller, ""} {
		e, err := tx.Expert(troubleshoot.ExpertID{Seller: team, Name: name})
		if err == nil || troubleshoot.CodeOf(err) != troubleshoot.NotFound {
			return e.ID, err
		}
	}
	return troubleshoot.ExpertID{}, troubleshoot.Missing("expert", name)
}

// TakeOverSession lets a supervisor give a session to an expert who has room.
func (s *Sessions) TakeOverSession(ctx context.Context, req *pb.TakeOverSessionRequest) (*pb.Session, error) {
	return s.changeAfter(ctx, (*store.Tx).LockRouting, req.GetSession(), "takeOver", func(tx *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		to, err := colleague(tx, session, req.GetExpert())
		if err != nil {
			return session, nil, err
		}
		after, err := session.TakeOver(to, now)
		if err == nil && !session.Load(to) {
			err = hasRoom(tx, to, now)
		}
		return after, changed(session, after, troubleshoot.ChangeTakenOver, now), err
	})
}

// hasRoom refuses an expert who is not on or has the hands full.
func hasRoom(tx *store.Tx, id troubleshoot.ExpertID, now time.Time) error {
	e, err := tx.LockExpert(id)
	if err != nil {
		return err
	}
	loads, err := tx.Loads()
	switch {
	case err != nil:
		return err
	case !e.On(now):
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "expert: %q is OFFLINE; choose one who is on", id.Name)
	case loads[id].All() >= e.Capacity:
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "expert: %q has %d of %d chats; choose one who has room", id.Name, loads[id].All(), e.Capacity)
	}
	return nil
}
