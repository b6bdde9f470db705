package guides

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// path makes steps of ids that each lead to the following one.
func path(ids ...string) []Step {
	var steps []Step
	for i, id := range ids {
		no := AskExpert
		if i+1 < len(ids) {
			no = ids[i+1]
		}
		steps = append(steps, Step{ID: id, Title: strings.ToUpper(id), Instruction: "do " + id,
			Next: Next{Yes: Fixed, No: no}})
	}
	return steps
}

func TestDiffSteps(t *testing.T) {
	change := func(steps []Step, at int, do func(*Step)) []Step {
		steps = slices.Clone(steps)
		do(&steps[at])
		return steps
	}
	abc := path("a", "b", "c")
	for name, tt := range map[string]struct {
		from, to []Step
		want     string
	}{
		"nothing":            {nil, nil, ""},
		"equal":              {abc, abc, "a UNCHANGED, b UNCHANGED, c UNCHANGED"},
		"first of all":       {nil, path("a", "b"), "a ADDED, b ADDED"},
		"all gone":           {abc, nil, "a REMOVED, b REMOVED, c REMOVED"},
		"one between":        {abc, path("a", "x", "b", "c"), "a UNCHANGED, x ADDED, b UNCHANGED, c UNCHANGED"},
		"one at the end":     {abc, path("a", "b", "c", "x"), "a UNCHANGED, b UNCHANGED, c UNCHANGED, x ADDED"},
		"gone, where it was": {path("a", "x", "y", "b"), path("a", "b"), "a UNCHANGED, x REMOVED, y REMOVED, b UNCHANGED"},
		"gone, the first":    {path("x", "a"), path("a"), "x REMOVED, a UNCHANGED"},
		"up past two":        {path("a", "b", "c", "d"), path("c", "a", "b", "d"), "c MOVED place, a UNCHANGED, b UNCHANGED, d UNCHANGED"},
		"last to the front":  {abc, path("c", "a", "b"), "c MOVED place, a UNCHANGED, b UNCHANGED"},
		"title": {abc, change(abc, 1, func(s *Step) { s.Title = "new" }),
			"a UNCHANGED, b CHANGED title, c UNCHANGED"},
		"words":    {abc, change(abc, 0, func(s *Step) { s.Instruction = "do it" }), "a CHANGED text, b UNCHANGED, c UNCHANGED"},
		"emphasis": {abc, change(abc, 0, func(s *Step) { s.HTML = "<p><em>" }), "a CHANGED text, b UNCHANGED, c UNCHANGED"},
		"edge":     {abc, change(abc, 0, func(s *Step) { s.Next.No = "c" }), "a CHANGED next, b UNCHANGED, c UNCHANGED"},
		"the rest": {abc, change(abc, 2, func(s *Step) { s.Requires, s.Stop = []string{"a"}, "hot" }),
			"a UNCHANGED, b UNCHANGED, c CHANGED requires stop"},
		"moved and changed": {abc, change(path("c", "a", "b"), 0, func(s *Step) { s.Title = "new" }),
			"c CHANGED title place, a UNCHANGED, b UNCHANGED"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range DiffSteps(tt.from, tt.to) {
				got = append(got, strings.Join(append([]string{c.Step, string(c.Kind)}, c.Fields...), " "))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), tt.want)
			}
		})
	}
}

func TestLongestRise(t *testing.T) {
	for _, values := range [][]int{{}, {1}, {3, 2, 1}, {1, 2, 3}, {5, 1, 6, 2, 7, 3}, {2, 2, 2}, {4, 0, 1, 5, 2, 9, 3}} {
		best := 0
		for set := range 1 << len(values) {
			last, size := -1, 0
			for i, v := range values {
				if set>>i&1 == 0 {
					continue
				}
				if v <= last {
					size = -1
					break
				}
				last, size = v, size+1
			}
			best = max(best, size)
		}
		got := longestRise(values)
		for i := 1; i < len(got); i++ {
			if got[i] <= got[i-1] || values[got[i]] <= values[got[i-1]] {
				t.Errorf("%v of %v does not rise", got, values)
			}
		}
		if len(got) != best {
			t.Errorf("%v of %v, there is one of %d", got, values, best)
		}
	}
}

// lines writes changes as a unified diff does, with both numbers.
func lines(changes []LineChange) string {
	var b strings.Builder
	mark := map[ChangeKind]string{SAME: " ", ADDED: "+", REMOVED: "-"}
	for _, c := range changes {
		fmt.Fprintf(&b, "%s%d,%d %s|", mark[c.Kind], c.OldLine, c.NewLine, c.Text)
	}
	return b.String()
}

