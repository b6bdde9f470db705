package e2e_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

// past is a group of imported intercepts that went the same way.
type past struct {
	arm      string
	n        int
	returned int // of n, the first ones
	helped   int // of n, spread evenly over returned and kept
	seconds  int // of one session each
}

// history writes rows of POST /v1/intercepts:import; cost is that of each returned line, if it is given.
func history(seller string, cost object, groups ...past) string {
	created := time.Now().Add(-100 * 24 * time.Hour).UTC().Truncate(time.Second)
	var rows strings.Builder
	encoder := json.NewEncoder(&rows)
	for _, g := range groups {
		for i := range g.n {
			row := object{"orderLine": line(seller, g.arm, fmt.Sprint(i), "KETTLE-1"), "reason": "DEFECTIVE", "arm": g.arm,
				"createTime": created.Format(time.RFC3339), "returned": i < g.returned}
			if (i+1)*g.helped/g.n > i*g.helped/g.n {
				row["engaged"], row["expertSeconds"] = true, g.seconds
			}
			if i < g.returned {
				row["returnTime"] = created.Add(48 * time.Hour).Format(time.RFC3339)
				if cost != nil {
					row["costOfReturn"] = cost
				}
			}
			_ = encoder.Encode(row) // a strings.Builder takes everything
		}
	}
	return rows.String()
}

// importHistory loads rows that must all be taken.
func (c *client) importHistory(rows string, want int) {
	c.t.Helper()
	got := c.must(http.MethodPost, "/v1/intercepts:import", rows, "Content-Type", "application/x-ndjson")
	if int(number(got, "imported")) != want || number(got, "refused") != 0 {
		c.t.Fatalf("imported %v", got)
	}
	again := c.must(http.MethodPost, "/v1/intercepts:import", rows, "Content-Type", "application/x-ndjson")
	if int(number(again, "duplicates")) != want || number(again, "imported") != 0 {
		c.t.Fatalf("imported again %v", again)
	}
}

func TestWorkedExamples(t *testing.T) {
	policy := object{"expertHourlyWage": money("25.00", "USD"), "returnShippingCost": money("8.00", "USD"), "handlingCost": money("2.01", "USD")}
	seventy := object{"expertHourlyWage": money("25.00", "USD")}
	holdout := past{arm: "HOLDOUT", n: 200, returned: 180}
	examples := []struct {
		name    string
		policy  object
		cost    object
		offered past
		want    float64
	}{
		{"ten minutes", policy, nil, past{"OFFERED", 1000, 400, 500, 600}, 65.83},
		{"fifteen minutes", policy, nil, past{"OFFERED", 1000, 400, 500, 900}, 63.75},
		{"a small effect", policy, nil, past{"OFFERED", 1000, 800, 400, 750}, 49.17},
		{"ten minutes, cost given", seventy, money("70.00", "USD"), past{"OFFERED", 1000, 400, 500, 600}, 65.83},
		{"fifteen minutes, cost given", seventy, money("70.00", "USD"), past{"OFFERED", 1000, 400, 500, 900}, 63.75},
		{"a small effect, cost given", seventy, money("70.00", "USD"), past{"OFFERED", 1000, 800, 400, 750}, 49.17},
	}
	eachEngine(t, func(t *testing.T, s *server) {
		for n, e := range examples {
			t.Run(e.name, func(t *testing.T) {
				s, seller := s.in(t), fmt.Sprintf("seller-%d", n)
				s.must(http.MethodPut, "/v1/sellers/"+seller+"/policy", e.policy)
				s.importHistory(history(seller, e.cost, holdout, e.offered), 1200)
				rows := s.rows("seller=" + seller + "&groupBy=SKU")
				if len(rows) != 1 {
					t.Fatalf("rows %v", rows)
				}
				row := rows[0]
				if text(row, "keys", "sku") != "KETTLE-1" || text(row, "currencyCode") != "USD" || number(row, "mature", "offered") != 1000 ||
					number(row, "mature", "holdout") != 200 || number(row, "returned", "offered") != float64(e.offered.returned) || number(row, "returned", "holdout") != 180 {
					t.Errorf("row %v", row)
				}
				shown(t, row, "savingsPerDeflectedReturn", e.want, 0.01)
				shown(t, row, "returnRateAvoided", 0.9-float64(e.offered.returned)/1000, 1e-9)
				shown(t, row, "incrementalDeflections", 900-float64(e.offered.returned), 1e-6)
				shown(t, row, "netSavings", e.want*(900-float64(e.offered.returned)), 0.01*(900-float64(e.offered.returned)))
			})
		}
	})
}

// shown checks a figure of a row: the estimate, and both its intervals around it.
func shown(t *testing.T, row any, figure string, want, within float64) {
	t.Helper()
	got := at(row, figure)
	if math.Abs(number(got, "estimate")-want) > within {
		t.Errorf("%s is %v, want %.4f", figure, got, want)
	}
	for _, bounds := range [][2]string{{"lower", "upper"}, {"alwaysValidLower", "alwaysValidUpper"}} {
		lower, isLower := at(got, bounds[0]).(float64)
		upper, isUpper := at(got, bounds[1]).(float64)
		if !isLower || !isUpper || lower >= want || upper <= want {
			t.Errorf("%s: %s to %s do not hold %.4f: %v", figure, bounds[0], bounds[1], want, got)
		}
	}
}

func TestTooFewReturnsShowNoFigure(t *testing.T) {
	s := serveSQLite(t)
	s.must(http.MethodPut, "/v1/sellers/few/policy", object{"expertHourlyWage": money("25.00", "USD"), "returnShippingCost": money("10.01", "USD")})
	s.importHistory(history("few", nil, past{"HOLDOUT", 40, 36, 0, 0}, past{"OFFERED", 200, 80, 100, 600}), 240)
	row := s.rows("seller=few")[0]
	saved := at(row, "savingsPerDeflectedReturn")
	for _, absent := range []string{"estimate", "lower", "upper", "alwaysValidLower", "alwaysValidUpper"} {
		if v := at(saved, absent); v != nil {
			t.Errorf("%s is %v, want none", absent, v)
		}
	}
	if text(saved, "status") != "not_enough_data" {
		t.Errorf("status of the savings: %v", saved)
	}
	notes := fmt.Sprint(at(row, "notes"))
	for _, needed := range []string{"100 mature holdout intercepts; 40 so far (60 more)", "10 kept holdout intercepts; 4 so far (6 more)"} {
		if !strings.Contains(notes, needed) {
			t.Errorf("notes do not say %q: %s", needed, notes)
		}
	}
	shown(t, row, "returnRateAvoided", 0.5, 1e-9) // 40 and 200 are enough for the rate alone
}
