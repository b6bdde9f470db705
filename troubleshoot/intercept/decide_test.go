package intercept

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func usd(cents int64) troubleshoot.Money {
	return troubleshoot.Money{Minor: cents, Currency: "USD"}
}

// situation is a kettle at 59.99 that is defective, with a guide and an expert, under a policy that holds nobody out.
type situation struct {
	policy troubleshoot.Policy
	facts  Facts
}

func ordinary() situation {
	p := troubleshoot.DefaultPolicy()
	p.HoldoutFraction = 0
	return situation{p, Facts{
		Line:   troubleshoot.OrderLine{Seller: "acme", OrderID: "o1", LineID: "1", SKU: "KETTLE", Quantity: 1, UnitPrice: usd(5999)},
		Item:   troubleshoot.Item{Seller: "acme", SKU: "KETTLE", Category: "kitchen", UnitPrice: usd(6499), SalesRank: 7},
		Reason: "DEFECTIVE", Shopper: "shopper-1", Locale: "en-GB", Guides: []troubleshoot.FittingGuide{guide("kettle", troubleshoot.FitExact, "en")},
		Chat: Chat{Available: true, Wait: 20 * time.Second, Queue: 2}, ExpertsTill: now.Add(time.Hour), Now: now,
	}}
}

func guide(id string, fit troubleshoot.Fit, locale string, reasons ...troubleshoot.Reason) troubleshoot.FittingGuide {
	return troubleshoot.FittingGuide{ID: id, Revision: 3, Title: "Guide " + id, Minutes: 5, Steps: 4, Fit: fit, Locale: locale, Reasons: reasons}
}

