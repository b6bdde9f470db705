package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func TestLiveFormats(t *testing.T) {
	typing := &pb.SessionEvent{Sender: pb.SessionEvent_EXPERT, Expert: "Ada", Event: &pb.SessionEvent_Typing_{Typing: &pb.SessionEvent_Typing{}}}
	const typingJSON = `{"seq":0,"sender":"EXPERT","expert":"Ada","typing":{}}`
	c := &chats{events: sends(nil, said(3, "one\r\ntwo 冰"), heartbeat, typing)}
	w := newChats(t, c, nil)
	events := "id: 3\ndata: " + saidJSON("3", `one\r\ntwo 冰`) + "\n\n: heartbeat\n\ndata: " + typingJSON + "\n\n"
	lines := saidJSON("3", `one\r\ntwo 冰`) + "\n\n" + typingJSON + "\n"
	for accept, want := range map[string]string{
		"text/event-stream":                   mediaEvents,
		"text/event-stream;q=0.9, */*;q=0.8":  mediaEvents,
		"application/json, text/event-stream": mediaEvents,
		"":                                    mediaNDJSON,
		"*/*":                                 mediaNDJSON,
		"application/json":                    mediaNDJSON,
		"text/event-stream;q=0.5, text/html":  mediaEvents,
		"text/event-stream;q=0":               mediaNDJSON,
		"application/x-ndjson, text/*;q=0.9":  mediaNDJSON,
		"application/ndjson, text/event-stream;q=0.3": mediaNDJSON,
	} {
		a := w.do(t, "GET", eventsPath, "", "Accept", accept, "X-Request-Id", "r-1")
		if a.code != 200 || a.header.Get("Content-Type") != want {
			t.Errorf("Accept %q: %d %s", accept, a.code, a.header.Get("Content-Type"))
		}
		sameFields(t, a.body, map[string]string{mediaEvents: events, mediaNDJSON: lines}[want])
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "", "X-Content-Type-Options": "nosniff",
			"X-Request-Id": "r-1", "Content-Length": ""} {
			if got := a.header.Get(name); got != want {
				t.Errorf("Accept %q: %s is %q, want %q", accept, name, got, want)
			}
		}
	}
}

func TestWorkHasNoIDs(t *testing.T) {
	var expert string
	w := newChats(t, &chats{work: func(req *pb.StreamWorkRequest, out grpc.ServerStreamingServer[pb.Work]) error {
		expert = req.GetExpert()
		return out.Send(&pb.Work{Waiting: 2})
	}}, nil)
	sameFields(t, w.do(t, "GET", workPath, "", "Accept", mediaEvents).body, "data: {\"offered\":[],\"sessions\":[],\"waiting\":2}\n\n")
	sameFields(t, w.do(t, "GET", workPath, "").body, "{\"offered\":[],\"sessions\":[],\"waiting\":2}\n")
	if expert != "ada" {
		t.Errorf("asked for %q", expert)
	}
}

// The larger one of afterSeq and Last-Event-ID says what a reader has.
func TestStreamsResume(t *testing.T) {
	asked := make(chan *pb.ListEventsRequest, 1)
	w := newChats(t, &chats{events: func(req *pb.ListEventsRequest, _ grpc.ServerStreamingServer[pb.SessionEvent]) error {
		asked <- req
		return nil
	}}, nil)
	for _, c := range []struct {
		query string
		last  []string
		after int32 // -1: refused
	}{
		{"", nil, 0},
		{"?afterSeq=7", nil, 7},
		{"?after_seq=7&pageSize=5", nil, 7},
		{"", []string{"9"}, 9},
		{"?afterSeq=7", []string{"9"}, 9},
		{"?afterSeq=7", []string{"5"}, 7},
		{"?afterSeq=7", []string{""}, 7},
		{"?afterSeq=7", []string{"nine"}, -1},
		{"", []string{"-1"}, -1},
		{"", []string{"1.5"}, -1},
		{"", []string{"2147483648"}, -1},
		{"", []string{"1", "2"}, -1},
	} {
		headers := []string{"Accept", mediaEvents}
		for _, last := range c.last {
			headers = append(headers, "Last-Event-ID", last)
		}
		a := w.do(t, "GET", eventsPath+c.query, "", headers...)
		if c.after < 0 {
			if s := status.FromProto(a.status(t)); a.code != 400 || a.field(t) != "Last-Event-ID" || reasonOf(s) != "INVALID_HEADER" {
				t.Errorf("%q, %q: %d %s", c.query, c.last, a.code, a.body)
			}
			continue
		}
		if a.code != 200 || a.body != "" || a.header.Get("Content-Type") != mediaEvents {
			t.Fatalf("%q, %q: %d %s", c.query, c.last, a.code, a.body)
		}
		if req := <-asked; req.GetAfterSeq() != c.after || req.GetSession() != "s1" {
			t.Errorf("%q, %q: asked for %v, want after %d", c.query, c.last, req, c.after)
		}
	}
	if a := w.do(t, "GET", workPath, "", "Last-Event-ID", "nine"); a.code == 400 {
		t.Errorf("work, which has no ids: %d %s", a.code, a.body)
	}
}

