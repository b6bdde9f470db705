package guides

import (
	"strings"
	"testing"
)

func TestCallouts(t *testing.T) {
	const box = `<blockquote class="callout callout-`
	for name, tt := range map[string]struct{ markdown, html, findings string }{
		"alert":               {"> [!NOTE]\n> a *b*\n> c", box + "note\"><p><strong>Note</strong></p>\n<p>a <em>b</em>\nc</p>\n</blockquote>", ""},
		"alert, its own text": {"> [!warning]  \n>\n> a", box + "warning\"><p><strong>Warning</strong></p>\n<p>a</p>\n</blockquote>", ""},
		"alert with a title":  {"> [!TIP] Be quick\n> a", box + "tip\"><p><strong>Be quick</strong></p>\n<p>a</p>\n</blockquote>", ""},
		"no alert":            {"> [!VIDEO]\n> a", "<blockquote>\n<p>[!VIDEO]\na</p>\n</blockquote>", ""},
		"bold label":          {"> **Warning:** a", box + "warning\"><p><strong>Warning:</strong> a</p>\n</blockquote>", ""},
		"Chinese bold label":  {"> **注意**：a", box + "warning\"><p><strong>注意</strong>：a</p>\n</blockquote>", ""},
		"a quote":             {"> **Warnings** are good", "<blockquote>\n<p><strong>Warnings</strong> are good</p>\n</blockquote>", ""},
		"colons":              {":::note\n\na\n\n- b\n:::\n\nc", box + "note\"><p><strong>Note</strong></p>\n<p>a</p>\n<ul>\n<li>b</li>\n</ul>\n</blockquote>\n<p>c</p>", ""},
		"colons, a title":     {"::: danger Do *not* open\na\n:::", box + "caution\"><p><strong>Do *not* open</strong></p>\n<p>a</p>\n</blockquote>", ""},
		"colons in brackets":  {":::info[Look]{.x}\na\n:::", box + "note\"><p><strong>Look</strong></p>\n<p>a</p>\n</blockquote>", ""},
		"MyST":                {":::{tip}\na\n:::", box + "tip\"><p><strong>Tip</strong></p>\n<p>a</p>\n</blockquote>", ""},
		"colons after text":   {"a\n:::tip\nb\n:::\nc", "<p>a</p>\n" + box + "tip\"><p><strong>Tip</strong></p>\n<p>b</p>\n</blockquote>\n<p>c</p>", ""},
		"colons in colons": {"::::note\na\n:::tip\nb\n:::\nc\n::::", box + "note\"><p><strong>Note</strong></p>\n<p>a</p>\n" +
			box + "tip\"><p><strong>Tip</strong></p>\n<p>b</p>\n</blockquote>\n<p>c</p>\n</blockquote>", ""},
		"colons in code":   {":::note\n```\n:::\n```\n:::\na", box + "note\"><p><strong>Note</strong></p>\n<pre><code>:::\n</code></pre>\n</blockquote>\n<p>a</p>", ""},
		"colons in a list": {"- a\n\n  :::tip\n  b\n  :::\n\n  c", "<ul>\n<li>\n<p>a</p>\n" + box + "tip\"><p><strong>Tip</strong></p>\n<p>b</p>\n</blockquote>\n<p>c</p>\n</li>\n</ul>", ""},
		"colons left open": {":::note\na\n\nb", "<p>a</p>\n<p>b</p>", "directive-line INFO 1:1"},
		"colons, unknown":  {":::tabs\na\n:::", "<p>a</p>", "unknown-callout INFO 1:1"},
		"colons on a line": {":::row:::\n\na\n\n:::row-end:::", "<p>a</p>", "directive-line INFO 1:1, directive-line INFO 5:1"},
		"marks":            {"!!! warning \"Hot\"\n    a\n\n    b\n\nc", box + "warning\"><p><strong>Hot</strong></p>\n<p>a</p>\n<p>b</p>\n</blockquote>\n<p>c</p>", ""},
		"marks that fold":  {"???+ tip\n    a\n\nb", box + "tip\"><p><strong>Tip</strong></p>\n<p>a</p>\n</blockquote>\n<p>b</p>", ""},
		"no marks":         {"!!! wow\n\n??? what", "<p>!!! wow</p>\n<p>??? what</p>", ""},
		"MDX":              {"import A from '@b/c';\nimport {\n  D } from \"e\"\n\nexport const f = 1\n\nimport it from the box", "<p>import it from the box</p>", "mdx-line INFO 1:1, mdx-line INFO 5:1"},
		"MDX tags":         {"<Tab x={1}\n  y=\"z\">\n\na\n\n<b x={1} c", "<p>a</p>\n<p>&lt;b x={1} c</p>", "mdx-line INFO 1:1"},
		"Liquid":           {"a\n{% include b.html %}\nc {% d %}", "<p>a</p>\n<p>c {% d %}</p>", "liquid-line INFO 2:1"},
		"kramdown":         {"> a\n{: .note }\n\n{:toc} b", "<blockquote>\n<p>a</p>\n</blockquote>\n<p>{:toc} b</p>", "kramdown-line INFO 2:1"},
	} {
		t.Run(name, func(t *testing.T) {
			d := compile(t, tt.markdown)
			if got := strings.TrimSpace(string(d.HTML)); got != tt.html {
				t.Errorf("HTML\n%s\nwant\n%s", got, tt.html)
			}
			if got := withoutTitle(d.Findings); got != tt.findings {
				t.Errorf("findings %q, want %q", got, tt.findings)
			}
		})
	}
}

func TestCalloutLabelsAreInTheGuidesLanguage(t *testing.T) {
	for locale, want := range map[string]string{"de-CH": "Vorsicht", "fr": "Attention", "es": "Precaución", "zh-Hant": "当心", "ja": "Caution", "": "Caution"} {
		d := compile(t, "---\nlocale: "+locale+"\n---\n> [!CAUTION]\n> x\n")
		if !strings.Contains(string(d.HTML), "<strong>"+want+"</strong>") {
			t.Errorf("%s: %s", locale, d.HTML)
		}
	}
	for language, labels := range calloutLabels {
		for _, kind := range calloutKinds {
			if labels[kind] == "" {
				t.Errorf("%s has no label for %s", language, kind)
			}
		}
	}
}

func TestStop(t *testing.T) {
	d := compile(t, "# T\n\n> [!CAUTION]\n> intro\n\n## A\n\n> [!CAUTION]\n> Smoke:\n> unplug.\n\na\n\n:::danger Hot\nb\n:::\n\n## B\n\n- x\n\n  > **Caution:** mind the *gap*\n\n> [!WARNING]\n> w\n\n## C\n\nc\n")
	var got []string
	for _, s := range d.Steps {
		got = append(got, s.Stop)
	}
	if got := strings.Join(got, "|"); got != "Smoke: unplug.\nb|mind the gap|" {
		t.Errorf("stops %q", got)
	}
}
