package rpc

import (
	"slices"
	"strings"
	"testing"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestTranscriptIsTheWholeConversation(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll()
		ann := as(troubleshoot.RoleExpert)
		id, i := d.chat("1", ann)
		d.pass(time.Second)
		d.says(shopperOf(i), id, "it does not heat")
		d.says(ann, id, "is the light on?")
		must[*pb.SessionNote](t)(d.Sessions.AddNote(ann, &pb.AddNoteRequest{Session: id, Text: "for colleagues"}))
		d.pass(time.Minute)
		must[*pb.Session](t)(d.Sessions.CloseSession(ann, &pb.CloseSessionRequest{Session: id, Disposition: pb.Session_FIXED_KEPT, Note: "rude"}))
		whole := must[*pb.Transcript](t)(d.Sessions.GetTranscript(shopperOf(i), &pb.GetTranscriptRequest{Session: id}))
		var said []string
		for n, e := range whole.GetEvents() {
			if int(e.GetSeq()) != n+1 {
				t.Errorf("event %d has the number %d", n+1, e.GetSeq())
			}
			said = append(said, e.GetSender().String()+" "+e.GetMessage().GetText()+e.GetStateChange().GetReason())
		}
		want := []string{"SYSTEM STARTED", "SYSTEM ACCEPTED", "SHOPPER it does not heat", "EXPERT is the light on?", "SYSTEM CLOSED"}
		if !slices.Equal(said, want) || whole.GetSession() != "sessions/"+id || whole.GetSku() != "KETTLE-1" || whole.GetSeller() != "acme" ||
			!whole.GetCreateTime().AsTime().Equal(noon) || !whole.GetEndTime().AsTime().Equal(d.clock) {
			t.Errorf("%q of %v", said, whole)
		}
		if text := whole.String(); strings.Contains(text, "colleagues") || strings.Contains(text, "rude") {
			t.Errorf("a note for colleagues is in the transcript: %s", text)
		}
	})
}

// TestReadingAlongIsAudited: who is no party of a session leaves a trace.
func TestReadingAlongIsAudited(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll()
		ann := as(troubleshoot.RoleExpert)
		id, i := d.chat("1", ann)
		readings := func() []string {
			return slices.DeleteFunc(auditOf(t, d.url), func(row string) bool {
				return !strings.HasPrefix(row, "session.transcript") && !strings.HasPrefix(row, "session.context")
			})
		}
		ask, about := &pb.GetTranscriptRequest{Session: id}, &pb.GetSessionRequest{Session: id}
		must[*pb.Transcript](t)(d.Sessions.GetTranscript(shopperOf(i), ask))
		must[*pb.Transcript](t)(d.Sessions.GetTranscript(ann, ask))
		must[*pb.SessionContext](t)(d.Experts.GetSessionContext(ann, about))
		for what, err := range map[string]error{
			"another expert's transcript":  second(d.Sessions.GetTranscript(asExpert("acme", "bob"), ask)),
			"another expert's context":     second(d.Experts.GetSessionContext(asExpert("", "ann"), about)),
			"another shopper's transcript": second(d.Sessions.GetTranscript(shopperOf(d.intercept("2", nil)), ask)),
			"another seller's transcript":  second(d.Sessions.GetTranscript(asSeller("bolt"), ask)),
			"another seller's context":     second(d.Experts.GetSessionContext(asSeller("bolt"), about)),
		} {
			wantCode(t, what, err, troubleshoot.NotFound)
		}
		if got := readings(); len(got) != 0 {
			t.Errorf("parties and strangers leave %q", got)
		}
		for _, role := range []troubleshoot.Role{troubleshoot.RoleSeller, troubleshoot.RoleAdmin} {
			must[*pb.Transcript](t)(d.Sessions.GetTranscript(as(role), ask))
			must[*pb.SessionContext](t)(d.Experts.GetSessionContext(as(role), about))
		}
		got := readings()
		slices.Sort(got)
		context, transcript := "session.context sessions/"+id+" ACTIVE", "session.transcript sessions/"+id+" ACTIVE"
		if want := []string{context, context, transcript, transcript}; !slices.Equal(got, want) {
			t.Errorf("supervisors leave %q, want %q", got, want)
		}
	})
}
