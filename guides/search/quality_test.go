package search_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/guides/search"
)

// retrieval is a set of documents, queries and what is relevant to them, in the layout of BEIR.
type retrieval struct {
	index   *search.Index
	queries []struct {
		ID   string `json:"_id"`
		Text string `json:"text"`
	}
	relevant map[string]map[string]bool
}

// TestQuality measures how well documents are found by questions that people asked of them, and compares it with the
// full-text search of SQLite. The figures on two halves of the questions tell whether something was tuned to one.
func TestQuality(t *testing.T) {
	for _, c := range []struct {
		set, locale string
		least       float64 // nDCG@10: that of SQLite FTS5, less 0.01 where the set is general prose
	}{
		{"espfaq_en", "en", 0.6526},
		{"espfaq_zh", "zh", 0.6786},
		{"stackfaq_en", "en", 0.7359},
		{"arduino_en", "en", 0.8805 - 0.01},
		{"cmrc2018_zh", "zh", 0.9786 - 0.01},
	} {
		t.Run(c.set, func(t *testing.T) {
			r := readRetrieval(t, c.set, c.locale)
			var sum, count [2]float64
			for _, q := range r.queries {
				h := half(c.set, q.ID)
				sum[h] += nDCG(r.index.Search(search.Query{Text: q.Text, Locale: c.locale, Limit: 10}), r.relevant[q.ID])
				count[h]++
			}
			all := (sum[0] + sum[1]) / (count[0] + count[1])
			t.Logf("nDCG@10 %.4f (halves %.4f and %.4f), at least %.4f", all, sum[0]/count[0], sum[1]/count[1], c.least)
			if all < c.least {
				t.Errorf("nDCG@10 is %.4f, want %.4f", all, c.least)
			}
		})
	}
}

// nDCG is the discounted cumulative gain of ten results over the greatest possible one; relevance is yes or no
// (Järvelin and Kekäläinen 2002).
func nDCG(results []search.Result, relevant map[string]bool) float64 {
	gain, ideal := 0.0, 0.0
	for i := range 10 {
		discount := 1 / math.Log2(float64(i+2))
		if i < len(results) && relevant[results[i].Guide] {
			gain += discount
		}
		if i < len(relevant) {
			ideal += discount
		}
	}
	return gain / ideal
}

// half splits queries so that those about the same thing stay together.
func half(set, query string) int {
	switch set {
	case "stackfaq_en":
		query, _, _ = strings.Cut(query, "-")
	case "cmrc2018_zh":
		query, _, _ = strings.Cut(query, "_QUERY")
	}
	h := fnv.New32a()
	h.Write([]byte(query))
	return int(h.Sum32()>>7) & 1
}

func readRetrieval(t *testing.T, set, locale string) *retrieval {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "retrieval", set)
	r := &retrieval{index: search.New(), relevant: make(map[string]map[string]bool)}
	readLines(t, filepath.Join(dir, "corpus.jsonl"), func(line []byte) error {
		var d struct {
			ID          string `json:"_id"`
			Title, Text string
		}
		if err := json.Unmarshal(line, &d); err != nil {
			return err
		}
		text := search.Text{Locale: locale, Title: d.Title, Intro: d.Text}
		if !r.index.Put(d.ID, 1, search.Analyse(text)) {
			return fmt.Errorf("%s was not taken", d.ID)
		}
		return nil
	})
	readLines(t, filepath.Join(dir, "queries.jsonl"), func(line []byte) error {
		r.queries = append(r.queries, struct {
			ID   string `json:"_id"`
			Text string `json:"text"`
		}{})
		return json.Unmarshal(line, &r.queries[len(r.queries)-1])
	})
	readLines(t, filepath.Join(dir, "qrels.tsv"), func(line []byte) error {
		columns := strings.Split(string(line), "\t")
		if len(columns) != 3 {
			return fmt.Errorf("qrels: %q", line)
		}
		if query, document := columns[0], columns[1]; columns[2] == "1" {
			if r.relevant[query] == nil {
				r.relevant[query] = make(map[string]bool)
			}
			r.relevant[query][document] = true
		}
		return nil
	})
	for _, q := range r.queries {
		if len(r.relevant[q.ID]) == 0 {
			t.Fatalf("nothing is relevant to %s", q.ID)
		}
	}
	return r
}

// readLines skips the test if the data is not there.
func readLines(t *testing.T, path string, read func([]byte) error) {
	t.Helper()
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not there", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if err := read(lines.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmp.Or(lines.Err()); err != nil {
		t.Fatal(err)
	}
}
