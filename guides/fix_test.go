package guides

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFix(t *testing.T) {
	// Steps before and after, so that what is mended stands in the body of a step.
	step := func(body string) string {
		return "---\ntitle: T\nskus: [A]\n---\n## One\n\n" + body + "\n\n## Two\n\nx\n"
	}
	for name, tt := range map[string]struct{ from, to, rules string }{
		"nothing":              {"Press **it**.", "Press **it**.", ""},
		"bold":                 {"Press <b>it</b> now.", "Press **it** now.", "raw-html"},
		"all elements":         {"<strong>a</strong> <em>b</em>, <i>c</i> <code>d e</code>", "**a** *b*, *c* `d e`", "raw-html raw-html raw-html raw-html"},
		"one in another":       {"a <b>b <i>c</i> d</b> e", "a **b *c* d** e", "raw-html raw-html"},
		"in capitals":          {"a <B>b</B>", "a **b**", "raw-html"},
		"not closed":           {"a <b>b", "a <b>b", ""},
		"closed by another":    {"a <b>b</i>", "a <b>b</i>", ""},
		"stars would stay":     {"a<b> b </b>c", "a<b> b </b>c", ""},
		"a mark at the edge":   {"a<b>(b)</b>c", "a<b>(b)</b>c", ""},
		"Chinese":              {"请按<b>重置</b>键。", "请按**重置**键。", "raw-html"},
		"Chinese, a mark":      {"<b>提示：</b>请按", "<b>提示：</b>请按", ""},
		"stars within":         {"<b>a*b</b>", "<b>a*b</b>", ""},
		"code with marks":      {"<code>a *b* &lt;</code>", "<code>a *b* &lt;</code>", ""},
		"code with emphasis":   {"<code>a *b*</code>", "<code>a *b*</code>", ""},
		"link":                 {`see <a href="https://a.example/x_y">this *page*</a>.`, "see [this *page*](https://a.example/x_y).", "raw-html"},
		"link by http":         {`see <a href="http://a.example/">this</a>.`, `see <a href="http://a.example/">this</a>.`, ""},
		"link to a script":     {`<a href="javascript:x">a</a>`, `<a href="javascript:x">a</a>`, ""},
		"picture in a line":    {`a <img src="i/b.png" alt="the  base"> c`, "a ![the base](i/b.png) c", "raw-html"},
		"picture as a block":   {`<img width="4" src="i/b.png" alt="base" />`, "![base](i/b.png)", "raw-html"},
		"picture, no words":    {`a <img src="i/b.png"> c`, `a <img src="i/b.png"> c`, ""},
		"picture elsewhere":    {`a <img src="../b.png" alt="b"> c`, `a <img src="../b.png" alt="b"> c`, ""},
		"line break":           {"one<br>two<br />\nthree", "one\\\ntwo\\\nthree", "raw-html raw-html"},
		"line break to a list": {"one<br>- two", "one<br>- two", ""},
		"line break, a table":  {"|a|\n|-|\n|b<br>c|", "|a|\n|-|\n|b<br>c|", ""},
		"heading":              {"#### a\n\nb\n\n#### c\n\nd\n\n##### e", "### a\n\nb\n\n### c\n\nd\n\n#### e", "heading-jump"},
		"heading in two jumps": {"#### a\n\n###### b\n\n#### c", "### a\n\n#### b\n\n### c", "heading-jump heading-jump"},
		"block":                {"<div>a</div>", "<div>a</div>", ""},
		"NUL":                  {"a\x00b <b>c</b>", "ab **c**", "nul-character raw-html"},
	} {
		t.Run(name, func(t *testing.T) { checkFix(t, step(tt.from), step(tt.to), tt.rules) })
	}
	for name, tt := range map[string]struct{ from, to, rules string }{
		"front matter": {"---\nskus: [A]\nreasons: [other, DEFECTIVE, 'late']\nlocale: en_us\n---\nx\n",
			"---\nskus: [A]\nreasons: [OTHER, DEFECTIVE, 'LATE']\nlocale: en-US\n---\nx\n", "reason-case reason-case locale-form"},
		"a heading that would be a step": {"# T\n\n### a\n\nx\n\n## b\n\nx\n\n## c\n\nx\n", "# T\n\n### a\n\nx\n\n## b\n\nx\n\n## c\n\nx\n", ""},
		"one of two": {"# T\n\n### a\n\n<b>x</b> y\n\n## b\n\nx\n\n## c\n\nx\n",
			"# T\n\n### a\n\n**x** y\n\n## b\n\nx\n\n## c\n\nx\n", "raw-html"},
		"many":  {strings.Repeat("a <b>b</b> c\n", 700), strings.Repeat("a **b** c\n", 700), strings.TrimSpace(strings.Repeat("raw-html ", 700))},
		"empty": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) { checkFix(t, tt.from, tt.to, tt.rules) })
	}
}

