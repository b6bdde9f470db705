package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

func cellsOf(t testing.TB, s *store.Store, f store.DeflectionFilter, now time.Time) []store.DeflectionCell {
	t.Helper()
	return read(t, s, func(tx *store.Tx) ([]store.DeflectionCell, error) { return tx.Deflection(f, now) })
}

var always = store.DeflectionFilter{From: -1 << 40, To: 1 << 40}

// in puts an intercept at a time in a seller's zone.
func in(zone *time.Location, seller, order string, at time.Time) troubleshoot.Intercept {
	i := storetest.Intercept(storetest.Line(seller, order), at)
	i.Day = troubleshoot.DayOf(at, zone)
	i.MatureTime = troubleshoot.DayStart(i.Day+33, zone).UTC()
	return i
}

func TestReportKnowsWhatIsMature(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		zones := map[string]string{"auckland": "Pacific/Auckland", "honolulu": "Pacific/Honolulu", "utc": ""}
		for seller, zone := range zones {
			storetest.Update(t, s, func(tx *store.Tx) error {
				return tx.PutSeller(troubleshoot.Seller{ID: seller, TimeZone: zone}, day(0))
			})
			location := store.Zone(troubleshoot.Seller{TimeZone: zone})
			i := keep(t, s, in(location, seller, "o1", day(0)))
			for _, at := range []struct {
				now    time.Time
				mature bool
			}{{i.MatureTime.Add(-time.Microsecond), false}, {i.MatureTime, true}} {
				cells := cellsOf(t, s, store.DeflectionFilter{Seller: seller, From: i.Day, To: i.Day}, at.now)
				if len(cells) != 1 || cells[0].Mature != at.mature || cells[0].Sums.N != 1 {
					t.Errorf("%s at %s: %+v, want one that is mature: %v", seller, at.now, cells, at.mature)
				}
			}
			if got := cellsOf(t, s, store.DeflectionFilter{Seller: seller, From: i.Day + 1, To: i.Day + 9}, day(0)); got != nil {
				t.Errorf("%s: other days hold %+v", seller, got)
			}
		}
		if cells := cellsOf(t, s, always, day(0)); len(cells) != len(zones) {
			t.Errorf("all sellers make %d cells, want %d", len(cells), len(zones))
		}
	})
}

func TestReportGroups(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		holdout := storetest.Intercept(storetest.Line("acme", "o2"), day(1))
		holdout.Arm, holdout.Line.SKU, holdout.Reason = troubleshoot.Holdout, "LAMP", "STYLE"
		euro := storetest.Intercept(storetest.Line("acme", "o3"), day(1))
		euro.Line.UnitPrice.Currency = "EUR"
		other := storetest.Intercept(storetest.Line("best", "o1"), day(1))
		for _, i := range []troubleshoot.Intercept{storetest.Intercept(storetest.Line("acme", "o1"), day(0)), holdout, euro, other} {
			keep(t, s, i)
		}
		for _, c := range []struct {
			by     []store.GroupKey
			seller string
			want   string // keys, currency and arm of each cell
		}{
			{nil, "acme", "|EUR|OFFERED 1; |USD|OFFERED 1; |USD|HOLDOUT 1"},
			{[]store.GroupKey{store.BySeller}, "", "acme|EUR|OFFERED 1; acme|USD|OFFERED 1; acme|USD|HOLDOUT 1; best|USD|OFFERED 1"},
			{[]store.GroupKey{store.BySKU, store.ByReason}, "acme", "KETTLE DEFECTIVE|EUR|OFFERED 1; KETTLE DEFECTIVE|USD|OFFERED 1; LAMP STYLE|USD|HOLDOUT 1"},
			{[]store.GroupKey{store.ByDay}, "acme", "2026-03-02|USD|OFFERED 1; 2026-03-03|EUR|OFFERED 1; 2026-03-03|USD|HOLDOUT 1"},
			{[]store.GroupKey{store.ByArm}, "best", "OFFERED|USD|OFFERED 1"},
		} {
			var got []string
			for _, cell := range cellsOf(t, s, store.DeflectionFilter{Seller: c.seller, From: 0, To: 1 << 40, GroupBy: c.by}, day(2)) {
				got = append(got, strings.Join(cell.Keys, " ")+"|"+cell.Currency+"|"+cell.Arm.String()+" "+string(rune('0'+cell.Sums.N)))
				if cell.Epoch.Policy.MaturityDays != 30 || cell.Epoch.Number != 1 || cell.Epoch.Seller == "" {
					t.Errorf("a cell without its epoch: %+v", cell.Epoch)
				}
			}
			wantSame(t, strings.Join(got, "; "), c.want)
		}
		storetest.View(t, s, func(tx *store.Tx) error {
			if _, err := tx.Deflection(store.DeflectionFilter{GroupBy: []store.GroupKey{"seller; DROP TABLE rollups"}}, day(0)); err == nil {
				t.Error("a key that is no column was taken")
			}
			return nil
		})
	})
}

