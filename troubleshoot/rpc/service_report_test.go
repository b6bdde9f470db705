package rpc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

func (d *desk) serviceReport(who context.Context, req *pb.GetServiceReportRequest) []*pb.ServiceRow {
	d.t.Helper()
	return must[*pb.ServiceReport](d.t)(d.Reports.GetServiceReport(who, req)).GetRows()
}

// TestServiceReportOfADay follows chats of a day from the first word to the report.
func TestServiceReportOfADay(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll()
		ann, seller := as(troubleshoot.RoleExpert), as(troubleshoot.RoleSeller)
		d.comes(ann)
		chat := func(order string, wait time.Duration, solved pb.Session_Solved, score int32) {
			id, i := d.chat(order, ann)
			d.pass(wait)
			d.says(ann, id, "hello")
			d.pass(10 * time.Minute)
			must[*pb.Session](t)(d.Sessions.CloseSession(ann, &pb.CloseSessionRequest{Session: id, Disposition: pb.Session_FIXED_KEPT}))
			must[*pb.Session](t)(d.Sessions.AnswerSession(shopperOf(i), &pb.AnswerSessionRequest{Session: id, Solved: solved, Score: &score}))
		}
		chat("1", time.Minute, pb.Session_YES, 5)
		chat("2", 2*time.Minute, pb.Session_NO, 3)
		d.comes(ann)
		i := d.intercept("3", nil)
		left := bare(must[*pb.Session](t)(d.start(i, pb.Session_CHAT, "")).GetName())
		d.pass(30 * time.Second)
		must[*pb.Session](t)(d.Sessions.LeaveSession(shopperOf(i), &pb.LeaveSessionRequest{Session: left}))
		d.comes(ann) // posts the time so far

		rows := d.serviceReport(seller, &pb.GetServiceReportRequest{Seller: "acme"})
		if len(rows) != 1 {
			t.Fatalf("%v", rows)
		}
		r := rows[0]
		near := func(what string, got *float64, want float64) {
			t.Helper()
			if got == nil || *got < want-0.0005 || *got > want+0.0005 {
				t.Errorf("%s is %v, want %v", what, value(got), want)
			}
		}
		if r.GetOffered() != 3 || r.GetAnswered() != 2 || r.GetAbandonedInQueue() != 1 || r.GetClosed() != 2 || r.GetNoShow() != 0 || len(r.GetKeys()) != 0 {
			t.Errorf("counts %v", r)
		}
		near("dissatisfaction", r.GetDissatisfaction().Rate, 0.5)
		near("its target", r.GetDissatisfaction().Target, 0.25)
		if p := r.GetDissatisfaction(); p.GetOf() != 2 || p.GetStatus() != "few_answers" || p.GetMeetsTarget() || p.Lower == nil || p.Upper == nil {
			t.Errorf("dissatisfaction %v", p)
		}
		near("response", r.GetResponse().Rate, 1)
		near("first response", r.GetFirstResponse().Rate, 1.0/3)
		near("without short abandons", r.FirstResponseWithoutShortAbandons, 0.5)
		near("of answered", r.FirstResponseOfAnswered, 0.5)
		near("contact response", r.GetContactResponse().Rate, 1)
		near("its target", r.GetContactResponse().Target, 0.9)
		if p := r.GetContactResponse(); p.GetOf() != 2 || !p.GetMeetsTarget() || p.GetStatus() != "uncertain" {
			t.Errorf("contact response %v", p)
		}
		near("satisfaction", r.GetSatisfaction().Rate, 0.5)
		near("score", r.Score, 4)
		near("abandonment in the queue", r.GetAbandonmentInQueue().Rate, 1.0/3)
		near("abandonment in chat", r.GetAbandonmentInChat().Rate, 0)
		near("occupancy", r.Occupancy, 23.0/23.5)
		near("concurrency", r.Concurrency, 1)
		near("sessions per expert hour", r.SessionsPerExpertHour, 2/(23.5/60))
		for what, c := range map[string]struct{ got, want time.Duration }{
			"mean wait": {r.GetMeanWait().AsDuration(), 70 * time.Second}, "mean handle time": {r.GetMeanHandleTime().AsDuration(), 690 * time.Second},
			"effort": {r.GetEffort().AsDuration(), 1380 * time.Second}, "staffed": {r.GetStaffed().AsDuration(), 1410 * time.Second},
		} {
			if c.got != c.want {
				t.Errorf("%s is %s, want %s", what, c.got, c.want)
			}
		}
		if r.MedianWait == nil || r.WaitP90 == nil || r.GetReviewScore() != 0 || r.ReviewScore != nil {
			t.Errorf("waits and reviews of %v", r)
		}
		if says := strings.Join(r.GetNotes(), "; "); !strings.Contains(says, "few answers") || !strings.Contains(says, "share their luck") {
			t.Errorf("notes %q", r.GetNotes())
		}
	})
}

