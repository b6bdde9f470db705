package guides

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// resolver turns what the parts say into ids of steps, and tells what is wrong
// with the ways through the guide.
type resolver struct {
	c     *compilation
	d     *Document
	parts []part          // those that are steps, as in d.Steps
	steps map[string]int  // by anchor, by the headings inside them, and by id
	names map[string]bool // what links may lead to; made when one leads nowhere
	graph stepGraph
	// unsolved is the graph as it is for whom no step helps: Yes leads nowhere where it means that it works.
	unsolved stepGraph
}

// resolve leads every step somewhere: whatever the findings, each Yes, No and
// Next is the id of a step or an ending, for drafts are shown too.
func (c *compilation) resolve(d *Document, parts []part) {
	r := resolver{c: c, d: d, parts: parts}
	if len(d.Steps) < len(parts) {
		r.parts = slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return p.ending != "" })
	}
	r.nameSteps()
	drawn, ends := false, len(d.Endings) > 0 // whether the seller drew ways, and whether one leads to an end
	for i := range r.parts {
		e := r.parts[i].edges
		drawn = drawn || e.yes != nil || e.no != nil || e.next != nil
		ends = r.lead(i) || ends
	}
	r.enter()
	r.order()
	r.checkWays()
	if drawn && !ends {
		r.findAt(len(d.Steps)-1, Finding{Rule: "no-ending", Severity: INFO,
			Message: "the guide says where its steps lead, but not how it ends: none of its links leads to an ending",
			Mend:    "end the last step with links such as `[Yes](#fixed) [No](#return-it)`"})
	}
}

// nameSteps collects what a link may call a step: what the markdown gives as
// its name, a heading in it, or the id under which its results are counted.
func (r *resolver) nameSteps() {
	r.steps = make(map[string]int, 2*len(r.parts))
	for i, p := range r.parts {
		r.steps[p.anchor] = i
	}
	keep := func(name string, i int) {
		if _, taken := r.steps[name]; !taken && name != "" {
			r.steps[name] = i
		}
	}
	for i, p := range r.parts {
		for _, n := range p.body {
			if n.Kind() == ast.KindHeading {
				keep(r.c.anchors.names[n], i)
			}
		}
	}
	for i, s := range r.d.Steps {
		keep(s.ID, i)
	}
}

// dangling keeps a finding on a link that leads to no step.
func (r *resolver) dangling(l link, f Finding) {
	if r.names == nil {
		r.names = map[string]bool{}
		for name := range endingNames {
			r.names[name] = true
		}
		for _, p := range r.parts {
			r.names[p.anchor] = true
		}
	}
	r.c.dangling(l, f, r.names)
}

// findAt keeps a finding at the title of a step.
func (r *resolver) findAt(i int, f Finding) {
	offset, p := r.parts[i].start(), r.parts[i]
	if n := p.titleNode(); n != nil && n.Lines().Len() > 0 {
		line := n.Lines().At(0)
		offset, f.Text = line.Start, string(bytes.TrimSpace(line.Value(r.c.source.body())))
	}
	r.c.findInBody(offset, f)
}

// lead gives a step its ways, and reports whether the seller sent one of them
// to an ending.
func (r *resolver) lead(i int) (ends bool) {
	e, follower, following := r.parts[i].edges, AskExpert, outside
	if i+1 < len(r.parts) {
		follower, following = r.d.Steps[i+1].ID, i+1
	}
	way := func(l *link, name, id string, to int) (string, int) {
		if l == nil {
			return id, to
		}
		if ending := endingNames[l.anchor]; ending != "" {
			ends = true
			return ending, outside
		}
		if step, ok := r.steps[l.anchor]; ok {
			return r.d.Steps[step].ID, step
		}
		r.dangling(*l, Finding{Severity: ERROR, Message: "its " + name + " leads to " + id + " instead"})
		return id, to
	}
	next := &r.d.Steps[i].Next
	var ways [2]int
	if e.next != nil {
		next.Next, ways[0] = way(e.next, "Next", follower, following)
		ways[1] = ways[0]
	} else {
		next.Yes, ways[0] = way(e.yes, "Yes", Fixed, outside)
		next.No, ways[1] = way(e.no, "No", follower, following)
	}
	r.graph.leads = append(r.graph.leads, ways)
	if next.Yes == Fixed {
		ways[0] = ways[1]
	}
	r.unsolved.leads = append(r.unsolved.leads, ways)
	if e.yes != nil && e.no == nil && following == outside {
		r.c.find(e.yes.offset, Finding{Rule: "dead-end", Severity: WARNING, Text: e.yes.text,
			Message: "the step says where Yes leads, not where No does, and no step follows: shoppers are sent to an expert",
			Mend:    "say it: `[No](#return-it)`, `[No](#ask-an-expert)` or `[No](#another-step)`"})
	}
	return ends
}

// enter reads where shoppers with a reason or a symptom begin.
func (r *resolver) enter() {
	if len(r.parts) > 0 {
		r.graph.starts = []int{0}
	}
	for _, e := range r.c.entries {
		step, ok := r.steps[e.target.anchor]
		if !ok {
			r.dangling(e.target, Finding{Severity: ERROR,
				Message: "shoppers with " + quote(e.reason+e.symptom) + " begin with the first step instead"})
			continue
		}
		r.d.Entries = append(r.d.Entries, Entry{Reason: e.reason, Symptom: e.symptom, Step: r.d.Steps[step].ID})
		r.graph.starts = append(r.graph.starts, step)
	}
}

