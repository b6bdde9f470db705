package gateway

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
)

// watching asks for events as a browser does.
const watching = "GET " + eventsPath + " HTTP/1.1\nHost: x\nAccept: text/event-stream\n\n"

// newLiveDoor is a gateway that is reached through pipes, in front of chats.
func newLiveDoor(t *testing.T, c *chats) *door {
	t.Helper()
	return newDoor(t, Config{Register: c.register, StreamInterceptors: []grpc.StreamServerInterceptor{pass}})
}

// TestStreamsOutliveTheServersLimits: neither the time for a request nor that for a reply ends a stream.
func TestStreamsOutliveTheServersLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const beats, every = 40, 15 * time.Second
		d := newLiveDoor(t, &chats{events: func(_ *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.SessionEvent]) error {
			for range beats {
				select {
				case <-time.After(every): // of the bubble's time; the first one comes after readTimeout
				case <-out.Context().Done():
					return context.Cause(out.Context())
				}
				if err := out.Send(heartbeat); err != nil {
					return err
				}
			}
			return nil
		}})
		got := take(t, d.ask(t, address(1), watching), 0)
		if got.code != 200 || !got.whole || got.took != beats*every || got.body != strings.Repeat(": heartbeat\n\n", beats) {
			t.Errorf("%d after %s, whole %t: %q", got.code, got.took, got.whole, got.body)
		}
		if d.buffer.Load() != liveBuffer {
			t.Errorf("the system holds %d bytes", d.buffer.Load())
		}
	})
}

func TestReadersWhoTakeNothingAreCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		d := newLiveDoor(t, &chats{events: func(_ *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.SessionEvent]) error {
			for seq := int32(1); ; seq++ {
				if err := out.Send(said(seq, "hello")); err != nil {
					ended <- err
					return err
				}
			}
		}})
		conn := d.ask(t, address(1), watching)
		in := bufio.NewReaderSize(conn, 16)
		if _, err := http.ReadResponse(in, nil); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := <-ended; status.Code(err) != codes.Canceled || time.Since(began) != liveStall {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		if rest, err := io.ReadAll(in); err != nil || bytes.HasSuffix(rest, []byte(lastChunk)) {
			t.Errorf("the connection ends with %q, %v, as if the stream were whole", rest, err)
		}
	})
}

// TestWhatReadersSay: after the request, body and all, it means nothing, but there is an end to it.
func TestWhatReadersSay(t *testing.T) {
	for _, c := range []struct {
		body, said int
		cut        bool
	}{{0, 2, false}, {0, liveChatter - 1, false}, {0, liveChatter, true}, {16 * liveChatter, liveChatter - 1, false}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan error, 1)
				d := newLiveDoor(t, &chats{events: waits(ended)})
				body := fmt.Sprintf("\nContent-Length: %d\n\n%s", c.body, strings.Repeat("a", c.body))
				conn := d.ask(t, address(1), strings.Replace(watching, "\n\n", body, 1))
				if _, err := bufio.NewReaderSize(conn, 16).ReadString('b'); err != nil { // of heartbeat
					t.Fatal(err)
				}
				go func() { _, _ = io.Copy(io.Discard, conn) }()
				if _, err := conn.Write(bytes.Repeat([]byte("\n"), c.said)); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if (len(ended) == 1) != c.cut {
					t.Errorf("it has ended: %t", !c.cut)
				}
				_ = conn.Close()
				<-ended
			})
		})
	}
}

// TestRevokedCredentialsEndOpenStreams: within 5 seconds, and the reader is told.
func TestRevokedCredentialsEndOpenStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var revoked atomic.Bool
		keys := func(context.Context, [32]byte) (troubleshoot.Key, error) {
			key := troubleshoot.Key{ID: "k1", Role: troubleshoot.RoleAdmin}
			if revoked.Load() {
				key.RevokeTime = time.Now()
			}
			return key, nil
		}
		chain := rpc.NewChain(rpc.Config{Keys: keys, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		d := newDoor(t, Config{Register: (&chats{events: waits(make(chan error, 1))}).register, StreamInterceptors: chain.StreamInterceptors()})
		if got := take(t, d.ask(t, address(1), watching), 0); got.code != 401 {
			t.Errorf("without a credential: %d %s", got.code, got.body)
		}
		conn := d.ask(t, address(1), strings.Replace(watching, "\n\n", "\nAuthorization: Bearer "+access.Mint([32]byte{1})+"\n\n", 1))
		time.AfterFunc(time.Minute, func() { revoked.Store(true) })
		got := take(t, conn, 0)
		if got.code != 200 || !got.whole || got.took < time.Minute || got.took > time.Minute+5*time.Second {
			t.Errorf("%d, whole %t after %s", got.code, got.whole, got.took)
		}
		sameFields(t, got.body, ": heartbeat\n\nevent: error\ndata: {\"code\":16,\"message\":\"invalid token\"}\n\n")
	})
}

