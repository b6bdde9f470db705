package store_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// serviceOf gives the sums of a report by their keys.
func serviceOf(t testing.TB, s *store.Store, f store.ServiceFilter, now time.Time) map[string]store.ServiceCell {
	t.Helper()
	if f.To == 0 {
		f.To = 1 << 30
	}
	cells := map[string]store.ServiceCell{}
	for _, c := range read(t, s, func(tx *store.Tx) ([]store.ServiceCell, error) { return tx.Service(f, now) }) {
		key := strings.Join(append(c.Keys, c.Team), " ")
		if _, twice := cells[key]; twice {
			t.Errorf("two cells of %q", key)
		}
		cells[key] = c
	}
	return cells
}

// serviceRecomputed adds up every session of a world, and every review, by the keys of a report.
func (w *world) serviceRecomputed(tx *store.Tx, f store.ServiceFilter) (map[string]deflection.ServiceSums, error) {
	cells := map[string]deflection.ServiceSums{}
	for n := range worldSellers * worldLines {
		line := w.line(n%worldSellers, n/worldSellers)
		i, err := tx.InterceptOfLine(line.Seller, line.OrderID, line.LineID)
		if troubleshoot.CodeOf(err) == troubleshoot.NotFound || f.Seller != "" && f.Seller != line.Seller {
			continue
		} else if err != nil {
			return nil, err
		}
		owner, err := tx.Seller(line.Seller)
		if err != nil {
			return nil, err
		}
		sessions, err := tx.SessionsOf(i.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range sessions {
			day := s.CreateTime.In(store.Zone(owner)).Format(time.DateOnly)
			of := map[store.GroupKey]string{store.BySeller: s.Seller, store.BySKU: line.SKU, store.ByDay: day, store.ByExpert: s.Expert.Name, store.ByChannel: fmt.Sprint(int(s.Channel))}
			var keys []string
			team := ""
			for _, by := range f.GroupBy {
				if keys = append(keys, of[by]); by == store.ByExpert {
					team = s.Expert.Seller
				}
			}
			key := strings.Join(append(keys, team), " ")
			sums := cells[key].Plus(deflection.FoldService(s)).Plus(deflection.FoldPending(s, w.now))
			for _, reviewer := range []string{"key-1", "key-2"} {
				r, err := tx.Review(s.ID, reviewer)
				if troubleshoot.CodeOf(err) == troubleshoot.NotFound {
					continue
				} else if err != nil {
					return nil, err
				}
				sums.Reviews, sums.ReviewPoints = sums.Reviews+1, sums.ReviewPoints+r.Points()
				if r.Failed {
					sums.ReviewFails++
				}
			}
			cells[key] = sums
		}
	}
	return cells, nil
}

// TestServiceReportsEqualRecomputation makes up a history and holds reports by every key against sessions and reviews.
func TestServiceReportsEqualRecomputation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		roll := rand.New(rand.NewPCG(5, 14)).IntN
		w := &world{name: "w", store: s, now: day(0)}
		if err := w.start(); err != nil {
			t.Fatal(err)
		}
		seen := deflection.ServiceSums{}
		for round := range 7 {
			for n := range 200 {
				act := w.act
				if n%4 > 0 {
					act = w.talk
				}
				if err := act(roll); err != nil {
					t.Fatal(err)
				}
				if w.now = w.now.Add(time.Duration(roll(500)) * time.Millisecond); roll(50) == 0 {
					w.now = w.now.Add(time.Duration(roll(500)) * time.Second)
				}
			}
			w.now = w.now.Add(time.Duration(roll(20)) * time.Hour)
			for n, by := range [][]store.GroupKey{nil, {store.BySeller}, {store.BySKU, store.ByChannel}, {store.ByExpert}, {store.ByDay},
				{store.ByExpert, store.ByDay, store.BySeller, store.BySKU, store.ByChannel}} {
				f := store.ServiceFilter{GroupBy: by, To: 1 << 30}
				if (round+n)%2 == 0 {
					f.Seller = w.seller(roll(worldSellers))
				}
				got := map[string]deflection.ServiceSums{}
				for key, c := range serviceOf(t, s, f, w.now) {
					if by == nil {
						seen = seen.Plus(c.Sums)
					}
					c.Sums.StaffedSeconds, c.Sums.BusySeconds, c.Sums.ChattedSeconds = 0, 0, 0
					got[key] = c.Sums
				}
				want := read(t, s, func(tx *store.Tx) (map[string]deflection.ServiceSums, error) { return w.serviceRecomputed(tx, f) })
				for _, cells := range []map[string]deflection.ServiceSums{got, want} {
					for key, sums := range cells {
						if sums == (deflection.ServiceSums{}) {
							delete(cells, key)
						}
					}
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("round %d, %+v:\ngot  %+v\nwant %+v", round, f, got, want)
				}
			}
		}
		wantExact(t, s)
		var missing []string
		for n, sum := range seen.Stored() {
			if column := store.ServiceColumns()[n]; *sum == 0 && len(column) > len("w11") {
				missing = append(missing, column)
			}
		}
		if len(missing) > 5 {
			t.Errorf("the history is thin: it has nothing of %v", missing)
		}
		if seen.Pending == 0 {
			t.Error("nothing waited in the history")
		}
	})
}

