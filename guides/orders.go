package guides

import (
	"bytes"
	"fmt"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// orderLine is a line `requires: #a, #b` or `before: #c`.
type orderLine struct {
	offset int // in the document
	before bool
	links  []link
}

// takeOrders takes the lines on what comes first out of the text. They stand
// in a paragraph at the top or in an item of an ordered list.
func takeOrders(c *compilation, root ast.Node) {
	var take func(parent ast.Node)
	take = func(parent ast.Node) {
		for _, n := range children(parent) {
			switch {
			case isText(n):
				c.takeOrderLines(n)
			case n.Kind() == ast.KindList && parent == root && n.(*ast.List).IsOrdered():
				for item := n.FirstChild(); item != nil; item = item.NextSibling() {
					take(item)
				}
			}
		}
	}
	take(root)
}

// takeOrderLines takes them out of one paragraph, and the paragraph away if
// nothing else is in it.
func (c *compilation) takeOrderLines(paragraph ast.Node) {
	var taken []text.Segment
	lines := paragraph.Lines()
	for i := range lines.Len() {
		if line := lines.At(i); c.takeOrderLine(line) {
			taken = append(taken, line)
		}
	}
	switch len(taken) {
	case 0:
		return
	case lines.Len():
		paragraph.Parent().RemoveChild(paragraph.Parent(), paragraph)
		return
	}
	for n := paragraph.FirstChild(); n != nil && len(taken) > 0; {
		next := n.NextSibling()
		switch place := n.Pos(); {
		case place >= taken[0].Stop:
			taken = taken[1:]
			continue // the same node, with the next line
		case place >= taken[0].Start:
			paragraph.RemoveChild(paragraph, n)
		}
		n = next
	}
	if t, ok := paragraph.LastChild().(*ast.Text); ok {
		t.SetSoftLineBreak(false) // the line that followed may be gone
	}
}

// takeOrderLine reads a line, and reports whether it is nothing but an order.
func (c *compilation) takeOrderLine(line text.Segment) bool {
	written := line.Value(c.source.body())
	before, at := orderKeyword(written)
	if at < 0 {
		return false
	}
	start := c.source.bodyStart + line.Start - line.Padding
	if bytes.IndexByte(written, '#') < 0 {
		name := bytes.TrimLeft(written[at:], " \t")
		c.unlinked = append(c.unlinked, link{offset: start + len(written) - len(name), text: string(bytes.TrimSpace(name))})
		return false
	}
	links, rest := orderLinks(written[at:])
	if rest >= 0 && len(links) > 0 {
		c.find(start+at+rest, Finding{Rule: "order-line", Severity: WARNING,
			Text:    string(bytes.TrimSpace(written[at+rest:])),
			Message: "this line is shown as text: something beside links to steps stands in it",
			Mend:    "write only links or ids, with commas: `requires: [Unplug it](#unplug-it), #empty-it`"})
	}
	if rest >= 0 || len(links) == 0 {
		return false
	}
	for i := range links {
		links[i].offset += start + at
	}
	c.orders = append(c.orders, orderLine{offset: start, before: before, links: links})
	return true
}

// orderKeyword tells a line that begins with requires: or before:, in any case
// and perhaps in bold, and where what follows starts; -1 for any other.
func orderKeyword(line []byte) (before bool, at int) {
	start := len(line) - len(bytes.TrimLeft(line, " \t*_"))
	for _, keyword := range []string{"requires", "before"} {
		rest := line[start:]
		if len(rest) < len(keyword) || !strings.EqualFold(string(rest[:len(keyword)]), keyword) {
			continue
		}
		rest = bytes.TrimLeft(rest[len(keyword):], " *_")
		for _, colon := range []string{":", "："} {
			if after, found := bytes.CutPrefix(rest, []byte(colon)); found {
				after = bytes.TrimLeft(after, "*_")
				return keyword == "before", len(line) - len(after)
			}
		}
	}
	return false, -1
}

// orderLinks reads links and bare ids with commas between them, their offsets
// from the start of line; rest is where something else begins, or -1.
func orderLinks(line []byte) (links []link, rest int) {
	for at := 0; at < len(line); {
		if gap := orderGap(line[at:]); gap > 0 {
			at += gap
			continue
		}
		from, to := at, 0
		switch line[at] {
		case '#':
			to = from + len(line[from:]) - len(bytes.TrimLeftFunc(line[from+1:], inID)) // one more for the #
			at = to
		case '[':
			open := bytes.Index(line[at:], []byte("](#"))
			if open < 0 {
				return links, at
			}
			from = at + open + len("](")
			closing := bytes.IndexByte(line[from:], ')')
			if closing < 0 {
				return links, at
			}
			to = from + closing
			at = to + 1
		default:
			return links, at
		}
		reference := string(line[from:to])
		anchor := linkAnchor(strings.TrimPrefix(reference, "#"))
		if anchor == "" {
			return links, from
		}
		links = append(links, link{anchor: anchor, offset: from, text: reference})
	}
	return links, -1
}

// orderGap is how many bytes may stand between two references.
func orderGap(line []byte) int {
	for _, gap := range []string{" ", "\t", "\r", "\n", ",", ";", ".", "&", "，", "、", "；", "。", "and ", "und ", "et ", "y ", "和"} {
		if bytes.HasPrefix(line, []byte(gap)) {
			return len(gap)
		}
	}
	return 0
}

// inID reports whether a character may stand in an id.
func inID(r rune) bool {
	return r == '-' || r == '_' || r == '%' || slug(string(r)) != ""
}

// takeOrder gives each step the lines on what comes first that stand in it.
func (c *compilation) takeOrder(parts []part) {
	if len(c.orders) == 0 {
		return
	}
	starts, count := make([]int, len(parts)), 0
	for i, p := range parts {
		starts[i] = c.source.bodyStart + max(p.start(), 0)
	}
	for _, o := range c.orders {
		i := sort.SearchInts(starts, o.offset+1) - 1
		if i < 0 {
			continue // it stands before the first step
		}
		e := &parts[i].edges
		if count += len(o.links); count > MaxOrders {
			c.find(o.offset, Finding{Rule: "too-many", Severity: ERROR,
				Message: fmt.Sprintf("the guide's `requires:` and `before:` name more than %d steps", MaxOrders),
				Mend:    "name only the step just before: what that requires need not be repeated"})
			return
		}
		if o.before {
			e.before = append(e.before, o.links...)
		} else {
			e.requires = append(e.requires, o.links...)
		}
	}
}
