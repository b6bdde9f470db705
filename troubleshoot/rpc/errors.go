package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Bounds of an error, which travels in the headers of the reply.
const (
	maxMessage    = 1024 // bytes
	maxViolations = 20
)

// internalMessage is all that a client learns of an error that is not its own.
const internalMessage = "internal error"

// codeOf is the one table from the domain's codes to gRPC's.
var codeOf = [...]codes.Code{
	troubleshoot.Internal:           codes.Internal,
	troubleshoot.InvalidArgument:    codes.InvalidArgument,
	troubleshoot.NotFound:           codes.NotFound,
	troubleshoot.Unauthenticated:    codes.Unauthenticated,
	troubleshoot.PermissionDenied:   codes.PermissionDenied,
	troubleshoot.FailedPrecondition: codes.FailedPrecondition,
	troubleshoot.Aborted:            codes.Aborted,
	troubleshoot.ResourceExhausted:  codes.ResourceExhausted,
	troubleshoot.Unavailable:        codes.Unavailable,
	troubleshoot.DeadlineExceeded:   codes.DeadlineExceeded,
}

// errorMapper turns errors into gRPC statuses and logs what the client does not get to see of them.
type errorMapper struct {
	log    *slog.Logger
	causes *causeLog
}

// exhaustedError is a ResourceExhausted that says when to try again.
type exhaustedError struct {
	reason *troubleshoot.Error
	wait   time.Duration
}

// Error gives the reason's message.
func (e *exhaustedError) Error() string { return e.reason.Error() }

// Unwrap gives the reason.
func (e *exhaustedError) Unwrap() error { return e.reason }

func (c *Chain) mapErrorsUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	resp, err := handler(ctx, req)
	if err != nil {
		return nil, c.errors.toStatus(ctx, err)
	}
	return resp, nil
}

func (c *Chain) mapErrorsStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := handler(srv, stream); err != nil {
		return c.errors.toStatus(stream.Context(), err)
	}
	return nil
}

// toStatus gives the error that goes to the client for err.
func (m errorMapper) toStatus(ctx context.Context, err error) error {
	s := statusOf(err)
	var domain *troubleshoot.Error
	switch {
	case s.Code() == codes.Internal:
		call := callFrom(ctx)
		m.log.LogAttrs(ctx, slog.LevelError, internalMessage, slog.String("requestId", call.requestID),
			slog.String("method", call.method), slog.String("error", err.Error()))
	case errors.As(err, &domain) && domain.Cause != nil:
		m.causes.write(ctx, domain)
	}
	return s.Err()
}

// statusOf maps an error: the domain's own by the table, the end of a context by its kind, a status that another gRPC
// service made as it is, and anything else to INTERNAL without a word about what it was.
func statusOf(err error) *status.Status {
	var exhausted *exhaustedError
	var domain *troubleshoot.Error
	var made interface{ GRPCStatus() *status.Status }
	switch {
	case errors.As(err, &exhausted):
		return domainStatus(exhausted.reason, retryAfter(exhausted.wait))
	case errors.As(err, &domain):
		return domainStatus(domain)
	case errors.Is(err, context.DeadlineExceeded):
		return status.New(codes.DeadlineExceeded, "not done in time; whether it took effect is not known: ask again")
	case errors.Is(err, context.Canceled):
		return status.New(codes.Canceled, "the caller went away")
	case errors.As(err, &made):
		return made.GRPCStatus()
	}
	return status.New(codes.Internal, internalMessage)
}

func domainStatus(e *troubleshoot.Error, details ...protoadapt.MessageV1) *status.Status {
	code := codes.Internal
	if e.Code >= 0 && int(e.Code) < len(codeOf) {
		code = codeOf[e.Code]
	}
	if code == codes.Internal {
		return status.New(code, internalMessage)
	}
	if len(e.Violations) > 0 {
		details = append(details, badRequest(e.Violations))
	}
	s := status.New(code, clip(e.Message, maxMessage))
	if len(details) == 0 {
		return s
	}
	detailed, err := s.WithDetails(details...)
	if err != nil { // a detail that does not marshal: its text is no UTF-8, the error itself still counts
		return s
	}
	return detailed
}

// badRequest names the first wrong fields.
func badRequest(violations []troubleshoot.Violation) *errdetails.BadRequest {
	all := &errdetails.BadRequest{}
	for _, v := range violations[:min(len(violations), maxViolations)] {
		all.FieldViolations = append(all.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: clip(v.Field, maxMessage), Description: clip(v.Description, maxMessage),
		})
	}
	return all
}

// retryAfter tells a client when to try again.
func retryAfter(wait time.Duration) *errdetails.RetryInfo {
	return &errdetails.RetryInfo{RetryDelay: durationpb.New(wait)}
}

// clip bounds a text for a header, in bytes, and makes it valid UTF-8.
func clip(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit] + "…"
	}
	return strings.ToValidUTF8(text, "�")
}

// invalidRequest joins violations into one error; its message names the first field and counts the others.
func invalidRequest(violations []troubleshoot.Violation) *troubleshoot.Error {
	first := troubleshoot.Invalid(violations[0].Field, "%s", violations[0].Description)
	first.Violations = violations
	if more := len(violations) - 1; more > 0 {
		first.Message += fmt.Sprintf(" (and %d more)", more)
	}
	return first
}

// outOfReach tells an error that passes with time from one that does not.
func outOfReach(err error) bool {
	code := statusOf(err).Code()
	return code == codes.Unavailable || code == codes.DeadlineExceeded
}
