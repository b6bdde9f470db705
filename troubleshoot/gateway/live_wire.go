package gateway

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Named limits of live streams. Their number is bounded by the interceptors.
const (
	liveStall = 30 * time.Second // in which a reader must take a frame; one that is cut off comes again with its cursor
	// liveBuffer is how many bytes a system holds for a reader who takes nothing; it would be megabytes by itself.
	liveBuffer = 32 << 10
	// liveChatter is how many bytes a reader may send after its request; there is nothing to say.
	liveChatter = 4 << 10
)

// liveWire is what a stream's frames go over: the connection, taken from net/http, which holds three times as much for a reader
// that waits as the stream itself. Where it cannot be taken, as with HTTP/2, frames go into the reply.
type liveWire struct {
	reply   http.ResponseWriter // nil once the connection has been taken
	conn    net.Conn            // nil until then
	taken   chan struct{}       // closed then
	gone    context.CancelFunc  // when the reader is
	chunked bool                // as HTTP/1.1 is; the connection's end is that of HTTP/1.0
	begun   bool
}

// begin takes the connection and sends the header of the reply, or leaves that to the first frame.
func (w *liveWire) begin() error {
	w.begun = true
	conn, _, err := http.NewResponseController(w.reply).Hijack()
	switch {
	case errors.Is(err, http.ErrNotSupported):
		w.chunked = false
		return nil
	case err != nil:
		return err
	}
	head := w.head()
	w.conn, w.reply = conn, nil
	close(w.taken)
	go watchReader(conn, w.gone)
	return w.write(head)
}

// head is the beginning of the reply as net/http would write it.
func (w *liveWire) head() []byte {
	var out bytes.Buffer
	h := w.reply.Header()
	h["Date"] = []string{time.Now().UTC().Format(http.TimeFormat)}
	h["Connection"] = []string{"close"}
	if w.chunked {
		h["Transfer-Encoding"] = []string{"chunked"}
		out.WriteString("HTTP/1.1 200 OK\r\n")
	} else {
		out.WriteString("HTTP/1.0 200 OK\r\n")
	}
	_ = h.Write(&out) // a buffer takes all
	out.WriteString("\r\n")
	return out.Bytes()
}

// watchReader says when a reader is gone. What it sends meanwhile means nothing.
func watchReader(conn net.Conn, gone func()) {
	defer gone()
	var said [64]byte
	for left := liveChatter; left > 0; {
		n, err := conn.Read(said[:])
		if err != nil {
			return
		}
		left -= n
	}
}

// Parts of chunks (RFC 9112 section 7.1).
const (
	chunkRoom = "12345678\r\n" // for a size
	lastChunk = "0\r\n\r\n"
)

// open leaves room before a frame.
func (w *liveWire) open(out []byte) []byte {
	if w.chunked {
		return append(out, chunkRoom...)
	}
	return out
}

// send writes a frame that begins with what open left. After the last one nothing comes.
func (w *liveWire) send(frame []byte, last bool) error {
	if w.chunked {
		frame = chunk(frame, last)
	}
	return w.write(frame)
}

// chunk writes the size of a frame before it, and its end. One without content is the last one.
func chunk(frame []byte, last bool) []byte {
	size := len(frame) - len(chunkRoom)
	var space [8]byte
	digits := strconv.AppendUint(space[:0], uint64(size), 16)
	start := len(chunkRoom) - len("\r\n") - len(digits)
	copy(frame[start:], digits)
	frame = append(frame, "\r\n"...)
	if last && size > 0 {
		frame = append(frame, lastChunk...)
	}
	return frame[start:]
}

// write gives the reader liveStall to take what is written.
func (w *liveWire) write(data []byte) error {
	deadline := time.Now().Add(liveStall)
	if w.conn != nil {
		if err := w.conn.SetWriteDeadline(deadline); err != nil {
			return err
		}
		_, err := w.conn.Write(data)
		return err
	}
	control := http.NewResponseController(w.reply)
	_ = control.SetWriteDeadline(deadline) // fails only where there is none
	if _, err := w.reply.Write(data); err != nil {
		return err
	}
	return control.Flush()
}

// close ends the connection, if it was taken.
func (w *liveWire) close() {
	if w.conn != nil {
		_ = w.conn.Close() // what was written is on its way, or nobody takes it
	}
}
