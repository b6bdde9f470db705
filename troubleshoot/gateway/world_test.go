package gateway

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"

	spb "google.golang.org/genproto/googleapis/rpc/status"
)

// world is a gateway on a real port over services that answer from memory.
type world struct {
	url      string
	handler  http.Handler
	services *services
	calls    atomic.Int64 // unary calls that passed the interceptor
}

type services struct {
	pb.UnimplementedReturnsServiceServer
	pb.UnimplementedSellersServiceServer
	pb.UnimplementedReportsServiceServer
	pb.UnimplementedKeysServiceServer
	reply  *pb.Intercept
	seen   atomic.Pointer[pb.InterceptReturnRequest]
	md     atomic.Pointer[metadata.MD]
	report *pb.DeflectionReport
	guides *pb.GuideReport
	items  atomic.Pointer[[]*pb.PutItemRequest]
}

func (s *services) register(r grpc.ServiceRegistrar) {
	pb.RegisterReturnsServiceServer(r, s)
	pb.RegisterSellersServiceServer(r, s)
	pb.RegisterReportsServiceServer(r, s)
	pb.RegisterKeysServiceServer(r, s)
}

func (s *services) InterceptReturn(ctx context.Context, req *pb.InterceptReturnRequest) (*pb.Intercept, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	s.seen.Store(req)
	s.md.Store(&md)
	if err := grpc.SetHeader(ctx, metadata.Pairs("etag", `"7"`, "x-internal", "hidden")); err != nil {
		return nil, err
	}
	return s.reply, nil
}

// GetIntercept fails in the way that the id says.
func (s *services) GetIntercept(_ context.Context, req *pb.GetInterceptRequest) (*pb.Intercept, error) {
	retry := func(code codes.Code) error {
		st, err := status.New(code, "later").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(2500 * time.Millisecond)})
		if err != nil {
			return err
		}
		return st.Err()
	}
	switch req.GetIntercept() {
	case "aborted":
		return nil, status.Error(codes.Aborted, "another one was first")
	case "exhausted":
		return nil, retry(codes.ResourceExhausted)
	case "unavailable":
		return nil, retry(codes.Unavailable)
	case "panic":
		panic("a bug")
	}
	return &pb.Intercept{Name: "intercepts/" + req.GetIntercept()}, nil
}

func (s *services) ImportIntercepts(in grpc.ClientStreamingServer[pb.ImportInterceptsRequest, pb.ImportInterceptsResponse]) error {
	var n int32
	for {
		_, err := in.Recv()
		if err == io.EOF {
			return in.SendAndClose(&pb.ImportInterceptsResponse{Imported: n})
		}
		if err != nil {
			return err
		}
		n++
	}
}

