package rpc

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// requestIDHeader is the metadata key and HTTP header that a request id comes and goes by.
const requestIDHeader = "x-request-id"

// maxRequestID bounds a request id from outside, in bytes.
const maxRequestID = 128

// Buckets of the durations, in seconds, dense around the intercept's deadline of 0.25.
var durationBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .2, .25, .3, .5, 1, 2.5, 5, 10}

// series is the metrics of one method, looked up once.
type series struct {
	byCode   [codes.Unauthenticated + 1]prometheus.Counter
	duration prometheus.Observer
}

// telemetry counts, times and logs requests. Methods outside the access table share one series, so that nobody outside can
// make new ones.
type telemetry struct {
	log      *slog.Logger
	now      func() time.Time
	byMethod map[string]*series
	other    *series
}

func newTelemetry(log *slog.Logger, registry prometheus.Registerer, now func() time.Time) *telemetry {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fixfirst_rpc_requests_total", Help: "Finished requests by method and gRPC code.",
	}, []string{"method", "code"})
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "fixfirst_rpc_duration_seconds", Help: "Time from request to reply, or of the whole stream.", Buckets: durationBuckets,
	}, []string{"method"})
	if registry != nil {
		registry.MustRegister(requests, durations)
	}
	of := func(method string) *series {
		s := &series{duration: durations.WithLabelValues(method)}
		for code := range s.byCode {
			s.byCode[code] = requests.WithLabelValues(method, codes.Code(code).String())
		}
		return s
	}
	t := &telemetry{log: log, now: now, byMethod: map[string]*series{}, other: of("other")}
	for _, method := range append(access.Methods(), readAsset) {
		t.byMethod[method] = of(method)
	}
	return t
}

func (c *Chain) observeUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	call, start := c.telemetry.begin(ctx)
	if transport := grpc.ServerTransportStreamFromContext(ctx); transport != nil { // none in a call inside the process
		_ = transport.SetHeader(metadata.MD{requestIDHeader: {call.requestID}}) // fails only once headers are out
	}
	ended := false
	defer func() {
		if !ended {
			c.telemetry.end(ctx, call, start, codes.Internal, "panic")
		}
	}()
	resp, err := handler(ctx, req)
	ended = true
	c.telemetry.end(ctx, call, start, status.Code(err), messageOf(err))
	return resp, err
}

func (c *Chain) observeStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx := stream.Context()
	call, start := c.telemetry.begin(ctx)
	_ = stream.SetHeader(metadata.MD{requestIDHeader: {call.requestID}})
	ended := false
	defer func() {
		if !ended {
			c.telemetry.end(ctx, call, start, codes.Internal, "panic")
		}
	}()
	err := handler(srv, stream)
	ended = true
	c.telemetry.end(ctx, call, start, status.Code(err), messageOf(err))
	return err
}

// begin gives the request its id: the client's, if it is fit for logs and headers, else a random one.
func (t *telemetry) begin(ctx context.Context) (*call, time.Time) {
	call := callFrom(ctx)
	if sent := metadata.ValueFromIncomingContext(ctx, requestIDHeader); len(sent) == 1 && fitRequestID(sent[0]) {
		call.requestID = sent[0]
	} else {
		call.requestID = newRequestID()
	}
	return call, t.now()
}

// newRequestID makes 128 random bits in hexadecimal. They tell requests apart and protect nothing.
func newRequestID() string {
	var bits [16]byte
	binary.BigEndian.PutUint64(bits[:8], rand.Uint64())
	binary.BigEndian.PutUint64(bits[8:], rand.Uint64())
	return hex.EncodeToString(bits[:])
}

// fitRequestID allows 1 to 128 printable ASCII characters.
func fitRequestID(id string) bool {
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return false
		}
	}
	return id != "" && len(id) <= maxRequestID
}

// end counts the request and writes its one log record: at Info if it failed, else at Debug, so that a busy server does not
// spend its time on logging what went well.
func (t *telemetry) end(ctx context.Context, call *call, start time.Time, code codes.Code, message string) {
	took := t.now().Sub(start)
	s := t.byMethod[call.method]
	if s == nil {
		s = t.other
	}
	if int(code) >= len(s.byCode) {
		code = codes.Unknown
	}
	s.byCode[code].Inc()
	s.duration.Observe(took.Seconds())

	level := slog.LevelInfo
	if code == codes.OK {
		level = slog.LevelDebug
	}
	if !t.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("requestId", call.requestID), slog.String("method", call.method), slog.String("code", code.String()),
		slog.Duration("took", took), slog.String("credential", call.principal.Credential),
		slog.String("seller", call.principal.Seller),
	}
	if message != "" {
		attrs = append(attrs, slog.String("message", message))
	}
	t.log.LogAttrs(ctx, level, "request", attrs...)
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return status.Convert(err).Message()
}
