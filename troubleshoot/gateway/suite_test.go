package gateway

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// suiteFiles finds the JSON parsing test suite beside the repository, by walking up.
func suiteFiles(t *testing.T) []string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		files, _ := filepath.Glob(filepath.Join(dir, "shared", "data", "abuse", "json_test_suite", "*.json"))
		if len(files) > 0 {
			return files
		}
		if filepath.Dir(dir) == dir {
			t.Skip("the JSON test suite is not here")
		}
		dir = filepath.Dir(dir)
	}
}

// The suite's y_ files are JSON: they may have the wrong shape for the API, but their syntax is never what is wrong.
// Its n_ files are not, i_ files may go either way; none may break the server.
func TestJSONSuite(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	badSyntax := []string{"too early", ": invalid value ", `"invalid value`, "UTF-8", "syntax"}
	for _, file := range suiteFiles(t) {
		name := filepath.Base(file)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		a := w.do(t, "POST", intercept, string(data))
		if a.code >= 500 {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
		switch name[0] {
		case 'y':
			for _, words := range badSyntax {
				if a.code >= 400 && strings.Contains(a.body, words) {
					t.Errorf("%s is JSON: %d %s", name, a.code, a.body)
				}
			}
		case 'n':
			if a.code < 400 {
				t.Errorf("%s is no JSON: %d %s", name, a.code, a.body)
			}
		}
		inAString(t, w, name, data)
	}
}

// inAString sends the one string of a suite's array as a field, where the API reads it.
func inAString(t *testing.T, w *world, name string, data []byte) {
	element, opened := bytes.CutPrefix(bytes.TrimSpace(data), []byte("["))
	element, closed := bytes.CutSuffix(element, []byte("]"))
	if !opened || !closed || !bytes.HasPrefix(element, []byte(`"`)) || !strings.Contains(name, "_string_") {
		return
	}
	a := w.do(t, "POST", intercept, `{"comment":`+string(element)+`}`)
	switch {
	case a.code >= 500, name[0] == 'y' && a.code != 200, name[0] == 'n' && a.code < 400:
		t.Errorf("%s in a field: %d %s", name, a.code, a.body)
	}
}
