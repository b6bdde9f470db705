package guides

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// corpusPages is how many real pages the shared data has.
const corpusPages = 386

// sampled reports whether the i-th of many samples is looked at: every n-th, or each of them with FIXFIRST_FULL=1. Every
// sample is like the others, so that a few of each kind find what is wrong with all.
func sampled(i, n int) bool { return os.Getenv("FIXFIRST_FULL") != "" || i%n == 0 }

type corpusPage struct{ source, file, markdown string }

// corpus reads the real pages of the shared data.
func corpus(t *testing.T) []corpusPage {
	t.Helper()
	data := sharedData(t)
	var all []corpusPage
	eachLine(t, "guides/index.jsonl", func(row map[string]any) {
		file := row["file"].(string)
		markdown, err := os.ReadFile(filepath.Join(data, file))
		if err != nil {
			t.Fatal(err)
		}
		source := fmt.Sprintf("%s (%s)", row["repo"], row["lang"])
		all = append(all, corpusPage{source, file, string(markdown)})
	})
	if len(all) != corpusPages {
		t.Fatalf("%d pages, want %d", len(all), corpusPages)
	}
	return all
}

// TestCorpus: every real page compiles, soon, and twice to the same.
func TestCorpus(t *testing.T) {
	var times []time.Duration
	for _, p := range corpus(t) {
		start := time.Now()
		d, err := Compile(p.markdown, Options{})
		took := time.Since(start)
		if err != nil {
			t.Fatalf("%s: %v", p.file, err)
		}
		if took > slowest { // the rule is a second on a free machine
			t.Errorf("%s: took %v", p.file, took)
		}
		times = append(times, took)
		if again := compile(t, p.markdown); !reflect.DeepEqual(d, again) {
			t.Errorf("%s: another result the second time", p.file)
		}
	}
	slices.Sort(times)
	median := times[len(times)/2]
	t.Logf("%d pages: median %v, slowest %v", len(times), median, times[len(times)-1])
	if median > 50*time.Millisecond {
		t.Errorf("the median is %v, want at most 50 ms", median)
	}
}

// TestStepsPerSource: no real page is without steps, and each leads on. With
// -v it prints the table of docs/evidence.md.
func TestStepsPerSource(t *testing.T) {
	steps := map[string][]int{}
	var all []int
	for _, p := range corpus(t) {
		d := compile(t, p.markdown)
		if len(d.Steps) == 0 {
			t.Errorf("%s: no step", p.file)
		}
		for _, s := range d.Steps {
			if s.Title == "" || s.ID == "" || s.Next == (Next{}) {
				t.Errorf("%s: a step without title, id or way on: %+v", p.file, s)
			}
		}
		steps[p.source] = append(steps[p.source], len(d.Steps))
		all = append(all, len(d.Steps))
	}
	var table strings.Builder
	table.WriteString("| Source | Pages | With one step | Steps, median | Steps, most |\n| --- | ---: | ---: | ---: | ---: |\n")
	row := func(source string, counts []int) {
		slices.Sort(counts)
		one := 0
		for _, n := range counts {
			if n == 1 {
				one++
			}
		}
		fmt.Fprintf(&table, "| %s | %d | %d | %d | %d |\n", source, len(counts), one, counts[len(counts)/2], counts[len(counts)-1])
	}
	for _, source := range slices.Sorted(maps.Keys(steps)) {
		row(source, steps[source])
	}
	row("all", all)
	if testing.Verbose() {
		fmt.Println(table.String())
	}
}
