package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

const unansweredMessage = "request could not be answered"

func TestCausesAreLogged(t *testing.T) {
	f := newFixture(t, nil)
	key := f.storefront("acme")
	full := &troubleshoot.Error{Code: troubleshoot.Unavailable, Message: "later", Cause: errors.New("database or disk is full (13)")}
	f.answers.handle = fails(fmt.Errorf("intercept: %w", full))
	ask := func() error {
		_, err := f.returns().InterceptReturn(with(key), aReturn("acme"))
		return err
	}
	for range 50 {
		if err := ask(); err == nil || strings.Contains(err.Error(), "disk") {
			t.Fatalf("the client sees %v", err)
		}
	}
	got := f.logRecords(t, unansweredMessage)
	if len(got) != 1 || got[0]["level"] != "WARN" || got[0]["cause"] != "database or disk is full (13)" || got[0]["error"] != "later" ||
		got[0]["requestId"] == "" || got[0]["method"] != pb.ReturnsService_InterceptReturn_FullMethodName || got[0]["passedOver"] != 0.0 {
		t.Fatalf("log %v", got)
	}
	f.setKeysErr(errors.Join(troubleshoot.Errorf(troubleshoot.Unavailable, "away")))
	f.expire()
	_ = ask()
	if got = f.logRecords(t, unansweredMessage); len(got) != 2 || got[1]["cause"] != "away" {
		t.Fatalf("another cause in the same second: %v", got)
	}
	f.setKeysErr(nil)
	f.pass(causeInterval)
	_ = ask()
	if got = f.logRecords(t, unansweredMessage); len(got) != 3 || got[2]["passedOver"] != 49.0 {
		t.Fatalf("a second later: %v", got)
	}
}

func TestCauseClassesAreBounded(t *testing.T) {
	logged, now := &syncBuffer{}, noon
	l := newCauseLog(slog.New(slog.NewJSONHandler(logged, nil)), func() time.Time { return now })
	write := func(cause string) {
		l.write(context.Background(), &troubleshoot.Error{Message: "later", Cause: errors.New(cause)})
	}
	records := func() int { return strings.Count(logged.String(), "\n") }
	for port := range 1000 {
		write(fmt.Sprintf("read 127.0.0.1:%d: reset", port))
	}
	if n := records(); n != 1 {
		t.Errorf("%d records of causes that differ in a number", n)
	}
	for n := range 1000 {
		write(strings.Repeat("x", n+1))
	}
	// Texts beyond maxCause are cut, so they are few; those below are told apart up to the bound.
	if n := records(); n != causeClasses+1 || len(l.classes) != causeClasses+1 {
		t.Errorf("%d records, %d classes, want %d", n, len(l.classes), causeClasses+1)
	}
	now = now.Add(causeInterval)
	write("disk")
	if n := records(); n != causeClasses+2 {
		t.Errorf("%d records: a new cause is not told once the others are over", n)
	}
}
