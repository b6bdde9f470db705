package troubleshoot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of card numbers and of how people write them.
const (
	minCardDigits = 12
	maxCardDigits = 19 // ISO/IEC 7812-1
	keptDigits    = 4
	maxCardGap    = 4  // characters between two groups of one number: " - ", a line break and its indent
	minFreeDigits = 14 // of a number in groups that no issuer uses; shorter ones are phone and order numbers
	plusDigits    = 15 // a number after "+" that is no longer is a phone number (E.164)
)

// cardMask stands for all digits of a card number but the last four, whatever its length.
const cardMask = "•••• •••• •••• "

// MaskCards replaces every payment card number in text by "•••• •••• •••• 1111", its last four digits in ASCII, and tells
// whether there was one. All other bytes stay as they are; masking again changes nothing. A mask is at most 7 characters
// longer than what it replaces. It takes linear time, and allocates only where it masks.
//
// A card number has an issuer's prefix, a length of that issuer and a right check digit (issuers, Luhn's formula). Its
// digits are of any script; invisible characters may be among them, and spaces, line breaks, hyphens, dots and slashes
// between groups of them, up to four in a row. Such groups are a card number where they are
//   - one group of 12 to 19 digits,
//   - groups as issuers print and people copy them: fours and a rest, 4-6-5, 4-6-4, 6-13, 8-8, ..., or single digits. Spaces
//     set them off from other numbers, and so does a separator that they do not have inside: "4111 1111 1111 1111 12/27",
//   - of whatever size, if they have one kind of separator and are all the digits up to the next words (14 digits or more).
//
// These are none, so that order and serial numbers survive:
//   - digits that Latin, Greek or Cyrillic letters, or "_", touch, or that a hyphen ties to them: SN4111111111111111 and
//     4111111111111111-A. Letters of other scripts are words beside the number: 卡号4111111111111111是,
//   - a part of a longer group of digits, or of groups tied by one and the same hyphen, dot or slash,
//   - 3-7-7, an Amazon order; up to 15 digits after "+", a phone; 12 or 13 digits with the check digit of a GTIN, a barcode.
//
// Where readings overlap, all of them are masked. So of digits in fours, set off by spaces, too much may go rather than too
// little.
func MaskCards(text string) (masked string, found bool) {
	if !hasDigits(text, minCardDigits) {
		return text, false
	}
	scan := cardScan{text: text}
	scan.run()
	if len(scan.cards) == 0 {
		return text, false
	}
	var b strings.Builder
	b.Grow(len(text) + len(scan.cards)*len(cardMask))
	done := 0
	for _, c := range scan.cards {
		b.WriteString(text[done:c.start])
		b.WriteString(cardMask)
		for _, d := range c.last {
			b.WriteByte('0' + d)
		}
		done = c.end
	}
	b.WriteString(text[done:])
	return b.String(), true
}

// edgeKind is what stands beside groups of digits.
type edgeKind int8

const (
	edgeWords  edgeKind = iota // no digits: words, another punctuation, or the end of the text
	edgeDigits                 // another group
	edgeMask                   // what is masked already: as a group whose size is not known
)

// cardEdge is one side of a window.
type cardEdge struct {
	kind edgeKind
	gap  gapKind // between the window and what is there
	size int     // of that group
}

// cuts tells whether a number can end here that has such gaps inside.
func (e cardEdge) cuts(inside gapKind) bool {
	return e.kind == edgeWords || e.gap&gapWhite != 0 || e.gap&inside == 0
}

// cardGroup is digits that nothing visible parts.
type cardGroup struct {
	start, end int // in the text
	size       int
	digits     [maxCardDigits]byte // values of the first ones
	before     gapKind             // what parts it from the group before
}

// cardSpan is a card number in the text.
type cardSpan struct {
	start, end int
	last       [keptDigits]byte
}

// cardScan reads a text once. A chain is groups with nothing but gaps between them; its latest groups are kept, as many as
// a card number can have and one more beside it.
type cardScan struct {
	text   string
	chain  [maxCardDigits + 1]cardGroup // a ring
	groups int                          // of the chain so far
	left   edgeKind                     // of the chain
	gap    gapKind                      // since the latest group
	gapLen int
	cards  []cardSpan // by their place, apart from each other
}

