package guides

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// duplicateTitles finds steps that are called alike: shoppers who see one step at a time think they are back at the
// first, and reports cannot be told apart.
func (l *linter) duplicateTitles() {
	first := make(map[string]int, len(l.steps))
	for i, s := range l.steps {
		key := strings.ToLower(singleSpaced(s.Title))
		if key == "" {
			continue
		}
		before, known := first[key]
		if !known {
			first[key] = i
			continue
		}
		l.report(s.at, Finding{Text: s.Title,
			Message: fmt.Sprintf("step %d has the same title as step %d: %s", i+1, before+1, quote(s.Title)),
			Mend:    "say in each title what is special about the step, such as “on Windows” or “with the app”"})
	}
}

// Longest steps. Of 2,000 steps of help pages that others wrote, more than nine in ten are shorter.
const (
	longStepWords = 250
	longStepChars = 600 // of Chinese or Japanese
)

// stepTooLong finds steps that do not fit into a shopper's head, nor on a telephone.
func (l *linter) stepTooLong(s *lintedStep) {
	words, chars := len(l.prose.words), l.prose.chars
	switch {
	case chars > longStepChars:
		l.report(s.at, Finding{Text: s.Title,
			Message: fmt.Sprintf("this step has %d characters; shoppers lose their place after about %d", chars, longStepChars),
			Mend:    "split it into steps of one action each, or move what not everybody needs to the end of the guide"})
	case words > longStepWords:
		l.report(s.at, Finding{Text: s.Title,
			Message: fmt.Sprintf("this step has %d words; shoppers lose their place after about %d", words, longStepWords),
			Mend:    "split it into steps of one action each, or move what not everybody needs to the end of the guide"})
	}
}

// So many actions are several steps written as one: in a list item, and in the running text under a heading, where telling
// in other words what was told counts too.
const (
	manyActions = 4
	manyInProse = 6
)

// severalActions finds steps that are several: with more than one numbered list, or running text that tells many things to do.
func (l *linter) severalActions(s *lintedStep) {
	lists, first := 0, 0
	next := 0 // the number with which a list that was interrupted goes on
	for _, n := range s.part.body {
		list, ok := n.(*ast.List)
		if !ok || !list.IsOrdered() {
			continue
		}
		if list.Start != next || lists == 0 {
			if list.ChildCount() < 2 {
				continue
			}
			if lists++; lists == 2 {
				first = list.Pos()
			}
		}
		next = list.Start + list.ChildCount()
	}
	if lists > 1 {
		l.report(first, Finding{Text: s.Title,
			Message: fmt.Sprintf("this step has %d numbered lists, so it is %d things to do", lists, lists),
			Mend:    "give each list a heading of its own, as large as this step’s; each is then a step that can be counted"})
		return
	}
	most := manyActions
	if s.part.opener == nil || s.part.opener.Kind() != ast.KindListItem {
		if slices.ContainsFunc(s.part.body, func(n ast.Node) bool { return n.Kind() == ast.KindList || n.Kind() == ast.KindHeading }) {
			return // its actions are told apart already
		}
		most = manyInProse
	}
	actions := 0
	for _, sentence := range l.prose.sentences {
		if l.commands(sentence) {
			actions++
		}
	}
	if actions >= most {
		l.report(s.at, Finding{Text: s.Title,
			Message: fmt.Sprintf("this step tells %d things to do", actions),
			Mend:    "write a numbered item for each action, and start a new one where the shopper has to look what happened"})
	}
}

// commands reports whether a sentence begins by telling what to do.
func (l *linter) commands(s sentence) bool {
	p := l.prose
	words := p.words[s.firstWord : s.firstWord+s.words]
	if len(words) > 0 && len(bytes.TrimSpace(p.text[s.start:words[0].start])) == 0 {
		return l.words.verbs.at(p.lower, words, 0) > 0
	}
	text := bytes.Trim(p.text[s.start:s.end], " \n")
	first, _ := utf8.DecodeRune(text)
	for _, verb := range l.words.verbs.byRune[first] {
		if hasPrefix(text, verb) {
			return true
		}
	}
	return false
}

// A fake heading is at most so long; what is longer is a sentence that matters.
const fakeHeadingRunes = 80

// fakeHeadings finds paragraphs that are bold and nothing else, where headings open the steps: they look like headings
// and divide nothing.
func (l *linter) fakeHeadings(s *lintedStep) {
	if s.part.opener == nil || s.part.opener.Kind() != ast.KindHeading {
		return
	}
	var first ast.Node
	text, lines := "", 0
	for i, n := range s.part.body {
		if i+1 == len(s.part.body) || s.part.body[i+1].Kind() == ast.KindHeading {
			continue // nothing stands under it
		}
		if title := l.boldAlone(n); title != "" {
			if lines++; lines == 1 {
				first, text = n, title
			}
		}
	}
	switch {
	case lines == 1:
		l.report(first.Pos(), Finding{Text: text,
			Message: "this line is bold as if it were a heading, but only headings open steps",
			Mend:    "write it as a heading with #, if a step or a part of one begins here"})
	case lines > 1:
		l.report(first.Pos(), Finding{Text: text,
			Message: fmt.Sprintf("%d lines of this step, of which this is the first, are bold as if they were headings, "+
				"but only headings open steps", lines),
			Mend: "write them as headings with #, if steps or parts of one begin there"})
	}
}

// boldAlone gives the text of a paragraph that is bold, short and no sentence or label.
func (l *linter) boldAlone(n ast.Node) string {
	if n.Kind() != ast.KindParagraph || n.ChildCount() != 1 {
		return ""
	}
	bold, ok := n.FirstChild().(*ast.Emphasis)
	if !ok || bold.Level != 2 {
		return ""
	}
	text := l.c.title(n)
	if _, long := clip(text, fakeHeadingRunes); long || text != strings.TrimRight(text, ".!?。！？…:：,，;；") {
		return ""
	}
	return text
}
