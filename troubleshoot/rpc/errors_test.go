package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestStatusOf(t *testing.T) {
	cases := []struct {
		name    string
		err     error
		code    codes.Code
		message string
	}{
		{"invalid", troubleshoot.Invalid("reason", "is no word"), codes.InvalidArgument, "reason: is no word"},
		{"missing", troubleshoot.Missing("guide", "g"), codes.NotFound, `guide "g" not found`},
		{"unauthenticated", troubleshoot.Errorf(troubleshoot.Unauthenticated, "who"), codes.Unauthenticated, "who"},
		{"denied", troubleshoot.Errorf(troubleshoot.PermissionDenied, "no"), codes.PermissionDenied, "no"},
		{"precondition", troubleshoot.Errorf(troubleshoot.FailedPrecondition, "closed"), codes.FailedPrecondition, "closed"},
		{"aborted", troubleshoot.Errorf(troubleshoot.Aborted, "lost"), codes.Aborted, "lost"},
		{"exhausted", troubleshoot.Errorf(troubleshoot.ResourceExhausted, "much"), codes.ResourceExhausted, "much"},
		{"unavailable", troubleshoot.Errorf(troubleshoot.Unavailable, "later"), codes.Unavailable, "later"},
		{"late", troubleshoot.Errorf(troubleshoot.DeadlineExceeded, "late"), codes.DeadlineExceeded, "late"},
		{"wrapped keeps the domain's words alone", fmt.Errorf("intercept A-1: %w", troubleshoot.Missing("seller", "s")), codes.NotFound, `seller "s" not found`},
		{"the cause is not shown", &troubleshoot.Error{Code: troubleshoot.Unavailable, Message: "later", Cause: errors.New("disk")}, codes.Unavailable, "later"},
		{"internal of the domain", troubleshoot.Errorf(troubleshoot.Internal, "table t"), codes.Internal, internalMessage},
		{"a code that does not exist", &troubleshoot.Error{Code: 99, Message: "x"}, codes.Internal, internalMessage},
		{"unknown", errors.New("password=1"), codes.Internal, internalMessage},
		{"context ended", fmt.Errorf("query: %w", context.DeadlineExceeded), codes.DeadlineExceeded, "not done in time; whether it took effect is not known: ask again"},
		{"caller gone", context.Canceled, codes.Canceled, "the caller went away"},
		{"a status of another service", status.Error(codes.NotFound, "unknown service"), codes.NotFound, "unknown service"},
		{"text that is no UTF-8", troubleshoot.Errorf(troubleshoot.Aborted, "a\xffb"), codes.Aborted, "a�b"},
		{"long text", troubleshoot.Errorf(troubleshoot.Aborted, "%s", strings.Repeat("a", 1<<20)), codes.Aborted, strings.Repeat("a", 1024) + "…"},
	}
	for _, c := range cases {
		if s := statusOf(c.err); s.Code() != c.code || s.Message() != c.message {
			t.Errorf("%s: %s %.80q, want %s %.80q", c.name, s.Code(), s.Message(), c.code, c.message)
		}
	}
}

func TestViolationsAreBounded(t *testing.T) {
	e := troubleshoot.Invalid("f", "wrong")
	for range 5000 {
		e.Violations = append(e.Violations, troubleshoot.Violation{Field: "f", Description: "wrong"})
	}
	details := statusOf(e).Details()
	if len(details) != 1 || len(details[0].(*errdetails.BadRequest).GetFieldViolations()) != maxViolations {
		t.Errorf("details %v", details)
	}
}

func TestUnknownErrorIsLoggedOnceAndHidden(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.addKey(troubleshoot.Key{ID: "admin", Role: troubleshoot.RoleAdmin})
	f.answers.handle = fails(errors.New("UNIQUE constraint failed: intercepts.id"))
	_, err := pb.NewSellersServiceClient(f.conn).GetPolicy(with(admin), &pb.GetPolicyRequest{Seller: "acme"})
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "UNIQUE") {
		t.Errorf("the client sees %v", err)
	}
	got := f.logRecords(t, internalMessage)
	if len(got) != 1 || got[0]["error"] != "UNIQUE constraint failed: intercepts.id" || got[0]["requestId"] == "" {
		t.Errorf("log %v", got)
	}
	if n := strings.Count(f.logged.String(), "UNIQUE"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}
