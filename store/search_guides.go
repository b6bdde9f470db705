package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/fixfirst/fixfirst/guides"
	"github.com/fixfirst/fixfirst/guides/search"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Named limits of a search.
const (
	shownText      = 64 << 10 // bytes of a guide that are looked through for the step that matches best
	leastSaid      = 0.5      // share of a symptom that a query must say, and more, to mean it
	comparedGuides = 20       // of one SKU whose words are at hand to be compared with a comment
)

// GuideSearch says what to look for, and where.
type GuideSearch struct {
	Seller, Query, Locale string
	SKU                   string // only guides for it; "" is any
	Category              string // only guides for it; "" is any
	Limit                 int
}

// GuideHit is a guide that was found.
type GuideHit struct {
	Guide   troubleshoot.Guide // the published revision
	Step    int                // index of the step that matches best; -1 where only the guide as a whole does
	Snippet search.Snippet
	Score   float64
}

// SearchGuides finds published guides, best first; NotFound for an unknown seller. What was published before it was called is
// found, on whichever replica.
func (s *Store) SearchGuides(ctx context.Context, q GuideSearch) ([]GuideHit, error) {
	index, err := s.index(ctx, q.Seller)
	if err != nil {
		return nil, err
	}
	var keep func(guide string) bool
	if q.SKU != "" || q.Category != "" {
		if err := s.View(ctx, func(tx *Tx) (err error) {
			keep, err = tx.searchScope(q)
			return err
		}); err != nil {
			return nil, err
		}
	}
	var hits []GuideHit
	for _, r := range index.Search(search.Query{Text: q.Query, Locale: q.Locale, Keep: keep, Limit: q.Limit}) {
		var g troubleshoot.Guide
		// One at a time: large guides take long to read, and others want a connection, too.
		err := s.View(ctx, func(tx *Tx) (err error) {
			g, err = tx.GuideRevision(q.Seller, r.Guide, r.Revision)
			return err
		})
		if err != nil {
			return nil, err
		}
		hits = append(hits, bestStep(g, q.Query, r.Score))
	}
	return hits, nil
}

// bestStep completes a hit with the step that says what is looked for: the one to begin with for a symptom that the query
// says, else the one whose words match best; where none does, with a piece of the whole.
func bestStep(g troubleshoot.Guide, query string, score float64) GuideHit {
	hit := GuideHit{Guide: g, Step: -1, Score: score}
	symptom := ""
	if hit.Step, symptom = symptomStep(g, query); hit.Step >= 0 {
		// The symptom is what was looked for; the step may say it in other words, or not at all.
		if n, snippet := search.Best(query, g.Locale, textsOf(g.Steps[hit.Step:hit.Step+1])); n >= 0 {
			hit.Snippet = snippet
			return hit
		}
		_, hit.Snippet = search.Best(query, g.Locale, []search.Step{{Text: symptom}})
		return hit
	}
	if hit.Step, hit.Snippet = search.Best(query, g.Locale, textsOf(g.Steps)); hit.Step < 0 {
		_, hit.Snippet = search.Best(query, g.Locale, []search.Step{{Title: g.Title, Text: cut(guides.SafeHTML(g.HTML).Text(), shownText)}})
	}
	return hit
}

// symptomStep gives the step to begin with for the symptom that a query says most of; -1 for none.
func symptomStep(g troubleshoot.Guide, query string) (step int, symptom string) {
	step = -1
	if len(g.Entries) == 0 {
		return step, ""
	}
	heard, most := search.Hear(query, g.Locale), leastSaid
	for _, e := range g.Entries {
		share := heard.Share(e.Symptom)
		if share <= most {
			continue
		}
		for n, s := range g.Steps {
			if s.ID == e.Step {
				step, symptom, most = n, e.Symptom, share
			}
		}
	}
	return step, symptom
}

// textsOf gives steps as they are looked through, up to shownText in all.
func textsOf(steps []troubleshoot.GuideStep) []search.Step {
	texts, left := make([]search.Step, len(steps)), shownText
	for n, s := range steps {
		texts[n] = search.Step{Title: s.Title, Text: cut(s.Instruction, left)}
		left -= len(texts[n].Text)
	}
	return texts
}

// cut gives at most so many bytes of a text, and whole characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:max(most, 0)], "")
}

// searchScope gives the guides to keep.
func (tx *Tx) searchScope(q GuideSearch) (func(guide string) bool, error) {
	var scopes []map[string]bool
	if q.SKU != "" {
		item, err := tx.Item(q.Seller, q.SKU)
		if err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound {
			return nil, err
		}
		fitting, err := tx.PublishedGuides(q.Seller, q.SKU, item.Category)
		if err != nil {
			return nil, err
		}
		scope := map[string]bool{}
		for _, g := range fitting {
			scope[g.ID] = true
		}
		scopes = append(scopes, scope)
	}
	if q.Category != "" {
		scope, err := tx.guidesOfCategory(q.Seller, q.Category)
		if err != nil {
			return nil, err
		}
		scopes = append(scopes, scope)
	}
	return func(guide string) bool {
		for _, scope := range scopes {
			if !scope[guide] {
				return false
			}
		}
		return true
	}, nil
}

func (tx *Tx) guidesOfCategory(seller, category string) (map[string]bool, error) {
	rows, err := tx.query(`SELECT guide FROM guide_keys WHERE seller = $1 AND fit = $2 AND pattern = $3`, seller, troubleshoot.FitCategory, strings.ToLower(category))
	scope := map[string]bool{}
	_, err = collect(rows, err, func(scan func(...any) error) (struct{}, error) {
		var guide string
		err := scan(&guide)
		scope[guide] = true
		return struct{}{}, err
	})
	return scope, wrap("look for guides", err)
}

const selectGuideTerms = `SELECT terms FROM guide_terms WHERE seller = $1 AND guide = $2`

// fillTerms gives guides that may tie the words that a comment is compared with.
func (tx *Tx) fillTerms(s *shelf, fitting []troubleshoot.FittingGuide) error {
	if len(fitting) < 2 {
		return nil
	}
	for n := range fitting[:min(len(fitting), comparedGuides)] {
		g := &fitting[n]
		if kept, ok := s.terms.Get(g.ID); ok {
			g.Terms = kept
			continue
		}
		err := tx.row(selectGuideTerms, s.seller.ID, g.ID).Scan(&g.Terms)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return wrap("read terms", err)
		}
		s.terms.Add(g.ID, g.Terms)
	}
	return nil
}
