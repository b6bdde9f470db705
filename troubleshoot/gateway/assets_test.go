package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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
		{"GET", aName + ".png", nil, 200, "image/png"},
		{"GET", aName + ".jpg", nil, 200, "image/jpeg"},
		{"GET", aName + ".gif", nil, 200, "image/gif"},
		{"HEAD", aName + ".png", nil, 200, "image/png"},
		{"GET", aName + ".png", []string{"If-None-Match", etag}, 304, ""},
		{"GET", aName + ".png", []string{"If-None-Match", `"x", W/` + etag}, 304, ""},
		{"HEAD", aName + ".png", []string{"If-None-Match", etag}, 304, ""},
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
			read.Store(0)
			a := w.do(t, c.method, "/assets/"+c.path, "", c.headers...)
			if needed := c.method == "GET" && c.want == 200; (read.Load() == 1) != needed {
				t.Errorf("the content was read %d times", read.Load())
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
}

func TestWithoutAssetsThereAreNone(t *testing.T) {
	if a := newWorld(t, readTimeout, nil).do(t, "GET", "/assets/"+aName+".png", ""); a.code != 404 {
		t.Errorf("%d %s", a.code, a.body)
	}
}

// slowReader takes nothing of a reply's body until it may.
type slowReader struct {
	*httptest.ResponseRecorder
	began, may chan struct{}
}

// Write waits.
func (s *slowReader) Write(p []byte) (int, error) {
	close(s.began)
	<-s.may
	return s.ResponseRecorder.Write(p)
}

// TestAssetsInMemoryAreBounded: whoever reads slowly holds a part of the memory for pictures, and others wait for it.
func TestAssetsInMemoryAreBounded(t *testing.T) {
	services := &services{}
	cfg := Config{Register: services.register, Streams: newDirect(nil, nil), Ready: func(context.Context) error { return nil },
		Log: slog.New(slog.DiscardHandler), Asset: keeps(strings.Repeat("a", maxSending/3))}
	handler, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	get := func(ctx context.Context, w http.ResponseWriter) {
		handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/assets/"+aName+".png", nil))
	}
	slow := &slowReader{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	done := make(chan struct{})
	go func() {
		get(t.Context(), slow)
		close(done)
	}()
	<-slow.began
	impatient, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	second := httptest.NewRecorder()
	get(impatient, second)
	if second.Code != 429 || second.Header().Get("Retry-After") == "" {
		t.Errorf("beside a slow reader: %d %s", second.Code, second.Body)
	}
	close(slow.may)
	<-done
	third := httptest.NewRecorder()
	get(t.Context(), third)
	if third.Code != 200 || slow.Code != 200 || slow.Body.Len() != third.Body.Len() {
		t.Errorf("the slow one got %d, the next %d", slow.Code, third.Code)
	}
}
