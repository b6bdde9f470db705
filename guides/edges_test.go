package guides

import (
	"strings"
	"testing"
)

// ways writes the steps as id>yes/no or id>>next, with [required] and (text).
func ways(d Document) string {
	var all []string
	for _, s := range d.Steps {
		way := s.ID + ">" + s.Next.Yes + "/" + s.Next.No
		if s.Next.Next != "" {
			way = s.ID + ">>" + s.Next.Next
		}
		if len(s.Requires) > 0 {
			way += "[" + strings.Join(s.Requires, " ") + "]"
		}
		if s.Instruction != "" {
			way += "(" + strings.ReplaceAll(s.Instruction, "\n", "/") + ")"
		}
		all = append(all, way)
	}
	return strings.Join(all, "; ")
}

// threeSteps is a guide with the steps a, b and c, and the text of the first.
func threeSteps(first string) string { return "# T\n\n## A\n\n" + first + "\n\n## B\n\n## C\n" }

const andOthers = "; b>fixed/c; c>fixed/ask-an-expert"

func TestEdges(t *testing.T) {
	for name, tt := range map[string]struct{ markdown, ways string }{
		"nothing said":       {threeSteps("x"), "a>fixed/b(x)" + andOthers},
		"question and links": {threeSteps("x\n\nDid it work? [Yes](#fixed) [No](#c)"), "a>fixed/c(x)" + andOthers},
		"links alone":        {threeSteps("x\n\n**[Yes](#return)** / [No](#c)."), "a>return-it/c(x)" + andOthers},
		"on lines of their own": {threeSteps("x\n\nDid that help?\\\n→ [Yes, it works!](#fixed)  \n→ [No – still dead](#c)"),
			"a>fixed/c(x)" + andOthers},
		"another question stays": {threeSteps("x\n\nIs the *red* lamp  on? [Yes](#b) or [No](#c)"), "a>b/c(x/Is the red lamp on?)" + andOthers},
		"text before stays":      {threeSteps("Press it.\nDid it work? [Yes](#fixed) [No](#c)"), "a>fixed/c(Press it.)" + andOthers},
		"links inside the text":  {threeSteps("If [yes](#fixed), stop; if [no](#c), go on."), "a>fixed/c(If yes, stop; if no, go on.)" + andOthers},
		"a list":                 {threeSteps("x\n\nDid it help?\n\n- [Yes](#fixed)\n- [No](#c)"), "a>fixed/c(x)" + andOthers},
		"a list with more":       {threeSteps("- [Yes](#fixed): good\n- [No](#c)"), "a>fixed/c(Yes: good/No)" + andOthers},
		"a picture in a question": {threeSteps("![lamp](lamp.png)? [Yes](#b) [No](#c)"),
			"a>b/c(lamp?)" + andOthers},
		"in a quote":           {threeSteps("> [No](#c)"), "a>fixed/c(No)" + andOthers},
		"only no":              {threeSteps("[No](#c)"), "a>fixed/c" + andOthers},
		"only yes":             {threeSteps("[Yes](#c)"), "a>c/b" + andOthers},
		"next":                 {threeSteps("x\n\n[Continue](#c)"), "a>>c(x)" + andOthers},
		"next with words":      {threeSteps("[Next: see to C](#c)"), "a>>c" + andOthers},
		"back to itself":       {threeSteps("[No](#a)"), "a>fixed/a" + andOthers},
		"a heading in a step":  {threeSteps("[No](#sub)\n\n## D\n\n### Sub\n\ny"), "a>fixed/d; d>fixed/b(Sub/y)" + andOthers},
		"other links stay":     {threeSteps("See [C](#c) and [Number 5](#c), [No. 5](#c)."), "a>fixed/b(See C and Number 5, No. 5.)" + andOthers},
		"yes to another page":  {threeSteps("[Yes](https://a.example)"), "a>fixed/b(Yes)" + andOthers},
		"by reference":         {threeSteps("[No][c]\n\n[c]: #c"), "a>fixed/c" + andOthers},
		"endings":              {threeSteps("[Yes](#stop) [No](#expert)"), "a>stop/ask-an-expert" + andOthers},
		"named as results are": {threeSteps("[No](#guide-c)"), "a>fixed/c" + andOthers},
		"in the intro":         {"# T\n\n[No](#b)\n\n## A\n\n## B\n", "a>fixed/b; b>fixed/ask-an-expert"},
		"German":               {"---\nlocale: de\n---\n" + threeSteps("Hat es geklappt? [Ja](#fixed) [Nein](#c)"), "a>fixed/c" + andOthers},
		"French":               {"---\nlocale: fr\n---\n" + threeSteps("Est-ce que ça marche ? [Oui](#fixed) [Non](#c)"), "a>fixed/c" + andOthers},
		"Spanish":              {"---\nlocale: es\n---\n" + threeSteps("¿Ha funcionado? [Sí](#fixed) [No](#c)"), "a>fixed/c" + andOthers},
		"Chinese":              {"---\nlocale: zh\n---\n" + threeSteps("问题解决了吗？[好了](#fixed)／[没有](#c)"), "a>fixed/c" + andOthers},
		"Chinese, with words":  {"---\nlocale: zh\n---\n" + threeSteps("[是，好了](#fixed) [否，还是不行](#c)"), "a>fixed/c" + andOthers},
		"Japanese":             {"---\nlocale: ja\n---\n" + threeSteps("直りましたか？ [はい](#fixed) [いいえ](#c)"), "a>fixed/c" + andOthers},
		"any other language":   {"---\nlocale: en\n---\n" + threeSteps("[Weiter](#c)"), "a>>c" + andOthers},
		"a list item":          {"# T\n\n1. A\n\n   x\n\n   [No](#c)\n2. B\n3. C\n", "a>fixed/c(x)" + andOthers},
		"a list item's title":  {"# T\n\n1. A. Did it work? [Yes](#fixed) [No](#c)\n2. B\n3. C\n", "a>fixed/c" + andOthers},
		"no steps":             {"[Yes](#fixed)", "step>fixed/ask-an-expert"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ways(compile(t, tt.markdown)); got != tt.ways {
				t.Errorf("got  %s\nwant %s", got, tt.ways)
			}
		})
	}
}