// requirement is that a step comes before another, and the link that says so.
type requirement struct {
	step, first int
	link        link
}

// unlinkedOrders tells of lines requires: and before: that name steps without linking to them. Those that name none are text of
// a page that means something else.
func (r *resolver) unlinkedOrders() {
	for _, line := range r.c.unlinked {
		for name := range strings.FieldsFuncSeq(line.text, func(c rune) bool { return strings.ContainsRune(",，、[]*_", c) }) {
			name = strings.TrimRight(strings.TrimSpace(name), ".。")
			step := slices.IndexFunc(r.d.Steps, func(s Step) bool { return s.ID == slug(name) || strings.EqualFold(s.Title, name) })
			if name == "" || step < 0 {
				continue
			}
			r.c.find(line.offset, Finding{Rule: "order-line", Severity: WARNING, Text: line.text,
				Message: "this line is shown as text: it names a step without a link",
				Mend:    "write the step’s id: #" + r.d.Steps[step].ID})
			break
		}
	}
}

// order gives each step those that must come first.
func (r *resolver) order() {
	r.unlinkedOrders()
	if len(r.c.orders) == 0 {
		return
	}
	said := map[[2]int]link{} // by step and required step: the first link that says so
	requires := make([][]int, len(r.parts))
	for _, q := range r.requirements() {
		if _, again := said[[2]int{q.step, q.first}]; !again {
			said[[2]int{q.step, q.first}] = q.link
			requires[q.step] = append(requires[q.step], q.first)
		}
	}
	kept, cycles := withoutCycles(requires)
	for _, cycle := range cycles {
		l := firstIn(cycle, requires, said)
		r.c.find(l.offset, Finding{Rule: "requires-cycle", Severity: ERROR, Text: l.text,
			Message: "no order is possible: each of these steps must come before itself: " + r.titles(cycle),
			Mend:    "delete one of their `requires:` or `before:`"})
	}
	r.graph.requires = kept
	for i, firsts := range reduced(kept) {
		for _, f := range firsts {
			r.d.Steps[i].Requires = append(r.d.Steps[i].Requires, r.d.Steps[f].ID)
		}
	}
	told := map[int]bool{}
	for _, pair := range r.graph.hasty() {
		if told[pair[0]] {
			continue // one step to move at a time
		}
		told[pair[0]] = true
		l := said[pair]
		r.c.find(l.offset, Finding{Rule: "requires-later", Severity: WARNING, Text: l.text,
			Message: fmt.Sprintf("%s requires %s, which stands after it and can be passed over",
				quote(r.d.Steps[pair[0]].Title), quote(r.d.Steps[pair[1]].Title)),
			Mend: "move the required step up, or lead to it first"})
	}
}

// firstIn gives the first link by which steps of a cycle require one another.
func firstIn(cycle []int, requires [][]int, said map[[2]int]link) link {
	var first link
	for _, i := range cycle {
		for _, f := range requires[i] {
			l := said[[2]int{i, f}]
			if _, in := slices.BinarySearch(cycle, f); in && (first.text == "" || l.offset < first.offset) {
				first = l
			}
		}
	}
	return first
}

// requirements reads requires: and before: of all steps, in reading order.
func (r *resolver) requirements() []requirement {
	var all []requirement // with outside for the step that the link names
	for i, p := range r.parts {
		for _, l := range p.edges.requires {
			all = append(all, requirement{i, outside, l})
		}
		for _, l := range p.edges.before {
			all = append(all, requirement{outside, i, l})
		}
	}
	slices.SortStableFunc(all, func(a, b requirement) int { return cmp.Compare(a.link.offset, b.link.offset) })
	missing := map[string]bool{}
	known := all[:0]
	for _, q := range all {
		other, ok := r.steps[q.link.anchor]
		switch {
		case !ok:
			if !missing[q.link.anchor] {
				missing[q.link.anchor] = true
				r.dangling(q.link, Finding{Severity: ERROR, Message: "nothing comes first by it"})
			}
			continue
		case q.step == outside:
			q.step = other
		default:
			q.first = other
		}
		known = append(known, q)
	}
	return known
}

// checkWays tells of steps that nobody comes to and of those that nobody
// leaves.
func (r *resolver) checkWays() {
	for i, seen := range r.graph.reached(outside) {
		if !seen {
			r.findAt(i, Finding{Rule: "unreachable-step", Severity: WARNING,
				Message: "no shopper comes to the step " + quote(r.d.Steps[i].Title) + ": no way leads to it",
				Mend:    "link to it as #" + r.parts[i].anchor + " from the step before it, or delete it"})
		}
	}
	for _, trap := range r.unsolved.traps() {
		r.findAt(trap[0], Finding{Rule: "loop-without-exit", Severity: ERROR,
			Message: "shoppers whom no step helps go round and round: nothing else leads out of " + r.titles(trap),
			Mend:    "let one of these steps lead to #fixed, #ask-an-expert or #return-it, or to a step that does"})
	}
}

// titles quotes the titles of steps, three at most.
func (r *resolver) titles(steps []int) string {
	const most = 3
	var all []string
	for _, i := range steps[:min(len(steps), most)] {
		all = append(all, quote(r.d.Steps[i].Title))
	}
	if more := len(steps) - most; more > 0 {
		all = append(all, fmt.Sprintf("%d more", more))
	}
	return strings.Join(all, ", ")
}
