package intercept

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"pgregory.net/rapid"
)

// TestHeldOutVector holds the draw against values that Python's hmac and hashlib give:
// int.from_bytes(hmac.new(salt, unit, sha256).digest()[:8], "big") / 2**64.
func TestHeldOutVector(t *testing.T) {
	var counting [32]byte
	for n := range counting {
		counting[n] = byte(n)
	}
	for _, c := range []struct {
		salt [32]byte
		unit string
		u    float64
	}{
		{[32]byte{}, "o1\x001", 0.2984118692311953},
		{counting, "order-1\x00line-1", 0.10016104351510188},
		{counting, "shopper-1", 0.4738269508716738},
	} {
		if HeldOut(c.salt, c.unit, c.u) || !HeldOut(c.salt, c.unit, math.Nextafter(c.u, 1)) {
			t.Errorf("%q is not drawn at %v", c.unit, c.u)
		}
	}
	if HeldOut(counting, "shopper-1", 0) || !HeldOut(counting, "shopper-1", 1) {
		t.Error("a share of nothing holds out, or one of all does not")
	}
}

func TestUnitOfTheDraw(t *testing.T) {
	line := func(order, id string) Facts {
		return Facts{Line: troubleshoot.OrderLine{OrderID: order, LineID: id}, Shopper: "shopper-1"}
	}
	byLine := troubleshoot.Policy{RandomisationUnit: troubleshoot.UnitOrderLine}
	if Unit(byLine, line("a", "bc")) == Unit(byLine, line("ab", "c")) || Unit(byLine, line("o1", "1")) == Unit(byLine, line("o1", "2")) {
		t.Error("two order lines are one unit")
	}
	byShopper := troubleshoot.Policy{RandomisationUnit: troubleshoot.UnitShopper}
	if Unit(byShopper, line("o1", "1")) != "shopper-1" || Unit(byShopper, line("o2", "9")) != "shopper-1" {
		t.Error("a shopper's lines are several units")
	}
}

// TestDrawKnowsOnlySaltAndUnit changes everything else about a line.
func TestDrawKnowsOnlySaltAndUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := ordinary()
		s.policy.HoldoutFraction = rapid.Float64Range(0, troubleshoot.MaxHoldout).Draw(t, "share")
		salt := [32]byte{byte(rapid.IntRange(0, 255).Draw(t, "salt"))}
		s.facts.Line.OrderID = rapid.String().Draw(t, "order")
		want := Decide(s.policy, nil, salt, s.facts).Arm
		s.facts.Line.SKU, s.facts.Line.UnitPrice = "LAMP", usd(1)
		s.facts.Reason, s.facts.Shopper, s.facts.Locale, s.facts.Guides = "STYLE", "shopper-2", "zh", nil
		s.facts.Now = now.Add(time.Hour)
		if got := Decide(s.policy, nil, salt, s.facts).Arm; got != want {
			t.Fatalf("%s became %s", want, got)
		}
		s.policy.HoldoutFraction = (s.policy.HoldoutFraction + 1) / 2
		if got := Decide(s.policy, nil, salt, s.facts).Arm; want == troubleshoot.Holdout && got != want {
			t.Fatal("a larger share let a line go that a smaller one held out")
		}
	})
}

// chiSquare1 gives the p value of a chi-square of one degree of freedom, exactly.
func chiSquare1(x float64) float64 { return math.Erfc(math.Sqrt(x / 2)) }

// TestShareAndIndependence draws the lines of an epoch.
func TestShareAndIndependence(t *testing.T) {
	for share, lines := range map[float64]int{0.05: 20_000, 0.2: 100_000, 0.5: 20_000} {
		t.Run(fmt.Sprint(share), func(t *testing.T) {
			s := ordinary()
			s.policy.HoldoutFraction = share
			salt := [32]byte{7}
			held := 0
			var bySKU, byReason, byHour, byOrderParity [2][2]float64 // [which][held out]
			for n := range lines {
				s.facts.Line.OrderID, s.facts.Line.LineID = fmt.Sprint("order-", n/3), fmt.Sprint(n%3)
				s.facts.Line.SKU = []string{"KETTLE", "LAMP"}[n/7%2]
				s.facts.Reason = []troubleshoot.Reason{"DEFECTIVE", "STYLE"}[n/11%2]
				s.facts.Now = now.Add(time.Duration(n) * time.Minute)
				out := 0
				if Decide(s.policy, nil, salt, s.facts).Arm == troubleshoot.Holdout {
					out = 1
				}
				held += out
				bySKU[n/7%2][out]++
				byReason[n/11%2][out]++
				byHour[s.facts.Now.Hour()/12][out]++
				byOrderParity[n/3%2][out]++
			}
			expected := share * float64(lines)
			if p := chiSquare1((float64(held) - expected) * (float64(held) - expected) / (expected * (1 - share))); p < 0.001 {
				t.Errorf("%d of %d lines are held out, want %v (p = %v)", held, lines, expected, p)
			}
			for what, table := range map[string][2][2]float64{"SKU": bySKU, "reason": byReason, "time of day": byHour, "order number": byOrderParity} {
				if p := chiSquare1(pearson(table)); p < 0.001 {
					t.Errorf("the arm depends on the %s: %v (p = %v)", what, table, p)
				}
			}
		})
	}
}

// pearson gives the chi-square statistic of a table of two by two.
func pearson(table [2][2]float64) float64 {
	a, b, c, d := table[0][0], table[0][1], table[1][0], table[1][1]
	difference := a*d - b*c
	return difference * difference * (a + b + c + d) / ((a + b) * (c + d) * (a + c) * (b + d))
}

// TestPearsonSeesDependence shows that the test above can fail.
func TestPearsonSeesDependence(t *testing.T) {
	if p := chiSquare1(pearson([2][2]float64{{40200, 9800}, {39600, 10400}})); p > 0.001 {
		t.Errorf("p = %v for a difference that is no chance", p)
	}
	if p := chiSquare1(3.841458820694124); math.Abs(p-0.05) > 1e-12 {
		t.Errorf("p = %v, want 0.05", p)
	}
}
