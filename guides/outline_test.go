package guides

import (
	"fmt"
	"strings"
	"testing"
)

// titles writes steps as their titles, and endings as !ending, in reading order.
func titles(d Document) string {
	var all []string
	for _, s := range d.Steps {
		all = append(all, s.Title)
	}
	for _, e := range d.Endings {
		all = append(all, "!"+e.Ending)
	}
	return strings.Join(all, "; ")
}

func TestOutline(t *testing.T) {
	for name, tt := range map[string]struct{ markdown, steps, intro string }{
		"asides": {"# T\n\n## Overview\n\no\n\n## A\n\na\n\n## B\n\nb\n\n## Further reading\n\nf\n", "A; B", "Overview/o"},
		"asides in other languages": {"# T\n\n## Bevor Sie beginnen\n\n## A\n\n## Avant de commencer :\n\n## B\n\n## Véase también\n\n## C\n\n## 另请参阅\n\n## ¿Todavía necesita ayuda?\n",
			"A; B; C", "Bevor Sie beginnen"},
		"an aside's sections are asides":  {"# T\n\n## A\n\na\n\n## Resources\n\n### X\n\n### Y\n\n## B\n\nb\n", "A; B", ""},
		"nothing but asides":              {"# T\n\n## Overview\n\no\n\n## Resources\n\nr\n", "Overview; Resources", ""},
		"an aside inside a step stays":    {"# T\n\n## A\n\n### Requirements\n\nr\n\n## B\n", "A; B", ""},
		"no aside by a longer heading":    {"# T\n\n## Reset the resources\n\n## About the light\n\n## B\n", "Reset the resources; About the light; B", ""},
		"one section with sections":       {"# T\n\n## Troubleshooting\n\nTry these.\n\n### A\n\na\n\n### B\n\nb\n\n## See also\n", "A; B", "Troubleshooting/Try these."},
		"a group":                         {"# T\n\n## A\n\na\n\n## G\n\n### X\n\nx\n\n### Y\n\ny\n\n## B\n\nb\n", "A; X; Y; B", ""},
		"a group with a rule and nothing": {"# T\n\n## A\n\na\n\n## G\n\n---\n\n### X\n\nx\n\n### Y\n\ny\n", "A; X; Y", ""},
		"a group in a group":              {"# T\n\n## A\n\na\n\n## G\n\n### H\n\n#### X\n\nx\n\n#### Y\n\ny\n\n### Z\n\nz\n", "A; X; Y; Z", ""},
		"groups with asides":              {"# T\n\n## G\n\n### Prerequisites\n\np\n\n### X\n\nx\n\n### Y\n\ny\n\n## A\n\na\n", "X; Y; A", "G/Prerequisites/p"},
		"a group of preparations":         {"# T\n\n## Before you begin\n\n### Charge it\n\nc\n\n### Open it\n\no\n\n## A\n\na\n\n## B\n", "Charge it; Open it; A; B", "Before you begin"},
		"overviews":                       {"# T\n\n## Board overview\n\no\n\n## Introduction to it\n\n## A\n\n## 电源概述\n\n## B\n", "A; B", "Board overview/o/Introduction to it"},
		"no group with one section":       {"# T\n\n## A\n\na\n\n## G\n\n### X\n\nx\n", "A; G", ""},
		"no group with text":              {"# T\n\n## A\n\na\n\n## G\n\ng\n\n### X\n\nx\n\n### Y\n\ny\n", "A; G", ""},
		"counted":                         {"# T\n\n## Overview\n\n## Step 1: A\n\na\n\n## Step 2: B\n\nb\n\n## Troubleshooting\n\nt\n", "Step 1: A; Step 2: B", "Overview"},
		"counted below":                   {"# T\n\n## Steps\n\n### 1. A\n\na\n\n### 2. B\n\nb\n\n## Validation\n\nv\n", "1. A; 2. B", "Steps"},
		"counted in one section of many":  {"# T\n\n## A\n\na\n\n### Step 1\n\n### Step 2\n\n## B\n\n## C\n\n## D\n", "A; B; C; D", ""},
		"counted as many as are lost":     {"# T\n\n## A\n\na\n\n### Step 1\n\n### Step 2\n\n## B\n\n### C\n", "Step 1; Step 2", "A/a"},
		"one more would be lost":          {"# T\n\n## A\n\na\n\n### Step 1\n\n### Step 2\n\n## B\n\n### C\n\n### D\n", "A; C; D", ""},
		"smaller ones are not lost":       {"# T\n\n## A\n\na\n\n### Step 1\n\n### Step 2\n\n#### x\n\n#### y\n\n#### z\n", "Step 1; Step 2", "A/a"},
		"asides are not lost":             {"# T\n\n## Overview\n\n### X\n\n### Y\n\n## Step 1\n\n## Step 2\n\n## Resources\n\n## Support\n", "Step 1; Step 2", "Overview/X/Y"},
		"nor is aftercare":                {"# T\n\n## Step 1\n\n## Step 2\n\n## FAQ\n\n### Why?\n\n## Known issues\n\n## Troubleshooting\n", "Step 1; Step 2", ""},
		"aftercare in other languages":    {"# T\n\n## Schritt 1\n\n## Schritt 2\n\n## Fehlerbehebung\n\n## Questions fréquentes\n\n## Problemas conocidos\n\n## 常见问题\n", "Schritt 1; Schritt 2", ""},
		"aftercare without counted steps": {"# T\n\n## A\n\n## FAQ\n\n## Troubleshooting\n", "A; FAQ; Troubleshooting", ""},
		"counted first headings":          {"# Step 1\n\na\n\n# Step 2\n\nb\n", "Step 1; Step 2", ""},
		"counted once":                    {"# T\n\n## 1. A\n\n## B\n", "1. A; B", ""},
		"a list under a heading":          {"# T\n\ni\n\n## What you need\n\nn\n\n## Steps\n\n1. A\n2. B\n\nafter\n\n## Still need help?\n\nh\n", "A; B", "i/What you need/n/Steps"},
		"a list goes on":                  {"# T\n\n1. A\n2. B\n\n![p](p.png)\n\n3. C\n\n```\nc\n```\n\n4. D\n", "A; B; C; D", ""},
		"a list that begins anew":         {"# T\n\n1. A\n2. B\n\nor\n\n1. C\n2. D\n", "T", ""},
		"a list of one":                   {"# T\n\n1. A\n\ntext\n", "T", ""},
		"a list in an aside":              {"# T\n\ntext\n\n## Resources\n\n1. A\n2. B\n", "T", ""},
		"one section, one step":           {"# T\n\ntext\n\n## Solution\n\ns\n\n## References\n\nr\n", "T", ""},
		"an ending anywhere":              {"# T\n\n## A\n\n### Return it\n\nr\n\n### More\n\nm\n\n## B\n\n## All well {#fixed}\n\nf\n", "A; B; !return-it; !fixed", ""},
		"an ending before the steps":      {"# T\n\ni\n\n## Stop\n\ns\n\n## A\n\n## B\n", "A; B; !stop", "i"},
		"a step called like an ending":    {"# T\n\n## Return {#send-back}\n\n## B\n", "Return; B", ""},
		"an ending twice":                 {"# T\n\n## A\n\n## B\n\n## Fixed\n\nx\n\n## Good {#fixed}\n\ny\n", "A; B; !fixed", ""},
		"only endings":                    {"# T\n\n## Fixed\n\nx\n", "!fixed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := compile(t, tt.markdown)
			if got := titles(d); got != tt.steps {
				t.Errorf("steps %q, want %q", got, tt.steps)
			}
			if got := shownLines(d.Intro); got != tt.intro {
				t.Errorf("intro %q, want %q", got, tt.intro)
			}
		})
	}
}

