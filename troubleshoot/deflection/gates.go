package deflection

import (
	"fmt"
	"strings"
)

// gate is what a figure needs before it is shown, in mature units. Below it the
// intervals do not cover what they promise.
type gate struct {
	holdout, offered float64 // units
	each             float64 // returned and also kept units, in each arm
}

var (
	avoidedGate = gate{holdout: 20, offered: 20}
	// engagedGate also guards the incrementality factor, a ratio of the same kind.
	engagedGate = gate{holdout: 50, offered: 50, each: 10}
	// moneyGate is higher in the holdout because costs are skewed.
	moneyGate = gate{holdout: 100, each: 10}
)

// missing names what the counts still lack, in words; "" when the gate is open.
func (g gate) missing(c cell) string {
	h, o := c.holdout, c.offered
	var lacks []string
	for _, need := range []struct {
		what       string
		want, have float64
	}{
		{"mature holdout intercepts", g.holdout, h.N},
		{"mature offered intercepts", g.offered, o.N},
		{"returned holdout intercepts", g.each, h.Y},
		{"kept holdout intercepts", g.each, h.N - h.Y},
		{"returned offered intercepts", g.each, o.Y},
		{"kept offered intercepts", g.each, o.N - o.Y},
	} {
		if need.have < need.want {
			lacks = append(lacks, fmt.Sprintf("%.0f %s; %.0f so far (%.0f more)",
				need.want, need.what, need.have, need.want-need.have))
		}
	}
	return strings.Join(lacks, "; and ")
}
