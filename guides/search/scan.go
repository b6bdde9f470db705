package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is one searchable thing of a text before its language is considered.
type word struct {
	text       string // NFKC, lower case, accents kept
	start, end int    // bytes of the source that it stands for
	kind       kind
}

type kind uint8

const (
	whole     kind = iota // a word, or an identifier with all its parts
	part                  // of an identifier
	pair                  // of neighbours in a script that is written without spaces
	character             // one of a pair
	lone                  // of such a script, without neighbours
)

// Bounds of one word; what is longer is an address, a key or an attack.
const (
	maxWordRunes = 48
	maxParts     = 10 // of an identifier that is also kept whole

	maxBeginnings = 3 // of a version number
)

type class uint8

const (
	separator class = iota
	letter
	digit
	mark       // belongs to what stands before it
	ideograph  // of a script without spaces
	joiner     // - and _ make one identifier of what stands on both sides
	point      // between digits it makes a version number
	apostrophe // between letters it belongs to the word
)

// glyph is one rune of the normalised text.
type glyph struct {
	r          rune
	start, end int32 // bytes of the source
	class      class
}

// spaceless are the scripts that are written without spaces between words, and Hangul, whose words carry particles.
var spaceless = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer,
	unicode.Myanmar,
}

const (
	prolongedSound = 'ー' // of katakana, though Unicode calls it common to scripts
	kanaVoiced     = 0x3099
	kanaHalfVoiced = 0x309a
)

func classOf(r rune) class {
	if r < utf8.RuneSelf {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
			return letter
		case '0' <= r && r <= '9':
			return digit
		case r == '-' || r == '_':
			return joiner
		case r == '.':
			return point
		case r == '\'':
			return apostrophe
		}
		return separator
	}
	switch {
	case r == '‐' || r == '‑':
		return joiner
	case r == '’' || r == 'ʼ':
		return apostrophe
	case r == kanaVoiced || r == kanaHalfVoiced:
		return mark
	case r == prolongedSound || unicode.In(r, spaceless...) && !unicode.IsPunct(r):
		return ideograph
	case unicode.IsLetter(r):
		return letter
	case unicode.IsDigit(r):
		return digit
	case unicode.IsMark(r):
		return mark
	}
	return separator
}

// normalise brings a text into NFKC and lower case and keeps where each rune came from. Sharp s becomes ss and the
// final sigma a plain one, as in Unicode's full case folding.
func normalise(text string) []glyph {
	all := make([]glyph, 0, len(text))
	add := func(r rune, start, end int) {
		c := classOf(r)
		switch {
		case r < utf8.RuneSelf:
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
		case r == 'ß' || r == 'ẞ':
			s := glyph{r: 's', start: int32(start), end: int32(end), class: letter}
			all = append(all, s, s)
			return
		case r == 'ς':
			r = 'σ'
		case c == apostrophe:
			r = '\''
		case c == letter:
			r = unicode.ToLower(r)
		}
		all = append(all, glyph{r: r, start: int32(start), end: int32(end), class: c})
	}
	if isASCII(text) {
		for i := range len(text) {
			add(rune(text[i]), i, i+1)
		}
		return all
	}
	text = tradeMarks.Replace(text)
	var it norm.Iter
	it.InitString(norm.NFKC, text)
	for !it.Done() {
		start := it.Pos()
		segment := it.Next()
		end := it.Pos()
		if end <= start { // more of this rune is to come, as of ﬁ or ½
			_, size := utf8.DecodeRuneInString(text[start:])
			end = start + size
		}
		for len(segment) > 0 {
			r, size := utf8.DecodeRune(segment)
			add(r, start, end)
			segment = segment[size:]
		}
	}
	return all
}

// tradeMarks would become two letters of the name before them. What stands in their place is as long.
var tradeMarks = strings.NewReplacer("™", "   ", "℠", "   ")

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// scanner takes a text apart.
type scanner struct {
	glyphs []glyph
	cut    func([]glyph) int // how many at the beginning are a function word of a spaceless script; nil for none known
	words  []word
}

// scan takes a text apart into words, in reading order: an identifier comes whole and then by its parts, a stretch of a
// spaceless script by pairs and by characters. Web addresses are passed over: they are for browsers, not for readers.
func scan(text string, cut func([]glyph) int) []word {
	s := scanner{glyphs: normalise(text), cut: cut}
	for i := 0; i < len(s.glyphs); {
		switch s.glyphs[i].class {
		case ideograph:
			i = s.run(i)
		case letter, digit:
			if end := s.address(i); end > i {
				i = end
				continue
			}
			i = s.identifier(i)
		default:
			i++
		}
	}
	return s.words
}

