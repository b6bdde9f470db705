package search

// Heard is what somebody said, by its terms.
type Heard struct {
	locale string
	terms  map[string]bool
}

// Hear analyses what somebody said, to be compared with many short texts.
func Hear(text, locale string) Heard {
	said := Analyse(Text{Locale: locale, Intro: text})
	h := Heard{locale: locale, terms: make(map[string]bool, said.Len())}
	said.each(func(term []byte, _ counts) { h.terms[string(term)] = true })
	return h
}

// Share is how much of a short text was said, in [0, 1]: the share of its different terms. Where it has none, 0. Symptoms
// are found in a shopper's comment so: "leaks from below" is said by "it is leaking, from below the base".
func (h Heard) Share(text string) float64 {
	wanted := Analyse(Text{Locale: h.locale, Intro: text})
	if wanted.Len() == 0 {
		return 0
	}
	shared := 0
	wanted.each(func(term []byte, _ counts) {
		if h.terms[string(term)] {
			shared++
		}
	})
	return float64(shared) / float64(wanted.Len())
}
