package deflection

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func near(t *testing.T, what string, got *float64, want, within float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is absent, want %v", what, want)
	} else if !(math.Abs(*got-want) <= within) {
		t.Errorf("%s = %v, want %v", what, *got, want)
	}
}

// surrounds checks that both intervals are there and nest around the estimate.
func surrounds(t *testing.T, what string, f Figure) {
	t.Helper()
	if f.Status != OK || f.Estimate == nil || f.Lower == nil || f.Upper == nil || f.AlwaysValidLower == nil || f.AlwaysValidUpper == nil {
		t.Fatalf("%s is not whole: %+v", what, f)
	}
	if !(*f.AlwaysValidLower < *f.Lower && *f.Lower < *f.Estimate && *f.Estimate < *f.Upper && *f.Upper < *f.AlwaysValidUpper) {
		t.Errorf("%s: limits out of order: %v %v %v %v %v", what, *f.AlwaysValidLower, *f.Lower, *f.Estimate, *f.Upper, *f.AlwaysValidUpper)
	}
}

func noted(r Result, part string) bool {
	return slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, part) })
}

func TestWorkedExamples(t *testing.T) {
	for _, tt := range []struct {
		name                                 string
		returned, sessions, seconds          int64
		perDeflected, incremental, perReturn float64
	}{
		{"ten minutes, half engage", 400, 500, 600, 70 - 25*10./60, 500, 1},
		{"fifteen minutes, half engage", 400, 500, 900, 63.75, 500, 1},
		{"four sessions a deflection", 800, 400, 750, 70 - 4*25*12.5/60, 100, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Estimate([]Stratum{worked(t, 1000, tt.returned, tt.sessions, tt.seconds, 7000, 2500)}, Options{})
			near(t, "savings per deflected return", r.SavingsPerDeflectedReturn.Estimate, tt.perDeflected, 1e-9)
			near(t, "incremental", r.IncrementalDeflections.Estimate, tt.incremental, 1e-9)
			near(t, "net savings", r.NetSavings.Estimate, tt.perDeflected*tt.incremental, 1e-6)
			near(t, "sessions per deflection", r.SessionsPerIncrementalDeflection, tt.perReturn, 1e-9)
			near(t, "cost of return", r.CostOfReturn, 70, 1e-9)
			near(t, "session cost", r.SessionCost, float64(tt.sessions*tt.seconds)*25/3600, 1e-9)
			near(t, "p of no effect", r.AlwaysValidP, 0, 0.01)
			for what, f := range map[string]Figure{
				"avoided": r.ReturnRateAvoided, "relative": r.RelativeAvoided, "engaged": r.EffectOnEngaged,
				"incremental": r.IncrementalDeflections, "factor": r.IncrementalityFactor, "net": r.NetSavings,
				"net per intercept": r.NetSavingsPerIntercept, "per deflected": r.SavingsPerDeflectedReturn,
			} {
				surrounds(t, what, f)
			}
		})
	}
}

func TestHarmIsNeverClamped(t *testing.T) {
	s := worked(t, 1000, 990, 500, 600, 7000, 2500)
	r := Estimate([]Stratum{s}, Options{})
	near(t, "avoided", r.ReturnRateAvoided.Estimate, -0.09, 1e-12)
	near(t, "net per intercept", r.NetSavingsPerIntercept.Estimate, -0.09*70-500*25./6/1000, 1e-9)
	if r.SavingsPerDeflectedReturn.Status != Unbounded || r.SavingsPerDeflectedReturn.Estimate != nil || r.SessionsPerIncrementalDeflection != nil {
		t.Errorf("a saving per deflected return where none was deflected: %+v", r.SavingsPerDeflectedReturn)
	}
	if !noted(r, "no meaning") {
		t.Errorf("notes do not say why: %q", r.Notes)
	}
}

func TestEffectThatMayBeZeroHasNoSavingPerReturn(t *testing.T) {
	r := Estimate([]Stratum{worked(t, 1000, 890, 500, 600, 7000, 2500)}, Options{})
	if r.SavingsPerDeflectedReturn.Status != Unbounded || r.SavingsPerDeflectedReturn.Estimate != nil || r.SessionsPerIncrementalDeflection != nil {
		t.Errorf("got %+v", r.SavingsPerDeflectedReturn)
	}
	if !noted(r, "savings per deflected return cannot be bounded yet: the return rate avoided may be 0") {
		t.Errorf("notes: %q", r.Notes)
	}
	surrounds(t, "net per intercept", r.NetSavingsPerIntercept)
}

// Between z and K standard errors a closed period can tell, a daily look cannot yet.
func TestSavingBoundedForAClosedPeriodOnly(t *testing.T) {
	r := Estimate([]Stratum{worked(t, 1000, 820, 500, 600, 7000, 2500)}, Options{})
	f := r.SavingsPerDeflectedReturn
	if f.Status != OK || f.Lower == nil || f.AlwaysValidLower != nil || f.AlwaysValidUpper != nil {
		t.Errorf("got %+v", f)
	}
	if !noted(r, "savings per deflected return: the interval that allows daily looks cannot be bounded yet") {
		t.Errorf("notes: %q", r.Notes)
	}
	if !(*r.ReturnRateAvoided.AlwaysValidLower < 0 && *r.ReturnRateAvoided.Lower > 0) {
		t.Errorf("avoided: %v, %v", *r.ReturnRateAvoided.AlwaysValidLower, *r.ReturnRateAvoided.Lower)
	}
}

