package guides

import (
	"cmp"
	"slices"

	"github.com/yuin/goldmark/ast"
)

// part is a stretch of the guide that is a step or an ending.
type part struct {
	opener ast.Node   // heading or list item; nil where the whole guide is one step
	title  string     // plain text
	anchor string     // {#id} as written, or the slug of the title: what links in the markdown point to
	pinned bool       // written as {#id}
	ending string     // Fixed … where the part is the text of an ending
	body   []ast.Node // its blocks, without the heading / with the item's blocks after the title
	edges  partEdges  // what its links and requires:/before: lines said, before ids are resolved
}

// outline is how a guide is cut up.
type outline struct {
	title *ast.Heading       // what names the guide, if there is a heading
	intro []ast.Node         // what stands before the first step, without the title
	parts []part             // steps and endings in reading order
	lists map[*ast.List]bool // those whose items are steps
}

// findOutline decides what the steps are; docs/writing-guides.md has the rules.
// In short: the headings that count steps, unless that loses more sections than there are steps; else the headings of the shallowest
// level below the title that has two or more which are no asides, where one
// with nothing but smaller headings under it stands for those; else the items
// of the one ordered list; else the whole is one step.
func (c *compilation) findOutline(blocks []ast.Node, titled string) outline {
	title, sections := c.sections(blocks, titled)
	o := outline{title: title}
	cut := cutter{c: c, blocks: blocks, out: make([]bool, len(blocks))}
	sections = cut.endings(sections)
	if opens := counted(sections); opens != nil {
		cut.bySections(&o, opens)
		return o
	}
	if len(withoutAsides(sections)) == 0 && cut.headingsAlone(title, sections) { // if all is aside, nothing is
		for i := range sections {
			sections[i].aside = false
		}
	}
	opens := openers(blocks, sections)
	if len(opens) > 1 {
		cut.bySections(&o, opens)
		return o
	}
	cut.leaveOutAsides(sections)
	from, to := 0, len(blocks)
	if len(opens) == 1 {
		from, to = opens[0].at, opens[0].end
	}
	runs := cut.orderedLists(from, to)
	if len(runs) == 0 {
		runs = cut.orderedLists(0, len(blocks))
	}
	if len(runs) == 1 {
		cut.byItems(&o, runs[0])
		return o
	}
	cut.nowhere(&o)
	return o
}

// cutter cuts blocks into parts.
type cutter struct {
	c      *compilation
	blocks []ast.Node
	out    []bool // the blocks that are in no step: those of endings and of asides
	ends   []cutPart
}

// cutPart is a part and which of the blocks it starts with.
type cutPart struct {
	part
	at int
}

// endings takes out the sections that are the texts of endings and gives the others.
func (cut *cutter) endings(sections []section) []section {
	var steps []section
	taken := map[string]bool{}
	for _, s := range sections {
		switch {
		case cut.out[s.at]:
		case s.ending == "":
			steps = append(steps, s)
		default:
			for i := s.at; i < s.end; i++ {
				cut.out[i] = true
			}
			if taken[s.ending] {
				cut.c.findInBody(s.heading.Pos(), Finding{Rule: "duplicate-ending", Severity: WARNING, Text: s.title,
					Message: "the ending #" + s.ending + " has a text already; this one is shown in the whole guide only",
					Mend:    "put both under one heading, or give this heading another {#id}"})
				continue
			}
			taken[s.ending] = true
			cut.ends = append(cut.ends, cutPart{part{opener: s.heading, title: s.title, ending: s.ending,
				body: cut.blocks[s.at+1 : s.end]}, s.at})
		}
	}
	return steps
}

// headingsAlone reports whether nothing but the title stands before the first section.
func (cut *cutter) headingsAlone(title *ast.Heading, sections []section) bool {
	for i, n := range cut.blocks {
		switch {
		case len(sections) > 0 && i == sections[0].at:
			return true
		case !cut.out[i] && n != ast.Node(title):
			return false
		}
	}
	return true
}

func (cut *cutter) leaveOutAsides(sections []section) {
	for _, s := range sections {
		if !s.aside || cut.out[s.at] {
			continue
		}
		for i := s.at; i < s.end; i++ {
			cut.out[i] = true
		}
	}
}

// bySections makes a step of each section.
func (cut *cutter) bySections(o *outline, opens []section) {
	parts := make([]cutPart, 0, len(opens)+len(cut.ends))
	for i, s := range opens {
		end := s.end
		if i+1 < len(opens) {
			end = min(end, opens[i+1].at)
		}
		parts = append(parts, cutPart{part{opener: s.heading, title: s.title, body: cut.kept(s.at+1, end)}, s.at})
	}
	cut.finish(o, parts, opens[0].at)
}

