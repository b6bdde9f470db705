package gateway

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// parameters are the query parameters of a route. The zero value is those of a route that takes none.
type parameters struct {
	known map[string]bool // as JSON spells a field and as the proto does, because the runtime reads both
	list  string          // as the API spells them, for errors
}

// check refuses the first unknown parameter by name. The runtime would ignore it, and a misspelt filter would get an
// unfiltered reply.
func (p parameters) check(query url.Values) *status.Status {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if p.known[name] {
			continue
		}
		if name == "" {
			name = `""`
		}
		cause := "is no parameter of this route; it takes none"
		if p.list != "" {
			cause = "is no parameter of this route; known are " + p.list
		}
		return refuseField("UNKNOWN_PARAMETER", quoted(name), cause)
	}
	return nil
}

// queryTable is the parameters of routes by method and pattern: "GET /v1/sellers/{seller=*}/guides". Routes that are
// not in it take none: all those with a body, since its fields are the whole request, and the imports.
type queryTable map[string]parameters

// pathField is a field of the request in a template of google.api.http, with the pattern that it may have.
var pathField = regexp.MustCompile(`{(\w+)(=[^}]*)?}`)

// written spells a template as runtime.Pattern writes itself: fields without a pattern are one part of the path.
func written(template string) string {
	return pathField.ReplaceAllStringFunc(template, func(field string) string {
		if strings.Contains(field, "=") {
			return field
		}
		return strings.TrimSuffix(field, "}") + "=*}"
	})
}

// newQueryTable reads the google.api.http annotations of all services of the API.
func newQueryTable() queryTable {
	table := queryTable{}
	protoregistry.GlobalFiles.RangeFilesByPackage(pb.File_fixfirst_v1_returns_proto.Package(), func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			table.add(file.Services().Get(i).Methods())
		}
		return true
	})
	return table
}

func (t queryTable) add(methods protoreflect.MethodDescriptors) {
	for i := range methods.Len() {
		m := methods.Get(i)
		rule, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
		for method, template := range map[string]string{http.MethodGet: rule.GetGet(), http.MethodDelete: rule.GetDelete()} {
			if template != "" {
				t[method+" "+written(template)] = parametersOf(m.Input(), template)
			}
		}
	}
}

// parametersOf are the fields of a request that its path does not have. Fields of fields are none: no request of a
// route without a body nests any but well-known messages, which are one value each.
func parametersOf(request protoreflect.MessageDescriptor, template string) parameters {
	inPath := map[string]bool{}
	for _, m := range pathField.FindAllStringSubmatch(template, -1) {
		inPath[m[1]] = true
	}
	p := parameters{known: map[string]bool{}}
	var names []string
	for i := range request.Fields().Len() {
		field := request.Fields().Get(i)
		if inPath[string(field.Name())] {
			continue
		}
		p.known[string(field.Name())], p.known[field.JSONName()] = true, true
		names = append(names, field.JSONName())
	}
	slices.Sort(names)
	p.list = strings.Join(names, ", ")
	return p
}

// middleware checks the query of every route of the mux, whose pattern is known once it has matched. checkURL has seen
// that the query is well formed.
func (t queryTable) middleware(g *gateway) runtime.Middleware {
	return func(next runtime.HandlerFunc) runtime.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
			if r.URL.RawQuery != "" {
				pattern, _ := runtime.HTTPPattern(r.Context())
				if refused := t[r.Method+" "+pattern.String()].check(r.URL.Query()); refused != nil {
					g.refused(w, r, refused)
					return
				}
			}
			next(w, r, path)
		}
	}
}
