package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const assetsOf = "/v1/sellers/%s/guides/kettle/assets"

// upload sends a picture as it is.
func (c *client) upload(seller, path string, data []byte) reply {
	return c.do(http.MethodPut, fmt.Sprintf(assetsOf, seller)+"/"+path, data, "Content-Type", "image/png")
}

// sample is a small PNG of one colour.
func sample(t testing.TB, shade uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 8, 6))
	for n := range m.Pix {
		m.Pix[n] = shade
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// photo is a JPEG with a place in its metadata, and turned.
func photo(t testing.TB, width, height int) []byte {
	t.Helper()
	m := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for n := range m.Y {
		m.Y[n] = byte(n >> 8)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00GPS 52.52 N"
	return slices.Concat(b.Bytes()[:2], []byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, []byte(exif), b.Bytes()[2:])
}

var assetURI = regexp.MustCompile(`^/assets/[a-z2-7]{32}\.(png|jpg|gif)$`)

func TestAssetsOfAGuide(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		s.sellKettles("own-seller", object{})
		seller := s.as(s.newKey(object{"role": "SELLER", "seller": "own-seller"})).in(t)
		base := seller.upload("own-seller", "images/base.png", sample(t, 10)).object(t)
		sum := sha256.Sum256(sample(t, 10))
		for field, want := range map[string]any{"name": "sellers/own-seller/guides/kettle/assets/images/base.png", "path": "images/base.png",
			"contentType": "image/png", "width": 8.0, "height": 6.0, "sha256": hex.EncodeToString(sum[:])} {
			if base[field] != want {
				t.Errorf("%s is %v, want %v", field, base[field], want)
			}
		}
		if !assetURI.MatchString(text(base, "uri")) {
			t.Errorf("uri %q", text(base, "uri"))
		}
		if again := seller.upload("own-seller", "images/base.png", sample(t, 10)).object(t); text(again, "createTime") != text(base, "createTime") {
			t.Errorf("the same again: %v", again)
		}
		inJSON := seller.must(http.MethodPut, fmt.Sprintf(assetsOf, "own-seller")+"/Zoom%20(1).png", object{"data": base64.StdEncoding.EncodeToString(sample(t, 20))})
		turned := seller.do(http.MethodPut, fmt.Sprintf(assetsOf, "own-seller")+"/photo.JPG", photo(t, 64, 32), "Content-Type", "application/octet-stream").object(t)
		if number(turned, "width") != 32 || number(turned, "height") != 64 || !strings.HasSuffix(text(turned, "uri"), ".jpg") {
			t.Errorf("a photo on its side: %v", turned)
		}
		if got := s.as("").do(http.MethodGet, text(turned, "uri"), nil); got.code != 200 || bytes.Contains(got.body, []byte("GPS")) {
			t.Errorf("the photo's place: %d, %d bytes", got.code, len(got.body))
		}
		list := seller.must(http.MethodGet, fmt.Sprintf(assetsOf, "own-seller")+"?pageSize=2", nil)
		rest := seller.must(http.MethodGet, fmt.Sprintf(assetsOf, "own-seller")+"?pageSize=2&pageToken="+text(list, "nextPageToken"), nil)
		var paths []string
		for _, page := range []object{list, rest} {
			for _, a := range page["assets"].([]any) {
				paths = append(paths, text(a, "path"))
			}
		}
		if want := []string{"Zoom (1).png", "images/base.png", "photo.JPG"}; !slices.Equal(paths, want) || text(rest, "nextPageToken") != "" {
			t.Errorf("paths %q, want %q", paths, want)
		}
		seller.must(http.MethodDelete, fmt.Sprintf(assetsOf, "own-seller")+"/Zoom%20%281%29.png", nil)
		if r := seller.do(http.MethodDelete, fmt.Sprintf(assetsOf, "own-seller")+"/Zoom%20(1).png", nil); r.code != 404 {
			t.Errorf("deleted twice: %s", r)
		}
		if r := s.as("").do(http.MethodGet, text(inJSON, "uri"), nil); r.code != 200 {
			t.Errorf("what a revision may show is gone: %s", r)
		}
		otherSellers(t, s, seller, text(base, "uri"))
	})
}

