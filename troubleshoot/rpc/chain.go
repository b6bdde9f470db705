// Package rpc serves the gRPC API: the interceptors that every request passes, one concern a file, and the conversions
// between the protos and the domain's nouns.
package rpc

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// Config is what the chain of interceptors needs from outside.
type Config struct {
	// Keys finds an API key by the SHA-256 of its secret; NotFound when there is none.
	Keys     func(ctx context.Context, hash [32]byte) (troubleshoot.Key, error)
	TokenKey [32]byte // signs shopper tokens
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  prometheus.Registerer // nil: counted, not shown
	// Limits of requests a credential; the zero value takes DefaultKeyRate and DefaultShopperRate.
	KeyRate, ShopperRate RateLimit
}

// Chain is the interceptors in their order: recovery, telemetry, deadline, authentication, authorisation, rate limit,
// cap on streams, validation, errors.
type Chain struct {
	errors         errorMapper
	telemetry      *telemetry
	authentication *authentication
	limits         *rateLimits
	streams        *streamLimits // of work that ends
	readers        *streamLimits // of those that wait for what happens
}

// NewChain makes the chain. It panics when its metrics are already registered with cfg.Metrics.
func NewChain(cfg Config) *Chain {
	mapper := errorMapper{log: cfg.Log, causes: newCauseLog(cfg.Log, cfg.Now)}
	return &Chain{
		errors:         mapper,
		telemetry:      newTelemetry(cfg.Log, cfg.Metrics, cfg.Now),
		authentication: newAuthentication(cfg.Keys, cfg.TokenKey, cfg.Now),
		limits:         newRateLimits(cfg.KeyRate, cfg.ShopperRate, cfg.Now),
		streams:        newStreamLimits(maxStreams),
		readers:        newStreamLimits(maxReaders),
	}
}

// UnaryInterceptors lists the interceptors of unary calls, outermost first.
func (c *Chain) UnaryInterceptors() []grpc.UnaryServerInterceptor {
	return []grpc.UnaryServerInterceptor{
		c.recoverUnary, c.observeUnary, c.limitTimeUnary, c.authenticateUnary, c.authoriseUnary, c.limitRateUnary,
		c.validateUnary, c.mapErrorsUnary,
	}
}

// StreamInterceptors lists the interceptors of streams, outermost first. Streams have no deadline, because an import takes
// as long as its rows do; instead there are only so many of them.
func (c *Chain) StreamInterceptors() []grpc.StreamServerInterceptor {
	return []grpc.StreamServerInterceptor{
		c.recoverStream, c.observeStream, c.authenticateStream, c.authoriseStream, c.limitRateStream, c.limitStreams,
		c.validateStream, c.mapErrorsStream,
	}
}

// call is what is known about one request. The interceptors fill it in on the way to the handler, which only reads it.
type call struct {
	method    string
	requestID string
	principal access.Principal
}

type callKey struct{}

// newCall begins a request.
func newCall(ctx context.Context, method string) context.Context {
	return context.WithValue(ctx, callKey{}, &call{method: method})
}

// callFrom gives the request's call, an empty one outside the chain.
func callFrom(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// PrincipalFrom tells who the request comes from; outside the chain nobody.
func PrincipalFrom(ctx context.Context) access.Principal { return callFrom(ctx).principal }

// RequestID gives the id that the request's log records and reply carry.
func RequestID(ctx context.Context) string { return callFrom(ctx).requestID }

// guardedStream is a stream with its own context and a check of every message that comes in or goes out.
type guardedStream struct {
	grpc.ServerStream
	ctx      context.Context
	received func(msg any) error // nil: no check
	sending  func() error        // nil: no check
}

// Context gives the stream's context.
func (s *guardedStream) Context() context.Context { return s.ctx }

// RecvMsg receives a message and checks it.
func (s *guardedStream) RecvMsg(msg any) error {
	if err := s.ServerStream.RecvMsg(msg); err != nil || s.received == nil {
		return err
	}
	return s.received(msg)
}

// SendMsg sends a message if it still may.
func (s *guardedStream) SendMsg(msg any) error {
	if s.sending != nil {
		if err := s.sending(); err != nil {
			return err
		}
	}
	return s.ServerStream.SendMsg(msg)
}
