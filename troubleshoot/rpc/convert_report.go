package rpc

import (
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// fillDeflectionRow puts what was inferred into the row.
func fillDeflectionRow(row *pb.DeflectionRow, r deflection.Result) {
	row.Mature, row.Returned, row.LateReturns = armsToProto(r.Mature), armsToProto(r.Returned), armsToProto(r.Late)
	row.ReturnRateOffered, row.ReturnRateHoldout = r.ReturnRateOffered, r.ReturnRateHoldout
	row.ReturnRateAvoided = figureToProto(r.ReturnRateAvoided)
	row.EffectOnEngaged = figureToProto(r.EffectOnEngaged)
	row.AttributedDeflections = int32(r.AttributedDeflections)
	row.IncrementalDeflections = figureToProto(r.IncrementalDeflections)
	row.CostOfReturn, row.SessionCost = r.CostOfReturn, r.SessionCost
	row.NetSavings = figureToProto(r.NetSavings)
	row.NetSavingsPerIntercept = figureToProto(r.NetSavingsPerIntercept)
	row.SavingsPerDeflectedReturn = figureToProto(r.SavingsPerDeflectedReturn)
	row.SessionsPerIncrementalDeflection = r.SessionsPerIncrementalDeflection
	row.SampleRatio = &pb.SampleRatio{PValue: r.SampleRatio.PValue}
	if r.SampleRatio.Warning != "" {
		row.SampleRatio.Warning = &r.SampleRatio.Warning
	}
	row.Epochs, row.Weighted = r.Epochs, r.Weighted
	row.ClosedLabel, row.AnytimeLabel = r.ClosedLabel, r.AnytimeLabel
	row.RelativeAvoided = figureToProto(r.RelativeAvoided)
	row.AlwaysValidPValue = r.AlwaysValidP
	row.IncrementalityFactor = figureToProto(r.IncrementalityFactor)
	row.BaselineKeepers, row.KeptUnattributed = r.BaselineKeepers, int32(r.KeptUnattributed)
	row.UnitsReturned, row.UnitsIntended = armsToProto(r.UnitsReturned), armsToProto(r.UnitsIntended)
	row.Notes = append(row.Notes, r.Notes...)
}

func armsToProto(a deflection.Arms) *pb.ArmCounts {
	return &pb.ArmCounts{Offered: int32(a.Offered), Holdout: int32(a.Holdout)}
}

func figureToProto(f deflection.Figure) *pb.Estimate {
	return &pb.Estimate{Status: string(f.Status), Estimate: f.Estimate, Lower: f.Lower, Upper: f.Upper,
		AlwaysValidLower: f.AlwaysValidLower, AlwaysValidUpper: f.AlwaysValidUpper}
}
