package rpc

import (
	"fmt"
	"testing"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestNotesAreOfWhoHasTheSession(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll()
		ann, bob := as(troubleshoot.RoleExpert), asExpert("acme", "bob")
		id, i := d.chat("1", ann)
		ask := &pb.AddNoteRequest{Session: id, Text: "card 4111 1111 1111 1111, rude"}
		d.pass(time.Second)
		note := must[*pb.SessionNote](t)(d.Sessions.AddNote(ann, ask))
		if note.GetExpert() != "ann" || note.GetText() == ask.Text || !note.GetCreateTime().AsTime().Equal(d.clock) {
			t.Errorf("kept %v", note)
		}
		d.pass(time.Second)
		must[*pb.Session](t)(d.Sessions.WrapUpSession(ann, &pb.WrapUpSessionRequest{Session: id}))
		must[*pb.SessionNote](t)(d.Sessions.AddNote(ann, &pb.AddNoteRequest{Session: id, Text: "written up"}))
		notes := must[*pb.Session](t)(d.Sessions.GetSession(ann, &pb.GetSessionRequest{Session: id})).GetNotes()
		if len(notes) != 2 || notes[0].GetText() != note.GetText() || !notes[0].GetCreateTime().AsTime().Equal(note.GetCreateTime().AsTime()) || notes[1].GetText() != "written up" {
			t.Errorf("colleagues read %v", notes)
		}
		if shown := must[*pb.Session](t)(d.Sessions.GetSession(shopperOf(i), &pb.GetSessionRequest{Session: id})); shown.GetNotes() != nil {
			t.Errorf("the shopper reads %v", shown.GetNotes())
		}
		wantCode(t, "a colleague", second(d.Sessions.AddNote(bob, ask)), troubleshoot.Aborted)
		wantCode(t, "an expert of another seller", second(d.Sessions.AddNote(asExpert("bolt", "ann"), ask)), troubleshoot.NotFound)
		wantCode(t, "an expert of the pool with the same name", second(d.Sessions.AddNote(asExpert("", "ann"), ask)), troubleshoot.NotFound)
		wantCode(t, "no session", second(d.Sessions.AddNote(ann, &pb.AddNoteRequest{Session: "unknown", Text: "x"})), troubleshoot.NotFound)
		must[*pb.Session](t)(d.Sessions.CloseSession(ann, &pb.CloseSessionRequest{Session: id, Disposition: pb.Session_FIXED_KEPT}))
		wantCode(t, "of a closed session", second(d.Sessions.AddNote(ann, ask)), troubleshoot.FailedPrecondition)
	})
}

func TestNotesOfASessionAreLimited(t *testing.T) {
	d := newDesk(t)
	d.offerAll()
	ann := as(troubleshoot.RoleExpert)
	id, _ := d.chat("1", ann)
	storetest.Update(t, d.store, func(tx *store.Tx) error {
		for n := range maxNotes - 1 {
			if err := tx.AddNote(id, "ann", fmt.Sprint(n), d.clock); err != nil {
				return err
			}
		}
		return nil
	})
	must[*pb.SessionNote](t)(d.Sessions.AddNote(ann, &pb.AddNoteRequest{Session: id, Text: "the last"}))
	wantCode(t, "one more", second(d.Sessions.AddNote(ann, &pb.AddNoteRequest{Session: id, Text: "one more"})), troubleshoot.FailedPrecondition)
}
