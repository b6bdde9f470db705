package guides

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

// plainGoldmark is what our engine is held to: goldmark as it comes, with GFM,
// and cells aligned by an attribute, as the specification of GFM has it.
var plainGoldmark = goldmark.New(goldmark.WithExtensions(extension.Linkify, extension.Strikethrough, extension.TaskList,
	extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
	goldmark.WithRendererOptions(html.WithUnsafe()))

// specSample is a markdown text of a specification.
type specSample struct{ ID, Markdown string }

// checkSpec compares our engine, without passes and sanitiser, to plain goldmark.
func checkSpec(t *testing.T, s specSample) {
	t.Helper()
	var want, got bytes.Buffer
	if err := plainGoldmark.Convert([]byte(s.Markdown), &want); err != nil {
		t.Fatal(err)
	}
	root, err := parse([]byte(s.Markdown))
	if err != nil {
		t.Errorf("%s: %v", s.ID, err)
		return
	}
	if err := specRenderer.Render(&got, []byte(s.Markdown), root); err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("%s: %q\ngot  %q\nwant %q", s.ID, s.Markdown, got.String(), want.String())
	}
}

// specRenderer is our renderer, but lets HTML through: the sanitiser is off.
var specRenderer = newRenderer(html.WithUnsafe())

func TestSpecSamples(t *testing.T) {
	all, err := os.ReadFile("testdata/spec/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	var samples struct{ Samples []specSample }
	if err := json.Unmarshal(all, &samples); err != nil {
		t.Fatal(err)
	}
	for _, s := range samples.Samples {
		checkSpec(t, s)
	}
}

func TestSpecCorpora(t *testing.T) {
	t.Parallel()
	for file, least := range map[string]int{"commonmark_spec": 391, "gfm_spec": 404, "gfm_extensions": 28} {
		count := 0
		eachLine(t, "abuse/"+file+".jsonl", func(row map[string]any) {
			count++
			checkSpec(t, specSample{ID: row["id"].(string), Markdown: row["markdown"].(string)})
		})
		if count < least {
			t.Errorf("%s: %d samples, want %d", file, count, least)
		}
	}
}
