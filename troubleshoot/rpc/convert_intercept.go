package rpc

import (
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// interceptFromProto reads what a storefront says about a return intent; id, arm and offer come with the decision.
func interceptFromProto(req *pb.InterceptReturnRequest) (troubleshoot.Intercept, error) {
	line, err := orderLineFromProto(req.GetOrderLine(), "orderLine")
	if err != nil {
		return troubleshoot.Intercept{}, err
	}
	comment, _ := troubleshoot.MaskCards(req.GetComment())
	return troubleshoot.Intercept{
		Line: line, Reason: troubleshoot.NormaliseReason(req.GetReason()), RawReason: req.GetReason(), Comment: comment,
		Shopper: req.GetShopper(), Locale: req.GetLocale(), RefundURL: req.GetRefundUrl(),
	}, nil
}

// orderLineFromProto reads an order line that Validate has passed. field is its name in the request, for errors.
func orderLineFromProto(l *pb.OrderLine, field string) (troubleshoot.OrderLine, error) {
	if l == nil {
		return troubleshoot.OrderLine{}, troubleshoot.Invalid(field, "is missing; it must be given")
	}
	if l.GetUnitPrice() == nil {
		return troubleshoot.OrderLine{}, troubleshoot.Invalid(field+".unitPrice", "is missing; it must be given")
	}
	price, err := costFromProto(l.GetUnitPrice(), field+".unitPrice")
	if err != nil {
		return troubleshoot.OrderLine{}, err
	}
	if units := int64(l.GetQuantity()); units > 0 && price.Minor > troubleshoot.MaxMinor/units {
		return troubleshoot.OrderLine{}, troubleshoot.Invalid(field+".unitPrice", "times the quantity %d is more than %d minor units", units, int64(troubleshoot.MaxMinor))
	}
	return troubleshoot.OrderLine{
		Seller: l.GetSeller(), OrderID: l.GetOrderId(), LineID: l.GetLineId(), SKU: l.GetSku(), Quantity: int64(l.GetQuantity()),
		UnitPrice: price, DeliveredTime: timeFromProto(l.GetDeliveredTime()), WithdrawalDeadline: timeFromProto(l.GetWithdrawalDeadline()),
	}, nil
}

// interceptToProto shows an intercept, with a shopper token if there is one.
func interceptToProto(i troubleshoot.Intercept, token string) *pb.Intercept {
	shown := &pb.Intercept{
		Name: interceptPrefix + i.ID, Seller: i.Line.Seller, OrderId: i.Line.OrderID, LineId: i.Line.LineID, Sku: i.Line.SKU,
		Reason: string(i.Reason), RawReason: i.RawReason, Arm: pb.Intercept_Arm(i.Arm), Why: i.Why, RefundUrl: i.RefundURL,
		CreateTime: timeToProto(i.CreateTime), MatureTime: timeToProto(i.MatureTime), Epoch: int32Of(i.Epoch),
	}
	if i.Arm == troubleshoot.Offered {
		shown.Offer = offerToProto(i.Offer, i.Line.Seller)
	}
	if token != "" {
		shown.ShopperToken = &token
	}
	if i.Choice != 0 {
		shown.Choice = pb.Intercept_Choice(i.Choice).Enum()
	}
	return shown
}

// interceptTo shows an intercept to its reader: to those who help, with what the shopper wrote.
func interceptTo(caller access.Principal, i troubleshoot.Intercept) *pb.Intercept {
	shown := interceptToProto(i, "")
	if i.Comment != "" && (caller.Role == troubleshoot.RoleExpert || caller.Role == troubleshoot.RoleAdmin) {
		shown.Comment = &i.Comment
	}
	return shown
}

func offerToProto(o troubleshoot.Offer, seller string) *pb.Offer {
	shown := &pb.Offer{
		Guides: make([]*pb.Offer_GuideOffer, len(o.Guides)),
		Chat:   &pb.Offer_ChatOffer{Available: o.Chat},
	}
	if o.Chat {
		shown.Chat.EstimatedWait, shown.Chat.QueueLength = durationpb.New(o.ChatWait), int32Of(o.ChatQueue)
	}
	if o.Callback {
		shown.Callback = &pb.Offer_CallbackOffer{Available: true}
	}
	for n, g := range o.Guides {
		shown.Guides[n] = &pb.Offer_GuideOffer{
			Guide: guideName(seller, g.Guide), Revision: int32Of(g.Revision), Title: g.Title, Minutes: int32Of(g.Minutes),
			Steps: int32Of(g.Steps), Why: g.Why, EntryStep: g.EntryStep,
		}
	}
	return shown
}

// returnEventFromProto reads a return event that Validate has passed; field is its name in the request, such as
// "events[3]". When it was recorded is for the store to say.
func returnEventFromProto(e *pb.ReturnEvent, field string) (troubleshoot.ReturnEvent, error) {
	refund, err := costFromProto(e.GetRefund(), field+".refund")
	if err != nil {
		return troubleshoot.ReturnEvent{}, err
	}
	salvage, err := costFromProto(e.GetSalvage(), field+".salvage")
	if err != nil {
		return troubleshoot.ReturnEvent{}, err
	}
	if refund.IsSet() && salvage.IsSet() && refund.Currency != salvage.Currency {
		return troubleshoot.ReturnEvent{}, troubleshoot.Invalid(field+".salvage.currencyCode",
			"is %s and the refund's is %s; both must be in the currency of the order line", salvage.Currency, refund.Currency)
	}
	return troubleshoot.ReturnEvent{
		EventID: e.GetEventId(), Seller: e.GetSeller(), OrderID: e.GetOrderId(), LineID: e.GetLineId(), Quantity: int64(e.GetQuantity()),
		Kind: troubleshoot.ReturnKind(e.GetEvent()), Time: timeFromProto(e.GetEventTime()), Refund: refund, Salvage: salvage,
	}, nil
}
