package rpc

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// fewAnswers is the status of a dissatisfaction rate that says little.
const fewAnswers = "few_answers"

// fillServiceRow puts counts and figures into the row.
func fillServiceRow(row *pb.ServiceRow, s deflection.ServiceSums, f deflection.ServiceFigures) {
	row.Offered, row.Answered = int32Of(s.Offered), int32Of(s.Answered)
	row.AbandonedInQueue, row.AbandonedInChat, row.NoShow, row.Closed = int32Of(s.Abandoned), int32Of(s.AbandonedInChat), int32Of(s.NoShow), int32Of(s.Closed)

	row.Dissatisfaction = targetToProto(f.Dissatisfaction, s.Yes+s.No, deflection.DissatisfactionTarget)
	if f.FewAnswers {
		row.Dissatisfaction.Status = fewAnswers
	}
	row.Response = &pb.Proportion{Rate: f.ResponseRate, Of: int32Of(s.Asked)}
	row.ContactResponse = targetToProto(f.ContactResponse, s.OnTime+s.Late, deflection.ContactTarget)
	row.ContactsPending = int32Of(s.Pending)

	row.FirstResponse = &pb.Proportion{Rate: f.LevelOffered, Of: int32Of(s.Offered)}
	row.FirstResponseWithoutShortAbandons, row.FirstResponseOfAnswered = f.LevelExclShortAbandons, f.LevelAnswered
	row.AbandonmentInQueue = &pb.Proportion{Rate: f.AbandonedInQueue, Of: int32Of(s.Offered)}
	row.AbandonmentInChat = &pb.Proportion{Rate: f.AbandonedInChat, Of: int32Of(s.Answered)}

	var scores int64
	for _, n := range s.Scores {
		scores += n
	}
	row.Satisfaction, row.Score = shareToProto(f.Satisfaction, scores), f.MeanScore

	row.Occupancy, row.Concurrency, row.SessionsPerExpertHour = f.Occupancy, f.Concurrency, f.SessionsPerExpertHour
	row.MeanWait, row.MedianWait, row.WaitP90 = secondsToProto(f.MeanWait), secondsToProto(f.WaitP50), secondsToProto(f.WaitP90)
	row.MeanHandleTime, row.MeanWrapUpTime = secondsToProto(f.MeanHandle), secondsToProto(f.MeanWrapUp)
	row.Effort = durationpb.New(time.Duration(s.EffortSeconds) * time.Second)
	if s.StaffedSeconds > 0 {
		row.Staffed = durationpb.New(time.Duration(s.StaffedSeconds) * time.Second)
	}
	row.ReviewScore, row.Reviews, row.FailedReviews = f.ReviewScore, int32Of(s.Reviews), int32Of(s.ReviewFails)
}

func shareToProto(s deflection.Share, of int64) *pb.Proportion {
	return &pb.Proportion{Rate: s.Estimate, Lower: s.Lower, Upper: s.Upper, Of: int32Of(of)}
}

func targetToProto(s deflection.TargetShare, of int64, target float64) *pb.Proportion {
	shown := shareToProto(s.Share, of)
	shown.Target, shown.MeetsTarget, shown.Status = &target, s.MeetsTarget, string(s.Verdict)
	return shown
}

// secondsToProto gives a duration to the millisecond; nil stays nil.
func secondsToProto(seconds *float64) *durationpb.Duration {
	if seconds == nil {
		return nil
	}
	return durationpb.New(time.Duration(*seconds * float64(time.Second)).Round(time.Millisecond))
}
