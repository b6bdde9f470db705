package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// revocation is how soon a key must stop working.
const revocation = 5 * time.Second

// refusedWithin polls until the credential is refused, and fails if that takes longer than allowed.
func (c *client) refusedWithin(limit time.Duration, what string) {
	c.t.Helper()
	began := time.Now()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		r := c.do(http.MethodGet, "/v1/sellers/acme", nil)
		took := time.Since(began)
		switch {
		case r.code == http.StatusUnauthorized && strings.Contains(string(r.body), "invalid token"):
			c.t.Logf("%s: refused after %s", what, took.Round(10*time.Millisecond))
			return
		case r.code != http.StatusOK:
			c.t.Fatalf("%s: %s", what, r)
		case took > limit:
			c.t.Fatalf("%s: still works after %s", what, took)
		}
	}
}

func TestKeysStopWorking(t *testing.T) {
	t.Parallel() // it only waits
	eachEngine(t, func(t *testing.T, s *server) {
		s.sellKettles("acme", object{})
		second := s.client
		if strings.HasPrefix(s.db, "postgres") {
			second = s.replica().client
		}
		revoked := s.must(http.MethodPost, "/v1/keys", object{"role": "SELLER", "seller": "acme"})
		for _, c := range []*client{s.client, second} {
			c.as(text(revoked, "secret")).must(http.MethodGet, "/v1/sellers/acme", nil)
		}
		s.must(http.MethodDelete, "/v1/"+text(revoked, "name"), nil)
		second.as(text(revoked, "secret")).refusedWithin(revocation, "revoked by REST")

		atTerminal := s.must(http.MethodPost, "/v1/keys", object{"role": "SELLER", "seller": "acme"})
		s.as(text(atTerminal, "secret")).must(http.MethodGet, "/v1/sellers/acme", nil)
		if out, code := command(t, "key", "revoke", "--db", s.db, text(atTerminal, "name")); code != 0 {
			t.Fatal(out)
		}
		s.as(text(atTerminal, "secret")).refusedWithin(revocation, "revoked at the command line")

		const life = time.Second
		expires := s.must(http.MethodPost, "/v1/keys", object{"role": "SELLER", "seller": "acme", "expireTime": time.Now().Add(life).UTC().Format(time.RFC3339Nano)})
		s.as(text(expires, "secret")).must(http.MethodGet, "/v1/sellers/acme", nil)
		s.as(text(expires, "secret")).refusedWithin(life+revocation, "expired")

		made, code := command(t, "key", "create", "--db", s.db, "--role", "SELLER", "--seller", "acme")
		if code != 0 || strings.Count(made, "\n") != 1 {
			t.Fatalf("key create: %q, %d", made, code)
		}
		s.as(strings.TrimSpace(made)).must(http.MethodGet, "/v1/sellers/acme", nil)
	})
}

func TestCredentials(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("acme", object{"holdoutFraction": 0.0})
	one := s.decide(intent("acme", "1", "1", "KETTLE-1")).object(t)
	two := s.decide(intent("acme", "2", "1", "KETTLE-1")).object(t)
	token, own, others := text(one, "shopperToken"), "/v1/"+text(one, "name"), "/v1/"+text(two, "name")
	wrong := s.key[:len(s.key)-1] + string(rune('a'+(s.key[len(s.key)-1]+1)%26))
	cases := []struct {
		what, path    string
		authorization []string
		want          int
	}{
		{"an admin's key", own, []string{"Authorization", "Bearer " + s.key}, 200},
		{"any case of the scheme", own, []string{"Authorization", "bearer " + s.key}, 200},
		{"the shopper's token", own, []string{"Authorization", "Bearer " + token}, 200},
		{"none", own, nil, 401},
		{"an empty one", own, []string{"Authorization", ""}, 401},
		{"no scheme", own, []string{"Authorization", s.key}, 401},
		{"another scheme", own, []string{"Authorization", "Basic " + s.key}, 401},
		{"a mistyped key", own, []string{"Authorization", "Bearer " + wrong}, 401},
		{"a cut key", own, []string{"Authorization", "Bearer " + s.key[:20]}, 401},
		{"a large one", own, []string{"Authorization", "Bearer " + strings.Repeat("x", 60<<10)}, 431},
		{"metadata of gRPC", own, []string{"Grpc-Metadata-Authorization", "Bearer " + s.key}, 401},
		{"a cookie", own, []string{"Cookie", "Authorization=Bearer " + s.key}, 401},
		{"the token on another intercept", others, []string{"Authorization", "Bearer " + token}, 401},
		{"a changed token", own, []string{"Authorization", "Bearer " + token[:len(token)-2] + "AA"}, 401},
		{"the key in the URL", own + "?key=" + s.key, nil, 401},
		{"the key in the URL under another name", own + "?page=" + s.key, nil, 401},
		{"the key in the URL too", own + "?access_token=" + s.key, []string{"Authorization", "Bearer " + s.key}, 401},
		{"the token in the URL", own + "?token=" + token, nil, 401},
	}
	for _, c := range cases {
		if r := s.as("").do(http.MethodGet, c.path, nil, c.authorization...); r.code != c.want {
			t.Errorf("%s: %.300s; want %d", c.what, r, c.want)
		}
	}
	if r := s.as("").do(http.MethodGet, others, nil, "Authorization", "Bearer "+token); !strings.Contains(string(r.body), `"invalid token"`) {
		t.Errorf("the token on another intercept: %s; want invalid token", r)
	}
	for _, secret := range []string{s.key, token, strings.Split(token, "_")[1]} {
		if strings.Contains(s.log(), secret) {
			t.Error("a credential is in the log")
		}
	}
}

