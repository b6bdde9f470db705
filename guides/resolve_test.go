package guides

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const graphRules = "dangling-link unreachable-step loop-without-exit dead-end no-ending requires-cycle requires-later two-targets"

func TestGraphFindings(t *testing.T) {
	const ending = "\n\n## Return it\n\nx\n"
	for name, tt := range map[string]struct{ markdown, findings string }{
		"nothing wrong":                      {threeSteps("[No](#d)\n\n## D\n\n[No](#b) [Yes](#return-it)") + ending, ""},
		"no ways drawn":                      {threeSteps(""), ""},
		"no ways, items":                     {"# T\n\n1. A\n2. **B** x\n", ""},
		"no ending":                          {threeSteps("[Next](#b)"), "no-ending INFO 9:4 C"},
		"no ending, yes and no":              {threeSteps("[Yes](#c) [No](#b)"), "no-ending INFO 9:4 C"},
		"no ending, items":                   {"# T\n\n1. A [No](#b-x)\n2. **B** x\n", "no-ending INFO 4:4 **B** x"},
		"no ending, but a text":              {threeSteps("[Next](#b)") + ending, ""},
		"an ending's text":                   {threeSteps("") + ending, ""},
		"an ending as target":                {threeSteps("[No](#stop)"), "unreachable-step WARNING 7:4 B; unreachable-step WARNING 9:4 C"},
		"dangling edges":                     {threeSteps("[Yes](#fixd) [No](#d)") + ending, "dangling-link ERROR 5:7 #fixd; dangling-link ERROR 5:19 #d"},
		"dangling next":                      {threeSteps("[Next](#d)") + ending, "dangling-link ERROR 5:8 #d"},
		"an ordinary link":                   {threeSteps("See [this](#d) or [that](#c).") + ending, "dangling-link WARNING 5:12 #d"},
		"by reference":                       {threeSteps("[No][x]\n\n[x]: #d") + ending, "dangling-link ERROR 5:1 [No][x]"},
		"no in an ending":                    {threeSteps("") + ending + "\n[No](#d) [Yes](#a)\n", "dangling-link WARNING 16:6 #d"},
		"the title is no step":               {threeSteps("[No](#t)") + ending, "dangling-link ERROR 5:6 #t"},
		"nobody comes":                       {threeSteps("[Next](#c)") + ending, "unreachable-step WARNING 7:4 B"},
		"but by a symptom":                   {"---\nsymptoms: {x: b}\n---\n" + threeSteps("[Next](#c)") + ending, ""},
		"round and round":                    {"# T\n\n## A\n\n## B\n\n[Next](#c)\n\n## C\n\n[Yes](#b) [No](#b)" + ending, "loop-without-exit ERROR 5:4 B"},
		"No leads round":                     {"# T\n\n## A\n\n[No](#b)\n\n## B\n\n[No](#a)" + ending, "loop-without-exit ERROR 3:4 A"},
		"a question leads out":               {"# T\n\n## A\n\nOn? [Yes](#return-it) [No](#b)\n\n## B\n\n[No](#a)" + ending, ""},
		"itself for ever":                    {threeSteps("[Next](#a)") + ending, "loop-without-exit ERROR 3:4 A; unreachable-step WARNING 7:4 B; unreachable-step WARNING 9:4 C"},
		"into a loop":                        {"# T\n\n## A\n\n## B\n\n[Yes](#c) [No](#c)\n\n## C\n\n[Next](#b)\n" + ending, "loop-without-exit ERROR 5:4 B"},
		"a loop that only help leads out of": {threeSteps("[No](#a)") + ending, "loop-without-exit ERROR 3:4 A; unreachable-step WARNING 7:4 B; unreachable-step WARNING 9:4 C"},
		"dead end":                           {"# T\n\n## A\n\n## B\n\n[Yes](#fixed)\n", "dead-end WARNING 7:7 #fixed"},
		"no dead end":                        {"# T\n\n## A\n\n[Yes](#fixed)\n\n## B\n\n[No](#ask-an-expert)\n", ""},
		"two targets":                        {threeSteps("[No](#b) [No](#b) [No](#c)\n\n[Next](#c)") + ending, "two-targets WARNING 5:24 #c; two-targets WARNING 7:8 #c"},
	} {
		t.Run(name, func(t *testing.T) {
			d := compile(t, tt.markdown)
			got := told(d, graphRules)
			if got != tt.findings {
				t.Errorf("findings\n%s\nwant\n%s", got, tt.findings)
			}
			checkPlaced(t, tt.markdown, d)
			checkTotal(t, d)
		})
	}
}

