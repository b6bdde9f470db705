package guides

import (
	"sort"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// prose is the words of a step, ready to be looked at by several rules: they
// are taken out of the tree once. Its room is used again for the next step.
type prose struct {
	text   []byte // blocks one after the other
	lower  []byte // the same in lower case, byte for byte as long
	marks  []mark // which byte of the markdown a byte of text came from
	blocks []textBlock
	strong []span // of text that is bold
	quotes []ast.Node

	sentences []sentence
	words     []span // of Latin script and the like, over all sentences
	longest   int    // the index of the sentence of most words or characters; -1 if there is none
	chars     int    // Chinese and the like
}

type span struct{ start, end int }

// mark says that text from at on is the body's from offset on.
type mark struct{ at, offset int }

// textBlock is a paragraph, a heading, the text of a list item or a cell of a table.
type textBlock struct {
	span
	plain bool // a paragraph or the text of an item: what sentences are made of
}

// sentence is a piece of a block up to a full stop or the like, or its end.
type sentence struct {
	span
	block                 int
	firstWord, words      int // of prose.words
	chars, clauses        int
	longestClause, clause int // characters: of the longest clause, and of the last
}

var proses = sync.Pool{New: func() any { return new(prose) }}

// release gives the room of a prose back, unless it is so large that it would better not be kept.
func (p *prose) release() {
	const most = 64 << 10
	clear(p.quotes[:cap(p.quotes)]) // they would keep a whole tree
	if cap(p.text) < most {
		proses.Put(p)
	}
}

// read takes the words out of nodes; code stands as x, for it is not read as words.
func (p *prose) read(body []byte, title ast.Node, nodes []ast.Node) {
	p.text, p.lower, p.marks, p.blocks, p.strong = p.text[:0], p.lower[:0], p.marks[:0], p.blocks[:0], p.strong[:0]
	p.quotes, p.sentences, p.words, p.longest, p.chars = p.quotes[:0], p.sentences[:0], p.words[:0], -1, 0
	if title != nil {
		p.readNode(body, title)
	}
	for _, n := range nodes {
		p.readNode(body, n)
	}
	p.lower = appendLower(p.lower, p.text)
	for i, b := range p.blocks {
		p.cut(i, b)
	}
}

func (p *prose) readNode(body []byte, root ast.Node) {
	start := 0
	// The visitor never fails, so Walk does not.
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				p.marks = append(p.marks, mark{len(p.text), n.Segment.Start})
				p.text = append(p.text, n.Segment.Value(body)...)
				if n.HardLineBreak() {
					p.text = append(p.text, '\n')
				} else if n.SoftLineBreak() {
					p.text = append(p.text, ' ')
				}
			}
		case *ast.String:
			if entering {
				p.text = append(p.text, n.Value...)
			}
		case *ast.Blockquote:
			if entering {
				p.quotes = append(p.quotes, n)
			}
		case *ast.Emphasis:
			if entering && n.Level == 2 {
				p.strong = append(p.strong, span{len(p.text), -1})
			} else if n.Level == 2 {
				p.closeStrong()
			}
		case *ast.CodeSpan, *ast.AutoLink:
			if entering {
				p.marks = append(p.marks, mark{len(p.text), n.Pos()})
				p.text = append(p.text, 'x')
			}
			return ast.WalkSkipChildren, nil
		case *ast.Image, *ast.CodeBlock, *ast.FencedCodeBlock:
			return ast.WalkSkipChildren, nil
		case *ast.Paragraph, *ast.TextBlock, *ast.Heading, *extast.TableCell:
			if entering {
				start = len(p.text)
				return ast.WalkContinue, nil
			}
			kind := n.Kind()
			p.blocks = append(p.blocks, textBlock{span{start, len(p.text)}, kind == ast.KindParagraph || kind == ast.KindTextBlock})
			p.text = append(p.text, '\n')
		}
		return ast.WalkContinue, nil
	})
}

// closeStrong ends the bold text that was opened last.
func (p *prose) closeStrong() {
	for i := len(p.strong) - 1; i >= 0; i-- {
		if p.strong[i].end < 0 {
			p.strong[i].end = len(p.text)
			return
		}
	}
}

