package store_test

import (
	"context"
	"sync"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func putGuide(t testing.TB, s *store.Store, g troubleshoot.Guide, now int) troubleshoot.Guide {
	t.Helper()
	return write(t, s, func(tx *store.Tx) (troubleshoot.Guide, error) { return tx.PutGuide(g, "", day(now)) })
}

func publish(t testing.TB, s *store.Store, g troubleshoot.Guide, now int) troubleshoot.Guide {
	t.Helper()
	return write(t, s, func(tx *store.Tx) (troubleshoot.Guide, error) {
		return tx.PublishGuide(g.Seller, g.ID, "", "publisher", day(now))
	})
}

func guide(t testing.TB, s *store.Store, id string) troubleshoot.Guide {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (troubleshoot.Guide, error) { return tx.Guide("acme", id) })
}

func TestGuideLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		shown := func() (int64, troubleshoot.Code) {
			var revision int64
			err := s.View(context.Background(), func(tx *store.Tx) error {
				g, err := tx.PublishedGuide("acme", "kettle")
				revision = g.Revision
				return err
			})
			return revision, troubleshoot.CodeOf(err)
		}
		first := storetest.Guide("acme", "kettle", 3, "KETTLE")
		draft := putGuide(t, s, first, 0)
		if draft.State != troubleshoot.GuideDraft || draft.Revision != 0 || draft.Etag == "" {
			t.Errorf("draft %+v", draft)
		}
		wantSame(t, guide(t, s, "kettle"), draft)
		if _, code := shown(); code != troubleshoot.NotFound {
			t.Error("shoppers see a draft")
		}
		one := publish(t, s, first, 1)
		if one.State != troubleshoot.GuidePublished || one.Revision != 1 || one.Etag == draft.Etag || !one.PublishTime.Equal(day(1)) {
			t.Errorf("published %+v", one)
		}
		putGuide(t, s, first, 2)
		if again := publish(t, s, first, 3); again.Revision != 1 || !again.PublishTime.Equal(day(1)) || again.Etag != one.Etag {
			t.Errorf("the same text was published again as %+v", again)
		}
		if again := publish(t, s, first, 3); again.Revision != 1 {
			t.Errorf("publishing without a draft made revision %d", again.Revision)
		}
		second := putGuide(t, s, storetest.Guide("acme", "kettle", 5, "KETTLE"), 4)
		if revision, _ := shown(); revision != 1 || second.Etag == one.Etag {
			t.Errorf("beside a draft shoppers see revision %d", revision)
		}
		wantSame(t, len(guide(t, s, "kettle").Steps), 5)
		if two := publish(t, s, second, 5); two.Revision != 2 || len(two.Steps) != 5 {
			t.Errorf("second revision %+v", two)
		}
		archived := write(t, s, func(tx *store.Tx) (troubleshoot.Guide, error) { return tx.ArchiveGuide("acme", "kettle", "", day(6)) })
		if _, code := shown(); code != troubleshoot.NotFound || archived.State != troubleshoot.GuideArchived {
			t.Errorf("archived: %+v, shoppers' code %d", archived, code)
		}
		wantSame(t, guide(t, s, "kettle").State, troubleshoot.GuideArchived)
		if back := publish(t, s, first, 7); back.Revision != 2 {
			t.Errorf("published from the archive as revision %d", back.Revision)
		}
	})
}

func TestRevisionsNeverChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var kept []troubleshoot.Guide
		revision := func(n int64) troubleshoot.Guide {
			return read(t, s, func(tx *store.Tx) (troubleshoot.Guide, error) { return tx.GuideRevision("acme", "kettle", n) })
		}
		for n := range 4 {
			g := putGuide(t, s, storetest.Guide("acme", "kettle", n+1, "KETTLE"), n)
			publish(t, s, g, n)
			kept = append(kept, revision(int64(n+1)))
			for older := range kept {
				wantSame(t, revision(int64(older+1)), kept[older])
			}
		}
		list := func(before int64, limit int) (numbers []int64) {
			for _, g := range read(t, s, func(tx *store.Tx) ([]troubleshoot.Guide, error) {
				return tx.GuideRevisions("acme", "kettle", before, limit)
			}) {
				numbers = append(numbers, g.Revision)
			}
			return numbers
		}
		wantSame(t, list(0, 10), []int64{4, 3, 2, 1})
		wantSame(t, list(0, 2), []int64{4, 3})
		wantSame(t, list(3, 2), []int64{2, 1})
		wantSame(t, list(1<<40, 1), []int64{4})
		storetest.View(t, s, func(tx *store.Tx) error {
			_, err := tx.GuideRevision("acme", "kettle", 5)
			wantCode(t, err, troubleshoot.NotFound)
			return nil
		})
	})
}

