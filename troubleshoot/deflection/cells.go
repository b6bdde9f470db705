package deflection

// cell is a stratum as the estimators see it.
type cell struct{ holdout, offered Moments }

func (c cell) plus(o cell) cell {
	return cell{holdout: c.holdout.Plus(o.holdout), offered: c.offered.Plus(o.offered)}
}

func (c cell) units() float64 { return c.holdout.N + c.offered.N }

// smaller is the number of units in the arm that has fewer.
func (c cell) smaller() float64 { return min(c.holdout.N, c.offered.N) }

const (
	minCell = 10 // units that a stratum needs in each arm to stand alone
	pseudo  = 2  // pseudo-units that smooth a stratum's rate towards its arm's, for the variance only
)

// cells are strata that are compared arm against arm and then averaged.
type cells []cell

// mergeCells pools strata that are too small in either arm; if even the pool is
// too small it joins the stratum with the fewest holdout units. All strata must
// have the same planned share: of different ones, plain counts say nothing.
func mergeCells(all []cell) cells {
	var kept cells
	var other cell
	for _, c := range all {
		if c.smaller() < minCell {
			other = other.plus(c)
			continue
		}
		kept = append(kept, c)
	}
	if other.units() == 0 && len(kept) > 0 {
		return kept
	}
	if len(kept) == 0 || other.smaller() >= minCell {
		return append(kept, other)
	}
	smallest := 0
	for i := range kept {
		if kept[i].holdout.N < kept[smallest].holdout.N {
			smallest = i
		}
	}
	kept[smallest] = kept[smallest].plus(other)
	return kept
}

func (cs cells) total() cell {
	var t cell
	for _, c := range cs {
		t = t.plus(c)
	}
	return t
}

// weights are each stratum's share of all units.
func (cs cells) weights() []float64 {
	n := cs.total().units()
	w := make([]float64, len(cs))
	for i, c := range cs {
		w[i] = c.units() / n
	}
	return w
}

// rates are the post-stratified return rates and the sizes they are worth. Of one
// stratum they are its plain rates and counts. Both arms need a unit in each stratum.
func (cs cells) rates() arms {
	p0, n0 := cs.rate(func(c cell) Moments { return c.holdout })
	p1, n1 := cs.rate(func(c cell) Moments { return c.offered })
	return arms{p0: p0, n0: n0, p1: p1, n1: n1}
}

func (cs cells) rate(arm func(cell) Moments) (p, neff float64) {
	raw := arm(cs.total())
	mean := raw.Y / raw.N
	if len(cs) == 1 { // the formula below gives the same but for rounding
		return mean, raw.N
	}
	var v float64
	for i, w := range cs.weights() {
		m := arm(cs[i])
		p += w * m.Y / m.N
		q := (m.Y + pseudo*mean) / (m.N + pseudo)
		v += w * w * q * (1 - q) / m.N
	}
	p = min(max(p, 0), 1) // the weights add up to 1 but for rounding
	if p == 0 || p == 1 || v <= 0 {
		return p, raw.N
	}
	return p, p * (1 - p) / v
}
