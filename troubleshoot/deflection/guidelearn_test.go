package deflection

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// guideOf writes steps as "id", "id>next" (asks nothing), "id:yes/no", each with "<a<b" for what it requires.
func guideOf(minutes int, steps ...string) troubleshoot.Guide {
	g := troubleshoot.Guide{ID: "g", Minutes: minutes}
	for n, text := range steps {
		parts := strings.Split(text, "<")
		step := troubleshoot.GuideStep{Requires: parts[1:]}
		if id, next, ok := strings.Cut(parts[0], ">"); ok {
			step.ID, step.Next.Next = id, next
		} else if id, ways, ok := strings.Cut(parts[0], ":"); ok {
			step.ID = id
			step.Next.Yes, step.Next.No, _ = strings.Cut(ways, "/")
		} else {
			step.ID, step.Next.Yes, step.Next.No = parts[0], "fixed", "ask-an-expert"
			if n+1 < len(steps) {
				step.Next.No = strings.FieldsFunc(steps[n+1], func(r rune) bool { return strings.ContainsRune("<>:", r) })[0]
			}
		}
		step.Title = "Step " + step.ID
		g.Steps = append(g.Steps, step)
	}
	return g
}

// path writes what sessions recorded: "a b- c+" is a and b tried in vain and skipped, and c that fixed.
func path(sessions int64, tries string) GuidePath {
	p := GuidePath{Sessions: sessions}
	for _, t := range strings.Fields(tries) {
		result := troubleshoot.StepNotFixed
		switch t[len(t)-1] {
		case '+':
			result = troubleshoot.StepFixed
		case '-':
			result = troubleshoot.StepSkipped
		}
		p.Tries = append(p.Tries, StepTry{strings.TrimRight(t, "+-"), result})
	}
	return p
}

func times(n int, seconds float64) []float64 { return slices.Repeat([]float64{seconds}, n) }

func orderOf(o *StepOrder) string {
	if o == nil {
		return ""
	}
	return strings.Join(o.Steps, " ")
}

func TestLearnGuideCounts(t *testing.T) {
	f := LearnGuide(GuideRecord{Guide: guideOf(9, "a", "b", "c"), Paths: []GuidePath{
		path(30, "a+"), path(20, "a b+"), path(6, "a b c+"), path(10, "a b c"), path(5, "a"), path(4, "a b-"), path(3, "a- b c"), path(2, "a+ b+"), path(1, "x y+"),
	}, Seconds: map[string][]float64{"a": times(9, 30), "b": {10, 20, 60, 90}}}, GuideOptions{})
	if f.Sessions != 80 || f.Solved != 58 {
		t.Errorf("%d sessions, %d solved", f.Sessions, f.Solved)
	}
	for i, want := range []struct {
		reached, tried, fixed, skipped, dropped int64
		cost                                    float64
		basis                                   string
	}{
		{80, 77, 32, 3, 5, 30, CostMedian},
		{43, 39, 20, 4, 4, 180, CostMinutes},
		{19, 19, 6, 0, 0, 180, CostMinutes}, // the end of the guide is no drop-out
	} {
		s := f.Steps[i]
		got := []any{s.Reached, s.Tried, s.Fixed, s.Skipped, s.Dropped, s.CostSeconds, s.CostBasis}
		if !reflect.DeepEqual(got, []any{want.reached, want.tried, want.fixed, want.skipped, want.dropped, want.cost, want.basis}) {
			t.Errorf("%s: %v, want %v", s.ID, got, want)
		}
		if h := float64(want.fixed+1) / float64(want.reached+2); math.Abs(*s.Hazard.Estimate-h) > 1e-12 || *s.Hazard.Lower >= h || *s.Hazard.Upper <= h {
			t.Errorf("%s: hazard %v, want %v", s.ID, *s.Hazard.Estimate, h)
		}
		if drop := float64(want.dropped) / float64(want.reached); *s.DropRate != drop {
			t.Errorf("%s: %v drop out, want %v", s.ID, *s.DropRate, drop)
		}
	}
	if *f.Steps[1].MedianSeconds != 40 || f.Steps[2].MedianSeconds != nil || f.Method != Mixed {
		t.Errorf("median %v, method %s", *f.Steps[1].MedianSeconds, f.Method)
	}
}

