package rpc

import (
	"context"
	"fmt"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
	"github.com/fixfirst/fixfirst/troubleshoot/intercept"
)

// Returns serves ReturnsService.
type Returns struct {
	pb.UnimplementedReturnsServiceServer
	store    *store.Store
	now      func() time.Time
	rules    *ruleCache
	tokenKey [32]byte
}

// InterceptReturn decides what to offer a shopper who asked to return an order line.
// Asking again for the same line gives the first answer again.
func (s *Returns) InterceptReturn(ctx context.Context, req *pb.InterceptReturnRequest) (*pb.Intercept, error) {
	asked, err := interceptFromProto(req)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var kept troubleshoot.Intercept
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		in, err := tx.InterceptInputs(asked.Line, now)
		if err != nil {
			return err
		}
		if in.Kept != nil {
			kept = *in.Kept
			return nil
		}
		chat, err := chatOutlook(tx, in.Epoch.Policy, asked.Line, asked.Locale, now)
		if err != nil {
			return err
		}
		decided, err := s.decide(asked, in, chat, now)
		if err != nil {
			return err
		}
		first, isNew, err := tx.KeepIntercept(decided)
		if err == nil && isNew && in.EventsKnown {
			err = tx.RefoldLine(first.Line.Seller, first.Line.OrderID, first.Line.LineID, now)
		}
		kept = first
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("intercept %s: %w", asked.Line, err)
	}
	if kept.RefundURL == "" { // imported history has no link of its own
		kept.RefundURL = asked.RefundURL
	}
	return interceptToProto(kept, s.shopperToken(kept, now)), nil
}

// decide completes the intercept that was asked for with the decision about it.
func (s *Returns) decide(asked troubleshoot.Intercept, in store.InterceptInputs, chat intercept.Chat, now time.Time) (troubleshoot.Intercept, error) {
	policy := in.Epoch.Policy
	rule, err := s.rules.get(policy.OfferIf)
	if err != nil {
		return asked, fmt.Errorf("compile the kept rule of %s: %w", in.Seller.ID, err)
	}
	d := intercept.Decide(policy, rule, in.Salt, intercept.Facts{Line: asked.Line, LineDiffers: in.LineDiffers, Item: in.Item,
		Reason: asked.Reason, Shopper: asked.Shopper, Locale: asked.Locale, Comment: asked.Comment, Guides: in.Guides, Chat: chat, ExpertsTill: in.ExpertsTill, Now: now})
	asked.ID, asked.CreateTime = store.NewID(now), now.UTC().Truncate(time.Microsecond)
	asked.Arm, asked.Why, asked.Offer = d.Arm, d.Why, d.Offer
	return placed(asked, in.Seller, in.Epoch, in.Item), nil
}

// placed puts an intercept into its epoch: its day, when it matures, and what its return would cost.
func placed(i troubleshoot.Intercept, seller troubleshoot.Seller, epoch troubleshoot.Epoch, item troubleshoot.Item) troubleshoot.Intercept {
	zone := store.Zone(seller)
	i.Epoch = epoch.Number
	i.Day = troubleshoot.DayOf(i.CreateTime, zone)
	i.MatureTime = troubleshoot.DayStart(i.Day+int64(epoch.Policy.MaturityDays+epoch.Policy.ReportingLagDays), zone).UTC()
	i.ReturnCost = epoch.Policy.ReturnCost(item)
	return i
}

// shopperToken makes the shopper's short-lived credential for this intercept alone.
func (s *Returns) shopperToken(i troubleshoot.Intercept, now time.Time) string {
	return access.MintShopperToken(s.tokenKey, i.ID, i.Line.Seller, now, troubleshoot.ShopperTokenLife)
}

// GetIntercept returns an intercept to who may see it; to everybody else it is missing.
func (s *Returns) GetIntercept(ctx context.Context, req *pb.GetInterceptRequest) (*pb.Intercept, error) {
	var i troubleshoot.Intercept
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		i, err = seenIntercept(ctx, tx, req.GetIntercept())
		return err
	})
	if err != nil {
		return nil, err
	}
	return interceptTo(PrincipalFrom(ctx), i), nil
}

// seenIntercept loads an intercept if the caller may read it; else it is missing.
func seenIntercept(ctx context.Context, tx *store.Tx, id string) (troubleshoot.Intercept, error) {
	i, err := tx.Intercept(id)
	if err != nil {
		return i, err
	}
	caller := PrincipalFrom(ctx)
	var sessions []troubleshoot.Session
	if caller.Role == troubleshoot.RoleExpert {
		if sessions, err = tx.SessionsOf(id); err != nil {
			return i, err
		}
	}
	if !caller.MayReadIntercept(i, sessions) {
		return i, troubleshoot.Missing("intercept", id)
	}
	return i, nil
}

// ChooseOutcome keeps the shopper's own decision.
func (s *Returns) ChooseOutcome(ctx context.Context, req *pb.ChooseOutcomeRequest) (*pb.Intercept, error) {
	now := s.now()
	var i troubleshoot.Intercept
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if i, err = seenIntercept(ctx, tx, req.GetIntercept()); err != nil {
			return err
		}
		i, err = tx.Choose(i.ID, troubleshoot.Choice(req.GetChoice()), now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return interceptTo(PrincipalFrom(ctx), i), nil
}

// RecordReturns keeps what the store observed.
func (s *Returns) RecordReturns(ctx context.Context, req *pb.RecordReturnsRequest) (*pb.RecordReturnsResponse, error) {
	now := s.now()
	events := make([]troubleshoot.ReturnEvent, len(req.GetEvents()))
	for n, e := range req.GetEvents() {
		var err error
		if events[n], err = returnEventFromProto(e, fmt.Sprintf("events[%d]", n)); err != nil {
			return nil, err
		}
		if events[n].Time.After(now.Add(troubleshoot.MaxClockSkew)) {
			return nil, troubleshoot.Invalid(fmt.Sprintf("events[%d].eventTime", n), "is in the future; send the time at which it happened")
		}
	}
	recorded, duplicates, err := s.store.RecordReturns(ctx, events, now)
	if err != nil {
		return nil, err
	}
	return &pb.RecordReturnsResponse{Recorded: int32(recorded), Duplicates: int32(duplicates)}, nil
}