func TestStreamsAreRefusedAsAllElse(t *testing.T) {
	reached := false
	w := newChats(t, &chats{events: func(*pb.ListEventsRequest, grpc.ServerStreamingServer[pb.SessionEvent]) error {
		reached = true
		return nil
	}}, nil)
	for _, c := range []doorCase{
		{"an unknown parameter", "GET", eventsPath + "?after=5", "", nil, 400, "after: is no parameter of this route; known are afterSeq, pageSize"},
		{"work has none", "GET", workPath + "?afterSeq=5", "", nil, 400, "afterSeq: is no parameter of this route; it takes none"},
		{"a parameter of the wrong type", "GET", eventsPath + "?afterSeq=x", "", nil, 400, "afterSeq: the value does not fit"},
		{"a parameter given twice", "GET", eventsPath + "?afterSeq=1&afterSeq=2", "", nil, 400, "afterSeq: give it once"},
		{"a key in the query", "GET", eventsPath + "?token=x", "", nil, 401, "URL"},
		{"POST", "POST", eventsPath, "{}", nil, 405, "POST"},
		{"another origin", "GET", eventsPath, "", []string{"Origin", "https://evil.example"}, 403, "origin"},
		{"a large body", "GET", eventsPath, strings.Repeat("a", maxBody+1), nil, 413, "too large"},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, w) })
	}
	if a := w.do(t, "HEAD", eventsPath, ""); a.code != 405 || a.body != "" {
		t.Errorf("HEAD: %d %q", a.code, a.body)
	}
	if reached {
		t.Error("a refused request reached the service")
	}
}

// Until the first message an error is answered with its HTTP status, on a connection that may be used again.
func TestErrorsBeforeTheFirstMessage(t *testing.T) {
	busy, err := status.New(codes.ResourceExhausted, "too many streams").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(5 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err   error
		code  int
		retry string
	}{
		{status.Error(codes.Unauthenticated, "invalid token"), 401, ""},
		{status.Error(codes.PermissionDenied, "not yours"), 403, ""},
		{status.Error(codes.NotFound, "no such session"), 404, ""},
		{busy.Err(), 429, "5"},
		{status.Error(codes.Unavailable, "shutting down"), 503, ""},
		{fmt.Errorf("load: %w", context.DeadlineExceeded), 504, ""},
	} {
		for _, accept := range []string{mediaEvents, mediaNDJSON} {
			w := newChats(t, &chats{events: sends(c.err)}, nil)
			conn, in := w.dial(t, "GET "+eventsPath+" HTTP/1.1\nHost: x\nAccept: "+accept+"\n\n")
			reply, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(reply.Body)
			a := answer{reply.StatusCode, reply.Header, string(body)}
			if a.code != c.code || a.header.Get("Content-Type") != mediaJSON || a.header.Get("Retry-After") != c.retry || a.status(t).GetMessage() != status.Convert(statusOf(c.err)).Message() {
				t.Errorf("%v as %s: %d %v %s", c.err, accept, a.code, a.header, a.body)
			}
			if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if again, err := http.ReadResponse(in, nil); err != nil || again.StatusCode != 200 {
				t.Errorf("%v: the connection is of no use any more: %v", c.err, err)
			}
		}
	}
}

func TestErrorsAfterTheFirstMessage(t *testing.T) {
	const gone = `{"code":16,"message":"invalid token"}`
	const down = `{"code":14,"message":"shutting down"}`
	for _, c := range []struct {
		err           error
		events, lines string
	}{
		{status.Error(codes.Unauthenticated, "invalid token"), "event: error\ndata: " + gone + "\n\n", `{"error":` + gone + "}\n"},
		{status.Error(codes.Unavailable, "shutting down"), "event: reconnect\nretry: 1000\ndata: " + down + "\n\n", `{"error":` + down + "}\n"},
		{nil, "", ""},
	} {
		w := newChats(t, &chats{events: sends(c.err, heartbeat)}, nil)
		sameFields(t, w.do(t, "GET", eventsPath, "", "Accept", mediaEvents).body, ": heartbeat\n\n"+c.events)
		sameFields(t, w.do(t, "GET", eventsPath, "").body, "\n"+c.lines)
	}
}

