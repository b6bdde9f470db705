package rpc

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// RateLimit bounds the requests of one credential: PerSecond in the long run, Burst at once. A stream is one request.
type RateLimit struct {
	PerSecond float64
	Burst     int
}

// Limits that hold when none are set. A key serves a whole store, at more than a server can decide; a shopper's token
// serves one person.
var (
	DefaultKeyRate     = RateLimit{PerSecond: 50_000, Burst: 100_000}
	DefaultShopperRate = RateLimit{PerSecond: 20, Burst: 60}
)

// strangerRate bounds the look-ups in the store of keys that were not seen lately, all callers together: whoever invents
// keys has as many credentials as there are numbers, and each would cost a read.
var strangerRate = RateLimit{PerSecond: 200, Burst: 400}

// limitedCredentials bounds the memory of the limits; the one that was idle longest is forgotten, and starts full again.
const limitedCredentials = 16_384

// rateLimits keeps a bucket of requests for each credential.
type rateLimits struct {
	key, shopper RateLimit
	now          func() time.Time
	buckets      *lru.Cache[string, *rate.Limiter]
}

func newRateLimits(key, shopper RateLimit, now func() time.Time) *rateLimits {
	if key == (RateLimit{}) {
		key = DefaultKeyRate
	}
	if shopper == (RateLimit{}) {
		shopper = DefaultShopperRate
	}
	buckets, _ := lru.New[string, *rate.Limiter](limitedCredentials) // fails only for a size below 1
	return &rateLimits{key: key, shopper: shopper, now: now, buckets: buckets}
}

func (c *Chain) limitRateUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	caller := PrincipalFrom(ctx)
	if charged(ctx, caller.Credential) {
		return handler(ctx, req)
	}
	if wait := c.limits.take(caller); wait > 0 {
		return nil, c.tooMany(ctx, wait)
	}
	return handler(ctx, req)
}

func (c *Chain) limitRateStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if wait := c.limits.take(PrincipalFrom(stream.Context())); wait > 0 {
		return c.tooMany(stream.Context(), wait)
	}
	return handler(srv, stream)
}

func (c *Chain) tooMany(ctx context.Context, wait time.Duration) error {
	reason := troubleshoot.Errorf(troubleshoot.ResourceExhausted, "too many requests by this credential; try again in %s", wait)
	return c.errors.toStatus(ctx, &exhaustedError{reason: reason, wait: wait})
}

// take counts a request of the principal and gives 0, or, where it is one too many, how long to wait: whole seconds,
// because that is all that the header Retry-After says. Callers without a credential reach nothing that costs.
func (l *rateLimits) take(p access.Principal) time.Duration {
	if p.Anonymous() {
		return 0
	}
	return takeOne(l.bucket(p), l.now())
}

// takeOne takes from a bucket as rateLimits.take does.
func takeOne(bucket *rate.Limiter, now time.Time) time.Duration {
	if bucket.AllowN(now, 1) {
		return 0
	}
	missing := (1 - bucket.TokensAt(now)) / float64(bucket.Limit())
	return max(time.Second, (time.Duration(missing*float64(time.Second)) + time.Second - 1).Truncate(time.Second))
}

func (l *rateLimits) bucket(p access.Principal) *rate.Limiter {
	if bucket, ok := l.buckets.Get(p.Credential); ok {
		return bucket
	}
	limit := l.key
	if p.Role == troubleshoot.RoleShopper {
		limit = l.shopper
	}
	fresh := rate.NewLimiter(rate.Limit(limit.PerSecond), limit.Burst)
	if earlier, ok, _ := l.buckets.PeekOrAdd(p.Credential, fresh); ok {
		return earlier
	}
	return fresh
}
