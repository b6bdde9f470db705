package store_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func keepSession(t testing.TB, s *store.Store, i troubleshoot.Intercept, session troubleshoot.Session) troubleshoot.Session {
	t.Helper()
	storetest.Update(t, s, func(tx *store.Tx) error {
		_, err := tx.KeepSession(i, store.Change{After: session, Now: session.CreateTime})
		return err
	})
	return session
}

func session(t testing.TB, s *store.Store, id string) troubleshoot.Session {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (troubleshoot.Session, error) { return tx.Session(id) })
}

// turned changes a session as handlers do.
func turned(tx *store.Tx, id string, now time.Time, turn func(troubleshoot.Session) (troubleshoot.Session, error)) (troubleshoot.Session, error) {
	before, err := tx.LockSession(id)
	if err != nil {
		return before, err
	}
	after, err := turn(before)
	if err != nil {
		return before, err
	}
	after, _, err = tx.ChangeSession(store.Change{Before: before, After: after, Actor: "tester", Action: "turn", Now: now})
	return after, err
}

// wholeSession is a session with something in every field.
func wholeSession(i troubleshoot.Intercept) troubleshoot.Session {
	ann, bob := troubleshoot.ExpertID{Seller: "acme", Name: "ann"}, troubleshoot.ExpertID{Name: "bob"}
	s := storetest.Session(i, day(0))
	s.Channel, s.State, s.RequestID, s.Tags, s.Note = troubleshoot.ChannelCallback, troubleshoot.Queued, "r1", []string{"heating", "socket"}, "waits"
	s.Epoch, s.Ringing = 7, troubleshoot.Ringing{At: ann, Until: day(1)}
	s.Wants = troubleshoot.Wants{For: ann, Skill: "sku:KETTLE", Sticky: bob, Declined: []troubleshoot.Declined{{Expert: bob, Until: day(2)}},
		Former: []troubleshoot.ExpertID{bob, ann}, Transfers: 3}
	s.Callback = troubleshoot.Callback{Phone: "+14155550123", NotBefore: day(1), NotAfter: day(2),
		Calls: []troubleshoot.Call{{Expert: "bob", Start: day(0), End: day(0), Outcome: troubleshoot.CallNoAnswer}}}
	s.Answer = troubleshoot.Answer{Solved: troubleshoot.SolvedYes, Score: 5, Comment: "谢谢", Time: day(1)}
	s.Engaged, s.Outvoted, s.QueueTime, s.WaitTime, s.AcceptTime, s.ReplyTime = true, true, day(0), day(6), day(1), day(2)
	s.HandTime, s.LeaveTime, s.StartTime, s.EndTime, s.ExpertSeconds = day(7), day(3), day(4), day(5), 750
	s.Effort = troubleshoot.Effort{Spent: 90 * time.Second, From: time.Hour}
	s.Credit, s.Disposition = troubleshoot.GuideRevision{Guide: "kettle", Revision: 2}, troubleshoot.ExpertNoShow
	return s
}

