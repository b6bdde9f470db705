package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

const twoStepGuide = "---\nskus: [KETTLE-1]\nlocale: en\n---\n\n# My kettle does not heat\n\n## Dry the base\n\nWipe it.\n\n## Seat it on its base\n\nUntil it clicks.\n"

// wiped lets shoppers try the first step of twoStepGuide; every other one is helped.
func wiped(t *testing.T, r running, shoppers int) {
	t.Helper()
	admin, err := (&program{getenv: noEnvironment}).client(connection{r.address, r.key})
	if err != nil {
		t.Fatal(err)
	}
	call := func(c *client, method, path string, body, reply proto.Message) {
		t.Helper()
		if err := c.call(t.Context(), method, path, body, reply); err != nil {
			t.Fatal(err)
		}
	}
	call(admin, http.MethodPut, "/v1/sellers/acme/policy", &pb.PutPolicyRequest{HoldoutFraction: proto.Float64(0)}, nil)
	guide, kept, session := &pb.Guide{}, &pb.Intercept{}, &pb.Session{}
	call(admin, http.MethodPut, "/v1/sellers/acme/guides/kettle", &pb.PutGuideRequest{Markdown: twoStepGuide, Publish: true}, guide)
	for n := range shoppers {
		call(admin, http.MethodPost, "/v1/returns:intercept", &pb.InterceptReturnRequest{Reason: "DEFECTIVE", Shopper: "s", Locale: "en", RefundUrl: "https://shop.example/r",
			OrderLine: &pb.OrderLine{Seller: "acme", OrderId: fmt.Sprint("o", n), LineId: "1", Sku: "KETTLE-1", Quantity: 1, UnitPrice: &pb.Money{Amount: "5.00", CurrencyCode: "USD"}}}, kept)
		shopper := *admin
		shopper.key = kept.GetShopperToken()
		call(&shopper, http.MethodPost, "/v1/"+kept.GetName()+"/sessions", &pb.CreateSessionRequest{Channel: pb.Session_GUIDE}, session)
		result := []pb.Session_StepResult{pb.Session_FIXED, pb.Session_NOT_FIXED}[n%2]
		call(&shopper, http.MethodPost, "/v1/"+session.GetName()+":recordStep", &pb.RecordStepRequest{Guide: "kettle", Revision: 1, Step: guide.GetSteps()[0].GetStep(),
			Result: result, Elapsed: durationpb.New(40e9)}, nil)
	}
}

func TestReportGuides(t *testing.T) {
	r := serving(t)
	wiped(t, r, 24)
	text := r.must(t, "report", "guides", "--seller", "acme", "--guide", "kettle", "--unresolved-minutes", "30")
	for _, want := range []string{
		"acme/kettle, revision 1: My kettle does not heat. 24 sessions, 12 of them solved by a step\n",
		"dry-the-base              24     24     12        0       12    50.0  50.0 [31.3, 68.7]       40      1\n",
		"seat-it-on-its-base        0      0      0        0        0       –                  –        –      2\n",
		"today 60 s a session, in the order of least cost 60 s, saving 0.0 [0.0, 0.0] s: dry-the-base, seat-it-on-its-base\n", "after 1 steps of that order\n", "- 24 sessions tried a step", "- nobody has tried seat-it-on-its-base",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(r.must(t, "report", "guides", "--reason", "DEFECTIVE", "-o", "csv"))).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][0] != "seller" || rows[1][0] != "acme" {
		t.Errorf("CSV has %v, %v", rows, err)
	}
	var report struct {
		Rows []struct{ Steps []struct{ Fixed int } }
	}
	if err := json.Unmarshal([]byte(r.must(t, "report", "guides", "--sku", "KETTLE-1", "-o", "json")), &report); err != nil || len(report.Rows) != 1 || report.Rows[0].Steps[0].Fixed != 12 {
		t.Errorf("JSON has %+v, %v", report, err)
	}
	if none := r.must(t, "report", "guides", "--from", "2026-01-01", "--to", "2026-01-04"); !strings.Contains(none, "no sessions with guides for intercepts of 2026-01-01 to 2026-01-04") {
		t.Errorf("before there were any:\n%s", none)
	}
	if wrong := r.fixfirst(t, "", "report", "guides", "--confidence", "2"); wrong.code != exitUsage {
		t.Errorf("a confidence of 2 gave %+v", wrong)
	}
}
