package routing

import (
	"math"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// settled is a queue whose chats take 12 minutes and whose shoppers are patient for ever, nearly.
func settled(string) Measured {
	return Measured{Handled: 1_000_000, HandleSeconds: 720_000_000, WaitSeconds: math.MaxInt64}
}

func TestOutlook(t *testing.T) {
	const chat = 12 * time.Minute
	german := func(w *Waiting) { w.Locale = "de" }
	for _, c := range []struct {
		rule    string
		queue   []Waiting // the last one's outlook
		experts string
		want    Outlook
	}{
		{"somebody is free", waits(0), "ann holds=2", Outlook{Position: 1}},
		{"the first waits until one of three chats ends", waits(0), "ann busy", Outlook{Position: 1, Wait: chat / 3}},
		{"the third for three of them", waits(2*s, 1*s, 0), "ann busy", Outlook{Position: 3, Wait: chat}},
		{"those ahead take free slots first", waits(2*s, 1*s, 0), "ann holds=1", Outlook{Position: 3, Wait: chat / 3}},
		{"high value passes others", with(waits(30*s, 0), 1, highValue(usd(1), time.Minute)), "ann busy", Outlook{Position: 1, Wait: chat / 3}},
		{"those who are for other experts are not ahead", with(waits(1*s, 0), 0, german), "ann en busy; bob de busy", Outlook{Position: 1, Wait: chat / 3}},
		{"shared with others who have another expert too, it is half a place each", with(waits(2*s, 1*s, 0), 2, german),
			"ann en busy; bob en de busy", Outlook{Position: 3, Wait: 2 * chat / 3}},
		{"who has room later is worth waiting for", waits(0), "ann; bob sku:KETTLE busy", Outlook{Position: 1, Wait: 30 * s}},
		{"from now on", waits(25 * s), "ann; bob sku:KETTLE busy", Outlook{Position: 1, Wait: 5 * s}},
		{"and so is the pool", with(waits(5*s), 0, poolAfter(time.Minute)), "ann busy; pat@pool", Outlook{Position: 1, Wait: 55 * s}},
		{"and another language", with(waits(5*s), 0, anyLocaleAfter(time.Minute)), "ann de", Outlook{Position: 1, Wait: 55 * s}},
		{"and who declined it, once rested", with(waits(5*s), 0, declined(own("ann"), 20*s)), "ann", Outlook{Position: 1, Wait: 20 * s}},
		{"but not when the others are sooner", waits(0), "ann; " + "bob sku:KETTLE", Outlook{Position: 1}},
		{"one of the six slots that open later is free no sooner than the best one's three", waits(0), "ann sku:KETTLE busy; bob busy",
			Outlook{Position: 1, Wait: chat / 6}},
		{"a transfer is for one expert, and who is ahead may take either", with(waits(1*s, 0), 1, transferTo(own("ann"))), "ann busy; bob busy",
			Outlook{Position: 2, Wait: chat/3 + chat/6}},
		{"who was named and did not answer is waited for no more", with(waits(0), 0, transferTo(own("bob")), declined(own("bob"), 20*s)),
			"ann busy; bob away", Outlook{Position: 1, Wait: chat / 3}},
		{"all who may take it are away", waits(1*s, 0), "ann away; bob de", Outlook{Position: 2, Wait: troubleshoot.MaxQueueTime, Away: true}},
		{"nobody on may ever take it", waits(0), "ann de; gus@globex; pat@pool", Outlook{Position: 1, Nobody: true}},
		{"nobody is on", waits(0), "", Outlook{Position: 1, Nobody: true}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			all := Outlooks(c.queue, on(c.experts), settled, now)
			last := c.queue[len(c.queue)-1]
			got := all[last.Session]
			if got.Wait = got.Wait.Round(10 * time.Millisecond); got != c.want || len(all) != len(c.queue) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if last.Since.Equal(now) {
				last.Session, last.Since = "", time.Time{}
				ahead := Prospect(last, c.queue[:len(c.queue)-1], on(c.experts), settled(""), now)
				if ahead.Wait = ahead.Wait.Round(10 * time.Millisecond); ahead != c.want {
					t.Errorf("before it came: %+v, want %+v", ahead, c.want)
				}
			}
		})
	}
}

func TestProspectStandsBehindWhoCameAtTheSameTime(t *testing.T) {
	if got := Prospect(kettle(0), waits(0, 0), on("ann busy"), settled(""), now); got.Position != 3 {
		t.Errorf("%+v, want the third place", got)
	}
}

func TestOutlooksAskEachSellersMeasures(t *testing.T) {
	queue := with(waits(0, 0), 1, func(w *Waiting) { w.Seller = "globex" })
	all := Outlooks(queue, on("ann busy; gus@globex busy"), func(seller string) Measured {
		return Measured{Handled: 1_000_000, HandleSeconds: map[string]int64{"acme": 360_000_000, "globex": 720_000_000}[seller]}
	}, now)
	if a, b := all["a"].Wait.Round(time.Second), all["b"].Wait.Round(time.Second); a != 2*time.Minute || b != 4*time.Minute {
		t.Errorf("%s with chats of 6 minutes, %s with chats of 12", a, b)
	}
}
