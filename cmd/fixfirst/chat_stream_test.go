package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

// readFrames reads all that a stream says.
func readFrames(text string) (all []frame, err error) {
	r := newFrameReader(strings.NewReader(text), func() {})
	for {
		f, err := r.next()
		if err != nil {
			return all, err
		}
		all = append(all, f)
	}
}

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []frame
	}{
		{"an event", "id: 7\ndata: {}\n\n", []frame{{id: "7", data: []byte("{}")}}},
		{"signs of life say nothing", ": heartbeat\n\n:\n\ndata: a\n\n", []frame{{data: []byte("a")}}},
		{"several lines of data", "data: a\ndata:b\ndata\n\n", []frame{{data: []byte("a\nb\n")}}},
		{"one space is the standard's, two are one of the text", "data:  a\n\n", []frame{{data: []byte(" a")}}},
		{"lines that end as in mail", "id: 1\r\ndata: a\r\n\r\n", []frame{{id: "1", data: []byte("a")}}},
		{"a name without data", "event: reconnect\n\n", []frame{{event: "reconnect", data: nil}}},
		{"a number alone is no event", "id: 4\n\ndata: a\n\n", []frame{{data: []byte("a")}}},
		{"an event that is cut off", "data: a\n\ndata: b\n", []frame{{data: []byte("a")}}},
		{"a line that is cut off", "data: a\n\nid: 5\ndata: b", []frame{{data: []byte("a")}}},
		{"fields of the future", "colour: red\ndata: a\n\n", []frame{{data: []byte("a")}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readFrames(c.text)
			if !errors.Is(err, io.EOF) || len(got) != len(c.want) {
				t.Fatalf("%q gave %q, %v", c.text, got, err)
			}
			for n := range got {
				if got[n].id != c.want[n].id || got[n].event != c.want[n].event || !bytes.Equal(got[n].data, c.want[n].data) {
					t.Errorf("%q gave %q, want %q", c.text, got[n], c.want[n])
				}
			}
		})
	}
	if _, err := readFrames("data: " + strings.Repeat("x", maxFrame) + "\n\n"); !errors.Is(err, errLongFrame) {
		t.Errorf("a frame over the bound gave %v", err)
	}
	if _, err := readFrames(strings.Repeat("data: "+strings.Repeat("x", 1<<16)+"\n", maxFrame>>16)); !errors.Is(err, errLongFrame) {
		t.Errorf("many lines over the bound gave %v", err)
	}
}

// FuzzFrames: whatever a server sends, what is read of it reads the same when it is sent again.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"id: 7\ndata: {}\n\n", ": heartbeat\n\n", "event: error\ndata: {\"code\":5}\n\n", "data\n\n", "retry: 1000\ndata: a\r\ndata: b\n\n", "id: \x00\n\n\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		first, _ := readFrames(string(sent))
		var again strings.Builder
		for _, f := range first {
			if f.id != "" {
				fmt.Fprintf(&again, "id: %s\n", f.id)
			}
			if f.event != "" {
				fmt.Fprintf(&again, "event: %s\n", f.event)
			}
			for line := range strings.SplitSeq(string(f.data), "\n") {
				fmt.Fprintf(&again, "data: %s\n", line)
			}
			again.WriteString("\n")
		}
		if strings.Contains(again.String(), "\r\n") { // a line whose end was doubled
			return
		}
		second, _ := readFrames(again.String())
		if len(first) != len(second) {
			t.Fatalf("%q: %d frames, then %d", sent, len(first), len(second))
		}
		for n := range first {
			if first[n].id != second[n].id || first[n].event != second[n].event || !bytes.Equal(first[n].data, second[n].data) {
				t.Errorf("%q, then %q", first[n], second[n])
			}
		}
	})
}

// scripted is what a server does with one request for a stream.
type scripted struct {
	after  string // the Last-Event-ID that the client must send
	status int
	sends  string
	cuts   bool // ends in the middle of it
}

