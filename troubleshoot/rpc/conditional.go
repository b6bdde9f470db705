package rpc

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// requestIDOf gives the id of a request that must not be done twice: the field, or the header that means the same.
func requestIDOf(ctx context.Context, field string) (string, error) {
	return fieldOrHeader(ctx, "requestId", field, "Idempotency-Key")
}

// etagOf gives the etag that the caller read last: the field, or the header that means the same.
func etagOf(ctx context.Context, field string) (string, error) {
	etag, err := fieldOrHeader(ctx, "etag", field, "If-Match")
	if etag == "*" { // any state will do, RFC 9110 section 13.1.1
		return "", err
	}
	return strings.Trim(strings.TrimPrefix(etag, "W/"), `"`), err
}

// fieldOrHeader refuses a field and a header that say different things.
func fieldOrHeader(ctx context.Context, name, field, header string) (string, error) {
	values := metadata.ValueFromIncomingContext(ctx, strings.ToLower(header))
	if len(values) == 0 {
		return field, nil
	}
	value := values[0]
	switch {
	case len(values) > 1, field != "" && strings.Trim(value, `"`) != field:
		return "", troubleshoot.Invalid(name, "differs from the header %s; send one of them", header)
	case len(value) > 130:
		return "", troubleshoot.Invalid(name, "is longer than 128 characters in the header %s", header)
	}
	return value, nil
}

// showEtag puts a resource's etag into the reply's header. A call without a transport has no header to put it in.
func showEtag(ctx context.Context, etag string) {
	if etag != "" && grpc.ServerTransportStreamFromContext(ctx) != nil {
		_ = grpc.SetHeader(ctx, metadata.Pairs("etag", `"`+etag+`"`)) // fails only once headers are sent
	}
}
