package gateway

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestQueryParameters(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	const none = "colour: is no parameter of this route; it takes none"
	for _, c := range []doorCase{
		{"as JSON spells it", "GET", "/v1/keys?pageSize=2&pageToken=x", "", nil, 200, ""},
		{"as the proto does", "GET", "/v1/keys?page_size=2&page_token=x", "", nil, 200, ""},
		{"several times where it is a list", "GET", "/v1/reports/deflection?groupBy=SKU&groupBy=DAY", "", nil, 200, ""},
		{"a question mark alone", "POST", intercept + "?", "{}", nil, 200, ""},
		{"unknown", "GET", "/v1/keys?colour=red", "", nil, 400, "colour: is no parameter of this route; known are pageSize, pageToken, seller"},
		{"unknown, beside known ones", "GET", "/v1/keys?seller=acme&colour=red", "", nil, 400, "colour: is no parameter"},
		{"unknown, without a value", "GET", "/v1/keys?colour", "", nil, 400, "colour: is no parameter"},
		{"unknown, escaped", "GET", "/v1/keys?col%6Fur=red", "", nil, 400, "colour: is no parameter"},
		{"without a name", "GET", "/v1/keys?=red", "", nil, 400, `\"\": is no parameter`},
		{"with a long name", "GET", "/v1/keys?" + strings.Repeat("a", 5000), "", nil, 400, strings.Repeat("a", maxQuoted) + "…: is no"},
		{"in another case", "GET", "/v1/reports/deflection?groupby=SKU", "", nil, 400, "groupby: is no parameter"},
		{"of another route", "GET", "/v1/keys?groupBy=SKU", "", nil, 400, "groupBy: is no parameter"},
		{"of the path", "GET", "/v1/sellers/acme/items/K-1?sku=K-2", "", nil, 400, "sku: is no parameter of this route; it takes none"},
		{"inside a time", "GET", "/v1/sessions?startTime.seconds=5", "", nil, 400, "startTime.seconds: is no parameter"},
		{"a key of a map that is none", "GET", "/v1/keys?pageSize[a]=5", "", nil, 400, "pageSize[a]: is no parameter"},
		{"DELETE", "DELETE", "/v1/keys/k1?colour=red", "", nil, 400, none},
		{"POST", "POST", "/v1/keys?colour=red", "{}", nil, 400, none},
		{"a field of the body", "POST", "/v1/keys?seller=acme", "{}", nil, 400, "seller: is no parameter of this route; it takes none"},
		{"PUT", "PUT", "/v1/sellers/acme/items/K-1?title=Kettle", "{}", nil, 400, "title: is no parameter"},
		{"the intercept", "POST", intercept + "?colour=red", sampleRequest, nil, 400, none},
		{"an import of items", "POST", "/v1/sellers/acme/items:import?colour=red", "{}\n", nil, 400, none},
		{"an import of order lines", "POST", importOrderLines + "?colour=red", "{}\n", nil, 400, none},
		{"an import of intercepts", "POST", importIntercepts + "?colour=red", "{}\n", nil, 400, none},
		{"a report as CSV", "GET", "/v1/reports/deflection?colour=red", "", []string{"Accept", mediaCSV}, 400, "colour: is no parameter"},
		{"a credential comes first", "GET", "/v1/keys?colour=red&key=abc", "", nil, 401, "URL"},
		{"a credential in an unknown one", "POST", intercept + "?colour=ff_live_x", "{}", nil, 401, "URL"},
		{"an unknown route", "GET", "/v1/nothing?colour=red", "", nil, 404, "/v1/nothing"},
		{"a wrong method", "DELETE", intercept + "?colour=red", "", nil, 405, "DELETE"},
		{"outside of the API", "GET", "/healthz?colour=red", "", nil, 200, "ok"},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, w) })
	}
}

func TestUnknownParameterIsAFieldViolation(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	a := w.do(t, "GET", "/v1/sellers/acme/guides?zoom=1&page_size=2&colour=red", "")
	s := status.FromProto(a.status(t))
	const cause = "is no parameter of this route; known are locale, pageSize, pageToken, sku, state"
	if a.code != 400 || s.Code() != codes.InvalidArgument || s.Message() != "colour: "+cause {
		t.Errorf("%d %v %q", a.code, s.Code(), s.Message())
	}
	if reasonOf(s) != "UNKNOWN_PARAMETER" || a.field(t) != "colour" || !strings.Contains(a.body, cause+`"`) {
		t.Errorf("details %s", a.body)
	}
}

// What is refused reaches no service.
func TestUnknownParametersReachNoService(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	for path, method := range map[string]string{intercept: "POST", "/v1/sellers/acme/items/K-1": "PUT", "/v1/keys/k1": "DELETE"} {
		w.do(t, method, path+"?dryRun=true", map[string]string{"POST": "{}", "PUT": "{}"}[method])
	}
	if n := w.calls.Load(); n != 0 {
		t.Errorf("%d calls", n)
	}
	w.do(t, "POST", "/v1/sellers/acme/items:import?dryRun=true", `{"sku":"K-1"}`+"\n")
	if rows := w.services.items.Load(); rows != nil {
		t.Errorf("%d rows were imported", len(*rows))
	}
}

// Every route of the document takes the parameters that the document gives it, and no other.
func TestQueryParametersAreThoseOfOpenAPI(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal([]byte(w.do(t, "GET", "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	filters := 0
	for template, operations := range doc.Paths {
		path := regexp.MustCompile(`{\w+}`).ReplaceAllString(template, "a")
		for method, operation := range operations {
			method, body := strings.ToUpper(method), ""
			if method == "POST" || method == "PUT" {
				body = "{}"
			}
			var known []string
			for _, p := range operation.Parameters {
				if p.In == "query" {
					known = append(known, p.Name)
				}
			}
			slices.Sort(known)
			filters += len(known)
			want := "colour: is no parameter of this route; it takes none"
			if len(known) > 0 {
				want = "colour: is no parameter of this route; known are " + strings.Join(known, ", ")
			}
			if a := w.do(t, method, path+"?colour=red", body); a.code != 400 || a.status(t).GetMessage() != want {
				t.Errorf("%s %s: %d %s, want %s", method, template, a.code, a.body, want)
			}
			for _, name := range known {
				a := w.do(t, method, path+"?"+url.Values{name: {"1"}}.Encode(), body)
				if a.code != 200 && reasonOf(status.FromProto(a.status(t))) == "UNKNOWN_PARAMETER" {
					t.Errorf("%s %s: %s", method, template, a.body)
				}
			}
		}
	}
	if filters == 0 {
		t.Error("the document has no query parameters")
	}
}

func reasonOf(s *status.Status) string {
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}
