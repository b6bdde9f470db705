package deflection

import (
	"math"
	"reflect"
	"strconv"
	"testing"
)

func TestEpochsOfOneShareArePooledAndEachPaidAtItsWage(t *testing.T) {
	a, b := worked(t, 1000, 400, 500, 600, 7000, 2500), worked(t, 1000, 800, 400, 750, 7000, 3600)
	b.Epoch = 2
	r := Estimate([]Stratum{a, b}, Options{})
	if r.Weighted {
		t.Error("equal shares are weighted")
	}
	near(t, "offered rate", r.ReturnRateOffered, 0.6, 1e-12)
	near(t, "holdout rate", r.ReturnRateHoldout, 0.9, 1e-12)
	near(t, "session cost", r.SessionCost, (500*600*25.+400*750*36.)/3600, 1e-9)
	// Both epochs have the same size, so the savings are the sums of the two.
	net := 500*(70-25/6.) + (100*70 - 400*750*36/3600.)
	near(t, "net savings", r.NetSavings.Estimate, net, 1e-6)
	near(t, "per deflected", r.SavingsPerDeflectedReturn.Estimate, net/600, 1e-9)
	surrounds(t, "per deflected", r.SavingsPerDeflectedReturn)
}

// Under equal shares the pooled rate moves with the mix of epochs in each arm, and
// its covariance with the cost difference takes each stratum at its share of the arm.
func TestSavingPerDeflectedReturnIsNetOverIncremental(t *testing.T) {
	a, b := worked(t, 1300, 400, 500, 600, 7000, 2500), worked(t, 700, 500, 400, 750, 5000, 3600)
	b.Epoch = 2
	for _, shares := range [][2]float64{{1. / 6, 1. / 6}, {2. / 15, 2. / 9}, {-1, -1}} {
		a.HoldoutShare, b.HoldoutShare = shares[0], shares[1]
		r := Estimate([]Stratum{a, b}, Options{})
		if r.Weighted == (shares[0] > 0 && shares[0] == shares[1]) {
			t.Errorf("shares %v: weighted = %v", shares, r.Weighted)
		}
		near(t, "per deflected", r.SavingsPerDeflectedReturn.Estimate, *r.NetSavings.Estimate / *r.IncrementalDeflections.Estimate, 1e-9)
		near(t, "factor", r.IncrementalityFactor.Estimate, *r.IncrementalDeflections.Estimate/float64(r.AttributedDeflections), 1e-9)
		near(t, "avoided", r.ReturnRateAvoided.Estimate, *r.ReturnRateHoldout-*r.ReturnRateOffered, 1e-12)
		surrounds(t, "per deflected", r.SavingsPerDeflectedReturn)
	}
}

// A trend between epochs with different shares looks like an effect in plain counts.
func TestEpochsOfDifferentSharesAreStrata(t *testing.T) {
	flat := func(id int64, share float64, n0, n1 int64, rate float64) Stratum {
		return Stratum{
			Epoch: id, HoldoutShare: share, AssignedHoldout: n0, AssignedOffered: n1,
			Holdout: Sums{N: n0, Y: int64(rate * float64(n0))}, Offered: Sums{N: n1, Y: int64(rate * float64(n1))},
		}
	}
	s := []Stratum{flat(1, 0.5, 1000, 1000, 0.9), flat(2, 0.1, 200, 1800, 0.5)}
	r := Estimate(s, Options{})
	if plain := 1000./1200 - 1800./2800; plain < 0.1 {
		t.Fatalf("the trap is not set: %v", plain)
	}
	near(t, "avoided", r.ReturnRateAvoided.Estimate, 0, 1e-12)
	if !r.Weighted || !noted(r, "weighted by their size") {
		t.Errorf("weighted %v, notes %q", r.Weighted, r.Notes)
	}
	near(t, "baseline keepers", r.BaselineKeepers, 100+900, 1e-9)

	pooled := []Stratum{s[0], s[1]}
	pooled[1].HoldoutShare, pooled[1].AssignedHoldout, pooled[1].AssignedOffered = 0.5, 0, 0
	near(t, "avoided of plain counts", Estimate(pooled, Options{}).ReturnRateAvoided.Estimate, 1000./1200-1800./2800, 1e-12)
}

