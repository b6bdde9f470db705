package store

import (
	"cmp"
	"maps"
	"slices"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// rollupKey names one row of rollups. posted is 0, or the day on which a correction came after maturity.
type rollupKey struct {
	seller      string
	day         int64
	sku, reason string
	epoch       int64
	arm         troubleshoot.Arm
	currency    string
	posted      int64
}

func (k rollupKey) compare(o rollupKey) int {
	return cmp.Or(cmp.Compare(k.seller, o.seller), cmp.Compare(k.day, o.day), cmp.Compare(k.sku, o.sku), cmp.Compare(k.reason, o.reason),
		cmp.Compare(k.epoch, o.epoch), cmp.Compare(k.arm, o.arm), cmp.Compare(k.currency, o.currency), cmp.Compare(k.posted, o.posted))
}

// deltas are what a transaction, or a group of them, adds to the rollups. They are written once, at its end.
type deltas map[rollupKey]deflection.Sums

func (d deltas) add(k rollupKey, s deflection.Sums) { d[k] = d[k].Plus(s) }

func (d deltas) merge(o deltas) {
	for k, s := range o {
		d.add(k, s)
	}
}

const addToRollup = `INSERT INTO rollups (seller, day, sku, reason, epoch, arm, currency, posted,
  n, y, d, yd, a, late, r, u, k, yk, s, ys, kk, ks, ss, sessions, uncosted, corrected)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
ON CONFLICT (seller, day, sku, reason, epoch, arm, currency, posted) DO UPDATE SET
  n = rollups.n + excluded.n, y = rollups.y + excluded.y, d = rollups.d + excluded.d, yd = rollups.yd + excluded.yd,
  a = rollups.a + excluded.a, late = rollups.late + excluded.late, r = rollups.r + excluded.r, u = rollups.u + excluded.u,
  k = rollups.k + excluded.k, yk = rollups.yk + excluded.yk, s = rollups.s + excluded.s,
  ys = rollups.ys + excluded.ys, kk = rollups.kk + excluded.kk, ks = rollups.ks + excluded.ks,
  ss = rollups.ss + excluded.ss, sessions = rollups.sessions + excluded.sessions, uncosted = rollups.uncosted + excluded.uncosted,
  corrected = rollups.corrected + excluded.corrected`

// countInRollup adds what a new intercept adds, its count and its units, with a third of the columns of addToRollup.
const countInRollup = `INSERT INTO rollups (seller, day, sku, reason, epoch, arm, currency, posted, n, u,
  y, d, yd, a, late, r, k, yk, s, ys, kk, ks, ss, sessions, uncosted, corrected)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
ON CONFLICT (seller, day, sku, reason, epoch, arm, currency, posted) DO UPDATE SET n = rollups.n + excluded.n, u = rollups.u + excluded.u`

// flush writes the deltas in key order, so that transactions which write the same rows cannot deadlock.
func (d deltas) flush(c conn) error {
	for _, k := range slices.SortedFunc(maps.Keys(d), rollupKey.compare) {
		s := d[k]
		if s == (deflection.Sums{}) {
			continue
		}
		if s == (deflection.Sums{N: s.N, U: s.U}) {
			if _, err := c.exec(countInRollup, k.seller, k.day, k.sku, k.reason, k.epoch, k.arm, k.currency, k.posted, s.N, s.U); err != nil {
				return wrap("count in rollup", err)
			}
			continue
		}
		if _, err := c.exec(addToRollup, k.seller, k.day, k.sku, k.reason, k.epoch, k.arm, k.currency, k.posted,
			s.N, s.Y, s.D, s.YD, s.A, s.Late, s.R, s.U, s.K, s.YK, s.S, s.YS, s.KK, s.KS, s.SS,
			s.Sessions, s.Uncosted, s.Corrected); err != nil {
			return wrap("add to rollup", err)
		}
	}
	return nil
}

// sumTargets are scan targets for the columns of a rollup in the order of addToRollup.
func sumTargets(s *deflection.Sums) []any {
	return []any{&s.N, &s.Y, &s.D, &s.YD, &s.A, &s.Late, &s.R, &s.U, &s.K, &s.YK, &s.S, &s.YS, &s.KK, &s.KS, &s.SS,
		&s.Sessions, &s.Uncosted, &s.Corrected}
}
