package intercept

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Match is a guide that fits, at its place among the others.
type Match struct {
	troubleshoot.FittingGuide
	Why       string // what it matches, in words
	EntryStep string // to begin with, where reason or comment lead to another than the first; "" = the first
}

// ranked is a guide with what it is sorted by, the first first; more is better.
type ranked struct {
	guide               troubleshoot.FittingGuide
	fit, reason, locale int
	comment, rate       float64
}

// Reason fits: a guide that names the reason comes before one for any.
const (
	anyReason   = 1
	namesReason = 2
)

// Rank gives the guides that fit the reason, best first: exact SKU before glob before category, then those that name the
// reason, then by locale (en-GB, en, another en, any locale), then by how well they answer the comment, then by the rate at
// which they are proven to fix, then by id. Guides in another language serve only where there is none in the shopper's. No
// more come back than are offered.
func Rank(guides []troubleshoot.FittingGuide, reason troubleshoot.Reason, locale, comment string) []Match {
	fitting := make([]ranked, 0, len(guides))
	spoken := false
	for _, g := range guides {
		if !g.FitsReason(reason) {
			continue
		}
		r := ranked{guide: g, fit: int(g.Fit), reason: anyReason, locale: troubleshoot.LocaleFit(g.Locale, locale), rate: g.FixRate}
		if reason != "" && len(g.Reasons) > 0 {
			r.reason = namesReason
		}
		spoken = spoken || r.locale > 0
		fitting = append(fitting, r)
	}
	if spoken {
		fitting = slices.DeleteFunc(fitting, func(r ranked) bool { return r.locale == 0 })
	}
	slices.SortFunc(fitting, ranked.compare)
	if comment = beginning(comment); comment != "" {
		breakTies(fitting, comment)
	}
	best := make([]Match, min(len(fitting), troubleshoot.MaxOfferedGuides))
	for n, r := range fitting[:len(best)] {
		best[n] = Match{r.guide, r.why(locale), entry(r.guide, reason, comment)}
	}
	return best
}

// compare puts the better guide first.
func (r ranked) compare(other ranked) int {
	return cmp.Or(r.tied(other), cmp.Compare(other.comment, r.comment), cmp.Compare(other.rate, r.rate), strings.Compare(r.guide.ID, other.guide.ID))
}

// tied compares by what comes before comment and rate.
func (r ranked) tied(other ranked) int {
	return cmp.Or(cmp.Compare(other.fit, r.fit), cmp.Compare(other.reason, r.reason), cmp.Compare(other.locale, r.locale))
}

// breakTies sorts those that tie, as far as they can still be offered, by the comment.
func breakTies(fitting []ranked, comment string) {
	for start := 0; start < min(len(fitting), troubleshoot.MaxOfferedGuides); {
		end := start + 1
		for end < len(fitting) && fitting[start].tied(fitting[end]) == 0 {
			end++
		}
		if tie := fitting[start:end]; len(tie) > 1 {
			for n, score := range answers(tie, comment) {
				tie[n].comment = score
			}
			slices.SortFunc(tie, ranked.compare)
		}
		start = end
	}
}

// why says in words what the guide matches.
func (r ranked) why(locale string) string {
	said := []string{map[troubleshoot.Fit]string{troubleshoot.FitExact: "names the SKU", troubleshoot.FitGlob: "names SKUs like it",
		troubleshoot.FitCategory: "is for the category"}[r.guide.Fit]}
	if r.reason == namesReason {
		said = append(said, "is for the reason")
	}
	if locale != "" {
		said = append(said, [...]string{"in another language", "in no language in particular", "in another region's language", "in the language",
			"in the locale"}[r.locale])
	}
	if r.comment > 0 {
		said = append(said, "answers the comment")
	}
	if r.rate > 0 {
		said = append(said, fmt.Sprintf("fixes at least %.0f%%", 100*r.rate))
	}
	return strings.Join(said, ", ")
}