// checkTotal: every way leads to a step or an ending, and nothing is required
// of itself.
func checkTotal(t testing.TB, d Document) {
	t.Helper()
	at := map[string]int{}
	for i, s := range d.Steps {
		if endingNames[s.ID] != "" {
			t.Errorf("a step is called %s", s.ID)
		}
		at[s.ID] = i
	}
	known := func(to string) bool {
		_, step := at[to]
		return step || to == Fixed || to == AskExpert || to == ReturnIt || to == StopNow
	}
	requires := make([][]int, len(d.Steps))
	for i, s := range d.Steps {
		asks := s.Next.Next == ""
		if asks && (!known(s.Next.Yes) || !known(s.Next.No)) || !asks && (!known(s.Next.Next) || s.Next.Yes+s.Next.No != "") {
			t.Errorf("step %s leads to %+v", s.ID, s.Next)
		}
		for _, r := range s.Requires {
			first, ok := at[r]
			if !ok {
				t.Errorf("step %s requires %q", s.ID, r)
			}
			requires[i] = append(requires[i], first)
		}
	}
	if _, cycles := withoutCycles(requires); len(cycles) > 0 {
		t.Errorf("steps require one another: %v", cycles)
	}
	for _, e := range d.Entries {
		if _, ok := at[e.Step]; !ok || (e.Reason == "") == (e.Symptom == "") {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestSuggestions(t *testing.T) {
	for target, mend := range map[string]string{
		"try-an-other-socket": "did you mean #try-another-socket?",
		"descale":             "did you mean #descale-it?",
		"Fixd":                "did you mean #fixed?",
		"水":                   "link to a heading",
	} {
		d := compile(t, "# T\n\n## Try another socket\n\n[No](#"+target+")\n\n## Descale it\n")
		for _, f := range d.Findings {
			if f.Rule == "dangling-link" && !strings.HasPrefix(f.Mend, mend) {
				t.Errorf("%s: %s", target, f.Mend)
			}
		}
	}
	for range 20 { // of several that are equally near, always the same
		d := compile(t, "# T\n\n## step-b\n\n[No](#step-x)\n\n## step-a\n\n## step-c\n")
		if !strings.Contains(fmt.Sprint(d.Findings), "did you mean #step-a?") {
			t.Fatalf("%+v", d.Findings)
		}
	}
	d := compile(t, threeSteps("[go on](fixed)"))
	if got := told(d, "link-target"); got != "link-target WARNING 5:1 [go on](fixed)" {
		t.Error(got)
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"ab", "", 2}, {"kitten", "sitting", 3}, {"水壶", "水", 1}, {"abc", "abc", 0}, {"abcdefgh", "ijklmnop", 6}, {"a", "bcdefghijk", 6}} {
		if got := distance(tt.a, tt.b, 5); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// Many steps and many links must not cost more than their number.
func TestLargeGraphsCompileFast(t *testing.T) {
	var dense, dangling, orders strings.Builder
	for i := range MaxSteps {
		fmt.Fprintf(&dense, "## s%d\n\n[Yes](#s%d) [No](#s%d)\n\n", i, (i*7+1)%MaxSteps, (i*11+3)%MaxSteps)
		fmt.Fprintf(&orders, "## s%d\n\nbefore: #s%d%s\n\n", i, i, strings.Repeat(fmt.Sprintf(", #s%d", (i*13+5)%MaxSteps), 60))
		fmt.Fprintf(&dangling, "## a-rather-long-heading-of-a-step-that-goes-on-and-on-%d\n\n", i)
		for j := range 12 {
			fmt.Fprintf(&dangling, "[No](#a-rather-long-heading-of-a-step-that-goes-on-and-x%d)\n", i+j)
		}
	}
	for name, markdown := range map[string]string{"dense": dense.String(), "dangling": dangling.String(), "orders": orders.String(),
		"lines of one paragraph": fill("requires: #a\n"), "every other line": fill("x\nrequires: #a\n"),
		"many on a line": "requires: " + fill("#a,")[:500_000], "answers": fill("[Yes](#a)\n")[:20_000], "questions": fill("a\n\n[No](#a)\n\n")[:100_000],
		"answer lists": fill("- [No](#a)\n- [Yes](#b)\n\nx\n\n")[:100_000], "long labels": "[" + fill("a ")[:400_000] + "](#b)"} {
		start := time.Now()
		d, err := Compile(markdown, Options{})
		if took := time.Since(start); took > slowest {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Logf("%s: %d bytes, %d findings, %v, %v", name, len(markdown), len(d.Findings), took.Round(time.Millisecond), err)
		}
		checkTotal(t, d)
	}
}

func FuzzGraph(f *testing.F) {
	f.Add(threeSteps("Did it work? [Yes](#fixed) [No](#c)"))
	f.Add(threeSteps("requires: [C](#c), #b\nbefore: #a\n\n- [Yes](#a)\n- [No](#x)\n\n[Next](#b)"))
	f.Add("---\nreasons: {A: '#b', C: #d\n}\nsymptoms: [x: b]\n---\n# T\n\n1. a [No](#return)\n   requires: #b\n2. b {#fixed}\n\n## Stop\n")
	f.Add("# T\n\n## 甲\n\n问题解决了吗？[好了](#fixed)／[没有](#乙)\n\n## 乙\n\n**requires：** #甲、#甲 x\n")
	f.Fuzz(func(t *testing.T, markdown string) {
		d, err := Compile(markdown, Options{})
		if err != nil {
			return
		}
		checkTotal(t, d)
	})
}
