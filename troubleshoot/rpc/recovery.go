package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"google.golang.org/grpc"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// maxStack bounds the stack in the log record of a panic, in bytes.
const maxStack = 8 << 10

func (c *Chain) recoverUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	ctx = newCall(ctx, info.FullMethod)
	defer c.recovered(ctx, &err)
	return handler(ctx, req)
}

func (c *Chain) recoverStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	ctx := newCall(stream.Context(), info.FullMethod)
	defer c.recovered(ctx, &err)
	return handler(srv, &guardedStream{ServerStream: stream, ctx: ctx})
}

// recovered, deferred, turns a panic into INTERNAL and logs it with its stack.
func (c *Chain) recovered(ctx context.Context, err *error) {
	r := recover()
	if r == nil {
		return
	}
	stack := debug.Stack()
	call := callFrom(ctx)
	c.errors.log.LogAttrs(ctx, slog.LevelError, "panic",
		slog.String("requestId", call.requestID), slog.String("method", call.method),
		slog.String("panic", fmt.Sprint(r)), slog.String("stack", string(stack[:min(len(stack), maxStack)])))
	*err = statusOf(troubleshoot.Errorf(troubleshoot.Internal, "")).Err()
}
