package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// saying makes a guide whose only step says the words.
func saying(seller, id, words string, skus ...string) troubleshoot.Guide {
	g := storetest.Guide(seller, id, 1, skus...)
	g.Steps[0].Instruction, g.HTML = words, "<p>"+words+"</p>"
	g.Markdown += words
	return g
}

// searched gives the ids and revisions that a search finds.
func searched(t testing.TB, s *store.Store, q store.GuideSearch) string {
	t.Helper()
	q.Limit = 10
	var found []string
	hits, err := s.SearchGuides(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, hit := range hits {
		found = append(found, fmt.Sprintf("%s@%d", hit.Guide.ID, hit.Guide.Revision))
	}
	return strings.Join(found, " ")
}

// TestSearchFollowsWhatIsPublished searches on both replicas after each change.
func TestSearchFollowsWhatIsPublished(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		want := func(what, query, found string) {
			t.Helper()
			for n, s := range []*store.Store{one, two} {
				if got := searched(t, s, store.GuideSearch{Seller: "acme", Query: query}); got != found {
					t.Errorf("%s: replica %d finds %q for %s, want %q", what, n+1, got, query, found)
				}
			}
		}
		putGuide(t, one, saying("acme", "a", "the kettle whistles"), 0)
		want("a draft", "whistles", "")
		publish(t, one, saying("acme", "a", ""), 0)
		want("published", "whistles", "a@1")
		publish(t, two, putGuide(t, two, saying("acme", "b", "a lamp flickers"), 0), 0)
		want("by the other replica", "flickering", "b@1")
		putGuide(t, one, saying("acme", "a", "the kettle leaks"), 1)
		want("a draft beside a revision", "whistle", "a@1")
		publish(t, one, saying("acme", "a", ""), 1)
		want("the next revision", "whistle", "")
		want("the next revision", "leaking", "a@2")
		write(t, two, func(tx *store.Tx) (troubleshoot.Guide, error) {
			return tx.RollBackGuide("acme", "a", 1, "", "publisher", day(2))
		})
		want("rolled back", "whistle", "a@3")
		write(t, one, func(tx *store.Tx) (troubleshoot.Guide, error) { return tx.ArchiveGuide("acme", "a", "", day(3)) })
		want("archived", "whistle", "")
		publish(t, two, saying("acme", "a", ""), 4)
		want("published again", "whistle", "a@3")
		publish(t, one, putGuide(t, one, saying("best", "c", "the kettle whistles"), 0), 0)
		want("another seller's", "whistle", "a@3")
		failure := errors.New("failure")
		if err := one.Update(context.Background(), func(tx *store.Tx) error {
			_, err := tx.ArchiveGuide("acme", "a", "", day(5))
			return errors.Join(err, failure)
		}); !errors.Is(err, failure) {
			t.Fatal(err)
		}
		want("an archiving that was rolled back", "whistle", "a@3")
	})
}

func TestSearchWithinASKUAndACategory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		category := saying("acme", "c", "it leaks")
		category.Categories = []string{"Kettles"}
		german := saying("acme", "d", "Wasser leaks", "KETTLE-1")
		german.Locale = "de"
		for _, g := range []troubleshoot.Guide{saying("acme", "a", "it leaks", "KETTLE-1"), saying("acme", "b", "it leaks and leaks", "LAMP*"), category, german} {
			publish(t, s, putGuide(t, s, g, 0), 0)
		}
		storetest.Update(t, s, func(tx *store.Tx) error {
			return tx.PutItems("acme", []troubleshoot.Item{{SKU: "KETTLE-1", Title: "Kettle", Category: "kettles"}}, day(0))
		})
		for _, c := range []struct{ sku, category, locale, want string }{
			{"", "", "en", "a@1 b@1 c@1"}, {"KETTLE-1", "", "en", "a@1 c@1"}, {"LAMP-2", "", "en", "b@1"}, {"", "KETTLES", "en", "c@1"},
			{"KETTLE-1", "kettles", "en", "c@1"}, {"LAMP-2", "kettles", "en", ""}, {"OTHER", "", "en", ""}, {"KETTLE-1", "", "de", "d@1"},
			{"KETTLE-1", "", "", "a@1 c@1 d@1"},
		} {
			got := strings.Fields(searched(t, s, store.GuideSearch{Seller: "acme", Query: "leaks", SKU: c.sku, Category: c.category, Locale: c.locale}))
			if slices.Sort(got); strings.Join(got, " ") != c.want {
				t.Errorf("SKU %q, category %q, locale %q: %v, want %q", c.sku, c.category, c.locale, got, c.want)
			}
		}
		_, err := s.SearchGuides(context.Background(), store.GuideSearch{Seller: "nobody", Query: "leaks", Limit: 1})
		wantCode(t, err, troubleshoot.NotFound)
	})
}

