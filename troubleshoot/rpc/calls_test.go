package rpc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// callback starts a callback of a line of its own, within the next three hours, and gives its id.
func (d *desk) callback(order string) (id string, i *pb.Intercept) {
	d.t.Helper()
	i = d.intercept(order, nil)
	return bare(must[*pb.Session](d.t)(d.start(i, pb.Session_CALLBACK, "")).GetName()), i
}

// calls records a call of a minute that ends now.
func (d *desk) calls(expert context.Context, session string, outcome pb.Callback_Outcome) (*pb.Session, error) {
	return d.Sessions.RecordCall(expert, &pb.RecordCallRequest{Session: session, Outcome: outcome, StartTime: timestamppb.New(d.clock.Add(-time.Minute)),
		EndTime: timestamppb.New(d.clock)})
}

func (d *desk) moves(who context.Context, session string, from, until time.Duration) (*pb.Session, error) {
	return d.Sessions.RescheduleCallback(who, &pb.RescheduleCallbackRequest{Session: session, NotBefore: timestamppb.New(d.clock.Add(from)),
		NotAfter: timestamppb.New(d.clock.Add(until))})
}

// log lists "state reason" of the changes in a session's log.
func (d *desk) log(session string) (changes []string) {
	d.t.Helper()
	storetest.View(d.t, d.store, func(tx *store.Tx) error {
		events, err := tx.Events(session, 0, troubleshoot.MaxSessionEvents)
		for _, e := range events {
			if e.Change != nil {
				changes = append(changes, e.Change.State.String()+" "+string(e.Change.Reason))
			}
		}
		return err
	})
	return changes
}

func TestACallThatNobodyAnswersIsTriedAgain(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll(pb.Session_CALLBACK)
		d.hireExpert()
		ann := as(troubleshoot.RoleExpert)
		id, _ := d.callback("1")
		for try := range troubleshoot.MaxCallTries {
			d.comes(ann)
			accepted := d.accept(ann, id)
			d.pass(time.Minute)
			epoch := accepted.GetOwnerEpoch()
			got := must[*pb.Session](t)(d.calls(ann, id, pb.Callback_NO_ANSWER))
			state := pb.Session_QUEUED
			if try == troubleshoot.MaxCallTries-1 {
				state = pb.Session_CLOSED
			}
			if calls := got.GetCallback().GetCalls(); len(calls) != try+1 || calls[try].GetExpert() != "ann" || got.GetState() != state {
				t.Fatalf("try %d: %v", try+1, got)
			}
			if state == pb.Session_QUEUED && (got.GetOwnerEpoch() <= epoch || got.Expert != nil || !got.GetCallback().GetNotBefore().AsTime().Equal(d.clock.Add(troubleshoot.CallAgain))) {
				t.Errorf("try %d: the epoch was %d: %v", try+1, epoch, got)
			}
			if again := must[*pb.Session](t)(d.calls(ann, id, pb.Callback_NO_ANSWER)); len(again.GetCallback().GetCalls()) != try+1 {
				t.Errorf("try %d, told again: %v", try+1, again)
			}
			d.pass(troubleshoot.CallAgain)
		}
		want := []string{"QUEUED STARTED", "ACTIVE ACCEPTED", "QUEUED CALL_MISSED", "ACTIVE ACCEPTED", "QUEUED CALL_MISSED", "ACTIVE ACCEPTED", "CLOSED CALL_MISSED"}
		if got := d.log(id); !slices.Equal(got, want) {
			t.Errorf("the log has %q", got)
		}
		if got := must[troubleshoot.Session](t)(sessionOf(d.store, id)); got.Disposition != troubleshoot.ExpertNoShow || got.Engaged || got.ExpertSeconds != 180 {
			t.Errorf("ended as %+v", got)
		}
		storetest.View(t, d.store, func(tx *store.Tx) error {
			wrong, err := tx.VerifyService()
			if len(wrong) > 0 {
				t.Errorf("%q", wrong)
			}
			return err
		})
	})
}

func TestACallThatReachesTheShopper(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll(pb.Session_CALLBACK)
		d.hireExpert()
		ann := as(troubleshoot.RoleExpert)
		id, _ := d.callback("1")
		wantCode(t, "before it is accepted", second(d.calls(ann, id, pb.Callback_REACHED)), troubleshoot.Aborted)
		d.accept(ann, id)
		d.pass(10 * time.Minute)
		got := must[*pb.Session](t)(d.calls(ann, id, pb.Callback_REACHED))
		if got.GetState() != pb.Session_ACTIVE || !got.GetFirstResponseTime().AsTime().Equal(d.clock.Add(-time.Minute)) || got.GetCallback().GetCalls()[0].GetOutcome() != pb.Callback_REACHED {
			t.Errorf("%v", got)
		}
		d.pass(time.Second)
		for what, c := range map[string]struct {
			who  context.Context
			code troubleshoot.Code
		}{
			"a colleague": {asExpert("acme", "bob"), troubleshoot.Aborted}, "an expert of another seller": {asExpert("bolt", "ann"), troubleshoot.NotFound},
			"the pool's of the same name": {asExpert("", "ann"), troubleshoot.NotFound},
		} {
			wantCode(t, what, second(d.calls(c.who, id, pb.Callback_REACHED)), c.code)
		}
		if _, err := d.Sessions.RecordCall(ann, &pb.RecordCallRequest{Session: id, Outcome: pb.Callback_REACHED, StartTime: timestamppb.New(d.clock), EndTime: timestamppb.New(d.clock.Add(time.Hour))}); fieldOf(t, err) != "endTime" {
			t.Errorf("a call of the future: %v", err)
		}
		if got := d.log(id); !slices.Equal(got, []string{"QUEUED STARTED", "ACTIVE ACCEPTED"}) {
			t.Errorf("the log has %q", got)
		}
		must[*pb.Session](t)(d.Sessions.CloseSession(ann, &pb.CloseSessionRequest{Session: id, Disposition: pb.Session_FIXED_KEPT}))
		wantCode(t, "after it is closed", second(d.calls(ann, id, pb.Callback_REACHED)), troubleshoot.FailedPrecondition)
		rows := must[*pb.ServiceReport](t)(d.Reports.GetServiceReport(as(troubleshoot.RoleSeller), &pb.GetServiceReportRequest{})).GetRows()
		if len(rows) != 1 || rows[0].GetContactResponse().GetRate() != 1 || rows[0].GetContactResponse().GetOf() != 1 || rows[0].GetClosed() != 1 {
			t.Errorf("the report has %v", rows)
		}
	})
}

