package gateway

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

const sampleMessage = `{"clientMessageId":"7d1f0c2e-7a33-4c0e-9f5e-0b6c1d2e3f40","text":"It still does not heat, \"at all\".\nThe lamp is on."}`

func TestFastDecodeMessageTakesOnlyPlainJSON(t *testing.T) {
	for _, c := range []struct {
		body string
		want bool
	}{
		{sampleMessage, true},
		{`{}`, true},
		{`{"session":"s1","clientMessageId":"c","text":"Größe 冰箱","reply":"","ownerEpoch":12}`, true},
		{`{"clientMessageId":"c","step":{"guide":"kettle","revision":3,"step":"base"}}`, true},
		{`{"step":{}}`, true},
		{`{"text":"\u0041"}`, false},
		{`{"text":null}`, false},
		{`{"step":null}`, false},
		{`{"text":"a","text":"b"}`, false},
		{`{"client_message_id":"a"}`, false},
		{`{"nope":"a"}`, false},
		{`{"step":{"nope":"a"}}`, false},
		{`{"step":{"guide":"a","guide":"b"}}`, false},
		{`{"ownerEpoch":"1"}`, false},
		{`{"ownerEpoch":-1}`, false},
		{`{"ownerEpoch":1e3}`, false},
		{`{"text":"a"} x`, false},
		{"{\"text\":\"\xff\"}", false},
		{"{\"text\":\"a\nb\"}", false},
		{`[]`, false},
		{``, false},
		{`{"text":"` + strings.Repeat("a", fastDecodeLimit) + `"}`, false},
	} {
		fast, slow := pb.SendMessageRequest{Text: "of an earlier one", Step: &pb.SendMessageRequest_StepRef{}}, pb.SendMessageRequest{}
		got := decodeMessage([]byte(c.body), &fast)
		if got != c.want {
			t.Errorf("%.60s: taken %v, want %v", c.body, got, c.want)
		}
		if got {
			if err := protojson.Unmarshal([]byte(c.body), &slow); err != nil || !proto.Equal(&fast, &slow) {
				t.Errorf("%s: %v, protojson %v, %v", c.body, &fast, &slow, err)
			}
		}
	}
}

