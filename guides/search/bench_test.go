package search_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/guides/search"
)

// crowd makes guides whose words are as unevenly common as those of a language (Zipf), in a vocabulary that grows with
// their number (Heaps), and come again within a guide (Simon 1955): 8 steps, 237 words, 107 different terms. In the real
// pages of that length there are 104 (arduino_en), 116 (stackfaq_en) and 92 (espfaq_en).
type crowd struct {
	random *rand.Rand
	zipf   *rand.Zipf
	said   []string // in the guide so far
}

const again = 0.37 // the probability that a word was said before

func newCrowd(guides int) *crowd {
	random := rand.New(rand.NewPCG(1, 2))
	words := 30 * math.Pow(240*float64(guides), 0.5)
	return &crowd{random: random, zipf: rand.NewZipf(random, 1.07, 1, uint64(words))}
}

// word spells a number in syllables, so that words look like words and differ in length.
func word(n uint64) string {
	var b strings.Builder
	for n += 20; n > 0; n /= 20 {
		b.WriteByte("bdfgklmnprstvzhjcqwx"[n%20])
		b.WriteByte("aeiou"[n%5])
	}
	return b.String()
}

func (c *crowd) words(n int) string {
	all := make([]string, n)
	for i := range all {
		if len(c.said) > 0 && c.random.Float64() < again {
			all[i] = c.said[c.random.IntN(len(c.said))]
		} else {
			all[i] = word(c.zipf.Uint64())
		}
		c.said = append(c.said, all[i])
	}
	return strings.Join(all, " ")
}

func (c *crowd) query(words int) string {
	c.said = nil
	return c.words(words)
}

func (c *crowd) guide() search.Text {
	c.said = nil
	t := search.Text{Locale: "en", Title: c.words(5), Symptoms: []string{c.words(4), c.words(4)}}
	for range 8 {
		t.Steps = append(t.Steps, search.Step{Title: c.words(4), Text: c.words(24)})
	}
	return t
}

func guideName(i int) string { return fmt.Sprintf("sellers/s/guides/%06d", i) }

// stored gives the stored form of so many guides.
func stored(c *crowd, guides int) [][]byte {
	all := make([][]byte, guides)
	for i := range all {
		all[i] = search.Analyse(c.guide()).Append(nil)
	}
	return all
}

func load(tb testing.TB, all [][]byte) *search.Index {
	tb.Helper()
	x := search.New()
	for i, b := range all {
		terms, err := search.Decode(b)
		if err != nil {
			tb.Fatal(err)
		}
		x.Put(guideName(i), 1, terms)
	}
	return x
}

// BenchmarkSearch searches with six words, among guides of one seller, for the best ten, and with a slip of the finger.
func BenchmarkSearch(b *testing.B) {
	for _, guides := range []int{10_000, 100_000} {
		c := newCrowd(guides)
		x := load(b, stored(c, guides))
		queries := make([]string, 1_000)
		slips := make([]string, len(queries))
		for i := range queries {
			queries[i] = c.query(6)
			slips[i] = c.query(3) + "yy"
		}
		b.Run(fmt.Sprintf("%d/words", guides), func(b *testing.B) { benchmarkQueries(b, x, queries) })
		b.Run(fmt.Sprintf("%d/slip", guides), func(b *testing.B) { benchmarkQueries(b, x, slips) })
	}
}

func benchmarkQueries(b *testing.B, x *search.Index, queries []string) {
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		x.Search(search.Query{Text: queries[i%len(queries)], Locale: "en", Limit: 10})
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
}

// BenchmarkLoad loads 100,000 stored guides and reports what they take in memory.
func BenchmarkLoad(b *testing.B) {
	const guides = 100_000
	all := stored(newCrowd(guides), guides)
	bytes := 0
	for _, one := range all {
		bytes += len(one)
	}
	var before, after runtime.MemStats
	var x *search.Index
	for b.Loop() {
		x = nil
		runtime.GC()
		runtime.ReadMemStats(&before)
		x = load(b, all)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	size := x.Size()
	held := float64(after.HeapAlloc) - float64(before.HeapAlloc)
	b.ReportMetric(float64(bytes)/guides, "stored-B/guide")
	b.ReportMetric(held/guides, "B/guide")
	b.ReportMetric(held/float64(size.Postings), "B/posting")
	b.ReportMetric(float64(size.Postings)/guides, "terms/guide")
	runtime.KeepAlive(x)
	runtime.KeepAlive(all)
}

// BenchmarkPut adds a guide to 100,000, from its text; BenchmarkReplace puts another revision of one there.
func BenchmarkPut(b *testing.B) {
	const guides = 100_000
	c := newCrowd(guides)
	x := load(b, stored(c, guides))
	texts := make([]search.Text, 1_000)
	for i := range texts {
		texts[i] = c.guide()
	}
	b.Run("new", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			x.Put(fmt.Sprint("new-", i), 1, search.Analyse(texts[i%len(texts)]))
		}
	})
	b.Run("replace", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			x.Put(guideName(i*7919%guides), int64(i+2), search.Analyse(texts[i%len(texts)]))
		}
	})
	b.Run("remove", func(b *testing.B) {
		terms := search.Analyse(texts[0])
		for i := 0; b.Loop(); i++ {
			name := guideName(i * 7919 % guides)
			x.Remove(name)
			x.Put(name, 1, terms)
		}
	})
}

// BenchmarkAnalyse and BenchmarkBest take one guide of 240 words.
func BenchmarkAnalyse(b *testing.B) {
	c := newCrowd(10_000)
	text := c.guide()
	b.ReportAllocs()
	for b.Loop() {
		search.Analyse(text)
	}
}

func BenchmarkBest(b *testing.B) {
	c := newCrowd(10_000)
	text, query := c.guide(), c.query(6)
	b.ReportAllocs()
	for b.Loop() {
		search.Best(query, "en", text.Steps)
	}
}
