package guides

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// outline is where a guide's steps are.
type outline struct {
	blocks []ast.Node   // all top blocks
	title  *ast.Heading // nil if there is no heading
	opens  []int        // the blocks whose heading opens a step; or
	list   *ast.List    // the list whose items are the steps; or neither
}

// findOutline decides what the steps are.
//
//   - The headings at the shallowest level below the title each open a step, if
//     there are two or more: one heading divides nothing.
//   - Else, if there is one ordered list and no other heading than the title
//     and perhaps that one, its items are the steps.
//   - Else the whole is one step.
//
// The title is the first heading. If it is of level 1, and the only one of that
// level or the only title there is, it is no section.
func findOutline(blocks []ast.Node, titled string) outline {
	o := outline{blocks: blocks}
	var headings, lists []int
	for i, n := range blocks {
		switch n := n.(type) {
		case *ast.Heading:
			headings = append(headings, i)
		case *ast.List:
			if n.IsOrdered() {
				lists = append(lists, i)
			}
		}
	}
	level := func(i int) int { return blocks[i].(*ast.Heading).Level }
	sections := headings
	if len(headings) > 0 {
		o.title = blocks[headings[0]].(*ast.Heading)
		ones := 0
		for _, i := range headings {
			if level(i) == 1 {
				ones++
			}
		}
		if o.title.Level == 1 && (titled == "" || ones == 1) {
			sections = headings[1:]
		}
	}
	shallowest := 7
	for _, i := range sections {
		shallowest = min(shallowest, level(i))
	}
	for _, i := range sections {
		if level(i) == shallowest {
			o.opens = append(o.opens, i)
		}
	}
	if len(o.opens) > 1 {
		return o
	}
	if len(lists) == 1 && len(sections) < 2 {
		o.list = blocks[lists[0]].(*ast.List)
	}
	o.opens = nil
	return o
}

// steps cuts the guide into steps; rendered holds the HTML of each block.
func (c *compilation) steps(o outline, rendered []SafeHTML, title string) []Step {
	var steps []Step
	switch {
	case o.opens != nil:
		steps = c.sectionSteps(o, rendered)
	case o.list != nil:
		steps = c.itemSteps(o.list)
	case len(o.blocks) > 0:
		steps = []Step{c.wholeStep(o, rendered, title)}
	}
	if len(steps) > MaxSteps {
		c.find(0, Finding{Rule: "too-many-steps", Severity: ERROR,
			Message: fmt.Sprintf("the guide has %d steps, the limit is %d", len(steps), MaxSteps),
			Mend:    "split the guide, one problem each"})
		steps = steps[:MaxSteps]
	}
	return steps
}

func (c *compilation) sectionSteps(o outline, rendered []SafeHTML) []Step {
	c.checkIntro(o, o.opens[0])
	steps := make([]Step, 0, len(o.opens))
	for i, open := range o.opens {
		end := len(o.blocks)
		if i+1 < len(o.opens) {
			end = o.opens[i+1]
		}
		heading := o.blocks[open]
		title := c.title(heading)
		if title == "" {
			c.findInBody(heading.Pos(), Finding{Rule: "untitled-step", Severity: WARNING,
				Message: "the heading of this step has no text", Mend: "say in the heading what to do"})
		}
		step := Step{ID: c.anchors.name(heading, title), Title: title}
		var html strings.Builder
		for b := open + 1; b < end; b++ {
			html.WriteString(string(rendered[b]))
		}
		step.HTML = SafeHTML(html.String())
		step.Instruction = c.plain(o.blocks[open+1 : end]...)
		steps = append(steps, step)
	}
	return steps
}

// checkIntro tells the seller of text that no step shows: a warning that
// matters must stand in a step.
func (c *compilation) checkIntro(o outline, first int) {
	for _, n := range o.blocks[:first] {
		if n != ast.Node(o.title) {
			c.findInBody(n.Pos(), Finding{Rule: "text-before-steps", Severity: INFO,
				Message: "what stands before the first step is shown in the whole guide, not in a step",
				Mend:    "put what shoppers must know into a first step of its own"})
			return
		}
	}
}

// itemSteps makes a step of each item of the list: its first paragraph is the
// title, the rest the body.
func (c *compilation) itemSteps(list *ast.List) []Step {
	steps := make([]Step, 0, list.ChildCount())
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		var title string
		body := children(item)
		if len(body) > 0 && (body[0].Kind() == ast.KindTextBlock || body[0].Kind() == ast.KindParagraph) {
			title = c.title(body[0])
			body = body[1:]
		}
		short, cut := clip(title, MaxTitleRunes)
		if cut || title == "" {
			body = children(item) // the body must then say it all
		}
		var html strings.Builder
		for _, n := range body {
			html.WriteString(string(c.render(n)))
		}
		steps = append(steps, Step{ID: c.anchors.name(item, title), Title: short,
			HTML: SafeHTML(html.String()), Instruction: c.plain(body...)})
	}
	return steps
}

func (c *compilation) wholeStep(o outline, rendered []SafeHTML, title string) Step {
	step := Step{ID: slug(title), Title: title}
	if step.ID == "" {
		step.ID = "step"
	}
	var html strings.Builder
	var body []ast.Node
	for i, n := range o.blocks {
		if n != ast.Node(o.title) {
			html.WriteString(string(rendered[i]))
			body = append(body, n)
		}
	}
	step.HTML, step.Instruction = SafeHTML(html.String()), c.plain(body...)
	return step
}

func children(n ast.Node) []ast.Node {
	var all []ast.Node
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		all = append(all, child)
	}
	return all
}

// title gives the text of a node on one line.
func (c *compilation) title(n ast.Node) string {
	return strings.Join(strings.Fields(c.plain(n)), " ")
}

// plain gives the text of nodes: a line for each paragraph, item or row.
func (c *compilation) plain(nodes ...ast.Node) string {
	var b strings.Builder
	for _, node := range nodes {
		// The visitor never fails, so Walk does not.
		_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if entering {
				c.writePlain(&b, n)
			} else if n.Kind() == extast.KindTableCell {
				b.WriteByte(' ')
			} else if n.Type() == ast.TypeBlock {
				b.WriteByte('\n')
			}
			return ast.WalkContinue, nil
		})
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return strings.Join(lines, "\n")
}

func (c *compilation) writePlain(b *strings.Builder, n ast.Node) {
	body := c.source.body()
	switch n := n.(type) {
	case *ast.Text:
		value := n.Value(body)
		if !n.IsRaw() {
			value = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(value)))
		}
		b.Write(value)
		switch {
		case n.HardLineBreak():
			b.WriteByte('\n')
		case n.SoftLineBreak() && !joinsWide(value, n.NextSibling(), body):
			b.WriteByte(' ')
		}
	case *ast.String:
		b.Write(n.Value)
	case *ast.AutoLink:
		b.Write(n.Label(body))
	case *ast.CodeBlock:
		b.Write(n.Lines().Value(body))
	case *ast.FencedCodeBlock:
		b.Write(n.Lines().Value(body))
	}
}

// joinsWide reports whether a line break stands between two East Asian
// characters, which are written without a space.
func joinsWide(before []byte, next ast.Node, body []byte) bool {
	t, ok := next.(*ast.Text)
	if !ok {
		return false
	}
	last, _ := utf8.DecodeLastRune(before)
	first, _ := utf8.DecodeRune(t.Value(body))
	return wide(last) && wide(first)
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || util.IsEastAsianWideRune(r)
}
