package store

import (
	"strings"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Named limits of what a guide is compiled beside.
const (
	maxBeside  = 50     // guides whose ids begin alike
	maxGlobbed = 10_000 // items that a glob is compared with
)

// LatestGuideRevision gives the newest published revision, of an archived guide too; NotFound without one.
func (tx *Tx) LatestGuideRevision(seller, guide string) (troubleshoot.Guide, error) {
	var revision int64
	if err := tx.row(`SELECT revision FROM guides WHERE seller = $1 AND guide = $2`, seller, guide).Scan(&revision); err != nil {
		return troubleshoot.Guide{}, found(err, "guide", guide)
	}
	return tx.GuideRevision(seller, guide, revision)
}

// GuidesBeside gives the seller's guides whose ids begin so, as the seller sees them, by id; the first 50.
func (tx *Tx) GuidesBeside(seller, prefix string) ([]troubleshoot.Guide, error) {
	page, err := tx.guidesPage(GuideFilter{Seller: seller, After: prefix, Limit: maxBeside})
	if err != nil {
		return nil, err
	}
	for n, g := range page {
		if !strings.HasPrefix(g.ID, prefix) {
			return page[:n], nil
		}
	}
	return page, nil
}

// HasItems tells whether the seller has any item.
func (tx *Tx) HasItems(seller string) (bool, error) {
	var any bool
	err := tx.row(`SELECT EXISTS (SELECT 1 FROM items WHERE seller = $1)`, seller).Scan(&any)
	return any, wrap("look for items", err)
}

// HasItem tells whether the seller has an item with the SKU or, for a glob, one that matches. A glob is compared with no
// more than 10,000 items, and where none of these matches but there are more, the answer is yes.
func (tx *Tx) HasItem(seller, pattern string) (bool, error) {
	prefix, _, glob := strings.Cut(pattern, "*")
	if !glob {
		var known bool
		err := tx.row(`SELECT EXISTS (SELECT 1 FROM items WHERE seller = $1 AND sku = $2)`, seller, pattern).Scan(&known)
		return known, wrap("look for item", err)
	}
	rows, err := tx.query(`SELECT sku FROM items WHERE seller = $1 AND sku >= $2 ORDER BY sku LIMIT $3`, seller, prefix, maxGlobbed)
	matches, seen := false, 0
	_, err = collect(rows, err, func(scan func(...any) error) (struct{}, error) {
		var sku string
		err := scan(&sku)
		if strings.HasPrefix(sku, prefix) {
			seen++
			matches = matches || troubleshoot.Glob(pattern, sku)
		}
		return struct{}{}, err
	})
	return matches || seen == maxGlobbed, wrap("look for items", err)
}
