package gateway

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// inFlight is how many requests the benchmarks keep open.
const inFlight = 64

// echo sends the same intercept over and over on connections that stay open.
func echo(b *testing.B, url string) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}}
	defer client.CloseIdleConnections()
	work := make(chan struct{}, inFlight)
	var all sync.WaitGroup
	for range inFlight {
		all.Go(func() {
			for range work {
				resp, err := client.Post(url+intercept, mediaJSON, bytes.NewReader([]byte(sampleRequest)))
				if err != nil {
					b.Error(err)
					continue
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					b.Errorf("status %d", resp.StatusCode)
				}
			}
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

func BenchmarkGatewayDirect(b *testing.B) {
	echo(b, newWorld(b, readTimeout, nil).url)
}

// BenchmarkGatewayBufconn is the yardstick: the gateway as its manual wires it, over a connection in memory.
func BenchmarkGatewayBufconn(b *testing.B) {
	mux := runtime.NewServeMux()
	if err := pb.RegisterReturnsServiceHandler(b.Context(), mux, dialServices(b, &services{reply: sampleIntercept()})); err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	echo(b, "http://"+listener.Addr().String())
}

func BenchmarkHandOver(b *testing.B) {
	d, src := newDirect(nil, nil), sampleIntercept()
	b.ReportAllocs()
	for b.Loop() {
		if err := d.handOver(new(pb.Intercept), src); err != nil {
			b.Fatal(err)
		}
	}
}
