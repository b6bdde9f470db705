package guides

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text gives the words of a piece of a guide's HTML as plain text: a line for each block, and what pictures show.
func (h SafeHTML) Text() string {
	var b strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(string(h)))
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end: reading from memory does not fail
			return strings.TrimSpace(b.String())
		case html.TextToken:
			b.Write(tokens.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := tokens.TagName()
			switch atom.Lookup(name) {
			case atom.Img:
				b.WriteString(alt(tokens))
			case atom.Br:
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			name, _ := tokens.TagName()
			switch atom.Lookup(name) {
			case atom.A, atom.Em, atom.Strong, atom.Code, atom.Del:
			case atom.Td, atom.Th:
				b.WriteByte(' ')
			default:
				b.WriteByte('\n')
			}
		}
	}
}

// alt gives the alternative text of the picture whose tag was read.
func alt(tokens *html.Tokenizer) string {
	for {
		key, value, more := tokens.TagAttr()
		if string(key) == "alt" {
			return string(value)
		}
		if !more {
			return ""
		}
	}
}
