package access

import (
	"testing"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestWhoSeesWhat(t *testing.T) {
	const (
		readIntercept = 1 << iota
		readQueued
		readRinging
		readTaken
		ownTaken
		drafts
	)
	ann, bob := troubleshoot.ExpertID{Seller: "acme", Name: "ann"}, troubleshoot.ExpertID{Seller: "acme", Name: "bob"}
	intercept := troubleshoot.Intercept{ID: "i1", Line: troubleshoot.OrderLine{Seller: "acme"}}
	queued := troubleshoot.Session{ID: "s1", Intercept: "i1", Seller: "acme", State: troubleshoot.Queued}
	ringing := troubleshoot.Session{ID: "s3", Intercept: "i1", Seller: "acme", State: troubleshoot.Queued, Ringing: troubleshoot.Ringing{At: bob}}
	taken := troubleshoot.Session{ID: "s2", Intercept: "i1", Seller: "acme", State: troubleshoot.Active, Expert: ann}
	const all = readIntercept | readQueued | readRinging | readTaken
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
		{"its expert", Principal{Role: troubleshoot.RoleExpert, Seller: "acme", Expert: "ann"}, readIntercept | readTaken | ownTaken},
		{"another expert sees what rings there", Principal{Role: troubleshoot.RoleExpert, Seller: "acme", Expert: "bob"}, readIntercept | readRinging},
		{"a third expert", Principal{Role: troubleshoot.RoleExpert, Seller: "acme", Expert: "cat"}, 0},
		{"expert of another seller", Principal{Role: troubleshoot.RoleExpert, Seller: "bolt", Expert: "ann"}, 0},
		{"expert of the pool with the same name", Principal{Role: troubleshoot.RoleExpert, Expert: "ann"}, 0},
		{"admin", Principal{Role: troubleshoot.RoleAdmin}, all | drafts},
		{"admin of another seller", Principal{Role: troubleshoot.RoleAdmin, Seller: "bolt"}, 0},
	}
	for _, c := range cases {
		got := 0
		for bit, ok := range map[int]bool{
			readIntercept: c.p.MayReadIntercept(intercept, []troubleshoot.Session{queued, ringing, taken}),
			readQueued:    c.p.MayReadSession(queued),
			readRinging:   c.p.MayReadSession(ringing),
			readTaken:     c.p.MayReadSession(taken),
			ownTaken:      c.p.OwnsSession(taken),
			drafts:        c.p.SeesDrafts("acme"),
		} {
			if ok {
				got |= bit
			}
		}
		if got != c.want {
			t.Errorf("%s: %06b, want %06b", c.name, got, c.want)
		}
	}
}

func TestExpertReadsInterceptOfOwnSessionOnly(t *testing.T) {
	p := Principal{Role: troubleshoot.RoleExpert, Seller: "acme", Expert: "bob"}
	i := troubleshoot.Intercept{ID: "i1", Line: troubleshoot.OrderLine{Seller: "acme"}}
	taken := troubleshoot.Session{Intercept: "i1", Seller: "acme", State: troubleshoot.Active, Expert: troubleshoot.ExpertID{Seller: "acme", Name: "ann"}}
	elsewhere := troubleshoot.Session{Intercept: "i2", Seller: "acme", State: troubleshoot.Active, Expert: troubleshoot.ExpertID{Seller: "acme", Name: "bob"}}
	if p.MayReadIntercept(i, nil) || p.MayReadIntercept(i, []troubleshoot.Session{taken, elsewhere}) {
		t.Error("an expert reads an intercept without a session of theirs")
	}
	taken.Expert = troubleshoot.ExpertID{Seller: "acme", Name: "bob"}
	if !p.MayReadIntercept(i, []troubleshoot.Session{taken}) {
		t.Error("an expert may not read the intercept of an own session")
	}
	if (Principal{Role: troubleshoot.RoleExpert, Seller: "acme"}).OwnsSession(troubleshoot.Session{Seller: "acme"}) {
		t.Error("a nameless expert owns a session without an expert")
	}
}

func TestAnExpertWhoHadASessionIsToldWhoseItIs(t *testing.T) {
	cat := troubleshoot.ExpertID{Name: "cat"}
	s := troubleshoot.Session{Seller: "acme", State: troubleshoot.Queued, Ringing: troubleshoot.Ringing{At: cat}, Wants: troubleshoot.Wants{Former: []troubleshoot.ExpertID{cat}}}
	expert := func(seller, name string) Principal {
		return Principal{Role: troubleshoot.RoleExpert, Seller: seller, Expert: name}
	}
	for name, c := range map[string]struct {
		p            Principal
		knows, rings bool
	}{
		"of the seller's team":         {expert("acme", "ann"), true, false},
		"of the pool, had it":          {expert("", "cat"), true, true},
		"of the pool, never had it":    {expert("", "dan"), false, false},
		"of another seller, same name": {expert("bolt", "cat"), false, false},
		"the seller":                   {Principal{Role: troubleshoot.RoleSeller, Seller: "acme"}, false, false},
		"the shopper":                  {Principal{Role: troubleshoot.RoleShopper, Seller: "acme"}, false, false},
		"an expert without a name":     {expert("", ""), false, false},
	} {
		if c.p.KnowsSession(s) != c.knows || c.p.RingsAt(s) != c.rings {
			t.Errorf("%s: knows %v, rings %v", name, c.p.KnowsSession(s), c.p.RingsAt(s))
		}
	}
	if s.State = troubleshoot.Active; expert("", "cat").RingsAt(s) {
		t.Error("what is in hand rings")
	}
}