// otherSellers: another's guide is missing, and the same picture has another name there.
func otherSellers(t *testing.T, s *server, seller *client, uri string) {
	s.sellKettles("other-seller", object{})
	for _, c := range []struct{ method, path string }{{http.MethodPut, "/a.png"}, {http.MethodGet, ""}, {http.MethodDelete, "/images/base.png"}} {
		var body any
		if c.method == http.MethodPut {
			body = object{"data": sample(t, 1)}
		}
		other := seller.do(c.method, fmt.Sprintf(assetsOf, "other-seller")+c.path, body)
		missing := seller.do(c.method, fmt.Sprintf(assetsOf, "no-such-seller")+c.path, body)
		if other.code != 404 || strings.ReplaceAll(string(other.body), "other-seller", "no-such-seller") != string(missing.body) {
			t.Errorf("%s of another seller: %s, of a missing one: %s", c.method, other, missing)
		}
	}
	theirs := text(s.upload("other-seller", "images/base.png", sample(t, 10)).object(t), "uri")
	if theirs == uri || !assetURI.MatchString(theirs) {
		t.Errorf("two sellers share the name %q", theirs)
	}
	for _, key := range []string{"", "wrong"} {
		if r := s.as(key).upload("own-seller", "a.png", sample(t, 1)); r.code != 401 {
			t.Errorf("with the key %q: %s", key, r)
		}
	}
	storefront := s.newKey(object{"role": "STOREFRONT", "seller": "own-seller"})
	if r := s.as(storefront).upload("own-seller", "a.png", sample(t, 1)); r.code != 403 || !strings.Contains(string(r.body), "PutGuideAsset") {
		t.Errorf("as a storefront: %s", r)
	}
}

// TestAssetsAreKeptForEver reads as browsers do.
func TestAssetsAreKeptForEver(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("own-seller", object{})
	uri := text(s.upload("own-seller", "a.png", sample(t, 10)).object(t), "uri")
	browser := s.as("")
	got := browser.do(http.MethodGet, uri, nil, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors")
	if _, err := png.Decode(bytes.NewReader(got.body)); got.code != 200 || err != nil {
		t.Fatalf("%d: %v", got.code, err)
	}
	for name, want := range map[string]string{"Content-Type": "image/png", "Cache-Control": "public, max-age=31536000, immutable",
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "cross-origin"} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
		}
	}
	etag := got.header.Get("ETag")
	if again := browser.do(http.MethodGet, uri, nil, "If-None-Match", etag); again.code != 304 || len(again.body) > 0 || etag == "" {
		t.Errorf("with the ETag %q: %d", etag, again.code)
	}
	if head := browser.do(http.MethodHead, uri, nil); head.code != 200 || head.header.Get("Content-Length") != fmt.Sprint(len(got.body)) {
		t.Errorf("HEAD: %d %v", head.code, head.header)
	}
	sum := sha256.Sum256(got.body)
	for _, guess := range []string{strings.Repeat("a", 32) + ".png", hex.EncodeToString(sum[:16]) + ".png", "", "kettle", "../v1/keys"} {
		if r := browser.do(http.MethodGet, "/assets/"+guess, nil); r.code != 404 {
			t.Errorf("%q: %s", guess, r)
		}
	}
	replica := s.replica()
	if r := replica.as("").do(http.MethodGet, uri, nil); r.code != 200 || !bytes.Equal(r.body, got.body) {
		t.Errorf("another server: %d", r.code)
	}
	if metrics := string(browser.do(http.MethodGet, "/metrics", nil).body); !strings.Contains(metrics, `fixfirst_rpc_requests_total{code="OK",method="/assets"}`) {
		t.Error("readings of pictures are not counted")
	}
}

