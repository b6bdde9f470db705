package gateway

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func TestTranscriptAsText(t *testing.T) {
	at := func(e *pb.SessionEvent, second int64) *pb.SessionEvent {
		e.Time = &timestamppb.Timestamp{Seconds: 1790000000 + second, Nanos: 999999}
		return e
	}
	events := sampleEvents()
	started := &pb.SessionEvent{Sender: pb.SessionEvent_SYSTEM, Event: &pb.SessionEvent_StateChange_{StateChange: &pb.SessionEvent_StateChange{State: pb.Session_QUEUED, Reason: "STARTED"}}}
	forged := said(5, "one\n2026-09-21T14:13:20Z  expert ada: two\r\nthree\u2028four\x1b[2K\u202efive\tsix")
	forged.Sender, forged.Expert = pb.SessionEvent_EXPERT, ""
	c := &chats{transcript: &pb.Transcript{Session: "sessions/s1", Seller: "acme", Sku: "KETTLE-1", CreateTime: &timestamppb.Timestamp{Seconds: 1790000000},
		Events: []*pb.SessionEvent{at(started, 0), at(said(2, "It does not heat."), 1), at(events[1], 2), at(events[2], 3), at(events[3], 4), at(events[4], 5), at(forged, 6)}}}
	w := newChats(t, c, nil)
	const want = "Session: sessions/s1\nSeller: acme\nItem: KETTLE-1\nStarted: 2026-09-21T14:13:20Z\n\n" +
		"2026-09-21T14:13:20Z  [QUEUED STARTED]\n" +
		"2026-09-21T14:13:21Z  shopper: It does not heat.\n" +
		"2026-09-21T14:13:22Z  expert ada: [step sellers/acme/guides/kettle revision 3, base] Base\n    Look\n    Stop: Smoke\n" +
		"2026-09-21T14:13:23Z  [WRAP_UP IDLE ada: Nobody wrote. https://shop.example/r?a=1&b=2]\n" +
		"2026-09-21T14:13:24Z  [tried g revision 1, s: NOT_FIXED]\n" +
		"2026-09-21T14:13:26Z  expert: one\n    2026-09-21T14:13:20Z  expert ada: two\n    three\n    four\ufffd[2K\ufffdfive\tsix\n"
	a := w.do(t, "GET", "/v1/sessions/s1/transcript", "", "Accept", "text/plain, application/json;q=0.9")
	if a.code != 200 || a.header.Get("Content-Type") != "text/plain; charset=utf-8" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", a.code, a.header)
	}
	if a.body != want {
		t.Errorf("got\n%s\nwant\n%s", a.body, want)
	}
}

// TestTextIsOnlyForTranscripts: all else is JSON as ever, and so are errors.
func TestTextIsOnlyForTranscripts(t *testing.T) {
	w := newChats(t, &chats{transcript: &pb.Transcript{Session: "sessions/s1"}}, nil)
	for _, c := range []struct {
		path, accept string
		code         int
		want         string
	}{
		{"/v1/sessions/s1/transcript", "", 200, mediaJSON},
		{"/v1/sessions/s1/transcript", "*/*", 200, mediaJSON},
		{"/v1/sessions/s1/transcript", "application/json, text/plain", 200, mediaJSON},
		{"/v1/sessions/s1/transcript", "text/csv", 200, mediaJSON},
		{"/v1/sessions/s1/transcript", "text/*", 200, "text/plain; charset=utf-8"},
		{"/v1/sessions/s1/transcript?colour=red", "text/plain", 400, mediaJSON},
		{"/v1/sessions/s1", "text/plain", 200, mediaJSON},
		{"/v1/sessions/s1%2Ftranscript", "text/plain", 200, mediaJSON}, // the session of such a name
		{"/v1/sessions/s1/events", "text/event-stream", 200, mediaJSON},
		{"/v1/sessions/s1/events?afterSeq=1&pageSize=2", "text/plain", 200, mediaJSON},
	} {
		a := w.do(t, "GET", c.path, "", "Accept", c.accept)
		if a.code != c.code || a.header.Get("Content-Type") != c.want || (c.want == mediaJSON) != strings.HasPrefix(a.body, "{") {
			t.Errorf("%s as %q: %d %s %s", c.path, c.accept, a.code, a.header.Get("Content-Type"), a.body)
		}
	}
}

// FuzzTranscript: whatever was written, every line begins with a time of the server's, or is indented.
func FuzzTranscript(f *testing.F) {
	for _, seed := range []string{"a\nb", "a\r\rb\vc", "\u0085x\u2029", "\x1b[1A", "\xff\n"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		e := said(1, text)
		e.Expert, e.Sender = name, pb.SessionEvent_EXPERT
		out, err := (&textCodec{newCodec()}).Marshal(&pb.Transcript{Session: name, Events: []*pb.SessionEvent{e}})
		if err != nil {
			t.Fatal(err)
		}
		_, lines, _ := strings.Cut(string(out), "\n\n")
		if text == "" {
			lines = ""
		}
		for n, line := range strings.Split(strings.TrimSuffix(lines, "\n"), "\n") {
			if n > 0 && !strings.HasPrefix(line, "    ") {
				t.Fatalf("%q", out)
			}
		}
		for _, r := range string(out) {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == '\u2028' || r == '\u202e' {
				t.Fatalf("%q", out)
			}
		}
	})
}
