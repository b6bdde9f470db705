package search

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// kept is a guide as the naive ranking keeps it: its text.
type kept struct {
	revision int64
	text     Text
}

// naive ranks by the formula of rank.go over texts, without an index.
func naive(guides map[string]kept, q Query) []Result {
	var on []string // searched
	shelf := make(map[string][]string)
	for _, id := range slices.Sorted(maps.Keys(guides)) {
		if tag := Language(guides[id].text.Locale); q.Locale == "" || tag == "" || tag == Language(q.Locale) {
			on = append(on, id)
			shelf[tag] = append(shelf[tag], id)
		}
	}
	counted := make(map[string]map[string]*[fields]float64)
	length := make(map[string]*[fields]float64)
	for _, id := range on {
		counted[id], length[id] = count(guides[id].text)
	}
	n := make(map[string]float64) // guides that have a word, in the form of their language
	for tag, ids := range shelf {
		forms := make(map[string]string)
		for _, w := range queryWords(q.Text, languageOf(tag)) {
			forms[w.text] = w.term
		}
		for word, term := range forms {
			for _, id := range ids {
				if counted[id][term] != nil {
					n[word]++
				}
			}
		}
	}
	var results []Result
	for tag, ids := range shelf {
		var average [fields]float64
		for _, id := range ids {
			for f := range fields {
				average[f] += length[id][f] / float64(len(ids))
			}
		}
		for _, id := range ids {
			score := 0.0
			for _, w := range queryWords(q.Text, languageOf(tag)) {
				tf := 0.0
				if c := counted[id][w.term]; c != nil {
					for f := range fields {
						if c[f] > 0 {
							tf += fieldWeight[f] * c[f] / (1 - fieldB[f] + fieldB[f]*length[id][f]/average[f])
						}
					}
				}
				idf := math.Log(1 + (float64(len(on))-n[w.text]+0.5)/(n[w.text]+0.5))
				score += kindWeight[w.kind] * idf * (k1 + 1) * tf / (k1 + tf)
			}
			if score > 0 && (q.Keep == nil || q.Keep(id)) {
				results = append(results, Result{Guide: id, Revision: guides[id].revision, Score: score})
			}
		}
	}
	slices.SortFunc(results, better)
	return results[:min(len(results), max(q.Limit, 0))]
}

// count counts the terms of a text by field, and the words of each field.
func count(t Text) (map[string]*[fields]float64, *[fields]float64) {
	counted, length := make(map[string]*[fields]float64), new([fields]float64)
	l := languageOf(Language(t.Locale))
	add := func(f int, text string) {
		for _, w := range scan(text, l.cut) {
			term := l.term(w)
			if term == "" {
				continue
			}
			if counted[term] == nil {
				counted[term] = new([fields]float64)
			}
			counted[term][f]++
			if w.kind != character {
				length[f]++
			}
		}
	}
	add(inTitle, t.Title)
	add(inBody, t.Intro)
	add(inSymptoms, strings.Join(t.Symptoms, "\n"))
	for _, s := range t.Steps {
		add(inHeadings, s.Title)
		add(inBody, s.Text)
	}
	return counted, length
}

// Few words make many ties and common terms. No two can be mended into each other or joined.
var vocabulary = strings.Fields("kettle heating heats lamp Lampen leaking ESP32-S3 wifi-6 filter 5.1.2 水壶加热 加热 灯 the der crème 220V zip")

func drawText(t *rapid.T) Text {
	words := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 6).Draw(t, "words"), ", ")
	})
	text := Text{
		Locale:   rapid.SampledFrom([]string{"", "en", "en-GB", "de", "zh"}).Draw(t, "locale"),
		Title:    words.Draw(t, "title"),
		Symptoms: rapid.SliceOfN(words, 0, 2).Draw(t, "symptoms"),
		Intro:    words.Draw(t, "intro"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "steps") {
		text.Steps = append(text.Steps, Step{Title: words.Draw(t, "heading"), Text: words.Draw(t, "body")})
	}
	return text
}

// TestIndexAgainstFormula changes an index at random and compares every search with the formula, and at the end with an
// index that got what is left in another order: the answers are the same to the last bit.
func TestIndexAgainstFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, guides := New(), make(map[string]kept)
		names := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"})
		query := rapid.Custom(func(t *rapid.T) Query {
			words := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 6).Draw(t, "query")
			q := Query{Text: strings.Join(words, ", "), Limit: rapid.IntRange(0, 8).Draw(t, "limit")}
			q.Locale = rapid.SampledFrom([]string{"", "en", "de-AT", "zh", "fr"}).Draw(t, "locale")
			if rapid.Bool().Draw(t, "filtered") {
				q.Keep = func(id string) bool { return id != "a" && id != "d" }
			}
			return q
		})
		for range rapid.IntRange(1, 30).Draw(t, "changes") {
			id := names.Draw(t, "guide")
			before, was := guides[id]
			if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
				if x.Remove(id) != was {
					t.Fatalf("Remove(%s), which was there: %t", id, was)
				}
				delete(guides, id)
			} else {
				now := kept{revision: rapid.Int64Range(1, 5).Draw(t, "revision"), text: drawText(t)}
				newer := !was || now.revision >= before.revision
				if x.Put(id, now.revision, Analyse(now.text)) != newer {
					t.Fatalf("Put(%s, %d) over %d says %t", id, now.revision, before.revision, !newer)
				}
				if newer {
					guides[id] = now
				}
			}
			q := query.Draw(t, "q")
			compareResults(t, q, x.Search(q), naive(guides, q))
		}
		again := New()
		ids := slices.Collect(maps.Keys(guides))
		for _, id := range rapid.Permutation(ids).Draw(t, "order") {
			terms, err := Decode(Analyse(guides[id].text).Append(nil))
			if err != nil {
				t.Fatal(err)
			}
			again.Put(id, guides[id].revision, terms)
		}
		if x.Size() != again.Size() {
			t.Fatalf("sizes %v and %v", x.Size(), again.Size())
		}
		q := query.Draw(t, "last")
		if here, there := x.Search(q), again.Search(q); !slices.Equal(here, there) {
			t.Fatalf("%q: %v here, %v there", q.Text, here, there)
		}
	})
}

