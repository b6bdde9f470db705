package guides

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// FuzzCompile holds what every guide must be, whatever its text is.
func FuzzCompile(f *testing.F) {
	sample, err := os.ReadFile("testdata/xss.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(sample)) {
		f.Add(line)
	}
	for _, markdown := range []string{
		"---\ntitle: a\nskus: [A, 'B*']\nminutes: 5\nlocale: en\n---\n# a\n\n## b\n\nc\n\n## d\n\n- [ ] e\n",
		"---\nskus: &a [*a]\n? [x]\n---\n1. a\n\n   > b\n2. |c|\n   |-|\n   |`\\|`|\n",
		"a\x00b\r\n\r\n## \n\n## ![](x)\n~~a~~ *b **c* d** [e]: f\n",
		"# a\n\n## b {#stop}\n\n> [!CAUTION]\n> c\n\n## d {#d}\n\n[Yes](#fixed) [No](#e)\n\n## e\n\n[Next](#d)\n\n## Return it\n\nf\n",
		"import a from 'b'\n\n:::note c\n- d\n  :::tip\n  e\n  :::\n:::\n!!! danger \"f\"\n    g\n{: .h }\n{% i %}\n<J k={1}>\n",
		"1. a {#x}\n2. b\n\n   requires: #x\n\n![c](d.png)\n\n3. e {#x}\n\n## Resources\n\n1. f\n",
		"## Step 1\n\n### g\n\n## Step 2\n\nbefore: [h](#step-1)\n\n第一步\n===\n",
	} {
		f.Add(markdown)
	}
	f.Fuzz(func(t *testing.T, markdown string) {
		first, err := Compile(markdown, Options{})
		if err != nil {
			var complex *TooComplexError
			var large *TooLargeError
			var encoding *NotUTF8Error
			if !errors.As(err, &complex) && !errors.As(err, &large) && !errors.As(err, &encoding) {
				t.Fatalf("an untyped error: %v", err)
			}
			return
		}
		checkSafe(t, markdown)
		if second, _ := Compile(markdown, Options{}); !reflect.DeepEqual(first, second) {
			t.Error("two compiles differ")
		}
		checkGraph(t, first)
		again, err := Compile(markdown, Options{Previous: first.Steps})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again.Steps, first.Steps) || again.HTML != first.HTML {
			t.Errorf("the same text as before has other steps: %+v\nbefore %+v", again.Steps, first.Steps)
		}
		for _, finding := range first.Findings {
			if finding.Line < 1 || finding.Column < 1 || finding.Line > strings.Count(markdown, "\n")+1 {
				t.Errorf("finding out of the document: %+v", finding)
			}
		}
	})
}

// checkGraph checks that ids are one step's each and no ending's, that every
// way leads to a step or an ending, and that steps stand in reading order.
func checkGraph(t *testing.T, d Document) {
	t.Helper()
	ids, line := map[string]bool{}, 1
	for _, s := range d.Steps {
		if s.ID == "" || ids[s.ID] || endingNames[s.ID] != "" {
			t.Errorf("step id %q is empty, taken or an ending's", s.ID)
		}
		if s.Line < line {
			t.Errorf("step %q is in line %d, after one in line %d", s.ID, s.Line, line)
		}
		ids[s.ID], line = true, s.Line
	}
	endings := map[string]bool{Fixed: true, AskExpert: true, ReturnIt: true, StopNow: true}
	for _, s := range d.Steps {
		ways := []string{s.Next.Yes, s.Next.No}
		if s.Next.Next != "" {
			if s.Next.Yes != "" || s.Next.No != "" {
				t.Errorf("step %q asks and goes on: %+v", s.ID, s.Next)
			}
			ways = []string{s.Next.Next}
		}
		for _, to := range ways {
			if !ids[to] && !endings[to] {
				t.Errorf("step %q leads to %q, which is nothing", s.ID, to)
			}
		}
		for _, r := range s.Requires {
			if !ids[r] || r == s.ID {
				t.Errorf("step %q requires %q", s.ID, r)
			}
		}
	}
	for _, e := range d.Entries {
		if !ids[e.Step] || (e.Reason == "") == (e.Symptom == "") {
			t.Errorf("entry %+v", e)
		}
	}
	for _, e := range d.Endings {
		if !endings[e.Ending] {
			t.Errorf("ending %+v comes twice or is none", e)
		}
		delete(endings, e.Ending)
	}
}
