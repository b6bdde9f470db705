package rpc

import (
	"context"

	"google.golang.org/grpc"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// maxSellerID bounds a seller's id in an error, in bytes; the API's longest is as long.
const maxSellerID = 63

// Requests name sellers and intercepts in these fields only; a test compares them with the descriptors.
type (
	sellerNamed    interface{ GetSeller() string }
	lineNamed      interface{ GetOrderLine() *pb.OrderLine }
	eventsNamed    interface{ GetEvents() []*pb.ReturnEvent }
	interceptNamed interface{ GetIntercept() string }
)

func (c *Chain) authoriseUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	principal := PrincipalFrom(ctx)
	err := mayCall(principal, info.FullMethod)
	if err == nil {
		err = mayName(principal, req)
	}
	if err != nil {
		return nil, c.errors.toStatus(ctx, err)
	}
	return handler(ctx, req)
}

func (c *Chain) authoriseStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx := stream.Context()
	principal := PrincipalFrom(ctx)
	if err := mayCall(principal, info.FullMethod); err != nil {
		return c.errors.toStatus(ctx, err)
	}
	return handler(srv, &guardedStream{
		ServerStream: stream, ctx: ctx, received: func(msg any) error { return mayName(principal, msg) },
	})
}

// mayCall looks the method up in the table. What is not there, or has no scope for the role, is refused.
func mayCall(p access.Principal, method string) error {
	rule, _ := access.Lookup(method)
	switch {
	case rule.Scope(p.Role) != access.None:
		return nil
	case p.Anonymous():
		return troubleshoot.Errorf(troubleshoot.Unauthenticated, "no credential; send the header Authorization: Bearer with an API key or shopper token")
	}
	return troubleshoot.Errorf(troubleshoot.PermissionDenied, "this credential's role may not call %s; use a key of a role that may", method)
}

// mayName checks what a message names: a credential that is bound to a seller knows no other, and a shopper's no other
// intercept. Ids of sessions, guides and keys are the handlers' to check, once they are loaded. A seller left out is too:
// in a list it means all that the credential may see.
func mayName(p access.Principal, msg any) error {
	if p.Role == troubleshoot.RoleShopper {
		if m, ok := msg.(interceptNamed); ok && m.GetIntercept() != p.Intercept {
			return access.ErrInvalidToken
		}
	}
	if p.Seller == "" {
		return nil
	}
	switch m := msg.(type) {
	case lineNamed:
		return mayNameSeller(p, m.GetOrderLine().GetSeller())
	case eventsNamed:
		for _, event := range m.GetEvents() {
			if err := mayNameSeller(p, event.GetSeller()); err != nil {
				return err
			}
		}
	case sellerNamed:
		return mayNameSeller(p, m.GetSeller())
	}
	return nil
}

// mayNameSeller answers for another's seller in the words of a missing one.
func mayNameSeller(p access.Principal, seller string) error {
	if seller == "" || p.SeesSeller(seller) {
		return nil
	}
	return troubleshoot.Missing("seller", clip(seller, maxSellerID))
}
