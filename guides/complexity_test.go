package guides

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// slowest is what a compile may take here. The rule is 500 ms on a free
// machine; the rest is for the race detector and busy neighbours.
const slowest = 5 * time.Second

func fill(unit string) string { return strings.Repeat(unit, MaxMarkdownBytes/len(unit)) }

func nestedList(size int) string {
	var b strings.Builder
	for depth := 0; b.Len() < size; depth++ {
		b.WriteString(strings.Repeat("  ", depth) + "- a\n")
	}
	return b.String()
}

func TestExplosiveMarkdownIsRefused(t *testing.T) {
	r := strings.Repeat
	const open = "markup that is left open or repeated"
	const marks = "links, tags and other marks"
	for name, tt := range map[string]struct{ markdown, what string }{
		"16 KB table of short rows":   {"|" + r("a|", 2000) + "\n|" + r("-|", 2000) + "\n" + r("|\n", 4000), "table cells"},
		"wide header, one-cell rows":  {r("|a", 200) + "\n" + r("|-", 200) + "\n" + r("a\n", 8000), "table cells"},
		"many small tables":           {r("|a|b|\n|-|-|\n|c|d|\n\n", 10000), "table cells"},
		"64 KB nested list":           {nestedList(64 << 10), "nesting"},
		"ordered lists on one line":   {r("1. ", 20<<10), "nesting"},
		"64 KB of >":                  {r(">", 64<<10), "nesting"},
		"quotes and lists":            {r("> - ", 10<<10), "nesting"},
		"emphasis inside emphasis":    {r("*a **b ", 60) + r("b** a* ", 60), "nesting"},
		"emphasis that never matches": {r("*a_ ", 50000), open},
		"emphasis, many":              {fill("*a* "), open},
		"strikethrough":               {fill("~a "), open},
		"brackets":                    {r("[", 50000) + "a" + r("]", 50000), marks},
		"unclosed links":              {r("[a](<b", 30000), open},
		"nested images":               {r("![", 30000) + "a" + r("](b)", 30000), marks},
		"image in brackets":           {r("[", 20000) + "![" + r("*a* ", 20000) + "](x)" + r("]", 20000), open},
		"tags without end":            {fill(`<a x="`), open},
		"addresses left open":         {fill("_a@b"), open},
		"link definitions":            {r("[a]: b\n", 40000), open},
		"titles without end":          {r("[a]: b\n'\n", 20000), open},
		"escaped pipes":               {"|a|\n|-|\n" + r("|`\\|`|\n", 9000), open},
		"blank lines in a deep list":  {r("- ", 20) + "a\n" + r("\n", 45_000), open},
		"lines":                       {r("a\n", MaxLines+1), "lines"},
		"tags":                        {fill("<b>x</b> "), marks},
		"addresses":                   {fill("a@b.cc "), marks},
		"equal headings":              {r("# a\n", 30000), "blocks"},
		"list items":                  {r("- a\n", 30000), "blocks"},
		"callouts left open":          {r(":::note\n", 40000), open},
		"callouts that never close":   {r(":::note a\n\n", 20000), open},
		"yaml brackets":               {"---\na: " + r("[", 60000) + "\n---\n", "brackets in the front matter"},
		"yaml dashes":                 {"---\n" + r("- ", 30000) + "\n---\n", "nesting in a line of the front matter"},
		"yaml, long":                  {"---\n" + r("a: b\n", 20000) + "---\n", "front matter bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := Compile(tt.markdown, Options{})
			if took := time.Since(start); took > slowest {
				t.Errorf("took %v", took)
			}
			var complex *TooComplexError
			if !errors.As(err, &complex) || complex.What != tt.what || !strings.HasPrefix(err.Error(), "too complex: ") {
				t.Errorf("got %v, want too complex: %s", err, tt.what)
			}
		})
	}
}

