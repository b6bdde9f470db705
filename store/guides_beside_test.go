package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestItemsAreLookedUpForGuides(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var items []troubleshoot.Item
		for n := range 30 {
			items = append(items, troubleshoot.Item{SKU: fmt.Sprintf("LAMP-%02d", n), Title: "Lamp"})
		}
		items = append(items, troubleshoot.Item{SKU: "KETTLE-1", Title: "Kettle"}, troubleshoot.Item{SKU: "LÄMPCHEN", Title: "Lamp"}, troubleshoot.Item{SKU: "ZEBRA", Title: "Zebra"})
		has := func() bool { return read(t, s, func(tx *store.Tx) (bool, error) { return tx.HasItems("acme") }) }
		if has() {
			t.Error("a seller without items has some")
		}
		storetest.Update(t, s, func(tx *store.Tx) error { return tx.PutItems("acme", items, day(0)) })
		if !has() {
			t.Error("a seller with items has none")
		}
		for _, c := range []struct {
			pattern string
			most    int
			known   bool
			seen    int
		}{
			{"KETTLE-1", 9, true, 1}, {"KETTLE-2", 9, false, 1}, {"kettle-1", 9, false, 1},
			{"KETTLE*", 9, true, 1}, {"KETTLE*2", 9, false, 1}, {"KET*LE-1", 9, true, 1}, {"A*", 9, false, 0},
			{"LAMP-*", 9, true, 1}, {"LAMP-*5", 99, true, 6}, {"LAMP-*x", 99, false, 30}, {"LAMP-*x", 9, true, 9}, // cut off: it may be there
			{"L*N", 99, true, 31}, {"LÄMP*", 9, true, 1}, {"*RA", 99, true, 33}, {"*", 9, true, 1},
		} {
			storetest.View(t, s, func(tx *store.Tx) error {
				known, seen, err := tx.HasItem("acme", c.pattern, c.most)
				if known != c.known || seen != c.seen {
					t.Errorf("%s: %t after %d items, want %t after %d", c.pattern, known, seen, c.known, c.seen)
				}
				return err
			})
		}
	})
}

func TestGuidesBesideAGuide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, id := range []string{"kettle", "kettle.de", "kettle.en", "kettle.fr", "kettle.zh", "kettles.en", "lamp.en"} {
			putGuide(t, s, storetest.Guide("acme", id, 2, "KETTLE"), 0)
		}
		publish(t, s, storetest.Guide("acme", "kettle.en", 2), 0)
		putGuide(t, s, storetest.Guide("acme", "kettle.en", 3, "KETTLE"), 1)
		write(t, s, func(tx *store.Tx) (troubleshoot.Guide, error) {
			return tx.PublishGuide("acme", "kettle.de", "", "p", day(1))
		})
		write(t, s, func(tx *store.Tx) (troubleshoot.Guide, error) {
			return tx.ArchiveGuide("acme", "kettle.de", "", day(1))
		})
		var got []string
		for _, g := range read(t, s, func(tx *store.Tx) ([]troubleshoot.Guide, error) {
			return tx.GuidesBeside("acme", "kettle.", func(id string) bool { return id != "kettle.fr" })
		}) {
			got = append(got, fmt.Sprintf("%s %d %s %q", g.ID, len(g.Steps), g.Steps[0].Title, g.Steps[0].Instruction))
		}
		if want := `kettle.en 3 Try "", kettle.zh 2 Try ""`; strings.Join(got, ", ") != want {
			t.Errorf("beside are %s, want %s", strings.Join(got, ", "), want)
		}
	})
}
