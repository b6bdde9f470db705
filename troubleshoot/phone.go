package troubleshoot

import (
	"strings"
	"unicode"
)

// Bounds of a phone number's digits after the "+", its country code among them (ITU-T E.164, 6.1).
const (
	minPhoneDigits = 7
	maxPhoneDigits = 15
)

// ParsePhone reads a phone number as people write it, and gives it in the form of E.164: "+14155550123". Spaces, hyphens,
// dots and parentheses are taken out. What is no such number is InvalidArgument for field; the error does not repeat the text,
// as errors are logged and phone numbers are not.
func ParsePhone(field, text string) (string, error) {
	const how = `write it with "+", country code and 7 to 15 digits in all, like "+14155550123"`
	if strings.Contains(text, "(0)") { // +49 (0)30: a digit of calls at home, which would make another number
		return "", Invalid(field, `has "(0)", which is not dialled from abroad; leave it out`)
	}
	e164 := make([]byte, 0, 1+maxPhoneDigits)
	for _, r := range text {
		switch {
		case r == '-' || r == '‐' || r == '‑' || r == '.' || r == '(' || r == ')' || unicode.Is(unicode.Zs, r):
			continue
		case r == '+' && len(e164) == 0, '0' <= r && r <= '9' && len(e164) > 0:
			e164 = append(e164, byte(r))
		default:
			return "", Invalid(field, "is no phone number; %s", how)
		}
		if len(e164) > 1+maxPhoneDigits {
			return "", Invalid(field, "has more than %d digits; %s", maxPhoneDigits, how)
		}
	}
	switch {
	case len(e164) < 1+minPhoneDigits:
		return "", Invalid(field, "has fewer than %d digits; %s", minPhoneDigits, how)
	case e164[1] == '0':
		return "", Invalid(field, "begins with 0, as no country code does; %s", how)
	}
	return string(e164), nil
}

// MaskPhone gives what of a phone number is shown and logged: the plus and the last two digits, "+•••••••••23". Of what is
// not as ParsePhone gives it, nothing is shown but its length in characters.
func MaskPhone(e164 string) string {
	if parsed, err := ParsePhone("", e164); err != nil || parsed != e164 {
		return strings.Map(func(rune) rune { return '•' }, e164)
	}
	shown := len(e164) - 2
	return "+" + strings.Repeat("•", shown-1) + e164[shown:]
}
