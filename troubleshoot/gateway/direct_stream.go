package gateway

import "google.golang.org/grpc"

// liveMethod is a method that answers one request with a stream, behind its interceptors.
type liveMethod struct {
	service any
	handler grpc.StreamHandler
}

// registerLive collects the methods that answer with a stream. The interceptors are put around each here and once, because a
// stream that waits should hold no more than it must.
func (d *direct) registerLive(desc *grpc.ServiceDesc, service any) {
	for _, s := range desc.Streams {
		if s.ClientStreams || len(d.streamChain) == 0 {
			continue
		}
		info := &grpc.StreamServerInfo{FullMethod: "/" + desc.ServiceName + "/" + s.StreamName, IsServerStream: true}
		handler := s.Handler
		for i := len(d.streamChain) - 1; i >= 0; i-- {
			interceptor, next := d.streamChain[i], handler
			handler = func(srv any, stream grpc.ServerStream) error { return interceptor(srv, stream, info, next) }
		}
		d.live[info.FullMethod] = liveMethod{service: service, handler: handler}
	}
}

// serveStream runs a method that answers with a stream, on the caller's goroutine and as long as the stream lasts. Errors are
// statuses as grpc-go's server makes them.
func (d *direct) serveStream(method string, stream grpc.ServerStream) error {
	m, ok := d.live[method]
	if !ok {
		return errUnknownMethod(method)
	}
	if err := m.handler(m.service, stream); err != nil {
		return statusOf(err)
	}
	return nil
}
