package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// TestGuidesAreProvenByTheirSteps counts each session once, by the latest results of its steps.
func TestGuidesAreProvenByTheirSteps(t *testing.T) {
	const fixed, not, skipped = troubleshoot.StepFixed, troubleshoot.StepNotFixed, troubleshoot.StepSkipped
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		publish(t, s, putGuide(t, s, storetest.Guide("acme", "kettle", 3, "KETTLE"), 0), 0)
		rate := func() float64 {
			return read(t, s, func(tx *store.Tx) ([]troubleshoot.FittingGuide, error) {
				return tx.PublishedGuides("acme", "KETTLE", "")
			})[0].FixRate
		}
		for n := range 40 {
			i := keep(t, s, storetest.Intercept(storetest.Line("acme", fmt.Sprint("o", n)), day(0)))
			help := keepSession(t, s, i, storetest.Session(i, day(0)))
			// Every second session is fixed in the end, and every fourth only skips.
			results := [][]troubleshoot.StepResult{{not, skipped, fixed}, {skipped, skipped}, {not, fixed}, {fixed, not}}[n%4]
			for at, result := range results {
				step := fmt.Sprint("s", min(at+1, 2)) // the third result is the second step's again
				storetest.Update(t, s, func(tx *store.Tx) error {
					return tx.KeepStep("acme", troubleshoot.StepRecord{Session: help.ID, Guide: "kettle", Revision: int64(1 + n%2), Step: step, Result: result, Time: day(1)})
				})
			}
		}
		if got := fmt.Sprintf("%.4f", rate()); got != "0.8865" { // the lower limit for 30 of 30 that tried
			t.Errorf("the guide is proven to fix %s", got)
		}
		offered := func(minutes int) float64 {
			now := day(2).Add(time.Duration(minutes) * time.Minute)
			in := write(t, s, func(tx *store.Tx) (store.InterceptInputs, error) {
				return tx.InterceptInputs(storetest.Line("acme", "new"), now)
			})
			return in.Guides[0].FixRate
		}
		proven := offered(0)
		storetest.Update(t, s, (*store.Tx).ForgetOneFix)
		if offered(9) != proven || offered(10) >= proven {
			t.Errorf("intercepts see the rates %v, %v and %v", proven, offered(9), offered(10))
		}
		storetest.Update(t, s, (*store.Tx).RememberOneFix)
		wantSame(t, read(t, s, (*store.Tx).VerifyOutcomes), nil)
		storetest.Update(t, s, (*store.Tx).ForgetOneFix)
		wrong := read(t, s, (*store.Tx).VerifyOutcomes)
		if len(wrong) != 1 || !strings.Contains(wrong[0], "acme/kettle: the facts have +0 sessions that tried it and +1") {
			t.Errorf("a wrong count shows as %q", wrong)
		}
	})
}
