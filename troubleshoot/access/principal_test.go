package access

import (
	"testing"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestWhoSeesWhat(t *testing.T) {
	const (
		readIntercept = 1 << iota
		readQueued
		readTaken
		ownTaken
		drafts
	)
	intercept := troubleshoot.Intercept{ID: "i1", Line: troubleshoot.OrderLine{Seller: "acme"}}
	queued := troubleshoot.Session{ID: "s1", Intercept: "i1", Seller: "acme", State: troubleshoot.Queued}
	taken := troubleshoot.Session{ID: "s2", Intercept: "i1", Seller: "acme", State: troubleshoot.Active, Expert: "ann"}
	const all = readIntercept | readQueued | readTaken
	cases := []struct {
		name string
		p    Principal
		want int
	}{
		{"anonymous", Principal{}, 0},
		{"own shopper", Principal{Role: troubleshoot.RoleShopper, Seller: "acme", Intercept: "i1"}, all | ownTaken},
		{"other shopper", Principal{Role: troubleshoot.RoleShopper, Seller: "acme", Intercept: "i2"}, 0},
		{"shopper of another seller", Principal{Role: troubleshoot.RoleShopper, Seller: "bolt", Intercept: "i1"}, 0},
		{"shopper without an intercept", Principal{Role: troubleshoot.RoleShopper, Seller: "acme"}, 0},
		{"storefront", Principal{Role: troubleshoot.RoleStorefront, Seller: "acme"}, all},
		{"storefront of another seller", Principal{Role: troubleshoot.RoleStorefront, Seller: "bolt"}, 0},
		{"storefront of all", Principal{Role: troubleshoot.RoleStorefront}, all},
		{"seller", Principal{Role: troubleshoot.RoleSeller, Seller: "acme"}, all | drafts},
		{"other seller", Principal{Role: troubleshoot.RoleSeller, Seller: "bolt"}, 0},
		{"analyst", Principal{Role: troubleshoot.RoleAnalyst, Seller: "acme"}, all},
		{"its expert", Principal{Role: troubleshoot.RoleExpert, Seller: "acme", Expert: "ann"}, all | ownTaken},
		{"another expert sees what waits", Principal{Role: troubleshoot.RoleExpert, Seller: "acme", Expert: "bob"},
			readIntercept | readQueued},
		{"expert of another seller", Principal{Role: troubleshoot.RoleExpert, Seller: "bolt", Expert: "ann"}, 0},
		{"admin", Principal{Role: troubleshoot.RoleAdmin}, all | drafts},
		{"admin of another seller", Principal{Role: troubleshoot.RoleAdmin, Seller: "bolt"}, 0},
	}
	for _, c := range cases {
		got := 0
		for bit, ok := range map[int]bool{
			readIntercept: c.p.MayReadIntercept(intercept, []troubleshoot.Session{queued, taken}),
			readQueued:    c.p.MayReadSession(queued),
			readTaken:     c.p.MayReadSession(taken),
			ownTaken:      c.p.OwnsSession(taken),
			drafts:        c.p.SeesDrafts("acme"),
		} {
			if ok {
				got |= bit
			}
		}
		if got != c.want {
			t.Errorf("%s: %05b, want %05b", c.name, got, c.want)
		}
	}
}

func TestExpertReadsInterceptOfOwnSessionOnly(t *testing.T) {
	p := Principal{Role: troubleshoot.RoleExpert, Seller: "acme", Expert: "bob"}
	i := troubleshoot.Intercept{ID: "i1", Line: troubleshoot.OrderLine{Seller: "acme"}}
	taken := troubleshoot.Session{Intercept: "i1", Seller: "acme", State: troubleshoot.Active, Expert: "ann"}
	elsewhere := troubleshoot.Session{Intercept: "i2", Seller: "acme", State: troubleshoot.Active, Expert: "bob"}
	if p.MayReadIntercept(i, nil) || p.MayReadIntercept(i, []troubleshoot.Session{taken, elsewhere}) {
		t.Error("an expert reads an intercept without a session of theirs")
	}
	taken.Expert = "bob"
	if !p.MayReadIntercept(i, []troubleshoot.Session{taken}) {
		t.Error("an expert may not read the intercept of an own session")
	}
	if (Principal{Role: troubleshoot.RoleExpert, Seller: "acme"}).OwnsSession(troubleshoot.Session{Seller: "acme"}) {
		t.Error("a nameless expert owns a session without an expert")
	}
}
