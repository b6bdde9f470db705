package troubleshoot

import "strings"

// Reason is a normalised return reason: one of the codes of Shopify or Amazon that docs/glossary.md lists.
type Reason string

// ReasonOther stands for every code that is not known.
const ReasonOther Reason = "OTHER"

// reasons are the known codes: Shopify's first, then those that Amazon adds.
var reasons = map[Reason]bool{
	"COLOR": true, "DEFECTIVE": true, "NOT_AS_DESCRIBED": true, "OTHER": true, "SIZE_TOO_LARGE": true, "SIZE_TOO_SMALL": true,
	"STYLE": true, "UNKNOWN": true, "UNWANTED": true, "WRONG_ITEM": true,
	"NOT_COMPATIBLE": true, "QUALITY_UNACCEPTABLE": true, "MISSING_PARTS": true, "DAMAGED_BY_CARRIER": true, "DAMAGED_BY_FC": true,
	"NEVER_ARRIVED": true, "MISSED_ESTIMATED_DELIVERY": true, "UNAUTHORIZED_PURCHASE": true, "FOUND_BETTER_PRICE": true,
	"ORDERED_WRONG_ITEM": true, "NO_REASON_GIVEN": true, "SWITCHEROO": true, "EXTRA_ITEM": true, "WARRANTY": true,
}

// KnownReason tells whether a store's raw reason is one of the codes.
func KnownReason(raw string) bool {
	return NormaliseReason(raw) != ReasonOther || Reason(raw) == ReasonOther
}

// NormaliseReason turns a store's raw reason into a code. Case is folded, Amazon's CR- and AMZ-PG- prefixes go, spaces and
// hyphens count as underscores, and what is not known becomes OTHER; an empty reason is UNKNOWN. It never fails.
func NormaliseReason(raw string) Reason {
	s := strings.ToUpper(strings.TrimSpace(raw))
	if s == "" {
		return "UNKNOWN"
	}
	for _, prefix := range []string{"AMZ-PG-", "CR-"} {
		s = strings.TrimPrefix(s, prefix)
	}
	s = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return '_'
		}
		return r
	}, s)
	if r := Reason(s); reasons[r] {
		return r
	}
	return ReasonOther
}
