package routing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func usd(cents int64) troubleshoot.Money {
	return troubleshoot.Money{Minor: cents, Currency: "USD"}
}

func own(name string) troubleshoot.ExpertID { return troubleshoot.ExpertID{Seller: "acme", Name: name} }

func pool(name string) troubleshoot.ExpertID { return troubleshoot.ExpertID{Name: name} }

// kettle is a session about acme's kettle, by an English speaker who has waited so long, under the default rules.
func kettle(waited time.Duration, changes ...func(*Waiting)) Waiting {
	w := Waiting{Session: "s1", Seller: "acme", SKU: "KETTLE", Category: "kettles", Brand: "Hearth", Locale: "en-US", Value: usd(5999),
		Since: now.Add(-waited), Rules: troubleshoot.DefaultRouting()}
	for _, change := range changes {
		change(&w)
	}
	return w
}

// on reads experts: "ann@pool sku:KETTLE de busy; bob". Of each the name, with "@pool" or "@" and another seller than acme;
// then in any order its skills, its languages, "busy" (with no room), "away", "holds=" chats in hand of 3, "idle=" for how long.
func on(text string) []Expert {
	var all []Expert
	for one := range strings.SplitSeq(text, ";") {
		words := strings.Fields(one)
		if len(words) == 0 {
			continue
		}
		name, seller, found := strings.Cut(words[0], "@")
		e := Expert{ID: troubleshoot.ExpertID{Seller: "acme", Name: name}, Capacity: 3, IdleSince: now.Add(-time.Hour), Takes: true}
		if found {
			e.ID.Seller = strings.TrimPrefix(seller, "pool")
		}
		for _, word := range words[1:] {
			key, value, _ := strings.Cut(word, "=")
			switch {
			case word == "busy":
				e.Load = e.Capacity
			case word == "away":
				e.Takes = false
			case key == "holds":
				fmt.Sscan(value, &e.Load)
			case key == "idle":
				idle, err := time.ParseDuration(value)
				if err != nil {
					panic(err)
				}
				e.IdleSince = now.Add(-idle)
			case strings.Contains(word, ":"):
				e.Skills = append(e.Skills, word)
			default:
				e.Locales = append(e.Locales, word)
			}
		}
		all = append(all, e)
	}
	return all
}

// pairs writes assignments as "session>expert", in order.
func pairs(all []Assignment) string {
	var out []string
	for _, a := range all {
		out = append(out, a.Session+">"+a.Expert.Name)
	}
	return strings.Join(out, " ")
}

func named(name string) func(*Waiting) { return func(w *Waiting) { w.Session = name } }

func rules(change func(*troubleshoot.Routing)) func(*Waiting) {
	return func(w *Waiting) { change(&w.Rules) }
}

func poolAfter(after time.Duration) func(*Waiting) {
	return rules(func(r *troubleshoot.Routing) { r.UsePool, r.PoolAfter = true, after })
}

func anyLocaleAfter(after time.Duration) func(*Waiting) {
	return rules(func(r *troubleshoot.Routing) { r.AnyLocaleAfter = after })
}

func declined(by troubleshoot.ExpertID, rest time.Duration) func(*Waiting) {
	return func(w *Waiting) { w.Declined = append(slices.Clone(w.Declined), Declined{by, now.Add(rest)}) }
}

func transferTo(id troubleshoot.ExpertID) func(*Waiting) { return func(w *Waiting) { w.For = id } }

func demands(skill string) func(*Waiting) { return func(w *Waiting) { w.Skill = skill } }

func hadBefore(id troubleshoot.ExpertID) func(*Waiting) { return func(w *Waiting) { w.Sticky = id } }

func worth(m troubleshoot.Money) func(*Waiting) { return func(w *Waiting) { w.Value = m } }
