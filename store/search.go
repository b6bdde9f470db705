package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/fixfirst/fixfirst/guides"
	"github.com/fixfirst/fixfirst/guides/search"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Named limits of the indexes in memory.
const (
	indexedSellers = 1024    // of whom there may be one at once
	indexedGuides  = 500_000 // in all of them, of about 1.5 KB each; the one in use stays whatever it holds
	termsPage      = 1000    // guides that an index reads at a time
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
	following chan struct{} // held by the one who brings it up to date
	followed  atomic.Int64
	guides    atomic.Int64
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
		index = &sellerIndex{Index: search.New(), following: make(chan struct{}, 1)}
		x.bySeller.Add(seller, index)
	}
	return index
}

// makeRoom forgets the indexes that were used longest ago until the others are not too large.
func (x *searchIndexes) makeRoom() {
	x.mu.Lock()
	defer x.mu.Unlock()
	guides := int64(0)
	for _, index := range x.bySeller.Values() {
		guides += index.guides.Load()
	}
	for guides > indexedGuides && x.bySeller.Len() > 1 {
		_, oldest, _ := x.bySeller.RemoveOldest()
		guides -= oldest.guides.Load()
	}
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

const selectTermChanges = `SELECT change, guide, revision, terms FROM guide_terms WHERE seller = $1 AND change > $2 ORDER BY change LIMIT $3`

// index gives the seller's index as of now or later. It reads in pages of their own, so that a large one that is read for the
// first time keeps no connection from those who read one row.
func (s *Store) index(ctx context.Context, seller string) (*sellerIndex, error) {
	var latest int64
	if err := s.View(ctx, func(tx *Tx) error {
		return found(tx.row(`SELECT search FROM sellers WHERE seller = $1`, seller).Scan(&latest), "seller", seller)
	}); err != nil {
		return nil, err
	}
	index := s.indexes.of(seller)
	if index.followed.Load() >= latest {
		return index, nil
	}
	select {
	case index.following <- struct{}{}:
		defer func() { <-index.following }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for index.followed.Load() < latest {
		var page []termChange
		if err := s.ViewLong(ctx, func(tx *Tx) (err error) {
			page, err = tx.termChanges(seller, index.followed.Load())
			return err
		}); err != nil {
			return nil, err
		}
		index.apply(page)
		if len(page) < termsPage {
			break
		}
	}
	s.indexes.makeRoom()
	return index, nil
}

// termChange is a row of guide_terms, decoded.
type termChange struct {
	change, revision int64
	guide            string
	stored           []byte // empty: the guide is found by nothing
	terms            search.Terms
}

// termChanges gives the next page of changes, in their order. Terms that an older version of the analysers made are made again.
func (tx *Tx) termChanges(seller string, after int64) ([]termChange, error) {
	rows, err := tx.query(selectTermChanges, seller, after, termsPage)
	page, err := collect(rows, err, func(scan func(...any) error) (termChange, error) {
		var c termChange
		err := scan(&c.change, &c.guide, &c.revision, &c.stored)
		return c, err
	})
	if err != nil {
		return nil, wrap("follow terms", err)
	}
	for n := range page {
		c := &page[n]
		if len(c.stored) == 0 {
			continue
		}
		if c.terms, err = search.Decode(c.stored); errors.Is(err, search.ErrOtherVersion) {
			var g troubleshoot.Guide
			g, err = tx.GuideRevision(seller, c.guide, c.revision)
			c.terms = termsOf(g)
		}
		if err != nil {
			return nil, wrap("read terms of guide "+c.guide, err)
		}
	}
	return page, nil
}

// apply brings the index up to a page of committed changes. Only who holds following may.
func (x *sellerIndex) apply(page []termChange) {
	for _, c := range page {
		_, had := x.Revision(c.guide)
		switch {
		case len(c.stored) > 0:
			x.Put(c.guide, c.revision, c.terms)
			if !had {
				x.guides.Add(1)
			}
		case x.Remove(c.guide):
			x.guides.Add(-1)
		}
		x.followed.Store(c.change)
	}
}
