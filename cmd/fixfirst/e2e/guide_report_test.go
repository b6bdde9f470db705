package e2e_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// lampGuide has three steps, of which the last one helps most.
const lampGuide = `---
title: My lamp stays dark
skus: [LAMP*]
minutes: 3
---

# My lamp stays dark

## Try another wall socket

Plug something else in.

## Turn the bulb

Turn it tight.

## Change the bulb

Take one that works.
`

// sayHowItWent lets one shopper go through the first steps of the guide, a minute for each; the last of them has the result.
func (c *client) sayHowItWent(seller, sku, reason string, n int, steps []string, result string) error {
	body := intent(seller, fmt.Sprint("order-", n), "1", sku)
	body["reason"] = reason
	decided := c.decide(body)
	i := object{}
	if decided.code == http.StatusOK {
		i = decided.object(c.t)
	}
	shopper := c.as(text(i, "shopperToken"))
	created := shopper.do(http.MethodPost, "/v1/"+text(i, "name")+"/sessions", object{"channel": "GUIDE"})
	if created.code != http.StatusOK {
		return fmt.Errorf("%s, then %s", decided, created)
	}
	session := text(created.object(c.t), "name")
	for at, step := range steps {
		record := object{"guide": "lamp", "revision": 1, "step": step, "result": "NOT_FIXED", "elapsed": "60s"}
		if at == len(steps)-1 {
			record["result"] = result
		}
		if r := shopper.do(http.MethodPost, "/v1/"+session+":recordStep", record); r.code != http.StatusOK {
			return fmt.Errorf("%s", r)
		}
	}
	return nil
}

func TestGuideReport(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		s = &server{client: s.in(t)}
		s.must(http.MethodPut, "/v1/sellers/lights/policy", object{"holdoutFraction": 0.0})
		var steps []string
		for _, step := range s.must(http.MethodPut, "/v1/sellers/lights/guides/lamp", object{"markdown": lampGuide, "publish": true})["steps"].([]any) {
			steps = append(steps, text(step, "step"))
		}
		if empty := s.must(http.MethodGet, "/v1/reports/guides?seller=lights", nil); empty["rows"] != nil && len(empty["rows"].([]any)) != 0 {
			t.Errorf("before there were sessions: %v", empty)
		}
		type shopper struct {
			steps  int
			result string
		}
		shoppers := slices.Concat(slices.Repeat([]shopper{{1, "FIXED"}}, 14), slices.Repeat([]shopper{{2, "FIXED"}}, 10), slices.Repeat([]shopper{{3, "FIXED"}}, 26),
			slices.Repeat([]shopper{{3, "NOT_FIXED"}}, 6), slices.Repeat([]shopper{{1, "NOT_FIXED"}}, 4))
		inParallel(t, 16, len(shoppers), func(n int) error {
			return s.sayHowItWent("lights", []string{"LAMP-1", "LAMP-2"}[n%2], "DEFECTIVE", n, steps[:shoppers[n].steps], shoppers[n].result)
		})
		report := s.must(http.MethodGet, "/v1/reports/guides?seller=lights&guide=lamp&unresolvedMinutes=100", nil)
		rows, _ := report["rows"].([]any)
		if len(rows) != 1 {
			t.Fatalf("report %v", report)
		}
		checkLamp(t, rows[0], steps)
		checkLampCSV(t, s.client, steps)
		half := s.must(http.MethodGet, "/v1/reports/guides?seller=lights&sku=LAMP-1&reason=cr-defective", nil)["rows"].([]any)[0]
		if number(half, "sessions") != 30 || text(half, "method") != "shrunk" || !strings.Contains(fmt.Sprint(at(half, "notes")), "drawn towards those of all SKUs and reasons (60 sessions)") {
			t.Errorf("of one SKU: %v", half)
		}
		refuseGuideReports(t, s.client)
	})
}

