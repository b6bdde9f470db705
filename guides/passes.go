package guides

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// pass is one walk over the tree that makes it fit to show.
type pass struct {
	name string
	run  func(*compilation, ast.Node)
}

// passes run in this order: anchors are named before links to them are
// written, and images become text before the links around them are looked at.
var passes = []pass{
	{"drop raw HTML", dropRawHTML},
	{"images to their text", dropImages},
	{"check boxes to characters", plainCheckBoxes},
	{"name anchors", nameAnchors},
	{"bound links", boundLinks},
}

// collect gives the nodes of a tree that match, in document order, so that a
// pass can change the tree while it goes through them.
func collect[T ast.Node](root ast.Node) []T {
	var found []T
	// The visitor never fails, so Walk does not.
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(T); ok && entering {
			found = append(found, t)
		}
		return ast.WalkContinue, nil
	})
	return found
}

// dropRawHTML takes HTML out. A block goes with all that is in it; inline tags
// go, and the text between them, which is markdown, stays.
func dropRawHTML(c *compilation, root ast.Node) {
	for _, n := range collect[*ast.HTMLBlock](root) {
		start, snippet := n.Pos(), ""
		if n.Lines().Len() > 0 {
			first := n.Lines().At(0)
			start, snippet = first.Start, string(first.Value(c.source.body()))
		}
		c.rawHTML(start, snippet, "a block of raw HTML is dropped with all that is in it: ")
		n.Parent().RemoveChild(n.Parent(), n)
	}
	for _, n := range collect[*ast.RawHTML](root) {
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

// dropImages puts an image's alternative text where the image was: a guide has
// no assets of its own yet, and a remote host would learn who reads it.
func dropImages(c *compilation, root ast.Node) {
	for _, n := range collect[*ast.Image](root) {
		c.findInBody(n.Pos(), Finding{Rule: "image-host", Severity: WARNING,
			Message: "image host not allowed: " + quote(string(n.Destination)) + "; its text is shown instead",
			Mend:    "say in words what the picture shows"})
		unwrap(n)
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
func plainCheckBoxes(_ *compilation, root ast.Node) {
	for _, n := range collect[*extast.TaskCheckBox](root) {
		mark := "☐ "
		if n.IsChecked {
			mark = "☑ "
		}
		n.Parent().ReplaceChild(n.Parent(), n, ast.NewString([]byte(mark)))
	}
}

// nameAnchors gives every heading an id, so that #links inside the guide work.
func nameAnchors(c *compilation, root ast.Node) {
	for _, n := range collect[*ast.Heading](root) {
		n.SetAttributeString("id", []byte(anchorPrefix+c.anchors.name(n, c.title(n))))
	}
}

// boundLinks keeps links to https, mailto and the guide's own headings, and
// turns others into their text.
func boundLinks(c *compilation, root ast.Node) {
	for _, n := range collect[*ast.Link](root) {
		raw := string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(n.Destination))))
		n.Title = nil
		target, external, why := linkTarget(raw)
		if why != "" {
			c.droppedLink(n.Pos(), raw, why)
			unwrap(n)
			continue
		}
		n.Destination = []byte(target)
		if external {
			n.SetAttributeString("rel", []byte(externalRel))
		}
	}
	for _, n := range collect[*ast.AutoLink](root) {
		label := n.Label(c.source.body())
		if n.Protocol != nil {
			n.Protocol = []byte("https") // written without one, as www.…
		}
		url := string(n.URL(c.source.body()))
		if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(url), "mailto:") {
			url = "mailto:" + url
		}
		_, external, why := linkTarget(url)
		if why != "" {
			c.droppedLink(n.Pos(), url, why)
			n.Parent().ReplaceChild(n.Parent(), n, ast.NewString(label))
			continue
		}
		if external {
			n.SetAttributeString("rel", []byte(externalRel))
		}
	}
}

func (c *compilation) droppedLink(offset int, target, why string) {
	c.findInBody(offset, Finding{Rule: "link-target", Severity: WARNING,
		Message: "the link to " + quote(target) + " is dropped, its text stays: " + why,
		Mend:    "link to an https:// page, to mailto:, or to #a-heading of this guide"})
}
