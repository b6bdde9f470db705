package intercept

import (
	"strconv"
	"unicode/utf8"

	"github.com/fixfirst/fixfirst/guides/search"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// comparedBytes of a comment are compared with guides: what a shopper says is said by then, and others wait for the decision.
const comparedBytes = 600

// beginning is as much of a comment as is compared.
func beginning(comment string) string {
	if len(comment) <= comparedBytes {
		return comment
	}
	end := comparedBytes
	for !utf8.RuneStart(comment[end]) {
		end--
	}
	return comment[:end]
}

// answers ranks guides that tie by what the shopper wrote, each by BM25 among the others: words that all of them have part
// nothing. A guide whose words are not known, or that has none of the comment's, gets 0.
func answers(tie []ranked, comment string) []float64 {
	index := search.New()
	for n, r := range tie {
		// What cannot be decoded was kept by another version; such a guide is offered as if nothing had been written.
		if terms, err := search.Decode(r.guide.Terms); err == nil && len(r.guide.Terms) > 0 {
			index.Put(strconv.Itoa(n), r.guide.Revision, terms)
		}
	}
	scores := make([]float64, len(tie))
	for _, result := range index.Search(search.Query{Text: comment, Limit: len(tie)}) {
		n, _ := strconv.Atoi(result.Guide) // as it was written above
		scores[n] = result.Score
	}
	return scores
}

// leastShare is how much of a symptom a comment must say, and more, for the guide to begin there.
const leastShare = 0.5

// entry gives the step to begin with: for the symptom that the comment says most of, else for the reason; "" is the first.
func entry(g troubleshoot.FittingGuide, reason troubleshoot.Reason, comment string) string {
	step, most := "", leastShare
	if comment != "" && len(g.Entries) > 0 {
		heard := search.Hear(comment, g.Locale)
		for _, e := range g.Entries {
			if share := heard.Share(e.Symptom); share > most {
				step, most = e.Step, share
			}
		}
	}
	for _, e := range g.Entries {
		if step == "" && e.Reason != "" && e.Reason == reason {
			step = e.Step
		}
	}
	return step
}