// What is long but plain must compile: the limits are for what explodes.
func TestLongButPlainCompiles(t *testing.T) {
	r := strings.Repeat
	for name, markdown := range map[string]string{
		"words":                fill("word "),
		"Chinese":              fill("中文字。"),
		"lines":                r("word\n", MaxLines),
		"one line":             fill("a"),
		"code":                 "```\n" + r("[a](*_~`<\n", 40000) + "```\n",
		"links":                r("A paragraph with [a link](https://a.example/) and *some* `code`.\n\n", 5000),
		"raw tags on one line": r("<b>x</b> ", MaxInlines/2),
		"addresses":            r("a@b.cc ", MaxInlines),
		"a run of stars":       r("*", 200_000) + "a" + r("*", 200_000),
		"a form to fill in":    "Name: " + r("_", 80),
		"a large table":        "|a|b|c|d|\n|-|-|-|-|\n" + r("|x|`y`|*z*|w|\n", 4000),
		"list, eight deep":     nestedList(100),
		"pipes in code":        "```\n" + r("|a|b|c|d|\n|-|-|-|-|\n", 20000) + "```\n",
		"ids":                  r("- a {#a}\n", 9000),
		"one bracket, many":    fill("{#a "),
		"tags of MDX":          r("<a b={\n\n", 5000),
		"callouts":             r("> [!NOTE]\n> a\n\n", 5000),
		"Liquid":               r("{% a %}\n", 15000),
		"pictures as tags":     r("word <img src=\"a.png\" alt=\"b\"> ", MaxInlines/2),
		"pictures as blocks":   fill("<img src=\"https://a.example/b.png\" alt=\"c\">\n\n"),
		"tags on many lines":   r("<i>y</i> word word\n", MaxInlines/3),
		"links as tags":        r("<a href=\"https://a.example/\">c</a> and ", MaxInlines/3),
		"entities":             fill("&amp;"),
		"entities in numbers":  fill("&#60;"),
		"entities by lines":    r("&amp;\n", MaxLines-1),
		"many definitions":     r("[a]: https://a.example/\n", 500) + "\n[a]",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if _, err := Compile(markdown, Options{}); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > slowest {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestPathologicalCorpus(t *testing.T) {
	eachLine(t, "abuse/markdown_pathological.jsonl", func(row map[string]any) {
		var b strings.Builder
		for _, piece := range row["pieces"].([]any) {
			p := piece.([]any)
			b.WriteString(strings.Repeat(p[0].(string), int(p[1].(float64))))
		}
		start := time.Now()
		_, err := Compile(b.String(), Options{})
		took := time.Since(start)
		t.Logf("%v: %v, %v", row["name"], took.Round(time.Millisecond), err)
		if took > slowest {
			t.Errorf("%v took %v", row["name"], took)
		}
	})
}

func TestRefusedBeforeParsing(t *testing.T) {
	var large *TooLargeError
	if _, err := Compile(strings.Repeat("a", MaxMarkdownBytes+1), Options{}); !errors.As(err, &large) || large.Bytes != MaxMarkdownBytes+1 {
		t.Errorf("got %v, want a TooLargeError", err)
	}
	var encoding *NotUTF8Error
	if _, err := Compile("a\nbc\xff", Options{}); !errors.As(err, &encoding) || *encoding != (NotUTF8Error{Line: 2, Column: 3}) {
		t.Errorf("got %v, want not UTF-8 at 2:3", err)
	}
	if _, err := Compile("a \uFFFD b", Options{}); err != nil {
		t.Errorf("a written replacement character is UTF-8: %v", err)
	}
}

// TestManyPrevious: steps are compared each with each, but not at any price.
func TestManyPrevious(t *testing.T) {
	var before, after strings.Builder
	for i := range MaxSteps {
		words := strings.Repeat(fmt.Sprintf("word%d other%d ", i, i*7), 20)
		fmt.Fprintf(&before, "## %s\n\n%s %s\n\n", strings.Repeat("ab", 90), words, manyWords(i, 80))
		fmt.Fprintf(&after, "## %s\n\n%s %s\n\n", strings.Repeat("ba", 90), words, manyWords(i+7, 80))
	}
	first, err := Compile(before.String(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err = Compile(after.String(), Options{Previous: first.Steps})
	took := time.Since(start)
	t.Logf("%v, %d steps, %d KB", took.Round(time.Millisecond), len(first.Steps), before.Len()>>10)
	if err != nil || took > slowest {
		t.Errorf("took %v, %v", took, err)
	}
}

func manyWords(seed, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "w%d ", (seed*31+i*17)%997)
	}
	return b.String()
}