// kept gives the blocks of a range that are not taken out.
func (cut *cutter) kept(from, to int) []ast.Node {
	if !slices.Contains(cut.out[from:to], true) {
		return slices.Clip(cut.blocks[from:to])
	}
	var kept []ast.Node
	for i := from; i < to; i++ {
		if !cut.out[i] {
			kept = append(kept, cut.blocks[i])
		}
	}
	return kept
}

// finish puts steps and endings in order, and what stands before the first
// step into the intro.
func (cut *cutter) finish(o *outline, steps []cutPart, first int) {
	isEnding := func(i int) bool {
		return slices.ContainsFunc(cut.ends, func(e cutPart) bool { return e.at <= i && i <= e.at+len(e.body) })
	}
	for i, n := range cut.blocks[:first] {
		if !isEnding(i) && n != ast.Node(o.title) {
			o.intro = append(o.intro, n)
		}
	}
	all := steps
	if len(cut.ends) > 0 {
		all = append(steps, cut.ends...)
		slices.SortStableFunc(all, func(a, b cutPart) int { return cmp.Compare(a.at, b.at) })
	}
	o.parts = make([]part, 0, len(all))
	for _, p := range all {
		o.parts = append(o.parts, p.part)
	}
}

// run is an ordered list, or several of which each goes on with the number
// that the one before it has come to.
type run struct {
	lists []int // which of the blocks
	items int
}

// orderedLists gives the runs of two or more items among a range of blocks.
func (cut *cutter) orderedLists(from, to int) []run {
	var runs []run
	next := -1 // the number with which a list would go on
	for i := from; i < to; i++ {
		list, ok := cut.blocks[i].(*ast.List)
		switch {
		case cut.out[i] || cut.blocks[i].Kind() == ast.KindHeading:
			next = -1
		case !ok || !list.IsOrdered():
		case list.Start == next:
			last := &runs[len(runs)-1]
			last.lists = append(last.lists, i)
			last.items += list.ChildCount()
			next += list.ChildCount()
		default:
			runs = append(runs, run{[]int{i}, list.ChildCount()})
			next = list.Start + list.ChildCount()
		}
	}
	return slices.DeleteFunc(runs, func(r run) bool { return r.items < 2 })
}

// byItems makes a step of each item of a run. What stands between its lists
// and after them belongs to the item before it.
func (cut *cutter) byItems(o *outline, r run) {
	o.lists = map[*ast.List]bool{}
	var parts []cutPart
	for i, at := range r.lists {
		list := cut.blocks[at].(*ast.List)
		o.lists[list] = true
		for item := list.FirstChild(); item != nil; item = item.NextSibling() {
			parts = append(parts, cutPart{cut.c.itemPart(item), at})
		}
		end := len(cut.blocks)
		if i+1 < len(r.lists) {
			end = r.lists[i+1]
		}
		last := &parts[len(parts)-1]
		last.body = append(last.body, cut.kept(at+1, end)...)
	}
	cut.finish(o, parts, r.lists[0])
}

// itemPart makes a part of a list item: its first paragraph is the title, the
// rest the body.
func (c *compilation) itemPart(item ast.Node) part {
	p := part{opener: item, body: children(item)}
	if len(p.body) > 0 && (p.body[0].Kind() == ast.KindTextBlock || p.body[0].Kind() == ast.KindParagraph) {
		long := c.title(p.body[0])
		short, cut := clip(long, MaxTitleRunes)
		if !cut && short != "" { // else the body must say it all
			p.body = p.body[1:]
		}
		p.title = short
	}
	return p
}

// nowhere makes one step of everything but asides.
func (cut *cutter) nowhere(o *outline) {
	if len(cut.blocks) == 0 {
		return
	}
	first := 0
	for first < len(cut.blocks) && (cut.out[first] || cut.blocks[first] == ast.Node(o.title)) {
		first++
	}
	if first == len(cut.blocks) && len(cut.ends) > 0 {
		cut.finish(o, nil, first)
		return
	}
	body := slices.DeleteFunc(slices.Clone(cut.kept(0, len(cut.blocks))), func(n ast.Node) bool { return n == ast.Node(o.title) })
	cut.finish(o, []cutPart{{part{body: body}, first}}, first)
}
