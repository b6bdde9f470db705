package guides

import (
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
	"golang.org/x/text/language"
)

// tableLabels say to a screen reader what the box around a table is: a region
// that takes the focus needs a name (WCAG 2.2, success criteria 2.1.1 and 4.1.2).
var tableLabels = map[string]string{"en": "Table", "de": "Tabelle", "fr": "Tableau", "es": "Tabla", "it": "Tabella",
	"nl": "Tabel", "pt": "Tabela", "zh": "表格", "ja": "表"}

// scrollBox is a box in which a table scrolls sideways.
type scrollBox struct {
	ast.BaseBlock
	label string
}

var kindScrollBox = ast.NewNodeKind("ScrollBox")

func (*scrollBox) Kind() ast.NodeKind           { return kindScrollBox }
func (b *scrollBox) Dump(source []byte, at int) { ast.DumpHelper(b, source, at, nil, nil) }

// wrapTables puts each table into a box, so that a wide one does not make the
// whole page scroll on a phone.
func wrapTables(c *compilation, _ ast.Node) {
	own, _, _ := strings.Cut(c.locale, "-")
	label := tableLabels[own]
	if label == "" {
		label = tableLabels["en"]
	}
	for _, n := range c.nodes.tables {
		box := &scrollBox{label: label}
		box.SetPos(n.Pos())
		n.Parent().ReplaceChild(n.Parent(), n, box)
		box.AppendChild(box, n)
	}
}

type scrollBoxRenderer struct{}

func (scrollBoxRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindScrollBox, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		tag := "</div>\n"
		if entering {
			tag = `<div class="table" role="region" tabindex="0" aria-label="` + html.EscapeString(n.(*scrollBox).label) + `">` + "\n"
		}
		_, err := w.WriteString(tag)
		return ast.WalkContinue, err
	})
}

// allowBoxes lets the boxes around tables through the sanitiser.
func allowBoxes(p *bluemonday.Policy) {
	var labels []string
	for _, label := range tableLabels {
		labels = append(labels, label)
	}
	slices.Sort(labels)
	for attribute, pattern := range map[string]string{"class": "table", "role": "region", "tabindex": "0",
		"aria-label": strings.Join(labels, "|")} {
		p.AllowAttrs(attribute).Matching(regexp.MustCompile(`^(?:` + pattern + `)$`)).OnElements("div")
	}
}

// rightToLeft are the scripts in living use that are written from right to
// left (Unicode Standard Annex 9; ISO 15924 codes).
var rightToLeft = strings.Fields("Adlm Arab Aran Hebr Mand Mend Nkoo Rohg Samr Syrc Thaa Yezi")

// languageBox is the tag around a piece of HTML that says in which language it
// is and which way it runs, so that screen readers and browsers treat it
// rightly in any page; "" where the language is not known.
type languageBox string

func newLanguageBox(locale string) languageBox {
	tag, err := language.Parse(locale)
	if locale == "" || err != nil {
		return ""
	}
	direction := "ltr"
	if script, _ := tag.Script(); slices.Contains(rightToLeft, script.String()) {
		direction = "rtl"
	}
	return languageBox(`<div lang="` + html.EscapeString(locale) + `" dir="` + direction + `">` + "\n")
}

const boxEnd = "</div>\n"

func (b languageBox) around(piece SafeHTML) SafeHTML {
	if piece == "" || b == "" {
		return piece
	}
	return SafeHTML(b) + piece + boxEnd
}

// closed ends a box whose tag is already written, and gives where it ends.
func (b languageBox) closed(html []byte) ([]byte, int) {
	if b != "" {
		html = append(html, boxEnd...)
	}
	return html, len(html)
}
