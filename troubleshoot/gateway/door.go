package gateway

import (
	"io"
	"log/slog"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Media types that the door knows.
const (
	mediaJSON   = "application/json"
	mediaNDJSON = "application/x-ndjson"
	mediaCSV    = "text/csv"
	mediaText   = "text/plain"
	mediaEvents = "text/event-stream"
)

// ServeHTTP checks a request at the door and passes it to its route.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer g.recovered(w, r)
	secure(w.Header())
	if r.Header == nil {
		r.Header = http.Header{}
	}
	requestID(w, r)
	// Pages of any origin show pictures; a browser asks for them without a credential.
	if _, isAsset := troubleshoot.AssetName(r.URL.Path); !isAsset && g.crossOrigin(w, r) {
		return
	}
	for _, check := range [...]func(*http.Request) *status.Status{checkMethod, checkURL, checkCredential, checkMedia} {
		if refused := check(r); refused != nil {
			g.refused(w, r, refused)
			return
		}
	}
	if !g.limit(w, r) {
		return
	}
	dropForwarding(r.Header)
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		g.outside(w, r)
		return
	}
	negotiate(r)
	// Anonymous callers are told apart by the connection's address, never by what a header says.
	r = r.WithContext(peer.NewContext(r.Context(), &peer.Peer{Addr: remoteAddr(r.RemoteAddr)}))
	if r.URL.Path == interceptPath && r.Method == http.MethodPost {
		g.serveIntercept(w, r)
		return
	}
	if session, ok := messageSession(r); ok {
		g.serveMessage(w, r, session)
		return
	}
	if req, ok := guideRequest(r); ok {
		g.serveGuide(w, r, req)
		return
	}
	g.mux.ServeHTTP(w, r)
}

// refused answers a request whose body nobody reads; the connection is of no use any more if there is one.
func (g *gateway) refused(w http.ResponseWriter, r *http.Request, s *status.Status) {
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
	}
	g.answer(w, r, s)
}

// recovered turns a bug of the gateway into a 500 and a line in the log.
func (g *gateway) recovered(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	g.log.LogAttrs(r.Context(), slog.LevelError, "gateway panicked", slog.Any("panic", p), slog.String("path", r.URL.Path),
		slog.String("requestId", r.Header.Get("X-Request-Id")))
	g.answer(w, r, status.New(codes.Internal, "internal error"))
}

// secure sets what every reply carries. The API answers no page, so nothing in a reply may run, load or be framed.
func secure(h http.Header) {
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["Content-Security-Policy"] = []string{"default-src 'none'; frame-ancestors 'none'"}
	h["Referrer-Policy"] = []string{"no-referrer"}
	h["Cache-Control"] = []string{"no-store"}
	h["Cross-Origin-Resource-Policy"] = []string{"same-origin"}
}

// requestID echoes the client's request id, or makes one, which services and their logs see too.
func requestID(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("X-Request-Id")
	if !isToken(id) {
		var b [32]byte
		id = string(strconv.AppendUint(strconv.AppendUint(b[:0], rand.Uint64()|1<<63, 16), rand.Uint64()|1<<63, 16))
	}
	r.Header["X-Request-Id"] = []string{id}
	w.Header()["X-Request-Id"] = []string{id}
}

// isToken reports whether an id may go into logs and headers as it is.
func isToken(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return id != "" && len(id) <= maxRequestID
}

func checkMethod(r *http.Request) *status.Status {
	for _, name := range [...]string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		if len(r.Header[name]) > 0 {
			return refuse(codes.InvalidArgument, "METHOD_OVERRIDE", "the method cannot be overridden: send the request with the method itself")
		}
	}
	return nil
}

// checkURL refuses credentials in URLs, which end up in logs and histories, and text that no store can keep.
func checkURL(r *http.Request) *status.Status {
	if !isText(r.URL.Path) {
		return refuse(codes.InvalidArgument, "INVALID_PATH", "the path must be UTF-8 without control characters")
	}
	if r.URL.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuse(codes.InvalidArgument, "INVALID_QUERY", "the query is not well formed: escape % ; & and + in values")
	}
	for name, values := range query {
		for _, value := range values {
			if isCredential(name, value) {
				return refuse(codes.Unauthenticated, "CREDENTIAL_IN_URL",
					"a credential must not be in the URL: send it in the header Authorization: Bearer <key>; revoke this one, URLs are logged")
			}
			if !isText(name) || !isText(value) {
				return refuse(codes.InvalidArgument, "INVALID_QUERY", "the query must be UTF-8 without control characters")
			}
		}
	}
	return nil
}

