// Package picture makes the pictures of guides fit to be shown: it reads PNG, JPEG, GIF and lossy WebP by their content,
// never by a name, and encodes them anew, so that nothing but the pixels stays. Metadata, colour profiles, comments, and
// whatever else a file carries before, between and behind its pixels are gone; the orientation of a photo is applied first.
//
// It is total and bounded: what a decoder would have to hold in memory is computed from the headers before it runs, and a
// decoder that panics has read a broken picture. The same bytes give the same picture.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// Named limits of a picture.
const (
	MaxBytes   = 4 << 20    // of what is uploaded
	MaxContent = 6 << 20    // bytes of what comes out, which is larger where the upload was compressed better
	MaxPixels  = 32_000_000 // width times height
	MaxSide    = 16_384     // pixels; encoders hold several rows at once
	MaxMemory  = 32 << 20   // bytes of pixels while decoding: a photo of 12 megapixels that has to be turned needs 30 MiB
)

// Type is a format of pictures, by the name that follows "image/" in its media type.
type Type string

// Types that are read. WebP comes out as JPEG, or as PNG where it is transparent.
const (
	PNG  Type = "png"
	JPEG Type = "jpeg"
	GIF  Type = "gif"
	WebP Type = "webp"
)

// MediaType gives the value of a Content-Type.
func (t Type) MediaType() string { return "image/" + string(t) }

// Extension gives the usual end of a file's name, without the dot.
func (t Type) Extension() string {
	if t == JPEG {
		return "jpg"
	}
	return string(t)
}

// Reason says why a picture is refused.
type Reason int8

// Reasons of refusals.
const (
	Unknown     Reason = iota + 1 // no picture, or one of a type that is not read
	TooLarge                      // bytes, pixels or the memory to decode them
	Animated                      // several frames: a browser would show what nobody has looked at
	Unsupported                   // a known type in a variant that is not read
	Broken                        // it does not decode
)

// Error is a refusal. Message continues a sentence about the picture and says how to mend it: "is animated; …".
type Error struct {
	Reason  Reason
	Message string
	Cause   error // of the decoder; may be nil
}