func TestHostilePictures(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("own-seller", object{})
	bomb := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x75\x30\x00\x00\x75\x30\x08\x02\x00\x00\x00\x3a\xcb\xb0\x2f")
	for _, c := range []struct {
		path, says string
		data       []byte
	}{
		{"a.png", "data", []byte("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")},
		{"a.svg", "data", []byte("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")},
		{"a.png", "data", []byte("<script>alert(1)</script>")},
		{"a.png", "data", bomb},
		{"a.png", "data", sample(t, 1)[:40]},
		{"a.jpg", "path", sample(t, 1)},
		{"a.svg", "path", sample(t, 1)},
		{"a", "path", sample(t, 1)},
		{"a.png/", "path", sample(t, 1)},
		{"../a.png", "path", sample(t, 1)},
		{"a/%2e%2e/%2e%2e/a.png", "path", sample(t, 1)},
		{`a%5Cb.png`, "path", sample(t, 1)},
		{"C:%2Fa.png", "path", sample(t, 1)},
		{strings.Repeat("a", 253) + ".png", "path", sample(t, 1)},
	} {
		began := time.Now()
		r := s.upload("own-seller", c.path, c.data)
		if r.code != 400 && r.code != 404 || r.code == 400 && !strings.Contains(r.fields(), c.says) {
			t.Errorf("%q: %s", c.path, r)
		}
		if took := time.Since(began); took > 500*time.Millisecond {
			t.Errorf("%q was refused only after %s", c.path, took)
		}
	}
	if list := s.must(http.MethodGet, fmt.Sprintf(assetsOf, "own-seller"), nil); len(list["assets"].([]any)) != 0 {
		t.Errorf("kept: %v", list)
	}
	behind := append(sample(t, 1), "PK\x03\x04<script>alert(1)</script>"...)
	uri := text(s.upload("own-seller", "a.png", behind).object(t), "uri")
	if got := s.as("").do(http.MethodGet, uri, nil); got.code != 200 || bytes.Contains(got.body, []byte("script")) {
		t.Errorf("what stood behind the picture came out: %d %q", got.code, got.body)
	}
}

// TestUploadsInFlatMemory sends more at once than fits, and the largest there is.
func TestUploadsInFlatMemory(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		s.sellKettles("own-seller", object{})
		base := s.memory("VmRSS")
		check := func(what string) {
			t.Helper()
			if grown := s.memory("VmHWM") - base; grown > mayGrow() {
				t.Errorf("%s: the server has grown by %d MiB", what, grown>>20)
			}
		}
		const head = "PUT /v1/sellers/own-seller/guides/kettle/assets/a.png HTTP/1.1\nContent-Type: image/png\n"
		piece := strings.Repeat("a", 64<<10)
		for what, r := range map[string]reply{
			"declared":         s.send(t, head+fmt.Sprintf("Content-Length: %d\n", hugeBody), repeated(piece, hugeBody)),
			"chunked":          s.send(t, head+"Transfer-Encoding: chunked\n", chunked("", piece, hugeBody)),
			"chunked, in JSON": s.send(t, strings.Replace(head, "image/png", "application/json", 1)+"Transfer-Encoding: chunked\n", chunked(`{"data":"`, piece, hugeBody)),
		} {
			if r.code != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %.300s, want 413", what, r)
			}
			check(what)
		}
		phone, wide, wider := photo(t, 4_032, 3_024), noise(t), transparent(t)
		inParallel(t, 8, 16, func(n int) error {
			var r reply
			switch path := fmt.Sprintf(assetsOf+"/%d", "own-seller", n); n % 5 {
			case 0:
				r = s.do(http.MethodPut, path+".jpg", phone, "Content-Type", "image/jpeg")
			case 1:
				r = s.do(http.MethodPut, path+".png", wide, "Content-Type", "image/png")
			case 2:
				r = s.do(http.MethodPut, path+".png", object{"data": base64.StdEncoding.EncodeToString(wide)})
			case 3:
				r = s.do(http.MethodPut, path+".png", wider, "Content-Type", "image/png")
			default:
				r = s.do(http.MethodPut, path+".png", bytes.Repeat([]byte{0}, 4<<20), "Content-Type", "image/png")
				if r.code == http.StatusBadRequest {
					return nil
				}
			}
			if r.code != http.StatusOK && r.code != http.StatusTooManyRequests {
				return fmt.Errorf("%d: %.300s", n, r)
			}
			return nil
		})
		check("many at once")
		t.Logf("resident memory: %d MiB before, %d MiB at most", base>>20, s.memory("VmHWM")>>20)
		if r := s.intercept(intent("own-seller", "after", "1", "KETTLE-1")); r.code != http.StatusOK {
			t.Errorf("afterwards: %s", r)
		}
	})
}

// transparent is a small PNG of nearly as many pixels as may be.
func transparent(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 2_890, 2_890))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise is a PNG of nearly 4 MiB.
func noise(t testing.TB) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 1_024, 1_000))
	x := uint32(1)
	for n := range m.Pix {
		x = x*1664525 + 1013904223
		m.Pix[n] = byte(x >> 24)
	}
	m.SetNRGBA(0, 0, color.NRGBA{})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil || b.Len() > 4<<20 {
		t.Fatal(b.Len(), err)
	}
	return b.Bytes()
}
