package e2e_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// TestNoHostIsAllowedByItself: a picture on another host is its words, unless the operator allows the host.
func TestNoHostIsAllowedByItself(t *testing.T) {
	s := serveSQLite(t)
	guide := s.must(http.MethodPut, "/v1/sellers/acme/guides/kettle", object{"markdown": kettleGuide + "\n![a lamp](https://cdn.example/lamp.png)\n", "validateOnly": true})
	if html := text(guide, "html"); strings.Contains(html, "<img") || !strings.Contains(html, "a lamp") {
		t.Errorf("a host that nobody allowed: %s", html)
	}
	page := s.do(http.MethodGet, "/guide/", nil)
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "img-src 'self' data:;") {
		t.Errorf("the page's policy is %s", policy)
	}
	out, err := exec.Command(binary, "serve", "--db", "sqlite:"+t.TempDir()+"/x.db", "--image-host", "cdn.example; script-src *").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "write a host alone") {
		t.Errorf("a host that is none: %v, %s", err, out)
	}
}
