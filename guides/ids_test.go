package guides

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// ids writes the ids of a guide's steps.
func stepIDs(d Document) string {
	var all []string
	for _, s := range d.Steps {
		all = append(all, s.ID)
	}
	return strings.Join(all, " ")
}

func TestIDs(t *testing.T) {
	for name, tt := range map[string]struct{ markdown, ids, findings string }{
		"written":               {"# T\n\n## A {#Plug_it}\n\n## B {#b-2}\n", "plug_it b-2", ""},
		"written wins":          {"# T\n\n## A\n\n## B {#a}\n", "a-1 a", ""},
		"written twice":         {"# T\n\n## A {#x}\n\n## B {#x}\n", "x b", "duplicate-id ERROR 5:1"},
		"of an item":            {"# T\n\n1. Unplug *it* {#off}\n2. Wait\n   long {#wait}\n\n   more {#no}\n", "off wait", ""},
		"reserved":              {"# T\n\n1. A {#fixed}\n2. B\n", "a b", "reserved-id ERROR 3:1"},
		"items called endings":  {"# T\n\n1. Stop\n2. Return\n", "stop-1 return-1", ""},
		"underlines":            {"# T\n\n## A_b {#_a_b_}\n\n## *B* {#*b*}\n", "_a_b_ b", ""},
		"not at the end":        {"# T\n\n## A {#x} y\n\n## {#b} {#c d}\n", "a-x-y b-c-d", ""},
		"smaller headings' ids": {"# T\n\n## A\n\n### B {#b}\n\n## B\n", "a b-1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := compile(t, tt.markdown)
			if got := stepIDs(d); got != tt.ids {
				t.Errorf("ids %q, want %q", got, tt.ids)
			}
			if got := ruleLines(d.Findings); got != tt.findings {
				t.Errorf("findings %q, want %q", got, tt.findings)
			}
			if strings.Contains(string(d.HTML), "{#off") {
				t.Errorf("the id is shown: %s", d.HTML)
			}
		})
	}
}

func TestPrevious(t *testing.T) {
	const long = "Press the button at the back for five seconds, until the light blinks, and let it go."
	guide := func(steps ...string) string {
		var b strings.Builder
		b.WriteString("# T\n\n")
		for _, s := range steps {
			title, body, _ := strings.Cut(s, "|")
			fmt.Fprintf(&b, "## %s\n\n%s\n\n", title, body)
		}
		return b.String()
	}
	for name, tt := range map[string]struct{ before, after, ids string }{
		"nothing changed":          {guide("A|a", "B|b"), guide("A|a", "B|b"), "a b"},
		"another title":            {guide("Reset the kettle|"+long, "B|b"), guide("Make it forget everything|"+long, "B|b"), "reset-the-kettle b"},
		"another body":             {guide("A|a", "B|b"), guide("A|wholly other", "B|b"), "a b"},
		"a typo in the title":      {guide("Unplgu it|", "B|b"), guide("Unplug it|", "B|b"), "unplgu-it b"},
		"a typo in Chinese":        {guide("拨下插头|", "B|b"), guide("拔下插头|", "B|b"), "拨下插头 b"},
		"both edited a little":     {guide("Press reset|"+long, "B|b"), guide("Press the reset|"+strings.Replace(long, "five", "ten", 1), "B|b"), "press-reset b"},
		"both wholly new":          {guide("Press reset|"+long, "B|b"), guide("Call us|We are there from nine to five.", "B|b"), "call-us b"},
		"moved":                    {guide("A|a", "B|b", "C|c"), guide("C|c", "A|a", "B|b"), "c a b"},
		"a new one before":         {guide("Check|"+long, "B|b"), guide("Check|Something else.", "Check|"+long, "B|b"), "check-1 check b"},
		"equal ones":               {guide("Check|", "Check|", "B|"), guide("Check|", "Check|", "B|"), "check check-1 b"},
		"the first of equal gone":  {guide("Check|x", "Check|y"), guide("Check|y", "B|b"), "check-1 b"},
		"a dead id is not reused":  {guide("Check|x", "Check|y", "B|b"), guide("Check|x", "B|b", "Check|A wholly new text of its own."), "check b check-1"},
		"a dead suffix stays dead": {guide("A|a", "Check|x"), guide("Check {#a}|Other words.", "Check|x"), "a check"},
		"written wins":             {guide("A|a", "B|b"), guide("A|a", "C {#b}|"+long), "a b"},
		"a title that was one's":   {guide("Old {#new}|"+long, "B|b"), guide("Old|"+long, "New|wholly other words here"), "new new-1"},
		"the most alike keeps it": {guide("Press reset|"+long, "B|b"),
			guide("Press reset|Press the button at the front.", "Press reset now|"+long, "B|b"), "press-reset-1 press-reset b"},
		"the more alike of two": {guide("Press the reset|"+long, "B|b"),
			guide("Press the reset now|"+strings.Replace(long, "until the light blinks", "or ten, as you like", 1), "Press that reset|"+long, "B|b"),
			"press-the-reset-now press-the-reset b"},
		"a dead id is nobody's": {guide("A|a", "Foo {#a-1}|"+long), guide("A|a", "A|Wholly other words."), "a a-1-1"},
		"items":                 {"# T\n\n1. Switch it on\n2. Wait\n", "# T\n\n1. Open the lid\n2. Switch it on again\n3. Wait\n", "open-the-lid switch-it-on wait"},
	} {
		t.Run(name, func(t *testing.T) {
			before := compile(t, tt.before)
			after, err := Compile(tt.after, Options{Previous: before.Steps})
			if err != nil {
				t.Fatal(err)
			}
			if got := stepIDs(after); got != tt.ids {
				t.Errorf("ids %q, want %q", got, tt.ids)
			}
		})
	}
}

