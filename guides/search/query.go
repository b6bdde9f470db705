package search

import (
	"cmp"
	"slices"
)

// Query is what to look for.
type Query struct {
	Text string // as the shopper wrote it
	// Locale is the shopper's: guides in its language and those for any language are searched. With "" all are, and the
	// text is taken for each of their languages in turn.
	Locale string
	// Keep tells whether a guide may be among the results; nil if all may. It is called while the index is locked, and
	// must not call it.
	Keep  func(guide string) bool
	Limit int // of results
}

// Bounds of the work for one query.
const (
	maxQueryBytes = 8 << 10 // of its text are read
	maxQueryTerms = 64      // are looked for: those in the fewest guides
)

// asked is a term to look for.
type asked struct {
	key    string // of the word, the same on every shelf
	term   string
	kind   kind
	weight float64
}

// Search gives the guides that have some of the query's words, best first, at most the query's limit.
func (x *Index) Search(q Query) []Result {
	if q.Limit <= 0 {
		return nil
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	shelves := x.searched(q.Locale)
	guides := 0
	asks := make([][]asked, len(shelves))
	for i, s := range shelves {
		guides += len(s.slots)
		asks[i] = s.ask(q.Text)
	}
	having := frequencies(shelves, asks)
	for i, s := range shelves {
		if mended := s.mend(asks[i], having); mended != nil {
			asks[i] = mended
		}
	}
	having = frequencies(shelves, asks)
	t, _ := x.tallies.Get().(*tally)
	if t == nil {
		t = new(tally)
	}
	found := best{limit: q.Limit}
	for i, s := range shelves {
		t.clear(len(s.guides))
		n := normsOf(s.total, len(s.slots))
		for _, a := range weigh(asks[i], having, guides) {
			if number, known := s.find([]byte(a.term)); known {
				s.entries[number].postings.blocks(func(b []posting) { t.add(b, s.lengths, &n, a.weight) })
			}
		}
		s.collect(t, q.Keep, &found)
	}
	x.tallies.Put(t)
	return found.sorted()
}

// ask takes a query apart as the shelf's guides were.
func (s *shelf) ask(text string) []asked {
	words := queryWords(text, languageOf(s.language))
	asks := make([]asked, 0, len(words))
	for i, w := range words {
		asks = append(asks, asked{key: w.text, term: w.term, kind: w.kind, weight: kindWeight[w.kind]})
		if i == 0 || !words[i-1].joins(w) {
			continue
		}
		joined := word{text: words[i-1].text + w.text}
		if term := languageOf(s.language).term(joined); s.having(term) > 0 {
			asks = append(asks, asked{key: joined.text, term: term, kind: part, weight: joinWeight})
		}
	}
	return asks
}

// queryWord is a word of a query that is no function word.
type queryWord struct {
	word
	term string
}

// joins tells whether a guide may write the two words as one.
func (w queryWord) joins(next queryWord) bool {
	return w.kind == whole && next.kind == whole && w.end+1 == next.start
}

func queryWords(text string, l *language) []queryWord {
	if len(text) > maxQueryBytes {
		text = text[:maxQueryBytes]
	}
	var words []queryWord
	for _, w := range scan(text, l.cut) {
		if term := l.term(w); term != "" {
			words = append(words, queryWord{w, term})
		}
	}
	return words
}

// having tells how many guides of the shelf have a term.
func (s *shelf) having(term string) int {
	if n, known := s.find([]byte(term)); known {
		return s.entries[n].postings.len()
	}
	return 0
}

// frequencies tells in how many of the searched guides each word is, in whatever form their languages give it: what is
// rare on one shelf only for want of guides there is not taken for rare.
func frequencies(shelves []*shelf, asks [][]asked) map[string]int {
	having := make(map[string]int)
	for i, s := range shelves {
		seen := make(map[string]bool)
		for _, a := range asks[i] {
			if !seen[a.key] {
				seen[a.key] = true
				having[a.key] += s.having(a.term)
			}
		}
	}
	return having
}

// mend puts the nearest terms in the place of words that no guide has. It gives nil if there is nothing to mend.
func (s *shelf) mend(asks []asked, having map[string]int) []asked {
	words := 0
	for _, a := range asks {
		if a.kind != part {
			words++
		}
	}
	if words > maxWordsMended {
		return nil
	}
	mended := make([]asked, 0, len(asks))
	some := false
	for _, a := range asks {
		n := slips(a.key)
		if having[a.key] > 0 || n == 0 || !isLetters(a.key) {
			mended = append(mended, a)
			continue
		}
		some = true
		for _, near := range s.nearest(a.term, n) {
			term := s.entries[near.number].term
			mended = append(mended, asked{key: "~" + term, term: term, kind: a.kind, weight: a.weight * mendWeight[near.distance]})
		}
	}
	if !some {
		return nil
	}
	return mended
}

// weigh makes each term one, weighs it by its idf, and leaves the rarest of too many.
func weigh(asks []asked, having map[string]int, guides int) []asked {
	var weighed []asked
	place := make(map[string]int)
	for _, a := range asks {
		a.weight *= idf(having[a.key], guides)
		if i, twice := place[a.term]; twice {
			weighed[i].weight += a.weight
			continue
		}
		place[a.term] = len(weighed)
		weighed = append(weighed, a)
	}
	if len(weighed) <= maxQueryTerms {
		return weighed
	}
	slices.SortStableFunc(weighed, func(a, b asked) int { return cmp.Compare(having[a.key], having[b.key]) })
	return weighed[:maxQueryTerms]
}

// collect takes the best of what was tallied.
func (s *shelf) collect(t *tally, keep func(string) bool, found *best) {
	for _, slot := range t.slots {
		score, g := t.scores[slot], &s.guides[slot]
		if found.takes(score, g.id) && (keep == nil || keep(g.id)) {
			found.take(Result{Guide: g.id, Revision: g.revision, Score: score})
		}
	}
}
