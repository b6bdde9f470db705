package sweep_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
	"github.com/fixfirst/fixfirst/troubleshoot/sweep"
)

var (
	noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ann  = troubleshoot.ExpertID{Seller: "acme", Name: "ann"}
	bob  = troubleshoot.ExpertID{Seller: "acme", Name: "bob"}
)

// floor is a shop with experts and a queue, and a clock that the test moves.
type floor struct {
	t     *testing.T
	store *store.Store
	hub   *live.Hub
	sweep *sweep.Sweeper
	mu    sync.Mutex
	now   time.Time
	lines int
}

func newFloor(t *testing.T, s *store.Store) *floor {
	f := &floor{t: t, store: s, hub: live.New(nil, slog.New(slog.DiscardHandler)), now: noon}
	f.sweep = sweep.New(s, f.hub, f.clock, slog.New(slog.DiscardHandler))
	storetest.Update(t, s, func(tx *store.Tx) error { return tx.EnsureSeller("acme", noon) })
	return f
}

func (f *floor) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// after moves the clock on and passes. Experts who are said to be on renew their lease meanwhile.
func (f *floor) after(d time.Duration, on ...troubleshoot.ExpertID) {
	f.t.Helper()
	f.mu.Lock()
	f.now = f.now.Add(d)
	now := f.now
	f.mu.Unlock()
	for _, id := range on {
		storetest.Update(f.t, f.store, func(tx *store.Tx) error { _, err := tx.RenewLease(id, now); return err })
	}
	for _, pass := range []func(context.Context) error{f.sweep.Pass, f.sweep.PassSlow} {
		if err := pass(context.Background()); err != nil {
			f.t.Fatal(err)
		}
	}
}

// comes brings an expert on, with room for so many chats.
func (f *floor) comes(id troubleshoot.ExpertID, capacity int64) {
	f.t.Helper()
	storetest.Update(f.t, f.store, func(tx *store.Tx) error {
		if err := tx.PutExpert(troubleshoot.Expert{ID: id, DisplayName: id.Name, Capacity: capacity}, f.clock()); err != nil {
			return err
		}
		e, err := tx.RenewLease(id, f.clock())
		if err != nil {
			return err
		}
		e.State, e.IdleSince = troubleshoot.ExpertAvailable, f.clock()
		_, err = tx.SetExpert(e, f.clock())
		return err
	})
}

// waits puts a session into the queue.
func (f *floor) waits(change func(*troubleshoot.Session)) string {
	f.t.Helper()
	f.mu.Lock()
	f.lines++
	f.now = f.now.Add(time.Millisecond) // one after the other
	f.mu.Unlock()
	now := f.clock()
	i := storetest.Intercept(storetest.Line("acme", fmt.Sprint(f.lines)), now)
	s := troubleshoot.Session{ID: store.NewID(now), Intercept: i.ID, Seller: "acme", Channel: troubleshoot.ChannelChat, State: troubleshoot.Queued,
		Locale: "en", CreateTime: now, QueueTime: now, WaitTime: now}
	if change != nil {
		change(&s)
	}
	storetest.Update(f.t, f.store, func(tx *store.Tx) error {
		if _, _, err := tx.KeepIntercept(i); err != nil {
			return err
		}
		_, err := tx.KeepSession(i, store.Change{After: s, Actor: "test", Action: "create", Now: now,
			Events: []troubleshoot.Event{store.SystemEvent(s, troubleshoot.ChangeStarted, now)}})
		return err
	})
	return s.ID
}

// turns changes a session as a handler does.
func (f *floor) turns(id string, turn func(troubleshoot.Session) (troubleshoot.Session, error)) {
	f.t.Helper()
	storetest.Update(f.t, f.store, func(tx *store.Tx) error {
		before, err := tx.LockSession(id)
		if err != nil {
			return err
		}
		after, err := turn(before)
		if err != nil {
			return err
		}
		_, _, err = tx.ChangeSession(store.Change{Before: before, After: after, Actor: "test", Action: "test", Now: f.clock()})
		return err
	})
}

func (f *floor) accepts(id string, by troubleshoot.ExpertID) {
	f.t.Helper()
	f.turns(id, func(s troubleshoot.Session) (troubleshoot.Session, error) { return s.Accept(by, f.clock()) })
}

func (f *floor) session(id string) (s troubleshoot.Session) {
	f.t.Helper()
	storetest.View(f.t, f.store, func(tx *store.Tx) (err error) {
		s, err = tx.Session(id)
		return err
	})
	return s
}

func (f *floor) expert(id troubleshoot.ExpertID) (e troubleshoot.Expert) {
	f.t.Helper()
	storetest.View(f.t, f.store, func(tx *store.Tx) (err error) {
		e, err = tx.Expert(id)
		return err
	})
	return e
}

