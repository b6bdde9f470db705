package guides

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// pass is one change of the tree that makes it fit to show. What it changes, it finds in the inventory.
type pass struct {
	name string
	run  func(*compilation, ast.Node)
}

// passes run in this order: pictures that cannot be shown become text before
// the links around them are looked at, and lines on what comes first are gone
// before their links are.
var passes = []pass{
	{"drop what speaks to other programs", dropForeign},
	{"see what was written", seeWritten},
	{"drop raw HTML", dropRawHTML},
	{"pictures", boundImages},
	{"check boxes to characters", plainCheckBoxes},
	{"code without its language", plainCode},
	{"join lines of wide characters", joinWideLines},
	{"take ids", takeIDs},
	{"mark callouts", markCallouts},
	{"take requires and before", takeOrders},
	{"bound links", boundLinks},
	{"let tables scroll", wrapTables},
}

// collect gives the nodes of a tree that match, in document order.
func collect[T ast.Node](root ast.Node) []T {
	var found []T
	for n := root; n != nil; n = following(n, root) {
		if t, ok := n.(T); ok {
			found = append(found, t)
		}
	}
	return found
}

// following gives the node after n in document order, or nil after the last
// one under root.
func following(n, root ast.Node) ast.Node {
	if child := n.FirstChild(); child != nil {
		return child
	}
	for ; n != root; n = n.Parent() {
		if next := n.NextSibling(); next != nil {
			return next
		}
	}
	return nil
}

// dropRawHTML takes HTML out. A block goes with all that is in it; inline tags
// go, and the text between them, which is markdown, stays.
func dropRawHTML(c *compilation, _ ast.Node) {
	for _, n := range c.nodes.html {
		start, snippet := n.Pos(), ""
		if n.Lines().Len() > 0 {
			first := n.Lines().At(0)
			start, snippet = first.Start, string(first.Value(c.source.body()))
		}
		c.rawHTML(start, snippet, "a block of raw HTML is dropped with all that is in it: ")
		n.Parent().RemoveChild(n.Parent(), n)
	}
	for _, n := range c.nodes.tags {
		if n.Segments.Len() > 0 {
			first := n.Segments.At(0)
			c.rawHTML(first.Start, string(first.Value(c.source.body())), "a raw HTML tag is dropped: ")
		}
		n.Parent().RemoveChild(n.Parent(), n)
	}
}

func (c *compilation) rawHTML(offset int, snippet, message string) {
	snippet = strings.TrimSpace(snippet)
	f := Finding{Rule: "raw-html", Severity: WARNING, Message: message + quote(snippet),
		Mend: "write it in markdown"}
	switch {
	case strings.HasPrefix(snippet, "</"): // said at the tag that opens
		return
	case strings.HasPrefix(snippet, "<!--"):
		f.Severity, f.Message, f.Mend = INFO, "a comment is not shown: "+quote(snippet), "nothing, if that is what you want"
	}
	c.findInBody(offset, f)
}

// joinWideLines takes line breaks between East Asian characters out: those are
// written without spaces, and browsers show a line break as one.
func joinWideLines(c *compilation, _ ast.Node) {
	body := c.source.body()
	for _, n := range c.nodes.broken {
		if joinsWide(n.Value(body), n.NextSibling(), body) {
			n.SetSoftLineBreak(false)
		}
	}
}

// unwrap puts a node's children in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		parent.InsertBefore(parent, n, child)
	}
	parent.RemoveChild(parent, n)
}

// plainCheckBoxes writes [ ] and [x] as characters: form controls are not
// allowed in the HTML, and a disabled one says nothing a character does not.
func plainCheckBoxes(c *compilation, _ ast.Node) {
	for _, n := range c.nodes.checkBoxes {
		mark := "☐ "
		if n.IsChecked {
			mark = "☑ "
		}
		n.Parent().ReplaceChild(n.Parent(), n, ast.NewString([]byte(mark)))
	}
}

// plainCode forgets in which language code is: nothing in the page asks for it, and the sanitiser would drop it.
func plainCode(c *compilation, _ ast.Node) {
	for _, n := range c.nodes.code {
		n.Info = nil
	}
}
