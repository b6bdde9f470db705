package guides

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func compile(t *testing.T, markdown string) Document {
	t.Helper()
	d, err := Compile(markdown, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// readingRules are the rules of reading a guide; those of the linter have
// tests of their own.
var readingRules = strings.Fields("front-matter wrong-type duplicate-key locale minutes too-many too-long has-space unknown-key " +
	"missing-title title-too-long empty-guide too-many-steps front-matter-unclosed raw-html link-target image-host nul-character " +
	"untitled-step text-before-steps more-findings mdx-line liquid-line kramdown-line directive-line unknown-callout " +
	"duplicate-id reserved-id duplicate-ending")

// ruleLines writes the findings of reading as rule severity line:column.
func ruleLines(findings []Finding) string {
	return brief(slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return !slices.Contains(readingRules, f.Rule) }))
}

// withoutTitle is ruleLines of a guide that needs no title here.
func withoutTitle(findings []Finding) string {
	return ruleLines(slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return f.Rule == "missing-title" }))
}

// brief writes findings as rule severity line:column.
func brief(findings []Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%s %s %d:%d", f.Rule, f.Severity, f.Line, f.Column))
	}
	return strings.Join(all, ", ")
}

func TestFrontMatter(t *testing.T) {
	type want struct {
		Document
		findings string
	}
	for name, tt := range map[string]struct {
		yaml string
		want want
	}{
		"all keys": {"title: A  b\nskus: [K-1, 0123, K-*, K-1]\ncategories: kettles\nreasons: [defective]\nlocale: en_gb\nminutes: 7",
			want{Document{Title: "A b", Locale: "en-GB", SKUs: []string{"K-1", "0123", "K-*"}, Categories: []string{"kettles"},
				Reasons: []string{"DEFECTIVE"}, Minutes: 7}, ""}},
		"Norwegian is a locale":    {"title: a\nskus: [a]\nlocale: no", want{Document{Title: "a", Locale: "no", SKUs: []string{"a"}}, ""}},
		"empty values":             {"title:\nskus:\nlocale:\nminutes:", want{Document{Title: "Text"}, ""}},
		"unknown key":              {"skus: a\nlayout: x", want{Document{Title: "Text", SKUs: []string{"a"}}, "unknown-key INFO 3:1"}},
		"duplicate key":            {"skus: a\nskus: b", want{Document{Title: "Text", SKUs: []string{"a"}}, "duplicate-key ERROR 3:1"}},
		"title is a list":          {"title: [a]\nskus: a", want{Document{Title: "Text", SKUs: []string{"a"}}, "wrong-type ERROR 2:8"}},
		"SKU is true":              {"skus:\n- a\n- true", want{Document{Title: "Text", SKUs: []string{"a"}}, "wrong-type ERROR 4:3"}},
		"SKUs are a map":           {"skus: {a: b}", want{Document{Title: "Text"}, "wrong-type ERROR 2:7"}},
		"SKUs with a space":        {"skus: a b", want{Document{Title: "Text"}, "has-space ERROR 2:7"}},
		"SKU too long":             {"skus: [a, " + strings.Repeat("b", 201) + "]", want{Document{Title: "Text", SKUs: []string{"a"}}, "too-long ERROR 2:11"}},
		"an alias":                 {"title: &a b\nskus: *a", want{Document{Title: "b"}, "wrong-type ERROR 3:7"}},
		"locale is no language":    {"skus: a\nlocale: english please", want{Document{Title: "Text", SKUs: []string{"a"}}, "locale ERROR 3:9"}},
		"minutes are not a number": {"skus: a\nminutes: soon", want{Document{Title: "Text", SKUs: []string{"a"}}, "minutes ERROR 3:10"}},
		"minutes too many":         {"skus: a\nminutes: 241", want{Document{Title: "Text", SKUs: []string{"a"}}, "minutes ERROR 3:10"}},
		"minutes are a fraction":   {"skus: a\nminutes: 1.5", want{Document{Title: "Text", SKUs: []string{"a"}}, "minutes ERROR 3:10"}},
		"not YAML":                 {"skus: a\ntitle: a: b", want{Document{Title: "Text"}, "front-matter ERROR 3:1"}},
		"not a map":                {"- a", want{Document{Title: "Text"}, "front-matter ERROR 2:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := compile(t, "---\n"+tt.yaml+"\n---\n# Text\n")
			if got := ruleLines(d.Findings); got != tt.want.findings {
				t.Errorf("findings %q, want %q", got, tt.want.findings)
			}
			if want := strings.Contains(tt.want.findings, "ERROR"); d.HasErrors() != want {
				t.Errorf("HasErrors() = %v", d.HasErrors())
			}
			d.Steps, d.HTML, d.Findings = nil, "", nil
			if !reflect.DeepEqual(d, tt.want.Document) {
				t.Errorf("got %+v, want %+v", d, tt.want.Document)
			}
		})
	}
}