func TestEtagsTellConflicts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		g := putGuide(t, s, storetest.Guide("acme", "kettle", 1, "KETTLE"), 0)
		newer := putGuide(t, s, storetest.Guide("acme", "kettle", 2, "KETTLE"), 1)
		try := func(fn func(*store.Tx) (troubleshoot.Guide, error)) error {
			return s.Update(context.Background(), func(tx *store.Tx) error { _, err := fn(tx); return err })
		}
		for _, stale := range []func(*store.Tx) (troubleshoot.Guide, error){
			func(tx *store.Tx) (troubleshoot.Guide, error) { return tx.PutGuide(g, g.Etag, day(2)) },
			func(tx *store.Tx) (troubleshoot.Guide, error) {
				return tx.PublishGuide("acme", "kettle", g.Etag, "publisher", day(2))
			},
			func(tx *store.Tx) (troubleshoot.Guide, error) {
				return tx.ArchiveGuide("acme", "kettle", g.Etag, day(2))
			},
			func(tx *store.Tx) (troubleshoot.Guide, error) {
				return tx.PutGuide(storetest.Guide("acme", "new", 1), g.Etag, day(2))
			},
		} {
			wantCode(t, try(stale), troubleshoot.Aborted)
		}
		wantSame(t, guide(t, s, "kettle"), newer)
		for _, missing := range []func(*store.Tx) (troubleshoot.Guide, error){
			func(tx *store.Tx) (troubleshoot.Guide, error) {
				return tx.PublishGuide("acme", "lamp", "", "publisher", day(2))
			},
			func(tx *store.Tx) (troubleshoot.Guide, error) { return tx.ArchiveGuide("acme", "lamp", "", day(2)) },
			func(tx *store.Tx) (troubleshoot.Guide, error) { return tx.ArchiveGuide("other", "kettle", "", day(2)) },
			func(tx *store.Tx) (troubleshoot.Guide, error) { return tx.Guide("other", "kettle") },
		} {
			wantCode(t, try(missing), troubleshoot.NotFound)
		}
		if err := try(func(tx *store.Tx) (troubleshoot.Guide, error) {
			return tx.PublishGuide("acme", "kettle", newer.Etag, "publisher", day(2))
		}); err != nil {
			t.Errorf("the newest etag: %v", err)
		}
	})
}

func TestOneOfManyWritersWithOneEtagWins(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		g := putGuide(t, one, storetest.Guide("acme", "kettle", 1, "KETTLE"), 0)
		const writers = 16
		var errs [writers]error
		var group sync.WaitGroup
		for n := range writers {
			group.Go(func() {
				replica := one
				if n%2 == 1 {
					replica = two
				}
				errs[n] = replica.Update(context.Background(), func(tx *store.Tx) error {
					_, err := tx.PutGuide(storetest.Guide("acme", "kettle", n+2, "KETTLE"), g.Etag, day(1))
					return err
				})
			})
		}
		group.Wait()
		winners := 0
		for _, err := range errs {
			if err == nil {
				winners++
			} else {
				wantCode(t, err, troubleshoot.Aborted)
			}
		}
		if winners != 1 {
			t.Errorf("%d writers won, want 1", winners)
		}
	})
}

