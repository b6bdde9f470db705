package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// set gives a deep copy of a body in which the value at a dotted path is another; "-" removes it.
func set(body object, path string, value any) object {
	changed := object{}
	for k, v := range body {
		changed[k] = v
	}
	key, rest, nested := strings.Cut(path, ".")
	switch {
	case nested:
		inner, _ := changed[key].(object)
		changed[key] = set(inner, rest, value)
	case value == "-":
		delete(changed, key)
	default:
		changed[key] = value
	}
	return changed
}

func TestBadInterceptsNameTheField(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	cases := []struct {
		path  string
		value any
		named string
	}{
		{"colour", "red", "colour"},
		{"arm", "OFFERED", "arm"},
		{"orderLine.colour", "red", "orderLine.colour"},
		{"orderLine.unitPrice.cents", 5, "orderLine.unitPrice.cents"},
		{"orderLine", "-", "orderLine"},
		{"orderLine.seller", "-", "orderLine.seller"},
		{"orderLine.seller", "../acme", "orderLine.seller"},
		{"orderLine.seller", long, "orderLine.seller"},
		{"orderLine.orderId", long, "orderLine.orderId"},
		{"orderLine.orderId", "", "orderLine.orderId"},
		{"orderLine.orderId", 17, "orderLine.orderId"},
		{"orderLine.lineId", long, "orderLine.lineId"},
		{"orderLine.sku", long, "orderLine.sku"},
		{"orderLine.sku", "a\nb", "orderLine.sku"},
		{"orderLine.quantity", 0, "orderLine.quantity"},
		{"orderLine.quantity", -1, "orderLine.quantity"},
		{"orderLine.quantity", 1.5, "orderLine.quantity"},
		{"orderLine.quantity", 3e9, "orderLine.quantity"},
		{"orderLine.quantity", "many", "orderLine.quantity"},
		{"orderLine.unitPrice", "-", "orderLine.unitPrice"},
		{"orderLine.unitPrice", money("59.99", "XXQ"), "orderLine.unitPrice.currencyCode"},
		{"orderLine.unitPrice", money("59.99", "usd"), "orderLine.unitPrice.currencyCode"},
		{"orderLine.unitPrice", money("59.99", ""), "orderLine.unitPrice.currencyCode"},
		{"orderLine.unitPrice", money("59.999", "USD"), "orderLine.unitPrice.amount"},
		{"orderLine.unitPrice", money("59.9", "JPY"), "orderLine.unitPrice.amount"},
		{"orderLine.unitPrice", money("-1", "USD"), "orderLine.unitPrice.amount"},
		{"orderLine.unitPrice", money("1e3", "USD"), "orderLine.unitPrice.amount"},
		{"orderLine.unitPrice", money("99999999999999999999", "USD"), "orderLine.unitPrice.amount"},
		{"orderLine.unitPrice", 59.99, "orderLine.unitPrice"},
		{"orderLine.deliveredTime", "yesterday", "orderLine.deliveredTime"},
		{"orderLine.deliveredTime", "2026-13-01T00:00:00Z", "orderLine.deliveredTime"},
		{"orderLine.deliveredTime", "0001-01-01T00:00:00Z", "orderLine.deliveredTime"},
		{"orderLine.withdrawalDeadline", "2026-01-01", "orderLine.withdrawalDeadline"},
		{"orderLine.withdrawalDeadline", 1767225600, "orderLine.withdrawalDeadline"},
		{"reason", long, "reason"},
		{"comment", long, "comment"},
		{"shopper", long, "shopper"},
		{"shopper", "", "shopper"},
		{"locale", long, "locale"},
		{"refundUrl", "-", "refundUrl"},
		{"refundUrl", "javascript:alert(1)", "refundUrl"},
		{"refundUrl", "https://shop.example/ with spaces", "refundUrl"},
		{"refundUrl", "https://" + long, "refundUrl"},
	}
	s := serveSQLite(t)
	for _, c := range cases {
		body := set(intent("bad", "order", "1", "KETTLE-1"), c.path, c.value)
		r := s.intercept(body)
		if r.code != http.StatusBadRequest || !strings.Contains(" "+r.fields(), " "+c.named) {
			t.Errorf("%s = %.40v: %s; want 400 that names %s", c.path, c.value, r, c.named)
		}
	}
	if r := s.do(http.MethodGet, "/v1/sellers/bad", nil); r.code != http.StatusNotFound {
		t.Errorf("a refused intercept made its seller: %s", r)
	}
}

