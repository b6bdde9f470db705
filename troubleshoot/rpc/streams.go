package rpc

import (
	"context"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Streams that may be open at once: imports, by gRPC and by REST, and what callers without a credential may watch.
// Those have a share of their own, so that they cannot keep a seller's import out.
const (
	maxCredentialStreams = 16  // of one credential
	maxPeerStreams       = 16  // of one address without a credential
	maxAnonymousStreams  = 64  // of all callers without a credential
	maxStreams           = 256 // in all
)

// streamRetry is when to try again once the streams are taken; an import lasts seconds to hours.
const streamRetry = 5 * time.Second

// streamLimits counts open streams.
type streamLimits struct {
	mu             sync.Mutex
	all, anonymous int
	open           map[string]int // by credential, or address; those with none are not in it
}

func newStreamLimits() *streamLimits { return &streamLimits{open: map[string]int{}} }

// limitStreams holds a place for the stream until it ends.
func (c *Chain) limitStreams(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx := stream.Context()
	holder, most, anonymous := "credential "+PrincipalFrom(ctx).Credential, maxCredentialStreams, false
	if PrincipalFrom(ctx).Anonymous() {
		holder, most, anonymous = "address "+peerAddress(ctx), maxPeerStreams, true
	}
	if err := c.streams.take(holder, most, anonymous); err != nil {
		return c.errors.toStatus(ctx, err)
	}
	defer c.streams.release(holder, anonymous)
	return handler(srv, stream)
}

// take counts a stream of a holder, or says which cap is in its way.
func (l *streamLimits) take(holder string, most int, anonymous bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.open[holder] >= most:
		return tooManyStreams("too many streams are open by this caller: at most %d at once", most)
	case l.all >= maxStreams:
		return tooManyStreams("too many streams are open on this server: at most %d at once", maxStreams)
	case anonymous && l.anonymous >= maxAnonymousStreams:
		return tooManyStreams("too many streams without a credential are open on this server: at most %d at once", maxAnonymousStreams)
	}
	l.open[holder]++
	l.all++
	if anonymous {
		l.anonymous++
	}
	return nil
}

// release gives the place of a stream back.
func (l *streamLimits) release(holder string, anonymous bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[holder]--; l.open[holder] == 0 {
		delete(l.open, holder)
	}
	l.all--
	if anonymous {
		l.anonymous--
	}
}

func tooManyStreams(format string, most int) error {
	return &exhaustedError{reason: troubleshoot.Errorf(troubleshoot.ResourceExhausted, format, most), wait: streamRetry}
}

// peerAddress is the address of the connection without its port.
func peerAddress(ctx context.Context) string {
	from, ok := peer.FromContext(ctx)
	if !ok || from.Addr == nil {
		return ""
	}
	if host, _, err := net.SplitHostPort(from.Addr.String()); err == nil {
		return host
	}
	return from.Addr.String()
}
