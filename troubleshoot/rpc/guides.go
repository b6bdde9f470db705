package rpc

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/fixfirst/fixfirst/guides"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/intercept"
)

// Guides serves GuidesService.
type Guides struct {
	pb.UnimplementedGuidesServiceServer
	store *store.Store
	now   func() time.Time
}

// compile turns markdown into a guide. Markdown that is too large or too complex is InvalidArgument; all else that is
// wrong is in the findings.
func compile(seller, id, markdown string) (troubleshoot.Guide, error) {
	document, err := guides.Compile(markdown)
	if err != nil {
		return troubleshoot.Guide{}, troubleshoot.Invalid("markdown", "%s", err)
	}
	g := troubleshoot.Guide{Seller: seller, ID: id, State: troubleshoot.GuideDraft, Title: document.Title, Locale: document.Locale,
		SKUs: document.SKUs, Categories: document.Categories, Minutes: document.Minutes, HTML: string(document.HTML), Markdown: markdown}
	for _, raw := range document.Reasons {
		reason, unknown := troubleshoot.GuideReason(raw)
		g.Findings = append(g.Findings, unknown...)
		g.Reasons = append(g.Reasons, reason)
	}
	for _, step := range document.Steps {
		g.Steps = append(g.Steps, troubleshoot.GuideStep{ID: step.ID, Title: step.Title, HTML: string(step.HTML), Instruction: step.Instruction})
	}
	for _, f := range document.Findings {
		g.Findings = append(g.Findings, troubleshoot.GuideFinding{Rule: f.Rule, Severity: string(f.Severity), Line: f.Line, Column: f.Column, Message: f.Message, Mend: f.Mend})
	}
	return g, nil
}

// publishable refuses a guide whose markdown has errors, and names each.
func publishable(g troubleshoot.Guide) error {
	refused := &troubleshoot.Error{Code: troubleshoot.InvalidArgument, Message: "markdown: has errors and cannot be published"}
	for _, f := range g.Findings {
		if f.Severity == string(guides.ERROR) {
			refused.Violations = append(refused.Violations, troubleshoot.Violation{Field: "markdown",
				Description: fmt.Sprintf("line %d, column %d: %s: %s; %s", f.Line, f.Column, f.Rule, f.Message, f.Mend)})
		}
	}
	if len(refused.Violations) == 0 {
		return nil
	}
	return refused
}

// PutGuide compiles markdown and keeps it as a draft, or publishes it.
func (s *Guides) PutGuide(ctx context.Context, req *pb.PutGuideRequest) (*pb.Guide, error) {
	g, err := compile(req.GetSeller(), req.GetGuide(), req.GetMarkdown())
	if err != nil {
		return nil, err
	}
	if req.GetPublish() {
		if err := publishable(g); err != nil {
			return nil, err
		}
	}
	if req.GetValidateOnly() {
		return guideToProto(g), nil
	}
	etag, err := etagOf(ctx, req.GetEtag())
	if err != nil {
		return nil, err
	}
	now := s.now()
	var kept troubleshoot.Guide
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if _, err = tx.PutGuide(g, etag, now); err != nil {
			return err
		}
		if !req.GetPublish() {
			kept, err = tx.Guide(g.Seller, g.ID) // as GetGuide shows it: a new draft leaves an archived guide archived
			return err
		}
		kept, err = s.publish(ctx, tx, g.Seller, g.ID, "", now)
		return err
	})
	if err != nil {
		return nil, err
	}
	showEtag(ctx, kept.Etag)
	return guideToProto(kept), nil
}

// publish publishes the draft and keeps who did it.
func (s *Guides) publish(ctx context.Context, tx *store.Tx, seller, guide, etag string, now time.Time) (troubleshoot.Guide, error) {
	g, err := tx.PublishGuide(seller, guide, etag, now)
	if err != nil {
		return g, err
	}
	return g, tx.Audit(now, seller, PrincipalFrom(ctx).Credential, "guide.publish", guideName(seller, guide), strconv.FormatInt(g.Revision, 10))
}

// PublishGuide publishes the draft as a new revision.
func (s *Guides) PublishGuide(ctx context.Context, req *pb.PublishGuideRequest) (*pb.Guide, error) {
	etag, err := etagOf(ctx, req.GetEtag())
	if err != nil {
		return nil, err
	}
	now := s.now()
	var g troubleshoot.Guide
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		draft, err := tx.Guide(req.GetSeller(), req.GetGuide())
		if err == nil {
			err = publishable(draft)
		}
		if err != nil {
			return err
		}
		g, err = s.publish(ctx, tx, req.GetSeller(), req.GetGuide(), etag, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	showEtag(ctx, g.Etag)
	return guideToProto(g), nil
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
	author := PrincipalFrom(ctx).SeesDrafts(req.GetSeller())
	var g troubleshoot.Guide
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		switch {
		case req.GetRevision() > 0:
			g, err = seenRevision(tx, author, req.GetSeller(), req.GetGuide(), int64(req.GetRevision()))
		case author:
			g, err = tx.Guide(req.GetSeller(), req.GetGuide())
		default:
			g, err = tx.PublishedGuide(req.GetSeller(), req.GetGuide())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	showEtag(ctx, g.Etag)
	return shownTo(author, g), nil
}

// seenRevision gives a revision in the state of its guide. To all but its author those of a guide that is not published are
// missing.
func seenRevision(tx *store.Tx, author bool, seller, guide string, revision int64) (troubleshoot.Guide, error) {
	newest := tx.PublishedGuide
	if author {
		newest = tx.Guide
	}
	head, err := newest(seller, guide)
	if err != nil {
		return head, err
	}
	g, err := tx.GuideRevision(seller, guide, revision)
	if head.State == troubleshoot.GuideArchived {
		g.State = head.State
	}
	return g, err
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
		reply.Revisions = append(reply.Revisions, guideToList(g))
	}
	return reply, nil
}

// LintGuide compiles markdown and stores nothing.
func (s *Guides) LintGuide(_ context.Context, req *pb.LintGuideRequest) (*pb.LintGuideResponse, error) {
	g, err := compile("", "", req.GetMarkdown())
	if err != nil {
		return nil, err
	}
	return &pb.LintGuideResponse{Findings: findingsToProto(g.Findings), Steps: stepsToProto(g.Steps)}, nil
}

// ListSkuGuides returns the published guides that fit, best first, with their steps.
func (s *Guides) ListSkuGuides(ctx context.Context, req *pb.ListSkuGuidesRequest) (*pb.ListSkuGuidesResponse, error) {
	author := PrincipalFrom(ctx).SeesDrafts(req.GetSeller())
	var reason troubleshoot.Reason
	if req.GetReason() != "" {
		reason = troubleshoot.NormaliseReason(req.GetReason())
	}
	reply := &pb.ListSkuGuidesResponse{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		reply.Guides = nil
		if _, err := tx.Seller(req.GetSeller()); err != nil {
			return err
		}
		item, err := tx.Item(req.GetSeller(), req.GetSku())
		if err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound {
			return err
		}
		fitting, err := tx.PublishedGuides(req.GetSeller(), req.GetSku(), item.Category)
		if err != nil {
			return err
		}
		best := intercept.Rank(fitting, reason, req.GetLocale())
		for _, g := range best[:min(len(best), troubleshoot.MaxOfferedGuides)] {
			whole, err := tx.PublishedGuide(g.Seller, g.ID)
			if err != nil {
				return errors.Join(fmt.Errorf("guide %s is listed but cannot be read", g.ID), err)
			}
			reply.Guides = append(reply.Guides, shownTo(author, whole))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}