// address tells where a web address ends that begins here, and gives from where none does.
func (s *scanner) address(from int) int {
	i := from
	for i < len(s.glyphs) && s.glyphs[i].class == letter {
		i++
	}
	if i+3 > len(s.glyphs) || s.glyphs[i].r != ':' || s.glyphs[i+1].r != '/' || s.glyphs[i+2].r != '/' {
		return from
	}
	for ; i < len(s.glyphs) && s.glyphs[i].class != ideograph; i++ {
		if r := s.glyphs[i].r; unicode.IsSpace(r) || strings.ContainsRune("<>()[]{}\"`|，。、；）》」", r) {
			break
		}
	}
	return i
}

// run takes a stretch of a spaceless script. Function words split it.
func (s *scanner) run(from int) int {
	to := from
	for to < len(s.glyphs) && (s.glyphs[to].class == ideograph || s.glyphs[to].class == mark) {
		to++
	}
	begin := from
	for i := from; i < to; {
		n := 0
		if s.cut != nil {
			n = s.cut(s.glyphs[i:to])
		}
		if n == 0 {
			i++
			continue
		}
		s.grams(begin, i)
		i += n
		begin = i
	}
	s.grams(begin, to)
	return to
}

func (s *scanner) grams(from, to int) {
	if to-from == 1 {
		s.add(from, to, lone)
		return
	}
	for i := from; i < to; i++ {
		if i+1 < to {
			s.add(i, i+2, pair)
		}
		s.add(i, i+1, character)
	}
}

// identifier takes a word, or several that are joined: each part, and before them the whole.
func (s *scanner) identifier(from int) int {
	var parts [][2]int
	i := from
	for {
		end := s.part(i)
		parts = append(parts, [2]int{i, end})
		i = end
		if i+1 >= len(s.glyphs) || s.glyphs[i].class != joiner || !s.inWord(i+1) {
			break
		}
		i++
	}
	if 1 < len(parts) && len(parts) <= maxParts {
		s.add(from, i, whole)
	}
	for _, p := range parts {
		if len(parts) == 1 {
			s.expand(p[0], p[1], whole)
		} else {
			s.expand(p[0], p[1], part)
		}
	}
	return i
}

func (s *scanner) inWord(i int) bool {
	return i < len(s.glyphs) && (s.glyphs[i].class == letter || s.glyphs[i].class == digit)
}

// part ends where the letters, digits and marks from here do; a point between digits and an apostrophe between letters
// belong to it.
func (s *scanner) part(from int) int {
	i := from + 1
	for ; i < len(s.glyphs); i++ {
		switch s.glyphs[i].class {
		case letter, digit, mark:
		case point:
			if s.glyphs[i-1].class != digit || i+1 >= len(s.glyphs) || s.glyphs[i+1].class != digit {
				return i
			}
		case apostrophe:
			if s.glyphs[i-1].class == digit || i+1 >= len(s.glyphs) || s.glyphs[i+1].class != letter {
				return i
			}
		default:
			return i
		}
	}
	return i
}

// expand adds a part; a version number also by its beginnings (5.1.2: 5.1 and 5), a number with its unit also apart
// (2.4GHz: 2.4 and GHz).
func (s *scanner) expand(from, to int, k kind) {
	points, last := 0, -1 // last digit of the leading number
	begin := from
	if s.glyphs[from].r == 'v' && from+1 < to && s.glyphs[from+1].class == digit {
		begin++
	}
	for i := begin; i < to && (s.glyphs[i].class == digit || s.glyphs[i].class == point); i++ {
		if s.glyphs[i].class == point {
			points++
		}
		last = i
	}
	if points > 0 {
		from = begin // v5.1 is 5.1
	}
	s.add(from, to, k)
	if begin != from || last < 0 {
		return
	}
	if last+1 < to {
		s.add(from, last+1, part)
		s.add(last+1, to, part)
		return
	}
	for i, beginnings := from, 0; i < last && beginnings < maxBeginnings; i++ {
		if s.glyphs[i].class == point {
			s.add(from, i, part)
			beginnings++
		}
	}
}

func (s *scanner) add(from, to int, k kind) {
	var b strings.Builder
	runes := 0
	for _, g := range s.glyphs[from:to] {
		if g.class == joiner {
			continue
		}
		if runes++; runes > maxWordRunes {
			break
		}
		b.WriteRune(g.r)
	}
	s.words = append(s.words, word{
		text:  b.String(),
		start: int(s.glyphs[from].start),
		end:   int(s.glyphs[to-1].end),
		kind:  k,
	})
}
