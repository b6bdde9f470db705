package rpc

import (
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func guideName(seller, id string) string { return sellerName(seller) + "/guides/" + id }

// guideToProto shows a guide as its author sees it: with the source, what was found in it, and who published it.
func guideToProto(g troubleshoot.Guide) *pb.Guide {
	shown := guideToReader(g)
	shown.Markdown, shown.Findings, shown.Publisher = g.Markdown, findingsToProto(g.Findings), publisherName(g)
	return shown
}

// publisherName is the resource name of the key that published a revision; "" for a draft.
func publisherName(g troubleshoot.Guide) string {
	if g.Publisher == "" {
		return ""
	}
	return keyPrefix + g.Publisher
}

// guideToReader shows a guide as shoppers, experts and storefronts see it.
func guideToReader(g troubleshoot.Guide) *pb.Guide {
	shown := guideToList(g)
	shown.Html, shown.Intro, shown.Steps = g.HTML, g.Intro, stepsToProto(g.Steps)
	for _, e := range g.Entries {
		shown.Entries = append(shown.Entries, &pb.Guide_Entry{Reason: string(e.Reason), Symptom: e.Symptom, Step: e.Step})
	}
	for _, e := range g.Endings {
		shown.Endings = append(shown.Endings, &pb.Guide_Ending{Ending: e.Ending, Title: e.Title, Html: e.HTML, Text: e.Text})
	}
	return shown
}

// guideToList shows a guide without its body, as one of many.
func guideToList(g troubleshoot.Guide) *pb.Guide {
	shown := &pb.Guide{
		Name: guideName(g.Seller, g.ID), Revision: int32Of(g.Revision), State: pb.Guide_State(g.State), Title: g.Title, Locale: g.Locale,
		Skus: g.SKUs, Categories: g.Categories, Symptoms: g.Symptoms, Minutes: int32Of(g.Minutes), Difficulty: g.Difficulty, Tools: g.Tools,
		Etag: g.Etag, PublishTime: timeToProto(g.PublishTime), RolledBackTo: int32Of(g.RolledBackTo),
	}
	for _, r := range g.Reasons {
		shown.Reasons = append(shown.Reasons, string(r))
	}
	return shown
}

func stepsToProto(steps []troubleshoot.GuideStep) []*pb.Guide_Step {
	shown := make([]*pb.Guide_Step, len(steps))
	for n, s := range steps {
		shown[n] = &pb.Guide_Step{Step: s.ID, Title: s.Title, Html: s.HTML, Instruction: s.Instruction, Requires: s.Requires, Stop: s.Stop,
			Next: &pb.Guide_Next{Yes: s.Next.Yes, No: s.Next.No, Next: s.Next.Next}}
	}
	return shown
}

func findingsToProto(findings []troubleshoot.GuideFinding) []*pb.Finding {
	shown := make([]*pb.Finding, len(findings))
	for n, f := range findings {
		shown[n] = &pb.Finding{
			Rule: f.Rule, Severity: pb.Finding_Severity(pb.Finding_Severity_value[f.Severity]), Line: int32Of(f.Line), Column: int32Of(f.Column),
			Message: f.Message, Mend: f.Mend, Text: f.Text, Fixable: f.Fixable,
		}
	}
	return shown
}
