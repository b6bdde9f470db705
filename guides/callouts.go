package guides

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/text/language"
)

// calloutKinds gives for the names of callouts, as GitHub, Docusaurus, MyST,
// VuePress, Obsidian and MkDocs have them, the five that are shown.
var calloutKinds = map[string]string{
	"note": "note", "info": "note", "abstract": "note", "summary": "note", "example": "note", "details": "note",
	"question": "note", "faq": "note", "help": "note", "seealso": "note", "todo": "note", "quote": "note", "admonition": "note",
	"tip": "tip", "hint": "tip", "success": "tip", "check": "tip", "done": "tip",
	"important": "important",
	"warning":   "warning", "attention": "warning", "failure": "warning", "fail": "warning", "bug": "warning",
	"caution": "caution", "danger": "caution", "error": "caution",
}

// calloutLabels are what callouts are headed with, by language.
var calloutLabels = map[string]map[string]string{
	"en": {"note": "Note", "tip": "Tip", "important": "Important", "warning": "Warning", "caution": "Caution"},
	"de": {"note": "Hinweis", "tip": "Tipp", "important": "Wichtig", "warning": "Warnung", "caution": "Vorsicht"},
	"fr": {"note": "Remarque", "tip": "Astuce", "important": "Important", "warning": "Avertissement", "caution": "Attention"},
	"es": {"note": "Nota", "tip": "Consejo", "important": "Importante", "warning": "Advertencia", "caution": "Precaución"},
	"zh": {"note": "说明", "tip": "提示", "important": "重要", "warning": "警告", "caution": "当心"},
}

// calloutWords are bold first words of a quote that make it a callout.
var calloutWords = map[string]string{
	"note": "note", "notes": "note", "nb": "note", "n.b": "note", "info": "note", "tip": "tip", "hint": "tip", "pro tip": "tip",
	"important": "important", "warning": "warning", "attention": "warning", "caution": "caution", "danger": "caution",
	"hinweis": "note", "anmerkung": "note", "tipp": "tip", "wichtig": "important", "warnung": "warning", "achtung": "warning",
	"vorsicht": "caution", "gefahr": "caution",
	"remarque": "note", "astuce": "tip", "conseil": "tip", "avertissement": "warning", "danger électrique": "caution",
	"nota": "note", "consejo": "tip", "importante": "important", "advertencia": "warning", "aviso": "warning",
	"atención": "warning", "precaución": "caution", "cuidado": "caution", "peligro": "caution",
	"说明": "note", "注": "note", "备注": "note", "提示": "tip", "小贴士": "tip", "重要": "important", "重要提示": "important",
	"注意": "warning", "注意事项": "warning", "警告": "warning", "小心": "caution", "当心": "caution", "危险": "caution",
	"說明": "note", "備註": "note", "危險": "caution", "當心": "caution",
}

// alert is the first line of a quote that GitHub shows as an alert; Obsidian
// lets a title follow.
var alert = regexp.MustCompile(`^\[!([\pL-]+)\][+-]?[ \t]*(.*)$`)

// callout is a quote that is one.
type callout struct {
	kind  string
	label int // how many of its first blocks are a label that we wrote
	words int // bytes of plain text at its beginning that are the seller's label
}

