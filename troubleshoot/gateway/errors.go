package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/protoadapt"
)

// errorDomain is the domain of the ErrorInfo in errors that the gateway itself makes (AIP-193).
const errorDomain = "fixfirst"

// refuse makes an error of the gateway's own; reason is a stable name for programs.
func refuse(code codes.Code, reason, message string) *status.Status {
	return with(status.New(code, message), &errdetails.ErrorInfo{Reason: reason, Domain: errorDomain})
}

func with(s *status.Status, detail protoadapt.MessageV1) *status.Status {
	if d, err := s.WithDetails(detail); err == nil {
		return d
	}
	return s
}

// refuseField is an INVALID_ARGUMENT about one field or parameter.
func refuseField(reason, field, cause string) *status.Status {
	s := refuse(codes.InvalidArgument, reason, field+": "+cause)
	return with(s, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field, Description: cause}}})
}

// httpStatuses are the HTTP statuses of errors whose gRPC code says less than HTTP can, by their reason.
var httpStatuses = map[string]int{
	"BODY_TOO_LARGE":         http.StatusRequestEntityTooLarge,
	"ROW_TOO_LARGE":          http.StatusRequestEntityTooLarge,
	"UNSUPPORTED_ENCODING":   http.StatusUnsupportedMediaType,
	"UNSUPPORTED_MEDIA":      http.StatusUnsupportedMediaType,
	"METHOD_NOT_ALLOWED":     http.StatusMethodNotAllowed,
	"METHOD_OVERRIDE":        http.StatusMethodNotAllowed,
	"CREDENTIAL_TOO_LARGE":   http.StatusRequestHeaderFieldsTooLarge,
	"BODY_TOO_SLOW":          http.StatusRequestTimeout,
	"UNKNOWN_ROUTE":          http.StatusNotFound,
	"ORIGIN_NOT_ALLOWED":     http.StatusForbidden,
	"CREDENTIAL_IN_URL":      http.StatusUnauthorized,
	"SEVERAL_AUTHORIZATIONS": http.StatusUnauthorized,
	"CONNECTION_BROKEN":      http.StatusBadRequest,
}

// bodyError says why a body could not be read.
func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errTooLarge(tooLarge.Limit).Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(codes.DeadlineExceeded, "BODY_TOO_SLOW", "the body came too slowly: send it within "+readTimeout.String()).Err()
	}
	return refuse(codes.InvalidArgument, "CONNECTION_BROKEN", "the body ended before its declared length").Err()
}

func errTooLarge(limit int64) *status.Status {
	return refuse(codes.InvalidArgument, "BODY_TOO_LARGE", "the body is too large: at most "+strconv.FormatInt(limit, 10)+" bytes")
}

// The generated code and the runtime word errors about path and query parameters so; both show the words of strconv.
var badParameter = regexp.MustCompile(`^(type mismatch, parameter: |parsing (?:field|list) "|too many values for field ")([\w.]+)`)

// parameterError names the parameter and says what is wrong in the API's words.
func parameterError(s *status.Status) *status.Status {
	if s.Code() != codes.InvalidArgument || len(s.Proto().GetDetails()) > 0 {
		return s
	}
	m := badParameter.FindStringSubmatch(s.Message())
	if m == nil {
		return s
	}
	cause := "the value does not fit the parameter's type"
	if strings.HasPrefix(m[1], "too many") {
		cause = "give it once"
	}
	return refuseField("INVALID_PARAMETER", lowerCamel(m[2]), cause)
}

// lowerCamel spells a proto field as the API does: page_size is pageSize.
func lowerCamel(name string) string {
	parts := strings.Split(name, "_")
	for i, p := range parts[1:] {
		if p != "" {
			parts[i+1] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}

// errorHandler answers a failed call of the mux.
func (g *gateway) errorHandler(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	if b, ok := r.Body.(*body); ok && b.failure != nil {
		err = b.failure
	}
	var malformed *runtime.HTTPStatusError
	if errors.As(err, &malformed) {
		g.answer(w, r, refuse(codes.InvalidArgument, "INVALID_PATH", "the path is not well escaped"))
		return
	}
	g.answer(w, r, parameterError(status.Convert(err)))
}

// routingError answers paths and methods that the mux does not know.
func (g *gateway) routingError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, httpStatus int) {
	switch httpStatus {
	case http.StatusMethodNotAllowed:
		g.answer(w, r, errMethod(r))
	case http.StatusBadRequest:
		g.answer(w, r, refuse(codes.InvalidArgument, "INVALID_PATH", "the path must begin with /"))
	default:
		g.answer(w, r, errRoute(r))
	}
}

func errMethod(r *http.Request) *status.Status {
	return refuse(codes.Unimplemented, "METHOD_NOT_ALLOWED", "this path has no method "+quoted(r.Method)+": see /openapi.json")
}

func errRoute(r *http.Request) *status.Status {
	return refuse(codes.NotFound, "UNKNOWN_ROUTE", "there is no "+quoted(r.URL.Path)+": see /openapi.json")
}

// answer writes a google.rpc.Status as JSON, with the HTTP status of its code or reason.
func (g *gateway) answer(w http.ResponseWriter, r *http.Request, s *status.Status) {
	h := w.Header()
	h.Del("Trailer")
	h.Del("Transfer-Encoding")
	h.Set("Content-Type", "application/json")
	httpStatus := runtime.HTTPStatusFromCode(s.Code())
	retry := time.Duration(0)
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			if d.GetDomain() != errorDomain {
				continue
			}
			if special, ok := httpStatuses[d.GetReason()]; ok {
				httpStatus = special
			}
			g.refusals.note(r, d.GetReason())
		case *errdetails.RetryInfo:
			retry = max(d.GetRetryDelay().AsDuration(), time.Second)
		}
	}
	switch s.Code() {
	case codes.ResourceExhausted:
		retry = max(retry, time.Second) // a 429 always says when
	case codes.Unauthenticated:
		h.Set("WWW-Authenticate", "Bearer")
	}
	if retry > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((retry+time.Second-1)/time.Second), 10))
	}
	data, err := protojson.Marshal(s.Proto())
	if err != nil {
		g.log.LogAttrs(r.Context(), slog.LevelError, "error not written", slog.String("error", err.Error()), slog.String("path", r.URL.Path))
		data, httpStatus = []byte(`{"code":13,"message":"internal error"}`), http.StatusInternalServerError
	}
	w.WriteHeader(httpStatus)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // the client is gone, there is nobody to tell
	}
}
