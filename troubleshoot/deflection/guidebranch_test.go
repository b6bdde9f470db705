package deflection

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// TestQuestionsAreNoFixes: a Yes that leads on is no end of the trouble, whatever a client recorded for it.
func TestQuestionsAreNoFixes(t *testing.T) {
	light := guideOf(3, "light:clean/return-it", "clean", "reset")
	cracked := guideOf(3, "cracked:return-it/clean", "clean:fixed/ask-an-expert")
	ways := guideOf(3, "which:clean/reset", "clean:fixed/ask-an-expert", "reset:fixed/ask-an-expert")
	quiet := guideOf(3, "unplug>clean", "clean:fixed/ask-an-expert")
	for _, c := range []struct {
		name  string
		guide troubleshoot.Guide
		paths []GuidePath
		// by step in the order of today, in which the way of the No comes first: reached tried fixed skipped dropped
		want   string
		solved int64
		note   string
	}{
		{"as it should be", light, []GuidePath{path(30, "light clean+"), path(10, "light clean reset+")}, "40 40 0 0 0, 40 40 30 0 0, 10 10 10 0 0", 40, ""},
		{"a Yes taken for a fix", light, []GuidePath{path(30, "light+ clean+"), path(10, "light+ clean reset+")}, "40 40 0 0 0, 40 40 30 0 0, 10 10 10 0 0", 40, "FIXED was recorded at light, whose Yes leads on: 40 times other steps followed and it counts as NOT_FIXED, 0 times none did"},
		{"then skipped", light, []GuidePath{path(30, "light+ clean-")}, "30 30 0 0 0, 30 0 0 30 30, 0 0 0 0 0", 0, "30 times"},
		{"the last word stands", light, []GuidePath{path(30, "light+"), path(9, "light clean+")}, "39 39 30 0 0, 9 9 9 0 0, 0 0 0 0 0", 39, "0 times other steps followed and it counts as NOT_FIXED, 30 times none did and it counts as a fix"},
		{"steps of another revision do not follow", light, []GuidePath{path(30, "light+ gone")}, "30 30 30 0 0, 0 0 0 0 0, 0 0 0 0 0", 30, "30 times none did"},
		{"a fix ends, though a question comes after", light, []GuidePath{path(30, "clean+ light+ reset")}, "0 0 0 0 0, 30 30 30 0 0, 0 0 0 0 0", 30, ""},
		{"No ends the guide", light, []GuidePath{path(30, "light")}, "30 30 0 0 0, 0 0 0 0 0, 0 0 0 0 0", 0, ""},
		{"Yes ends the guide", cracked, []GuidePath{path(30, "cracked"), path(9, "cracked+ clean+")}, "39 39 0 0 0, 9 9 9 0 0", 9, "recorded at cracked"},
		{"skipping takes the No", cracked, []GuidePath{path(30, "cracked-")}, "30 0 0 30 30, 0 0 0 0 0", 0, ""},
		{"left before both ways", ways, []GuidePath{path(30, "which"), path(9, "which reset+")}, "39 39 0 0 30, 9 9 9 0 0, 0 0 0 0 0", 9, ""},
		{"back from one of the ways", ways, []GuidePath{path(30, "clean which")}, "30 30 0 0 0, 0 0 0 0 0, 30 30 0 0 0", 0, ""},
		{"a step that asks nothing may fix", quiet, []GuidePath{path(30, "unplug+ clean+")}, "30 30 30 0 0, 0 0 0 0 0", 30, ""},
	} {
		f := LearnGuide(GuideRecord{Guide: c.guide, Paths: c.paths}, GuideOptions{})
		var got []string
		for _, s := range f.Steps {
			got = append(got, fmt.Sprint(s.Reached, s.Tried, s.Fixed, s.Skipped, s.Dropped))
		}
		if strings.Join(got, ", ") != c.want || f.Solved != c.solved {
			t.Errorf("%s: %s and %d solved, want %s and %d", c.name, strings.Join(got, ", "), f.Solved, c.want, c.solved)
		}
		if notes := strings.Join(f.Notes, "\n"); !strings.Contains(notes, c.note) || (c.note == "") == strings.Contains(notes, "FIXED was recorded") {
			t.Errorf("%s: notes %q, want %q", c.name, f.Notes, c.note)
		}
	}
}

// TestQuestionsTakeNoPartInFixing: a question that leads two ways has no chance of a fix, and takes none from the steps.
func TestQuestionsTakeNoPartInFixing(t *testing.T) {
	guide := guideOf(3, "light:clean/reset", "clean:fixed/reset", "reset")
	honest := LearnGuide(GuideRecord{Guide: guide, Paths: []GuidePath{path(60, "light clean+"), path(30, "light clean reset+"), path(30, "light clean reset")}}, GuideOptions{})
	mistaken := LearnGuide(GuideRecord{Guide: guide, Paths: []GuidePath{path(60, "light+ clean+"), path(30, "light+ clean reset+"), path(30, "light+ clean reset")}}, GuideOptions{})
	for _, f := range []GuideFigures{honest, mistaken} {
		if q := f.Steps[0]; q.Hazard.Estimate != nil || q.FixProbability.Estimate != nil {
			t.Errorf("the question has %+v and %+v", q.Hazard, q.FixProbability)
		}
		if p := f.Steps[1].FixProbability.Estimate; f.Method != FixedOrder || p == nil || *p != 61.0/122 {
			t.Errorf("%s: p of the first way %v, want a half", f.Method, p)
		}
	}
	if a, b := orderOf(honest.LeastCost), orderOf(mistaken.LeastCost); a == "" || a != b {
		t.Errorf("orders %q and %q", a, b)
	}
}
