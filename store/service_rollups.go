package store

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// serviceKey names one row of service_rollups.
type serviceKey struct {
	seller  string
	day     int64
	sku     string
	channel troubleshoot.Channel
	expert  troubleshoot.ExpertID
}

func (k serviceKey) compare(o serviceKey) int {
	return cmp.Or(cmp.Compare(k.seller, o.seller), cmp.Compare(k.day, o.day), cmp.Compare(k.sku, o.sku), cmp.Compare(k.channel, o.channel),
		cmp.Compare(k.expert.Seller, o.expert.Seller), cmp.Compare(k.expert.Name, o.expert.Name))
}

// serviceDeltas are what a transaction, or a group of them, adds to the sums of the service.
type serviceDeltas map[serviceKey]deflection.ServiceSums

func (d serviceDeltas) add(k serviceKey, s deflection.ServiceSums) { d[k] = d[k].Plus(s) }

func (d serviceDeltas) merge(o serviceDeltas) {
	for k, s := range o {
		d.add(k, s)
	}
}

// serviceColumns are the columns of the sums in the order of ServiceSums.Stored.
var serviceColumns = [...]string{"offered", "answered", "answered60", "abandoned", "abandoned60", "abandoned_in_chat", "no_show", "wait_seconds",
	"asked", "yes", "no", "superseded", "on_time", "late", "closed", "chat_seconds", "wrap_up_seconds", "effort_seconds", "handle_seconds",
	"staffed_seconds", "busy_seconds", "chatted_seconds", "reviews", "review_points", "review_fails",
	"w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "w9", "w10", "w11", "score1", "score2", "score3", "score4", "score5"}

var addToService = func() string {
	columns, values, sums := "", "", ""
	for n, c := range serviceColumns {
		columns += ", " + c
		values += ", $" + itoa(n+7)
		if n > 0 {
			sums += ", "
		}
		sums += c + " = service_rollups." + c + " + excluded." + c
	}
	return `INSERT INTO service_rollups (seller, day, sku, channel, expert_seller, expert` + columns + `) VALUES ($1, $2, $3, $4, $5, $6` + values +
		`) ON CONFLICT (seller, day, sku, channel, expert_seller, expert) DO UPDATE SET ` + sums
}()

// flush writes the deltas in key order, as those of the rollups.
func (d serviceDeltas) flush(c conn) error {
	for _, k := range slices.SortedFunc(maps.Keys(d), serviceKey.compare) {
		s := d[k]
		if s == (deflection.ServiceSums{}) {
			continue
		}
		args := []any{k.seller, k.day, k.sku, k.channel, k.expert.Seller, k.expert.Name}
		for _, v := range s.Stored() {
			args = append(args, *v)
		}
		if _, err := c.exec(addToService, args...); err != nil {
			return wrap("add to service rollup", err)
		}
	}
	return nil
}

// countService adds what a session's change makes of the service.
func (tx *Tx) countService(c Change, sku string) error {
	zone, err := tx.zone(c.After.Seller)
	if err != nil {
		return err
	}
	if c.Before.ID != "" {
		tx.service.add(serviceKeyOf(c.Before, sku, zone), deflection.ServiceSums{}.Minus(deflection.FoldService(c.Before)))
	}
	tx.service.add(serviceKeyOf(c.After, sku, zone), deflection.FoldService(c.After))
	return nil
}

// serviceKeyOf is the row that a session counts in: the day on which it began to wait, and who has it, or had it at its close.
func serviceKeyOf(s troubleshoot.Session, sku string, zone *time.Location) serviceKey {
	return serviceKey{seller: s.Seller, day: troubleshoot.DayOf(s.CreateTime, zone), sku: sku, channel: s.Channel, expert: s.Expert}
}

// zone gives a seller's time zone.
func (tx *Tx) zone(seller string) (*time.Location, error) {
	owner, err := tx.Seller(seller)
	return Zone(owner), err
}

// postStaffed adds the time since it was last posted to the expert's day, in whole seconds; the rest stays for the next time.
func (tx *Tx) postStaffed(before staffed, e *troubleshoot.Expert, now time.Time) error {
	wasOn := before.State == troubleshoot.ExpertAvailable || before.State == troubleshoot.ExpertBusy || before.Work.InHand > 0
	from := before.from
	var sums deflection.ServiceSums
	if wasOn && !from.IsZero() && now.After(from) {
		whole := now.Sub(from).Truncate(time.Second)
		sums.StaffedSeconds, from = int64(whole/time.Second), from.Add(whole)
	}
	sums.BusySeconds, e.Work.Busy = wholeSeconds(e.Work.Busy)
	sums.ChattedSeconds, e.Work.Chatted = wholeSeconds(e.Work.Chatted)
	isOn := e.State == troubleshoot.ExpertAvailable || e.State == troubleshoot.ExpertBusy || e.Work.InHand > 0
	switch {
	case !isOn:
		from = time.Time{}
	case !wasOn || from.IsZero():
		from = now
	}
	if _, err := tx.exec(`UPDATE experts SET staffed_from = $3 WHERE seller = $1 AND expert = $2`, e.ID.Seller, e.ID.Name, micros(from)); err != nil {
		return wrap("post staffed time", err)
	}
	if sums == (deflection.ServiceSums{}) {
		return nil
	}
	zone := time.UTC
	if e.ID.Seller != "" {
		var err error
		if zone, err = tx.zone(e.ID.Seller); troubleshoot.CodeOf(err) == troubleshoot.NotFound {
			zone = time.UTC
		} else if err != nil {
			return err
		}
	}
	tx.service.add(serviceKey{seller: e.ID.Seller, day: troubleshoot.DayOf(now, zone), channel: troubleshoot.ChannelChat, expert: e.ID}, sums)
	return nil
}

func wholeSeconds(d time.Duration) (int64, time.Duration) {
	return int64(d / time.Second), d % time.Second
}
