package e2e_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// drawn are the arms of lines by their number: true is HOLDOUT.
type drawn []bool

var (
	armSKUs    = []string{"KETTLE-1", "KETTLE-2", "KETTLE-3", "KETTLE-4", "KETTLE-5", "KETTLE-6", "KETTLE-7"}
	armReasons = []string{"DEFECTIVE", "NOT_AS_DESCRIBED", "OTHER", "UNWANTED", "QUALITY_UNACCEPTABLE"}
)

// armIntent is line i, whose SKU and reason are spread so that neither follows the other.
func armIntent(seller string, i int) object {
	o := intent(seller, fmt.Sprintf("order-%d", i/3), fmt.Sprint(i%3), armSKUs[i%len(armSKUs)])
	o["reason"] = armReasons[i/len(armSKUs)%len(armReasons)]
	return o
}

// draw asks for lines from to to-1.
func draw(t *testing.T, c *client, seller string, from, to int) drawn {
	t.Helper()
	arms := make(drawn, to-from)
	inParallel(t, inFlight, len(arms), func(i int) error {
		r := c.decide(armIntent(seller, from+i))
		var got struct{ Arm string }
		if err := json.Unmarshal(r.body, &got); err != nil || got.Arm != "HOLDOUT" && got.Arm != "OFFERED" {
			return fmt.Errorf("line %d: %s", from+i, r)
		}
		arms[i] = got.Arm == "HOLDOUT"
		return nil
	})
	return arms
}

func (d drawn) holdout() int {
	n := 0
	for _, h := range d {
		if h {
			n++
		}
	}
	return n
}

// within fails unless the share held out is within 4 standard deviations of the policy's.
func (d drawn) within(t *testing.T, share float64) {
	t.Helper()
	n := float64(len(d))
	z := (float64(d.holdout()) - n*share) / math.Sqrt(n*share*(1-share))
	t.Logf("%d of %d held out, %.2f standard deviations from %.2f", d.holdout(), len(d), z, share)
	if math.Abs(z) > 4 {
		t.Errorf("%d of %d held out, want about %.0f", d.holdout(), len(d), n*share)
	}
}

// same fails if an arm flipped.
func (d drawn) same(t *testing.T, again drawn, when string) {
	t.Helper()
	flipped := 0
	for i := range again {
		if again[i] != d[i] {
			flipped++
		}
	}
	if flipped > 0 {
		t.Errorf("%d of %d arms flipped %s", flipped, len(again), when)
	}
}

// independent is Pearson's chi-square test of the arm against a classification of the lines.
func (d drawn) independent(t *testing.T, of string, classes int, class func(i int) int) {
	t.Helper()
	counts := make([][2]float64, classes)
	for i, h := range d {
		arm := 0
		if h {
			arm = 1
		}
		counts[class(i)][arm]++
	}
	share := float64(d.holdout()) / float64(len(d))
	statistic := 0.0
	for _, c := range counts {
		n := c[0] + c[1]
		for arm, p := range [2]float64{1 - share, share} {
			statistic += (c[arm] - n*p) * (c[arm] - n*p) / (n * p)
		}
	}
	p := distuv.ChiSquared{K: float64(classes - 1)}.Survival(statistic)
	t.Logf("independent of %s: p = %.3f", of, p)
	if p <= 0.001 {
		t.Errorf("the arm depends on the %s: chi-square %.1f with %d degrees of freedom, p = %.2g", of, statistic, classes-1, p)
	}
}

func TestArms(t *testing.T) {
	s := serveSQLite(t)
	n := sized(20_000, 100_000)
	s.sellKettles("arms", object{"holdoutFraction": 0.2})
	arms := draw(t, s.client, "arms", 0, n)
	arms.within(t, 0.2)
	arms.independent(t, "SKU", len(armSKUs), func(i int) int { return i % len(armSKUs) })
	arms.independent(t, "reason", len(armReasons), func(i int) int { return i / len(armSKUs) % len(armReasons) })
	arms.independent(t, "line of its order", 3, func(i int) int { return i % 3 })
	arms.independent(t, "time", 20, func(i int) int { return i * 20 / n })

	s = s.restarted()
	sample := sized(2_000, n)
	arms.same(t, draw(t, s.client, "arms", 0, sample), "over kill -9 and restart")
	changed := s.must(http.MethodPut, "/v1/sellers/arms/policy", object{"holdoutFraction": 0.6})
	if at(changed, "newEpoch") != true {
		t.Errorf("a changed share opened no epoch: %v", changed)
	}
	arms.same(t, draw(t, s.client, "arms", 0, sample), "when the share changed")
	draw(t, s.client, "arms", n, n+sized(5_000, n)).within(t, 0.6)
	other := draw(t, s.client, "other-seller", 0, sample)
	other.within(t, 0.2) // the default
	both := 0
	for i := range other {
		if other[i] && arms[i] {
			both++
		}
	}
	if expected := 0.04 * float64(sample); math.Abs(float64(both)-expected) > 4*math.Sqrt(expected) {
		t.Errorf("two sellers hold %d lines of the same ids out together, want about %.0f", both, expected)
	}
}

func TestReplicasDrawTheSameArms(t *testing.T) {
	one := servePostgres(t)
	two := one.replica()
	n := sized(4_000, 20_000)
	one.sellKettles("arms", object{"holdoutFraction": 0.3})
	first := draw(t, one.client, "arms", 0, n/2)
	first = append(first, draw(t, two.client, "arms", n/2, n)...)
	first.within(t, 0.3)
	first.same(t, draw(t, two.client, "arms", 0, n), "on the second replica")
	one.must(http.MethodPut, "/v1/sellers/arms/policy", object{"holdoutFraction": 0.8})
	first.same(t, draw(t, two.client, "arms", 0, n), "when another replica changed the share")
	draw(t, two.client, "arms", n, n+n/2).within(t, 0.8)
	first.same(t, draw(t, one.restarted().client, "arms", 0, n), "over a restart")
}
