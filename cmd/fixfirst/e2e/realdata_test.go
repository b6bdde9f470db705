package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// imported sends orders through POST /v1/orderLines:import and gives what went in; every refused row is named with its
// cause. Files go in parts, because a reply names 1,000 refused rows.
func imported(t *testing.T, s *server, orders []order) totals {
	t.Helper()
	const part = 10_000
	var in totals
	for start := 0; start < len(orders); start += part {
		rows := orders[start:min(start+part, len(orders))]
		var body strings.Builder
		encoder := json.NewEncoder(&body)
		for _, o := range rows {
			row := object{"orderLine": o.line, "shopper": o.shopper}
			if o.time != "" {
				row["orderTime"] = o.time
			}
			_ = encoder.Encode(row) // a strings.Builder takes everything
		}
		reply := s.must(http.MethodPost, "/v1/orderLines:import", body.String(), "Content-Type", "application/x-ndjson")
		refused := map[int]string{}
		refusals, _ := reply["refusals"].([]any)
		for _, r := range refusals {
			refused[int(number(r, "row"))] = text(r, "field")
			if text(r, "cause") == "" {
				t.Errorf("row %v is refused without a cause", r)
			}
		}
		for n, o := range rows {
			if refused[n+1] != o.refused {
				t.Fatalf("row %d, %v: refused for %q, want %q", start+n+1, o.line, refused[n+1], o.refused)
			}
		}
		if int(number(reply, "refused")) != len(refused) || int(number(reply, "imported"))+len(refused) != len(rows) {
			t.Errorf("%v imported and %v refused of %d", reply["imported"], reply["refused"], len(rows))
		}
		amounts, _ := reply["amounts"].([]any)
		if len(amounts) != 1 {
			t.Fatalf("amounts %v", amounts)
		}
		if in.amount == nil {
			in.amount = new(big.Rat)
		}
		in.amount.Add(in.amount, decimal(t, text(amounts[0], "amount")))
		in.units += int(number(reply, "units"))
	}
	return in
}

// decideAll asks for a decision about every line and gives the decisions, "" for a refused one.
func decideAll(t *testing.T, s *server, orders []order) []string {
	t.Helper()
	decisions := make([]string, len(orders))
	inParallel(t, inFlight, len(orders), func(i int) error {
		o := orders[i]
		shopper := o.shopper
		if shopper == "" {
			shopper = "unknown"
		}
		r := s.decide(object{"orderLine": o.line, "reason": o.reason, "comment": o.reason, "shopper": shopper, "locale": "en-GB", "refundUrl": "https://shop.example/refund"})
		if o.refused != "" {
			if r.code != http.StatusBadRequest || !strings.Contains(r.fields(), o.refused) {
				return fmt.Errorf("%v: %s; want 400 that names %s", o.line, r, o.refused)
			}
			return nil
		}
		var err error
		if decisions[i], err = decided(r); err != nil {
			return fmt.Errorf("%v: %w", o.line, err)
		}
		return nil
	})
	return decisions
}

// twice asks about all lines and then again, and gives what was accepted.
func twice(t *testing.T, s *server, orders []order) totals {
	t.Helper()
	began := time.Now()
	first := decideAll(t, s, orders)
	took := time.Since(began)
	again := decideAll(t, s, orders)
	var accepted totals
	arms := map[string]int{}
	for n, d := range first {
		if d != again[n] {
			t.Fatalf("asked again, another decision:\n%s\n%s", d, again[n])
		}
		if d != "" {
			accepted.add(orders[n], 1)
			var o object
			_ = json.Unmarshal([]byte(d), &o) // decided has read it
			arms[text(o, "arm")]++
		}
	}
	t.Logf("%d lines decided in %s: %v", len(orders), took.Round(time.Millisecond), arms)
	return accepted
}

