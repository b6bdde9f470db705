package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot/gateway"
)

const (
	key        = "ff_live_secret"
	attack     = `<img src=x onerror="console.error('run')">`
	patience   = time.Minute // for one page; it takes about two seconds
	pageBudget = "60000"     // milliseconds of the page's own clock
)

// world serves the pages as the gateway does, over reports from memory, and notes what is asked.
type world struct {
	pb.UnimplementedReportsServiceServer
	url  string
	mu   sync.Mutex
	urls []string
	keys map[string]bool // Authorization of the reports
}

// noStreams is a connection that the reports do not need.
type noStreams struct{}

func (noStreams) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return errors.New("not called")
}

func (noStreams) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("not called")
}

// GetDeflectionReport answers with the total, or with rows by SKU; the seller says how it fails.
func (w *world) GetDeflectionReport(ctx context.Context, req *pb.GetDeflectionReportRequest) (*pb.DeflectionReport, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	w.mu.Lock()
	w.keys[strings.Join(md["authorization"], ",")] = true
	w.mu.Unlock()
	switch req.GetSeller() {
	case "refused":
		return nil, status.Error(codes.PermissionDenied, "an EXPERT may not")
	case "wrong":
		s, err := status.New(codes.InvalidArgument, "startDate: "+attack).WithDetails(&errdetails.BadRequest{
			FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "startDate", Description: "is no day"}}})
		if err != nil {
			return nil, err
		}
		return nil, s.Err()
	case "none":
		return &pb.DeflectionReport{AsOf: timestamppb.Now(), Confidence: 0.95}, nil
	}
	report := &pb.DeflectionReport{AsOf: timestamppb.New(time.Unix(1790000000, 0)), Confidence: req.GetConfidence(), Rows: []*pb.DeflectionRow{sound()}}
	if len(req.GetGroupBy()) > 0 {
		report.Rows = []*pb.DeflectionRow{keyed(sound(), "KETTLE-1", "acme"), keyed(withheld(), attack, "</th><script>console.error('run')</script>")}
	}
	return report, nil
}

func keyed(row *pb.DeflectionRow, sku, seller string) *pb.DeflectionRow {
	row.Keys = map[string]string{"sku": sku, "seller": seller}
	return row
}

// sound is the worked example with all its figures.
func sound() *pb.DeflectionRow {
	figure := func(estimate, lower, upper float64) *pb.Estimate {
		return &pb.Estimate{Status: "ok", Estimate: &estimate, Lower: &lower, Upper: &upper, AlwaysValidLower: &lower, AlwaysValidUpper: &upper}
	}
	return &pb.DeflectionRow{
		CurrencyCode: "USD", Intercepts: 1234, Eligible: 1200, Offered: 1000, Holdout: 200, Engaged: 500, AttributedDeflections: 450,
		Mature: &pb.ArmCounts{Offered: 1000, Holdout: 200}, Returned: &pb.ArmCounts{Offered: 400, Holdout: 180}, MatureShare: proto.Float64(1),
		ReturnRateOffered: proto.Float64(0.4), ReturnRateHoldout: proto.Float64(0.9), ReturnRateAvoided: figure(0.5, 0.431, 0.552),
		IncrementalDeflections: figure(500, 431, 552), NetSavings: figure(32916.67, 28111, 37000), SavingsPerDeflectedReturn: figure(65.83, 64.9, 66.7),
		CostOfReturn: proto.Float64(70), SessionCost: proto.Float64(2083.33),
	}
}

// withheld has no figure, names that attack, and a currency that nobody knows.
func withheld() *pb.DeflectionRow {
	few := &pb.Estimate{Status: "not_enough_data"}
	return &pb.DeflectionRow{
		CurrencyCode: "<b>", Intercepts: 9, ReturnRateAvoided: few, IncrementalDeflections: few,
		NetSavings: &pb.Estimate{Status: "srm_blocked"}, SavingsPerDeflectedReturn: &pb.Estimate{Status: "unbounded"},
		Notes:       []string{"return rate avoided needs 20 mature holdout intercepts; 5 so far (15 more)"},
		SampleRatio: &pb.SampleRatio{Warning: proto.String("arms " + attack)},
	}
}

// newWorld serves the gateway, and beside it what the tests need: "/preset" puts the key where the page keeps it and goes on
// to the page, and pages asked for by "?drive" are played by testdata/drive.js.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{keys: map[string]bool{}}
	handler, err := gateway.New(t.Context(), gateway.Config{
		Register: func(r grpc.ServiceRegistrar) { pb.RegisterReportsServiceServer(r, w) }, Streams: noStreams{},
		Ready: func(context.Context) error { return nil }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.urls = append(w.urls, r.URL.String())
		w.mu.Unlock()
		switch {
		case r.URL.Path == "/preset":
			out.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(out, `<script>sessionStorage.setItem("fixfirst.key", %q); location.replace("/analyst/" + location.hash)</script>`, key)
		case r.URL.Path == "/drive.js":
			http.ServeFile(out, r, filepath.Join("testdata", "drive.js"))
		case r.URL.RawQuery == "drive":
			inner := httptest.NewRecorder()
			handler.ServeHTTP(inner, r)
			out.Header().Set("Content-Type", inner.Header().Get("Content-Type"))
			out.Header().Set("Content-Security-Policy", inner.Header().Get("Content-Security-Policy"))
			_, _ = out.Write(bytes.Replace(inner.Body.Bytes(), []byte("</head>"), []byte(`<script type="module" src="/drive.js"></script></head>`), 1))
		default:
			handler.ServeHTTP(out, r)
		}
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// chromium finds the browser. In CI it must be there.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const cause = "Chromium is missing: apt-get update && apt-get install -y chromium"
	if os.Getenv("CI") == "true" {
		t.Fatal(cause)
	}
	t.Skip(cause)
	return ""
}

// console is a line that a page wrote, or that the browser wrote about it.
var console = regexp.MustCompile(`(?m)^.*CONSOLE.*$`)

// open gives a page as it is when it has come to rest, and what the console said.
func (w *world) open(t *testing.T, path string) (dom string, said []string) {
	t.Helper()
	browser := chromium(t)
	home, err := os.MkdirTemp("", "fixfirst-browser-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(home) }() // a late process of the browser may still write into it
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--no-first-run", "--disable-dev-shm-usage", "--lang=en-US", "--enable-logging=stderr", "--user-data-dir="+home,
		"--virtual-time-budget="+pageBudget, "--dump-dom", w.url+path)
	c.Env = append(os.Environ(), "HOME="+home, "LANGUAGE=en_US")
	c.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, stderr.String())
	}
	return stdout.String(), console.FindAllString(stderr.String(), -1)
}

