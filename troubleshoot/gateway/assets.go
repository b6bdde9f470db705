package gateway

import (
	"context"
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
	maxSending  = 16 << 20         // bytes of content in memory for all requests at once; it is read in two copies
	sendingWait = 2 * time.Second  // for a part of these
	sendTime    = 30 * time.Second // until a picture must have been taken
)

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
	share := int64(0)
	defer func() { g.sending.Release(share) }()
	want := func(ctx context.Context, size int) (bool, error) {
		if known || r.Method == http.MethodHead {
			return false, nil
		}
		waiting, cancel := context.WithTimeout(ctx, sendingWait)
		defer cancel()
		asked := min(2*int64(size), maxSending)
		if g.sending.Acquire(waiting, asked) != nil {
			return false, refuse(codes.ResourceExhausted, "TOO_MANY_PICTURES", "too many pictures are being read; try again").Err()
		}
		share = asked
		return true, nil
	}
	size, content, err := g.asset(metadata.NewIncomingContext(r.Context(), callMetadata(r)), name, want)
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
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendTime))
	_, _ = w.Write(content) // the client is gone, there is nobody to tell
}