func checkFix(t *testing.T, from, to, rules string) {
	t.Helper()
	fixed, applied, err := Fix(from, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range compile(t, from).Findings {
		if f.Rule == "raw-html" && rules == "" && f.Edits != nil {
			t.Errorf("what is not safe is offered: %+v", f.Edits)
		}
	}
	var got []string
	for _, f := range applied {
		got = append(got, f.Rule)
	}
	if fixed != to || strings.Join(got, " ") != rules {
		t.Errorf("got  %q\nwant %q\nby %v, want %s", fixed, to, got, rules)
	}
}

func TestFixRefuses(t *testing.T) {
	for _, markdown := range []string{"\xff", fill("a") + "aa", strings.Repeat(">", 70000)} {
		if fixed, applied, err := Fix(markdown, Options{}); err == nil || fixed != markdown || applied != nil {
			t.Errorf("%.20q: %v, %d applied", markdown, err, len(applied))
		}
	}
}

// TestSameSteps: what a mend must not do.
func TestSameSteps(t *testing.T) {
	was := Document{Title: "T", Steps: path("a", "b"), Endings: []Ending{{Ending: Fixed, Title: "E", Text: "f"}}}
	change := func(do func(*Document)) Document {
		d := Document{Title: "T", Steps: path("a", "b"), Endings: []Ending{{Ending: Fixed, Title: "E", Text: "f"}}}
		do(&d)
		return d
	}
	for name, d := range map[string]Document{
		"title":           change(func(d *Document) { d.Title = "U" }),
		"a step":          change(func(d *Document) { d.Steps = path("a", "b", "c") }),
		"an id":           change(func(d *Document) { d.Steps[0].ID = "c" }),
		"a step's title":  change(func(d *Document) { d.Steps[0].Title = "C" }),
		"an edge":         change(func(d *Document) { d.Steps[0].Next.Yes = ReturnIt }),
		"an order":        change(func(d *Document) { d.Steps[1].Requires = []string{"a"} }),
		"a stop":          change(func(d *Document) { d.Steps[0].Stop = "hot" }),
		"a mark is seen":  change(func(d *Document) { d.Steps[0].Instruction = "do *a" }),
		"words are gone":  change(func(d *Document) { d.Steps[0].Instruction = "do" }),
		"an ending":       change(func(d *Document) { d.Endings = nil }),
		"ending's title":  change(func(d *Document) { d.Endings[0].Title = "F" }),
		"mark, an ending": change(func(d *Document) { d.Endings[0].Text = "`f" }),
		"an error":        change(func(d *Document) { d.Findings = []Finding{{Severity: ERROR}} }),
	} {
		if sameSteps(was, d) {
			t.Errorf("%s: taken for the same", name)
		}
	}
	same := change(func(d *Document) { d.Steps[0].Instruction, d.Steps[0].HTML = "do\nwhat a", "<p>" })
	if same.Findings = []Finding{{Severity: WARNING}}; !sameSteps(was, same) {
		t.Error("words more are taken for another step")
	}
}

// TestFixGivesUpWhole: half a job would go on when fixed again.
func TestFixGivesUpWhole(t *testing.T) {
	const markdown = "# T\n\n### a\n\n<b>x</b> y\n\n## b\n\nx\n\n## c\n\nx\n"
	d := compile(t, markdown)
	for compiles, cut := range map[int]bool{1: true, 2: true, 3: false} {
		f := fixer{text: markdown, document: d, compiles: compiles}
		if f.round(); f.cut != cut {
			t.Errorf("with %d compiles: cut is %v", compiles, f.cut)
		}
	}
	if d := compile(t, "a \uFFFD <b>c</b>"); len(d.Findings) == 0 || !slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Edits != nil }) {
		t.Error("a replacement character that is written is no NUL, and takes no edits away")
	}
	if d := compile(t, "a \x00 <b>c</b>"); slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Rule == "raw-html" && f.Edits != nil }) {
		t.Error("edits are counted from the text without its NULs")
	}
}

