package rpc

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// noReasons, alone in excludedReasons, excludes nothing: protos cannot tell an empty list from a missing one.
const noReasons = "NONE"

// policyFromProto reads a policy that Validate has passed; what is left out takes troubleshoot.DefaultPolicy's value.
// Whether offerIf compiles is for the caller to find out.
func policyFromProto(req *pb.PutPolicyRequest) (troubleshoot.Policy, error) {
	p := troubleshoot.DefaultPolicy()
	p.OfferIf = req.GetOfferIf()
	if req.HoldoutFraction != nil {
		p.HoldoutFraction = req.GetHoldoutFraction()
	}
	if req.SalvageFraction != nil {
		p.SalvageFraction = req.GetSalvageFraction()
	}
	if req.MaturityDays != nil {
		p.MaturityDays = int(req.GetMaturityDays())
	}
	if req.ReportingLagDays != nil {
		p.ReportingLagDays = int(req.GetReportingLagDays())
	}
	if unit := troubleshoot.RandomisationUnit(req.GetRandomisationUnit()); unit != 0 {
		p.RandomisationUnit = unit
	}
	if channels := req.GetChannels(); len(channels) > 0 {
		p.Channels = make([]troubleshoot.Channel, len(channels))
		for n, c := range channels {
			p.Channels[n] = troubleshoot.Channel(c)
		}
	}
	var err error
	if p.ExcludedReasons, err = excludedReasons(req.GetExcludedReasons()); err != nil {
		return troubleshoot.Policy{}, err
	}
	if p.MinimumPrice, err = costFromProto(req.GetMinimumPrice(), "minimumPrice"); err != nil {
		return troubleshoot.Policy{}, err
	}
	if err := readCosts(&p, req); err != nil {
		return troubleshoot.Policy{}, err
	}
	if err := readChat(&p, req); err != nil {
		return troubleshoot.Policy{}, err
	}
	return p, nil
}

// readChat reads when shoppers can be helped by experts, and by whom.
func readChat(p *troubleshoot.Policy, req *pb.PutPolicyRequest) (err error) {
	if wait := req.GetWaitTarget(); wait != nil {
		p.WaitTarget = wait.AsDuration()
	}
	if p.ChatHours, err = chatHoursFromProto(req.GetChatHours()); err != nil {
		return err
	}
	p.Routing, err = routingFromProto(req.GetRouting())
	return err
}

// readCosts reads the policy's economics, which are added to each other and so must be in one currency.
func readCosts(p *troubleshoot.Policy, req *pb.PutPolicyRequest) error {
	first, currency := "", ""
	for _, cost := range []struct {
		field string
		from  *pb.Money
		to    *troubleshoot.Money
	}{
		{"returnShippingCost", req.GetReturnShippingCost(), &p.ReturnShippingCost},
		{"handlingCost", req.GetHandlingCost(), &p.HandlingCost},
		{"expertHourlyWage", req.GetExpertHourlyWage(), &p.ExpertHourlyWage},
		{"platformCost", req.GetPlatformCost(), &p.PlatformCost},
	} {
		money, err := costFromProto(cost.from, cost.field)
		if err != nil {
			return err
		}
		*cost.to = money
		switch {
		case !money.IsSet():
		case currency == "":
			first, currency = cost.field, money.Currency
		case money.Currency != currency:
			return troubleshoot.Invalid(cost.field+".currencyCode", "is %s and that of %s is %s; give all costs in one currency",
				money.Currency, first, currency)
		}
	}
	return nil
}

// excludedReasons reads codes, as a store or the API spells them. A code that is not known is refused: as OTHER it would
// exclude more than was meant.
func excludedReasons(codes []string) ([]troubleshoot.Reason, error) {
	switch {
	case len(codes) == 0:
		return troubleshoot.DefaultExcludedReasons(), nil
	case len(codes) == 1 && strings.EqualFold(codes[0], noReasons):
		return []troubleshoot.Reason{}, nil
	}
	var reasons []troubleshoot.Reason
	for n, code := range codes {
		field := fmt.Sprintf("excludedReasons[%d]", n)
		reason := troubleshoot.NormaliseReason(code)
		switch {
		case strings.EqualFold(code, noReasons):
			return nil, troubleshoot.Invalid(field, "NONE must stand alone; drop it or the other reasons")
		case strings.TrimSpace(code) == "",
			reason == troubleshoot.ReasonOther && !strings.EqualFold(strings.TrimSpace(code), string(troubleshoot.ReasonOther)):
			return nil, troubleshoot.Invalid(field, "%q is no known reason; use a reason code of Shopify or Amazon, such as DEFECTIVE", clip(code, 64))
		}
		if !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	return reasons, nil
}

// policyToProto shows the policy of an epoch, so that it can be put again as it is. newEpoch tells that a change opened it.
func policyToProto(epoch troubleshoot.Epoch, newEpoch bool) *pb.Policy {
	p := epoch.Policy
	shown := &pb.Policy{
		Name: sellerName(epoch.Seller) + "/policy", HoldoutFraction: p.HoldoutFraction, MinimumPrice: moneyToProto(p.MinimumPrice),
		OfferIf: p.OfferIf, ReturnShippingCost: moneyToProto(p.ReturnShippingCost), HandlingCost: moneyToProto(p.HandlingCost),
		SalvageFraction: p.SalvageFraction, ExpertHourlyWage: moneyToProto(p.ExpertHourlyWage), PlatformCost: moneyToProto(p.PlatformCost),
		MaturityDays: int32Of(p.MaturityDays), ReportingLagDays: int32Of(p.ReportingLagDays),
		RandomisationUnit: pb.Policy_RandomisationUnit(p.RandomisationUnit), Epoch: int32Of(epoch.Number), NewEpoch: newEpoch,
		WaitTarget: durationpb.New(p.WaitTarget), ChatHours: chatHoursToProto(p.ChatHours), Routing: routingToProto(p.Routing),
	}
	for _, c := range p.Channels {
		shown.Channels = append(shown.Channels, pb.Session_Channel(c))
	}
	for _, r := range p.ExcludedReasons {
		shown.ExcludedReasons = append(shown.ExcludedReasons, string(r))
	}
	if len(p.ExcludedReasons) == 0 {
		shown.ExcludedReasons = []string{noReasons}
	}
	return shown
}
