package rpc

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/routing"
)

func TestPlanStaffing(t *testing.T) {
	minutes := func(n int) *durationpb.Duration { return durationpb.New(time.Duration(n) * time.Minute) }
	var reports Reports
	base := func() *pb.PlanStaffingRequest {
		return &pb.PlanStaffingRequest{ArrivalsPerHour: 60, HandleTime: minutes(12)}
	}
	plan := func(change func(*pb.PlanStaffingRequest)) *pb.StaffingPlan {
		req := base()
		if change != nil {
			change(req)
		}
		return must[*pb.StaffingPlan](t)(reports.PlanStaffing(t.Context(), req))
	}
	standard := plan(nil)
	said := plan(func(r *pb.PlanStaffingRequest) {
		r.Concurrency, r.TargetFraction, r.TargetWait = proto.Int32(1), proto.Float64(0.9), minutes(1)
	})
	if !proto.Equal(standard, said) {
		t.Errorf("the defaults plan %v, said %v", standard, said)
	}
	want := must[routing.PlanResult](t)(routing.Plan(routing.PlanInput{ArrivalsPerHour: 60, HandleTime: 12 * time.Minute, Concurrency: 1, TargetFraction: 0.9, TargetWait: time.Minute}))
	if int(standard.GetExperts()) != want.Experts || standard.GetServiceLevel() != want.ServiceLevel || standard.GetServiceLevel() < 0.9 ||
		standard.GetMeanWait().AsDuration() != want.MeanWait || standard.GetOccupancy() != want.Occupancy || standard.GetAbandonment() != 0 {
		t.Errorf("%v, want %+v", standard, want)
	}
	three := plan(func(r *pb.PlanStaffingRequest) { r.Concurrency = proto.Int32(3) })
	patient := plan(func(r *pb.PlanStaffingRequest) { r.Patience = minutes(5) })
	at := plan(func(r *pb.PlanStaffingRequest) { r.TargetWait = minutes(0) })
	most := plan(func(r *pb.PlanStaffingRequest) { r.TargetFraction = proto.Float64(0.99) })
	if three.GetExperts() >= standard.GetExperts() || patient.GetExperts() > standard.GetExperts() || patient.GetAbandonment() <= 0 ||
		at.GetExperts() <= standard.GetExperts() || most.GetExperts() <= standard.GetExperts() {
		t.Errorf("standard %v\nthree at once %v\nimpatient %v\nat once %v\nnearly all %v", standard, three, patient, at, most)
	}
	for field, change := range map[string]func(*pb.PlanStaffingRequest){
		"arrivalsPerHour": func(r *pb.PlanStaffingRequest) { r.ArrivalsPerHour = 1e-9 },
		"handleTime":      func(r *pb.PlanStaffingRequest) { r.HandleTime = durationpb.New(1) },
		"patience":        func(r *pb.PlanStaffingRequest) { r.Patience = durationpb.New(1) },
	} {
		req := base()
		change(req)
		if err := Validate(req); err != nil {
			t.Errorf("%s: the proto refuses it already: %v", field, err)
		}
		_, err := reports.PlanStaffing(t.Context(), req)
		if troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument || fieldOf(t, err) != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
