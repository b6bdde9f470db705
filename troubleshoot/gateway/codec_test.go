package gateway

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func TestFastDecodeTakesOnlyPlainJSON(t *testing.T) {
	for _, c := range []struct {
		body string
		want bool
	}{
		{sampleRequest, true},
		{"{}", true},
		{" {\n\t\"reason\" : \"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\" }\r\n", true},
		{`{"orderLine":{}}`, true},
		{`{"orderLine":{"deliveredTime":"2026-10-01T12:00:00.123456789Z","quantity":0}}`, true},
		{`{"reason":"Größe 冰箱 "}`, true},
		{`{"reason":"\u0041"}`, false},
		{`{"reason":null}`, false},
		{`{"reason":"a","reason":"b"}`, false},
		{`{"refund_url":"a"}`, false},
		{`{"nope":"a"}`, false},
		{`{"orderLine":{"quantity":"1"}}`, false},
		{`{"orderLine":{"quantity":1.0}}`, false},
		{`{"orderLine":{"quantity":01}}`, false},
		{`{"orderLine":{"quantity":-1}}`, false},
		{`{"orderLine":{"quantity":2147483648}}`, false},
		{`{"orderLine":{"deliveredTime":"2026-10-01T12:00:00+02:00"}}`, false},
		{`{"orderLine":{"deliveredTime":"2026-10-01T12:00:00.1234567890Z"}}`, false},
		{`{"orderLine":{"deliveredTime":"2026-02-30T12:00:00Z"}}`, false},
		{`{"reason":"a"} x`, false},
		{`{"reason":"a",}`, false},
		{`{"reason":"a"`, false},
		{`{"reason":"a`, false},
		{`{"reason":"a\`, false},
		{"{\"reason\":\"\xff\"}", false},
		{"{\"reason\":\"a\nb\"}", false},
		{"\ufeff{}", false},
		{`[]`, false},
		{``, false},
		{`{"comment":"` + strings.Repeat("a", fastDecodeLimit) + `"}`, false},
	} {
		var fast, slow pb.InterceptReturnRequest
		got := decodeIntercept([]byte(c.body), &fast)
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

func FuzzFastDecode(f *testing.F) {
	for _, seed := range []string{sampleRequest, `{"reason":"a\tb"}`, `{"orderLine":{"quantity":12,"unitPrice":{}}}`, `{"shopper":"ü"}`,
		`{"orderLine":{"withdrawalDeadline":"0001-01-01T00:00:00Z"}}`, `{"orderLine":{"deliveredTime":"2026-10-01T12:00:00,5Z"}}`, `{"a":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var fast, slow pb.InterceptReturnRequest
		if !decodeIntercept(body, &fast) {
			return
		}
		if err := strictJSON.Unmarshal(body, &slow); err != nil || !proto.Equal(&fast, &slow) {
			t.Fatalf("%q: fast %v, protojson %v, %v", body, &fast, &slow, err)
		}
	})
}

// sameJSON proves that a fast encoding means what protojson's does.
func sameJSON(t *testing.T, m *pb.Intercept) {
	t.Helper()
	fast, ok := encodeIntercept(m)
	slow, err := defaultJSON.Marshal(m)
	if !ok {
		return
	}
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
	var back pb.Intercept
	if err := strictJSON.Unmarshal(fast, &back); err != nil || !proto.Equal(&back, m) {
		t.Fatalf("%s reads back as %v, %v", fast, &back, err)
	}
}

func TestFastEncode(t *testing.T) {
	choice := pb.Intercept_KEEP
	for _, c := range []struct {
		name string
		m    *pb.Intercept
		want bool
	}{
		{"sample", sampleIntercept(), true},
		{"empty", &pb.Intercept{}, true},
		{"holdout", &pb.Intercept{Arm: pb.Intercept_HOLDOUT, Choice: &choice, ShopperToken: proto.String("")}, true},
		{"unknown arm", &pb.Intercept{Arm: 99}, true},
		{"empty offer", &pb.Intercept{Offer: &pb.Offer{Chat: &pb.Offer_ChatOffer{}}}, true},
		{"escapes", &pb.Intercept{Why: "\"\\\n\r\t\b\f\x00\x1f\x7f</script>\u2028ü冰"}, true},
		{"negative", &pb.Intercept{Epoch: -5}, true},
		{"micros", &pb.Intercept{CreateTime: &timestamppb.Timestamp{Seconds: -1, Nanos: 1000}, MatureTime: &timestamppb.Timestamp{Nanos: 1}}, true},
		{"a queue and a callback", &pb.Intercept{Offer: &pb.Offer{
			Chat:     &pb.Offer_ChatOffer{Available: true, EstimatedWait: durationpb.New(time.Minute), QueueLength: 3},
			Callback: &pb.Offer_CallbackOffer{Available: true},
		}}, true},
		{"nobody comes", &pb.Intercept{Offer: &pb.Offer{Chat: &pb.Offer_ChatOffer{}, Callback: &pb.Offer_CallbackOffer{Available: true}}}, true},
		{"millis of a wait", &pb.Intercept{Offer: &pb.Offer{Chat: &pb.Offer_ChatOffer{EstimatedWait: durationpb.New(1500 * time.Millisecond)}}}, true},
		{"negative wait", &pb.Intercept{Offer: &pb.Offer{Chat: &pb.Offer_ChatOffer{EstimatedWait: durationpb.New(-time.Second)}}}, false},
		{"invalid UTF-8", &pb.Intercept{Why: "\xff"}, false},
		{"time out of range", &pb.Intercept{CreateTime: &timestamppb.Timestamp{Seconds: maxTimestamp + 1}}, false},
		{"nil guide", &pb.Intercept{Offer: &pb.Offer{Guides: []*pb.Offer_GuideOffer{nil}}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, ok := encodeIntercept(c.m); ok != c.want {
				t.Errorf("written %v, want %v", ok, c.want)
			}
			sameJSON(t, c.m)
		})
	}
}

func FuzzFastEncode(f *testing.F) {
	for _, m := range []*pb.Intercept{sampleIntercept(), {}, {Why: "\u2028\"", Arm: 7}} {
		data, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m pb.Intercept
		if (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, &m) == nil {
			sameJSON(t, &m)
		}
	})
}

// Every message but the hot two is protojson's business; these are its options.
func TestCodecMapping(t *testing.T) {
	got, err := newCodec().Marshal(&pb.Item{Sku: "K"})
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(got, &m); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"name": "", "sku": "K", "title": "", "category": "", "brand": "", "specs": map[string]any{}, "manualUrl": "", "questions": []any{}}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got %v, want %v", m, want)
	}
}

func BenchmarkDecodeFast(b *testing.B) {
	var m pb.InterceptReturnRequest
	for b.Loop() {
		if !decodeIntercept([]byte(sampleRequest), &m) {
			b.Fatal("not taken")
		}
	}
}

func BenchmarkDecodeProtojson(b *testing.B) {
	var m pb.InterceptReturnRequest
	for b.Loop() {
		if err := strictJSON.Unmarshal([]byte(sampleRequest), &m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeFast(b *testing.B) {
	m := sampleIntercept()
	for b.Loop() {
		if _, ok := encodeIntercept(m); !ok {
			b.Fatal("not written")
		}
	}
}

func BenchmarkEncodeProtojson(b *testing.B) {
	m := sampleIntercept()
	for b.Loop() {
		if _, err := defaultJSON.Marshal(m); err != nil {
			b.Fatal(err)
		}
	}
}
