package deflection

import "math"

// Moments are the sums of one arm at estimation time: in float64, so that adding
// many rows cannot overflow, and with each unit's cost C = K + wage*S/3600 put
// together at its epoch's wage without rounding. Money is in minor units.
type Moments struct {
	N, Y, D, YD, A float64
	C, CC, YC      float64
	YK             float64 // loss of the returned units
	Help           float64 // expert time alone
	Sessions       float64
}

// Moments costs the sums at a wage in minor units per hour.
func (s Sums) Moments(wagePerHour int64) Moments {
	w := float64(wagePerHour) / 3600
	return Moments{
		N: float64(s.N), Y: float64(s.Y), D: float64(s.D), YD: float64(s.YD), A: float64(s.A),
		C:    float64(s.K) + w*float64(s.S),
		CC:   s.KK + 2*w*s.KS + w*w*s.SS,
		YC:   float64(s.YK) + w*float64(s.YS),
		YK:   float64(s.YK),
		Help: w * float64(s.S), Sessions: float64(s.Sessions),
	}
}

// Plus adds the sums of other units, which may have been paid at another wage.
func (m Moments) Plus(o Moments) Moments {
	return Moments{
		N: m.N + o.N, Y: m.Y + o.Y, D: m.D + o.D, YD: m.YD + o.YD, A: m.A + o.A,
		C: m.C + o.C, CC: m.CC + o.CC, YC: m.YC + o.YC, YK: m.YK + o.YK, Help: m.Help + o.Help, Sessions: m.Sessions + o.Sessions,
	}
}

// maxUnits is where float64 would begin to round counts.
const maxUnits = 1e15

// consistent says that the counts can be those of real units.
func (m Moments) consistent() bool {
	return m.N >= 0 && m.N <= maxUnits &&
		m.Y >= 0 && m.Y <= m.N && m.D >= 0 && m.D <= m.N &&
		m.YD >= math.Max(0, m.Y+m.D-m.N) && m.YD <= math.Min(m.Y, m.D) &&
		m.A >= 0 && m.A <= m.N-m.Y
}

// covariance is the n-1 sample covariance of two columns from their sums.
// It needs two units; below that there is none and it is 0.
func covariance(n, x, y, xy float64) float64 {
	if n < 2 {
		return 0
	}
	return (xy - x*y/n) / (n - 1)
}

// variance is covariance of a column with itself; rounding cannot make it negative.
func variance(n, x, xx float64) float64 { return math.Max(0, covariance(n, x, x, xx)) }

func (m Moments) varY() float64  { return variance(m.N, m.Y, m.Y) }
func (m Moments) varD() float64  { return variance(m.N, m.D, m.D) }
func (m Moments) varA() float64  { return variance(m.N, m.A, m.A) }
func (m Moments) varC() float64  { return variance(m.N, m.C, m.CC) }
func (m Moments) covYD() float64 { return covariance(m.N, m.Y, m.D, m.YD) }
func (m Moments) covYC() float64 { return covariance(m.N, m.Y, m.C, m.YC) }

// covYA uses that an attributed unit was not returned, so that no unit has both.
func (m Moments) covYA() float64 { return covariance(m.N, m.Y, m.A, 0) }
