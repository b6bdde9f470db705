package guides

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// innerLink is a link to a place in the guide.
type innerLink struct {
	link
	node *ast.Link
	side side
}

// link is a reference to a place in the guide, as it is written.
type link struct {
	anchor string // slug of what stands behind the #
	offset int    // of the reference in the document
	text   string // what stands there
}

// linkAnchor gives the name that the part of a link behind its # means.
func linkAnchor(fragment string) string {
	return slug(strings.TrimPrefix(unescape(fragment), anchorPrefix))
}

// anchorPrefix starts every id in a guide's HTML. Ids become names in a page's
// scripts; a prefix keeps a heading "location" or "name" from shadowing theirs.
const anchorPrefix = "guide-"

// linkTarget gives what a link may point to, or why it may not.
func linkTarget(raw string) (target string, external bool, why string) {
	if fragment, ok := strings.CutPrefix(raw, "#"); ok {
		name := linkAnchor(fragment)
		if name == "" {
			return "", false, "it names no heading"
		}
		return "#" + anchorPrefix + name, false, ""
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", false, "it is not a URL"
	case u.Scheme == "https" && u.Host != "" && u.User == nil:
		return u.String(), true, ""
	case u.Scheme == "https" && u.User != nil:
		return "", false, "it has a user name in it, which hides where it goes"
	case u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"):
		return u.String(), false, ""
	case u.Scheme == "" && u.Host != "":
		return "", false, "it does not say https:"
	case u.Scheme == "":
		return "", false, "pages beside the guide are not served"
	}
	return "", false, fmt.Sprintf("%q is not allowed", u.Scheme+":")
}

func unescape(fragment string) string {
	if plain, err := url.PathUnescape(fragment); err == nil {
		return plain
	}
	return fragment
}

// boundLinks keeps links to https, mailto and the guide's own headings, and
// turns others into their text.
func boundLinks(c *compilation, root ast.Node) {
	for _, n := range c.nodes.links {
		if !isUnder(n, root) {
			continue
		}
		raw := string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(n.Destination))))
		target, external, why := linkTarget(raw)
		if why != "" {
			c.droppedLink(n.Pos(), c.linkSource(n, n.Destination), raw, why)
			unwrap(n)
			continue
		}
		if name, inner := strings.CutPrefix(target, "#"+anchorPrefix); inner {
			l := innerLink{node: n, side: sideOf(c.title(n))}
			l.link = link{anchor: name}
			l.offset, l.text = c.targetSource(n)
			c.links = append(c.links, l)
		}
		n.Title = nil
		n.Destination = []byte(target)
		if external {
			n.SetAttributeString("rel", []byte(externalRel))
		}
	}
	for _, n := range c.nodes.autoLinks {
		if !isUnder(n, root) {
			continue
		}
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
			c.droppedLink(n.Pos(), string(label), url, why)
			n.Parent().ReplaceChild(n.Parent(), n, ast.NewString(label))
			continue
		}
		if external {
			n.SetAttributeString("rel", []byte(externalRel))
		}
	}
}

func (c *compilation) droppedLink(offset int, written, target, why string) {
	f := Finding{Rule: "link-target", Severity: WARNING, Text: written,
		Message: "the link to " + quote(target) + " is dropped, its text stays: " + why,
		Mend:    "link to an https:// page, to mailto:, or to #a-heading of this guide"}
	if endingNames[target] != "" {
		f.Mend = "write (#" + target + "), with a #"
	}
	c.findInBody(offset, f)
}

// dropDangling turns links that name nothing in the guide into their text.
// Where a step leads and what it requires is looked at when ids are known.
func (c *compilation) dropDangling() {
	for _, l := range c.links {
		if l.side != neither || c.anchors.taken[l.anchor] {
			continue
		}
		c.dangling(l.link, Finding{Severity: WARNING, Message: "the link is dropped, its text stays"}, c.anchors.taken)
		unwrap(l.node)
	}
}

// targetSource gives where the target of a link stands in the document, as it
// is written; of a link by reference, the link itself.
func (c *compilation) targetSource(n *ast.Link) (offset int, written string) {
	start, end := c.linkSpan(n, n.Destination)
	body := c.source.body()
	if at := bytes.LastIndex(body[start:end], n.Destination); at >= 0 && len(n.Destination) > 0 {
		return c.source.bodyStart + start + at, string(n.Destination)
	}
	return c.source.bodyStart + start, string(body[start:end])
}

// linkSource gives a link or an image as it is written.
func (c *compilation) linkSource(n ast.Node, destination []byte) string {
	start, end := c.linkSpan(n, destination)
	return string(c.source.body()[start:end])
}

// linkSpan gives the bytes of the body that are a link or an image: up to the
// bracket that closes its target or its reference, or else its label.
func (c *compilation) linkSpan(n ast.Node, destination []byte) (start, end int) {
	const far = 1000 // titles and references may be longer, but then they are not shown
	body := c.source.body()
	start = max(n.Pos(), 0)
	last := start
	for child := n.LastChild(); child != nil; child = child.LastChild() {
		if t, ok := child.(*ast.Text); ok {
			last = max(last, t.Segment.Stop)
		}
	}
	label := bytes.IndexByte(body[last:min(len(body), last+far)], ']')
	if label < 0 {
		return start, last
	}
	last += label + 1
	if last < len(body) && body[last] == '[' {
		if closing := bytes.IndexByte(body[last:min(len(body), last+far)], ']'); closing >= 0 {
			last += closing + 1
		}
	} else if last < len(body) && body[last] == '(' {
		rest := body[last:min(len(body), last+len(destination)+far)]
		at := max(bytes.Index(rest, destination), 0) + len(destination)
		if closing := bytes.IndexByte(rest[min(at, len(rest)):], ')'); closing >= 0 {
			return start, last + at + closing + 1
		}
	}
	return start, last
}
