package guides

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// functionWords are the commonest small words of each language that is told by them. A word that two of these languages
// share tells nothing and is left out.
var functionWords = map[string]string{
	"en": "the and is are you your with this that from not when then it of to be have will can if on",
	"de": "der die das und ist sind sie ihr nicht mit den dem ein eine wenn auf für von zu oder wird im auch",
	"fr": "le les et est sont vous votre avec dans une des du pour qui pas sur ou ce cette au si vos",
	"es": "el los las y está son su con para por una que del lo como más al si sus esta este cuando",
	"it": "il gli di è sono con per una che non del della nel alla questo questa se lo sul anche",
}

// toldLanguages are those that functionWords tells, the likelier first.
var toldLanguages = []string{"en", "de", "fr", "es", "it"}

// longestFunctionWord is in bytes.
const longestFunctionWord = 6

// languageOfWord gives the language of a function word, as which of toldLanguages it is from 1; 0 for a word of two.
var languageOfWord = sync.OnceValue(func() map[string]int {
	languages := map[string]int{}
	for i, language := range toldLanguages {
		for word := range strings.FieldsSeq(functionWords[language]) {
			if _, shared := languages[word]; shared {
				languages[word] = 0
			} else {
				languages[word] = i + 1
			}
		}
	}
	return languages
})

// guessLanguage gives the language of a text by its script and its function words: en, de, fr, es, it, zh, ja or ko; ""
// where too little speaks for one. The start of a text is enough.
func guessLanguage(text []byte) string {
	const enough, leastWords = 4 << 10, 8
	text = text[:min(len(text), enough)]
	han, kana, hangul, words := 0, 0, 0, 0
	var votes [6]int // the first is for the words of none
	languages := languageOfWord()
	var lower []byte
	for i := 0; i < len(text); {
		if text[i] == ' ' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r < utf8.RuneSelf || unicode.Is(unicode.Latin, r):
			end := i + wordEnd(text[i:])
			if end == i {
				i += size
				continue
			}
			words++
			if end-i <= longestFunctionWord {
				lower = appendLower(lower[:0], text[i:end])
				votes[languages[string(lower)]]++
			}
			i = end
			continue
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		}
		i += size
	}
	// Chinese and Japanese pages have commands and names in Latin letters, so that few wide characters are enough.
	if wide := han + kana + hangul; wide > 20 && wide*2 > words {
		switch {
		case hangul*2 > wide:
			return "ko"
		case kana*10 > wide:
			return "ja"
		}
		return "zh"
	}
	best, second := 1, 0
	for i := 2; i < len(votes); i++ {
		switch {
		case votes[i] > votes[best]:
			best, second = i, votes[best]
		default:
			second = max(second, votes[i])
		}
	}
	if votes[best] < leastWords || votes[best] < 2*second {
		return ""
	}
	return toldLanguages[best-1]
}

// wordEnd gives the length of the word at the start of a text: letters, digits and what joins them, as in don't.
func wordEnd(text []byte) int {
	end := 0
	for end < len(text) {
		b := text[end]
		switch {
		case asciiName[b] && b != '-' && b != '_':
			end++
			continue
		case b < utf8.RuneSelf && (b != '\'' || end == 0), b >= firstIdeographByte && b <= lastIdeographByte:
			return end
		}
		r, size := utf8.DecodeRune(text[end:])
		switch {
		case r < utf8.RuneSelf || r == '’':
			next, _ := utf8.DecodeRune(text[end+size:])
			if end == 0 || r != '\'' && r != '’' || !unicode.IsLetter(next) || isWide(next) {
				return end
			}
		case isWide(r) || !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r):
			return end
		}
		end += size
	}
	return end
}

// The first bytes in UTF-8 of the characters from U+4000 to U+9FFF: ideographs, but for the signs of the Book of Changes.
const (
	firstIdeographByte = 0xE4
	lastIdeographByte  = 0xE9
	ideographBytes     = 3
)

// isWide reports whether a character is a word's worth: Chinese, Japanese or Korean.
func isWide(r rune) bool {
	const firstIdeograph, lastIdeograph, firstWide = 0x4E00, 0x9FFF, 0x1100
	return firstIdeograph <= r && r <= lastIdeograph || r >= firstWide && wide(r) && unicode.IsLetter(r)
}
