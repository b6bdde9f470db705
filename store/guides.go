package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// guideHead is the row of guides: what is published, and the draft beside it.
type guideHead struct {
	state    troubleshoot.GuideState
	revision int64 // latest published, 0 when none
	draft    string
	etag     string
}

func (tx *Tx) guideHead(seller, guide string) (guideHead, error) {
	var h guideHead
	err := tx.row(`SELECT state, revision, draft, etag FROM guides WHERE seller = $1 AND guide = $2`, seller, guide).
		Scan(&h.state, &h.revision, &h.draft, &h.etag)
	return h, err
}

// lockedHead is guideHead for a change: a wrong etag ("" is none) is Aborted.
func (tx *Tx) lockedHead(seller, guide, etag string) (guideHead, error) {
	if err := tx.lock("guide", seller, guide); err != nil {
		return guideHead{}, err
	}
	h, err := tx.guideHead(seller, guide)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err == nil && etag != "" && etag != h.etag {
		err = StaleEtag(h.etag)
	}
	return h, wrap("read guide", err)
}

// StaleEtag refuses a change to a guide whose etag is another now.
func StaleEtag(now string) error {
	return troubleshoot.Errorf(troubleshoot.Aborted, "etag: the guide has changed since it was read (its etag is %q now); read it again", now)
}

// LockGuide makes transactions on one guide, its text and its pictures, take turns until they end.
func (tx *Tx) LockGuide(seller, guide string) error { return tx.lock("guide", seller, guide) }

// GuideVersion stands for the guide and its pictures as they are now: it is another one after any change of them. There need
// be no guide yet.
func (tx *Tx) GuideVersion(seller, guide string) (string, error) {
	h, err := tx.guideHead(seller, guide)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", wrap("read guide", err)
	}
	pictures, err := tx.Assets(seller, guide, "", troubleshoot.MaxGuideAssets)
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00", h.etag)
	for _, p := range pictures {
		fmt.Fprintf(sum, "%s\x00%s\x00", p.Path, p.Name)
	}
	return string(sum.Sum(nil)), err
}

// PutGuide keeps a compiled guide as the draft. Another etag than the guide's ("" is not compared) is Aborted.
func (tx *Tx) PutGuide(g troubleshoot.Guide, etag string, now time.Time) (troubleshoot.Guide, error) {
	h, err := tx.lockedHead(g.Seller, g.ID, etag)
	if err == nil {
		err = tx.EnsureSeller(g.Seller, now)
	}
	if err != nil {
		return g, err
	}
	if h.state == 0 {
		h.state = troubleshoot.GuideDraft
	}
	g.State, g.Revision, g.UpdateTime = troubleshoot.GuideDraft, 0, now
	h.draft = toJSON(g)
	g.Etag = h.nextEtag(g)
	return g, tx.saveGuide(g, h, now)
}

// nextEtag gives the etag of a guide whose head is h and whose newest text is g's.
func (h guideHead) nextEtag(g troubleshoot.Guide) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %t %s\x00%s\x00%s", h.state, h.revision, h.draft != "", g.Markdown, g.HTML, toJSON(g.Findings)))
	return hex.EncodeToString(sum[:12])
}

// saveGuide writes the row of guides. Its summary is of g where g is what shoppers see, or the only thing there is.
func (tx *Tx) saveGuide(g troubleshoot.Guide, h guideHead, now time.Time) error {
	h.etag = g.Etag
	if g.Revision == 0 && h.revision > 0 { // a draft beside a published revision: the summary stays
		_, err := tx.exec(`UPDATE guides SET state = $3, draft = $4, etag = $5, update_time = $6 WHERE seller = $1 AND guide = $2`,
			g.Seller, g.ID, h.state, h.draft, h.etag, micros(now))
		return wrap("save guide", err)
	}
	_, err := tx.exec(`INSERT INTO guides (seller, guide, state, revision, title, locale, minutes, steps, reasons, entries, draft, etag, update_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (seller, guide) DO UPDATE SET state = excluded.state,
  revision = excluded.revision, title = excluded.title, locale = excluded.locale, minutes = excluded.minutes, steps = excluded.steps,
  reasons = excluded.reasons, entries = excluded.entries, draft = excluded.draft, etag = excluded.etag, update_time = excluded.update_time`,
		g.Seller, g.ID, h.state, h.revision, g.Title, g.Locale, g.Minutes, len(g.Steps), toJSON(g.Reasons), toJSON(g.Entries), h.draft, h.etag, micros(now))
	return wrap("save guide", err)
}

