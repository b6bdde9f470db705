package search

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Best finds the step of a guide that answers a query best, and a snippet of it (see Snippet). The locale is the guide's.
// The step is an index into steps, the first of several that are as good; it is -1 if no step has a word of the query,
// and the snippet is then how the guide begins.
func Best(query, locale string, steps []Step) (int, Snippet) {
	m := newMatcher(query, languageOf(Language(locale)))
	heads, bodies := make([][]match, len(steps)), make([][]match, len(steps))
	for i, s := range steps {
		heads[i], bodies[i] = m.matches(s.Title), m.matches(s.Text)
	}
	m.mend(append(slices.Clone(heads), bodies...))
	found, top := -1, 0.0
	weights := m.weights(heads, bodies)
	for i := range steps {
		if score := m.score(heads[i], bodies[i], weights); score > top {
			found, top = i, score
		}
	}
	switch {
	case found < 0 && len(steps) == 0:
		return found, ""
	case found < 0:
		return found, snippetOf(cmp.Or(steps[0].Text, steps[0].Title), nil)
	case steps[found].Text == "":
		return found, snippetOf(steps[found].Title, m.spans(heads[found], weights))
	}
	return found, snippetOf(steps[found].Text, m.spans(bodies[found], weights))
}

// matcher knows the terms of a query.
type matcher struct {
	language *language
	terms    []string
	kinds    []kind
	numbers  map[string]int    // by term
	first    map[rune]bool     // letters with which the terms begin
	known    map[string]string // terms by word
	slips    []int             // by term: how many may be mended
}

// match is a word of a text that may be one of the query's: its term is, or begins as one does.
type match struct {
	start, end int
	term       string
	number     int // of the query's term, -1 if it is none
}

func newMatcher(query string, l *language) *matcher {
	m := &matcher{language: l, numbers: make(map[string]int), first: make(map[rune]bool), known: make(map[string]string)}
	words := queryWords(query, l)
	count := 0
	for i, w := range words {
		if w.kind == whole || w.kind == pair || w.kind == lone {
			count++
		}
		m.add(w)
		if i > 0 && words[i-1].joins(w) {
			joined := word{text: words[i-1].text + w.text, kind: part}
			m.add(queryWord{joined, l.term(joined)})
		}
	}
	if count > maxWordsMended {
		clear(m.slips)
	}
	return m
}

func (m *matcher) add(w queryWord) {
	if _, twice := m.numbers[w.term]; twice || len(m.terms) == maxQueryTerms || w.kind == character {
		return // a character by itself would mark too much
	}
	m.numbers[w.term] = len(m.terms)
	m.terms = append(m.terms, w.term)
	m.kinds = append(m.kinds, w.kind)
	n := 0
	if w.kind == whole && isLetters(w.text) {
		n = slips(w.text)
	}
	m.slips = append(m.slips, n)
	r, _ := utf8.DecodeRuneInString(w.term)
	m.first[r] = true
}

// matches finds the words of a text that may be the query's. No stemmer changes how a word begins, so that the few
// words that begin like a term are all that need one.
func (m *matcher) matches(text string) []match {
	var found []match
	for _, w := range scan(text, m.language.cut) {
		begin, _ := utf8.DecodeRuneInString(w.text)
		if begin >= utf8.RuneSelf && w.kind < pair {
			begin, _ = utf8.DecodeRuneInString(m.language.fold(w.text))
		}
		if !m.first[begin] && !m.language.elides(w) {
			continue
		}
		term, known := m.known[w.text]
		if !known || w.kind >= pair {
			term = m.language.term(w)
			m.known[w.text] = term
		}
		if term == "" {
			continue
		}
		number, is := m.numbers[term]
		if !is {
			number = -1
		}
		found = append(found, match{start: w.start, end: w.end, term: term, number: number})
	}
	return found
}

// mend takes words of a short query that no step has for slips of the finger, as Search does, if the first letter at
// least is right.
func (m *matcher) mend(all [][]match) {
	seen := make([]bool, len(m.terms))
	for _, found := range all {
		for _, f := range found {
			if f.number >= 0 {
				seen[f.number] = true
			}
		}
	}
	for n, term := range m.terms {
		if seen[n] || m.slips[n] == 0 {
			continue
		}
		letters := []rune(term)
		for _, found := range all {
			for i, f := range found {
				if f.number >= 0 || outlineOf(f.term) == 0 {
					continue
				}
				if other := []rune(f.term); other[0] == letters[0] && distance(letters, other, m.slips[n]) <= m.slips[n] {
					found[i].number = n
				}
			}
		}
	}
}

// weights of the query's terms, by how few steps have them.
func (m *matcher) weights(heads, bodies [][]match) []float64 {
	having := make([]int, len(m.terms))
	last := make([]int, len(m.terms)) // step, from 1
	for i := range heads {
		for _, found := range [2][]match{heads[i], bodies[i]} {
			for _, f := range found {
				if f.number >= 0 && last[f.number] != i+1 {
					last[f.number] = i + 1
					having[f.number]++
				}
			}
		}
	}
	weights := make([]float64, len(m.terms))
	for n := range weights {
		weights[n] = kindWeight[m.kinds[n]] * idf(having[n], len(heads))
	}
	return weights
}

// score is BM25 without lengths: a step is short, and a long one explains more.
func (m *matcher) score(head, body []match, weights []float64) float64 {
	tf := make([]float64, len(m.terms))
	for _, f := range head {
		if f.number >= 0 {
			tf[f.number] += fieldWeight[inHeadings]
		}
	}
	for _, f := range body {
		if f.number >= 0 {
			tf[f.number] += fieldWeight[inBody]
		}
	}
	score := 0.0
	for n, weight := range weights {
		score += weight * tf[n] / (k1 + tf[n])
	}
	return score
}

func (m *matcher) spans(found []match, weights []float64) []span {
	var spans []span
	for _, f := range found {
		if f.number >= 0 {
			spans = append(spans, span{start: f.start, end: f.end, number: f.number, weight: weights[f.number]})
		}
	}
	return spans
}
