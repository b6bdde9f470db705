package rpc

import (
	"maps"
	"slices"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// costFromProto reads an amount that is not negative; nil is "not said". field is its name in the request.
func costFromProto(m *pb.Money, field string) (troubleshoot.Money, error) {
	if m == nil {
		return troubleshoot.Money{}, nil
	}
	money, err := troubleshoot.ParseMoney(m.GetAmount(), m.GetCurrencyCode())
	if err != nil {
		if _, unknown := troubleshoot.Digits(m.GetCurrencyCode()); unknown != nil {
			return troubleshoot.Money{}, troubleshoot.Invalid(field+".currencyCode", "%s", unknown)
		}
		return troubleshoot.Money{}, troubleshoot.Invalid(field+".amount", "%s", err)
	}
	if money.Minor < 0 {
		return troubleshoot.Money{}, troubleshoot.Invalid(field+".amount", "is negative; it must be 0 or more")
	}
	return money, nil
}

// moneyToProto gives nil for an amount that was not said.
func moneyToProto(m troubleshoot.Money) *pb.Money {
	if !m.IsSet() {
		return nil
	}
	return &pb.Money{Amount: m.Amount(), CurrencyCode: m.Currency}
}

// moneyByCurrency lists sums of minor units by currency, in the order of the codes.
func moneyByCurrency(minor map[string]int64) []*pb.Money {
	var all []*pb.Money
	for _, currency := range slices.Sorted(maps.Keys(minor)) {
		all = append(all, moneyToProto(troubleshoot.Money{Minor: minor[currency], Currency: currency}))
	}
	return all
}
