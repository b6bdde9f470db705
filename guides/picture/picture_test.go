package picture_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/guides/picture"
)

// colours is a picture whose corners can be told apart: red and green above, blue and white below.
func colours(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := [2][2]color.NRGBA{{{255, 0, 0, 255}, {0, 255, 0, 255}}, {{0, 0, 255, 255}, {255, 255, 255, 255}}}[y*2/height][x*2/width]
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

func jpegOf(t testing.TB, m image.Image, quality int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, &jpeg.Options{Quality: quality}) })
}

func gifOf(t testing.TB, frames int) []byte {
	frame := image.NewPaletted(image.Rect(0, 0, 4, 3), color.Palette{color.Black, color.White, color.Transparent})
	all := &gif.GIF{}
	for range frames {
		all.Image, all.Delay = append(all.Image, frame), append(all.Delay, 10)
	}
	return encoded(t, func(b *bytes.Buffer) error { return gif.EncodeAll(b, all) })
}

// The WebP samples are those by which pages find out what a browser can show, one pixel each.
const (
	webpLossy    = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
	webpLossless = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
	webpAlpha    = "UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA=="
	webpAnimated = "UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA"
)

func webpOf(t testing.TB, sample string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(sample)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// webpClear is a lossy WebP with transparency that is not compressed.
func webpClear(t testing.TB) []byte {
	lossy := webpOf(t, webpLossy)[12:]
	body := "WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00ALPH\x02\x00\x00\x00\x00\x80" + string(lossy)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// chunk is one of a PNG.
func chunk(name, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// inPNG puts a chunk behind the first one.
func inPNG(data []byte, chunk []byte) []byte {
	return slices.Concat(data[:33], chunk, data[33:])
}

// segment is one of a JPEG.
func segment(marker byte, data string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2)), data...)
}

// inJPEG puts segments behind the start.
func inJPEG(data []byte, segments ...[]byte) []byte {
	return slices.Concat(data[:2], slices.Concat(segments...), data[2:])
}

func exif(orientation byte) []byte {
	return segment(0xe1, "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x02\x01\x0f\x00\x02\x00\x00\x00\x04ACME\x01\x12\x00\x03\x00\x00\x00\x01\x00"+string([]byte{orientation})+"\x00\x00\x00\x00\x00\x00")
}

func mustRead(t testing.TB, data []byte) picture.Picture {
	t.Helper()
	p, err := picture.Read(data)
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	return p
}

func TestEveryTypeComesOut(t *testing.T) {
	flat := image.NewGray16(image.Rect(0, 0, 6, 5))
	for _, c := range []struct {
		name           string
		data           []byte
		source, result picture.Type
		width, height  int
	}{
		{"PNG", pngOf(t, colours(6, 4)), picture.PNG, picture.PNG, 6, 4},
		{"PNG of 16 bits", pngOf(t, flat), picture.PNG, picture.PNG, 6, 5},
		{"JPEG", jpegOf(t, colours(6, 4), 80), picture.JPEG, picture.JPEG, 6, 4},
		{"grey JPEG", jpegOf(t, image.NewGray(image.Rect(0, 0, 9, 9)), 80), picture.JPEG, picture.JPEG, 9, 9},
		{"GIF", gifOf(t, 1), picture.GIF, picture.GIF, 4, 3},
		{"lossy WebP", webpOf(t, webpLossy), picture.WebP, picture.JPEG, 1, 1},
		{"transparent WebP", webpClear(t), picture.WebP, picture.PNG, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mustRead(t, c.data)
			if p.Source != c.source || p.Type != c.result || p.Width != c.width || p.Height != c.height {
				t.Errorf("%s of %s, %d x %d", p.Type, p.Source, p.Width, p.Height)
			}
			config, kind, err := image.DecodeConfig(bytes.NewReader(p.Content))
			if err != nil || kind != string(c.result) || config.Width != c.width || config.Height != c.height {
				t.Errorf("the content is a %s, %d x %d: %v", kind, config.Width, config.Height, err)
			}
			if again := mustRead(t, c.data); !bytes.Equal(again.Content, p.Content) {
				t.Error("the same bytes gave another picture")
			}
		})
	}
	clear, err := png.Decode(bytes.NewReader(mustRead(t, webpClear(t)).Content))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, a := clear.At(0, 0).RGBA(); a>>8 != 0x80 {
		t.Errorf("transparency %#x, want 0x80", a>>8)
	}
}