// TestDrained: http.Server.Shutdown knows nothing of streams.
func TestDrained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drain := make(chan struct{})
		c := &chats{events: func(_ *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.SessionEvent]) error {
			if err := out.Send(heartbeat); err != nil {
				return err
			}
			<-drain
			return status.Error(codes.Unavailable, "shutting down")
		}}
		d := newLiveDoor(t, c)
		wait := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return Drained(ctx, d.handler)
		}
		if err := wait(); err != nil {
			t.Errorf("without a stream: %v", err)
		}
		streams := []net.Conn{d.ask(t, address(1), watching), d.ask(t, address(2), watching)}
		if err := wait(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with two streams: %v", err)
		}
		drained := make(chan error)
		go func() { drained <- Drained(context.Background(), d.handler) }()
		close(drain)
		for _, conn := range streams {
			if got := take(t, conn, 0); !got.whole || !strings.Contains(got.body, "event: reconnect\nretry: 1000\ndata: {") {
				t.Errorf("whole %t: %s", got.whole, got.body)
			}
		}
		if err := <-drained; err != nil {
			t.Errorf("after the streams: %v", err)
		}
		if err := Drained(t.Context(), http.NotFoundHandler()); err != nil {
			t.Errorf("of another handler: %v", err)
		}
	})
}

// TestPanicsEndTheirStreamOnly: the interceptors catch them; without those nothing else may fall.
func TestPanicsEndTheirStreamOnly(t *testing.T) {
	for _, before := range []bool{true, false} {
		var logged bytes.Buffer
		w := newChats(t, &chats{events: func(_ *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.SessionEvent]) error {
			if !before {
				if err := out.Send(heartbeat); err != nil {
					return err
				}
			}
			panic("a bug")
		}}, func(c *Config, _ *http.Server) { c.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
		if before {
			if a := w.do(t, "GET", eventsPath, ""); a.code != 500 || a.status(t).GetMessage() != "internal error" {
				t.Errorf("%d %s", a.code, a.body)
			}
		} else {
			_, in := w.dial(t, strings.Replace(watching, "text/event-stream", "*/*", 1))
			all, err := io.ReadAll(in)
			if _, body, _ := strings.Cut(string(all), "\r\n\r\n"); err != nil || body != "1\r\n\n\r\n" {
				t.Errorf("a stream that broke off ends with %q, %v; not as if it were whole", body, err)
			}
		}
		if err := Drained(t.Context(), w.handler); err != nil { // it has been logged then
			t.Error(err)
		}
		if a := w.do(t, "GET", "/healthz", ""); a.code != 200 || !strings.Contains(logged.String(), "a bug") {
			t.Errorf("%d, logged %s", a.code, logged.String())
		}
	}
}

// TestConnectionsThatCannotBeTaken: frames go into the reply then, as with HTTP/2.
func TestConnectionsThatCannotBeTaken(t *testing.T) {
	ended := make(chan error, 1)
	c := &chats{events: sends(status.Error(codes.Aborted, "late"), said(1, "a"), heartbeat)}
	w := newChats(t, c, nil)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.handler.ServeHTTP(struct {
			http.ResponseWriter
			http.Flusher
		}{out, out.(http.Flusher)}, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	a := w.do(t, "GET", eventsPath, "", "Accept", mediaEvents)
	if a.code != 200 || a.header.Get("Content-Type") != mediaEvents {
		t.Errorf("%d %v", a.code, a.header)
	}
	sameFields(t, a.body, "id: 1\ndata: "+saidJSON("1", "a")+"\n\n: heartbeat\n\nevent: error\ndata: {\"code\":10,\"message\":\"late\"}\n\n")
	c.events = waits(ended)
	conn, in := w.dial(t, watching)
	if _, err := http.ReadResponse(in, nil); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	_ = eventually(t, "the end of the stream", ended)
}
