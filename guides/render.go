package guides

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// renderAll renders each block once and puts the guide, its intro, its steps
// and its endings together from that.
func (c *compilation) renderAll(d *Document, o outline, blocks []ast.Node, parts []part) {
	var units []ast.Node
	for _, n := range blocks {
		if list, ok := n.(*ast.List); ok && o.lists[list] {
			for item := list.FirstChild(); item != nil; item = item.NextSibling() {
				units = append(units, children(item)...)
			}
			continue
		}
		units = append(units, n)
	}
	for _, p := range parts { // a block without its links is another block
		for _, n := range p.body {
			if n.Parent() == nil {
				units = append(units, n)
			}
		}
	}
	c.render(units)
	box := newLanguageBox(c.locale)
	var whole strings.Builder
	for _, n := range blocks {
		if list, ok := n.(*ast.List); ok && o.lists[list] {
			c.writeList(&whole, list)
			continue
		}
		whole.WriteString(string(c.html(n)))
	}
	d.HTML = box.around(SafeHTML(whole.String()))
	d.Intro = box.around(c.html(o.intro...))
	step, ending := 0, 0
	for _, p := range parts {
		if p.ending != "" {
			d.Endings[ending].HTML = box.around(c.html(p.body...))
			ending++
			continue
		}
		d.Steps[step].HTML = box.around(c.html(p.body...))
		step++
	}
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
		whole.WriteString(string(c.html(children(item)...)))
		whole.WriteString("</li>\n")
	}
	whole.WriteString("</ol>\n")
}

// html gives the sanitised HTML of blocks that are rendered.
func (c *compilation) html(blocks ...ast.Node) SafeHTML {
	if len(blocks) == 1 {
		return c.rendered[blocks[0]]
	}
	var all strings.Builder
	for _, n := range blocks {
		all.WriteString(string(c.rendered[n]))
	}
	return SafeHTML(all.String())
}

// betweenBlocks parts the HTML of one block from that of the next. It cannot
// come from a guide: newSource replaces it, as goldmark does where it is
// written as a reference.
const betweenBlocks = "\x00"

// render renders and sanitises blocks, all at once, because renderer and
// sanitiser both take longer to begin than to work through a paragraph.
func (c *compilation) render(blocks []ast.Node) {
	pieces := strings.Split(c.sanitised(blocks), betweenBlocks)
	if len(pieces) != len(blocks)+1 {
		pieces = pieces[:0]
		for i := range blocks {
			pieces = append(pieces, strings.ReplaceAll(c.sanitised(blocks[i:i+1]), betweenBlocks, ""))
		}
	}
	for i, n := range blocks {
		c.rendered[n] = SafeHTML(pieces[i])
	}
}

// sanitised gives the HTML of blocks, each with betweenBlocks after it.
func (c *compilation) sanitised(blocks []ast.Node) string {
	raw := htmlBuffer{new(bytes.Buffer)}
	raw.Grow(2 * len(c.source.body()))
	for _, n := range blocks {
		// The renderer fails only when its writer does, and a buffer does not.
		_ = engine().renderer.Render(raw, c.source.body(), n)
		raw.WriteString(betweenBlocks)
	}
	return c.sanitiser().SanitizeReader(raw).String()
}

// htmlBuffer is a buffer that goldmark takes for buffered, and so does not
// buffer once more.
type htmlBuffer struct{ *bytes.Buffer }

func (htmlBuffer) Buffered() int { return 0 }
func (htmlBuffer) Flush() error  { return nil }
