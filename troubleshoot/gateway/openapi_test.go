package gateway

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestOpenAPI(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	a := w.do(t, "GET", "/openapi.json", "")
	if a.code != 200 {
		t.Fatalf("%d %s", a.code, a.body)
	}
	var doc struct {
		OpenAPI    string
		Security   []map[string][]string
		Paths      map[string]map[string]any
		Components struct {
			Schemas         map[string]any
			SecuritySchemes map[string]struct{ Type, Scheme string }
		}
	}
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil {
		t.Fatal(err)
	}
	if s := doc.Components.SecuritySchemes["bearer"]; !strings.HasPrefix(doc.OpenAPI, "3.") || s.Type != "http" || s.Scheme != "bearer" || len(doc.Security) != 1 {
		t.Errorf("openapi %s, security %v, %v", doc.OpenAPI, s, doc.Security)
	}
	for _, path := range []string{"/v1/returns:intercept", importIntercepts, importOrderLines, importItems} {
		if doc.Paths[path]["post"] == nil {
			t.Errorf("no POST %s", path)
		}
	}
	for _, path := range []string{importIntercepts, importOrderLines, importItems} {
		data, _ := json.Marshal(doc.Paths[path])
		if !strings.Contains(string(data), mediaNDJSON) {
			t.Errorf("%s takes no rows", path)
		}
	}
	uploads, _ := json.Marshal(doc.Paths[assetPathInDoc])
	if !strings.Contains(string(uploads), `"image/webp":{"schema":{"format":"binary"`) || !strings.Contains(string(uploads), "every 3s, and at least 256 KiB a second") || doc.Paths[writtenAssetPath] != nil {
		t.Errorf("the upload of a picture is %s", uploads)
	}
	for _, m := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(a.body, -1) {
		if doc.Components.Schemas[m[1]] == nil {
			t.Errorf("schema %s is missing", m[1])
		}
	}
}

// Every path of the document is a route: a request to it never answers UNKNOWN_ROUTE or METHOD_NOT_ALLOWED.
func TestOpenAPIPathsAreRoutes(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal([]byte(w.do(t, "GET", "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	methods := []string{"get", "put", "post", "delete"}
	for path, operations := range doc.Paths {
		for method := range operations {
			if !slices.Contains(methods, method) {
				continue
			}
			body := "{}"
			if method == "get" || method == "delete" {
				body = ""
			}
			a := w.do(t, strings.ToUpper(method), regexp.MustCompile(`{\w+}`).ReplaceAllString(path, "1"), body)
			if a.code != 200 && a.code != 501 {
				t.Errorf("%s %s: %d %s", method, path, a.code, a.body)
			}
		}
	}
}

func TestOpenAPISourceIsChecked(t *testing.T) {
	for _, source := range []string{"", "a: b", "paths: {}\ncomponents: {schemas: {}}", "\t"} {
		if _, err := openAPIJSON([]byte(source)); err == nil {
			t.Errorf("%q: no error", source)
		}
	}
}
