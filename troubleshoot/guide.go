package troubleshoot

import (
	"slices"
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
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	HTML        string    `json:"html"`
	Instruction string    `json:"instruction"`
	Next        GuideNext `json:"next"`
	Requires    []string  `json:"requires,omitempty"` // steps that must come first
	Stop        string    `json:"stop,omitempty"`     // what to stop at; "" where the step is harmless
}

// GuideNext says where a step leads, to a step or an ending of package guides: Next alone where it asks nothing, else Yes
// and No.
type GuideNext struct {
	Yes  string `json:"yes,omitempty"`
	No   string `json:"no,omitempty"`
	Next string `json:"next,omitempty"`
}

// GuideEntry is the step to begin with for a reason or a symptom; the other of the two is empty.
type GuideEntry struct {
	Reason  Reason `json:"reason,omitempty"`
	Symptom string `json:"symptom,omitempty"`
	Step    string `json:"step"`
}

// GuideEnding is what the seller wrote for an ending.
type GuideEnding struct {
	Ending string `json:"ending"`
	Title  string `json:"title"`
	HTML   string `json:"html"`
	Text   string `json:"text"`
}

// GuideFinding is something in the markdown that the seller should know.
type GuideFinding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // ERROR, WARNING, INFO
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Mend     string `json:"mend"`
	Text     string `json:"text,omitempty"`    // what it is about, as it is written
	Fixable  bool   `json:"fixable,omitempty"` // can be mended without asking the seller
}

// Guide is a seller's troubleshooting guide: a draft (Revision 0) or an immutable revision.
type Guide struct {
	Seller, ID   string
	Revision     int64
	State        GuideState
	Title        string
	Locale       string // BCP 47; "" fits any
	SKUs         []string
	Categories   []string
	Reasons      []Reason // empty fits any
	Symptoms     []string // what shoppers say when they need it
	Minutes      int
	Difficulty   string // EASY, MODERATE, DIFFICULT; "" not said
	Tools        []string
	Steps        []GuideStep
	Entries      []GuideEntry
	Endings      []GuideEnding
	Intro        string // HTML of what stands before the first step
	HTML         string
	Markdown     string
	Findings     []GuideFinding
	Etag         string
	UpdateTime   time.Time
	PublishTime  time.Time
	Publisher    string // the credential that published the revision
	RolledBackTo int64  // the revision that was published again as this one; 0: new text
}

// Fit says how a guide came to fit a SKU; more is better.
type Fit int8

// Fits of guides, by their stored numbers.
const (
	FitCategory Fit = 1
	FitGlob     Fit = 2
	FitExact    Fit = 3
)

// FittingGuide is a published guide as it was looked up for a SKU: what decides whether and where it is offered.
type FittingGuide struct {
	ID       string
	Revision int64
	Title    string
	Locale   string // BCP 47; "" fits any
	Minutes  int
	Steps    int
	Reasons  []Reason // empty fits any
	Entries  []GuideEntry
	Fit      Fit
	FixRate  float64 // at least this share of the sessions that tried it was helped; 0: not proven
	Terms    []byte  // its words as package search encodes them; nil where no other guide is for the SKU
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
func (g FittingGuide) FitsReason(reason Reason) bool {
	return len(g.Reasons) == 0 || reason == "" || slices.Contains(g.Reasons, reason)
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
