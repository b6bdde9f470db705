package guides

import (
	"fmt"
	"sort"

	"github.com/yuin/goldmark/ast"
)

// bounded gives the parts without the steps that are over the limit.
func (c *compilation) bounded(parts []part) []part {
	steps := 0
	if len(parts) <= MaxSteps {
		return parts
	}
	var kept []part
	for _, p := range parts {
		if p.ending == "" {
			if steps++; steps > MaxSteps {
				continue
			}
		}
		kept = append(kept, p)
	}
	if steps > MaxSteps {
		c.find(0, Finding{Rule: "too-many-steps", Severity: ERROR,
			Message: fmt.Sprintf("the guide has %d steps, the limit is %d", steps, MaxSteps),
			Mend:    "split the guide, one problem each"})
	}
	return kept
}

// checkParts tells the seller of text that no step shows, for a warning that
// matters must stand in a step, and of steps without a title.
func (c *compilation) checkParts(intro []ast.Node, parts []part) {
	if len(intro) > 0 {
		c.findInBody(intro[0].Pos(), Finding{Rule: "text-before-steps", Severity: INFO,
			Message: "what stands before the first step introduces the guide and is shown in no step",
			Mend:    "put what shoppers must know into a first step of its own"})
	}
	for _, p := range parts {
		if p.opener != nil && p.opener.Kind() == ast.KindHeading && p.title == "" {
			c.findInBody(p.opener.Pos(), Finding{Rule: "untitled-step", Severity: WARNING,
				Message: "the heading of this step has no text", Mend: "say in the heading what to do"})
		}
	}
}

// texts gives the steps and endings as plain text, without ids and HTML.
func (c *compilation) texts(parts []part) ([]Step, []Ending) {
	var steps []Step
	var endings []Ending
	if len(parts) > 0 {
		steps = make([]Step, 0, len(parts))
	}
	for _, p := range parts {
		text := c.plain(p.body...)
		if p.ending != "" {
			endings = append(endings, Ending{Ending: p.ending, Title: p.title, Text: text})
			continue
		}
		steps = append(steps, Step{Title: p.title, Instruction: text, Stop: c.stop(p.body), Line: c.line(p)})
	}
	return steps, endings
}

// line gives the line of the document where a part begins.
func (c *compilation) line(p part) int {
	offset := 0
	switch {
	case p.opener != nil:
		offset = p.opener.Pos()
	case len(p.body) > 0:
		offset = p.body[0].Pos()
	}
	return sort.SearchInts(c.source.lines, c.source.bodyStart+max(offset, 0)+1)
}
