package gateway

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// pictures takes uploads.
type pictures struct {
	pb.UnimplementedGuidesServiceServer
	put     atomic.Pointer[pb.PutGuideAssetRequest]
	deleted atomic.Pointer[pb.DeleteGuideAssetRequest]
	hold    func() // may be nil
}

func (p *pictures) PutGuideAsset(_ context.Context, req *pb.PutGuideAssetRequest) (*pb.GuideAsset, error) {
	p.put.Store(req)
	if p.hold != nil {
		p.hold()
	}
	return &pb.GuideAsset{Path: req.GetPath()}, nil
}

func (p *pictures) DeleteGuideAsset(_ context.Context, req *pb.DeleteGuideAssetRequest) (*emptypb.Empty, error) {
	p.deleted.Store(req)
	return &emptypb.Empty{}, nil
}

// newPictureWorld starts a gateway that takes uploads.
func newPictureWorld(t *testing.T, p *pictures, change func(*Config)) *world {
	return newWorld(t, readTimeout, func(c *Config, _ *http.Server) {
		others := c.Register
		c.Register = func(r grpc.ServiceRegistrar) {
			others(r)
			pb.RegisterGuidesServiceServer(r, p)
		}
		if change != nil {
			change(c)
		}
	})
}

const kettle = "/v1/sellers/acme/guides/kettle/assets/"

func TestUploadBodies(t *testing.T) {
	p := &pictures{}
	w := newPictureWorld(t, p, nil)
	largest := strings.Repeat("\xff", maxPicture)
	inJSON := func(data string) string {
		return `{"data":"` + strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte(data)), "/", `\/`) + `"}`
	}
	for _, c := range []struct {
		name, body, media string
		want              int
		data              string // that arrives
	}{
		{"a PNG", "png", "image/png", 200, "png"},
		{"with a parameter", "png", "image/png; q=1", 200, "png"},
		{"of no type that is known", "xyz", "image/x-anything", 200, "xyz"},
		{"plain bytes", "png", "application/octet-stream", 200, "png"},
		{"as curl -T sends it", `{"data":"AAAA"}`, "", 200, `{"data":"AAAA"}`},
		{"JSON", inJSON("png"), "application/json", 200, "png"},
		{"JSON with charset", inJSON("png"), "application/json; charset=utf-8", 200, "png"},
		{"JSON that names another place", `{"seller":"other","guide":"g","path":"p","data":"cG5n"}`, "application/json", 200, "png"},
		{"the largest", largest, "image/png", 200, largest},
		{"a byte more", largest + "\xff", "image/png", 413, ""},
		{"the largest in JSON", inJSON(strings.Repeat("\xfb\xef\xbe", maxPicture/3)), "application/json", 200, strings.Repeat("\xfb\xef\xbe", maxPicture/3)},
		{"more in JSON", inJSON(largest + largest), "application/json", 413, ""},
		{"nothing", "", "image/png", 400, ""},
		{"no JSON", "png", "application/json", 400, ""},
		{"an unknown field", `{"data":"cG5n","colour":"red"}`, "application/json", 400, ""},
		{"no base64", `{"data":"!"}`, "application/json", 400, ""},
		{"a page", "<html>", "text/html", 415, ""},
		{"a form", "a=b", "application/x-www-form-urlencoded", 415, ""},
		{"several forms", "a=b", "multipart/form-data; boundary=x", 415, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.put.Store(nil)
			var headers []string
			if c.media != "" {
				headers = []string{"Content-Type", c.media}
			}
			a := w.do(t, "PUT", kettle+"images/base.png", c.body, headers...)
			if a.code != c.want {
				t.Fatalf("%d, want %d: %.300s", a.code, c.want, a.body)
			}
			got := p.put.Load()
			if (got != nil) != (c.want == 200) {
				t.Fatalf("arrived: %t", got != nil)
			}
			if got != nil && (string(got.GetData()) != c.data || got.GetSeller() != "acme" || got.GetGuide() != "kettle" || got.GetPath() != "images/base.png") {
				t.Errorf("%d bytes arrive at %s %s %s", len(got.GetData()), got.GetSeller(), got.GetGuide(), got.GetPath())
			}
		})
	}
	if a := w.do(t, "PUT", kettle+"a.png", "png", "Content-Type", "image/png", "Content-Encoding", "gzip"); a.code != 415 {
		t.Errorf("compressed: %d", a.code)
	}
	if a := w.do(t, "PUT", "/v1/sellers/acme/items/assets", "png", "Content-Type", "image/png"); a.code != 415 {
		t.Errorf("a picture where none is taken: %d", a.code)
	}
}