// TestTermsOfAnotherVersionAreMadeAgain is what a newer binary finds in an older database.
func TestTermsOfAnotherVersionAreMadeAgain(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		publish(t, storetest.Open(t, url), putGuide(t, storetest.Open(t, url), saying("acme", "a", "it whistles"), 0), 0)
		old := `UPDATE guide_terms SET terms = x'00'`
		if !strings.HasPrefix(url, "sqlite:") {
			old = `UPDATE guide_terms SET terms = '\x00'`
		}
		if _, err := storetest.Raw(t, url).Exec(old); err != nil {
			t.Fatal(err)
		}
		if got := searched(t, storetest.Open(t, url), store.GuideSearch{Seller: "acme", Query: "whistling"}); got != "a@1" {
			t.Errorf("found %q", got)
		}
	})
}

// TestManySearchWhileManyPublish finds each guide at once after it was published, however many others are.
func TestManySearchWhileManyPublish(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				s, other := one, two
				if worker%2 == 1 {
					s, other = two, one
				}
				for n := range 10 {
					id := fmt.Sprintf("g%d-%d", worker, n)
					g := saying("acme", id, fmt.Sprintf("word%dx%d", worker, n))
					if err := s.Update(context.Background(), func(tx *store.Tx) error {
						if _, err := tx.PutGuide(g, "", day(0)); err != nil {
							return err
						}
						_, err := tx.PublishGuide("acme", id, "", "publisher", day(0))
						return err
					}); err != nil {
						t.Error(err)
						return
					}
					hits, err := other.SearchGuides(context.Background(), store.GuideSearch{Seller: "acme", Query: fmt.Sprintf("word%dx%d", worker, n), Limit: 1})
					if err != nil || len(hits) != 1 || hits[0].Guide.ID != id {
						t.Errorf("%s is found as %v, %v", id, hits, err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// TestASymptomLeadsToItsStep finds the step that its seller meant, whatever words it has.
func TestASymptomLeadsToItsStep(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		g := storetest.Guide("acme", "robot", 3, "ROBOT")
		g.Symptoms = []string{"it leaves dirt behind", "it beeps"}
		g.Entries = []troubleshoot.GuideEntry{{Symptom: "it leaves dirt behind", Step: "s3"}, {Reason: "DEFECTIVE", Step: "s2"}}
		g.HTML = "<p>Charge it where there is no dirt.</p><p>Clean the brush.</p>"
		g.Steps[0].Instruction, g.Steps[2].Instruction = "Charge it where there is no dirt.", "Clean the brush."
		publish(t, s, putGuide(t, s, g, 0), 0)
		for query, want := range map[string]string{"leaves dirt behind": "2 it <mark>leaves</mark> <mark>dirt</mark> <mark>behind</mark>",
			"brush": "2 Clean the <mark>brush</mark>.", "dirt": "0 Charge it where there is no <mark>dirt</mark>."} {
			hits, err := s.SearchGuides(context.Background(), store.GuideSearch{Seller: "acme", Query: query, Locale: "en", Limit: 5})
			if err != nil || len(hits) != 1 {
				t.Fatal(hits, err)
			}
			if got := fmt.Sprintf("%d %s", hits[0].Step, hits[0].Snippet); got != want {
				t.Errorf("%s finds %q, want %q", query, got, want)
			}
		}
	})
}
