package guides

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// inventory is the nodes of a tree that passes change, each kind in document order: one walk for all of them. A pass
// may take away what a later one would change, so those that come after such a pass ask whether a node is still there.
type inventory struct {
	dropped    []*dropped
	directives []*directive
	quotes     []*ast.Blockquote
	headings   []heading
	items      []*ast.ListItem
	html       []*ast.HTMLBlock
	tags       []*ast.RawHTML
	images     []*ast.Image
	links      []*ast.Link
	autoLinks  []*ast.AutoLink
	checkBoxes []*extast.TaskCheckBox
	tables     []*extast.Table
	code       []*ast.FencedCodeBlock
	broken     []*ast.Text // with a line break after it; kept only where there are wide characters
}

// heading is a heading with what it says.
type heading struct {
	*ast.Heading
	title, slug string // known when the passes are done
}

// takeInventory looks at every node of a tree.
func takeInventory(root ast.Node, body []byte) *inventory {
	var v inventory
	v.look(root, bytes.IndexFunc(body, wide) >= 0)
	return &v
}

func (v *inventory) look(parent ast.Node, breaks bool) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			if breaks && n.SoftLineBreak() {
				v.broken = append(v.broken, n)
			}
			continue
		case *ast.Heading:
			v.headings = append(v.headings, heading{Heading: n})
		case *ast.ListItem:
			v.items = append(v.items, n)
		case *ast.Link:
			v.links = append(v.links, n)
		case *ast.Image:
			v.images = append(v.images, n)
		case *ast.AutoLink:
			v.autoLinks = append(v.autoLinks, n)
		case *ast.RawHTML:
			v.tags = append(v.tags, n)
		case *ast.HTMLBlock:
			v.html = append(v.html, n)
		case *ast.Blockquote:
			v.quotes = append(v.quotes, n)
		case *ast.FencedCodeBlock:
			v.code = append(v.code, n)
		case *extast.Table:
			v.tables = append(v.tables, n)
		case *extast.TaskCheckBox:
			v.checkBoxes = append(v.checkBoxes, n)
		case *directive:
			v.directives = append(v.directives, n)
		case *dropped:
			v.dropped = append(v.dropped, n)
		}
		v.look(n, breaks)
	}
}

// isUnder reports whether a node is still in the tree of root.
func isUnder(n, root ast.Node) bool {
	for ; n != nil; n = n.Parent() {
		if n == root {
			return true
		}
	}
	return false
}