func TestPixelsOfLosslessTypesStay(t *testing.T) {
	want := colours(40, 30)
	want.SetNRGBA(3, 3, color.NRGBA{1, 2, 3, 4})
	m, err := png.Decode(bytes.NewReader(mustRead(t, pngOf(t, want)).Content))
	if err != nil || !bytes.Equal(m.(*image.NRGBA).Pix, want.Pix) {
		t.Errorf("other pixels: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		data   string
		reason picture.Reason
		says   string
	}{
		{"nothing", "", picture.Unknown, "no type"},
		{"text", "hello", picture.Unknown, "no type"},
		{"HTML", "<html><img src=x onerror=alert(1)>", picture.Unknown, "no type"},
		{"SVG", `<?xml version="1.0"?><SVG xmlns="http://www.w3.org/2000/svg"><script>1</script></SVG>`, picture.Unknown, "SVG"},
		{"HEIC", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", picture.Unknown, "save it as JPEG"},
		{"BMP", "BM\x00\x00", picture.Unknown, "BMP"},
		{"TIFF", "II*\x00", picture.Unknown, "TIFF"},
		{"an archive", "PK\x03\x04", picture.Unknown, "archive"},
		{"a RIFF of sound", "RIFF\x00\x00\x00\x00WAVEfmt ", picture.Unknown, "no type"},
		{"an animated GIF", string(gifOf(t, 2)), picture.Animated, "one of its frames"},
		{"an animated PNG", string(inPNG(pngOf(t, colours(2, 2)), chunk("acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"))), picture.Animated, "animated"},
		{"an animated WebP", string(webpOf(t, webpAnimated)), picture.Animated, "animated"},
		{"a lossless WebP", string(webpOf(t, webpLossless)), picture.Unsupported, "save it as PNG"},
		{"a WebP with compressed transparency", string(webpOf(t, webpAlpha)), picture.Unsupported, "save it as PNG"},
		{"half a PNG", string(pngOf(t, colours(60, 60))[:90]), picture.Broken, "as a PNG"},
		{"half a JPEG", string(jpegOf(t, colours(60, 60), 80)[:700]), picture.Broken, "as a JPEG"},
		{"half a GIF", string(gifOf(t, 1)[:30]), picture.Broken, "as a GIF"},
		{"half a WebP", string(webpOf(t, webpLossy)[:30]), picture.Broken, "as a WebP"},
		{"a PNG's first bytes", "\x89PNG\r\n\x1a\n", picture.Broken, "as a PNG"},
		{"a GIF without a frame", "GIF89a\x01\x00\x01\x00\x00\x00\x00;", picture.Broken, "as a GIF"},
		{"a GIF of no pixels", "GIF89a\x00\x00\x01\x00\x00\x00\x00;", picture.Broken, "no pixels"},
		{"too many bytes", string(pngOf(t, colours(2, 2))) + strings.Repeat("\x00", picture.MaxBytes), picture.TooLarge, "bytes"},
	} {
		t.Run(c.name, func(t *testing.T) { wantRefusal(t, []byte(c.data), c.reason, c.says) })
	}
}

func wantRefusal(t *testing.T, data []byte, reason picture.Reason, says string) {
	t.Helper()
	began := time.Now()
	_, err := picture.Read(data)
	took := time.Since(began)
	var refused *picture.Error
	if !errors.As(err, &refused) || refused.Reason != reason || !strings.Contains(refused.Message, says) {
		t.Errorf("%v (%v), want reason %d and %q", err, errors.Unwrap(err), reason, says)
	}
	if took > 500*time.Millisecond {
		t.Errorf("refused only after %s", took)
	}
}

// TestOrientation reads the corners of photos that are stored turned, clockwise from above left.
func TestOrientation(t *testing.T) {
	for orientation, want := range map[byte]string{
		0: "RGWB", 1: "RGWB", 2: "GRBW", 3: "WBRG", 4: "BWGR", 5: "RBWG", 6: "BRGW", 7: "WGRB", 8: "GWBR", 9: "RGWB",
	} {
		for name, m := range map[string]image.Image{"4:2:0": colours(48, 32), "odd": colours(51, 37), "RGB": nil} {
			var data []byte
			if m == nil {
				data = rgbJPEG(t)
			} else {
				data = jpegOf(t, m, 90)
			}
			p := mustRead(t, inJPEG(data, exif(orientation)))
			turned, err := jpeg.Decode(bytes.NewReader(p.Content))
			if err != nil {
				t.Fatal(err)
			}
			onSide := orientation >= 5 && orientation <= 8
			if (p.Width < p.Height) != onSide || turned.Bounds().Dx() != p.Width || turned.Bounds().Dy() != p.Height {
				t.Errorf("%s, orientation %d: %d x %d", name, orientation, p.Width, p.Height)
			}
			if got := corners(turned); got != want {
				t.Errorf("%s, orientation %d: corners %s, want %s", name, orientation, got, want)
			}
		}
	}
	p := mustRead(t, inJPEG(jpegOf(t, image.NewGray(image.Rect(0, 0, 20, 10)), 90), exif(6)))
	if p.Width != 10 || p.Height != 20 {
		t.Errorf("a grey photo on its side has %d x %d", p.Width, p.Height)
	}
}

// rgbJPEG says that its three components are colours, so that the decoder gives RGBA; 48 x 32.
func rgbJPEG(t testing.TB) []byte {
	ycc := image.NewYCbCr(image.Rect(0, 0, 48, 32), image.YCbCrSubsampleRatio444)
	for y := range 32 {
		for x := range 48 {
			c := colours(48, 32).NRGBAAt(x, y)
			ycc.Y[ycc.YOffset(x, y)], ycc.Cb[ycc.COffset(x, y)], ycc.Cr[ycc.COffset(x, y)] = c.R, c.G, c.B
		}
	}
	return inJPEG(jpegOf(t, ycc, 95), segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x00"))
}

// corners names the colours of the corners, clockwise from above left.
func corners(m image.Image) string {
	b := m.Bounds()
	name := func(x, y int) byte {
		r, g, b, _ := m.At(x, y).RGBA()
		switch {
		case r > 0x8000 && g > 0x8000 && b > 0x8000:
			return 'W'
		case r > 0x8000:
			return 'R'
		case g > 0x8000:
			return 'G'
		}
		return 'B'
	}
	left, right, top, bottom := b.Min.X+2, b.Max.X-3, b.Min.Y+2, b.Max.Y-3
	return string([]byte{name(left, top), name(right, top), name(right, bottom), name(left, bottom)})
}
