package guides

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryRuleIsInTheTable reads this package's source for rules, and the table for rules that nothing finds.
func TestEveryRuleIsInTheTable(t *testing.T) {
	known := map[string]Rule{}
	for i, r := range Rules() {
		known[r.ID] = r
		if r.Severity != ERROR && r.Severity != WARNING && r.Severity != INFO {
			t.Errorf("%s has the severity %q", r.ID, r.Severity)
		}
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(r.ID) || !strings.HasSuffix(r.Description, ".") {
			t.Errorf("%+v does not look like a rule", r)
		}
		if i > 0 && Rules()[i-1].ID >= r.ID {
			t.Errorf("%s is out of order", r.ID)
		}
	}
	written := map[string]bool{}
	for _, c := range checks {
		written[c.id] = true
		if known[c.id].Severity != c.severity {
			t.Errorf("%s is %s in the table and %s in the checks", c.id, known[c.id].Severity, c.severity)
		}
	}
	for id, f := range droppedFindings {
		written[id] = true
		if known[id].Severity != f.Severity {
			t.Errorf("%s is %s in the table and %s where it is found", id, known[id].Severity, f.Severity)
		}
	}
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(n ast.Node) bool {
			var value ast.Expr
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Rule" {
					value = n.Value
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if field, ok := left.(*ast.SelectorExpr); ok && field.Sel.Name == "Rule" && i < len(n.Rhs) {
						value = n.Rhs[i]
					}
				}
			}
			if literal, ok := value.(*ast.BasicLit); ok {
				id, _ := strconv.Unquote(literal.Value)
				written[id] = true
			}
			return true
		})
	}
	for id := range written {
		if known[id].ID == "" {
			t.Errorf("the table lacks %s", id)
		}
	}
	for id := range known {
		if !written[id] {
			t.Errorf("nothing finds %s", id)
		}
	}
}

func TestRulesCannotBeChanged(t *testing.T) {
	Rules()[0].ID = "changed"
	if Rules()[0].ID == "changed" {
		t.Error("the table was changed")
	}
}

// mostPages is the share of real pages on which a rule of lint may speak: they were written with care, though not for us.
const mostPages = 0.25

// TestLintRealGuides: no rule may cry wolf.
func TestLintRealGuides(t *testing.T) {
	t.Parallel()
	paths, _ := filepath.Glob(filepath.Join(sharedData(t), "guides", "*", "*", "*.md"))
	if len(paths) == 0 {
		t.Skip("no shared guides")
	}
	pages, steps := map[string]int{}, 0
	for _, path := range paths {
		markdown, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Compile(string(markdown), Options{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		steps += len(d.Steps)
		seen := map[string]bool{}
		for _, f := range d.Findings {
			if !seen[f.Rule] {
				pages[f.Rule]++
			}
			seen[f.Rule] = true
		}
	}
	for _, rule := range append(slices.Clone(checks), check{id: "heading-jump"}) {
		t.Logf("%-24s %3d of %d pages, %d steps", rule.id, pages[rule.id], len(paths), steps)
		if float64(pages[rule.id]) > mostPages*float64(len(paths)) {
			t.Errorf("%s speaks on %d of %d pages", rule.id, pages[rule.id], len(paths))
		}
	}
}

// TestLintSamples: the guides that the demo shows are without fault.
func TestLintSamples(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join("..", "cmd", "fixfirst", "samples", "*.md"))
	if len(paths) == 0 {
		t.Fatal("no samples")
	}
	for _, path := range paths {
		markdown, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range compile(t, string(markdown)).Findings {
			if f.Severity != INFO || slices.ContainsFunc(checks, func(c check) bool { return c.id == f.Rule }) {
				t.Errorf("%s:%d:%d %s %q", path, f.Line, f.Column, f.Rule, f.Text)
			}
		}
	}
}

func FuzzLint(f *testing.F) {
	f.Add("---\nskus: [A]\nsafety: [hot lid, 锂]\n---\n# T\n\n## a\n\n**Stop** smoke. hot lid\n\n1. Press it\n2. b\n\n## a\n\n冒烟，锂。![](x)\n")
	f.Add("1. Press. Hold. Wait. Go.\n2. **a**\n\n   b\n")
	f.Add("#### a\n\n> **b** `c` <http://d>\\\n> e\n\n|f|\n|-|\n|g|\n\n**h**\n\ni\n")
	f.Fuzz(func(t *testing.T, markdown string) {
		o := Options{SKUExists: func(string) bool { return false },
			Image:    func(string) (Image, bool) { return Image{"/assets/a.png", 3000, 3000, 1 << 20}, true },
			Siblings: []Sibling{{Name: "s", Locale: "en", Steps: path("a", "b", "c")}}}
		d, err := Compile(markdown, o)
		if err != nil {
			return
		}
		for _, finding := range d.Findings {
			for i, e := range finding.Edits {
				if e.Start < 0 || e.End < e.Start || e.End > len(markdown) || i > 0 && e.Start < finding.Edits[i-1].End {
					t.Errorf("%s has edits %v in %d bytes", finding.Rule, finding.Edits, len(markdown))
				}
			}
		}
	})
}
