package rpc

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// carriers lists the methods whose replies can carry a phone number: those in which a Callback can be.
func carriers() map[string]bool {
	var carries func(m protoreflect.MessageDescriptor, above []protoreflect.FullName) bool
	carries = func(m protoreflect.MessageDescriptor, above []protoreflect.FullName) bool {
		if m.FullName() == "fixfirst.v1.Callback" {
			return true
		}
		for n := range m.Fields().Len() {
			if inner := m.Fields().Get(n).Message(); inner != nil && !slices.Contains(above, inner.FullName()) && carries(inner, append(above, m.FullName())) {
				return true
			}
		}
		return false
	}
	methods := map[string]bool{}
	protoregistry.GlobalFiles.RangeFilesByPackage("fixfirst.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			for j := range file.Services().Get(i).Methods().Len() {
				if m := file.Services().Get(i).Methods().Get(j); carries(m.Output(), nil) {
					methods[string(m.Name())] = true
				}
			}
		}
		return true
	})
	return methods
}

// phoneWatch reads replies for a phone number.
type phoneWatch struct {
	*desk
	seen map[string]bool // methods of which a reply was read
}

// reads takes a reply: the whole number is in it exactly if whole is true.
func (w *phoneWatch) reads(method, who string, whole bool) func(proto.Message, error) {
	return func(reply proto.Message, err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatalf("%s by %s: %v", method, who, err)
		}
		w.seen[method] = true
		text, err := protojson.Marshal(reply)
		if err != nil {
			w.t.Fatal(err)
		}
		if strings.Contains(string(text), phone[2:]) != whole {
			w.t.Errorf("%s by %s: whole number wanted %v: %s", method, who, whole, text)
		}
		if digits := phone[len(phone)-3:]; !whole && strings.Contains(string(text), digits+`"`) {
			w.t.Errorf("%s by %s shows more than two digits: %s", method, who, text)
		}
	}
}

// everybodyReads has each party and supervisor read what they may; holder, if any, is the one expert who has the session.
func (w *phoneWatch) everybodyReads(i *pb.Intercept, session, holder string) {
	w.t.Helper()
	readers := map[string]context.Context{"the shopper": shopperOf(i), "the seller": as(troubleshoot.RoleSeller), "an administrator": as(troubleshoot.RoleAdmin),
		"ann": as(troubleshoot.RoleExpert), "bob": asExpert("acme", "bob")}
	may := func(who string) bool { // read the very session
		found := must[troubleshoot.Session](w.t)(sessionOf(w.store, session))
		return PrincipalFrom(readers[who]).MayReadSession(found)
	}
	for who, ctx := range readers {
		isExpert := PrincipalFrom(ctx).Role == troubleshoot.RoleExpert
		if may(who) {
			w.reads("GetSession", who, who == holder)(d1(w.Sessions.GetSession(ctx, &pb.GetSessionRequest{Session: session})))
			w.reads("ListEvents", who, false)(d1(w.Sessions.ListEvents(ctx, &pb.ListEventsRequest{Session: session})))
			w.reads("GetTranscript", who, false)(d1(w.Sessions.GetTranscript(ctx, &pb.GetTranscriptRequest{Session: session})))
			if who != "the shopper" {
				w.reads("GetSessionContext", who, who == holder)(d1(w.Experts.GetSessionContext(ctx, &pb.GetSessionRequest{Session: session})))
			}
		} else {
			wantCode(w.t, "GetSession by "+who, second(w.Sessions.GetSession(ctx, &pb.GetSessionRequest{Session: session})), troubleshoot.NotFound)
		}
		if who != "the shopper" {
			w.reads("ListSessions", who, false)(d1(w.Sessions.ListSessions(ctx, &pb.ListSessionsRequest{})))
			w.reads("GetQueue", who, false)(d1(w.Experts.GetQueue(ctx, &pb.GetQueueRequest{})))
		}
		if isExpert {
			var work *pb.Work
			err := w.Experts.tell(ctx, PrincipalFrom(ctx).ExpertID(), func(told *pb.Work) error { work = told; return nil })
			w.reads("StreamWork", who, who == holder)(work, err)
		}
	}
}

// d1 widens a reply.
func d1[T proto.Message](reply T, err error) (proto.Message, error) { return reply, err }

func sessionOf(s *store.Store, id string) (session troubleshoot.Session, err error) {
	err = s.View(context.Background(), func(tx *store.Tx) (err error) {
		session, err = tx.Session(id)
		return err
	})
	return session, err
}