func TestLearnGuideOrders(t *testing.T) {
	inOrder := []GuidePath{path(100, "a+"), path(50, "a b+"), path(400, "a b c+"), path(50, "a b c")}
	costs := map[string][]float64{"a": times(9, 60), "b": times(9, 60), "c": times(9, 60)}
	for _, c := range []struct {
		name   string
		steps  []string
		paths  []GuidePath
		method string
		order  string
		says   string
	}{
		{"by p over c", []string{"a", "b", "c"}, inOrder, FixedOrder, "c a b", "all took the steps in one order"},
		{"required steps come first", []string{"a", "b", "c<b"}, inOrder, FixedOrder, "b c a", "flatters it"},
		{"a step that asks nothing comes right before the next", []string{"a", "b>c", "c"}, []GuidePath{path(100, "a+"), path(400, "a b c+"), path(100, "a c")}, FixedOrder, "b c a", "flatters it"},
		{"a question stays before its ways", []string{"a:c/b", "b", "c"}, inOrder, FixedOrder, "a c b", "one of two ways at a"},
		{"mixed orders", []string{"a", "b", "c"}, []GuidePath{path(20, "a b+"), path(20, "b+"), path(30, "b c a+"), path(30, "c+"), path(30, "a- c+"), path(9, "a c b")}, Mixed, "c b a", "(EM)"},
		{"best already", []string{"c", "a", "b"}, []GuidePath{path(400, "c+"), path(100, "c a+"), path(50, "c a b+")}, FixedOrder, "c a b", "of least cost already"},
		{"a saving that may be none", []string{"a", "b"}, []GuidePath{path(10, "a+"), path(12, "a b+"), path(4, "a b")}, FixedOrder, "b a", "the saving may be nothing"},
		{"contradictions", []string{"a<b", "b<a", "c"}, inOrder, FixedOrder, "", "contradicts itself"},
		{"today breaks what is required", []string{"a<b", "b", "c"}, inOrder, FixedOrder, "c b a", "today breaks"},
		{"two lead to one", []string{"q:b/a", "a>c", "b>c", "c"}, []GuidePath{path(300, "q c+"), path(300, "q c")}, FixedOrder, "q a b c", "only the nearer one"},
		{"too few", []string{"a", "b", "c"}, []GuidePath{path(10, "a+"), path(9, "a b+")}, FixedOrder, "", "needs 20 sessions that tried a step and one that a step fixed; 19 and 19 so far"},
		{"none fixed", []string{"a", "b"}, []GuidePath{path(60, "a b")}, FixedOrder, "", "60 and 0 so far"},
		{"never tried", []string{"a", "b", "c"}, []GuidePath{path(30, "a+"), path(60, "a b+"), path(9, "a b")}, FixedOrder, "b a c", "nobody has tried c"},
		{"only fixes are told", []string{"a", "b"}, []GuidePath{path(30, "a+"), path(30, "b+")}, Mixed, "a b", "NOT_FIXED was never recorded"},
		{"skipped", []string{"a", "b"}, []GuidePath{path(30, "a- b+"), path(30, "a b+"), path(10, "a+")}, Mixed, "b a", "reached it skipped a"},
		{"nothing at all", []string{"a", "b"}, nil, "", "", "0 and 0 so far"},
	} {
		f := LearnGuide(GuideRecord{Guide: guideOf(3, c.steps...), Paths: c.paths, Seconds: costs}, GuideOptions{Confidence: 0.9})
		if f.Method != c.method || orderOf(f.LeastCost) != c.order {
			t.Errorf("%s: method %q, order %q, want %q and %q", c.name, f.Method, orderOf(f.LeastCost), c.method, c.order)
		}
		if !strings.Contains(strings.Join(f.Notes, "\n"), c.says) {
			t.Errorf("%s: notes %q do not say %q", c.name, f.Notes, c.says)
		}
		if f.LeastCost != nil {
			want := f.Today.Seconds - f.LeastCost.Seconds
			if math.Abs(*f.Saving.Estimate-want) > 1e-9 || *f.Saving.Lower > want+1e-9 || *f.Saving.Upper < want-1e-9 || !f.Exact {
				t.Errorf("%s: saving %v, want %v (exact %v)", c.name, *f.Saving.Estimate, want, f.Exact)
			}
		}
	}
}

// TestLearnGuideAvoidsTheTrap: b has the highest success rate because a has taken its own cases away; p says a first.
func TestLearnGuideAvoidsTheTrap(t *testing.T) {
	f := LearnGuide(GuideRecord{Guide: guideOf(2, "a", "b"), Paths: []GuidePath{path(450, "a+"), path(400, "a b+"), path(150, "a b")},
		Seconds: map[string][]float64{"a": times(5, 60), "b": times(5, 60)}}, GuideOptions{})
	if a, b := f.Steps[0], f.Steps[1]; *b.Hazard.Estimate < *a.Hazard.Estimate || *b.FixProbability.Estimate > *a.FixProbability.Estimate || orderOf(f.LeastCost) != "a b" {
		t.Errorf("order %s; hazards %v and %v; p %v and %v", orderOf(f.LeastCost), *a.Hazard.Estimate, *b.Hazard.Estimate, *a.FixProbability.Estimate, *b.FixProbability.Estimate)
	}
}

