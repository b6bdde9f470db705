package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// summary reads what import -o json printed.
func summary(t *testing.T, out string) totals {
	t.Helper()
	var got totals
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return got
}

const someLines = "orderLine.seller,orderLine.orderId,orderLine.lineId,orderLine.sku,orderLine.quantity,orderLine.unitPrice.amount,orderLine.unitPrice.currencyCode\n" +
	"acme,A-1,1,KETTLE-1,2,59.99,USD\n" +
	"acme,A-2,1,KETTLE-1,many,59.99,USD\n" +
	"acme,A-3,1,KETTLE-1,1,59.999,USD\n" +
	"acme,A-4,1,KETTLE-1,-1,59.99,USD\n" +
	"acme,A-5,1\n" +
	"acme,A-6,1,\"KETTLE\"-1,1,1,USD\n" +
	"acme,A-7,1,KETTLE-2,1,5000,JPY\n" +
	"acme,A-1,1,KETTLE-1,2,59.99,USD\n"

func TestImportNamesRefusedRowsAndTakesTheRest(t *testing.T) {
	r := serving(t)
	file := write(t, "lines.csv", someLines)
	got := r.fixfirst(t, "", "import", "order-lines", file)
	if got.code != exitRefused || got.out != "imported 2, duplicates 1, refused 5, passed over 0\nunits 3\namount 5000 JPY\namount 119.98 USD\n" {
		t.Errorf("import gave %d and %q", got.code, got.out)
	}
	want := []string{
		file + `:2: orderLine.quantity: "many" is no whole number of 32 bits`,
		file + `:3: orderLine.unitPrice.amount: "59.999" has more decimals than USD has (2)`,
		file + ":4: orderLine.quantity: must be greater than or equal to 1 and less than or equal to 1000000",
		file + ":5: line 6, column 1: wrong number of fields",
		file + `:6: line 7, column 19: extraneous or missing " in quoted-field`,
	}
	if lines := strings.Split(strings.TrimSpace(got.err), "\n"); !slices.Equal(lines, want) {
		t.Errorf("refused rows read\n%s\nwant\n%s", got.err, strings.Join(want, "\n"))
	}
	if again := r.fixfirst(t, "", "import", "order-lines", file, "-o", "json"); summary(t, again.out).Duplicates != 3 || summary(t, again.out).Imported != 0 {
		t.Errorf("the same again gave %s", again.out)
	}
	if rest := r.fixfirst(t, "", "import", "order-lines", file, "--from-row", "7"); rest.code != exitOK || !strings.HasPrefix(rest.out, "imported 0, duplicates 2, refused 0, passed over 6\n") {
		t.Errorf("from row 7 gave %+v", rest)
	}
}

func TestDryRunSendsNothing(t *testing.T) {
	nobody := running{address: "http://127.0.0.1:1", key: "none"}
	got := nobody.fixfirst(t, someLines, "import", "order-lines", "-", "--format", "csv", "--dry-run", "-o", "json")
	if s := summary(t, got.out); got.code != exitRefused || s.Imported != 3 || s.Refused != 5 || len(s.Refusals) != 5 || s.Units != 5 || s.Refusals[0].File != "stdin" {
		t.Errorf("a dry run gave %+v", got)
	}
}

func TestImportNDJSON(t *testing.T) {
	r := serving(t)
	row := func(order, more string) string {
		return `{"orderLine":{"orderId":"` + order + `","lineId":"1","sku":"K","quantity":1,"unitPrice":{"amount":"59.99","currencyCode":"USD"}},"createTime":"2026-01-05T10:00:00Z","arm":"OFFERED"` + more + "}\n"
	}
	text := row("A-1", `,"returned":true`) + "\n" + row("A-2", `,"colour":"red"`) + row("A-3", `,"returnTime":"2026-01-06T10:00:00Z"`) + strings.Repeat("x", 2<<20) + "\n" + row("A-4", "")
	got := r.fixfirst(t, text, "import", "intercepts", "-", "--set", "orderLine.seller=acme", "--set", "shopper=s-{row}")
	if got.code != exitRefused || got.out != "imported 2, duplicates 0, refused 3, passed over 0\n" {
		t.Errorf("import gave %+v", got)
	}
	for _, want := range []string{"stdin:3: ", `unknown field "colour"`, "stdin:4: returnTime: is given though returned is false", "stdin:5: is longer than 1048576 bytes"} {
		if !strings.Contains(got.err, want) {
			t.Errorf("stderr has no %q: %s", want, got.err)
		}
	}
	if table := r.must(t, "report", "deflection", "--seller", "acme"); !strings.Contains(table, "USD         2") && !strings.Contains(table, "2/0") {
		t.Errorf("the report of what was imported:\n%s", table)
	}
}

