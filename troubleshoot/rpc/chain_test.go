package rpc

import (
	"context"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// TestOrder gives requests two faults at a time: the answer tells which interceptor comes first.
func TestOrder(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.KeyRate = RateLimit{PerSecond: 1, Burst: 1} })
	storefront := f.storefront("acme")
	analyst := f.addKey(troubleshoot.Key{ID: "analyst", Role: troubleshoot.RoleAnalyst, Seller: "acme"})
	broken := aReturn("acme")
	broken.Shopper = ""
	foreign := aReturn("bolt")
	foreign.Shopper = ""
	steps := []struct {
		name, bearer string
		req          *pb.InterceptReturnRequest
		want         codes.Code
	}{
		{"authentication before validation", "nonsense", broken, codes.Unauthenticated},
		{"role before validation", analyst, broken, codes.PermissionDenied},
		{"role before rate: refused calls take nothing", analyst, broken, codes.PermissionDenied},
		{"tenant before validation", storefront, foreign, codes.NotFound},
		{"tenant before rate, and validation last", storefront, broken, codes.InvalidArgument},
		// The broken request above took the one in the bucket.
		{"rate before validation", storefront, broken, codes.ResourceExhausted},
	}
	for _, s := range steps {
		if _, err := f.returns().InterceptReturn(with(s.bearer), s.req); status.Code(err) != s.want {
			t.Errorf("%s: %v, want %s", s.name, err, s.want)
		}
	}
	if len(f.answers.seen) != 0 {
		t.Errorf("%d faulty requests reached the handler", len(f.answers.seen))
	}
}

func TestHealthIsOpenAndItsStatusPasses(t *testing.T) {
	f := newFixture(t, nil)
	client := grpc_health_v1.NewHealthClient(f.conn)
	if _, err := client.Check(context.Background(), &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
	_, err := client.Check(context.Background(), &grpc_health_v1.HealthCheckRequest{Service: "nothing"})
	if status.Code(err) != codes.NotFound {
		t.Errorf("status of the health service became %v", err)
	}
}

func TestPanicIsInternalAndLoggedOnce(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.addKey(troubleshoot.Key{ID: "admin", Role: troubleshoot.RoleAdmin})
	f.answers.handle = func(context.Context, any) error { panic("secret of the house") }
	_, err := pb.NewSellersServiceClient(f.conn).GetPolicy(with(admin), &pb.GetPolicyRequest{Seller: "acme"})
	if s := status.Convert(err); s.Code() != codes.Internal || s.Message() != internalMessage {
		t.Errorf("unary: %v", err)
	}
	if got := f.logRecords(t, "panic"); len(got) != 1 || got[0]["panic"] != "secret of the house" ||
		got[0]["requestId"] == "" || got[0]["method"] != pb.SellersService_GetPolicy_FullMethodName {
		t.Errorf("log of the panic: %v", got)
	}
	if n := f.counted(t, pb.SellersService_GetPolicy_FullMethodName, codes.Internal); n != 1 {
		t.Errorf("the panic was counted %v times", n)
	}

	stream, err := pb.NewSellersServiceClient(f.conn).ImportItems(with(admin))
	if err != nil {
		t.Fatal(err)
	}
	_ = stream.Send(&pb.PutItemRequest{})
	if _, err = stream.CloseAndRecv(); status.Code(err) != codes.Internal {
		t.Errorf("stream: %v", err)
	}
}

func TestOutsideTheChainNobodyIsKnown(t *testing.T) {
	if p := PrincipalFrom(context.Background()); !p.Anonymous() || RequestID(context.Background()) != "" {
		t.Errorf("principal %v", p)
	}
}

// containsWord tells whether a list of words has the word.
func containsWord(list, word string) bool { return slices.Contains(strings.Fields(list), word) }
