package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// guidesInStore is how many guides the shop of the intercept part has.
const guidesInStore = 10_000

// echo answers every intercept with one and the same reply.
type echo struct {
	pb.UnimplementedReturnsServiceServer
	reply *pb.Intercept
}

func (e echo) InterceptReturn(context.Context, *pb.InterceptReturnRequest) (*pb.Intercept, error) {
	return e.reply, nil
}

// benchIntercept compares durable intercepts, with policy, arm and guide match, over the whole door, with a bare gateway
// over bufconn that echoes messages of the same size and stores nothing.
func benchIntercept(ctx context.Context, dir string, rounds int) error {
	shop, err := startOurs(ctx, dir)
	if err != nil {
		return err
	}
	defer shop.stop()
	yardstick, stopEcho, err := startEcho(ctx)
	if err != nil {
		return err
	}
	defer stopEcho()
	request := func(n int) []byte { return post("/v1/returns:intercept", shop.storefront, interceptBody(n)) }
	var rate, echoRate, ratio, p99, cpu, echoCPU spread
	sent, failed := 0, 0
	for round := range rounds + 1 { // the first warms up and does not count
		theirs, _, err := load(yardstick, request, 0)
		if err != nil {
			return err
		}
		var our result
		if our, sent, err = load(shop.address, request, sent); err != nil {
			return err
		}
		if round == 0 {
			continue
		}
		failed += our.failed
		rate, echoRate = append(rate, our.perSecond), append(echoRate, theirs.perSecond)
		cpu, echoCPU = append(cpu, float64(our.cpu.Microseconds())), append(echoCPU, float64(theirs.cpu.Microseconds()))
		ratio, p99 = append(ratio, our.perSecond/theirs.perSecond), append(p99, float64(our.p99)/float64(theirs.p99))
	}
	fmt.Printf("durable intercepts/s, REST, %d in flight, SQLite FULL, %d guides: %s\n", inFlight, guidesInStore, rate)
	fmt.Printf("bare gateway echo over bufconn, storing nothing, requests/s: %s\n", echoRate)
	fmt.Printf("  ratio %s   at least 0.70, goal 1.00\n  p99 ratio %s   at most 3\n", ratio, p99)
	fmt.Printf("  processor time a request, µs, server and client: ours %s, echo %s\n  answered UNAVAILABLE because the disk took more than %s: %d of %d\n", cpu, echoCPU, troubleshoot.InterceptDeadline, failed, sent)
	return nil
}

// interceptBody is one order line of a shop with some hundred SKUs.
func interceptBody(n int) string {
	return fmt.Sprintf(`{"orderLine":{"seller":"acme","orderId":"order-%08d","lineId":"1","sku":"SKU-%04d","quantity":1,"unitPrice":{"amount":"59.99","currencyCode":"USD"},"deliveredTime":"2026-10-01T10:00:00Z"},"reason":"DEFECTIVE","comment":"it does not heat any more","shopper":"shopper-%06d","locale":"en-GB","refundUrl":"https://shop.example/returns/%08d/refund"}`, n, n%500, n%100000, n)
}

// startOurs serves the whole product from a fresh database with a seller, a policy and many guides.
func startOurs(ctx context.Context, dir string) (*shop, error) {
	s, err := openShop(ctx, filepath.Join(dir, "intercept.db"))
	if err != nil {
		return nil, err
	}
	policy := troubleshoot.DefaultPolicy()
	policy.MinimumPrice = troubleshoot.Money{Minor: 1000, Currency: "USD"}
	policy.OfferIf = `orderLine.unitPrice >= 10.0 && reason != "UNWANTED"`
	return s, s.store.Update(ctx, func(tx *store.Tx) error {
		if _, _, err := tx.PutPolicy("acme", policy, time.Now()); err != nil {
			return err
		}
		for n := range guidesInStore {
			id := fmt.Sprintf("guide-%05d", n)
			guide := troubleshoot.Guide{Seller: "acme", ID: id, Title: "Product does not work " + id, Locale: "en", SKUs: []string{fmt.Sprintf("SKU-%04d", n)},
				Minutes: 10, Steps: []troubleshoot.GuideStep{{ID: "a", Title: "Switch it off and on"}, {ID: "b", Title: "Clean it"}}, Markdown: "# " + id}
			if _, err := tx.PutGuide(guide, "", time.Now()); err != nil {
				return err
			}
			if _, err := tx.PublishGuide("acme", id, "", "bench", time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// noStreams stands where the gateway would dial for streams; the bench sends none.
type noStreams struct{ grpc.ClientConnInterface }

// startEcho serves a gateway as its own documentation wires it, over bufconn, in front of echo.
func startEcho(ctx context.Context) (string, func(), error) {
	reply := &pb.Intercept{Name: "intercepts/06h08ku2i9ur3n397prj3743bmls5fm7hiag", Seller: "acme", OrderId: "order-00000001", LineId: "1", Sku: "SKU-0001",
		Reason: "DEFECTIVE", RawReason: "DEFECTIVE", Arm: pb.Intercept_OFFERED, Why: "help is offered", RefundUrl: "https://shop.example/returns/00000001/refund",
		Offer: &pb.Offer{Guides: []*pb.Offer_GuideOffer{{Guide: "sellers/acme/guides/guide-00001", Revision: 1, Title: "Product does not work guide-00001", Minutes: 10, Steps: 2}},
			Chat: &pb.Offer_ChatOffer{}},
		CreateTime: timestamppb.Now(), MatureTime: timestamppb.Now(), Epoch: 2}
	token := "ffs_AQAAAABrAyffAAAcICQwNmgwOGt1Mmk5dXIzbjM5N3ByajM3NDNibWxzNWZtN2hpYWdhY21l7hYAoJ4nJ0Ipsc3yo94iXxYb3y8HX07P8s3rP_AWGfQ"
	reply.ShopperToken = &token
	return bareGateway(func(r grpc.ServiceRegistrar) { pb.RegisterReturnsServiceServer(r, echo{reply: reply}) },
		func(mux *runtime.ServeMux, conn *grpc.ClientConn) error {
			return pb.RegisterReturnsServiceHandler(ctx, mux, conn)
		})
}

// bareGateway serves a gateway as its own documentation wires it, over bufconn.
func bareGateway(service func(grpc.ServiceRegistrar), routes func(*runtime.ServeMux, *grpc.ClientConn) error) (string, func(), error) {
	pipe := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	service(server)
	go func() { _ = server.Serve(pipe) }()
	conn, err := grpc.NewClient("passthrough:///echo", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }))
	if err != nil {
		return "", nil, err
	}
	mux := runtime.NewServeMux()
	if err := routes(mux, conn); err != nil {
		return "", nil, err
	}
	address, web, err := listen(&http.Server{Handler: mux})
	return address, func() { web.Close(); conn.Close(); server.Stop() }, err
}

func listen(server *http.Server) (string, *http.Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	go func() { _ = server.Serve(l) }()
	return l.Addr().String(), server, nil
}
