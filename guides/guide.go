// Package guides compiles a seller's markdown guide: text in; title, SKUs,
// steps, safe HTML and findings out. It does no I/O, and its output is a
// function of its input alone.
//
// Compile parses with goldmark under a meter (see meter), walks the tree with
// a list of named passes, finds the steps, and sanitises last.
package guides

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// SafeHTML is HTML that came out of the sanitiser: it may be put into a page
// as it is. Only Compile makes it.
type SafeHTML string

// Document is a compiled guide.
type Document struct {
	Title      string   // from the front matter, else the first heading
	Locale     string   // BCP 47, canonical; "" = any
	SKUs       []string // exact, or a glob in which * stands for any characters
	Categories []string
	Reasons    []string // upper case; which codes exist is the caller's affair
	Minutes    int      // 0 = not said
	Steps      []Step   // in reading order; empty only if the guide is empty
	HTML       SafeHTML // the whole guide
	Findings   []Finding
}

// Step is one thing for the shopper to try.
type Step struct {
	ID          string   // slug of the title, unique in the guide, stable while the title is
	Title       string   // plain text
	HTML        SafeHTML // body without the title
	Instruction string   // body as plain text; "" if the title says it all
}

// HasErrors reports whether the document may not be published.
func (d Document) HasErrors() bool {
	for _, f := range d.Findings {
		if f.Severity == ERROR {
			return true
		}
	}
	return false
}

// compilation is what the passes share.
type compilation struct {
	source   source
	findings []found
	anchors  *anchors
}

// Compile compiles a guide. The error is a *TooLargeError, a *NotUTF8Error or
// a *TooComplexError; everything else that is wrong is a finding.
func Compile(markdown string) (Document, error) {
	if len(markdown) > MaxMarkdownBytes {
		return Document{}, &TooLargeError{Bytes: len(markdown), Limit: MaxMarkdownBytes}
	}
	if at := invalidUTF8(markdown); at >= 0 {
		before := markdown[:at]
		lineStart := strings.LastIndexByte(before, '\n') + 1
		return Document{}, &NotUTF8Error{Line: strings.Count(before, "\n") + 1, Column: at - lineStart + 1}
	}
	c := &compilation{source: newSource(markdown), anchors: newAnchors()}
	if at := strings.IndexByte(markdown, 0); at >= 0 {
		c.find(at, Finding{Rule: "nul-character", Severity: WARNING,
			Message: "the text has a NUL character, which cannot be shown",
			Mend:    "delete it; it often comes from copying out of another program"})
	}
	meta, err := c.readFrontMatter()
	if err != nil {
		return Document{}, err
	}
	root, err := parse(c.source.body())
	if err != nil {
		return Document{}, err
	}
	for _, p := range passes {
		p.run(c, root)
	}
	d := Document{Locale: meta.locale, SKUs: meta.skus, Categories: meta.categories,
		Reasons: meta.reasons, Minutes: meta.minutes}
	c.assemble(&d, root, meta)
	d.Findings = c.arranged()
	return d, nil
}

// assemble fills in what depends on the tree: title, steps and HTML.
func (c *compilation) assemble(d *Document, root ast.Node, meta frontMatter) {
	blocks := topBlocks(root)
	if len(blocks) == 0 {
		c.find(len(c.source.text), Finding{Rule: "empty-guide", Severity: ERROR,
			Message: "the guide has no text that can be shown", Mend: "write at least one step"})
	}
	outline := findOutline(blocks, meta.title)
	d.Title = meta.title
	if d.Title == "" && outline.title != nil {
		d.Title = c.title(outline.title)
	}
	if d.Title == "" {
		c.find(0, Finding{Rule: "missing-title", Severity: ERROR,
			Message: "the guide has no title", Mend: "add `title: …` to the front matter, or a first heading"})
	}
	d.Title = c.cutTitle(d.Title)
	rendered := make([]SafeHTML, len(blocks))
	var whole strings.Builder
	for i, block := range blocks {
		rendered[i] = c.render(block)
		whole.WriteString(string(rendered[i]))
	}
	d.HTML = SafeHTML(whole.String())
	d.Steps = c.steps(outline, rendered, d.Title)
}

func (c *compilation) cutTitle(title string) string {
	if cut, was := clip(title, MaxTitleRunes); was {
		c.find(0, Finding{Rule: "title-too-long", Severity: ERROR,
			Message: fmt.Sprintf("the title is longer than %d characters", MaxTitleRunes), Mend: "shorten it"})
		return cut
	}
	return title
}

// parse gives the tree of a markdown text, or says that it is too complex.
func parse(body []byte) (ast.Node, error) {
	m := &meter{}
	pc := parser.NewContext()
	pc.Set(meterKey, m)
	root := engine().parser.Parse(text.NewReader(body), parser.WithContext(pc))
	if m.over != nil {
		return nil, m.over
	}
	if deeper(root, MaxNesting) {
		return nil, &TooComplexError{What: "nesting", Limit: MaxNesting}
	}
	return root, nil
}

// deeper reports whether a tree is more than limit levels deep. Inline nodes
// nest too, and neither browsers nor HTML parsers take them without end.
func deeper(root ast.Node, limit int) bool {
	depth := 0
	for n := root; ; {
		if child := n.FirstChild(); child != nil {
			if depth++; depth > limit {
				return true
			}
			n = child
			continue
		}
		for n != root && n.NextSibling() == nil {
			n = n.Parent()
			depth--
		}
		if n == root {
			return false
		}
		n = n.NextSibling()
	}
}

func topBlocks(root ast.Node) []ast.Node {
	var blocks []ast.Node
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() != ast.KindLinkReferenceDefinition {
			blocks = append(blocks, n)
		}
	}
	return blocks
}

// render gives the sanitised HTML of one node and what is in it.
func (c *compilation) render(n ast.Node) SafeHTML {
	var raw bytes.Buffer
	// The renderer fails only when its writer does, and a buffer does not.
	_ = engine().renderer.Render(&raw, c.source.body(), n)
	return SafeHTML(engine().policy.SanitizeBytes(raw.Bytes()))
}

func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}
