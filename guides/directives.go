package guides

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// directive is a block of its own kind: the callouts of Docusaurus, VuePress
// and MyST (:::note … :::) and those of MkDocs (!!! note, with what is
// indented under it).
type directive struct {
	ast.BaseBlock
	name, title string
	fence       int // colons that close it; 0 = it ends where the indent does
}

var kindDirective = ast.NewNodeKind("Directive")

func (*directive) Kind() ast.NodeKind { return kindDirective }

func (d *directive) Dump(source []byte, level int) {
	ast.DumpHelper(d, source, level, map[string]string{"name": d.name, "title": d.title}, nil)
}

// maxDirectiveLine is the longest line that is looked at.
const maxDirectiveLine = 1000

// colonOpening is the opening line of :::name Title, :::{name} Title and :::name[Title]{attributes}.
var colonOpening = regexp.MustCompile(`^(:{3,})[ \t]*\{?([\pL\d_-]+)\}?[ \t]*(?:\[([^\]]*)\])?[ \t]*(?:\{[^}]*\})?[ \t]*(.*?)[ \t]*$`)

// colonDirectives parses directives between lines of colons.
type colonDirectives struct{}

func (colonDirectives) Trigger() []byte             { return []byte{':'} }
func (colonDirectives) CanInterruptParagraph() bool { return true }
func (colonDirectives) CanAcceptIndentedLine() bool { return false }

func (colonDirectives) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	line = trimmed(line, pc.BlockOffset())
	found := colonOpening.FindSubmatch(line)
	if found == nil {
		return strayColons(line, reader)
	}
	title := string(found[4])
	if len(found[3]) > 0 {
		title = string(found[3])
	}
	if strings.HasSuffix(title, ":::") || !closes(reader.Source()[segment.Stop:], len(found[1]), pc) {
		reader.AdvanceToEOL()
		return &dropped{rule: "directive-line"}, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return &directive{name: strings.ToLower(string(found[2])), title: title, fence: len(found[1])}, parser.HasChildren
}

// strayColons takes a line of nothing but colons that closes nothing.
func strayColons(line []byte, reader text.Reader) (ast.Node, parser.State) {
	if len(line) < 3 || len(bytes.Trim(line, ":")) > 0 {
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return &dropped{rule: "directive-line"}, parser.NoChildren
}

// trimmed gives a line from an offset on, without the white space around it;
// nothing if it is too long to be a directive.
func trimmed(line []byte, from int) []byte {
	if from < 0 || from > len(line) || len(line) > maxDirectiveLine {
		return nil
	}
	return bytes.TrimSpace(line[from:])
}

// closes reports whether a line of that many colons follows. Without one the
// rest of the guide would become part of the callout.
func closes(rest []byte, fence int, pc parser.Context) bool {
	for at := 0; at < len(rest); {
		end := len(rest)
		if i := bytes.IndexByte(rest[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if isFence(bytes.TrimLeft(rest[at:end], "> \t"), fence) {
			meterOf(pc).spend(end)
			return true
		}
		at = end
	}
	meterOf(pc).spend(len(rest))
	return false
}

func isFence(line []byte, fence int) bool {
	line = bytes.TrimRight(line, " \t\r\n")
	return len(line) >= fence && len(bytes.TrimLeft(line, ":")) == 0
}

func (colonDirectives) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	d, ok := node.(*directive)
	if !ok {
		return parser.Close // a single line
	}
	line, _ := reader.PeekLine()
	if width, at := util.IndentWidth(line, reader.LineOffset()); width < 4 && isFence(line[at:], 3) {
		n := len(bytes.TrimSpace(line))
		if n >= d.fence && !closesInner(node, n, pc) {
			reader.AdvanceToEOL()
			return parser.Close
		}
	}
	return parser.Continue | parser.HasChildren
}

// closesInner reports whether a line of colons closes a directive inside this
// one, or is a line of code.
func closesInner(outer ast.Node, n int, pc parser.Context) bool {
	opened := pc.OpenedBlocks()
	for i := len(opened) - 1; i >= 0 && opened[i].Node != outer; i-- {
		switch inner := opened[i].Node.(type) {
		case *ast.FencedCodeBlock:
			return true
		case *directive:
			if inner.fence > 0 && inner.fence <= n {
				return true
			}
		}
	}
	return false
}

func (colonDirectives) Close(ast.Node, text.Reader, parser.Context) {}

// indentOpening is the opening line of !!! name "Title", and of ??? where it folds.
var indentOpening = regexp.MustCompile(`^(?:!!!|\?\?\?\+?)[ \t]+([\pL\d_-]+)(?:[ \t]+[\pL\d_-]+)*(?:[ \t]+"(.*)")?$`)

// indentDirectives parses directives whose body is indented.
type indentDirectives struct{}

func (indentDirectives) Trigger() []byte             { return []byte{'!', '?'} }
func (indentDirectives) CanInterruptParagraph() bool { return true }
func (indentDirectives) CanAcceptIndentedLine() bool { return false }

func (indentDirectives) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	found := indentOpening.FindSubmatch(trimmed(line, pc.BlockOffset()))
	if found == nil || calloutKinds[strings.ToLower(string(found[1]))] == "" {
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return &directive{name: strings.ToLower(string(found[1])), title: string(found[2])}, parser.HasChildren
}

func (indentDirectives) Continue(_ ast.Node, reader text.Reader, _ parser.Context) parser.State {
	const indent = 4
	line, _ := reader.PeekLine()
	if util.IsBlank(line) {
		reader.AdvanceToEOL()
		return parser.Continue | parser.HasChildren
	}
	if width, _ := util.IndentWidth(line, reader.LineOffset()); width < indent {
		return parser.Close
	}
	at, padding := util.IndentPosition(line, reader.LineOffset(), indent)
	reader.AdvanceAndSetPadding(at, padding)
	return parser.Continue | parser.HasChildren
}

func (indentDirectives) Close(ast.Node, text.Reader, parser.Context) {}
