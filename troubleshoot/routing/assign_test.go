package routing

import (
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// waits makes sessions named a, b, c, ... that have waited so long.
func waits(waited ...time.Duration) []Waiting {
	var queue []Waiting
	for n, w := range waited {
		queue = append(queue, kettle(w, named(string(rune('a'+n)))))
	}
	return queue
}

func with(queue []Waiting, n int, changes ...func(*Waiting)) []Waiting {
	for _, change := range changes {
		change(&queue[n])
	}
	return queue
}

func highValue(from troubleshoot.Money, bonus time.Duration) func(*Waiting) {
	return rules(func(r *troubleshoot.Routing) { r.HighValue, r.HighValueBonus = from, bonus })
}

func TestOrderOfService(t *testing.T) {
	const one = "ann holds=2" // room for one more
	valued := highValue(usd(10000), time.Minute)
	for _, c := range []struct {
		rule    string
		queue   []Waiting
		experts string
		want    string
	}{
		{"who has waited longest is served first", waits(5*s, 9*s, 7*s), one, "b>ann"},
		{"all in that order while there is room", waits(5*s, 9*s, 7*s), "ann", "b>ann c>ann a>ann"},
		{"who came together goes by id", with(waits(5*s, 5*s), 0, named("z")), one, "b>ann"},
		{"high value counts as so much longer", with(waits(59*s, 0), 1, valued, worth(usd(10000))), one, "b>ann"},
		{"and no more than that", with(waits(61*s, 0), 1, valued, worth(usd(10000))), one, "a>ann"},
		{"as long in effect: who came first", with(waits(0, 60*s), 0, valued, worth(usd(10000))), one, "b>ann"},
		{"below the line it does not", with(waits(1*s, 0), 1, valued, worth(usd(9999))), one, "a>ann"},
		{"nor in another currency", with(waits(1*s, 0), 1, valued, worth(troubleshoot.Money{Minor: 1e6, Currency: "JPY"})), one, "a>ann"},
		{"nor where the seller names no value", with(waits(1*s, 0), 1, highValue(troubleshoot.Money{}, time.Minute), worth(troubleshoot.Money{})), one, "a>ann"},
		{"who can be served by none holds up nobody", with(waits(9*s, 5*s), 0, func(w *Waiting) { w.Locale = "de" }), "ann en holds=2", "b>ann"},
		{"nor who still waits for another expert", with(waits(9*s, 5*s), 1, func(w *Waiting) { w.SKU = "TOASTER" }),
			"ann sku:KETTLE busy; bob sku:TOASTER holds=2", "b>bob"},
		{"nobody waits, nobody is on", nil, "", ""},
		{"nobody is on", waits(time.Hour), "", ""},
		{"nobody has room", waits(time.Hour), "ann busy; bob away", ""},
		{"more in hand than capacity is no room", waits(time.Hour), "ann holds=7", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := pairs(Assign(c.queue, on(c.experts), now)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestChoiceAmongThoseWhoFit(t *testing.T) {
	for _, c := range []struct {
		rule    string
		waiting int
		experts string
		want    string
	}{
		{"who has been idle longest", 1, "ann idle=1m; bob idle=5m; cat idle=2m", "a>bob"},
		{"empty hands before a second chat, however long ago the first came", 1, "ann holds=1 idle=9m; bob idle=1s", "a>bob"},
		{"but not before fewer chats: idle time", 1, "ann holds=2 idle=9m; bob holds=1 idle=1s", "a>ann"},
		{"idle as long: by id", 1, "cat; ann; bob", "a>ann"},
		{"each gets one before anybody gets two", 4, "ann idle=1m; bob idle=5m; cat idle=2m", "a>bob b>cat c>ann d>bob"},
		{"and two before anybody gets three", 6, "ann; bob", "a>ann b>bob c>ann d>bob e>ann f>bob"},
		{"who got one in this call comes after who holds one since long", 2, "ann; bob holds=1 idle=1m", "a>ann b>bob"},
		{"nobody gets more than there is room for", 9, "ann holds=2; bob holds=1", "a>ann b>bob c>bob"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := pairs(Assign(waits(make([]time.Duration, c.waiting)...), on(c.experts), now)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAssignLeavesItsInputAlone(t *testing.T) {
	queue, experts := waits(3*s, 5*s), on("bob holds=1; ann")
	Assign(queue, experts, now)
	if queue[0].Session != "a" || experts[0].ID.Name != "bob" || experts[0].Load != 1 || experts[1].Load != 0 || !experts[1].IdleSince.Before(now) {
		t.Errorf("changed to %+v, %+v", queue, experts)
	}
}
