package guides

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// checkStrict holds the short way through the sanitiser to the sanitiser: it gives the same or nothing.
func checkStrict(t testing.TB, raw string) (went bool) {
	t.Helper()
	got, went := appendStrict(nil, []byte(raw))
	if want := engine().policy.SanitizeBytes([]byte(raw)); went && !bytes.Equal(got, want) {
		t.Errorf("%q\ngives %q\nwant  %q", raw, got, want)
	}
	return went
}

func TestStrict(t *testing.T) {
	for raw, want := range map[string]bool{
		"":                                       true,
		"a 'b' \"c\" > 水 \t\n":                   true,
		"&amp; &lt;b&gt; &quot;c&quot; &amp;lt;": true,
		"<h2 id=\"guide-a-水_1\">a</h2>\n<p>b<br>\n<em>c</em> <strong>d</strong> <del>e</del></p>\n<hr>\n":             true,
		"<ol start=\"3\">\n<li id=\"guide-x\">a</li>\n</ol>\n<pre><code>&lt;\n</code></pre>\n":                        true,
		"<a href=\"#guide-a\">b</a><a href=\"https://a.example/b?c=d&amp;e=%20#f\" rel=\"" + externalRel + "\">g</a>": true,
		"<a href=\"mailto:a@b.example\">c</a>":                                                                                        true,
		"<a href=\"#guide-%C3%BC\">c</a>":                                                                                             true,
		"<blockquote class=\"callout callout-tip\">\n</blockquote>":                                                                   true,
		"<img src=\"/assets/a0.png\" alt=\"a &quot;b' &lt;\" width=\"9\" height=\"90\" loading=\"lazy\">":                             true,
		"<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Table\">\n<table>\n<th align=\"left\">a</th></table></div>": true,

		"\r": false, "\x00": false, "&": false, "&copy;": false, "&#39;": false, "&amp": false, "<": false, "< p>": false,
		"<!-- a -->": false, "<script>": false, "<style>": false, "<p ": false, "<p": false, "<P>": false, "<p/>": false, "<p >": false,
		"</br>": false, "</img>": false, "<br/>": false, "<a>": false, "<div>": false, "<img>": false, "<p id=\"guide-a\">": false,
		"<a  href=\"#guide-a\">": false, "<a href='#guide-a'>": false, "<a href=#guide-a>": false, "<a href=\"#a\">": false,
		"<a href=\"javascript:x\">": false, "<a href=\"https:///a\">": false, "<a href=\"https://\\a\">": false, "<a href=\"http://a\">": false,
		"<a href=\"https://a b\">": false, "<a href=\"https://a/ü\">": false, "<a href=\"/a\">": false,
		"<a href=\"https://a\" onclick=\"x\">": false, "<a href=\"https://a\"onclick>": false, "<a HREF=\"https://a\">": false,
		"<img alt=\"a\" alt=\"b\">": false,
		"<h1 id=\"a\">":             false, "<h1 id=\"guide-\">": false, "<h1 id=\"guide-a b\">": false, "<h1 class=\"a\">": false,
		"<li id=\"guide-a:b\">": false, "<ol start=\"-1\">": false, "<ol start=\"1234567890\">": false, "<ol start=\"\">": false,
		"<blockquote class=\"callout\">": false, "<blockquote class=\"note\">": false, "<td align=\"justify\">": false,
		"<img src=\"https://a/b.png\">": false, "<img src=\"/assets/A.png\">": false, "<img src=\"/assets/a.svg\">": false,
		"<img src=\"/assets/a.png\" width=\"0\">": false, "<img src=\"/assets/.png\">": false, "<img alt=\"<\">": false,
		"<img loading=\"eager\">": false, "<div class=\"x\">": false, "<div lang=\"en\">": false, "<code class=\"language-a\">": false,
	} {
		if went := checkStrict(t, raw); went != want {
			t.Errorf("%q goes the short way: %v", raw, went)
		}
	}
}

// TestStrictIsTaken: what guides are made of must not go the long way.
func TestStrictIsTaken(t *testing.T) {
	markdown := "# A\n\n> [!NOTE]\n> b 'c' \"d\" & e\n\n## F {#g}\n\n1. [h](https://a.example/b?c=d&e) <i@b.example>\n2. `<j>`\n\n   k  \n   l\n\n" +
		"| m | n |\n|:-:|---|\n| **o** | *p* |\n\n```sh\nq\n```\n\n---\n\n- [x] ~~r~~\n\n## S\n\n[t](#g) ![u](v.png)\n"
	c := &compilation{options: Options{Image: func(string) (Image, bool) { return Image{URI: "/assets/a.png", Width: 9, Height: 9}, true }},
		source: newSource(markdown)}
	root, err := parse(c.source.body())
	if err != nil {
		t.Fatal(err)
	}
	c.nodes = takeInventory(root, c.source.body())
	for _, p := range passes {
		p.run(c, root)
	}
	var raw bytes.Buffer
	if err := engine().renderer.Render(&raw, c.source.body(), root); err != nil {
		t.Fatal(err)
	}
	if !checkStrict(t, raw.String()) {
		t.Errorf("goes the long way: %s", raw.String())
	}
}

// FuzzStrict holds the short way to the sanitiser, whatever the text is, and whatever goldmark makes of a text.
func FuzzStrict(f *testing.F) {
	sample, err := os.ReadFile("testdata/xss.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(sample)) {
		f.Add(line)
	}
	for _, raw := range []string{
		"<p>a &amp; 'b' &quot;</p>", "<a href=\"https://a.example/?b=c&amp;d#e\" rel=\"noopener noreferrer nofollow\">f</a>",
		"<h1 id=\"guide-ä\">a</h1><ol start=\"2\"><li id=\"guide-b\">c</li></ol><br><hr>", "<a href=\"mailto:a@b.c?d=e%20f\">g</a>",
		"<img src=\"/assets/a.webp\" alt=\"b 'c'\" width=\"1\" height=\"2\" loading=\"lazy\"><td align=\"right\">",
		"<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"表\"><blockquote class=\"callout callout-note\">",
		"# a\n\n[b](https://c.example/d%zz) <b>c</b> &copy; &#13; \\& `'`\n",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		checkStrict(t, raw)
		for _, element := range []string{"<a href=\"%\">", "<img src=\"%\">", "<img alt=\"%\">", "<h1 id=\"%\">", "<a href=\"https://%\">",
			"<a href=\"#guide-%\">", "<a href=\"mailto:%\">", "<li id=\"guide-%\">"} {
			checkStrict(t, strings.ReplaceAll(element, "%", raw))
		}
		var rendered bytes.Buffer
		if err := plainGoldmark.Convert([]byte(raw), &rendered); err == nil {
			checkStrict(t, rendered.String())
		}
	})
}
