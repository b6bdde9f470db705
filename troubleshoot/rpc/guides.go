package rpc

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Guides serves GuidesService.
type Guides struct {
	pb.UnimplementedGuidesServiceServer
	store   *store.Store
	now     func() time.Time
	replies *lru.Cache[replyKey, *pb.Guide]
	// ImageHosts are those from which guides may show pictures, in lower case; to be set before the first call.
	ImageHosts []string
	decoder    *decoder
}

// PutGuide compiles markdown and keeps it as a draft, or publishes it.
func (s *Guides) PutGuide(ctx context.Context, req *pb.PutGuideRequest) (*pb.Guide, error) {
	seller, guide, check := req.GetSeller(), req.GetGuide(), anything
	if req.GetPublish() {
		check = publishable
	}
	if req.GetValidateOnly() {
		w, err := s.write(ctx, seller, guide, req.GetMarkdown())
		if err == nil {
			err = check(w.Guide)
		}
		if err != nil {
			return nil, err
		}
		return guideToProto(w.Guide), nil
	}
	etag, err := etagOf(ctx, req.GetEtag())
	if err != nil {
		return nil, err
	}
	now := s.now()
	var kept troubleshoot.Guide
	err = s.save(ctx, seller, guide, req.GetMarkdown(), check, func(tx *store.Tx, g troubleshoot.Guide) (err error) {
		if _, err = tx.PutGuide(g, etag, now); err != nil {
			return err
		}
		if !req.GetPublish() {
			kept, err = tx.Guide(seller, guide) // as GetGuide shows it: a new draft leaves an archived guide archived
			return err
		}
		kept, err = s.publish(ctx, tx, seller, guide, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	showEtag(ctx, kept.Etag)
	return guideToProto(kept), nil
}

// publish publishes the draft and keeps who did it.
func (s *Guides) publish(ctx context.Context, tx *store.Tx, seller, guide string, now time.Time) (troubleshoot.Guide, error) {
	publisher := PrincipalFrom(ctx).Credential
	g, err := tx.PublishGuide(seller, guide, "", publisher, now)
	if err != nil {
		return g, err
	}
	return g, tx.Audit(now, seller, publisher, "guide.publish", guideName(seller, guide), strconv.FormatInt(g.Revision, 10))
}

// PublishGuide publishes the draft as a new revision; or an older revision again.
func (s *Guides) PublishGuide(ctx context.Context, req *pb.PublishGuideRequest) (*pb.Guide, error) {
	etag, err := etagOf(ctx, req.GetEtag())
	if err != nil {
		return nil, err
	}
	var g troubleshoot.Guide
	if req.GetRevision() > 0 {
		g, err = s.rollBack(ctx, req, etag)
	} else {
		g, err = s.publishDraft(ctx, req.GetSeller(), req.GetGuide(), etag)
	}
	if err != nil {
		return nil, err
	}
	showEtag(ctx, g.Etag)
	return guideToProto(g), nil
}

// publishDraft publishes the newest text. A draft is compiled again first: pictures and items may have come since it was saved.
// Where nothing would change, nothing does.
func (s *Guides) publishDraft(ctx context.Context, seller, guide, etag string) (troubleshoot.Guide, error) {
	var newest, g troubleshoot.Guide
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		newest, err = tx.Guide(seller, guide)
		return err
	}); err != nil {
		return newest, err
	}
	if etag != "" && etag != newest.Etag {
		return newest, store.StaleEtag(newest.Etag)
	}
	if newest.State == troubleshoot.GuidePublished {
		return newest, nil
	}
	now := s.now()
	err := s.save(ctx, seller, guide, newest.Markdown, publishable, func(tx *store.Tx, compiled troubleshoot.Guide) error {
		there, err := tx.Guide(seller, guide)
		switch {
		case err != nil:
			return err
		case there.Markdown != newest.Markdown:
			return troubleshoot.Errorf(troubleshoot.Aborted, "the draft was changed while it was being published; read it and publish again")
		case there.Revision == 0: // a draft
			_, err = tx.PutGuide(compiled, "", now)
		}
		if err == nil {
			g, err = s.publish(ctx, tx, seller, guide, now)
		}
		return err
	})
	return g, err
}

// rollBack publishes an older revision again as a new one.
func (s *Guides) rollBack(ctx context.Context, req *pb.PublishGuideRequest, etag string) (troubleshoot.Guide, error) {
	now, publisher := s.now(), PrincipalFrom(ctx).Credential
	var g troubleshoot.Guide
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		g, err = tx.RollBackGuide(req.GetSeller(), req.GetGuide(), int64(req.GetRevision()), etag, publisher, now)
		if err != nil {
			return err
		}
		return tx.Audit(now, g.Seller, publisher, "guide.rollback", guideName(g.Seller, g.ID), fmt.Sprintf("%d again as %d", req.GetRevision(), g.Revision))
	})
	return g, err
}

// ArchiveGuide takes a guide out of every offer.
func (s *Guides) ArchiveGuide(ctx context.Context, req *pb.ArchiveGuideRequest) (*pb.Guide, error) {
	etag, err := etagOf(ctx, req.GetEtag())
	if err != nil {
		return nil, err
	}
	now := s.now()
	var g troubleshoot.Guide
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if g, err = tx.ArchiveGuide(req.GetSeller(), req.GetGuide(), etag, now); err != nil {
			return err
		}
		return tx.Audit(now, g.Seller, PrincipalFrom(ctx).Credential, "guide.archive", guideName(g.Seller, g.ID), "")
	})
	if err != nil {
		return nil, err
	}
	showEtag(ctx, g.Etag)
	return guideToProto(g), nil
}

