package rpc

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"buf.build/go/protovalidate"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

func BenchmarkValidateInterceptReturn(b *testing.B) {
	req := aReturn("acme")
	req.OrderLine.DeliveredTime = timestamppb.New(noon)
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := Validate(req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("protovalidate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := protovalidate.Validate(req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("times", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			unstorable(req.ProtoReflect())
		}
	})
}

// BenchmarkChain measures the interceptors alone: all of them, and each, around a handler that does nothing.
func BenchmarkChain(b *testing.B) {
	secret := access.Mint([32]byte{1})
	key := troubleshoot.Key{ID: "k", Role: troubleshoot.RoleStorefront, Seller: "acme"}
	chain := NewChain(Config{
		Keys: func(context.Context, [32]byte) (troubleshoot.Key, error) { return key, nil },
		Now:  time.Now, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), KeyRate: RateLimit{PerSecond: 1e12, Burst: 1 << 30},
	})
	all := chain.UnaryInterceptors()
	names := []string{"recovery", "telemetry", "deadline", "authentication", "authorisation", "rate", "validation", "errors"}
	info := &grpc.UnaryServerInfo{FullMethod: "/fixfirst.v1.ReturnsService/InterceptReturn"}
	incoming := grpc.NewContextWithServerTransportStream(context.Background(), noTransport{})
	incoming = metadata.NewIncomingContext(incoming, metadata.Pairs("authorization", "Bearer "+secret))
	req, reply := aReturn("acme"), any(nil)
	done := func(context.Context, any) (any, error) { return reply, nil }
	known := newCall(incoming, info.FullMethod)
	callFrom(known).principal = access.Principal{Role: key.Role, Seller: key.Seller, Credential: key.ID}

	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		handler := grpc.UnaryHandler(done)
		for i := len(all) - 1; i >= 0; i-- {
			inner, outer := handler, all[i]
			handler = func(ctx context.Context, req any) (any, error) { return outer(ctx, req, info, inner) }
		}
		for b.Loop() {
			if _, err := handler(incoming, req); err != nil {
				b.Fatal(err)
			}
		}
	})
	for i, name := range names {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := all[i](known, req, info, done); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// noTransport takes headers and sends nothing.
type noTransport struct{}

func (noTransport) Method() string               { return "" }
func (noTransport) SetHeader(metadata.MD) error  { return nil }
func (noTransport) SendHeader(metadata.MD) error { return nil }
func (noTransport) SetTrailer(metadata.MD) error { return nil }
