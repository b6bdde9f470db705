package e2e_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// talk is an expert's tool on one bidirectional stream.
type talk struct {
	t      *testing.T
	stream pb.ExpertsService_ConverseClient
}

// ask sends a command and gives its answer; what happens meanwhile goes to seen.
func (k *talk) ask(req *pb.ConverseRequest, seen func(*pb.ConverseResponse)) *pb.ConverseResponse {
	k.t.Helper()
	if err := k.stream.Send(req); err != nil {
		k.t.Fatal(err)
	}
	return k.until(func(r *pb.ConverseResponse) bool { return r.GetId() == req.GetId() }, seen)
}

// until reads until something holds.
func (k *talk) until(holds func(*pb.ConverseResponse) bool, seen func(*pb.ConverseResponse)) *pb.ConverseResponse {
	k.t.Helper()
	for {
		r, err := k.stream.Recv()
		if err != nil {
			k.t.Fatal(err)
		}
		if holds(r) {
			return r
		}
		if seen != nil {
			seen(r)
		}
	}
}

// An expert's own tool works on one gRPC connection: it becomes present, accepts, reads, writes and closes; the shopper reads the
// same log by a gRPC stream; a drain tells both to come again.
func TestAnExpertsToolConverses(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("acme", object{"holdoutFraction": 0.0})
	key := s.newKey(object{"role": "EXPERT", "seller": "acme", "expert": "ann"})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn := s.dial(t)
	stream, err := pb.NewExpertsServiceClient(conn).Converse(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key))
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{t, stream}
	k.until(func(r *pb.ConverseResponse) bool { return r.GetWork() != nil }, nil)
	if r := k.ask(&pb.ConverseRequest{Id: "1", Command: &pb.ConverseRequest_Presence{Presence: &pb.SetPresenceRequest{Expert: "ann", State: pb.Expert_AVAILABLE}}}, nil); r.GetExpert().GetState() != pb.Expert_AVAILABLE {
		t.Fatalf("presence: %v", r)
	}
	i := s.decide(intent("acme", "1", "1", "KETTLE-1")).object(t)
	shopper := s.as(text(i, "shopperToken"))
	session := id(shopper.startChat(text(i, "name")))
	k.until(func(r *pb.ConverseResponse) bool { return len(r.GetWork().GetOffered()) == 1 }, nil)
	if r := k.ask(&pb.ConverseRequest{Id: "2", Command: &pb.ConverseRequest_Accept{Accept: &pb.AcceptSessionRequest{Session: session}}}, nil); r.GetSession().GetState() != pb.Session_ACTIVE {
		t.Fatalf("accept: %v", r)
	}
	var events []*pb.SessionEvent
	collect := func(r *pb.ConverseResponse) {
		if e := r.GetUpdate().GetEvent(); e.GetSeq() > 0 {
			events = append(events, e)
		}
	}
	k.ask(&pb.ConverseRequest{Id: "3", Command: &pb.ConverseRequest_Subscribe_{Subscribe: &pb.ConverseRequest_Subscribe{Session: session}}}, collect)
	shopper.say("sessions/"+session, "1", "it does not heat")
	message := &pb.ConverseRequest{Id: "4", Command: &pb.ConverseRequest_Send{Send: &pb.SendMessageRequest{Session: session, ClientMessageId: "1", Text: "plug in a lamp"}}}
	sent := k.ask(message, collect)
	if again := k.ask(message, collect); again.GetSent().GetSeq() != sent.GetSent().GetSeq() || sent.GetSent().GetSeq() == 0 {
		t.Errorf("sent as %v, again %v", sent, again)
	}
	other := &pb.ConverseRequest{Id: "5", Command: &pb.ConverseRequest_Close{Close: &pb.CloseSessionRequest{Session: "nobodys", Disposition: pb.Session_FIXED_KEPT}}}
	if r := k.ask(other, collect); codes.Code(r.GetFailure().GetCode()) != codes.NotFound {
		t.Errorf("closing what does not exist: %v", r)
	}
	for len(events) < 4 {
		k.until(func(r *pb.ConverseResponse) bool { collect(r); return r.GetUpdate() != nil }, nil)
	}
	for n, e := range events {
		if int(e.GetSeq()) != n+1 {
			t.Errorf("event %d is %v", n+1, e)
		}
	}
	reading, err := pb.NewSessionsServiceClient(conn).StreamEvents(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+shopper.key),
		&pb.ListEventsRequest{Session: session, AfterSeq: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"it does not heat", "plug in a lamp"} {
		if e, err := reading.Recv(); err != nil || e.GetMessage().GetText() != want {
			t.Errorf("the shopper reads %v, %v; want %s", e, err, want)
		}
	}
	s.terminate()
	for what, end := range map[string]func() error{
		"the tool":    func() error { _, err := k.stream.Recv(); return err },
		"the shopper": func() error { _, err := reading.Recv(); return err },
	} {
		var err error
		for err == nil {
			err = end()
		}
		if status.Code(err) != codes.Unavailable {
			t.Errorf("at the drain %s is told %v", what, err)
		}
	}
}
