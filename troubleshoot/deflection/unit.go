package deflection

import "math"

// Unit is what one intercept contributes to the sums of its group, from its facts.
// All of them are counted within the intercept's horizon.
type Unit struct {
	Returned   bool // Y: any unit of the line came back or was refunded
	Engaged    bool // D: at least one guide step or one message
	Attributed bool // A: said to be solved; counts only when engaged and not returned
	Late       bool // returned after the horizon; leaves Y alone

	UnitsReturned, UnitsIntended int64

	Loss        int64 // K, minor units: cost of the return and platform cost of each session; no expert time
	HelpSeconds int64 // S, effort seconds of experts, paid at the epoch's wage
	Sessions    int64
	Uncosted    bool // costs unknown: money is withheld for a group that has any
}

// Sums are the sufficient statistics of a set of units in one arm. A product is
// named by its factors: YK is the sum of Y*K. Adding is order-free and exact.
//
// An integer field that would leave int64 stays at the limit instead of wrapping,
// and Estimate then withholds money. The products of money and seconds with
// themselves are float64, which cannot overflow and is exact up to 2^53.
type Sums struct {
	N, Y, D, YD, A, Late int64
	R, U                 int64 // units returned, units intended
	K, YK                int64 // minor units, and of the returned
	S, YS                int64 // seconds, and of the returned
	KK, KS, SS           float64
	Sessions, Uncosted   int64
	Corrected            int64 // how many mature outcomes were corrected; set by whoever posts the correction
}

// Sums gives the unit's own sums.
func (u Unit) Sums() Sums {
	y, d := one(u.Returned), one(u.Engaged)
	k, s := u.Loss, u.HelpSeconds
	return Sums{
		N: 1, Y: y, D: d, YD: y * d,
		A:    one(u.Attributed && u.Engaged && !u.Returned),
		Late: one(u.Late),
		R:    u.UnitsReturned, U: u.UnitsIntended,
		K: k, YK: y * k,
		S: s, YS: y * s,
		KK: float64(k) * float64(k), KS: float64(k) * float64(s), SS: float64(s) * float64(s),
		Sessions: u.Sessions, Uncosted: one(u.Uncosted),
	}
}

// Plus merges two sets of units.
func (s Sums) Plus(o Sums) Sums { return s.combine(o, plus, 1) }

// Minus removes units that are in s; of a unit's new and old sums it makes the
// signed row that corrects a group.
func (s Sums) Minus(o Sums) Sums { return s.combine(o, minus, -1) }

func (s Sums) combine(o Sums, f func(a, b int64) int64, sign float64) Sums {
	return Sums{
		N: f(s.N, o.N), Y: f(s.Y, o.Y), D: f(s.D, o.D), YD: f(s.YD, o.YD), A: f(s.A, o.A), Late: f(s.Late, o.Late),
		R: f(s.R, o.R), U: f(s.U, o.U),
		K: f(s.K, o.K), YK: f(s.YK, o.YK),
		S: f(s.S, o.S), YS: f(s.YS, o.YS),
		KK: s.KK + sign*o.KK, KS: s.KS + sign*o.KS, SS: s.SS + sign*o.SS,
		Sessions: f(s.Sessions, o.Sessions), Uncosted: f(s.Uncosted, o.Uncosted), Corrected: f(s.Corrected, o.Corrected),
	}
}

// saturated says that a sum money is made of has reached the end of int64.
func (s Sums) saturated() bool {
	for _, v := range [...]int64{s.K, s.YK, s.S, s.YS} {
		if v == math.MaxInt64 || v == math.MinInt64 {
			return true
		}
	}
	return false
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func limit(negative bool) int64 {
	if negative {
		return math.MinInt64
	}
	return math.MaxInt64
}

func plus(a, b int64) int64 {
	c := a + b
	if (a < 0) == (b < 0) && (c < 0) != (a < 0) {
		return limit(a < 0)
	}
	return c
}

func minus(a, b int64) int64 {
	c := a - b
	if (a < 0) != (b < 0) && (c < 0) != (a < 0) {
		return limit(a < 0)
	}
	return c
}
