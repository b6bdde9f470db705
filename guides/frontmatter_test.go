package guides

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// told writes the findings of some rules as rule severity line:column text.
func told(d Document, rules string) string {
	var all []string
	for _, f := range d.Findings {
		if contains(strings.Fields(rules), f.Rule) {
			all = append(all, fmt.Sprintf("%s %s %d:%d %s", f.Rule, f.Severity, f.Line, f.Column, f.Text))
		}
	}
	return strings.Join(all, "; ")
}

// checkPlaced holds each finding's text to what stands at its place.
func checkPlaced(t *testing.T, markdown string, d Document) {
	t.Helper()
	lines := strings.Split(markdown, "\n")
	for _, f := range d.Findings {
		first, _, _ := strings.Cut(f.Text, "\n")
		if f.Message == "" || f.Mend == "" {
			t.Errorf("no message or no mend: %+v", f)
		}
		if rest := string([]rune(lines[f.Line-1])[f.Column-1:]); f.Text != "" && !strings.HasPrefix(rest, first) {
			t.Errorf("%s at %d:%d says %q, but there stands %q", f.Rule, f.Line, f.Column, f.Text, rest)
		}
	}
}

const frontMatterRules = "front-matter wrong-type duplicate-key too-many too-long has-space difficulty unquoted-id dangling-link unknown-key locale minutes"

func TestFrontMatterOfTheGraph(t *testing.T) {
	type said struct {
		difficulty                        string
		tools, symptoms, reasons, entries []string
		findings                          string
	}
	for name, tt := range map[string]struct {
		yaml string
		want said
	}{
		"all": {"difficulty: Easy\ntools: [cloth, 'a  lamp', cloth]\nsymptoms: [stays cold]\nsafety: [Hot]",
			said{difficulty: "EASY", tools: []string{"cloth", "a lamp"}, symptoms: []string{"stays cold"}}},
		"entries by reason and symptom": {"reasons: {defective: '#b', OTHER: }\nsymptoms:\n  stays cold: C\n  hums: \"#guide-a\"",
			said{reasons: []string{"DEFECTIVE", "OTHER"}, symptoms: []string{"stays cold", "hums"},
				entries: []string{"DEFECTIVE||b", "|stays cold|c", "|hums|a"}}},
		"a list with some mapped": {"symptoms:\n- stays cold: '#b'\n- hums",
			said{symptoms: []string{"stays cold", "hums"}, entries: []string{"|stays cold|b"}}},
		"not a difficulty":     {"difficulty: hard", said{findings: "difficulty ERROR 2:13 hard"}},
		"difficulty is a list": {"difficulty: [easy]", said{findings: "wrong-type ERROR 2:13 [easy]"}},
		"no such step":         {"reasons: {DEFECTIVE: '#bb'}", said{reasons: []string{"DEFECTIVE"}, findings: "dangling-link ERROR 2:22 '#bb'"}},
		"an ending is no step": {"reasons: {DEFECTIVE: fixed}", said{reasons: []string{"DEFECTIVE"}, findings: "dangling-link ERROR 2:22 fixed"}},
		"step is a list":       {"reasons: {A: [b]}", said{reasons: []string{"A"}, findings: "wrong-type ERROR 2:14 [b]}"}},
		"not quoted":           {"reasons:\n  水: #b", said{reasons: []string{"水"}, findings: "unquoted-id WARNING 3:6 #b"}},
		"a comment":            {"reasons:\n  A: # the b", said{reasons: []string{"A"}}},
		"two steps":            {"reasons: {A: b, a: c}", said{reasons: []string{"A"}, entries: []string{"A||b"}, findings: "duplicate-key ERROR 2:20 c"}},
		"the same step twice":  {"reasons: {A: b, a: b}", said{reasons: []string{"A"}, entries: []string{"A||b"}}},
		"characters, not bytes": {"tools: [水水水, true]\nsymptoms: [水, " + strings.Repeat("长", 201) + "]",
			said{tools: []string{"水水水"}, symptoms: []string{"水"},
				findings: "wrong-type ERROR 2:14 true; too-long ERROR 3:15 " + strings.Repeat("长", 201)}},
		"tools are no map": {"tools: {a: b}", said{findings: "wrong-type ERROR 2:8 {a: b}"}},
	} {
		t.Run(name, func(t *testing.T) {
			markdown := "---\n" + tt.yaml + "\n---\n# T\n\n## A\n\nx\n\n## B\n\nx\n\n## C\n\nx\n"
			d := compile(t, markdown)
			got := said{difficulty: d.Difficulty, tools: d.Tools, symptoms: d.Symptoms, reasons: d.Reasons,
				findings: told(d, frontMatterRules)}
			for _, e := range d.Entries {
				got.entries = append(got.entries, e.Reason+"|"+e.Symptom+"|"+e.Step)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			checkPlaced(t, markdown, d)
		})
	}
}

func TestUnquotedIDIsMended(t *testing.T) {
	markdown := "---\nreasons:\n  水: #b\n---\n"
	d := compile(t, markdown)
	for _, f := range d.Findings {
		if f.Rule == "unquoted-id" && len(f.Edits) == 1 {
			e := f.Edits[0]
			if got := markdown[:e.Start] + e.New + markdown[e.End:]; got != "---\nreasons:\n  水: \"#b\"\n---\n" {
				t.Errorf("mended to %q", got)
			}
			return
		}
	}
	t.Errorf("no edit: %+v", d.Findings)
}

func TestLongListsAreCut(t *testing.T) {
	for key, limit := range map[string]int{"tools": MaxTools, "symptoms": MaxSymptoms, "safety": MaxSafetyWords, "reasons": MaxReasons} {
		var yaml strings.Builder
		for i := range limit + 3 {
			fmt.Fprintf(&yaml, "- w%d\n", i)
		}
		d := compile(t, "---\n"+key+":\n"+yaml.String()+"---\n# T\n")
		if got := told(d, "too-many"); got != fmt.Sprintf("too-many ERROR %d:3 w%d", limit+3, limit) {
			t.Errorf("%s: %s", key, got)
		}
	}
}

// A long line of front matter must not be read again for each finding in it.
func TestFindingsOnOneLongLineOfYAML(t *testing.T) {
	d := compile(t, "---\nskus: ["+strings.Repeat("a b%, ", 8000)+"]\n---\n# T\n")
	if !strings.HasPrefix(told(d, frontMatterRules), "has-space ERROR 2:8 a b%") {
		t.Error("no finding at the first of many entries")
	}
}
