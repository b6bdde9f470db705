package rpc

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

type importStream = grpc.ClientStreamingClient[pb.PutItemRequest, pb.ImportItemsResponse]

// openImport begins an import and waits until it is refused or its first row has arrived.
func openImport(t *testing.T, f *fixture, bearer string, arrived <-chan struct{}) (importStream, error) {
	t.Helper()
	stream, err := pb.NewSellersServiceClient(f.conn).ImportItems(with(bearer))
	if err != nil {
		t.Fatal(err)
	}
	_ = stream.Send(&pb.PutItemRequest{Seller: "acme"}) // an error comes again below
	ended := make(chan error, 1)
	go func() { ended <- stream.RecvMsg(&pb.ImportItemsResponse{}) }()
	select {
	case <-arrived:
		return stream, nil
	case err := <-ended:
		return stream, err
	}
}

func TestStreamsOfACredentialAreCapped(t *testing.T) {
	f := newFixture(t, nil)
	arrived := make(chan struct{}, 1)
	f.answers.handle = func(context.Context, any) error { arrived <- struct{}{}; return nil }
	greedy := f.addKey(troubleshoot.Key{ID: "greedy", Role: troubleshoot.RoleSeller, Seller: "acme"})
	other := f.addKey(troubleshoot.Key{ID: "other", Role: troubleshoot.RoleSeller, Seller: "acme"})
	var open []importStream
	for n := range maxCredentialStreams {
		stream, err := openImport(t, f, greedy, arrived)
		if err != nil {
			t.Fatalf("stream %d: %v", n+1, err)
		}
		open = append(open, stream)
	}
	_, err := openImport(t, f, greedy, arrived)
	if status.Code(err) != codes.ResourceExhausted || waitOf(err) != streamRetry {
		t.Fatalf("one stream too many: %v, wait %s", err, waitOf(err))
	}
	if _, err := openImport(t, f, other, arrived); err != nil {
		t.Errorf("another credential: %v", err)
	}
	f.answers.handle = nil
	if _, err := pb.NewSellersServiceClient(f.conn).GetPolicy(with(greedy), &pb.GetPolicyRequest{Seller: "acme"}); err != nil {
		t.Errorf("a call without a stream: %v", err)
	}
	f.answers.handle = func(context.Context, any) error { arrived <- struct{}{}; return nil }
	if err := open[0].CloseSend(); err != nil {
		t.Fatal(err)
	}
	for range 1000 { // the place is free when the server is done with the stream, soon after the client sees its end
		if _, err = openImport(t, f, greedy, arrived); err == nil {
			return
		}
	}
	t.Errorf("after a stream has ended: %v", err)
}

func TestWatchersWithoutACredentialAreCapped(t *testing.T) {
	f := newFixture(t, nil)
	watch := func() error {
		stream, err := grpc_health_v1.NewHealthClient(f.conn).Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = stream.Recv()
		return err
	}
	for n := range maxPeerStreams {
		if err := watch(); err != nil {
			t.Fatalf("watch %d: %v", n+1, err)
		}
	}
	if err := watch(); status.Code(err) != codes.ResourceExhausted || waitOf(err) < time.Second {
		t.Errorf("one watch too many: %v", err)
	}
}

func TestStreamLimits(t *testing.T) {
	l := newStreamLimits(maxStreams)
	taken := func(prefix string, anonymous bool) (n int) { // by as many holders as it takes
		for ; l.take(prefix+string(rune('a'+n)), 1, anonymous) == nil; n++ {
		}
		return n
	}
	if n := taken("address ", true); n != maxAnonymousStreams {
		t.Errorf("%d streams without a credential", n)
	}
	if n := taken("credential ", false); n != maxStreams-maxAnonymousStreams {
		t.Errorf("%d streams beside them", n)
	}
	l.release("address a", true)
	if err := l.take("credential z", 1, false); err == nil {
		t.Error("a credential has two streams of one")
	}
	if err := l.take("credential new", 1, false); err != nil {
		t.Errorf("a place that was given back: %v", err)
	}
	for holder := range l.open {
		l.release(holder, holder[0] == 'a')
	}
	if len(l.open) != 0 || l.all != 0 || l.anonymous != 0 {
		t.Errorf("what is left: %+v", l)
	}
}
