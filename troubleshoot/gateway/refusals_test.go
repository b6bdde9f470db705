package gateway

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// refusedOf gives fixfirst_gateway_refused_total by reason.
func refusedOf(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "fixfirst_gateway_refused_total" {
				counts[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	return counts
}

// lockedBuffer is a log that the server writes while the test reads.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

// Write appends to the log.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// take empties the log.
func (b *lockedBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.Reset()
	return b.String()
}

func TestRefusalsAreCountedAndLogged(t *testing.T) {
	registry, logged := prometheus.NewRegistry(), &lockedBuffer{}
	w := newWorld(t, readTimeout, func(c *Config, _ *http.Server) {
		c.Registry = registry
		c.Log = slog.New(slog.NewJSONHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	for _, c := range []struct{ name, method, path, body, header, value, reason string }{
		{"bad JSON", "POST", intercept, "{", "", "", "INVALID_JSON"},
		{"an empty body", "POST", intercept, "", "", "", "EMPTY_BODY"},
		{"key in the URL", "GET", "/v1/keys?key=abc", "", "", "", "CREDENTIAL_IN_URL"},
		{"another origin", "POST", intercept, "{}", "Origin", "https://evil.example", "ORIGIN_NOT_ALLOWED"},
		{"gzip", "POST", intercept, "{}", "Content-Encoding", "gzip", "UNSUPPORTED_ENCODING"},
		{"an unknown route", "GET", "/v1/nothing", "", "", "", "UNKNOWN_ROUTE"},
		{"a bad row", "POST", importIntercepts, "broken", "", "", "INVALID_ROW"},
		{"an error of a service", "GET", "/v1/intercepts/aborted", "", "", "", ""},
		{"no error", "POST", intercept, "{}", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := refusedOf(t, registry)
			logged.take()
			headers := []string{"X-Request-Id", "r-7"}
			if c.header != "" {
				headers = append(headers, c.header, c.value)
			}
			w.do(t, c.method, c.path, c.body, headers...)
			for reason, n := range refusedOf(t, registry) {
				if counted := n > before[reason]; counted != (reason == c.reason) {
					t.Errorf("%s counted: %v", reason, counted)
				}
			}
			checkRefusalLog(t, logged.take(), c.reason)
		})
	}
}

// checkRefusalLog wants one record of the refusal, or none without a reason.
func checkRefusalLog(t *testing.T, log, reason string) {
	t.Helper()
	if reason == "" {
		if log != "" {
			t.Errorf("log %s", log)
		}
		return
	}
	var record struct{ Level, Msg, RequestID, Reason string }
	if err := json.Unmarshal([]byte(log), &record); err != nil || record.Level != "DEBUG" || record.RequestID != "r-7" || record.Reason != reason {
		t.Errorf("log %s (%v)", log, err)
	}
}

// TestEveryReasonIsCounted compares the reasons in the source with the metric's.
func TestEveryReasonIsCounted(t *testing.T) {
	written := regexp.MustCompile(`(?:\brefuse\(codes\.\w+, |\brefuseField\(|\breason: )"([A-Z_]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range written.FindAllStringSubmatch(string(source), -1) {
			found[m[1]] = true
			if !slices.Contains(refusalReasons[:], m[1]) {
				t.Errorf("%s: %s is not counted", file, m[1])
			}
		}
	}
	for _, reason := range refusalReasons {
		if !found[reason] {
			t.Errorf("nothing is refused for %s", reason)
		}
	}
}