func TestTooManySKUs(t *testing.T) {
	var yaml strings.Builder
	for i := range MaxSKUs + 5 {
		fmt.Fprintf(&yaml, "- K%d\n", i)
	}
	d := compile(t, "---\nskus:\n"+yaml.String()+"---\n# a\n")
	if len(d.SKUs) != MaxSKUs || ruleLines(d.Findings) != "too-many ERROR 1003:3" {
		t.Errorf("%d SKUs, findings %s", len(d.SKUs), ruleLines(d.Findings))
	}
}

func TestSteps(t *testing.T) {
	for name, tt := range map[string]struct{ markdown, title, steps string }{
		"sections under a title": {"# T\n\n## A b\n\nx *y*\n\n### Sub\n\nz\n\n## C\n", "T", "a-b|A b|x y/Sub/z; c|C|"},
		"the shallowest level":   {"# T\n\n### A\n\n## B\n\n## C\n", "T", "b|B|; c|C|"},
		"no level 1":             {"## A\n\nx\n\n## B\n", "A", "a|A|x; b|B|"},
		"several level 1":        {"---\ntitle: T\n---\n# A\n\n## x\n\n# B\n", "T", "a|A|x; b|B|"},
		"front matter and one 1": {"---\ntitle: T\n---\n# A\n\n## B\n\n## C\n", "T", "b|B|; c|C|"},
		"items":                  {"# T\n\n1. Unplug it.\n2. Wait\n   a minute.\n\n   Really.\n", "T", "unplug-it|Unplug it.|; wait-a-minute|Wait a minute.|Really."},
		"items under a heading":  {"# T\n\n## Steps\n\n1. A\n2. B\n", "T", "a|A|; b|B|"},
		"two lists are one step": {"# T\n\n1. A\n2. B\n\ntext\n\n1. C\n2. D\n", "T", "t|T|A/B/text/C/D"},
		"bullets are no steps":   {"# T\n\n- A\n- B\n", "T", "t|T|A/B"},
		"one step":               {"# T\n\nDo *it*.\n", "T", "t|T|Do it."},
		"sections before items":  {"# T\n\n## A\n\n1. x\n\n## B\n", "T", "a|A|x; b|B|"},
		"equal titles":           {"# T\n\n## A\n\n## A\n\n## A-1\n", "T", "a|A|; a-1|A|; a-1-1|A-1|"},
		"Chinese":                {"# 标题\n\n## 拔下 插头\n\n第一行\n第二行\n\n## 二\n", "标题", "拔下-插头|拔下 插头|第一行第二行; 二|二|"},
		"untitled":               {"# T\n\n## \n\n## ![]()\n", "T", "step||; step-1||"},
		"setext, no fence":       {"T\n===\n\nA\n---\n\nB\n---\n", "T", "a|A|; b|B|"},
		"byte order mark, CRLF":  {"\uFEFF---\r\ntitle: T\r\n---\r\n## A\r\n\r\nx\r\n\r\n## B\r\n", "T", "a|A|x; b|B|"},
		"plain text":             {"# T\n\n[a](https://x.example) `b` &amp; \\* c  \nd <i>e</i>\n\n|f|g|\n|-|-|\n|h|i|\n", "T", "t|T|a b & * c/d e/f g/h i"},
		"nothing":                {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := compile(t, tt.markdown)
			var got []string
			for _, s := range d.Steps {
				got = append(got, s.ID+"|"+s.Title+"|"+strings.ReplaceAll(s.Instruction, "\n", "/"))
			}
			if d.Title != tt.title || strings.Join(got, "; ") != tt.steps {
				t.Errorf("title %q, steps %q; want %q, %q", d.Title, strings.Join(got, "; "), tt.title, tt.steps)
			}
		})
	}
}

