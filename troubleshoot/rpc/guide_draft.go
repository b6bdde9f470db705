package rpc

import (
	"context"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// written is a compiled guide and the state of the kept one that it was compiled beside.
type written struct {
	troubleshoot.Guide
	etag string // of the kept guide; "" = there was none
}

// write compiles beside what is kept now.
func (s *Guides) write(ctx context.Context, seller, guide, markdown string) (w written, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		kept, err := tx.GuideEtag(seller, guide)
		if err != nil {
			return err
		}
		g, err := compile(tx, seller, guide, markdown)
		w = written{g, kept}
		return err
	})
	return w, err
}

// put keeps a compiled guide as the draft. What was kept since it was compiled may have other step ids, so it is then
// compiled once more, where nobody else can write. etag is the caller's; "" is none.
func (s *Guides) put(tx *store.Tx, w written, etag string, now time.Time) error {
	kept, err := tx.GuideEtag(w.Seller, w.ID)
	if err != nil {
		return err
	}
	if kept != w.etag {
		if w.Guide, err = compile(tx, w.Seller, w.ID, w.Markdown); err != nil {
			return err
		}
	}
	_, err = tx.PutGuide(w.Guide, etag, now)
	return err
}

// freshen compiles a guide's draft again after a picture of it has come or gone, so that its author sees it. A published
// revision stays as it is, and a draft that somebody has changed meanwhile was compiled then.
func (s *Guides) freshen(ctx context.Context, seller, guide string) error {
	var draft troubleshoot.Guide
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		draft, err = tx.Guide(seller, guide)
		return err
	})
	if troubleshoot.CodeOf(err) == troubleshoot.NotFound {
		return nil // pictures may come first
	}
	if err != nil || draft.Revision > 0 {
		return err
	}
	w, err := s.write(ctx, seller, guide, draft.Markdown)
	if err != nil || w.HTML == draft.HTML || w.etag != draft.Etag {
		return err
	}
	now := s.now()
	return s.store.Update(ctx, func(tx *store.Tx) error {
		kept, err := tx.GuideEtag(seller, guide)
		if err != nil || kept != w.etag {
			return err
		}
		_, err = tx.PutGuide(w.Guide, "", now)
		return err
	})
}