func (s *services) ImportItems(in grpc.ClientStreamingServer[pb.PutItemRequest, pb.ImportItemsResponse]) error {
	if md, _ := metadata.FromIncomingContext(in.Context()); strings.Join(md["authorization"], "") == "Bearer wrong" {
		return status.Error(codes.Unauthenticated, "invalid token")
	}
	var rows []*pb.PutItemRequest
	for {
		row, err := in.Recv()
		if err == io.EOF {
			s.items.Store(&rows)
			return in.SendAndClose(&pb.ImportItemsResponse{Imported: int32(len(rows))})
		}
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
}

func (s *services) GetItem(_ context.Context, req *pb.GetItemRequest) (*pb.Item, error) {
	return &pb.Item{Sku: req.GetSku()}, nil
}

func (s *services) PutItem(_ context.Context, req *pb.PutItemRequest) (*pb.Item, error) {
	return &pb.Item{Sku: req.GetSku(), Title: req.GetTitle()}, nil
}

func (s *services) GetGuideReport(context.Context, *pb.GetGuideReportRequest) (*pb.GuideReport, error) {
	return cmp.Or(s.guides, &pb.GuideReport{}), nil
}

func (s *services) GetDeflectionReport(context.Context, *pb.GetDeflectionReportRequest) (*pb.DeflectionReport, error) {
	return s.report, nil
}

func (s *services) DeleteKey(context.Context, *pb.DeleteKeyRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (s *services) ListKeys(_ context.Context, req *pb.ListKeysRequest) (*pb.ListKeysResponse, error) {
	return &pb.ListKeysResponse{NextPageToken: req.GetSeller()}, nil
}

// newWorld starts a gateway; change may alter its config.
func newWorld(t testing.TB, rowTimeout time.Duration, change func(*Config, *http.Server)) *world {
	t.Helper()
	w := &world{services: &services{reply: sampleIntercept(), report: &pb.DeflectionReport{}}}
	count := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		w.calls.Add(1)
		return next(ctx, req)
	}
	cfg := Config{
		Register: w.services.register, Unary: []grpc.UnaryServerInterceptor{count}, Streams: dialServices(t, w.services, grpc.ChainUnaryInterceptor(count)),
		Ready: func(context.Context) error { return nil }, Log: slog.New(slog.DiscardHandler),
	}
	server := NewServer(nil)
	if change != nil {
		change(&cfg, server)
	}
	handler, err := newHandler(t.Context(), cfg, rowTimeout)
	if err != nil {
		t.Fatal(err)
	}
	server.Handler, w.handler = handler, handler
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	w.url = "http://" + listener.Addr().String()
	return w
}

// dialServices serves gRPC in memory and connects to it.
func dialServices(t testing.TB, s *services, options ...grpc.ServerOption) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(options...)
	s.register(server)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///services", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// answer is a reply that has been read.
type answer struct {
	code   int
	header http.Header
	body   string
}

// status reads the google.rpc.Status of an error.
func (a answer) status(t testing.TB) *spb.Status {
	t.Helper()
	s := &spb.Status{}
	if err := protojson.Unmarshal([]byte(a.body), s); err != nil {
		t.Fatalf("reply %d is no Status: %v: %s", a.code, err, a.body)
	}
	return s
}

// field is the field of the first violation.
func (a answer) field(t testing.TB) string {
	t.Helper()
	for _, d := range status.FromProto(a.status(t)).Details() {
		if b, ok := d.(*errdetails.BadRequest); ok {
			return b.GetFieldViolations()[0].GetField()
		}
	}
	return ""
}

// do sends a request; headers are pairs of name and value.
func (w *world) do(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, r)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	return send(t, req)
}

func send(t testing.TB, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

const intercept = "/v1/returns:intercept"

// sampleRequest is what a storefront sends, 397 bytes or so.
const sampleRequest = `{"orderLine":{"seller":"acme","orderId":"1001-24588","lineId":"1","sku":"KETTLE-1","quantity":1,` +
	`"unitPrice":{"amount":"59.99","currencyCode":"USD"},"deliveredTime":"2026-10-01T12:00:00Z"},"reason":"DEFECTIVE",` +
	`"comment":"It does not heat, \"at all\".","shopper":"c-8842","locale":"en-GB","refundUrl":"https://shop.example/returns/1001-24588/1"}`

func sampleIntercept() *pb.Intercept {
	return &pb.Intercept{
		Name: "intercepts/018f3a", Seller: "acme", OrderId: "1001-24588", LineId: "1", Sku: "KETTLE-1", Reason: "DEFECTIVE",
		RawReason: "DEFECTIVE", Arm: pb.Intercept_OFFERED, Why: "drawn for help",
		Offer: &pb.Offer{
			Guides:   []*pb.Offer_GuideOffer{{Guide: "sellers/acme/guides/kettle", Revision: 3, Title: "Kettle does not heat", Minutes: 4, Steps: 5}},
			Chat:     &pb.Offer_ChatOffer{Available: true, EstimatedWait: durationpb.New(45 * time.Second)},
			Callback: &pb.Offer_CallbackOffer{},
		},
		RefundUrl: "https://shop.example/returns/1001-24588/1", ShopperToken: proto.String("ffs_abc"),
		CreateTime: timestamppb.New(time.Unix(1790000000, 123000000)), MatureTime: timestamppb.New(time.Unix(1792000000, 0)), Epoch: 1,
	}
}
