package rpc

import (
	"context"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
)

// maxNotes bounds the notes about one session, which each reply to a colleague carries.
const maxNotes = 200

// AddNote keeps a note of the expert who has the session in hand. Card numbers in it are masked, as in messages.
func (s *Sessions) AddNote(ctx context.Context, req *pb.AddNoteRequest) (*pb.SessionNote, error) {
	now := s.now().UTC().Truncate(time.Microsecond)
	note := store.Note{Time: now, Expert: PrincipalFrom(ctx).Expert}
	note.Text, _ = troubleshoot.MaskCards(req.GetText())
	var session troubleshoot.Session
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if session, err = tx.LockSession(req.GetSession()); err != nil {
			return err
		}
		if err := mayNote(ctx, tx, session); err != nil {
			return err
		}
		return tx.AddNote(session.ID, note.Expert, note.Text, now)
	})
	if err != nil {
		return nil, err
	}
	s.hub.Publish(live.ExpertTopic(session.Expert), live.Note{}) // the expert's other screens
	return noteToProto(note), nil
}

// mayNote refuses who does not have the session in hand, and a note too many.
func mayNote(ctx context.Context, tx *store.Tx, session troubleshoot.Session) error {
	if err := inHand(ctx, session, 0); err != nil {
		return err
	}
	if !session.InHand(PrincipalFrom(ctx).ExpertID()) {
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "session is %s: notes are written while it is in hand", session.State)
	}
	notes, err := tx.Notes(session.ID)
	if err == nil && len(notes) >= maxNotes {
		err = troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the session has %d notes, the most that it may", maxNotes)
	}
	return err
}