// appendLower appends s in lower case; a letter whose small form takes another number of bytes stays.
func appendLower(to, s []byte) []byte {
	from := len(to)
	to = append(to, s...)
	lower := to[from:]
	for i := 0; i < len(lower); {
		b := lower[i]
		switch {
		case b < utf8.RuneSelf:
			if 'A' <= b && b <= 'Z' {
				lower[i] = b + 'a' - 'A'
			}
			i++
			continue
		case b >= firstIdeographByte && b <= lastIdeographByte: // no letters of two sizes there, and much text
			i += ideographBytes
			continue
		}
		r, size := utf8.DecodeRune(lower[i:])
		if small := unicode.ToLower(r); small != r && utf8.RuneLen(small) == size {
			utf8.EncodeRune(lower[i:], small)
		}
		i += size
	}
	return to
}

// cut finds the sentences and the words of a block.
func (p *prose) cut(index int, b textBlock) {
	s := sentence{span: span{b.start, b.start}, block: index, firstWord: len(p.words)}
	text := p.text[:b.end]
	for i := b.start; i < b.end; {
		if text[i] == ' ' {
			i++
			continue
		}
		if end := i + wordEnd(text[i:]); end > i {
			p.words = append(p.words, span{i, end})
			s.words++
			i = end
			continue
		}
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		i += size
		switch {
		case isWide(r):
			s.chars++
			s.clause++
		case endsSentence(r, text[i:]):
			p.endSentence(&s, i)
		case unicode.IsPunct(r):
			s.endClause()
		}
	}
	p.endSentence(&s, b.end)
}

// endsSentence reports whether a mark ends a sentence, given what follows. A colon and a semicolon do, as Flesch counts;
// in Chinese and Japanese they end a clause.
func endsSentence(r rune, rest []byte) bool {
	switch r {
	case '。', '！', '？', '…', '\n':
		return true
	case '.', '!', '?', ':', ';':
		return len(rest) == 0 || rest[0] == ' ' || rest[0] == '\n' || rest[0] == '"' || rest[0] == ')'
	}
	return false
}

func (s *sentence) endClause() {
	if s.clause > 0 {
		s.clauses++
		s.longestClause = max(s.longestClause, s.clause)
		s.clause = 0
	}
}

// endSentence keeps a sentence that has words and starts the next.
func (p *prose) endSentence(s *sentence, end int) {
	s.endClause()
	if s.end = end; s.words+s.chars > 0 {
		if p.blocks[s.block].plain && (p.longest < 0 || s.words+s.chars > p.sentences[p.longest].words+p.sentences[p.longest].chars) {
			p.longest = len(p.sentences)
		}
		p.chars += s.chars
		p.sentences = append(p.sentences, *s)
	}
	*s = sentence{span: span{end, end}, block: s.block, firstWord: len(p.words)}
}

// offset gives the byte of the body that a byte of the text came from.
func (p *prose) offset(at int) int {
	i := sort.Search(len(p.marks), func(i int) bool { return p.marks[i].at > at }) - 1
	if i < 0 {
		return 0
	}
	return p.marks[i].offset + at - p.marks[i].at
}

// trimmed gives a stretch of text without spaces around it, and where it starts.
func (p *prose) trimmed(s span) (string, int) {
	for s.start < s.end && (p.text[s.start] == ' ' || p.text[s.start] == '\n') {
		s.start++
	}
	for s.start < s.end && (p.text[s.end-1] == ' ' || p.text[s.end-1] == '\n') {
		s.end--
	}
	return string(p.text[s.start:s.end]), p.offset(s.start)
}

// reading counts what the reading formulas need, of paragraphs and items.
func (p *prose) reading(syllables func(string) int) (r reading) {
	lower := ""
	if syllables != nil {
		lower = string(p.lower)
	}
	for _, s := range p.sentences {
		if !p.blocks[s.block].plain {
			continue
		}
		r.sentences++
		r.words += s.words
		r.chars += s.chars
		r.clauses += s.clauses
		if syllables != nil {
			for _, w := range p.words[s.firstWord : s.firstWord+s.words] {
				r.syllables += syllables(lower[w.start:w.end])
			}
		}
	}
	return r
}
