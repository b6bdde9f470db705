package gateway

import (
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
)

// crossOrigin answers preflights and calls from pages of origins that are not allowed, and reports whether it has
// answered. Calls carry a bearer and never a cookie, so allowed origins get no Access-Control-Allow-Credentials.
func (g *gateway) crossOrigin(w http.ResponseWriter, r *http.Request) bool {
	origins := r.Header["Origin"]
	if len(origins) == 0 {
		site := r.Header.Get("Sec-Fetch-Site")
		foreign := (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Mode") != "navigate"
		if foreign {
			g.refuseOrigin(w, r)
		}
		return foreign
	}
	origin := origins[0]
	if len(origins) == 1 && isOwnOrigin(origin, r.Host) {
		return false
	}
	if len(origins) > 1 || !g.origins[origin] {
		g.refuseOrigin(w, r)
		return true
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "ETag, Location, Retry-After, X-Request-Id")
	h.Set("Vary", "Origin")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

func (g *gateway) refuseOrigin(w http.ResponseWriter, r *http.Request) {
	g.refused(w, r, refuse(codes.PermissionDenied, "ORIGIN_NOT_ALLOWED", "pages of this origin may not call: the operator must allow it"))
}

// isOwnOrigin reports whether a page came from this very host, by whatever scheme a proxy speaks.
func isOwnOrigin(origin, host string) bool {
	if rest, ok := strings.CutPrefix(origin, "https://"); ok {
		return rest == host
	}
	rest, ok := strings.CutPrefix(origin, "http://")
	return ok && rest == host
}
