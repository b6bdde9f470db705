package store_test

import (
	"sync"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
)

// TestFirstPutsOfAGuideTakeTurns: whoever comes second to a new guide finds what the first one published.
func TestFirstPutsOfAGuideTakeTurns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
			var together sync.WaitGroup
			for n := range 4 {
				together.Go(func() {
					g := storetest.Guide("acme", id, 2+n, "KETTLE-1")
					g.Markdown = "# " + id + string(rune('0'+n))
					if err := s.Update(t.Context(), func(tx *store.Tx) error {
						if _, err := tx.PutGuide(g, "", storetest.Day0); err != nil {
							return err
						}
						_, err := tx.PublishGuide("acme", id, "", "publisher", storetest.Day0)
						return err
					}); err != nil {
						t.Errorf("put %s by %d: %v", id, n, err)
					}
				})
			}
			together.Wait()
			storetest.View(t, s, func(tx *store.Tx) error {
				g, err := tx.PublishedGuide("acme", id)
				if err != nil || g.Revision != 4 {
					t.Errorf("guide %s is at revision %d, want 4: %v", id, g.Revision, err)
				}
				return nil
			})
		}
	})
}
