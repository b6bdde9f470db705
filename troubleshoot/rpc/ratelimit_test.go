package rpc

import (
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

func TestRateLimitPerCredential(t *testing.T) {
	f := newFixture(t, func(c *Config) {
		c.KeyRate, c.ShopperRate = RateLimit{PerSecond: 0.5, Burst: 3}, RateLimit{PerSecond: 1, Burst: 1}
	})
	key, other, shopper := f.storefront("acme"), f.storefront("bolt"), f.shopper("i1", "acme")
	ask := func(bearer string) error {
		_, err := f.returns().GetIntercept(with(bearer), &pb.GetInterceptRequest{Intercept: "i1"})
		return err
	}
	for range 3 {
		if err := ask(key); err != nil {
			t.Fatal(err)
		}
	}
	err := ask(key)
	s := status.Convert(err)
	if s.Code() != codes.ResourceExhausted || len(s.Details()) != 1 {
		t.Fatalf("the fourth request: %v", err)
	}
	if wait := s.Details()[0].(*errdetails.RetryInfo).GetRetryDelay().AsDuration(); wait != 2*time.Second {
		t.Errorf("wait %s, want 2s", wait)
	}
	if err := ask(other); err != nil {
		t.Errorf("another credential waits too: %v", err)
	}
	f.pass(2 * time.Second)
	if err := ask(key); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	if ask(shopper) != nil || status.Code(ask(shopper)) != codes.ResourceExhausted {
		t.Error("the shopper's limit does not hold")
	}
	if err := ask(f.shopper("i2", "acme")); status.Code(err) != codes.Unauthenticated {
		t.Errorf("another shopper: %v", err)
	}
}

func TestStreamIsOneRequest(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.KeyRate = RateLimit{PerSecond: 1, Burst: 1} })
	admin := f.addKey(troubleshoot.Key{ID: "admin", Role: troubleshoot.RoleAdmin})
	for _, want := range []codes.Code{codes.OK, codes.ResourceExhausted} {
		stream, err := pb.NewSellersServiceClient(f.conn).ImportItems(with(admin))
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			_ = stream.Send(&pb.PutItemRequest{Seller: "acme"})
		}
		if _, err = stream.CloseAndRecv(); status.Code(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestDefaultRates(t *testing.T) {
	now := noon
	limits := newRateLimits(RateLimit{}, RateLimit{}, func() time.Time { return now })
	took := func(p access.Principal) (n int) {
		for limits.take(p) == 0 {
			n++
		}
		return n
	}
	if n := took(access.Principal{Role: troubleshoot.RoleShopper, Credential: "intercepts/i1"}); n != DefaultShopperRate.Burst {
		t.Errorf("a shopper may ask %d times at once", n)
	}
	if n := took(access.Principal{Role: troubleshoot.RoleStorefront, Credential: "k1"}); n != DefaultKeyRate.Burst {
		t.Errorf("a key may ask %d times at once", n)
	}
}

// TestInventedKeysAreBounded: keys that nobody made cost so many reads and no more, and nobody who is known waits for them.
func TestInventedKeysAreBounded(t *testing.T) {
	f := newFixture(t, nil)
	known, newcomer := f.storefront("acme"), f.storefront("bolt")
	ask := func(bearer string) error {
		_, err := f.returns().GetIntercept(with(bearer), &pb.GetInterceptRequest{Intercept: "i1"})
		return err
	}
	if err := ask(known); err != nil {
		t.Fatal(err)
	}
	f.expire() // what was known has to be looked up again
	refused, tries := 0, strangerRate.Burst+100
	for n := range tries {
		err := ask(access.Mint([32]byte{200, byte(n), byte(n >> 8)}))
		switch status.Code(err) {
		case codes.Unauthenticated:
		case codes.ResourceExhausted:
			if wait := waitOf(err); wait != time.Second {
				t.Fatalf("wait %s: %v", wait, err)
			}
			refused++
		default:
			t.Fatal(err)
		}
	}
	if f.lookups != strangerRate.Burst+1 || refused != 100 { // one for the known key
		t.Errorf("%d look-ups, %d of %d tries refused", f.lookups, refused, tries)
	}
	if err := ask(newcomer); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a new key among invented ones: %v", err)
	}
	_, err := f.returns().InterceptReturn(with(newcomer), aReturn("bolt"))
	if link, open := refundURLOf(err); !open || link == "" {
		t.Errorf("its intercept does not fail open: %v", err)
	}
	if err := ask(known); err != nil {
		t.Errorf("a known key has to wait for invented ones: %v", err)
	}
	f.pass(time.Second)
	if err := ask(newcomer); err != nil {
		t.Errorf("a new key after the wait: %v", err)
	}
}
