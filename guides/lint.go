package guides

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
)

// Rule is something that Compile looks for.
type Rule struct {
	ID          string
	Severity    Severity // the worst that it may have
	Description string   // one line, for docs and for reports that list their rules
}

// Rules gives every rule of the compiler, sorted by id.
func Rules() []Rule {
	rules := make([]Rule, len(ruleTable))
	copy(rules, ruleTable)
	return rules
}

// check is a rule on words or form. One for the guide is asked once, one for steps at each step, in reading order.
type check struct {
	id       string
	severity Severity
	guide    func(*linter)
	step     func(*linter, *lintedStep)
}

// checks are what lint asks.
var checks = []check{
	{id: "duplicate-title", severity: WARNING, guide: (*linter).duplicateTitles},
	{id: "missing-alt", severity: WARNING, guide: (*linter).missingAlt},
	{id: "huge-image", severity: WARNING, guide: (*linter).hugeImages},
	{id: "unknown-sku", severity: WARNING, guide: (*linter).unknownSKUs},
	{id: "unknown-reason", severity: WARNING, guide: (*linter).unknownReasons},
	{id: "translation-lacks-step", severity: WARNING, guide: (*linter).lackingSteps},
	{id: "reason-case", severity: INFO, guide: (*linter).reasonCase},
	{id: "locale-form", severity: INFO, guide: (*linter).localeForm},
	{id: "step-too-long", severity: WARNING, step: (*linter).stepTooLong},
	{id: "several-actions", severity: INFO, step: (*linter).severalActions},
	{id: "fake-heading", severity: INFO, step: (*linter).fakeHeadings},
	{id: "no-safety-note", severity: WARNING, step: (*linter).noSafetyNote},
	{id: "hard-to-read", severity: INFO, step: (*linter).hardToRead},
}

// lintedStep is a step with what it was made of.
type lintedStep struct {
	*Step
	part *part
	at   int // offset of the body where it begins
}

// linter is what the checks share.
type linter struct {
	c        *compilation
	d        *Document
	steps    []lintedStep
	language string // of the guide: said, else guessed; "" if neither
	words    *vocabulary
	danger   phrases // the seller's own words
	current  check   // the one that is asked
	prose    *prose  // of the step that is looked at
	reading  reading // of the steps so far, where they were too short to be judged alone
	longest  findingAt
	warned   bool // a step so far has a note of safety
}

// findingAt is a finding that is kept until it is clear whether it counts.
type findingAt struct {
	offset, size int
	Finding
}

// lint looks at the guide's words and form.
func (c *compilation) lint(d *Document, parts []part) {
	c.attachEdits()
	l := &linter{c: c, d: d, danger: newPhrases(c.safety...), prose: proses.Get().(*prose), steps: make([]lintedStep, 0, len(d.Steps))}
	defer l.prose.release()
	l.language = baseLanguage(d.Locale)
	if l.language == "" {
		l.language = guessLanguage(c.source.body())
	}
	l.words = vocabularies()[l.language]
	if l.words == nil {
		l.words = vocabularies()[""]
	}
	for i := range parts {
		if p := &parts[i]; p.ending == "" && len(l.steps) < len(d.Steps) {
			l.steps = append(l.steps, lintedStep{&d.Steps[len(l.steps)], p, p.start()})
		}
	}
	for _, check := range checks {
		if l.current = check; check.guide != nil {
			check.guide(l)
		}
	}
	for i := range l.steps {
		s := &l.steps[i]
		l.prose.read(c.source.body(), s.part.titleNode(), s.part.body)
		for _, check := range checks {
			if l.current = check; check.step != nil {
				check.step(l, s)
			}
		}
	}
	l.hardToReadAsAWhole()
	if bytes.Contains(c.source.text, []byte("\uFFFD")) {
		c.keepEditsOfNUL()
	}
}

// keepEditsOfNUL drops all other edits of a document that had NULs: their places count from the text without.
func (c *compilation) keepEditsOfNUL() {
	had := false
	for _, f := range c.findings {
		had = had || f.Rule == "nul-character"
	}
	for i := range c.findings {
		if had && c.findings[i].Rule != "nul-character" {
			c.findings[i].Edits = nil
		}
	}
}

// report keeps a finding of the current check at an offset of the body.
func (l *linter) report(offset int, f Finding) {
	f.Rule, f.Severity = l.current.id, l.current.severity
	l.c.findInBody(offset, f)
}

// titleNode is what the title was read from, where it is not in the body.
func (p part) titleNode() ast.Node {
	if p.opener == nil || p.opener.Kind() == ast.KindHeading {
		return p.opener
	}
	first := p.opener.FirstChild()
	if first == nil || len(p.body) > 0 && p.body[0] == first {
		return nil
	}
	if first.Kind() != ast.KindTextBlock && first.Kind() != ast.KindParagraph {
		return nil
	}
	return first
}

// start gives the offset of the body where a part begins.
func (p part) start() int {
	switch {
	case p.opener != nil:
		return p.opener.Pos()
	case len(p.body) > 0:
		return p.body[0].Pos()
	}
	return 0
}

// baseLanguage gives the language of a locale: zh of zh-Hant-TW.
func baseLanguage(locale string) string {
	for i := range len(locale) {
		if locale[i] == '-' {
			return locale[:i]
		}
	}
	return locale
}
