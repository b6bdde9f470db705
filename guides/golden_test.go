package guides

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestSamples holds the demo's guides to what we ask of sellers, and their
// compiled form to the golden files.
func TestSamples(t *testing.T) {
	paths, err := filepath.Glob("../cmd/fixfirst/samples/*.md")
	if err != nil || len(paths) != 9 {
		t.Fatalf("found %d samples, want 9: %v", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		t.Run(name, func(t *testing.T) {
			markdown, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Compile(string(markdown), Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range d.Findings {
				t.Errorf("finding: %+v", f)
			}
			if len(d.Steps) < 4 || len(d.Steps) > 8 || d.Minutes == 0 || len(d.SKUs) != 1 || len(d.Categories) == 0 {
				t.Errorf("%d steps, %d minutes, SKUs %v, categories %v", len(d.Steps), d.Minutes, d.SKUs, d.Categories)
			}
			if !strings.HasSuffix(name, "."+d.Locale) {
				t.Errorf("locale %q does not fit the name", d.Locale)
			}
			if strings.Contains(d.Steps[0].Instruction, "**") {
				t.Errorf("emphasis that did not close: %s", d.Steps[0].Instruction)
			}
			checkSafe(t, string(markdown))
			compareGolden(t, filepath.Join("testdata", "golden", name+".json"), d)
		})
	}
}

func compareGolden(t *testing.T, path string, d Document) {
	t.Helper()
	var got strings.Builder
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "\t")
	if err := encoder.Encode(d); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("differs from %s; look at the change, then run with -update:\n%s", path, got.String())
	}
}

// TestRealGuides compiles pages that others wrote, none for us.
func TestRealGuides(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(sharedData(t), "guides", "*", "*", "*.md"))
	if err != nil || len(paths) == 0 {
		t.Skip("no shared guides")
	}
	var slow time.Duration
	slowPath, untitled := "", 0
	for i, path := range paths {
		if !sampled(i+2, 3) {
			continue
		}
		markdown, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		d, err := Compile(string(markdown), Options{})
		if took := time.Since(start); took > slow {
			slow, slowPath = took, filepath.Base(path)
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if len(d.Steps) == 0 || d.HTML == "" {
			t.Errorf("%s: %d steps, %d bytes of HTML", path, len(d.Steps), len(d.HTML))
		}
		for _, f := range d.Findings {
			if f.Severity == ERROR {
				untitled++
				t.Logf("%s:%d:%d %s", filepath.Base(path), f.Line, f.Column, f.Message)
			}
		}
		checkSafe(t, string(markdown))
	}
	t.Logf("%d pages, the slowest %v: %s; %d with errors", len(paths), slow.Round(time.Millisecond), slowPath, untitled)
}
