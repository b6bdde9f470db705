package deflection

import (
	"math"
	"testing"
)

// Two strata with different sizes, costs and mixes of arms, small enough to add up by hand.
func twoStrata() cells {
	return cells{
		{
			holdout: Moments{N: 20, Y: 15, C: 1500, CC: 150000, YC: 1500},
			offered: Moments{N: 60, Y: 30, D: 30, YD: 10, A: 18, C: 3600, CC: 330000, YC: 3000},
		},
		{
			holdout: Moments{N: 30, Y: 12, C: 2400, CC: 480000, YC: 2400},
			offered: Moments{N: 50, Y: 10, D: 20, YD: 3, A: 15, C: 2500, CC: 420000, YC: 2000},
		},
	}
}

func TestContrastOverStrata(t *testing.T) {
	s := twoStrata()
	w := [2]float64{80. / 160, 80. / 160}
	cov := func(n, x, y, xy float64) float64 { return (xy - x*y/n) / (n - 1) / n } // of means
	var dC, vC, covPooled, covWeighted, vY float64
	for i, c := range s {
		h, o := c.holdout, c.offered
		dC += w[i] * (h.C/h.N - o.C/o.N)
		vC += w[i] * w[i] * (cov(h.N, h.C, h.C, h.CC) + cov(o.N, o.C, o.C, o.CC))
		vY += w[i] * w[i] * (cov(h.N, h.Y, h.Y, h.Y) + cov(o.N, o.Y, o.Y, o.Y))
		covPooled += w[i] * (h.N/50*cov(h.N, h.Y, h.C, h.YC) + o.N/110*cov(o.N, o.Y, o.C, o.YC))
		covWeighted += w[i] * w[i] * (cov(h.N, h.Y, h.C, h.YC) + cov(o.N, o.Y, o.C, o.YC))
	}
	pooled, weighted := newContrast(s, true), newContrast(s, false)
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"pooled dY", pooled.dY, 27./50 - 40./110},
		{"pooled vY", pooled.vY, cov(50, 27, 27, 27) + cov(110, 40, 40, 40)},
		{"pooled dC", pooled.dC, dC},
		{"pooled vC", pooled.vC, vC},
		{"pooled cov(dY, dC)", pooled.cYC, covPooled},
		{"pooled cov(dY, abar)", pooled.cYA, 40. / 110 * 33. / 110 / 109},
		{"weighted dY", weighted.dY, (15./20+12./30)/2 - (30./60+10./50)/2},
		{"weighted vY", weighted.vY, vY},
		{"weighted dC", weighted.dC, dC},
		{"weighted vC", weighted.vC, vC},
		{"weighted cov(dY, dC)", weighted.cYC, covWeighted},
		{"weighted cov(dY, abar)", weighted.cYA, 0.5 * (30*18/60./59 + 10*15/50./49) / 110},
		{"weighted dD", weighted.dD, (30./60 + 20./50) / 2},
		{"weighted vD", weighted.vD, (cov(60, 30, 30, 30) + cov(50, 20, 20, 20)) / 4},
		{"weighted cov(dY, dD)", weighted.cYD, -(cov(60, 30, 30, 10) + cov(50, 10, 20, 3)) / 4},
		{"a lone unit varies", covariance(1, 1, 1, 1), 0},
	} {
		if !(math.Abs(tt.got-tt.want) <= 1e-12*(1+math.Abs(tt.want))) {
			t.Errorf("%s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestRatesAtTheirEnds(t *testing.T) {
	for n := range 300 {
		a := arms{p0: 0, n0: float64(n + 20), p1: 0.1, n1: 400}
		if _, i := a.relativeAvoided(1.96); i.bounded {
			t.Fatalf("bounded at [%v, %v] with no return of %d", i.lo, i.hi, n+20)
		}
	}
	if r, i := (arms{p0: 1, n0: 40, p1: 0, n1: 400}).relativeAvoided(1.96); r != 1 || !i.bounded || i.hi != 1 {
		t.Errorf("all against none: %v in %+v", r, i)
	}
	if i := (arms{p0: 1, n0: 203, p1: 0, n1: 200}).newcombe(1.96); i.hi != 1 {
		t.Errorf("more than all is avoided: %v", i.hi)
	}
	s := Stratum{HoldoutShare: -1, Holdout: Sums{N: 40}, Offered: Sums{N: 400, Y: 40}}
	if r := Estimate([]Stratum{s}, Options{}); r.RelativeAvoided.Status != Unbounded || !noted(r, "too few returns in the holdout") {
		t.Errorf("%+v, notes %q", r.RelativeAvoided, r.Notes)
	}
}

// Newcombe's interval is closer to a small rate than the linear one that Fieller
// builds on: the avoided rate may be clear of 0 and the ratio still unbounded.
func TestSavingStaysUnboundedWhereOnlyTheRateIsClear(t *testing.T) {
	arm := func(n, y int64) Sums { return Sums{N: n, Y: y, K: 7000 * y, KK: 49e6 * float64(y), YK: 7000 * y} }
	r := Estimate([]Stratum{{HoldoutShare: -1, Holdout: arm(100, 11), Offered: arm(1000, 50)}}, Options{})
	if lower := r.ReturnRateAvoided.Lower; lower == nil || *lower <= 0 {
		t.Fatalf("the rate is not clear of 0: %+v", r.ReturnRateAvoided)
	}
	if r.SavingsPerDeflectedReturn.Status != Unbounded || !noted(r, "too uncertain") {
		t.Errorf("%+v, notes %q", r.SavingsPerDeflectedReturn, r.Notes)
	}
}
