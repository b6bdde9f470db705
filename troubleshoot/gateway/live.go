package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// The routes of live streams. The generated code would take them over the connection to the gRPC server, which costs several
// times the memory a reader; these replace it.
const (
	liveEvents = "/v1/sessions/{session}/events:stream"
	liveWork   = "/v1/experts/{expert}/work:stream"
)

// lastEventID is the header by which a browser's EventSource says what it has.
const lastEventID = "Last-Event-ID"

func (g *gateway) registerLive() error {
	return errors.Join(
		g.mux.HandlePath(http.MethodGet, liveEvents, (&liveRoute{
			gateway: g, method: pb.SessionsService_StreamEvents_FullMethodName, request: eventsRequest,
		}).serve),
		g.mux.HandlePath(http.MethodGet, liveWork, (&liveRoute{
			gateway: g, method: pb.ExpertsService_StreamWork_FullMethodName, request: workRequest,
		}).serve),
	)
}

// noFilter lets all parameters through that the table of queries has let through.
var noFilter = utilities.NewDoubleArray(nil)

// eventsRequest reads from where a reader goes on: the larger one of afterSeq and of what its browser says that it has, because
// a browser connects again to the address that it was given first.
func eventsRequest(r *http.Request, path map[string]string) (any, error) {
	req := &pb.ListEventsRequest{Session: path["session"]}
	if err := runtime.PopulateQueryParameters(req, r.URL.Query(), noFilter); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	last, err := lastSeen(r.Header)
	if err != nil {
		return nil, err
	}
	req.AfterSeq = max(req.AfterSeq, last)
	return req, nil
}

func workRequest(_ *http.Request, path map[string]string) (any, error) {
	return &pb.StreamWorkRequest{Expert: path["expert"]}, nil
}

// lastSeen reads the header Last-Event-ID; 0 is nothing.
func lastSeen(h http.Header) (int32, error) {
	sent := h[http.CanonicalHeaderKey(lastEventID)]
	if len(sent) == 0 || len(sent) == 1 && sent[0] == "" {
		return 0, nil
	}
	seq, err := strconv.ParseUint(sent[0], 10, 31)
	if err != nil || len(sent) > 1 {
		return 0, refuseField("INVALID_HEADER", lastEventID, "send one whole number, the id of the last event that you have").Err()
	}
	return int32(seq), nil
}

// appendEventID puts the id of an event behind out. What is live only has none, and the browser keeps the one before.
func appendEventID(out []byte, seq int32) []byte {
	if seq <= 0 {
		return out
	}
	out = append(out, "id: "...)
	out = strconv.AppendInt(out, int64(seq), 10)
	return append(out, '\n')
}

// liveRoute answers a request with the stream of a method.
type liveRoute struct {
	gateway *gateway
	method  string
	request func(r *http.Request, path map[string]string) (any, error)
}

// serve opens the stream and, once that has taken the connection, leaves it to itself. One that fails before its first message
// is answered as every failed call.
func (l *liveRoute) serve(w http.ResponseWriter, r *http.Request, path map[string]string) {
	g := l.gateway
	req, err := l.request(r, path)
	if err == nil && r.Body != nil {
		// The end of the connection is seen only once the body has been read.
		if _, broken := io.Copy(io.Discard, r.Body); broken != nil {
			err = bodyError(broken)
		}
	}
	if err != nil {
		g.errorHandler(r.Context(), g.mux, g.json, w, r, err)
		return
	}
	boundBuffer(r.Context(), liveBuffer)
	ctx, cancel := context.WithCancel(liveContext(r))
	stream := &liveStream{direct: g.direct, json: g.json, request: req, events: r.Header.Get("Accept") == mediaEvents,
		header: directStream{method: l.method}, wire: liveWire{reply: w, taken: make(chan struct{}), gone: cancel, chunked: r.ProtoAtLeast(1, 1)}}
	stream.ctx = grpc.NewContextWithServerTransportStream(ctx, &stream.header)
	taken, ended := stream.wire.taken, make(chan error, 1)
	keep := context.AfterFunc(r.Context(), cancel)
	defer keep()
	g.streams.begin()
	go g.runStream(stream, ended)
	select {
	case <-taken:
	case err := <-ended:
		if err != nil {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(liveStall)) // opening may have taken as long as it wanted
			g.errorHandler(r.Context(), g.mux, g.json, w, r, err)
		}
	}
}

// liveContext is that of a stream, which outlives its request and should hold little of it.
func liveContext(r *http.Request) context.Context {
	md := callMetadata(r)
	for key, values := range md {
		md[key] = slices.Clone(values) // they share memory with all other headers
	}
	ctx := context.Background()
	if from, ok := peer.FromContext(r.Context()); ok {
		ctx = peer.NewContext(ctx, from)
	}
	return metadata.NewIncomingContext(ctx, md)
}

// runStream runs a stream's method and ends the stream. It gives the error to the request where that still has the connection
// and nothing of a reply was written.
func (g *gateway) runStream(s *liveStream, ended chan<- error) {
	var err error
	defer func() {
		if p := recover(); p != nil { // outside of the interceptors, which catch what services do
			g.log.LogAttrs(s.ctx, slog.LevelError, "gateway panicked", slog.Any("panic", p), slog.String("method", s.header.method))
			err = status.Error(codes.Internal, "internal error")
		}
		s.wire.close()
		s.wire.gone()
		g.streams.end()
		if s.wire.begun {
			err = nil
		}
		ended <- err
	}()
	if err = g.direct.serveStream(s.header.method, s); err == nil {
		err = s.begin() // there may have been nothing to send
	}
	if s.wire.begun {
		s.end(err)
	}
}
