package picture

import (
	"bytes"
	"encoding/binary"
)

// maxScans bounds the passes of a JPEG over its pixels. Encoders make about ten; a hostile one costs nothing to send and a
// walk over all pixels to decode.
const maxScans = 32

// Markers of a JPEG that matter here, ITU-T T.81 table B.1.
const (
	sof0, sof1, sof2 = 0xc0, 0xc1, 0xc2
	rst0, rst7       = 0xd0, 0xd7
	eoi, sos, dqt    = 0xd9, 0xda, 0xdb
	app1, app14      = 0xe1, 0xee
)

// frame is what the segments of a JPEG say.
type frame struct {
	width, height int
	components    []component
	progressive   bool
	rgb           bool // marked as RGB in place of YCbCr
	scans         int
	orientation   int
	tableSum      [4]int // sums of the quantisation tables
	firstTable    int    // of the luminance
}

type component struct{ id, h, v int }

// inspectJPEG sets what Read needs to know. It goes from segment to segment as image/jpeg does, so that the two see the
// same scans.
func (h *Header) inspectJPEG(data []byte) error {
	f := frame{orientation: 1}
	for rest := data[2:]; ; {
		at := marker(rest)
		if at < 0 || rest[at] == eoi || len(rest) < at+3 {
			break
		}
		n := int(binary.BigEndian.Uint16(rest[at+1:]))
		segment := after(rest, at+3)
		if n < 2 || len(segment) < n-2 {
			break // the decoder will say so
		}
		f.read(rest[at], segment[:n-2])
		rest = segment[n-2:]
	}
	if f.scans > maxScans {
		return refuse(TooLarge, "has %d passes over its pixels; at most %d are allowed: save it again as a plain JPEG", f.scans, maxScans)
	}
	h.orientation, h.quality, h.Memory = f.orientation, f.quality(), f.memory()
	return nil
}

// marker finds the next marker that begins a segment, or ends the picture; -1 where there is none. Before it may be the
// pixels of a scan, in which 0xff is followed by zero or by the number of a restart.
func marker(data []byte) int {
	for at := 0; ; {
		n := bytes.IndexByte(data[at:], 0xff)
		if n < 0 {
			return -1
		}
		at += n + 1
		for at < len(data) && data[at] == 0xff {
			at++
		}
		if at >= len(data) {
			return -1
		}
		if m := data[at]; m != 0 && (m < rst0 || m > rst7) {
			return at
		}
		at++
	}
}

func (f *frame) read(marker byte, segment []byte) {
	switch marker {
	case sof0, sof1, sof2:
		f.readFrame(segment)
		f.progressive = marker == sof2
	case sos:
		f.scans++
	case dqt:
		f.readTables(segment)
	case app1:
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && f.orientation == 1 {
			f.orientation = orientation(tiff)
		}
	case app14:
		f.rgb = f.rgb || len(segment) >= 12 && string(segment[:5]) == "Adobe" && segment[11] == 0
	}
}

// readFrame reads a frame header, section B.2.2.
func (f *frame) readFrame(segment []byte) {
	if len(segment) < 6 || len(segment) < 6+3*int(segment[5]) {
		return
	}
	f.height, f.width = int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:]))
	f.components = nil
	for c := segment[6 : 6+3*int(segment[5])]; len(c) > 0; c = c[3:] {
		f.components = append(f.components, component{id: int(c[0]), h: int(c[1] >> 4), v: int(c[1] & 15)})
		if len(f.components) == 1 {
			f.firstTable = int(c[2] & 3)
		}
	}
	if len(f.components) == 3 {
		f.rgb = f.rgb || f.components[0].id == 'R' && f.components[1].id == 'G' && f.components[2].id == 'B'
	}
}

// readTables sums up quantisation tables, section B.2.4.1.
func (f *frame) readTables(segment []byte) {
	for len(segment) > 0 {
		id, wide := segment[0]&3, int(segment[0]>>4&1)
		size := 64 << wide
		if len(segment) < 1+size {
			return
		}
		sum := 0
		for n, b := range segment[1 : 1+size] {
			if highByte := wide == 1 && n%2 == 0; highByte {
				sum += int(b) << 8
			} else {
				sum += int(b)
			}
		}
		f.tableSum[id] = sum
		segment = segment[1+size:]
	}
}

// quality estimates the quality that the picture was saved with, as libjpeg scales the luminance table of section K.1,
// whose sum is 3688: encoding it better would make it larger and not nicer.
func (f *frame) quality() int {
	const standard, least, most = 3688, 60, 90
	sum := f.tableSum[f.firstTable]
	if sum == 0 {
		return most
	}
	scale := 100 * sum / standard
	quality := (200 - scale) / 2
	if scale > 100 {
		quality = 5000 / scale
	}
	return min(max(quality, least), most)
}

// memory gives the bytes that image/jpeg takes: the samples of whole blocks, four bytes for each coefficient of a
// progressive picture, a copy for colours that are not YCbCr, and what it takes to turn it.
func (f *frame) memory() int64 {
	if len(f.components) == 0 {
		return 0
	}
	first := f.components[0]
	if len(f.components) == 1 {
		first.h, first.v = 1, 1
	}
	units := func(side, factor int) int64 { return int64((side + 8*factor - 1) / max(1, 8*factor)) }
	blocks := int64(0)
	for n, c := range f.components {
		if n == 0 {
			c = first
		}
		blocks += units(f.width, first.h) * units(f.height, first.v) * int64(c.h*c.v)
	}
	memory := 64 * blocks
	if f.progressive {
		memory += 256 * blocks
	}
	one := int64(f.width) * int64(f.height)
	turning := one // of the luminance; the other planes take the place of what has been turned
	if f.rgb || len(f.components) == 4 {
		memory += 4 * one
		turning = 4 * one
	} else if first.h == 4 {
		turning = 8 * one // no such samples stand upright: it becomes RGBA first
	}
	if f.orientation > 1 {
		memory += turning
	}
	return memory
}

// orientation reads tag 0x0112 of the first directory of Exif's TIFF (CIPA DC-008); 1, upright, where there is none.
func orientation(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case len(tiff) < 8:
		return 1
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(tiff, []byte("II*\x00")):
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := int(order.Uint16(tiff[at:]))
	const size, tag, short = 12, 0x0112, 3
	for entry := tiff[at+2:]; entries > 0 && len(entry) >= size; entries, entry = entries-1, entry[size:] {
		if order.Uint16(entry) == tag && order.Uint16(entry[2:]) == short {
			if value := int(order.Uint16(entry[8:])); value >= 1 && value <= 8 {
				return value
			}
			return 1
		}
	}
	return 1
}
