package guides

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// Fix mends what can be mended without asking the seller, and says what it mended. A mend is kept only if the guide
// still has the same steps and endings: the same ids, titles, edges and stops, no error more and no mark of markdown that
// shoppers would see. Fixing what was fixed changes nothing. Errors are those of Compile; markdown is then returned as it is.
func Fix(markdown string, o Options) (fixed string, applied []Finding, err error) {
	d, err := compileWith(markdown, o, math.MaxInt)
	if err != nil {
		return markdown, nil, err
	}
	f := fixer{options: o, text: markdown, document: d, compiles: min(max(fixBytes/max(len(markdown), 1), 6), 200)}
	for {
		kept := f.round()
		switch applied = append(applied, kept...); {
		case f.cut: // half a job would go on when fixed again
			return markdown, nil, nil
		case len(kept) == 0:
			return f.text, applied, nil
		}
	}
}

// fixBytes bounds how much is compiled while fixing: mends are tried together, and fewer at once where that fails.
const fixBytes = 2 << 20

// fixer is a guide that is being mended.
type fixer struct {
	options  Options
	text     string
	document Document // of text
	compiles int      // still allowed
	cut      bool     // whether more would have been needed
}

// round applies what can be applied of the findings of the text as it is now.
func (f *fixer) round() []Finding {
	var all []Finding
	end := -1 // of those that are taken; what overlaps comes in the next round
	for _, finding := range f.document.Findings {
		if len(finding.Edits) > 0 && finding.span().start > end {
			all = append(all, finding)
			end = finding.span().end
		}
	}
	if len(all) == 0 {
		return nil
	}
	base, kept := f.text, []Finding(nil)
	f.apply(base, &kept, all)
	return kept
}

// apply adds findings to those that are kept, all at once or, if that changes a step, each half by itself.
func (f *fixer) apply(base string, kept *[]Finding, more []Finding) {
	if f.compiles--; f.compiles < 0 {
		f.cut = true
		return
	}
	together := append(slices.Clone(*kept), more...)
	text := edited(base, together)
	if d, err := compileWith(text, f.options, math.MaxInt); err == nil && text != f.text && sameSteps(f.document, d) {
		f.text, f.document, *kept = text, d, together
		return
	}
	if len(more) > 1 {
		f.apply(base, kept, more[:len(more)/2])
		f.apply(base, kept, more[len(more)/2:])
	}
}

// span gives the bytes from a finding's first edit to its last.
func (f Finding) span() span {
	all := span{f.Edits[0].Start, f.Edits[0].End}
	for _, e := range f.Edits {
		all = span{min(all.start, e.Start), max(all.end, e.End)}
	}
	return all
}

// edited applies the edits of findings, from the last to the first.
func edited(text string, findings []Finding) string {
	var edits []Edit
	for _, f := range findings {
		edits = append(edits, f.Edits...)
	}
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.Start])
		b.WriteString(e.New)
		at = e.End
	}
	b.WriteString(text[at:])
	return b.String()
}

// sameSteps reports whether a mended guide has the steps and endings that it had, and no new error.
func sameSteps(before, after Document) bool {
	errors := func(d Document) (n int) {
		for _, f := range d.Findings {
			if f.Severity == ERROR {
				n++
			}
		}
		return n
	}
	return before.Title == after.Title && errors(after) <= errors(before) &&
		slices.EqualFunc(before.Steps, after.Steps, sameStep) &&
		slices.EqualFunc(before.Endings, after.Endings, func(a, b Ending) bool {
			return a.Ending == b.Ending && a.Title == b.Title && marks(b.Text) <= marks(a.Text)
		})
}

func sameStep(a, b Step) bool {
	return a.ID == b.ID && shown(a.Title) == shown(b.Title) && a.Next == b.Next && slices.Equal(a.Requires, b.Requires) &&
		shown(a.Stop) == shown(b.Stop) && marks(b.Instruction) <= marks(a.Instruction) &&
		keeps(shown(b.Instruction), shown(a.Instruction))
}

// keeps reports whether a text has all characters of another in their order; more may stand between them, such as the
// words of a picture.
func keeps(text, of string) bool {
	for i := range len(text) {
		if of != "" && text[i] == of[0] {
			of = of[1:]
		}
	}
	return of == ""
}

// shown gives a text without spaces and without what stood for a NUL.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
}

// marks counts the characters that markdown is made of: more of them than before are a mend that did not take.
func marks(text string) (n int) {
	for i := range len(text) {
		switch text[i] {
		case '*', '_', '`', '[', ']', '\\', '#', '<', '>':
			n++
		}
	}
	return n
}

// nulEdits takes the NULs out of a text, in one edit.
func nulEdits(markdown string) []Edit {
	start, end := strings.IndexByte(markdown, 0), strings.LastIndexByte(markdown, 0)+1
	return []Edit{{start, end, strings.ReplaceAll(markdown[start:end], "\x00", "")}}
}