// TestTimeOfExpertsIsTheirTeams: staffed time is kept by expert and day, so that it is nobody's where a report tells SKUs or
// channels apart, and that of the pool is no seller's.
func TestTimeOfExpertsIsTheirTeams(t *testing.T) {
	eve, bob := troubleshoot.ExpertID{Seller: "acme", Name: "eve"}, troubleshoot.ExpertID{Name: "bob"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		on := func(id troubleshoot.ExpertID, hours int) {
			storetest.Update(t, s, func(tx *store.Tx) error {
				if _, err := tx.RenewLease(id, day(0)); err != nil {
					return err
				}
				for _, turn := range []struct {
					state troubleshoot.ExpertState
					hour  int
				}{{troubleshoot.ExpertAvailable, 0}, {troubleshoot.ExpertAway, hours}} {
					e, err := tx.LockExpert(id)
					if err != nil {
						return err
					}
					e.State = turn.state
					if _, err := tx.SetExpert(e, day(0).Add(time.Duration(turn.hour)*time.Hour)); err != nil {
						return err
					}
				}
				return nil
			})
		}
		closedChat(t, s, "acme", "o1", 0)
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o2"), day(0)))
		lent := closedChat(t, s, "best", "o3", 0)
		lent.ID, lent.Intercept, lent.Seller, lent.Expert = store.NewID(day(0)), i.ID, "acme", bob
		keepSession(t, s, i, lent)
		on(eve, 2)
		on(bob, 3)
		const hour = 3600
		for _, c := range []struct {
			what, seller string
			by           []store.GroupKey
			want         string // group: staffed hours, closed, closed by the pool's experts whose time is not there
		}{
			{"a seller", "acme", nil, ":2h 2 1"},
			{"everybody", "", nil, ":5h 3 0"},
			{"a seller's experts", "acme", []store.GroupKey{store.ByExpert}, "bob :0h 1 1, eve acme:2h 1 0"},
			{"all experts", "", []store.GroupKey{store.ByExpert}, "bob :3h 1 0, eve acme:2h 1 0, eve best:0h 1 0"},
			{"sellers", "", []store.GroupKey{store.BySeller}, "acme :2h 2 1, best :0h 1 0"},
			{"SKUs", "acme", []store.GroupKey{store.BySKU}, "KETTLE :0h 2 1"},
			{"SKUs of all", "", []store.GroupKey{store.BySKU}, "KETTLE :0h 3 0"},
			{"channels", "acme", []store.GroupKey{store.ByChannel}, "2 :0h 2 1"},
			{"days", "acme", []store.GroupKey{store.ByDay}, "2026-03-02 :2h 2 1"},
		} {
			var got []string
			for key, cell := range serviceOf(t, s, store.ServiceFilter{Seller: c.seller, GroupBy: c.by}, day(5)) {
				got = append(got, fmt.Sprintf("%s:%dh %d %d", key, cell.Sums.StaffedSeconds/hour, cell.Sums.Closed, cell.Borrowed))
			}
			slices.Sort(got)
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%s: %q, want %q", c.what, strings.Join(got, ", "), c.want)
			}
		}
	})
}

