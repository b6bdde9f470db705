package intercept

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestRuleHolds(t *testing.T) {
	for _, c := range []struct {
		rule  string
		holds bool
	}{
		{``, true},
		{`true`, true},
		{`orderLine.unitPrice >= 20.0`, true},
		{`orderLine.unitPrice == 59.99`, true},
		{`orderLine.unitPrice > 60`, false}, // an integer is compared with a price
		{`orderLine.unitPrice < item.unitPrice && orderLine.quantity == 1`, true},
		{`orderLine.seller == "acme" && orderLine.orderId == "o1" && orderLine.lineId == "1" && orderLine.sku == "KETTLE"`, true},
		{`orderLine.currencyCode in ["USD", "EUR"]`, true},
		{`orderLine.deliveredTime > timestamp("2026-02-01T00:00:00Z")`, true},
		{`item.sku == orderLine.sku && item.title == "" && item.brand == ""`, true},
		{`item.category.startsWith("kit") && !item.category.contains("x")`, true},
		{`item.salesRank <= 5`, false},
		{`reason in ["DEFECTIVE", "MISSING_PARTS"]`, true},
		{`reason.matches("^DEF")`, true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			rule, err := rules(t).Compile(c.rule)
			if err != nil {
				t.Fatal(err)
			}
			facts := ordinary().facts
			facts.Line.DeliveredTime = now.Add(-24 * time.Hour)
			holds, err := rule.Holds(facts)
			if err != nil || holds != c.holds {
				t.Errorf("holds %v (%v), want %v", holds, err, c.holds)
			}
			if err := rules(t).Check(c.rule); err != nil {
				t.Errorf("a plain rule is refused: %v", err)
			}
		})
	}
}

func TestRuleOfAnUnknownItem(t *testing.T) {
	rule, err := rules(t).Compile(`item.category == "" && item.unitPrice == 0.0 && item.salesRank == 0`)
	if err != nil {
		t.Fatal(err)
	}
	facts := ordinary().facts
	facts.Item = troubleshoot.Item{}
	if holds, err := rule.Holds(facts); !holds || err != nil {
		t.Errorf("holds %v (%v)", holds, err)
	}
}

func TestCompileRefuses(t *testing.T) {
	for what, rule := range map[string]string{
		"no CEL":                     `orderLine.unitPrice >=`,
		"an unknown name":            `shopper == "x"`,
		"an unknown field":           `orderLine.price > 20.0`,
		"a field of another":         `item.quantity > 1`,
		"a number":                   `orderLine.quantity + 1`,
		"a text":                     `reason`,
		"a list":                     `[true]`,
		"what is only known later":   `dyn(reason)`,
		"a comparison that can't be": `orderLine.sku > 5`,
		"a function that is not":     `now() > orderLine.deliveredTime`,
	} {
		for name, check := range map[string]func(string) error{
			"Compile": func(rule string) error { _, err := rules(t).Compile(rule); return err }, "Check": rules(t).Check,
		} {
			var domain *troubleshoot.Error
			err := check(rule)
			if !errors.As(err, &domain) || domain.Code != troubleshoot.InvalidArgument || len(domain.Violations) != 1 || domain.Violations[0].Field != "offerIf" {
				t.Errorf("%s takes %s: %v", name, what, err)
			}
		}
	}
}

func TestCostlyRulesAreRefused(t *testing.T) {
	ten := "[" + strings.TrimSuffix(strings.Repeat("1,", 10), ",") + "]"
	for what, rule := range map[string]string{
		"loops in loops":         ten + `.all(a, ` + ten + `.all(b, ` + ten + `.all(c, ` + ten + `.all(d, ` + ten + `.all(e, a + b + c + d + e > 0)))))`,
		"a loop over long texts": ten + `.exists(a, ` + ten + `.exists(b, (item.title + item.title + item.title + item.title).matches("(a|aa)*b")))`,
		"a text that doubles":    ten + `.map(a, item.title).map(t, t + t + t + t).map(t, t + t + t + t).map(t, t + t + t + t).exists(t, t.contains("x"))`,
	} {
		began := time.Now()
		err := rules(t).Check(rule)
		var domain *troubleshoot.Error
		if !errors.As(err, &domain) || domain.Code != troubleshoot.InvalidArgument || domain.Violations[0].Field != "offerIf" {
			t.Errorf("%s: %v", what, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %s", what, took)
		}
		if compiled, err := rules(t).Compile(rule); err == nil {
			if _, err := compiled.Holds(costliest()); err == nil {
				t.Errorf("%s runs to its end", what)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"", "true", `orderLine.unitPrice >= 20.0`, `[1,2].all(x, x > 0)`, `reason.matches("(")`, "item.", "\x00"} {
		f.Add(seed)
	}
	compiler := rules(f)
	f.Fuzz(func(t *testing.T, rule string) {
		var domain *troubleshoot.Error
		if err := compiler.Check(rule); err != nil && (!errors.As(err, &domain) || domain.Violations[0].Field != "offerIf") {
			t.Errorf("%q: %v", rule, err)
		}
	})
}
