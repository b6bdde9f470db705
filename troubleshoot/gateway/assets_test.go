package gateway

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const aName = "abcdefghijklmnopqrstuvwxyz234567"

// keeps serves one content by its name, and fails by another.
func keeps(content string) func(context.Context, string, func(context.Context, int) (bool, error)) (int, []byte, error) {
	return func(ctx context.Context, name string, want func(context.Context, int) (bool, error)) (int, []byte, error) {
		switch name {
		case aName + ".png", aName + ".jpg", aName + ".gif":
		case strings.Repeat("a", 32) + ".png":
			return 0, nil, status.Error(codes.Unavailable, "later")
		default:
			return 0, nil, status.Error(codes.NotFound, "asset not found")
		}
		wanted, err := want(ctx, len(content))
		if err != nil || !wanted {
			return len(content), nil, err
		}
		return len(content), []byte(content), nil
	}
}

func TestAssets(t *testing.T) {
	var read atomic.Int64 // contents
	kept := keeps("a picture")
	w := newWorld(t, readTimeout, func(c *Config, _ *http.Server) {
		c.Asset = func(ctx context.Context, name string, want func(context.Context, int) (bool, error)) (int, []byte, error) {
			size, content, err := kept(ctx, name, want)
			if content != nil {
				read.Add(1)
			}
			return size, content, err
		}
	})
	const cross = "Sec-Fetch-Site"
	etag := `"` + aName + `"`
	for _, c := range []struct {
		method, path string
		headers      []string
		want         int
		media        string
	}{
		{"HEAD", aName + ".png", nil, 200, "image/png"},
		{"GET", aName + ".png", []string{"If-None-Match", etag}, 304, ""},
		{"GET", aName + ".png", []string{"If-None-Match", `"x", W/` + etag}, 304, ""},
		{"HEAD", aName + ".png", []string{"If-None-Match", etag}, 304, ""},
		{"GET", aName + ".png", nil, 200, "image/png"},
		{"GET", aName + ".jpg", nil, 200, "image/jpeg"},
		{"GET", aName + ".gif", nil, 200, "image/gif"},
		{"GET", aName + ".png", []string{"If-None-Match", `"another"`}, 200, "image/png"},
		{"GET", aName + ".png", []string{cross, "cross-site", "Sec-Fetch-Mode", "no-cors"}, 200, "image/png"},
		{"GET", aName + ".png", []string{"Origin", "https://shop.example"}, 200, "image/png"},
		{"GET", aName + ".png", []string{"Origin", "null"}, 200, "image/png"},
		{"GET", aName + ".png?v=1", nil, 200, "image/png"},
		{"GET", strings.Repeat("b", 32) + ".png", nil, 404, mediaJSON},
		{"GET", strings.Repeat("b", 32) + ".png", []string{"If-None-Match", "*"}, 404, mediaJSON},
		{"GET", strings.Repeat("a", 32) + ".png", nil, 503, mediaJSON},
		{"GET", aName, nil, 404, mediaJSON},
		{"GET", aName + ".svg", nil, 404, mediaJSON},
		{"GET", aName + ".png.png", nil, 404, mediaJSON},
		{"GET", strings.ToUpper(aName) + ".png", nil, 404, mediaJSON},
		{"GET", "", nil, 404, mediaJSON},
		{"GET", "../" + aName + ".png", nil, 404, mediaJSON},
		{"GET", aName + ".png/", nil, 404, mediaJSON},
		{"GET", aName + ".png%00", nil, 400, mediaJSON},
		{"POST", aName + ".png", nil, 405, mediaJSON},
		{"DELETE", aName + ".png", nil, 405, mediaJSON},
		{"GET", aName + ".png?key=abc", nil, 401, mediaJSON},
	} {
		t.Run(strings.Join(append([]string{c.method, c.path}, c.headers...), " "), func(t *testing.T) {
			before := read.Load()
			a := w.do(t, c.method, "/assets/"+c.path, "", c.headers...)
			if needed := c.method == "GET" && c.want == 200; !needed && read.Load() != before {
				t.Error("the content was read")
			}
			if a.code != c.want || a.header.Get("Content-Type") != c.media {
				t.Fatalf("%d %s, want %d %s: %s", a.code, a.header.Get("Content-Type"), c.want, c.media, a.body)
			}
			if a.code > 304 {
				if a.header.Get("Cache-Control") != "no-store" || a.header.Get("ETag") != "" {
					t.Errorf("an error to be kept: %v", a.header)
				}
				return
			}
			if body := map[bool]string{true: "a picture"}[c.method == "GET" && c.want == 200]; a.body != body {
				t.Errorf("body %q", a.body)
			}
			if length := a.header.Get("Content-Length"); c.want == 200 && length != "9" {
				t.Errorf("Content-Length %s", length)
			}
			for name, want := range map[string]string{
				"ETag": etag, "Cache-Control": "public, max-age=31536000, immutable", "Content-Security-Policy": "default-src 'none'; sandbox",
				"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin",
			} {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
	if read.Load() != 3 { // one by each name, however often it was asked for
		t.Errorf("contents were read %d times", read.Load())
	}
}

func TestWithoutAssetsThereAreNone(t *testing.T) {
	if a := newWorld(t, readTimeout, nil).do(t, "GET", "/assets/"+aName+".png", ""); a.code != 404 {
		t.Errorf("%d %s", a.code, a.body)
	}
}
