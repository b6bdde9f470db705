package intercept

import (
	"fmt"
	"reflect"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// maxRuleCost bounds one evaluation of a rule, in CEL cost units: some thousand comparisons, or one pass over long texts.
const maxRuleCost = 10_000

// ruleLine is an order line as rules see it; unitPrice is in major units and serves comparisons only.
type ruleLine struct {
	Seller        string    `cel:"seller"`
	OrderID       string    `cel:"orderId"`
	LineID        string    `cel:"lineId"`
	SKU           string    `cel:"sku"`
	Quantity      int64     `cel:"quantity"`
	UnitPrice     float64   `cel:"unitPrice"`
	CurrencyCode  string    `cel:"currencyCode"`
	DeliveredTime time.Time `cel:"deliveredTime"`
}

// ruleItem is an item as rules see it; an unknown item has empty fields.
type ruleItem struct {
	SKU       string  `cel:"sku"`
	Title     string  `cel:"title"`
	Category  string  `cel:"category"`
	Brand     string  `cel:"brand"`
	UnitPrice float64 `cel:"unitPrice"`
	SalesRank int64   `cel:"salesRank"`
}

// Rule is a compiled offerIf. A nil Rule holds always. It is safe for concurrent use.
type Rule struct{ program cel.Program }

// Rules compiles offerIf expressions in one environment.
type Rules struct{ env *cel.Env }

// NewRules makes the environment: orderLine, item and reason, the standard library, and no more.
func NewRules() (*Rules, error) {
	env, err := cel.NewEnv(
		ext.NativeTypes(reflect.TypeFor[ruleLine](), reflect.TypeFor[ruleItem](), ext.ParseStructTags(true)),
		cel.Variable("orderLine", cel.ObjectType("intercept.ruleLine")),
		cel.Variable("item", cel.ObjectType("intercept.ruleItem")),
		cel.Variable("reason", cel.StringType),
		cel.CrossTypeNumericComparisons(true),
	)
	if err != nil {
		return nil, fmt.Errorf("make rule environment: %w", err)
	}
	return &Rules{env}, nil
}

// Compile checks an expression: it must be CEL, know its names, and give true or false. Empty gives the nil Rule.
func (r *Rules) Compile(expression string) (*Rule, error) {
	if expression == "" {
		return nil, nil
	}
	ast, issues := r.env.Compile(expression)
	if issues.Err() != nil {
		return nil, troubleshoot.Invalid("offerIf", "%s", issues.Err())
	}
	if ast.OutputType() != cel.BoolType {
		return nil, troubleshoot.Invalid("offerIf", "gives %s; write a rule that is true or false, such as orderLine.unitPrice >= 20.0", ast.OutputType())
	}
	program, err := r.env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxRuleCost))
	if err != nil {
		return nil, troubleshoot.Invalid("offerIf", "%s", err)
	}
	return &Rule{program}, nil
}

// Check compiles an expression and runs it once on a long but plausible intercept, so that a rule that costs too much is
// refused when it is written, not when a shopper waits.
func (r *Rules) Check(expression string) error {
	rule, err := r.Compile(expression)
	if err != nil {
		return err
	}
	if _, err := rule.Holds(costliest()); err != nil {
		return troubleshoot.Invalid("offerIf", "cannot be evaluated: %s; make it simpler", err)
	}
	return nil
}

// costliest are facts with texts as long as the API takes.
func costliest() Facts {
	long := make([]byte, 512)
	for n := range long {
		long[n] = 'a'
	}
	text := string(long[:128])
	return Facts{Reason: troubleshoot.ReasonOther,
		Line: troubleshoot.OrderLine{Seller: text[:63], OrderID: text, LineID: text, SKU: text, Quantity: 1, UnitPrice: troubleshoot.Money{Minor: 1, Currency: "USD"}},
		Item: troubleshoot.Item{SKU: text, Title: string(long), Category: string(long[:256]), Brand: string(long[:256])}}
}

// Holds evaluates the rule. An error is a rule that cost too much or met a value it cannot work with.
func (r *Rule) Holds(f Facts) (bool, error) {
	if r == nil {
		return true, nil
	}
	out, _, err := r.program.Eval(map[string]any{
		"orderLine": ruleLine{Seller: f.Line.Seller, OrderID: f.Line.OrderID, LineID: f.Line.LineID, SKU: f.Line.SKU, Quantity: f.Line.Quantity,
			UnitPrice: f.Line.UnitPrice.Major(), CurrencyCode: f.Line.UnitPrice.Currency, DeliveredTime: f.Line.DeliveredTime},
		"item": ruleItem{SKU: f.Item.SKU, Title: f.Item.Title, Category: f.Item.Category, Brand: f.Item.Brand,
			UnitPrice: f.Item.UnitPrice.Major(), SalesRank: f.Item.SalesRank},
		"reason": string(f.Reason),
	})
	if err != nil {
		return false, err
	}
	holds, ok := out.Value().(bool)
	if !ok {
		return false, fmt.Errorf("the rule gave %v", out.Value())
	}
	return holds, nil
}
