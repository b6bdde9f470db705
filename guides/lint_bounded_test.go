package guides

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestLintIsBounded: texts of the greatest size in which each rule has as much to look at as can be.
func TestLintIsBounded(t *testing.T) {
	r := strings.Repeat
	var safety strings.Builder
	for i := range 100 {
		fmt.Fprintf(&safety, "- smoke %sa%d\n", r("smoke ", 5), i)
	}
	front := "---\nskus: [A]\nlocale: en\nsafety:\n" + safety.String() + "---\n"
	fill := func(unit string) string { return r(unit, (MaxMarkdownBytes-len(front))/len(unit)) }
	skus := "---\nskus: [" + r("a,", 20000) + "aa]\n---\nx\n"
	o := Options{SKUExists: func(string) bool { return false }, Siblings: []Sibling{{Name: "s", Steps: path(once(front)...)}}}
	for name, markdown := range map[string]string{
		"bold words in one sentence": front + fill("**ab** "),
		"nested bold":                front + fill("**a **b **c** d** e** "),
		"the seller's words":         front + fill("smoke "),
		"words of danger, harmless":  front + fill("smoke detector "),
		"Chinese":                    "---\nskus: [A]\nlocale: zh\n---\n" + fill("电池，"),
		"one Chinese sentence":       "---\nskus: [A]\nlocale: zh\n---\n" + fill("请按"),
		"sentences":                  front + "1. " + fill("Go. ")[10:],
		"headings that jump":         front + r("# a\n\n#### b\n\n", 5000),
		"headings, one jump":         front + "## a\n\n" + r("#### b\n\n", 15000),
		"steps of one title":         front + r("## a\n\nx\n\n", 9000),
		"bold alone":                 front + "## a\n\n" + r("**b**\n\n", 15000) + "## c\n",
		"numbered lists":             front + "## a\n\n" + r("1. b\n2. c\n\nd\n\n", 5000) + "## c\n",
		"tags that do not close":     front + fill("<b>x "),
		"tags that close":            front + fill("x <b>y</b> "),
		"links as tags":              front + fill(`<a href="https://a.b/">c</a> `),
		"skus":                       skus,
		"entities":                   front + fill("&amp;"),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := Compile(markdown, o)
			took := time.Since(start)
			t.Logf("%v, %v", took.Round(time.Millisecond), err)
			if took > slowest {
				t.Errorf("took %v", took)
			}
		})
	}
}
