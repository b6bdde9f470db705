package picture_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/guides/picture"
)

const script = "<script>alert(document.domain)</script>"

// TestNothingButPixelsComesOut hides a page, an archive and a place in files that are pictures too.
func TestNothingButPixelsComesOut(t *testing.T) {
	gifComment := "!\xfe" + string([]byte{byte(len(script))}) + script + "\x00"
	still := gifOf(t, 1)
	gifScript := append([]byte("GIF89a/*"), still[8:]...) // the classic: the screen's width begins a comment of JavaScript
	for name, data := range map[string][]byte{
		"PNG with a page in its text":     inPNG(pngOf(t, colours(8, 8)), chunk("tEXt", "Comment\x00"+script)),
		"PNG with a page in a profile":    inPNG(pngOf(t, colours(8, 8)), chunk("eXIf", script)),
		"PNG with an archive behind":      append(pngOf(t, colours(8, 8)), "PK\x03\x04"+script...),
		"JPEG with a page in its comment": inJPEG(jpegOf(t, colours(8, 8), 80), segment(0xfe, script)),
		"JPEG with a place":               inJPEG(jpegOf(t, colours(8, 8), 80), segment(0xe1, "Exif\x00\x00GPS "+script)),
		"JPEG with an archive behind":     append(jpegOf(t, colours(8, 8), 80), "PK\x03\x04"+script...),
		"GIF with a page in its comment":  append(append(slices.Clone(still[:len(still)-1]), gifComment...), ';'),
		"GIF with a page behind":          append(slices.Clone(still), script...),
		"GIF that is JavaScript":          append(slices.Clone(gifScript), "*/=1;"+script...),
		"WebP with a page behind":         append(webpOf(t, webpLossy), script...),
	} {
		t.Run(name, func(t *testing.T) {
			p := mustRead(t, data)
			for _, hidden := range []string{"script", "PK\x03\x04", "GPS", "GIF89a/*", "Exif", "Comment"} {
				if bytes.Contains(p.Content, []byte(hidden)) {
					t.Errorf("%q came out", hidden)
				}
			}
		})
	}
}

