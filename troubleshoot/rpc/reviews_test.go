package rpc

import (
	"slices"
	"testing"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func criterion(name string, weight float64, score int32, fails bool) *pb.ReviewSessionRequest_Criterion {
	return &pb.ReviewSessionRequest_Criterion{Name: name, Weight: weight, Score: score, AutomaticFail: fails}
}

func TestReviewsAreOfClosedSessions(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll()
		ann, seller := as(troubleshoot.RoleExpert), as(troubleshoot.RoleSeller)
		id, _ := d.chat("1", ann)
		ask := func(criteria ...*pb.ReviewSessionRequest_Criterion) *pb.ReviewSessionRequest {
			return &pb.ReviewSessionRequest{Session: id, Criteria: criteria, Comment: "as agreed, 4111 1111 1111 1111"}
		}
		good := ask(criterion("kind", 1, 100, false), criterion("safe", 2, 50, true))
		wantCode(t, "one that is ACTIVE", second(d.Sessions.ReviewSession(seller, good)), troubleshoot.FailedPrecondition)
		d.says(ann, id, "hello")
		must[*pb.Session](t)(d.Sessions.CloseSession(ann, &pb.CloseSessionRequest{Session: id, Disposition: pb.Session_FIXED_KEPT}))
		d.pass(time.Hour)
		got := must[*pb.SessionReview](t)(d.Sessions.ReviewSession(seller, good))
		if got.GetScore() != 66.667 || got.GetFailed() || got.GetExpert() != "ann" || got.GetSession() != "sessions/"+id || len(got.GetCriteria()) != 2 ||
			!got.GetReviewTime().AsTime().Equal(d.clock) || got.GetComment() == good.Comment {
			t.Errorf("kept %v", got)
		}
		wantCode(t, "another seller", second(d.Sessions.ReviewSession(asSeller("bolt"), good)), troubleshoot.NotFound)
		wantCode(t, "no session", second(d.Sessions.ReviewSession(seller, &pb.ReviewSessionRequest{Session: "unknown"})), troubleshoot.NotFound)
		if _, err := d.Sessions.ReviewSession(seller, ask(criterion("kind", 1, 1, false), criterion("kind", 1, 2, false))); fieldOf(t, err) != "criteria[1].name" {
			t.Errorf("a criterion twice: %v", err)
		}
		report := func() *pb.ServiceRow {
			rows := must[*pb.ServiceReport](t)(d.Reports.GetServiceReport(seller, &pb.GetServiceReportRequest{})).GetRows()
			if len(rows) != 1 {
				t.Fatalf("%v", rows)
			}
			return rows[0]
		}
		if row := report(); row.GetReviews() != 1 || row.GetReviewScore() != 67 || row.GetFailedReviews() != 0 {
			t.Errorf("after one review: %v", row)
		}
		failed := must[*pb.SessionReview](t)(d.Sessions.ReviewSession(seller, ask(criterion("kind", 9, 100, false), criterion("safe", 1, 0, true))))
		if row := report(); row.GetReviews() != 1 || row.GetReviewScore() != 0 || row.ReviewScore == nil || row.GetFailedReviews() != 1 || !failed.GetFailed() || failed.GetScore() != 0 {
			t.Errorf("after the same reviewer's second: %v", row)
		}
		must[*pb.SessionReview](t)(d.Sessions.ReviewSession(as(troubleshoot.RoleAdmin), ask(criterion("kind", 1, 90, false))))
		if row := report(); row.GetReviews() != 2 || row.GetReviewScore() != 45 || row.GetFailedReviews() != 1 {
			t.Errorf("after another reviewer's: %v", row)
		}
		audit := slices.DeleteFunc(auditOf(t, d.url), func(row string) bool { return row != "session.review sessions/"+id+" CLOSED" })
		if len(audit) != 3 {
			t.Errorf("three reviews leave %q", audit)
		}
	})
}

func TestWhatNobodyAnsweredIsNotReviewed(t *testing.T) {
	d := newDesk(t)
	d.offerAll()
	d.hireExpert()
	i := d.intercept("1", nil)
	id := bare(must[*pb.Session](t)(d.start(i, pb.Session_CHAT, "")).GetName())
	must[*pb.Session](t)(d.Sessions.LeaveSession(shopperOf(i), &pb.LeaveSessionRequest{Session: id}))
	_, err := d.Sessions.ReviewSession(as(troubleshoot.RoleSeller), &pb.ReviewSessionRequest{Session: id, Criteria: []*pb.ReviewSessionRequest_Criterion{criterion("kind", 1, 1, false)}})
	wantCode(t, "left in the queue", err, troubleshoot.FailedPrecondition)
}
