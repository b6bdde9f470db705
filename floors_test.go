// Package fixfirst_test keeps the house in order: who may import whom, what pure code may not touch, how long files and
// functions may be. docs/architecture.md draws the same picture.
package fixfirst_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/fixfirst/fixfirst"

// floors says on which floor each package is; imports go strictly down. Packages under cmd are on the top floor, and the
// generated protos are below all, for the eyes of seesProto only.
var floors = map[string]int{
	"guides":                  0,
	"guides/search":           0,
	"guides/picture":          0,
	"web":                     0,
	"troubleshoot":            0,
	"troubleshoot/intercept":  1,
	"troubleshoot/routing":    1,
	"troubleshoot/deflection": 1,
	"troubleshoot/access":     1,
	"store":                   2,
	"store/storetest":         2,
	"troubleshoot/live":       2,
	"troubleshoot/rpc":        3,
	"troubleshoot/sweep":      3,
	"troubleshoot/gateway":    4,
}

const (
	topFloor  = 5
	pureFloor = 1 // up to this floor code is pure
)

// beside lists what may import its neighbour on the same floor: test support of a package.
var beside = map[[2]string]bool{
	{"store/storetest", "store"}: true,
}

// impure are the imports that pure code must do without; "net/*" is every package below net.
var impure = []string{"context", "database/sql", "database/sql/*", "net", "net/*", "os", "os/*", "math/rand", "math/rand/*", "crypto/rand"}

// pureAfterAll takes words for addresses apart and reaches no network.
const pureAfterAll = "net/url"

// clock is what package time must not be asked for in pure code: now is a parameter, and nobody waits.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// listed is a package as go list shows it, without its tests.
type listed struct {
	path, dir      string // path within the module
	files, imports []string
}

func TestFloors(t *testing.T) {
	for _, p := range packages(t) {
		for _, wrong := range wrongImports(p) {
			t.Error(wrong)
		}
		if !isPure(p.path) {
			continue
		}
		for _, file := range p.files {
			for _, call := range clockCalls(t, filepath.Join(p.dir, file)) {
				t.Errorf("%s; pure code takes the time as a parameter", call)
			}
		}
	}
}

// TestFloorsFindWrongImports breaks each rule once.
func TestFloorsFindWrongImports(t *testing.T) {
	const here = module + "/"
	for _, c := range []struct {
		from, imports string
		wrong         bool
	}{
		{"store", here + "troubleshoot/deflection", false},
		{"store", here + "troubleshoot/rpc", true},
		{"troubleshoot", here + "guides", true},
		{"troubleshoot/intercept", here + "troubleshoot/access", true},
		{"troubleshoot/rpc", here + "troubleshoot/sweep", true},
		{"troubleshoot/gateway", here + "proto/fixfirst/v1", false},
		{"store", here + "proto/fixfirst/v1", true},
		{"store/storetest", here + "store", false},
		{"store", here + "store/storetest", true},
		{"cmd/fixfirst", here + "cmd/fixfirst/samples", false},
		{"cmd/fixfirst", here + "cmd/bench", true},
		{"troubleshoot/deflection", "math/rand/v2", true},
		{"troubleshoot/access", "crypto/hmac", false},
		{"guides", "net/http", true},
		{"guides", "net/url", false},
		{"guides", "os", true},
		{"store", "os", false},
		{"nowhere", "fmt", true},
	} {
		found := wrongImports(listed{path: c.from, imports: []string{c.imports}})
		if (len(found) > 0) != c.wrong {
			t.Errorf("%s imports %s: found %q, wrong is %t", c.from, c.imports, found, c.wrong)
		}
	}
	source := `package p; import ("time"; clock "time"); var a, b = clock.Now, time.Unix`
	if calls := clockCallsOf(t, "p.go", source); len(calls) != 1 {
		t.Errorf("clock calls %q, want clock.Now alone", calls)
	}
}