// PublishGuide publishes the draft as the next revision. Where there is no draft, or one that shows the same as the latest
// revision, that revision is published again and no new one made. NotFound without a draft or revision.
func (tx *Tx) PublishGuide(seller, guide, etag, publisher string, now time.Time) (troubleshoot.Guide, error) {
	h, err := tx.lockedHead(seller, guide, etag)
	if err != nil {
		return troubleshoot.Guide{}, err
	}
	if h.state == 0 {
		return troubleshoot.Guide{}, troubleshoot.Missing("guide", guide)
	}
	var latest, draft troubleshoot.Guide
	if h.revision > 0 {
		if latest, err = tx.GuideRevision(seller, guide, h.revision); err != nil {
			return latest, err
		}
	}
	if err := fromJSON(h.draft, &draft); err != nil {
		return draft, wrap("read draft", err)
	}
	g := latest
	if h.draft != "" && (h.revision == 0 || draft.Markdown != latest.Markdown || draft.HTML != latest.HTML) {
		draft.Publisher = publisher
		if g, err = tx.insertRevision(draft, h.revision+1, now); err != nil {
			return g, err
		}
	}
	h.draft = ""
	return tx.release(h, g, now)
}

// RollBackGuide publishes an older revision again as the next one, word for word and step for step; a draft stays. The
// latest revision is published again without a new one. NotFound without the revision.
func (tx *Tx) RollBackGuide(seller, guide string, revision int64, etag, publisher string, now time.Time) (troubleshoot.Guide, error) {
	h, err := tx.lockedHead(seller, guide, etag)
	if err != nil {
		return troubleshoot.Guide{}, err
	}
	g, err := tx.GuideRevision(seller, guide, revision)
	if err != nil {
		return g, err
	}
	if revision != h.revision {
		g.Publisher, g.RolledBackTo = publisher, revision
		if g, err = tx.insertRevision(g, h.revision+1, now); err != nil {
			return g, err
		}
	}
	return tx.release(h, g, now)
}

// release makes g what shoppers see of the guide with the head h.
func (tx *Tx) release(h guideHead, g troubleshoot.Guide, now time.Time) (troubleshoot.Guide, error) {
	h.state, h.revision = troubleshoot.GuidePublished, g.Revision
	g.State, g.Etag = h.state, h.nextEtag(g)
	if err := tx.saveGuide(g, h, now); err != nil {
		return g, err
	}
	return g, tx.replaceGuideKeys(g)
}

func (tx *Tx) insertRevision(g troubleshoot.Guide, revision int64, now time.Time) (troubleshoot.Guide, error) {
	now = now.UTC().Truncate(time.Microsecond)
	g.Revision, g.State, g.PublishTime, g.UpdateTime = revision, troubleshoot.GuidePublished, now, now
	_, err := tx.exec(`INSERT INTO guide_revisions (seller, guide, revision, document, etag, publish_time) VALUES ($1, $2, $3, $4, $5, $6)`,
		g.Seller, g.ID, revision, toJSON(g), g.Etag, micros(now))
	return g, wrap("keep revision", err)
}

