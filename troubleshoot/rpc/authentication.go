package rpc

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

const (
	maxBearer       = 4 << 10 // bytes of a credential
	cachedKeys      = 4096
	cachedUnknowns  = 4096 // well-formed keys that do not exist; apart, so that guessing cannot evict those that do
	interceptPrefix = "intercepts/"
	sessionPrefix   = "sessions/"
	lookupTime      = 2 * time.Second // for the store to find a key
)

// authentication finds out who a request comes from.
type authentication struct {
	keys     func(ctx context.Context, hash [32]byte) (troubleshoot.Key, error)
	tokenKey [32]byte
	now      func() time.Time
	known    *lru.Cache[[32]byte, seenKey]
	unknown  *lru.Cache[[32]byte, time.Time] // when it was not found
	stranger *rate.Limiter                   // of look-ups of keys that are not in known

	mu      sync.Mutex
	running map[[32]byte]*lookup
}

// seenKey is a key as it was in the store at a time.
type seenKey struct {
	key troubleshoot.Key
	at  time.Time
}

// lookup is one question to the store, and all who wait for its answer.
type lookup struct {
	done     chan struct{} // closed once the rest is set
	key      troubleshoot.Key
	err      error
	answered bool // not so when the asker's own request ended before the store said anything
}

func newAuthentication(keys func(context.Context, [32]byte) (troubleshoot.Key, error), tokenKey [32]byte, now func() time.Time) *authentication {
	known, _ := lru.New[[32]byte, seenKey](cachedKeys) // fails only for a size below 1
	unknown, _ := lru.New[[32]byte, time.Time](cachedUnknowns)
	return &authentication{
		keys: keys, tokenKey: tokenKey, now: now, known: known, unknown: unknown, running: map[[32]byte]*lookup{},
		stranger: rate.NewLimiter(rate.Limit(strangerRate.PerSecond), strangerRate.Burst),
	}
}

func (c *Chain) authenticateUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	principal, err := c.authentication.principal(ctx)
	if err != nil {
		return nil, c.errors.toStatus(ctx, err)
	}
	callFrom(ctx).principal = principal
	return handler(ctx, req)
}

// authenticateStream also checks with each message that the credential still holds, so that a key which is revoked or a
// token which expires ends the stream.
func (c *Chain) authenticateStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx := stream.Context()
	principal, err := c.authentication.principal(ctx)
	if err != nil {
		return c.errors.toStatus(ctx, err)
	}
	callFrom(ctx).principal = principal
	if principal.Anonymous() {
		return handler(srv, stream)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	again := func() error {
		_, err := c.authentication.principal(ctx)
		return err
	}
	defer c.authentication.watch(again, cancel)()
	return handler(srv, &guardedStream{
		ServerStream: stream, ctx: ctx, sending: again, received: func(any) error { return again() },
	})
}

// credentialCheck is how often the credential of a stream that says nothing is looked at, so that a revoked one ends it within
// 5 seconds.
const credentialCheck = 2 * time.Second

