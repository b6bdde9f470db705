package guides

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// endingNames are the ids that mean an ending, in links and as ids of headings.
// No step has one of them.
var endingNames = map[string]string{
	Fixed:     Fixed,
	AskExpert: AskExpert, "expert": AskExpert,
	ReturnIt: ReturnIt, "return": ReturnIt,
	StopNow: StopNow,
}

// endingOf says which ending a heading is the text of, if any.
func (c *compilation) endingOf(h heading) string {
	if id, pinned := c.pins[h.Heading]; pinned {
		return endingNames[id]
	}
	return endingNames[h.slug]
}

// anchors names headings and steps: each name once.
type anchors struct {
	taken map[string]bool
	next  map[string]int // the number to try next for a slug, so that many equal headings stay cheap
	names map[ast.Node]string
}

// newAnchors makes room for so many names.
func newAnchors(names int) *anchors {
	a := &anchors{taken: make(map[string]bool, len(endingNames)+names), names: make(map[ast.Node]string, names)}
	for name := range endingNames {
		a.taken[name] = true
	}
	return a
}

// nameHeading names a heading by its slug, if it has no name.
func (a *anchors) nameHeading(h heading) {
	if _, known := a.names[h.Heading]; !known {
		a.names[h.Heading] = a.free(h.slug)
	}
}

// free gives a name that is not taken, and takes it.
func (a *anchors) free(base string) string {
	if base == "" {
		base = "step"
	}
	name := base
	for a.taken[name] {
		if a.next == nil {
			a.next = map[string]int{}
		}
		a.next[base]++
		name = base + "-" + strconv.Itoa(a.next[base])
	}
	a.taken[name] = true
	return name
}

// maxSlugRunes keeps ids short where a step's title is a whole sentence.
const maxSlugRunes = 60

// slug makes an id of a title, as GitHub does: lower case, letters, digits,
// - and _; spaces become -.
func slug(title string) string {
	name := make([]byte, 0, 2*maxSlugRunes)
	runes := 0
	for _, r := range strings.TrimSpace(title) {
		if r = unicode.ToLower(r); unicode.IsSpace(r) {
			r = '-'
		}
		if r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) {
			if runes++; runes > maxSlugRunes {
				break
			}
			name = utf8.AppendRune(name, r)
		}
	}
	return string(bytes.Trim(name, "-"))
}

// giveAnchors names the headings of the guide and the list items that are
// steps. Those that are pinned come first: a written id always wins.
func (c *compilation) giveAnchors(parts []part) {
	c.anchors = newAnchors(len(c.nodes.headings) + len(parts))
	for _, p := range parts {
		if p.ending != "" {
			c.anchors.names[p.opener] = p.ending
		}
	}
	for _, h := range c.nodes.headings {
		c.pin(h.Heading)
	}
	for _, p := range parts {
		if p.opener != nil && p.opener.Kind() == ast.KindListItem {
			c.pin(p.opener)
		}
	}
	for _, h := range c.nodes.headings {
		c.anchors.nameHeading(h)
	}
	for i := range parts {
		p := &parts[i]
		if p.opener == nil { // the only step: it may be called like the title
			p.anchor = newAnchors(0).free(slug(p.title))
			continue
		}
		if p.opener.Kind() == ast.KindListItem && c.anchors.names[p.opener] == "" {
			c.anchors.names[p.opener] = c.anchors.free(slug(p.title))
		}
		p.anchor = c.anchors.names[p.opener]
		p.pinned = c.pins[p.opener] == p.anchor
	}
}

// pin gives a node the id that is written for it, if it may have it.
func (c *compilation) pin(n ast.Node) {
	id := c.pins[n]
	if _, named := c.anchors.names[n]; named || id == "" {
		return
	}
	switch {
	case endingNames[id] != "":
		c.findInBody(n.Pos(), Finding{Rule: "reserved-id", Severity: ERROR, Text: "{#" + id + "}",
			Message: "#" + id + " means an ending, so nothing else can have that id",
			Mend:    "choose another id, or make it a heading of its own, below the title: its text is shown at that ending"})
	case c.anchors.taken[id]:
		c.findInBody(n.Pos(), Finding{Rule: "duplicate-id", Severity: ERROR, Text: "{#" + id + "}",
			Message: "the id #" + id + " is given twice", Mend: "give each step an id of its own"})
	default:
		c.anchors.taken[id] = true
		c.anchors.names[n] = id
	}
}

