// Package search finds guides by words in the shopper's language.
//
// Analyse turns a guide's text into the terms by which it is found, Terms go to the store and back as bytes, and an
// Index holds those of one seller in memory and ranks them by BM25F. Best finds the step of a guide that answers a
// query, and says it in a snippet. Nothing here does I/O, and every answer is a function of what the index holds: two
// replicas that hold the same guides answer alike, whatever the order in which the guides came.
package search

import (
	"cmp"
	"slices"
)

// Text is what a guide says, as plain text.
type Text struct {
	Locale   string // BCP 47; "" = any
	Title    string
	Symptoms []string
	Intro    string // what stands before the first step
	Steps    []Step // in reading order
}

// Step is one step of a guide, as plain text.
type Step struct{ Title, Text string }

// The fields of a guide, by what finding a word in them is worth.
const (
	inTitle = iota
	inSymptoms
	inHeadings // the titles of steps
	inBody
	fields
)

// counts are how often a term is in each field, in one word: 5, 5, 6 and 16 bits from the top. A count stays at its
// largest; to BM25 it makes no difference by then.
type counts uint32

// bodyOnly are the largest counts of a term that is in no other field.
const bodyOnly counts = 1<<16 - 1

var (
	countShift = [fields]uint{inTitle: 27, inSymptoms: 22, inHeadings: 16, inBody: 0}
	countMax   = [fields]uint32{inTitle: 1<<5 - 1, inSymptoms: 1<<5 - 1, inHeadings: 1<<6 - 1, inBody: uint32(bodyOnly)}
)

func (c counts) in(field int) uint32 { return uint32(c) >> countShift[field] & countMax[field] }

func (c counts) plus(field int, n uint32) counts {
	if room := countMax[field] - c.in(field); n > room {
		n = room
	}
	return c + counts(n<<countShift[field])
}

// Terms are what a guide is found by. The zero value is a guide that is found by nothing.
type Terms struct {
	language string
	lengths  [fields]uint32 // words
	text     []byte         // the terms one after another, in the order of their bytes, each once
	terms    []term
}

type term struct {
	end    uint32 // in Terms.text
	counts counts
}

// Language tells among which guides these are found: the language of their locale, "" for any.
func (t Terms) Language() string { return t.language }

// Len tells how many different terms there are.
func (t Terms) Len() int { return len(t.terms) }

// each calls yield with every term, in order.
func (t Terms) each(yield func(text []byte, c counts)) {
	begin := uint32(0)
	for _, one := range t.terms {
		yield(t.text[begin:one.end], one.counts)
		begin = one.end
	}
}

// Analyse takes a guide's text apart. It is total: whatever the text holds, there are terms.
func Analyse(t Text) Terms {
	a := analysis{language: languageOf(Language(t.Locale)), found: make(map[string]counts), known: make(map[string]string)}
	a.take(inTitle, t.Title)
	for _, s := range t.Symptoms {
		a.take(inSymptoms, s)
	}
	a.take(inBody, t.Intro)
	for _, s := range t.Steps {
		a.take(inHeadings, s.Title)
		a.take(inBody, s.Text)
	}
	return a.terms(Language(t.Locale))
}

type analysis struct {
	language *language
	found    map[string]counts
	known    map[string]string // terms by word: a guide repeats itself, and stemming takes most of the time
	lengths  [fields]uint32
}

func (a *analysis) take(field int, text string) {
	for _, w := range scan(text, a.language.cut) {
		t := w.text
		if w.kind < pair {
			var known bool
			if t, known = a.known[w.text]; !known {
				t = a.language.term(w)
				a.known[w.text] = t
			}
		}
		if t == "" {
			continue
		}
		if w.kind != character { // it is in its pair, which counts
			a.lengths[field]++
		}
		a.found[t] = a.found[t].plus(field, 1)
	}
}

func (a *analysis) terms(language string) Terms {
	type entry struct {
		text   string
		counts counts
	}
	all := make([]entry, 0, len(a.found))
	size := 0
	for text, c := range a.found {
		all = append(all, entry{text, c})
		size += len(text)
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.text, b.text) })
	t := Terms{language: language, lengths: a.lengths, text: make([]byte, 0, size), terms: make([]term, len(all))}
	for i, e := range all {
		t.text = append(t.text, e.text...)
		t.terms[i] = term{end: uint32(len(t.text)), counts: e.counts}
	}
	return t
}
