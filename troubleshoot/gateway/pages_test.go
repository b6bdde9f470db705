package gateway

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fixfirst/fixfirst/web"
)

// browserAccept is what a browser sends when it is told an address.
const browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

func TestPages(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	for _, c := range []struct {
		method, path string
		want         int
		media        string
	}{
		{"GET", "/analyst/", 200, "text/html; charset=utf-8"},
		{"HEAD", "/analyst/", 200, "text/html; charset=utf-8"},
		{"GET", "/analyst/?from=mail", 200, "text/html; charset=utf-8"},
		{"GET", "/analyst/main.js", 200, "text/javascript; charset=utf-8"},
		{"GET", "/analyst/analyst.css", 200, "text/css; charset=utf-8"},
		{"GET", "/page.css", 200, "text/css; charset=utf-8"},
		{"GET", "/guide/?seller=acme&guide=kettle.en", 200, "text/html; charset=utf-8"},
		{"GET", "/guide/fixfirst-guide.js", 200, "text/javascript; charset=utf-8"},
		{"POST", "/analyst/", 405, mediaJSON},
		{"GET", "/analyst/?key=abc", 401, mediaJSON},
		{"GET", "/analyst/index.html", 404, mediaJSON},
		{"GET", "/index.html", 404, mediaJSON},
		{"GET", "/analyst/nothing.js", 404, mediaJSON},
		{"GET", "/analyst/main.js/", 404, mediaJSON},
		{"GET", "/analyst//", 404, mediaJSON},
		{"GET", "//analyst", 404, mediaJSON},
		{"GET", "/analyst/..%2fembed.go", 404, mediaJSON},
		{"GET", "/analyst/%2e%2e/page.css", 404, mediaJSON},
		{"GET", "/embed.go", 404, mediaJSON},
		{"GET", "/web/", 404, mediaJSON},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			a := w.do(t, c.method, c.path, "")
			if a.code != c.want || a.header.Get("Content-Type") != c.media {
				t.Fatalf("%d %s, want %d %s", a.code, a.header.Get("Content-Type"), c.want, c.media)
			}
			if (a.body == "") != (c.method == "HEAD") {
				t.Errorf("body of %d bytes", len(a.body))
			}
			if c.want == 200 {
				isPage(t, a)
			} else if got := a.header.Get("Content-Security-Policy"); strings.Contains(got, "'self'") {
				t.Errorf("an error may load: %s", got)
			}
		})
	}
}

// isPage checks the headers of a file that a browser runs.
func isPage(t *testing.T, a answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
			"base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cache-Control":                "no-cache",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if tag := a.header.Get("ETag"); len(tag) != 34 {
		t.Errorf("ETag %q", tag)
	}
}

func TestPagesAreNotSentAgain(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	tag := w.do(t, "GET", "/analyst/", "").header.Get("ETag")
	if a := w.do(t, "GET", "/analyst/", "", "If-None-Match", tag); a.code != 304 || a.body != "" {
		t.Errorf("%d with a body of %d bytes", a.code, len(a.body))
	}
	if a := w.do(t, "GET", "/analyst/", "", "If-None-Match", `"another"`); a.code != 200 {
		t.Errorf("%d for a page that has changed", a.code)
	}
	if other := w.do(t, "GET", "/page.css", "").header.Get("ETag"); other == tag {
		t.Errorf("two files have the ETag %s", tag)
	}
}

func TestFoldersLeadToTheirPage(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(w.url + "/analyst")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 308 || resp.Header.Get("Location") != "/analyst/" {
		t.Errorf("%d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
}

func TestRootAnswersBrowsersAndPrograms(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	for accept, html := range map[string]bool{
		browserAccept:                           true,
		"text/html":                             true,
		"TEXT/HTML; charset=utf-8":              true,
		"":                                      false,
		"*/*":                                   false,
		"application/json":                      false,
		"application/json, text/html":           false,
		"text/html;q=0, */*":                    false,
		"text/html, application/json;q=0.0":     true,
		"text/csv":                              false,
		"text/htmlx":                            false,
		"text/plain, application/json; q=\"0.5": false,
	} {
		var headers []string
		if accept != "" {
			headers = []string{"Accept", accept}
		}
		a := w.do(t, "GET", "/", "", headers...)
		if a.code != 200 || strings.HasPrefix(a.header.Get("Content-Type"), "text/html") != html || a.header.Get("Vary") != "Accept" {
			t.Errorf("Accept %q: %d %s, Vary %q", accept, a.code, a.header.Get("Content-Type"), a.header.Get("Vary"))
		}
		if html {
			isPage(t, a)
		} else if a.body != index {
			t.Errorf("Accept %q: %s", accept, a.body)
		}
	}
}

// TestPagesKeepTheirPolicy looks for what the policy would stop, or what could get around it.
func TestPagesKeepTheirPolicy(t *testing.T) {
	pages, err := loadPages(web.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 10 {
		t.Fatalf("only %d pages", len(pages))
	}
	for address, p := range pages {
		for _, wrong := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "<style", " style=", " onclick=", "javascript:", "http://", "https://", "localStorage", "document.cookie"} {
			text := strings.ReplaceAll(string(p.data), `"http://www.w3.org/2000/svg"`, "") // a name, not an address
			if strings.Contains(text, wrong) {
				t.Errorf("%s has %q", address, wrong)
			}
		}
	}
}

func TestPagesAlone(t *testing.T) {
	h, err := Pages(web.Files, []string{"cdn.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/guide/", 200}, {"HEAD", "/guide/main.js", 200}, {"GET", "/guide", 308}, {"GET", "/guide/nothing.js", 404}, {"POST", "/guide/", 405}, {"GET", "/v1/guides:search", 404},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.want || w.Header().Get("X-Content-Type-Options") != "nosniff" || (w.Code == 200) != strings.Contains(w.Header().Get("Content-Security-Policy"), "img-src 'self' data: https://cdn.example; ") {
			t.Errorf("%s %s: %d %v", c.method, c.path, w.Code, w.Header())
		}
	}
}

func TestPagesOfAnUnknownKindAreRefused(t *testing.T) {
	files := fs.FS(fstest.MapFS{"analyst/index.html": {}, "analyst/notes.txt": {}})
	if _, err := loadPages(files, nil); err == nil || !strings.Contains(err.Error(), "notes.txt") {
		t.Errorf("error %v", err)
	}
}
