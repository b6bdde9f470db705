package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/fixfirst/fixfirst/guides/picture"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// Named limits of uploads.
const (
	maxPicture     = picture.MaxBytes // bytes of a body that is a picture
	maxPictureJSON = 6 << 20          // bytes of one that has it in base64, whose slashes may be escaped
	uploadPlaces   = 2                // uploads that are read and kept at once; a large one takes both places
	smallUpload    = 1 << 20          // bytes of a body that takes one place
	uploadWait     = 30 * time.Second // for a place: longer than the slowest sender may keep it
	uploadStall    = 3 * time.Second  // in which a sender must send something of the body
	uploadRate     = 256 << 10        // bytes a second that it must send, after the first uploadStall
)

// uploadPace is that of uploads.
func uploadPace() pace { return pace{stall: uploadStall, rate: uploadRate} }

const mediaBytes = "application/octet-stream"

// assetRoute is the route of a picture. The generated code for it takes JSON alone and leaves some characters of the path
// escaped; the routes here replace it.
const assetRoute = "/v1/sellers/{seller}/guides/{guide}/assets/{path=**}"

func (g *gateway) registerAssets() error {
	return errors.Join(g.mux.HandlePath(http.MethodPut, assetRoute, g.putAsset), g.mux.HandlePath(http.MethodDelete, assetRoute, g.deleteAsset))
}

// escapedAssetPath gives the path of a picture in that of its resource, as it came.
func escapedAssetPath(address *url.URL) (string, bool) {
	parts := strings.SplitN(address.EscapedPath(), "/", 8) // "", v1, sellers, …, guides, …, assets, path
	if len(parts) < 8 || parts[1] != "v1" || parts[2] != "sellers" || parts[4] != "guides" || parts[6] != "assets" {
		return "", false
	}
	return parts[7], true
}

// assetPath gives the path of a picture, each part unescaped once; false where one would hide a slash.
func assetPath(address *url.URL) (string, bool) {
	escaped, ok := escapedAssetPath(address)
	if !ok {
		return "", false
	}
	path := strings.Split(escaped, "/")
	for n, part := range path {
		plain, err := url.PathUnescape(part)
		if err != nil || strings.Contains(plain, "/") {
			return "", false
		}
		path[n] = plain
	}
	return strings.Join(path, "/"), true
}

// isUpload tells the one request whose body may be a picture.
func isUpload(r *http.Request) bool {
	if r.Method != http.MethodPut {
		return false
	}
	_, ok := escapedAssetPath(r.URL)
	return ok
}

// isRaw tells a body that is the picture itself: by its Content-Type, or because there is none, as curl -T sends it.
func isRaw(r *http.Request) bool {
	sent := r.Header["Content-Type"]
	if len(sent) == 0 || len(sent) == 1 && sent[0] == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(sent[0])
	return len(sent) == 1 && err == nil && (media == mediaBytes || strings.HasPrefix(media, "image/"))
}

// maxUpload bounds the body of an upload.
func maxUpload(r *http.Request) int64 {
	if isRaw(r) {
		return maxPicture
	}
	return maxPictureJSON
}

// putAsset answers the upload of a picture. Nothing is read from who may not upload, not more than one at once of a credential,
// and not more than two in all: the door's other bodies are a quarter as large.
func (g *gateway) putAsset(w http.ResponseWriter, r *http.Request, path map[string]string) {
	const method = pb.GuidesService_PutGuideAsset_FullMethodName
	name, ok := assetPath(r.URL)
	if !ok {
		g.refused(w, r, refuse(codes.InvalidArgument, "INVALID_PATH", "the path is not well escaped"))
		return
	}
	req := &pb.PutGuideAssetRequest{Seller: path["seller"], Guide: path["guide"], Path: name}
	ctx := metadata.NewIncomingContext(r.Context(), callMetadata(r))
	credential := ""
	if g.admit != nil {
		admitted, by, err := g.admit(ctx, method, req)
		if err != nil {
			w.Header().Set("Connection", "close") // the body stays unread
			g.errorHandler(ctx, g.mux, g.json, w, r, err)
			return
		}
		ctx, credential = admitted, by
	}
	release, refused := g.uploadPlace(r, credential)
	if refused != nil {
		g.refused(w, r, refused)
		return
	}
	defer release()
	if err := g.readUpload(w, r, req); err != nil {
		g.errorHandler(ctx, g.mux, g.json, w, r, err)
		return
	}
	req.Seller, req.Guide, req.Path = path["seller"], path["guide"], name
	g.call(ctx, w, r, method, req)
}