// replaceGuideKeys makes the guide found by what its published revision is for, or by nothing.
func (tx *Tx) replaceGuideKeys(g troubleshoot.Guide) error {
	if _, err := tx.exec(`DELETE FROM guide_keys WHERE seller = $1 AND guide = $2`, g.Seller, g.ID); err != nil {
		return wrap("replace guide keys", err)
	}
	add := func(fit troubleshoot.Fit, pattern string) error {
		_, err := tx.exec(`INSERT INTO guide_keys (seller, fit, pattern, guide) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, g.Seller, fit, pattern, g.ID)
		return wrap("keep guide key", err)
	}
	if g.State == troubleshoot.GuidePublished {
		for _, sku := range g.SKUs {
			fit := troubleshoot.FitExact
			if strings.Contains(sku, "*") {
				fit = troubleshoot.FitGlob
			}
			if err := add(fit, sku); err != nil {
				return err
			}
		}
		for _, category := range g.Categories {
			if err := add(troubleshoot.FitCategory, strings.ToLower(category)); err != nil {
				return err
			}
		}
	}
	if err := tx.touchCatalog(g.Seller); err != nil {
		return err
	}
	return tx.replaceTerms(g)
}

// ArchiveGuide takes a guide out of every offer. NotFound without the guide; Aborted for another etag.
func (tx *Tx) ArchiveGuide(seller, guide, etag string, now time.Time) (troubleshoot.Guide, error) {
	h, err := tx.lockedHead(seller, guide, etag)
	if err != nil {
		return troubleshoot.Guide{}, err
	}
	g, err := tx.headGuide(seller, guide, h)
	if err != nil {
		return g, err
	}
	h.state = troubleshoot.GuideArchived
	g.State, g.Etag = h.state, h.nextEtag(g)
	if err := tx.saveGuide(g, h, now); err != nil {
		return g, err
	}
	return g, tx.replaceGuideKeys(g)
}

// headGuide gives the newest of a guide: its draft where there is one, else its latest revision.
func (tx *Tx) headGuide(seller, guide string, h guideHead) (troubleshoot.Guide, error) {
	if h.state == 0 {
		return troubleshoot.Guide{}, troubleshoot.Missing("guide", guide)
	}
	if h.draft == "" {
		g, err := tx.GuideRevision(seller, guide, h.revision)
		g.State, g.Etag = h.state, h.etag
		return g, err
	}
	var g troubleshoot.Guide
	err := fromJSON(h.draft, &g)
	g.Etag = h.etag
	if h.state == troubleshoot.GuideArchived {
		g.State = h.state
	}
	return g, wrap("read draft", err)
}

// Guide gives the newest of a guide as its seller sees it: the draft, else the latest revision; or NotFound.
func (tx *Tx) Guide(seller, guide string) (troubleshoot.Guide, error) {
	h, err := tx.guideHead(seller, guide)
	if err != nil {
		return troubleshoot.Guide{}, found(err, "guide", guide)
	}
	return tx.headGuide(seller, guide, h)
}

// PublishedGuide gives the published revision of a guide as shoppers see it; NotFound for drafts and archived guides.
func (tx *Tx) PublishedGuide(seller, guide string) (troubleshoot.Guide, error) {
	revision, etag, err := tx.PublishedRevision(seller, guide)
	if err != nil {
		return troubleshoot.Guide{}, err
	}
	g, err := tx.GuideRevision(seller, guide, revision)
	g.Etag = etag
	return g, err
}

// PublishedRevision gives the number of the revision that shoppers see, and the guide's etag; NotFound for drafts and
// archived guides.
func (tx *Tx) PublishedRevision(seller, guide string) (revision int64, etag string, err error) {
	err = tx.row(`SELECT revision, etag FROM guides WHERE seller = $1 AND guide = $2 AND state = $3`, seller, guide, troubleshoot.GuidePublished).
		Scan(&revision, &etag)
	return revision, etag, found(err, "guide", guide)
}

// GuideRevisions lists the revisions of a guide, newest first, with numbers below before (0 from the newest).
func (tx *Tx) GuideRevisions(seller, guide string, before int64, limit int) ([]troubleshoot.Guide, error) {
	rows, err := tx.query(`SELECT document FROM guide_revisions WHERE seller = $1 AND guide = $2 AND (revision < $3 OR $3 = 0)
ORDER BY revision DESC LIMIT $4`, seller, guide, before, limit)
	guides, err := collect(rows, err, scanGuideDocument)
	return guides, wrap("list revisions", err)
}

func scanGuideDocument(scan func(...any) error) (troubleshoot.Guide, error) {
	var document string
	var g troubleshoot.Guide
	if err := scan(&document); err != nil {
		return g, err
	}
	return g, fromJSON(document, &g)
}

// GuideFilter narrows Guides; zero values do not.
type GuideFilter struct {
	Seller, Locale string
	SKU            string // guides that name it, by itself or by a glob
	State          troubleshoot.GuideState
	After          string // ids after this one
	Limit          int
}

// Guides lists a seller's guides by id as the seller sees them.
func (tx *Tx) Guides(f GuideFilter) ([]troubleshoot.Guide, error) {
	var guides []troubleshoot.Guide
	for {
		page, err := tx.guidesPage(f)
		if err != nil {
			return nil, err
		}
		for _, g := range page {
			if f.SKU == "" || g.Names(f.SKU) {
				guides = append(guides, g)
			}
		}
		if len(page) < f.Limit || len(guides) >= f.Limit {
			return guides[:min(len(guides), f.Limit)], nil
		}
		f.After = page[len(page)-1].ID
	}
}

func (tx *Tx) guidesPage(f GuideFilter) ([]troubleshoot.Guide, error) {
	rows, err := tx.query(`SELECT guide, state, revision, draft, etag FROM guides
WHERE seller = $1 AND guide > $2 AND ($3 = 0 OR state = $3) AND ($4 = '' OR locale = $4) ORDER BY guide LIMIT $5`,
		f.Seller, f.After, int64(f.State), f.Locale, f.Limit)
	type listed struct {
		id   string
		head guideHead
	}
	heads, err := collect(rows, err, func(scan func(...any) error) (listed, error) {
		var l listed
		err := scan(&l.id, &l.head.state, &l.head.revision, &l.head.draft, &l.head.etag)
		return l, err
	})
	if err != nil {
		return nil, wrap("list guides", err)
	}
	guides := make([]troubleshoot.Guide, len(heads))
	for n, l := range heads {
		if guides[n], err = tx.headGuide(f.Seller, l.id, l.head); err != nil {
			return nil, err
		}
	}
	return guides, nil
}
