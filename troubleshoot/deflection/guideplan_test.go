package deflection

import (
	"slices"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestTodaysOrder(t *testing.T) {
	plain := func(ids ...string) troubleshoot.Guide {
		g := troubleshoot.Guide{}
		for _, id := range ids {
			g.Steps = append(g.Steps, troubleshoot.GuideStep{ID: id})
		}
		return g
	}
	for _, c := range []struct {
		name  string
		guide troubleshoot.Guide
		want  string
	}{
		{"as it is written", guideOf(0, "a", "b", "c"), "a b c"},
		{"without edges", plain("a", "b", "c"), "a b c"},
		{"where each step leads", guideOf(0, "a:fixed/c", "b:fixed/ask-an-expert", "c:fixed/b"), "a c b"},
		{"a way aside that comes back", guideOf(0, "a:b/c", "b:fixed/d", "c:fixed/d", "d"), "a c b d"},
		{"a way aside that begins anew", guideOf(0, "a:b/c", "b:fixed/a", "c"), "a c b"},
		{"a way aside that ends", guideOf(0, "a:b/c", "b:fixed/return-it", "c"), "a c b"},
		{"steps that nothing leads to", guideOf(0, "a:fixed/return-it", "b", "c"), "a b c"},
		{"round in circles", guideOf(0, "a>b", "b>a"), "a b"},
		{"the same id twice", plain("a", "b", "a"), "a b"},
		{"nothing", troubleshoot.Guide{}, ""},
	} {
		var got []string
		for _, s := range planOf(c.guide).steps {
			got = append(got, s.ID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestWarningsStayInFront(t *testing.T) {
	step := func(id, stop string, requires ...string) troubleshoot.GuideStep {
		return troubleshoot.GuideStep{ID: id, Stop: stop, Requires: requires}
	}
	p := planOf(troubleshoot.Guide{Steps: []troubleshoot.GuideStep{
		step("a", ""), step("b", "it is hot", "d"), step("c", ""), step("d", "", "a"), step("e", "it smokes")}})
	// b says when to stop, so c and e come after it; d does not, because b requires it.
	for i, want := range [][]int{nil, {3}, {1}, {0}, {1}} {
		if got := p.after[i]; !slices.Equal(got, want) {
			t.Errorf("%s comes after %v, want %v", p.steps[i].ID, got, want)
		}
	}
}
