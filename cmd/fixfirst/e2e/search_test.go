package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// retrieval is a set of documents and queries whose right answers people wrote down, and the least nDCG@10 that we promise:
// above SQLite's FTS5 (baselines.json) where over is set, else no more than 0.01 below it.
type retrieval struct {
	name, locale string
	baseline     float64
	over         bool
}

var retrievals = []retrieval{
	{"arduino_en", "en", 0.8805, false}, {"espfaq_en", "en", 0.6526, true}, {"espfaq_zh", "zh", 0.6786, true},
	{"stackfaq_en", "en", 0.7359, true}, {"cmrc2018_zh", "zh", 0.9786, false},
}

// judged is a set as it is read: documents by the id of their guide, queries, and the right guides of each query.
type judged struct {
	documents map[string]string // markdown
	queries   map[string]string
	right     map[string]map[string]float64
}

// TestSearchFindsTheRightGuide uploads each set as guides and asks its questions, on both engines, which must agree to the
// last snippet.
func TestSearchFindsTheRightGuide(t *testing.T) {
	sets := retrievals[:sized(1, len(retrievals))]
	folder := shared(t, "retrieval")
	answers := map[string][]string{}
	eachEngine(t, func(t *testing.T, s *server) {
		for _, set := range sets {
			seller := strings.ReplaceAll(set.name, "_", "-")
			j := readJudged(t, filepath.Join(folder, set.name), set.locale)
			j.upload(t, s, seller)
			got := j.ask(t, s, seller, set.locale)
			ndcg := 0.0
			for q, results := range got {
				ndcg += ndcgAt10(results, j.right[q])
			}
			ndcg /= float64(len(j.right)) // of the queries that have an answer: one set has one without words
			least := set.baseline
			if !set.over {
				least -= 0.01
			}
			t.Logf("%s: nDCG@10 %.4f over %d queries, FTS5 %.4f", set.name, ndcg, len(j.right), set.baseline)
			if ndcg < least || (set.over && ndcg == least) {
				t.Errorf("%s: nDCG@10 %.4f, promised is %.4f", set.name, ndcg, least)
			}
			for _, q := range sortedKeys(got) {
				answers[t.Name()] = append(answers[t.Name()], q+": "+strings.Join(got[q], " "))
			}
		}
	})
	if len(answers) == 2 {
		both := slices.Collect(func(yield func([]string) bool) {
			for _, a := range answers {
				yield(a)
			}
		})
		for n := range both[0] {
			if both[0][n] != both[1][n] {
				t.Fatalf("the engines answer differently:\n%s\n%s", both[0][n], both[1][n])
			}
		}
	}
}

// readJudged reads a set in BEIR's layout. Documents without a title all get the same one, which helps nobody.
func readJudged(t *testing.T, folder, locale string) judged {
	t.Helper()
	j := judged{map[string]string{}, map[string]string{}, map[string]map[string]float64{}}
	guide := map[string]string{} // by document
	eachRow(t, filepath.Join(folder, "corpus.jsonl"), func(row object) {
		id := fmt.Sprintf("d%05d", len(guide))
		guide[text(row, "_id")] = id
		title := text(row, "title")
		if title == "" {
			title = "Answer"
		}
		quoted, _ := json.Marshal(title)
		j.documents[id] = fmt.Sprintf("---\ntitle: %s\nlocale: %s\nskus: [ANY]\n---\n\n%s\n", quoted, locale, text(row, "text"))
	})
	eachRow(t, filepath.Join(folder, "queries.jsonl"), func(row object) { j.queries[text(row, "_id")] = text(row, "text") })
	qrels, err := os.ReadFile(filepath.Join(folder, "qrels.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(strings.TrimSpace(string(qrels)), "\n") {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if n == 0 || fields[2] == "0" {
			continue
		}
		if j.right[fields[0]] == nil {
			j.right[fields[0]] = map[string]float64{}
		}
		j.right[fields[0]][guide[fields[1]]] = 1
	}
	return j
}

// eachRow reads a JSONL file.
func eachRow(t *testing.T, path string, do func(object)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		row := object{}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(path, err)
		}
		do(row)
	}
}

func (j judged) upload(t *testing.T, s *server, seller string) {
	t.Helper()
	ids := sortedKeys(j.documents)
	began := time.Now()
	inParallel(t, inFlight, len(ids), func(n int) error {
		r := s.do(http.MethodPut, "/v1/sellers/"+seller+"/guides/"+ids[n], object{"markdown": j.documents[ids[n]], "publish": true})
		if r.code != http.StatusOK {
			return fmt.Errorf("%s: %s", ids[n], r)
		}
		return nil
	})
	t.Logf("%s: %d guides published in %s", seller, len(ids), time.Since(began).Round(time.Millisecond))
}

// ask gives the ids, steps, scores and snippets that each query finds, best first.
func (j judged) ask(t *testing.T, s *server, seller, locale string) map[string][]string {
	t.Helper()
	ids := sortedKeys(j.queries)
	found := make([][]string, len(ids))
	began := time.Now()
	inParallel(t, 4, len(ids), func(n int) error {
		query := url.Values{"query": {j.queries[ids[n]]}, "seller": {seller}, "locale": {locale}}
		r := s.do(http.MethodGet, "/v1/guides:search?"+query.Encode(), nil)
		if r.code != http.StatusOK {
			return fmt.Errorf("%s: %s", ids[n], r)
		}
		results, _ := r.object(t)["results"].([]any)
		for _, result := range results {
			found[n] = append(found[n], fmt.Sprintf("%s|%s|%g|%s", id(text(result, "guide")), text(result, "step"), number(result, "score"), text(result, "snippet")))
		}
		return nil
	})
	t.Logf("%s: %d queries in %s", seller, len(ids), time.Since(began).Round(time.Millisecond))
	got := map[string][]string{}
	for n, q := range ids {
		got[q] = found[n]
	}
	return got
}

// ndcgAt10 is the normalised discounted cumulative gain of the first ten results (Järvelin & Kekäläinen 2002).
func ndcgAt10(results []string, right map[string]float64) float64 {
	gain, ideal := 0.0, 0.0
	for rank, result := range results[:min(len(results), 10)] {
		guide, _, _ := strings.Cut(result, "|")
		gain += right[guide] / math.Log2(float64(rank)+2)
	}
	for rank := range min(len(right), 10) {
		ideal += 1 / math.Log2(float64(rank)+2)
	}
	if ideal == 0 {
		return 0
	}
	return gain / ideal
}
