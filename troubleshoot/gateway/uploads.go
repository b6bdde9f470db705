package gateway

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
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
	uploadWait     = 20 * time.Second // for a place
)

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

// putAsset answers the upload of a picture. Nothing is read from who may not upload, and not more than two at once are: the
// door's other bodies are a quarter as large.
func (g *gateway) putAsset(w http.ResponseWriter, r *http.Request, path map[string]string) {
	const method = pb.GuidesService_PutGuideAsset_FullMethodName
	name, ok := assetPath(r.URL)
	if !ok {
		g.refused(w, r, refuse(codes.InvalidArgument, "INVALID_PATH", "the path is not well escaped"))
		return
	}
	req := &pb.PutGuideAssetRequest{Seller: path["seller"], Guide: path["guide"], Path: name}
	ctx := metadata.NewIncomingContext(r.Context(), callMetadata(r))
	if g.admit != nil {
		if err := g.admit(ctx, method, req); err != nil {
			w.Header().Set("Connection", "close") // the body stays unread
			g.errorHandler(ctx, g.mux, g.json, w, r, err)
			return
		}
	}
	places := int64(uploadPlaces)
	if r.ContentLength >= 0 && r.ContentLength <= smallUpload {
		places = 1
	}
	waiting, cancel := context.WithTimeout(r.Context(), uploadWait)
	err := g.uploads.Acquire(waiting, places)
	cancel()
	if err != nil {
		g.refused(w, r, refuse(codes.ResourceExhausted, "TOO_MANY_UPLOADS", "too many pictures are being uploaded; try again"))
		return
	}
	defer g.uploads.Release(places)
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTimeout)) // the wait was not the sender's
	if err := g.readUpload(r, req); err != nil {
		g.errorHandler(ctx, g.mux, g.json, w, r, err)
		return
	}
	req.Seller, req.Guide, req.Path = path["seller"], path["guide"], name
	g.call(ctx, w, r, method, req)
}

// readUpload reads the body into the request. The door has bounded it.
func (g *gateway) readUpload(r *http.Request, req *pb.PutGuideAssetRequest) error {
	var data bytes.Buffer
	data.Grow(int(max(r.ContentLength, 0)) + bytes.MinRead)
	if _, err := data.ReadFrom(r.Body); err != nil {
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
