package gateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// fullConn has no room for a stream until its caller gives up.
type fullConn struct {
	grpc.ClientConnInterface
	waiting chan struct{}
}

// NewStream waits as a connection does whose streams are all taken.
func (c fullConn) NewStream(ctx context.Context, _ *grpc.StreamDesc, _ string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	c.waiting <- struct{}{}
	<-ctx.Done()
	return nil, status.FromContextError(ctx.Err()).Err()
}

// fullHandler is a gateway whose connection for streams is full.
func fullHandler(t *testing.T, rowTimeout time.Duration) (http.Handler, fullConn) {
	t.Helper()
	conn := fullConn{waiting: make(chan struct{}, 1)}
	var handler http.Handler
	newWorld(t, rowTimeout, func(c *Config, _ *http.Server) {
		c.Streams = conn
		var err error
		if handler, err = newHandler(t.Context(), *c, rowTimeout); err != nil {
			t.Fatal(err)
		}
	})
	return handler, conn
}

func TestImportThatNeverOpensEnds(t *testing.T) {
	handler, conn := fullHandler(t, 10*time.Millisecond)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodPost, importAcme, strings.NewReader("{}\n")))
	<-conn.waiting
	if recorder.Code != http.StatusGatewayTimeout || !strings.Contains(recorder.Body.String(), "IMPORT_STALLED") {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
}

func TestImportEndsWithItsRequestWhileItOpens(t *testing.T) {
	handler, conn := fullHandler(t, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, importAcme, strings.NewReader("{}\n")))
		close(ended)
	}()
	<-conn.waiting
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the import waits for a stream that nobody wants any more")
	}
}

func TestStreamsBeyondTheCap(t *testing.T) {
	full, err := status.New(codes.ResourceExhausted, "too many streams").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(5 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(any, grpc.ServerStream, *grpc.StreamServerInfo, grpc.StreamHandler) error { return full.Err() }
	w := newWorld(t, readTimeout, func(c *Config, _ *http.Server) {
		c.Streams = dialServices(t, &services{}, grpc.ChainStreamInterceptor(refuse))
	})
	a := w.do(t, "POST", importAcme, "{}\n{}\n")
	if a.code != http.StatusTooManyRequests || a.header.Get("Retry-After") != "5" {
		t.Errorf("%d, Retry-After %q: %s", a.code, a.header.Get("Retry-After"), a.body)
	}
}

// TestImportThatStallsEnds: services that neither take rows nor answer do not hold an import for ever.
func TestImportThatStallsEnds(t *testing.T) {
	stuck := func(_ any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, _ grpc.StreamHandler) error {
		<-stream.Context().Done()
		return stream.Context().Err()
	}
	w := newWorld(t, 20*time.Millisecond, func(c *Config, _ *http.Server) {
		c.Streams = dialServices(t, &services{}, grpc.ChainStreamInterceptor(stuck))
	})
	if a := w.do(t, "POST", importAcme, "{}\n"); a.code != http.StatusGatewayTimeout || !strings.Contains(a.body, "IMPORT_STALLED") {
		t.Errorf("%d %s", a.code, a.body)
	}
}