// There is no way to a stream around the interceptors.
func TestStreamsPassTheInterceptors(t *testing.T) {
	var log []string
	note := func(name string) grpc.StreamServerInterceptor {
		return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			md, _ := metadata.FromIncomingContext(stream.Context())
			from, _ := peer.FromContext(stream.Context())
			host, _, _ := strings.Cut(from.Addr.String(), ":")
			log = append(log, name+" "+info.FullMethod+" "+strings.Join(md["authorization"], ",")+" "+host)
			if err := stream.SetHeader(metadata.Pairs("x-internal", "hidden", "etag", name)); err != nil {
				return err
			}
			return next(srv, stream)
		}
	}
	c := &chats{events: sends(nil, said(1, "a")), work: func(*pb.StreamWorkRequest, grpc.ServerStreamingServer[pb.Work]) error { return nil }}
	w := newChats(t, c, func(cfg *Config, _ *http.Server) {
		cfg.StreamInterceptors = []grpc.StreamServerInterceptor{note("one"), note("two")}
	})
	a := w.do(t, "GET", eventsPath, "", "Authorization", "Bearer k")
	w.do(t, "GET", workPath, "", "Authorization", "Bearer k")
	var want []string
	for _, method := range []string{pb.SessionsService_StreamEvents_FullMethodName, pb.ExpertsService_StreamWork_FullMethodName} {
		want = append(want, "one "+method+" Bearer k 127.0.0.1", "two "+method+" Bearer k 127.0.0.1")
	}
	if !slices.Equal(log, want) {
		t.Errorf("interceptors ran %v, want %v", log, want)
	}
	if a.header.Get("X-Internal") != "" || !slices.Equal(a.header["Etag"], []string{"one", "two"}) {
		t.Errorf("headers %v", a.header)
	}
	open := newChats(t, c, func(cfg *Config, _ *http.Server) { cfg.StreamInterceptors = nil })
	if a := open.do(t, "GET", eventsPath, ""); a.code != 501 {
		t.Errorf("without interceptors: %d %s", a.code, a.body)
	}
}

// TestEndsOfStreams: chunks say that a stream is whole, once.
func TestEndsOfStreams(t *testing.T) {
	for last, ends := range map[error]string{nil: "1\r\n\n\r\n0\r\n\r\n", status.Error(codes.Aborted, "late"): "}}\n\r\n0\r\n\r\n"} {
		w := newChats(t, &chats{events: sends(last, heartbeat)}, nil)
		_, in := w.dial(t, "GET "+eventsPath+" HTTP/1.1\nHost: x\n\n")
		all, err := io.ReadAll(in)
		if _, body, _ := strings.Cut(string(all), "\r\n\r\n"); err != nil || !strings.HasSuffix(body, ends) || strings.Count(body, lastChunk) != 1 {
			t.Errorf("ended with %v: %q, %v", last, body, err)
		}
	}
}

// TestOldClients: an HTTP/1.0 client knows no chunks; the end of the connection is the end of the stream.
func TestOldClients(t *testing.T) {
	w := newChats(t, &chats{events: sends(nil, said(1, "a"), heartbeat)}, nil)
	_, in := w.dial(t, "GET "+eventsPath+" HTTP/1.0\nAccept: text/event-stream\n\n")
	all, err := io.ReadAll(in)
	head, body, _ := strings.Cut(string(all), "\r\n\r\n")
	if err != nil || !strings.HasPrefix(head, "HTTP/1.0 200 OK\r\n") || strings.Contains(head, "chunked") {
		t.Errorf("%v: %s", err, head)
	}
	sameFields(t, body, "id: 1\ndata: "+saidJSON("1", "a")+"\n\n: heartbeat\n\n")
}

func TestPagesOfAllowedOriginsReadStreams(t *testing.T) {
	w := newChats(t, &chats{events: sends(nil, heartbeat)}, func(c *Config, _ *http.Server) { c.AllowedOrigins = []string{"https://shop.example"} })
	a := w.do(t, "GET", eventsPath, "", "Origin", "https://shop.example")
	if a.code != 200 || a.header.Get("Access-Control-Allow-Origin") != "https://shop.example" || a.header.Get("Vary") != "Origin" {
		t.Errorf("%d %v", a.code, a.header)
	}
	a = w.do(t, "OPTIONS", eventsPath, "", "Origin", "https://shop.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "last-event-id")
	if !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Last-Event-ID") {
		t.Errorf("preflight %v", a.header)
	}
}

func TestReadersThatGoEndTheirStreams(t *testing.T) {
	ended := make(chan error, 1)
	w := newChats(t, &chats{events: waits(ended)}, nil)
	for _, accept := range []string{mediaEvents, mediaNDJSON} {
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, "GET", w.url+eventsPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", accept)
		reply, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		reply.Body.Close()
		if err := eventually(t, "the end of the stream", ended); status.Code(statusOf(err)) != codes.Canceled {
			t.Errorf("it ended with %v", err)
		}
	}
}

// TestReadersThatGoBeforeTheFirstMessage: their requests end too.
func TestReadersThatGoBeforeTheFirstMessage(t *testing.T) {
	began, ended := make(chan error, 1), make(chan error, 1)
	w := newChats(t, &chats{events: func(_ *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.SessionEvent]) error {
		began <- nil
		<-out.Context().Done()
		ended <- out.Context().Err()
		return out.Context().Err()
	}}, nil)
	conn, _ := w.dial(t, "GET "+eventsPath+" HTTP/1.1\nHost: x\n\n")
	_ = eventually(t, "the stream", began)
	_ = conn.Close()
	_ = eventually(t, "its end", ended)
}
