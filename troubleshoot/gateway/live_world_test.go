package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

const (
	eventsPath = "/v1/sessions/s1/events:stream"
	workPath   = "/v1/experts/ada/work:stream"
)

// chats are services whose streams and messages do what a test says.
type chats struct {
	pb.UnimplementedSessionsServiceServer
	pb.UnimplementedExpertsServiceServer
	events     func(*pb.ListEventsRequest, grpc.ServerStreamingServer[pb.SessionEvent]) error
	work       func(*pb.StreamWorkRequest, grpc.ServerStreamingServer[pb.Work]) error
	message    func(context.Context, *pb.SendMessageRequest) (*pb.SentMessage, error)
	transcript *pb.Transcript
}

func (c *chats) register(r grpc.ServiceRegistrar) {
	pb.RegisterSessionsServiceServer(r, c)
	pb.RegisterExpertsServiceServer(r, c)
}

func (c *chats) StreamEvents(req *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.SessionEvent]) error {
	return c.events(req, out)
}

func (c *chats) StreamWork(req *pb.StreamWorkRequest, out grpc.ServerStreamingServer[pb.Work]) error {
	return c.work(req, out)
}

func (c *chats) SendMessage(ctx context.Context, req *pb.SendMessageRequest) (*pb.SentMessage, error) {
	return c.message(ctx, req)
}

func (c *chats) GetTranscript(context.Context, *pb.GetTranscriptRequest) (*pb.Transcript, error) {
	return c.transcript, nil
}

func (c *chats) GetSession(context.Context, *pb.GetSessionRequest) (*pb.Session, error) {
	return &pb.Session{Name: "sessions/s1"}, nil
}

func (c *chats) ListEvents(context.Context, *pb.ListEventsRequest) (*pb.ListEventsResponse, error) {
	return &pb.ListEventsResponse{Events: []*pb.SessionEvent{said(1, "hello")}, LastSeq: 4}, nil
}

// pass is an interceptor that does nothing: without any there are no live streams.
func pass(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return next(srv, stream)
}

// newChats starts a gateway in front of chats.
func newChats(t testing.TB, c *chats, change func(*Config, *http.Server)) *world {
	t.Helper()
	return newWorld(t, readTimeout, func(cfg *Config, server *http.Server) {
		cfg.Register = c.register
		cfg.StreamInterceptors = []grpc.StreamServerInterceptor{pass}
		if change != nil {
			change(cfg, server)
		}
	})
}

var heartbeat = &pb.SessionEvent{Sender: pb.SessionEvent_SYSTEM, Event: &pb.SessionEvent_Heartbeat_{Heartbeat: &pb.SessionEvent_Heartbeat{}}}

// said is a message of a shopper.
func said(seq int32, text string) *pb.SessionEvent {
	return &pb.SessionEvent{Seq: seq, Time: &timestamppb.Timestamp{Seconds: 1790000000}, Sender: pb.SessionEvent_SHOPPER,
		Event: &pb.SessionEvent_Message_{Message: &pb.SessionEvent_Message{ClientMessageId: "c1", Text: text}}}
}

// saidJSON is what said is in JSON.
func saidJSON(seq, text string) string {
	return `{"seq":` + seq + `,"time":"2026-09-21T14:13:20Z","sender":"SHOPPER","expert":"","message":{"clientMessageId":"c1","text":"` +
		text + `","reply":"","masked":false}}`
}

// sends is a stream that sends events and then ends so.
func sends(end error, events ...*pb.SessionEvent) func(*pb.ListEventsRequest, grpc.ServerStreamingServer[pb.SessionEvent]) error {
	return func(_ *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.SessionEvent]) error {
		for _, e := range events {
			if err := out.Send(e); err != nil {
				return err
			}
		}
		return end
	}
}

// waits is a stream that gives a sign of life at once, and then waits until its context ends. It gives how it ended to ended.
func waits(ended chan<- error) func(*pb.ListEventsRequest, grpc.ServerStreamingServer[pb.SessionEvent]) error {
	return func(_ *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.SessionEvent]) error {
		if err := out.Send(heartbeat); err != nil {
			return err
		}
		<-out.Context().Done()
		ended <- context.Cause(out.Context())
		return context.Cause(out.Context())
	}
}

// field is one line of an event stream: its name, and its value, JSON unpacked. Comments have the name "", and so have the
// objects of NDJSON.
type field struct {
	name  string
	value any
}

// fields takes an event stream or NDJSON apart; an empty line is "".
func fields(t *testing.T, body string) []field {
	t.Helper()
	var all []field
	for line := range strings.Lines(body) {
		line, ended := strings.CutSuffix(line, "\n")
		if !ended {
			t.Errorf("the last line %q has no end", line)
		}
		f := field{value: line}
		if !strings.HasPrefix(line, "{") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				f = field{name, value}
			}
		}
		if text := f.value.(string); strings.HasPrefix(text, "{") {
			if err := json.Unmarshal([]byte(text), &f.value); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
		all = append(all, f)
	}
	return all
}

// sameFields compares a body with what it should be, field by field.
func sameFields(t *testing.T, body, want string) {
	t.Helper()
	if got, wanted := fields(t, body), fields(t, want); !reflect.DeepEqual(got, wanted) {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
}

// eventually waits for something that happens on another goroutine.
func eventually(t *testing.T, what string, happened <-chan error) error {
	t.Helper()
	select {
	case err := <-happened:
		return err
	case <-time.After(30 * time.Second):
		t.Fatal("not within 30 s: " + what)
		return nil
	}
}

// dial opens a connection of its own and sends a request on it as it is written, but for line ends.
func (w *world) dial(t *testing.T, request string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}
