package rpc

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// sessionToProto shows a session with the latest results of its steps, oldest first.
func sessionToProto(s troubleshoot.Session, steps []troubleshoot.StepRecord) *pb.Session {
	shown := &pb.Session{
		Name: "sessions/" + s.ID, Intercept: interceptPrefix + s.Intercept, Channel: pb.Session_Channel(s.Channel),
		State: pb.Session_State(s.State), Locale: s.Locale, Note: s.Note, Tags: s.Tags, CreateTime: timeToProto(s.CreateTime),
		StartTime: timeToProto(s.StartTime), EndTime: timeToProto(s.EndTime), Steps: make([]*pb.Session_Step, len(steps)),
	}
	for n, r := range steps {
		shown.Steps[n] = &pb.Session_Step{
			Guide: guideName(s.Seller, r.Guide), Revision: int32Of(r.Revision), Step: r.Step, Result: pb.Session_StepResult(r.Result),
			Elapsed: durationpb.New(r.Elapsed), RecordTime: timeToProto(r.Time),
		}
	}
	if len(steps) > 0 {
		shown.Guide = &shown.Steps[0].Guide
	}
	if s.Expert != "" {
		shown.Expert = &s.Expert
	}
	if s.Disposition != 0 {
		shown.Disposition = pb.Session_Disposition(s.Disposition).Enum()
	}
	if s.Answer.Solved != 0 {
		shown.Answer = answerToProto(s.Answer)
	}
	if s.State == troubleshoot.Closed && !s.StartTime.IsZero() {
		shown.ExpertTime = durationpb.New(time.Duration(s.ExpertSeconds) * time.Second)
	}
	return shown
}

// sessionTo shows a session to its reader: to the shopper without what the expert noted for colleagues.
func sessionTo(caller access.Principal, s troubleshoot.Session, steps []troubleshoot.StepRecord) *pb.Session {
	if caller.Role == troubleshoot.RoleShopper {
		s.Note, s.Tags = "", nil
	}
	return sessionToProto(s, steps)
}

// sessionToList shows a session as one of many, without the texts that people wrote: reading those is audited.
func sessionToList(s troubleshoot.Session) *pb.Session {
	s.Note, s.Tags, s.Answer.Comment = "", nil, ""
	return sessionToProto(s, nil)
}

func answerToProto(a troubleshoot.Answer) *pb.Session_Answer {
	shown := &pb.Session_Answer{Solved: pb.Session_Solved(a.Solved), Comment: a.Comment, AnswerTime: timeToProto(a.Time)}
	if a.Score != 0 {
		score := int32Of(a.Score)
		shown.Score = &score
	}
	return shown
}

// answerFromProto reads the shopper's answer, given at now.
func answerFromProto(req *pb.AnswerSessionRequest, now time.Time) troubleshoot.Answer {
	return troubleshoot.Answer{
		Solved: troubleshoot.Solved(req.GetSolved()), Score: int64(req.GetScore()), Comment: req.GetComment(), Time: now,
	}
}

// stepFromProto reads the result of a step of a guide of the seller, recorded at now. The guide is named by its id or its
// resource name; that of another seller's guide is answered as a missing one.
func stepFromProto(req *pb.RecordStepRequest, seller string, now time.Time) (troubleshoot.StepRecord, error) {
	guide, err := guideID(req.GetGuide(), seller)
	if err != nil {
		return troubleshoot.StepRecord{}, err
	}
	return troubleshoot.StepRecord{
		Session: req.GetSession(), Guide: guide, Revision: int64(req.GetRevision()), Step: req.GetStep(),
		Result: troubleshoot.StepResult(req.GetResult()), Elapsed: req.GetElapsed().AsDuration(), Time: now,
	}, nil
}

// guideID takes the id out of a guide's resource name, and an id as it is.
func guideID(name, seller string) (string, error) {
	parts := strings.Split(name, "/")
	switch {
	case len(parts) == 1:
		return name, nil
	case len(parts) == 4 && parts[0] == "sellers" && parts[2] == "guides" && parts[3] != "":
		if parts[1] != seller {
			return "", troubleshoot.Missing("guide", name)
		}
		return parts[3], nil
	}
	return "", troubleshoot.Invalid("guide", "%q is no guide; give its id or its name, sellers/…/guides/…", name)
}
