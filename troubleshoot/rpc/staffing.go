package rpc

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot/routing"
)

// Goals of a plan that says none: nine of ten within the promised minute.
const (
	staffingFraction = 0.9
	staffingWait     = time.Minute
)

// PlanStaffing says how many experts a load needs. It reads nothing of anybody.
func (s *Reports) PlanStaffing(_ context.Context, req *pb.PlanStaffingRequest) (*pb.StaffingPlan, error) {
	in := routing.PlanInput{ArrivalsPerHour: req.GetArrivalsPerHour(), HandleTime: req.GetHandleTime().AsDuration(), Patience: req.GetPatience().AsDuration(),
		Concurrency: 1, TargetFraction: staffingFraction, TargetWait: staffingWait}
	if req.Concurrency != nil {
		in.Concurrency = int(req.GetConcurrency())
	}
	if req.TargetFraction != nil {
		in.TargetFraction = req.GetTargetFraction()
	}
	if req.GetTargetWait() != nil {
		in.TargetWait = req.GetTargetWait().AsDuration()
	}
	plan, err := routing.Plan(in)
	if err != nil {
		return nil, err
	}
	return &pb.StaffingPlan{Experts: int32Of(plan.Experts), ServiceLevel: plan.ServiceLevel, MeanWait: durationpb.New(plan.MeanWait),
		Occupancy: plan.Occupancy, Abandonment: plan.Abandonment}, nil
}
