package store_test

import (
	"context"
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
	storetest.Update(t, s, func(tx *store.Tx) error { return tx.KeepSession(i, session, session.CreateTime) })
	return session
}

func session(t testing.TB, s *store.Store, id string) troubleshoot.Session {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (troubleshoot.Session, error) { return tx.Session(id) })
}

func TestSessionIsKeptWholeAndSaved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		help := storetest.Session(i, day(0))
		help.RequestID, help.Tags = "r1", []string{"heating", "socket"}
		wantSame(t, session(t, s, keepSession(t, s, i, help).ID), help)
		help.State, help.Expert, help.Disposition, help.Note = troubleshoot.Closed, "eve", troubleshoot.FixedKept, "switched on"
		help.Answer = troubleshoot.Answer{Solved: troubleshoot.SolvedYes, Score: 5, Comment: "谢谢", Time: day(1)}
		help.Engaged, help.StartTime, help.EndTime, help.ExpertSeconds = true, day(0), day(1), 750
		storetest.Update(t, s, func(tx *store.Tx) error {
			locked, err := tx.LockSession(help.ID)
			if err != nil || locked.State != troubleshoot.Active {
				return err
			}
			return tx.SaveSession(help, day(1))
		})
		wantSame(t, session(t, s, help.ID), help)
		wantSame(t, read(t, s, func(tx *store.Tx) ([]troubleshoot.Session, error) { return tx.SessionsOf(i.ID) }), []troubleshoot.Session{help})
		wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Session, error) { return tx.SessionOfRequest(i.ID, "r1") }), help)
		if sums := cellsOf(t, s, always, day(1))[0].Sums; sums.D != 1 || sums.A != 1 || sums.S != 750 || sums.Sessions != 1 {
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
		orphan := storetest.Session(troubleshoot.Intercept{ID: "unknown"}, day(0))
		if err := s.Update(context.Background(), func(tx *store.Tx) error { return tx.KeepSession(i, orphan, day(0)) }); err == nil {
			t.Error("a session of an unknown intercept was kept")
		}
		wantExact(t, s)
	})
}

func TestOneExpertAccepts(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		i := keep(t, one, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		chat := storetest.Session(i, day(0))
		chat.Channel, chat.State = troubleshoot.ChannelChat, troubleshoot.Queued
		keepSession(t, one, i, chat)
		const experts = 16
		var errs [experts]error
		var group sync.WaitGroup
		for n := range experts {
			group.Go(func() {
				replica := one
				if n%2 == 1 {
					replica = two
				}
				errs[n] = replica.Update(context.Background(), func(tx *store.Tx) error {
					locked, err := tx.LockSession(chat.ID)
					if err != nil {
						return err
					}
					accepted, err := locked.Accept(string(rune('a'+n)), day(1))
					if err != nil {
						return err
					}
					return tx.SaveSession(accepted, day(1))
				})
			})
		}
		group.Wait()
		var winners []string
		for n, err := range errs {
			if err == nil {
				winners = append(winners, string(rune('a'+n)))
			} else {
				wantCode(t, err, troubleshoot.Aborted)
			}
		}
		if got := session(t, two, chat.ID); len(winners) != 1 || got.Expert != winners[0] || got.State != troubleshoot.Active {
			t.Errorf("winners %v, the session is %s of %q", winners, got.State, got.Expert)
		}
	})
}

func TestSessionsAreListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		names := map[string]string{}
		for n, c := range []struct {
			name, seller, expert string
			state                troubleshoot.SessionState
		}{
			{"a", "acme", "", troubleshoot.Queued}, {"b", "acme", "eve", troubleshoot.Active}, {"c", "best", "", troubleshoot.Queued},
			{"d", "acme", "bob", troubleshoot.Closed}, {"e", "acme", "eve", troubleshoot.Queued},
		} {
			i := keep(t, s, storetest.Intercept(storetest.Line(c.seller, c.name), day(n)))
			one := storetest.Session(i, day(n))
			one.Expert, one.State = c.expert, c.state
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
			{store.SessionFilter{}, "edcba"},
			{store.SessionFilter{Seller: "acme"}, "edba"},
			{store.SessionFilter{Expert: "eve"}, "eb"},
			{store.SessionFilter{Expert: "eve", OrQueued: true}, "ecba"},
			{store.SessionFilter{Seller: "acme", Expert: "bob", OrQueued: true}, "da"},
			{store.SessionFilter{State: troubleshoot.Queued}, "eca"},
			{store.SessionFilter{From: day(1), To: day(3)}, "cb"},
			{store.SessionFilter{From: day(3)}, "ed"},
			{store.SessionFilter{To: day(1).Add(time.Microsecond)}, "ba"},
			{store.SessionFilter{Limit: 2}, "ed"},
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