func value(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

// TestServiceRowsAreNamedByTheirKeys: two experts of one name are two rows, and each report is of those whom the caller may see.
func TestServiceRowsAreNamedByTheirKeys(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		keep := func(seller, order string, at time.Time, expert troubleshoot.ExpertID) {
			storetest.Update(t, d.store, func(tx *store.Tx) error {
				if err := tx.EnsureSeller(seller, at); err != nil {
					return err
				}
				i, _, err := tx.KeepIntercept(storetest.Intercept(storetest.Line(seller, order), at))
				if err != nil {
					return err
				}
				s := storetest.Session(i, at)
				s.Channel, s.State, s.Disposition, s.Expert = troubleshoot.ChannelChat, troubleshoot.Closed, troubleshoot.FixedKept, expert
				s.QueueTime, s.AcceptTime, s.StartTime, s.ReplyTime, s.EndTime = at, at, at, at, at.Add(time.Minute)
				_, err = tx.KeepSession(i, store.Change{After: s, Now: at})
				return err
			})
		}
		pool := troubleshoot.ExpertID{Name: "eve"}
		keep("acme", "1", noon, troubleshoot.ExpertID{Seller: "acme", Name: "eve"})
		keep("acme", "2", noon.Add(24*time.Hour), pool)
		keep("acme", "3", noon, troubleshoot.ExpertID{Seller: "acme", Name: "ann"})
		keep("acme", "4", noon, troubleshoot.ExpertID{})
		keep("bolt", "5", noon, troubleshoot.ExpertID{Seller: "bolt", Name: "bob"})
		d.clock = noon.Add(48 * time.Hour)
		admin := context.WithValue(context.Background(), callKey{}, &call{principal: adminOfAll})
		const seller, sku, expert, channel, day = pb.GetServiceReportRequest_SELLER, pb.GetServiceReportRequest_SKU, pb.GetServiceReportRequest_EXPERT,
			pb.GetServiceReportRequest_CHANNEL, pb.GetServiceReportRequest_DAY
		for _, c := range []struct {
			what string
			who  context.Context
			req  *pb.GetServiceReportRequest
			want string
		}{
			{"all", admin, &pb.GetServiceReportRequest{}, "map[]:5"},
			{"one's own", asSeller("bolt"), &pb.GetServiceReportRequest{}, "map[]:1"},
			{"sellers", admin, &pb.GetServiceReportRequest{GroupBy: []pb.GetServiceReportRequest_GroupBy{seller}}, "map[seller:acme]:4 map[seller:bolt]:1"},
			{"experts", asSeller("acme"), &pb.GetServiceReportRequest{GroupBy: []pb.GetServiceReportRequest_GroupBy{expert}},
				"map[expert:]:1 map[expert:ann]:1 map[expert:eve]:1 map[expert:acme/eve]:1"},
			{"an expert of the pool alone", asSeller("acme"), &pb.GetServiceReportRequest{StartDate: "2026-10-02", GroupBy: []pb.GetServiceReportRequest_GroupBy{expert}}, "map[expert:eve]:1"},
			{"a day", asSeller("acme"), &pb.GetServiceReportRequest{StartDate: "2026-10-01", EndDate: "2026-10-01"}, "map[]:3"},
			{"days by channel and SKU", asSeller("acme"), &pb.GetServiceReportRequest{GroupBy: []pb.GetServiceReportRequest_GroupBy{day, channel, sku}},
				"map[channel:CHAT day:2026-10-01 sku:KETTLE]:3 map[channel:CHAT day:2026-10-02 sku:KETTLE]:1"},
		} {
			var got []string
			for _, row := range d.serviceReport(c.who, c.req) {
				got = append(got, fmt.Sprint(row.GetKeys(), ":", row.GetOffered()))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: %q, want %q", c.what, strings.Join(got, " "), c.want)
			}
		}
		wantCode(t, "no such seller", second(d.Reports.GetServiceReport(admin, &pb.GetServiceReportRequest{Seller: "none"})), troubleshoot.NotFound)
		if _, err := d.Reports.GetServiceReport(admin, &pb.GetServiceReportRequest{StartDate: "2026-10-02", EndDate: "2026-10-01"}); fieldOf(t, err) != "endDate" {
			t.Errorf("days in the wrong order: %v", err)
		}
		if _, err := d.Reports.GetServiceReport(admin, &pb.GetServiceReportRequest{StartDate: "2026-02-30"}); fieldOf(t, err) != "startDate" {
			t.Errorf("a day that is none: %v", err)
		}
	})
}

