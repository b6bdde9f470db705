package guides

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

func children(n ast.Node) []ast.Node {
	all := make([]ast.Node, 0, n.ChildCount())
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		all = append(all, child)
	}
	return all
}

// collectBlocks is collect for blocks: it does not look at what is inside lines.
func collectBlocks[T ast.Node](root ast.Node) []T {
	var found []T
	// The visitor never fails, so Walk does not.
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(T); ok && entering {
			found = append(found, t)
		}
		if first := n.FirstChild(); first != nil && first.Type() == ast.TypeInline {
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}

// title gives the text of a node on one line.
func (c *compilation) title(n ast.Node) string {
	return strings.ReplaceAll(c.plain(n), "\n", " ")
}

// plain gives the text of nodes: a line for each paragraph, item or row.
func (c *compilation) plain(nodes ...ast.Node) string {
	p := plainText{text: c.scratch[:0]}
	for _, n := range nodes {
		c.plainNode(&p, n)
	}
	c.scratch = p.text
	return string(p.text)
}

func (c *compilation) plainNode(p *plainText, n ast.Node) {
	c.writePlain(p, n)
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		c.plainNode(p, child)
	}
	switch {
	case n.Type() != ast.TypeBlock:
	case n.Kind() == extast.KindTableCell:
		p.space = true
	default:
		p.line = true
	}
}

// plainText is text with one space between words, and no empty lines.
type plainText struct {
	text        []byte
	space, line bool // what the next word is parted by
}

func (p *plainText) write(value []byte) {
	start, at := 0, 0 // of the words that are not yet written
	for at < len(value) {
		switch b := value[at]; {
		case b > ' ' && b < utf8.RuneSelf:
			at++
			continue
		case b == ' ' && at > start && at+1 < len(value) && value[at+1] > ' ' && value[at+1] < utf8.RuneSelf:
			at += 2 // one space between words stays
			continue
		case b >= firstIdeographByte && b <= lastIdeographByte && at+ideographBytes <= len(value):
			at += ideographBytes
			continue
		}
		r, size := utf8.DecodeRune(value[at:])
		if !unicode.IsSpace(r) {
			at += size
			continue
		}
		p.words(value[start:at])
		p.space, p.line = true, p.line || r == '\n'
		at += size
		start = at
	}
	p.words(value[start:])
}

func (p *plainText) words(w []byte) {
	switch {
	case len(w) == 0:
		return
	case len(p.text) == 0:
	case p.line:
		p.text = append(p.text, '\n')
	case p.space:
		p.text = append(p.text, ' ')
	}
	p.line, p.space = false, false
	p.text = append(p.text, w...)
}

func (c *compilation) writePlain(p *plainText, n ast.Node) {
	body := c.source.body()
	switch n := n.(type) {
	case *ast.Text:
		value := n.Value(body)
		if !n.IsRaw() && (bytes.IndexByte(value, '&') >= 0 || bytes.IndexByte(value, '\\') >= 0) {
			value = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(value)))
		}
		p.write(value)
		switch {
		case n.HardLineBreak():
			p.line = true
		case n.SoftLineBreak():
			p.space = true
		}
	case *ast.String:
		p.write(n.Value)
	case *ast.AutoLink:
		p.write(n.Label(body))
	case *ast.CodeBlock:
		p.write(n.Lines().Value(body))
	case *ast.FencedCodeBlock:
		p.write(n.Lines().Value(body))
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
	const first = 0x1100
	return r >= first && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || util.IsEastAsianWideRune(r))
}
