package rpc

import (
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func usd(amount string) *pb.Money { return &pb.Money{Amount: amount, CurrencyCode: "USD"} }

func TestPolicyDefaults(t *testing.T) {
	got, err := policyFromProto(&pb.PutPolicyRequest{Seller: "acme"})
	if err != nil || !reflect.DeepEqual(got, troubleshoot.DefaultPolicy()) {
		t.Errorf("%+v %v", got, err)
	}
}

func TestPolicyFromProto(t *testing.T) {
	cases := []struct {
		name  string
		req   *pb.PutPolicyRequest
		check func(troubleshoot.Policy) bool
		field string
	}{
		{"zero is not a default", &pb.PutPolicyRequest{HoldoutFraction: proto.Float64(0), MaturityDays: proto.Int32(0), ReportingLagDays: proto.Int32(0)},
			func(p troubleshoot.Policy) bool {
				return p.HoldoutFraction == 0 && p.MaturityDays == 0 && p.ReportingLagDays == 0
			}, ""},
		{"channels", &pb.PutPolicyRequest{Channels: []pb.Session_Channel{pb.Session_CALLBACK}},
			func(p troubleshoot.Policy) bool {
				return reflect.DeepEqual(p.Channels, []troubleshoot.Channel{troubleshoot.ChannelCallback})
			}, ""},
		{"unit", &pb.PutPolicyRequest{RandomisationUnit: pb.Policy_SHOPPER},
			func(p troubleshoot.Policy) bool { return p.RandomisationUnit == troubleshoot.UnitShopper }, ""},
		{"reasons as stores spell them", &pb.PutPolicyRequest{ExcludedReasons: []string{"CR-DEFECTIVE", "defective", "other", "found better price"}},
			func(p troubleshoot.Policy) bool {
				return reflect.DeepEqual(p.ExcludedReasons, []troubleshoot.Reason{"DEFECTIVE", "OTHER", "FOUND_BETTER_PRICE"})
			}, ""},
		{"none", &pb.PutPolicyRequest{ExcludedReasons: []string{"NONE"}},
			func(p troubleshoot.Policy) bool { return p.ExcludedReasons != nil && len(p.ExcludedReasons) == 0 }, ""},
		{"none and another", &pb.PutPolicyRequest{ExcludedReasons: []string{"DEFECTIVE", "NONE"}}, nil, "excludedReasons[1]"},
		{"unknown reason", &pb.PutPolicyRequest{ExcludedReasons: []string{"DEFECTIVE", "BORED"}}, nil, "excludedReasons[1]"},
		{"blank reason", &pb.PutPolicyRequest{ExcludedReasons: []string{" "}}, nil, "excludedReasons[0]"},
		{"costs", &pb.PutPolicyRequest{ReturnShippingCost: usd("8"), HandlingCost: usd("2.01"), ExpertHourlyWage: usd("25"), PlatformCost: usd("0")},
			func(p troubleshoot.Policy) bool {
				return p.ReturnShippingCost.Minor == 800 && p.HandlingCost.Minor == 201 && p.ExpertHourlyWage.Minor == 2500 && p.PlatformCost.IsSet()
			}, ""},
		{"negative cost", &pb.PutPolicyRequest{HandlingCost: usd("-1")}, nil, "handlingCost.amount"},
		{"negative minimum", &pb.PutPolicyRequest{MinimumPrice: usd("-1")}, nil, "minimumPrice.amount"},
		{"two currencies", &pb.PutPolicyRequest{ReturnShippingCost: usd("8"), PlatformCost: &pb.Money{Amount: "1", CurrencyCode: "EUR"}}, nil, "platformCost.currencyCode"},
		{"minimum price in another currency", &pb.PutPolicyRequest{HandlingCost: usd("8"), MinimumPrice: &pb.Money{Amount: "1", CurrencyCode: "EUR"}},
			func(p troubleshoot.Policy) bool { return p.MinimumPrice.Currency == "EUR" }, ""},
	}
	for _, c := range cases {
		got, err := policyFromProto(c.req)
		if fieldOf(t, err) != c.field || (err == nil && !c.check(got)) {
			t.Errorf("%s: %+v %v", c.name, got, err)
		}
	}
}

// TestPolicyCanBePutAgain: what GetPolicy shows, put as it is, changes nothing.
func TestPolicyCanBePutAgain(t *testing.T) {
	full := troubleshoot.DefaultPolicy()
	full.OfferIf, full.SalvageFraction, full.HandlingCost = "true", 0.3, troubleshoot.Money{Minor: 1, Currency: "USD"}
	full.WaitTarget, full.ChatHours = 90*time.Second, someHours()
	full.Routing = troubleshoot.Routing{CategoryAfter: 1500 * time.Millisecond, BrandAfter: 2 * time.Second, AnyAfter: time.Minute, AnyLocaleAfter: 2 * time.Minute,
		UsePool: true, PoolAfter: 3 * time.Second, HighValue: troubleshoot.Money{Minor: 50_000, Currency: "EUR"}, HighValueBonus: 10 * time.Minute}
	open := troubleshoot.DefaultPolicy()
	open.ExcludedReasons = []troubleshoot.Reason{}
	open.WaitTarget, open.Routing, open.ChatHours = 0, troubleshoot.Routing{}, troubleshoot.ChatHours{TimeZone: "Asia/Tokyo"}
	for _, p := range []troubleshoot.Policy{troubleshoot.DefaultPolicy(), full, open} {
		shown := policyToProto(troubleshoot.Epoch{Seller: "acme", Number: 4, Policy: p}, true)
		if shown.GetName() != "sellers/acme/policy" || shown.GetEpoch() != 4 || !shown.GetNewEpoch() {
			t.Errorf("shown as %v", shown)
		}
		again, err := policyFromProto(&pb.PutPolicyRequest{
			HoldoutFraction: &shown.HoldoutFraction, MinimumPrice: shown.MinimumPrice, OfferIf: shown.OfferIf, Channels: shown.Channels,
			ReturnShippingCost: shown.ReturnShippingCost, HandlingCost: shown.HandlingCost, SalvageFraction: &shown.SalvageFraction,
			ExpertHourlyWage: shown.ExpertHourlyWage, PlatformCost: shown.PlatformCost, MaturityDays: &shown.MaturityDays,
			ReportingLagDays: &shown.ReportingLagDays, RandomisationUnit: shown.RandomisationUnit, ExcludedReasons: shown.ExcludedReasons,
			WaitTarget: shown.WaitTarget, ChatHours: shown.ChatHours, Routing: shown.Routing,
		})
		if err := Validate(&pb.PutPolicyRequest{Seller: "acme", WaitTarget: shown.WaitTarget, ChatHours: shown.ChatHours, Routing: shown.Routing}); err != nil {
			t.Errorf("%+v is shown as what cannot be put: %v", p, err)
		}
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%+v\nbecame %+v %v", p, again, err)
		}
	}
}
