package e2e_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// claimed is how a session came to an expert: as it stands then, and the last number of its log.
type claimed struct {
	troubleshoot.Session
	last int64
}

// claim has an expert take a session. Between what it looks at and what it writes it may wait for the others to look as well.
type claim func(s *store.Store, session string, by troubleshoot.ExpertID, looked func()) (claimed, error)

// guarded is what the server does: under the session's lock, and only what rings at the expert.
func guarded(s *store.Store, session string, by troubleshoot.ExpertID, looked func()) (c claimed, err error) {
	looked()
	err = s.Update(context.Background(), func(tx *store.Tx) error {
		before, err := tx.LockSession(session)
		if err != nil {
			return err
		}
		after, err := before.Accept(by, time.Now().UTC())
		if err != nil {
			return err
		}
		c, err = takes(tx, before, after)
		return err
	})
	return c, err
}

// unchecked holds the lock, and takes the session wherever it rings and whoever has it.
func unchecked(s *store.Store, session string, by troubleshoot.ExpertID, looked func()) (c claimed, err error) {
	looked()
	err = s.Update(context.Background(), func(tx *store.Tx) error {
		before, err := tx.LockSession(session)
		if err != nil {
			return err
		}
		c, err = takes(tx, before, taken(before, by))
		return err
	})
	return c, err
}

// unlocked sees in one transaction that the session waits, and takes it in the next.
func unlocked(s *store.Store, session string, by troubleshoot.ExpertID, looked func()) (c claimed, err error) {
	var before troubleshoot.Session
	if err := s.View(context.Background(), func(tx *store.Tx) (err error) {
		before, err = tx.Session(session)
		return err
	}); err != nil {
		return c, err
	}
	looked()
	if before.State != troubleshoot.Queued {
		return c, troubleshoot.Errorf(troubleshoot.Aborted, "session is %s", before.State)
	}
	err = s.Update(context.Background(), func(tx *store.Tx) (err error) {
		c, err = takes(tx, before, taken(before, by))
		return err
	})
	return c, err
}

func taken(s troubleshoot.Session, by troubleshoot.ExpertID) troubleshoot.Session {
	s.Expert, s.State, s.Ringing = by, troubleshoot.Active, troubleshoot.Ringing{}
	return s
}

// takes saves a claim with its entry in the log.
func takes(tx *store.Tx, before, after troubleshoot.Session) (claimed, error) {
	now := time.Now().UTC()
	after, events, err := tx.ChangeSession(store.Change{Before: before, After: after, Actor: "tester", Action: "accept", Now: now,
		Events: []troubleshoot.Event{store.SystemEvent(after, troubleshoot.ChangeAccepted, now)}})
	if err != nil {
		return claimed{}, err
	}
	return claimed{after, events[0].Seq}, nil
}

// The checker says that histories of the real guard are right, and finds two owners as soon as the check or the lock is gone.
func TestNeverTwoNeedsItsGuard(t *testing.T) {
	for _, c := range []struct {
		name  string
		claim claim
		want  porcupine.CheckResult
	}{
		{"as the server does", guarded, porcupine.Ok},
		{"without Accept's check", unchecked, porcupine.Illegal},
		{"without the lock", unlocked, porcupine.Illegal},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
				l := newLedger()
				for n := range 10 {
					contend(t, l, one, two, n, c.claim)
				}
				for session, f := range l.files {
					if got := porcupine.CheckOperationsTimeout(neverTwo.ToModel(), f.history, checkLimit); got != c.want {
						t.Errorf("%s: the history is %s, want %s\n%s", session, got, c.want, f)
					}
				}
			})
		})
	}
}

// contend has three experts claim a session, which rings at the first of them, at the same time in two stores.
func contend(t *testing.T, l *ledger, one, two *store.Store, n int, claim claim) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	i := storetest.Intercept(storetest.Line("acme", fmt.Sprint(n)), now)
	session := storetest.Session(i, now)
	session.Channel, session.State, session.QueueTime = troubleshoot.ChannelChat, troubleshoot.Queued, now
	experts := []troubleshoot.ExpertID{{Seller: "acme", Name: "ann"}, {Seller: "acme", Name: "bob"}, {Seller: "acme", Name: "cleo"}}
	storetest.Update(t, one, func(tx *store.Tx) error {
		if err := tx.PutSeller(troubleshoot.Seller{ID: "acme"}, now); err != nil {
			return err
		}
		if _, _, err := tx.KeepIntercept(i); err != nil {
			return err
		}
		_, err := tx.KeepSession(i, store.Change{After: session, Now: now, Events: []troubleshoot.Event{store.SystemEvent(session, troubleshoot.ChangeStarted, now)}})
		return err
	})
	storetest.Update(t, one, func(tx *store.Tx) error {
		before, err := tx.LockSession(session.ID)
		if err != nil {
			return err
		}
		after, err := before.Ring(experts[0], now)
		if err != nil {
			return err
		}
		_, _, err = tx.ChangeSession(store.Change{Before: before, After: after, Now: now})
		return err
	})
	var looking, claiming sync.WaitGroup
	looking.Add(len(experts))
	for k, by := range experts {
		claiming.Go(func() {
			s, call := []*store.Store{one, two}[k%2], time.Now().UnixNano()
			c, err := claim(s, session.ID, by, func() {
				looking.Done()
				looking.Wait()
			})
			v := verdict{code: 200, state: c.State.String(), owner: c.Expert.Name, epoch: int(c.Epoch), seq: int(c.last)}
			switch {
			case err == nil:
			case troubleshoot.CodeOf(err) == troubleshoot.Aborted:
				v = verdict{code: 409}
			default:
				t.Error(err)
				return
			}
			l.keep(session.ID, deed{what: "accept", by: by.Name, known: true}, v, call, time.Now().UnixNano())
		})
	}
	claiming.Wait()
	var log []entry
	storetest.View(t, two, func(tx *store.Tx) error {
		events, err := tx.Events(session.ID, 0, 100)
		for _, e := range events {
			log = append(log, entry{turn: turn{int(e.Seq), e.Time.UnixNano(), string(e.Change.Reason), e.Change.State.String(), e.Change.Expert}})
		}
		return err
	})
	l.close(session.ID, log)
}
