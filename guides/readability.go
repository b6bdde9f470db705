package guides

import (
	"strings"
	"unicode/utf8"
)

// reading is what reading formulas count.
type reading struct {
	sentences, words, syllables int // of Latin script
	chars, clauses              int // of Chinese or Japanese: characters, and pieces between any two marks
}

// ease is a formula for how easy a text reads: a score of about 100 is very easy, 60 to 70 plain, below 30 very
// difficult. All four are Flesch's, with constants for a language.
type ease struct {
	base, perSentence, perSyllable float64 // base - perSentence × words a sentence - perSyllable × syllables a word
	syllables                      func(word string) int
}

// eases by language:
//
//   - en: R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948).
//   - de: T. Amstad, "Wie verständlich sind unsere Zeitungen?", Zürich 1978.
//   - fr: L. Kandel, A. Moles, "Application de l'indice de Flesch à la langue française", Cahiers d'études de
//     radio-télévision 19 (1958).
//   - es: J. Fernández Huerta, "Medidas sencillas de lecturabilidad", Consigna 214 (1959); with words a sentence in the
//     place of sentences per 100 words, a slip that G. Law showed (LINGUIST List 22.2332, 2011).
//
// Italian and others have formulas too, which count letters and were made for school books; for those no rule speaks.
var eases = map[string]ease{
	"en": {206.835, 1.015, 84.6, syllablesEN},
	"de": {180, 1, 58.5, syllablesDE},
	"fr": {207, 1.015, 73.6, syllablesFR},
	"es": {206.84, 1.02, 60, syllablesES},
}

// score gives the ease of what was counted.
func (e ease) score(r reading) float64 {
	words := float64(max(r.words, 1))
	return e.base - e.perSentence*words/float64(max(r.sentences, 1)) - e.perSyllable*float64(r.syllables)/words
}

// isOneOf reports whether r is one of a few characters.
func isOneOf(r rune, few string) bool { return strings.ContainsRune(few, r) }

// letters is a set of small letters.
type letters struct {
	ascii  [utf8.RuneSelf]bool
	others string
}

func lettersOf(all string) *letters {
	var set letters
	for _, r := range all {
		if r < utf8.RuneSelf {
			set.ascii[r] = true
		} else {
			set.others += string(r)
		}
	}
	return &set
}

func (l *letters) has(r rune) bool {
	if r < utf8.RuneSelf {
		return l.ascii[r]
	}
	return l.others != "" && strings.ContainsRune(l.others, r)
}

// The vowels of each language.
var (
	vowelsEN = lettersOf("aeiouy")
	vowelsDE = lettersOf("aeiouyäöü")
	vowelsFR = lettersOf("aeiouyàâéèêëîïôùûüœæ")
	vowelsES = lettersOf("aeiouáéíóúü")
)

// vowelGroups counts runs of vowels; two vowels that stand together are two syllables where apart says so.
func vowelGroups(word string, vowels *letters, apart func(a, b rune) bool) (groups int) {
	before := rune(0)
	for _, r := range word {
		if r < utf8.RuneSelf && !vowels.ascii[r] || r >= utf8.RuneSelf && !vowels.has(r) {
			before = 0
			continue
		}
		if before == 0 || apart(before, r) {
			groups++
		}
		before = r
	}
	return groups
}

// syllablesEN counts the syllables of an English word in lower case, by its vowels and its silent endings. What has no
// vowel or has a digit, such as usb or 5ghz, counts as one.
func syllablesEN(word string) int {
	groups := vowelGroups(word, vowelsEN, func(a, b rune) bool { // re·act and sci·ence, not ea and ie
		return a == 'i' && (b == 'a' || b == 'o' || b == 'u')
	})
	end := byte(' ')
	if word != "" {
		end = word[len(word)-1]
	}
	if (end == 'n' || end == 's') && (strings.HasSuffix(word, "tion") || strings.HasSuffix(word, "sion") || strings.HasSuffix(word, "cian") ||
		strings.HasSuffix(word, "tions") || strings.HasSuffix(word, "sions") || strings.HasSuffix(word, "cious")) {
		groups-- // their io is one sound
	}
	stem := strings.TrimSuffix(word, "s")
	switch {
	case len(stem) < 3:
	case strings.HasSuffix(stem, "le") && !vowelsEN.has(rune(stem[len(stem)-3])): // ta·ble
	case strings.HasSuffix(stem, "e") && !vowelsEN.has(rune(stem[len(stem)-2])):
		if stem == word || !isOneOf(rune(stem[len(stem)-2]), "cgsxz") && !strings.HasSuffix(stem, "he") { // ca·ses, swit·ches
			groups--
		}
	case strings.HasSuffix(word, "ed") && !isOneOf(rune(word[len(word)-3]), "aeiouytd"): // pressed
		groups--
	}
	return max(groups, 1)
}

// syllablesDE counts the syllables of a German word in lower case.
func syllablesDE(word string) int {
	return max(1, vowelGroups(word, vowelsDE, func(a, b rune) bool {
		switch {
		case a == b, b == 'i' && (a == 'a' || a == 'e'), b == 'u' && (a == 'a' || a == 'e' || a == 'ä'), a == 'i' && b == 'e':
			return false // one sound, or one long one
		}
		return true
	}))
}

// syllablesFR counts the syllables of a French word in lower case; the e at its end is silent.
func syllablesFR(word string) int {
	groups := vowelGroups(word, vowelsFR, func(a, b rune) bool {
		return a == 'é' || a == 'y' || b == 'ï' || b == 'ë' // ré·agir, appu·yez, na·ïf
	})
	for _, silent := range []string{"es", "ent", "e"} {
		if stem, ok := strings.CutSuffix(word, silent); ok && groups > 1 {
			last, _ := utf8.DecodeLastRuneInString(stem)
			// -ment is heard; so is the e after another vowel's group, as in pluie, which was counted with it.
			if !vowelsFR.has(last) && !strings.HasSuffix(word, "ment") {
				groups--
			}
			break
		}
	}
	return max(groups, 1)
}

// silentES takes out each u that is not heard.
var silentES = strings.NewReplacer("qu", "q", "gue", "ge", "gui", "gi")

// syllablesES counts the syllables of a Spanish word in lower case: two strong vowels, or an accented weak one beside a
// strong one, are two.
func syllablesES(word string) int {
	const strong, accented = "aeoáéó", "íú"
	if strings.ContainsAny(word, "qg") {
		word = silentES.Replace(word)
	}
	return max(1, vowelGroups(word, vowelsES, func(a, b rune) bool {
		return isOneOf(a, strong) && isOneOf(b, strong) || isOneOf(a, accented) || isOneOf(b, accented)
	}))
}