func TestCorrectionIsPostedOnTheDayItCame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		record(t, s, 40, storetest.Return(i.Line, "e1", troubleshoot.ReturnRequested, day(5)))
		sums := func(now time.Time) deflection.Sums {
			var total deflection.Sums
			for _, cell := range cellsOf(t, s, always, now) {
				total = total.Plus(cell.Sums)
			}
			return total
		}
		before, after := sums(day(39)), sums(day(40))
		if before.Y != 0 || before.Corrected != 0 || before.N != 1 {
			t.Errorf("published figures were restated: %+v", before)
		}
		if after.Y != 1 || after.Corrected != 1 || after.N != 1 {
			t.Errorf("the correction is not posted: %+v", after)
		}
		record(t, s, 41, storetest.Return(i.Line, "e2", troubleshoot.ReturnCanceled, day(6)))
		if again := sums(day(41)); again.Y != 0 || again.Corrected != 2 || again.K != 0 {
			t.Errorf("the correction is not taken back: %+v", again)
		}
		wantExact(t, s)
	})
}

func TestVerifySaysWhatIsBroken(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		keep(t, s, storetest.Intercept(storetest.Line("acme", "o2"), day(0)))
		record(t, s, 1, storetest.Return(i.Line, "e1", troubleshoot.ReturnRequested, day(1)))
		wantExact(t, s)
		raw := storetest.Raw(t, url)
		for _, c := range []struct{ tamper, mend, says string }{
			{`UPDATE rollups SET y = y + 1`, `UPDATE rollups SET y = y - 1`, "rollup"},
			{`UPDATE intercepts SET units_returned = 3 WHERE order_id = 'o1'`, `UPDATE intercepts SET units_returned = 1 WHERE order_id = 'o1'`, "intercept " + i.ID},
			{`UPDATE return_events SET kind = 4`, `UPDATE return_events SET kind = 1`, "intercept " + i.ID},
			{`UPDATE rollups SET sku = 'LAMP'`, `UPDATE rollups SET sku = 'KETTLE'`, "sku:LAMP"},
			{`UPDATE intercepts SET quantity = 2 WHERE order_id = 'o2'`, `UPDATE intercepts SET quantity = 1 WHERE order_id = 'o2'`, "rollup"},
		} {
			if _, err := raw.Exec(c.tamper); err != nil {
				t.Fatal(err)
			}
			wrong := verify(t, s)
			if !slices.ContainsFunc(wrong, func(line string) bool { return strings.Contains(line, c.says) }) {
				t.Errorf("after %s: %q, want to read of %q", c.tamper, wrong, c.says)
			}
			if _, err := raw.Exec(c.mend); err != nil {
				t.Fatal(err)
			}
			wantExact(t, s)
		}
	})
}

func TestVerifyReadsBeyondOnePage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const all = 1001
		storetest.Update(t, s, func(tx *store.Tx) error {
			for range all {
				if _, _, err := tx.KeepIntercept(storetest.Intercept(storetest.Line("acme", store.NewID(day(0))), day(0))); err != nil {
					return err
				}
			}
			return tx.EnsureSeller("acme", day(0))
		})
		var progress []int
		storetest.View(t, s, func(tx *store.Tx) error {
			wrong, err := tx.VerifyRollups(func(n int) { progress = append(progress, n) })
			if len(wrong) > 0 {
				t.Error(wrong)
			}
			return err
		})
		wantSame(t, progress, []int{1000, all})
	})
}
