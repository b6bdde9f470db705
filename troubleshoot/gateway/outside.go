package gateway

import (
	"log/slog"
	"net/http"

	"google.golang.org/grpc/codes"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

const index = `{"name":"Fixfirst","api":"/v1/","openapi":"/openapi.json","health":"/healthz","ready":"/readyz","metrics":"/metrics"}`

// outside answers the routes that are no RPC.
func (g *gateway) outside(w http.ResponseWriter, r *http.Request) {
	var answer func(http.ResponseWriter, *http.Request)
	switch r.URL.Path {
	case "/":
		answer = g.root
	case "/healthz":
		answer = func(w http.ResponseWriter, _ *http.Request) { write(w, mediaJSON, []byte(`{"status":"ok"}`)) }
	case "/readyz":
		answer = g.readyz
	case "/openapi.json":
		answer = g.openAPIJSON
	case "/metrics":
		if g.metrics != nil {
			answer = g.metrics.ServeHTTP
		}
	default:
		if name, ok := troubleshoot.AssetName(r.URL.Path); ok {
			answer = func(w http.ResponseWriter, r *http.Request) { g.serveAsset(w, r, name) }
		} else {
			answer = g.pageAt(r.URL.Path)
		}
	}
	switch {
	case answer == nil:
		g.answer(w, r, errRoute(r))
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		g.answer(w, r, errMethod(r))
	default:
		answer(w, r)
	}
}

func (g *gateway) readyz(w http.ResponseWriter, r *http.Request) {
	if err := g.ready(r.Context()); err != nil {
		g.log.LogAttrs(r.Context(), slog.LevelInfo, "not ready", slog.String("error", err.Error()))
		g.answer(w, r, refuse(codes.Unavailable, "NOT_READY", "not ready"))
		return
	}
	write(w, mediaJSON, []byte(`{"status":"ready"}`))
}

func (g *gateway) openAPIJSON(w http.ResponseWriter, r *http.Request) {
	data, err := g.openAPI()
	if err != nil {
		g.log.LogAttrs(r.Context(), slog.LevelError, "openapi.json not made", slog.String("error", err.Error()))
		g.answer(w, r, refuse(codes.Internal, "NO_OPENAPI", "internal error"))
		return
	}
	write(w, mediaJSON, data)
}

// write answers 200; net/http leaves the body out where the method is HEAD.
func write(w http.ResponseWriter, media string, data []byte) {
	w.Header().Set("Content-Type", media)
	_, _ = w.Write(data) // the client is gone, there is nobody to tell
}
