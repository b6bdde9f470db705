package store

import (
	"database/sql"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/fixfirst/fixfirst/guides"
	"github.com/fixfirst/fixfirst/guides/search"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Named limits of search.
const (
	indexedSellers = 256  // whose indexes are in memory at once
	termsPage      = 1000 // guides that an index reads at a time
)

// searchIndexes are the indexes in memory, by seller. What is in one was committed; how far it has followed the store is
// compared with the seller's count of changes at every search, so that a search finds what was published before it, on
// whichever replica.
type searchIndexes struct {
	mu       sync.Mutex
	bySeller *lru.Cache[string, *sellerIndex]
}

// sellerIndex is one seller's index, and the change up to which it has followed the store.
type sellerIndex struct {
	*search.Index
	following sync.Mutex // held by the one who brings it up to date
	followed  atomic.Int64
}

func newSearchIndexes() *searchIndexes {
	bySeller, err := lru.New[string, *sellerIndex](indexedSellers)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &searchIndexes{bySeller: bySeller}
}

func (x *searchIndexes) of(seller string) *sellerIndex {
	x.mu.Lock()
	defer x.mu.Unlock()
	index, ok := x.bySeller.Get(seller)
	if !ok {
		index = &sellerIndex{Index: search.New()}
		x.bySeller.Add(seller, index)
	}
	return index
}

// termsOf analyses all that a guide says.
func termsOf(g troubleshoot.Guide) search.Terms {
	text := search.Text{Locale: g.Locale, Title: g.Title, Symptoms: g.Symptoms, Intro: guides.SafeHTML(g.HTML).Text()}
	for _, s := range g.Steps {
		text.Steps = append(text.Steps, search.Step{Title: s.Title}) // its words are in the whole already
	}
	return search.Analyse(text)
}

// replaceTerms makes a guide found by the words of what shoppers see, or by none. The seller's row stays locked until the
// transaction ends, so changes become visible in the order of their numbers.
func (tx *Tx) replaceTerms(g troubleshoot.Guide) error {
	var change int64
	if err := tx.row(`UPDATE sellers SET search = search + 1 WHERE seller = $1 RETURNING search`, g.Seller).Scan(&change); err != nil {
		return wrap("count change", err)
	}
	terms := []byte{}
	if g.State == troubleshoot.GuidePublished {
		terms = termsOf(g).Append(terms)
	}
	_, err := tx.exec(`INSERT INTO guide_terms (seller, change, guide, revision, terms) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (seller, guide) DO UPDATE SET change = excluded.change, revision = excluded.revision, terms = excluded.terms`,
		g.Seller, change, g.ID, g.Revision, terms)
	return wrap("keep terms", err)
}

const (
	selectTermChanges = `SELECT change, guide, revision, terms FROM guide_terms WHERE seller = $1 AND change > $2 ORDER BY change LIMIT $3`
	selectGuideTerms  = `SELECT terms FROM guide_terms WHERE seller = $1 AND guide = $2`
)

// index gives the seller's index as of this transaction or later.
func (tx *Tx) index(seller string) (*sellerIndex, error) {
	var latest int64
	if err := tx.row(`SELECT search FROM sellers WHERE seller = $1`, seller).Scan(&latest); err != nil {
		return nil, found(err, "seller", seller)
	}
	index := tx.store.indexes.of(seller)
	if index.followed.Load() >= latest {
		return index, nil
	}
	index.following.Lock()
	defer index.following.Unlock()
	for more := true; more && index.followed.Load() < latest; {
		var err error
		if more, err = tx.follow(seller, index); err != nil {
			return nil, err
		}
	}
	return index, nil
}

// termChange is a row of guide_terms.
type termChange struct {
	change, revision int64
	guide            string
	terms            []byte
}

// follow brings an index one page further and tells whether there may be another.
func (tx *Tx) follow(seller string, index *sellerIndex) (more bool, err error) {
	rows, err := tx.query(selectTermChanges, seller, index.followed.Load(), termsPage)
	page, err := collect(rows, err, func(scan func(...any) error) (termChange, error) {
		var c termChange
		err := scan(&c.change, &c.guide, &c.revision, &c.terms)
		return c, err
	})
	if err != nil {
		return false, wrap("follow terms", err)
	}
	for _, c := range page {
		if len(c.terms) == 0 {
			index.Remove(c.guide)
		} else {
			terms, err := tx.decodeTerms(seller, c)
			if err != nil {
				return false, err
			}
			index.Put(c.guide, c.revision, terms)
		}
		index.followed.Store(c.change)
	}
	return len(page) == termsPage, nil
}

// decodeTerms reads terms; those that an older version of the analysers made are made again.
func (tx *Tx) decodeTerms(seller string, c termChange) (search.Terms, error) {
	terms, err := search.Decode(c.terms)
	if !errors.Is(err, search.ErrOtherVersion) {
		return terms, wrap("read terms of guide "+c.guide, err)
	}
	g, err := tx.GuideRevision(seller, c.guide, c.revision)
	return termsOf(g), err
}

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

// SearchGuides finds published guides, best first; NotFound for an unknown seller.
func (tx *Tx) SearchGuides(q GuideSearch) ([]GuideHit, error) {
	index, err := tx.index(q.Seller)
	if err != nil {
		return nil, err
	}
	keep, err := tx.searchScope(q)
	if err != nil {
		return nil, err
	}
	var hits []GuideHit
	for _, r := range index.Search(search.Query{Text: q.Query, Locale: q.Locale, Keep: keep, Limit: q.Limit}) {
		g, err := tx.GuideRevision(q.Seller, r.Guide, r.Revision)
		if troubleshoot.CodeOf(err) == troubleshoot.NotFound { // published after this transaction began
			continue
		}
		if err != nil {
			return nil, err
		}
		hits = append(hits, bestStep(g, q, r.Score))
	}
	return hits, nil
}

// bestStep completes a hit with the step that says what is looked for; where none does, with a piece of the whole.
func bestStep(g troubleshoot.Guide, q GuideSearch, score float64) GuideHit {
	hit := GuideHit{Guide: g, Step: -1, Score: score}
	steps := make([]search.Step, len(g.Steps))
	for n, s := range g.Steps {
		steps[n] = search.Step{Title: s.Title, Text: s.Instruction}
	}
	hit.Step, hit.Snippet = search.Best(q.Query, g.Locale, steps)
	if hit.Step < 0 {
		_, hit.Snippet = search.Best(q.Query, g.Locale, []search.Step{{Title: g.Title, Text: guides.SafeHTML(g.HTML).Text()}})
	}
	return hit
}

// searchScope gives the guides to keep; nil for all.
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
	if len(scopes) == 0 {
		return nil, nil
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

// fillTerms gives guides that may tie the words that a comment is compared with.
func (tx *Tx) fillTerms(seller string, fitting []troubleshoot.FittingGuide) error {
	if len(fitting) < 2 {
		return nil
	}
	for n := range fitting[:min(len(fitting), comparedGuides)] {
		err := tx.row(selectGuideTerms, seller, fitting[n].ID).Scan(&fitting[n].Terms)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return wrap("read terms", err)
		}
	}
	return nil
}

// comparedGuides bounds the guides of one SKU whose words are kept in memory to be compared with a comment.
const comparedGuides = 50