func TestOtherBadInputNamesTheField(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	event := object{"eventId": "e", "seller": "bad", "orderId": "o", "lineId": "1", "quantity": 1, "event": "REFUNDED", "eventTime": past1}
	events := func(path string, value any) object {
		return object{"events": []object{event, set(set(event, "eventId", "f"), path, value)}}
	}
	s := serveSQLite(t)
	s.sellKettles("bad", object{"holdoutFraction": 0.0})
	i := s.intercept(intent("bad", "o", "1", "KETTLE-1")).object(t)
	shopper := s.as(text(i, "shopperToken"))
	at := "/v1/" + text(i, "name")
	session := "/v1/" + text(shopper.must(http.MethodPost, at+"/sessions", object{"channel": "GUIDE"}), "name")
	cases := []struct {
		c            *client
		method, path string
		body         any
		named        string
	}{
		{s.client, "POST", "/v1/returns:record", events("event", "EXPLODED"), "events[1].event"},
		{s.client, "POST", "/v1/returns:record", events("event", "-"), "events[1].event"},
		{s.client, "POST", "/v1/returns:record", events("quantity", 0), "events[1].quantity"},
		{s.client, "POST", "/v1/returns:record", events("quantity", -2), "events[1].quantity"},
		{s.client, "POST", "/v1/returns:record", events("eventTime", "-"), "events[1].eventTime"},
		{s.client, "POST", "/v1/returns:record", events("eventTime", "2999-01-01T00:00:00Z"), "events[1].eventTime"},
		{s.client, "POST", "/v1/returns:record", events("refund", money("1.00", "XXQ")), "events[1].refund.currencyCode"},
		{s.client, "POST", "/v1/returns:record", events("refund", money("-1.00", "USD")), "events[1].refund.amount"},
		{s.client, "POST", "/v1/returns:record", events("salvage", money("1.00", "usd")), "events[1].salvage.currencyCode"},
		{s.client, "POST", "/v1/returns:record", events("eventId", long), "events[1].eventId"},
		{s.client, "POST", "/v1/returns:record", events("colour", "red"), "events[1].colour"},
		{s.client, "POST", "/v1/returns:record", object{"events": []object{}}, "events"},
		{s.client, "POST", at + ":choose", object{"choice": "MAYBE"}, "choice"},
		{s.client, "POST", at + ":choose", object{}, "choice"},
		{s.client, "POST", at + ":choose", object{"choice": "KEEP", "intercept": "other", "who": "me"}, "who"},
		{shopper, "POST", at + "/sessions", object{"channel": "FAX"}, "channel"},
		{shopper, "POST", at + "/sessions", object{}, "channel"},
		{shopper, "POST", session + ":recordStep", object{"guide": "kettle", "revision": 0, "step": "s", "result": "FIXED"}, "revision"},
		{shopper, "POST", session + ":recordStep", object{"guide": "kettle", "revision": 1, "step": "s", "result": "BROKE"}, "result"},
		{shopper, "POST", session + ":recordStep", object{"guide": "kettle", "revision": 1, "step": "s", "result": "FIXED", "elapsed": "-1s"}, "elapsed"},
		{shopper, "POST", session + ":recordStep", object{"guide": "kettle", "revision": 1, "step": "s", "result": "FIXED", "elapsed": "soon"}, "elapsed"},
		{shopper, "POST", session + ":answer", object{"solved": "PERHAPS"}, "solved"},
		{shopper, "POST", session + ":answer", object{"solved": "YES", "score": 0}, "score"},
		{shopper, "POST", session + ":answer", object{"solved": "YES", "comment": long}, "comment"},
		{s.client, "PUT", "/v1/sellers/bad", object{"timeZone": "Mars/Olympus"}, "timeZone"},
		{s.client, "PUT", "/v1/sellers/bad", object{"displayName": long}, "displayName"},
		{s.client, "PUT", "/v1/sellers/" + long, object{}, "seller"},
		{s.client, "PUT", "/v1/sellers/bad/items/" + long, object{}, "sku"},
		{s.client, "PUT", "/v1/sellers/bad/items/K", object{"manualUrl": "http://plain.example/"}, "manualUrl"},
		{s.client, "PUT", "/v1/sellers/bad/items/K", object{"returnCost": money("-1", "USD")}, "returnCost.amount"},
		{s.client, "PUT", "/v1/sellers/bad/policy", object{"holdoutFraction": 1}, "holdoutFraction"},
		{s.client, "PUT", "/v1/sellers/bad/policy", object{"holdoutFraction": "NaN"}, "holdoutFraction"},
		{s.client, "PUT", "/v1/sellers/bad/policy", object{"maturityDays": -1}, "maturityDays"},
		{s.client, "PUT", "/v1/sellers/bad/policy", object{"channels": []string{"FAX"}}, "channels"},
		{s.client, "PUT", "/v1/sellers/bad/policy", object{"offerIf": "orderLine.colour == 'red'"}, "offerIf"},
		{s.client, "PUT", "/v1/sellers/bad/policy", object{"offerIf": "1 + 1"}, "offerIf"},
		{s.client, "PUT", "/v1/sellers/bad/policy", object{"handlingCost": money("1", "USD"), "expertHourlyWage": money("25", "EUR")}, "expertHourlyWage"},
		{s.client, "PUT", "/v1/sellers/bad/guides/g", object{"markdown": ""}, "markdown"},
		{s.client, "PUT", "/v1/sellers/bad/guides/g", object{"markdown": strings.Repeat("x", 600_000)}, "markdown"},
		{s.client, "POST", "/v1/keys", object{"role": "KING"}, "role"},
		{s.client, "POST", "/v1/keys", object{"role": "EXPERT"}, "expert"},
		{s.client, "GET", "/v1/sessions?state=OPEN", nil, "state"},
		{s.client, "GET", "/v1/sessions?pageSize=-1", nil, "pageSize"},
		{s.client, "GET", "/v1/sessions?pageToken=*", nil, "pageToken"},
		{s.client, "GET", "/v1/sessions?startTime=now", nil, "startTime"},
		{s.client, "GET", "/v1/reports/deflection?groupBy=COLOUR", nil, "groupBy"},
		{s.client, "GET", "/v1/reports/deflection?startDate=2026-02-30", nil, "startDate"},
		{s.client, "GET", "/v1/reports/deflection?confidence=NaN", nil, "confidence"},
		{s.client, "GET", "/v1/sellers/bad/guides/kettle?revision=two", nil, "revision"},
	}
	for _, c := range cases {
		r := c.c.do(c.method, c.path, c.body)
		if r.code != http.StatusBadRequest || !strings.Contains(" "+r.fields(), " "+c.named) {
			t.Errorf("%s %.60s %.150v: %.300s; want 400 that names %s", c.method, c.path, c.body, r, c.named)
		}
	}
	if got := s.do(http.MethodPost, "/v1/returns:record", object{"events": []object{event}}).object(t); number(got, "recorded") != 1 {
		t.Errorf("of a refused list something was recorded: %v", got)
	}
}

