package gateway

import (
	"encoding/csv"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func sampleReport() *pb.DeflectionReport {
	return &pb.DeflectionReport{Rows: []*pb.DeflectionRow{
		{
			Keys: map[string]string{"sku": "=1+1", "reason": "DEFECTIVE"}, CurrencyCode: "USD", Intercepts: 1200, Mature: &pb.ArmCounts{Offered: 1000},
			ReturnRateAvoided: &pb.Estimate{Estimate: proto.Float64(-0.25), Status: "ok"}, SessionCost: proto.Float64(4166.5),
			CostOfReturn: proto.Float64(math.Inf(1)), Notes: []string{"@first", "second, \"third\""},
		},
		{Keys: map[string]string{"sku": "-5", "day": "2026-10-01"}},
	}}
}

func TestReportAsCSV(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	w.services.report = sampleReport()
	a := w.do(t, "GET", "/v1/reports/deflection", "", "Accept", "text/csv; charset=utf-8")
	if a.code != 200 || a.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Fatalf("%d %v", a.code, a.header)
	}
	lines, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%d lines, %v: %s", len(lines), err, a.body)
	}
	cell := func(line int, column string) string {
		for i, name := range lines[0] {
			if name == column {
				return lines[line][i]
			}
		}
		t.Fatalf("no column %q in %v", column, lines[0])
		return ""
	}
	for column, want := range map[string][2]string{
		"keys.sku": {"'=1+1", "-5"}, "keys.reason": {"DEFECTIVE", ""}, "keys.day": {"", "2026-10-01"}, "currencyCode": {"USD", ""},
		"intercepts": {"1200", "0"}, "mature.offered": {"1000", ""}, "mature.holdout": {"0", ""}, "returnRateAvoided.estimate": {"-0.25", ""},
		"returnRateAvoided.lower": {"", ""}, "returnRateAvoided.status": {"ok", ""}, "sessionCost": {"4166.5", ""}, "costOfReturn": {"", ""},
		"notes": {`'@first; second, "third"`, ""}, "sampleRatio.warning": {"", ""},
	} {
		if got := [2]string{cell(1, column), cell(2, column)}; got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
}

// TestPartsOfRowsAreLines: the steps of a guide are lines, each with what is of the guide; a guide without steps is one.
func TestPartsOfRowsAreLines(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	w.services.guides = &pb.GuideReport{Rows: []*pb.GuideRow{
		{Guide: "=kettle", Today: &pb.StepOrder{Steps: []string{"a", "b"}}, Steps: []*pb.GuideRow_StepRow{
			{Step: "a", Reached: 3, Hazard: &pb.Posterior{Estimate: proto.Float64(0.5)}}, {Step: "@b", Place: proto.Int32(1)}}},
		{Guide: "lamp"},
	}}
	a := w.do(t, "GET", "/v1/reports/guides", "", "Accept", "text/csv")
	lines, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(lines) != 4 {
		t.Fatalf("%d lines, %v: %s", len(lines), err, a.body)
	}
	for column, want := range map[string][3]string{
		"guide": {"'=kettle", "'=kettle", "lamp"}, "today.steps": {"a; b", "a; b", ""}, "steps.step": {"a", "'@b", ""}, "steps.reached": {"3", "0", ""},
		"steps.hazard.estimate": {"0.5", "", ""}, "steps.place": {"", "1", ""},
	} {
		at := slices.Index(lines[0], column)
		if at < 0 {
			t.Fatalf("no column %q in %v", column, lines[0])
		}
		if got := [3]string{lines[1][at], lines[2][at], lines[3][at]}; got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
}

func TestCSVOnlyForTables(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	for _, path := range []string{"/v1/intercepts/a", "/v1/keys?seller=a", "/v1/intercepts/aborted", "/v1/nothing"} {
		if a := w.do(t, "GET", path, "", "Accept", "text/csv"); a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s", path, a.header.Get("Content-Type"))
		}
	}
	if a := w.do(t, "GET", "/v1/reports/deflection", ""); a.header.Get("Content-Type") != "application/json" {
		t.Errorf("without Accept: %s", a.header.Get("Content-Type"))
	}
	if a := w.do(t, "GET", "/v1/reports/deflection", "", "Accept", "text/csv"); a.code != 200 || !strings.HasPrefix(a.body, "currencyCode,") {
		t.Errorf("an empty report: %d %q", a.code, a.body)
	}
}

func TestInertCells(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "a": "a", "=1": "'=1", "+1": "+1", "-1.5": "-1.5", "-1e9": "-1e9", "+SUM(A1)": "'+SUM(A1)", "-2+3": "'-2+3", "@x": "'@x",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "-": "'-", "-Inf": "'-Inf", "a=1": "a=1", "+0x10": "'+0x10",
	} {
		if got := inert(cell); got != want {
			t.Errorf("%q became %q, want %q", cell, got, want)
		}
	}
}

func FuzzInertCells(f *testing.F) {
	for _, seed := range []string{"=cmd|' /C calc'!A0", "-1", "+1e5", "@a", "\n=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		got := inert(cell)
		if strings.TrimPrefix(got, "'") != strings.TrimPrefix(cell, "'") {
			t.Errorf("%q became %q", cell, got)
		}
		if got != "" && strings.ContainsRune("=@\t\r\n", rune(got[0])) {
			t.Errorf("%q still runs", got)
		}
	})
}

func TestAccept(t *testing.T) {
	for accept, want := range map[string]bool{
		"text/csv": true, "text/csv; charset=utf-8": true, "TEXT/CSV": true, "text/*": true, "*/*": false, "": false, "application/json": false,
		"text/csv, */*": true, "text/csv;q=0.5, */*": false, "text/csv;q=0.5, */*;q=0.1": true, "application/json, text/csv": false,
		"text/csv, application/json": true, "text/csv;q=0, */*": false, "text/csv;q=x": false, "application/json;q=0.4,text/csv;q=0.9": true,
		"image/png": false, "text/*;q=0.9, text/csv;q=0.1, application/json;q=0.5": false, "application/*, text/csv": true,
	} {
		if got := prefers(accept, mediaCSV, mediaJSON); got != want {
			t.Errorf("%q: CSV %v, want %v", accept, got, want)
		}
	}
}
