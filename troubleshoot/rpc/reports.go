package rpc

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// Reports serves ReportsService.
type Reports struct {
	pb.UnimplementedReportsServiceServer
	store *store.Store
	now   func() time.Time
}

// lastDay stands for "no end": later than any intercept.
const lastDay = 1 << 32

// groupKeys are the columns of rollups by the API's keys.
var groupKeys = map[pb.GetDeflectionReportRequest_GroupBy]store.GroupKey{
	pb.GetDeflectionReportRequest_SELLER: store.BySeller, pb.GetDeflectionReportRequest_SKU: store.BySKU,
	pb.GetDeflectionReportRequest_REASON: store.ByReason, pb.GetDeflectionReportRequest_DAY: store.ByDay, pb.GetDeflectionReportRequest_ARM: store.ByArm,
}

// GetDeflectionReport reports one row a group and currency, from rollups.
func (s *Reports) GetDeflectionReport(ctx context.Context, req *pb.GetDeflectionReportRequest) (*pb.DeflectionReport, error) {
	filter := store.DeflectionFilter{Seller: req.GetSeller(), To: lastDay}
	if bound := PrincipalFrom(ctx).Seller; bound != "" {
		filter.Seller = bound
	}
	var err error
	if filter.From, err = dayFromProto(req.GetStartDate(), "startDate", 0); err != nil {
		return nil, err
	}
	if filter.To, err = dayFromProto(req.GetEndDate(), "endDate", lastDay); err != nil {
		return nil, err
	}
	if filter.To < filter.From {
		return nil, troubleshoot.Invalid("endDate", "%s is before startDate %s", req.GetEndDate(), req.GetStartDate())
	}
	for _, by := range req.GetGroupBy() {
		filter.GroupBy = append(filter.GroupBy, groupKeys[by])
	}
	confidence := 0.95
	if req.Confidence != nil {
		confidence = req.GetConfidence()
	}
	now := s.now()
	var cells []store.DeflectionCell
	if err := s.store.ViewLong(ctx, func(tx *store.Tx) (err error) {
		if filter.Seller != "" {
			if _, err = tx.Seller(filter.Seller); err != nil {
				return err
			}
		}
		cells, err = tx.Deflection(filter, now)
		return err
	}); err != nil {
		return nil, err
	}
	reply := &pb.DeflectionReport{AsOf: timestamppb.New(now), Confidence: confidence}
	labels := epochLabels(filter.GroupBy, cells)
	for _, group := range groupCells(cells) {
		reply.Rows = append(reply.Rows, deflectionRow(filter.GroupBy, group, labels, confidence))
	}
	return reply, nil
}

// dayFromProto reads a day as days since 1970-01-01.
func dayFromProto(text, field string, absent int64) (int64, error) {
	if text == "" {
		return absent, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, troubleshoot.Invalid(field, "%q is no day; write it like 2026-10-01", text)
	}
	return t.Unix() / 86400, nil
}

// groupCells puts the cells of one row together: the same keys and currency. Rows come in the order of their keys.
func groupCells(cells []store.DeflectionCell) [][]store.DeflectionCell {
	var groups [][]store.DeflectionCell
	at := map[string]int{}
	for _, c := range cells {
		key := strings.Join(c.Keys, "\x1f") + "\x1e" + c.Currency
		n, ok := at[key]
		if !ok {
			n = len(groups)
			at[key] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], c)
	}
	slices.SortStableFunc(groups, func(a, b []store.DeflectionCell) int {
		return cmp.Or(slices.Compare(a[0].Keys, b[0].Keys), cmp.Compare(a[0].Currency, b[0].Currency))
	})
	return groups
}

