// Package gateway is the REST door: JSON over HTTP in front of the gRPC services, with the limits, headers and errors
// that a door to the world needs. Every call passes the interceptors of the gRPC server.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/web"
)

// Named limits of the door.
const (
	maxBody      = 1 << 20         // bytes of a request
	maxGuideBody = 1<<20 + 16<<10  // 512 KiB of markdown double when every byte is escaped; the rest is for the other fields
	maxRow       = 1 << 20         // bytes of one row of an import
	maxBearer    = 8 << 10         // bytes of an Authorization header
	maxHeader    = 32 << 10        // bytes of all headers
	maxRequestID = 128             // bytes of a client's own request id
	readTimeout  = 9 * time.Second // for headers and body, and for each row of an import
	writeTimeout = time.Minute     // for a reply; a stream must lift it by http.ResponseController
	idleTimeout  = 2 * time.Minute // between requests of a connection
)

// Config wires the gateway.
type Config struct {
	// Register registers the services, on the direct connection as on the gRPC server.
	Register func(grpc.ServiceRegistrar)
	// Unary are the interceptors of the gRPC server, in order.
	Unary []grpc.UnaryServerInterceptor
	// StreamInterceptors are those for streams, in order. Without any there are no live streams: they would be open to all.
	StreamInterceptors []grpc.StreamServerInterceptor
	// Streams is a connection to the gRPC server, for imports.
	Streams grpc.ClientConnInterface
	// Ready says whether requests are answered; its error is logged, not shown.
	Ready func(context.Context) error
	// Metrics answers /metrics; without it the path is not found.
	Metrics http.Handler
	// Registry takes the metric of requests that the gateway itself refuses; nil: counted, not shown.
	Registry prometheus.Registerer
	// Log takes what the gateway itself has to tell.
	Log *slog.Logger
	// Admit tells whether a caller may call a method with what its request names so far, before a large body is read; nil: all
	// may. The call itself is checked again, with the context admitted, for which its rate limit has been charged already;
	// credential names the caller. Errors are statuses.
	Admit func(ctx context.Context, method string, req any) (admitted context.Context, credential string, err error)
	// Asset gives the size of a picture's content by its name and, if want says so once it knows the size, the content; nil:
	// there are none. Errors are statuses.
	Asset func(ctx context.Context, name string, want func(ctx context.Context, size int) (bool, error)) (int, []byte, error)
	// AllowedOrigins are the origins, "https://shop.example", whose pages may call; without credentials of the browser.
	AllowedOrigins []string
	// ImageHosts are the hosts, in lower case, from which pages may load pictures of guides.
	ImageHosts []string
}

type gateway struct {
	log        *slog.Logger
	refusals   *refusals
	ready      func(context.Context) error
	metrics    http.Handler
	origins    map[string]bool
	mux        *runtime.ServeMux
	direct     *direct
	json       *codec
	guides     guideCache
	rowTimeout time.Duration
	admit      func(context.Context, string, any) (context.Context, string, error)
	asset      func(context.Context, string, func(context.Context, int) (bool, error)) (int, []byte, error)
	uploads    *semaphore.Weighted // of places
	uploaders  *shares             // of turns
	contents   *contents
	streams    openStreams
	openAPI    func() ([]byte, error)
	pages      map[string]page
}

// New makes the handler of all REST routes and pages. ctx bounds its background work: there is none, but the generated
// registration functions ask for it. It panics when its metric is already registered with cfg.Registry.
func New(ctx context.Context, cfg Config) (http.Handler, error) {
	return newHandler(ctx, cfg, readTimeout)
}

// NewServer makes a server whose limits and timeouts are those of the door: slow headers and bodies are cut off within
// 10 seconds. A handler that streams replies must lift the deadlines. Shutdown does not wait for live streams: Drained does.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnContext:       withConnection,
	}
}

