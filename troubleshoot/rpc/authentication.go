package rpc

import (
	"context"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
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
)

// authentication finds out who a request comes from.
type authentication struct {
	keys     func(ctx context.Context, hash [32]byte) (troubleshoot.Key, error)
	tokenKey [32]byte
	now      func() time.Time
	known    *lru.Cache[[32]byte, seenKey]
	unknown  *lru.Cache[[32]byte, time.Time] // when it was not found
}

// seenKey is a key as it was in the store at a time.
type seenKey struct {
	key troubleshoot.Key
	at  time.Time
}

func newAuthentication(keys func(context.Context, [32]byte) (troubleshoot.Key, error), tokenKey [32]byte, now func() time.Time) *authentication {
	known, _ := lru.New[[32]byte, seenKey](cachedKeys) // fails only for a size below 1
	unknown, _ := lru.New[[32]byte, time.Time](cachedUnknowns)
	return &authentication{keys: keys, tokenKey: tokenKey, now: now, known: known, unknown: unknown}
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
	again := func() error {
		_, err := c.authentication.principal(ctx)
		return err
	}
	return handler(srv, &guardedStream{
		ServerStream: stream, ctx: ctx, sending: again, received: func(any) error { return again() },
	})
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

// key looks a key up, in memory for troubleshoot.KeyCacheLife, then in the store.
func (a *authentication) key(ctx context.Context, hash [32]byte, now time.Time) (troubleshoot.Key, error) {
	if seen, ok := a.known.Get(hash); ok && fresh(seen.at, now) {
		return seen.key, nil
	}
	if at, ok := a.unknown.Get(hash); ok && fresh(at, now) {
		return troubleshoot.Key{}, access.ErrInvalidToken
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
		return troubleshoot.Key{}, &troubleshoot.Error{
			Code: troubleshoot.Unavailable, Message: "the credential cannot be checked now; try again", Cause: err,
		}
	}
	return troubleshoot.Key{}, err
}

// fresh tells whether what was seen at a time still counts; a clock that went back makes nothing fresh.
func fresh(at, now time.Time) bool {
	age := now.Sub(at)
	return age >= 0 && age < troubleshoot.KeyCacheLife
}
