package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"
)

// doorCase is a request and what it gets.
type doorCase struct {
	name, method, path, body string
	headers                  []string
	want                     int
	says                     string // in the body
}

func (c doorCase) run(t *testing.T, w *world) {
	a := w.do(t, c.method, c.path, c.body, c.headers...)
	if a.code != c.want || !strings.Contains(a.body, c.says) {
		t.Fatalf("%d, want %d: %.300s", a.code, c.want, a.body)
	}
	if a.code < 400 || c.name == "a bearer beyond all headers" { // net/http answers that one itself
		return
	}
	if s := a.status(t); s.GetCode() == 0 || s.GetMessage() == "" {
		t.Errorf("status %v", s)
	}
	for _, leak := range []string{"strconv", "proto:", "google.protobuf."} {
		if strings.Contains(a.body, leak) {
			t.Errorf("the error says %q: %s", leak, a.body)
		}
	}
}

func TestBodies(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	guide := "/v1/sellers/acme/guides/kettle"
	for _, c := range []doorCase{
		{"a plain call", "POST", intercept, sampleRequest, nil, 200, `"intercepts/018f3a"`},
		{"JSON with charset", "POST", intercept, "{}", []string{"Content-Type", "application/json; charset=UTF-8"}, 200, ""},
		{"another charset", "POST", intercept, "{}", []string{"Content-Type", "application/json; charset=utf-16"}, 415, "UTF-8"},
		{"a form", "POST", intercept, "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "application/json"},
		{"rows where none are imported", "POST", intercept, "{}", []string{"Content-Type", "application/x-ndjson"}, 415, ""},
		{"no media type at all", "POST", intercept, "{}", []string{"Content-Type", "///"}, 415, ""},
		{"gzip", "POST", intercept, "{}", []string{"Content-Encoding", "gzip"}, 415, "Content-Encoding"},
		{"identity", "POST", intercept, "{}", []string{"Content-Encoding", "identity"}, 200, ""},
		{"an empty body", "POST", intercept, "", nil, 400, "empty"},
		{"space alone", "POST", intercept, "  ", nil, 400, "too early"},
		{"more after the value", "POST", intercept, "{} {}", nil, 400, "unexpected {"},
		{"10,000 levels", "POST", intercept, `{"reason":` + strings.Repeat("[", 10000), nil, 400, ""},
		{"10,000 levels of an unknown field", "POST", intercept, `{"x":` + strings.Repeat(`{"x":`, 10000), nil, 400, "x: unknown field"},
		{"an unknown field", "POST", intercept, `{"orderLine":{"tenant":"b"}}`, nil, 400, "orderLine.tenant: unknown field"},
		{"a body of the limit", "POST", intercept, `{"comment":"` + strings.Repeat("a", maxBody-14) + `"}`, nil, 200, ""},
		{"a byte more", "POST", intercept, `{"comment":"` + strings.Repeat("a", maxBody-13) + `"}`, nil, 413, "at most 1048576 bytes"},
		{"a guide whose markdown doubles", "PUT", guide, `{"markdown":"` + strings.Repeat(`\n`, 512<<10) + `"}`, nil, 501, ""},
		{"a guide beyond", "PUT", guide, `{"markdown":"` + strings.Repeat(`\n`, 530<<10) + `"}`, nil, 413, ""},
		{"no import by another method", "PUT", "/v1/sellers/a/items/b:import", `{"title":"` + strings.Repeat("a", maxBody) + `"}`, nil, 413, ""},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, w) })
	}
}

