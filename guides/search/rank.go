package search

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
)

// Ranking is BM25F as in S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
// Foundations and Trends in Information Retrieval 3 (2009), sections 3.6 and 3.7: the counts of a term in the fields,
// each divided by its field's relative length and weighed, are added before they saturate,
//
//	tf = Σ over fields of weight · count / (1 − b + b · length/average)
//	score = Σ over terms of idf · (k1 + 1) · tf / (k1 + tf)
//
// with the idf of the same work made positive, ln(1 + (N − n + ½)/(n + ½)), as Lucene has it. k1 and b are the usual
// ones. A title or a symptom is close to a shopper's own words, and one that matches says more than a sentence that
// happens to; several symptoms stand side by side, so that their number says little about each.
const k1 = 1.2

var (
	fieldWeight = [fields]float64{inTitle: 4, inSymptoms: 4, inHeadings: 2, inBody: 1}
	fieldB      = [fields]float64{inTitle: 0.75, inSymptoms: 0.25, inHeadings: 0.75, inBody: 0.75}
)

// kindWeight is what a word of a query counts. The parts of an identifier tell what its whole has told. Pairs and single
// characters together do better for Chinese than either alone (J.-Y. Nie, J. Gao, J. Zhang and M. Zhou, "On the use of
// words and n-grams for Chinese information retrieval", IRAL 2000), with little weight on the characters.
var kindWeight = [...]float64{whole: 1, part: 0.5, pair: 0.6, character: 0.1, lone: 0.6}

// joinWeight is for two words of a query that guides write as one: wi fi.
const joinWeight = 0.5

// idf of a term that n of all guides have.
func idf(n, all int) float64 {
	return math.Log(1 + (float64(all-n)+0.5)/(float64(n)+0.5))
}

// norms are what divides the counts of a field at length zero, and what every word adds to that.
type norms struct{ base, slope [fields]float64 }

func normsOf(total [fields]uint64, guides int) norms {
	var n norms
	for f := range fields {
		n.base[f] = 1
		if total[f] > 0 {
			n.base[f] = 1 - fieldB[f]
			n.slope[f] = fieldB[f] * float64(guides) / float64(total[f])
		}
	}
	return n
}

// saturated is a term's share of a guide's score but for its idf: (k1 + 1) · tf / (k1 + tf).
func (n *norms) saturated(c counts, lengths *[fields]uint32) float64 {
	tf := 0.0
	for f := range fields {
		if count := c.in(f); count > 0 {
			tf += fieldWeight[f] * float64(count) / (n.base[f] + n.slope[f]*float64(lengths[f]))
		}
	}
	return (k1 + 1) * tf / (k1 + tf)
}

// Result is a guide that was found.
type Result struct {
	Guide    string
	Revision int64
	Score    float64
}

// better orders results: by score, and by guide where that is the same.
func better(a, b Result) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Guide, b.Guide))
}

// best keeps the best results so far; the worst of them is on top of the heap.
type best struct {
	results []Result
	limit   int
}

func (b *best) Len() int           { return len(b.results) }
func (b *best) Less(i, j int) bool { return better(b.results[i], b.results[j]) > 0 }
func (b *best) Swap(i, j int)      { b.results[i], b.results[j] = b.results[j], b.results[i] }
func (b *best) Push(r any)         { b.results = append(b.results, r.(Result)) }
func (b *best) Pop() any           { panic("search: results are replaced, never popped") }

// takes tells whether a result would be among the best. Most scores say no.
func (b *best) takes(score float64, guide string) bool {
	return len(b.results) < b.limit || score > b.results[0].Score ||
		score == b.results[0].Score && guide < b.results[0].Guide
}

func (b *best) take(r Result) {
	if len(b.results) < b.limit {
		heap.Push(b, r)
		return
	}
	b.results[0] = r
	heap.Fix(b, 0)
}

func (b *best) sorted() []Result {
	slices.SortFunc(b.results, better)
	return b.results
}

// tally adds up scores by slot.
type tally struct {
	scores []float64
	slots  []uint32 // whose score is not zero
}

// add scores the guides of one term.
func (t *tally) add(postings []posting, lengths [][fields]uint32, n *norms, weight float64) {
	base, slope := k1*n.base[inBody], k1*n.slope[inBody]
	for _, p := range postings {
		if t.scores[p.slot] == 0 {
			t.slots = append(t.slots, p.slot)
		}
		if body := float64(p.counts); p.counts <= bodyOnly { // as most often: the same with one division
			t.scores[p.slot] += weight * (k1 + 1) * body / (base + slope*float64(lengths[p.slot][inBody]) + body)
		} else {
			t.scores[p.slot] += weight * n.saturated(p.counts, &lengths[p.slot])
		}
	}
}

// clear makes room for so many slots.
func (t *tally) clear(slots int) {
	for _, s := range t.slots {
		t.scores[s] = 0
	}
	t.slots = t.slots[:0]
	if len(t.scores) < slots {
		t.scores = make([]float64, slots+slots/8)
	}
}
