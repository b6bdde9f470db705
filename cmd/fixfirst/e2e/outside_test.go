package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// /openapi.json describes every route of every RPC, and nothing else.
func TestOpenAPIListsEveryRoute(t *testing.T) {
	s := serveSQLite(t)
	document := s.as("").must(http.MethodGet, "/openapi.json", nil)
	if !strings.HasPrefix(text(document, "openapi"), "3.") {
		t.Errorf("openapi is %v", at(document, "openapi"))
	}
	paths, _ := document["paths"].(object)
	described := map[string]bool{}
	for path, operations := range paths {
		for verb, operation := range operations.(object) {
			described[strings.ToUpper(verb)+" "+path] = true
			if at(operation, "responses", "200") == nil {
				t.Errorf("%s %s has no reply", verb, path)
			}
		}
	}
	for name, method := range rpcs() {
		verb, path := route(method)
		if method.IsStreamingClient() && method.IsStreamingServer() {
			if verb != "" {
				t.Errorf("%s has a route, and REST cannot write while it reads", name)
			}
			continue
		}
		path = strings.ReplaceAll(path, "=**}", "}") // OpenAPI knows no patterns
		if verb == "" || !described[verb+" "+path] {
			t.Errorf("%s: %s %s is not described", name, verb, path)
		}
		delete(described, verb+" "+path)
	}
	for route := range described {
		t.Errorf("%s is described and is no RPC's", route)
	}
	if at(document, "components", "securitySchemes", "bearer") == nil {
		t.Error("the credential is not described")
	}
}

func TestMetricsCountRequests(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("counted", object{})
	for range 3 {
		if r := s.intercept(intent("counted", "1", "1", "KETTLE-1")); r.code != http.StatusOK {
			t.Fatal(r)
		}
	}
	s.intercept(object{})
	r := s.as("").do(http.MethodGet, "/metrics", nil)
	for _, want := range []string{
		`fixfirst_rpc_requests_total{code="OK",method="/fixfirst.v1.ReturnsService/InterceptReturn"} 3`,
		`fixfirst_rpc_requests_total{code="InvalidArgument",method="/fixfirst.v1.ReturnsService/InterceptReturn"} 1`,
		`fixfirst_rpc_duration_seconds_count{method="/fixfirst.v1.ReturnsService/InterceptReturn"} 4`,
		"process_resident_memory_bytes",
	} {
		if r.code != http.StatusOK || !strings.Contains(string(r.body), want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
}

// Every reply carries the headers that keep it harmless in a browser, and a request id that is the client's own if it sent one.
func TestHeaders(t *testing.T) {
	s := serveSQLite(t)
	for _, path := range []string{"/healthz", "/v1/keys", "/v1/nowhere", "/nowhere", "/openapi.json", "/metrics"} {
		r := s.do(http.MethodGet, path, nil, "X-Request-Id", "mine-1")
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Request-Id": "mine-1"} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	if r := s.do(http.MethodGet, "/v1/keys", nil, "Origin", "https://evil.example"); r.code != http.StatusForbidden {
		t.Errorf("from a page of another origin: %s", r)
	}
	if r := s.do(http.MethodPost, "/v1/keys", object{"role": "ADMIN"}, "X-HTTP-Method-Override", "GET"); r.code == http.StatusOK {
		t.Errorf("an overridden method: %s", r)
	}
}
