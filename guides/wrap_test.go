package guides

import (
	"strings"
	"testing"
)

func TestLanguageBox(t *testing.T) {
	for locale, open := range map[string]string{
		"en-GB":   `<div lang="en-GB" dir="ltr">`,
		"ar":      `<div lang="ar" dir="rtl">`,
		"he-IL":   `<div lang="he-IL" dir="rtl">`,
		"fa":      `<div lang="fa" dir="rtl">`,
		"ur":      `<div lang="ur" dir="rtl">`,
		"az-Arab": `<div lang="az-Arab" dir="rtl">`,
		"az":      `<div lang="az" dir="ltr">`,
		"ks-Deva": `<div lang="ks-Deva" dir="ltr">`,
		"zh-Hant": `<div lang="zh-Hant" dir="ltr">`,
		"dv":      `<div lang="dv" dir="rtl">`,
	} {
		d := compile(t, "---\nlocale: "+locale+"\n---\n# T\n\nintro\n\n## A\n\nx\n\n## B\n\n## Fixed\n\ny\n")
		for name, piece := range map[string]SafeHTML{"guide": d.HTML, "intro": d.Intro, "step": d.Steps[0].HTML, "ending": d.Endings[0].HTML} {
			if !strings.HasPrefix(string(piece), open+"\n") || !strings.HasSuffix(string(piece), "</div>\n") {
				t.Errorf("%s: the %s is %s", locale, name, piece)
			}
		}
		if d.Steps[1].HTML != "" {
			t.Errorf("%s: a box around nothing: %s", locale, d.Steps[1].HTML)
		}
	}
	if d := compile(t, "x"); strings.Contains(string(d.HTML), "lang") {
		t.Errorf("a language out of nowhere: %s", d.HTML)
	}
	for _, hostile := range []string{`en" onclick="x`, "<b>", "en\x00"} {
		if box := newLanguageBox(hostile); box != "" {
			t.Errorf("%q gives %s", hostile, box)
		}
	}
}

func TestTablesScroll(t *testing.T) {
	for locale, label := range map[string]string{"": "Table", "de-AT": "Tabelle", "zh": "表格", "sv": "Table"} {
		d := compile(t, "---\nlocale: "+locale+"\n---\n- x\n\n  |a|\n  |-|\n  |b|\n")
		open := `<div class="table" role="region" tabindex="0" aria-label="` + label + `">` + "\n<table>"
		if !strings.Contains(string(d.HTML), open) || !strings.Contains(string(d.HTML), "</table>\n</div>") {
			t.Errorf("%s: no %s in %s", locale, open, d.HTML)
		}
		if d.Steps[0].Instruction != "x\na\nb" {
			t.Errorf("as plain text: %q", d.Steps[0].Instruction)
		}
	}
}

func TestBoxPolicyAlone(t *testing.T) {
	policy := newPolicy(nil)
	for in, want := range map[string]string{
		`<div class="table" role="region" tabindex="0" aria-label="Tabelle">x</div>`: `<div class="table" role="region" tabindex="0" aria-label="Tabelle">x</div>`,
		`<div class="tables" role="alert" tabindex="1" aria-label="Table x">x</div>`: `<div>x</div>`,
		`<div id="x" style="y" onclick="z" class="table">x</div>`:                    `<div class="table">x</div>`,
		`<p class="table" tabindex="0">x</p>`:                                        `<p>x</p>`,
	} {
		if got := policy.Sanitize(in); got != want {
			t.Errorf("%s became %s", in, got)
		}
	}
}