// deflectionRow infers one row from the sums of its cells.
func deflectionRow(by []store.GroupKey, cells []store.DeflectionCell, label func(troubleshoot.Epoch) string, confidence float64) *pb.DeflectionRow {
	row := &pb.DeflectionRow{Keys: map[string]string{}, CurrencyCode: cells[0].Currency}
	for n, key := range by {
		row.Keys[string(key)] = cells[0].Keys[n]
	}
	byShopper, oneArm := false, slices.Contains(by, store.ByArm)
	for _, c := range cells {
		row.Intercepts += int32(c.Sums.N)
		switch c.Arm {
		case troubleshoot.Offered:
			row.Offered += int32(c.Sums.N)
			row.Engaged += int32(c.Sums.D)
		case troubleshoot.Holdout:
			row.Holdout += int32(c.Sums.N)
		}
		row.Corrected += int32(c.Sums.Corrected)
		byShopper = byShopper || c.Epoch.Policy.RandomisationUnit == troubleshoot.UnitShopper
	}
	row.Eligible = row.Offered + row.Holdout
	options := deflection.Options{Confidence: confidence, MinorPerMajor: troubleshoot.MinorPerMajor(row.CurrencyCode), OneArm: oneArm}
	fillDeflectionRow(row, deflection.Estimate(strataOf(cells, label), options))
	if byShopper && !oneArm {
		withholdIntervals(row)
	}
	if row.Eligible > 0 {
		share := float64(row.Mature.Offered+row.Mature.Holdout) / float64(row.Eligible)
		row.MatureShare = &share
	}
	return row
}

// epochLabels names epochs by their number, and by their seller where the cells are of several and rows do not tell which.
func epochLabels(by []store.GroupKey, cells []store.DeflectionCell) func(troubleshoot.Epoch) string {
	several := slices.ContainsFunc(cells, func(c store.DeflectionCell) bool { return c.Epoch.Seller != cells[0].Epoch.Seller })
	several = several && !slices.Contains(by, store.BySeller)
	return func(e troubleshoot.Epoch) string {
		number := strconv.FormatInt(e.Number, 10)
		if several {
			return e.Seller + "/" + number
		}
		return number
	}
}

// strataOf gives one stratum for each seller's epoch among the cells, oldest first within a seller.
func strataOf(cells []store.DeflectionCell, label func(troubleshoot.Epoch) string) []deflection.Stratum {
	cells = slices.SortedStableFunc(slices.Values(cells), func(a, b store.DeflectionCell) int {
		return cmp.Or(cmp.Compare(a.Epoch.Seller, b.Epoch.Seller), cmp.Compare(a.Epoch.Number, b.Epoch.Number))
	})
	type epoch struct {
		seller string
		number int64
	}
	at := map[epoch]int{}
	var strata []deflection.Stratum
	for _, c := range cells {
		if c.Arm == troubleshoot.Ineligible {
			continue
		}
		key := epoch{c.Epoch.Seller, c.Epoch.Number}
		n, ok := at[key]
		if !ok {
			n = len(strata)
			at[key] = n
			strata = append(strata, deflection.Stratum{Epoch: int64(n), Label: label(c.Epoch), HoldoutShare: plannedShare(c.Epoch), WagePerHour: c.Epoch.Policy.ExpertHourlyWage.Minor})
		}
		stratum := &strata[n]
		assigned, mature := &stratum.AssignedOffered, &stratum.Offered
		if c.Arm == troubleshoot.Holdout {
			assigned, mature = &stratum.AssignedHoldout, &stratum.Holdout
		}
		*assigned += c.Sums.N
		if c.Mature {
			*mature = mature.Plus(c.Sums)
		}
	}
	return strata
}

// plannedShare is what the sample ratio is checked against; negative where there is no plan to check, or where whole
// shoppers were drawn and lines are not independent.
func plannedShare(e troubleshoot.Epoch) float64 {
	if e.Imported || e.Policy.RandomisationUnit == troubleshoot.UnitShopper {
		return -1
	}
	return e.Policy.HoldoutFraction
}

// withholdIntervals leaves the point estimates of a row whose arms were drawn by shopper: its lines are clustered, and an
// interval that takes them as independent would be too narrow. What hangs on such an interval, in figures and notes, goes too.
func withholdIntervals(row *pb.DeflectionRow) {
	for _, e := range []*pb.Estimate{row.ReturnRateAvoided, row.RelativeAvoided, row.EffectOnEngaged, row.IncrementalDeflections,
		row.IncrementalityFactor, row.NetSavings, row.NetSavingsPerIntercept, row.SavingsPerDeflectedReturn} {
		e.Lower, e.Upper, e.AlwaysValidLower, e.AlwaysValidUpper = nil, nil, nil, nil
	}
	row.AlwaysValidPValue, row.SessionsPerIncrementalDeflection = nil, nil
	row.SavingsPerDeflectedReturn = &pb.Estimate{Status: string(deflection.NotEnoughData)}
	row.Notes = []string{fmt.Sprintf("arms were drawn by shopper (randomisationUnit %s): intervals that take order lines as independent would be too narrow and are withheld; draw by ORDER_LINE to get them", pb.Policy_SHOPPER)}
}
