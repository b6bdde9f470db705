package store_test

import (
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestReturnEventsAreKeptOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		line := storetest.Line("acme", "o1")
		keep(t, s, storetest.Intercept(line, day(0)))
		asked := storetest.Return(line, "e1", troubleshoot.ReturnRequested, day(2))
		paid := storetest.Return(line, "e2", troubleshoot.ReturnRefunded, day(1))
		paid.Refund, paid.Salvage = storetest.USD(5999), storetest.USD(100)
		other := storetest.Return(storetest.Line("acme", "o2"), "e1", troubleshoot.ReturnRequested, day(3)) // another line, a used id
		elsewhere := storetest.Return(storetest.Line("best", "o1"), "e1", troubleshoot.ReturnRequested, day(3))
		for _, c := range []struct {
			events               []troubleshoot.ReturnEvent
			recorded, duplicates int
		}{
			{[]troubleshoot.ReturnEvent{asked, paid, asked}, 2, 1},
			{[]troubleshoot.ReturnEvent{asked}, 0, 1},
			{[]troubleshoot.ReturnEvent{other, elsewhere}, 1, 1},
			{nil, 0, 0},
		} {
			recorded, duplicates := record(t, s, 4, c.events...)
			if recorded != c.recorded || duplicates != c.duplicates {
				t.Errorf("%d recorded, %d duplicates; want %d, %d", recorded, duplicates, c.recorded, c.duplicates)
			}
		}
		asked.RecordTime, paid.RecordTime = day(4), day(4)
		wantSame(t, read(t, s, func(tx *store.Tx) ([]troubleshoot.ReturnEvent, error) { return tx.ReturnEvents("acme", "o1", "1") }),
			[]troubleshoot.ReturnEvent{paid, asked})
		wantSame(t, read(t, s, func(tx *store.Tx) ([]troubleshoot.ReturnEvent, error) { return tx.ReturnEvents("acme", "o2", "1") }), nil)
		wantExact(t, s)
	})
}

// TestReportFollowsReturns reads the story of one line as the report tells it.
func TestReportFollowsReturns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		line := storetest.Line("acme", "o1")
		line.Quantity = 3
		keep(t, s, storetest.Intercept(line, day(0)))
		event := func(id string, kind troubleshoot.ReturnKind, at int, units int64) troubleshoot.ReturnEvent {
			e := storetest.Return(line, id, kind, day(at))
			e.Quantity = units
			return e
		}
		for _, c := range []struct {
			what         string
			event        troubleshoot.ReturnEvent
			y, r, late   int64
			kept, posted bool
		}{
			{"a cancellation comes before its request", event("e1", troubleshoot.ReturnCanceled, 3, 1), 0, 0, 0, false, false},
			{"the request, out of order", event("e2", troubleshoot.ReturnRequested, 2, 2), 1, 1, 0, false, false},
			{"the other unit is refunded", event("e3", troubleshoot.ReturnRefunded, 9, 1), 1, 1, 0, false, false},
			{"a second unit is asked for late", event("e4", troubleshoot.ReturnRequested, 31, 1), 1, 1, 0, false, false},
			{"everything is canceled, but what was refunded stays", event("e5", troubleshoot.ReturnCanceled, 32, 9), 1, 1, 0, false, false},
		} {
			record(t, s, 32, c.event)
			sums := cellsOf(t, s, always, day(32))[0].Sums
			if sums.Y != c.y || sums.R != c.r || sums.Late != c.late || sums.U != 3 || sums.N != 1 {
				t.Errorf("%s: the report says %+v", c.what, sums)
			}
			wantExact(t, s)
		}
	})
}

func TestLinesInterceptedAfterTheirReturn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		line := storetest.Line("acme", "o1")
		record(t, s, 0, storetest.Return(line, "e1", troubleshoot.ReturnRequested, day(-1)))
		if !inputs(t, s, line).EventsKnown {
			t.Fatal("the inputs do not say that events are known")
		}
		keep(t, s, storetest.Intercept(line, day(0)))
		storetest.Update(t, s, func(tx *store.Tx) error { return tx.RefoldLine("acme", "o1", "1", day(0)) })
		if sums := cellsOf(t, s, always, day(0))[0].Sums; sums.Y != 1 {
			t.Errorf("the report says %+v", sums)
		}
		storetest.Update(t, s, func(tx *store.Tx) error { return tx.RefoldLine("acme", "never intercepted", "1", day(0)) })
		wantExact(t, s)
	})
}

func TestOrderLinesAreKeptOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for n, want := range []bool{true, false} {
			if kept := write(t, s, func(tx *store.Tx) (bool, error) {
				return tx.KeepOrderLine(storetest.Line("acme", "o1"), day(n), "shopper-1")
			}); kept != want {
				t.Errorf("kept %v the %d. time", kept, n+1)
			}
		}
	})
}
