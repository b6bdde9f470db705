package rpc

import (
	"testing"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestGuideReportPeriod(t *testing.T) {
	today, err := dayFromProto("2026-10-01", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ start, end, from, to string }{
		{"", "", "2026-07-04", "2026-10-01"},
		{"", "2026-03-31", "2026-01-01", "2026-03-31"},
		{"2026-09-30", "", "2026-09-30", "2026-10-01"},
		{"2024-09-30", "2026-10-01", "2024-09-30", "2026-10-01"},
		{"2024-09-29", "2026-10-01", "", ""},
		{"2026-10-02", "", "", ""},
		{"2026-13-01", "", "", ""},
		{"", "2026-02-30", "", ""},
	} {
		from, to, err := guideReportPeriod(&pb.GetGuideReportRequest{StartDate: c.start, EndDate: c.end}, today)
		switch {
		case c.from == "" && troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument:
			t.Errorf("%q to %q: %v, want InvalidArgument", c.start, c.end, err)
		case c.from != "" && (err != nil || dayToProto(from) != c.from || dayToProto(to) != c.to):
			t.Errorf("%q to %q: %s to %s, %v; want %s to %s", c.start, c.end, dayToProto(from), dayToProto(to), err, c.from, c.to)
		}
	}
}

func TestKnownReason(t *testing.T) {
	for raw, want := range map[string]troubleshoot.Reason{"": "", "DEFECTIVE": "DEFECTIVE", "cr-not-as-described": "NOT_AS_DESCRIBED", "other": "OTHER", "OTHER": "OTHER"} {
		if got, err := knownReason(raw); got != want || err != nil {
			t.Errorf("%q is %q (%v), want %q", raw, got, err, want)
		}
	}
	if _, err := knownReason("BROKEN"); troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument {
		t.Errorf("BROKEN: %v", err)
	}
}
