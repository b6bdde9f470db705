package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/gateway"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
)

// guideEcho answers every request for a guide with one and the same.
type guideEcho struct {
	pb.UnimplementedGuidesServiceServer
	guide *pb.Guide
}

func (e guideEcho) GetGuide(context.Context, *pb.GetGuideRequest) (*pb.Guide, error) {
	return e.guide, nil
}

// benchGuide compares a published guide, read by a storefront over the whole door, with a bare gateway over bufconn that
// answers the same message.
func benchGuide(ctx context.Context, dir, folder string, rounds int) error {
	shop, err := openShop(ctx, filepath.Join(dir, "guide.db"))
	if err != nil {
		return err
	}
	defer shop.stop()
	markdown, err := os.ReadFile(filepath.Join(folder, "kettle.en.md"))
	if err != nil {
		return err
	}
	guide, err := shop.publish("kettle.en", string(markdown))
	if err != nil {
		return err
	}
	guide.Markdown, guide.Findings, guide.Publisher = "", nil, "" // as readers see it
	yardstick, stopEcho, err := startGuideEcho(ctx, guide)
	if err != nil {
		return err
	}
	defer stopEcho()
	request := func(int) []byte { return get("/v1/sellers/acme/guides/kettle.en?revision=1", shop.storefront) }
	var rate, echoRate, ratio, cpu, echoCPU spread
	for round := range rounds + 1 { // the first warms up and does not count
		theirs, _, err := load(yardstick, request, 0)
		if err != nil {
			return err
		}
		ours, _, err := load(shop.address, request, 0)
		if err != nil {
			return err
		}
		if round == 0 {
			continue
		}
		rate, echoRate = append(rate, ours.perSecond), append(echoRate, theirs.perSecond)
		cpu, echoCPU = append(cpu, float64(ours.cpu.Microseconds())), append(echoCPU, float64(theirs.cpu.Microseconds()))
		ratio = append(ratio, ours.perSecond/theirs.perSecond)
	}
	size, _ := protojson.Marshal(guide)
	fmt.Printf("published guides/s, REST, %d in flight, %d bytes of JSON: %s\n", inFlight, len(size), rate)
	fmt.Printf("bare gateway over bufconn with the same message, requests/s: %s\n  ratio %s   at least 0.60\n", echoRate, ratio)
	fmt.Printf("  processor time a request, µs, server and client: ours %s, bare %s\n", cpu, echoCPU)
	return nil
}

// shop is the whole product with one seller, served from a fresh database.
type shop struct {
	address            string
	storefront, seller string // keys
	store              *store.Store
	stop               func()
}

func openShop(ctx context.Context, path string) (*shop, error) {
	s, err := store.Open(ctx, "sqlite:"+path, store.Options{})
	if err != nil {
		return nil, err
	}
	services, err := rpc.NewServices(s, live.New(nil, slog.New(slog.DiscardHandler)), time.Now)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	chain := rpc.NewChain(rpc.Config{Keys: rpc.KeyLookup(s), TokenKey: s.Secrets().TokenKey(), Now: time.Now, Log: log})
	handler, err := gateway.New(ctx, gateway.Config{Register: services.Register, Unary: chain.UnaryInterceptors(),
		StreamInterceptors: chain.StreamInterceptors(), Streams: noStreams{},
		Ready: s.Ping, Log: log})
	if err != nil {
		return nil, err
	}
	opened := &shop{store: s}
	for role, secret := range map[troubleshoot.Role]*string{troubleshoot.RoleStorefront: &opened.storefront, troubleshoot.RoleSeller: &opened.seller} {
		var key troubleshoot.Key
		if key, *secret, err = rpc.NewKey(troubleshoot.Key{Role: role, Seller: "acme"}, time.Now()); err != nil {
			return nil, err
		}
		if err := s.Update(ctx, func(tx *store.Tx) error { return tx.KeepKey(key) }); err != nil {
			return nil, err
		}
	}
	address, server, err := listen(gateway.NewServer(handler))
	opened.address, opened.stop = address, func() { server.Close(); s.Close() }
	return opened, err
}

// call calls the API with the seller's key and reads the reply.
func (s *shop) call(method, path string, body string, reply proto.Message) error {
	req, err := http.NewRequest(method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.seller)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, data)
	}
	return protojson.Unmarshal(data, reply)
}

// publish publishes a guide over REST.
func (s *shop) publish(id, markdown string) (*pb.Guide, error) {
	body, err := protojson.Marshal(&pb.PutGuideRequest{Markdown: markdown, Publish: true})
	if err != nil {
		return nil, err
	}
	guide := &pb.Guide{}
	return guide, s.call(http.MethodPut, "/v1/sellers/acme/guides/"+id, string(body), guide)
}

func startGuideEcho(ctx context.Context, guide *pb.Guide) (string, func(), error) {
	return bareGateway(func(r grpc.ServiceRegistrar) { pb.RegisterGuidesServiceServer(r, guideEcho{guide: guide}) },
		func(mux *runtime.ServeMux, conn *grpc.ClientConn) error {
			return pb.RegisterGuidesServiceHandler(ctx, mux, conn)
		})
}
