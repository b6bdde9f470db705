// Package intercept decides what to offer a shopper who asked to return an order line: eligibility by named rules, then the
// arm by a keyed hash, then the offer. It is pure: the same inputs give the same decision.
package intercept

import (
	"slices"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Why is the documented set of short sentences that explain a decision.
type Why = string

// Reasons of decisions.
const (
	WhyOffered         Why = "help is offered"
	WhyHoldout         Why = "held out at random to measure what help is worth"
	WhyExcludedReason  Why = "the return reason is one that help cannot fix"
	WhyBelowMinimum    Why = "the unit price is below the seller's minimum"
	WhyOtherCurrency   Why = "the unit price is in another currency than the seller's minimum"
	WhyRuleNotMet      Why = "the seller's offerIf rule does not hold"
	WhyRuleFailed      Why = "the seller's offerIf rule could not be evaluated"
	WhyNoGuide         Why = "no published guide fits the item, and guides are the only channel"
	WhyLineDiffers     Why = "the order line differs from what was sold"
	WhyImportedHistory Why = "imported history"
)

// Facts are what a decision follows from, besides the policy.
type Facts struct {
	Line        troubleshoot.OrderLine
	LineDiffers bool // the line was imported as sold with another SKU or currency, or fewer units
	Item        troubleshoot.Item
	Reason      troubleshoot.Reason
	Shopper     string
	Locale      string
	Comment     string                      // what the shopper wrote
	Guides      []troubleshoot.FittingGuide // published guides for the SKU
	Chat        Chat                        // what a chat that began now could expect
	ExpertsTill time.Time                   // until then the seller has experts who can sign in; zero: none
	Now         time.Time
}

// Chat is what a shopper who asked for an expert now could expect.
type Chat struct {
	Available bool          // somebody would answer within the policy's target
	Wait      time.Duration // predicted
	Queue     int           // sessions ahead
}

// Decision is the arm, why, and the offer that goes with OFFERED.
type Decision struct {
	Arm   troubleshoot.Arm
	Why   Why
	Offer troubleshoot.Offer
}

// Decide applies the policy's rules in order, draws the arm of an eligible line from the epoch's salt, and makes the offer.
// Eligibility never depends on who is on shift: whether chat can be had now is part of the offer, not of the rules.
func Decide(policy troubleshoot.Policy, rule *Rule, salt [32]byte, f Facts) Decision {
	guides := Rank(f.Guides, f.Reason, f.Locale, f.Comment)
	if why := ineligible(policy, rule, f, guides); why != "" {
		return Decision{Arm: troubleshoot.Ineligible, Why: why}
	}
	if HeldOut(salt, Unit(policy, f), policy.HoldoutFraction) {
		return Decision{Arm: troubleshoot.Holdout, Why: WhyHoldout}
	}
	d := Decision{Arm: troubleshoot.Offered, Why: WhyOffered}
	if d.Offer.Chat = slices.Contains(policy.Channels, troubleshoot.ChannelChat) && f.Chat.Available; d.Offer.Chat {
		d.Offer.ChatWait, d.Offer.ChatQueue = f.Chat.Wait, f.Chat.Queue
	}
	d.Offer.Callback = slices.Contains(policy.Channels, troubleshoot.ChannelCallback) && f.Now.Before(f.ExpertsTill)
	if !slices.Contains(policy.Channels, troubleshoot.ChannelGuide) {
		return d
	}
	for _, g := range guides {
		d.Offer.Guides = append(d.Offer.Guides, troubleshoot.GuideOffer{Guide: g.ID, Revision: g.Revision, Title: g.Title, Minutes: g.Minutes,
			Steps: g.Steps, Why: g.Why, EntryStep: g.EntryStep})
	}
	return d
}

// ineligible gives the first rule that keeps a line out of the experiment, or "".
func ineligible(policy troubleshoot.Policy, rule *Rule, f Facts, guides []Match) Why {
	if f.LineDiffers {
		return WhyLineDiffers
	}
	if slices.Contains(policy.ExcludedReasons, f.Reason) {
		return WhyExcludedReason
	}
	if least := policy.MinimumPrice; least.IsSet() {
		if least.Currency != f.Line.UnitPrice.Currency {
			return WhyOtherCurrency
		}
		if f.Line.UnitPrice.Minor < least.Minor {
			return WhyBelowMinimum
		}
	}
	if len(guides) == 0 && len(policy.Channels) == 1 && policy.Channels[0] == troubleshoot.ChannelGuide {
		return WhyNoGuide
	}
	switch holds, err := rule.Holds(f); {
	case err != nil:
		return WhyRuleFailed
	case !holds:
		return WhyRuleNotMet
	}
	return ""
}
