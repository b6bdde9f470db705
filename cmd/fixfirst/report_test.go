package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// workedExample is history of which the savings per deflected return are known: 65.83 (docs/measurement.md).
func workedExample() string {
	var b strings.Builder
	add := func(arm string, n int, more string) {
		for i := range n {
			fmt.Fprintf(&b, `{"orderLine":{"seller":"acme","orderId":"%s-%s-%d","lineId":"1","sku":"KETTLE-1","quantity":1,"unitPrice":{"amount":"59.99","currencyCode":"USD"}},`+
				`"reason":"DEFECTIVE","createTime":"2026-01-05T10:00:00Z","arm":"%s","costOfReturn":{"amount":"70.00","currencyCode":"USD"}%s}`+"\n", arm, fmt.Sprint(len(more)), i, arm, more)
		}
	}
	add("HOLDOUT", 180, `,"returned":true`)
	add("HOLDOUT", 20, "")
	add("OFFERED", 400, `,"returned":true`)
	add("OFFERED", 100, "")
	add("OFFERED", 500, `,"engaged":true,"solved":"YES","expertSeconds":600`)
	return b.String()
}

func TestReportDeflection(t *testing.T) {
	r := serving(t)
	server, err := (&program{getenv: noEnvironment}).client(connection{r.address, r.key})
	if err != nil {
		t.Fatal(err)
	}
	policy := `{"expertHourlyWage":{"amount":"25.00","currencyCode":"USD"}}`
	if _, err := server.raw(t.Context(), requestTimeout, "PUT", "/v1/sellers/acme/policy", map[string][]string{"Content-Type": {"application/json"}}, strings.NewReader(policy)); err != nil {
		t.Fatal(err)
	}
	if got := r.fixfirst(t, workedExample(), "import", "intercepts", "-"); got.code != exitOK || !strings.HasPrefix(got.out, "imported 1200,") {
		t.Fatalf("import gave %+v", got)
	}
	table := r.must(t, "report", "deflection", "--seller", "acme", "--group-by", "sku,REASON")
	lines := strings.Split(table, "\n")
	if got := strings.Fields(lines[2]); strings.Join(got[:7], " ") != "KETTLE-1 DEFECTIVE USD 1200 1000/200 1000/200 40.0/90.0" || got[7] != "50.0" || got[len(got)-1] != "65.83" {
		t.Errorf("the row reads %q", lines[2])
	}
	for _, line := range lines[:3] {
		if utf8.RuneCountInString(line) > 120 {
			t.Errorf("%d characters wide: %s", utf8.RuneCountInString(line), line)
		}
	}
	if !strings.Contains(table, "[anytime 95%]") || !strings.Contains(table, "The interval is the always-valid one") {
		t.Errorf("the table does not say which interval it shows:\n%s", table)
	}
	closedTable := r.must(t, "report", "deflection", "--seller", "acme", "--interval", "closed", "--confidence", "0.9")
	if !strings.Contains(closedTable, "[closed period 90%]") || strings.Split(closedTable, "\n")[2] == lines[2] {
		t.Errorf("the closed interval:\n%s", closedTable)
	}
	rows, err := csv.NewReader(strings.NewReader(r.must(t, "report", "deflection", "-o", "csv", "--group-by", "SKU"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[0][0] != "keys.sku" || rows[1][0] != "KETTLE-1" {
		t.Errorf("CSV has %v, %v", rows, err)
	}
	var report struct{ Rows []struct{ Intercepts int } }
	if err := json.Unmarshal([]byte(r.must(t, "report", "deflection", "-o", "json")), &report); err != nil || len(report.Rows) != 1 || report.Rows[0].Intercepts != 1200 {
		t.Errorf("JSON has %+v, %v", report, err)
	}
	if before := r.must(t, "report", "deflection", "--end-date", "2026-01-04"); !strings.Contains(before, "no intercepts in this period") {
		t.Errorf("before there were any:\n%s", before)
	}
}

func TestTableKeepsTerminalsSafe(t *testing.T) {
	var tab table
	tab.column("", "A", left)
	tab.column("", "B", right)
	tab.row(shorten("\x1b[31mred\u009b"), "1")
	tab.row(shorten(strings.Repeat("é", 30)), "100")
	var b strings.Builder
	tab.write(&b)
	want := "A" + strings.Repeat(" ", 23) + "    B\n?[31mred?" + strings.Repeat(" ", 15) + "    1\n" + strings.Repeat("é", 23) + "…  100\n"
	if b.String() != want {
		t.Errorf("table\n%q, want\n%q", b.String(), want)
	}
}
