package rpc

import (
	"context"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// GetTranscript gives the whole conversation of a session to who may read it. Notes for colleagues are no part of it.
func (s *Sessions) GetTranscript(ctx context.Context, req *pb.GetTranscriptRequest) (*pb.Transcript, error) {
	var reply *pb.Transcript
	err := s.read(ctx, req.GetSession(), "transcript", func(tx *store.Tx, session troubleshoot.Session) error {
		i, err := tx.Intercept(session.Intercept)
		if err != nil {
			return err
		}
		events, err := tx.Events(session.ID, 0, troubleshoot.MaxSessionEvents)
		if err != nil {
			return err
		}
		reply = &pb.Transcript{Session: sessionPrefix + session.ID, Seller: session.Seller, Sku: i.Line.SKU,
			CreateTime: timeToProto(session.CreateTime), EndTime: timeToProto(session.EndTime), Events: make([]*pb.SessionEvent, len(events))}
		show := eventShower{session.Seller, i.RefundURL, session.Channel}
		for n := range events {
			reply.Events[n] = show.event(&events[n])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}
