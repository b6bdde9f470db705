package picture

import (
	"image"
	"image/draw"
)

// upright are the samplings of YCbCr for a picture on its side.
var upright = map[image.YCbCrSubsampleRatio]image.YCbCrSubsampleRatio{
	image.YCbCrSubsampleRatio444: image.YCbCrSubsampleRatio444,
	image.YCbCrSubsampleRatio420: image.YCbCrSubsampleRatio420,
	image.YCbCrSubsampleRatio422: image.YCbCrSubsampleRatio440,
	image.YCbCrSubsampleRatio440: image.YCbCrSubsampleRatio422,
}

// turned applies an EXIF orientation to what image/jpeg decodes to, whose memory it takes over.
func turned(m image.Image, orientation int) image.Image {
	onSide := orientation >= 5
	switch m := m.(type) {
	case *image.Gray:
		p := plane{m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 1}.turned(orientation, nil)
		return &image.Gray{Pix: p.samples, Stride: p.stride, Rect: image.Rect(0, 0, p.width, p.height)}
	case *image.CMYK:
		p := plane{m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 4}.turned(orientation, nil)
		return &image.CMYK{Pix: p.samples, Stride: p.stride, Rect: image.Rect(0, 0, p.width, p.height)}
	case *image.RGBA:
		return turnedRGBA(m, orientation)
	case *image.YCbCr:
		ratio, ok := upright[m.SubsampleRatio]
		switch {
		case !onSide:
			ratio = m.SubsampleRatio
		case !ok:
			flat := image.NewRGBA(m.Rect)
			draw.Draw(flat, flat.Rect, m, m.Rect.Min, draw.Src)
			return turnedRGBA(flat, orientation)
		}
		w, h := chroma(m.Rect.Size(), m.SubsampleRatio)
		y := plane{m.Y, m.YStride, m.Rect.Dx(), m.Rect.Dy(), 1}.turned(orientation, nil)
		cb := plane{m.Cb, m.CStride, w, h, 1}.turned(orientation, m.Y) // each goes where nobody looks any more
		cr := plane{m.Cr, m.CStride, w, h, 1}.turned(orientation, m.Cb)
		return &image.YCbCr{Y: y.samples, Cb: cb.samples, Cr: cr.samples, YStride: y.stride, CStride: cb.stride,
			SubsampleRatio: ratio, Rect: image.Rect(0, 0, y.width, y.height)}
	}
	return m
}

func turnedRGBA(m *image.RGBA, orientation int) image.Image {
	p := plane{m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 4}.turned(orientation, nil)
	return &image.RGBA{Pix: p.samples, Stride: p.stride, Rect: image.Rect(0, 0, p.width, p.height)}
}

// chroma gives the size of the colour planes.
func chroma(size image.Point, ratio image.YCbCrSubsampleRatio) (width, height int) {
	across, down := 1, 1
	switch ratio {
	case image.YCbCrSubsampleRatio422:
		across = 2
	case image.YCbCrSubsampleRatio420:
		across, down = 2, 2
	case image.YCbCrSubsampleRatio440:
		down = 2
	case image.YCbCrSubsampleRatio411:
		across = 4
	case image.YCbCrSubsampleRatio410:
		across, down = 4, 2
	}
	return (size.X + across - 1) / across, (size.Y + down - 1) / down
}

// plane is samples of some bytes each, in rows.
type plane struct {
	samples               []byte
	stride, width, height int
	size                  int // bytes of a sample
}

// turned gives the plane as an EXIF orientation means it to be seen: 2 mirrored, 3 upside down, 4 both, 5 to 8 on its side.
// It is put into memory, if that is large enough.
func (p plane) turned(orientation int, memory []byte) plane {
	right, bottom := (p.width-1)*p.size, (p.height-1)*p.stride
	from, across, down := 0, p.size, p.stride // where to begin, and the steps to the next column and row of the result
	switch orientation {
	case 2:
		from, across = right, -p.size
	case 3:
		from, across, down = right+bottom, -p.size, -p.stride
	case 4:
		from, down = bottom, -p.stride
	case 5:
		across, down = p.stride, p.size
	case 6:
		from, across, down = bottom, -p.stride, p.size
	case 7:
		from, across, down = right+bottom, -p.stride, -p.size
	case 8:
		from, across, down = right, p.stride, -p.size
	}
	out := plane{width: p.width, height: p.height, size: p.size}
	if orientation >= 5 {
		out.width, out.height = p.height, p.width
	}
	out.stride = out.width * p.size
	if out.samples = memory; len(memory) < out.stride*out.height {
		out.samples = make([]byte, out.stride*out.height)
	}
	to := 0
	for y := range out.height {
		at := from + y*down
		for range out.width {
			to += copy(out.samples[to:to+p.size], p.samples[at:at+p.size])
			at += across
		}
	}
	return out
}
