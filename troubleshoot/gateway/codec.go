package gateway

import (
	"errors"
	"io"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

var (
	strictJSON  = protojson.UnmarshalOptions{DiscardUnknown: false}
	defaultJSON = protojson.MarshalOptions{EmitDefaultValues: true}
)

// codec is the JSON of the API: protojson's mapping, lowerCamelCase names, defaults written, unknown fields refused.
// The messages of the intercept and of chats go through hand-written code that means the same.
type codec struct{ runtime.JSONPb }

func newCodec() *codec {
	return &codec{runtime.JSONPb{MarshalOptions: defaultJSON, UnmarshalOptions: strictJSON}}
}

// Marshal writes a message.
func (c *codec) Marshal(v any) ([]byte, error) {
	var out []byte
	written := false
	switch m := v.(type) {
	case *pb.Intercept:
		out, written = encodeIntercept(m)
	case *pb.SentMessage:
		out, written = encodeSent(m)
	case *pb.ListEventsResponse:
		out, written = encodeEvents(m)
	}
	if written {
		return out, nil
	}
	return c.JSONPb.Marshal(v)
}

// appendTo writes a message of a live stream behind out.
func (c *codec) appendTo(out []byte, m proto.Message) ([]byte, error) {
	if e, ok := m.(*pb.SessionEvent); ok {
		if all, written := appendEvent(out, e); written {
			return all, nil
		}
	}
	return defaultJSON.MarshalAppend(out, m)
}

// Unmarshal reads one JSON value into a message; its errors are statuses that name field, line and column.
func (c *codec) Unmarshal(data []byte, v any) error {
	switch req := v.(type) {
	case *pb.InterceptReturnRequest:
		if decodeIntercept(data, req) {
			return nil
		}
	case *pb.SendMessageRequest:
		if decodeMessage(data, req) {
			return nil
		}
	}
	m, ok := v.(proto.Message)
	if !ok {
		return c.JSONPb.Unmarshal(data, v)
	}
	if err := strictJSON.Unmarshal(data, m); err != nil {
		return describe(data, err).status().Err()
	}
	return nil
}

// NewDecoder reads a whole body as one JSON value. An empty body and anything after the value are errors.
// The error is kept with the body, because the generated code hands on nothing but its text.
func (c *codec) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(v any) error {
		err := c.decode(r, v)
		if b, ok := r.(*body); ok && err != nil {
			b.failure = err
		}
		return err
	})
}

// NewEncoder writes one message.
func (c *codec) NewEncoder(w io.Writer) runtime.Encoder {
	return runtime.EncoderFunc(func(v any) error {
		data, err := c.Marshal(v)
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
}

// pooledBody is as large as a buffer may grow and still be used again.
const pooledBody = 64 << 10

var bodies = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

func (c *codec) decode(r io.Reader, v any) error {
	buf := bodies.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= pooledBody {
			bodies.Put(buf)
		}
	}()
	if _, bounded := r.(*body); !bounded {
		r = io.LimitReader(r, maxGuideBody) // whatever the door lets through, memory stays bounded
	}
	data, err := readInto((*buf)[:0], r)
	*buf = data
	if err != nil {
		return bodyError(err)
	}
	if len(data) == 0 {
		return refuse(codes.InvalidArgument, "EMPTY_BODY", "the body is empty: send a JSON object, {} if there is nothing to say").Err()
	}
	return c.Unmarshal(data, v)
}

// readInto reads all of r behind data.
func readInto(data []byte, r io.Reader) ([]byte, error) {
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return data, err
		}
	}
}
