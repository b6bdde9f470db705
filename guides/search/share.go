package search

// Share is how much of a short text another says too, in [0, 1]: the share of its different terms. Where it has none, 0.
// Symptoms are found in a shopper's comment so: "leaks from below" is said by "it is leaking, from below the base".
func Share(of, in, locale string) float64 {
	wanted, said := Analyse(Text{Locale: locale, Intro: of}), Analyse(Text{Locale: locale, Intro: in})
	if wanted.Len() == 0 {
		return 0
	}
	has := make(map[string]bool, said.Len())
	said.each(func(text []byte, _ counts) { has[string(text)] = true })
	shared := 0
	wanted.each(func(text []byte, _ counts) {
		if has[string(text)] {
			shared++
		}
	})
	return float64(shared) / float64(wanted.Len())
}
