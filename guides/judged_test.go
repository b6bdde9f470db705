package guides

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// judgedPages is how many real pages a person has read (see testdata/judged).
const judgedPages = 40

type judgedPage struct {
	ID    string
	File  string   // under the shared data
	Steps []string // titles, as shortTitle gives them
	Why   string
}

func readJudged(t *testing.T) []judgedPage {
	t.Helper()
	paths, err := filepath.Glob("testdata/judged/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []judgedPage
	for _, path := range paths {
		var file struct{ Pages []judgedPage }
		readJSON(t, path, &file)
		all = append(all, file.Pages...)
	}
	if len(all) != judgedPages {
		t.Fatalf("%d pages are judged, want %d", len(all), judgedPages)
	}
	return all
}

// TestJudgedPagesFollowTheRule: nobody may choose the pages that suit.
func TestJudgedPagesFollowTheRule(t *testing.T) {
	var want []string
	eachLine(t, "guides/index.jsonl", func(row map[string]any) {
		want = append(want, row["id"].(string))
	})
	slices.SortFunc(want, func(a, b string) int { return strings.Compare(lot(a), lot(b)) })
	var got []string
	for _, p := range readJudged(t) {
		got = append(got, p.ID)
	}
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(lot(a), lot(b)) })
	if !slices.Equal(got, want[:judgedPages]) {
		t.Errorf("judged %v\nwant %v", got, want[:judgedPages])
	}
}

// lot is what the pages are drawn by.
func lot(id string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte("fixfirst-40-"+id))) }

// TestJudgedPages compares the steps of real pages with those that a person
// counts.
func TestJudgedPages(t *testing.T) {
	data := sharedData(t)
	var wrong strings.Builder
	equal := 0
	for _, p := range readJudged(t) {
		markdown, err := os.ReadFile(filepath.Join(data, p.File))
		if err != nil {
			t.Skip("no shared data: ", err)
		}
		d := compile(t, string(markdown))
		var got []string
		for _, s := range d.Steps {
			got = append(got, shortTitle(s.Title))
		}
		if slices.Equal(got, p.Steps) {
			equal++
			continue
		}
		fmt.Fprintf(&wrong, "\n%s %s\n  %s\n", p.ID, p.File, p.Why)
		for i := range max(len(got), len(p.Steps)) {
			g, w := nth(got, i), nth(p.Steps, i)
			mark := " "
			if g != w {
				mark = "!"
			}
			fmt.Fprintf(&wrong, "%s %3d  judged %-60q compiled %q\n", mark, i+1, w, g)
		}
	}
	if equal != judgedPages {
		t.Errorf("%d of %d pages have the steps that a person counts%s", equal, judgedPages, wrong.String())
	}
}

func nth(all []string, i int) string {
	if i < len(all) {
		return all[i]
	}
	return ""
}

// shortTitle is a title as the judgements write it: single spaces, at most 80
// characters.
func shortTitle(title string) string {
	runes := []rune(spaced(title))
	if len(runes) <= 80 {
		return string(runes)
	}
	return strings.TrimRight(string(runes[:79]), " …") + "…"
}
