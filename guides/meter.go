package guides

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// meter bounds one parse. goldmark cannot be cancelled and takes time and
// memory out of proportion for some inputs: deep nesting, padded table cells,
// emphasis that never closes, brackets, link definitions. Guessing from the
// bytes what goldmark will make of them would refuse honest documents (a pipe
// in a code block is no table), so each of goldmark's parsers is wrapped: it
// reports what it is about to cost, and once a limit is passed every wrapped
// parser declines, so that the parse ends at once.
type meter struct {
	blocks, cells, work int
	inlines             int
	pipes, ticks        int // escaped pipes and back-ticks in tables so far
	over                *TooComplexError
}

var meterKey = parser.NewContextKey()

func meterOf(pc parser.Context) *meter { return pc.Get(meterKey).(*meter) }

// spend adds work: about 2 ns a unit, the time to look at a byte.
func (m *meter) spend(units int) {
	m.count(&m.work, units, MaxInlineWork, "markup that is left open or repeated")
}

func (m *meter) count(counter *int, n, limit int, what string) {
	if *counter += n; *counter > limit && m.over == nil {
		m.over = &TooComplexError{What: what, Limit: limit}
	}
}

// meteredBlock counts blocks and their nesting.
type meteredBlock struct{ parser.BlockParser }

func meteredBlocks(all []util.PrioritizedValue) []util.PrioritizedValue {
	for i, v := range all {
		all[i].Value = meteredBlock{v.Value.(parser.BlockParser)}
	}
	return all
}

func (b meteredBlock) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	m := meterOf(pc)
	if m.over != nil {
		return nil, parser.NoChildren
	}
	node, state := b.BlockParser.Open(parent, reader, pc)
	if node == nil {
		return nil, state
	}
	m.count(&m.blocks, 1, MaxBlocks, "blocks")
	nesting := len(pc.OpenedBlocks())
	m.count(&nesting, 1, MaxNesting, "nesting")
	if m.over != nil {
		return nil, parser.NoChildren
	}
	return node, state
}

// continueCost is for asking one open block whether it goes on at a line:
// every line, blank ones too, asks every block it is in.
const continueCost = 20

func (b meteredBlock) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	m := meterOf(pc)
	if m.spend(continueCost); m.over != nil {
		return parser.Close
	}
	return b.BlockParser.Continue(node, reader, pc)
}

// attempt is one call of an inline parser, for its cost to be told.
type attempt struct {
	parent  ast.Node // the block
	line    []byte   // the rest of the line, at least one byte
	seen    int      // bytes of the block before this one
	rest    int      // bytes of the block from here on
	inLabel bool     // a bracket is open
	result  ast.Node
	used    int // bytes consumed
}

// meteredInline charges for an inline parser's attempts.
type meteredInline struct {
	parser.InlineParser
	cost func(attempt) int
}

func (i meteredInline) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	m := meterOf(pc)
	if m.over != nil {
		return nil
	}
	line, segment := block.PeekLine()
	lines := parent.Lines()
	a := attempt{parent: parent, line: line, inLabel: pc.IsInLinkLabel(),
		seen: segment.Start - lines.At(0).Start, rest: lines.At(lines.Len()-1).Stop - segment.Start}
	a.result = i.InlineParser.Parse(parent, block, pc)
	_, after := block.Position()
	a.used = max(after.Start-segment.Start, 0)
	if a.result != nil {
		m.count(&m.inlines, 1, MaxInlines, "links, tags and other marks")
	}
	m.spend(i.cost(a))
	return a.result
}

const (
	eventCost = 50   // any inline node made or tried
	labelCost = 1000 // folding a link label, at most 999 characters, to look it up
	emailCost = 2000 // a regular expression over at most 256 bytes
	regexCost = 16   // a byte read by a regular expression through a reader
)

// delimiterCost: a closer looks back over the delimiters before it.
func delimiterCost(a attempt) int { return eventCost + a.parent.ChildCount() }

// codeSpanCost: without a closer it has looked at the whole rest, and gives
// the back-ticks as text.
func codeSpanCost(a attempt) int {
	if a.result != nil && a.result.Kind() == ast.KindText {
		return eventCost + a.rest
	}
	return eventCost + a.used
}

// linkCost: a closing bracket looks for links inside the label, for the label
// among the definitions, and for a target up to the end of the block.
func linkCost(a attempt) int {
	cost := eventCost + a.parent.Lines().Len()/4
	if a.line[0] != ']' || !a.inLabel {
		return cost
	}
	cost += a.parent.ChildCount() + a.seen/2
	if a.result != nil {
		return cost + a.used
	}
	if len(a.line) > 1 && (a.line[1] == '(' || a.line[1] == '[') {
		cost += a.rest
	}
	return cost + min(a.seen, labelCost)
}