// GetGuide returns a guide: to its author the newest text, to everybody else what is published. A revision is shown in the
// state of its guide.
func (s *Guides) GetGuide(ctx context.Context, req *pb.GetGuideRequest) (*pb.Guide, error) {
	if !PrincipalFrom(ctx).SeesDrafts(req.GetSeller()) {
		return s.published(ctx, req.GetSeller(), req.GetGuide(), int64(req.GetRevision()))
	}
	var g troubleshoot.Guide
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if g, err = tx.Guide(req.GetSeller(), req.GetGuide()); err != nil || req.GetRevision() == 0 {
			return err
		}
		state := g.State
		g, err = tx.GuideRevision(req.GetSeller(), req.GetGuide(), int64(req.GetRevision()))
		if state == troubleshoot.GuideArchived {
			g.State = state
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	showEtag(ctx, g.Etag)
	return guideToProto(g), nil
}

// replyKey names what readers are shown of a guide. Its etag changes with all that can change in it.
type replyKey struct {
	seller, guide, etag string
	revision            int64
}

// keptReplies and largestKept bound the memory of the replies that are kept: 16 MiB, and what the messages need around
// their texts.
const (
	keptReplies = 256
	largestKept = 64 << 10
)

// published gives a guide as its readers see it: the published revision, or the one asked for (0 is none) while the guide
// is published. A shopper's page asks for the same few revisions again and again, so replies are kept; nobody may change
// what is returned.
func (s *Guides) published(ctx context.Context, seller, guide string, revision int64) (*pb.Guide, error) {
	var shown *pb.Guide
	err := s.store.View(ctx, func(tx *store.Tx) error {
		latest, etag, err := tx.PublishedRevision(seller, guide)
		if err != nil {
			return err
		}
		key := replyKey{seller, guide, etag, cmp.Or(revision, latest)}
		if kept, ok := s.replies.Get(key); ok {
			shown = kept
			return nil
		}
		g, err := tx.GuideRevision(seller, guide, key.revision)
		if err != nil {
			return err
		}
		if key.revision == latest {
			g.Etag = etag
		}
		g.Etag += "-r" // what readers see of it is another text than its author's
		shown = guideToReader(g)
		if len(g.HTML) <= largestKept {
			s.replies.Add(key, shown)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	showEtag(ctx, shown.GetEtag())
	return shown, nil
}

// shownTo leaves the source and its findings to the guide's author.
func shownTo(author bool, g troubleshoot.Guide) *pb.Guide {
	if author {
		return guideToProto(g)
	}
	return guideToReader(g)
}

// ListGuides lists a seller's guides by id, without their bodies.
func (s *Guides) ListGuides(ctx context.Context, req *pb.ListGuidesRequest) (*pb.ListGuidesResponse, error) {
	limit := pageSize(req.GetPageSize())
	f := store.GuideFilter{Seller: req.GetSeller(), Locale: req.GetLocale(), State: troubleshoot.GuideState(req.GetState()), SKU: req.GetSku(), Limit: limit + 1}
	var err error
	if f.After, err = pageToken(req.GetPageToken()); err != nil {
		return nil, err
	}
	var listed []troubleshoot.Guide
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if _, err = tx.Seller(f.Seller); err == nil {
			listed, err = tx.Guides(f)
		}
		return err
	}); err != nil {
		return nil, err
	}
	reply := &pb.ListGuidesResponse{}
	listed, reply.NextPageToken = onePage(listed, limit, func(g troubleshoot.Guide) string { return g.ID })
	for _, g := range listed {
		reply.Guides = append(reply.Guides, guideToList(g))
	}
	return reply, nil
}

// ListGuideRevisions lists the revisions of a guide, newest first.
func (s *Guides) ListGuideRevisions(ctx context.Context, req *pb.ListGuideRevisionsRequest) (*pb.ListGuideRevisionsResponse, error) {
	limit := pageSize(req.GetPageSize())
	token, err := pageToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	before, err := strconv.ParseInt("0"+token, 10, 64)
	if err != nil {
		return nil, troubleshoot.Invalid("pageToken", "is not one of ours; pass nextPageToken as it came, or nothing")
	}
	var head troubleshoot.Guide
	var revisions []troubleshoot.Guide
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if head, err = tx.Guide(req.GetSeller(), req.GetGuide()); err == nil {
			revisions, err = tx.GuideRevisions(req.GetSeller(), req.GetGuide(), before, limit+1)
		}
		return err
	}); err != nil {
		return nil, err
	}
	reply := &pb.ListGuideRevisionsResponse{}
	revisions, reply.NextPageToken = onePage(revisions, limit, func(g troubleshoot.Guide) string { return strconv.FormatInt(g.Revision, 10) })
	for _, g := range revisions {
		if head.State == troubleshoot.GuideArchived {
			g.State = head.State
		}
		shown := guideToList(g)
		shown.Publisher = publisherName(g)
		reply.Revisions = append(reply.Revisions, shown)
	}
	return reply, nil
}
