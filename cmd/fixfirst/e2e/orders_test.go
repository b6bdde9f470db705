package e2e_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// order is one row of real orders, as it came.
type order struct {
	line    object
	shopper string
	reason  string
	time    string
	amount  *big.Rat // quantity × unit price, exactly
	units   int
	refused string // the field that must be refused, empty for a good row
}

func decimal(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no decimal", text)
	}
	return r
}

// newOrder makes a row. A quantity below 1 is the only thing that the data have wrong.
func newOrder(t *testing.T, seller, orderID, lineID, sku string, quantity int, price, currency string) order {
	o := order{units: quantity, amount: new(big.Rat).Mul(decimal(t, price), new(big.Rat).SetInt64(int64(quantity))),
		line: object{"seller": seller, "orderId": orderID, "lineId": lineID, "sku": sku, "quantity": quantity, "unitPrice": money(price, currency)}}
	if quantity < 1 {
		o.refused = "orderLine.quantity"
	}
	return o
}

// table reads a CSV file as maps by its header.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for n, name := range all[0] {
			row[name] = cells[n]
		}
		rows = append(rows, row)
	}
	return rows
}

// uciOrders reads a month of UCI Online Retail: sales and, with negative quantities, cancellations and corrections.
func uciOrders(t *testing.T, month string) []order {
	t.Helper()
	var all []order
	lines := map[string]int{}
	for _, row := range table(t, filepath.Join(shared(t, "orders/uci_online_retail"), month+".csv")) {
		invoice := row["InvoiceNo"]
		lines[invoice]++
		quantity, err := strconv.Atoi(row["Quantity"])
		if err != nil {
			t.Fatal(err)
		}
		o := newOrder(t, "uci", invoice, fmt.Sprint(lines[invoice]), row["StockCode"], quantity, row["UnitPrice"], "GBP")
		o.shopper, o.time = row["CustomerID"], strings.Replace(row["InvoiceDate"], " ", "T", 1)+"Z"
		o.reason = row["Description"] // free text, with all its dirt
		all = append(all, o)
	}
	return all
}

func tauOrders(t *testing.T) []order {
	t.Helper()
	var all []order
	lines := map[string]int{}
	for _, row := range table(t, filepath.Join(shared(t, "orders/taubench_retail"), "order_lines.csv")) {
		lines[row["order_id"]]++
		o := newOrder(t, "tau", row["order_id"], fmt.Sprint(lines[row["order_id"]]), row["sku"], 1, row["price"], "USD")
		o.shopper, o.reason = row["user_id"], row["status"]
		all = append(all, o)
	}
	return all
}

// tau2Orders reads return requests in shoppers' own words; a request's value is the sum of its lines.
func tau2Orders(t *testing.T) []order {
	t.Helper()
	file, err := os.Open(filepath.Join(shared(t, "orders/tau2_retail"), "return_requests.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []order
	for in := bufio.NewScanner(file); in.Scan(); {
		var request struct {
			ID         string
			OrderID    string `json:"order_id"`
			UserID     string `json:"user_id"`
			ReasonText string `json:"reason_text"`
			Value      string
			Lines      []struct {
				ItemID string `json:"item_id"`
				Price  json.Number
			}
		}
		if err := json.Unmarshal(in.Bytes(), &request); err != nil {
			t.Fatal(err)
		}
		sum := new(big.Rat)
		for n, l := range request.Lines {
			o := newOrder(t, "tau2", request.OrderID+" "+request.ID, fmt.Sprint(n+1), l.ItemID, 1, l.Price.String(), "USD")
			o.shopper, o.reason = request.UserID, request.ReasonText
			sum.Add(sum, o.amount)
			all = append(all, o)
		}
		if sum.Cmp(decimal(t, request.Value)) != 0 {
			t.Errorf("request %s: lines of %s, value %s", request.ID, sum.FloatString(2), request.Value)
		}
	}
	return all
}

// totals adds amounts and units up.
type totals struct {
	amount *big.Rat
	units  int
}

func (s *totals) add(o order, sign int64) {
	if s.amount == nil {
		s.amount = new(big.Rat)
	}
	s.amount.Add(s.amount, new(big.Rat).Mul(o.amount, new(big.Rat).SetInt64(sign)))
	s.units += o.units * int(sign)
}

// is fails unless the totals are these, to the cent.
func (s *totals) is(t *testing.T, what, amount string, units int) {
	t.Helper()
	if s.amount == nil || s.amount.Cmp(decimal(t, amount)) != 0 || s.units != units {
		t.Errorf("%s: %s and %d units, want %s and %d", what, s.amount.FloatString(4), s.units, amount, units)
	}
}