// TestFewSessionsAreShrunk: what few sessions say is drawn towards all SKUs and reasons, less so the more there are.
func TestFewSessionsAreShrunk(t *testing.T) {
	wide := []GuidePath{path(300, "a+"), path(100, "a b+"), path(100, "a b")} // p(a) is 0.6
	p := func(sessions int64) (float64, string) {
		own := []GuidePath{path(sessions/4, "a+"), path(sessions-sessions/4, "a b+")}
		f := LearnGuide(GuideRecord{Guide: guideOf(2, "a", "b"), Paths: own, Wider: append(slices.Clone(wide), own...)}, GuideOptions{})
		return *f.Steps[0].FixProbability.Estimate, f.Method
	}
	ten, method := p(10)
	forty, _ := p(40)
	fifty, own := p(52)
	if !(ten > forty && forty > 0.3 && ten > 0.42 && ten < 0.6) || math.Abs(fifty-0.26) > 0.02 || method != Shrunk || own != FixedOrder {
		t.Errorf("p of 10, 40 and 52 sessions: %v, %v, %v (%s, then %s)", ten, forty, fifty, method, own)
	}
}

func TestStopRule(t *testing.T) {
	record := GuideRecord{Guide: guideOf(3, "a", "b", "c"), Paths: []GuidePath{path(500, "a+"), path(200, "a b+"), path(2, "a b c+"), path(298, "a b c")},
		Seconds: map[string][]float64{"a": times(5, 60), "b": times(5, 60), "c": times(5, 600)}}
	for unresolved, want := range map[float64]int{10: 0, 600: 2, 1e6: 3} {
		if f := LearnGuide(record, GuideOptions{UnresolvedSeconds: &unresolved}); f.StopAfter == nil || *f.StopAfter != want {
			t.Errorf("at %v seconds: stop after %v, want %d", unresolved, f.StopAfter, want)
		}
	}
	if steps, cost := sequenceOf([]float64{0.5}, []float64{10}).stop([]int{0}, 20); steps != 0 || cost != 20 {
		t.Errorf("a step that is worth its cost and no more: stop after %d at %v", steps, cost)
	}
	if f := LearnGuide(record, GuideOptions{}); f.StopAfter != nil {
		t.Errorf("stop after %d without a cost", *f.StopAfter)
	}
}

// TestLearnGuideTakesAnything: whatever a document and sessions say, figures are finite, orders whole and the paths' order
// of no consequence.
func TestLearnGuideTakesAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 8))
		ids := []string{"a", "b", "c", "d", "e", "f", "fixed", "ask-an-expert", ""}
		id := func() string { return ids[r.IntN(len(ids))] }
		g := troubleshoot.Guide{Minutes: r.IntN(20) - 1}
		for n := range r.IntN(7) {
			step := troubleshoot.GuideStep{ID: ids[n], Next: troubleshoot.GuideNext{Yes: id(), No: id()}}
			if r.IntN(4) == 0 {
				step.Next = troubleshoot.GuideNext{Next: id()}
			}
			for range r.IntN(3) {
				step.Requires = append(step.Requires, id())
			}
			g.Steps = append(g.Steps, step)
		}
		paths := make([]GuidePath, r.IntN(30))
		for n := range paths {
			paths[n].Sessions = int64(1 + r.IntN(20))
			for _, k := range r.Perm(7)[:r.IntN(7)] {
				paths[n].Tries = append(paths[n].Tries, StepTry{ids[k], troubleshoot.StepResult(1 + r.IntN(3))})
			}
		}
		record := GuideRecord{Guide: g, Paths: paths, Seconds: map[string][]float64{"a": {0}, "b": times(8, 3)}}
		if r.IntN(2) == 0 {
			record.Paths, record.Wider = paths[:r.IntN(len(paths)+1)], paths
		}
		figures := LearnGuide(record, GuideOptions{Confidence: 0.99})
		finiteFigures(t, reflect.ValueOf(figures), "figures")
		if figures.LeastCost != nil {
			a, b := slices.Sorted(slices.Values(figures.LeastCost.Steps)), slices.Sorted(slices.Values(figures.Today.Steps))
			if !slices.Equal(a, b) {
				t.Fatalf("orders of %v and %v", a, b)
			}
		}
		record.Paths = slices.Clone(record.Paths)
		r.Shuffle(len(record.Paths), func(i, j int) { record.Paths[i], record.Paths[j] = record.Paths[j], record.Paths[i] })
		again := LearnGuide(record, GuideOptions{Confidence: 0.99})
		for i, s := range figures.Steps {
			other := again.Steps[i]
			if s.Reached != other.Reached || s.Fixed != other.Fixed || (s.FixProbability.Estimate != nil && math.Abs(*s.FixProbability.Estimate-*other.FixProbability.Estimate) > 1e-7) {
				t.Fatalf("the order of paths makes %+v of %+v", other, s)
			}
		}
	})
}

// finiteFigures looks for NaN and infinities in every number of a value, and for intervals that do not hold their estimate.
func finiteFigures(t interface{ Fatalf(string, ...any) }, v reflect.Value, at string) {
	switch v.Kind() {
	case reflect.Float64:
		if !finite(v.Float()) {
			t.Fatalf("%s is %v", at, v.Float())
		}
	case reflect.Pointer:
		if !v.IsNil() {
			finiteFigures(t, v.Elem(), at)
		}
	case reflect.Slice:
		for i := range v.Len() {
			finiteFigures(t, v.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			finiteFigures(t, v.Field(i), at+"."+v.Type().Field(i).Name)
		}
	}
}