func TestUCIOrders(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(shared(t, "orders/uci_online_retail"), "expected_aggregates.json"))
	if err != nil {
		t.Fatal(err)
	}
	type aggregate struct {
		Rows      int
		Gross     string
		UnitsSold int `json:"units_sold"`
		Refunds   string
	}
	var expected struct {
		Totals  aggregate
		ByMonth map[string]aggregate `json:"by_month"`
	}
	if err := json.Unmarshal(data, &expected); err != nil {
		t.Fatal(err)
	}
	s := serveSQLite(t)
	s.must(http.MethodPut, "/v1/sellers/uci/policy", object{"minimumPrice": money("0.50", "GBP"), "holdoutFraction": 0.2})
	var all []order
	for month, want := range expected.ByMonth {
		orders := uciOrders(t, month)
		in := imported(t, s, orders)
		var refunds totals
		for _, o := range orders {
			cancelled := strings.HasPrefix(text(o.line, "orderId"), "C")
			if cancelled {
				refunds.add(o, -1)
			} else if o.refused != "" {
				in.add(o, 1) // a correction: no sale, but part of the month's total
			}
		}
		if len(orders) != want.Rows {
			t.Errorf("%s: %d rows, want %d", month, len(orders), want.Rows)
		}
		in.is(t, month+", accepted and refused sales", want.Gross, want.UnitsSold)
		if refunds.amount.Cmp(decimal(t, want.Refunds)) != 0 {
			t.Errorf("%s: refused cancellations of %s, want %s", month, refunds.amount.FloatString(2), want.Refunds)
		}
		all = append(all, orders...)
	}
	every := sized(8, 1)
	var asked []order
	var corrections totals
	for n, o := range all {
		if n%every == 0 {
			asked = append(asked, o)
			if o.refused != "" && !strings.HasPrefix(text(o.line, "orderId"), "C") {
				corrections.add(o, 1)
			}
		}
	}
	accepted := twice(t, s, asked)
	if full() {
		accepted.amount.Add(accepted.amount, corrections.amount)
		accepted.units += corrections.units
		accepted.is(t, "intercepted and refused sales", expected.Totals.Gross, expected.Totals.UnitsSold)
	}
}

func TestTauBenchOrders(t *testing.T) {
	s := serveSQLite(t)
	for name, orders := range map[string][]order{"tau-bench": tauOrders(t), "tau2": tau2Orders(t)} {
		var all totals
		for _, o := range orders {
			all.add(o, 1)
		}
		in, accepted := imported(t, s, orders), twice(t, s, orders)
		in.is(t, name+" imported", all.amount.FloatString(2), all.units)
		accepted.is(t, name+" intercepted", all.amount.FloatString(2), all.units)
	}
}

// Every real guide goes in as a draft within a second, or is refused with what is wrong with it.
func TestRealGuides(t *testing.T) {
	file, err := os.Open(filepath.Join(shared(t, "guides"), "index.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := serveSQLite(t)
	var slowest time.Duration
	var slowestFile string
	uploaded, refused := 0, 0
	n := 0
	in := bufio.NewScanner(file)
	for in.Buffer(nil, 1<<20); in.Scan(); n++ {
		var entry struct{ File string }
		if err := json.Unmarshal(in.Bytes(), &entry); err != nil {
			t.Fatal(err)
		}
		markdown, err := os.ReadFile(filepath.Join(filepath.Dir(shared(t, "guides")), entry.File))
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(object{"markdown": string(markdown)})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		r := s.do(http.MethodPut, fmt.Sprintf("/v1/sellers/real/guides/guide-%d", n), body)
		if took := time.Since(began); took > slowest {
			slowest, slowestFile = took, fmt.Sprintf("%s (%d KiB)", entry.File, len(markdown)>>10)
		}
		switch {
		case r.code == http.StatusOK:
			uploaded++
		case r.code == http.StatusBadRequest && strings.Contains(r.fields(), "markdown"):
			refused++
			t.Logf("%s: %.200s", entry.File, r)
		default:
			t.Errorf("%s: %.300s", entry.File, r)
		}
	}
	t.Logf("%d guides uploaded, %d refused; the slowest took %s: %s", uploaded, refused, slowest.Round(time.Millisecond), slowestFile)
	if slowest > time.Second {
		t.Errorf("%s took %s", slowestFile, slowest)
	}
}