func TestFeedGoesOnFromTheLastNumber(t *testing.T) {
	script := []scripted{
		{sends: "id: 1\ndata: a\n\ndata: live\n\nid: 2\ndata: b\n\nid: 3\ndata: lo", cuts: true},
		{after: "2", status: http.StatusServiceUnavailable, sends: `{"message": "busy"}`},
		{after: "2", sends: "id: 3\ndata: c\n\nevent: reconnect\nretry: 1\ndata: {\"code\": 14, \"message\": \"draining\"}\n\n"},
		{after: "3", status: http.StatusTooManyRequests, sends: `{"message": "slower"}`},
		{after: "3", sends: ": heartbeat\n\nid: 4\ndata: d\n\nevent: error\ndata: {\"code\": 5, \"message\": \"session not found\"}\n\n"},
	}
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls >= len(script) {
			t.Errorf("a connection too many, after %s", r.Header.Get("Last-Event-ID"))
			return
		}
		c := script[calls]
		calls++
		if got := r.Header.Get("Last-Event-ID"); got != c.after || r.Header.Get("Accept") != "text/event-stream" || r.Header.Get("Authorization") != "Bearer k" {
			t.Errorf("connection %d came with %v, after %q", calls, r.Header, c.after)
		}
		if c.status != 0 {
			w.WriteHeader(c.status)
		}
		fmt.Fprint(w, c.sends)
		if c.cuts {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	var got, states []string
	f := &feed{server: &client{base: server.URL, key: "k", http: server.Client()}, path: "/stream", take: func(data []byte) { got = append(got, string(data)) },
		state: func(err error) {
			if err == nil {
				states = append(states, "up")
			} else {
				states = append(states, "down")
			}
		}}
	err := f.follow(t.Context())
	var ended *streamError
	if !errors.As(err, &ended) || ended.Code != codes.NotFound || ended.Message != "session not found" {
		t.Errorf("the stream ended with %v", err)
	}
	if want := []string{"a", "live", "b", "c", "d"}; !reflect.DeepEqual(got, want) {
		t.Errorf("took %q, want %q", got, want)
	}
	if want := []string{"up", "down", "down", "up", "down", "down", "up"}; !reflect.DeepEqual(states, want) {
		t.Errorf("the connection was %q", states)
	}
}

func TestFeedEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		final  bool
	}{{"no such session", 404, true}, {"a revoked key", 401, true}, {"a wrong role", 403, true}, {"a wrong request", 400, true},
		{"in other hands", 409, true}, {"too many", 429, false}, {"a bug", 500, false}, {"away", 503, false}, {"slow", 504, false}} {
		if got := final(readError(c.status, []byte(`{"message": "no"}`))); got != c.final {
			t.Errorf("%s, %d: final %t", c.name, c.status, got)
		}
	}
	for code, want := range map[codes.Code]bool{codes.Unavailable: false, codes.ResourceExhausted: false, codes.Internal: false, codes.Unauthenticated: true, codes.NotFound: true} {
		if got := final(&streamError{Code: code}); got != want {
			t.Errorf("%s: final %t", code, got)
		}
	}
	if final(errors.New("connection refused")) {
		t.Error("a server that is away is given up")
	}
	ctx, cancel := context.WithCancel(t.Context())
	f := &feed{server: &client{base: "http://127.0.0.1:1", key: "k", http: &http.Client{}}, path: "/", take: func([]byte) {}, state: func(error) { cancel() }}
	if err := f.follow(ctx); err != nil {
		t.Errorf("interrupted: %v", err)
	}
}

func TestPausesGrow(t *testing.T) {
	var p pauses
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, want := range []time.Duration{firstPause, 2 * firstPause, 4 * firstPause, 8 * firstPause, 16 * firstPause, longestPause, longestPause} {
		if p.wait(ended, 0) {
			t.Fatal("waited for nobody")
		}
		if p.next != want {
			t.Errorf("pause of %s, want %s", p.next, want)
		}
	}
}