// watch ends a stream whose credential stops to hold, also while nothing goes over it. It takes a timer, no goroutine. The store
// being out of reach ends nothing.
func (a *authentication) watch(again func() error, end context.CancelCauseFunc) (stop func()) {
	var mu sync.Mutex
	over := false
	var timer *time.Timer
	check := func() {
		err := again()
		mu.Lock()
		defer mu.Unlock()
		switch {
		case over:
		case err != nil && !outOfReach(err):
			end(err)
		default:
			timer.Reset(credentialCheck)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(credentialCheck, check)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
		timer.Stop()
	}
}

// principal reads the request's credential. Without one the caller is anonymous; one that does not hold gives
// access.ErrInvalidToken; when the store cannot say, Unavailable.
func (a *authentication) principal(ctx context.Context) (access.Principal, error) {
	values := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(values) == 0 {
		return access.Principal{}, nil
	}
	scheme, secret, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || len(secret) > maxBearer || !strings.EqualFold(scheme, "Bearer") {
		return access.Principal{}, access.ErrInvalidToken
	}
	now := a.now()
	if strings.HasPrefix(secret, access.ShopperTokenPrefix) {
		return a.shopper(secret, now)
	}
	hash, err := access.ParseSecret(secret)
	if err != nil {
		return access.Principal{}, err
	}
	key, err := a.key(ctx, hash, now)
	if err != nil {
		return access.Principal{}, err
	}
	// Only shoppers' tokens make shoppers; a key whose role is none of a key's is a broken row and opens nothing.
	if !key.Works(now) || key.Role < troubleshoot.RoleStorefront || key.Role > troubleshoot.RoleAdmin {
		return access.Principal{}, access.ErrInvalidToken
	}
	return access.Principal{Role: key.Role, Seller: key.Seller, Expert: key.Expert, Credential: key.ID}, nil
}

func (a *authentication) shopper(token string, now time.Time) (access.Principal, error) {
	intercept, seller, err := access.ParseShopperToken(a.tokenKey, token, now)
	if err != nil {
		return access.Principal{}, err
	}
	return access.Principal{
		Role: troubleshoot.RoleShopper, Seller: seller, Intercept: intercept, Credential: interceptPrefix + intercept,
	}, nil
}

// key looks a key up, in memory for troubleshoot.KeyCacheLife, then in the store. Requests that come while the store is
// being asked about their key wait for the same answer.
func (a *authentication) key(ctx context.Context, hash [32]byte, now time.Time) (troubleshoot.Key, error) {
	for {
		if key, known, err := a.cached(hash, now); known {
			return key, err
		}
		a.mu.Lock()
		other := a.running[hash]
		if other == nil {
			mine := &lookup{done: make(chan struct{})}
			a.running[hash] = mine
			a.mu.Unlock()
			return a.ask(ctx, hash, mine)
		}
		a.mu.Unlock()
		select {
		case <-other.done:
		case <-ctx.Done():
			return troubleshoot.Key{}, uncheckable(ctx.Err())
		}
		if other.answered {
			return other.key, other.err
		}
	}
}

// cached answers from memory, if it can.
func (a *authentication) cached(hash [32]byte, now time.Time) (key troubleshoot.Key, known bool, err error) {
	if seen, ok := a.known.Get(hash); ok && fresh(seen.at, now) {
		return seen.key, true, nil
	}
	if at, ok := a.unknown.Get(hash); ok && fresh(at, now) {
		return troubleshoot.Key{}, true, access.ErrInvalidToken
	}
	return troubleshoot.Key{}, false, nil
}

// ask runs a look-up and tells all who wait for it. A stream has no deadline, but those who wait for its look-up do.
func (a *authentication) ask(ctx context.Context, hash [32]byte, mine *lookup) (troubleshoot.Key, error) {
	defer func() { // also when the store panics
		a.mu.Lock()
		delete(a.running, hash)
		a.mu.Unlock()
		close(mine.done)
	}()
	now := a.now()
	key, known, err := a.cached(hash, now) // another look-up may have ended since the caller looked
	if !known {
		limited, cancel := context.WithTimeout(ctx, lookupTime)
		defer cancel()
		key, err = a.fromStore(limited, hash, now)
		if limited.Err() != nil && err != nil {
			return key, err
		}
	}
	mine.key, mine.err, mine.answered = key, err, true
	return key, err
}

// fromStore reads a key and remembers it, or that there is none.
func (a *authentication) fromStore(ctx context.Context, hash [32]byte, now time.Time) (troubleshoot.Key, error) {
	if !a.known.Contains(hash) {
		if wait := takeOne(a.stranger, now); wait > 0 {
			reason := troubleshoot.Errorf(troubleshoot.ResourceExhausted, "too many unknown keys are being tried; try again in %s", wait)
			return troubleshoot.Key{}, &exhaustedError{reason: reason, wait: wait}
		}
	}
	key, err := a.keys(ctx, hash)
	switch {
	case err == nil:
		a.known.Add(hash, seenKey{key: key, at: now})
		return key, nil
	case troubleshoot.CodeOf(err) == troubleshoot.NotFound:
		a.known.Remove(hash)
		a.unknown.Add(hash, now)
		return troubleshoot.Key{}, access.ErrInvalidToken
	case outOfReach(err):
		return troubleshoot.Key{}, uncheckable(err)
	}
	return troubleshoot.Key{}, err
}

// uncheckable is the error of a credential that may well hold. When the caller itself went away, nobody reads it.
func uncheckable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &troubleshoot.Error{
		Code: troubleshoot.Unavailable, Message: "the credential cannot be checked now; try again", Cause: err,
	}
}

// fresh tells whether what was seen at a time still counts; a clock that went back makes nothing fresh.
func fresh(at, now time.Time) bool {
	age := now.Sub(at)
	return age >= 0 && age < troubleshoot.KeyCacheLife
}
