package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// Bounds of a live stream.
const (
	maxFrame     = 4 << 20          // bytes of one event
	silence      = 45 * time.Second // three of the server's heartbeats: the connection is gone, whatever it looks like
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second
)

// frame is one event of a text/event-stream (WHATWG HTML, "Server-sent events").
type frame struct {
	id, event string // "" where the frame has none
	data      []byte
}

var errLongFrame = errors.New("an event is too long")

// frameReader reads frames.
type frameReader struct {
	in    *bufio.Reader
	alive func()        // told of each line, signs of life too
	retry time.Duration // how long to wait before the next connection, as the server said; 0: it did not
}

func newFrameReader(in io.Reader, alive func()) *frameReader {
	return &frameReader{in: bufio.NewReader(in), alive: alive}
}

// next gives the next frame that says something; comments are passed over. A frame that the stream ends in counts for nothing.
func (r *frameReader) next() (frame, error) {
	var f frame
	said, size := false, 0
	for {
		line, err := r.line(maxFrame - size)
		if err != nil {
			return frame{}, err
		}
		r.alive()
		size += len(line)
		if len(line) == 0 {
			if said {
				f.data = bytes.TrimSuffix(f.data, []byte("\n"))
				return f, nil
			}
			f, size = frame{}, 0
			continue
		}
		name, value, _ := strings.Cut(string(line), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			if !strings.Contains(value, "\x00") {
				f.id = value
			}
		case "event":
			f.event, said = value, true
		case "data":
			f.data, said = append(append(f.data, value...), '\n'), true
		case "retry":
			if ms, err := strconv.ParseUint(value, 10, 16); err == nil {
				r.retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
}

// line gives the next line without its end, which is LF or CR LF: a lone CR, which the standard knows too, is in no JSON that a
// server of Fixfirst sends.
func (r *frameReader) line(most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > most:
			return nil, errLongFrame
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, err
		}
		return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), nil
	}
}

// streamError is how a server ended a stream.
type streamError struct {
	Code    codes.Code
	Message string
}

// Error gives the server's words.
func (e *streamError) Error() string { return e.Message }

// final tells whether trying again would not help: the server has said no.
func final(err error) bool {
	var refused *apiError
	var ended *streamError
	switch {
	case errors.As(err, &refused):
		return refused.status < http.StatusInternalServerError && refused.status != http.StatusTooManyRequests && refused.status != http.StatusRequestTimeout
	case errors.As(err, &ended):
		switch ended.Code {
		case codes.NotFound, codes.PermissionDenied, codes.Unauthenticated, codes.InvalidArgument, codes.FailedPrecondition, codes.Aborted, codes.Unimplemented:
			return true
		}
	}
	return false
}

// pauses between attempts grow, and vary, so that clients that lost one server do not all come at once.
type pauses struct{ next time.Duration }

// wait pauses, at least so long; false: ctx ended.
func (p *pauses) wait(ctx context.Context, least time.Duration) bool {
	p.next = max(firstPause, min(2*p.next, longestPause))
	return pause(ctx, max(least, time.Duration((0.5+rand.Float64())*float64(p.next))))
}

// pause waits; false: ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// feed is a live stream that is opened again after each drop, from the last number on.
type feed struct {
	server *client
	path   string
	last   string            // number of the last event that was taken
	take   func(data []byte) // an event; called in turn
	state  func(err error)   // nil: connected; else why not, before each new attempt. May be nil
}

// follow reads until ctx ends, which is no error, or the server says no for good.
func (f *feed) follow(ctx context.Context) error {
	var between pauses
	for {
		took, retry, err := f.read(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if final(err) {
			return err
		}
		if took {
			between = pauses{}
		}
		if f.state != nil {
			f.state(err)
		}
		if !between.wait(ctx, min(retry, longestPause)) {
			return nil
		}
	}
}

// read reads one connection to its end, and tells whether it worked at all and how long the server wants to be left alone.
func (f *feed) read(ctx context.Context) (took bool, retry time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silent := time.AfterFunc(silence, cancel)
	defer silent.Stop()
	body, err := f.server.openStream(ctx, f.path, f.last)
	if err != nil {
		return false, 0, err
	}
	defer body.Close()
	if f.state != nil {
		f.state(nil)
	}
	frames := newFrameReader(body, func() { silent.Reset(silence) })
	for {
		got, err := frames.next()
		if err != nil {
			return took, frames.retry, fmt.Errorf("the stream ended: %w", err)
		}
		took = true
		if got.event != "" && got.event != "message" {
			ended := &streamError{Code: codes.Unavailable, Message: "the stream ended: " + got.event}
			_ = json.Unmarshal(got.data, ended) // the event's name says enough
			return took, frames.retry, ended
		}
		if ctx.Err() != nil {
			return took, frames.retry, ctx.Err()
		}
		f.take(got.data)
		if got.id != "" {
			f.last = got.id
		}
	}
}

// openStream opens an event stream after the event that last names, "" for all.
func (c *client) openStream(ctx context.Context, path, last string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.base, err)
	}
	req.Header = http.Header{"Accept": {"text/event-stream"}, "Authorization": {"Bearer " + c.key}}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err, silence)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		data, _ := io.ReadAll(io.LimitReader(resp.Body, maxFrame)) // the status says the most
		return nil, readError(resp.StatusCode, data)
	}
	return resp.Body, nil
}
