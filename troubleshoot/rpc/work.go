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
)

// queueTick bounds how often an expert is told that the queue has changed.
const queueTick = time.Second

// StreamWork tells the calling expert what there is to do, and is the presence lease as long as it is open.
func (s *Experts) StreamWork(req *pb.StreamWorkRequest, stream grpc.ServerStreamingServer[pb.Work]) error {
	id, err := self(stream.Context(), req.GetExpert())
	if err != nil {
		return err
	}
	return s.work(stream.Context(), id, stream.Send)
}

// work sends an expert's work whenever it changes, and at each renewal of the lease.
func (s *Experts) work(ctx context.Context, id troubleshoot.ExpertID, send func(*pb.Work) error) error {
	mine, queue := s.hub.Subscribe(live.ExpertTopic(id)), s.hub.Subscribe(live.QueueTopic)
	defer mine.Close()
	defer queue.Close()
	if err := s.renew(ctx, id, send); err != nil {
		return err
	}
	defer s.lastRenewal(ctx, id)
	renewal, tick := time.NewTicker(troubleshoot.LeaseRenewal), time.NewTicker(queueTick)
	defer renewal.Stop()
	defer tick.Stop()
	queueChanged := false
	for {
		var err error
		select {
		case <-mine.C():
			mine.Take()
			err = s.tell(ctx, id, send)
		case <-queue.C():
			queue.Take()
			queueChanged = true
		case <-tick.C:
			if queueChanged {
				queueChanged, err = false, s.tell(ctx, id, send)
			}
		case <-renewal.C:
			err = s.renew(ctx, id, send)
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

// renew keeps the lease. An expert who comes is told to whoever waits for it.
func (s *Experts) renew(ctx context.Context, id troubleshoot.ExpertID, send func(*pb.Work) error) error {
	now := s.now().UTC().Truncate(time.Microsecond)
	if err := s.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.RenewLease(id, now)
		return err
	}); err != nil {
		return err
	}
	return s.tell(ctx, id, send)
}

// loadOf counts the places that an expert's sessions take.
func loadOf(sessions []troubleshoot.Session) (l store.Load) {
	for _, s := range sessions {
		switch s.State {
		case troubleshoot.Queued:
			l.Ringing++
		case troubleshoot.Active:
			l.Active++
		case troubleshoot.WrapUp:
			l.WrapUps++
		}
	}
	return l
}

// lastRenewal lets the lease run its whole time from the moment at which the stream ends.
func (s *Experts) lastRenewal(ctx context.Context, id troubleshoot.ExpertID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), defaultDeadline)
	defer cancel()
	now := s.now().UTC().Truncate(time.Microsecond)
	// Where it fails, the lease ends some seconds earlier: after the last renewal that was kept.
	_ = s.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.RenewLease(id, now)
		return err
	})
}

// tell sends what the expert has to do now.
func (s *Experts) tell(ctx context.Context, id troubleshoot.ExpertID, send func(*pb.Work) error) error {
	now := s.now().UTC()
	var work *pb.Work
	err := s.store.View(ctx, func(tx *store.Tx) error {
		work = &pb.Work{}
		e, err := tx.Expert(id)
		if err != nil {
			return err
		}
		sessions, err := tx.HandOf(id)
		if err != nil {
			return err
		}
		work.Expert = expertToProto(e, loadOf(sessions), now)
		for _, session := range sessions {
			view, err := loadView(tx, session, now)
			if err != nil {
				return err
			}
			shown := sessionTo(PrincipalFrom(ctx), session, view)
			if session.State == troubleshoot.Queued {
				work.Offered = append(work.Offered, shown)
			} else {
				work.Sessions = append(work.Sessions, shown)
			}
		}
		waiting, oldest, err := tx.WaitingFor(id.Seller, now)
		work.Waiting = int32Of(waiting)
		if waiting > 0 {
			work.LongestWait = durationpb.New(max(0, now.Sub(oldest)).Round(time.Second))
		}
		return err
	})
	if err != nil {
		return err
	}
	return send(work)
}
