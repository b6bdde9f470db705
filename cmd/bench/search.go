package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Shape of the guides that are searched.
const (
	vocabulary = 20_000 // different words, as unevenly spread as in a language
	stepsEach  = 6
	wordsEach  = 15 // of a step
	searches   = 400
	publishes  = 40
)

// benchSearch tells how long a search takes over REST among some and among many guides of one seller, and how long it
// takes to publish one and find it.
func benchSearch(ctx context.Context, dir string, many int) error {
	for _, guides := range []int{10_000, many} {
		if err := searchAmong(ctx, filepath.Join(dir, fmt.Sprintf("search-%d.db", guides)), guides); err != nil {
			return err
		}
	}
	return nil
}

func searchAmong(ctx context.Context, path string, guides int) error {
	s, err := openShop(ctx, path)
	if err != nil {
		return err
	}
	defer s.stop()
	words := newWords()
	if err := s.fill(ctx, guides, words); err != nil {
		return err
	}
	start := time.Now()
	if _, err := s.find(words.sentence(6)); err != nil {
		return err
	}
	first := time.Since(start)
	times := make([]time.Duration, searches)
	for n := range times {
		query := words.sentence(6)
		start := time.Now()
		if _, err := s.find(query); err != nil {
			return err
		}
		times[n] = time.Since(start)
	}
	published := make([]time.Duration, publishes)
	for n := range published {
		word := fmt.Sprintf("unheard%dof", n)
		start := time.Now()
		if _, err := s.publish(fmt.Sprintf("new-%d", n), words.guide()+"\n## "+word+"\n\n"+words.sentence(9)+"\n"); err != nil {
			return err
		}
		published[n] = time.Since(start)
		found, err := s.find(word)
		if err != nil {
			return err
		}
		if len(found.GetResults()) != 1 {
			return fmt.Errorf("a guide is not found at once after it was published: %v", found)
		}
	}
	fmt.Printf("search among %d guides by six words, REST: median %s, p99 %s; the first, which fills the index, %s\n", guides,
		quantile(times, 0.5), quantile(times, 0.99), first.Round(time.Millisecond))
	fmt.Printf("  publish a guide among them and find it at once: publishing takes %s in the median, %s at most\n",
		quantile(published, 0.5), quantile(published, 1))
	return nil
}

func quantile(times []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Round(10 * time.Microsecond)
}

// find searches over REST.
func (s *shop) find(query string) (*pb.SearchGuidesResponse, error) {
	found := &pb.SearchGuidesResponse{}
	return found, s.call(http.MethodGet, "/v1/guides:search?"+url.Values{"seller": {"acme"}, "query": {query}, "locale": {"en"}, "pageSize": {"5"}}.Encode(), "", found)
}

// fill publishes many guides past the door, some hundred in each transaction.
func (s *shop) fill(ctx context.Context, guides int, words *words) error {
	const together = 500
	for from := 0; from < guides; from += together {
		if err := s.store.Update(ctx, func(tx *store.Tx) error {
			for n := from; n < min(from+together, guides); n++ {
				g := troubleshoot.Guide{Seller: "acme", ID: fmt.Sprintf("guide-%06d", n), Title: words.sentence(5), Locale: "en",
					SKUs: []string{fmt.Sprintf("SKU-%06d", n)}, Markdown: fmt.Sprint("# ", n)}
				for step := range stepsEach {
					title, body := words.sentence(4), words.sentence(wordsEach)
					g.Steps = append(g.Steps, troubleshoot.GuideStep{ID: fmt.Sprintf("s%d", step), Title: title, Instruction: body})
					g.HTML += "<h2>" + title + "</h2>\n<p>" + body + "</p>\n"
				}
				if _, err := tx.PutGuide(g, "", time.Now()); err != nil {
					return err
				}
				if _, err := tx.PublishGuide("acme", g.ID, "", "bench", time.Now()); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// words makes text from a vocabulary by Zipf's law, the same in every run.
type words struct {
	zipf  *rand.Zipf
	words []string
}

func newWords() *words {
	random := rand.New(rand.NewPCG(1, 2))
	w := &words{zipf: rand.NewZipf(random, 1.07, 8, vocabulary-1)}
	syllables := strings.Fields("ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu")
	for n := range vocabulary {
		word := ""
		for rest := n + len(syllables); rest > 0; rest /= len(syllables) {
			word += syllables[rest%len(syllables)]
		}
		w.words = append(w.words, word)
	}
	return w
}

func (w *words) sentence(n int) string {
	said := make([]string, n)
	for i := range said {
		said[i] = w.words[w.zipf.Uint64()]
	}
	return strings.Join(said, " ")
}

// guide is one as a seller writes it.
func (w *words) guide() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\nlocale: en\nskus: [NEW]\n---\n\n", w.sentence(5))
	for range stepsEach {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", w.sentence(4), w.sentence(wordsEach))
	}
	return b.String()
}
