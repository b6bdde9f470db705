package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// TestChatQueriesReadLittle holds the plans of queries against the searches that they are meant to make. The book of fixes walks
// the last sessions of a seller by their index and looks everything else up; reports read the partial indexes of open sessions.
func TestChatQueriesReadLittle(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	for leads, queries := range store.ChatQueries {
		for _, query := range queries {
			plan := read(t, s, func(tx *store.Tx) ([]string, error) { return tx.Plan(query) })
			if !slices.Contains(plan, leads) {
				t.Errorf("the plan %q does not make the search %q", plan, leads)
			}
			for _, step := range plan {
				if strings.HasPrefix(step, "SCAN ") && step != leads && step != "SCAN k" {
					t.Errorf("%q, of the plan %q", step, plan)
				}
			}
		}
	}
}

// aSymptom is what the sessions of symptomWorld are counted for.
var aSymptom = store.Symptom{Seller: "acme", SKU: "KETTLE", Category: "kettles", Reason: "DEFECTIVE"}

// symptomWorld keeps sessions that tried a step, and were closed, for lines of a seller, SKU and reason.
type symptomWorld struct {
	t     *testing.T
	store *store.Store
	lines int
}

func newSymptomWorld(t *testing.T, s *store.Store) *symptomWorld {
	storetest.Update(t, s, func(tx *store.Tx) error {
		for _, seller := range []string{"acme", "best"} {
			if err := tx.PutItems(seller, []troubleshoot.Item{{SKU: "KETTLE", Category: "kettles"}, {SKU: "POT", Category: "kettles"}, {SKU: "LAMP", Category: "lamps"}, {SKU: "BARE"}, {SKU: "BALD"}}, day(0)); err != nil {
				return err
			}
		}
		return nil
	})
	return &symptomWorld{t: t, store: s}
}

// add keeps one session more and gives it.
func (w *symptomWorld) add(seller, sku string, reason troubleshoot.Reason, end troubleshoot.Disposition, results ...troubleshoot.StepResult) troubleshoot.Session {
	w.t.Helper()
	w.lines++
	line := storetest.Line(seller, fmt.Sprint("o", w.lines))
	line.SKU = sku
	i := storetest.Intercept(line, day(w.lines))
	i.Reason = reason
	i = keep(w.t, w.store, i)
	one := storetest.Session(i, day(w.lines))
	if end != 0 {
		one.State, one.Disposition = troubleshoot.Closed, end
	}
	keepSession(w.t, w.store, i, one)
	storetest.Update(w.t, w.store, func(tx *store.Tx) error {
		for n, result := range results {
			r := troubleshoot.StepRecord{Session: one.ID, Guide: "kettle", Revision: int64(1 + n/2), Step: fmt.Sprint("s", n%2), Result: result, Time: day(w.lines)}
			if err := tx.KeepStep(seller, r); err != nil {
				return err
			}
		}
		return nil
	})
	return one
}

func (w *symptomWorld) tallies(y store.Symptom) (steps, ends []string) {
	w.t.Helper()
	storetest.View(w.t, w.store, func(tx *store.Tx) error {
		tried, err := tx.StepTallies(y)
		if err != nil {
			return err
		}
		for _, s := range tried {
			steps = append(steps, fmt.Sprintf("%v %s/%s %d of %d", s.SameSKU, s.Guide, s.Step, s.Fixed, s.Tried))
		}
		closed, err := tx.DispositionTallies(y)
		for _, d := range closed {
			ends = append(ends, fmt.Sprintf("%v %d: %d", d.SameSKU, d.Disposition, d.Sessions))
		}
		return err
	})
	slices.Sort(steps)
	slices.Sort(ends)
	return steps, ends
}

func TestTheSameSymptomIsTallied(t *testing.T) {
	const fixed, not, skipped = troubleshoot.StepFixed, troubleshoot.StepNotFixed, troubleshoot.StepSkipped
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newSymptomWorld(t, s)
		w.add("acme", "KETTLE", "DEFECTIVE", troubleshoot.FixedKept, not, fixed)
		w.add("acme", "KETTLE", "DEFECTIVE", troubleshoot.FixedKept, skipped, not, fixed, not) // in two revisions: a session is one session
		w.add("acme", "POT", "DEFECTIVE", troubleshoot.Exchanged, fixed)
		w.add("acme", "KETTLE", "DEFECTIVE", 0, not)
		w.add("acme", "KETTLE", "STYLE", troubleshoot.FixedKept, fixed)     // another reason
		w.add("acme", "LAMP", "DEFECTIVE", troubleshoot.FixedKept, fixed)   // another category
		w.add("best", "KETTLE", "DEFECTIVE", troubleshoot.FixedKept, fixed) // another seller
		w.add("acme", "GONE", "DEFECTIVE", troubleshoot.FixedKept, fixed)   // no item
		w.add("acme", "BARE", "DEFECTIVE", troubleshoot.FixedKept, fixed)   // no category
		mine := w.add("acme", "KETTLE", "DEFECTIVE", troubleshoot.FixedKept, fixed)

		y := aSymptom
		y.Without = mine.ID
		steps, ends := w.tallies(y)
		wantSame(t, steps, []string{"false kettle/s0 1 of 1", "true kettle/s0 1 of 3", "true kettle/s1 1 of 2"})
		wantSame(t, ends, []string{"false 4: 1", "true 1: 2"})

		y.SKU, y.Category, y.Without = "BALD", "", ""
		if steps, ends := w.tallies(y); steps != nil || ends != nil {
			t.Errorf("items without a category are taken for one: %v, %v", steps, ends)
		}
	})
}

func TestOnlyRecentSessionsAreTallied(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newSymptomWorld(t, s)
		w.add("acme", "KETTLE", "DEFECTIVE", troubleshoot.FixedKept, troubleshoot.StepFixed)
		other := w.add("acme", "LAMP", "STYLE", 0)
		copies := func(n int) {
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.CopySession(other, n) })
		}
		copies(store.RecentSessions - 2) // beside the two
		if steps, ends := w.tallies(aSymptom); len(steps) != 1 || len(ends) != 1 {
			t.Errorf("the oldest of the recent ones is not there: %v, %v", steps, ends)
		}
		copies(1)
		if steps, ends := w.tallies(aSymptom); len(steps)+len(ends) != 0 {
			t.Errorf("an older one is there: %v, %v", steps, ends)
		}
	})
}