func TestDoor(t *testing.T) {
	w := newWorld(t, readTimeout, func(c *Config, _ *http.Server) { c.AllowedOrigins = []string{"https://shop.example"} })
	for _, c := range []doorCase{
		{"method override", "POST", intercept, "{}", []string{"X-HTTP-Method-Override", "DELETE"}, 405, "overridden"},
		{"an unknown route", "GET", "/v1/nothing", "", nil, 404, "/v1/nothing"},
		{"an unknown page", "GET", "/nothing", "", nil, 404, "/nothing"},
		{"a wrong method", "DELETE", intercept, "", nil, 405, "DELETE"},
		{"a wrong method outside", "POST", "/healthz", "{}", nil, 405, "POST"},
		{"key in the query", "GET", "/v1/keys?key=abc", "", nil, 401, "must not be in the URL"},
		{"api_key in the query", "GET", "/v1/keys?API_Key=abc", "", nil, 401, "URL"},
		{"access_token in the query", "GET", "/healthz?access_token=", "", nil, 401, "URL"},
		{"a key by any name", "GET", "/v1/keys?seller=ff_live_x", "", nil, 401, "URL"},
		{"a shopper token by any name", "GET", "/v1/keys?seller=ffs_x", "", nil, 401, "URL"},
		{"a page token is no credential", "GET", "/v1/keys?pageToken=abc&seller=acme", "", nil, 200, `"acme"`},
		{"a query that hides", "GET", "/v1/keys?a=%zz", "", nil, 400, "query"},
		{"a query that is not UTF-8", "GET", "/v1/keys?seller=%ff", "", nil, 400, "UTF-8"},
		{"a path that is not UTF-8", "GET", "/v1/sellers/a/items/%ff", "", nil, 400, "UTF-8"},
		{"a path with NUL", "GET", "/v1/sellers/a/items/%00", "", nil, 400, "control"},
		{"a SKU with a slash", "GET", "/v1/sellers/a/items/K%2F1%252F", "", nil, 200, `"K/1%2F"`},
		{"a parameter of the wrong type", "GET", "/v1/keys?pageSize=x", "", nil, 400, "pageSize: the value does not fit"},
		{"a parameter given twice", "GET", "/v1/keys?pageSize=1&pageSize=2", "", nil, 400, "pageSize: give it once"},
		{"a parameter that is no name", "GET", "/v1/reports/deflection?groupBy=COLOUR", "", nil, 400, "groupBy: the value"},
		{"a huge bearer", "GET", "/v1/keys", "", []string{"Authorization", "Bearer " + strings.Repeat("x", maxBearer)}, 431, "too large"},
		{"a bearer beyond all headers", "GET", "/v1/keys", "", []string{"Authorization", "Bearer " + strings.Repeat("x", 60<<10)}, 431, ""},
		{"two credentials", "GET", "/v1/keys", "", []string{"Authorization", "Bearer a", "Authorization", "Bearer b"}, 401, "one Authorization"},
		{"another origin", "POST", intercept, "{}", []string{"Origin", "https://evil.example"}, 403, "origin"},
		{"an allowed origin's subdomain", "POST", intercept, "{}", []string{"Origin", "https://a.shop.example"}, 403, ""},
		{"a sandboxed page", "POST", intercept, "{}", []string{"Origin", "null"}, 403, ""},
		{"the allowed origin", "POST", intercept, "{}", []string{"Origin", "https://shop.example"}, 200, ""},
		{"its own origin", "POST", intercept, "{}", []string{"Origin", w.url}, 200, ""},
		{"an image of another page", "GET", "/openapi.json", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403, ""},
		{"a link on another page", "GET", "/healthz", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200, ""},
		{"ABORTED", "GET", "/v1/intercepts/aborted", "", nil, 409, "first"},
		{"RESOURCE_EXHAUSTED", "GET", "/v1/intercepts/exhausted", "", nil, 429, "later"},
		{"UNAVAILABLE", "GET", "/v1/intercepts/unavailable", "", nil, 503, "later"},
		{"a bug", "GET", "/v1/intercepts/panic", "", nil, 500, "internal error"},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, w) })
	}
}

func TestErrorsCarryDetails(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	if a := w.do(t, "POST", intercept, `{"orderLine":{"unitPrice":{"amount":5}}}`); a.field(t) != "orderLine.unitPrice.amount" {
		t.Errorf("field violation %q: %s", a.field(t), a.body)
	}
	if a := w.do(t, "GET", "/v1/keys?pageSize=x", ""); a.field(t) != "pageSize" {
		t.Errorf("field violation %q", a.field(t))
	}
	for path, want := range map[string]string{"exhausted": "3", "unavailable": "3", "aborted": ""} {
		if got := w.do(t, "GET", "/v1/intercepts/"+path, "").header.Get("Retry-After"); got != want {
			t.Errorf("%s: Retry-After %q, want %q", path, got, want)
		}
	}
	if a := w.do(t, "GET", "/v1/keys?key=a", ""); a.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("WWW-Authenticate %q", a.header.Get("WWW-Authenticate"))
	}
}