func TestHTML(t *testing.T) {
	const rel = ` rel="noopener noreferrer nofollow"`
	for name, tt := range map[string]struct{ markdown, html, findings string }{
		"https link":        {"[a](https://x.example/p?q=1&r=2 \"t\")", `<p><a href="https://x.example/p?q=1&amp;r=2"` + rel + `>a</a></p>`, ""},
		"mail":              {"<a@x.example> [b](mailto:b@x.example)", `<p><a href="mailto:a@x.example">a@x.example</a> <a href="mailto:b@x.example">b</a></p>`, ""},
		"written out":       {"see https://x.example, www.y.example", `<p>see <a href="https://x.example"` + rel + `>https://x.example</a>, <a href="https://www.y.example"` + rel + `>www.y.example</a></p>`, ""},
		"anchor":            {"# Über 水\n\n[a](#über-水)", "<h1 id=\"guide-über-水\">Über 水</h1>\n<p><a href=\"#guide-%C3%BCber-%E6%B0%B4\">a</a></p>", ""},
		"other schemes":     {"a [*b*](http://x.example) [c](/d) [e](//f)", "<p>a <em>b</em> c e</p>", "link-target WARNING 1:3, link-target WARNING 1:27, link-target WARNING 1:35"},
		"hidden script":     {"水 [a](javascript&colon;x)", "<p>水 a</p>", "link-target WARNING 1:3"},
		"image":             {"a ![*b* c](https://x.example/i.png)", "<p>a <em>b</em> c</p>", "image-host WARNING 1:3"},
		"image in a link":   {"[![b](https://y.example/i.png)](https://x.example)", `<p><a href="https://x.example"` + rel + `>b</a></p>`, "image-host WARNING 1:2"},
		"inline tags":       {"a <b onclick=x>c</b><br/>d", "<p>a cd</p>", "raw-html WARNING 1:3, raw-html WARNING 1:21"},
		"HTML block":        {"a\n\n<div>\nb\n</div>\n\nc", "<p>a</p>\n<p>c</p>", "raw-html WARNING 3:1"},
		"comment":           {"a\n\n<!-- b -->", "<p>a</p>", "raw-html INFO 3:1"},
		"check boxes":       {"- [x] a\n- [ ] b", "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>", ""},
		"table":             {"|a|b|\n|:-:|-|\n|c|`d\\|e`|", "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Table\">\n<table>\n<thead>\n<tr>\n<th align=\"center\">a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td align=\"center\">c</td>\n<td><code>d|e</code></td>\n</tr>\n</tbody>\n</table>\n</div>", ""},
		"list goes on":      {"3. a\n4. b", "<ol start=\"3\">\n<li id=\"guide-a\">a</li>\n<li id=\"guide-b\">b</li>\n</ol>", ""},
		"code":              {"```sh\na <b>\n```", "<pre><code>a &lt;b&gt;\n</code></pre>", ""},
		"Chinese lines":     {"第一\n第二", "<p>第一第二</p>", ""},
		"NUL":               {"a\x00b", "<p>a\uFFFDb</p>", "nul-character WARNING 1:2"},
		"many stars":        {strings.Repeat("*", 17) + "a", "<p>*****************a</p>", ""},
		"strike and strong": {"~~a~~ **b**", "<p><del>a</del> <strong>b</strong></p>", ""},
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

func TestOtherFindings(t *testing.T) {
	for name, tt := range map[string]struct{ markdown, findings string }{
		"empty":           {"", "empty-guide ERROR 1:1, missing-title ERROR 1:1"},
		"only HTML":       {"# <i></i>", "missing-title ERROR 1:1, raw-html WARNING 1:3"},
		"no title":        {"---\nskus: a\n---\ntext", "missing-title ERROR 1:1"},
		"unclosed":        {"---\nskus: a\n\n# T", "front-matter-unclosed WARNING 1:1"},
		"long title":      {"---\nskus: a\ntitle: " + strings.Repeat("水", 201) + "\n---\na", "title-too-long ERROR 1:1"},
		"intro":           {"---\nskus: a\n---\n# T\n\nmind this\n\n## A\n\n## B", "text-before-steps INFO 6:1"},
		"untitled step":   {"---\nskus: a\n---\n# T\n\n## \n\n## B", "untitled-step WARNING 6:1"},
		"too many steps":  {"---\nskus: a\n---\n# T\n\n" + strings.Repeat("## A\n", MaxSteps+1), "too-many-steps ERROR 1:1, more-findings INFO 505:1"},
		"offset by yaml":  {"---\nskus: a\n---\n# T\n\na <b>", "raw-html WARNING 6:3"},
		"tabs, then HTML": {"---\nskus: a\n---\n# T\n\n-\ta\n\n\t水<b>", "raw-html WARNING 8:3"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ruleLines(compile(t, tt.markdown).Findings); got != tt.findings {
				t.Errorf("findings %q, want %q", got, tt.findings)
			}
		})
	}
}

func TestFindingsAreCapped(t *testing.T) {
	d := compile(t, strings.Repeat("<b>x</b> ", 5000)+"\n\n---\n")
	var last Finding
	if len(d.Findings) > 0 {
		last = d.Findings[len(d.Findings)-1]
	}
	// 5,000 tags and what the linter says are not errors; missing-title is.
	if len(d.Findings) != MaxFindings+2 || !d.HasErrors() || last.Rule != "more-findings" || !strings.HasPrefix(last.Message, "480") {
		t.Errorf("%d findings, the last %+v", len(d.Findings), last)
	}
}
