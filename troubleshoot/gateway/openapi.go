package gateway

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed openapi.yaml
var openAPIYAML []byte

// onceOpenAPI makes /openapi.json when it is first asked for: a start need not wait for it.
func onceOpenAPI() func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) { return openAPIJSON(openAPIYAML) })
}

// node is an object of the document.
type node = map[string]any

// openAPIJSON turns the generated document into JSON and adds what the protos do not say: the credential, the media
// types of imports, reports, pictures, streams and transcripts, and the import of items, whose route is written by hand.
func openAPIJSON(source []byte) ([]byte, error) {
	var doc node
	if err := yaml.Unmarshal(source, &doc); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	components, ok := doc["components"].(node)
	paths, isPaths := doc["paths"].(node)
	schemas, isSchemas := components["schemas"].(node)
	if !ok || !isPaths || !isSchemas {
		return nil, fmt.Errorf("openapi.yaml: components.schemas or paths is missing")
	}
	components["securitySchemes"] = node{"bearer": node{"type": "http", "scheme": "bearer",
		"description": "An API key, or the shopper token of an intercept. Never in a URL."}}
	doc["security"] = []any{node{"bearer": []any{}}}
	doc["servers"] = []any{node{"url": "/"}}
	schemas["ImportItemsResponse"] = importItemsSchema()
	paths[importItems] = node{"post": importItemsOperation()}
	for _, path := range []string{importIntercepts, importOrderLines} {
		if err := asRows(paths, path); err != nil {
			return nil, err
		}
	}
	if err := asTable(paths, "/v1/reports/deflection"); err != nil {
		return nil, err
	}
	if err := errors.Join(asPicture(paths), asStream(paths, liveEvents, true), asStream(paths, liveWork, false), asText(paths, transcriptPath)); err != nil {
		return nil, err
	}
	return json.Marshal(doc)
}

// at follows keys into objects.
func at(n node, keys ...string) (node, error) {
	for _, k := range keys {
		next, ok := n[k].(node)
		if !ok {
			return nil, fmt.Errorf("openapi.yaml: %v is missing at %q", keys, k)
		}
		n = next
	}
	return n, nil
}

// asRows says that a request is one JSON object a line.
func asRows(paths node, path string) error {
	content, err := at(paths, path, "post", "requestBody", "content")
	if err != nil {
		return err
	}
	content[mediaNDJSON] = content[mediaJSON]
	delete(content, mediaJSON)
	return nil
}

// asTable says that a report comes as CSV too.
func asTable(paths node, path string) error {
	content, err := at(paths, path, "get", "responses", "200", "content")
	if err != nil {
		return err
	}
	content[mediaCSV] = node{"schema": node{"type": "string"}}
	return nil
}

func ref(schema string) node { return node{"$ref": "#/components/schemas/" + schema} }

func reply(description, schema string) node {
	return node{"description": description, "content": node{mediaJSON: node{"schema": ref(schema)}}}
}

func importItemsOperation() node {
	return node{
		"tags":        []any{"SellersService"},
		"operationId": "SellersService_ImportItems",
		"description": "ImportItems creates or replaces items, one JSON object a line. The seller of each is the path's.",
		"parameters":  []any{node{"name": "seller", "in": "path", "required": true, "schema": node{"type": "string"}}},
		"requestBody": node{"required": true, "content": node{mediaNDJSON: node{"schema": ref("PutItemRequest")}}},
		"responses": node{
			"200":     reply("OK", "ImportItemsResponse"),
			"default": reply("Default error response", "Status"),
		},
	}
}

func importItemsSchema() node {
	return node{"type": "object", "description": "ImportItemsResponse counts the rows of the stream.", "properties": node{
		"imported": node{"type": "integer", "format": "int32"},
		"refused":  node{"type": "integer", "format": "int32"},
		"refusals": node{"type": "array", "items": ref("RowRefusal"), "description": "The first 1,000 refused rows."},
	}}
}