// The whole guide is read without buttons, so its links stay.
func TestEdgesStayInTheWholeGuide(t *testing.T) {
	d := compile(t, threeSteps("Is it on? [Yes](#b) [No](#c)"))
	if want := `<p>Is it on? <a href="#guide-b">Yes</a> <a href="#guide-c">No</a></p>`; !strings.Contains(string(d.HTML), want) {
		t.Errorf("no %s in %s", want, d.HTML)
	}
	if got := strings.TrimSpace(string(d.Steps[0].HTML)); got != "<p>Is it on?</p>" {
		t.Errorf("the step has %s", got)
	}
	for to, want := range map[string]string{"fixed": "", "b": "<p>Did it work?</p>", "return-it": "<p>Did it work?</p>"} {
		d = compile(t, threeSteps("Did it work? [Yes](#"+to+") [No](#c)"))
		if got := strings.TrimSpace(string(d.Steps[0].HTML)); got != want {
			t.Errorf("where Yes leads to %s the step has %q, want %q", to, got, want)
		}
	}
	d = compile(t, threeSteps("1 &lt; 2 \\* &amp;lt;? [Yes](#b) [No](#c)"))
	if got := strings.TrimSpace(string(d.Steps[0].HTML)); got != "<p>1 &lt; 2 * &amp;lt;?</p>" {
		t.Errorf("the step has %s", got)
	}
}