// uploadPlace waits for the credential's turn, and then for a place; "" is no credential, and takes no turns.
func (g *gateway) uploadPlace(r *http.Request, credential string) (release func(), refused *status.Status) {
	waiting, cancel := context.WithTimeout(r.Context(), uploadWait)
	defer cancel()
	if credential != "" && g.uploaders.acquire(waiting, credential, 1) != nil {
		return nil, refuse(codes.ResourceExhausted, "TOO_MANY_UPLOADS", "this credential uploads other pictures: send one after the other")
	}
	places := int64(uploadPlaces)
	if r.ContentLength >= 0 && r.ContentLength <= smallUpload {
		places = 1
	}
	err := g.uploads.Acquire(waiting, places)
	release = func() {
		if err == nil {
			g.uploads.Release(places)
		}
		if credential != "" {
			g.uploaders.release(credential, 1)
		}
	}
	if err != nil {
		release()
		return nil, refuse(codes.ResourceExhausted, "TOO_MANY_UPLOADS", "too many pictures are being uploaded; try again")
	}
	return release, nil
}

// pacedBody gives each part of a body its own read deadline, from when the reading begins: waiting was not the sender's.
type pacedBody struct {
	body     io.Reader
	control  *http.ResponseController
	pace     pace
	began    time.Time
	received int64
}

// Read reads from the body.
func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(b.pace.deadline(b.began, time.Now(), b.received))
	n, err := b.body.Read(p)
	b.received += int64(n)
	return n, err
}

// readUpload reads the body into the request. The door has bounded it.
func (g *gateway) readUpload(w http.ResponseWriter, r *http.Request, req *pb.PutGuideAssetRequest) error {
	in := &pacedBody{body: r.Body, control: http.NewResponseController(w), pace: uploadPace(), began: time.Now()}
	_ = in.control.SetWriteDeadline(in.began.Add(writeTimeout)) // that of the server began with the wait
	size := r.ContentLength
	if size < 0 {
		size = maxUpload(r) // it has all places to itself; a buffer that grows would leave as much behind as it holds
	}
	var data bytes.Buffer
	data.Grow(int(size) + bytes.MinRead)
	_, err := data.ReadFrom(in)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(codes.DeadlineExceeded, "BODY_TOO_SLOW", fmt.Sprintf(
			"the body came too slowly: send something every %s, and %d KiB a second in all", uploadStall, uploadRate>>10)).Err()
	case err != nil:
		return bodyError(err)
	}
	switch {
	case data.Len() == 0:
		return refuse(codes.InvalidArgument, "EMPTY_BODY", "the body is empty: send the picture").Err()
	case !isRaw(r):
		return g.json.Unmarshal(data.Bytes(), req)
	}
	req.Data = data.Bytes()
	return nil
}

// deleteAsset forgets a picture.
func (g *gateway) deleteAsset(w http.ResponseWriter, r *http.Request, path map[string]string) {
	name, ok := assetPath(r.URL)
	if !ok {
		g.refused(w, r, refuse(codes.InvalidArgument, "INVALID_PATH", "the path is not well escaped"))
		return
	}
	ctx := metadata.NewIncomingContext(r.Context(), callMetadata(r))
	g.call(ctx, w, r, pb.GuidesService_DeleteGuideAsset_FullMethodName,
		&pb.DeleteGuideAssetRequest{Seller: path["seller"], Guide: path["guide"], Path: name})
}

// call runs a unary method and writes what it answers.
func (g *gateway) call(ctx context.Context, w http.ResponseWriter, r *http.Request, method string, req proto.Message) {
	stream := &directStream{method: method}
	reply, err := g.direct.serve(ctx, stream, req)
	if err != nil {
		g.errorHandler(ctx, g.mux, g.json, w, r, err)
		return
	}
	out, err := g.json.Marshal(reply)
	if err != nil {
		g.errorHandler(ctx, g.mux, g.json, w, r, err)
		return
	}
	g.reply(w, stream, out)
}
