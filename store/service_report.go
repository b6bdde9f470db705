package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// Keys of the service's sums beside BySeller, BySKU and ByDay.
const (
	ByExpert  GroupKey = "expert"
	ByChannel GroupKey = "channel"
)

// ServiceFilter picks sessions by the day on which they began, and experts' time by the day of their work.
type ServiceFilter struct {
	Seller   string // "" is all
	From, To int64  // days since 1970-01-01, both included
	GroupBy  []GroupKey
}

func (f ServiceFilter) by(key GroupKey) bool { return slices.Contains(f.GroupBy, key) }

// staffed tells whether the time that experts were on can be told apart by the keys of the filter: it is kept by expert and day,
// whatever the experts did then.
func (f ServiceFilter) staffed() bool { return !f.by(BySKU) && !f.by(ByChannel) }

// ServiceCell is the sums of one group; Keys are in the order of GroupBy, a channel by its stored number.
type ServiceCell struct {
	Keys []string
	Team string // with ByExpert: whose team the expert is of
	Sums deflection.ServiceSums
	// Closed sessions of experts whose own time the group does not hold: those of the pool, which is not one seller's.
	Borrowed int64
}

// Service adds up the sums of the service, never sessions, and what the clock makes at now of contacts without a reply. With BySKU
// or ByChannel the experts' time is left out.
func (tx *Tx) Service(f ServiceFilter, now time.Time) ([]ServiceCell, error) {
	cells, err := tx.serviceSums(f)
	if err != nil {
		return nil, err
	}
	if len(cells) <= maxCells {
		if cells, err = tx.addPending(f, cells, now); err != nil {
			return nil, err
		}
	}
	if len(cells) > maxCells {
		return nil, troubleshoot.Invalid("groupBy", "makes more than %d groups; group by less, or take a shorter time or one seller", maxCells)
	}
	cells = slices.DeleteFunc(cells, func(c ServiceCell) bool { return c.Sums == (deflection.ServiceSums{}) })
	slices.SortFunc(cells, ServiceCell.compare)
	return cells, nil
}

func (c ServiceCell) compare(o ServiceCell) int {
	return cmp.Or(slices.Compare(c.Keys, o.Keys), cmp.Compare(c.Team, o.Team))
}

// query adds up a filter's rows. The pool's own time, which is no seller's, is not shown as that of a seller without a name.
func (f ServiceFilter) query() (string, error) {
	columns := ""
	for _, key := range f.GroupBy {
		switch key {
		case ByExpert:
			columns += "expert, expert_seller, "
		case BySeller, BySKU, ByDay, ByChannel:
			columns += string(key) + ", "
		default:
			return "", fmt.Errorf("the service has no key %q", key)
		}
	}
	where := "day >= $1 AND day <= $2"
	if f.Seller != "" {
		where += " AND seller = $4"
	} else if f.by(BySeller) {
		where += " AND seller <> ''"
	}
	group := strings.TrimSuffix(columns, ", ")
	if group != "" {
		group = " GROUP BY " + group
	}
	return `SELECT ` + columns + `SUM(CASE WHEN expert <> '' AND expert_seller <> seller THEN closed ELSE 0 END)` + sumsOfService + `
FROM service_rollups WHERE ` + where + group + ` HAVING COUNT(*) > 0 LIMIT $3`, nil
}

func (tx *Tx) serviceSums(f ServiceFilter) ([]ServiceCell, error) {
	query, err := f.query()
	if err != nil {
		return nil, err
	}
	args := []any{f.From, f.To, maxCells + 1}
	if f.Seller != "" {
		args = append(args, f.Seller)
	}
	rows, err := tx.query(query, args...)
	cells, err := collect(rows, err, func(scan func(...any) error) (ServiceCell, error) {
		c := ServiceCell{Keys: make([]string, len(f.GroupBy))}
		var targets []any
		for n, by := range f.GroupBy {
			if targets = append(targets, &c.Keys[n]); by == ByExpert {
				targets = append(targets, &c.Team)
			}
		}
		err := scan(append(append(targets, &c.Borrowed), serviceTargets(&c.Sums)...)...)
		if !f.staffed() {
			c.Sums.StaffedSeconds, c.Sums.BusySeconds, c.Sums.ChattedSeconds = 0, 0, 0
		}
		if f.Seller == "" && !f.by(BySeller) {
			c.Borrowed = 0 // the pool's time is among the rest
		}
		for n, by := range f.GroupBy {
			c.Keys[n] = groupName(by, c.Keys[n])
		}
		return c, err
	})
	return cells, wrap("add up the service", err)
}

// Sessions that may be contacts without a reply: those that are open, by the indexes of the queue and of hands, and those that
// ended within a day of being asked for.
const (
	pendingQueue  = `state = 1 AND ($1 = '' OR seller = $1) LIMIT $2`
	pendingInHand = `state IN (2, 3) AND expert <> '' AND expert_seller >= '' AND ($1 = '' OR CAST(seller AS TEXT) = $1) LIMIT $2`
	pendingClosed = `state = 4 AND channel <> 1 AND reply_time = 0 AND queue_time >= $3 AND ($1 = '' OR CAST(seller AS TEXT) = $1) LIMIT $2`
)

// addPending adds what the clock makes of contacts without a reply to their groups.
func (tx *Tx) addPending(f ServiceFilter, cells []ServiceCell, now time.Time) ([]ServiceCell, error) {
	at := map[string]int{}
	for n, c := range cells {
		at[c.key()] = n
	}
	zones := map[string]*time.Location{}
	for _, read := range []struct {
		where string
		args  []any
	}{
		{pendingQueue, []any{f.Seller, maxCells + 1}}, {pendingInHand, []any{f.Seller, maxCells + 1}},
		{pendingClosed, []any{f.Seller, maxCells + 1, micros(now.Add(-deflection.ContactTime))}},
	} {
		sessions, err := tx.soldSessions(read.where, read.args...)
		if err != nil {
			return nil, err
		}
		if len(sessions) > maxCells {
			return nil, troubleshoot.Invalid("seller", "more than %d contacts wait for a reply; take one seller", maxCells)
		}
		for _, s := range sessions {
			if zones[s.Seller] == nil {
				if zones[s.Seller], err = tx.zone(s.Seller); err != nil {
					return nil, err
				}
			}
			k := serviceKeyOf(s.Session, s.sku, zones[s.Seller])
			if k.day < f.From || k.day > f.To {
				continue
			}
			c := f.cellOf(k)
			n, known := at[c.key()]
			if !known {
				n = len(cells)
				at[c.key()], cells = n, append(cells, c)
			}
			cells[n].Sums = cells[n].Sums.Plus(deflection.FoldPending(s.Session, now))
		}
	}
	return cells, nil
}

// cellOf gives the empty group of a key.
func (f ServiceFilter) cellOf(k serviceKey) ServiceCell {
	var c ServiceCell
	for _, by := range f.GroupBy {
		key := map[GroupKey]string{BySeller: k.seller, BySKU: k.sku, ByDay: itoa(int(k.day)), ByExpert: k.expert.Name, ByChannel: itoa(int(k.channel))}[by]
		if c.Keys = append(c.Keys, groupName(by, key)); by == ByExpert {
			c.Team = k.expert.Seller
		}
	}
	return c
}

func (c ServiceCell) key() string { return strings.Join(c.Keys, "\x1f") + "\x1e" + c.Team }