func TestSessionIsKeptWholeAndSaved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		whole := wholeSession(i)
		for field, value := range reflect.ValueOf(whole).Fields() {
			if value.IsZero() && field.Name != "Expert" { // nobody has what waits
				t.Errorf("the whole session has no %s", field.Name)
			}
		}
		wantSame(t, session(t, s, keepSession(t, s, i, whole).ID), whole)
		i = keep(t, s, storetest.Intercept(storetest.Line("acme", "o2"), day(0)))
		help := storetest.Session(i, day(0))
		help.RequestID, help.Tags = "r1", []string{"heating", "socket"}
		wantSame(t, session(t, s, keepSession(t, s, i, help).ID), help)
		id := help.ID
		help = wholeSession(i)
		help.ID, help.Channel, help.State, help.Expert = id, troubleshoot.ChannelGuide, troubleshoot.Closed, troubleshoot.ExpertID{Seller: "acme", Name: "eve"}
		help.Ringing, help.Wants, help.Disposition, help.Credit = troubleshoot.Ringing{}, troubleshoot.Wants{}, troubleshoot.FixedKept, troubleshoot.GuideRevision{}
		storetest.Update(t, s, func(tx *store.Tx) error {
			_, err := turned(tx, id, day(1), func(locked troubleshoot.Session) (troubleshoot.Session, error) {
				saved := help
				saved.Effort.Told = true // what it cost was told, not seen
				return saved, nil
			})
			return err
		})
		wantSame(t, session(t, s, help.ID), help)
		wantSame(t, read(t, s, func(tx *store.Tx) ([]troubleshoot.Session, error) { return tx.SessionsOf(i.ID) }), []troubleshoot.Session{help})
		wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Session, error) { return tx.SessionOfRequest(i.ID, "r1") }), help)
		if sums := cellsOf(t, s, always, day(1))[0].Sums; sums.D != 2 || sums.A != 2 || sums.S != 1500 || sums.Sessions != 2 {
			t.Errorf("the report says %+v", sums)
		}
		storetest.View(t, s, func(tx *store.Tx) error {
			_, err := tx.Session("unknown")
			wantCode(t, err, troubleshoot.NotFound)
			_, err = tx.SessionOfRequest(i.ID, "r2")
			wantCode(t, err, troubleshoot.NotFound)
			return nil
		})
		wantCode(t, s.Update(context.Background(), func(tx *store.Tx) error { _, err := tx.LockSession("unknown"); return err }), troubleshoot.NotFound)
		orphan := store.Change{After: storetest.Session(troubleshoot.Intercept{ID: "unknown"}, day(0)), Now: day(0)}
		if err := s.Update(context.Background(), func(tx *store.Tx) error { _, err := tx.KeepSession(i, orphan); return err }); err == nil {
			t.Error("a session of an unknown intercept was kept")
		}
		wantExact(t, s)
	})
}

// TestOneExpertAccepts lets a session ring at one of many who want it at once, on two replicas, and all of them accept it.
func TestOneExpertAccepts(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		i := keep(t, one, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		chat := storetest.Session(i, day(0))
		chat.Channel, chat.State, chat.QueueTime = troubleshoot.ChannelChat, troubleshoot.Queued, day(0)
		keepSession(t, one, i, chat)
		const experts = 16
		expert := func(n int) troubleshoot.ExpertID {
			return troubleshoot.ExpertID{Seller: "acme", Name: string(rune('a' + n))}
		}
		winnersOf := func(turn func(troubleshoot.Session, troubleshoot.ExpertID) (troubleshoot.Session, error)) (winners []troubleshoot.ExpertID) {
			var errs [experts]error
			var group sync.WaitGroup
			for n := range experts {
				group.Go(func() {
					replica := one
					if n%2 == 1 {
						replica = two
					}
					errs[n] = replica.Update(context.Background(), func(tx *store.Tx) error {
						_, err := turned(tx, chat.ID, day(1), func(s troubleshoot.Session) (troubleshoot.Session, error) { return turn(s, expert(n)) })
						return err
					})
				})
			}
			group.Wait()
			for n, err := range errs {
				if err == nil {
					winners = append(winners, expert(n))
				} else {
					wantCode(t, err, troubleshoot.Aborted)
				}
			}
			return winners
		}
		rung := winnersOf(func(s troubleshoot.Session, at troubleshoot.ExpertID) (troubleshoot.Session, error) {
			return s.Ring(at, day(1))
		})
		winners := winnersOf(func(s troubleshoot.Session, at troubleshoot.ExpertID) (troubleshoot.Session, error) {
			return s.Accept(at, day(1))
		})
		got := session(t, two, chat.ID)
		if len(rung) != 1 || !slices.Equal(winners, rung) || got.Expert != rung[0] || got.State != troubleshoot.Active || got.Epoch != 1 {
			t.Errorf("it rang at %v, winners %v, the session is %s of %q", rung, winners, got.State, got.Expert)
		}
	})
}

func TestSessionsAreListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		names := map[string]string{}
		eve, pool := troubleshoot.ExpertID{Seller: "acme", Name: "eve"}, troubleshoot.ExpertID{Name: "eve"}
		for n, c := range []struct {
			name, seller  string
			expert, rings troubleshoot.ExpertID
			state         troubleshoot.SessionState
		}{
			{"a", "acme", troubleshoot.ExpertID{}, troubleshoot.ExpertID{}, troubleshoot.Queued}, {"b", "acme", eve, troubleshoot.ExpertID{}, troubleshoot.Active},
			{"c", "best", troubleshoot.ExpertID{}, pool, troubleshoot.Queued}, {"d", "acme", troubleshoot.ExpertID{Seller: "acme", Name: "bob"}, troubleshoot.ExpertID{}, troubleshoot.Closed},
			{"e", "acme", troubleshoot.ExpertID{}, eve, troubleshoot.Queued}, {"f", "best", pool, troubleshoot.ExpertID{}, troubleshoot.WrapUp},
		} {
			i := keep(t, s, storetest.Intercept(storetest.Line(c.seller, c.name), day(n)))
			one := storetest.Session(i, day(n))
			one.Expert, one.State, one.Ringing.At = c.expert, c.state, c.rings
			names[keepSession(t, s, i, one).ID] = c.name
		}
		var ids []string
		for id := range names {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		for _, c := range []struct {
			filter store.SessionFilter
			want   string
		}{
			{store.SessionFilter{}, "fedcba"},
			{store.SessionFilter{Seller: "acme"}, "edba"},
			{store.SessionFilter{Expert: "eve"}, "fb"},
			{store.SessionFilter{Hand: eve}, "eb"},
			{store.SessionFilter{Hand: pool}, "fc"},
			{store.SessionFilter{Seller: "acme", Hand: pool}, ""},
			{store.SessionFilter{Seller: "acme", Expert: "bob"}, "d"},
			{store.SessionFilter{State: troubleshoot.Queued}, "eca"},
			{store.SessionFilter{State: troubleshoot.Queued, Hand: eve}, "e"},
			{store.SessionFilter{From: day(1), To: day(3)}, "cb"},
			{store.SessionFilter{From: day(3)}, "fed"},
			{store.SessionFilter{To: day(1).Add(time.Microsecond)}, "ba"},
			{store.SessionFilter{Limit: 2}, "fe"},
			{store.SessionFilter{Before: ids[3], Limit: 2}, "cb"},
		} {
			if c.filter.Limit == 0 {
				c.filter.Limit = 100
			}
			var got []string
			for _, found := range read(t, s, func(tx *store.Tx) ([]troubleshoot.Session, error) { return tx.Sessions(c.filter) }) {
				got = append(got, names[found.ID])
			}
			if strings.Join(got, "") != c.want {
				t.Errorf("%+v lists %v, want %s", c.filter, got, c.want)
			}
		}
	})
}

func TestLatestResultOfAStepCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		help := keepSession(t, s, i, storetest.Session(i, day(0)))
		step := func(id string, revision int64, result troubleshoot.StepResult, now int) troubleshoot.StepRecord {
			r := troubleshoot.StepRecord{Session: help.ID, Guide: "kettle", Revision: revision, Step: id, Result: result,
				Elapsed: 1500 * time.Millisecond, Time: day(now)}
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.KeepStep("acme", r) })
			return r
		}
		step("s1", 1, troubleshoot.StepNotFixed, 1)
		second := step("s2", 1, troubleshoot.StepSkipped, 2)
		newer := step("s1", 2, troubleshoot.StepNotFixed, 3)
		first := step("s1", 1, troubleshoot.StepFixed, 4)
		wantSame(t, read(t, s, func(tx *store.Tx) ([]troubleshoot.StepRecord, error) { return tx.Steps(help.ID) }),
			[]troubleshoot.StepRecord{second, newer, first})
		wantSame(t, read(t, s, func(tx *store.Tx) ([]troubleshoot.StepRecord, error) { return tx.Steps("unknown") }), nil)
	})
}
