package deflection

// contrast is the comparison of the arms: each difference with its variance, from
// n-1 sample moments, and the covariances that ratios of them need.
type contrast struct {
	arms
	raw cell // plain sums of all strata that are compared

	dY, vY   float64 // return rate avoided
	dD, vD   float64 // first stage: engaged rate, offered minus holdout
	dC, vC   float64 // cost saved per intercept, minor units
	abar, vA float64 // attributed rate in the offered arm, plain
	cYD      float64 // cov(dY, dD)
	cYC      float64 // cov(dY, dC)
	cYA      float64 // cov(dY, abar)
}

// newContrast compares the arms over strata, each with units in both arms.
// Costs are always averaged over strata by their share of all units. With pooled
// true (equal planned holdout shares) rates are those of the plain counts;
// otherwise they are post-stratified too.
func newContrast(strata cells, pooled bool) contrast {
	total := strata.total()
	counted := strata
	if pooled {
		counted = cells{total}
	}
	c := contrast{arms: counted.rates(), raw: total}
	c.dY = c.avoided()
	c.abar, c.vA = total.offered.A/total.offered.N, total.offered.varA()/total.offered.N
	for i, w := range counted.weights() {
		h, o := counted[i].holdout, counted[i].offered
		c.vY += w * w * (h.varY()/h.N + o.varY()/o.N)
		c.dD += w * (o.D/o.N - h.D/h.N)
		c.vD += w * w * (h.varD()/h.N + o.varD()/o.N)
		c.cYD -= w * w * (h.covYD()/h.N + o.covYD()/o.N)
		// dY takes Y1 with weight -w, abar takes A with weight n1s/n1.
		c.cYA -= w * o.covYA() / total.offered.N
	}
	for i, w := range strata.weights() {
		h, o := strata[i].holdout, strata[i].offered
		c.dC += w * (h.C/h.N - o.C/o.N)
		c.vC += w * w * (h.varC()/h.N + o.varC()/o.N)
		// In a pooled rate a stratum weighs its share of the arm, not of all units.
		qh, qo := w, w
		if pooled {
			qh, qo = h.N/total.holdout.N, o.N/total.offered.N
		}
		c.cYC += w * (qh*h.covYC()/h.N + qo*o.covYC()/o.N)
	}
	return c
}

// ratio is num/den with what its interval needs.
type ratio struct{ num, den, varNum, varDen, cov float64 }

func (r ratio) estimate() float64 { return r.num / r.den }

// interval is the Fieller set when that is an interval, else unbounded.
func (r ratio) interval(k float64) interval {
	s := fieller(r, k)
	return interval{lo: s.lo, hi: s.hi, bounded: s.shape == shapeInterval}
}

// engaged is the effect on those who engaged: avoided per engaged unit (LATE); its
// Fieller set is the Anderson-Rubin set.
func (c contrast) engaged() ratio {
	return ratio{num: c.dY, den: c.dD, varNum: c.vY, varDen: c.vD, cov: c.cYD}
}

// factor is incremental over attributed deflections.
func (c contrast) factor() ratio {
	return ratio{num: c.dY, den: c.abar, varNum: c.vY, varDen: c.vA, cov: c.cYA}
}

// perDeflection is the saving per deflected return, in minor units; it pays for
// every session, those that deflected nothing included.
func (c contrast) perDeflection() ratio {
	return ratio{num: c.dC, den: c.dY, varNum: c.vC, varDen: c.vY, cov: c.cYC}
}

// baselineKeepers are the offered units that would have been kept without help.
// They are what closes the bridge from attributed to incremental,
//
//	attributed + kept unattributed - baseline keepers = incremental,
//
// so of plain rates N1*(1-p0), and of post-stratified ones the same with the
// offered rate's own weighting in it.
func baselineKeepers(offered Moments, avoided float64) float64 {
	return offered.N - offered.Y - offered.N*avoided
}