func TestDiffLines(t *testing.T) {
	for name, tt := range map[string]struct{ from, to, want string }{
		"nothing":       {"", "", ""},
		"equal":         {"a\nb\n", "a\nb\n", ""},
		"line ends":     {"a\r\nb", "a\nb\n", ""},
		"first text":    {"", "a\n", "+0,1 a|"},
		"emptied":       {"a\n", "", "-1,0 a|"},
		"one of three":  {"a\nb\nc", "a\nx\nc", " 1,1 a|-2,0 b|+0,2 x| 3,3 c|"},
		"blank lines":   {"a\n\nb\n", "a\n\n\nb\n", " 1,1 a| 2,2 |+0,3 | 3,4 b|"},
		"context":       {"1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\nx\n6\n7\n8\n9", " 2,2 2| 3,3 3| 4,4 4|-5,0 5|+0,5 x| 6,6 6| 7,7 7| 8,8 8|"},
		"a gap":         {"a\n1\n2\n3\n4\n5\n6\n7\nb", "1\n2\n3\n4\n5\n6\n7", "-1,0 a| 2,1 1| 3,2 2| 4,3 3| 6,5 5| 7,6 6| 8,7 7|-9,0 b|"},
		"shared middle": {"a\n1\n2\nb", "c\n1\n2\nd", "-1,0 a|+0,1 c| 2,2 1| 3,3 2|-4,0 b|+0,4 d|"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := lines(DiffLines(tt.from, tt.to)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// checkLines applies a diff: old lines must become the new ones.
func checkLines(t *testing.T, from, to string) {
	t.Helper()
	checkChanges(t, from, to, DiffLines(from, to))
}

func checkChanges(t *testing.T, from, to string, changes []LineChange) {
	t.Helper()
	a, b := splitLines(from), splitLines(to)
	var got []string
	old := 0
	for _, c := range changes {
		for ; c.Kind != ADDED && old < c.OldLine-1; old++ {
			got = append(got, a[old])
		}
		switch c.Kind {
		case REMOVED:
			old++
			continue
		case SAME:
			old++
		case ADDED: // unchanged lines that were left out come first
			for ; len(got) < c.NewLine-1 && old < len(a); old++ {
				got = append(got, a[old])
			}
		}
		got = append(got, c.Text)
		if len(got) != c.NewLine {
			t.Fatalf("line %q is said to be %d and is %d", c.Text, c.NewLine, len(got))
		}
	}
	if got = append(got, a[old:]...); !slices.Equal(got, b) {
		t.Errorf("%q to %q gives %q", a, b, got)
	}
}

func FuzzDiffLines(f *testing.F) {
	f.Add("a\nb\nc\n", "c\nb\na")
	f.Add("a\n\n\nb\n\n", "\n\nb\na\n\n\n")
	f.Add("x\r\ny", "y\r\n\r\nx")
	f.Fuzz(checkLines)
}

func FuzzDiffSteps(f *testing.F) {
	f.Add("abcd", "dxab")
	f.Add("", "aab")
	f.Fuzz(func(t *testing.T, from, to string) {
		a, b := path(once(from)...), path(once(to)...)
		kinds := map[string]ChangeKind{}
		for _, c := range DiffSteps(a, b) {
			if kinds[c.Step] != "" {
				t.Errorf("%q is told twice", c.Step)
			}
			kinds[c.Step] = c.Kind
		}
		for _, s := range a {
			if in := slices.ContainsFunc(b, func(o Step) bool { return o.ID == s.ID }); in == (kinds[s.ID] == REMOVED) || kinds[s.ID] == "" {
				t.Errorf("%q is %q", s.ID, kinds[s.ID])
			}
		}
		for _, s := range b {
			if kinds[s.ID] == "" || from == to && kinds[s.ID] != UNCHANGED {
				t.Errorf("%q is %q", s.ID, kinds[s.ID])
			}
		}
	})
}

// once gives the characters of a text, each once: no two steps have one id.
func once(s string) (ids []string) {
	for _, r := range s {
		if !slices.Contains(ids, string(r)) {
			ids = append(ids, string(r))
		}
	}
	return ids
}

// Texts of the greatest size that have little or nothing in common.
func TestDiffLinesIsBounded(t *testing.T) {
	numbered := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i*7919%n)
		}
		return b.String()[:min(b.Len(), MaxMarkdownBytes)]
	}
	for name, tt := range map[string][2]string{
		"short lines":      {fill("a\n"), fill("b\n")},
		"alternating":      {fill("a\nb\n"), fill("b\na\na\n")},
		"no line equal":    {numbered("a%d\n", 70000), numbered("b%d\n", 70000)},
		"another order":    {numbered("a%d\n", 70000), numbered("a%d\n", 69999)},
		"reversed halves":  {numbered("x\n%d\n", 50000), numbered("%d\nx\ny\n", 50001)},
		"blank":            {fill("\n"), fill("\r\n")},
		"one line of many": {fill("a"), fill("b")},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			changes := DiffLines(tt[0], tt[1])
			took := time.Since(start)
			t.Logf("%v, %d lines", took.Round(time.Millisecond), len(changes))
			if took > slowest {
				t.Errorf("took %v", took)
			}
			checkChanges(t, tt[0], tt[1], changes)
		})
	}
	if got := DiffLines("a\nb", "a\nb"); !reflect.DeepEqual(got, []LineChange{}) {
		t.Errorf("got %v", got)
	}
}
