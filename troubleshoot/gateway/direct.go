package gateway

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// direct is a client connection to services of the same process. A unary call runs the interceptor chain and the
// service's method on the caller's goroutine, without the wire; and so does a live stream of an HTTP request. A stream that
// is opened as gRPC goes to the real server.
// There is no way to a service around the chain: the services are reachable through Invoke, serve and serveStream alone.
type direct struct {
	methods     map[string]directMethod // by full name: "/fixfirst.v1.ReturnsService/InterceptReturn"
	chain       grpc.UnaryServerInterceptor
	live        map[string]liveMethod // that answer one request with a stream, by full name
	streamChain []grpc.StreamServerInterceptor
	streams     grpc.ClientConnInterface
	plans       sync.Map // reflect.Type of a message struct -> []int, its exported fields
}

type directMethod struct {
	service any
	handler grpc.MethodHandler
}

func newDirect(unary []grpc.UnaryServerInterceptor, streams grpc.ClientConnInterface) *direct {
	return &direct{methods: map[string]directMethod{}, chain: chainUnary(unary), live: map[string]liveMethod{}, streams: streams}
}

// RegisterService collects a service's unary methods, and those that answer with a stream; generated Register…Server
// functions call it.
func (d *direct) RegisterService(desc *grpc.ServiceDesc, service any) {
	for _, m := range desc.Methods {
		d.methods["/"+desc.ServiceName+"/"+m.MethodName] = directMethod{service: service, handler: m.Handler}
	}
	d.registerLive(desc, service)
}

// Invoke calls a unary method. Outgoing metadata becomes incoming metadata, headers and trailers that the handler
// sets go to the call options, and errors are statuses as grpc-go's server makes them.
func (d *direct) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	m, ok := d.methods[method]
	if !ok {
		return errUnknownMethod(method)
	}
	if err := ctx.Err(); err != nil {
		return status.FromContextError(err).Err()
	}
	stream := &directStream{method: method}
	out, err := m.handler(m.service, serverContext(ctx, stream), func(in any) error { return d.handOver(in, args) }, d.chain)
	stream.answer(opts)
	if err != nil {
		return statusOf(err)
	}
	return d.handOver(reply, out)
}

func errUnknownMethod(method string) error {
	return status.Errorf(codes.Unimplemented, "unknown method %s", method)
}

// NewStream opens a stream on the real server, whose stream interceptors it passes.
func (d *direct) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if d.streams == nil {
		return nil, status.Errorf(codes.Unimplemented, "no connection for the stream %s", method)
	}
	return d.streams.NewStream(ctx, desc, method, opts...)
}

// serverContext turns a caller's context into the one that a service sees: what was outgoing came in, and nothing
// goes out with calls that the service makes itself.
func serverContext(ctx context.Context, stream *directStream) context.Context {
	md, _ := metadata.FromOutgoingContext(ctx)
	ctx = metadata.NewOutgoingContext(ctx, nil)
	ctx = metadata.NewIncomingContext(ctx, md)
	return grpc.NewContextWithServerTransportStream(ctx, stream)
}

// statusOf is what grpc-go's server makes of a handler's error.
func statusOf(err error) error {
	if s, ok := status.FromError(err); ok {
		return s.Err()
	}
	return status.FromContextError(err).Err()
}

// handOver makes dst the message src without copying what src points to. One struct copy would be shorter, but it
// would read the message's state and size cache, which protobuf-go writes with atomics from any goroutine that
// marshals or reflects on the same message (a reply may be a cached one). So only the exported fields go over, which
// nobody writes once a message has been handed on, and dst keeps its own state; the two then share what they point
// to, as readers. Neither side writes again: the gateway drops its request and only marshals its reply, and a handler
// gives its reply away by returning it, exactly as over the wire. Generated messages of the open struct API have all
// their fields exported.
func (d *direct) handOver(dst, src any) error {
	from, to := reflect.ValueOf(src), reflect.ValueOf(dst)
	if src == nil || from.Type() != to.Type() || from.IsNil() {
		return status.Error(codes.Internal, fmt.Sprintf("expected a message %T, got %T", dst, src))
	}
	t := to.Type().Elem()
	plan, known := d.plans.Load(t)
	if !known {
		plan, _ = d.plans.LoadOrStore(t, exportedFields(t))
	}
	from, to = from.Elem(), to.Elem()
	for _, i := range plan.([]int) {
		to.Field(i).Set(from.Field(i))
	}
	if m, ok := src.(proto.Message); ok {
		if unknown := m.ProtoReflect().GetUnknown(); len(unknown) > 0 {
			dst.(proto.Message).ProtoReflect().SetUnknown(unknown)
		}
	}
	return nil
}

func exportedFields(t reflect.Type) []int {
	var fields []int
	for i := range t.NumField() {
		if t.Field(i).IsExported() {
			fields = append(fields, i)
		}
	}
	return fields
}

// chainUnary makes one interceptor of many, the first one outermost; nil of none.
func chainUnary(all []grpc.UnaryServerInterceptor) grpc.UnaryServerInterceptor {
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	first, rest := all[0], chainUnary(all[1:])
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		return first(ctx, req, info, func(ctx context.Context, req any) (any, error) {
			return rest(ctx, req, info, handler)
		})
	}
}

// directStream takes the headers and trailers that a handler sets, on any of its goroutines.
type directStream struct {
	method  string
	mu      sync.Mutex
	header  metadata.MD
	trailer metadata.MD
}

// Method is the full name of the method.
func (s *directStream) Method() string { return s.method }

// SetHeader adds to the header.
func (s *directStream) SetHeader(md metadata.MD) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.header = metadata.Join(s.header, md)
	return nil
}

// SendHeader adds to the header; without a wire nothing is sent before the reply.
func (s *directStream) SendHeader(md metadata.MD) error { return s.SetHeader(md) }

// SetTrailer adds to the trailer.
func (s *directStream) SetTrailer(md metadata.MD) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trailer = metadata.Join(s.trailer, md)
	return nil
}

// answer gives the caller the header and trailer that it asked for.
func (s *directStream) answer(opts []grpc.CallOption) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, opt := range opts {
		switch o := opt.(type) {
		case grpc.HeaderCallOption:
			*o.HeaderAddr = s.header
		case grpc.TrailerCallOption:
			*o.TrailerAddr = s.trailer
		}
	}
}
