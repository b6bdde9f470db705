package deflection

import "math"

// shape is what a Fieller set looks like.
type shape string

const (
	shapeInterval  shape = "interval"
	shapeTwoRays   shape = "two_rays"   // everything but ]lo, hi[
	shapeWholeLine shape = "whole_line" // no value is excluded; lo and hi mean nothing
	shapeRay       shape = "ray"        // one end only, in lo and hi alike
)

type fiellerSet struct {
	shape  shape
	lo, hi float64
}

// rounding is how far below 0 a discriminant may fall, relative to its terms, and still be 0.
const rounding = 1e-12

// fieller is the set of ratios num/den that a test at k standard errors does not
// reject (Fieller 1954): unlike the delta method it is honest when den is near 0.
func fieller(r ratio, k float64) fiellerSet {
	a := r.den*r.den - k*k*r.varDen
	b := -2 * (r.num*r.den - k*k*r.cov)
	c := r.num*r.num - k*k*r.varNum
	d := b*b - 4*a*c
	if d < 0 && -d < rounding*b*b {
		d = 0 // numerator and denominator move in step, as when every return costs the same
	}
	switch {
	case a == 0 && b != 0:
		return bounded(fiellerSet{shape: shapeRay, lo: -c / b, hi: -c / b})
	case a == 0 || d < 0 || (a < 0 && d == 0):
		return fiellerSet{shape: shapeWholeLine}
	}
	// The two roots without subtracting nearly equal numbers.
	q := -(b + math.Copysign(math.Sqrt(d), b)) / 2
	x, y := q/a, 0.0
	if q != 0 {
		y = c / q
	}
	if a < 0 {
		return bounded(fiellerSet{shape: shapeTwoRays, lo: math.Min(x, y), hi: math.Max(x, y)})
	}
	// An interval holds the estimate; rounding must not put it just outside.
	e := r.estimate()
	return bounded(fiellerSet{shape: shapeInterval, lo: min(x, y, e), hi: max(x, y, e)})
}

// bounded gives up a set whose ends are beyond float64.
func bounded(s fiellerSet) fiellerSet {
	if !finite(s.lo) || !finite(s.hi) {
		return fiellerSet{shape: shapeWholeLine}
	}
	return s
}
