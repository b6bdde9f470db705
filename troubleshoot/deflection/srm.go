package deflection

import (
	"fmt"
	"math"
	"strconv"
)

const (
	srmConcentration = 1000  // Dirichlet prior around the planned share
	srmAlarmE        = 100   // the sequential alarm: at most 1% false alarms, for ever
	srmAlarmP        = 0.001 // the one-off check
	minShare         = 1e-6  // planned shares closer to 0 or 1 have no comparison
)

// SampleRatio says whether the arms have the sizes that were planned, from all
// assigned intercepts. Each epoch is checked on its own.
//
// Blocking uses the sequential check alone, which may be looked at every day: the
// one-off alarm, looked at every day, is false in 1 of 50 sound epochs. PValue is
// that one-off chi-square, to be shown: the smallest of the epochs times their
// number. Both are nil when no epoch has a planned share and an intercept.
type SampleRatio struct {
	PValue  *float64
	LogE    *float64 // natural log of the largest e-value of the epochs
	Warning string   // set when either check alarms
	Blocked bool     // the sequential check alarmed: effects are withheld
}

// srmChiSquare is Pearson's one-off check with one degree of freedom.
func srmChiSquare(n0, n1, share float64) (chi2, p float64) {
	n := n0 + n1
	d := n0 - n*share
	chi2 = d * d / (n * share * (1 - share))
	return chi2, math.Erfc(math.Sqrt(chi2 / 2))
}

// srmLogE is the log e-value of counts against planned shares theta, with a
// Dirichlet prior alpha (Lindon & Malek 2022), for any number of arms.
func srmLogE(counts, theta, alpha []float64) float64 {
	var logE, n, sum float64
	for i, c := range counts {
		logE += lgamma(alpha[i]+c) - lgamma(alpha[i]) - c*math.Log(theta[i])
		n += c
		sum += alpha[i]
	}
	return logE + lgamma(sum) - lgamma(sum+n)
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// sampleRatio checks every epoch that has a planned share.
func sampleRatio(epochs []epoch) SampleRatio {
	var out SampleRatio
	smallestP, largestE, checked := 1.0, math.Inf(-1), 0
	var worst epoch
	for _, e := range epochs {
		n0, n1, s := float64(e.assignedHoldout), float64(e.assignedOffered), e.share
		if n0+n1 == 0 || !e.comparable() {
			continue
		}
		checked++
		_, p := srmChiSquare(n0, n1, s)
		smallestP = math.Min(smallestP, p)
		logE := srmLogE([]float64{n0, n1}, []float64{s, 1 - s}, []float64{srmConcentration * s, srmConcentration * (1 - s)})
		if logE > largestE {
			largestE, worst = logE, e
		}
	}
	if checked == 0 {
		return out
	}
	p := math.Min(1, smallestP*float64(checked))
	out.PValue, out.LogE = &p, &largestE
	out.Blocked = largestE >= math.Log(srmAlarmE)
	switch {
	case out.Blocked:
		out.Warning = worst.outOfProportion() + "; effects are withheld until the cause is found"
	case p < srmAlarmP:
		out.Warning = worst.outOfProportion() + fmt.Sprintf(" (p = %.2g in one look); effects stay until the check for daily looks alarms too", p)
	}
	return out
}

func (e epoch) outOfProportion() string {
	n := float64(e.assignedHoldout) + float64(e.assignedOffered)
	return fmt.Sprintf("the arms of epoch %s are out of proportion: %d of %.0f intercepts in the holdout, %s planned",
		e.label, e.assignedHoldout, n, strconv.FormatFloat(math.Round(n*e.share*10)/10, 'f', -1, 64))
}
