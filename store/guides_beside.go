package store

import (
	"strings"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Named limits of what a guide is compiled beside.
const (
	maxNamedAlike = 200 // guides whose ids begin alike
	maxBeside     = 10  // that are read
)

// LatestGuideRevision gives the newest published revision, of an archived guide too; NotFound without one.
func (tx *Tx) LatestGuideRevision(seller, guide string) (troubleshoot.Guide, error) {
	var revision int64
	if err := tx.row(`SELECT revision FROM guides WHERE seller = $1 AND guide = $2`, seller, guide).Scan(&revision); err != nil {
		return troubleshoot.Guide{}, found(err, "guide", guide)
	}
	return tx.GuideRevision(seller, guide, revision)
}

// GuidesBeside gives the seller's guides whose ids begin so and that pass, as the seller sees them, by id, without texts; the
// first 10, of the first 200 of their ids.
func (tx *Tx) GuidesBeside(seller, prefix string, pass func(id string) bool) ([]troubleshoot.Guide, error) {
	rows, err := tx.query(`SELECT guide FROM guides WHERE seller = $1 AND guide > $2 AND guide < $3 AND state <> $4 ORDER BY guide LIMIT $5`,
		seller, prefix, endOf(prefix), troubleshoot.GuideArchived, maxNamedAlike)
	ids, err := collect(rows, err, func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
	if err != nil {
		return nil, wrap("list guides", err)
	}
	var beside []troubleshoot.Guide
	for _, id := range ids {
		if !pass(id) || len(beside) == maxBeside {
			continue
		}
		g, err := tx.guidePlan(seller, id)
		if err != nil {
			return nil, err
		}
		beside = append(beside, g)
	}
	return beside, nil
}

// endOf is behind all texts that begin so, by the order of their bytes.
func endOf(prefix string) string { return prefix + "\U0010FFFF" }

// plan is what of a guide's document others need: how its steps hang together, not what they say.
type plan struct {
	Title, Locale string
	Minutes       int
	Steps         []struct {
		ID       string                 `json:"id"`
		Title    string                 `json:"title"`
		Next     troubleshoot.GuideNext `json:"next"`
		Requires []string               `json:"requires"`
		Stop     string                 `json:"stop"`
	}
}

func planOf(document, seller, id string, revision int64) (troubleshoot.Guide, error) {
	var p plan
	err := fromJSON(document, &p)
	g := troubleshoot.Guide{Seller: seller, ID: id, Revision: revision, Title: p.Title, Locale: p.Locale, Minutes: p.Minutes}
	for _, s := range p.Steps {
		g.Steps = append(g.Steps, troubleshoot.GuideStep{ID: s.ID, Title: s.Title, Next: s.Next, Requires: s.Requires, Stop: s.Stop})
	}
	return g, wrap("read guide "+id, err)
}

// guidePlan gives the plan of the newest text of a guide.
func (tx *Tx) guidePlan(seller, id string) (troubleshoot.Guide, error) {
	h, err := tx.guideHead(seller, id)
	if err != nil {
		return troubleshoot.Guide{}, found(err, "guide", id)
	}
	if h.draft == "" {
		return tx.revisionPlan(seller, id, h.revision)
	}
	return planOf(h.draft, seller, id, 0)
}

// revisionPlan gives the plan of a published revision, or NotFound.
func (tx *Tx) revisionPlan(seller, id string, revision int64) (troubleshoot.Guide, error) {
	var document string
	err := tx.row(`SELECT document FROM guide_revisions WHERE seller = $1 AND guide = $2 AND revision = $3`, seller, id, revision).Scan(&document)
	if err != nil {
		return troubleshoot.Guide{}, found(err, "guide", id)
	}
	return planOf(document, seller, id, revision)
}

// HasItems tells whether the seller has any item.
func (tx *Tx) HasItems(seller string) (bool, error) {
	var any bool
	err := tx.row(`SELECT EXISTS (SELECT 1 FROM items WHERE seller = $1)`, seller).Scan(&any)
	return any, wrap("look for items", err)
}

// HasItem tells whether the seller has an item with the SKU or, for a glob, one that matches, and how many items it looked
// at. It looks at no more than most; where none of these matches but there are more, the answer is yes.
func (tx *Tx) HasItem(seller, pattern string, most int) (known bool, seen int, err error) {
	prefix, _, glob := strings.Cut(pattern, "*")
	if !glob {
		err := tx.row(`SELECT EXISTS (SELECT 1 FROM items WHERE seller = $1 AND sku = $2)`, seller, pattern).Scan(&known)
		return known, 1, wrap("look for item", err)
	}
	rows, err := tx.query(`SELECT sku FROM items WHERE seller = $1 AND sku >= $2 AND sku < $3 ORDER BY sku LIMIT $4`, seller, prefix, endOf(prefix), most)
	if err != nil {
		return false, 0, wrap("look for items", err)
	}
	defer rows.Close()
	for !known && rows.Next() {
		var sku string
		if err := rows.Scan(&sku); err != nil {
			return false, seen, wrap("look for items", err)
		}
		seen++
		known = troubleshoot.Glob(pattern, sku)
	}
	return known || seen == most, seen, wrap("look for items", rows.Err())
}
