package rpc

import (
	"context"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// RecordCall keeps what became of a call. A call that nobody answered ends the expert's part: the session waits for another try,
// or is over. The same call again gives the session as it is now.
func (s *Sessions) RecordCall(ctx context.Context, req *pb.RecordCallRequest) (*pb.Session, error) {
	caller := PrincipalFrom(ctx)
	call := troubleshoot.Call{Expert: caller.Expert, Start: timeFromProto(req.GetStartTime()), End: timeFromProto(req.GetEndTime()),
		Outcome: troubleshoot.CallOutcome(req.GetOutcome())}
	return s.change(ctx, req.GetSession(), "call", func(_ *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if caller.KnowsSession(session) && session.HasCall(call) {
			return session, nil, nil
		}
		if err := inHand(ctx, session, 0); err != nil {
			return session, nil, err
		}
		after, err := session.RecordCall(call, now)
		return after, changed(session, after, troubleshoot.ChangeCallMissed, now), err
	})
}

// RescheduleCallback gives a call another time: by the shopper while nobody has it, by the expert who has it.
func (s *Sessions) RescheduleCallback(ctx context.Context, req *pb.RescheduleCallbackRequest) (*pb.Session, error) {
	return s.change(ctx, req.GetSession(), "reschedule", func(tx *store.Tx, session troubleshoot.Session, now time.Time) (troubleshoot.Session, []troubleshoot.Event, error) {
		if err := mayReschedule(ctx, session); err != nil {
			return session, nil, err
		}
		from, until, err := callTime("", timeFromProto(req.GetNotBefore()), timeFromProto(req.GetNotAfter()), now)
		if err != nil {
			return session, nil, err
		}
		after, err := session.Reschedule(from, until)
		if err != nil || sameCallTime(session, after) {
			return after, nil, err
		}
		return after, []troubleshoot.Event{store.SystemEvent(after, troubleshoot.ChangeRescheduled, now)}, roomInLog(tx, session)
	})
}

// mayReschedule refuses who has no say in when the call comes: the shopper has it until an expert is about to call, and from then
// on that expert.
func mayReschedule(ctx context.Context, session troubleshoot.Session) error {
	if PrincipalFrom(ctx).Role == troubleshoot.RoleExpert {
		return inHand(ctx, session, 0)
	}
	if err := own(ctx, session); err != nil {
		return err
	}
	if session.State == troubleshoot.Active {
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "an expert is calling now; tell the expert the time that suits you")
	}
	return nil
}

func sameCallTime(a, b troubleshoot.Session) bool {
	return a.State == b.State && a.Callback.NotBefore.Equal(b.Callback.NotBefore) && a.Callback.NotAfter.Equal(b.Callback.NotAfter)
}

// roomInLog bounds what can be said again and again to what a log takes.
func roomInLog(tx *store.Tx, session troubleshoot.Session) error {
	last, err := tx.LastSeq(session.ID)
	if err == nil && last >= troubleshoot.MaxSessionEvents {
		err = troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the session has %d events, the most that it may; end it and start another", troubleshoot.MaxSessionEvents)
	}
	return err
}