// A refund in another currency than the line's is a fact that is kept; it is never added to the others, and the report says so.
func TestCurrenciesAreNeverAddedUp(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		s.sellKettles("mixed", object{"holdoutFraction": 0.0, "maturityDays": 0, "reportingLagDays": 0, "returnShippingCost": money("8.00", "USD")})
		for n, currency := range []string{"USD", "EUR", "JPY"} {
			body := set(intent("mixed", currency, "1", "KETTLE-1"), "orderLine.unitPrice", money("60", currency))
			if r := s.decide(body); r.code != http.StatusOK {
				t.Fatal(r)
			}
			s.must(http.MethodPost, "/v1/returns:record", object{"events": []object{{"eventId": currency, "seller": "mixed", "orderId": currency, "lineId": "1",
				"quantity": 1, "event": "REFUNDED", "eventTime": time.Now().UTC().Add(-time.Minute).Format(time.RFC3339), "refund": money(fmt.Sprint(50+n), "EUR")}}})
		}
		rows := s.rows("seller=mixed")
		if len(rows) != 3 {
			t.Fatalf("%d rows of three currencies: %v", len(rows), rows)
		}
		for n, want := range []string{"EUR", "JPY", "USD"} {
			if text(rows[n], "currencyCode") != want || number(rows[n], "intercepts") != 1 || number(rows[n], "returned", "offered") != 1 {
				t.Errorf("row %d: %v, want one intercept in %s", n, rows[n], want)
			}
			if cost := number(rows[n], "costOfReturn"); cost > 0 {
				t.Errorf("a cost of return, %v, from amounts in two currencies", cost)
			}
			if unknown := strings.Contains(fmt.Sprint(at(rows[n], "notes")), "costs of 1 mature intercepts are unknown"); !unknown {
				t.Errorf("%s: the notes do not say that costs are unknown: %v", want, at(rows[n], "notes")) // freight is in USD, refunds are in EUR
			}
		}
	})
}

// shared finds a folder of the shared data, which is beside the repository where it is present.
func shared(t *testing.T, path string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if found := filepath.Join(dir, "shared", "data", path); exists(found) {
			return found
		}
	}
	t.Skipf("shared/data/%s is not here", path)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// The suite's y_ files are JSON: their shape may be wrong, their syntax is not. Its n_ files are none. Nothing of all that
// breaks the server.
func TestJSONSuite(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "abuse/json_test_suite"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	s := serveSQLite(t)
	counts := map[byte]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		counts[name[0]]++
		r := s.do(http.MethodPost, "/v1/returns:intercept", data)
		if r.code < 400 || r.code >= 500 { // none of them is an intercept
			t.Errorf("%s: %.300s", name, r)
		}
		for _, words := range []string{"too early", ": invalid value ", `"invalid value`, "UTF-8", "syntax"} {
			if name[0] == 'y' && strings.Contains(string(r.body), words) {
				t.Errorf("%s is JSON: %.300s", name, r)
			}
		}
	}
	t.Logf("y %d, n %d, i %d", counts['y'], counts['n'], counts['i'])
}
