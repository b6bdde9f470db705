package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// GroupKey is a column that a report makes rows for.
type GroupKey string

// Keys that rollups can be grouped by.
const (
	BySeller GroupKey = "seller"
	BySKU    GroupKey = "sku"
	ByReason GroupKey = "reason"
	ByDay    GroupKey = "day"
	ByArm    GroupKey = "arm"
)

// maxCells bounds what a report adds up to: its groups, times their epochs, arms and maturity.
const maxCells = 200_000

// DeflectionFilter picks the intercepts of a report.
type DeflectionFilter struct {
	Seller   string // "" is all
	From, To int64  // days since 1970-01-01, both included
	GroupBy  []GroupKey
}

// DeflectionCell is the sums of one group, epoch, arm and maturity; Keys are in the order of GroupBy.
type DeflectionCell struct {
	Keys     []string
	Currency string
	Epoch    troubleshoot.Epoch
	Arm      troubleshoot.Arm
	Mature   bool
	Sums     deflection.Sums
}

// Deflection adds up rollups, never facts. An intercept is mature from its mature day in its seller's time zone.
func (tx *Tx) Deflection(f DeflectionFilter, now time.Time) ([]DeflectionCell, error) {
	rows, err := tx.query(`SELECT DISTINCT time_zone FROM sellers WHERE $1 = '' OR seller = $1 ORDER BY time_zone`, f.Seller)
	zones, err := collect(rows, err, func(scan func(...any) error) (string, error) {
		var zone string
		err := scan(&zone)
		return zone, err
	})
	if err != nil {
		return nil, wrap("read time zones", err)
	}
	epochs := map[epochKey]troubleshoot.Epoch{}
	var cells []DeflectionCell
	for _, zone := range zones {
		today := troubleshoot.DayOf(now, Zone(troubleshoot.Seller{TimeZone: zone}))
		more, err := tx.deflectionOfZone(f, zone, today)
		if err != nil {
			return nil, err
		}
		if cells = append(cells, more...); len(cells) > maxCells {
			return nil, troubleshoot.Invalid("groupBy", "makes more than %d sums (groups by epoch, arm and maturity); group by less, or take a shorter time or one seller", maxCells)
		}
	}
	for n := range cells {
		c := &cells[n]
		key := epochKey{c.Epoch.Seller, c.Epoch.Number}
		if _, ok := epochs[key]; !ok {
			if epochs[key], err = tx.Epoch(key.seller, key.number); err != nil {
				return nil, err
			}
		}
		c.Epoch = epochs[key]
	}
	return cells, nil
}

type epochKey struct {
	seller string
	number int64
}

// deflectionOfZone adds up the rollups of the sellers in one time zone. posted corrections count from the day they came.
func (tx *Tx) deflectionOfZone(f DeflectionFilter, zone string, today int64) ([]DeflectionCell, error) {
	groups, err := groupColumns(f.GroupBy)
	if err != nil {
		return nil, err
	}
	rows, err := tx.query(fmt.Sprintf(`SELECT %[1]s r.seller, r.epoch, r.arm, r.currency,
  r.day + e.horizon_days + e.lag_days <= $1 AS mature,
  SUM(r.n), SUM(r.y), SUM(r.d), SUM(r.yd), SUM(r.a), SUM(r.late), SUM(r.r), SUM(r.u), SUM(r.k), SUM(r.yk), SUM(r.s),
  SUM(r.ys), SUM(r.kk), SUM(r.ks), SUM(r.ss), SUM(r.sessions), SUM(r.uncosted), SUM(r.corrected)
FROM sellers z JOIN rollups r ON r.seller = z.seller JOIN epochs e ON e.seller = r.seller AND e.epoch = r.epoch
WHERE z.time_zone = $2 AND ($3 = '' OR z.seller = $3) AND r.day >= $4 AND r.day <= $5 AND r.posted <= $1
GROUP BY %[1]s r.seller, r.epoch, r.arm, r.currency, mature
ORDER BY %[1]s r.currency, r.seller, r.epoch, r.arm, mature LIMIT $6`, groups), today, zone, f.Seller, f.From, f.To, maxCells+1)
	cells, err := collect(rows, err, func(scan func(...any) error) (DeflectionCell, error) {
		c := DeflectionCell{Keys: make([]string, len(f.GroupBy))}
		keys := make([]any, len(f.GroupBy))
		for n := range keys {
			keys[n] = &c.Keys[n]
		}
		head := append(keys, &c.Epoch.Seller, &c.Epoch.Number, &c.Arm, &c.Currency, &c.Mature)
		err := scan(append(head, sumTargets(&c.Sums)...)...)
		for n, by := range f.GroupBy {
			c.Keys[n] = groupName(by, c.Keys[n])
		}
		return c, err
	})
	return cells, wrap("add up rollups", err)
}

// groupColumns writes the columns to group by, each once, from the closed set of keys.
func groupColumns(by []GroupKey) (string, error) {
	var b strings.Builder
	for _, key := range by {
		switch key {
		case BySeller, BySKU, ByReason, ByDay, ByArm:
			b.WriteString("r." + string(key) + ", ")
		default:
			return "", fmt.Errorf("rollups have no key %q", key)
		}
	}
	return b.String(), nil
}

// groupName writes a stored key as the API shows it.
func groupName(by GroupKey, stored string) string {
	switch by {
	case ByDay:
		if day, err := strconv.ParseInt(stored, 10, 64); err == nil {
			return time.Unix(day*86400, 0).UTC().Format(time.DateOnly)
		}
	case ByArm:
		if arm, err := strconv.ParseInt(stored, 10, 8); err == nil {
			return troubleshoot.Arm(arm).String()
		}
	}
	return stored
}