// packages lists the packages of the module. go test cannot know what go list reads; that its kept result is not stale is
// owed to TestSizes, which opens every Go file.
func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}|{{.Dir}}|{{join .GoFiles ","}}|{{join .Imports ","}}`, "./...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []listed
	for line := range strings.Lines(string(bytes.TrimSpace(out))) {
		part := strings.Split(strings.TrimSpace(line), "|")
		path := strings.TrimPrefix(part[0], module+"/")
		if path == module {
			continue // this test's own directory
		}
		all = append(all, listed{path: path, dir: part[1], files: fields(part[2]), imports: fields(part[3])})
	}
	if len(all) < 10 {
		t.Fatalf("go list shows %d packages: %q", len(all), out)
	}
	return all
}

func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// wrongImports says which imports of a package break a rule.
func wrongImports(p listed) []string {
	if isProto(p.path) {
		return nil
	}
	floor, known := floorOf(p.path)
	if !known {
		return []string{fmt.Sprintf("%s is on no floor; give it one here and in docs/architecture.md", p.path)}
	}
	var wrong []string
	for _, imported := range p.imports {
		own, ours := strings.CutPrefix(imported, module+"/")
		switch {
		case !ours && isPure(p.path) && isImpure(imported):
			wrong = append(wrong, fmt.Sprintf("%s is pure and imports %s", p.path, imported))
		case ours && isProto(own) && !seesProto(p.path):
			wrong = append(wrong, fmt.Sprintf("%s imports generated protos; only rpc, gateway and cmd do", p.path))
		case ours && !isProto(own) && !mayImport(p.path, floor, own):
			wrong = append(wrong, fmt.Sprintf("%s imports %s, which is not below it", p.path, own))
		}
	}
	return wrong
}

func mayImport(path string, floor int, imported string) bool {
	below, known := floorOf(imported)
	ownPart := floor == topFloor && strings.HasPrefix(imported, path+"/") // a part of the same command
	return known && (below < floor || beside[[2]string{path, imported}] || ownPart)
}

func floorOf(path string) (int, bool) {
	if strings.HasPrefix(path, "cmd/") {
		return topFloor, true
	}
	floor, known := floors[path]
	return floor, known
}

func isProto(path string) bool { return strings.HasPrefix(path, "proto/") }

func seesProto(path string) bool {
	return path == "troubleshoot/rpc" || path == "troubleshoot/gateway" || strings.HasPrefix(path, "cmd/")
}

func isPure(path string) bool {
	floor, known := floorOf(path)
	return known && floor <= pureFloor
}

func isImpure(imported string) bool {
	return imported != pureAfterAll && slices.ContainsFunc(impure, func(rule string) bool {
		parent, below := strings.CutSuffix(rule, "*")
		return imported == rule || (below && strings.HasPrefix(imported, parent))
	})
}

func clockCalls(t *testing.T, file string) []string { return clockCallsOf(t, file, nil) }

// clockCallsOf names the uses of the clock in a file, or in source where it is given.
func clockCallsOf(t *testing.T, file string, source any) []string {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string // by which the file knows package time
	for _, i := range parsed.Imports {
		switch path, _ := strconv.Unquote(i.Path.Value); {
		case path != "time":
		case i.Name == nil:
			names = append(names, "time")
		default:
			names = append(names, i.Name.Name)
		}
	}
	var calls []string
	if slices.Contains(names, ".") {
		calls = append(calls, file+" imports time with a dot, which hides its calls")
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if selected, ok := n.(*ast.SelectorExpr); ok {
			from, isName := selected.X.(*ast.Ident)
			if isName && slices.Contains(names, from.Name) && slices.Contains(clock, selected.Sel.Name) {
				calls = append(calls, fmt.Sprintf("%s calls time.%s", set.Position(n.Pos()), selected.Sel.Name))
			}
		}
		return true
	})
	return calls
}
