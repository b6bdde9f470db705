package rpc

import (
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func guideName(seller, id string) string { return sellerName(seller) + "/guides/" + id }

// guideToProto shows a guide as its author sees it: with the source and what was found in it.
func guideToProto(g troubleshoot.Guide) *pb.Guide {
	shown := guideToReader(g)
	shown.Markdown, shown.Findings = g.Markdown, findingsToProto(g.Findings)
	return shown
}

// guideToReader shows a guide as shoppers, experts and storefronts see it.
func guideToReader(g troubleshoot.Guide) *pb.Guide {
	shown := guideToList(g)
	shown.Html, shown.Steps = g.HTML, stepsToProto(g.Steps)
	return shown
}

// guideToList shows a guide without its body, as one of many.
func guideToList(g troubleshoot.Guide) *pb.Guide {
	shown := &pb.Guide{
		Name: guideName(g.Seller, g.ID), Revision: int32Of(g.Revision), State: pb.Guide_State(g.State), Title: g.Title, Locale: g.Locale,
		Skus: g.SKUs, Categories: g.Categories, Minutes: int32Of(g.Minutes), Etag: g.Etag, PublishTime: timeToProto(g.PublishTime),
	}
	for _, r := range g.Reasons {
		shown.Reasons = append(shown.Reasons, string(r))
	}
	return shown
}

func stepsToProto(steps []troubleshoot.GuideStep) []*pb.Guide_Step {
	shown := make([]*pb.Guide_Step, len(steps))
	for n, s := range steps {
		shown[n] = &pb.Guide_Step{Step: s.ID, Title: s.Title, Html: s.HTML, Instruction: s.Instruction}
	}
	return shown
}

func findingsToProto(findings []troubleshoot.GuideFinding) []*pb.Finding {
	shown := make([]*pb.Finding, len(findings))
	for n, f := range findings {
		shown[n] = &pb.Finding{
			Rule: f.Rule, Severity: pb.Finding_Severity(pb.Finding_Severity_value[f.Severity]), Line: int32Of(f.Line), Column: int32Of(f.Column),
			Message: f.Message, Mend: f.Mend,
		}
	}
	return shown
}
