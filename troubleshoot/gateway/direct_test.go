package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func trace(name string, log *[]string) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		*log = append(*log, name+" "+info.FullMethod)
		return next(ctx, req)
	}
}

func TestDirectRunsEveryCallThroughTheInterceptors(t *testing.T) {
	for n := range 4 {
		var log, want []string
		var chain []grpc.UnaryServerInterceptor
		for i := range n {
			name := fmt.Sprint(i)
			chain = append(chain, trace(name, &log))
			want = append(want, name+" "+pb.ReturnsService_InterceptReturn_FullMethodName)
		}
		s := &services{reply: sampleIntercept()}
		d := newDirect(chain, nil)
		s.register(d)
		got, err := pb.NewReturnsServiceClient(d).InterceptReturn(t.Context(), &pb.InterceptReturnRequest{Reason: "x", OrderLine: &pb.OrderLine{Sku: "K"}})
		if err != nil || !proto.Equal(got, s.reply) {
			t.Fatalf("%d interceptors: %v, %v", n, got, err)
		}
		if seen := s.seen.Load(); seen.GetReason() != "x" || seen.GetOrderLine().GetSku() != "K" {
			t.Errorf("the handler saw %v", seen)
		}
		if !slices.Equal(log, want) {
			t.Errorf("interceptors ran %v, want %v", log, want)
		}
	}
}

func TestEveryUnaryRouteRunsTheInterceptors(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	routes := [][3]string{
		{"POST", intercept, sampleRequest}, {"GET", "/v1/intercepts/a", ""}, {"POST", "/v1/intercepts/a:choose", "{}"},
		{"POST", "/v1/returns:record", "{}"}, {"GET", "/v1/sellers/a", ""}, {"PUT", "/v1/sellers/a", "{}"},
		{"GET", "/v1/sellers/a/items/k", ""}, {"PUT", "/v1/sellers/a/items/k", "{}"}, {"GET", "/v1/sellers/a/policy", ""},
		{"PUT", "/v1/sellers/a/policy", "{}"}, {"GET", "/v1/reports/deflection", ""}, {"GET", "/v1/keys", ""},
		{"POST", "/v1/keys", "{}"}, {"DELETE", "/v1/keys/a", ""},
	}
	for _, r := range routes {
		before := w.calls.Load()
		if a := w.do(t, r[0], r[1], r[2]); a.code != 200 && a.code != 501 || w.calls.Load() != before+1 {
			t.Errorf("%s %s: %d %s, %d calls through the interceptors", r[0], r[1], a.code, a.body, w.calls.Load()-before)
		}
	}
}

func TestDirectMetadata(t *testing.T) {
	s := &services{reply: sampleIntercept()}
	d := newDirect(nil, nil)
	s.register(d)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer k")
	var header, trailer metadata.MD
	if _, err := pb.NewReturnsServiceClient(d).InterceptReturn(ctx, &pb.InterceptReturnRequest{}, grpc.Header(&header), grpc.Trailer(&trailer)); err != nil {
		t.Fatal(err)
	}
	if got := (*s.md.Load())["authorization"]; !slices.Equal(got, []string{"Bearer k"}) {
		t.Errorf("incoming authorization %q", got)
	}
	if got := header["etag"]; !slices.Equal(got, []string{`"7"`}) {
		t.Errorf("header etag %q", got)
	}
}

func TestDirectErrors(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	wrapped := fmt.Errorf("intercept: %w", status.Error(codes.Aborted, "late"))
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		want codes.Code
	}{
		{"status", t.Context(), status.Error(codes.NotFound, "x"), codes.NotFound},
		{"wrapped status", t.Context(), wrapped, codes.Aborted},
		{"deadline", t.Context(), fmt.Errorf("load: %w", context.DeadlineExceeded), codes.DeadlineExceeded},
		{"cancelled", t.Context(), context.Canceled, codes.Canceled},
		{"any other", t.Context(), errors.New("x"), codes.Unknown},
		{"cancelled before", cancelled, nil, codes.Canceled},
	} {
		fail := func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
			return &pb.Intercept{}, c.err
		}
		d := newDirect([]grpc.UnaryServerInterceptor{fail}, nil)
		(&services{}).register(d)
		_, err := pb.NewReturnsServiceClient(d).InterceptReturn(c.ctx, &pb.InterceptReturnRequest{})
		if status.Code(err) != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	d := newDirect(nil, nil)
	if _, err := pb.NewReturnsServiceClient(d).InterceptReturn(t.Context(), &pb.InterceptReturnRequest{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("unregistered service: %v", err)
	}
	(&services{}).register(d)
	if _, err := pb.NewReturnsServiceClient(d).InterceptReturn(t.Context(), &pb.InterceptReturnRequest{}); status.Code(err) != codes.Internal {
		t.Errorf("a nil reply: %v", err)
	}
}

// A handler may answer many callers with one cached message; with -race this proves that handing it over reads nothing
// that marshalling writes.
func TestDirectSharesAReply(t *testing.T) {
	shared := &pb.Intercept{Name: "intercepts/1", Offer: &pb.Offer{}}
	s := &services{reply: shared}
	d := newDirect(nil, nil)
	s.register(d)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := proto.Marshal(shared); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			got, err := pb.NewReturnsServiceClient(d).InterceptReturn(context.Background(), &pb.InterceptReturnRequest{})
			if err != nil || got == shared || got.GetOffer() != shared.GetOffer() {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	all.Wait()
}
