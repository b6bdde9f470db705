package guides

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"
)

// tags finds what HTML in a guide says that markdown can say too.
type tags struct {
	c     *compilation
	edits map[int][]Edit // by the offset of the tag in the body
	open  []tag          // not yet closed, of one parent
}

// tag is an HTML tag as the markdown writes it.
type tag struct {
	node       *ast.RawHTML
	name       string
	attributes map[string]string
	start, end int // in the body
}

// sameAs gives the marks in markdown of HTML elements.
var sameAs = map[string]string{"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}

func newTags(c *compilation) *tags { return &tags{c: c, edits: map[int][]Edit{}} }

// see takes in a tag inside a line.
func (t *tags) see(n *ast.RawHTML) {
	if n.Segments.Len() != 1 {
		return
	}
	segment := n.Segments.At(0)
	read := readTag(segment.Value(t.c.source.body()))
	read.node, read.start, read.end = n, segment.Start, segment.Stop
	if len(t.open) > 0 && t.open[0].node.Parent() != n.Parent() {
		t.open = t.open[:0]
	}
	name, closes := strings.CutPrefix(read.name, "/")
	switch {
	case closes && len(t.open) > 0 && t.open[len(t.open)-1].name == name:
		opened := t.open[len(t.open)-1]
		t.open = t.open[:len(t.open)-1]
		t.pair(opened, read)
	case closes:
		t.open = t.open[:0]
	case name == "br":
		t.lineBreak(read)
	case name == "img":
		t.picture(read)
	case sameAs[name] != "" || name == "a":
		t.open = append(t.open, read)
	}
}

// seeBlock takes in a block that is one picture.
func (t *tags) seeBlock(n *ast.HTMLBlock) {
	if n.Lines().Len() != 1 {
		return
	}
	segment := n.Lines().At(0)
	line := segment.Value(t.c.source.body())
	text := bytes.TrimSpace(line)
	if !bytes.HasPrefix(bytes.ToLower(text[:min(len(text), 4)]), []byte("<img")) || bytes.IndexByte(text, '>') != len(text)-1 {
		return
	}
	read := readTag(text)
	read.start = segment.Start + bytes.Index(line, text)
	read.end = read.start + len(text)
	if edit, ok := t.pictureEdit(read); ok {
		t.edits[segment.Start] = []Edit{edit}
	}
}

// readTag reads a tag; one that closes has a / before its name. Attributes are read where they matter: a tokenizer is
// dear, and a page may have thousands of tags.
func readTag(raw []byte) tag {
	text := bytes.TrimPrefix(raw, []byte("<"))
	end := bytes.IndexFunc(text, func(r rune) bool { return r != '/' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	read := tag{name: strings.ToLower(strings.TrimRight(string(text[:max(end, 0)]), "/"))}
	if read.name != "a" && read.name != "img" {
		return read
	}
	read.attributes = map[string]string{}
	if plain := readPlainAttributes(text[max(end, 0):], read.attributes); plain {
		return read
	}
	clear(read.attributes)
	tokens := html.NewTokenizer(bytes.NewReader(raw))
	tokens.Next()
	for _, a := range tokens.Token().Attr {
		read.attributes[a.Key] = a.Val
	}
	return read
}

// readPlainAttributes reads attributes up to the end of a tag, or reports false where one is not just
// space name="value" with nothing to be decoded: then a tokenizer must read them.
func readPlainAttributes(rest []byte, attributes map[string]string) bool {
	for len(rest) > 0 && rest[0] == ' ' {
		name, value, found := bytes.Cut(rest[1:], []byte(`="`))
		size := bytes.IndexByte(value, '"')
		if !found || len(name) == 0 || size < 0 || bytes.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' }) ||
			bytes.ContainsAny(value[:size], "&\r\x00") {
			break
		}
		if _, again := attributes[string(name)]; again { // the first counts
			break
		}
		attributes[string(name)] = string(value[:size])
		rest = value[size+1:]
	}
	return string(rest) == ">" || string(rest) == " />" || string(rest) == "/>"
}

// pair writes an element in markdown, if what is in it keeps its meaning.
func (t *tags) pair(open, end tag) {
	body := t.c.source.body()
	inside := body[open.end:end.start]
	if len(bytes.TrimSpace(inside)) == 0 || bytes.ContainsAny(inside, "\n") {
		return
	}
	before, after := "", ""
	switch open.name {
	case "a":
		target := open.attributes["href"]
		if bytes.ContainsAny(inside, "[]") || !plainTarget(target) {
			return
		}
		if _, _, why := linkTarget(target); why != "" {
			return
		}
		before, after = "[", "]("+target+")"
	case "code":
		if !plainBetween(open.node, end.node) || bytes.ContainsAny(inside, "`&\\|") {
			return
		}
		before, after = "`", "`"
	default:
		mark := sameAs[open.name]
		if bytes.ContainsAny(inside, "*_") || !t.flanks(open, end) {
			return
		}
		before, after = mark, mark
	}
	t.keep(open.start, Edit{open.start, open.end, before}, Edit{end.start, end.end, after})
}

// flanks reports whether stars in the place of tags would open and close: the rule of CommonMark, a little stricter.
func (t *tags) flanks(open, end tag) bool {
	body := t.c.source.body()
	before, _ := utf8.DecodeLastRune(body[:open.start])
	first, _ := utf8.DecodeRune(body[open.end:])
	last, _ := utf8.DecodeLastRune(body[:end.start])
	after, _ := utf8.DecodeRune(body[end.end:])
	if isOneOf(before, `*_\`) || isOneOf(after, "*_") || unicode.IsSpace(first) || unicode.IsSpace(last) || last == '\\' {
		return false
	}
	return (!isMark(first) || apart(before) || open.start == 0) && (!isMark(last) || apart(after) || end.end == len(body))
}

// isMark reports whether a character is one that CommonMark takes for punctuation.
func isMark(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// apart reports whether a character separates words.
func apart(r rune) bool { return unicode.IsSpace(r) || isMark(r) && r != '<' && r != '>' }

// plainBetween reports whether nothing but text stands between two siblings.
func plainBetween(from, to ast.Node) bool {
	for n := from.NextSibling(); n != nil && n != to; n = n.NextSibling() {
		if n.Kind() != ast.KindText {
			return false
		}
	}
	return true
}

// plainTarget reports whether an address can stand between ( and ) as it is.
func plainTarget(target string) bool {
	return target != "" && !strings.ContainsAny(target, " \t\r\n()<>\\&[]`\"") && !strings.ContainsFunc(target, unicode.IsControl)
}

// lineBreak writes <br> as a backslash at the end of the line.
func (t *tags) lineBreak(br tag) {
	for n := br.node.Parent(); n != nil; n = n.Parent() {
		if n.Kind() == extast.KindTableCell || n.Kind() == ast.KindHeading || n.Kind() == ast.KindLink {
			return
		}
	}
	if br.node.PreviousSibling() == nil || br.node.NextSibling() == nil || br.node.Parent().Type() != ast.TypeBlock {
		return
	}
	body := t.c.source.body()
	end := br.end
	for end < len(body) && body[end] == ' ' {
		end++
	}
	before, _ := utf8.DecodeLastRune(body[:br.start])
	next, _ := utf8.DecodeRune(body[end:])
	switch {
	case before == '\\' || before == '\n':
	case next == '\n':
		t.keep(br.start, Edit{br.start, end, `\`})
	case unicode.IsLetter(next): // what else begins a line might begin a list or a heading
		t.keep(br.start, Edit{br.start, end, "\\\n"})
	}
}

func (t *tags) picture(img tag) {
	if edit, ok := t.pictureEdit(img); ok {
		t.keep(img.start, Edit{img.start, img.end, edit.New})
	}
}

// pictureEdit writes <img> in markdown, if it has words and an address that may be shown.
func (t *tags) pictureEdit(img tag) (Edit, bool) {
	source, alt := img.attributes["src"], strings.Join(strings.Fields(img.attributes["alt"]), " ")
	u, err := url.Parse(source)
	if err != nil || !plainTarget(source) || alt == "" || strings.ContainsAny(alt, "[]*_`<>\\&!") ||
		u.Scheme != "https" && imagePath(u, err) == "" {
		return Edit{}, false
	}
	start := t.c.source.bodyStart + img.start
	return Edit{start, t.c.source.bodyStart + img.end, "![" + alt + "](" + source + ")"}, true
}

// keep keeps the edits of a tag, whose places are given in the body.
func (t *tags) keep(at int, edits ...Edit) {
	for i := range edits {
		edits[i].Start += t.c.source.bodyStart
		edits[i].End += t.c.source.bodyStart
	}
	t.edits[at] = edits
}