// told gives the reasons in a session's log.
func (f *floor) told(id string) (reasons []troubleshoot.ChangeReason) {
	f.t.Helper()
	storetest.View(f.t, f.store, func(tx *store.Tx) error {
		events, err := tx.Events(id, 0, 100)
		for _, e := range events {
			reasons = append(reasons, e.Change.Reason)
		}
		return err
	})
	return reasons
}

func (f *floor) rings(id string, at troubleshoot.ExpertID) {
	f.t.Helper()
	if s := f.session(id); s.State != troubleshoot.Queued || s.Ringing.At != at {
		f.t.Errorf("the session is %s and rings at %v, want %v", s.State, s.Ringing.At, at)
	}
}

func (f *floor) is(id string, state troubleshoot.SessionState, why troubleshoot.ChangeReason) {
	f.t.Helper()
	told := f.told(id)
	if s := f.session(id); s.State != state || told[len(told)-1] != why {
		f.t.Errorf("the session is %s after %v, want %s and %s", s.State, told, state, why)
	}
}

func each(t *testing.T, test func(f *floor)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(newFloor(t, s)) })
}

func TestWhoDoesNotAnswerBecomesAway(t *testing.T) {
	each(t, func(f *floor) {
		f.comes(ann, 2)
		id := f.waits(nil)
		f.after(0)
		f.rings(id, ann)
		f.comes(bob, 1)
		f.after(troubleshoot.OfferTime-time.Second, ann, bob)
		f.rings(id, ann)
		f.after(time.Second, ann, bob)
		f.rings(id, bob)
		if e := f.expert(ann); e.State != troubleshoot.ExpertAway {
			t := f.t
			t.Errorf("the silent expert is %s", e.State)
		}
		f.accepts(id, bob)
	})
}

func TestALostExpertsSessionsGoOn(t *testing.T) {
	each(t, func(f *floor) {
		f.comes(ann, 3)
		talks, wraps := f.waits(nil), f.waits(nil)
		f.after(0)
		f.accepts(talks, ann)
		f.accepts(wraps, ann)
		f.turns(wraps, func(s troubleshoot.Session) (troubleshoot.Session, error) { return s.EndTalk(f.clock()) })
		f.after(12 * time.Second) // ann's work stream was closed at the beginning, and her place is kept for a while
		rings := f.waits(nil)
		f.after(0)
		f.rings(rings, ann)
		f.after(troubleshoot.LeaseTime - 13*time.Second)
		f.is(talks, troubleshoot.Active, troubleshoot.ChangeStarted)
		f.comes(bob, 1)
		f.after(time.Second, bob)
		if e := f.expert(ann); e.State != troubleshoot.ExpertOffline || e.Work.InHand != 0 {
			f.t.Errorf("the lost expert is %s with %d in hand", e.State, e.Work.InHand)
		}
		f.is(talks, troubleshoot.Queued, troubleshoot.ChangeExpertLost)
		f.rings(talks, bob) // it waited as long as the others, and came first
		f.is(wraps, troubleshoot.Closed, troubleshoot.ChangeLeftUnclosed)
		if s := f.session(rings); s.Ringing.At.IsSet() {
			f.t.Errorf("what rang at the lost expert rings at %v though bob has room for one", s.Ringing.At)
		}
	})
}

func TestNobodyWaitsForEver(t *testing.T) {
	each(t, func(f *floor) {
		alone := f.waits(nil)
		f.after(troubleshoot.NobodyGrace - time.Second)
		f.is(alone, troubleshoot.Queued, troubleshoot.ChangeStarted)
		f.after(time.Second)
		f.is(alone, troubleshoot.Closed, troubleshoot.ChangeNobodyComes)
		if d := f.session(alone).Disposition; d != troubleshoot.ExpertNoShow {
			f.t.Errorf("it closed with disposition %d", d)
		}
		f.comes(ann, 1)
		first, second := f.waits(nil), f.waits(nil)
		f.after(0, ann)
		f.accepts(first, ann)
		for waited := time.Duration(0); waited < troubleshoot.MaxQueueTime-20*time.Second; waited += 20 * time.Second {
			f.after(20*time.Second, ann)
		}
		f.is(second, troubleshoot.Queued, troubleshoot.ChangeStarted)
		f.after(20*time.Second, ann)
		f.is(second, troubleshoot.Closed, troubleshoot.ChangeNobodyComes)
	})
}

// A chat that is older than anybody waits is handed on, or loses its expert: it waits anew, and is not ended at once.
func TestAnOldChatWaitsAnew(t *testing.T) {
	each(t, func(f *floor) {
		f.comes(ann, 2)
		handed, lost := f.waits(nil), f.waits(nil)
		f.after(0, ann)
		f.accepts(handed, ann)
		f.accepts(lost, ann)
		for range int(troubleshoot.MaxQueueTime/time.Minute) + 5 {
			f.after(20*time.Second, ann)
			f.after(20*time.Second, ann)
			f.after(20*time.Second, ann)
		}
		f.turns(handed, func(s troubleshoot.Session) (troubleshoot.Session, error) {
			return s.HandOn(troubleshoot.ExpertID{}, "", f.clock())
		})
		f.after(troubleshoot.LeaseTime) // and ann is gone
		for _, id := range []string{handed, lost} {
			if s := f.session(id); s.State != troubleshoot.Queued {
				f.t.Errorf("the old chat is %s after %v", s.State, f.told(id))
			}
		}
		f.comes(bob, 2)
		f.after(0, bob)
		f.rings(handed, bob)
		f.rings(lost, bob)
	})
}

