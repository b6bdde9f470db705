package guides

import (
	"fmt"
	"strings"
	"testing"
)

// front is front matter that no rule has anything to say about.
const front = "---\ntitle: T\nskus: [A]\nlocale: %s\n---\n"

// findingsOf compiles and writes the findings of one rule as line:column text.
func findingsOf(t *testing.T, rule, markdown string, o Options) string {
	t.Helper()
	d, err := Compile(markdown, o)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range d.Findings {
		if f.Rule == rule {
			all = append(all, fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Text))
			if f.Message == "" || f.Mend == "" {
				t.Errorf("%s says %q, to be mended by %q", rule, f.Message, f.Mend)
			}
		}
	}
	return strings.Join(all, ", ")
}

func sentences(n int) string { return strings.Repeat("Look at the lamp. ", n/4) }

func TestLint(t *testing.T) {
	en, zh := fmt.Sprintf(front, "en"), fmt.Sprintf(front, "zh")
	steps := func(a, b string) string { return en + "## One\n\n" + a + "\n\n## Two\n\n" + b + "\n" }
	items := func(a string) string { return en + "1. " + a + "\n2. Look.\n" }
	huge := Options{Image: func(path string) (Image, bool) {
		return map[string]Image{"bytes.png": {"/assets/a.png", 9, 9, 500_001}, "wide.png": {"/assets/a.png", 2001, 9, 9},
			"high.png": {"/assets/a.png", 9, 2001, 9}, "fit.png": {"/assets/a.png", 2000, 2000, 500_000}}[path], path != "no.png"
	}}
	for _, tt := range []struct {
		rule, name, markdown string
		o                    Options
		want                 string
	}{
		{"duplicate-title", "two", en + "## A  b\n\nx\n\n## C\n\nx\n\n## a B\n\nx\n", Options{}, "14:1 a B"},
		{"duplicate-title", "none", steps("x", "x"), Options{}, ""},
		{"missing-alt", "empty", steps("a ![](x.png)", "![what](y.png)"), Options{}, "8:3 ![](x.png)"},
		{"huge-image", "each", steps("![a](bytes.png) ![a](fit.png) ![a](no.png)", "![a](wide.png) ![a](high.png)"), huge,
			"8:1 ![a](bytes.png), 12:1 ![a](wide.png), 12:16 ![a](high.png)"},
		{"heading-jump", "two to four", steps("#### a\n\nx\n\n### b", "x"), Options{}, "8:1 #### a"},
		{"heading-jump", "up again", steps("### a\n\n#### b\n\nx", "x"), Options{}, ""},
		{"step-too-long", "words", steps(sentences(252), "x"), Options{}, "6:1 One"},
		{"step-too-long", "just not", steps(sentences(248), "x"), Options{}, ""},
		{"step-too-long", "code does not count", steps("```\n"+sentences(400)+"\n```", "x"), Options{}, ""},
		{"step-too-long", "characters", zh + "## 一\n\n" + strings.Repeat("看灯。", 301) + "\n\n## 二\n\n看\n", Options{}, "6:1 一"},
		{"several-actions", "two lists", steps("1. a\n2. b\n\nor\n\n1. c\n2. d", "x"), Options{}, "13:1 One"},
		{"several-actions", "one list that is interrupted", steps("1. a\n2. b\n\nwhat\n\n3. c\n4. d", "x"), Options{}, ""},
		{"several-actions", "item of four", items("Press it. Hold it. Wait a minute. Then let go."), Options{},
			"6:1 Press it. Hold it. Wait a minute. Then let go."},
		{"several-actions", "item of three", items("Press it. The light comes on. It is red. Hold it. Wait."), Options{}, ""},
		{"several-actions", "running text under a heading", steps("Press it. Hold it. Wait a minute. Let go. Open the lid. Take the filter out.", "x"), Options{}, "6:1 One"},
		{"several-actions", "not so many", steps("Press it. Hold it. Wait a minute. Let go. Open the lid.", "x"), Options{}, ""},
		{"several-actions", "German", fmt.Sprintf(front, "de") +
			"1. Halten Sie die Taste. Warten Sie. Ziehen Sie den Stecker. Prüfen Sie das Kabel.\n2. Fertig\n", Options{},
			"6:1 Halten Sie die Taste. Warten Sie. Ziehen Sie den Stecker. Prüfen Sie das Kabel."},
		{"several-actions", "Chinese", zh + "1. 按住键。等一分钟。拔下插头。再插上。\n2. 看\n", Options{}, "6:1 按住键。等一分钟。拔下插头。再插上。"},
		{"fake-heading", "two", steps("**On Windows**\n\nx\n\n**On a Mac**\n\nx", "x"), Options{}, "8:1 On Windows"},
		{"fake-heading", "a sentence, a label, the last, in a text", steps("**Stop here.**\n\n**Note:**\n\na **b** c\n\n**Done**", "x"), Options{}, ""},
		{"fake-heading", "nothing under it", steps("**a**\n\n### b\n\nc", "x"), Options{}, ""},
		{"fake-heading", "where items are steps", items("a\n\n   **b**\n\n   c"), Options{}, ""},
		{"unknown-sku", "both kinds", "---\ntitle: T\nskus:\n  - AB\n  - A # what\n  - 'X*'\n---\nx\n",
			Options{SKUExists: func(s string) bool { return s == "AB" }}, "5:5 A, 6:6 X*"},
		{"unknown-sku", "not known", en + "x", Options{}, ""},
		{"unknown-reason", "both kinds", "---\nskus: [A]\nreasons: [OTHER, noise, 'X-Y']\n---\nx\n",
			Options{ReasonKnown: func(r string) bool { return r == "OTHER" }}, "3:18 NOISE, 3:26 X-Y"},
		{"unknown-reason", "not known", "---\nskus: [A]\nreasons: [NOISE]\n---\nx\n", Options{}, ""},
		{"reason-case", "list", "---\nskus: [A]\nreasons: [DEFECTIVE, other]\n---\nx\n", Options{}, "3:22 other"},
		{"reason-case", "mapping", "---\nskus: [A]\nreasons:\n  defective: \"#other\"\n  OTHER: one\n---\nx\n", Options{}, "4:3 defective"},
		{"locale-form", "underscore", "---\nskus: [A]\nlocale: en_us # x\n---\nx\n", Options{}, "3:9 en_us"},
		{"locale-form", "usual", en + "x", Options{}, ""},
	} {
		t.Run(tt.rule+"/"+tt.name, func(t *testing.T) {
			if got := findingsOf(t, tt.rule, tt.markdown, tt.o); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestNoSafetyNote(t *testing.T) {
	for name, tt := range map[string]struct{ locale, a, b, safety, want string }{
		"English":                 {"en", "If the battery is swollen, go on.", "x", "", "9:8 battery is swollen"},
		"in the second step":      {"en", "x", "Fill in boiling water.", "", "13:9 boiling water"},
		"in the title":            {"en", "x\n\n## Smell of gas", "x", "", "11:4 Smell of gas"},
		"only once a step":        {"en", "Smoke and boiling water.", "x", "", "9:1 Smoke"},
		"German":                  {"de", "Bei Rauch weitermachen.", "x", "", "9:5 Rauch"},
		"French":                  {"fr", "S'il y a une odeur de brûlé, continuez.", "x", "", "9:14 odeur de brûlé"},
		"Spanish":                 {"es", "Si huele a quemado, siga.", "x", "", "9:4 huele a quemado"},
		"Chinese":                 {"zh", "如果电池鼓包，请继续。", "看", "", "9:3 电池鼓"},
		"Chinese, no script":      {"", strings.Repeat("请检查路由器的指示灯。", 5) + "如果冒烟，请继续。", "看", "", "9:58 冒烟"},
		"the seller's word":       {"it", "Il litio si trova qui.", "x", "litio", "9:4 litio"},
		"of several words":        {"en", "Open the hot lid now.", "x", "hot lid", "9:10 hot lid"},
		"in Chinese":              {"zh", "请打开锂电池仓。", "看", "锂电池", "9:4 锂电池"},
		"detector":                {"en", "Press the smoke detector's button. Mount the smoke alarm.", "x", "", ""},
		"part of a word":          {"en", "The smoked, gasoline-like, mainsail.", "x", "", ""},
		"code":                    {"en", "Run `smoke` now.\n\n    smoke", "x", "", ""},
		"other language":          {"en", "Rauch, humo", "x", "", ""},
		"bold before":             {"en", "**Stop here and return it** if it is hot.", "If there is smoke, wait.", "", ""},
		"bold after":              {"en", "If there is smoke, wait.", "**Stop here** if it is hot.", "", "9:13 smoke"},
		"bold of no warning":      {"en", "**It does not work:** there is smoke.", "x", "", "9:32 smoke"},
		"a label":                 {"en", "Warning: smoke can come out.", "x", "", ""},
		"a label in Chinese":      {"zh", "注意：可能冒烟。", "看", "", ""},
		"callout in the step":     {"en", "> [!WARNING]\n> Smoke is harmful.", "Look at the smoke.", "", ""},
		"caution, a stop":         {"en", "> [!CAUTION]\n> Smoke: unplug it.", "x", "", ""},
		"caution by another name": {"en", ":::danger Hot\n\nSmoke.\n\n:::", "x", "", ""},
		"a mere note":             {"en", "> [!NOTE]\n> Smoke is grey.", "x", "", "10:3 Smoke"},
		"a way to stop":           {"en", "Is there smoke? [Yes](#stop) [No](#two)", "x", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			locale := "locale: " + tt.locale + "\n"
			safety := "safety: [" + tt.safety + "]\n"
			markdown := "---\ntitle: T\nskus: [A]\n" + locale + safety + "---\n## One\n\n" + tt.a + "\n\n## Two\n\n" + tt.b + "\n"
			if got := findingsOf(t, "no-safety-note", markdown, Options{}); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestTranslationLacksStep(t *testing.T) {
	sibling := func(ids ...string) Options {
		return Options{Siblings: []Sibling{{Name: "kettle", Locale: "en", Steps: path(ids...)}}}
	}
	de := fmt.Sprintf(front, "de")
	pinned := de + "## Eins {#a}\n\nx\n\n## Zwei {#b}\n\nx\n"
	for name, tt := range map[string]struct {
		markdown string
		o        Options
		want     string
	}{
		"by id":                  {pinned, sibling("a", "b", "c"), `"kettle" (en) has 1 step that this guide lacks: "C"`},
		"has all":                {pinned, sibling("b", "a"), ""},
		"has more":               {pinned, sibling("a"), ""},
		"by number":              {de + "## Eins\n\nx\n\n## Zwei\n\nx\n", sibling("one", "two", "three", "four"), `"kettle" (en) has 2 steps that this guide lacks`},
		"as many":                {de + "## Eins\n\nx\n\n## Zwei\n\nx\n", sibling("one", "two"), ""},
		"one may be the other":   {de + "## Eins {#a}\n\nx\n\n## Zwei\n\nx\n", sibling("a", "two"), ""},
		"one of two may be":      {de + "## Eins {#a}\n\nx\n\n## Zwei\n\nx\n", sibling("a", "two", "three"), `"kettle" (en) has 1 step that this guide lacks`},
		"replaced, as many":      {pinned, sibling("a", "c"), `"kettle" (en) has 1 step that this guide lacks: "C"`},
		"no sibling":             {pinned, Options{}, ""},
		"few of many are quoted": {pinned, sibling("a", "b", "c", "d", "e", "f"), `"kettle" (en) has 4 steps that this guide lacks: "C", "D", "E" and 1 more`},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Compile(tt.markdown, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range d.Findings {
				if f.Rule == "translation-lacks-step" {
					got += f.Message
				}
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
