package routing

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// scene is a queue and who is on.
type scene struct {
	queue   []Waiting
	experts []Expert
}

var scenes = rapid.Custom(func(t *rapid.T) scene {
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	some := func(name string, of ...string) []string {
		return slices.DeleteFunc(of, func(string) bool { return rapid.IntRange(0, 2).Draw(t, name) > 0 })
	}
	seconds := func(name string, upTo int) time.Duration {
		return time.Duration(rapid.IntRange(0, upTo/5).Draw(t, name)) * 5 * time.Second
	}
	var all scene
	for n := range rapid.IntRange(0, 6).Draw(t, "experts") {
		all.experts = append(all.experts, Expert{
			ID:     troubleshoot.ExpertID{Seller: pick("team", "acme", "acme", "", "globex"), Name: fmt.Sprintf("e%d", n)},
			Skills: some("skill", "sku:A", "sku:B", "category:x", "category:y", "brand:p"), Locales: some("locale", "en", "de-AT"),
			Capacity: rapid.IntRange(1, 3).Draw(t, "capacity"), Load: rapid.IntRange(0, 3).Draw(t, "load"),
			IdleSince: now.Add(-seconds("idle", 20)), Takes: rapid.IntRange(0, 3).Draw(t, "takes") > 0,
		})
	}
	id := func(name string) (id troubleshoot.ExpertID) {
		if n := rapid.IntRange(0, 15).Draw(t, name); n < len(all.experts) {
			id = all.experts[n].ID
		}
		return id
	}
	for n := range rapid.IntRange(0, 8).Draw(t, "queue") {
		w := Waiting{
			Session: fmt.Sprintf("s%d", n), Seller: pick("seller", "acme", "acme", "globex"), SKU: pick("sku", "A", "B", "C", ""),
			Category: pick("category", "x", "y", "z"), Brand: pick("brand", "p", "q"), Locale: pick("locale", "en-US", "de", "fr", ""),
			Value: usd(rapid.Int64Range(1, 3).Draw(t, "value")), Since: now.Add(-seconds("waited", 60)), For: id("for"), Sticky: id("sticky"),
			Skill: pick("demand", "", "", "", "category:y", "category:z"),
			Rules: troubleshoot.Routing{CategoryAfter: seconds("category", 20), BrandAfter: seconds("brand", 30), AnyAfter: seconds("any", 50),
				AnyLocaleAfter: seconds("any locale", 30), UsePool: rapid.Bool().Draw(t, "use pool"), PoolAfter: seconds("pool", 40),
				HighValue: usd(3), HighValueBonus: 30 * time.Second},
		}
		if by := id("declined"); by.IsSet() {
			w.Declined = []Declined{{by, now.Add(seconds("rest", 10))}}
		}
		all.queue = append(all.queue, w)
	}
	return all
})

func keep(experts []Expert, which func(Expert) bool) []Expert {
	return slices.DeleteFunc(slices.Clone(experts), func(e Expert) bool { return !which(e) })
}

func rung(w Waiting, e Expert) int {
	for n, skill := range []string{"sku:" + w.SKU, "category:" + w.Category, "brand:" + w.Brand} {
		if slices.Contains(e.Skills, skill) && !strings.HasSuffix(skill, ":") {
			return 3 - n
		}
	}
	return 0
}

func speaks(w Waiting, e Expert) bool {
	return w.Locale == "" || len(e.Locales) == 0 || slices.ContainsFunc(e.Locales, func(l string) bool { return l[:2] == w.Locale[:2] })
}

func bestRung(w Waiting, experts []Expert) int {
	speaking := keep(experts, func(e Expert) bool { return speaks(w, e) })
	if len(speaking) == 0 {
		speaking = experts
	}
	best := 0
	for _, e := range speaking {
		best = max(best, rung(w, e))
	}
	return best
}

// mayTake says the rules again, one expert at a time and without index or scratch.
func mayTake(w Waiting, e Expert, on []Expert, at time.Time) bool {
	waited := at.Sub(w.Since)
	on = keep(on, func(e Expert) bool {
		rests := slices.ContainsFunc(w.Declined, func(d Declined) bool { return d.Expert == e.ID && d.Until.After(at) })
		return !rests && (e.ID.Seller == w.Seller || e.ID.Seller == "" && w.Rules.UsePool)
	})
	among := func(some []Expert, id troubleshoot.ExpertID) bool {
		return slices.ContainsFunc(some, func(e Expert) bool { return e.ID == id })
	}
	binds := func(e Expert) bool {
		return !slices.ContainsFunc(w.Declined, func(d Declined) bool { return d.Expert == e.ID })
	}
	if among(keep(on, binds), w.For) {
		return e.ID == w.For
	}
	on = keep(on, func(e Expert) bool { return speaks(w, e) || w.Rules.AnyLocaleAfter > 0 })
	demanded := keep(on, func(e Expert) bool { return w.Skill != "" && slices.Contains(e.Skills, w.Skill) })
	if len(keep(demanded, binds)) > 0 {
		on = demanded
	} else {
		demanded = nil
	}
	team := keep(on, func(e Expert) bool { return e.ID.Seller != "" })
	must := bestRung(w, team)
	if e.ID.Seller == "" {
		must = bestRung(w, on)
	}
	for n, after := range []time.Duration{w.Rules.AnyAfter, w.Rules.BrandAfter, w.Rules.CategoryAfter} {
		if waited >= after {
			must = min(must, n)
		}
	}
	teamSpeaks := slices.ContainsFunc(team, func(e Expert) bool { return speaks(w, e) })
	switch {
	case !among(on, e.ID), !speaks(w, e) && waited < w.Rules.AnyLocaleAfter:
		return false
	case e.ID.Seller == "" && teamSpeaks && waited < w.Rules.PoolAfter:
		return false
	}
	return rung(w, e) >= must || len(demanded) > 0 || e.ID == w.Sticky
}

