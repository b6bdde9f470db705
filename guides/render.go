package guides

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
)

// renderAll renders each block once and puts the guide, its intro, its steps
// and its endings together from that.
func (c *compilation) renderAll(d *Document, o outline, blocks []ast.Node, parts []part) {
	units := make([]ast.Node, 0, len(blocks))
	for _, n := range blocks {
		if list, ok := n.(*ast.List); ok && o.lists[list] {
			for item := list.FirstChild(); item != nil; item = item.NextSibling() {
				units = append(units, children(item)...)
			}
			continue
		}
		units = append(units, n)
	}
	own := len(units)
	for _, p := range parts { // a block without its links is another block
		for _, n := range p.body {
			if n.Parent() == nil {
				units = append(units, n)
			}
		}
	}
	c.rendered = make(map[ast.Node]SafeHTML, len(units))
	box := newLanguageBox(c.locale)
	d.HTML = c.render(units, own, box)
	if len(o.lists) > 0 || d.HTML == "" {
		d.HTML = box.around(c.whole(o, blocks))
	}
	d.Intro = c.boxed(box, o.intro)
	step, ending := 0, 0
	for _, p := range parts {
		if p.ending != "" {
			d.Endings[ending].HTML = c.boxed(box, p.body)
			ending++
			continue
		}
		d.Steps[step].HTML = c.boxed(box, p.body)
		step++
	}
}

// whole puts the guide together.
func (c *compilation) whole(o outline, blocks []ast.Node) SafeHTML {
	var whole strings.Builder
	for _, n := range blocks {
		if list, ok := n.(*ast.List); ok && o.lists[list] {
			c.writeList(&whole, list)
			continue
		}
		whole.WriteString(string(c.rendered[n]))
	}
	return SafeHTML(whole.String())
}

// writeList writes a list whose items are steps, as goldmark does, but from
// the blocks that the steps are made of.
func (c *compilation) writeList(whole *strings.Builder, list *ast.List) {
	whole.WriteString("<ol")
	if list.Start != 1 {
		fmt.Fprintf(whole, ` start="%d"`, list.Start)
	}
	whole.WriteString(">\n")
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		whole.WriteString("<li")
		if id, ok := item.AttributeString("id"); ok {
			fmt.Fprintf(whole, ` id="%s"`, id)
		}
		whole.WriteString(">")
		if first := item.FirstChild(); first != nil && first.Kind() != ast.KindTextBlock {
			whole.WriteString("\n")
		}
		for child := item.FirstChild(); child != nil; child = child.NextSibling() {
			whole.WriteString(string(c.rendered[child]))
		}
		whole.WriteString("</li>\n")
	}
	whole.WriteString("</ol>\n")
}

// boxed gives the sanitised HTML of blocks that are rendered, in the box of the guide's language.
func (c *compilation) boxed(box languageBox, blocks []ast.Node) SafeHTML {
	if len(blocks) == 1 {
		return box.around(c.rendered[blocks[0]])
	}
	size := 0
	for _, n := range blocks {
		size += len(c.rendered[n])
	}
	if size == 0 {
		return ""
	}
	var all strings.Builder
	all.Grow(len(box) + size + len(boxEnd))
	all.WriteString(string(box))
	for _, n := range blocks {
		all.WriteString(string(c.rendered[n]))
	}
	if box != "" {
		all.WriteString(boxEnd)
	}
	return SafeHTML(all.String())
}

// render renders and sanitises blocks. It gives the HTML of the first own of them together and boxed, if it comes to
// that on the way; "" if not.
func (c *compilation) render(blocks []ast.Node, own int, box languageBox) SafeHTML {
	room := renderRooms.Get().(*renderRoom)
	defer room.release()
	room.raw.Reset()
	room.ends, room.outEnds = room.ends[:0], room.outEnds[:0]
	for _, n := range blocks {
		// The renderer fails only when its writer does, and a buffer does not.
		_ = engine().renderer.Render(htmlBuffer{&room.raw}, c.source.body(), n)
		room.ends = append(room.ends, room.raw.Len())
	}
	if !c.hosted {
		if whole, ok := c.renderStrictly(room, blocks, own, box); ok {
			return whole
		}
	}
	pieces := strings.Split(c.sanitised(room, 0, len(blocks)), betweenBlocks)
	if len(pieces) != len(blocks)+1 {
		pieces = pieces[:0]
		for i := range blocks {
			pieces = append(pieces, strings.ReplaceAll(c.sanitised(room, i, i+1), betweenBlocks, ""))
		}
	}
	for i, n := range blocks {
		c.rendered[n] = SafeHTML(pieces[i])
	}
	return ""
}

// renderStrictly sanitises on the short way, if all blocks can go it.
func (c *compilation) renderStrictly(room *renderRoom, blocks []ast.Node, own int, box languageBox) (SafeHTML, bool) {
	out, start, wholeEnd := append(room.out[:0], box...), 0, 0
	for i, end := range room.ends {
		if i == own {
			out, wholeEnd = box.closed(out)
		}
		var ok bool
		if out, ok = appendStrict(out, room.raw.Bytes()[start:end]); !ok {
			return "", false
		}
		start = end
		room.outEnds = append(room.outEnds, len(out))
	}
	if own == len(blocks) {
		out, wholeEnd = box.closed(out)
	}
	room.out = out
	all, at := string(out), len(box)
	for i, n := range blocks {
		if i == own {
			at = wholeEnd
		}
		c.rendered[n] = SafeHTML(all[at:room.outEnds[i]])
		at = room.outEnds[i]
	}
	if own == 0 || room.outEnds[own-1] == len(box) {
		return "", true
	}
	return SafeHTML(all[:wholeEnd]), true
}

// renderRoom is what rendering needs for a while.
type renderRoom struct {
	raw           bytes.Buffer // as goldmark writes it
	out           []byte       // sanitised
	ends, outEnds []int        // of each block
}

var renderRooms = sync.Pool{New: func() any { return new(renderRoom) }}

// release gives the room back, unless it is so large that it would better not be kept.
func (r *renderRoom) release() {
	const most = 256 << 10
	if r.raw.Cap() < most && cap(r.out) < most {
		renderRooms.Put(r)
	}
}

// betweenBlocks parts the HTML of one block from that of the next. It cannot
// come from a guide: newSource replaces it, as goldmark does where it is
// written as a reference.
const betweenBlocks = "\x00"

// sanitised gives the HTML of blocks, each with betweenBlocks after it: all at
// once, because the sanitiser takes longer to begin than to work through a paragraph.
func (c *compilation) sanitised(room *renderRoom, from, to int) string {
	var raw bytes.Buffer
	start := 0
	if from > 0 {
		start = room.ends[from-1]
	}
	for _, end := range room.ends[from:to] {
		raw.Write(room.raw.Bytes()[start:end])
		raw.WriteString(betweenBlocks)
		start = end
	}
	return c.sanitiser().SanitizeReader(&raw).String()
}

// htmlBuffer is a buffer that goldmark takes for buffered, and so does not
// buffer once more.
type htmlBuffer struct{ *bytes.Buffer }

func (htmlBuffer) Buffered() int { return 0 }
func (htmlBuffer) Flush() error  { return nil }
