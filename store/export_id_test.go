package store

import (
	"encoding/binary"
	"time"
)

// IDTime gives the time that an id of NewID began with; zero for anything else.
func IDTime(id string) time.Time {
	upper := []byte(id)
	for i, c := range upper {
		if c >= 'a' && c <= 'z' {
			upper[i] = c - 'a' + 'A'
		}
	}
	raw := make([]byte, idEncoding.DecodedLen(len(upper)))
	if n, err := idEncoding.Decode(raw, upper); err != nil || n != 22 {
		return time.Time{}
	}
	var milli [8]byte
	copy(milli[2:], raw[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(milli[:]))).UTC()
}
