// Package intercept decides what to offer a shopper who asked to return an order line: eligibility by named rules, then the
// arm by a keyed hash, then the offer. It is pure: the same inputs give the same decision.
package intercept

import (
	"cmp"
	"slices"
	"strings"
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
	Guides      []troubleshoot.Guide // published guides for the SKU
	ChatUntil   time.Time            // until then the seller has experts
	Now         time.Time
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
	guides := Rank(f.Guides, f.Reason, f.Locale)
	if why := ineligible(policy, rule, f, guides); why != "" {
		return Decision{Arm: troubleshoot.Ineligible, Why: why}
	}
	if HeldOut(salt, Unit(policy, f), policy.HoldoutFraction) {
		return Decision{Arm: troubleshoot.Holdout, Why: WhyHoldout}
	}
	d := Decision{Arm: troubleshoot.Offered, Why: WhyOffered}
	d.Offer.Chat = slices.Contains(policy.Channels, troubleshoot.ChannelChat) && f.Now.Before(f.ChatUntil)
	if !slices.Contains(policy.Channels, troubleshoot.ChannelGuide) {
		return d
	}
	for _, g := range guides[:min(len(guides), troubleshoot.MaxOfferedGuides)] {
		d.Offer.Guides = append(d.Offer.Guides, troubleshoot.GuideOffer{Guide: g.ID, Revision: g.Revision, Title: g.Title, Minutes: g.Minutes, Steps: len(g.Steps)})
	}
	return d
}

// ineligible gives the first rule that keeps a line out of the experiment, or "".
func ineligible(policy troubleshoot.Policy, rule *Rule, f Facts, guides []troubleshoot.Guide) Why {
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

// Rank gives the guides that fit the reason, best first: exact SKU before glob before category, then by locale (en-GB, en,
// another en, any locale), then by id. Guides in another language serve only where there is none in the shopper's.
func Rank(guides []troubleshoot.Guide, reason troubleshoot.Reason, locale string) []troubleshoot.Guide {
	type ranked struct {
		guide  troubleshoot.Guide
		locale int
	}
	var fitting []ranked
	spoken := false
	for _, g := range guides {
		if !g.FitsReason(reason) {
			continue
		}
		fit := troubleshoot.LocaleFit(g.Locale, locale)
		spoken = spoken || fit > 0
		fitting = append(fitting, ranked{g, fit})
	}
	slices.SortStableFunc(fitting, func(a, b ranked) int {
		return cmp.Or(-cmp.Compare(a.guide.Fit, b.guide.Fit), -cmp.Compare(a.locale, b.locale), strings.Compare(a.guide.ID, b.guide.ID))
	})
	var best []troubleshoot.Guide
	for _, r := range fitting {
		if r.locale > 0 || !spoken {
			best = append(best, r.guide)
		}
	}
	return best
}
