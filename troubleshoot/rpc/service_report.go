package rpc

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// serviceKeys are the keys of the service's sums by the API's.
var serviceKeys = map[pb.GetServiceReportRequest_GroupBy]store.GroupKey{
	pb.GetServiceReportRequest_SELLER: store.BySeller, pb.GetServiceReportRequest_SKU: store.BySKU, pb.GetServiceReportRequest_EXPERT: store.ByExpert,
	pb.GetServiceReportRequest_CHANNEL: store.ByChannel, pb.GetServiceReportRequest_DAY: store.ByDay,
}

// GetServiceReport reports one row a group, from sums.
func (s *Reports) GetServiceReport(ctx context.Context, req *pb.GetServiceReportRequest) (*pb.ServiceReport, error) {
	filter, err := serviceFilter(req, PrincipalFrom(ctx).Seller)
	if err != nil {
		return nil, err
	}
	confidence := 0.95
	if req.Confidence != nil {
		confidence = req.GetConfidence()
	}
	now := s.now()
	var cells []store.ServiceCell
	if err := s.store.ViewLong(ctx, func(tx *store.Tx) (err error) {
		if filter.Seller != "" {
			if _, err = tx.Seller(filter.Seller); err != nil {
				return err
			}
		}
		cells, err = tx.Service(filter, now)
		return err
	}); err != nil {
		return nil, err
	}
	reply := &pb.ServiceReport{AsOf: timestamppb.New(now), Confidence: confidence}
	name := expertNames(filter.GroupBy, cells)
	for _, c := range cells {
		reply.Rows = append(reply.Rows, serviceRow(filter.GroupBy, c, name, confidence))
	}
	return reply, nil
}

// serviceFilter reads what to report; bound is the seller of the credential, "" for all.
func serviceFilter(req *pb.GetServiceReportRequest, bound string) (filter store.ServiceFilter, err error) {
	filter.Seller = cmp.Or(bound, req.GetSeller())
	if filter.From, err = dayFromProto(req.GetStartDate(), "startDate", 0); err != nil {
		return filter, err
	}
	if filter.To, err = dayFromProto(req.GetEndDate(), "endDate", lastDay); err != nil {
		return filter, err
	}
	if filter.To < filter.From {
		return filter, troubleshoot.Invalid("endDate", "%s is before startDate %s", req.GetEndDate(), req.GetStartDate())
	}
	for _, by := range req.GetGroupBy() {
		filter.GroupBy = append(filter.GroupBy, serviceKeys[by])
	}
	return filter, nil
}

// expertNames gives what experts are called in keys: their name, and the team before it where two teams have an expert of that
// name and rows do not tell which.
func expertNames(by []store.GroupKey, cells []store.ServiceCell) func(c store.ServiceCell, name string) string {
	at := slices.Index(by, store.ByExpert)
	teams := map[string]map[string]bool{}
	for _, c := range cells {
		if at >= 0 {
			if teams[c.Keys[at]] == nil {
				teams[c.Keys[at]] = map[string]bool{}
			}
			teams[c.Keys[at]][c.Team] = true
		}
	}
	return func(c store.ServiceCell, name string) string {
		if len(teams[name]) > 1 && c.Team != "" {
			return c.Team + "/" + name
		}
		return name
	}
}

// serviceRow shows the figures of one group.
func serviceRow(by []store.GroupKey, c store.ServiceCell, expertName func(store.ServiceCell, string) string, confidence float64) *pb.ServiceRow {
	row := &pb.ServiceRow{Keys: map[string]string{}}
	for n, key := range by {
		switch shown := c.Keys[n]; key {
		case store.ByExpert:
			row.Keys[string(key)] = expertName(c, shown)
		case store.ByChannel:
			number, _ := strconv.Atoi(shown) // 0 is unspecified, too
			row.Keys[string(key)] = pb.Session_Channel(number).String()
		default:
			row.Keys[string(key)] = shown
		}
	}
	figures := deflection.Service(c.Sums, confidence)
	fillServiceRow(row, c.Sums, figures)
	if c.Borrowed > 0 {
		row.SessionsPerExpertHour = nil
	}
	row.Notes = append(figures.Notes, staffedNotes(by, c)...)
	if row.Offered > 0 {
		row.Notes = append(row.Notes, "service levels and abandonment have no interval: chats that wait together share their luck")
	}
	return row
}

// staffedNotes says why figures of experts' time are left out.
func staffedNotes(by []store.GroupKey, c store.ServiceCell) []string {
	switch {
	case slices.Contains(by, store.BySKU) || slices.Contains(by, store.ByChannel):
		return []string{"occupancy, concurrency and sessions per expert hour are left out: experts' time is known by expert and day, not by SKU or channel"}
	case c.Borrowed > 0:
		return []string{"sessions per expert hour are left out: " + strconv.FormatInt(c.Borrowed, 10) +
			" sessions were closed by experts of the marketplace's pool, whose time is not one seller's"}
	case c.Sums.Closed > 0 && c.Sums.StaffedSeconds <= 0:
		return []string{"occupancy and sessions per expert hour are left out: no time of experts was recorded"}
	}
	return nil
}