// TestUploadPaths: each part of a path is unescaped once, and none hides a slash.
func TestUploadPaths(t *testing.T) {
	p := &pictures{}
	w := newPictureWorld(t, p, nil)
	for sent, want := range map[string]string{
		"base.png": "base.png", "images/base.png": "images/base.png", "IMG%20%281%29.png": "IMG (1).png", "IMG%20(1).png": "IMG (1).png",
		"100%25%20gr%C3%B6%C3%9Fer%3F.png": "100% größer?.png", "a%2523.png": "a%23.png", "a/../b.png": "a/../b.png", "a//b.png": "a//b.png",
		"images%2Fbase.png": "", "..%2f..%2fx.png": "",
	} {
		for _, method := range []string{"PUT", "DELETE"} {
			p.put.Store(nil)
			p.deleted.Store(nil)
			body := map[string]string{"PUT": "png"}[method]
			req, err := http.NewRequestWithContext(t.Context(), method, w.url+kettle, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.URL.Opaque = strings.TrimPrefix(w.url, "http:") + kettle + sent // as it is, whatever Go thinks of it
			a := send(t, req)
			got := p.put.Load().GetPath() + p.deleted.Load().GetPath()
			if got != want || (a.code == 200) != (want != "") || a.code != 200 && a.code != 400 {
				t.Errorf("%s %s: %d %q, want %q", method, sent, a.code, got, want)
			}
		}
	}
	for _, method := range []string{"PUT", "DELETE"} {
		if a := w.do(t, method, kettle+"a.png?path=b.png", "png"); a.code != 400 || a.field(t) != "path" {
			t.Errorf("%s with a query: %d %s", method, a.code, a.body)
		}
	}
}

// TestUploadsAreRefusedUnread: who may not upload gets the answer at once, and sends nothing.
func TestUploadsAreRefusedUnread(t *testing.T) {
	p := &pictures{}
	w := newPictureWorld(t, p, func(c *Config) {
		c.Admit = func(_ context.Context, method string, req any) (context.Context, string, error) {
			if put := req.(*pb.PutGuideAssetRequest); method != pb.GuidesService_PutGuideAsset_FullMethodName || put.GetSeller() != "acme" || put.GetPath() != "a.png" {
				t.Errorf("asked for %s of %v", method, req)
			}
			return nil, "", status.Error(codes.PermissionDenied, "not you")
		}
	})
	a := exchange(t, w, fmt.Sprintf("PUT %sa.png HTTP/1.1\nHost: x\nContent-Type: image/png\nContent-Length: %d\n", kettle, maxPicture), nil)
	if a.code != 403 || !strings.Contains(a.body, "not you") || p.put.Load() != nil {
		t.Errorf("%d %s", a.code, a.body)
	}
}

func TestHugeUploads(t *testing.T) {
	w := newPictureWorld(t, &pictures{}, nil)
	piece := strings.Repeat("a", 64<<10)
	grown := watchHeap()
	for name, head := range map[string]string{
		"a picture": "PUT " + kettle + "a.png HTTP/1.1\nHost: x\nContent-Type: image/png\n",
		"JSON":      "PUT " + kettle + "a.png HTTP/1.1\nHost: x\nContent-Type: application/json\n",
	} {
		if a := exchange(t, w, head+fmt.Sprintf("Content-Length: %d\n", hugeBody), endless(piece, hugeBody)); a.code != 413 {
			t.Errorf("%s, declared: %d", name, a.code)
		}
		if a := exchange(t, w, head+"Transfer-Encoding: chunked\n", chunked(piece, hugeBody/len(piece))); a.code != 413 {
			t.Errorf("%s, chunked: %d", name, a.code)
		}
	}
	if g := grown(); g > 32<<20 {
		t.Errorf("the heap grew by %d MiB", g>>20)
	}
}

// TestUploadsTakeTurns sends more at once than there are places.
func TestUploadsTakeTurns(t *testing.T) {
	var now, most atomic.Int64
	full := make(chan struct{}, 16)
	release := make(chan struct{})
	p := &pictures{hold: func() {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			continue
		}
		full <- struct{}{}
		<-release
		now.Add(-1)
	}}
	admitted := make(chan struct{}, 16)
	var credentials atomic.Int64
	w := newPictureWorld(t, p, func(c *Config) {
		c.Admit = func(ctx context.Context, _ string, _ any) (context.Context, string, error) {
			admitted <- struct{}{}
			return ctx, fmt.Sprint("key-", credentials.Add(1)), nil
		}
	})
	var together sync.WaitGroup
	const uploads = 6
	for range uploads {
		together.Go(func() {
			if a := w.do(t, "PUT", kettle+"a.png", "png", "Content-Type", "image/png"); a.code != 200 {
				t.Errorf("%d %s", a.code, a.body)
			}
		})
	}
	for range uploads {
		<-admitted
	}
	for range uploadPlaces {
		<-full
	}
	select {
	case <-full:
		t.Error("one more is under way than there are places")
	case <-time.After(20 * time.Millisecond): // that nothing happens can only be waited for
	}
	close(release)
	together.Wait()
	if most.Load() != uploadPlaces {
		t.Errorf("%d at once, want %d", most.Load(), uploadPlaces)
	}
}
