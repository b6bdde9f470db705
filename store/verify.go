package store

import (
	"fmt"
	"math"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// VerifyRollups recomputes every rollup from facts and names what differs: rows that are wrong, and intercepts whose
// kept contribution is not the fold of their facts. An empty answer is the promise that reports can be believed.
// It reads every intercept, oldest first, and tells progress after each thousand.
func (tx *Tx) VerifyRollups(progress func(intercepts int)) ([]string, error) {
	var wrong []string
	fresh := deltas{}
	count, last := 0, ""
	for {
		page, err := tx.interceptsAfter(last, 1000)
		if err != nil {
			return nil, err
		}
		for _, p := range page {
			facts, err := tx.facts(p.intercept)
			if err != nil {
				return nil, err
			}
			unit := deflection.Fold(facts)
			if unit != p.kept {
				wrong = append(wrong, fmt.Sprintf("intercept %s keeps %+v, its facts say %+v", p.intercept.ID, p.kept, unit))
			}
			fresh.add(keyOf(p.intercept), unit.Sums())
			last = p.intercept.ID
		}
		count += len(page)
		progress(count)
		if len(page) < 1000 {
			break
		}
	}
	kept, err := tx.rollupsUnposted()
	if err != nil {
		return nil, err
	}
	for k := range fresh {
		if _, ok := kept[k]; !ok {
			kept[k] = deflection.Sums{}
		}
	}
	for k, s := range kept {
		if !sameSums(s, fresh[k]) {
			wrong = append(wrong, fmt.Sprintf("rollup %+v keeps %+v, facts say %+v", k, s, fresh[k]))
		}
	}
	return wrong, nil
}

// roundingRest is what may stay of squares beyond 2^53 that were added and taken away again: float64 rounds 1e18, the
// square of ten million dollars in cents, to 128.
const roundingRest = 1 << 16

// sameSums compares exactly, but for the sums of products, which float64 adds up in the order they came. An error of
// theirs that matters shows in the exact sums of their factors too.
func sameSums(a, b deflection.Sums) bool {
	near := func(x, y float64) bool {
		return math.Abs(x-y) <= math.Max(roundingRest, 1e-9*math.Max(math.Abs(x), math.Abs(y)))
	}
	products := near(a.KK, b.KK) && near(a.KS, b.KS) && near(a.SS, b.SS)
	a.KK, a.KS, a.SS, b.KK, b.KS, b.SS = 0, 0, 0, 0, 0, 0
	return products && a == b
}

type foldedIntercept struct {
	intercept troubleshoot.Intercept
	kept      deflection.Unit
}

func (tx *Tx) interceptsAfter(id string, limit int) ([]foldedIntercept, error) {
	rows, err := tx.query(selectIntercept+` WHERE id > $1 ORDER BY id LIMIT $2`, id, limit)
	page, err := collect(rows, err, func(scan func(...any) error) (foldedIntercept, error) {
		i, u, err := scanIntercept(scan)
		return foldedIntercept{i, u}, err
	})
	return page, wrap("read intercepts", err)
}

// rollupsUnposted reads all rollups with corrections added to what they correct; their count of corrections has no fact to
// be compared with and is left out.
func (tx *Tx) rollupsUnposted() (deltas, error) {
	rows, err := tx.query(`SELECT seller, day, sku, reason, epoch, arm, currency, n, y, d, yd, a, late, r, u, k, yk, s, ys, kk, ks, ss,
  sessions, uncosted, corrected FROM rollups`)
	sums := deltas{}
	_, err = collect(rows, err, func(scan func(...any) error) (struct{}, error) {
		var k rollupKey
		var s deflection.Sums
		err := scan(append([]any{&k.seller, &k.day, &k.sku, &k.reason, &k.epoch, &k.arm, &k.currency}, sumTargets(&s)...)...)
		s.Corrected = 0
		sums.add(k, s)
		return struct{}{}, err
	})
	return sums, wrap("read rollups", err)
}

// CheckIntegrity lets the engine check its own files; an empty answer is "ok". PostgreSQL checks pages as it reads them
// and has nothing to say here.
func (tx *Tx) CheckIntegrity() ([]string, error) {
	if tx.dialect != sqlite {
		return nil, nil
	}
	rows, err := tx.query(`PRAGMA integrity_check`)
	lines, err := collect(rows, err, func(scan func(...any) error) (string, error) {
		var line string
		err := scan(&line)
		return line, err
	})
	if len(lines) == 1 && lines[0] == "ok" {
		return nil, wrap("check integrity", err)
	}
	return lines, wrap("check integrity", err)
}