// TestFiguresOfTimeAreOnlyWhereTheyAreKnown holds rows against what staffed time their cells have.
func TestFiguresOfTimeAreOnlyWhereTheyAreKnown(t *testing.T) {
	worked := deflection.ServiceSums{Closed: 4, HandleSeconds: 2400, StaffedSeconds: 7200, BusySeconds: 3600, ChattedSeconds: 5400}
	bare := worked
	bare.StaffedSeconds, bare.BusySeconds, bare.ChattedSeconds = 0, 0, 0
	for _, c := range []struct {
		what             string
		by               []store.GroupKey
		cell             store.ServiceCell
		occupancy, hours bool
		note             string
	}{
		{"all is known", nil, store.ServiceCell{Sums: worked}, true, true, ""},
		{"by expert", []store.GroupKey{store.ByExpert}, store.ServiceCell{Keys: []string{"ann"}, Sums: worked}, true, true, ""},
		{"some were closed by the pool", nil, store.ServiceCell{Sums: worked, Borrowed: 3}, true, false, "3 sessions were closed by experts of the marketplace's pool"},
		{"an expert of the pool", []store.GroupKey{store.ByExpert}, store.ServiceCell{Keys: []string{"bob"}, Sums: bare, Borrowed: 4}, false, false, "4 sessions"},
		{"by SKU", []store.GroupKey{store.BySKU}, store.ServiceCell{Keys: []string{"KETTLE"}, Sums: bare}, false, false, "not by SKU or channel"},
		{"by channel", []store.GroupKey{store.ByChannel}, store.ServiceCell{Keys: []string{"3"}, Sums: bare}, false, false, "not by SKU or channel"},
		{"no time was kept", nil, store.ServiceCell{Sums: bare}, false, false, "no time of experts was recorded"},
		{"nobody worked", nil, store.ServiceCell{}, false, false, ""},
	} {
		row := serviceRow(c.by, c.cell, expertNames(c.by, []store.ServiceCell{c.cell}), 0.95)
		if (row.Occupancy != nil) != c.occupancy || (row.Concurrency != nil) != c.occupancy || (row.Staffed != nil) != c.occupancy || (row.SessionsPerExpertHour != nil) != c.hours {
			t.Errorf("%s: %v", c.what, row)
		}
		found := slices.ContainsFunc(row.GetNotes(), func(note string) bool { return c.note != "" && strings.Contains(note, c.note) })
		aboutTime := slices.ContainsFunc(row.GetNotes(), func(note string) bool { return strings.Contains(note, "left out") })
		if found != (c.note != "") || aboutTime != (c.note != "") {
			t.Errorf("%s: notes %q", c.what, row.GetNotes())
		}
	}
}
