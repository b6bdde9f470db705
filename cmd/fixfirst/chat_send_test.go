package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// TestMessagesAreSentUntilAnswered: a message goes out with the same id until the server answers, those behind it wait, and a
// refusal holds nothing up.
func TestMessagesAreSentUntilAnswered(t *testing.T) {
	var mu sync.Mutex
	var got []string
	ids := map[string]map[string]bool{} // by text
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ Text, ClientMessageID string }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		mu.Lock()
		got = append(got, m.Text)
		n := len(got)
		if ids[m.Text] == nil {
			ids[m.Text] = map[string]bool{}
		}
		ids[m.Text][m.ClientMessageID] = true
		mu.Unlock()
		switch {
		case n == 1: // it may have been kept, but the answer is lost
			panic(http.ErrAbortHandler)
		case n == 2:
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"message": "busy"}`)
		case m.Text == "two":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"message": "the talk is over"}`)
		default:
			fmt.Fprint(w, `{"seq": 7, "fieldOfTomorrow": true}`)
		}
	}))
	defer server.Close()
	posts, running := make(chan func()), sync.WaitGroup{}
	var happened []string
	o := &outbox{server: &client{base: server.URL, key: "k", http: server.Client()}, begin: func(f func()) { running.Go(f) }, post: func(f func()) { posts <- f },
		told: func(err error) { happened = append(happened, fmt.Sprint("connected ", err == nil)) }, refused: func(j job, err error) { happened = append(happened, j.what+": "+err.Error()) }}
	session := &pb.Session{OwnerEpoch: 3}
	for _, text := range []string{"one", "two", "three"} {
		sent := &pb.SentMessage{}
		o.add(t.Context(), job{what: text, path: "/v1/sessions/s/messages", body: message(session, text), reply: sent,
			done: func() { happened = append(happened, fmt.Sprint(text, " has number ", sent.GetSeq())) }})
	}
	for !o.empty() {
		(<-posts)()
	}
	running.Wait()
	if want := []string{"one", "one", "one", "two", "three"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the server got %q, want %q", got, want)
	}
	for text, known := range ids {
		if len(known) != 1 {
			t.Errorf("%q came with the ids %v", text, known)
		}
	}
	if want := []string{"connected false", "connected false", "connected true", "one has number 7", "connected true", "two: the talk is over", "connected true", "three has number 7"}; !reflect.DeepEqual(happened, want) {
		t.Errorf("it went %q, want %q", happened, want)
	}
}

// TestUnsentIsNamed: whoever interrupts the program before the server has answered learns what it has not said yet to.
func TestUnsentIsNamed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var said strings.Builder
	p := &program{getenv: noEnvironment, stdin: strings.NewReader("my words\n"), stdout: io.Discard, stderr: &said}
	s := &shopper{talk: newTalk(ctx, p, &client{base: server.URL, key: "k", http: server.Client()}), intercept: &pb.Intercept{}, session: &pb.Session{Name: "sessions/s"}}
	told := s.jobs.told
	s.jobs.told = func(err error) {
		told(err)
		cancel()
	}
	err := s.run(ctx, cancel, s, nil)
	if err == nil || !strings.Contains(err.Error(), "1 line") || !strings.Contains(said.String(), "not confirmed: my words") || !strings.Contains(said.String(), "no connection") {
		t.Errorf("it ended with %v and said %q", err, said.String())
	}
}

// TestLoggedIsSent: a message that the log has shown is kept, though its answer has not come.
func TestLoggedIsSent(t *testing.T) {
	var said strings.Builder
	p := &program{getenv: noEnvironment, stdin: strings.NewReader(""), stdout: io.Discard, stderr: &said}
	s := &shopper{talk: newTalk(t.Context(), p, &client{}), intercept: &pb.Intercept{}}
	for _, text := range []string{"one", "two"} {
		s.jobs.waiting = append(s.jobs.waiting, job{what: text, body: message(&pb.Session{}, text)})
	}
	show := func(n int) {
		sent := s.jobs.waiting[n].body.(*pb.SendMessageRequest)
		s.message("you", faint, &pb.SessionEvent_Message{ClientMessageId: sent.GetClientMessageId(), Text: sent.GetText()})
	}
	show(0)
	if err := s.unsent(); err == nil || !strings.Contains(err.Error(), "1 line") || strings.Contains(said.String(), "one") || !strings.Contains(said.String(), "not confirmed: two") {
		t.Errorf("with one in the log: %v, %q", err, said.String())
	}
	show(1)
	if err := s.unsent(); err != nil {
		t.Errorf("with both in the log: %v", err)
	}
}