// TestTheClockCountsContacts without a reply in their own groups, as long as they are open or young.
func TestTheClockCountsContacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		start := func(seller, order string, channel troubleshoot.Channel, at time.Time, end func(troubleshoot.Session) troubleshoot.Session) {
			i := keep(t, s, storetest.Intercept(storetest.Line(seller, order), at))
			one := storetest.Session(i, at)
			one.Channel, one.State, one.QueueTime = channel, troubleshoot.Queued, at
			keepSession(t, s, i, one)
			if end != nil {
				storetest.Update(t, s, func(tx *store.Tx) error {
					_, err := turned(tx, one.ID, at, func(s troubleshoot.Session) (troubleshoot.Session, error) { return end(s), nil })
					return err
				})
			}
		}
		accepted := func(s troubleshoot.Session) troubleshoot.Session {
			s, err := s.TakeOver(troubleshoot.ExpertID{Seller: s.Seller, Name: "eve"}, s.CreateTime)
			if err != nil {
				t.Error(err)
			}
			return s
		}
		gone := func(s troubleshoot.Session) troubleshoot.Session { return s.GiveUp(s.CreateTime) }
		left := func(s troubleshoot.Session) troubleshoot.Session { return s.Leave(s.CreateTime) }
		old, young := day(3).Add(-time.Hour), day(4).Add(-time.Hour)
		start("acme", "1", troubleshoot.ChannelChat, young, nil)
		start("acme", "2", troubleshoot.ChannelCallback, young, accepted)
		start("acme", "3", troubleshoot.ChannelChat, young, gone)
		start("acme", "4", troubleshoot.ChannelChat, young, left)
		start("acme", "5", troubleshoot.ChannelChat, old, nil)
		start("acme", "6", troubleshoot.ChannelChat, old, accepted)
		start("acme", "7", troubleshoot.ChannelChat, old, gone)
		start("best", "8", troubleshoot.ChannelChat, young, nil)
		start("best", "9", troubleshoot.ChannelCallback, day(0), func(s troubleshoot.Session) troubleshoot.Session {
			s.QueueTime = young // a call that was wanted days later, and was missed
			return s.MissCall(s.CreateTime)
		})
		for _, c := range []struct {
			what string
			f    store.ServiceFilter
			want string // group: pending, late
		}{
			{"a seller", store.ServiceFilter{Seller: "acme"}, ":3 3"},
			{"another", store.ServiceFilter{Seller: "best"}, ":2 0"},
			{"everybody", store.ServiceFilter{}, ":5 3"},
			{"channels", store.ServiceFilter{Seller: "acme", GroupBy: []store.GroupKey{store.ByChannel}}, "2 :2 3, 3 :1 0"},
			{"experts", store.ServiceFilter{Seller: "acme", GroupBy: []store.GroupKey{store.ByExpert}}, " :2 2, eve acme:1 1"},
			{"SKUs", store.ServiceFilter{GroupBy: []store.GroupKey{store.BySKU}}, "KETTLE :5 3"},
			{"sellers", store.ServiceFilter{GroupBy: []store.GroupKey{store.BySeller}}, "acme :3 3, best :2 0"},
			{"days", store.ServiceFilter{Seller: "acme", GroupBy: []store.GroupKey{store.ByDay}}, "2026-03-05 :0 3, 2026-03-06 :3 0"},
			{"one day", store.ServiceFilter{Seller: "acme", From: troubleshoot.DayOf(young, time.UTC), To: troubleshoot.DayOf(young, time.UTC)}, ":3 0"},
			{"the day before", store.ServiceFilter{Seller: "acme", To: troubleshoot.DayOf(old, time.UTC)}, ":0 3"},
		} {
			var got []string
			for key, cell := range serviceOf(t, s, c.f, day(4)) {
				if cell.Sums.Pending != 0 || cell.Sums.Late != 0 {
					got = append(got, fmt.Sprintf("%s:%d %d", key, cell.Sums.Pending, cell.Sums.Late))
				}
			}
			slices.Sort(got)
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%s: %q, want %q", c.what, strings.Join(got, ", "), c.want)
			}
		}
	})
}
