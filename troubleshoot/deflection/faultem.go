package deflection

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// trial is what some sessions found out: which steps were tried, in whatever order,
// and which one mended the fault; -1 where none did.
type trial struct {
	tried  []int
	solved int
	count  float64
}

// Bounds of faultEM.
const (
	emPrecision = 1e-12    // of every p
	emRounds    = 10_000   //
	emWork      = 50 << 20 // additions: a long guide of which everybody tried something else gets fewer rounds
)

// unsolved is trials that failed alike: none of the tried steps mended the fault, so
// it is one that another step mends, or none.
type unsolved struct {
	tried, untried []int // untried ends with the cause "other"
	count          float64
}

// faultEM infers p where orders are mixed or paths are partial: the mode of the
// posterior with the Dirichlet prior alpha, one for each step and the last for "no
// step mends it", by expectation and maximisation (Dempster, Laird & Rubin 1977).
// Who tried what must have nothing to do with the fault. alpha must be above 1.
func faultEM(trials []trial, alpha []float64) fixing {
	causes := len(alpha)
	known, open := make([]float64, causes), groupUnsolved(trials, causes)
	for _, t := range trials {
		if t.solved >= 0 {
			known[t.solved] += t.count
		}
	}
	work := causes
	for _, u := range open {
		work += len(u.untried)
	}
	p := make([]float64, causes)
	for j := range p {
		p[j] = 1 / float64(causes)
	}
	expected := make([]float64, causes)
	for range min(emRounds, emWork/work) {
		copy(expected, known)
		for _, u := range open {
			share := u.count / total(p, u.untried)
			for _, j := range u.untried {
				expected[j] += share * p[j]
			}
		}
		if maximise(p, expected, alpha) < emPrecision {
			break
		}
	}
	n := causes - 1
	return fixing{p: p[:n:n], other: p[n], covariance: information(p, known, alpha, open)}
}

// maximise sets p to what the expected counts say, and gives the largest change.
func maximise(p, expected, alpha []float64) (change float64) {
	sum := 0.0
	for j := range p {
		sum += alpha[j] - 1 + expected[j]
	}
	for j := range p {
		next := (alpha[j] - 1 + expected[j]) / sum
		change = max(change, math.Abs(next-p[j]))
		p[j] = next
	}
	return change
}

// groupUnsolved adds up trials that failed with the same steps. Nothing tried tells nothing.
func groupUnsolved(trials []trial, causes int) []unsolved {
	var all []unsolved
	at := map[string]int{}
	for _, t := range trials {
		if t.solved >= 0 || len(t.tried) == 0 {
			continue
		}
		key := make([]byte, causes)
		for _, j := range t.tried {
			key[j] = 1
		}
		n, seen := at[string(key)]
		if !seen {
			n = len(all)
			at[string(key)] = n
			u := unsolved{}
			for j, tried := range key {
				if tried == 1 {
					u.tried = append(u.tried, j)
				} else {
					u.untried = append(u.untried, j)
				}
			}
			all = append(all, u)
		}
		all[n].count += t.count
	}
	return all
}

func total(p []float64, of []int) (sum float64) {
	for _, j := range of {
		sum += p[j]
	}
	return sum
}

// information inverts the observed information at the mode (Louis 1982, JRSS B
// 44:226-233), which counts what unsolved sessions leave open: the covariance of the
// steps' p. It is nil where rounding leaves nothing to invert.
func information(p, known, alpha []float64, open []unsolved) *mat.SymDense {
	n := len(p) - 1
	if n == 0 {
		return mat.NewSymDense(1, nil)
	}
	m := mat.NewSymDense(n, nil)
	rest := (known[n] + alpha[n] - 1) / (p[n] * p[n])
	for i := range n {
		for j := i; j < n; j++ {
			m.SetSym(i, j, rest)
		}
		m.SetSym(i, i, rest+(known[i]+alpha[i]-1)/(p[i]*p[i]))
	}
	for _, u := range open {
		left := total(p, u.untried)
		w := u.count / (left * left)
		for k, i := range u.tried {
			for _, j := range u.tried[k:] {
				m.SetSym(i, j, m.At(i, j)+w)
			}
		}
	}
	var factor mat.Cholesky
	covariance := mat.NewSymDense(n, nil)
	if !factor.Factorize(m) || factor.InverseTo(covariance) != nil || slices.ContainsFunc(covariance.RawSymmetric().Data, math.IsNaN) {
		return nil
	}
	return covariance
}
