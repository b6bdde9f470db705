package store_test

import (
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestAnExpertsProfileAndPresenceAreApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		eve := troubleshoot.Expert{ID: troubleshoot.ExpertID{Seller: "acme", Name: "eve"}, DisplayName: "Eve ☕", Skills: []string{"sku:KETTLE", "brand:Acme"},
			Locales: []string{"de", "en"}, Capacity: 4, HourlyWage: storetest.USD(2500)}
		put := func(e troubleshoot.Expert) {
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.PutExpert(e, day(0)) })
		}
		put(eve)
		other := eve
		other.ID.Seller, other.Capacity = "", 9 // the pool's expert of the same name is another one
		put(other)
		storetest.Update(t, s, func(tx *store.Tx) error {
			e, err := tx.RenewLease(eve.ID, day(1))
			if err != nil {
				return err
			}
			e.State, e.NextState = troubleshoot.ExpertAvailable, troubleshoot.ExpertAway
			_, err = tx.SetExpert(e, day(1))
			return err
		})
		eve.DisplayName, eve.Skills = "Eve", nil
		put(eve)
		got := read(t, s, func(tx *store.Tx) (troubleshoot.Expert, error) { return tx.Expert(eve.ID) })
		want := eve
		want.State, want.NextState, want.StateTime, want.IdleSince = troubleshoot.ExpertAvailable, troubleshoot.ExpertAway, day(1), day(0)
		want.LeaseUntil, want.Work.At = day(1).Add(troubleshoot.LeaseTime), day(1)
		wantSame(t, got, want)
		all := read(t, s, func(tx *store.Tx) ([]troubleshoot.Expert, error) {
			return tx.Experts(store.ExpertFilter{Every: true, Limit: 10})
		})
		if len(all) != 2 || all[0].ID.Seller != "" || all[0].Capacity != 9 || all[1].ID.Seller != "acme" {
			t.Errorf("all experts: %+v", all)
		}
		pool := read(t, s, func(tx *store.Tx) ([]troubleshoot.Expert, error) { return tx.Experts(store.ExpertFilter{Limit: 10}) })
		if len(pool) != 1 || pool[0].ID != other.ID {
			t.Errorf("the pool: %+v", pool)
		}
		on := read(t, s, func(tx *store.Tx) ([]troubleshoot.Expert, error) { return tx.ExpertsOn() })
		if len(on) != 1 || on[0].ID != eve.ID {
			t.Errorf("on: %+v", on)
		}
		storetest.View(t, s, func(tx *store.Tx) error {
			_, err := tx.Expert(troubleshoot.ExpertID{Seller: "acme", Name: "nobody"})
			wantCode(t, err, troubleshoot.NotFound)
			return nil
		})
	})
}

// What a chat costs is known at its close, however many ran beside it, and a change that was asked for comes with empty hands.
func TestWorkIsCountedByTheClock(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ann := troubleshoot.ExpertID{Seller: "acme", Name: "ann"}
		at := func(seconds int) time.Time { return day(1).Add(time.Duration(seconds) * time.Second) }
		var chats []troubleshoot.Session
		for _, order := range []string{"o1", "o2"} {
			i := keep(t, s, storetest.Intercept(storetest.Line("acme", order), day(1)))
			chat := storetest.Session(i, day(1))
			chat.Channel, chat.State, chat.QueueTime = troubleshoot.ChannelChat, troubleshoot.Queued, day(1)
			chats = append(chats, keepSession(t, s, i, chat))
		}
		turn := func(n, seconds int, do func(troubleshoot.Session) (troubleshoot.Session, error)) {
			t.Helper()
			storetest.Update(t, s, func(tx *store.Tx) error {
				before, err := tx.LockSession(chats[n].ID)
				if err != nil {
					return err
				}
				after, err := do(before)
				if err != nil {
					return err
				}
				chats[n], _, err = tx.ChangeSession(store.Change{Before: before, After: after, Actor: "test", Action: "test", Now: at(seconds)})
				return err
			})
		}
		take := func(s troubleshoot.Session) (troubleshoot.Session, error) {
			rung, err := s.Ring(ann, day(1))
			if err != nil {
				return s, err
			}
			return rung.Accept(ann, day(1))
		}
		shut := func(seconds int) func(s troubleshoot.Session) (troubleshoot.Session, error) {
			return func(s troubleshoot.Session) (troubleshoot.Session, error) {
				return s.Close(troubleshoot.FixedKept, "", nil, time.Time{}, time.Time{}, at(seconds))
			}
		}
		turn(0, 0, take)
		turn(1, 100, take) // from here on each second of either counts half
		storetest.Update(t, s, func(tx *store.Tx) error {
			e, err := tx.LockExpert(ann)
			if err != nil {
				return err
			}
			e.State, e.NextState = troubleshoot.ExpertAvailable, troubleshoot.ExpertAway
			_, err = tx.SetExpert(e, at(150))
			return err
		})
		turn(0, 300, shut(300))
		if e := read(t, s, func(tx *store.Tx) (troubleshoot.Expert, error) { return tx.Expert(ann) }); e.State != troubleshoot.ExpertAvailable || e.Work.InHand != 1 {
			t.Errorf("with a chat in hand the expert is %s, %d in hand", e.State, e.Work.InHand)
		}
		turn(1, 400, shut(400))
		if chats[0].ExpertSeconds != 200 || chats[1].ExpertSeconds != 200 {
			t.Errorf("the chats cost %d and %d seconds, want 200 each", chats[0].ExpertSeconds, chats[1].ExpertSeconds)
		}
		e := read(t, s, func(tx *store.Tx) (troubleshoot.Expert, error) { return tx.Expert(ann) })
		if e.State != troubleshoot.ExpertAway || e.NextState != 0 || e.Work.InHand != 0 || e.Work.Effort != 300*time.Second {
			t.Errorf("in the end the expert is %s, then %s, %+v", e.State, e.NextState, e.Work)
		}
		wantExact(t, s)
	})
}
