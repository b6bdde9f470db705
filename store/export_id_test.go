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
	if n, err := idEncoding.Decode(raw, upper); err != nil || n != idBytes {
		return time.Time{}
	}
	var micro [8]byte
	copy(micro[1:], raw[:7])
	return time.UnixMicro(int64(binary.BigEndian.Uint64(micro[:]))).UTC()
}