// shownLines writes the text of HTML, a / between its lines.
func shownLines(h SafeHTML) string {
	var all []string
	for line := range strings.Lines(string(h)) {
		text, inTag := "", false
		for _, r := range line {
			switch {
			case r == '<' || r == '>':
				inTag = r == '<'
			case !inTag:
				text += string(r)
			}
		}
		if text = strings.TrimSpace(text); text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, "/")
}

func TestCountsStep(t *testing.T) {
	for title, want := range map[string]bool{
		"Step 1: Unplug": true, "STEP 2": true, "step 12 - x": true, "Step one": true, "Schritt 3": true, "Étape 1 : x": true, "Etape n° 2": true,
		"Paso 4. x": true, "步骤 1：安装": true, "步骤一": true, "第一步": true, "第一章": true, "第12章-部署": true, "Chapter 2": true, "Kapitel 3": true, "第 2 步 安装": true, "1. Unplug": true, "2) Unplug": true, "3、安装": true,
		"1️⃣ Unplug": true, "1.安装": true,
		"Step 3.1: x": false, "2.4 GHz": false, "1.5 metres": false, "Steps": false, "Step by step": false, "Stepper 1": false, "2023": false,
		"3 ways to reset": false, "Q1. What": false, "Unplug (step 1)": false,
	} {
		if got := countsStep(title); got != want {
			t.Errorf("countsStep(%q) = %v", title, got)
		}
	}
}

// TestLines: a step's line is that of its heading or item.
func TestLines(t *testing.T) {
	for name, tt := range map[string]struct{ markdown, lines string }{
		"headings": {"---\nskus: a\n---\n\n# T\n\n## A\n\na\n\nB\n---\n\n   ### b\n\n## C ##\n", "7 11 16"},
		"items":    {"# T\r\n\r\n1. A\r\n   b\r\n\r\n   c\r\n10. B\r\n", "3 7"},
		"whole":    {"\uFEFF# T\n\n\ntext\n", "4"},
		"nothing":  {"# T\n", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range compile(t, tt.markdown).Steps {
				got = append(got, fmt.Sprint(s.Line))
			}
			if lines := strings.Join(got, " "); lines != tt.lines {
				t.Errorf("lines %s, want %s", lines, tt.lines)
			}
		})
	}
}

// TestItems: what stands between and after a list's parts belongs to the item
// before it, and the whole guide shows all.
func TestItems(t *testing.T) {
	d := compile(t, "# T\n\n1. A {#first}\n\n   a\n2. B\n\nbetween\n\n3. C\n\nafter\n\n## References\n\nr\n")
	var got []string
	for _, s := range d.Steps {
		got = append(got, s.ID+"|"+strings.ReplaceAll(s.Instruction, "\n", "/"))
	}
	if got := strings.Join(got, "; "); got != "first|a; b|between; c|after" {
		t.Errorf("steps %q", got)
	}
	if got := shownLines(d.HTML); got != "T/A/a/B/between/C/after/References/r" {
		t.Errorf("whole %q", got)
	}
	if !strings.Contains(string(d.HTML), `<li id="guide-first">`) {
		t.Errorf("no id: %s", d.HTML)
	}
}