// What cannot be compared within itself is not compared: added to another epoch it would bring that epoch's trend.
func TestEpochsThatCannotBeComparedAreLeftOut(t *testing.T) {
	epoch := func(id int64, share float64, n0, y0, n1, y1 int64) Stratum {
		arm := func(n, y int64) Sums {
			return Sums{N: n, Y: y, D: n / 2, YD: y / 2, K: 7000 * y, YK: 7000 * y, KK: 49e6 * float64(y), Sessions: n}
		}
		return Stratum{Epoch: id, Label: "acme/" + strconv.FormatInt(id, 10), HoldoutShare: share, Holdout: arm(n0, y0), Offered: arm(n1, y1)}
	}
	sound := epoch(1, 0.2, 200, 180, 800, 720)
	alone := Estimate([]Stratum{sound}, Options{})
	for _, tt := range []struct {
		name  string
		other Stratum
		note  string
	}{
		{"nothing is held out", epoch(2, 0, 0, 0, 4000, 2000), "epoch acme/2 is left out of the comparison: its planned holdout share is 0"},
		{"a holdout that the plan denies", epoch(2, 0, 60, 10, 4000, 2000), "epoch acme/2 is left out of the comparison: its planned holdout share is 0"},
		{"a small holdout under another share", epoch(2, 0.001, 9, 2, 4000, 2000), "epoch acme/2 is left out of the comparison: an arm has 9 mature intercepts and needs 10"},
		{"few offered under an unknown share", epoch(2, -1, 4000, 2000, 9, 9), "epoch acme/2 is left out of the comparison: an arm has 9 mature intercepts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Estimate([]Stratum{tt.other, sound}, Options{})
			near(t, "avoided", r.ReturnRateAvoided.Estimate, 0, 1e-12)
			near(t, "incremental", r.IncrementalDeflections.Estimate, 0, 1e-9)
			near(t, "net", r.NetSavings.Estimate, *alone.NetSavings.Estimate, 1e-9)
			near(t, "holdout rate", r.ReturnRateHoldout, 0.9, 1e-12)
			near(t, "offered rate", r.ReturnRateOffered, 0.9, 1e-12)
			if r.Mature.Offered != 800+tt.other.Offered.N || r.Weighted || r.BaselineKeepers != nil || !noted(r, tt.note) {
				t.Errorf("mature %v, weighted %v, baseline keepers %v, notes %q", r.Mature, r.Weighted, r.BaselineKeepers, r.Notes)
			}
			if want := []string{"acme/1", "acme/2"}; !reflect.DeepEqual(r.Epochs, want) {
				t.Errorf("epochs %q, want %q", r.Epochs, want)
			}
		})
	}
	t.Run("of one share, small ones are added up", func(t *testing.T) {
		r := Estimate([]Stratum{sound, epoch(2, 0.2, 9, 0, 40, 0)}, Options{})
		near(t, "avoided", r.ReturnRateAvoided.Estimate, 180./209-720./840, 1e-12)
		if noted(r, "left out") {
			t.Errorf("notes %q", r.Notes)
		}
	})
	t.Run("no pair of rates without a comparison", func(t *testing.T) {
		r := Estimate([]Stratum{epoch(1, 0.2, 5, 5, 20, 15), epoch(2, 0.1, 9, 1, 90, 5)}, Options{})
		if r.ReturnRateHoldout != nil || r.ReturnRateOffered != nil || r.ReturnRateAvoided.Status != NotEnoughData || !noted(r, "epoch acme/1 is left out") || !noted(r, "epoch acme/2 is left out") {
			t.Errorf("rates %v, %v, avoided %+v, notes %q", r.ReturnRateHoldout, r.ReturnRateOffered, r.ReturnRateAvoided, r.Notes)
		}
	})
	t.Run("sessions are those of the compared", func(t *testing.T) {
		helped := epoch(1, 0.2, 200, 180, 800, 400)
		r := Estimate([]Stratum{helped, epoch(2, 0, 0, 0, 4000, 2000)}, Options{})
		near(t, "sessions per deflection", r.SessionsPerIncrementalDeflection, 800./320, 1e-9)
	})
}

func TestRowOfOneArmHasCountsAndNoComparison(t *testing.T) {
	s := worked(t, 1000, 400, 500, 600, 7000, 2500)
	s.Holdout, s.AssignedHoldout = Sums{}, 0
	s.Offered.R, s.Offered.U = 450, 1100
	r := Estimate([]Stratum{s}, Options{OneArm: true})
	near(t, "offered rate", r.ReturnRateOffered, 0.4, 1e-12)
	near(t, "cost of return", r.CostOfReturn, 70, 1e-9)
	if r.SampleRatio.PValue != nil || r.SampleRatio.Warning != "" || r.ReturnRateAvoided.Status != NotEnoughData || r.NetSavings.Status != NotEnoughData {
		t.Errorf("sample ratio %+v, avoided %+v", r.SampleRatio, r.ReturnRateAvoided)
	}
	if len(r.Notes) != 1 || !noted(r, "one arm each") {
		t.Errorf("notes %q", r.Notes)
	}
	if r.UnitsReturned != (Arms{Offered: 450}) || r.UnitsIntended != (Arms{Offered: 1100}) {
		t.Errorf("units %v of %v", r.UnitsReturned, r.UnitsIntended)
	}
}

