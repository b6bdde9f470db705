package rpc

import (
	"context"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Streams that may be open at once: imports, by gRPC and by REST, and what callers without a credential may watch.
// Those have a share of their own, so that they cannot keep a seller's import out, and so have those that wait for what happens,
// which are many and cost little.
const (
	maxCredentialStreams = 16   // of one credential
	maxPeerStreams       = 16   // of one address without a credential
	maxAnonymousStreams  = 64   // of all callers without a credential
	maxStreams           = 256  // in all
	maxShopperReaders    = 8    // live streams of one shopper's token: some tabs, and those that the network has not given up yet
	maxKeyReaders        = 128  // live streams of one key: an expert's chats, or a supervisor's
	maxReaders           = 8192 // live streams in all
)

// liveStreams are the streams that wait for what happens.
var liveStreams = map[string]bool{
	pb.SessionsService_StreamEvents_FullMethodName: true,
	pb.ExpertsService_StreamWork_FullMethodName:    true,
	pb.ExpertsService_Converse_FullMethodName:      true,
}

// streamRetry is when to try again once the streams are taken; an import lasts seconds to hours.
const streamRetry = 5 * time.Second

// streamLimits counts open streams.
type streamLimits struct {
	mu             sync.Mutex
	most           int // in all
	all, anonymous int
	open           map[string]int // by credential, or address; those with none are not in it
}

func newStreamLimits(most int) *streamLimits {
	return &streamLimits{most: most, open: map[string]int{}}
}

// limitStreams holds a place for the stream until it ends.
func (c *Chain) limitStreams(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx := stream.Context()
	caller := PrincipalFrom(ctx)
	limits, holder, most := c.streams, "credential "+caller.Credential, maxCredentialStreams
	switch {
	case caller.Anonymous():
		holder, most = "address "+peerAddress(ctx), maxPeerStreams
	case liveStreams[info.FullMethod] && caller.Role == troubleshoot.RoleShopper:
		limits, most = c.readers, maxShopperReaders
	case liveStreams[info.FullMethod]:
		limits, most = c.readers, maxKeyReaders
	}
	if err := limits.take(holder, most, caller.Anonymous()); err != nil {
		return c.errors.toStatus(ctx, err)
	}
	defer limits.release(holder, caller.Anonymous())
	return handler(srv, stream)
}

// take counts a stream of a holder, or says which cap is in its way.
func (l *streamLimits) take(holder string, most int, anonymous bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.open[holder] >= most:
		return tooManyStreams("too many streams are open by this caller: at most %d at once", most)
	case l.all >= l.most:
		return tooManyStreams("too many streams are open on this server: at most %d at once", l.most)
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
