package rpc

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"github.com/fixfirst/fixfirst/guides"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// surroundings is what compiling depends on beside the text: the kinds of reasons, and what the seller has beside it: pictures,
// other languages and the revision that shoppers see. Without a seller or an id a guide is compiled all by itself. SKUExists is
// set, for write to replace it, where there is something to look SKUs up in.
func surroundings(tx *store.Tx, seller, id string) (guides.Options, error) {
	o := guides.Options{ReasonKnown: troubleshoot.KnownReason}
	if seller == "" {
		return o, nil
	}
	items, err := tx.HasItems(seller)
	if err != nil {
		return o, err
	}
	if items {
		o.SKUExists = func(string) bool { return true }
	}
	if id == "" {
		return o, nil
	}
	latest, err := tx.LatestGuideRevision(seller, id)
	if err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound {
		return o, err
	}
	o.Previous = stepsOf(latest)
	pictures, err := tx.AssetsOf(seller, id)
	if err != nil {
		return o, err
	}
	o.Image = func(path string) (guides.Image, bool) {
		p, ok := pictures[path]
		return guides.Image{URI: p.URI(), Width: p.Width, Height: p.Height, Bytes: p.Size}, ok
	}
	o.Siblings, err = siblings(tx, seller, id)
	return o, err
}

// siblings gives the same guide in other languages: guides whose ids differ in the language at their end, as kettle.en and
// kettle.zh do.
func siblings(tx *store.Tx, seller, id string) ([]guides.Sibling, error) {
	base, _, ok := cutLanguage(id)
	if !ok {
		return nil, nil
	}
	near, err := tx.GuidesBeside(seller, base+".", func(other string) bool {
		otherBase, _, ok := cutLanguage(other)
		return ok && otherBase == base && other != id
	})
	var others []guides.Sibling
	for _, g := range near {
		others = append(others, guides.Sibling{Name: g.ID, Locale: g.Locale, Steps: stepsOf(g)})
	}
	return others, err
}

// cutLanguage takes an id like kettle.en-GB apart.
func cutLanguage(id string) (base, locale string, ok bool) {
	dot := strings.LastIndexByte(id, '.')
	if dot <= 0 {
		return "", "", false
	}
	tag, err := language.Parse(id[dot+1:])
	return id[:dot], tag.String(), err == nil
}

// guideOf is the noun of a compiled document, as a draft.
func guideOf(d guides.Document, seller, id, markdown string) troubleshoot.Guide {
	g := troubleshoot.Guide{Seller: seller, ID: id, State: troubleshoot.GuideDraft, Title: d.Title, Locale: d.Locale, SKUs: d.SKUs,
		Categories: d.Categories, Symptoms: d.Symptoms, Minutes: d.Minutes, Difficulty: d.Difficulty, Tools: d.Tools, Intro: string(d.Intro),
		HTML: string(d.HTML), Markdown: markdown}
	for _, raw := range d.Reasons {
		g.Reasons = append(g.Reasons, troubleshoot.NormaliseReason(raw))
	}
	for _, e := range d.Entries {
		entry := troubleshoot.GuideEntry{Symptom: e.Symptom, Step: e.Step}
		if e.Reason != "" {
			entry.Reason = troubleshoot.NormaliseReason(e.Reason)
		}
		g.Entries = append(g.Entries, entry)
	}
	for _, s := range d.Steps {
		g.Steps = append(g.Steps, troubleshoot.GuideStep{ID: s.ID, Title: s.Title, HTML: string(s.HTML), Instruction: s.Instruction,
			Next: troubleshoot.GuideNext(s.Next), Requires: s.Requires, Stop: s.Stop})
	}
	for _, e := range d.Endings {
		g.Endings = append(g.Endings, troubleshoot.GuideEnding{Ending: e.Ending, Title: e.Title, HTML: string(e.HTML), Text: e.Text})
	}
	for _, f := range d.Findings {
		g.Findings = append(g.Findings, troubleshoot.GuideFinding{Rule: f.Rule, Severity: string(f.Severity), Line: f.Line, Column: f.Column,
			Message: f.Message, Mend: f.Mend, Text: f.Text, Fixable: len(f.Edits) > 0})
	}
	return g
}

// stepsOf gives a kept guide's steps as the compiler made them.
func stepsOf(g troubleshoot.Guide) []guides.Step {
	steps := make([]guides.Step, len(g.Steps))
	for n, s := range g.Steps {
		steps[n] = guides.Step{ID: s.ID, Title: s.Title, HTML: guides.SafeHTML(s.HTML), Instruction: s.Instruction,
			Next: guides.Next(s.Next), Requires: s.Requires, Stop: s.Stop}
	}
	return steps
}

// publishable refuses a guide whose markdown has errors, and names each.
func publishable(g troubleshoot.Guide) error {
	refused := &troubleshoot.Error{Code: troubleshoot.InvalidArgument, Message: "markdown: has errors and cannot be published"}
	for _, f := range g.Findings {
		if f.Severity == string(guides.ERROR) {
			refused.Violations = append(refused.Violations, troubleshoot.Violation{Field: "markdown",
				Description: fmt.Sprintf("line %d, column %d: %s: %s; %s", f.Line, f.Column, f.Rule, f.Message, f.Mend)})
		}
	}
	if len(refused.Violations) == 0 {
		return nil
	}
	return refused
}
