package rpc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// answers serves the API with what a test says; without it, every call succeeds with an empty reply.
type answers struct {
	pb.UnimplementedReturnsServiceServer
	pb.UnimplementedSellersServiceServer
	pb.UnimplementedSessionsServiceServer
	pb.UnimplementedReportsServiceServer
	handle func(ctx context.Context, req any) error // nil: no error
	mu     sync.Mutex
	seen   []access.Principal
}

func (a *answers) reached(ctx context.Context, req any) error {
	a.mu.Lock()
	a.seen = append(a.seen, PrincipalFrom(ctx))
	a.mu.Unlock()
	if a.handle == nil {
		return nil
	}
	return a.handle(ctx, req)
}

func (a *answers) InterceptReturn(ctx context.Context, req *pb.InterceptReturnRequest) (*pb.Intercept, error) {
	return &pb.Intercept{Name: "intercepts/i1"}, a.reached(ctx, req)
}

func (a *answers) GetIntercept(ctx context.Context, req *pb.GetInterceptRequest) (*pb.Intercept, error) {
	return &pb.Intercept{}, a.reached(ctx, req)
}

func (a *answers) RecordReturns(ctx context.Context, req *pb.RecordReturnsRequest) (*pb.RecordReturnsResponse, error) {
	return &pb.RecordReturnsResponse{}, a.reached(ctx, req)
}

func (a *answers) CreateSession(ctx context.Context, req *pb.CreateSessionRequest) (*pb.Session, error) {
	return &pb.Session{}, a.reached(ctx, req)
}

func (a *answers) GetPolicy(ctx context.Context, req *pb.GetPolicyRequest) (*pb.Policy, error) {
	return &pb.Policy{}, a.reached(ctx, req)
}

func (a *answers) GetDeflectionReport(ctx context.Context, req *pb.GetDeflectionReportRequest) (*pb.DeflectionReport, error) {
	return &pb.DeflectionReport{}, a.reached(ctx, req)
}

func (a *answers) ImportItems(stream grpc.ClientStreamingServer[pb.PutItemRequest, pb.ImportItemsResponse]) error {
	reply := &pb.ImportItemsResponse{}
	for {
		req, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(reply)
		}
		if err != nil {
			return err
		}
		if err := a.reached(stream.Context(), req); err != nil {
			return err
		}
		reply.Imported++
	}
}

// fixture is a server with the chain in front of answers, and the world around it.
type fixture struct {
	answers  answers
	conn     *grpc.ClientConn
	logged   *syncBuffer
	metrics  *prometheus.Registry
	tokenKey [32]byte

	mu      sync.Mutex
	clock   time.Time
	keys    map[[32]byte]troubleshoot.Key
	keysErr error
	lookups int
}

var noon = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func newFixture(t testing.TB, change func(*Config)) *fixture {
	t.Helper()
	f := &fixture{logged: &syncBuffer{}, metrics: prometheus.NewRegistry(), tokenKey: [32]byte{1}, clock: noon,
		keys: map[[32]byte]troubleshoot.Key{}}
	cfg := Config{Keys: f.key, TokenKey: f.tokenKey, Now: f.now, Metrics: f.metrics,
		Log: slog.New(slog.NewJSONHandler(f.logged, nil))}
	if change != nil {
		change(&cfg)
	}
	chain := NewChain(cfg)
	server := grpc.NewServer(grpc.ChainUnaryInterceptor(chain.UnaryInterceptors()...),
		grpc.ChainStreamInterceptor(chain.StreamInterceptors()...))
	pb.RegisterReturnsServiceServer(server, &f.answers)
	pb.RegisterSellersServiceServer(server, &f.answers)
	pb.RegisterSessionsServiceServer(server, &f.answers)
	pb.RegisterReportsServiceServer(server, &f.answers)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	listener := bufconn.Listen(1 << 20)
	go func() { _ = server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(); server.Stop() })
	f.conn = conn
	return f
}

func (f *fixture) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clock
}

func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = f.clock.Add(d)
}

// expire lets what is known of keys grow old.
func (f *fixture) expire() { f.pass(troubleshoot.KeyCacheLife) }

func (f *fixture) key(_ context.Context, hash [32]byte) (troubleshoot.Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lookups++
	if f.keysErr != nil {
		return troubleshoot.Key{}, f.keysErr
	}
	key, ok := f.keys[hash]
	if !ok {
		return key, troubleshoot.Missing("key", "")
	}
	return key, nil
}

// addKey makes a key and gives its secret.
func (f *fixture) addKey(k troubleshoot.Key) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	secret := access.Mint([32]byte{byte(len(f.keys) + 1)})
	hash, _ := access.ParseSecret(secret)
	f.keys[hash] = k
	return secret
}

func (f *fixture) setKeysErr(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keysErr = err
}

func (f *fixture) revoke(secret string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hash, _ := access.ParseSecret(secret)
	k := f.keys[hash]
	k.RevokeTime = f.clock
	f.keys[hash] = k
}

// with sends a bearer credential; none for "".
func with(bearer string) context.Context {
	if bearer == "" {
		return context.Background()
	}
	return metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+bearer)
}

func (f *fixture) returns() pb.ReturnsServiceClient { return pb.NewReturnsServiceClient(f.conn) }

// storefront is the secret of a key of the seller.
func (f *fixture) storefront(seller string) string {
	return f.addKey(troubleshoot.Key{ID: "storefront-" + seller, Role: troubleshoot.RoleStorefront, Seller: seller})
}

func (f *fixture) shopper(intercept, seller string) string {
	return access.MintShopperToken(f.tokenKey, intercept, seller, f.now(), time.Hour)
}

// aReturn is a valid request of the seller.
func aReturn(seller string) *pb.InterceptReturnRequest {
	return &pb.InterceptReturnRequest{
		OrderLine: &pb.OrderLine{Seller: seller, OrderId: "A-1001", LineId: "1", Sku: "KETTLE-1", Quantity: 1,
			UnitPrice: &pb.Money{Amount: "59.99", CurrencyCode: "USD"}},
		Reason: "DEFECTIVE", Shopper: "c-1", Locale: "en-GB", RefundUrl: "https://shop.example/refund/1",
	}
}

// syncBuffer is a log that the server writes while the test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