func rules(t testing.TB) *Rules {
	t.Helper()
	r, err := NewRules()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDecide(t *testing.T) {
	const guides, chat = "kettle", "chat"
	for _, c := range []struct {
		rule   string
		change func(*situation)
		arm    troubleshoot.Arm
		why    Why
		offer  string // ids of guides, and "chat"
	}{
		{"an ordinary line is offered a guide and an expert", func(*situation) {}, troubleshoot.Offered, WhyOffered, guides + " " + chat},
		{"a reason that help cannot fix", func(s *situation) { s.facts.Reason = "NEVER_ARRIVED" }, troubleshoot.Ineligible, WhyExcludedReason, ""},
		{"the seller's own list of reasons", func(s *situation) { s.policy.ExcludedReasons = []troubleshoot.Reason{"DEFECTIVE"} }, troubleshoot.Ineligible, WhyExcludedReason, ""},
		{"a price below the minimum", func(s *situation) { s.policy.MinimumPrice = usd(6000) }, troubleshoot.Ineligible, WhyBelowMinimum, ""},
		{"a price at the minimum", func(s *situation) { s.policy.MinimumPrice = usd(5999) }, troubleshoot.Offered, WhyOffered, guides + " " + chat},
		{"a minimum in another currency", func(s *situation) { s.policy.MinimumPrice = troubleshoot.Money{Minor: 1, Currency: "EUR"} }, troubleshoot.Ineligible, WhyOtherCurrency, ""},
		{"guides alone, and none fits", func(s *situation) {
			s.policy.Channels, s.facts.Guides = []troubleshoot.Channel{troubleshoot.ChannelGuide}, nil
		}, troubleshoot.Ineligible, WhyNoGuide, ""},
		{"guides alone, and none is for the reason", func(s *situation) {
			s.policy.Channels, s.facts.Guides = []troubleshoot.Channel{troubleshoot.ChannelGuide}, []troubleshoot.FittingGuide{guide("style", troubleshoot.FitExact, "en", "STYLE")}
		}, troubleshoot.Ineligible, WhyNoGuide, ""},
		{"guides alone", func(s *situation) { s.policy.Channels = []troubleshoot.Channel{troubleshoot.ChannelGuide} }, troubleshoot.Offered, WhyOffered, guides},
		{"chat alone needs no guide", func(s *situation) {
			s.policy.Channels, s.facts.Guides = []troubleshoot.Channel{troubleshoot.ChannelChat}, nil
		}, troubleshoot.Offered, WhyOffered, chat},
		{"chat alone shows no guide", func(s *situation) { s.policy.Channels = []troubleshoot.Channel{troubleshoot.ChannelChat} }, troubleshoot.Offered, WhyOffered, chat},
		{"no expert in time changes the offer, not the arm", func(s *situation) { s.facts.Chat = Chat{} }, troubleshoot.Offered, WhyOffered, guides},
		{"a call is offered where the policy has it", func(s *situation) { s.policy.Channels = append(s.policy.Channels, troubleshoot.ChannelCallback) },
			troubleshoot.Offered, WhyOffered, guides + " " + chat + " callback"},
		{"a call needs no expert now", func(s *situation) {
			s.policy.Channels, s.facts.Chat = append(s.policy.Channels, troubleshoot.ChannelCallback), Chat{}
		}, troubleshoot.Offered, WhyOffered, guides + " callback"},
		{"a call needs an expert ever", func(s *situation) {
			s.policy.Channels, s.facts.ExpertsTill = append(s.policy.Channels, troubleshoot.ChannelCallback), now
		}, troubleshoot.Offered, WhyOffered, guides + " " + chat},
		{"a rule that holds", func(s *situation) { s.policy.OfferIf = `item.category == "kitchen"` }, troubleshoot.Offered, WhyOffered, guides + " " + chat},
		{"a rule that does not", func(s *situation) { s.policy.OfferIf = `item.category == "garden"` }, troubleshoot.Ineligible, WhyRuleNotMet, ""},
		{"a rule that fails", func(s *situation) { s.policy.OfferIf = `orderLine.quantity / (item.salesRank - 7) > 1` }, troubleshoot.Ineligible, WhyRuleFailed, ""},
		{"the excluded reason comes before the price", func(s *situation) { s.facts.Reason, s.policy.MinimumPrice = "SWITCHEROO", usd(9999) }, troubleshoot.Ineligible, WhyExcludedReason, ""},
		{"the price comes before the rule", func(s *situation) { s.policy.MinimumPrice, s.policy.OfferIf = usd(9999), `false` }, troubleshoot.Ineligible, WhyBelowMinimum, ""},
		{"a line that was not sold so", func(s *situation) { s.facts.LineDiffers = true }, troubleshoot.Ineligible, WhyLineDiffers, ""},
		{"what was sold comes before the reason", func(s *situation) { s.facts.LineDiffers, s.facts.Reason = true, "SWITCHEROO" }, troubleshoot.Ineligible, WhyLineDiffers, ""},
		{"held out", func(s *situation) { s.policy.HoldoutFraction = 1 }, troubleshoot.Holdout, WhyHoldout, ""},
		{"a line that is not eligible is not held out either", func(s *situation) { s.policy.HoldoutFraction, s.facts.Reason = 1, "EXTRA_ITEM" }, troubleshoot.Ineligible, WhyExcludedReason, ""},
		{"at most five guides", func(s *situation) {
			s.facts.Guides = nil
			for _, id := range strings.Split("gfedcba", "") {
				s.facts.Guides = append(s.facts.Guides, guide(id, troubleshoot.FitGlob, ""))
			}
		}, troubleshoot.Offered, WhyOffered, "a b c d e chat"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := ordinary()
			c.change(&s)
			rule, err := rules(t).Compile(s.policy.OfferIf)
			if err != nil {
				t.Fatal(err)
			}
			d := Decide(s.policy, rule, [32]byte{}, s.facts)
			if d.Arm != c.arm || d.Why != c.why || offered(d.Offer) != c.offer {
				t.Errorf("%s because %q, offering %q; want %s because %q, offering %q", d.Arm, d.Why, offered(d.Offer), c.arm, c.why, c.offer)
			}
		})
	}
}

func offered(o troubleshoot.Offer) string {
	var parts []string
	for _, g := range o.Guides {
		parts = append(parts, g.Guide)
	}
	if o.Chat {
		parts = append(parts, "chat")
	}
	if o.Callback {
		parts = append(parts, "callback")
	}
	return strings.Join(parts, " ")
}

func TestOfferSaysHowLongTheWaitIs(t *testing.T) {
	s := ordinary()
	if o := Decide(s.policy, nil, [32]byte{}, s.facts).Offer; o.ChatWait != 20*time.Second || o.ChatQueue != 2 {
		t.Errorf("the offer is %+v", o)
	}
	s.facts.Chat.Available = false
	if o := Decide(s.policy, nil, [32]byte{}, s.facts).Offer; o.ChatWait != 0 || o.ChatQueue != 0 {
		t.Errorf("without chat the offer is %+v", o)
	}
}

func TestOfferNamesTheRevision(t *testing.T) {
	s := ordinary()
	got := Decide(s.policy, nil, [32]byte{}, s.facts).Offer.Guides
	want := []troubleshoot.GuideOffer{{Guide: "kettle", Revision: 3, Title: "Guide kettle", Minutes: 5, Steps: 4,
		Why: "names the SKU, in the language"}}
	if !slices.Equal(got, want) {
		t.Errorf("the offer is %+v", got)
	}
}
