package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"strings"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// others are formats that people do upload, with what to do instead.
var others = []struct{ magic, message string }{
	{"BM", "is a BMP; save it as PNG"},
	{"II*\x00", "is a TIFF; save it as PNG or JPEG"},
	{"MM\x00*", "is a TIFF; save it as PNG or JPEG"},
	{"%PDF", "is a PDF; save the page as PNG"},
	{"PK\x03\x04", "is an archive; upload the pictures in it one by one"},
}

// typeOf knows a picture by its first bytes.
func typeOf(data []byte) (Type, error) {
	begins := func(magic string) bool { return bytes.HasPrefix(data, []byte(magic)) }
	switch {
	case begins(pngMagic):
		return PNG, nil
	case begins("\xff\xd8\xff"):
		return JPEG, nil
	case begins("GIF87a"), begins("GIF89a"):
		return GIF, nil
	case begins("RIFF") && len(data) >= 12 && string(data[8:12]) == "WEBP":
		return WebP, nil
	case len(data) >= 12 && string(data[4:8]) == "ftyp":
		return "", refuse(Unknown, "is a HEIC, AVIF or film; save it as JPEG")
	}
	for _, other := range others {
		if begins(other.magic) {
			return "", refuse(Unknown, "%s", other.message)
		}
	}
	if strings.Contains(strings.ToLower(string(data[:min(len(data), 4096)])), "<svg") {
		return "", refuse(Unknown, "is an SVG, which can carry scripts; save it as PNG")
	}
	return "", refuse(Unknown, "is of no type that is known; use PNG, JPEG, GIF or WebP")
}

// inspectPNG gives the memory to decode a PNG, and refuses an animated one.
func inspectPNG(data []byte, config image.Config) (int64, error) {
	clear := false
	for rest := data[len(pngMagic):]; len(rest) >= 12; {
		n := int64(binary.BigEndian.Uint32(rest))
		name := string(rest[4:8])
		if name == "acTL" {
			return 0, errAnimated
		}
		clear = clear || name == "tRNS"
		if name == "IDAT" || int64(len(rest)) < n+12 {
			break
		}
		rest = rest[n+12:]
	}
	bytesPerPixel := int64(4)
	switch config.ColorModel {
	case color.GrayModel:
		if !clear {
			bytesPerPixel = 1
		}
	case color.Gray16Model:
		bytesPerPixel = 2
		if clear {
			bytesPerPixel = 8
		}
	case color.RGBA64Model, color.NRGBA64Model:
		bytesPerPixel = 8
	default:
		if _, ok := config.ColorModel.(color.Palette); ok {
			bytesPerPixel = 1
		}
	}
	memory := pixels(config) * bytesPerPixel
	if interlaced := data[28] != 0; interlaced { // the last byte of the first chunk, which the decoder has read
		memory *= 2
	}
	return memory, nil
}

var errAnimated = refuse(Animated, "is animated; save one of its frames, or show several pictures one after the other")

func pixels(c image.Config) int64 { return int64(c.Width) * int64(c.Height) }

// inspectGIF gives the memory to decode a GIF, and refuses an animated one: the decoder would keep the first frame in
// silence. Of a GIF whose frame is smaller than its screen, the frame comes out.
func inspectGIF(data []byte, config image.Config) (int64, error) {
	const head, descriptor = 13, 10
	rest := after(data, head+colourTable(data[10]))
	frames := 0
	for len(rest) > 0 {
		switch rest[0] {
		case '!':
			rest = subBlocks(after(rest, 2))
		case ',':
			if frames++; frames > 1 {
				return 0, errAnimated
			}
			if len(rest) < descriptor {
				return 2 * pixels(config), nil // the decoder will say what is missing
			}
			rest = subBlocks(after(rest, descriptor+colourTable(rest[9])+1))
		default: // the trailer, or what is no GIF any more
			rest = nil
		}
	}
	return 2 * pixels(config), nil // interlaced rows are put in order in a second copy
}

// colourTable gives the bytes of the table that a GIF's flags announce.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

func after(data []byte, n int) []byte { return data[min(n, len(data)):] }

// subBlocks goes to the end of a chain of sub-blocks.
func subBlocks(data []byte) []byte {
	for len(data) > 0 && data[0] != 0 {
		data = after(data, 1+int(data[0]))
	}
	return after(data, 1)
}

// errLossless: a lossless WebP of some kilobytes can announce thousands of Huffman trees, for which golang.org/x/image
// takes hundreds of megabytes whatever the picture's size is.
var errLossless = refuse(Unsupported, "is a lossless WebP, or has compressed transparency; save it as PNG")

// inspectWebP gives the memory to decode a WebP, and refuses animated and lossless ones.
func inspectWebP(data []byte, config image.Config) (int64, error) {
	clear := false
	for rest := after(data, 12); len(rest) >= 9; {
		n := int64(binary.LittleEndian.Uint32(rest[4:]))
		switch first := rest[8]; string(rest[:4]) {
		case "VP8L":
			return 0, errLossless
		case "ANIM", "ANMF":
			return 0, errAnimated
		case "VP8X":
			if animation := first&2 != 0; animation {
				return 0, errAnimated
			}
		case "ALPH":
			clear = true
			if compression := first & 3; compression != 0 {
				return 0, errLossless
			}
		}
		if int64(len(rest)) < 8+n+n&1 {
			break
		}
		rest = rest[8+n+n&1:]
	}
	up := func(side int) int64 { return int64(side+15) &^ 15 }
	memory := up(config.Width) * up(config.Height) * 3 / 2
	if clear {
		memory += pixels(config) * 5 // the transparency, and the flat copy that is encoded
	}
	return memory, nil
}
