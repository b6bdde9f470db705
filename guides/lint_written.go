package guides

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Pictures of more than this are slow on a telephone and are shown smaller anyway.
const (
	hugeImageBytes  = 500_000
	hugeImagePixels = 2000 // wide or high
)

// seeWritten looks at what later passes change or drop: headings and HTML.
func seeWritten(c *compilation, root ast.Node) {
	var headings []*ast.Heading
	html := newTags(c)
	for _, n := range c.nodes.headings {
		if n.Parent() == root {
			headings = append(headings, n.Heading)
		}
	}
	for _, n := range c.nodes.tags {
		html.see(n)
	}
	for _, n := range c.nodes.html {
		html.seeBlock(n)
	}
	c.checkHeadings(headings)
	c.htmlEdits = html.edits
}

// checkHeadings finds headings that skip a level: programs that read a page aloud tell the level, and the listener looks
// for the part that was skipped.
func (c *compilation) checkHeadings(headings []*ast.Heading) {
	type open struct{ written, raised int }
	var above []open
	var jump *Finding // the last one; smaller headings that skip with it are raised by its edits
	var at int
	keep := func() {
		if jump != nil {
			c.findInBody(at, *jump)
		}
	}
	for i, n := range headings {
		for len(above) > 0 && above[len(above)-1].written >= n.Level {
			above = above[:len(above)-1]
		}
		level := n.Level
		if len(above) > 0 {
			level = above[len(above)-1].raised + 1
		}
		above = append(above, open{n.Level, level})
		if i > 0 && n.Level > headings[i-1].Level+1 {
			keep()
			at = n.Pos()
			jump = &Finding{Rule: "heading-jump", Severity: INFO, Text: c.lineAt(n.Pos()),
				Message: fmt.Sprintf("this heading has %d #, the one above it has %d: a level is left out", n.Level, headings[i-1].Level),
				Mend:    fmt.Sprintf("write it with %d #", headings[i-1].Level+1)}
		}
		if level == n.Level {
			continue
		}
		marks := strings.Repeat("#", n.Level)
		if pos := n.Pos(); jump != nil && bytes.HasPrefix(c.source.body()[pos:], []byte(marks)) {
			start := c.source.bodyStart + pos
			jump.Edits = append(jump.Edits, Edit{start, start + n.Level, marks[:level]})
		}
	}
	keep()
}

// lineAt gives the rest of a line of the body, without spaces around it.
func (c *compilation) lineAt(offset int) string {
	line, _, _ := bytes.Cut(c.source.body()[offset:], []byte("\n"))
	text, _ := clip(strings.TrimSpace(string(line)), MaxTitleRunes)
	return text
}

// missingAlt finds pictures without words.
func (l *linter) missingAlt() {
	for _, p := range l.c.pictures {
		if p.alt == "" {
			l.reportAt(p.offset, Finding{Text: p.text,
				Message: "this picture has no words for those who cannot see it or whose connection is slow",
				Mend:    "say between [ and ] what the picture shows, as in ![The reset button under the lid](images/reset.png)"})
		}
	}
}

// hugeImages finds pictures that telephones load slowly.
func (l *linter) hugeImages() {
	for _, p := range l.c.pictures {
		switch {
		case p.image.Bytes > hugeImageBytes:
			l.reportAt(p.offset, Finding{Text: p.text,
				Message: fmt.Sprintf("this picture has %d KB, which is slow on a telephone", p.image.Bytes/1000),
				Mend:    fmt.Sprintf("save it with less than %d KB; %d pixels wide is plenty", hugeImageBytes/1000, hugeImagePixels/2)})
		case p.image.Width > hugeImagePixels || p.image.Height > hugeImagePixels:
			l.reportAt(p.offset, Finding{Text: p.text,
				Message: fmt.Sprintf("this picture has %d × %d pixels, more than a telephone shows", p.image.Width, p.image.Height),
				Mend:    fmt.Sprintf("make it at most %d pixels wide and high", hugeImagePixels)})
		}
	}
}

// attachEdits gives findings of HTML the edits that say the same in markdown.
func (c *compilation) attachEdits() {
	for i, f := range c.findings {
		if f.Rule == "raw-html" && f.Edits == nil {
			c.findings[i].Edits = c.htmlEdits[f.offset-c.source.bodyStart]
		}
	}
}