func (s *cardScan) run() {
	for at := 0; at < len(s.text); {
		r, size := utf8.DecodeRuneInString(s.text[at:])
		if inNumberWord(r) {
			end, isNumber := numberWord(s.text, at)
			if isNumber {
				s.readGroups(at, end)
			} else {
				s.endChain(edgeWords)
			}
			at = end
			continue
		}
		if gap := gapOf(r); gap != 0 {
			s.readGap(gap)
		} else if r == '•' {
			s.endChain(edgeMask)
		} else if !invisible(r) {
			s.endChain(edgeWords)
		}
		at += size
	}
	s.endChain(edgeWords)
}

// readGroups takes the groups of a word of digits and single hyphens.
func (s *cardScan) readGroups(at, end int) {
	var g cardGroup
	for at < end {
		r, size := utf8.DecodeRuneInString(s.text[at:])
		if d := decimalDigit(r); d >= 0 {
			if g.size == 0 {
				g.start = at
			}
			if g.size < len(g.digits) {
				g.digits[g.size] = byte(d)
			}
			g.size++
			g.end = at + size
		} else if gap := gapOf(r); gap != 0 {
			s.addGroup(&g)
			s.readGap(gap)
			g = cardGroup{}
		}
		at += size
	}
	s.addGroup(&g)
}

func (s *cardScan) readGap(gap gapKind) {
	s.gap |= gap
	if s.gapLen++; s.gapLen > maxCardGap {
		s.endChain(edgeWords)
	}
}

func (s *cardScan) addGroup(g *cardGroup) {
	if g.size == keptDigits && strings.HasSuffix(s.text[:g.start], cardMask) {
		s.endChain(edgeMask) // what a mask left is never the start of a number
		return
	}
	g.before = s.gap
	if s.groups > 0 {
		s.judge(cardEdge{edgeDigits, s.gap, g.size})
	}
	s.chain[s.groups%len(s.chain)] = *g
	s.groups++
	s.gap, s.gapLen = 0, 0
}

func (s *cardScan) endChain(kind edgeKind) {
	if s.groups > 0 {
		s.judge(cardEdge{kind: kind, gap: s.gap})
	}
	s.groups, s.left, s.gap, s.gapLen = 0, kind, 0, 0
}

// judge looks for card numbers that end with the chain's latest group, beside right.
func (s *cardScan) judge(right cardEdge) {
	w := cardWindow{oneKind: true}
	end := s.chain[(s.groups-1)%len(s.chain)].end
	for n := s.groups - 1; n >= 0; n-- {
		g := &s.chain[n%len(s.chain)]
		if w.size+g.size > maxCardDigits {
			return
		}
		w.prepend(g)
		left := cardEdge{kind: s.left, gap: g.before}
		if n > 0 {
			left.kind, left.size = edgeDigits, s.chain[(n-1)%len(s.chain)].size
		}
		if w.hasCheckDigit() && s.isCard(&w, g.start, end, left, right) {
			s.found(cardSpan{g.start, end, [keptDigits]byte(w.digits[maxCardDigits-keptDigits:])})
		}
		w.join(g.before)
	}
}

// isCard judges a window that has the right check digit.
func (s *cardScan) isCard(w *cardWindow, start, end int, left, right cardEdge) bool {
	if !issued(w.prefix(), w.size) || !left.cuts(w.gaps) || !right.cuts(w.gaps) {
		return false
	}
	if before, _ := utf8.DecodeLastRuneInString(s.text[:start]); w.size <= plusDigits && (before == '+' || before == '＋') {
		return false
	}
	if w.groups == 1 {
		return !w.isBarcode()
	}
	if w.isPrinted() || w.isSingles(left, right) {
		return true
	}
	return w.oneKind && w.size >= minFreeDigits && !w.isOrder() &&
		left.kind == edgeWords && right.kind == edgeWords && !goesOn(s.text[:start], s.text[end:])
}

// found keeps a card number as one with those that it overlaps. Numbers come in the order of their ends.
func (s *cardScan) found(card cardSpan) {
	for n := len(s.cards) - 1; n >= 0 && s.cards[n].end > card.start; n-- {
		card.start = min(card.start, s.cards[n].start)
		s.cards = s.cards[:n]
	}
	s.cards = append(s.cards, card)
}

