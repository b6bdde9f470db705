package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/test/bufconn"

	"github.com/fixfirst/fixfirst/guides/picture"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot/gateway"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
	"github.com/fixfirst/fixfirst/troubleshoot/sweep"
)

// Named limits of the server.
const (
	drainTime      = 8 * time.Second           // for running requests, of the 10 that a stop may take
	maxMessage     = picture.MaxBytes + 64<<10 // bytes of a gRPC message: a picture, and the rest of its request
	maxConcurrent  = 1024                      // calls at once on one gRPC connection
	connectTimeout = 10 * time.Second          // for a gRPC handshake
	streamBuffer   = 1 << 20                   // bytes between the gateway and the gRPC server, for streams
)

// serverConfig is what a server is given besides its store.
type serverConfig struct {
	now     func() time.Time
	log     *slog.Logger
	origins []string
	// imageHosts are those from which guides may show pictures, in lower case.
	imageHosts []string
	// bus connects replicas; nil: this process alone.
	bus live.Bus
}

// server is the two doors, REST and gRPC, over one store; both go through the same interceptors.
type server struct {
	http     *http.Server
	grpc     *grpc.Server
	health   *health.Server
	internal *bufconn.Listener
	conn     *grpc.ClientConn
	hub      *live.Hub
	sweeper  *sweep.Sweeper
	draining atomic.Bool
}

// newServer wires a server that does not listen yet.
func newServer(ctx context.Context, s *store.Store, cfg serverConfig) (*server, error) {
	hub := live.New(cfg.bus, cfg.log)
	services, err := rpc.NewServices(s, hub, cfg.now)
	if err != nil {
		return nil, err
	}
	services.Guides.ImageHosts = cfg.imageHosts
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	chain := rpc.NewChain(rpc.Config{Keys: rpc.KeyLookup(s), TokenKey: s.Secrets().TokenKey(), Now: cfg.now, Log: cfg.log, Metrics: metrics})
	srv := &server{health: health.NewServer(), internal: bufconn.Listen(streamBuffer), hub: hub, sweeper: sweep.New(s, hub, cfg.now, cfg.log)}
	srv.grpc = grpc.NewServer(
		grpc.ChainUnaryInterceptor(chain.UnaryInterceptors()...),
		grpc.ChainStreamInterceptor(append(chain.StreamInterceptors(), srv.endWatches)...),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(maxConcurrent), grpc.ConnectionTimeout(connectTimeout),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)
	services.Register(srv.grpc)
	healthpb.RegisterHealthServer(srv.grpc, srv.health)
	reflection.Register(srv.grpc)
	for service := range srv.grpc.GetServiceInfo() {
		srv.health.SetServingStatus(service, healthpb.HealthCheckResponse_SERVING)
	}
	srv.conn, err = grpc.NewClient("passthrough:///internal", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return srv.internal.DialContext(ctx) }))
	if err != nil {
		return nil, fmt.Errorf("connect to ourselves: %w", err)
	}
	handler, err := gateway.New(ctx, gateway.Config{
		Register: services.Register, Unary: chain.UnaryInterceptors(), StreamInterceptors: chain.StreamInterceptors(), Streams: srv.conn, Ready: srv.ready(s),
		Metrics: promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}), Registry: metrics, Log: cfg.log, AllowedOrigins: cfg.origins, ImageHosts: cfg.imageHosts,
		Admit: chain.Admit, Asset: rpc.NewAssets(chain, s).Read,
	})
	if err != nil {
		return nil, errors.Join(err, srv.conn.Close())
	}
	srv.http = gateway.NewServer(handler)
	srv.http.ErrorLog = slog.NewLogLogger(cfg.log.Handler(), slog.LevelDebug)
	return srv, nil
}

// ready says whether requests are answered: not while draining, and not without the database.
func (srv *server) ready(s *store.Store) func(context.Context) error {
	return func(ctx context.Context) error {
		if srv.draining.Load() {
			return errors.New("draining")
		}
		return s.Ping(ctx)
	}
}

// endWatches ends the watch of a health check once the drain has been told to it: nothing else would, and the drain waits
// for streams.
func (srv *server) endWatches(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if info.FullMethod != healthpb.Health_Watch_FullMethodName {
		return handler(service, stream)
	}
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	return handler(service, &watch{ServerStream: stream, ctx: ctx, sent: func() {
		if srv.draining.Load() {
			cancel()
		}
	}})
}

// watch is a stream that tells of each message that has been sent.
type watch struct {
	grpc.ServerStream
	ctx  context.Context
	sent func()
}

// Context is the stream's own.
func (w *watch) Context() context.Context { return w.ctx }

// SendMsg sends a message.
func (w *watch) SendMsg(m any) error {
	err := w.ServerStream.SendMsg(m)
	w.sent()
	return err
}

// start serves on the listeners and tells of a door that fails.
func (srv *server) start(rest, grpcListener net.Listener) <-chan error {
	failed := make(chan error, 4)
	if err := srv.hub.Start(); err != nil {
		failed <- err
	}
	srv.sweeper.Start()
	go func() {
		if err := srv.http.Serve(rest); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	serve := func(l net.Listener) {
		if err := srv.grpc.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			failed <- err
		}
	}
	go serve(srv.internal)
	if grpcListener != nil {
		go serve(grpcListener)
	}
	return failed
}

// drain stops accepting, lets running requests finish in time, and closes what is left.
func (srv *server) drain() error {
	srv.draining.Store(true)
	srv.health.Shutdown()
	srv.sweeper.Stop() // another replica routes on
	srv.hub.Drain()    // streams are told to connect again, and end
	defer srv.hub.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := errors.Join(srv.http.Shutdown(ctx), gateway.Drained(ctx, srv.http.Handler))
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.http.Close()
	}
	stopped := make(chan struct{})
	go func() {
		srv.grpc.GracefulStop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		srv.grpc.Stop()
	}
	return errors.Join(err, srv.conn.Close())
}
