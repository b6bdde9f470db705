package rpc

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// refundURLOf gives the refund link of a reply that failed open, and whether it did.
func refundURLOf(err error) (link string, open bool) {
	s := status.Convert(err)
	retry := false
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			open = d.GetReason() == "FAIL_OPEN" && d.GetDomain() == "fixfirst"
			link = d.GetMetadata()["refundUrl"]
		case *errdetails.RetryInfo:
			retry = d.GetRetryDelay().AsDuration() > 0
		}
	}
	return link, open && retry && s.Message() == failOpenMessage
}

func TestFailOpen(t *testing.T) {
	type world struct {
		f   *fixture
		req *pb.InterceptReturnRequest
	}
	cases := []struct {
		name string
		do   func(w *world)
		want codes.Code
		link string // of an answer that fails open
	}{
		{"handler unavailable", func(w *world) { w.f.answers.handle = fails(troubleshoot.Errorf(troubleshoot.Unavailable, "locked")) }, codes.Unavailable, "https://shop.example/refund/1"},
		{"handler too late", func(w *world) {
			w.f.answers.handle = func(ctx context.Context, _ any) error { <-ctx.Done(); return ctx.Err() }
		}, codes.Unavailable, "https://shop.example/refund/1"},
		{"unknown error", func(w *world) { w.f.answers.handle = fails(errors.New("disk")) }, codes.Unavailable, "https://shop.example/refund/1"},
		{"too much", func(w *world) {
			w.f.answers.handle = fails(troubleshoot.Errorf(troubleshoot.ResourceExhausted, "full"))
		}, codes.ResourceExhausted, "https://shop.example/refund/1"},
		{"panic", func(w *world) { w.f.answers.handle = func(context.Context, any) error { panic("bug") } }, codes.Unavailable, "https://shop.example/refund/1"},
		{"keys out of reach", func(w *world) { w.f.setKeysErr(context.DeadlineExceeded) }, codes.Unavailable, "https://shop.example/refund/1"},
		{"keys broken", func(w *world) { w.f.setKeysErr(errors.New("no such table")) }, codes.Unavailable, "https://shop.example/refund/1"},
		{"keys out of reach, link unfit", func(w *world) {
			w.f.setKeysErr(context.DeadlineExceeded)
			w.req.RefundUrl = "javascript:alert(1)"
		}, codes.Unavailable, ""},
		{"wrong request", func(w *world) { w.req.Shopper = "" }, codes.InvalidArgument, ""},
		{"another's seller", func(w *world) { w.req.OrderLine.Seller = "bolt" }, codes.NotFound, ""},
		{"refused by the domain", func(w *world) { w.f.answers.handle = fails(troubleshoot.Invalid("reason", "no")) }, codes.InvalidArgument, ""},
	}
	for _, c := range cases {
		w := &world{f: newFixture(t, nil), req: aReturn("acme")}
		key := w.f.storefront("acme")
		c.do(w)
		_, err := w.f.returns().InterceptReturn(with(key), w.req)
		if err == nil {
			t.Errorf("%s: no error", c.name)
		}
		wantOpen := c.want == codes.Unavailable || c.want == codes.ResourceExhausted
		if link, open := refundURLOf(err); status.Code(err) != c.want || open != wantOpen || link != c.link {
			t.Errorf("%s: open %v, link %q (%v)", c.name, open, link, err)
		}
	}
}

// TestTooManyInterceptsRefundAtOnce: what is refused for its rate says so, says when to come again, and blocks no refund.
func TestTooManyInterceptsRefundAtOnce(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.KeyRate = RateLimit{PerSecond: 0.25, Burst: 1} })
	key := f.storefront("acme")
	if _, err := f.returns().InterceptReturn(with(key), aReturn("acme")); err != nil {
		t.Fatal(err)
	}
	_, err := f.returns().InterceptReturn(with(key), aReturn("acme"))
	link, open := refundURLOf(err)
	if status.Code(err) != codes.ResourceExhausted || !open || link != "https://shop.example/refund/1" {
		t.Errorf("open %v, link %q: %v", open, link, err)
	}
	if wait := waitOf(err); wait != 4*time.Second {
		t.Errorf("wait %s, want 4s", wait)
	}
}

func fails(err error) func(context.Context, any) error {
	return func(context.Context, any) error { return err }
}

func TestDeadlines(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.addKey(troubleshoot.Key{ID: "admin", Role: troubleshoot.RoleAdmin})
	var left time.Duration
	f.answers.handle = func(ctx context.Context, _ any) error {
		deadline, ok := ctx.Deadline()
		if left = time.Until(deadline); !ok {
			left = -1
		}
		return nil
	}
	policy := func(ctx context.Context) error {
		_, err := pb.NewSellersServiceClient(f.conn).GetPolicy(ctx, &pb.GetPolicyRequest{Seller: "acme"})
		return err
	}
	intercept := func(ctx context.Context) error {
		_, err := f.returns().InterceptReturn(ctx, aReturn("acme"))
		return err
	}
	items := func(ctx context.Context) error {
		stream, err := pb.NewSellersServiceClient(f.conn).ImportItems(ctx)
		if err != nil {
			return err
		}
		_ = stream.Send(&pb.PutItemRequest{Seller: "acme"})
		_, err = stream.CloseAndRecv()
		return err
	}
	cases := []struct {
		name     string
		client   time.Duration // 0: none
		do       func(context.Context) error
		from, to time.Duration
	}{
		{"none sent", 0, policy, 9 * time.Second, 10 * time.Second},
		{"longer sent", time.Hour, policy, 9 * time.Second, 10 * time.Second},
		{"shorter sent", 5 * time.Second, policy, 4 * time.Second, 5 * time.Second},
		{"intercept", 0, intercept, time.Millisecond, 250 * time.Millisecond},
		{"import", 0, items, -1, -1},
	}
	for _, c := range cases {
		ctx, cancel := with(admin), context.CancelFunc(func() {})
		if c.client > 0 {
			ctx, cancel = context.WithTimeout(ctx, c.client)
		}
		if err := c.do(ctx); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		cancel()
		if left < c.from || left > c.to {
			t.Errorf("%s: %s left, want %s to %s", c.name, left, c.from, c.to)
		}
	}
}