func newHandler(ctx context.Context, cfg Config, rowTimeout time.Duration) (http.Handler, error) {
	if cfg.Register == nil || cfg.Streams == nil || cfg.Ready == nil || cfg.Log == nil {
		return nil, errors.New("gateway: Register, Streams, Ready and Log are needed")
	}
	pages, err := loadPages(web.Files, cfg.ImageHosts)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	guides, err := newGuideCache()
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	g := &gateway{
		log:        cfg.Log,
		refusals:   newRefusals(cfg.Log, cfg.Registry),
		ready:      cfg.Ready,
		metrics:    cfg.Metrics,
		origins:    map[string]bool{},
		json:       newCodec(),
		guides:     guides,
		rowTimeout: rowTimeout,
		admit:      cfg.Admit,
		asset:      cfg.Asset,
		uploads:    semaphore.NewWeighted(uploadPlaces),
		uploaders:  newShares(1),
		contents:   newContents(),
		openAPI:    onceOpenAPI(),
		pages:      pages,
	}
	for _, o := range cfg.AllowedOrigins {
		g.origins[o] = true
	}
	conn := newDirect(cfg.Unary, cfg.Streams)
	conn.streamChain = cfg.StreamInterceptors
	cfg.Register(conn)
	g.direct = conn
	g.mux = runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, g.json),
		runtime.WithMarshalerOption(mediaJSON, g.json),
		runtime.WithMarshalerOption(mediaCSV, &csvCodec{codec: g.json}),
		runtime.WithMarshalerOption(mediaText, &textCodec{codec: g.json}),
		runtime.WithIncomingHeaderMatcher(incomingHeader),
		runtime.WithOutgoingHeaderMatcher(outgoingHeader),
		runtime.WithOutgoingTrailerMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithMiddlewares(newQueryTable().middleware(g)),
		runtime.WithErrorHandler(g.errorHandler),
		runtime.WithRoutingErrorHandler(g.routingError),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithUnescapingMode(runtime.UnescapingModeAllExceptReserved),
		runtime.WithWriteContentLength(),
	)
	if err := g.register(ctx, conn); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return g, nil
}

// register adds the services' routes, then those of imports, pictures and live streams, which win over the generated ones.
func (g *gateway) register(ctx context.Context, conn grpc.ClientConnInterface) error {
	returns, sellers := pb.NewReturnsServiceClient(conn), pb.NewSellersServiceClient(conn)
	return errors.Join(
		pb.RegisterGuidesServiceHandlerClient(ctx, g.mux, pb.NewGuidesServiceClient(conn)),
		pb.RegisterSessionsServiceHandlerClient(ctx, g.mux, pb.NewSessionsServiceClient(conn)),
		pb.RegisterKeysServiceHandlerClient(ctx, g.mux, pb.NewKeysServiceClient(conn)),
		pb.RegisterReportsServiceHandlerClient(ctx, g.mux, pb.NewReportsServiceClient(conn)),
		pb.RegisterSellersServiceHandlerClient(ctx, g.mux, sellers),
		pb.RegisterExpertsServiceHandlerClient(ctx, g.mux, pb.NewExpertsServiceClient(conn)),
		// The mux asks the routes that were registered last first, so the busiest one comes last.
		pb.RegisterReturnsServiceHandlerClient(ctx, g.mux, returns),
		g.registerImports(returns, sellers),
		g.registerAssets(),
		g.registerLive(),
	)
}

// incomingHeader lists the headers that services see. The runtime hands on Authorization by itself, and the
// connection's address; Grpc-Metadata-*, Grpc-Timeout, Cookie and all others stay outside.
func incomingHeader(name string) (string, bool) {
	switch name {
	case "X-Request-Id":
		return "x-request-id", true
	case "Idempotency-Key":
		return "idempotency-key", true
	case "If-Match":
		return "if-match", true
	case "If-None-Match":
		return "if-none-match", true
	case "Accept-Language":
		return "accept-language", true
	case "Traceparent":
		return "traceparent", true
	case "Tracestate":
		return "tracestate", true
	}
	return "", false
}

// outgoingHeader lists the header metadata of services that clients see.
func outgoingHeader(name string) (string, bool) {
	switch name {
	case "etag":
		return "ETag", true
	case "location":
		return "Location", true
	}
	return "", false
}
