package gateway

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// refusalReasons are the reasons of all errors that the gateway itself makes: the values of the metric's label, so that
// nobody outside can make new ones.
var refusalReasons = [...]string{
	"BODY_TOO_LARGE", "BODY_TOO_SLOW", "CONNECTION_BROKEN", "CREDENTIAL_IN_URL", "CREDENTIAL_TOO_LARGE", "EMPTY_BODY",
	"IMPORT_STALLED", "INVALID_HEADER", "INVALID_JSON", "INVALID_PARAMETER", "INVALID_PATH", "INVALID_QUERY", "INVALID_ROW",
	"METHOD_NOT_ALLOWED", "METHOD_OVERRIDE", "NOT_READY", "NO_OPENAPI", "ORIGIN_NOT_ALLOWED", "ROW_TOO_LARGE",
	"SEVERAL_AUTHORIZATIONS", "TOO_MANY_PICTURES", "TOO_MANY_UPLOADS", "UNKNOWN_PARAMETER", "UNKNOWN_ROUTE", "UNSUPPORTED_ENCODING", "UNSUPPORTED_MEDIA",
}

// refusals counts and logs what the gateway refuses: the interceptors, which count and log all else, never see it.
type refusals struct {
	log      *slog.Logger
	byReason map[string]prometheus.Counter
}

func newRefusals(log *slog.Logger, registry prometheus.Registerer) *refusals {
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fixfirst_gateway_refused_total", Help: "Requests that the REST door refused, by the reason in the error.",
	}, []string{"reason"})
	if registry != nil {
		registry.MustRegister(refused)
	}
	all := &refusals{log: log, byReason: make(map[string]prometheus.Counter, len(refusalReasons))}
	for _, reason := range refusalReasons {
		all.byReason[reason] = refused.WithLabelValues(reason)
	}
	return all
}

// note counts a request that is refused for a reason of the gateway's own, and logs it at Debug: what strangers send
// must not fill the log. Reasons of the services are theirs to count.
func (f *refusals) note(r *http.Request, reason string) {
	counter, own := f.byReason[reason]
	if !own {
		return
	}
	counter.Inc()
	f.log.LogAttrs(r.Context(), slog.LevelDebug, "request refused", slog.String("requestId", r.Header.Get("X-Request-Id")),
		slog.String("reason", reason))
}
