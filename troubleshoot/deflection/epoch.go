package deflection

import (
	"cmp"
	"fmt"
	"slices"
)

// Stratum is one epoch of a group, or a part of one: parts of an epoch repeat its
// HoldoutShare and TStar and are added up.
type Stratum struct {
	Epoch        int64
	HoldoutShare float64 // planned; negative when unknown (imported history): then no sample-ratio check
	WagePerHour  int64   // minor units per hour
	TStar        float64 // tuning constant fixed before the epoch began; 0 means 250

	AssignedHoldout, AssignedOffered int64 // all intercepts, mature or not
	Holdout, Offered                 Sums  // mature units only
}

// epoch is all parts of one epoch together.
type epoch struct {
	id                               int64
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
	return fmt.Sprintf("the counts of epoch %d contradict each other, so nothing is inferred from them", e.id)
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
			all = append(all, epoch{id: s.Epoch, share: s.HoldoutShare, tStar: s.TStar})
		}
		e := &all[i]
		e.assignedHoldout = plus(e.assignedHoldout, s.AssignedHoldout)
		e.assignedOffered = plus(e.assignedOffered, s.AssignedOffered)
		e.cell = e.cell.plus(cell{holdout: s.Holdout.Moments(s.WagePerHour), offered: s.Offered.Moments(s.WagePerHour)})
	}
	slices.SortFunc(all, func(a, b epoch) int { return cmp.Compare(a.id, b.id) })
	return all
}

// matureCells are the epochs with mature units. Pooled says that their plain
// counts may be added: there is one, or all have the same known planned share.
// With different shares, or unknown ones, the mix of epochs differs between the
// arms and a trend over epochs would look like an effect.
func matureCells(epochs []epoch) (all []cell, pooled bool) {
	pooled = true
	var share float64
	for _, e := range epochs {
		if !e.mature() {
			continue
		}
		if len(all) == 0 {
			share = e.share
		} else if !(e.share >= 0 && e.share == share) {
			pooled = false
		}
		all = append(all, e.cell)
	}
	return all, pooled
}
