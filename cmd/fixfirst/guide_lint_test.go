package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/guides"
)

const (
	goodGuide = "---\nskus: [KETTLE-1]\nreasons: [DEFECTIVE]\nlocale: en\n---\n\n# My kettle does not heat\n\n## Dry the base\n\nWipe it.\n\nDid it work? [Yes](#fixed) [No](#return-it)\n"
	oddGuide  = "---\nskus: [KETTLE-1]\nreasons: [BROKEN]\n---\n\n# Odd\n\n## Look\n\n<script>alert(1)</script>\n\nLook.\n"
	badGuide  = "---\nskus: [KETTLE-1]\nminutes: soon\n---\n"
	// mendable has findings that --fix takes away: a locale's form, a reason's case.
	mendable = "---\nskus: [KETTLE-1]\nreasons: [defective]\nlocale: EN\n---\n\n# My kettle does not heat\n\n## Dry the base\n\nWipe it.\n\n[Yes](#fixed) [No](#return-it)\n"
)

// folder makes files of the test, by their paths.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// pngOf is a picture of a size.
func pngOf(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGuideLint(t *testing.T) {
	root := folder(t, map[string]string{"a/good.en.md": goodGuide, "bad.md": badGuide, "odd.md": oddGuide, "latin1.md": "# Caf\xe9\n", "notes.txt": "none", ".git/x.md": badGuide})
	nobody := running{}
	got := nobody.fixfirst(t, "", "guide", "lint", root)
	if got.code != exitFailure || got.err != "" || !strings.Contains(got.out, "\n4 guides, ") {
		t.Errorf("lint gave %+v", got)
	}
	for _, want := range []string{"bad.md:3:10: error ", "odd.md:3:11: warning unknown-reason: ", "odd.md:10:1: warning raw-html: ", "latin1.md:1:6: error not-compiled: not UTF-8"} {
		if !strings.Contains(got.out, filepath.Join(root, want)) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
	if strings.Contains(got.out, "good.en.md") {
		t.Errorf("a good guide has findings:\n%s", got.out)
	}
	var shown linted
	odd := filepath.Join(root, "odd.md")
	if err := json.Unmarshal([]byte(nobody.fixfirst(t, "", "guide", "lint", odd, "-o", "json").out), &shown); err != nil || shown.Guides != 1 || shown.Warnings == 0 ||
		!slices.ContainsFunc(shown.Findings, func(f shownFinding) bool { return f.Rule == "raw-html" && f.Line == 10 && f.Mend != "" }) {
		t.Errorf("JSON has %+v, %v", shown, err)
	}
	for most, code := range map[int]int{shown.Warnings - 1: exitFailure, shown.Warnings: exitOK, -1: exitOK} {
		if got := nobody.fixfirst(t, "", "guide", "lint", odd, "--max-warnings", fmt.Sprint(most)); got.code != code {
			t.Errorf("%d warnings with --max-warnings %d ended with %d", shown.Warnings, most, got.code)
		}
	}
	if good := nobody.fixfirst(t, "", "guide", "lint", "samples"); good.code != exitOK || !strings.Contains(good.out, ": 0 errors, ") {
		t.Errorf("the sample guides have %s", good.out)
	}
	if none := nobody.fixfirst(t, "", "guide", "lint", t.TempDir()); none.code != exitFailure || !strings.Contains(none.err, "has no .md files") {
		t.Errorf("an empty folder gave %+v", none)
	}
	if alone := nobody.fixfirst(t, "", "guide", "lint", odd, "--dry-run"); alone.code != exitUsage {
		t.Errorf("--dry-run without --fix gave %+v", alone)
	}
}

func TestGuideLintLooksBesideTheFile(t *testing.T) {
	text := strings.Replace(goodGuide, "Wipe it.", "Wipe it.\n\n![The base](images/base.png) ![Gone](images/gone.png) ![Broken](images/broken.png) ![Out](images/out.png) ![Else](https://cdn.example/x.png) ![Named](images/png.gif)", 1)
	chinese := strings.Replace(strings.Replace(goodGuide, "locale: en", "locale: zh", 1), "Dry the base", "Dry the base {#dry-the-base}", 1)
	root := folder(t, map[string]string{"kettle.en.md": text, "kettle.zh.md": strings.Split(chinese, "\n\nDid")[0] + "\n\n## 再看一看\n\n看一看。\n",
		"images/base.png": pngOf(t, 40, 30), "images/broken.png": "GIF89a", "images/png.gif": pngOf(t, 2, 2), "other.zh.md": goodGuide})
	outside := write(t, "secret.png", pngOf(t, 1, 1))
	if err := os.Symlink(outside, filepath.Join(root, "images", "out.png")); err != nil {
		t.Fatal(err)
	}
	got := running{}.fixfirst(t, "", "guide", "lint", filepath.Join(root, "kettle.en.md"))
	for _, want := range []string{"image-missing: ", `"images/gone.png"`, `"images/out.png"`, "kettle.en.md:13:65: error image-refused: the picture ", "image-refused: the picture is image/png; let its name end with .png", "translation-lacks-step", "image-host"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
	if strings.Contains(got.out, `"images/base.png"`) || got.code != exitFailure {
		t.Errorf("code %d:\n%s", got.code, got.out)
	}
	var shown linted
	if err := json.Unmarshal([]byte(running{}.fixfirst(t, "", "guide", "lint", root, "-o", "json").out), &shown); err != nil ||
		!slices.IsSortedFunc(shown.Findings, func(a, b shownFinding) int {
			return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
		}) {
		t.Errorf("findings in this order: %+v, %v", shown.Findings, err)
	}
	if allowed := (running{}).fixfirst(t, "", "guide", "lint", filepath.Join(root, "kettle.en.md"), "--image-host", "CDN.example"); strings.Contains(allowed.out, "image-host") {
		t.Errorf("an allowed host is not:\n%s", allowed.out)
	}
}

func TestPlaceBehindTheFrontMatter(t *testing.T) {
	for markdown, want := range map[string][2]int{
		"![a](a.png)":                                  {1, 6},
		"---\nskus: [a.png]\n---\n![a](a.png)":         {4, 6},
		"\ufeff---\r\na: a.png\r\n...\r\n\r\n é a.png": {5, 4},
		"---\n---\na.png":                              {3, 1},
		"---\nnever closed a.png":                      {2, 14},
		"---\na.png: 1\n---\n![a](%61.png)":            {1, 1},
		"# A\n\n---\n\na.png\n\n---\n":                 {5, 1},
	} {
		c := compiled{guideFile: guideFile{markdown: markdown}}
		if line, column, _ := c.place("a.png"); [2]int{line, column} != want {
			t.Errorf("%q: a.png is at %d:%d, want %v", markdown, line, column, want)
		}
	}
}

func TestGuideLintFix(t *testing.T) {
	root := folder(t, map[string]string{"kettle.md": mendable, "good.md": goodGuide})
	file := filepath.Join(root, "kettle.md")
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	dry := running{}.fixfirst(t, "", "guide", "lint", root, "--fix", "--dry-run")
	if dry.code != exitOK || !strings.Contains(dry.out, "would mend "+file+":4:9: ") || !strings.Contains(dry.out, "\n-locale: EN\n+reasons: [DEFECTIVE]\n+locale: en\n") {
		t.Errorf("a dry run gave %+v", dry)
	}
	if text, _ := os.ReadFile(file); string(text) != mendable {
		t.Errorf("a dry run wrote\n%s", text)
	}
	wet := running{}.fixfirst(t, "", "guide", "lint", root, "--fix", "-o", "json")
	var said linted
	if err := json.Unmarshal([]byte(wet.out), &said); err != nil || len(said.Fixed) != 1 || said.Fixed[0].File != file || len(said.Fixed[0].Mended) != 2 {
		t.Errorf("--fix said %s %v", wet.out, err)
	}
	want := strings.NewReplacer("EN", "en", "[defective]", "[DEFECTIVE]").Replace(mendable)
	text, err := os.ReadFile(file)
	if info, statErr := os.Stat(file); err != nil || statErr != nil || string(text) != want || info.Mode().Perm() != 0o640 {
		t.Errorf("--fix wrote\n%s, want\n%s, %v %v %v", text, want, info.Mode(), err, statErr)
	}
	if entries, _ := os.ReadDir(root); len(entries) != 2 {
		t.Errorf("--fix left files behind: %v", entries)
	}
	if again := (running{}).fixfirst(t, "", "guide", "lint", root, "--fix"); strings.Contains(again.out, "mended") {
		t.Errorf("fixed again:\n%s", again.out)
	}
}

func TestGuideLintMarksTheText(t *testing.T) {
	f := shownFinding{File: "a.md", Line: 2, Column: 4, Severity: "WARNING", Rule: "r", Message: "m", Mend: "mend", Text: "开关"}
	got := terminal{colours: true, columns: 80}.finding(f, "# x\nabc开关 x\n")
	if want := "\n    abc开关 x\n       \x1b[33m^^^^\x1b[0m"; !strings.HasSuffix(got, want) {
		t.Errorf("%q does not end with %q", got, want)
	}
	f.Column, f.Text = 91, "word"
	got = terminal{colours: true, columns: 40}.finding(f, "\n"+strings.Repeat("x", 90)+"word"+strings.Repeat("y", 90))
	lines := strings.Split(got, "\n")
	if len(lines) != 3 || columnsIn(lines[1]) > 40 || strings.Index(lines[2], "\x1b") != columnsIn(lines[1][:strings.Index(lines[1], "word")]) {
		t.Errorf("a long line is shown as\n%s", got)
	}
	if got := f.String(); strings.Contains(got, "\n") || strings.Contains(got, "\x1b") {
		t.Errorf("a file shows %q", got)
	}
}

// TestGuideLintSARIF checks what SARIF 2.1.0 asks of a log, and that places and replacements say what the compiler means.
func TestGuideLintSARIF(t *testing.T) {
	root := folder(t, map[string]string{"my kettle.md": mendable, "odd.md": oddGuide})
	got := running{}.fixfirst(t, "", "guide", "lint", root, "-o", "sarif")
	var log sarifLog
	d := json.NewDecoder(strings.NewReader(got.out))
	d.DisallowUnknownFields()
	if err := d.Decode(&log); err != nil || got.code != exitOK || log.Version != "2.1.0" || len(log.Runs) != 1 || !strings.HasSuffix(log.Schema, "sarif-schema-2.1.0.json") {
		t.Fatalf("%v: %+v", err, got)
	}
	run := log.Runs[0]
	ids := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		if ids[r.ID] || r.ID == "" || r.ShortDescription.Text == "" || !slices.Contains([]string{"error", "warning", "note"}, r.DefaultConfiguration["level"]) {
			t.Errorf("rule %+v", r)
		}
		ids[r.ID] = true
	}
	if len(ids) != len(guides.Rules())+len(ownRules) || run.ColumnKind != "unicodeCodePoints" || run.Tool.Driver.Name == "" {
		t.Errorf("%d rules, %+v", len(ids), run.ColumnKind)
	}
	fixed := mendable
	for _, r := range slices.Backward(run.Results) {
		if r.RuleIndex < 0 || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Message.Text == "" || len(r.Locations) != 1 || !slices.Contains([]string{"error", "warning", "note"}, r.Level) {
			t.Errorf("result %+v", r)
		}
		place := r.Locations[0].PhysicalLocation
		source, kettle := oddGuide, strings.HasSuffix(place.ArtifactLocation.URI, "/my%20kettle.md")
		if kettle {
			source = mendable
		}
		if g := place.Region; g != nil && g.Snippet != nil && cut(source, *g) != g.Snippet.Text {
			t.Errorf("%s: the region has %q, the snippet %q", r.RuleID, cut(source, *g), g.Snippet.Text)
		}
		for _, fix := range r.Fixes {
			for _, replacement := range slices.Backward(fix.ArtifactChanges[0].Replacements) {
				g := replacement.DeletedRegion
				fixed = fixed[:offset(fixed, g.StartLine, g.StartColumn)] + replacement.InsertedContent.Text + fixed[offset(fixed, g.EndLine, g.EndColumn):]
			}
		}
	}
	if want, _, err := guides.Fix(mendable, guides.Options{}); err != nil || fixed != want || fixed == mendable {
		t.Errorf("the replacements make\n%s\nwant\n%s", fixed, want)
	}
}

func cut(source string, g sarifRegion) string {
	return source[offset(source, g.StartLine, g.StartColumn):offset(source, g.EndLine, g.EndColumn)]
}

// offset gives the byte of a line and column.
func offset(source string, line, column int) int {
	lines := strings.SplitAfter(source, "\n")
	before := len(strings.Join(lines[:line-1], ""))
	return before + len(string([]rune(lines[line-1])[:column-1]))
}

func TestGuideLintLooksSKUsUp(t *testing.T) {
	r := serving(t)
	server, err := (&program{getenv: noEnvironment}).client(connection{r.address, r.key})
	if err != nil {
		t.Fatal(err)
	}
	item := strings.NewReader(`{"title":"Kettle","unitPrice":{"amount":"59.99","currencyCode":"USD"}}`)
	if err := server.read(t.Context(), requestTimeout, http.MethodPut, "/v1/sellers/acme/items/KETTLE-1", "application/json", item, nil); err != nil {
		t.Fatal(err)
	}
	file := write(t, "kettle.md", strings.Replace(goodGuide, "[KETTLE-1]", "[KETTLE-1, KETTLE-9, KET*]", 1))
	got := r.fixfirst(t, "", "guide", "lint", file, "--seller", "acme")
	if strings.Count(got.out, "unknown-sku") != 1 || !strings.Contains(got.out, "KETTLE-9") || got.code != exitOK {
		t.Errorf("lint gave %+v", got)
	}
	r.key = "ff_live_wrong"
	if denied := r.fixfirst(t, "", "guide", "lint", file, "--seller", "acme"); denied.code != exitFailure || !strings.Contains(denied.err, "SKUs were not looked up") || strings.Contains(denied.out, "unknown-sku") {
		t.Errorf("a wrong key gave %+v", denied)
	}
}
