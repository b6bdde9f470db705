package store

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Named limits of the revisions that are kept in memory: 32 MiB of documents, and what they need around their texts.
const (
	keptRevisions   = 1024
	largestRevision = 32 << 10 // bytes of a document
)

// revisionCache keeps revisions, which never change, for shoppers' pages, their steps and search results.
type revisionCache = lru.Cache[guideRevision, troubleshoot.Guide]

type guideRevision struct {
	seller, guide string
	revision      int64
}

func newRevisionCache() *revisionCache {
	kept, err := lru.New[guideRevision, troubleshoot.Guide](keptRevisions)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return kept
}

// GuideRevision gives one published revision, which never changes, or NotFound. What it holds must not be written to.
func (tx *Tx) GuideRevision(seller, guide string, revision int64) (troubleshoot.Guide, error) {
	key := guideRevision{seller, guide, revision}
	if g, ok := tx.store.revisions.Get(key); ok {
		return g, nil
	}
	var document string
	err := tx.row(`SELECT document FROM guide_revisions WHERE seller = $1 AND guide = $2 AND revision = $3`, seller, guide, revision).Scan(&document)
	if err != nil {
		return troubleshoot.Guide{}, found(err, "guide", guide)
	}
	var g troubleshoot.Guide
	if err := fromJSON(document, &g); err != nil {
		return g, wrap("read revision", err)
	}
	// What an Update reads may be its own and never be committed; then the number will be another text's.
	if tx.rollups == nil && len(document) <= largestRevision {
		tx.store.revisions.Add(key, g)
	}
	return g, nil
}
