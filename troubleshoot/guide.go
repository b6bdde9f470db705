package troubleshoot

import (
	"strconv"
	"strings"
	"time"
)

// GuideState says whether a guide can be offered.
type GuideState int8

// States of a guide, by their stored numbers.
const (
	GuideDraft     GuideState = 1
	GuidePublished GuideState = 2
	GuideArchived  GuideState = 3
)

// GuideStep is one thing to try.
type GuideStep struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	HTML        string `json:"html"`
	Instruction string `json:"instruction"`
}

// GuideFinding is something in the markdown that the seller should know.
type GuideFinding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // ERROR, WARNING, INFO
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Mend     string `json:"mend"`
}

// Guide is a seller's troubleshooting guide: a draft (Revision 0) or an immutable revision.
type Guide struct {
	Seller, ID  string
	Revision    int64
	State       GuideState
	Title       string
	Locale      string // BCP 47; "" fits any
	SKUs        []string
	Categories  []string
	Reasons     []Reason // empty fits any
	Minutes     int
	Steps       []GuideStep
	HTML        string
	Markdown    string
	Findings    []GuideFinding
	Etag        string
	UpdateTime  time.Time
	PublishTime time.Time
	Fit         Fit // how it was found, where it was looked up for a SKU
}

// Fit says how a guide came to fit a SKU; more is better.
type Fit int8

// Fits of guides, by their stored numbers.
const (
	FitCategory Fit = 1
	FitGlob     Fit = 2
	FitExact    Fit = 3
)

// GuideReason normalises a reason that a guide names. One that is not known counts as OTHER, which its seller is told.
func GuideReason(raw string) (Reason, []GuideFinding) {
	reason := NormaliseReason(raw)
	if reason != ReasonOther || raw == string(ReasonOther) {
		return reason, nil
	}
	return reason, []GuideFinding{{Rule: "unknown-reason", Severity: "WARNING", Message: "reason " + strconv.Quote(raw) + " is not known and counts as OTHER",
		Mend: "use a code such as DEFECTIVE or NOT_AS_DESCRIBED"}}
}

// Names tells whether the guide is for the SKU, by itself or by a glob.
func (g Guide) Names(sku string) bool {
	for _, pattern := range g.SKUs {
		if pattern == sku || Glob(pattern, sku) {
			return true
		}
	}
	return false
}

// FitsReason tells whether the guide is for the reason; a guide without reasons is for all.
func (g Guide) FitsReason(reason Reason) bool {
	if len(g.Reasons) == 0 || reason == "" {
		return true
	}
	for _, r := range g.Reasons {
		if r == reason {
			return true
		}
	}
	return false
}

// LocaleFit ranks a guide's locale for a shopper's: 4 the same tag, 3 the same language without a region, 2 another region
// of the language, 1 a guide for any locale, 0 another language. A shopper without a locale takes all alike.
func LocaleFit(guide, shopper string) int {
	guide, shopper = strings.ToLower(guide), strings.ToLower(shopper)
	language := func(tag string) string { l, _, _ := strings.Cut(tag, "-"); return l }
	switch {
	case shopper == "":
		return 1
	case guide == shopper:
		return 4
	case guide == "":
		return 1
	case language(guide) != language(shopper):
		return 0
	case guide == language(guide):
		return 3
	}
	return 2
}

// Glob matches pattern with `*` for any run of characters against s, in linear steps per star.
func Glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return len(s) >= len(last) && strings.HasSuffix(s, last)
}
