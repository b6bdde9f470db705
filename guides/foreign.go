package guides

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// dropped is a line that speaks to another program: the import and export
// lines and tags with {expressions} of MDX, {% tags %} of Liquid, {: attributes
// } of kramdown, and directives that hold nothing.
type dropped struct {
	ast.BaseBlock
	rule string
	end  int // of the source that it takes, where that is more than a line
}

var kindDropped = ast.NewNodeKind("Dropped")

func (*dropped) Kind() ast.NodeKind { return kindDropped }

func (d *dropped) Dump(source []byte, level int) {
	ast.DumpHelper(d, source, level, map[string]string{"rule": d.rule}, nil)
}

// droppedFindings says for each rule what a seller should know.
var droppedFindings = map[string]Finding{
	"mdx-line":       {Severity: INFO, Message: "a line of MDX is dropped: ", Mend: "delete it, and write in markdown what it should show"},
	"liquid-line":    {Severity: INFO, Message: "a Liquid tag is dropped: ", Mend: "delete it; for a warning write > [!WARNING]"},
	"kramdown-line":  {Severity: INFO, Message: "a line of kramdown attributes is dropped: ", Mend: "delete it; for a warning write > [!WARNING]"},
	"directive-line": {Severity: INFO, Message: "a directive that opens or closes nothing is dropped: ", Mend: "delete it, or end it with a line :::"},
}

// dropForeign takes the lines out that speak to another program.
func dropForeign(c *compilation, _ ast.Node) {
	for _, n := range c.nodes.dropped {
		line := c.source.body()[n.Pos():]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		f := droppedFindings[n.rule]
		f.Rule, f.Text = n.rule, string(bytes.TrimSpace(line))
		f.Message += quote(f.Text)
		c.findInBody(n.Pos(), f)
		n.Parent().RemoveChild(n.Parent(), n)
	}
}

var (
	mdxImport = regexp.MustCompile(`^import\s+(?:[\w*{][^'"]*\sfrom\s+)?['"][^'"]+['"];?$|^import\s+(?:\w+\s*,\s*)?\{[^}'"]*$`)
	mdxExport = regexp.MustCompile(`^export\s+(?:const|let|var|default|function|async|class)\s|^export\s+[*{]`)
	liquid    = regexp.MustCompile(`^\{%.*%\}$`)
	kramdown  = regexp.MustCompile(`^\{:[^}]*\}$`)
)

// moduleLines parses import and export lines of MDX, up to the next blank line.
type moduleLines struct{}

func (moduleLines) Trigger() []byte             { return []byte{'i', 'e'} }
func (moduleLines) CanInterruptParagraph() bool { return false }
func (moduleLines) CanAcceptIndentedLine() bool { return false }

func (moduleLines) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	if parent.Kind() != ast.KindDocument || pc.BlockOffset() != 0 ||
		!bytes.HasPrefix(line, []byte("import")) && !bytes.HasPrefix(line, []byte("export")) {
		return nil, parser.NoChildren
	}
	if line = trimmed(line, 0); !mdxImport.Match(line) && !mdxExport.Match(line) {
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return &dropped{rule: "mdx-line"}, parser.NoChildren
}

func (moduleLines) Continue(_ ast.Node, reader text.Reader, _ parser.Context) parser.State {
	if line, _ := reader.PeekLine(); util.IsBlank(line) {
		return parser.Close
	}
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (moduleLines) Close(ast.Node, text.Reader, parser.Context) {}

// templateLines parses lines that are one tag of Liquid or one list of kramdown attributes.
type templateLines struct{}

func (templateLines) Trigger() []byte             { return []byte{'{'} }
func (templateLines) CanInterruptParagraph() bool { return true }
func (templateLines) CanAcceptIndentedLine() bool { return false }

func (templateLines) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	rule := ""
	switch line = trimmed(line, pc.BlockOffset()); {
	case liquid.Match(line):
		rule = "liquid-line"
	case kramdown.Match(line):
		rule = "kramdown-line"
	default:
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return &dropped{rule: rule}, parser.NoChildren
}

func (templateLines) Continue(ast.Node, text.Reader, parser.Context) parser.State {
	return parser.Close
}
func (templateLines) Close(ast.Node, text.Reader, parser.Context) {}

// componentTags parses tags that markdown does not take for HTML, because a
// value is an {expression}, up to the line that ends one.
type componentTags struct{}

func (componentTags) Trigger() []byte             { return []byte{'<'} }
func (componentTags) CanInterruptParagraph() bool { return false }
func (componentTags) CanAcceptIndentedLine() bool { return false }

// maxTagBytes is the longest tag that is looked at.
const maxTagBytes = 4000

func (componentTags) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	at := pc.BlockOffset()
	if at < 0 || at+1 >= len(line) || !util.IsAlphaNumeric(line[at+1]) {
		return nil, parser.NoChildren
	}
	rest := reader.Source()[segment.Start:]
	end := tagEnd(rest[:min(len(rest), maxTagBytes)])
	meterOf(pc).spend(max(end, 1))
	if end < 0 || !bytes.Contains(rest[:end], []byte("={")) {
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return &dropped{rule: "mdx-line", end: segment.Start + end}, parser.NoChildren
}

// tagEnd gives where the first line ends that ends with >, if no blank line
// comes before it; else -1.
func tagEnd(rest []byte) int {
	for at := 0; at < len(rest); {
		next := len(rest)
		if i := bytes.IndexByte(rest[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		switch line := bytes.TrimSpace(rest[at:next]); {
		case len(line) == 0:
			return -1
		case line[len(line)-1] == '>':
			return next
		}
		at = next
	}
	return -1
}

func (componentTags) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	if _, segment := reader.PeekLine(); segment.Start >= node.(*dropped).end {
		return parser.Close
	}
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (componentTags) Close(ast.Node, text.Reader, parser.Context) {}
