package search

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A word of a short query that no guide has is taken for a slip of the finger, and the terms nearest to it are looked
// for instead, at a lower weight.
const (
	maxWordsMended = 4 // in a query; a longer one has enough other words
	mendFrom       = 4 // letters: one slip
	mendTwiceFrom  = 8 // letters: two slips
	maxMends       = 3 // terms in the place of a word
)

// mendWeight by distance: what a mended word counts beside one that was written right.
var mendWeight = [...]float64{1: 0.5, 2: 0.25}

// slips tells at which distance a word is still the same, 0 if at none.
func slips(letters string) int {
	switch n := utf8.RuneCountInString(letters); {
	case n >= mendTwiceFrom:
		return 2
	case n >= mendFrom:
		return 1
	}
	return 0
}

// outline tells in 4 bytes which letters a word has and how many, so that a scan of the whole dictionary, 1 ns a term,
// leaves few to compare letter by letter. 0 is what is never mended: identifiers and scripts without letters.
type outline uint32

const (
	outlineLetters = 27
	maxOutline     = 1<<(32-outlineLetters) - 1
)

func outlineOf(term string) outline {
	n := 0
	var o outline
	for _, r := range term {
		if c := classOf(r); c != letter && c != mark {
			return 0
		}
		bit := uint32(r) % outlineLetters
		o |= 1 << bit
		n++
	}
	return o | outline(min(n, maxOutline))<<outlineLetters
}

// far tells for sure that two words are more than so many slips apart. A slip changes the length by one at most, and at
// most two of the letters that occur.
func (o outline) far(p outline, slips int) bool {
	length := int(o>>outlineLetters) - int(p>>outlineLetters)
	return length > slips || -length > slips || bits.OnesCount32(uint32(o^p)&(1<<outlineLetters-1)) > 2*slips
}

// near is a term in the place of a word.
type near struct {
	number   uint32
	distance int
	first    bool // letter is another one; few slip there
}

// nearest gives the terms within so many slips of one: the nearest, then those in most guides, first.
func (s *shelf) nearest(term string, slips int) []near {
	o := outlineOf(term)
	if o == 0 {
		return nil
	}
	letters := []rune(term)
	var found []near
	for n, p := range s.outline {
		if p == 0 || o.far(p, slips) {
			continue
		}
		other := []rune(s.entries[n].term)
		if d := distance(letters, other, slips); d <= slips {
			found = append(found, near{number: uint32(n), distance: d, first: letters[0] != other[0]})
		}
	}
	slices.SortFunc(found, func(a, b near) int {
		return cmp.Or(
			cmp.Compare(a.distance, b.distance),
			compareBool(a.first, b.first),
			cmp.Compare(s.entries[b.number].postings.len(), s.entries[a.number].postings.len()),
			cmp.Compare(s.entries[a.number].term, s.entries[b.number].term),
		)
	})
	return found[:min(len(found), maxMends)]
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// distance counts letters put in, left out, changed or swapped with their neighbour, each letter touched once at most
// (the restricted distance of Damerau 1964 and Levenshtein 1966). Beyond most it says most+1.
func distance(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most || len(a) > maxWordRunes || len(b) > maxWordRunes {
		return most + 1
	}
	var rows [3][maxWordRunes + 1]int
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			changed := last[j-1]
			if a[i-1] != b[j-1] {
				changed++
			}
			now[j] = min(changed, last[j]+1, now[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
			least = min(least, now[j])
		}
		if least > most {
			return most + 1
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], most+1)
}

// isLetters tells whether a word may have been mistyped, rather than a number or a name of a part.
func isLetters(text string) bool {
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' {
			return false
		}
	}
	return text != ""
}
