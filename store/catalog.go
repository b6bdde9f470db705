package store

import (
	"errors"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
	lru "github.com/hashicorp/golang-lru/v2"
)

// Named limits of the catalog cache.
const (
	cachedShelves = 1024 // sellers
	cachedSKUs    = 4096 // SKUs of one of them
	cachedTerms   = 4096 // guides of one of them whose words are at hand
	shelfLife     = 10 * time.Minute
)

// catalogCache keeps what intercepts read of a seller: policy, item and fitting guides by SKU. A shelf counts only for the
// catalog token that it was filled at, and every change replaces the token, so what is used is never stale on any replica. What
// guides are proven to fix changes with every step that a shopper tries; it only breaks ties, and may be as old as a shelf.
type catalogCache struct{ shelves *lru.Cache[string, *shelf] }

// shelf is one seller at one state of its catalog.
type shelf struct {
	token       int64
	filled      time.Time
	seller      troubleshoot.Seller
	epoch       troubleshoot.Epoch
	salt        [32]byte
	expertsTill time.Time
	skus        *lru.Cache[string, onShelf]
	terms       *lru.Cache[string, []byte] // by guide, shared by its SKUs
}

// onShelf is an item with the guides for it.
type onShelf struct {
	item   troubleshoot.Item
	guides []troubleshoot.FittingGuide
}

func newCatalogCache() *catalogCache {
	shelves, err := lru.New[string, *shelf](cachedShelves)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &catalogCache{shelves}
}

// never is later than any expiry of a key.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// catalog gives the seller's shelf at the state that token stands for.
func (tx *Tx) catalog(seller string, epoch, token int64, now time.Time) (*shelf, error) {
	if kept, ok := tx.store.catalog.shelves.Get(seller); ok && kept.token == token && now.Sub(kept.filled) < shelfLife {
		return kept, nil
	}
	s := &shelf{token: token, filled: now, salt: tx.store.secrets.Salt(seller, epoch)}
	var err error
	if s.seller, err = tx.Seller(seller); err != nil {
		return nil, err
	}
	if s.epoch, err = tx.Epoch(seller, epoch); err != nil {
		return nil, err
	}
	if s.expertsTill, err = tx.expertsUntil(seller); err != nil {
		return nil, err
	}
	if s.skus, err = lru.New[string, onShelf](cachedSKUs); err != nil {
		return nil, err
	}
	if s.terms, err = lru.New[string, []byte](cachedTerms); err != nil {
		return nil, err
	}
	tx.store.catalog.shelves.Add(seller, s)
	return s, nil
}

// catalogSKU gives the item and the guides for a SKU; a seller may have neither.
func (tx *Tx) catalogSKU(s *shelf, sku string) (onShelf, error) {
	if kept, ok := s.skus.Get(sku); ok {
		return kept, nil
	}
	item, err := tx.Item(s.seller.ID, sku)
	if err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound {
		return onShelf{}, err
	}
	guides, err := tx.PublishedGuides(s.seller.ID, sku, item.Category)
	if err != nil {
		return onShelf{}, err
	}
	if err := tx.fillTerms(s, guides); err != nil {
		return onShelf{}, err
	}
	item.Specs, item.Questions, item.ManualURL = nil, nil, "" // long, and no rule or cost reads them
	on := onShelf{item, guides}
	s.skus.Add(sku, on)
	return on, nil
}

// expertsUntil gives the time until which the seller has an expert who can sign in; zero for no expert.
func (tx *Tx) expertsUntil(seller string) (time.Time, error) {
	var experts int64
	var expires, forever int64
	err := tx.row(`SELECT COUNT(*), COALESCE(MAX(expire_time), 0), COALESCE(SUM(CASE WHEN expire_time = 0 THEN 1 ELSE 0 END), 0)
FROM api_keys WHERE role = $1 AND revoke_time = 0 AND (seller = $2 OR seller = '')`, troubleshoot.RoleExpert, seller).Scan(&experts, &expires, &forever)
	switch {
	case err != nil:
		return time.Time{}, wrap("look for experts", err)
	case experts == 0:
		return time.Time{}, nil
	case forever > 0:
		return never, nil
	}
	return fromMicros(expires), nil
}

// selectPublishedGuides asks for each way to fit by itself, and joins the guides to what it finds: joined by OR, or the other
// way round (CROSS JOIN keeps the order on SQLite), it would read every key or guide of the seller.
const selectPublishedGuides = `SELECT g.guide, g.revision, g.title, g.locale, g.minutes, g.steps, g.reasons, g.entries, k.fit, k.pattern,
  COALESCE(o.tried, 0), COALESCE(o.fixed, 0) FROM (
  SELECT fit, pattern, guide FROM guide_keys WHERE seller = $1 AND fit = 3 AND pattern = $2
  UNION ALL SELECT fit, pattern, guide FROM guide_keys WHERE seller = $1 AND fit = 2
  UNION ALL SELECT fit, pattern, guide FROM guide_keys WHERE seller = $1 AND fit = 1 AND pattern = $3) k
CROSS JOIN guides g LEFT JOIN guide_outcomes o ON o.seller = $1 AND o.guide = g.guide
WHERE g.seller = $1 AND g.guide = k.guide AND g.state = $4
ORDER BY g.guide, k.fit DESC, k.pattern`

// PublishedGuides gives the published guides for a SKU or its category, by id.
func (tx *Tx) PublishedGuides(seller, sku, category string) ([]troubleshoot.FittingGuide, error) {
	rows, err := tx.query(selectPublishedGuides, seller, sku, strings.ToLower(category), troubleshoot.GuidePublished)
	type match struct {
		guide troubleshoot.FittingGuide
		fits  bool
	}
	matches, err := collect(rows, err, func(scan func(...any) error) (match, error) {
		var g troubleshoot.FittingGuide
		var tried, fixed int64
		var reasons, entries, pattern string
		err := scan(&g.ID, &g.Revision, &g.Title, &g.Locale, &g.Minutes, &g.Steps, &reasons, &entries, &g.Fit, &pattern, &tried, &fixed)
		if err == nil {
			err = errors.Join(fromJSON(reasons, &g.Reasons), fromJSON(entries, &g.Entries))
		}
		g.FixRate = deflection.ProvenRate(fixed, tried)
		return match{g, err == nil && (g.Fit != troubleshoot.FitGlob || troubleshoot.Glob(pattern, sku))}, err
	})
	if err != nil {
		return nil, wrap("look for guides", err)
	}
	var guides []troubleshoot.FittingGuide
	for _, m := range matches {
		if m.fits && (len(guides) == 0 || guides[len(guides)-1].ID != m.guide.ID) {
			guides = append(guides, m.guide)
		}
	}
	return guides, nil
}
