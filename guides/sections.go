package guides

import (
	"slices"
	"sort"

	"github.com/yuin/goldmark/ast"
)

// section is a heading below the title and what stands under it.
type section struct {
	heading  *ast.Heading
	at, end  int    // its blocks, the heading first: up to the next heading that is as large
	title    string // plain text
	ending   string // which ending it is the text of, if any
	numbered bool   // says which step it is
	aside    bool   // is no step, by its words
}

// sections gives the headings among the blocks and, apart from them, the one
// that is the title: the first, if it is of level 1, and the only one of that
// level or the only title there is.
func (c *compilation) sections(blocks []ast.Node, titled string) (title *ast.Heading, below []section) {
	all := make([]section, 0, len(c.nodes.headings))
	ones, headings := 0, c.nodes.headings
	for i, n := range blocks {
		if n.Kind() != ast.KindHeading {
			continue
		}
		for ast.Node(headings[0].Heading) != n { // inside another block
			headings = headings[1:]
		}
		h := headings[0]
		if h.Level == 1 {
			ones++
		}
		all = append(all, section{heading: h.Heading, at: i, title: h.title, ending: c.endingOf(h),
			numbered: countsStep(h.title), aside: isAside(h.title)})
	}
	if len(all) == 0 {
		return nil, nil
	}
	nextOfLevel := [8]int{} // where the next heading of a level, or of a larger one, is
	for level := range nextOfLevel {
		nextOfLevel[level] = len(blocks)
	}
	for i := len(all) - 1; i >= 0; i-- {
		s := &all[i]
		s.end = nextOfLevel[s.heading.Level]
		for level := s.heading.Level; level < len(nextOfLevel); level++ {
			nextOfLevel[level] = s.at
		}
	}
	for i := range all {
		if all[i].aside && all[i].bare(blocks) && prepares(all[i].title) {
			all[i].aside = len(withoutAsides(until(all[i+1:], all[i].end))) < 2 // else it is a group of things to do
		}
	}
	first := all[0]
	if first.heading.Level == 1 && (ones == 1 || titled == "" && !first.numbered) {
		return first.heading, all[1:]
	}
	return first.heading, all
}

// until gives the sections that begin before a block.
func until(sections []section, end int) []section {
	n := slices.IndexFunc(sections, func(s section) bool { return s.at >= end })
	if n < 0 {
		return sections
	}
	return sections[:n]
}

// openers gives the sections that are steps: those of the shallowest level that
// has two or more which are no asides. A section that holds nothing but two or
// more smaller ones stands for them.
func openers(blocks []ast.Node, sections []section) []section {
	live := withoutAsides(sections)
	level := sharedLevel(live)
	if level == 0 {
		return live
	}
	var opens []section
	for i := 0; i < len(live); i++ {
		s := live[i]
		inner := i + 1
		for inner < len(live) && live[inner].at < s.end {
			inner++
		}
		switch bare := s.bare(blocks); {
		case s.heading.Level > level: // text before the first step, or part of the one above
		case s.heading.Level < level:
			// It divides nothing itself. What it says before its steps is shown with
			// the intro, or is one more step.
			if inner == i+1 || len(opens) > 0 && !bare {
				opens = append(opens, s)
			}
		default:
			if bare {
				if smaller := openers(blocks, live[i+1:inner]); len(smaller) > 1 {
					opens = append(opens, smaller...)
					i = inner - 1
					continue
				}
			}
			opens = append(opens, s)
			i = inner - 1
		}
	}
	return opens
}

// withoutAsides leaves out the asides and what stands under them.
func withoutAsides(sections []section) []section {
	if !slices.ContainsFunc(sections, func(s section) bool { return s.aside }) {
		return sections
	}
	var live []section
	skipTo := 0
	for _, s := range sections {
		switch {
		case s.at < skipTo:
		case s.aside:
			skipTo = s.end
		default:
			live = append(live, s)
		}
	}
	return live
}

// sharedLevel is the shallowest level of which there are two or more; 0 if there is none.
func sharedLevel(sections []section) int {
	var of [7]int
	for _, s := range sections {
		of[s.heading.Level]++
	}
	for level, n := range of {
		if n > 1 {
			return level
		}
	}
	return 0
}

// counted gives the sections whose headings count the steps, at the shallowest
// level that has two or more of them; nil where more sections would be lost by
// that than are counted, for then the numbers are about a part of the page.
func counted(sections []section) []section {
	var numbered, opens []section
	for _, s := range sections {
		if s.numbered {
			numbered = append(numbered, s)
		}
	}
	level := sharedLevel(numbered)
	if level == 0 {
		return nil
	}
	for _, s := range numbered {
		if s.heading.Level == level {
			opens = append(opens, s)
		}
	}
	if lost(sections, opens) > len(opens) {
		return nil
	}
	return opens
}

// lost is how many sections as large as those that open steps, or larger, are
// in no step and hold none. Asides are not lost, nor is what helps those whom
// the steps did not.
func lost(sections, opens []section) (n int) {
	skipTo := 0
	for _, s := range sections {
		inside := sort.Search(len(opens), func(i int) bool { return opens[i].at > s.at })
		switch {
		case s.at < skipTo:
		case s.aside || isAftercare(s.title):
			skipTo = s.end
		case s.numbered || s.heading.Level > opens[0].heading.Level:
		case inside == len(opens) || opens[inside].at >= s.end:
			n++
		}
	}
	return n
}

// bare reports whether nothing stands between the heading and the next one but
// rules and what was emptied.
func (s section) bare(blocks []ast.Node) bool {
	for _, n := range blocks[s.at+1 : s.end] {
		switch {
		case n.Kind() == ast.KindHeading:
			return true
		case n.Kind() == ast.KindThematicBreak || n.Kind() == ast.KindParagraph && n.FirstChild() == nil:
		default:
			return false
		}
	}
	return true
}