func compareResults(t *rapid.T, q Query, got, want []Result) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%q in %q: got %v, want %v", q.Text, q.Locale, got, want)
	}
	for i := range got {
		// Scores that differ in the last digits may order the two otherwise; the score at each place may not differ.
		if math.Abs(got[i].Score-want[i].Score) > 1e-9 {
			t.Fatalf("%q in %q, place %d: got %v, want %v", q.Text, q.Locale, i, got, want)
		}
	}
	if !slices.IsSortedFunc(got, better) {
		t.Fatalf("not in order: %v", got)
	}
}

// TestPostings changes a long list at random: blocks split, empty and merge.
func TestPostings(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	var p postings
	want := make(map[uint32]counts)
	check := func(when string) {
		t.Helper()
		var all []posting
		p.blocks(func(b []posting) { all = append(all, b...) })
		if len(all) != len(want) || p.len() != len(want) || !slices.IsSortedFunc(all, func(a, b posting) int { return cmp.Compare(a.slot, b.slot) }) {
			t.Fatalf("%s: %d postings, want %d in order", when, len(all), len(want))
		}
		for _, one := range all {
			if want[one.slot] != one.counts {
				t.Fatalf("%s: slot %d has %d, want %d", when, one.slot, one.counts, want[one.slot])
			}
		}
	}
	const slots = 3 * blockSize
	set := func(slot uint32, c counts) {
		p.set(posting{slot, c})
		want[slot] = c
	}
	unset := func(slot uint32) {
		p.unset(slot)
		delete(want, slot)
	}
	for round := range 40_000 {
		if grow := round / 5_000 % 2; random.IntN(4) < 3-2*grow {
			set(uint32(random.IntN(slots)), counts(round))
		} else {
			unset(uint32(random.IntN(slots)))
		}
		if round%97 == 0 {
			check(fmt.Sprint("round ", round))
		}
	}
	for slot := range uint32(slots) {
		set(slot, 1)
	}
	check("all")
	for slot := range uint32(slots) {
		if slot%16 > 0 {
			unset(slot)
		}
	}
	check("thinned")
	if len(p.full) > 1 {
		t.Errorf("%d postings in %d blocks", p.len(), len(p.full)+1)
	}
	for slot := range uint32(slots) {
		set(slot, 1)
	}
	for slot := range uint32(slots) {
		unset(slot)
		check(fmt.Sprint("up to ", slot))
	}
	for slot := range uint32(slots) {
		p.add(posting{slot, 2})
		want[slot] = 2
	}
	check("added")
	for slot := uint32(slots); slot > 0; slot-- { // the last blocks empty first
		unset(slot - 1)
		check(fmt.Sprint("down to ", slot-1))
	}
}

// TestManyGuides goes beyond one block, and ends with nothing left over.
func TestManyGuides(t *testing.T) {
	x := New()
	const guides = 3 * blockSize
	for i := range guides {
		x.Put(fmt.Sprint(i), 1, Analyse(Text{Locale: "en", Title: fmt.Sprintf("kettle number%d", i%7)}))
	}
	if found := x.Search(Query{Text: "number3 kettle", Locale: "en", Limit: guides}); len(found) != guides {
		t.Errorf("%d found, want all %d", len(found), guides)
	}
	if revision, held := x.Revision("5"); revision != 1 || !held {
		t.Errorf("revision %d, held %t", revision, held)
	}
	for i := range guides {
		x.Remove(fmt.Sprint(i * 5 % guides))
	}
	if size := x.Size(); size != (Size{}) {
		t.Errorf("left over: %+v", size)
	}
}

// TestConcurrentSearch is for the race detector.
func TestConcurrentSearch(t *testing.T) {
	x := New()
	put := func(i, revision int) {
		x.Put(fmt.Sprint(i), int64(revision), Analyse(Text{Locale: []string{"en", "de", ""}[revision%3], Title: "kettle heats", Intro: fmt.Sprint("number", revision)}))
	}
	for i := range 50 {
		put(i, 0)
	}
	var searching sync.WaitGroup
	for range 4 {
		searching.Go(func() {
			for range 300 {
				for _, r := range x.Search(Query{Text: "ketle heats number1", Keep: func(string) bool { return true }, Limit: 10}) {
					if r.Score <= 0 {
						t.Errorf("score %v", r.Score)
					}
				}
				x.Size()
				x.Revision("1")
			}
		})
	}
	for revision := 1; revision < 20; revision++ {
		for i := range 50 {
			if (i+revision)%5 == 0 {
				x.Remove(fmt.Sprint(i))
			}
			put(i, revision)
		}
	}
	searching.Wait()
}