// markCallouts makes quotes with a class and a label of what is written as an
// alert, as a directive, or as a quote that begins with a bold "Warning:".
func markCallouts(c *compilation, _ ast.Node) {
	for _, n := range c.nodes.directives {
		kind, known := calloutKinds[n.name]
		if !known {
			c.findInBody(n.Pos(), Finding{Rule: "unknown-callout", Severity: INFO, Text: n.name,
				Message: "a callout of the kind " + quote(n.name) + " is shown as plain text",
				Mend:    "write :::note, :::tip, :::important, :::warning or :::caution"})
			unwrap(n)
			continue
		}
		block := ast.NewBlockquote()
		block.SetPos(n.Pos())
		n.Parent().ReplaceChild(n.Parent(), n, block)
		for child := n.FirstChild(); child != nil; child = n.FirstChild() {
			block.AppendChild(block, child)
		}
		c.callout(block, kind, n.title)
	}
	for _, n := range c.nodes.quotes {
		first, ok := n.FirstChild().(*ast.Paragraph)
		if !ok || first.Lines().Len() == 0 {
			continue
		}
		segment := first.Lines().At(0)
		line := bytes.TrimSpace(segment.Value(c.source.body()))
		switch {
		case bytes.HasPrefix(line, []byte("[!")):
			c.alert(n, first, string(line))
		case bytes.HasPrefix(line, []byte("**")) || bytes.HasPrefix(line, []byte("__")):
			c.boldLabel(n, first)
		}
	}
}

// callout marks a quote and writes its label.
func (c *compilation) callout(n *ast.Blockquote, kind, title string) {
	if title = strings.TrimSpace(title); title == "" {
		title = c.calloutLabel(kind)
	}
	label, bold := ast.NewParagraph(), ast.NewEmphasis(2)
	label.SetPos(n.Pos())
	bold.AppendChild(bold, ast.NewString([]byte(title)))
	label.AppendChild(label, bold)
	if first := n.FirstChild(); first != nil {
		n.InsertBefore(n, first, label)
	} else {
		n.AppendChild(n, label)
	}
	c.setCallout(n, callout{kind: kind, label: 1})
}

func (c *compilation) setCallout(n *ast.Blockquote, as callout) {
	n.SetAttributeString("class", []byte("callout callout-"+as.kind))
	if c.callouts == nil {
		c.callouts = map[ast.Node]callout{}
	}
	c.callouts[n] = as
	c.cautions = c.cautions || as.kind == "caution"
}

func (c *compilation) calloutLabel(kind string) string {
	if tag, err := language.Parse(c.locale); err == nil {
		base, _ := tag.Base()
		if labels, ok := calloutLabels[base.String()]; ok {
			return labels[kind]
		}
	}
	return calloutLabels["en"][kind]
}

// alert takes the line [!NOTE] off a quote and marks it.
func (c *compilation) alert(n *ast.Blockquote, first *ast.Paragraph, line string) {
	found := alert.FindStringSubmatch(line)
	if found == nil || calloutKinds[strings.ToLower(found[1])] == "" {
		return
	}
	lineEnd := first.Lines().At(0).Stop
	for inline := first.FirstChild(); inline != nil && inline.Pos() < lineEnd; inline = first.FirstChild() {
		first.RemoveChild(first, inline)
	}
	if first.FirstChild() == nil {
		n.RemoveChild(n, first)
	}
	c.callout(n, calloutKinds[strings.ToLower(found[1])], found[2])
}

// boldLabel marks a quote whose first words are a label in bold.
func (c *compilation) boldLabel(n *ast.Blockquote, first *ast.Paragraph) {
	bold, ok := first.FirstChild().(*ast.Emphasis)
	if !ok || bold.Level != 2 {
		return
	}
	written := c.title(bold)
	if kind := calloutWords[foldHeading(written)]; kind != "" {
		c.setCallout(n, callout{kind: kind, words: len(written)})
	}
}

// stop gives what the cautions among blocks say, without their labels.
func (c *compilation) stop(blocks []ast.Node) string {
	if !c.cautions {
		return ""
	}
	var said []string
	for _, block := range blocks {
		for _, n := range collectBlocks[*ast.Blockquote](block) {
			as := c.callouts[n]
			if as.kind != "caution" {
				continue
			}
			text := c.plain(children(n)[as.label:]...)
			text = strings.TrimLeft(text[min(as.words, len(text)):], ":： \n")
			if text != "" {
				said = append(said, text)
			}
		}
	}
	return strings.Join(said, "\n")
}