func TestImportItemsOfSeveralSellers(t *testing.T) {
	r := serving(t)
	file := write(t, "items.csv", "seller,sku,title,unitPrice.amount,unitPrice.currencyCode,specs.colour,manualUrl\n"+
		"acme,A,Kettle,1.50,USD,red,\nbeta,B,Lamp,2,EUR,,http://insecure\nbeta,C,Lamp,,,,\nacme,D,Pan,3,USD,,\n")
	got := r.fixfirst(t, "", "import", "items", file)
	if got.code != exitRefused || got.out != "imported 3, duplicates 0, refused 1, passed over 0\n" || !strings.Contains(got.err, file+":2: manualUrl: ") {
		t.Errorf("import gave %+v", got)
	}
	server := client{base: r.address, key: r.key, http: &http.Client{}}
	if item, err := server.get(t.Context(), "/v1/sellers/acme/items/A", "application/json"); err != nil || !strings.Contains(string(item), `"colour"`) {
		t.Errorf("item A is %s, %v", item, err)
	}
}

func TestReturnsAreSentAgainWithoutTheBadOnes(t *testing.T) {
	r := serving(t)
	future := time.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339)
	file := write(t, "returns.csv", "Invoice,Units,Date\nC1,-2,2026-01-05 10:00:00\nS1,3,2026-01-05 10:00:00\nC2,-1,"+future+"\nC3,-1,"+future+"\nC4,0,2026-01-05 10:00:00\nC5,-1,2026-01-05 10:00:00\n")
	got := r.fixfirst(t, "", "import", "returns", file, "--only", "Invoice=C*", "--negate", "quantity", "--column", "quantity=Units", "--column", "orderId=Invoice",
		"--column", "eventTime=Date", "--set", "lineId=1", "--set", "seller=acme", "--set", "event=refunded", "--set", "eventId={file}-{Invoice}-{row}", "--time-layout", "2006-01-02 15:04:05")
	if got.code != exitRefused || got.out != "imported 2, duplicates 0, refused 3, passed over 1\n" {
		t.Errorf("import gave %+v", got)
	}
	for _, want := range []string{file + ":3: eventTime: is in the future", file + ":4: eventTime: is in the future", file + ":5: quantity: "} {
		if !strings.Contains(got.err, want) {
			t.Errorf("stderr has no %q: %s", want, got.err)
		}
	}
}

func TestBrokenFileSaysWhereToGoOn(t *testing.T) {
	r := serving(t)
	file := write(t, "lines.csv", someLines[:strings.Index(someLines, "acme,A-2")]+"acme,\""+strings.Repeat("never closed\n", 1<<18))
	got := r.fixfirst(t, "", "import", "order-lines", file)
	if got.code != exitFailure || !strings.Contains(got.err, "is a quote not closed?") || !strings.Contains(got.err, "go on with --from-row 2") {
		t.Errorf("import gave %+v", got)
	}
	stopped := r
	stopped.address = "http://127.0.0.1:1"
	if got := stopped.fixfirst(t, someLines, "import", "order-lines", "-", "--format", "csv", "--from-row", "3"); !strings.Contains(got.err, "go on with --from-row 3") {
		t.Errorf("an import without a server gave %+v", got)
	}
}

// sharedOrders finds the real orders, or skips the test.
func sharedOrders(t *testing.T) string {
	t.Helper()
	for folder := "."; ; folder = filepath.Join(folder, "..") {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			orders := filepath.Join(folder, "..", "shared", "data", "orders")
			if _, err := os.Stat(orders); err != nil {
				t.Skip("the real orders are not here")
			}
			return orders
		}
	}
}

func TestRealOrdersAddUpToTheCent(t *testing.T) {
	folder := filepath.Join(sharedOrders(t), "uci_online_retail")
	var expected struct {
		Totals struct {
			Gross         string
			UnitsSold     int64 `json:"units_sold"`
			UnitsReturned int64 `json:"units_returned"`
			Rows          int64
		}
		DirtyRows struct {
			Negative int64 `json:"negative_quantity_not_cancellation"`
		} `json:"dirty_rows"`
	}
	data, err := os.ReadFile(filepath.Join(folder, "expected_aggregates.json"))
	if err == nil {
		err = json.Unmarshal(data, &expected)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := serving(t)
	files := []string{filepath.Join(folder, "2010-12.csv"), filepath.Join(folder, "2011-01.csv")}
	common := append(slices.Clone(files), "--time-layout", "2006-01-02 15:04:05", "-o", "json")
	sales := append([]string{"import", "order-lines", "--skip", "InvoiceNo=C*", "--set", "orderLine.seller=uci", "--column", "orderLine.orderId=InvoiceNo",
		"--set", "orderLine.lineId={row}", "--column", "orderLine.sku=StockCode", "--column", "orderLine.quantity=Quantity", "--column", "orderLine.unitPrice.amount=UnitPrice",
		"--set", "orderLine.unitPrice.currencyCode=GBP", "--column", "orderTime=InvoiceDate", "--column", "shopper=CustomerID"}, common...)
	credits := append([]string{"import", "returns", "--only", "InvoiceNo=C*", "--negate", "quantity", "--set", "event=REFUNDED", "--set", "seller=uci",
		"--column", "orderId=InvoiceNo", "--set", "lineId={row}", "--set", "eventId={InvoiceNo}-{row}", "--column", "quantity=Quantity", "--column", "eventTime=InvoiceDate"}, common...)
	began := time.Now()
	got := r.fixfirst(t, "", sales...)
	sold := summary(t, got.out)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("%d rows took %s", expected.Totals.Rows, took)
	}
	refusedUnits := unitsOf(t, got.err)
	if got.code != exitRefused || sold.Refused != expected.DirtyRows.Negative || sold.Units+refusedUnits != expected.Totals.UnitsSold ||
		len(sold.Amounts) != 1 || !sameAmount(sold.Amounts[0].Amount, expected.Totals.Gross) {
		t.Errorf("sales: %d refused with %d units, %d units, %v; want %+v", sold.Refused, refusedUnits, sold.Units, sold.Amounts, expected)
	}
	if dry := summary(t, r.must(t, append(credits, "--dry-run")...)); dry.Units != expected.Totals.UnitsReturned {
		t.Errorf("%d units came back, want %d", dry.Units, expected.Totals.UnitsReturned)
	}
	back := summary(t, r.must(t, credits...))
	if sold.Imported+sold.Refused+back.Imported != expected.Totals.Rows {
		t.Errorf("%d sold, %d refused and %d returned rows; want %d together", sold.Imported, sold.Refused, back.Imported, expected.Totals.Rows)
	}
	if again := summary(t, r.fixfirst(t, "", sales...).out); again.Imported != 0 || again.Duplicates != sold.Imported || again.Units != 0 {
		t.Errorf("the same again imported %d and found %d duplicates", again.Imported, again.Duplicates)
	}
}

