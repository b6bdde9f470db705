package routing

import (
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// routed is one rule about who may take a session, by what comes of it: the name of the expert, or "" while it waits.
type routed struct {
	rule    string
	waited  time.Duration
	experts string
	want    string
	changes []func(*Waiting)
}

func check(t *testing.T, rows []routed) {
	t.Helper()
	for _, c := range rows {
		t.Run(c.rule, func(t *testing.T) {
			got := ""
			for _, a := range Assign([]Waiting{kettle(c.waited, c.changes...)}, on(c.experts), now) {
				got += a.Expert.Name
			}
			if got != c.want {
				t.Errorf("after %s, with %q on, it went to %q, want %q", c.waited, c.experts, got, c.want)
			}
		})
	}
}

type change = []func(*Waiting)

const s = time.Second

func TestLadder(t *testing.T) {
	bare := func(w *Waiting) { w.SKU, w.Category, w.Brand = "", "", "" }
	check(t, []routed{
		{"it is for who knows the SKU", 0, "ann category:kettles; bob sku:KETTLE", "bob", nil},
		{"while that one is busy, who knows the category waits", 10*s - 1, "ann category:kettles; bob sku:KETTLE busy", "", nil},
		{"and gets it after CategoryAfter", 10 * s, "ann category:kettles; bob sku:KETTLE busy", "ann", nil},
		{"away is on too", 10*s - 1, "ann category:kettles; bob sku:KETTLE away", "", nil},
		{"who knows the brand waits as well", 20*s - 1, "ann brand:Hearth; bob category:kettles busy", "", nil},
		{"and gets it after BrandAfter", 20 * s, "ann brand:Hearth; bob category:kettles busy", "ann", nil},
		{"who answers for everything waits as well", 30*s - 1, "ann; bob brand:Hearth busy", "", nil},
		{"and gets it after AnyAfter", 30 * s, "ann; bob brand:Hearth busy", "ann", nil},
		{"so does who knows other things", 30*s - 1, "ann sku:TOASTER; bob sku:KETTLE busy", "", nil},
		{"and gets it after AnyAfter too", 30 * s, "ann sku:TOASTER; bob sku:KETTLE busy", "ann", nil},
		{"nobody on knows the SKU: the category at once", 0, "ann category:kettles; bob sku:TOASTER", "ann", nil},
		{"nobody on knows SKU or category: the brand at once", 0, "ann; bob brand:Hearth", "bob", nil},
		{"nobody on knows anything of it: anybody at once", 0, "ann; bob busy", "ann", nil},
		{"who knows other things is anybody", 0, "ann sku:TOASTER; bob busy", "ann", nil},
		{"but comes after who answers for everything", 0, "ann sku:TOASTER idle=9h; bob idle=1s", "bob", nil},
		{"a better fit is preferred when all are open", 300 * s, "ann idle=9h; bob brand:Hearth idle=2h; cat category:kettles; dan sku:KETTLE busy", "cat", nil},
		{"a rung that opens opens those above it", 10 * s, "ann brand:Hearth; bob sku:KETTLE busy", "ann",
			change{rules(func(r *troubleshoot.Routing) { r.BrandAfter, r.CategoryAfter = 5*s, 60*s })}},
		{"a skill is meant exactly", 0, "ann sku:KETTLE-2; bob category:kettle; cat brand:Hearth", "cat", nil},
		{"no skill fits what is not known of an item", 0, "ann sku: category: brand:; bob", "bob", change{bare}},
		{"the best of an expert's skills counts", 0, "ann brand:Hearth sku:KETTLE category:kettles; bob category:kettles idle=9h", "ann", nil},
		{"who declined it holds up nobody", 0, "ann; bob sku:KETTLE", "ann", change{declined(own("bob"), 30*s)}},
	})
}

func TestLanguage(t *testing.T) {
	check(t, []routed{
		{"the primary subtag must match", 0, "ann de-DE; bob EN-gb", "bob", nil},
		{"another language never, unless AnyLocaleAfter says so", 24 * time.Hour, "ann de", "", nil},
		{"nor before it", 40*s - 1, "ann de", "", change{anyLocaleAfter(40 * s)}},
		{"but after it", 40 * s, "ann de", "ann", change{anyLocaleAfter(40 * s)}},
		{"who lists no language speaks all", 0, "ann", "ann", nil},
		{"a session without one is for all", 0, "ann de", "ann", change{func(w *Waiting) { w.Locale = "" }}},
		{"one of several languages is enough", 0, "ann de fr en", "ann", nil},
		{"who speaks it comes before who knows it better", 40 * s, "ann sku:KETTLE de; bob en", "bob", change{anyLocaleAfter(40 * s)}},
		{"who does not speak it holds up nobody", 0, "ann sku:KETTLE de busy; bob en", "bob", nil},
		{"not even when all languages are open", 5 * s, "ann sku:KETTLE de busy; bob en", "bob", change{anyLocaleAfter(5 * s)}},
		{"whoever of them comes first", 5 * s, "ann en; bob sku:KETTLE de busy", "ann", change{anyLocaleAfter(5 * s)}},
		{"among those of other languages the ladder holds", 10*s - 1, "ann category:kettles de; bob sku:KETTLE fr busy", "", change{anyLocaleAfter(5 * s)}},
		{"and opens", 10 * s, "ann category:kettles de; bob sku:KETTLE fr busy", "ann", change{anyLocaleAfter(5 * s)}},
	})
}

func TestPool(t *testing.T) {
	check(t, []routed{
		{"the pool is not used unless the seller says so", 24 * time.Hour, "pat@pool", "", nil},
		{"nobody of the team is on: the pool at once", 0, "pat@pool", "pat", change{poolAfter(60 * s)}},
		{"the team is on and busy: not before PoolAfter", 60*s - 1, "ann busy; pat@pool", "", change{poolAfter(60 * s)}},
		{"but after it", 60 * s, "ann busy; pat@pool", "pat", change{poolAfter(60 * s)}},
		{"a team that does not speak the language does not count", 0, "ann de; pat@pool en", "pat", change{poolAfter(60 * s)}},
		{"not even when all languages are open", 50 * s, "ann de; pat@pool en", "pat", change{poolAfter(60 * s), anyLocaleAfter(40 * s)}},
		{"a team that declined does not count", 0, "ann; pat@pool", "pat", change{poolAfter(60 * s), declined(own("ann"), 30*s)}},
		{"the own team comes first, though it knows less", 60 * s, "ann; pat@pool sku:KETTLE", "ann", change{poolAfter(0)}},
		{"the team does not wait for who knows more in the pool", 0, "ann; pat@pool sku:KETTLE busy", "ann", change{poolAfter(0)}},
		{"the pool waits for who knows more in the team", 30*s - 1, "ann sku:KETTLE busy; pat@pool", "", change{poolAfter(0)}},
		{"as long as the ladder says", 30 * s, "ann sku:KETTLE busy; pat@pool", "pat", change{poolAfter(0)}},
		{"the pool may know it best", 0, "ann category:kettles busy; pat@pool sku:KETTLE", "pat", change{poolAfter(0)}},
		{"within the pool the ladder holds as well", 30*s - 1, "ann de; pat@pool sku:KETTLE busy; quin@pool", "", change{poolAfter(0)}},
		{"experts of other sellers never", 24 * time.Hour, "gus@globex sku:KETTLE", "", change{poolAfter(0), anyLocaleAfter(s)}},
	})
}

func TestTransfer(t *testing.T) {
	const toasters = "category:toasters"
	check(t, []routed{
		{"to one expert: that one, though others know more", 0, "ann sku:KETTLE; bob " + toasters, "bob", change{transferTo(own("bob"))}},
		{"that one alone while on", time.Hour, "ann sku:KETTLE; bob busy", "", change{transferTo(own("bob"))}},
		{"whatever the language", 0, "ann en; bob de", "bob", change{transferTo(own("bob"))}},
		{"of the pool as well, at once", 0, "ann; pat@pool", "pat", change{transferTo(pool("pat")), poolAfter(60 * s)}},
		{"of a pool that is not used: anybody", 0, "ann; pat@pool", "ann", change{transferTo(pool("pat"))}},
		{"of another seller: anybody", 0, "ann; gus@globex", "ann", change{transferTo(troubleshoot.ExpertID{Seller: "globex", Name: "gus"})}},
		{"that one is off: anybody", 0, "ann", "ann", change{transferTo(own("bob"))}},
		{"that one declined: anybody", 0, "ann; bob", "ann", change{transferTo(own("bob")), declined(own("bob"), s)}},
		{"and binds it no more, though away and rested", 0, "ann; bob away", "ann", change{transferTo(own("bob")), declined(own("bob"), 0)}},
		{"to a skill: who has it, though others know more", 0, "ann sku:KETTLE; bob " + toasters, "bob", change{demands(toasters)}},
		{"those alone while one is on", time.Hour, "ann sku:KETTLE; bob busy " + toasters, "", change{demands(toasters)}},
		{"nobody on has it: anybody", 0, "ann sku:KETTLE; bob category:kettles", "ann", change{demands(toasters)}},
		{"who has it declined: anybody", 0, "ann; bob " + toasters, "ann", change{demands(toasters), declined(own("bob"), s)}},
		{"and binds it no more", 0, "ann; bob away " + toasters, "ann", change{demands(toasters), declined(own("bob"), 0)}},
		{"but is asked again while another is on who has it", 0, "ann; cat busy " + toasters + "; bob " + toasters, "bob", change{demands(toasters), declined(own("bob"), 0)}},
		{"who has it speaks another language: anybody", 0, "ann; bob de " + toasters, "ann", change{demands(toasters)}},
		{"those who have it do not wait for each other", 0, "ann " + toasters + "; bob sku:KETTLE busy " + toasters, "ann", change{demands(toasters)}},
		{"the pool's only after PoolAfter", 5 * s, "ann busy " + toasters + "; pat@pool " + toasters, "", change{demands(toasters), poolAfter(6 * s)}},
		{"the expert before the skill", 0, "ann " + toasters + "; bob", "bob", change{demands(toasters), transferTo(own("bob"))}},
		{"the expert is off: the skill", 0, "ann; cat idle=1s " + toasters, "cat", change{demands(toasters), transferTo(own("bob"))}},
	})
}

func TestReturningShopper(t *testing.T) {
	check(t, []routed{
		{"comes to the same expert, from any rung", 0, "ann sku:KETTLE; bob sku:TOASTER", "bob", change{hadBefore(own("bob"))}},
		{"though others have waited longer for work", 0, "ann idle=9h; bob holds=2 idle=1s", "bob", change{hadBefore(own("bob"))}},
		{"but does not wait for that one", 0, "ann sku:KETTLE; bob busy", "ann", change{hadBefore(own("bob"))}},
		{"nor is held up by that one", 0, "ann; bob away", "ann", change{hadBefore(own("bob"))}},
		{"in the shopper's language", 0, "ann; bob de", "ann", change{hadBefore(own("bob"))}},
		{"who of the pool only when that is open", 59 * s, "ann busy; pat@pool", "", change{hadBefore(pool("pat")), poolAfter(60 * s)}},
		{"and then before the own team", 60 * s, "ann; pat@pool", "pat", change{hadBefore(pool("pat")), poolAfter(60 * s)}},
		{"not who has declined it", 0, "ann; bob", "ann", change{hadBefore(own("bob")), declined(own("bob"), s)}},
	})
}

func TestDeclined(t *testing.T) {
	check(t, []routed{
		{"it does not come again before the rest is over", time.Hour, "ann", "", change{declined(own("ann"), 1)}},
		{"and does when it is", time.Hour, "ann", "ann", change{declined(own("ann"), 0)}},
		{"others get it meanwhile", 0, "ann idle=9h; bob", "bob", change{declined(own("ann"), s)}},
		{"two may decline", 0, "ann; bob; cat", "cat", change{declined(own("ann"), s), declined(own("bob"), s)}},
		{"another's namesake did not", 0, "ann", "ann", change{declined(pool("ann"), s)}},
	})
}

func TestWhoGetsItIsSaidWhy(t *testing.T) {
	for _, c := range []struct {
		experts string
		with    change
		why     string
	}{
		{"ann sku:KETTLE", nil, "knows the SKU"},
		{"ann category:kettles", nil, "knows the category"},
		{"ann brand:Hearth", nil, "knows the brand"},
		{"ann", nil, "answers for everything"},
		{"ann sku:TOASTER", nil, "knows other items"},
		{"ann", change{hadBefore(own("ann"))}, "had this line before"},
		{"ann", change{transferTo(own("ann"))}, "was named by the transfer"},
		{"ann brand:Acme", change{demands("brand:Acme")}, "has the skill that the transfer demands, brand:Acme"},
		{"pat@pool de", change{poolAfter(0), anyLocaleAfter(s)}, "answers for everything, of the pool, in another language"},
	} {
		all := Assign([]Waiting{kettle(s, c.with...)}, on(c.experts), now)
		if len(all) != 1 || all[0].Why != c.why {
			t.Errorf("%s: %+v, want %q", c.experts, all, c.why)
		}
	}
}