func FuzzFastDecodeMessage(f *testing.F) {
	for _, seed := range []string{sampleMessage, `{"step":{"guide":"k","revision":1,"step":"s"}}`, `{"reply":"a","ownerEpoch":0}`, `{"text":"ü\/"}`, `{"a":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var fast, slow pb.SendMessageRequest
		if !decodeMessage(body, &fast) {
			return
		}
		if err := strictJSON.Unmarshal(body, &slow); err != nil || !proto.Equal(&fast, &slow) {
			t.Fatalf("%q: fast %v, protojson %v, %v", body, &fast, &slow, err)
		}
	})
}

// sameAsProtojson proves that a fast encoding means what protojson's does.
func sameAsProtojson(t *testing.T, m proto.Message, fast []byte) {
	t.Helper()
	slow, err := defaultJSON.Marshal(m)
	if err != nil {
		t.Fatalf("fast wrote %s, protojson refuses: %v", fast, err)
	}
	var a, b any
	if err := json.Unmarshal(fast, &a); err != nil {
		t.Fatalf("%s: %v", fast, err)
	}
	if err := json.Unmarshal(slow, &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("fast %s\nprotojson %s", fast, slow)
	}
	if strings.ContainsAny(string(fast), "\r\n") {
		t.Fatalf("%q is more than one line", fast)
	}
}

// fastOf encodes the messages that have a fast encoding.
func fastOf(m proto.Message) ([]byte, bool) {
	switch m := m.(type) {
	case *pb.SentMessage:
		return encodeSent(m)
	case *pb.ListEventsResponse:
		return encodeEvents(m)
	case *pb.SessionEvent:
		return appendEvent(nil, m)
	}
	return nil, false
}

// sampleEvents has every kind of event.
func sampleEvents() []*pb.SessionEvent {
	return []*pb.SessionEvent{
		said(1, "It does not heat. \"冰\"\r\n\x00\u2028</script>"),
		{Seq: 2, Sender: pb.SessionEvent_EXPERT, Expert: "ada", Event: &pb.SessionEvent_Message_{Message: &pb.SessionEvent_Message{ClientMessageId: "c2", Reply: "hello",
			Masked: true, Step: &pb.SessionEvent_StepCard{Guide: "sellers/acme/guides/kettle", Revision: 3, Step: "base", Title: "Base", Html: "<p>Look</p>", Instruction: "Look", Stop: "Smoke"}}}},
		{Seq: 3, Sender: pb.SessionEvent_SYSTEM, Event: &pb.SessionEvent_StateChange_{StateChange: &pb.SessionEvent_StateChange{State: pb.Session_WRAP_UP, Reason: "IDLE",
			Expert: "ada", Text: "Nobody wrote.", RefundUrl: "https://shop.example/r?a=1&b=2"}}},
		{Seq: 4, Event: &pb.SessionEvent_StepResult_{StepResult: &pb.SessionEvent_StepResult{Guide: "g", Revision: 1, Step: "s", Result: pb.Session_NOT_FIXED}}},
		{Event: &pb.SessionEvent_Typing_{Typing: &pb.SessionEvent_Typing{}}},
		{Event: &pb.SessionEvent_Wait_{Wait: &pb.SessionEvent_Wait{QueuePosition: 2, EstimatedWait: durationpb.New(90 * time.Second)}}},
		{Event: &pb.SessionEvent_Wait_{Wait: &pb.SessionEvent_Wait{Nobody: true}}},
		heartbeat,
		{},
		{Sender: 77, Event: &pb.SessionEvent_StateChange_{StateChange: &pb.SessionEvent_StateChange{State: -1}}},
		{Event: &pb.SessionEvent_Message_{}},
	}
}

// filled sets all fields of a message that are no alternatives, and those of its parts.
func filled(m protoreflect.Message) {
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		switch {
		case f.ContainingOneof() != nil && !f.ContainingOneof().IsSynthetic(), f.IsList():
		case f.Kind() == protoreflect.MessageKind:
			filled(m.Mutable(f).Message())
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString("text of "+string(f.Name())))
		case f.Kind() == protoreflect.BoolKind:
			m.Set(f, protoreflect.ValueOfBool(true))
		case f.Kind() == protoreflect.EnumKind:
			m.Set(f, protoreflect.ValueOfEnum(1))
		default:
			m.Set(f, map[protoreflect.Kind]protoreflect.Value{
				protoreflect.Int32Kind: protoreflect.ValueOfInt32(7), protoreflect.Int64Kind: protoreflect.ValueOfInt64(7),
			}[f.Kind()])
		}
	}
}

// TestFastCodeKnowsAllFields: a field or kind of event that is added to a hot message must be added to the fast code as well.
func TestFastCodeKnowsAllFields(t *testing.T) {
	all := []proto.Message{&pb.SentMessage{}, &pb.ListEventsResponse{}, &pb.SessionEvent{}}
	of := (&pb.SessionEvent{}).ProtoReflect().Descriptor().Oneofs().ByName("event").Fields()
	for i := range of.Len() {
		e := &pb.SessionEvent{}
		filled(e.ProtoReflect().Mutable(of.Get(i)).Message())
		all = append(all, e)
	}
	for _, m := range all {
		filled(m.ProtoReflect())
		fast, ok := fastOf(m)
		if !ok {
			t.Errorf("%v is left to protojson", m)
			continue
		}
		sameAsProtojson(t, m, fast)
	}
	sent := &pb.SendMessageRequest{}
	filled(sent.ProtoReflect())
	body, err := protojson.Marshal(sent)
	var read pb.SendMessageRequest
	if err != nil || !decodeMessage(body, &read) || !proto.Equal(&read, sent) {
		t.Errorf("%s is read as %v, %v", body, &read, err)
	}
	intercept := &pb.Intercept{}
	filled(intercept.ProtoReflect())
	fast, ok := encodeIntercept(intercept)
	if !ok {
		t.Fatalf("%v is left to protojson", intercept)
	}
	sameAsProtojson(t, intercept, fast)
}

func TestFastEvents(t *testing.T) {
	all := []proto.Message{
		&pb.SentMessage{}, &pb.SentMessage{Seq: 7, CreateTime: &timestamppb.Timestamp{Seconds: 1790000000, Nanos: 5000}, ClientMessageId: "c", Text: "a\tb", Masked: true},
		&pb.ListEventsResponse{}, &pb.ListEventsResponse{Events: sampleEvents(), LastSeq: 9},
	}
	for _, e := range sampleEvents() {
		all = append(all, e)
	}
	for _, m := range all {
		fast, ok := fastOf(m)
		if !ok {
			t.Errorf("%v is left to protojson", m)
			continue
		}
		sameAsProtojson(t, m, fast)
	}
	for _, m := range []proto.Message{
		(*pb.SentMessage)(nil), (*pb.ListEventsResponse)(nil), (*pb.SessionEvent)(nil),
		&pb.SentMessage{Text: "\xff"}, &pb.ListEventsResponse{Events: []*pb.SessionEvent{nil}},
		said(1, "\xff"), &pb.SessionEvent{Time: &timestamppb.Timestamp{Nanos: -1}},
		&pb.SessionEvent{Event: &pb.SessionEvent_Wait_{Wait: &pb.SessionEvent_Wait{EstimatedWait: durationpb.New(-time.Second)}}},
	} {
		if fast, ok := fastOf(m); ok {
			t.Errorf("%v is written as %s", m, fast)
		}
	}
}

// What the fast code leaves to protojson comes out all the same, behind what is there.
func TestEventsOfProtojson(t *testing.T) {
	wait := &pb.SessionEvent{Event: &pb.SessionEvent_Wait_{Wait: &pb.SessionEvent_Wait{EstimatedWait: durationpb.New(-time.Second)}}}
	for _, m := range []proto.Message{wait, &pb.Work{Waiting: 3}, said(1, "a")} {
		out, err := newCodec().appendTo([]byte("data: "), m)
		if err != nil || !strings.HasPrefix(string(out), "data: ") {
			t.Fatalf("%q, %v", out, err)
		}
		sameAsProtojson(t, m, out[len("data: "):])
	}
	if out, err := newCodec().appendTo(nil, said(1, "\xff")); err == nil {
		t.Errorf("no UTF-8: %q", out)
	}
}

func FuzzFastEvents(f *testing.F) {
	add := func(kind byte, m proto.Message) {
		data, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(kind, data)
	}
	for _, e := range sampleEvents() {
		add(0, e)
	}
	add(1, &pb.SentMessage{Seq: 1, Text: "\u2028\""})
	add(2, &pb.ListEventsResponse{Events: sampleEvents()})
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		m := []proto.Message{&pb.SessionEvent{}, &pb.SentMessage{}, &pb.ListEventsResponse{}}[kind%3]
		if (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, m) != nil {
			return
		}
		if fast, ok := fastOf(m); ok {
			sameAsProtojson(t, m, fast)
		}
	})
}

func BenchmarkDecodeMessage(b *testing.B) {
	var m pb.SendMessageRequest
	for b.Loop() {
		if !decodeMessage([]byte(sampleMessage), &m) {
			b.Fatal("not taken")
		}
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	m, buf := said(1, "It still does not heat."), make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := appendEvent(buf, m); !ok {
			b.Fatal("not written")
		}
	}
}

func BenchmarkAppendEventProtojson(b *testing.B) {
	m, buf := said(1, "It still does not heat."), make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := defaultJSON.MarshalAppend(buf, m); err != nil {
			b.Fatal(err)
		}
	}
}
