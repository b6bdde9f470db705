package gateway

import (
	"context"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/fixfirst/fixfirst/guides/picture"
)

// Named limits of pictures on their way to browsers. Their names are no secret to whoever sees a guide, so everybody may ask.
const (
	sendingStall = 3 * time.Second // in which a browser must take something of a picture
	sendingRate  = 64 << 10        // bytes a second that it must take, after the first sendingStall
	sendingPiece = 64 << 10        // bytes that are written at once
	// sendingBuffer is how many bytes a system holds for a slow connection. It tells that some are gone only when a third is:
	// of the megabytes that it would hold by itself, a browser at sendingRate does not take as many in sendingStall.
	sendingBuffer = 128 << 10
)

// sendingPace is that of pictures.
func sendingPace() pace { return pace{stall: sendingStall, rate: sendingRate} }

// contentName is what the store names contents by.
var contentName = regexp.MustCompile(`^([a-z2-7]{32})\.(png|jpg|gif)$`)

// contentTypes are those of contents by the ends of their names; a system's own table might say otherwise.
var contentTypes = map[string]string{
	picture.PNG.Extension():  picture.PNG.MediaType(),
	picture.JPEG.Extension(): picture.JPEG.MediaType(),
	picture.GIF.Extension():  picture.GIF.MediaType(),
}

// serveAsset answers GET and HEAD /assets/{name}. The name is made from the content, which therefore never changes: it may be
// kept for ever, shown on pages of any origin, and does nothing but be a picture.
func (g *gateway) serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	parts := contentName.FindStringSubmatch(name)
	if parts == nil || g.asset == nil {
		g.answer(w, r, errRoute(r))
		return
	}
	etag := `"` + parts[1] + `"`
	known := matches(r.Header.Values("If-None-Match"), etag)
	var lent *loan
	defer func() {
		if lent != nil {
			lent.end()
		}
	}()
	want := func(ctx context.Context, size int) (load bool, err error) {
		if known || r.Method == http.MethodHead {
			return false, nil
		}
		if lent, err = g.contents.lend(ctx, holderOf(r.RemoteAddr), name, size); err != nil {
			return false, err
		}
		return lent.load, nil
	}
	size, content, err := g.asset(metadata.NewIncomingContext(r.Context(), callMetadata(r)), name, want)
	if lent != nil && lent.load {
		if err != nil {
			lent.fail(err, r.Context().Err() != nil)
		} else {
			lent.loaded(content)
		}
	}
	switch {
	case status.Code(err) == codes.NotFound:
		g.answer(w, r, errRoute(r))
		return
	case err != nil:
		g.answer(w, r, status.Convert(err))
		return
	}
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if known {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", contentTypes[parts[2]])
	h.Set("Content-Length", strconv.Itoa(size))
	if lent != nil {
		boundBuffer(r.Context(), sendingBuffer)
		sendAt(sendingPace(), w, lent.content.data)
	}
}

// sendAt writes a body in pieces, and no further when its reader is too slow for a pace: the connection is then closed.
func sendAt(p pace, w http.ResponseWriter, body []byte) {
	control := http.NewResponseController(w)
	began := time.Now()
	for rest := body; len(rest) > 0; {
		piece := rest[:min(len(rest), sendingPiece)]
		rest = rest[len(piece):]
		_ = control.SetWriteDeadline(p.deadline(began, time.Now(), int64(len(body)-len(rest))))
		if _, err := w.Write(piece); err != nil {
			return // the client is gone, there is nobody to tell
		}
	}
}

type connectionKey struct{}

// withConnection keeps a request's connection for boundBuffer.
func withConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, c)
}

// boundBuffer says how many bytes the system holds for a connection that has such a thing.
func boundBuffer(ctx context.Context, bytes int) {
	if c, ok := ctx.Value(connectionKey{}).(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = c.SetWriteBuffer(bytes) // fails only when the client is gone
	}
}
