package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// pagePolicy lets pages load their own files and call their own API, and nothing else: no inline script or style, no frame,
// no form that is sent by the browser itself. Pictures may also come from the hosts that the operator allows.
func pagePolicy(imageHosts []string) string {
	pictures := "'self' data:"
	for _, host := range imageHosts {
		pictures += " https://" + host
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src " + pictures +
		"; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
}

// pageMedia are the kinds of files that pages may have.
var pageMedia = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// page is one file, ready to be sent.
type page struct {
	media, etag string
	policy      string // what the page may load
	data        []byte
}

// loadPages reads all pages, by the path of their URL: "/analyst/" for analyst/index.html. A path that is not among them does
// not exist, so there is nothing to list and nowhere to climb to.
func loadPages(files fs.FS, imageHosts []string) (map[string]page, error) {
	policy := pagePolicy(imageHosts)
	pages := map[string]page{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		media, known := pageMedia[path.Ext(name)]
		if !known {
			return fmt.Errorf("%s: pages have no files of this kind", name)
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		address := "/" + name
		if path.Base(name) == "index.html" {
			address = strings.TrimSuffix(address, "index.html")
		}
		pages[address] = page{media: media, etag: `"` + hex.EncodeToString(sum[:16]) + `"`, policy: policy, data: data}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	return pages, nil
}

// Pages serves the files of pages and nothing else, under the same policy as a server does: for programs that show a page
// of what they have at hand.
func Pages(files fs.FS, imageHosts []string) (http.Handler, error) {
	pages, err := loadPages(files, imageHosts)
	if err != nil {
		return nil, err
	}
	g := &gateway{pages: pages}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		answer := g.pageAt(r.URL.Path)
		switch {
		case answer == nil:
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			http.Error(w, "pages are read with GET", http.StatusMethodNotAllowed)
		default:
			answer(w, r)
		}
	}), nil
}

// pageAt finds what answers a path: a page, or for "/analyst" the way to "/analyst/". It gives nil where there is neither.
func (g *gateway) pageAt(address string) func(http.ResponseWriter, *http.Request) {
	if p, ok := g.pages[address]; ok {
		return p.serve
	}
	if _, ok := g.pages[address+"/"]; ok {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", address+"/")
			w.WriteHeader(http.StatusPermanentRedirect)
		}
	}
	return nil
}

// serve sends the file, or 304 to who has it. Names of files stay when their content changes, so browsers ask each time.
func (p page) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", p.media)
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", p.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.data))
}

// root answers browsers with the start page and programs with the index.
func (g *gateway) root(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if start, ok := g.pages["/"]; ok && asksForPage(r.Header["Accept"]) {
		start.serve(w, r)
		return
	}
	write(w, mediaJSON, []byte(index))
}

// asksForPage tells browsers, which name HTML and not JSON, from programs, which name JSON, anything, or nothing.
func asksForPage(accept []string) bool {
	html := false
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		media, params, err := mime.ParseMediaType(part)
		weight, unsaid := strconv.ParseFloat(params["q"], 64)
		refused := unsaid == nil && weight == 0
		switch {
		case err != nil || refused:
		case media == mediaJSON:
			return false
		case media == "text/html":
			html = true
		}
	}
	return html
}
