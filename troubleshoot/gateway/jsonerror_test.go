package gateway

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func TestMistakesNameFieldAndCause(t *testing.T) {
	for _, c := range []struct {
		body    string
		message proto.Message
		want    string
	}{
		{`{"orderLine":{"sellr":"a"}}`, &pb.InterceptReturnRequest{}, "orderLine.sellr: unknown field (line 1, column 15)"},
		{"{\n  \"reason\": 5\n}", &pb.InterceptReturnRequest{}, "reason: want a string, got 5 (line 2, column 13)"},
		{`{"orderLine":{"quantity":1.5}}`, &pb.InterceptReturnRequest{}, "orderLine.quantity: want a whole number that fits int32, got 1.5 (line 1, column 26)"},
		{`{"orderLine":{"deliveredTime":"yesterday"}}`, &pb.InterceptReturnRequest{},
			`orderLine.deliveredTime: want an RFC 3339 time such as "2026-10-01T12:00:00Z", got "yesterday" (line 1, column 31)`},
		{`{"events":[{},{"event":"LOST"}]}`, &pb.RecordReturnsRequest{}, `events[1].event: want one of its documented names, got "LOST" (line 1, column 24)`},
		{`{"events":[{"refund":{"amount":"1","extra":1}}]}`, &pb.RecordReturnsRequest{}, "events[0].refund.extra: unknown field (line 1, column 36)"},
		{`{"events":{}}`, &pb.RecordReturnsRequest{}, "events: unexpected { (line 1, column 11)"},
		{`{"reason":"a","reason":"b"}`, &pb.InterceptReturnRequest{}, "reason: duplicate field (line 1, column 15)"},
		{`{"specs":{"a":1}}`, &pb.PutItemRequest{}, "specs.a: want a string, got 1 (line 1, column 15)"},
		{`{"reason":"ü","nöpe":1}`, &pb.InterceptReturnRequest{}, "nöpe: unknown field (line 1, column 15)"},
		{`{"a\"b":{"c":1}}`, &pb.InterceptReturnRequest{}, `a\"b: unknown field (line 1, column 2)`},
		{`{"reason":tru}`, &pb.InterceptReturnRequest{}, "invalid value tru (line 1, column 11)"},
		{`{"reason":"a"} {}`, &pb.InterceptReturnRequest{}, "unexpected { (line 1, column 16)"},
		{`{"reason":"a"`, &pb.InterceptReturnRequest{}, "the JSON ends too early or is not JSON"},
		{`[]`, &pb.InterceptReturnRequest{}, "unexpected [ (line 1, column 1)"},
		{"{\"reason\":\"\xff\"}", &pb.InterceptReturnRequest{}, "reason: invalid UTF-8 in string (line 1, column 11)"},
	} {
		err := strictJSON.Unmarshal([]byte(c.body), c.message)
		if err == nil {
			t.Errorf("%s: no error", c.body)
			continue
		}
		m := describe([]byte(c.body), err)
		if m.String() != c.want {
			t.Errorf("%s:\n got %s\nwant %s\nfrom %v", c.body, m, c.want, err)
		}
	}
}

func TestMistakesStayShort(t *testing.T) {
	body := `{"` + strings.Repeat("x", 1<<16) + `":1}`
	if m := describe([]byte(body), strictJSON.Unmarshal([]byte(body), &pb.Intercept{})); len(m.String()) > 200 {
		t.Errorf("%d bytes", len(m.String()))
	}
}

// Whatever the text, describing its error neither panics nor shows the words of Go.
func FuzzDescribe(f *testing.F) {
	for _, seed := range []string{`{"events":[{"x":1}]}`, `{"events":[{"refund":{"amount":1}}]}`, `{"events":[`, `{"a\`, "{\"events\":\n[1]}", `"`, `}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := strictJSON.Unmarshal(body, &pb.RecordReturnsRequest{})
		if err == nil {
			return
		}
		s := describe(body, err).String()
		if s == "" || strings.Contains(s, "google.protobuf") || strings.Contains(s, "proto:") {
			t.Errorf("%q: %q from %v", body, s, err)
		}
	})
}
