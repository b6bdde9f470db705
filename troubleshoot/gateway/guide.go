package gateway

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/grpc/metadata"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// guideRequest reads GET /v1/sellers/{seller}/guides/{guide}, with revision=N or without a query. Everything else about
// guides is the mux's.
func guideRequest(r *http.Request) (*pb.GetGuideRequest, bool) {
	if r.Method != http.MethodGet {
		return nil, false
	}
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/v1/sellers/")
	if !ok {
		return nil, false
	}
	seller, rest, _ := strings.Cut(rest, "/")
	guide, ok := strings.CutPrefix(rest, "guides/")
	if !ok || strings.ContainsAny(guide, "/:%") || strings.Contains(seller, "%") || guide == "" {
		return nil, false
	}
	req := &pb.GetGuideRequest{Seller: seller, Guide: guide}
	if r.URL.RawQuery == "" {
		return req, true
	}
	digits, ok := strings.CutPrefix(r.URL.RawQuery, "revision=")
	revision, err := strconv.ParseInt(digits, 10, 32)
	req.Revision = int32(revision)
	return req, ok && err == nil && url.QueryEscape(digits) == digits
}

// guideCache keeps the JSON of guides that the service shows again and again, by the message itself, which nobody changes
// once it has been shown.
type guideCache struct{ encoded *lru.Cache[*pb.Guide, []byte] }

const (
	keptGuides   = 256
	largestGuide = 128 << 10 // bytes of JSON that are worth keeping: 32 MiB in all
)

func newGuideCache() (guideCache, error) {
	encoded, err := lru.New[*pb.Guide, []byte](keptGuides)
	return guideCache{encoded}, err
}

// serveGuide answers a guide that shoppers read, like serveIntercept without the general machinery of the runtime; and
// 304 to who has it already (RFC 9110 section 13.1.2).
func (g *gateway) serveGuide(w http.ResponseWriter, r *http.Request, req *pb.GetGuideRequest) {
	ctx := metadata.NewIncomingContext(r.Context(), callMetadata(r))
	stream := &directStream{method: pb.GuidesService_GetGuide_FullMethodName}
	reply, err := g.direct.serve(ctx, stream, req)
	if err != nil {
		g.errorHandler(ctx, g.mux, g.json, w, r, err)
		return
	}
	// A browser may keep it, but must ask whether it is still the one: it may be archived, and the key revoked.
	w.Header()["Cache-Control"] = []string{"private, no-cache"}
	w.Header().Add("Vary", "Authorization")
	if etag := stream.header.Get("etag"); len(etag) == 1 && matches(r.Header.Values("If-None-Match"), etag[0]) {
		showHeaders(w.Header(), stream)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	guide := reply.(*pb.Guide)
	out, ok := g.guides.encoded.Get(guide)
	if !ok {
		if out, err = g.json.Marshal(guide); err != nil {
			g.errorHandler(ctx, g.mux, g.json, w, r, err)
			return
		}
		if len(out) <= largestGuide && guide.GetMarkdown() == "" { // its author's copy is a new one each time
			g.guides.encoded.Add(guide, out)
		}
	}
	g.reply(w, stream, out)
}

// matches compares an etag weakly with those of If-None-Match.
func matches(headers []string, etag string) bool {
	for _, header := range headers {
		for one := range strings.SplitSeq(header, ",") {
			if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == etag || one == "*" {
				return true
			}
		}
	}
	return false
}
