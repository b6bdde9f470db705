package rpc

import (
	"cmp"
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// Bounds of a guide report's period, in days. It reads what sessions recorded, not rollups.
const (
	guideReportDays    = 90  // without a start
	maxGuideReportDays = 731 // from the first day to the last
)

// eastmost is how far any time zone is ahead of UTC.
const eastmost = 14 * time.Hour

// GetGuideReport reports one row a revision, from the steps that sessions recorded.
func (s *Reports) GetGuideReport(ctx context.Context, req *pb.GetGuideReportRequest) (*pb.GuideReport, error) {
	filter, err := guideReportFilter(req, PrincipalFrom(ctx).Seller)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var records []deflection.GuideRecord
	if err := s.store.ViewLong(ctx, func(tx *store.Tx) error {
		today, err := guideReportToday(tx, filter, now)
		if err != nil {
			return err
		}
		if filter.From, filter.To, err = guideReportPeriod(req, today); err != nil {
			return err
		}
		records, err = tx.GuideRecords(filter)
		return err
	}); err != nil {
		return nil, err
	}
	options := guideOptions(req)
	reply := &pb.GuideReport{AsOf: timestamppb.New(now), Confidence: options.Confidence, StartDate: dayToProto(filter.From), EndDate: dayToProto(filter.To)}
	for _, r := range records {
		if ctx.Err() != nil { // long guides take their time to be ordered, and nobody waits any more
			return nil, ctx.Err()
		}
		reply.Rows = append(reply.Rows, guideRowToProto(r.Guide, deflection.LearnGuide(r, options)))
	}
	return reply, nil
}

// guideReportFilter reads all but the days; bound is the seller of the credential, "" for all.
func guideReportFilter(req *pb.GetGuideReportRequest, bound string) (filter store.GuideReportFilter, err error) {
	filter = store.GuideReportFilter{Seller: cmp.Or(bound, req.GetSeller()), SKU: req.GetSku()}
	if filter.Guide, err = guideID(req.GetGuide(), filter.Seller); err != nil {
		return filter, err
	}
	filter.Reason, err = knownReason(req.GetReason())
	return filter, err
}

// guideReportToday gives the last day that the sellers of the report can have intercepts of; NotFound for a seller, or a
// guide of it, that is not there.
func guideReportToday(tx *store.Tx, f store.GuideReportFilter, now time.Time) (int64, error) {
	if f.Seller == "" {
		return troubleshoot.DayOf(now.Add(eastmost), time.UTC), nil
	}
	seller, err := tx.Seller(f.Seller)
	if err == nil && f.Guide != "" {
		_, err = tx.Guide(f.Seller, f.Guide)
	}
	return troubleshoot.DayOf(now, store.Zone(seller)), err
}

func guideOptions(req *pb.GetGuideReportRequest) deflection.GuideOptions {
	o := deflection.GuideOptions{Confidence: 0.95}
	if req.Confidence != nil {
		o.Confidence = req.GetConfidence()
	}
	if req.UnresolvedMinutes != nil {
		seconds := 60 * req.GetUnresolvedMinutes()
		o.UnresolvedSeconds = &seconds
	}
	return o
}

// guideReportPeriod reads the days of a report, both included.
func guideReportPeriod(req *pb.GetGuideReportRequest, today int64) (from, to int64, err error) {
	if to, err = dayFromProto(req.GetEndDate(), "endDate", today); err != nil {
		return 0, 0, err
	}
	if from, err = dayFromProto(req.GetStartDate(), "startDate", to-guideReportDays+1); err != nil {
		return 0, 0, err
	}
	switch {
	case to < from:
		err = troubleshoot.Invalid("endDate", "%s is before startDate %s", dayToProto(to), dayToProto(from))
	case to-from > maxGuideReportDays:
		err = troubleshoot.Invalid("startDate", "%s is more than %d days before the last day, %s; take a shorter time", dayToProto(from), maxGuideReportDays, dayToProto(to))
	}
	return from, to, err
}

// knownReason reads a reason to look for. One that is not known would find what counts as OTHER.
func knownReason(raw string) (troubleshoot.Reason, error) {
	if raw == "" {
		return "", nil
	}
	reason := troubleshoot.NormaliseReason(raw)
	if reason == troubleshoot.ReasonOther && !strings.EqualFold(raw, string(troubleshoot.ReasonOther)) {
		return "", troubleshoot.Invalid("reason", "%q is not known; use a code such as DEFECTIVE, or OTHER", raw)
	}
	return reason, nil
}

func dayToProto(day int64) string { return time.Unix(day*86400, 0).UTC().Format(time.DateOnly) }

func guideRowToProto(g troubleshoot.Guide, f deflection.GuideFigures) *pb.GuideRow {
	row := &pb.GuideRow{Seller: g.Seller, Guide: g.ID, Revision: int32(g.Revision), Title: g.Title, Sessions: int32(f.Sessions), Solved: int32(f.Solved),
		Method: f.Method, Unfixable: f.Unfixable, Today: stepOrderToProto(f.Today), LeastCost: stepOrderToProto(f.LeastCost), Exact: f.Exact, Notes: f.Notes}
	if f.Saving.Estimate != nil {
		row.SavingSeconds = posteriorToProto(f.Saving)
	}
	if f.StopAfter != nil {
		steps := int32(*f.StopAfter)
		row.StopAfter = &steps
	}
	for _, s := range f.Steps {
		step := &pb.GuideRow_StepRow{Step: s.ID, Title: s.Title, Reached: int32(s.Reached), Tried: int32(s.Tried), Fixed: int32(s.Fixed), Skipped: int32(s.Skipped),
			Dropped: int32(s.Dropped), DropRate: s.DropRate, Hazard: posteriorToProto(s.Hazard), FixProbability: posteriorToProto(s.FixProbability),
			MedianSeconds: s.MedianSeconds, CostSeconds: s.CostSeconds, CostBasis: s.CostBasis}
		if s.Place > 0 {
			place := int32(s.Place)
			step.Place = &place
		}
		row.Steps = append(row.Steps, step)
	}
	return row
}

func stepOrderToProto(o *deflection.StepOrder) *pb.StepOrder {
	if o == nil {
		return nil
	}
	return &pb.StepOrder{Steps: o.Steps, ExpectedSeconds: o.Seconds}
}

func posteriorToProto(p deflection.Posterior) *pb.Posterior {
	return &pb.Posterior{Estimate: p.Estimate, Lower: p.Lower, Upper: p.Upper}
}
