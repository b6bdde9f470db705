package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// said makes a message of a session.
func said(session string, sender troubleshoot.Sender, id, text string) troubleshoot.Event {
	return troubleshoot.Event{Session: session, Time: day(1), Sender: sender, ClientID: id, Message: &troubleshoot.Message{Text: text}}
}

// append appends as a handler does, and gives the error of the update.
func appendEvent(s *store.Store, e troubleshoot.Event) (kept troubleshoot.Event, err error) {
	err = s.Update(context.Background(), func(tx *store.Tx) error {
		if _, err := tx.LockSession(e.Session); err != nil {
			return err
		}
		kept, err = tx.AppendEvent(e)
		return err
	})
	return kept, err
}

func TestEventsAreKeptWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		id := keepSession(t, s, i, storetest.Session(i, day(0))).ID
		want := []troubleshoot.Event{
			said(id, troubleshoot.ByShopper, "1", "does not heat \u2028 ☕ 𝄞 \"'<b>"),
			{Session: id, Time: day(1), Sender: troubleshoot.ByExpert, Expert: "ann", ClientID: "1", Message: &troubleshoot.Message{Masked: true, Reply: "hello",
				Card: &troubleshoot.StepCard{Guide: "kettle", Revision: 2, Step: "s1", Title: "Try", HTML: "<p>Try</p>", Instruction: "Try", Stop: "smoke"}}},
			{Session: id, Time: day(2), Sender: troubleshoot.ByShopper, Step: &troubleshoot.StepRecord{Session: id, Guide: "kettle", Revision: 2, Step: "s1",
				Result: troubleshoot.StepFixed, Time: day(2)}},
			{Session: id, Time: day(3), Sender: troubleshoot.BySystem, Change: &troubleshoot.StateChange{State: troubleshoot.WrapUp, Reason: troubleshoot.ChangeWrapUp, Expert: "ann"}},
		}
		for n := range want {
			want[n].Seq = int64(n + 1)
			kept, err := appendEvent(s, want[n])
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, kept, want[n])
		}
		wantSame(t, read(t, s, func(tx *store.Tx) ([]troubleshoot.Event, error) { return tx.Events(id, 0, 100) }), want)
		wantSame(t, read(t, s, func(tx *store.Tx) ([]troubleshoot.Event, error) { return tx.Events(id, 1, 2) }), want[1:3])
		wantSame(t, read(t, s, func(tx *store.Tx) ([]troubleshoot.Event, error) { return tx.Events(id, 4, 2) }), nil)
		wantSame(t, read(t, s, func(tx *store.Tx) (int64, error) { return tx.LastSeq(id) }), 4)
	})
}

func TestOneClientIDIsOneMessage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		id := keepSession(t, s, i, storetest.Session(i, day(0))).ID
		for _, c := range []struct {
			rule string
			say  troubleshoot.Event
			seq  int64
			code troubleshoot.Code // Internal: no error
		}{
			{"a message", said(id, troubleshoot.ByShopper, "1", "hello"), 1, troubleshoot.Internal},
			{"the same again", said(id, troubleshoot.ByShopper, "1", "hello"), 1, troubleshoot.Internal},
			{"another by its id", said(id, troubleshoot.ByShopper, "1", "good bye"), 0, troubleshoot.Aborted},
			{"the other party's ids are its own", said(id, troubleshoot.ByExpert, "1", "hello"), 2, troubleshoot.Internal},
			{"events without an id", said(id, troubleshoot.ByExpert, "", "hello"), 3, troubleshoot.Internal},
			{"are each their own", said(id, troubleshoot.ByExpert, "", "hello"), 4, troubleshoot.Internal},
		} {
			kept, err := appendEvent(s, c.say)
			if c.code != troubleshoot.Internal {
				wantCode(t, err, c.code)
			} else if err != nil || kept.Seq != c.seq {
				t.Errorf("%s: number %d, %v; want %d", c.rule, kept.Seq, err, c.seq)
			}
		}
		if last := read(t, s, func(tx *store.Tx) (int64, error) { return tx.LastSeq(id) }); last != 4 {
			t.Errorf("the log ends at %d: a refusal left a gap", last)
		}
	})
}

// Two replicas write into one session at once: the log is dense, and each message is in it once, as it was acknowledged.
func TestTheLogIsDense(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		i := keep(t, one, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		id := keepSession(t, one, i, storetest.Session(i, day(0))).ID
		const writers, messages = 8, 25
		acked := make(map[string]int64)
		var mu sync.Mutex
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for n := range messages {
					e := said(id, troubleshoot.Sender(1+w%2), fmt.Sprint(w, "-", n), fmt.Sprint("from ", w, ": ", n))
					for range 2 { // each is sent twice
						kept, err := appendEvent([]*store.Store{one, two}[w%2], e)
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						if seq, known := acked[e.ClientID]; known && seq != kept.Seq {
							t.Errorf("%s was acknowledged as %d and %d", e.ClientID, seq, kept.Seq)
						}
						acked[e.ClientID] = kept.Seq
						mu.Unlock()
					}
				}
			})
		}
		writing.Wait()
		events := read(t, two, func(tx *store.Tx) ([]troubleshoot.Event, error) { return tx.Events(id, 0, 1000) })
		if len(events) != writers*messages {
			t.Errorf("%d events, want %d", len(events), writers*messages)
		}
		for n, e := range events {
			if e.Seq != int64(n+1) || acked[e.ClientID] != e.Seq {
				t.Errorf("event %d has the number %d and was acknowledged as %d", n+1, e.Seq, acked[e.ClientID])
			}
		}
	})
}

func TestALogEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		id := keepSession(t, s, i, storetest.Session(i, day(0))).ID
		storetest.Update(t, s, func(tx *store.Tx) error {
			for n := range troubleshoot.MaxSessionEvents {
				if _, err := tx.AppendEvent(said(id, troubleshoot.ByShopper, "", fmt.Sprint(n))); err != nil {
					return err
				}
			}
			return nil
		})
		_, err := appendEvent(s, said(id, troubleshoot.ByShopper, "", "one more"))
		wantCode(t, err, troubleshoot.FailedPrecondition)
		if _, err := appendEvent(s, troubleshoot.Event{Session: id, Time: day(3), Sender: troubleshoot.BySystem,
			Change: &troubleshoot.StateChange{State: troubleshoot.Closed, Reason: troubleshoot.ChangeClosed}}); err != nil {
			t.Errorf("the end of a full log: %v", err)
		}
	})
}
