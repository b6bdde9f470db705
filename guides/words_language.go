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

// languageOfWord gives the language of a function word; "" for a word of two.
var languageOfWord = sync.OnceValue(func() map[string]string {
	languages := map[string]string{}
	for language, words := range functionWords {
		for word := range strings.FieldsSeq(words) {
			if _, shared := languages[word]; shared {
				languages[word] = ""
			} else {
				languages[word] = language
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
	votes := map[string]int{}
	languages := languageOfWord()
	var lower []byte
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r < utf8.RuneSelf || unicode.Is(unicode.Latin, r):
			end := i + wordEnd(text[i:])
			if end == i {
				i += size
				continue
			}
			words++
			lower = appendLower(lower[:0], text[i:end])
			if language := languages[string(lower)]; language != "" {
				votes[language]++
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
	best, second := "", 0
	for _, language := range []string{"en", "de", "fr", "es", "it"} {
		switch {
		case best == "" || votes[language] > votes[best]:
			best, second = language, votes[best]
		default:
			second = max(second, votes[language])
		}
	}
	if votes[best] < leastWords || votes[best] < 2*second {
		return ""
	}
	return best
}

// wordEnd gives the length of the word at the start of a text: letters, digits and what joins them, as in don't.
func wordEnd(text []byte) int {
	end := 0
	for end < len(text) {
		if b := text[end]; 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' {
			end++
			continue
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

// isWide reports whether a character is a word's worth: Chinese, Japanese or Korean.
func isWide(r rune) bool {
	const firstIdeograph, lastIdeograph, firstWide = 0x4E00, 0x9FFF, 0x1100
	return firstIdeograph <= r && r <= lastIdeograph || r >= firstWide && wide(r) && unicode.IsLetter(r)
}