// TestAPhoneNumberIsForWhoCallsIt follows a callback through its life and reads every kind of reply that could carry its number.
func TestAPhoneNumberIsForWhoCallsIt(t *testing.T) {
	w := &phoneWatch{desk: newDesk(t), seen: map[string]bool{}}
	w.offerAll(pb.Session_GUIDE, pb.Session_CHAT, pb.Session_CALLBACK)
	kettle := w.publishKettle()
	ann, bob, seller := as(troubleshoot.RoleExpert), asExpert("acme", "bob"), as(troubleshoot.RoleSeller)
	w.hireExpert()
	w.comes(bob)
	i := w.intercept("1", nil)
	shopper := shopperOf(i)
	created := must[*pb.Session](t)(w.start(i, pb.Session_CALLBACK, "r"))
	id := bare(created.GetName())
	w.reads("CreateSession", "the shopper", false)(created, nil)
	beside := bare(must[*pb.Session](t)(w.start(i, pb.Session_CHAT, "")).GetName()) // bob has it, about the same line
	w.accept(bob, beside)
	w.everybodyReads(i, id, "")
	w.reads("RescheduleCallback", "the shopper", false)(d1(w.Sessions.RescheduleCallback(shopper, &pb.RescheduleCallbackRequest{Session: id,
		NotBefore: timestamppb.New(noon), NotAfter: timestamppb.New(noon.Add(4 * time.Hour))})))
	w.reads("RecordStep", "the shopper", false)(d1(w.Sessions.RecordStep(shopper, &pb.RecordStepRequest{Session: id, Guide: "kettle", Revision: 1,
		Step: kettle.GetSteps()[0].GetStep(), Result: pb.Session_NOT_FIXED})))

	w.ring(ann, id)
	w.everybodyReads(i, id, "")
	w.reads("DeclineSession", "ann", false)(d1(w.Sessions.DeclineSession(ann, &pb.DeclineSessionRequest{Session: id})))
	w.pass(time.Second)
	w.ring(ann, id)
	tool := &conversation{experts: w.Experts}
	w.reads("Converse", "ann", true)(tool.do(ann, &pb.ConverseRequest{Command: &pb.ConverseRequest_Accept{Accept: &pb.AcceptSessionRequest{Session: id}}}), nil)
	w.reads("AcceptSession", "ann", true)(d1(w.Sessions.AcceptSession(ann, &pb.AcceptSessionRequest{Session: id})))
	w.everybodyReads(i, id, "ann")
	w.reads("GetSessionContext", "bob of the chat beside", false)(d1(w.Experts.GetSessionContext(bob, &pb.GetSessionRequest{Session: beside})))
	call := &pb.RecordCallRequest{Session: id, Outcome: pb.Callback_NO_ANSWER, StartTime: timestamppb.New(w.clock), EndTime: timestamppb.New(w.clock)}
	w.reads("RecordCall", "ann, who lets it wait again", false)(d1(w.Sessions.RecordCall(ann, call)))
	w.reads("RecordCall", "ann, once more", false)(d1(w.Sessions.RecordCall(ann, call)))
	w.everybodyReads(i, id, "")

	w.pass(troubleshoot.CallAgain)
	w.comes(bob)
	w.reads("TakeOverSession", "the seller", false)(d1(w.Sessions.TakeOverSession(seller, &pb.TakeOverSessionRequest{Session: id, Expert: "bob"})))
	w.everybodyReads(i, id, "bob")
	w.comes(ann)
	w.reads("TransferSession", "bob", false)(d1(w.Sessions.TransferSession(bob, &pb.TransferSessionRequest{Session: id, Note: "speaks French"})))
	w.everybodyReads(i, id, "")
	w.comes(ann)
	w.accept(ann, id)
	call = &pb.RecordCallRequest{Session: id, Outcome: pb.Callback_REACHED, StartTime: timestamppb.New(w.clock), EndTime: timestamppb.New(w.clock)}
	w.reads("RecordCall", "ann, who goes on", true)(d1(w.Sessions.RecordCall(ann, call)))
	w.reads("WrapUpSession", "ann", true)(d1(w.Sessions.WrapUpSession(ann, &pb.WrapUpSessionRequest{Session: id})))
	w.everybodyReads(i, id, "ann")
	w.reads("CloseSession", "ann", false)(d1(w.Sessions.CloseSession(ann, &pb.CloseSessionRequest{Session: id, Disposition: pb.Session_FIXED_KEPT})))
	w.reads("AnswerSession", "the shopper", false)(d1(w.Sessions.AnswerSession(shopper, &pb.AnswerSessionRequest{Session: id, Solved: pb.Session_YES})))
	w.reads("LeaveSession", "the shopper", false)(d1(w.Sessions.LeaveSession(shopper, &pb.LeaveSessionRequest{Session: id})))
	w.everybodyReads(i, id, "")
	for method := range carriers() {
		if !w.seen[method] {
			t.Errorf("no reply of %s was read; it can carry a phone number", method)
		}
	}
	w.wantNoPhoneAround(t, id)
}

// wantNoPhoneAround looks for the number in what is kept beside the session, and in errors.
func (w *phoneWatch) wantNoPhoneAround(t *testing.T, id string) {
	t.Helper()
	for _, row := range auditOf(t, w.url) {
		if strings.Contains(row, phone[2:]) {
			t.Errorf("it is in the audit: %s", row)
		}
	}
	storetest.View(t, w.store, func(tx *store.Tx) error {
		events, err := tx.Events(id, 0, troubleshoot.MaxSessionEvents)
		for _, e := range events {
			if e.Change != nil && strings.Contains(e.Change.Shown+e.Change.Expert, phone[2:]) {
				t.Errorf("it is in the log: %+v", e)
			}
		}
		return err
	})
	i := w.intercept("2", nil)
	must[*pb.Session](t)(w.start(i, pb.Session_CALLBACK, "r"))
	for what, number := range map[string]string{"another number for the same request": "+498912345699", "too long a number": phone + "000000", "no number": "x" + phone} {
		_, err := w.Sessions.CreateSession(shopperOf(i), &pb.CreateSessionRequest{Intercept: bare(i.GetName()), Channel: pb.Session_CALLBACK, RequestId: "r",
			Callback: &pb.CallbackRequest{Phone: number, NotBefore: timestamppb.New(w.clock), NotAfter: timestamppb.New(w.clock.Add(time.Hour))}})
		if err == nil || strings.Contains(err.Error(), "8912345") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got := slices.Sorted(maps.Keys(carriers())); len(got) < 15 || !slices.Contains(got, "GetSession") || slices.Contains(got, "GetTranscript") {
		t.Errorf("the descriptors were not walked: %v", got)
	}
}
