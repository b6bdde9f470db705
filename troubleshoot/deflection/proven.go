package deflection

// leastTried is how many sessions must have tried a guide before its rate of fixing says anything.
const leastTried = 20

// ProvenRate is the share of sessions that a guide is shown to fix at least: the lower 95% limit (Wilson 1927) of fixed of
// tried, so that few lucky sessions do not beat many good ones. 0 with too few.
func ProvenRate(fixed, tried int64) float64 {
	if tried < leastTried {
		return 0
	}
	lo, _ := wilson(float64(fixed)/float64(tried), float64(tried), quantile(0.95))
	return lo
}
