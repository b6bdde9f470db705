package e2e_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// connect opens a connection from a loopback address: 127.0.0.0/8 is ours.
func (s *server) connect(t *testing.T, from int) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(from))}}
	conn, err := dialer.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Skip(err) // a system whose loopback is one address
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// gallery uploads large pictures, no two alike, and gives where they are.
func (s *server) gallery(t *testing.T, count int) []string {
	t.Helper()
	var uris []string
	base := noise(t)
	for n := range count {
		m, err := png.Decode(bytes.NewReader(base))
		if err != nil {
			t.Fatal(err)
		}
		m.(*image.NRGBA).Pix[4*n] ^= 0xff
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		uris = append(uris, text(s.upload("own-seller", fmt.Sprintf("%d.png", n), b.Bytes()).object(t), "uri"))
	}
	return uris
}

// TestPicturesForThoseWhoDoNotRead: who asks for pictures and takes none is in nobody's way, and costs no more memory than there
// is for pictures.
func TestPicturesForThoseWhoDoNotRead(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		s.sellKettles("own-seller", object{})
		uris := s.gallery(t, 8)
		s = s.restarted() // without what the uploads have left
		base := s.memory("VmRSS")
		began := time.Now()
		for n := range 24 {
			if _, err := fmt.Fprintf(s.connect(t, 2+n/12), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", uris[n%len(uris)]); err != nil {
				t.Fatal(err)
			}
		}
		browser := s.as("")
		for range 4 {
			inParallel(t, 2, len(uris), func(n int) error {
				if r := browser.do(http.MethodGet, uris[n], nil); r.code != http.StatusOK {
					return fmt.Errorf("%d of a browser: %.300s", n, r)
				}
				return nil
			})
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("a browser's pictures took %s", took)
		}
		if grown := s.memory("VmHWM") - base; grown > mayGrow() {
			t.Errorf("the server has grown by %d MiB", grown>>20)
		}
		t.Logf("resident memory: %d MiB before, %d MiB at most", base>>20, s.memory("VmHWM")>>20)
	})
}

// TestUploadsBesideThoseWhoSendNothing: announcing uploads costs a credential its own turns, and others next to nothing.
func TestUploadsBesideThoseWhoSendNothing(t *testing.T) {
	t.Parallel() // it only waits
	s := serveSQLite(t)
	s.sellKettles("own-seller", object{})
	for n := range 6 {
		if _, err := fmt.Fprintf(s.connect(t, 1), "PUT /v1/sellers/own-seller/guides/kettle/assets/%d.png HTTP/1.1\r\nHost: x\r\n"+
			"Authorization: Bearer %s\r\nContent-Type: image/png\r\nContent-Length: 2000000\r\n\r\n", n, s.key); err != nil {
			t.Fatal(err)
		}
	}
	seller := s.as(s.newKey(object{"role": "SELLER", "seller": "own-seller"})).in(t)
	began := time.Now()
	if r := seller.upload("own-seller", "a.png", noise(t)); r.code != http.StatusOK || time.Since(began) > slowLimit {
		t.Errorf("another credential's upload after %s: %.300s", time.Since(began), r)
	}
}
