package guides

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Headings that count the steps of a page: with the word for it, before or
// after the number, or with the number alone and a mark after it. "2.4 GHz"
// and "Step 3.1" count nothing.
var stepNumber = regexp.MustCompile(`(?i)^\W*(?:` +
	`(?:step|schritt|[ée]tape|paso|chapter|kapitel|chapitre|cap[ií]tulo)\s+(?:n[°ºo]\.?\s*)?\d{1,3}\b(?:[^.\d]|\.\D|\.?$)` +
	`|(?:step|schritt|[ée]tape|paso)\s+(?:one|two|three|four|five|six|seven|eight|nine|ten|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn` +
	`|un|une|deux|trois|quatre|cinq|sept|huit|neuf|dix|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez)\b` +
	`|\d{1,3}(?:\.|\))\s+\S` +
	`|\d{1,3}(?:\.|\))\p{Han}` +
	`|\d{1,3}\s*[、）．]` +
	`|\d\x{FE0F}?\x{20E3}` +
	`)|^[^\p{L}\p{N}]*(?:步骤|步驟)\s*(?:\d{1,3}(?:[^.\d]|$)|[一二三四五六七八九十]{1,3})` +
	`|^[^\p{L}\p{N}]*第\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[步章]`)

// countsStep tells a heading that says which step it is.
func countsStep(title string) bool {
	first := strings.TrimLeftFunc(title, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	r, _ := utf8.DecodeRuneInString(first)
	switch {
	case r >= utf8.RuneSelf:
		return (unicode.IsNumber(r) || strings.ContainsRune("Éé步第", r)) && stepNumber.MatchString(title)
	case '0' <= r && r <= '9':
		return stepNumber.MatchString(title)
	case len(first) < 3:
		return false
	}
	// The pattern is dear, so the first letters are looked at; what is beyond ASCII is left to the pattern's folding.
	start := [3]byte{first[0] | 0x20, first[1] | 0x20, first[2] | 0x20}
	switch string(start[:]) {
	case "ste", "sch", "eta", "pas", "cha", "kap", "cap":
		return stepNumber.MatchString(title)
	}
	return (first[1]|first[2])&0x80 != 0 && strings.IndexByte("sepck", start[0]) >= 0 && stepNumber.MatchString(title)
}
