package rpc

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// armCell is the mature cell of an epoch's arm: units of which some were returned, at 70.00 each.
func armCell(seller string, epoch int64, share float64, arm troubleshoot.Arm, units, returned int64) store.DeflectionCell {
	policy := troubleshoot.Policy{HoldoutFraction: share, RandomisationUnit: troubleshoot.UnitOrderLine}
	engaged := int64(0)
	if arm == troubleshoot.Offered {
		engaged = units / 2
	}
	return store.DeflectionCell{
		Currency: "USD", Arm: arm, Mature: true,
		Epoch: troubleshoot.Epoch{Seller: seller, Number: epoch, Policy: policy},
		Sums: deflection.Sums{N: units, Y: returned, R: returned + 1, U: 2 * units, D: engaged, YD: min(engaged, returned/2), A: engaged / 8,
			K: 7000 * returned, YK: 7000 * returned, KK: 49e6 * float64(returned)},
	}
}

func epochCells(seller string, epoch int64, share float64, holdout, heldBack, offered, cameBack int64) []store.DeflectionCell {
	return []store.DeflectionCell{armCell(seller, epoch, share, troubleshoot.Holdout, holdout, heldBack), armCell(seller, epoch, share, troubleshoot.Offered, offered, cameBack)}
}

func rowOf(cells []store.DeflectionCell, by ...store.GroupKey) *pb.DeflectionRow {
	for n := range cells {
		cells[n].Keys = make([]string, len(by))
	}
	return deflectionRow(by, cells, epochLabels(by, cells), 0.95)
}

func saysOf(row *pb.DeflectionRow, part string) bool {
	return slices.ContainsFunc(row.Notes, func(note string) bool { return strings.Contains(note, part) })
}

func TestRowsByArmAreNotCompared(t *testing.T) {
	for _, cell := range epochCells("acme", 1, 0.2, 200, 180, 800, 400) {
		row := rowOf([]store.DeflectionCell{cell}, store.ByArm)
		if row.SampleRatio.Warning != nil || row.SampleRatio.PValue != nil {
			t.Errorf("%s: sample ratio %v", cell.Arm, row.SampleRatio)
		}
		if len(row.Notes) != 1 || !saysOf(row, "leave ARM out of groupBy") || row.ReturnRateAvoided.Estimate != nil {
			t.Errorf("%s: notes %q, avoided %v", cell.Arm, row.Notes, row.ReturnRateAvoided)
		}
		if row.Mature.Holdout+row.Mature.Offered != int32(cell.Sums.N) || row.CostOfReturn == nil {
			t.Errorf("%s: counts are gone: %v", cell.Arm, row)
		}
	}
	drawn := armCell("acme", 1, 0.2, troubleshoot.Offered, 800, 400)
	drawn.Epoch.Policy.RandomisationUnit = troubleshoot.UnitShopper
	if row := rowOf([]store.DeflectionCell{drawn}, store.ByArm); len(row.Notes) != 1 {
		t.Errorf("drawn by shopper: notes %q", row.Notes)
	}
}

func TestEpochsAreNamedByTheirNumbers(t *testing.T) {
	sound, blind := epochCells("acme", 3, 0.2, 200, 180, 800, 400), epochCells("acme", 7, 0, 0, 0, 4000, 2000)
	row := rowOf(slices.Concat(blind, sound))
	if !slices.Equal(row.Epochs, []string{"3", "7"}) || !saysOf(row, "epoch 7 is left out of the comparison") {
		t.Errorf("epochs %q, notes %q", row.Epochs, row.Notes)
	}
	row = rowOf(slices.Concat(epochCells("zoo", 3, 0.2, 200, 180, 800, 400), sound, blind))
	if !slices.Equal(row.Epochs, []string{"acme/3", "acme/7", "zoo/3"}) || !saysOf(row, "epoch acme/7 is left out") {
		t.Errorf("of two sellers: epochs %q, notes %q", row.Epochs, row.Notes)
	}
	if row.Mature.Holdout != 400 {
		t.Errorf("epochs of one number and two sellers were taken for one: %v", row.Mature)
	}
	both := slices.Concat(epochCells("acme", 3, 0.2, 200, 180, 800, 400), epochCells("zoo", 4, 0.2, 200, 180, 800, 400))
	if got := epochLabels([]store.GroupKey{store.BySKU}, both)(both[0].Epoch); got != "acme/3" {
		t.Errorf("a report by SKU calls it %q", got)
	}
	if got := epochLabels([]store.GroupKey{store.BySeller}, both)(both[0].Epoch); got != "3" {
		t.Errorf("a report by seller calls it %q", got)
	}
}

func TestRowTellsWhatItsNumbersAre(t *testing.T) {
	row := rowOf(slices.Concat(epochCells("acme", 1, 0.2, 200, 180, 800, 400), epochCells("acme", 2, 0.1, 100, 90, 900, 450)))
	if !row.Weighted || row.ClosedLabel != "closed period 95%" || row.AnytimeLabel != "anytime 95%" {
		t.Errorf("weighted %v, labels %q and %q", row.Weighted, row.ClosedLabel, row.AnytimeLabel)
	}
	if row.RelativeAvoided.GetStatus() != "ok" || row.IncrementalityFactor.GetStatus() != "ok" || row.AlwaysValidPValue == nil {
		t.Errorf("relative %v, factor %v, p %v", row.RelativeAvoided, row.IncrementalityFactor, row.AlwaysValidPValue)
	}
	bridge := float64(row.AttributedDeflections+row.KeptUnattributed) - row.GetBaselineKeepers()
	if got := bridge - row.IncrementalDeflections.GetEstimate(); got > 1e-6 || got < -1e-6 {
		t.Errorf("the bridge ends at %v, incremental is %v", bridge, row.IncrementalDeflections.GetEstimate())
	}
	if want := (&pb.ArmCounts{Offered: 852, Holdout: 272}); !proto.Equal(row.UnitsReturned, want) || row.UnitsIntended.Offered != 3400 {
		t.Errorf("units returned %v of %v", row.UnitsReturned, row.UnitsIntended)
	}
}

func TestArmsDrawnByShopperHaveNoIntervals(t *testing.T) {
	cells := epochCells("acme", 1, 0.2, 200, 180, 800, 400)
	for n := range cells {
		cells[n].Epoch.Policy.RandomisationUnit = troubleshoot.UnitShopper
	}
	row := rowOf(cells)
	for name, e := range map[string]*pb.Estimate{"avoided": row.ReturnRateAvoided, "relative": row.RelativeAvoided, "factor": row.IncrementalityFactor,
		"engaged": row.EffectOnEngaged, "incremental": row.IncrementalDeflections, "net": row.NetSavings} {
		if e.Estimate == nil || e.Lower != nil || e.Upper != nil || e.AlwaysValidLower != nil || e.AlwaysValidUpper != nil {
			t.Errorf("%s: %v", name, e)
		}
	}
	if row.AlwaysValidPValue != nil || !saysOf(row, "drawn by shopper") {
		t.Errorf("p %v, notes %q", row.AlwaysValidPValue, row.Notes)
	}
}