// giveIDs gives each step its id: what is written as {#id}; else that of the
// step of the previous revision that it is; else its anchor.
func (c *compilation) giveIDs(steps []Step, parts []part) {
	anchors := make([]string, 0, len(steps))
	for _, p := range parts {
		if p.ending == "" {
			if p.pinned {
				steps[len(anchors)].ID = p.anchor
			}
			anchors = append(anchors, p.anchor)
		}
	}
	if len(c.options.Previous) == 0 { // anchors are different from one another
		for i := range steps {
			steps[i].ID = anchors[i]
		}
		return
	}
	keepIDs(steps, c.options.Previous)
	ids := newAnchors(len(steps) + len(c.options.Previous))
	for _, s := range steps {
		ids.taken[s.ID] = true
	}
	for _, p := range c.options.Previous { // a new step has no id that another one had
		ids.taken[p.ID] = true
	}
	for i := range steps {
		if steps[i].ID == "" {
			steps[i].ID = ids.free(anchors[i])
		}
	}
}

// setAnchors writes the ids of headings and of items that are steps into the
// tree. A step's is its id, so links to what it is called in the markdown
// follow where that is another.
func (c *compilation) setAnchors(steps []Step, parts []part) {
	if len(c.options.Previous) == 0 { // ids are anchors
		for _, p := range parts {
			if p.opener != nil && p.opener.Kind() == ast.KindListItem {
				setID(p.opener, p.anchor)
			}
		}
		for _, h := range c.nodes.headings {
			setID(h.Heading, c.anchors.names[h.Heading])
		}
		return
	}
	names := newAnchors(len(parts) + len(c.nodes.headings))
	var moved map[string]string
	set := func(n ast.Node, anchor, name string) {
		setID(n, name)
		if anchor != name {
			if moved == nil {
				moved = map[string]string{}
			}
			moved[anchorPrefix+anchor] = anchorPrefix + name
		}
	}
	step := 0
	for _, p := range parts {
		name := p.ending
		if name == "" {
			name = steps[step].ID
			step++
		}
		if p.opener != nil {
			set(p.opener, p.anchor, name)
			names.names[p.opener], names.taken[name] = name, true
		}
	}
	for _, h := range c.nodes.headings {
		if names.names[h.Heading] == "" {
			anchor := c.anchors.names[h.Heading]
			set(h.Heading, anchor, names.free(anchor))
		}
	}
	if len(moved) == 0 {
		return
	}
	for _, n := range c.nodes.links {
		if target, ok := bytes.CutPrefix(n.Destination, []byte("#")); ok && moved[string(target)] != "" {
			n.Destination = []byte("#" + moved[string(target)])
		}
	}
}

func setID(n ast.Node, name string) {
	n.SetAttributeString("id", append([]byte(anchorPrefix), name...))
}

// takeIDs takes {#id} off the end of headings and of the first paragraphs of
// list items, and keeps it as their id.
func takeIDs(c *compilation, _ ast.Node) {
	for _, h := range c.nodes.headings {
		c.takeID(h.Heading, h.Heading)
	}
	for _, n := range c.nodes.items {
		if first := n.FirstChild(); first != nil && (first.Kind() == ast.KindTextBlock || first.Kind() == ast.KindParagraph) {
			c.takeID(n, first)
		}
	}
}

// takeID looks at the end of a block's text for the id of its owner.
func (c *compilation) takeID(owner, block ast.Node) {
	lines := block.Lines()
	if lines == nil || lines.Len() == 0 {
		return
	}
	body := c.source.body()
	segment := lines.At(lines.Len() - 1)
	line := bytes.TrimRight(segment.Value(body), " \t\r\n")
	open := bytes.LastIndex(line, []byte("{#"))
	if open < 0 || line[len(line)-1] != '}' {
		return
	}
	written := string(line[open+2 : len(line)-1])
	id := slug(written)
	if id == "" || strings.ContainsAny(written, " {}") {
		return
	}
	if c.pins == nil {
		c.pins = map[ast.Node]string{}
	}
	c.pins[owner] = id
	cutInlines(block, segment.Start-segment.Padding+open)
}

// cutInlines takes the inline nodes of a block from an offset on out.
func cutInlines(block ast.Node, offset int) {
	for last := block.LastChild(); last != nil; last = block.LastChild() {
		t, ok := last.(*ast.Text)
		if ok && t.Segment.Start < offset {
			t.Segment = t.Segment.WithStop(min(t.Segment.Stop, offset))
			t.SetSoftLineBreak(false)
			return
		}
		if !ok && last.Pos() < offset {
			return
		}
		block.RemoveChild(block, last)
	}
}
