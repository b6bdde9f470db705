package deflection

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Stratum is one epoch of a group, or a part of one: parts of an epoch repeat its
// HoldoutShare, TStar and Label and are added up.
type Stratum struct {
	Epoch        int64   // tells epochs apart; older ones are smaller
	Label        string  // of the epoch in notes; "" means its number
	HoldoutShare float64 // planned; negative when unknown (imported history): then no sample-ratio check
	WagePerHour  int64   // minor units per hour
	TStar        float64 // tuning constant fixed before the epoch began; 0 means 250

	AssignedHoldout, AssignedOffered int64 // all intercepts, mature or not
	Holdout, Offered                 Sums  // mature units only
}

// epoch is all parts of one epoch together.
type epoch struct {
	id                               int64
	label                            string
	share, tStar                     float64
	assignedHoldout, assignedOffered int64
	cell                             cell
}

// comparable says that the plan has units in both arms.
func (e epoch) comparable() bool { return e.share >= minShare && e.share <= 1-minShare }

func (e epoch) mature() bool { return e.cell.units() > 0 }

// contradiction is why nothing can be inferred from the epoch's counts, or "".
func (e epoch) contradiction() string {
	if e.assignedHoldout >= 0 && e.assignedOffered >= 0 && e.cell.holdout.consistent() && e.cell.offered.consistent() {
		return ""
	}
	return fmt.Sprintf("the counts of epoch %s contradict each other, so nothing is inferred from them", e.label)
}

// epochsOf adds up the parts of each epoch, oldest epoch first.
func epochsOf(strata []Stratum) []epoch {
	byID := make(map[int64]int, len(strata))
	var all []epoch
	for _, s := range strata {
		i, seen := byID[s.Epoch]
		if !seen {
			i = len(all)
			byID[s.Epoch] = i
			all = append(all, epoch{id: s.Epoch, label: cmp.Or(s.Label, strconv.FormatInt(s.Epoch, 10)), share: s.HoldoutShare, tStar: s.TStar})
		}
		e := &all[i]
		e.assignedHoldout = plus(e.assignedHoldout, s.AssignedHoldout)
		e.assignedOffered = plus(e.assignedOffered, s.AssignedOffered)
		e.cell = e.cell.plus(cell{holdout: s.Holdout.Moments(s.WagePerHour), offered: s.Offered.Moments(s.WagePerHour)})
	}
	slices.SortFunc(all, func(a, b epoch) int { return cmp.Compare(a.id, b.id) })
	return all
}

// comparison is how the mature units of a row are compared arm against arm.
type comparison struct {
	strata  cells    // each of one epoch, or of epochs with the same known share
	pooled  bool     // their plain counts may be added: all have one share
	leftOut []string // why an epoch is not among them
}

// compare picks what can be compared. Epochs with different shares, or unknown
// ones, are never added up: their mix differs between the arms, and a trend over
// epochs would look like an effect. An epoch that can neither stand alone nor join
// one of its own share is left out.
func compare(epochs []epoch) comparison {
	var c comparison
	var groups [][]epoch // of one known share, or of one epoch
	for _, e := range epochs {
		switch {
		case !e.mature():
			continue
		case e.share >= 0 && !e.comparable():
			c.leave(e, fmt.Sprintf("its planned holdout share is %s, so it has nothing to compare with", strconv.FormatFloat(e.share, 'g', 4, 64)))
			continue
		}
		i := slices.IndexFunc(groups, func(g []epoch) bool { return e.share >= 0 && g[0].share == e.share })
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	compared := 0
	for _, g := range groups {
		all := cellsOf(g)
		if has := all.total().smaller(); len(groups) > 1 && has < minCell {
			for _, e := range g {
				c.leave(e, fmt.Sprintf("an arm has %.0f mature intercepts and needs %d, and epochs with different or unknown holdout shares are not added up", has, minCell))
			}
			continue
		}
		compared++
		c.strata = append(c.strata, mergeCells(all)...)
	}
	c.pooled = compared <= 1
	return c
}

func (c *comparison) leave(e epoch, why string) {
	c.leftOut = append(c.leftOut, fmt.Sprintf("epoch %s is left out of the comparison: %s; its units are counted, but change no effect and no saving", e.label, why))
}

func cellsOf(epochs []epoch) cells {
	all := make(cells, len(epochs))
	for i, e := range epochs {
		all[i] = e.cell
	}
	return all
}