// before is the order of service.
func before(a, b Waiting) bool {
	effective := func(w Waiting) time.Duration {
		if w.Value.Minor >= w.Rules.HighValue.Minor {
			return now.Sub(w.Since) + w.Rules.HighValueBonus
		}
		return now.Sub(w.Since)
	}
	switch x, y := effective(a), effective(b); {
	case x != y:
		return x > y
	case !a.Since.Equal(b.Since):
		return a.Since.Before(b.Since)
	}
	return a.Session < b.Session
}

func TestAssignKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc := scenes.Draw(t, "scene")
		got := Assign(sc.queue, sc.experts, now)
		expert, load := map[string]Expert{}, map[troubleshoot.ExpertID]int{}
		for _, a := range got {
			w := sc.queue[slices.IndexFunc(sc.queue, func(w Waiting) bool { return w.Session == a.Session })]
			e := sc.experts[slices.IndexFunc(sc.experts, func(e Expert) bool { return e.ID == a.Expert })]
			if _, twice := expert[a.Session]; twice {
				t.Fatalf("%s went to two", a.Session)
			}
			if !mayTake(w, e, sc.experts, now) || !e.Takes {
				t.Fatalf("%+v went to %+v, who may not take it", w, e)
			}
			expert[a.Session], load[e.ID] = e, load[e.ID]+1
			if e.Load+load[e.ID] > e.Capacity {
				t.Fatalf("%+v got %d", e, load[e.ID])
			}
		}
		for _, w := range sc.queue {
			if _, served := expert[w.Session]; served {
				continue
			}
			for _, e := range sc.experts {
				if mayTake(w, e, sc.experts, now) && e.Takes && e.Load+load[e.ID] < e.Capacity {
					t.Fatalf("%+v waits while %+v has room", w, e)
				}
			}
			for _, other := range sc.queue {
				if e, served := expert[other.Session]; served && before(w, other) && mayTake(w, e, sc.experts, now) {
					t.Fatalf("%+v waits while %+v was served by %+v", w, other, e)
				}
			}
		}
	})
}

func TestOrderOfInputDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc := scenes.Draw(t, "scene")
		assigned := Assign(sc.queue, sc.experts, now)
		measured := func(string) Measured { return Measured{} }
		outlooks := Outlooks(sc.queue, sc.experts, measured, now)
		chance := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		chance.Shuffle(len(sc.queue), func(i, j int) { sc.queue[i], sc.queue[j] = sc.queue[j], sc.queue[i] })
		chance.Shuffle(len(sc.experts), func(i, j int) { sc.experts[i], sc.experts[j] = sc.experts[j], sc.experts[i] })
		if again := Assign(sc.queue, sc.experts, now); !slices.Equal(again, assigned) {
			t.Fatalf("%v, shuffled %v", assigned, again)
		}
		if again := Outlooks(sc.queue, sc.experts, measured, now); !reflect.DeepEqual(again, outlooks) {
			t.Fatalf("%v, shuffled %v", outlooks, again)
		}
	})
}

func TestUnreachableIsWhatOutlooksCallNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc := scenes.Draw(t, "scene")
		unreachable := Unreachable(sc.queue, sc.experts)
		for id, o := range Outlooks(sc.queue, sc.experts, func(string) Measured { return Measured{} }, now) {
			if o.Nobody != unreachable[id] {
				t.Fatalf("%s: nobody %t, unreachable %t", id, o.Nobody, unreachable[id])
			}
		}
	})
}

// While the same experts are on and nobody declines, who may take a session still may when it has waited longer; in the end all
// who are in reach may, unless a transfer says otherwise.
func TestSessionsOnlyOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc := scenes.Draw(t, "scene")
		c := newCrew(sc.experts)
		for _, w := range sc.queue {
			w.Declined = nil
			var may []int
			for _, waited := range []time.Duration{0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60} {
				var later []int
				for _, k := range c.allowed(&w, w.Since.Add(waited*time.Second)) {
					later = append(later, k.expert)
				}
				for _, i := range may {
					if !slices.Contains(later, i) {
						t.Fatalf("%+v was open to %+v, and after %d s no more", w, c.experts[i], waited)
					}
				}
				may = later
			}
			if reach := len(c.reach(&w)); len(may) != reach {
				t.Fatalf("%+v is open to %d of %d in the end", w, len(may), reach)
			}
		}
	})
}
