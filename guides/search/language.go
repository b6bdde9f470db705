package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/spanish"
	"golang.org/x/text/unicode/norm"
)

// language is what it takes to turn a word into the term by which it is found.
type language struct {
	stop    func() map[string]bool // function words, as fold leaves them; nil for none
	stem    func(*snowballstem.Env) bool
	fold    func(string) string // letters that a shopper may write differently
	accents bool                // the stemmer reads accents, so that folding comes after it
	elided  string              // what an apostrophe cuts off at the front, between spaces
	cut     func([]glyph) int   // see scanner
}

// languages by tag; every other one is plain.
var languages = map[string]*language{
	"en": {cut: functionWord, stop: englishStop, stem: english.Stem, fold: foldAccents},
	"de": {cut: functionWord, stop: germanStop, stem: german.Stem, fold: foldGerman},
	"nl": {cut: functionWord, stop: dutchStop, stem: dutch.Stem, fold: foldAccents},
	"fr": {cut: functionWord, stop: frenchStop, stem: french.Stem, fold: foldAccents, accents: true,
		elided: " l d j m t s n c qu jusqu lorsqu puisqu quoiqu "},
	"it": {cut: functionWord, stop: italianStop, stem: italian.Stem, fold: foldAccents, accents: true,
		elided: " l un d c m t s v n dell all nell sull dall coll quest quell bell sant anch dov com "},
	"es": {cut: functionWord, stop: spanishStop, stem: spanish.Stem, fold: foldSpanish, accents: true},
	"pt": {cut: functionWord, stop: portugueseStop, stem: portuguese.Stem, fold: foldAccents, accents: true, elided: " d "},
	"ja": {fold: foldAccents}, // 在 and 的 are no function words there
	"ko": {fold: foldAccents},
}

var plain = &language{cut: functionWord, fold: foldAccents}

// Language is the tag of a locale by which guides are kept apart: the language alone, in lower case; "" for any.
func Language(locale string) string {
	tag, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	if tag = strings.ToLower(tag); tag == "und" || tag == "mul" || len(tag) > maxTag {
		return ""
	}
	return tag
}

// maxTag is the length of the longest language subtag that BCP 47 knows.
const maxTag = 8

func languageOf(tag string) *language {
	if l, known := languages[tag]; known {
		return l
	}
	return plain
}

// term is by what a word is found, and "" if by nothing, as for function words.
func (l *language) term(w word) string {
	if w.kind >= pair {
		return w.text
	}
	text := w.text
	if strings.IndexByte(text, '\'') >= 0 {
		if l.isStop(text) {
			return ""
		}
		text = l.withoutApostrophe(text)
	}
	if l.isStop(text) {
		return ""
	}
	if !l.accents || l.stem == nil {
		text = l.fold(text)
	}
	if l.stem == nil || !isWord(text) {
		return l.fold(text)
	}
	text = l.stemOf(text)
	if !l.accents {
		return text
	}
	// A second time, so that a word written without its accents comes to the same stem.
	return l.fold(l.stemOf(l.fold(text)))
}

// elides tells whether a word may begin with something that term cuts off.
func (l *language) elides(w word) bool { return l.elided != "" && strings.IndexByte(w.text, '\'') >= 0 }

func (l *language) isStop(text string) bool { return l.stop != nil && l.stop()[l.fold(text)] }

func (l *language) stemOf(text string) string {
	env := snowballstem.NewEnv(text)
	l.stem(env)
	if stem := env.Current(); stem != "" {
		return stem
	}
	return text
}

// withoutApostrophe drops an elided article, else what is cut off at the end (kettle's, foto's, geht's).
func (l *language) withoutApostrophe(text string) string {
	front, back, _ := strings.Cut(text, "'")
	switch {
	case strings.Contains(l.elided, " "+front+" "):
		return strings.ReplaceAll(back, "'", "")
	case back == "s" || back == "":
		return front
	}
	return strings.ReplaceAll(text, "'", "")
}

// isWord tells words from identifiers, which have no stem.
func isWord(text string) bool {
	for _, r := range text {
		if !unicode.IsLetter(r) {
			return false
		}
	}
	return text != ""
}

// ligatures are letters of the Latin script that Unicode does not take apart.
var ligatures = map[rune]string{
	'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŧ': "t",
}

// foldAccents takes the marks off Latin and Greek letters. Those of other scripts make different letters.
func foldAccents(text string) string { return foldBut(text, 0) }

// foldSpanish leaves ñ, which is a letter of its own: año is not ano.
func foldSpanish(text string) string { return foldBut(text, 'ñ') }

func foldBut(text string, keep rune) string {
	if isASCII(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf || r == keep:
			b.WriteRune(r)
		case 0x300 <= r && r <= 0x36f: // a combining mark that has no letter to merge with
		case unicode.In(r, unicode.Latin, unicode.Greek):
			if l, known := ligatures[r]; known {
				b.WriteString(l)
				continue
			}
			b.WriteRune(base(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// base is the letter under the marks.
func base(r rune) rune {
	if d := norm.NFD.PropertiesString(string(r)).Decomposition(); len(d) > 0 {
		r, _ = utf8.DecodeRune(d)
	}
	return r
}

// foldGerman makes one of ä, ae and a, of ö, oe and o, of ü, ue and u; ue stays after a vowel and q (neue, Quelle).
// The method is Jörg Caumanns', "A fast and simple stemming algorithm for German words", 1999, as Lucene's
// GermanNormalizationFilter has it.
func foldGerman(text string) string {
	text = foldAccents(text)
	b := make([]byte, 0, len(text))
	for i := range len(text) {
		if c := text[i]; c == 'e' && i > 0 {
			switch before := text[i-1]; before {
			case 'a', 'o':
				continue
			case 'u':
				if i == 1 || strings.IndexByte("aeiouyq", text[i-2]) < 0 {
					continue
				}
			}
		}
		b = append(b, text[i])
	}
	return string(b)
}
