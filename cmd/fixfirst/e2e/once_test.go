package e2e_test

import (
	"fmt"
	"sync"
	"testing"
)

// askedTogether sends one intent on all clients at the same time and gives the one decision.
func askedTogether(clients []*client, body any, times int) (string, error) {
	replies := make([]reply, times)
	var ready, done sync.WaitGroup
	ready.Add(times)
	for i := range replies {
		done.Go(func() {
			ready.Done()
			ready.Wait() // nobody starts before everybody can
			replies[i] = clients[i%len(clients)].decide(body)
		})
	}
	done.Wait()
	first, err := decided(replies[0])
	if err != nil {
		return "", err
	}
	for _, r := range replies[1:] {
		if again, err := decided(r); err != nil || again != first {
			return "", fmt.Errorf("one line, two decisions (%v):\n%s\n%s", err, first, again)
		}
	}
	return first, nil
}

// once asks for each of n lines 64 times at once, kills the server, and asks again.
func once(t *testing.T, s *server, n int, clients ...*client) {
	s.sellKettles("once", object{"holdoutFraction": 0.5})
	first := make([]string, n)
	body := func(i int) object { return intent("once", fmt.Sprintf("order-%d", i), "1", "KETTLE-1") }
	for i := range first {
		var err error
		if first[i], err = askedTogether(clients, body(i), inFlight); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.counted("once"); got != n {
		t.Errorf("%d intercepts of %d lines", got, n)
	}
	s = s.restarted()
	inParallel(t, inFlight, n, func(i int) error {
		if again, err := decided(s.decide(body(i))); err != nil || again != first[i] {
			return fmt.Errorf("after kill -9, another decision (%v):\n%s\n%s", err, first[i], again)
		}
		return nil
	})
	if got := s.counted("once"); got != n {
		t.Errorf("%d intercepts of %d lines after kill -9", got, n)
	}
}

func TestOneInterceptALine(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		s := serveSQLite(t)
		once(t, s, sized(200, 1000), s.client)
	})
	t.Run("postgres, two replicas", func(t *testing.T) {
		s := servePostgres(t)
		once(t, s, sized(50, 1000), s.client, s.replica().client)
	})
}

// A line is itself whatever else a second request says about it: the first decision stands.
func TestTheFirstDecisionStands(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		s.sellKettles("once", object{"holdoutFraction": 0.0})
		first, err := decided(s.decide(intent("once", "order", "1", "KETTLE-1")))
		if err != nil {
			t.Fatal(err)
		}
		other := intent("once", "order", "1", "TOASTER")
		other["reason"], other["shopper"], other["refundUrl"] = "NEVER_ARRIVED", "somebody else", "https://other.example/"
		if again, err := decided(s.decide(other)); err != nil || again != first {
			t.Errorf("the decision changed (%v):\n%s\n%s", err, first, again)
		}
		for _, fresh := range []object{intent("once", "order", "2", "KETTLE-1"), intent("once", "order2", "1", "KETTLE-1"), intent("twice", "order", "1", "KETTLE-1")} {
			if next, err := decided(s.decide(fresh)); err != nil || next == first {
				t.Errorf("another line has the decision of the first (%v): %s", err, next)
			}
		}
	})
}
