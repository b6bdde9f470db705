package rpc

import (
	"fmt"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Bounds of an item's specs, in bytes.
const (
	maxSpecName  = 128
	maxSpecValue = 2000
)

func sellerName(id string) string { return "sellers/" + id }

// sellerFromProto reads a seller; the time zone must be one of the IANA database. The zone of this machine, "Local", is
// none: it differs between replicas.
func sellerFromProto(req *pb.PutSellerRequest) (troubleshoot.Seller, error) {
	if _, err := time.LoadLocation(req.GetTimeZone()); err != nil || req.GetTimeZone() == "Local" {
		return troubleshoot.Seller{}, troubleshoot.Invalid("timeZone", "%q is no IANA time zone; write it like Europe/Paris", req.GetTimeZone())
	}
	return troubleshoot.Seller{ID: req.GetSeller(), DisplayName: req.GetDisplayName(), TimeZone: req.GetTimeZone()}, nil
}

func sellerToProto(s troubleshoot.Seller) *pb.Seller {
	return &pb.Seller{Name: sellerName(s.ID), DisplayName: s.DisplayName, TimeZone: s.TimeZone}
}

// itemFromProto reads an item that Validate has passed.
func itemFromProto(req *pb.PutItemRequest) (troubleshoot.Item, error) {
	price, err := costFromProto(req.GetUnitPrice(), "unitPrice")
	if err != nil {
		return troubleshoot.Item{}, err
	}
	cost, err := costFromProto(req.GetReturnCost(), "returnCost")
	if err != nil {
		return troubleshoot.Item{}, err
	}
	for name, value := range req.GetSpecs() {
		field := fmt.Sprintf("specs[%q]", clip(name, maxSpecName))
		switch {
		case name == "" || len(name) > maxSpecName:
			return troubleshoot.Item{}, troubleshoot.Invalid(field, "its name must have 1 to %d bytes", maxSpecName)
		case len(value) > maxSpecValue:
			return troubleshoot.Item{}, troubleshoot.Invalid(field, "is too long; it must be at most %d bytes", maxSpecValue)
		}
	}
	item := troubleshoot.Item{
		Seller: req.GetSeller(), SKU: req.GetSku(), Title: req.GetTitle(), Category: req.GetCategory(), Brand: req.GetBrand(), UnitPrice: price,
		SalesRank: int64(req.GetSalesRank()), Specs: req.GetSpecs(), ManualURL: req.GetManualUrl(), ReturnCost: cost,
	}
	for _, q := range req.GetQuestions() {
		item.Questions = append(item.Questions, troubleshoot.Question{Question: q.GetQuestion(), Answer: q.GetAnswer()})
	}
	return item, nil
}

func itemToProto(i troubleshoot.Item) *pb.Item {
	shown := &pb.Item{
		Name: sellerName(i.Seller) + "/items/" + i.SKU, Sku: i.SKU, Title: i.Title, Category: i.Category, Brand: i.Brand,
		UnitPrice: moneyToProto(i.UnitPrice), Specs: i.Specs, ManualUrl: i.ManualURL, ReturnCost: moneyToProto(i.ReturnCost),
	}
	if i.SalesRank != 0 {
		rank := int32Of(i.SalesRank)
		shown.SalesRank = &rank
	}
	for _, q := range i.Questions {
		shown.Questions = append(shown.Questions, &pb.Item_Question{Question: q.Question, Answer: q.Answer})
	}
	return shown
}