func TestMergeCells(t *testing.T) {
	at := func(n0, n1 float64) cell { return cell{holdout: Moments{N: n0}, offered: Moments{N: n1}} }
	for _, tt := range []struct {
		name      string
		all, want []cell
	}{
		{"none small", []cell{at(10, 10), at(20, 30)}, []cell{at(10, 10), at(20, 30)}},
		{"small ones together", []cell{at(9, 50), at(30, 30), at(50, 9)}, []cell{at(30, 30), at(59, 59)}},
		{"too small even together", []cell{at(2, 50), at(30, 30), at(20, 90), at(3, 9)}, []cell{at(30, 30), at(25, 149)}},
		{"all small", []cell{at(2, 5), at(3, 1)}, []cell{at(5, 6)}},
	} {
		if got := mergeCells(tt.all); !reflect.DeepEqual(got, cells(tt.want)) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestPartsOfAnEpochAreAddedInAnyOrder(t *testing.T) {
	s := worked(t, 1000, 400, 500, 600, 7000, 2500)
	half := s
	half.Holdout = Sums{N: 50, Y: 40, K: 40 * 7000, KK: 40 * 7000 * 7000, YK: 40 * 7000}
	half.AssignedHoldout, half.AssignedOffered = 70, 300
	half.Offered = Unit{Engaged: true, HelpSeconds: 600, Sessions: 1, Attributed: true}.Sums()
	rest := s
	rest.Holdout, rest.Offered = s.Holdout.Minus(half.Holdout), s.Offered.Minus(half.Offered)
	rest.AssignedHoldout, rest.AssignedOffered = s.AssignedHoldout-70, s.AssignedOffered-300
	want := Estimate([]Stratum{s}, Options{})
	for _, parts := range [][]Stratum{{half, rest}, {rest, half}} {
		got := Estimate(parts, Options{})
		near(t, "upper", got.SavingsPerDeflectedReturn.Upper, *want.SavingsPerDeflectedReturn.Upper, 1e-9)
		near(t, "log e", got.SampleRatio.LogE, *want.SampleRatio.LogE, 1e-12)
		if got.Mature != want.Mature || !reflect.DeepEqual(got.Epochs, []string{"1"}) {
			t.Errorf("mature %v, epochs %v", got.Mature, got.Epochs)
		}
	}
}

func TestClockUsesTheOldestEpochsConstant(t *testing.T) {
	a, b := worked(t, 1000, 400, 500, 600, 7000, 2500), worked(t, 1000, 400, 500, 600, 7000, 2500)
	a.Epoch, a.TStar, b.Epoch, b.TStar = 7, 9000, 3, 40
	r := Estimate([]Stratum{a, b}, Options{})
	k := newClock(400, 2000, 40, 0.05).multiplier()
	i := arms{p0: .9, n0: 400, p1: .4, n1: 2000}.newcombe(k)
	near(t, "always-valid lower", r.ReturnRateAvoided.AlwaysValidLower, i.lo, 1e-9)
	near(t, "always-valid upper", r.ReturnRateAvoided.AlwaysValidUpper, i.hi, 1e-9)
	if d := newClock(400, 2000, 0, 0.05).r - newClock(400, 2000, 250, 0.05).r; d != 0 {
		t.Errorf("0 is not 250: %v", d)
	}
}

func TestFiellerShapes(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    ratio
		k    float64
		want fiellerSet
	}{
		{"no error at all", ratio{num: 6, den: 2}, 2, fiellerSet{shapeInterval, 3, 3}},
		{"nothing over something", ratio{num: 0, den: 2}, 2, fiellerSet{shapeInterval, 0, 0}},
		{"centred on nothing", ratio{num: 0, den: 2, varNum: 1}, 2, fiellerSet{shapeInterval, -1, 1}},
		{"denominator may be 0", ratio{num: 3, den: 1, varNum: 0, varDen: 1}, 2, fiellerSet{shapeTwoRays, -3, 1}},
		{"neither is known", ratio{num: 0.1, den: 0.1, varNum: 1, varDen: 1}, 2, fiellerSet{shape: shapeWholeLine}},
		{"denominator just at its limit", ratio{num: 2, den: 2, varNum: 0.25, varDen: 1}, 2, fiellerSet{shapeRay, 0.375, 0.375}},
		{"in step", ratio{num: 7000 * 0.65, den: 0.65, varNum: 7000 * 7000 * 0.0014, varDen: 0.0014, cov: 7000 * 0.0014}, 1.96, fiellerSet{shapeInterval, 7000, 7000}},
		{"nothing over nothing", ratio{}, 2, fiellerSet{shape: shapeWholeLine}},
		{"beyond float64", ratio{num: 1e300, den: 1}, 2, fiellerSet{shape: shapeWholeLine}},
	} {
		got := fieller(tt.r, tt.k)
		if got.shape != tt.want.shape || math.Abs(got.lo-tt.want.lo) > 1e-12+1e-6*math.Abs(tt.want.lo) || math.Abs(got.hi-tt.want.hi) > 1e-12+1e-6*math.Abs(tt.want.hi) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
