package rpc

import (
	"context"

	"github.com/fixfirst/fixfirst/guides"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// DiffGuideRevisions compares a revision with another, or with the newest text.
func (s *Guides) DiffGuideRevisions(ctx context.Context, req *pb.DiffGuideRevisionsRequest) (*pb.GuideDiff, error) {
	var from, to troubleshoot.Guide
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if from, err = tx.GuideRevision(req.GetSeller(), req.GetGuide(), int64(req.GetRevision())); err != nil {
			return err
		}
		if with := req.GetWith(); with > 0 {
			to, err = tx.GuideRevision(req.GetSeller(), req.GetGuide(), int64(with))
		} else {
			to, err = tx.Guide(req.GetSeller(), req.GetGuide())
		}
		return err
	}); err != nil {
		return nil, err
	}
	diff := &pb.GuideDiff{Name: guideName(from.Seller, from.ID), Revision: int32Of(from.Revision), With: int32Of(to.Revision)}
	for _, c := range guides.DiffSteps(stepsOf(from), stepsOf(to)) {
		diff.Steps = append(diff.Steps, &pb.GuideDiff_StepChange{Step: c.Step, Title: c.Title, Fields: c.Fields,
			Kind: pb.GuideDiff_StepChange_Kind(pb.GuideDiff_StepChange_Kind_value[string(c.Kind)])})
	}
	for _, l := range guides.DiffLines(from.Markdown, to.Markdown) {
		diff.Lines = append(diff.Lines, &pb.GuideDiff_Line{OldLine: int32Of(l.OldLine), NewLine: int32Of(l.NewLine), Text: l.Text,
			Kind: pb.GuideDiff_Line_Kind(pb.GuideDiff_Line_Kind_value[string(l.Kind)])})
	}
	return diff, nil
}
