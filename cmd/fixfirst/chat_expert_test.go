package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// TestExpertPresence: the client asks for the state that is wanted when it comes and when the server has given the expert up, and
// leaves who did not answer AWAY until the expert says otherwise.
func TestExpertPresence(t *testing.T) {
	asked := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- string(body)
		io.WriteString(w, "{}")
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var said strings.Builder
	p := &program{getenv: noEnvironment, stdin: strings.NewReader(""), stdout: io.Discard, stderr: &said}
	x := &expert{talk: newTalk(ctx, p, &client{base: server.URL, key: "k", http: server.Client()}), name: "mia", wanted: pb.Expert_AVAILABLE}
	defer x.running.Wait()
	defer cancel()
	for n, c := range []struct {
		state pb.Expert_State
		typed string
		asks  string // what the server is asked for then; "": nothing
		says  string
	}{
		{pb.Expert_OFFLINE, "", "AVAILABLE", ""}, // comes
		{pb.Expert_AVAILABLE, "", "", "you are AVAILABLE"},
		{pb.Expert_AVAILABLE, "", "", ""},
		{pb.Expert_OFFLINE, "", "AVAILABLE", "you are OFFLINE"}, // was cut off for too long
		{pb.Expert_AVAILABLE, "", "", "you are AVAILABLE"},
		{pb.Expert_AWAY, "", "", "you are AWAY: what rang was not answered; /available takes chats again"},
		{pb.Expert_AWAY, "/available", "AVAILABLE", ""},
		{pb.Expert_AVAILABLE, "/busy", "BUSY", "you are AVAILABLE"},
		{pb.Expert_BUSY, "", "", "you are BUSY"},
		{pb.Expert_OFFLINE, "", "BUSY", "you are OFFLINE"},
		{pb.Expert_BUSY, "/quit", "OFFLINE", "you are BUSY"},
		{pb.Expert_OFFLINE, "", "", "you are OFFLINE"},
	} {
		said.Reset()
		x.told(ctx, &pb.Work{Expert: &pb.Expert{State: c.state}}, nil)
		if c.typed != "" {
			x.line(ctx, c.typed)
		}
		for !x.jobs.empty() {
			(<-x.posts)()
		}
		var got []string
		for len(asked) > 0 {
			got = append(got, <-asked)
		}
		if c.asks == "" && len(got) > 0 || c.asks != "" && (len(got) != 1 || !strings.Contains(got[0], c.asks)) {
			t.Errorf("%d: %s and %q asked for %q, want %q", n, c.state, c.typed, got, c.asks)
		}
		if c.says == "" && said.Len() > 0 || !strings.Contains(said.String(), c.says) {
			t.Errorf("%d: %s said %q, want %q", n, c.state, said.String(), c.says)
		}
	}
	if !x.over() {
		t.Error("an expert who is OFFLINE and wants to go does not go")
	}
}

// TestExpertRings: a session rings once for each time that it is routed here, and keeps its number.
func TestExpertRings(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var said strings.Builder
	p := &program{getenv: noEnvironment, stdin: strings.NewReader(""), stdout: &said, stderr: &said}
	x := &expert{talk: newTalk(ctx, p, &client{base: "http://127.0.0.1:1", key: "k", http: &http.Client{}}), name: "mia", wanted: pb.Expert_AVAILABLE, asked: true}
	defer x.running.Wait()
	defer cancel()
	session := func(name string, epoch int32) *pb.Session {
		return &pb.Session{Name: "sessions/" + name, Sku: "KETTLE-1", Seller: "acme", OwnerEpoch: epoch}
	}
	for n, c := range []struct {
		offered []*pb.Session
		says    []string
	}{
		{[]*pb.Session{session("a", 1)}, []string{"[1] rings: KETTLE-1 of acme"}},
		{[]*pb.Session{session("a", 1)}, nil},
		{[]*pb.Session{session("a", 1), session("b", 1)}, []string{"[2] rings"}},
		{[]*pb.Session{session("b", 1)}, []string{"[1] rings here no more"}},
		{[]*pb.Session{session("a", 3), session("b", 1)}, []string{"[1] rings: KETTLE-1 of acme"}},
		{nil, []string{"[1] rings here no more", "[2] rings here no more"}},
	} {
		said.Reset()
		x.told(ctx, &pb.Work{Expert: &pb.Expert{}, Offered: c.offered}, nil)
		lines := strings.Split(strings.TrimSuffix(said.String(), "\n"), "\n")
		if said.Len() == 0 {
			lines = nil
		}
		if !slices.EqualFunc(lines, c.says, strings.HasPrefix) {
			t.Errorf("%d: said %q, want %q", n, lines, c.says)
		}
	}
}
