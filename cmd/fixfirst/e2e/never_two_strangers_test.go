package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// sessionRoutes are all that an expert could do with a session, with bodies that are right.
func sessionRoutes(session, message string, epoch int) []struct {
	name, method, path string
	body               any
} {
	at := "/v1/" + session
	return []struct {
		name, method, path string
		body               any
	}{
		{"read", "GET", at, nil},
		{"events", "GET", at + "/events", nil},
		{"context", "GET", at + "/context", nil},
		{"transcript", "GET", at + "/transcript", nil},
		{"message", "POST", at + "/messages", object{"clientMessageId": message, "text": "hello", "ownerEpoch": epoch}},
		{"typing", "POST", at + ":typing", object{}},
		{"notes", "POST", at + "/notes", object{"text": "a note"}},
		{"accept", "POST", at + ":accept", object{}},
		{"decline", "POST", at + ":decline", object{}},
		{"wrapUp", "POST", at + ":wrapUp", object{}},
		{"transfer", "POST", at + ":transfer", object{"note": "please go on", "ownerEpoch": epoch}},
		{"close", "POST", at + ":close", object{"disposition": "EXCHANGE", "ownerEpoch": epoch}},
	}
}

// streamCode is how a session's stream of events is refused; 0 when it is not.
func (c *client) streamCode(session string) int {
	ctx, end := context.WithTimeout(context.Background(), 10*time.Second)
	defer end()
	stream, err := c.open(ctx, "/v1/"+session+"/events:stream", 0)
	var refused errRefused
	if errors.As(err, &refused) {
		return refused.code
	}
	if err == nil {
		stream.close()
	}
	return 0
}

// Whoever lost a session, however that came, is told 409 by all that writes and reads it no more; whoever never had to do with it
// is told that it does not exist, by every route.
func TestNeverTwoStaleAndStrange(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		policy := object{"holdoutFraction": 0.0, "waitTarget": "3600s", "routing": object{"usePool": true}}
		s.sellKettles("north", policy)
		s.sellKettles("south", policy)
		eve := s.onDuty(t, "south", "eve", nil)
		pam := s.onDuty(t, "", "pam", object{"capacity": 5})
		ann := s.onDuty(t, "north", "ann", object{"capacity": 2})
		i := s.decide(intent("north", "1", "1", "KETTLE-1")).object(t)
		shopper := s.as(text(i, "shopperToken"))
		session := shopper.startChat(text(i, "name"))
		first := int(number(ann.accepts(session), "ownerEpoch"))
		ann.say(session, "first", "hello")

		check := func(who string, c *client, epoch int, want func(name string) int) {
			t.Helper()
			for n, r := range sessionRoutes(session, fmt.Sprint(who, epoch), epoch) {
				if got := c.do(r.method, r.path, r.body); got.code != want(r.name) {
					t.Errorf("%s, route %d, %s: %s, want %d", who, n, r.name, got, want(r.name))
				}
			}
			if got := c.streamCode(session); got != http.StatusNotFound {
				t.Errorf("%s, the stream of events: %d", who, got)
			}
		}
		strange := func(string) int { return http.StatusNotFound }
		stale := func(name string) int {
			switch name {
			case "read", "events", "context", "transcript":
				return http.StatusNotFound
			}
			return http.StatusConflict
		}
		strangers := func() {
			t.Helper()
			check("of another seller", eve.client, 0, strange)
			check("of the pool", pam.client, first, strange)
		}
		strangers()

		ann.must("POST", "/v1/"+session+":transfer", object{"note": "go on", "ownerEpoch": first, "skill": "category:none"})
		check("transferred", ann.client, first, stale) // it waits, or rings elsewhere
		bob := s.onDuty(t, "north", "bob", object{"capacity": 1})
		s.must("POST", "/v1/"+session+":takeOver", object{"expert": "bob"})
		check("transferred, and taken", ann.client, 0, stale)
		check("of another seller", eve.client, 0, strange)

		back := s.must("POST", "/v1/"+session+":takeOver", object{"expert": "ann"})
		check("taken over", bob.client, 0, stale)
		for _, name := range []string{"message", "transfer", "close"} { // of the time before, though it is hers again
			for _, r := range sessionRoutes(session, "stale", first) {
				if got := ann.do(r.method, r.path, r.body); r.name == name && got.code != http.StatusConflict {
					t.Errorf("%s with the epoch of before: %s", name, got)
				}
			}
		}
		ann.must("POST", "/v1/"+session+":close", object{"disposition": "FIXED_KEPT", "ownerEpoch": at(back, "ownerEpoch")})
		check("closed, of another seller", eve.client, 0, strange)
		check("closed by another", bob.client, 0, stale)
	})
}