// unitsOf adds up the quantities of the rows that were refused.
func unitsOf(t *testing.T, refusals string) int64 {
	t.Helper()
	files, units := map[string][][]string{}, int64(0)
	for _, m := range regexp.MustCompile(`(?m)^(.*):(\d+): orderLine\.quantity: `).FindAllStringSubmatch(refusals, -1) {
		if files[m[1]] == nil {
			f, err := os.Open(m[1])
			if err != nil {
				t.Fatal(err)
			}
			if files[m[1]], err = csv.NewReader(f).ReadAll(); err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
		row, _ := strconv.Atoi(m[2])
		n, err := strconv.ParseInt(files[m[1]][row][3], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		units += n
	}
	return units
}

func sameAmount(a, b string) bool {
	x, ok := new(big.Rat).SetString(a)
	y, okay := new(big.Rat).SetString(b)
	return ok && okay && x.Cmp(y) == 0
}

func TestBenchmarkOrdersGoIn(t *testing.T) {
	folder := sharedOrders(t)
	r := serving(t)
	file := filepath.Join(folder, "taubench_retail", "order_lines.csv")
	got := summary(t, r.must(t, "import", "order-lines", file, "--set", "orderLine.seller=tau", "--column", "orderLine.orderId=order_id", "--set", "orderLine.lineId={row}",
		"--column", "orderLine.sku=sku", "--set", "orderLine.quantity=1", "--column", "orderLine.unitPrice.amount=price", "--set", "orderLine.unitPrice.currencyCode=USD",
		"--column", "shopper=user_id", "-o", "json"))
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sum := new(big.Rat)
	for _, row := range rows[1:] {
		price, ok := new(big.Rat).SetString(row[6])
		if !ok {
			t.Fatalf("price %q", row[6])
		}
		sum.Add(sum, price)
	}
	if got.Imported != int64(len(rows)-1) || got.Amounts[0].Amount != sum.FloatString(2) {
		t.Errorf("%d rows with %v; want %d with %s", got.Imported, got.Amounts, len(rows)-1, sum.FloatString(2))
	}
	requests := returnRequests(t, filepath.Join(folder, "tau2_retail", "return_requests.jsonl"))
	in := r.fixfirst(t, strings.Join(requests, "\n"), "import", "intercepts", "-", "--set", "orderLine.seller=tau2", "--set", "orderLine.lineId={row}", "-o", "json")
	if s := summary(t, in.out); in.code != exitOK || s.Imported != int64(len(requests)) {
		t.Errorf("return requests gave %+v", in)
	}
}

// returnRequests turns each line of the real return requests into a row of history.
func returnRequests(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for text := range strings.Lines(string(data)) {
		var request struct {
			OrderID    string `json:"order_id"`
			ReasonText string `json:"reason_text"`
			Lines      []struct {
				ItemID string `json:"item_id"`
				Price  json.Number
			}
		}
		if err := json.Unmarshal([]byte(text), &request); err != nil {
			t.Fatal(err)
		}
		for _, line := range request.Lines {
			row, err := json.Marshal(map[string]any{"reason": request.ReasonText, "createTime": "2026-01-05T10:00:00Z", "arm": "HOLDOUT", "returned": true,
				"orderLine": map[string]any{"orderId": request.OrderID, "sku": line.ItemID, "quantity": 1,
					"unitPrice": map[string]string{"amount": fmt.Sprint(line.Price), "currencyCode": "USD"}}})
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, string(row))
		}
	}
	return rows
}