// checkLamp recomputes a row from the counts of TestGuideReport.
func checkLamp(t *testing.T, row any, steps []string) {
	t.Helper()
	close := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	if number(row, "sessions") != 60 || number(row, "solved") != 50 || text(row, "method") != "fixed_order" || at(row, "exact") != true || number(row, "stopAfter") != 3 {
		t.Errorf("row %v", row)
	}
	left, p := 1.0, []float64{}
	for n, want := range []struct{ reached, fixed, dropped, place float64 }{{60, 14, 4, 2}, {42, 10, 0, 3}, {32, 26, 0, 1}} {
		step := at(row, "steps").([]any)[n]
		h := (want.fixed + 1) / (want.reached + 2)
		p = append(p, h*left)
		left -= p[n]
		if text(step, "step") != steps[n] || number(step, "reached") != want.reached || number(step, "tried") != want.reached || number(step, "fixed") != want.fixed ||
			number(step, "dropped") != want.dropped || number(step, "place") != want.place || number(step, "medianSeconds") != 60 || text(step, "costBasis") != "median" {
			t.Errorf("step %v, want %+v", step, want)
		}
		close("hazard", number(step, "hazard", "estimate"), h)
		close("fix probability", number(step, "fixProbability", "estimate"), p[n])
		for _, figure := range []string{"hazard", "fixProbability"} {
			if got := at(step, figure); number(got, "lower") >= number(got, "estimate") || number(got, "upper") <= number(got, "estimate") {
				t.Errorf("%s of %s is %v", figure, steps[n], got)
			}
		}
	}
	close("unfixable", number(row, "unfixable"), left)
	today, least := 60*(1+(1-p[0])+(1-p[0]-p[1])), 60*(1+(1-p[2])+(1-p[2]-p[0]))
	close("today", number(row, "today", "expectedSeconds"), today)
	close("least cost", number(row, "leastCost", "expectedSeconds"), least)
	close("saving", number(row, "savingSeconds", "estimate"), today-least)
	if got, want := fmt.Sprint(at(row, "leastCost", "steps")), fmt.Sprint([]string{steps[2], steps[0], steps[1]}); got != want {
		t.Errorf("order of least cost %s, want %s", got, want)
	}
}

func checkLampCSV(t *testing.T, c *client, steps []string) {
	t.Helper()
	r := c.do(http.MethodGet, "/v1/reports/guides?seller=lights", nil, "Accept", "text/csv")
	lines, err := csv.NewReader(strings.NewReader(string(r.body))).ReadAll()
	if err != nil || len(lines) != 1+len(steps) {
		t.Fatalf("CSV %s, %v", r, err)
	}
	for n, step := range steps {
		for column, want := range map[string]string{"guide": "lamp", "sessions": "60", "steps.step": step, "steps.reached": []string{"60", "42", "32"}[n], "steps.place": []string{"2", "3", "1"}[n]} {
			if at := slices.Index(lines[0], column); at < 0 || lines[n+1][at] != want {
				t.Errorf("line %d has no %s %q: %v", n+1, column, want, lines[n+1])
			}
		}
	}
}

// refuseGuideReports asks for what cannot be meant, or is not there, or is not the caller's.
func refuseGuideReports(t *testing.T, c *client) {
	t.Helper()
	for query, want := range map[string]struct {
		code  int
		field string
	}{
		"colour=red": {400, "colour"}, "startDate=2026-02-31": {400, "startDate"}, "endDate=tomorrow": {400, "endDate"}, "startDate=2026-03-02&endDate=2026-03-01": {400, "endDate"},
		"startDate=2020-01-01": {400, "startDate"}, "reason=BROKEN": {400, "reason"}, "confidence=1": {400, "confidence"}, "unresolvedMinutes=-1": {400, "unresolvedMinutes"},
		"seller=lights&guide=none": {404, ""}, "seller=nobody": {404, ""},
	} {
		if r := c.do(http.MethodGet, "/v1/reports/guides?"+query, nil); r.code != want.code || !strings.Contains(r.fields(), want.field) {
			t.Errorf("%s: %s, want %+v", query, r, want)
		}
	}
	c.must(http.MethodPut, "/v1/sellers/other", object{"displayName": "Other"})
	other := c.as(c.newKey(object{"role": "ANALYST", "seller": "other"}))
	if r := other.do(http.MethodGet, "/v1/reports/guides?seller=lights", nil); r.code != http.StatusNotFound {
		t.Errorf("another seller's analyst: %s", r)
	}
	if own := other.must(http.MethodGet, "/v1/reports/guides", nil); strings.Contains(fmt.Sprint(own), "lamp") {
		t.Errorf("another seller's analyst sees %v", own)
	}
}
