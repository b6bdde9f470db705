package rpc

import (
	"context"
	"slices"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

const (
	// defaultDeadline ends a unary call whose client set none, or a longer one.
	defaultDeadline = 10 * time.Second
	// failOpenRetry is when a storefront may ask again for a decision that was not made.
	failOpenRetry = time.Second
)

// Words of a reply that fails open; the reason and domain are those of its google.rpc.ErrorInfo, whose metadata carries
// the refund link as "refundUrl".
const (
	failOpenMessage = "no decision could be made; refund now: send the shopper to refundUrl"
	failOpenReason  = "FAIL_OPEN"
	errorDomain     = "fixfirst"
	refundURLKey    = "refundUrl"
)

func (c *Chain) limitTimeUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if intercept, ok := req.(*pb.InterceptReturnRequest); ok {
		return c.interceptInTime(ctx, intercept, handler)
	}
	ctx, cancel := context.WithTimeout(ctx, defaultDeadline)
	defer cancel()
	return handler(ctx, req)
}

// interceptInTime keeps the promise that the refund is never blocked: an intercept that cannot be decided, for want of
// time, store or luck, answers UNAVAILABLE with the shopper's refund link, and one too many RESOURCE_EXHAUSTED with it.
// Panics are caught here already, because the recovery outside knows nothing of refunds.
func (c *Chain) interceptInTime(ctx context.Context, req *pb.InterceptReturnRequest, handler grpc.UnaryHandler) (resp any, err error) {
	limited, cancel := context.WithTimeout(ctx, troubleshoot.InterceptDeadline)
	defer cancel()
	defer func() {
		switch status.Code(err) {
		case codes.Unavailable, codes.DeadlineExceeded, codes.Internal:
			resp, err = nil, failOpen(req, codes.Unavailable, failOpenRetry)
		case codes.ResourceExhausted:
			resp, err = nil, failOpen(req, codes.ResourceExhausted, waitOf(err))
		}
	}()
	defer c.recovered(limited, &err)
	return handler(limited, req)
}

// failOpen tells the storefront to refund now. The link is left out if the request never got as far as its validation and
// would not have passed it.
func failOpen(req *pb.InterceptReturnRequest, code codes.Code, wait time.Duration) error {
	info := &errdetails.ErrorInfo{Reason: failOpenReason, Domain: errorDomain, Metadata: map[string]string{}}
	wrong := func(v troubleshoot.Violation) bool { return v.Field == refundURLKey }
	if !slices.ContainsFunc(violations(req), wrong) {
		info.Metadata[refundURLKey] = req.GetRefundUrl()
	}
	s := status.New(code, failOpenMessage)
	if detailed, err := s.WithDetails(info, retryAfter(wait)); err == nil {
		s = detailed
	}
	return s.Err()
}

// waitOf is when an error says to try again, failOpenRetry if it does not.
func waitOf(err error) time.Duration {
	for _, d := range status.Convert(err).Details() {
		if retry, ok := d.(*errdetails.RetryInfo); ok {
			return retry.GetRetryDelay().AsDuration()
		}
	}
	return failOpenRetry
}