func TestGuidesAreFoundByWhatTheyAreFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		category := storetest.Guide("acme", "a-category", 1)
		category.Categories = []string{"Kitchen"}
		every := storetest.Guide("acme", "b-all-three", 1, "KETTLE", "KET*", "*")
		every.Categories = []string{"KITCHEN"}
		reasons := storetest.Guide("acme", "c-glob", 2, "KET*E")
		reasons.Reasons, reasons.Minutes = []troubleshoot.Reason{"DEFECTIVE"}, 9
		reasons.Entries = []troubleshoot.GuideEntry{{Symptom: "it leaks", Step: "s2"}}
		for _, g := range []troubleshoot.Guide{category, every, reasons, storetest.Guide("acme", "d-other", 1, "LAMP"), storetest.Guide("best", "e", 1, "KETTLE")} {
			publish(t, s, putGuide(t, s, g, 0), 0)
		}
		putGuide(t, s, storetest.Guide("acme", "f-draft", 1, "KETTLE"), 0)
		find := func(sku, category string) (found []string) {
			for _, g := range read(t, s, func(tx *store.Tx) ([]troubleshoot.FittingGuide, error) {
				return tx.PublishedGuides("acme", sku, category)
			}) {
				found = append(found, g.ID+[...]string{"", " category", " glob", " exact"}[g.Fit])
			}
			return found
		}
		wantSame(t, find("KETTLE", "kitchen"), []string{"a-category category", "b-all-three exact", "c-glob glob"})
		wantSame(t, find("KETTLE", ""), []string{"b-all-three exact", "c-glob glob"})
		wantSame(t, find("kettle", "KITCHEN"), []string{"a-category category", "b-all-three glob"})
		wantSame(t, find("LAMP", "light"), []string{"b-all-three glob", "d-other exact"})
		got := read(t, s, func(tx *store.Tx) ([]troubleshoot.FittingGuide, error) {
			return tx.PublishedGuides("acme", "KETTLE", "")
		})[1]
		wantSame(t, got, troubleshoot.FittingGuide{ID: "c-glob", Revision: 1, Title: "Guide c-glob",
			Locale: "en", Reasons: reasons.Reasons, Entries: reasons.Entries, Minutes: 9, Steps: 2, Fit: troubleshoot.FitGlob})
		publish(t, s, putGuide(t, s, storetest.Guide("acme", "b-all-three", 4, "LAMP"), 1), 1)
		wantSame(t, find("KETTLE", "kitchen"), []string{"a-category category", "c-glob glob"})
	})
}

func TestGuidesAreListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		german := storetest.Guide("acme", "b", 1, "LAMP*")
		german.Locale = "de"
		for _, g := range []troubleshoot.Guide{storetest.Guide("acme", "a", 1, "KETTLE"), german, storetest.Guide("acme", "c", 1, "KETTLE"), storetest.Guide("best", "d", 1)} {
			putGuide(t, s, g, 0)
		}
		publish(t, s, storetest.Guide("acme", "c", 1), 1)
		list := func(f store.GuideFilter) (ids string) {
			for _, g := range read(t, s, func(tx *store.Tx) ([]troubleshoot.Guide, error) { return tx.Guides(f) }) {
				ids += g.ID
			}
			return ids
		}
		for _, c := range []struct {
			filter store.GuideFilter
			want   string
		}{
			{store.GuideFilter{Seller: "acme", Limit: 10}, "abc"},
			{store.GuideFilter{Seller: "acme", Limit: 2}, "ab"},
			{store.GuideFilter{Seller: "acme", After: "b", Limit: 2}, "c"},
			{store.GuideFilter{Seller: "acme", Locale: "de", Limit: 10}, "b"},
			{store.GuideFilter{Seller: "acme", SKU: "LAMP-2", Limit: 10}, "b"},
			{store.GuideFilter{Seller: "acme", SKU: "KETTLE", Limit: 2}, "ac"},
			{store.GuideFilter{Seller: "acme", SKU: "KETTLE", Limit: 1}, "a"},
			{store.GuideFilter{Seller: "acme", State: troubleshoot.GuidePublished, Limit: 10}, "c"},
			{store.GuideFilter{Seller: "other", Limit: 10}, ""},
		} {
			if got := list(c.filter); got != c.want {
				t.Errorf("%+v lists %q, want %q", c.filter, got, c.want)
			}
		}
	})
}
