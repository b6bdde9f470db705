package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// TestRecordReturnsInParts: more events than one part holds are all kept once, and again are all duplicates.
func TestRecordReturnsInParts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var events []troubleshoot.ReturnEvent
		for n := range 250 {
			events = append(events, storetest.Return(storetest.Line("acme", fmt.Sprintf("order-%03d", n)), fmt.Sprintf("event-%03d", n), troubleshoot.ReturnRequested, storetest.Day0))
		}
		for _, want := range [][2]int{{250, 0}, {0, 250}} {
			recorded, duplicates, err := s.RecordReturns(t.Context(), events, storetest.Day0)
			if err != nil || recorded != want[0] || duplicates != want[1] {
				t.Errorf("recorded %d, duplicates %d, %v; want %v", recorded, duplicates, err, want)
			}
		}
	})
}

// TestBulkLeavesRoom: while a bulk update or the long views stand still, others go on; those of their kind wait, and give
// up with their context.
func TestBulkLeavesRoom(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		gaveUp, cancel := context.WithCancel(t.Context())
		cancel()
		hold, held := make(chan struct{}), make(chan struct{})
		done := make(chan error)
		go func() {
			done <- s.ViewLong(t.Context(), func(*store.Tx) error { close(held); <-hold; return nil })
		}()
		<-held
		if err := s.View(t.Context(), func(tx *store.Tx) error { _, err := tx.AnyKey(); return err }); err != nil {
			t.Errorf("a short view beside a long one: %v", err)
		}
		close(hold)
		if err := <-done; err != nil {
			t.Errorf("the long view: %v", err)
		}
		if err := s.UpdateBulk(gaveUp, func(*store.Tx) error { return nil }); err == nil {
			t.Error("a bulk update ran though its context had ended")
		}
		if err := s.UpdateBulk(t.Context(), func(tx *store.Tx) error { return tx.EnsureSeller("acme", storetest.Day0) }); err != nil {
			t.Errorf("the next bulk update: %v", err)
		}
	})
}