// What a credential is bound to also bounds what a list shows, and colleagues do not see each other's sessions.
func TestListsShowTheOwnSellerOnly(t *testing.T) {
	s := serveSQLite(t)
	for _, seller := range []string{"acme", "rival"} {
		s.sellKettles(seller, object{"holdoutFraction": 0.0})
		eve := s.onDuty(t, seller, "eve", object{"capacity": 2})
		for n := range 3 {
			i := s.decide(intent(seller, fmt.Sprint(n), "1", "KETTLE-1")).object(t)
			channel := []string{"CHAT", "CHAT", "GUIDE"}[n]
			session := text(s.as(text(i, "shopperToken")).must(http.MethodPost, "/v1/"+text(i, "name")+"/sessions", object{"channel": channel}), "name")
			if channel == "CHAT" {
				eve.accepts(session)
			}
		}
	}
	seller := s.as(s.newKey(object{"role": "SELLER", "seller": "acme"}))
	analyst := s.as(s.newKey(object{"role": "ANALYST", "seller": "acme"}))
	ann := s.as(s.newKey(object{"role": "EXPERT", "seller": "acme", "expert": "ann"}))
	bob := s.as(s.newKey(object{"role": "EXPERT", "seller": "acme", "expert": "bob"}))
	for what, r := range map[string]reply{
		"keys": seller.do("GET", "/v1/keys", nil), "sessions": seller.do("GET", "/v1/sessions", nil), "sessions of an expert": ann.do("GET", "/v1/sessions", nil),
		"guides":     seller.do("GET", "/v1/sellers/acme/guides", nil),
		"the report": seller.do("GET", "/v1/reports/deflection?groupBy=SELLER", nil), "an analyst's report": analyst.do("GET", "/v1/reports/deflection?groupBy=SELLER", nil),
	} {
		if r.code != 200 || !strings.Contains(string(r.body), "acme") && !strings.Contains(what, "sessions") || strings.Contains(string(r.body), "rival") {
			t.Errorf("%s: %.500s", what, r)
		}
	}
	sessions, _ := seller.must("GET", "/v1/sessions", nil)["sessions"].([]any)
	if len(sessions) != 3 {
		t.Fatalf("%d sessions of acme, want 3", len(sessions))
	}
	if got, _ := bob.must("GET", "/v1/sessions", nil)["sessions"].([]any); len(got) != 0 {
		t.Errorf("bob sees %d sessions of a colleague", len(got))
	}
	ann.must("POST", "/v1/experts/ann:setPresence", object{"state": "AWAY"}) // registers her
	for _, session := range sessions {
		if at(session, "channel") != "CHAT" {
			continue
		}
		at := "/v1/" + text(session, "name")
		for what, path := range map[string]string{"session": at, "events": at + "/events", "intercept": "/v1/" + text(session, "intercept")} {
			if r := bob.do("GET", path, nil); r.code != 404 {
				t.Errorf("a colleague's %s: %s", what, r)
			}
		}
	}
}
