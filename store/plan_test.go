package store_test

import (
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
)

// TestHotQueriesDoNotReadAllOfASeller: without statistics SQLite prefers a primary key that begins with the seller to an
// index that fits, unless tables and queries are cut so that it cannot.
func TestHotQueriesDoNotReadAllOfASeller(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	for name, query := range store.HotQueries {
		storetest.View(t, s, func(tx *store.Tx) error {
			plan, err := tx.Plan(query)
			if err != nil {
				return err
			}
			if strings.HasPrefix(name, "hand") && !strings.Contains(strings.Join(plan, " "), "sessions_hand") {
				t.Errorf("%s: the plan %q leaves the index of what is in hand aside", name, plan)
			}
			if strings.HasPrefix(name, "queue") && !strings.Contains(strings.Join(plan, " "), "sessions_queue") {
				t.Errorf("%s: the plan %q leaves the queue's index aside", name, plan)
			}
			for _, step := range plan {
				open := strings.Contains(step, "INDEX sessions_queue") || strings.Contains(step, "INDEX sessions_hand") // what waits or is in hand, not all
				wholeTable := strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "CONSTANT ROW") && step != "SCAN k" && !open
				wholeSeller := strings.HasSuffix(step, "(seller=?)") && !strings.Contains(step, "INDEX sessions_") && !strings.HasPrefix(step, "SEARCH o ")
				if wholeTable || wholeSeller {
					t.Errorf("%s: %q, of the plan %q", name, step, plan)
				}
			}
			return nil
		})
	}
}