// goesOn tells whether a number goes on over a comma or a colon: an amount, a time of day, a list.
func goesOn(before, after string) bool {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	isMark := func(c byte) bool { return c == ',' || c == ':' }
	n := len(before)
	return n > 1 && isMark(before[n-1]) && isDigit(before[n-2]) ||
		len(after) > 1 && isMark(after[0]) && (isDigit(after[1]) || strings.HasPrefix(after[1:], "•"))
}

// gapKind is what parts groups of digits; kinds add up.
type gapKind uint8

const (
	gapWhite gapKind = 1 << iota // spaces and line breaks
	gapHyphen
	gapDot
	gapSlash
)

// gapOf gives 0 for what parts no groups. Japanese keyboards write their long vowel mark for a hyphen.
func gapOf(r rune) gapKind {
	switch r {
	case ' ', '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return gapWhite
	case '-', '‐', '‑', '‒', '–', '—', '―', '−', '﹘', '﹣', '－', 'ー', 'ｰ':
		return gapHyphen
	case '.', '．', '·', '・':
		return gapDot
	case '/', '⁄', '∕', '／':
		return gapSlash
	}
	if r > unicode.MaxASCII && unicode.Is(unicode.Zs, r) {
		return gapWhite
	}
	return 0
}

// invisible tells characters that digits may have among them: of no width, or combined with the digit, as in keycap emoji.
func invisible(r rune) bool {
	return r > unicode.MaxASCII && unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me)
}

// inNumberWord tells what serial numbers and other ids are made of, but for the hyphen.
func inNumberWord(r rune) bool { return decimalDigit(r) >= 0 || inID(r) }

// inID leaves out the ordinals of "Nº 4111".
func inID(r rune) bool {
	if r <= unicode.MaxASCII {
		return r == '_' || 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return r != 'º' && r != 'ª' && unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}

// numberWord reads a word of digits, letters, and single hyphens between them, and tells whether it is digits only. Invisible
// characters belong to it where they are between digits.
func numberWord(text string, at int) (end int, isNumber bool) {
	end, isNumber = at, true
	afterDigit := false
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case decimalDigit(r) >= 0:
			afterDigit = true
			end = at + size
		case inID(r):
			if end < at {
				return end, isNumber // invisible characters are between
			}
			isNumber, afterDigit = false, false
			end = at + size
		case end == at && (r == '-' || r == '‐' || r == '‑'):
			if next, _ := utf8.DecodeRuneInString(text[at+size:]); !inNumberWord(next) {
				return end, isNumber
			}
			afterDigit = false
			end = at + size
		case !afterDigit || !invisible(r):
			return end, isNumber
		}
		at += size
	}
	return end, isNumber
}

// hasDigits tells whether text has at least so many digits. It sees every text, so it is quick about ASCII.
func hasDigits(text string, least int) bool {
	for n := 0; n < len(text); {
		if c := text[n]; c < utf8.RuneSelf {
			if c-'0' <= 9 {
				least--
			}
			n++
		} else {
			r, size := utf8.DecodeRuneInString(text[n:])
			if decimalDigit(r) >= 0 {
				least--
			}
			n += size
		}
		if least <= 0 {
			return true
		}
	}
	return false
}

// decimalDigit gives the value of a decimal digit of any script (Unicode's Nd), -1 for all other characters. Digits of one
// script follow each other from its zero.
func decimalDigit(r rune) int {
	switch {
	case r <= unicode.MaxASCII:
		if '0' <= r && r <= '9' {
			return int(r - '0')
		}
	case r < 0x660, 0x2000 <= r && r < 0xA620, 0xAC00 <= r && r < 0xFF10: // most of what people write has none
	case r <= 0xFFFF:
		for _, zone := range unicode.Nd.R16 {
			if rune(zone.Lo) <= r && r <= rune(zone.Hi) {
				return int(r-rune(zone.Lo)) % 10
			}
		}
	default:
		for _, zone := range unicode.Nd.R32 {
			if rune(zone.Lo) <= r && r <= rune(zone.Hi) {
				return int(r-rune(zone.Lo)) % 10
			}
		}
	}
	return -1
}