func TestReportAppears(t *testing.T) {
	w := newWorld(t)
	dom, said := w.open(t, "/preset#seller=acme&groupBy=SKU&groupBy=SELLER&confidence=0.9&startDate=2026-10-01&key=dropped")
	if len(said) > 0 {
		t.Errorf("console: %q", said)
	}
	text := visible(dom)
	for _, want := range []string{
		"In total", "1,234 intercepts. Mature, 100.0% of the eligible: 1,000 offered help, 200 held out.",
		"50.0 points", "43.1 to 55.2, 90% always valid", "90.0% returned without an offer of help, 40.0% with one.",
		"Attributed, which is not causal: 450.", "$32,917", "$28,111 to $37,000, 90% always valid", "$2,083 of expert time", "$65.83",
		"By SKU and seller", "KETTLE-1", attack, "</th><script>", "<b>", "too few yet", "blocked", "not bounded",
		"Return rate avoided needs 20 mature holdout intercepts; 5 so far (15 more).", "Arms " + attack,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	for _, want := range []string{`<th scope="col" class="name">SKU</th>`, `<th scope="row">KETTLE-1</th>`, `<caption>`, `<svg class="interval" aria-hidden="true"`, `class="zero"`} {
		if !strings.Contains(dom, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, wrong := range []string{"<img", "<b>", "<script>", key, "NaN", "undefined"} {
		if strings.Contains(dom, wrong) {
			t.Errorf("the page has %s", wrong)
		}
	}
	asked := strings.Join(w.urls, "\n")
	if !strings.Contains(asked, "confidence=0.9&groupBy=SKU&groupBy=SELLER") || !strings.Contains(asked, "startDate=2026-10-01") ||
		strings.Contains(asked, key) || strings.Contains(asked, "dropped") {
		t.Errorf("asked for %s", asked)
	}
	if len(w.keys) != 1 || !w.keys["Bearer "+key] {
		t.Errorf("Authorization %v", w.keys)
	}
}

func TestAnEmptyReportSaysSo(t *testing.T) {
	dom, said := newWorld(t).open(t, "/preset#seller=none")
	if text := visible(dom); !strings.Contains(text, "No intercepts in this period.") || len(said) > 0 {
		t.Errorf("console %q, page %s", said, text)
	}
}

// TestAnalyst has the page played by testdata/drive.js.
func TestAnalyst(t *testing.T) {
	w := newWorld(t)
	dom, said := w.open(t, "/analyst/?drive")
	for _, line := range said { // of the two requests that are meant to fail the browser itself tells
		if !strings.Contains(line, "403 (Forbidden)") && !strings.Contains(line, "400 (Bad Request)") {
			t.Errorf("console: %s", line)
		}
	}
	data := regexp.MustCompile(`data-seen="([^"]*)"`).FindStringSubmatch(dom)
	if data == nil {
		t.Fatalf("the analyst did not come to the end: %s", visible(dom))
	}
	var seen map[string]any
	if err := json.Unmarshal([]byte(html.UnescapeString(data[1])), &seen); err != nil {
		t.Fatal(err)
	}
	csv, _ := seen["csv"].(string)
	if !strings.HasPrefix(csv, "keys.") || !strings.Contains(csv, "KETTLE-1") {
		t.Errorf("CSV %q", csv)
	}
	delete(seen, "csv")
	const hash = "#seller=acme%2F..%2Fx&confidence=0.95&groupBy=SKU"
	for name, want := range map[string]any{
		"before": 0.0, "kept": 1.0, "hash": hash, "cards": 4.0, "file": "fixfirst-deflection-acme_.._x.csv",
		"skipped": "report", "hashAfterSkip": hash, "stale": 0.0,
		"problem": "This key may not read reports. Use a key with the role ANALYST, SELLER or ADMIN.",
		"focus":   "startDate", "wrong": "startDate: " + attack, "forgotten": true, "local": 0.0,
	} {
		if seen[name] != want {
			t.Errorf("%s is %v, want %v", name, seen[name], want)
		}
		delete(seen, name)
	}
	if len(seen) > 0 {
		t.Errorf("also saw %v", seen)
	}
	if asked := strings.Join(w.urls, "\n"); strings.Contains(asked, "ff_live") || !w.keys["Bearer ff_live_typed"] {
		t.Errorf("asked %v for %s", w.keys, asked)
	}
}

// visible is the text of a page.
func visible(dom string) string {
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(dom, ""))
}
