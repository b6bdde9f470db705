package rpc

import (
	"context"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// transcriptBytes bounds what one transcript takes; a longer log is read by its events, page after page.
const transcriptBytes = 8 << 20

// GetTranscript gives the whole conversation of a session to who may read it. Notes for colleagues are no part of it.
func (s *Sessions) GetTranscript(ctx context.Context, req *pb.GetTranscriptRequest) (*pb.Transcript, error) {
	var reply *pb.Transcript
	err := s.read(ctx, req.GetSession(), "transcript", func(tx *store.Tx, session troubleshoot.Session) error {
		i, err := tx.Intercept(session.Intercept)
		if err != nil {
			return err
		}
		reply = &pb.Transcript{Session: sessionPrefix + session.ID, Seller: session.Seller, Sku: i.Line.SKU,
			CreateTime: timeToProto(session.CreateTime), EndTime: timeToProto(session.EndTime)}
		show, size := showerOf(session, i), 0
		for after := int64(0); ; {
			page, err := tx.Events(session.ID, after, eventsPage)
			if err != nil {
				return err
			}
			for n := range page {
				reply.Events = append(reply.Events, show.event(&page[n]))
				after = page[n].Seq
				size += page[n].Size()
			}
			switch {
			case size > transcriptBytes:
				return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the conversation is longer than %d MiB; read it by GET /v1/sessions/%s/events", transcriptBytes>>20, session.ID)
			case len(page) < eventsPage:
				return nil
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}
