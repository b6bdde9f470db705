package rpc

import (
	"bufio"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// logRecords gives the log's records with the message, and fails the test if a line of the log is no JSON.
func (f *fixture) logRecords(t *testing.T, message string) []map[string]any {
	t.Helper()
	var all []map[string]any
	lines := bufio.NewScanner(strings.NewReader(f.logged.String()))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var record map[string]any
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			t.Fatalf("log line %q: %v", lines.Text(), err)
		}
		if record["msg"] == message {
			all = append(all, record)
		}
	}
	return all
}

// counted gives fixfirst_rpc_requests_total of a method and code.
func (f *fixture) counted(t *testing.T, method string, code codes.Code) float64 {
	t.Helper()
	families, err := f.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if family.GetName() == "fixfirst_rpc_requests_total" && labels["method"] == method && labels["code"] == code.String() {
				return m.GetCounter().GetValue()
			}
		}
	}
	return -1
}

func TestRequestID(t *testing.T) {
	f := newFixture(t, nil)
	key := f.storefront("acme")
	cases := []struct {
		name, sent string
		kept       bool
	}{
		{"ours", "", false},
		{"the client's", "trace 7/ab", true},
		{"longest", strings.Repeat("x", 128), true},
		{"too long", strings.Repeat("x", 129), false},
	}
	for _, c := range cases {
		inside := ""
		f.answers.handle = func(ctx context.Context, _ any) error { inside = RequestID(ctx); return nil }
		ctx := with(key)
		if c.sent != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, requestIDHeader, c.sent)
		}
		var header metadata.MD
		if _, err := f.returns().InterceptReturn(ctx, aReturn("acme"), grpc.Header(&header)); err != nil {
			t.Fatal(err)
		}
		if got := header.Get(requestIDHeader); len(got) != 1 || got[0] != inside || (inside == c.sent) != c.kept ||
			(!c.kept && len(inside) != 32) {
			t.Errorf("%s: header %q, inside %q", c.name, got, inside)
		}
	}
	for _, id := range []string{"a\r\nb", "a\x1b[31m", "a\u2028b", "é", "\x7f"} {
		if fitRequestID(id) {
			t.Errorf("%q is taken as a request id", id)
		}
	}
}

func TestFailuresAreLoggedOnOneLineEach(t *testing.T) {
	f := newFixture(t, nil)
	key := f.storefront("acme")
	if _, err := f.returns().InterceptReturn(with(key), aReturn("acme")); err != nil {
		t.Fatal(err)
	}
	if got := f.logRecords(t, "request"); len(got) != 0 {
		t.Errorf("a request that went well is logged at Info: %v", got)
	}
	_, _ = f.returns().InterceptReturn(with(key), aReturn("x\r\n\x1b[31m\u2028\u2029y"))
	records := f.logRecords(t, "request")
	if len(records) != 1 {
		t.Fatalf("%d records of one failure", len(records))
	}
	r := records[0]
	if r["code"] != "NotFound" || r["credential"] != "storefront-acme" || r["seller"] != "acme" || r["method"] != pb.ReturnsService_InterceptReturn_FullMethodName {
		t.Errorf("record %v", r)
	}
	// Values that no %q has been through, straight into the handler's hands.
	f.answers.handle = func(context.Context, any) error { panic("x\r\n\x1b[31m\u2028\u2029y") }
	_, _ = f.returns().InterceptReturn(with(key), aReturn("acme"))
	if len(f.logRecords(t, "panic")) != 1 {
		t.Error("the panic is not one record")
	}
	if raw := strings.ReplaceAll(f.logged.String(), "\n", ""); strings.ContainsAny(raw, "\r\x1b\u2028\u2029") {
		t.Error("the log has raw control characters or line separators")
	}
}

func TestRequestsAreCountedAndTimed(t *testing.T) {
	f := newFixture(t, nil)
	key := f.storefront("acme")
	f.answers.handle = func(context.Context, any) error { f.pass(30 * time.Millisecond); return nil }
	for range 3 {
		if _, err := f.returns().InterceptReturn(with(key), aReturn("acme")); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = f.returns().InterceptReturn(with(""), aReturn("acme"))
	method := pb.ReturnsService_InterceptReturn_FullMethodName
	if ok, refused := f.counted(t, method, codes.OK), f.counted(t, method, codes.Unauthenticated); ok != 3 || refused != 1 {
		t.Errorf("counted %v good and %v refused", ok, refused)
	}
	families, _ := f.metrics.Gather()
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if h := m.GetHistogram(); h != nil && m.GetLabel()[0].GetValue() == method && (h.GetSampleCount() != 4 || h.GetSampleSum() != 0.09) {
				t.Errorf("timed %d requests, %v s", h.GetSampleCount(), h.GetSampleSum())
			}
		}
	}
}
