// Package guides compiles a seller's markdown guide: text in; title, SKUs,
// steps, safe HTML and findings out. It does no I/O, and its output is a
// function of its input alone.
//
// Compile parses with goldmark under a meter (see meter), walks the tree with
// a list of named passes, finds the steps, and sanitises last.
package guides

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
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
	Symptoms   []string // what shoppers say when they need this guide
	Minutes    int      // 0 = not said
	Difficulty string   // EASY, MODERATE, DIFFICULT; "" = not said
	Tools      []string
	Steps      []Step   // in reading order; empty only if the guide is empty
	Entries    []Entry  // where to begin other than with the first step
	Endings    []Ending // what the seller wrote for them, in reading order, each once at most
	Intro      SafeHTML // what stands before the first step
	HTML       SafeHTML // the whole guide
	Images     []string // paths of the guide's own pictures beside the markdown, each once, in reading order
	Findings   []Finding
}

// Step is one thing for the shopper to try.
type Step struct {
	ID          string   // unique in the guide; see Options.Previous for how long it stays
	Title       string   // plain text
	HTML        SafeHTML // body without the title
	Instruction string   // body as plain text; "" if the title says it all
	Next        Next
	Requires    []string // ids of steps that must come first, in reading order; what those require is not repeated
	Stop        string   // what to stop at, as plain text; "" where the step is harmless
	Line        int      // of the markdown where the step begins, from 1
}

// Next says where a step leads: to a step by its id, or to an ending. A step that asks nothing has Next alone; every
// other has Yes and No, said by the seller or understood (yes is fixed; no is the following step, after the last one an
// expert).
type Next struct{ Yes, No, Next string }

// Endings. No step's id is one of these.
const (
	Fixed     = "fixed"
	AskExpert = "ask-an-expert"
	ReturnIt  = "return-it"
	StopNow   = "stop" // for safety's sake
)

// Entry is a step to begin with for a reason or a symptom; the other of the two is empty.
type Entry struct{ Reason, Symptom, Step string }

// Ending is what the seller wrote for one.
type Ending struct {
	Ending string // one of the four
	Title  string
	HTML   SafeHTML
	Text   string // the same as plain text
}

// Options is what is known about a guide besides its text. The zero value is a guide all by itself.
type Options struct {
	// Previous are the steps of the latest published revision. A step that is one of them but for small edits keeps its id.
	Previous []Step
	// Image gives a picture of the guide by its path beside the markdown (percent signs decoded, no ./); nil where pictures
	// cannot be looked up, and then are shown as their words.
	Image func(path string) (Image, bool)
	// ImageHosts are those from which pictures may be shown, in lower case.
	ImageHosts []string
	// SKUExists tells whether an item has the SKU or, for a glob, one that matches; nil where that is not known.
	SKUExists func(pattern string) bool
	// ReasonKnown tells whether a return reason, in upper case, is known; nil where that is not known.
	ReasonKnown func(reason string) bool
	// Siblings are the same guide in other languages.
	Siblings []Sibling
}

// Image is a picture that a guide may show.
type Image struct {
	URI           string // a path of this server
	Width, Height int    // pixels
	Bytes         int
}

// Sibling is the same guide in another language.
type Sibling struct {
	Name   string // how its seller calls it: its id or file
	Locale string
	Steps  []Step
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
	options   Options
	source    source
	nodes     *inventory
	findings  []found
	locale    string
	yamlAt    yamlPlace
	entries   []entryLink    // of the front matter
	safety    []string       // words that mean danger in this product
	htmlEdits map[int][]Edit // what a tag says, in markdown, by its offset in the body
	links     []innerLink    // in reading order
	orders    []orderLine    // in reading order
	unlinked  []link         // what follows requires: and before: where it is no link
	pictures  []picture      // in reading order
	hosted    bool           // whether a picture of an allowed host is shown
	policy    *bluemonday.Policy
	compared  int // names that were compared with links that name nothing
	anchors   *anchors
	pins      map[ast.Node]string // ids that are written as {#id}
	callouts  map[ast.Node]callout
	cautions  bool                  // whether a callout is one
	scratch   []byte                // of plain
	rendered  map[ast.Node]SafeHTML // each block is rendered once
}

