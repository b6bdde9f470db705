package deflection

import (
	"math"
	"testing"
)

func TestProvenRate(t *testing.T) {
	for _, c := range []struct {
		fixed, tried int64
		want         float64
	}{
		{0, 0, 0}, {19, 19, 0}, {20, 20, 0.8389}, {10, 20, 0.2993}, {0, 100, 0}, {500, 1000, 0.4691}, {45, 50, 0.7864},
	} {
		if got := ProvenRate(c.fixed, c.tried); math.Abs(got-c.want) > 5e-5 {
			t.Errorf("%d of %d: %.4f, want %.4f", c.fixed, c.tried, got, c.want)
		}
	}
}