func TestUncostedOrSaturatedUnitsWithholdMoneyOnly(t *testing.T) {
	for name, spoil := range map[string]func(*Stratum){
		"costs of 1 mature intercepts are unknown": func(s *Stratum) { s.Offered.Uncosted = 1 },
		"too large": func(s *Stratum) { s.Holdout.K = math.MaxInt64 },
	} {
		s := worked(t, 1000, 400, 500, 600, 7000, 2500)
		spoil(&s)
		r := Estimate([]Stratum{s}, Options{})
		if r.NetSavings.Status != NotEnoughData || r.NetSavingsPerIntercept.Estimate != nil || r.SavingsPerDeflectedReturn.Estimate != nil ||
			r.CostOfReturn != nil || r.SessionCost != nil {
			t.Errorf("%s: money is shown: %+v", name, r)
		}
		if !noted(r, name) {
			t.Errorf("%s: notes %q", name, r.Notes)
		}
		surrounds(t, "avoided", r.ReturnRateAvoided)
	}
}

func TestGates(t *testing.T) {
	arms := func(n0, y0, n1, y1 int64) Stratum {
		return Stratum{
			HoldoutShare: -1,
			Holdout:      Sums{N: n0, Y: y0, K: 7000 * y0, KK: 7000 * 7000 * float64(y0), YK: 7000 * y0},
			Offered:      Sums{N: n1, Y: y1, D: n1 / 2, YD: y1 / 2, A: (n1 - y1) / 4, K: 7000 * y1, KK: 7000 * 7000 * float64(y1), YK: 7000 * y1},
		}
	}
	const yes, no = OK, NotEnoughData
	for _, tt := range []struct {
		s                       Stratum
		avoided, engaged, money Status
		note                    string
	}{
		{arms(0, 0, 0, 0), no, no, no, "return rate avoided needs 20 mature holdout intercepts; 0 so far (20 more); and 20 mature offered intercepts; 0 so far (20 more)"},
		{arms(19, 15, 400, 100), no, no, no, "return rate avoided needs 20 mature holdout intercepts; 19 so far (1 more)"},
		{arms(400, 300, 19, 10), no, no, no, "return rate avoided needs 20 mature offered intercepts; 19 so far (1 more)"},
		{arms(20, 16, 20, 6), yes, no, no, "effect on engaged needs 50 mature holdout intercepts; 20 so far (30 more)"},
		{arms(49, 39, 400, 100), yes, no, no, "effect on engaged needs 50 mature holdout intercepts; 49 so far (1 more)"},
		{arms(50, 40, 49, 15), yes, no, no, "effect on engaged needs 50 mature offered intercepts; 49 so far (1 more)"},
		{arms(50, 40, 50, 15), yes, yes, no, "net saving needs 100 mature holdout intercepts; 50 so far (50 more)"},
		{arms(37, 27, 400, 100), yes, no, no, "savings per deflected return needs 100 mature holdout intercepts; 37 so far (63 more)"},
		{arms(99, 89, 400, 100), yes, yes, no, "savings per deflected return needs 100 mature holdout intercepts; 99 so far (1 more)"},
		{arms(100, 91, 400, 100), yes, no, no, "savings per deflected return needs 10 kept holdout intercepts; 9 so far (1 more)"},
		{arms(100, 90, 400, 9), yes, no, no, "net saving needs 10 returned offered intercepts; 9 so far (1 more)"},
		{arms(100, 90, 400, 391), yes, no, no, "effect on engaged needs 10 kept offered intercepts; 9 so far (1 more)"},
		{arms(100, 9, 400, 100), yes, no, no, "effect on engaged needs 10 returned holdout intercepts; 9 so far (1 more)"},
		{arms(100, 90, 400, 100), yes, yes, yes, ""},
	} {
		r := Estimate([]Stratum{tt.s}, Options{})
		got := [...]Status{r.ReturnRateAvoided.Status, r.EffectOnEngaged.Status, r.NetSavings.Status, r.SavingsPerDeflectedReturn.Status}
		if want := [...]Status{tt.avoided, tt.engaged, tt.money, tt.money}; got != want {
			t.Errorf("holdout %d/%d, offered %d/%d: %v, want %v", tt.s.Holdout.Y, tt.s.Holdout.N, tt.s.Offered.Y, tt.s.Offered.N, got, want)
		}
		if tt.note != "" && !noted(r, tt.note) {
			t.Errorf("no note %q in %q", tt.note, r.Notes)
		}
		if r.IncrementalDeflections.Status != tt.avoided {
			t.Errorf("incremental is %s where avoided is %s", r.IncrementalDeflections.Status, tt.avoided)
		}
	}
}