// Compile compiles a guide. The error is a *TooLargeError, a *NotUTF8Error or
// a *TooComplexError; everything else that is wrong is a finding.
func Compile(markdown string, o Options) (Document, error) {
	return compileWith(markdown, o, MaxFindings)
}

// compileWith compiles a guide and keeps so many findings that are no errors.
func compileWith(markdown string, o Options, findings int) (Document, error) {
	if len(markdown) > MaxMarkdownBytes {
		return Document{}, &TooLargeError{Bytes: len(markdown), Limit: MaxMarkdownBytes}
	}
	if at := invalidUTF8(markdown); at >= 0 {
		before := markdown[:at]
		lineStart := strings.LastIndexByte(before, '\n') + 1
		return Document{}, &NotUTF8Error{Line: strings.Count(before, "\n") + 1, Column: at - lineStart + 1}
	}
	c := &compilation{options: o, source: newSource(markdown)}
	if len(c.source.lines) > MaxLines+1 { // goldmark makes nodes of them, of some 300 bytes each
		return Document{}, &TooComplexError{What: "lines", Limit: MaxLines}
	}
	if at := strings.IndexByte(markdown, 0); at >= 0 {
		c.find(at, Finding{Rule: "nul-character", Severity: WARNING,
			Message: "the text has a NUL character, which cannot be shown",
			Mend:    "delete it; it often comes from copying out of another program", Edits: nulEdits(markdown)})
	}
	meta, err := c.readFrontMatter()
	if err != nil {
		return Document{}, err
	}
	c.locale, c.safety, c.entries = meta.locale, meta.safety, meta.entries
	root, err := parse(c.source.body())
	if err != nil {
		return Document{}, err
	}
	c.nodes = takeInventory(root, c.source.body())
	for _, p := range passes {
		p.run(c, root)
	}
	d := Document{Locale: meta.locale, SKUs: meta.skus, Categories: meta.categories,
		Reasons: meta.reasons, Symptoms: meta.symptoms, Minutes: meta.minutes, Difficulty: meta.difficulty, Tools: meta.tools}
	for i, h := range c.nodes.headings {
		title := c.title(h.Heading)
		c.nodes.headings[i].title, c.nodes.headings[i].slug = title, slug(title)
	}
	c.assemble(&d, root, meta)
	d.Findings = c.arranged(findings)
	return d, nil
}

// assemble fills in what depends on the tree: title, steps, endings and HTML.
func (c *compilation) assemble(d *Document, root ast.Node, meta frontMatter) {
	blocks := topBlocks(root)
	if len(blocks) == 0 {
		c.find(len(c.source.text), Finding{Rule: "empty-guide", Severity: ERROR,
			Message: "the guide has no text that can be shown", Mend: "write at least one step"})
	}
	o := c.findOutline(blocks, meta.title)
	d.Title = meta.title
	if d.Title == "" && o.title != nil {
		d.Title = c.title(o.title)
	}
	if d.Title == "" {
		c.find(0, Finding{Rule: "missing-title", Severity: ERROR,
			Message: "the guide has no title", Mend: "add `title: …` to the front matter, or a first heading"})
	}
	d.Title = c.cutTitle(d.Title)
	parts := c.bounded(o.parts)
	for i := range parts {
		if parts[i].opener == nil {
			parts[i].title = d.Title
		}
	}
	c.checkParts(o.intro, parts)
	c.takeEdges(parts)
	c.giveAnchors(parts)
	c.dropDangling()
	d.Steps, d.Endings = c.texts(parts)
	c.giveIDs(d.Steps, parts)
	c.setAnchors(d.Steps, parts)
	c.renderAll(d, o, blocks, parts)
	c.resolve(d, parts)
	d.Images = c.images()
	c.lint(d, parts)
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
	blocks := make([]ast.Node, 0, root.ChildCount())
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() != ast.KindLinkReferenceDefinition {
			blocks = append(blocks, n)
		}
	}
	return blocks
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