// rawHTMLCost: a tag that does not close is matched to the end of the block.
func rawHTMLCost(a attempt) int {
	if a.result != nil {
		return eventCost + a.used*regexCost
	}
	if len(a.line) > 1 && (a.line[1] == '/' || util.IsAlphaNumeric(a.line[1])) {
		return eventCost + a.rest*regexCost
	}
	return eventCost
}

// addressCost is for links written out as https://… or name@host.
func addressCost(a attempt) int {
	if a.result != nil {
		return eventCost + a.used*regexCost
	}
	if mayBeMail(a.line) {
		return emailCost
	}
	word := wordLength(a.line)
	if bytes.HasPrefix(a.line[1:], []byte("http")) || bytes.HasPrefix(a.line[1:], []byte("www.")) {
		word *= regexCost
	}
	return addressAttempt + word
}

// addressAttempt is for looking at a word that is no address.
const addressAttempt = 10

// mayBeMail reports whether an @ is near enough for the name before it, which has at most 64 characters.
func mayBeMail(line []byte) bool {
	const localPart = 66
	return bytes.IndexByte(line[:min(len(line), localPart)], '@') >= 0
}

// wordLength gives how far the next space is, behind the one that a word may begin with.
func wordLength(line []byte) int {
	word := bytes.IndexByte(line[1:], ' ')
	if word < 0 {
		return len(line)
	}
	return word
}

// meteredAddress asks for an address only where one can be, for every word of a text is a place to ask.
type meteredAddress struct{ meteredInline }

func (a meteredAddress) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	for _, b := range line[:min(len(line), 2)] { // at the start of a line the address is not behind a space
		switch b {
		case 'h', 'f', 'w':
			return a.meteredInline.Parse(parent, block, pc)
		}
	}
	if mayBeMail(line) {
		return a.meteredInline.Parse(parent, block, pc)
	}
	if m := meterOf(pc); m.over == nil {
		m.spend(addressAttempt + wordLength(line))
	}
	return nil
}

// meteredLink passes on the end of the block, where goldmark's link parser
// turns brackets that were left open into text.
type meteredLink struct{ meteredInline }

func (l meteredLink) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	l.InlineParser.(parser.CloseBlocker).CloseBlock(parent, block, pc)
}

// shortRuns takes a run of more than maxRun delimiters as text: one run of
// 100,000 stars would nest 50,000 deep, and nobody means emphasis by it.
type shortRuns struct{ meteredInline }

const maxRun = 16

func (s shortRuns) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	run := len(line) - len(bytes.TrimLeft(line, string(line[0])))
	if run <= maxRun {
		return s.meteredInline.Parse(parent, block, pc)
	}
	block.Advance(run)
	return ast.NewTextSegment(segment.WithStop(segment.Start + run))
}

// meteredTransformer charges before a paragraph is turned into something else.
type meteredTransformer struct {
	parser.ParagraphTransformer
	charge func(*meter, *text.Segments, []byte)
}

func (t meteredTransformer) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	m := meterOf(pc)
	if m.over == nil {
		t.charge(m, node.Lines(), reader.Source())
	}
	if m.over == nil {
		t.ParagraphTransformer.Transform(node, reader, pc)
	}
}

// definitionsCost: each link definition copies the paragraph's other lines,
// and a title that does not close is looked for to the end.
func definitionsCost(m *meter, lines *text.Segments, source []byte) {
	definitions, size := 0, 0
	for i := range lines.Len() {
		segment := lines.At(i)
		line := segment.Value(source)
		size += len(line)
		if bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("[")) {
			definitions++
		}
	}
	m.spend(definitions * (lines.Len() + size/8))
}

// tableCost counts cells as goldmark makes them: every row is padded to the
// columns of the delimiter row. Escaped pipes are looked up in every code span.
func tableCost(m *meter, lines *text.Segments, source []byte) {
	cells, pipes, ticks := 0, 0, 0
	for i := range lines.Len() {
		segment := lines.At(i)
		line := segment.Value(source)
		if i > 0 && len(bytes.Trim(line, "|:- \t\r\n")) == 0 {
			inner := bytes.TrimSuffix(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("|")), []byte("|"))
			cells = max(cells, (bytes.Count(inner, []byte("|"))+1)*(lines.Len()-i))
		}
		pipes += bytes.Count(line, []byte(`\|`))
		ticks += bytes.Count(line, []byte("`"))
	}
	if cells == 0 {
		return
	}
	m.count(&m.cells, cells, MaxTableCells, "table cells")
	m.spend(m.pipes*ticks + pipes*(m.ticks+ticks) + pipes*(m.pipes+pipes))
	m.pipes += pipes
	m.ticks += ticks
}