func TestSampleRatio(t *testing.T) {
	for _, tt := range []struct {
		name             string
		share            float64
		holdout, offered int64
		checked, warned  bool
		blocked          bool
	}{
		{"as planned", 0.1, 480, 4520, true, false, false},
		{"far off", 0.1, 1650, 18350, true, true, true},
		{"off in one look only", 0.1, 565, 4435, true, false, false},
		{"off enough for a warning", 0.1, 573, 4427, true, true, false},
		{"nothing assigned", 0.1, 0, 0, false, false, false},
		{"imported history", -1, 1650, 18350, false, false, false},
		{"no holdout planned", 0, 0, 500, false, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := worked(t, 1000, 400, 500, 600, 7000, 2500)
			s.HoldoutShare, s.AssignedHoldout, s.AssignedOffered = tt.share, tt.holdout, tt.offered
			fine := s
			fine.Epoch, fine.AssignedHoldout, fine.AssignedOffered = 2, 1000*int64(10*math.Abs(tt.share)), 9000
			r := Estimate([]Stratum{fine, s}, Options{})
			if alone := Estimate([]Stratum{s}, Options{}); (alone.SampleRatio.PValue != nil) != tt.checked {
				t.Errorf("checked: %+v", alone.SampleRatio)
			} else if alone.SampleRatio.Blocked != tt.blocked || (alone.SampleRatio.Warning != "") != tt.warned {
				t.Errorf("alone: %+v", alone.SampleRatio)
			}
			if tt.share == 0.1 && r.SampleRatio.Blocked != tt.blocked {
				t.Errorf("beside a good epoch: %+v", r.SampleRatio)
			}
		})
	}
}

func TestSampleRatioAlarmWithholdsEffectsAndKeepsCounts(t *testing.T) {
	s := worked(t, 1000, 400, 500, 600, 7000, 2500)
	s.HoldoutShare, s.AssignedHoldout, s.AssignedOffered = 0.1, 1650, 18350
	r := Estimate([]Stratum{s}, Options{})
	for what, f := range map[string]Figure{
		"avoided": r.ReturnRateAvoided, "relative": r.RelativeAvoided, "engaged": r.EffectOnEngaged, "incremental": r.IncrementalDeflections,
		"factor": r.IncrementalityFactor, "net": r.NetSavings, "per intercept": r.NetSavingsPerIntercept, "per deflected": r.SavingsPerDeflectedReturn,
	} {
		if !reflect.DeepEqual(f, Figure{Status: SRMBlocked}) {
			t.Errorf("%s is shown: %+v", what, f)
		}
	}
	if r.BaselineKeepers != nil || r.SessionsPerIncrementalDeflection != nil || r.AlwaysValidP != nil {
		t.Errorf("an effect is shown: %+v", r)
	}
	if want := "the arms of epoch 1 are out of proportion: 1650 of 20000 intercepts in the holdout, 2000 planned; effects are withheld until the cause is found"; r.SampleRatio.Warning != want {
		t.Errorf("warning %q", r.SampleRatio.Warning)
	}
	if r.Mature != (Arms{200, 1000}) || r.Returned != (Arms{180, 400}) || r.AttributedDeflections != s.Offered.A || r.CostOfReturn == nil {
		t.Errorf("counts are gone: %+v", r)
	}
}

func TestContradictingCountsInferNothing(t *testing.T) {
	s := worked(t, 1000, 400, 500, 600, 7000, 2500)
	s.Holdout.Y = 201
	r := Estimate([]Stratum{s}, Options{})
	if r.ReturnRateAvoided.Status != NotEnoughData || r.ReturnRateHoldout != nil || !noted(r, "epoch 1 contradict") {
		t.Errorf("got %+v", r)
	}
}

func TestLabelsAndNotesOfTheRow(t *testing.T) {
	s := worked(t, 1000, 400, 500, 600, 7000, 2500)
	s.Offered.Late, s.Holdout.Corrected = 11, 2
	r := Estimate([]Stratum{s}, Options{Confidence: 0.9})
	if r.ClosedLabel != "closed period 90%" || r.AnytimeLabel != "anytime 90%" {
		t.Errorf("labels %q, %q", r.ClosedLabel, r.AnytimeLabel)
	}
	if !noted(r, "1.1% of the offered intercepts were returned after the window") || noted(r, "of the holdout intercepts") {
		t.Errorf("late returns: %q", r.Notes)
	}
	if !noted(r, "2 mature outcomes were corrected") {
		t.Errorf("corrections: %q", r.Notes)
	}
	if bad := Estimate(nil, Options{Confidence: math.NaN()}); bad.ClosedLabel != "closed period 95%" {
		t.Errorf("label %q", bad.ClosedLabel)
	}
	yen := Estimate([]Stratum{s}, Options{MinorPerMajor: 1})
	near(t, "cost in a currency without minor units", yen.CostOfReturn, 7000, 1e-9)
}
