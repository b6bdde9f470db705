package rpc

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/fixfirst/fixfirst/store"
)

// readAsset is the method by which readings of pictures are counted and logged.
const readAsset = "/assets"

// Assets gives the contents of pictures to everybody who knows their names: there is no credential to check, and none to
// limit. Otherwise its calls are calls like all others.
type Assets struct {
	chain *Chain
	store *store.Store
}

// NewAssets makes Assets.
func NewAssets(c *Chain, s *store.Store) *Assets { return &Assets{chain: c, store: s} }

// Read gives the size of a content in bytes by its name, and the content if want says so once it knows the size; want may
// wait, for nothing is held meanwhile. Errors are statuses: NotFound where there is no such content, and those of want.
func (a *Assets) Read(ctx context.Context, name string, want func(ctx context.Context, size int) (bool, error)) (size int, content []byte, err error) {
	_, err = a.chain.open(ctx, readAsset, func(ctx context.Context) error {
		if err := a.store.View(ctx, func(tx *store.Tx) (err error) {
			size, err = tx.AssetSize(name)
			return err
		}); err != nil {
			return err
		}
		if wanted, err := want(ctx, size); err != nil || !wanted {
			return err
		}
		return a.store.View(ctx, func(tx *store.Tx) (err error) {
			content, err = tx.AssetContent(name)
			return err
		})
	})
	if err != nil {
		return 0, nil, err
	}
	return size, content, nil
}

// open runs what everybody may do with recovery, telemetry, deadline and errors, but no credential.
func (c *Chain) open(ctx context.Context, method string, do func(context.Context) error) (any, error) {
	info := &grpc.UnaryServerInfo{FullMethod: method}
	handler := func(ctx context.Context, _ any) (any, error) { return nil, do(ctx) }
	for _, outer := range []grpc.UnaryServerInterceptor{c.mapErrorsUnary, c.limitTimeUnary, c.observeUnary, c.recoverUnary} {
		inner := handler
		handler = func(ctx context.Context, req any) (any, error) { return outer(ctx, req, info, inner) }
	}
	return handler(ctx, nil)
}

// Admit tells whether the caller of ctx may call a method with what a request names so far: for a door that reads a large body
// only from those who may send it. It counts as the one request of the caller's rate limit that the body and the call are.
// Errors are statuses, counted and logged as the method's; who is admitted calls the method then with the context admitted,
// which is checked and counted like any other call, but not charged again. credential names the caller for limits of the
// door's own.
func (c *Chain) Admit(ctx context.Context, method string, req any) (admitted context.Context, credential string, err error) {
	info := &grpc.UnaryServerInfo{FullMethod: method}
	handler := func(ctx context.Context, _ any) (any, error) {
		credential = PrincipalFrom(ctx).Credential
		return nil, nil
	}
	for _, outer := range []grpc.UnaryServerInterceptor{c.limitRateUnary, c.authoriseUnary, c.authenticateUnary} {
		inner := handler
		handler = func(ctx context.Context, req any) (any, error) { return outer(ctx, req, info, inner) }
	}
	if _, err = c.recoverUnary(ctx, req, info, func(ctx context.Context, req any) (any, error) {
		call, start := c.telemetry.begin(ctx)
		_, err := handler(ctx, req)
		if err != nil {
			c.telemetry.end(ctx, call, start, status.Code(err), messageOf(err))
		}
		return nil, err
	}); err != nil {
		return nil, "", err
	}
	return context.WithValue(ctx, admissionKey{}, &admission{credential: credential}), credential, nil
}

type admissionKey struct{}

// admission is a request that has been charged before its call.
type admission struct {
	credential string
	used       atomic.Bool
}

// charged tells once, for the first call of an admitted context, that its credential has paid.
func charged(ctx context.Context, credential string) bool {
	a, ok := ctx.Value(admissionKey{}).(*admission)
	return ok && a.credential == credential && a.used.CompareAndSwap(false, true)
}