// hugePNG is a PNG of one colour in the given size, whose pixels are packed as tightly as zlib can.
func hugePNG(t testing.TB, width, height uint32, depth, colourType, interlace byte, rows int) []byte {
	t.Helper()
	var packed bytes.Buffer
	z, _ := zlib.NewWriterLevel(&packed, zlib.BestCompression)
	if _, err := z.Write(make([]byte, rows)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	head = append(head, depth, colourType, 0, 0, interlace)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", string(head)), chunk("IDAT", packed.String()), chunk("IEND", ""))
}

// frameOf changes the size in a JPEG's frame header, and makes it progressive if wanted.
func frameOf(data []byte, width, height uint16, progressive bool) []byte {
	data = slices.Clone(data)
	at := bytes.Index(data, []byte{0xff, 0xc0})
	if progressive {
		data[at+1] = 0xc2
	}
	binary.BigEndian.PutUint16(data[at+5:], height)
	binary.BigEndian.PutUint16(data[at+7:], width)
	return data
}

// TestBombs: what would need too much memory or time is refused by its headers.
func TestBombs(t *testing.T) {
	small := jpegOf(t, colours(16, 16), 80)
	scan := small[bytes.Index(small, []byte{0xff, 0xda}) : len(small)-2]
	wide := webpOf(t, webpLossy)
	copy(wide[26:], "\xff\x3f\xff\x3f") // 16,383 squared
	screen := gifOf(t, 1)
	copy(screen[6:], "\xff\xff\xff\xff")
	for _, c := range []struct {
		name string
		data []byte
		says string
	}{
		{"a PNG of 30,000 squared", hugePNG(t, 30_000, 30_000, 8, 2, 0, 1<<20), "on a side"},
		{"a PNG of 16,000 squared", hugePNG(t, 16_000, 16_000, 8, 0, 0, 1<<20), "at most 32000000 in all"},
		{"a PNG of one row", hugePNG(t, 1<<30, 1, 8, 2, 0, 1<<20), "on a side"},
		{"a PNG of 11 million colours", hugePNG(t, 3_500, 3_300, 8, 6, 0, 1<<20), "memory"},
		{"a PNG of 6 million deep colours", hugePNG(t, 2_500, 2_500, 16, 6, 0, 1<<20), "memory"},
		{"an interlaced PNG of 6 million colours", hugePNG(t, 2_500, 2_500, 8, 2, 1, 1<<20), "memory"},
		{"a GIF of 65,535 squared", screen, "on a side"},
		{"a WebP of 16,383 squared", wide, "in all"},
		{"a JPEG of 65,500 squared", frameOf(small, 65_500, 65_500, false), "on a side"},
		{"a JPEG of 30 million pixels", frameOf(small, 6_000, 5_000, false), "memory"},
		{"a progressive JPEG of 6 million", frameOf(small, 3_000, 2_000, true), "memory"},
		{"a photo of 14 million pixels to be turned", inJPEG(frameOf(small, 4_667, 3_000, false), exif(6)), "memory"},
		{"a JPEG of 33 passes", slices.Concat(small[:len(small)-2], bytes.Repeat(scan, 32), small[len(small)-2:]), "33 passes"},
	} {
		t.Run(c.name, func(t *testing.T) { wantRefusal(t, c.data, picture.TooLarge, c.says) })
	}
}

// TestMemoryIsAsAnnounced decodes pictures near the limit and watches what the heap takes for them.
func TestMemoryIsAsAnnounced(t *testing.T) {
	tall := image.NewNRGBA(image.Rect(0, 0, 1_000, 1_600))
	photo := jpegOf(t, image.NewYCbCr(image.Rect(0, 0, 4_032, 3_024), image.YCbCrSubsampleRatio420), 80)
	for name, data := range map[string][]byte{
		"PNG":                      pngOf(t, tall),
		"photo of a phone, turned": inJPEG(photo, exif(6)),
		"grey":                     jpegOf(t, image.NewGray(image.Rect(0, 0, 3_000, 2_000)), 80),
		"interlaced PNG":           hugePNG(t, 2_000, 2_000, 8, 2, 1, 2_000*2_000*3+10_000),
	} {
		t.Run(name, func(t *testing.T) {
			h, err := picture.Inspect(data)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			p, err := picture.Read(data)
			runtime.ReadMemStats(&after)
			const rest = 5 << 20 // buffers of decoder and encoder
			taken := int64(after.TotalAlloc-before.TotalAlloc) - 3*int64(len(p.Content))
			if err != nil && name != "interlaced PNG" || taken > h.Memory+rest || taken < h.Memory/3 || h.Memory > picture.MaxMemory {
				t.Errorf("announced %d KiB, took %d KiB: %v", h.Memory>>10, taken>>10, err)
			}
		})
	}
}

// TestPhotosDoNotGrow: a photo that was saved at a low quality is not stored at a high one.
func TestPhotosDoNotGrow(t *testing.T) {
	noise := image.NewNRGBA(image.Rect(0, 0, 256, 256))
	for n := range noise.Pix {
		noise.Pix[n] = byte(n * n >> 3)
	}
	for _, quality := range []int{65, 75, 85, 98} {
		data := jpegOf(t, noise, quality)
		if p := mustRead(t, data); len(p.Content) > len(data)*21/20 {
			t.Errorf("quality %d: %d bytes became %d", quality, len(data), len(p.Content))
		}
	}
}

func TestSubsamplingsOnTheirSide(t *testing.T) {
	for _, sampling := range []string{"\x11", "\x21", "\x12", "\x22", "\x41", "\x42"} {
		data := jpegOf(t, image.NewYCbCr(image.Rect(0, 0, 64, 32), image.YCbCrSubsampleRatio420), 90)
		at := bytes.Index(data, []byte{0xff, 0xc0})
		data[at+11] = sampling[0] // fewer or more blocks than were written: the decoder may not like it, and must not fall
		p, err := picture.Read(inJPEG(data, exif(8)))
		if err == nil && (p.Width != 32 || p.Height != 64) {
			t.Errorf("sampling %x: %d x %d", sampling, p.Width, p.Height)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range [][]byte{
		pngOf(f, colours(5, 4)), jpegOf(f, colours(17, 9), 75), inJPEG(jpegOf(f, colours(9, 17), 75), exif(6)), gifOf(f, 1), gifOf(f, 2),
		webpOf(f, webpLossy), webpOf(f, webpLossless), webpOf(f, webpAlpha), webpClear(f), rgbJPEG(f),
		hugePNG(f, 8, 8, 1, 0, 1, 30), frameOf(jpegOf(f, colours(8, 8), 75), 8, 8, true), []byte("<svg/>"),
		pngOf(f, image.NewPaletted(image.Rect(0, 0, 3, 3), color.Palette{color.Black, color.Transparent})),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := picture.Inspect(data)
		if err == nil && h.Memory > 4<<20 {
			t.Skip("large pictures are only slow")
		}
		p, err := picture.Read(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "the picture ") {
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := picture.Read(p.Content)
		if err != nil || again.Type != p.Type || again.Width != p.Width || again.Height != p.Height {
			t.Fatalf("what came out, %s %d x %d, is read as %s %d x %d: %v", p.Type, p.Width, p.Height, again.Type, again.Width, again.Height, err)
		}
		if same, err := picture.Read(data); err != nil || !bytes.Equal(same.Content, p.Content) {
			t.Fatalf("the same bytes gave another picture: %v", err)
		}
		if p.Type == picture.JPEG {
			if _, err := jpeg.DecodeConfig(bytes.NewReader(p.Content)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
