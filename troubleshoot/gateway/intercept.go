package gateway

import (
	"context"
	"net"
	"net/http"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// interceptPath is the busiest route. A shopper waits for it, so it goes to the direct connection without the general
// machinery of the runtime, which costs as much again as all the rest of the door. It means the same: the checks of the
// door before it, the codec and the interceptors are those of every route.
const interceptPath = "/v1/returns:intercept"

// serveIntercept answers POST /v1/returns:intercept.
func (g *gateway) serveIntercept(w http.ResponseWriter, r *http.Request) {
	req := &pb.InterceptReturnRequest{}
	if g.straightBody(w, r, req) {
		g.serveStraight(w, r, pb.ReturnsService_InterceptReturn_FullMethodName, req)
	}
}

// straightBody reads the body of a route that takes no parameters. It reports false when it has refused.
func (g *gateway) straightBody(w http.ResponseWriter, r *http.Request, req any) bool {
	if r.URL.RawQuery != "" {
		if refused := (parameters{}).check(r.URL.Query()); refused != nil {
			g.refused(w, r, refused)
			return false
		}
	}
	if err := g.json.decode(r.Body, req); err != nil {
		g.errorHandler(r.Context(), g.mux, g.json, w, r, err)
		return false
	}
	return true
}

// serveStraight answers with what a method says.
func (g *gateway) serveStraight(w http.ResponseWriter, r *http.Request, method string, req any) {
	ctx := metadata.NewIncomingContext(r.Context(), callMetadata(r))
	stream := &directStream{method: method}
	reply, err := g.direct.serve(ctx, stream, req)
	if err != nil {
		g.errorHandler(ctx, g.mux, g.json, w, r, err)
		return
	}
	out, err := g.json.Marshal(reply)
	if err != nil {
		g.errorHandler(ctx, g.mux, g.json, w, r, err)
		return
	}
	g.reply(w, stream, out)
}

// reply writes a message with the headers that its method set.
func (g *gateway) reply(w http.ResponseWriter, stream *directStream, out []byte) {
	showHeaders(w.Header(), stream)
	w.Header()["Content-Type"] = []string{mediaJSON}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(out))}
	_, _ = w.Write(out) // a client that has gone cannot be told
}

// showHeaders hands on the headers that clients see of those that a method set.
func showHeaders(h http.Header, stream *directStream) {
	for key, values := range stream.header {
		if name, ok := outgoingHeader(key); ok {
			h[http.CanonicalHeaderKey(name)] = values
		}
	}
}

// callMetadata hands on the headers that services see and the connection's address, as the runtime does for the
// other routes.
func callMetadata(r *http.Request) metadata.MD {
	md := make(metadata.MD, 5)
	for name, values := range r.Header {
		if name == "Authorization" {
			md["authorization"] = values
		} else if key, ok := incomingHeader(name); ok {
			md[key] = values
		}
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		md["x-forwarded-for"] = []string{host}
	}
	md["x-forwarded-host"] = []string{r.Host}
	return md
}

// serve runs a unary method for a call that came in over HTTP: args and the reply change hands uncopied, ctx carries
// incoming metadata, stream takes what the method sets. Errors are statuses as grpc-go's server makes them.
func (d *direct) serve(ctx context.Context, stream *directStream, args any) (any, error) {
	m, ok := d.methods[stream.method]
	if !ok {
		return nil, errUnknownMethod(stream.method)
	}
	ctx = grpc.NewContextWithServerTransportStream(ctx, stream)
	out, err := m.handler(m.service, ctx, func(in any) error { return d.handOver(in, args) }, d.chain)
	if err != nil {
		return nil, statusOf(err)
	}
	return out, nil
}
