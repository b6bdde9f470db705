package search

import (
	"cmp"
	"html"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Snippet is HTML that may be put into a page as it is: escaped text in which <mark> and </mark> stand around the
// words that were looked for, and nothing else is an element. An ellipsis says where text was left out.
type Snippet string

// Widths in columns, of which an ideograph takes two.
const (
	snippetWidth = 160
	denseWidth   = 100 // in which the most of the terms are sought; what is left goes to what stands around them
	leadWidth    = 60  // before the first mark, as far as a sentence begins there; half of it where none does
)

const ellipsis = "…"

// span is a part of a text to mark.
type span struct {
	start, end int // bytes
	number     int // of the term
	weight     float64
}

// snippetOf cuts out of a text what has the most of the terms, and marks them. It cuts between sentences where it can,
// else between words.
func snippetOf(text string, spans []span) Snippet {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	from, last := densest(text, spans)
	from = cutBefore(text, from)
	to := cutAfter(text, from, last)
	from += len(text[from:to]) - len(strings.TrimLeftFunc(text[from:to], unicode.IsSpace))
	to = from + len(strings.TrimRightFunc(text[from:to], unicode.IsSpace))
	var w writer
	if strings.TrimSpace(text[:from]) != "" {
		w.b.WriteString(ellipsis)
	}
	at := from
	for _, s := range merged(spans) {
		if s.start < from || s.start >= to {
			continue
		}
		w.plain(text[at:s.start])
		w.b.WriteString("<mark>")
		at = min(s.end, to)
		w.plain(text[s.start:at])
		w.b.WriteString("</mark>")
	}
	w.plain(text[at:to])
	if strings.TrimSpace(text[to:]) != "" {
		w.b.WriteString(ellipsis)
	}
	return Snippet(w.b.String())
}

// merged makes one of spans that touch, as pairs of ideographs do.
func merged(spans []span) []span {
	var all []span
	for _, s := range spans {
		if last := len(all) - 1; last >= 0 && s.start <= all[last].end {
			all[last].end = max(all[last].end, s.end)
			continue
		}
		all = append(all, s)
	}
	return all
}

// densest finds the stretch of at most denseWidth columns whose different terms weigh most, the first of several.
func densest(text string, spans []span) (from, to int) {
	column := make([]int, len(spans)) // at which each begins
	for i := 1; i < len(spans); i++ {
		column[i] = column[i-1] + width(text[spans[i-1].start:spans[i].start])
	}
	within := make(map[int]int)
	first, weight, most := 0, 0.0, 0.0
	for i, s := range spans {
		if within[s.number]++; within[s.number] == 1 {
			weight += s.weight
		}
		for ; column[i]-column[first] > denseWidth; first++ {
			n := spans[first].number
			if within[n]--; within[n] == 0 {
				weight -= spans[first].weight
			}
		}
		if weight > most+1e-9 { // what was added and taken away again leaves a rest
			most, from, to = weight, spans[first].start, s.end
		}
	}
	return from, to
}

// cutBefore gives where a snippet begins that is to show what stands at a place: further before it if little follows.
func cutBefore(text string, at int) int {
	lead := max(leadWidth, snippetWidth-widthUpTo(text[at:], snippetWidth))
	sentence, word, columns := -1, at, 0
	for i := at; i > 0; {
		if endsSentence(text[:i]) {
			sentence = i
		}
		r, size := utf8.DecodeLastRuneInString(text[:i])
		if columns += columnsOf(r); columns > lead {
			if sentence >= 0 {
				return sentence
			}
			return word
		}
		i -= size
		if columns <= lead/2 && betweenWords(text, i) {
			word = i
		}
	}
	return 0
}

// cutAfter gives where a snippet ends that begins at from and is to show what stands before last, if there is room.
func cutAfter(text string, from, last int) int {
	sentence, word, columns := 0, 0, 0
	for i, r := range text[from:] {
		i += from
		if i >= last && i > from {
			if betweenWords(text, i) {
				word = i
			}
			if columns > denseWidth && endsSentence(text[:i]) {
				sentence = i
			}
		}
		if columns += columnsOf(r); columns > snippetWidth && !unicode.IsMark(r) {
			return cmp.Or(sentence, word, i)
		}
	}
	return len(text)
}

// endsSentence tells whether a text may be cut after this beginning of it, as a sentence or a line ends there.
func endsSentence(text string) bool {
	r, size := utf8.DecodeLastRuneInString(text)
	if strings.ContainsRune("。！？\n", r) {
		return true
	}
	if !unicode.IsSpace(r) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:len(text)-size])
	return strings.ContainsRune(".!?…", before)
}

// betweenWords tells whether a text may be cut at a place: beside a space, or where an ideograph begins.
func betweenWords(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	if unicode.IsMark(after) {
		return false
	}
	return unicode.IsSpace(before) || unicode.IsSpace(after) || classOf(after) == ideograph || classOf(before) == ideograph
}

func width(text string) int { return widthUpTo(text, math.MaxInt) }

// widthUpTo is the width of a text, or most where it is wider.
func widthUpTo(text string, most int) int {
	columns := 0
	for _, r := range text {
		if columns += columnsOf(r); columns >= most {
			return most
		}
	}
	return columns
}

// columnsOf is a rune's width in a typewriter face, near enough.
func columnsOf(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.IsMark(r):
		return 0
	case r >= 0x3000 && r < 0xa000, r >= 0xac00 && r < 0xd7a4, r >= 0xff01 && r < 0xff61, r >= 0x1f300:
		return 2
	}
	return 1
}

// writer writes text into HTML: white space as one space each, what cannot be seen not at all.
type writer struct {
	b     strings.Builder
	space bool // was written last
}

func (w *writer) plain(text string) {
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			if !w.space {
				w.b.WriteByte(' ')
			}
			w.space = true
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			continue
		case strings.ContainsRune(`<>&'"`, r):
			w.b.WriteString(html.EscapeString(string(r)))
		default:
			w.b.WriteRune(r)
		}
		w.space = false
	}
}