// Error gives the whole sentence.
func (e *Error) Error() string { return "the picture " + e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

func refuse(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Header is what a picture says of itself, before it is decoded.
type Header struct {
	Type          Type
	Width, Height int   // pixels as they are stored
	Memory        int64 // bytes that Read takes for the pixels, at most MaxMemory

	orientation int // EXIF's, 1 to 8
	quality     int // to encode a JPEG with
}

// Picture is what comes out.
type Picture struct {
	Type          Type // PNG, JPEG or GIF
	Source        Type // of what was read
	Width, Height int  // pixels
	Content       []byte
}

// Inspect reads the headers of a picture and refuses what Read must not decode. It is cheap: it decodes no pixel.
// Errors are *Error.
func Inspect(data []byte) (h Header, err error) {
	defer broken(&err, &h.Type)
	if len(data) > MaxBytes {
		return h, refuse(TooLarge, "has %d bytes; at most %d are allowed: make it smaller", len(data), MaxBytes)
	}
	if h.Type, err = typeOf(data); err != nil {
		return h, err
	}
	var config image.Config
	switch h.Type {
	case PNG:
		config, err = png.DecodeConfig(bytes.NewReader(data))
	case JPEG:
		config, err = jpeg.DecodeConfig(bytes.NewReader(data))
	case GIF:
		config, err = gif.DecodeConfig(bytes.NewReader(data))
	case WebP:
		config, err = webp.DecodeConfig(bytes.NewReader(data))
	}
	if err != nil {
		return h, unreadable(h.Type, err)
	}
	h.Width, h.Height = config.Width, config.Height
	if err := checkSize(config.Width, config.Height); err != nil {
		return h, err
	}
	switch h.Type {
	case PNG:
		h.Memory, err = inspectPNG(data, config)
	case JPEG:
		err = h.inspectJPEG(data)
	case GIF:
		h.Memory, err = inspectGIF(data, config)
	case WebP:
		h.Memory, err = inspectWebP(data, config)
	}
	if err == nil && h.Memory > MaxMemory {
		err = refuse(TooLarge, "of %d x %d pixels needs %d MiB of memory to be decoded; at most %d are allowed: make it smaller",
			h.Width, h.Height, h.Memory>>20, MaxMemory>>20)
	}
	return h, err
}

func checkSize(width, height int) error {
	switch {
	case width < 1 || height < 1:
		return refuse(Broken, "has no pixels")
	case width > MaxSide || height > MaxSide:
		return refuse(TooLarge, "has %d x %d pixels; at most %d on a side are allowed: make it smaller", width, height, MaxSide)
	case width*height > MaxPixels:
		return refuse(TooLarge, "has %d x %d pixels; at most %d in all are allowed: make it smaller", width, height, MaxPixels)
	}
	return nil
}

// Read decodes a picture and encodes it anew. Errors are *Error.
func Read(data []byte) (p Picture, err error) {
	h, err := Inspect(data)
	if err != nil {
		return p, err
	}
	defer broken(&err, &h.Type)
	m, err := h.decode(data)
	if err != nil {
		return p, unreadable(h.Type, err)
	}
	size := m.Bounds()
	if err := checkSize(size.Dx(), size.Dy()); err != nil { // a GIF's frame may be smaller than its screen
		return p, err
	}
	if h.orientation > 1 {
		m = turned(m, h.orientation)
		size = m.Bounds()
	}
	p = Picture{Type: h.Type, Source: h.Type, Width: size.Dx(), Height: size.Dy()}
	out := &content{}
	out.buffer.Grow(len(data) + len(data)/4) // mostly enough
	switch h.Type {
	case GIF:
		err = gif.Encode(out, m, nil)
	case JPEG:
		err = jpeg.Encode(out, m, &jpeg.Options{Quality: h.quality})
	case WebP:
		p.Type, err = encodeWebP(out, m)
	default:
		err = png.Encode(out, m)
	}
	if err != nil {
		var refused *Error
		if errors.As(err, &refused) {
			return Picture{}, refused
		}
		return Picture{}, unreadable(h.Type, err)
	}
	p.Content = out.buffer.Bytes()
	return p, nil
}

func (h Header) decode(data []byte) (image.Image, error) {
	in := bytes.NewReader(data)
	switch h.Type {
	case PNG:
		return png.Decode(in)
	case JPEG:
		return jpeg.Decode(in)
	case GIF:
		return gif.Decode(in)
	}
	return webp.Decode(in)
}

// webpQuality is that of JPEGs made of WebP, whose own is not known.
const webpQuality = 88

func encodeWebP(out *content, m image.Image) (Type, error) {
	clear, ok := m.(*image.NYCbCrA)
	if !ok {
		return JPEG, jpeg.Encode(out, m, &jpeg.Options{Quality: webpQuality})
	}
	flat := image.NewNRGBA(image.Rect(0, 0, clear.Rect.Dx(), clear.Rect.Dy())) // an encoder would ask for each pixel by itself
	for y := range flat.Rect.Dy() {
		for x := range flat.Rect.Dx() {
			of, in := clear.YOffset(x, y), clear.COffset(x, y)
			r, g, b := color.YCbCrToRGB(clear.Y[of], clear.Cb[in], clear.Cr[in])
			copy(flat.Pix[y*flat.Stride+4*x:], []byte{r, g, b, clear.A[y*clear.AStride+x]})
		}
	}
	return PNG, png.Encode(out, flat)
}

// content takes what an encoder writes, up to its limit.
type content struct{ buffer bytes.Buffer }

// Write adds to the content.
func (c *content) Write(p []byte) (int, error) {
	if c.buffer.Len()+len(p) > MaxContent {
		return 0, refuse(TooLarge, "has more than %d bytes when it is made anew: make it smaller, or save a photo as JPEG", MaxContent)
	}
	return c.buffer.Write(p)
}

func unreadable(t Type, cause error) *Error {
	return &Error{Reason: Broken, Message: fmt.Sprintf("cannot be read as %s: save it again with another program", article(t)), Cause: cause}
}

func article(t Type) string {
	return map[Type]string{PNG: "a PNG", JPEG: "a JPEG", GIF: "a GIF", WebP: "a WebP"}[t]
}

// broken, deferred, turns a panic of a decoder into an error about the picture.
func broken(err *error, t *Type) {
	if p := recover(); p != nil {
		*err = unreadable(*t, fmt.Errorf("panic: %v", p))
	}
}
