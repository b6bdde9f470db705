package rpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/intercept"
)

// LintGuide compiles markdown beside what the seller has, and stores nothing.
func (s *Guides) LintGuide(ctx context.Context, req *pb.LintGuideRequest) (*pb.LintGuideResponse, error) {
	w, err := s.write(ctx, cmp.Or(req.GetSeller(), PrincipalFrom(ctx).Seller), req.GetGuide(), req.GetMarkdown())
	if err != nil {
		return nil, err
	}
	return &pb.LintGuideResponse{Findings: findingsToProto(w.Findings), Steps: stepsToProto(w.Steps)}, nil
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
		best := intercept.Rank(fitting, reason, req.GetLocale(), "")
		for _, g := range best {
			whole, err := tx.PublishedGuide(req.GetSeller(), g.ID)
			if err != nil {
				return errors.Join(fmt.Errorf("guide %s is listed but cannot be read", g.ID), err)
			}
			shown := shownTo(author, whole)
			shown.Why = g.Why
			reply.Guides = append(reply.Guides, shown)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

// Named limits of search results.
const (
	defaultResults = 10
	maxResults     = 50
)

// SearchGuides finds published guides by words, best first.
func (s *Guides) SearchGuides(ctx context.Context, req *pb.SearchGuidesRequest) (*pb.SearchGuidesResponse, error) {
	query := store.GuideSearch{Seller: cmp.Or(req.GetSeller(), PrincipalFrom(ctx).Seller), Query: req.GetQuery(), SKU: req.GetSku(),
		Locale: req.GetLocale(), Category: req.GetCategory(), Limit: min(cmp.Or(int(req.GetPageSize()), defaultResults), maxResults)}
	if query.Seller == "" {
		return nil, troubleshoot.Invalid("seller", "is missing; say whose guides to search")
	}
	hits, err := s.store.SearchGuides(ctx, query)
	if err != nil {
		return nil, err
	}
	reply := &pb.SearchGuidesResponse{}
	for _, h := range hits {
		result := &pb.SearchGuidesResponse_Result{Guide: guideName(h.Guide.Seller, h.Guide.ID), Revision: int32Of(h.Guide.Revision),
			Title: h.Guide.Title, Snippet: string(h.Snippet), Score: h.Score}
		if h.Step >= 0 {
			result.Step, result.StepTitle = h.Guide.Steps[h.Step].ID, h.Guide.Steps[h.Step].Title
		}
		reply.Results = append(reply.Results, result)
	}
	return reply, nil
}