// TestPreviousOfAnyKind: what was stored may be of an older program.
func TestPreviousOfAnyKind(t *testing.T) {
	previous := []Step{{ID: "stop", Title: "A"}, {ID: "", Title: "A"}, {ID: "Not a slug", Title: "A"}, {ID: "x", Title: "B"}, {ID: "x", Title: "A"}}
	d, err := Compile("# T\n\n## A\n\n## B\n", Options{Previous: previous})
	if err != nil || stepIDs(d) != "a x" {
		t.Errorf("ids %q, %v", stepIDs(d), err)
	}
}

// TestLinksFollowIDs: the markdown links to what a step is called in it.
func TestLinksFollowIDs(t *testing.T) {
	before := compile(t, "# T\n\n## Old name\n\nDo this and that, and then something else.\n\n## B\n\nb\n")
	after, err := Compile("# T\n\n## New name\n\nDo this and that, and then something else.\n\n## B\n\nsee [it](#new-name)\n\n### Old name\n\n[x](#old-name)\n",
		Options{Previous: before.Steps})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<h2 id="guide-old-name">New name`, `href="#guide-old-name">it`, `<h3 id="guide-old-name-1">Old name`, `href="#guide-old-name-1">x`} {
		if !strings.Contains(string(after.HTML), want) {
			t.Errorf("no %s in\n%s", want, after.HTML)
		}
	}
}

func TestLikeness(t *testing.T) {
	like := func(a, b Step) float64 { return likeness(sampleOf(a), sampleOf(b)) }
	a := Step{Title: "Unplug the kettle", Instruction: "Pull the plug. Wait two minutes. Plug it in again."}
	near := Step{Title: "Unplug the kettle now", Instruction: "Pull the plug. Wait three minutes. Plug it in again."}
	far := Step{Title: "Unplug the lamp", Instruction: "Take it away."}
	if l := like(a, a); l != 1 {
		t.Errorf("the same: %v", l)
	}
	if like(a, near) != like(near, a) || like(a, near) <= like(a, far) || like(a, near) >= 1 {
		t.Errorf("near %v, %v; far %v", like(a, near), like(near, a), like(a, far))
	}
	if l := like(Step{Title: "x", Instruction: "a b c"}, Step{Title: "y", Instruction: "a b c"}); l != 0.5 {
		t.Errorf("the same body: %v", l)
	}
	if l := like(Step{}, Step{}); l != 0 {
		t.Errorf("nothing: %v", l)
	}
	if !reflect.DeepEqual(wordUnits("Wait 2 min, 拔下plug"), []string{"wait", "2", "min", "拔", "下", "plug"}) {
		t.Errorf("words %q", wordUnits("Wait 2 min, 拔下plug"))
	}
	// Long bodies are compared by a sample that is the same for both.
	var words, edited strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&words, "word%d ", i)
		if i%50 != 0 {
			fmt.Fprintf(&edited, "word%d ", i)
		}
	}
	if l := like(Step{Title: "a", Instruction: words.String()}, Step{Title: "a", Instruction: edited.String()}); l < 0.95 || l >= 1 {
		t.Errorf("a long body, edited: %v", l)
	}
}
