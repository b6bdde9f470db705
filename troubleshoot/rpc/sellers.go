package rpc

import (
	"context"
	"time"

	"google.golang.org/grpc"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Sellers serves SellersService.
type Sellers struct {
	pb.UnimplementedSellersServiceServer
	store *store.Store
	now   func() time.Time
	rules *ruleCache
}

// PutSeller creates or replaces a seller.
func (s *Sellers) PutSeller(ctx context.Context, req *pb.PutSellerRequest) (*pb.Seller, error) {
	seller, err := sellerFromProto(req)
	if err != nil {
		return nil, err
	}
	if err := s.store.Update(ctx, func(tx *store.Tx) error { return tx.PutSeller(seller, s.now()) }); err != nil {
		return nil, err
	}
	return sellerToProto(seller), nil
}

// GetSeller returns a seller.
func (s *Sellers) GetSeller(ctx context.Context, req *pb.GetSellerRequest) (*pb.Seller, error) {
	var seller troubleshoot.Seller
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		seller, err = tx.Seller(req.GetSeller())
		return err
	}); err != nil {
		return nil, err
	}
	return sellerToProto(seller), nil
}

// PutItem creates or replaces an item.
func (s *Sellers) PutItem(ctx context.Context, req *pb.PutItemRequest) (*pb.Item, error) {
	item, err := itemFromProto(req)
	if err != nil {
		return nil, err
	}
	if err := s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.PutItems(item.Seller, []troubleshoot.Item{item}, s.now())
	}); err != nil {
		return nil, err
	}
	return itemToProto(item), nil
}

// GetItem returns an item.
func (s *Sellers) GetItem(ctx context.Context, req *pb.GetItemRequest) (*pb.Item, error) {
	var item troubleshoot.Item
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		item, err = tx.Item(req.GetSeller(), req.GetSku())
		return err
	}); err != nil {
		return nil, err
	}
	return itemToProto(item), nil
}

// ImportItems creates or replaces items.
func (s *Sellers) ImportItems(stream grpc.ClientStreamingServer[pb.PutItemRequest, pb.ImportItemsResponse]) error {
	reply := &pb.ImportItemsResponse{}
	parse := func(req *pb.PutItemRequest) (troubleshoot.Item, error) {
		if err := Validate(req); err != nil {
			return troubleshoot.Item{}, err
		}
		return itemFromProto(req)
	}
	keep := func(ctx context.Context, items []troubleshoot.Item) error {
		bySeller := map[string][]troubleshoot.Item{}
		for _, item := range items {
			bySeller[item.Seller] = append(bySeller[item.Seller], item)
		}
		for seller, items := range bySeller {
			if err := s.store.UpdateBulk(ctx, func(tx *store.Tx) error { return tx.PutItems(seller, items, s.now()) }); err != nil {
				return err
			}
			reply.Imported += int32(len(items))
		}
		return nil
	}
	refusals, refused, err := importRows(stream.Context(), stream.Recv, parse, keep)
	if err != nil {
		return err
	}
	reply.Refused, reply.Refusals = int32(refused), refusals
	return stream.SendAndClose(reply)
}

// PutPolicy puts a policy in force, in a new epoch if it changes anything.
func (s *Sellers) PutPolicy(ctx context.Context, req *pb.PutPolicyRequest) (*pb.Policy, error) {
	policy, err := policyFromProto(req)
	if err != nil {
		return nil, err
	}
	if err := s.rules.rules.Check(policy.OfferIf); err != nil {
		return nil, err
	}
	now := s.now()
	var epoch troubleshoot.Epoch
	var opened bool
	if err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if epoch, opened, err = tx.PutPolicy(req.GetSeller(), policy, now); err != nil || !opened {
			return err
		}
		return tx.Audit(now, req.GetSeller(), PrincipalFrom(ctx).Credential, "policy.put", "sellers/"+req.GetSeller()+"/policy", "")
	}); err != nil {
		return nil, err
	}
	return policyToProto(epoch, opened), nil
}

// GetPolicy returns the policy in force.
func (s *Sellers) GetPolicy(ctx context.Context, req *pb.GetPolicyRequest) (*pb.Policy, error) {
	var epoch troubleshoot.Epoch
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		epoch, err = tx.LiveEpoch(req.GetSeller())
		return err
	}); err != nil {
		return nil, err
	}
	return policyToProto(epoch, false), nil
}
