package rpc

import (
	"context"
	"errors"
	"slices"

	"github.com/fixfirst/fixfirst/guides"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// written is a compiled guide, and what stands for the kept one and its pictures that it was compiled beside.
type written struct {
	troubleshoot.Guide
	beside string
}

// write compiles markdown beside what is kept now. Markdown that is too large or too complex is InvalidArgument; all else that
// is wrong is in the findings. Nothing of the database is held while it compiles.
func (s *Guides) write(ctx context.Context, seller, guide, markdown string) (written, error) {
	var o guides.Options
	var beside string
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if beside, err = tx.GuideVersion(seller, guide); err == nil {
			o, err = surroundings(tx, seller, guide)
		}
		return err
	}); err != nil {
		return written{}, err
	}
	o.ImageHosts = s.ImageHosts
	if o.SKUExists != nil {
		o.SKUExists = s.skuLookup(ctx, seller)
	}
	document, err := guides.Compile(markdown, o)
	if err != nil {
		return written{}, troubleshoot.Invalid("markdown", "%s", err)
	}
	return written{guideOf(document, seller, guide, markdown), beside}, nil
}

// maxItemsRead bounds the items that are looked at for all globs of one guide.
const maxItemsRead = 20_000

// skuLookup tells of each SKU whether the seller has an item with it. What cannot be known, or would cost too much to know, is
// no finding.
func (s *Guides) skuLookup(ctx context.Context, seller string) func(pattern string) bool {
	left := maxItemsRead
	return func(pattern string) bool {
		if left <= 0 {
			return true
		}
		var known bool
		var seen int
		if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			known, seen, err = tx.HasItem(seller, pattern, left)
			return err
		}); err != nil {
			return true
		}
		left -= seen
		return known
	}
}

// maxCompiles is how often a guide is compiled for one request while others change it.
const maxCompiles = 3

var errMoved error = troubleshoot.Errorf(troubleshoot.Aborted, "the guide or its pictures were changed meanwhile, again and again; send it once more")

// save compiles markdown, and keeps it as it was checked: when the guide or a picture of it has changed by then, it compiles once
// more, because step ids and pictures may be others. keep runs in the transaction, with the guide locked.
func (s *Guides) save(ctx context.Context, seller, guide, markdown string, check func(troubleshoot.Guide) error, keep func(*store.Tx, troubleshoot.Guide) error) error {
	for attempt := 1; ; attempt++ {
		w, err := s.write(ctx, seller, guide, markdown)
		if err == nil {
			err = check(w.Guide)
		}
		if err != nil {
			return err
		}
		err = s.store.Update(ctx, func(tx *store.Tx) error {
			if err := tx.LockGuide(seller, guide); err != nil {
				return err
			}
			switch now, err := tx.GuideVersion(seller, guide); {
			case err != nil:
				return err
			case now != w.beside:
				return errMoved
			}
			return keep(tx, w.Guide)
		})
		if !errors.Is(err, errMoved) || attempt == maxCompiles {
			return err
		}
	}
}

// anything passes.
func anything(troubleshoot.Guide) error { return nil }

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
	now := s.now()
	return s.save(ctx, seller, guide, draft.Markdown, anything, func(tx *store.Tx, g troubleshoot.Guide) error {
		newest, err := tx.Guide(seller, guide)
		if err != nil || newest.Revision > 0 || newest.Markdown != g.Markdown || (newest.HTML == g.HTML && slices.Equal(newest.Findings, g.Findings)) {
			return err
		}
		_, err = tx.PutGuide(g, "", now)
		return err
	})
}
