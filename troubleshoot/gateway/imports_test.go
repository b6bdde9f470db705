package gateway

import (
	"strings"
	"testing"

	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

const importAcme = "/v1/sellers/acme/items:import"

func TestImports(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	for _, c := range []struct {
		name, path, body string
		want             int
		says, field      string
	}{
		{"rows", importIntercepts, "{\"reason\":\"a\"}\n{\"reason\":\"b\"}\n", 200, `"imported":2`, ""},
		{"no newline at the end, blank lines, CRLF", importIntercepts, "\n{}\r\n  \n{}", 200, `"imported":2`, ""},
		{"nothing", importIntercepts, "", 200, `"imported":0`, ""},
		{"not JSON", importIntercepts, "{}\n{}\nbroken\n{}\n", 400, "row 3: invalid value broken; rows 1 to 2 were taken and stay in", "rows[3]"},
		{"an unknown field", importIntercepts, "{}\n\n{\"orderLine\":{\"colour\":1}}\n", 400, "row 2: orderLine.colour: unknown field; rows 1 to 1", "rows[2].orderLine.colour"},
		{"a wrong first row", importIntercepts, "[]", 400, "row 1: unexpected [; nothing was imported", "rows[1]"},
		{"two objects in a line", importIntercepts, "{} {}\n", 400, "row 1: unexpected {", "rows[1]"},
		{"a long row", importIntercepts, "{}\n{\"reason\":\"" + strings.Repeat("a", maxRow) + "\"}\n", 413, "row 2: the row is longer than 1048576 bytes; rows 1 to 1", "rows[2]"},
		{"items", importAcme, "{\"sku\":\"A\"}\n{\"sku\":\"B\",\"seller\":\"acme\"}\n", 200, `"imported":2`, ""},
		{"an item of another seller", importAcme, "{\"sku\":\"A\"}\n{\"sku\":\"B\",\"seller\":\"evil\"}\n", 400, "row 2: seller: the path says acme", "rows[2].seller"},
		{"not served", importOrderLines, "{}\n", 501, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.do(t, "POST", c.path, c.body, "Content-Type", mediaNDJSON)
			if text := strings.ReplaceAll(a.body, ": ", ":"); a.code != c.want || !strings.Contains(text, strings.ReplaceAll(c.says, ": ", ":")) {
				t.Fatalf("%d, want %d: %.400s", a.code, c.want, a.body)
			}
			if a.code >= 400 && a.field(t) != c.field {
				t.Errorf("field violation %q, want %q", a.field(t), c.field)
			}
		})
	}
}

func TestImportSetsTheSellerAndKeepsRowsBeforeABadOne(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	a := w.do(t, "POST", importAcme, "{\"sku\":\"A\"}\n{\"sku\":\"B\"}\n{\"sku\":5}\n")
	if a.code != 400 {
		t.Fatalf("%d %s", a.code, a.body)
	}
	rows := *w.services.items.Load()
	if len(rows) != 2 || rows[0].GetSeller() != "acme" || rows[1].GetSku() != "B" {
		t.Errorf("the service kept %v", rows)
	}
	var kept *pb.ImportItemsResponse
	for _, d := range status.FromProto(a.status(t)).Details() {
		if r, ok := d.(*pb.ImportItemsResponse); ok {
			kept = r
		}
	}
	if kept.GetImported() != 2 {
		t.Errorf("details carry %v: %s", kept, a.body)
	}
}

// Who may not import learns that, not what is wrong with the rows.
func TestImportChecksTheCredentialFirst(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	if a := w.do(t, "POST", importAcme, "broken\n", "Authorization", "Bearer wrong"); a.code != 401 {
		t.Errorf("%d %s", a.code, a.body)
	}
}