func TestOrderLines(t *testing.T) {
	const rest = "; b>fixed/c; c>fixed/ask-an-expert"
	for name, tt := range map[string]struct{ markdown, ways, findings string }{
		"a link": {threeSteps("requires: [C](#c)\n\nx"), "a>fixed/b[c](x)" + rest, "requires-later WARNING 5:15 #c"},
		"before": {threeSteps("before: #c"), "a>fixed/b; b>fixed/c; c>fixed/ask-an-expert[a]", ""},
		"several": {"# T\n\n## A\n\n## B\n\n## C\n\nx\nRequires: [A](#a), #b and #guide-b\ny\n",
			"a>fixed/b; b>fixed/c; c>fixed/ask-an-expert[a b](x y)", ""},
		"bold, wide":          {"# T\n\n## 甲\n\n## 乙\n\n**requires：** #甲、#甲\n\nx\n", "甲>fixed/乙; 乙>fixed/ask-an-expert[甲](x)", ""},
		"bold among others":   {"# T\n\n## A\n\n## B\n\nx *y*\n**requires:** [A](#a), #a\n*z* y\n", "a>fixed/b; b>fixed/ask-an-expert[a](x y z y)", ""},
		"the last line":       {"# T\n\n## A\n\n## B\n\nx\nrequires: #a\n", "a>fixed/b; b>fixed/ask-an-expert[a](x)", ""},
		"two lines":           {"# T\n\n## A\n\n## B\n\nbefore: #c\nrequires: #a\n\n## C\n", "a>fixed/b; b>fixed/c[a]; c>fixed/ask-an-expert[b]", ""},
		"not repeated":        {"# T\n\n## A\n\n## B\n\nrequires: #a\n\n## C\n\nrequires: #a, #b\n", "a>fixed/b; b>fixed/c[a]; c>fixed/ask-an-expert[b]", ""},
		"in a list item":      {"# T\n\n1. A\n2. B\n   requires: #a\n3. C\n\n   requires: #b\n", "a>fixed/b; b>fixed/c[a]; c>fixed/ask-an-expert[b]", ""},
		"no reference":        {threeSteps("Requires: a #2 screwdriver"), "a>fixed/b(Requires: a #2 screwdriver)" + rest, ""},
		"plain words":         {threeSteps("Before: nothing"), "a>fixed/b(Before: nothing)" + rest, ""},
		"a title":             {threeSteps("requires: c."), "a>fixed/b(requires: c.)" + rest, "order-line WARNING 5:11 c."},
		"a title in brackets": {threeSteps("before: nothing, [C]"), "a>fixed/b(before: nothing, [C])" + rest, "order-line WARNING 5:9 nothing, [C]"},
		"something else too":  {threeSteps("requires: [C](#c) because"), "a>fixed/b(requires: C because)" + rest, "order-line WARNING 5:19 because"},
		"no such step":        {threeSteps("requires: [C](#d), #fixed"), "a>fixed/b" + rest, "dangling-link ERROR 5:15 #d; dangling-link ERROR 5:20 #fixed"},
		"itself":              {threeSteps("requires: #a"), "a>fixed/b" + rest, "requires-cycle ERROR 5:11 #a"},
		"a cycle": {"# T\n\n## A\n\nrequires: #c\n\n## B\n\n## C\n\nrequires: #b, #a\n",
			"a>fixed/b; b>fixed/c; c>fixed/ask-an-expert[a b]", "requires-cycle ERROR 5:11 #c"},
		"later, but led to": {"# T\n\n## A\n\n[Next](#c)\n\n## B\n\nrequires: #c\n\n## C\n\n[No](#b)\n",
			"a>>c; b>fixed/c[c]; c>fixed/b", ""},
		"in the intro": {"# T\n\nrequires: #a\n\n## A\n\n## B\n", "a>fixed/b; b>fixed/ask-an-expert", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := compile(t, tt.markdown)
			if got := ways(d); got != tt.ways {
				t.Errorf("got  %s\nwant %s", got, tt.ways)
			}
			if got := told(d, "dangling-link order-line requires-cycle requires-later"); got != tt.findings {
				t.Errorf("findings %s, want %s", got, tt.findings)
			}
			checkPlaced(t, tt.markdown, d)
		})
	}
}

func TestOrderLineLeavesNoGap(t *testing.T) {
	if d := compile(t, threeSteps("x\nbefore: #c")); d.Steps[0].HTML != "<p>x</p>\n" {
		t.Errorf("the step has %q", d.Steps[0].HTML)
	}
}

func TestManyOrderLines(t *testing.T) {
	d := compile(t, threeSteps(strings.Repeat("before: #c, #b\n", MaxOrders/2)+"x\n\nbefore: #c"))
	if got := told(d, "too-many"); got != "too-many ERROR 2507:1 " {
		t.Error(got)
	}
	if got := told(compile(t, threeSteps("before: #d, #d\n\nrequires: #d")), "dangling-link"); got != "dangling-link ERROR 5:9 #d" {
		t.Error(got)
	}
}

// No two languages give a word different sides, so one table is enough.
func TestSideWordsAgree(t *testing.T) {
	seen := map[string]side{}
	for language, words := range sideWords {
		for s, text := range map[side]string{yesSide: words.yes, noSide: words.no, nextSide: words.next} {
			for word := range strings.SplitSeq(text, "|") {
				if bare(word) != word {
					t.Errorf("%s: %q is never found", language, word)
				}
				if other, ok := seen[word]; ok && other != s {
					t.Errorf("%s: %q has two sides", language, word)
				}
				seen[word] = s
				if got := sideOf("→ " + strings.ToUpper(word) + ", x"); got != s {
					t.Errorf("%s: %q is %v, want %v", language, word, got, s)
				}
			}
		}
		for question := range strings.SplitSeq(words.asked, "|") {
			if !stockQuestion(question + "?") {
				t.Errorf("%s: %q is not known", language, question)
			}
		}
	}
	for _, text := range []string{"", "Noah", "Yesterday", "number", "No power", "nothing", "Nextcloud", "not yet done",
		"是否", strings.Repeat("no ", 100), "no-start", "No. 5"} {
		if sideOf(text) != neither {
			t.Errorf("%q is an answer", text)
		}
	}
}