func isCredential(name, value string) bool {
	switch strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name)) {
	case "key", "apikey", "xapikey", "accesstoken", "token", "shoppertoken", "auth", "authorization", "bearer", "secret", "password":
		return true
	}
	return strings.HasPrefix(value, "ff_") || strings.HasPrefix(value, "ffs_")
}

func isText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return utf8.ValidString(s)
}

func checkCredential(r *http.Request) *status.Status {
	values := r.Header["Authorization"]
	if len(values) > 1 {
		return refuse(codes.Unauthenticated, "SEVERAL_AUTHORIZATIONS", "send one Authorization header")
	}
	if len(values) == 1 && len(values[0]) > maxBearer {
		return refuse(codes.Unauthenticated, "CREDENTIAL_TOO_LARGE", "the Authorization header is too large")
	}
	return nil
}

// checkMedia lets in JSON, rows of JSON where rows are imported, and a picture where one is uploaded, none compressed.
func checkMedia(r *http.Request) *status.Status {
	for _, e := range r.Header["Content-Encoding"] {
		if e != "" && !strings.EqualFold(e, "identity") {
			return refuse(codes.InvalidArgument, "UNSUPPORTED_ENCODING", "send the body without Content-Encoding")
		}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		delete(r.Header, "Content-Type") // it speaks of the body only, but the mux would choose the reply by it
		return nil
	}
	if isUpload(r) && isRaw(r) {
		return nil
	}
	sent := r.Header["Content-Type"]
	if len(sent) == 0 || len(sent) == 1 && (sent[0] == mediaJSON || sent[0] == "") {
		return nil
	}
	for _, s := range sent {
		media, params, err := mime.ParseMediaType(s)
		known := media == mediaJSON || isImport(r) && (media == mediaNDJSON || media == "application/ndjson" || media == "application/jsonl")
		if charset := params["charset"]; err != nil || !known || charset != "" && !strings.EqualFold(charset, "utf-8") {
			return refuse(codes.InvalidArgument, "UNSUPPORTED_MEDIA", "Content-Type must be application/json (or application/x-ndjson for imports), in UTF-8")
		}
	}
	r.Header["Content-Type"] = []string{mediaJSON}
	return nil
}

// isImport reports whether a request is one of the three imports, whose bodies have no bound but whose rows have.
func isImport(r *http.Request) bool {
	path := r.URL.Path
	switch {
	case r.Method != http.MethodPost:
		return false
	case path == importIntercepts || path == importOrderLines:
		return true
	}
	seller, ok := strings.CutPrefix(path, "/v1/sellers/")
	seller, isItems := strings.CutSuffix(seller, "/items:import")
	return ok && isItems && seller != "" && !strings.Contains(seller, "/")
}

// limit bounds the body, but not that of an import, whose rows are bounded. It reports false when it has refused.
func (g *gateway) limit(w http.ResponseWriter, r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody || isImport(r) {
		return true
	}
	most := int64(maxBody)
	switch {
	case isUpload(r):
		most = maxUpload(r)
	case strings.Contains(r.URL.Path, "/guides"):
		most = maxGuideBody
	}
	if r.ContentLength > most {
		g.refused(w, r, errTooLarge(most))
		return false
	}
	r.Body = &body{ReadCloser: http.MaxBytesReader(w, r.Body, most)}
	return true
}

// body is a bounded request body that remembers why it could not be decoded.
type body struct {
	io.ReadCloser
	failure error
}

// dropForwarding drops what only a trusted proxy may say; the runtime adds the connection's own address.
func dropForwarding(h http.Header) {
	delete(h, "X-Forwarded-For")
	delete(h, "X-Forwarded-Host")
	delete(h, "Grpc-Timeout")
}

// remoteAddr is the address of a connection, parsed by whoever needs it.
type remoteAddr string

// Network is that of all HTTP connections.
func (remoteAddr) Network() string { return "tcp" }

// String is host and port.
func (a remoteAddr) String() string { return string(a) }