func TestCallsWaitForTheirTime(t *testing.T) {
	each(t, func(f *floor) {
		f.comes(ann, 1)
		call := func(from, until time.Duration) string {
			return f.waits(func(s *troubleshoot.Session) {
				s.Channel = troubleshoot.ChannelCallback
				s.QueueTime = noon.Add(from)
				s.Callback = troubleshoot.Callback{Phone: "+14155550123", NotBefore: noon.Add(from), NotAfter: noon.Add(until)}
			})
		}
		later, missed := call(2*time.Minute, time.Hour), call(time.Minute, 90*time.Second)
		f.after(59*time.Second, ann)
		f.rings(missed, troubleshoot.ExpertID{})
		f.after(time.Second, ann)
		f.rings(missed, ann)
		f.turns(missed, func(s troubleshoot.Session) (troubleshoot.Session, error) { return s.Decline(ann, f.clock()) })
		f.after(30*time.Second, ann)
		f.is(missed, troubleshoot.Closed, troubleshoot.ChangeCallMissed)
		f.after(30*time.Second, ann)
		f.rings(later, ann)
		f.accepts(later, ann)
	})
}

func TestLeftChatsEnd(t *testing.T) {
	each(t, func(f *floor) {
		f.comes(ann, 2)
		quiet, talking := f.waits(nil), f.waits(nil)
		f.after(0)
		f.accepts(quiet, ann)
		f.accepts(talking, ann)
		minutes := int(troubleshoot.ChatIdleTime / time.Minute)
		for n := range 2 * minutes {
			f.after(30*time.Second-time.Millisecond, ann)
			if n%minutes == 0 {
				storetest.Update(f.t, f.store, func(tx *store.Tx) error {
					if _, err := tx.LockSession(talking); err != nil {
						return err
					}
					_, err := tx.AppendEvent(troubleshoot.Event{Session: talking, Time: f.clock(), Sender: troubleshoot.ByShopper, ClientID: fmt.Sprint(n),
						Message: &troubleshoot.Message{Text: "wait"}})
					return err
				})
			}
		}
		f.after(time.Second, ann)
		f.is(quiet, troubleshoot.WrapUp, troubleshoot.ChangeIdle)
		if s := f.session(talking); s.State != troubleshoot.Active {
			f.t.Errorf("the chat in which somebody wrote is %s", s.State)
		}
		for range 2 * int(troubleshoot.WrapUpTime/time.Minute) {
			f.after(30*time.Second, ann)
		}
		f.is(quiet, troubleshoot.Closed, troubleshoot.ChangeLeftUnclosed)
	})
}

// Two replicas route the same queue at once: nobody gets more than there is room for, and no session rings twice.
func TestReplicasRouteTogether(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		f, g := newFloor(t, one), newFloor(t, two)
		for n := range 5 {
			f.comes(troubleshoot.ExpertID{Seller: "acme", Name: fmt.Sprint("e", n)}, 3)
		}
		for range 40 {
			f.waits(nil)
		}
		var passing sync.WaitGroup
		for n := range 8 {
			passing.Go(func() {
				if err := []*floor{f, g}[n%2].sweep.Pass(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		passing.Wait()
		storetest.View(t, one, func(tx *store.Tx) error {
			loads, err := tx.Loads()
			total := int64(0)
			for id, l := range loads {
				if total += l.All(); l.All() > 3 {
					t.Errorf("%v has %d places of 3 taken", id, l.All())
				}
			}
			if total != 15 {
				t.Errorf("%d sessions ring, want 15", total)
			}
			return err
		})
	})
}

// The sweeper runs by itself: it is woken, and it ends when it is stopped.
func TestSweeperStartsAndStops(t *testing.T) {
	f := newFloor(t, storetest.Open(t, storetest.SQLite(t)))
	f.comes(ann, 1)
	mine := f.hub.Subscribe(live.ExpertTopic(ann))
	defer mine.Close()
	f.sweep.Start()
	f.sweep.Start() // changes nothing
	id := f.waits(nil)
	f.hub.Publish(live.QueueTopic, live.Note{})
	select {
	case <-mine.C():
	case <-time.After(20 * time.Second):
		t.Fatal("the expert was not woken")
	}
	f.rings(id, ann)
	f.sweep.Stop()
	f.sweep.Stop()
}