func TestWhoSaysWhenTheCallComes(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll(pb.Session_CALLBACK)
		d.hireExpert()
		ann, bob := as(troubleshoot.RoleExpert), asExpert("acme", "bob")
		id, i := d.callback("1")
		shopper := shopperOf(i)
		moved := must[*pb.Session](t)(d.moves(shopper, id, time.Hour, 2*time.Hour))
		if c := moved.GetCallback(); !c.GetNotBefore().AsTime().Equal(d.clock.Add(time.Hour)) || !c.GetNotAfter().AsTime().Equal(d.clock.Add(2*time.Hour)) || moved.GetState() != pb.Session_QUEUED {
			t.Errorf("moved to %v", moved)
		}
		must[*pb.Session](t)(d.moves(shopper, id, time.Hour, 2*time.Hour)) // the same again
		for what, c := range map[string]struct {
			from, until time.Duration
			field       string
		}{"too short": {0, 14 * time.Minute, "notAfter"}, "too far": {15 * storetest.Days(1), 16 * storetest.Days(1), "notBefore"}, "past": {-2 * time.Hour, -time.Hour, "notAfter"}} {
			if _, err := d.moves(shopper, id, c.from, c.until); fieldOf(t, err) != c.field {
				t.Errorf("%s: %v", what, err)
			}
		}
		wantCode(t, "another shopper", second(d.moves(shopperOf(d.intercept("2", nil)), id, 0, time.Hour)), troubleshoot.NotFound)
		wantCode(t, "an expert who does not have it", second(d.moves(ann, id, 0, time.Hour)), troubleshoot.Aborted)

		d.pass(time.Hour)
		d.comes(ann)
		d.ring(ann, id)
		rang := must[*pb.Session](t)(d.moves(shopper, id, 0, 90*time.Minute))
		wantCode(t, "accepting what rang", second(d.Sessions.AcceptSession(ann, &pb.AcceptSessionRequest{Session: id})), troubleshoot.Aborted)
		d.accept(ann, id)
		wantCode(t, "the shopper who is being called", second(d.moves(shopper, id, 0, 2*time.Hour)), troubleshoot.FailedPrecondition)
		wantCode(t, "a colleague", second(d.moves(bob, id, 0, 2*time.Hour)), troubleshoot.Aborted)
		back := must[*pb.Session](t)(d.moves(ann, id, time.Hour, 3*time.Hour))
		if back.GetState() != pb.Session_QUEUED || back.Expert != nil || back.GetOwnerEpoch() <= rang.GetOwnerEpoch()+1 {
			t.Errorf("from the expert: %v", back)
		}
		want := []string{"QUEUED STARTED", "QUEUED RESCHEDULED", "QUEUED RESCHEDULED", "ACTIVE ACCEPTED", "QUEUED RESCHEDULED"}
		if got := d.log(id); !slices.Equal(got, want) {
			t.Errorf("the log has %q", got)
		}
		must[*pb.Session](t)(d.Sessions.LeaveSession(shopper, &pb.LeaveSessionRequest{Session: id}))
		wantCode(t, "after it was left", second(d.moves(shopper, id, 0, time.Hour)), troubleshoot.FailedPrecondition)
		if audit := strings.Join(auditOf(t, d.url), "\n"); !strings.Contains(audit, "session.reschedule sessions/"+id+" QUEUED") {
			t.Errorf("the audit has %s", audit)
		}
	})
}

func TestTimesOfACallAreBoundedByTheLog(t *testing.T) {
	d := newDesk(t)
	d.offerAll(pb.Session_CALLBACK)
	d.hireExpert()
	id, i := d.callback("1")
	storetest.Update(t, d.store, func(tx *store.Tx) error {
		for n := range troubleshoot.MaxSessionEvents - 2 {
			e := troubleshoot.Event{Session: id, Time: d.clock, Sender: troubleshoot.ByShopper, ClientID: fmt.Sprint(n), Message: &troubleshoot.Message{Text: "hello"}}
			if _, err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
	must[*pb.Session](t)(d.moves(shopperOf(i), id, time.Hour, 2*time.Hour))
	wantCode(t, "beyond", second(d.moves(shopperOf(i), id, time.Hour, 3*time.Hour)), troubleshoot.FailedPrecondition)
}
