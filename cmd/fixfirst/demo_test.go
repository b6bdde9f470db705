package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// demoOutput is what demo -o json prints.
type demoOutput struct {
	Server   string
	Keys     demoKeys
	Commands []demoCommand
}

func startDemo(t *testing.T, db string, flags ...string) (running, demoOutput) {
	t.Helper()
	r := start(t, append([]string{"demo", "--listen", "127.0.0.1:0", "--db", db, "-o", "json"}, flags...)...)
	var shown demoOutput
	for r.lines.Scan() {
		if strings.HasPrefix(r.lines.Text(), "{") {
			break
		}
	}
	if err := json.Unmarshal(r.lines.Bytes(), &shown); err != nil {
		t.Fatalf("the demo printed %q: %v", r.lines.Text(), err)
	}
	return r, shown
}

func demoReport(t *testing.T, r running) *pb.DeflectionReport {
	t.Helper()
	report := &pb.DeflectionReport{}
	if err := protojson.Unmarshal([]byte(r.must(t, "report", "deflection", "--group-by", "SKU", "-o", "json")), report); err != nil {
		t.Fatal(err)
	}
	return report
}

// demoEvents counts what happened in some sessions of the demo.
func demoEvents(t *testing.T, demo demoOutput) (events int) {
	t.Helper()
	admin := &client{base: demo.Server, key: demo.Keys.Admin, http: &http.Client{}}
	list := &pb.ListSessionsResponse{}
	if err := admin.call(t.Context(), http.MethodGet, "/v1/sessions?pageSize=10", nil, list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list.GetSessions() {
		log := &pb.ListEventsResponse{}
		if err := admin.call(t.Context(), http.MethodGet, "/v1/"+s.GetName()+"/events", nil, log); err != nil {
			t.Fatal(err)
		}
		events += len(log.GetEvents())
	}
	return events
}

func TestDemoReportFindsTheTruth(t *testing.T) {
	began := time.Now()
	r, shown := startDemo(t, "sqlite:"+filepath.Join(t.TempDir(), "demo.db"))
	r.key = shown.Keys.Analyst
	report := demoReport(t, r)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the demo took %s", took)
	}
	truth := map[string]float64{}
	for _, p := range demoProducts {
		truth[p.sku] = p.avoided()
	}
	if len(report.GetRows()) != len(truth) || shown.Server != r.address || len(shown.Commands) < 5 {
		t.Fatalf("%d rows, demo %+v", len(report.GetRows()), shown)
	}
	for _, row := range report.GetRows() {
		sku, got := row.GetKeys()["sku"], row.GetReturnRateAvoided()
		if got.GetStatus() != "ok" || got.AlwaysValidLower == nil || got.AlwaysValidUpper == nil {
			t.Errorf("%s has no interval: %v", sku, got)
		}
		if got.GetAlwaysValidLower() > truth[sku] || truth[sku] > got.GetAlwaysValidUpper() {
			t.Errorf("%s: %.3f in [%.3f, %.3f], the truth is %.3f", sku, got.GetEstimate(), got.GetAlwaysValidLower(), got.GetAlwaysValidUpper(), truth[sku])
		}
		if share := row.GetMatureShare(); share < 0.3 || share > 0.8 || row.GetEngaged() == 0 {
			t.Errorf("%s: %.2f mature, %d engaged", sku, share, row.GetEngaged())
		}
	}
	for _, row := range report.GetRows() {
		if row.GetKeys()["sku"] == "ROUTER-1" && (row.GetReturnRateAvoided().GetAlwaysValidLower() <= 0 || row.GetSavingsPerDeflectedReturn().Estimate == nil) {
			t.Errorf("a guide that helps does not show: %v", row)
		}
	}
}

func TestDemoKeepsItsDatabase(t *testing.T) {
	db := "sqlite:" + filepath.Join(t.TempDir(), "demo.db")
	first, shown := startDemo(t, db, "--shoppers-every", "0") // live ones would come in between
	first.key = shown.Keys.Analyst
	before, said := demoReport(t, first), demoEvents(t, shown)
	again, shownAgain := startDemo(t, db, "--shoppers-every", "0") // as a second process beside the first
	again.key = shownAgain.Keys.Analyst
	after := demoReport(t, again)
	for n := range before.GetRows() {
		if !proto.Equal(before.GetRows()[n], after.GetRows()[n]) {
			t.Errorf("the second start changed %v to %v", before.GetRows()[n], after.GetRows()[n])
		}
	}
	if now := demoEvents(t, shownAgain); said == 0 || now != said {
		t.Errorf("the sessions of today have %d events, and after the second start %d", said, now)
	}
	if shown.Keys.Admin == shownAgain.Keys.Admin || shown.Keys.Expert == shownAgain.Keys.Expert {
		t.Error("the second start has the same keys")
	}
}

func TestDemoRefusesRealData(t *testing.T) {
	db := "sqlite:" + filepath.Join(t.TempDir(), "real.db")
	nobody := running{}
	if got := nobody.fixfirst(t, "", "key", "create", "--role", "ADMIN", "--db", db); got.code != exitOK {
		t.Fatal(got.err)
	}
	if got := nobody.fixfirst(t, "", "demo", "--db", db, "--listen", "127.0.0.1:0"); got.code != exitFailure || !strings.Contains(got.err, "has data that is not of a demo") {
		t.Errorf("demo gave %+v", got)
	}
}
