package gateway

import (
	"context"
	"errors"
	"io"
	"os"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// liveStream is the server's side of a stream whose reader is an HTTP client. The header goes out with the first message, so
// that an error before it has an HTTP status. One goroutine sends, as on every stream.
type liveStream struct {
	ctx     context.Context // carries incoming metadata; ends with the connection
	direct  *direct
	json    *codec
	request any // nil once it has been received
	header  directStream
	events  bool // text/event-stream, else a JSON object a line
	broken  bool // the reader is gone, or takes nothing
	wire    liveWire
}

// Context gives the stream's context.
func (s *liveStream) Context() context.Context { return s.ctx }

// SetHeader adds to the header.
func (s *liveStream) SetHeader(md metadata.MD) error { return s.header.SetHeader(md) }

// SendHeader adds to the header, which goes out with the first message.
func (s *liveStream) SendHeader(md metadata.MD) error { return s.header.SetHeader(md) }

// SetTrailer does nothing: HTTP clients see no trailers.
func (s *liveStream) SetTrailer(metadata.MD) {}

// RecvMsg gives the one request, then io.EOF.
func (s *liveStream) RecvMsg(m any) error {
	if s.request == nil {
		return io.EOF
	}
	request := s.request
	s.request = nil
	return s.direct.handOver(m, request)
}

// SendMsg writes a message and sends it off. An error means that it is none, or that the reader is gone.
func (s *liveStream) SendMsg(m any) error {
	message, ok := m.(proto.Message)
	if !ok {
		return errors.New("a stream sends messages only")
	}
	if err := s.begin(); err != nil {
		return err
	}
	buf := bodies.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= pooledBody {
			bodies.Put(buf)
		}
	}()
	out, err := s.frame(s.wire.open((*buf)[:0]), message)
	if err != nil {
		return err // which the interceptors log and hide
	}
	*buf = out
	return s.send(out, false)
}

// begin takes the connection before the first message.
func (s *liveStream) begin() error {
	if s.wire.begun {
		return nil
	}
	h := s.wire.reply.Header()
	showHeaders(h, &s.header)
	s.header.header = nil // the rest is not for HTTP clients
	h["Content-Type"] = []string{mediaNDJSON}
	if s.events {
		h["Content-Type"] = []string{mediaEvents}
	}
	h["X-Accel-Buffering"] = []string{"no"} // nginx would hold events back
	return s.told(s.wire.begin())
}

// frame puts a message behind out. A sign of life is a comment of an event stream, and an empty line among objects.
func (s *liveStream) frame(out []byte, m proto.Message) ([]byte, error) {
	event, _ := m.(*pb.SessionEvent)
	if _, alive := event.GetEvent().(*pb.SessionEvent_Heartbeat_); alive {
		if s.events {
			out = append(out, ": heartbeat"...)
		}
		return s.endFrame(out), nil
	}
	if s.events {
		out = append(appendEventID(out, event.GetSeq()), "data: "...)
	}
	out, err := s.json.appendTo(out, m)
	if err != nil {
		return nil, err
	}
	return s.endFrame(out), nil
}

func (s *liveStream) endFrame(out []byte) []byte {
	if s.events {
		return append(out, "\n\n"...)
	}
	return append(out, '\n')
}

func (s *liveStream) send(out []byte, last bool) error { return s.told(s.wire.send(out, last)) }

// told is the error of a stream whose reader could not be told something.
func (s *liveStream) told(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = status.Error(codes.Canceled, "the reader took nothing for "+liveStall.String())
	default:
		err = status.Error(codes.Canceled, "the reader went away")
	}
	s.broken = true
	return err
}

// end tells a reader of a stream that has begun why it ends. An event stream's UNAVAILABLE is the event "reconnect": the
// server is about to stop, or its database is away, and the reader's cursor finds everything afterwards.
func (s *liveStream) end(err error) {
	if s.broken || s.ctx.Err() != nil {
		return
	}
	out := s.wire.open(nil)
	if err != nil {
		out = s.farewell(out, status.Convert(err))
	}
	_ = s.send(out, true) // a reader that has gone cannot be told
}

func (s *liveStream) farewell(out []byte, why *status.Status) []byte {
	data, err := protojson.Marshal(why.Proto())
	if err != nil { // a detail that nobody here knows
		data, _ = protojson.Marshal(status.New(why.Code(), why.Message()).Proto())
	}
	switch {
	case !s.events:
		out = append(append(append(out, `{"error":`...), data...), '}')
	case why.Code() == codes.Unavailable:
		out = append(append(out, "event: reconnect\nretry: 1000\ndata: "...), data...)
	default:
		out = append(append(out, "event: error\ndata: "...), data...)
	}
	return s.endFrame(out)
}