// checkFixed: fixing keeps the steps, and fixing twice is fixing once.
func checkFixed(t *testing.T, markdown string) (mended int) {
	t.Helper()
	fixed, applied, err := Fix(markdown, Options{})
	if err != nil {
		return 0
	}
	again, more, err := Fix(fixed, Options{})
	if err != nil || again != fixed || len(more) > 0 {
		t.Errorf("%q\nis fixed to %q\nand that to %q (%v)", markdown, fixed, again, err)
	}
	if len(applied) == 0 && fixed != markdown {
		t.Errorf("%q changed without a word to %q", markdown, fixed)
	}
	before, _ := Compile(markdown, Options{})
	after, _ := Compile(fixed, Options{})
	if len(before.Steps) != len(after.Steps) {
		t.Fatalf("%d steps became %d", len(before.Steps), len(after.Steps))
	}
	for i, s := range before.Steps {
		if s.ID != after.Steps[i].ID || s.Next != after.Steps[i].Next {
			t.Errorf("step %s became %s", s.ID, after.Steps[i].ID)
		}
	}
	return len(applied)
}

func FuzzFix(f *testing.F) {
	f.Add("---\nreasons:\n- a\nlocale: en_us\n---\n# T\n\n#### a\n\n<b>x</b><br>y <a href=\"https://a\">b</a>\n\n## c\n\n<img src=a alt=b>\n")
	f.Add("a\x00<i>b</i>\x00\n\n## c\x00\n\n## d\n")
	f.Add("1. <b>a</b>\n2. <code>b</code><br>c\n")
	f.Add("- <b><i>a</i></b>\n\n###### b\n# c\n")
	f.Fuzz(func(t *testing.T, markdown string) { checkFixed(t, markdown) })
}

func TestFixRealGuides(t *testing.T) {
	t.Parallel()
	paths, _ := filepath.Glob(filepath.Join(sharedData(t), "guides", "*", "*", "*.md"))
	mended, pages := 0, 0
	for i, path := range paths {
		if !sampled(i, 5) {
			continue
		}
		markdown, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := checkFixed(t, string(markdown)); n > 0 {
			mended += n
			pages++
		}
	}
	t.Logf("%d findings mended on %d of %d pages", mended, pages, len(paths))
}

func TestFixIsBounded(t *testing.T) {
	for name, markdown := range map[string]string{
		"tags":     fill("<b>x</b> "),
		"breaks":   fill("a<br>b "),
		"pairs":    fill("<b><i>x</i> "),
		"NULs":     fill("a\x00"),
		"pictures": fill("<img src=a alt=b> "),
		// just under the limit on tags, each of which could be mended
		"pictures in text": strings.Repeat("word <img src=\"a.png\" alt=\"b\"> ", MaxInlines/2),
		"pictures alone":   fill("<img src=\"https://a.example/b.png\" alt=\"c\">\n\n"),
		"pairs on lines":   strings.Repeat("<i>y</i> word word\n", MaxInlines/3),
		"links":            strings.Repeat("<a href=\"https://a.example/\">c</a> and ", MaxInlines/3),
		"entities":         fill("&amp;"),
	} {
		start := time.Now()
		_, applied, err := Fix(markdown, Options{})
		took := time.Since(start)
		t.Logf("%s: %v, %d mended, %v", name, took.Round(time.Millisecond), len(applied), err)
		if took > 8*slowest {
			t.Errorf("%s took %v", name, took)
		}
	}
}