func TestEveryReplyCarriesTheSecurityHeaders(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	for _, path := range []string{"/", "/healthz", "/readyz", "/openapi.json", "/nothing", "/v1/nothing", "/v1/intercepts/a", "/v1/keys?key=a", "/v1/intercepts/aborted"} {
		h := w.do(t, "GET", path, "", "X-Request-Id", "r-1").header
		for name, want := range map[string]string{
			"X-Content-Type-Options":  "nosniff",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			"Referrer-Policy":         "no-referrer",
			"Cache-Control":           "no-store",
			"X-Request-Id":            "r-1",
			"Content-Type":            "application/json",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestServicesSeeOnlyTheListedHeaders(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	a := w.do(t, "POST", intercept, "{}", "Authorization", "Bearer k", "Idempotency-Key", "i", "If-Match", "m", "Accept-Language", "de",
		"X-Forwarded-For", "6.6.6.6", "X-Forwarded-Host", "evil", "Grpc-Metadata-Authorization", "Bearer evil", "Grpc-Metadata-X", "x",
		"Grpc-Timeout", "1n", "Cookie", "c=d", "X-Request-Id", "bad id")
	if a.code != 200 {
		t.Fatalf("%d %s", a.code, a.body)
	}
	md := *w.services.md.Load()
	id := a.header.Get("X-Request-Id")
	for name, want := range map[string]string{"authorization": "Bearer k", "idempotency-key": "i", "if-match": "m", "accept-language": "de",
		"x-forwarded-for": "127.0.0.1", "x-forwarded-host": strings.TrimPrefix(w.url, "http://"), "x-request-id": id} {
		if got := strings.Join(md[name], ","); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
		delete(md, name)
	}
	if len(md) > 0 || !isToken(id) || len(id) != 32 {
		t.Errorf("also %v, request id %q", md, id)
	}
	if a.header.Get("ETag") != `"7"` || a.header.Get("X-Internal") != "" || a.header.Get("Grpc-Metadata-X-Internal") != "" {
		t.Errorf("reply headers %v", a.header)
	}
}

func TestInterceptorsSeeTheConnectionsAddress(t *testing.T) {
	var addr string
	note := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if p, ok := peer.FromContext(ctx); ok {
			addr = p.Addr.String()
		}
		return next(ctx, req)
	}
	w := newWorld(t, readTimeout, func(c *Config, _ *http.Server) { c.Unary = append(c.Unary, note) })
	w.do(t, "POST", intercept, "{}")
	if !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Errorf("peer %q", addr)
	}
}

func TestPreflight(t *testing.T) {
	w := newWorld(t, readTimeout, func(c *Config, _ *http.Server) { c.AllowedOrigins = []string{"https://shop.example"} })
	a := w.do(t, "OPTIONS", intercept, "", "Origin", "https://shop.example", "Access-Control-Request-Method", "POST")
	if a.code != 204 || a.header.Get("Access-Control-Allow-Origin") != "https://shop.example" || !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("%d %v", a.code, a.header)
	}
	if a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("credentials are allowed")
	}
	if a := w.do(t, "OPTIONS", intercept, "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST"); a.code != 403 || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %v", a.code, a.header)
	}
}

func TestReadinessAndMetrics(t *testing.T) {
	draining := errors.New("draining: host db-7")
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") })
	w := newWorld(t, readTimeout, func(c *Config, _ *http.Server) {
		c.Ready = func(context.Context) error { return draining }
		c.Metrics = metrics
	})
	if a := w.do(t, "GET", "/readyz", ""); a.code != 503 || strings.Contains(a.body, "db-7") {
		t.Errorf("readyz %d %s", a.code, a.body)
	}
	if a := w.do(t, "GET", "/metrics", ""); a.code != 200 || a.body != "up 1\n" {
		t.Errorf("metrics %d %s", a.code, a.body)
	}
	if a := w.do(t, "HEAD", "/healthz", ""); a.code != 200 || a.body != "" {
		t.Errorf("HEAD %d %q", a.code, a.body)
	}
}

func TestConfigMustBeWhole(t *testing.T) {
	whole := Config{Register: func(grpc.ServiceRegistrar) {}, Streams: newDirect(nil, nil), Ready: func(context.Context) error { return nil }, Log: slog.New(slog.DiscardHandler)}
	if _, err := New(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	for name, cut := range map[string]func(*Config){
		"Register": func(c *Config) { c.Register = nil }, "Streams": func(c *Config) { c.Streams = nil },
		"Ready": func(c *Config) { c.Ready = nil }, "Log": func(c *Config) { c.Log = nil },
	} {
		c := whole
		cut(&c)
		if _, err := New(t.Context(), c); err == nil {
			t.Errorf("without %s: no error", name)
		}
	}
}
