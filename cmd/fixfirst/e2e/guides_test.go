package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestAGuideIsChangedComparedAndRolledBack is a guide's life over REST: draft, publish, change, diff, roll back, archive.
func TestAGuideIsChangedComparedAndRolledBack(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		seller := s.as(s.newKey(object{"role": "SELLER", "seller": "acme"}))
		const at = "/v1/sellers/acme/guides/kettle"
		put := func(markdown string) object {
			return seller.must(http.MethodPut, at, object{"markdown": markdown, "publish": true})
		}
		steps := func(guide object) (ids []string) {
			list, _ := guide["steps"].([]any)
			for _, step := range list {
				ids = append(ids, text(step, "step"))
			}
			return ids
		}
		first := put(kettleGuide)
		reworded := strings.NewReplacer("Try another wall socket", "Try an other wall socket", "Lift the kettle", "Take the kettle").Replace(kettleGuide)
		second := put(reworded + "\n## Dry the base\n\nWipe it with a dry cloth.\n")
		if want := append(steps(first), "dry-the-base"); !slices.Equal(steps(second), want) {
			t.Errorf("the steps of a reworded guide are %v, want %v: what shoppers report is counted by id", steps(second), want)
		}
		diff := seller.must(http.MethodGet, at+"/revisions/1:diff?with=2", nil)
		var changes []string
		for _, c := range diff["steps"].([]any) {
			changes = append(changes, fmt.Sprint(text(c, "kind"), " ", text(c, "step"), " ", c.(object)["fields"]))
		}
		want := []string{"CHANGED try-another-wall-socket [title]", "CHANGED seat-it-on-its-base [text]", "ADDED dry-the-base []"}
		if !slices.Equal(changes, want) {
			t.Errorf("changes %q, want %q", changes, want)
		}
		if lines := fmt.Sprint(diff["lines"]); !strings.Contains(lines, "Try an other wall socket") || !strings.Contains(lines, "REMOVED") {
			t.Errorf("changed lines: %s", lines)
		}
		third := seller.must(http.MethodPost, at+":publish", object{"revision": 1})
		if number(third, "revision") != 3 || number(third, "rolledBackTo") != 1 || text(third, "markdown") != kettleGuide || text(third, "html") != text(first, "html") {
			t.Errorf("rolled back to %v", third)
		}
		revisions := seller.must(http.MethodGet, at+"/revisions", nil)["revisions"].([]any)
		if len(revisions) != 3 {
			t.Fatalf("%d revisions", len(revisions))
		}
		for n, r := range revisions {
			if int(number(r, "revision")) != 3-n || !strings.HasPrefix(text(r, "publisher"), "keys/") || text(r, "publishTime") == "" {
				t.Errorf("revision %v does not say who and when", r)
			}
		}
		stale := seller.do(http.MethodPost, at+":publish", object{"revision": 2, "etag": text(first, "etag")})
		if stale.code != http.StatusConflict {
			t.Errorf("a roll back by an old etag: %s", stale)
		}
		seller.must(http.MethodPost, at+":archive", object{})
		if r := s.as(s.newKey(object{"role": "STOREFRONT", "seller": "acme"})).do(http.MethodGet, at, nil); r.code != http.StatusNotFound {
			t.Errorf("an archived guide: %s", r)
		}
	})
}

// TestPublishedGuidesAreCached reads a guide as a shopper's page does, with and without what it has already.
func TestPublishedGuidesAreCached(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		s.sellKettles("acme", object{"holdoutFraction": 0})
		reader := s.as(s.newKey(object{"role": "STOREFRONT", "seller": "acme"}))
		const at = "/v1/sellers/acme/guides/kettle"
		for _, path := range []string{at, at + "?revision=1"} {
			first := reader.do(http.MethodGet, path, nil)
			etag := first.header.Get("ETag")
			if first.code != http.StatusOK || etag == "" || first.header.Get("Cache-Control") != "private, no-cache" || first.header.Get("Vary") == "" {
				t.Fatalf("%s: %s, header %v", path, first, first.header)
			}
			if o := first.object(t); text(o, "markdown") != "" || o["findings"] == nil || len(o["findings"].([]any)) > 0 || text(o, "publisher") != "" {
				t.Errorf("%s shows a reader what is its author's: %s", path, first)
			}
			again := reader.do(http.MethodGet, path, nil)
			if string(again.body) != string(first.body) {
				t.Errorf("%s: another answer: %s", path, again)
			}
			for _, known := range []string{etag, "W/" + etag, `"x", ` + etag, "*"} {
				if r := reader.do(http.MethodGet, path, nil, "If-None-Match", known); r.code != http.StatusNotModified || len(r.body) > 0 || r.header.Get("ETag") != etag {
					t.Errorf("%s, If-None-Match %s: %s", path, known, r)
				}
			}
			if r := reader.do(http.MethodGet, path, nil, "If-None-Match", `"other"`); r.code != http.StatusOK {
				t.Errorf("%s with another etag: %s", path, r)
			}
		}
		before := reader.do(http.MethodGet, at, nil).header.Get("ETag")
		s.must(http.MethodPut, at, object{"markdown": kettleGuide + "\n## Dry it\n\nWipe it.\n", "publish": true})
		after := reader.do(http.MethodGet, at, nil, "If-None-Match", before)
		if after.code != http.StatusOK || number(after.object(t), "revision") != 2 {
			t.Errorf("after a new revision: %s", after)
		}
		if r := reader.do(http.MethodGet, at+"?revision=1", nil); number(r.object(t), "revision") != 1 {
			t.Errorf("the older revision: %s", r)
		}
		for _, path := range []string{at + "?revision=x", at + "?revision=1&revision=2", at + "?version=1"} {
			if r := reader.do(http.MethodGet, path, nil); r.code != http.StatusBadRequest {
				t.Errorf("%s: %s", path, r)
			}
		}
		for _, path := range []string{at + "?revision=3", "/v1/sellers/acme/guides/none", "/v1/sellers/best/guides/kettle"} {
			if r := reader.do(http.MethodGet, path, nil, "If-None-Match", "*"); r.code != http.StatusNotFound {
				t.Errorf("%s: %s", path, r)
			}
		}
		s.must(http.MethodPost, at+":archive", object{})
		if r := reader.do(http.MethodGet, at+"?revision=1", nil, "If-None-Match", before); r.code != http.StatusNotFound {
			t.Errorf("an archived guide: %s", r)
		}
	})
}
