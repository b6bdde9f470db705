package store

import (
	"errors"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

const expertColumns = `seller, expert, display_name, skills, locales, capacity, wage, wage_currency, state, next_state, state_time, idle_since,
  lease_until, in_hand, clock_at, effort, busy, chatted, staffed_from`

// staffed is an expert with the time up to which staffed time is posted.
type staffed struct {
	troubleshoot.Expert
	from time.Time
}

func scanStaffed(scan func(...any) error) (staffed, error) {
	var e staffed
	var skills, locales string
	var since, idle, lease, clock, effort, busy, chatted, from int64
	err := scan(&e.ID.Seller, &e.ID.Name, &e.DisplayName, &skills, &locales, &e.Capacity, &e.HourlyWage.Minor, &e.HourlyWage.Currency, &e.State,
		&e.NextState, &since, &idle, &lease, &e.Work.InHand, &clock, &effort, &busy, &chatted, &from)
	if err != nil {
		return e, err
	}
	e.StateTime, e.IdleSince, e.LeaseUntil, e.from = fromMicros(since), fromMicros(idle), fromMicros(lease), fromMicros(from)
	e.Work.At, e.Work.Effort, e.Work.Busy, e.Work.Chatted = fromMicros(clock), microseconds(effort), microseconds(busy), microseconds(chatted)
	return e, errors.Join(fromJSON(skills, &e.Skills), fromJSON(locales, &e.Locales))
}

func scanExpert(scan func(...any) error) (troubleshoot.Expert, error) {
	e, err := scanStaffed(scan)
	return e.Expert, err
}

// PutExpert creates an expert, OFFLINE, or replaces the profile of one; what the expert does now stays.
func (tx *Tx) PutExpert(e troubleshoot.Expert, now time.Time) error {
	_, err := tx.exec(`INSERT INTO experts (`+expertColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $10, 0, 0, $10, 0, 0, 0, 0)
ON CONFLICT (seller, expert) DO UPDATE SET display_name = excluded.display_name, skills = excluded.skills, locales = excluded.locales,
  capacity = excluded.capacity, wage = excluded.wage, wage_currency = excluded.wage_currency`,
		e.ID.Seller, e.ID.Name, e.DisplayName, toJSON(e.Skills), toJSON(e.Locales), e.Capacity, e.HourlyWage.Minor, e.HourlyWage.Currency,
		troubleshoot.ExpertOffline, micros(now))
	return wrap("put expert", err)
}

// EnsureExpert registers an expert of whom only a key is known: every skill, every language, the default capacity.
func (tx *Tx) EnsureExpert(id troubleshoot.ExpertID, now time.Time) error {
	_, err := tx.exec(`INSERT INTO experts (`+expertColumns+`) VALUES ($1, $2, $2, 'null', 'null', $3, 0, '', $4, 0, $5, $5, 0, 0, $5, 0, 0, 0, 0)
ON CONFLICT (seller, expert) DO NOTHING`, id.Seller, id.Name, troubleshoot.DefaultCapacity, troubleshoot.ExpertOffline, micros(now))
	return wrap("register expert", err)
}

const selectExpert = `SELECT ` + expertColumns + ` FROM experts WHERE seller = $1 AND expert = $2`

// Expert gives an expert, or NotFound.
func (tx *Tx) Expert(id troubleshoot.ExpertID) (troubleshoot.Expert, error) {
	e, err := scanExpert(tx.row(selectExpert, id.Seller, id.Name).Scan)
	return e, found(err, "expert", id.Name)
}

// LockExpert gives an expert and keeps others from changing it until the transaction ends, or NotFound.
func (tx *Tx) LockExpert(id troubleshoot.ExpertID) (troubleshoot.Expert, error) {
	e, err := scanExpert(tx.row(selectExpert+tx.dialect.forUpdate, id.Seller, id.Name).Scan)
	return e, found(err, "expert", id.Name)
}

// ExpertFilter narrows Experts; zero values do not.
type ExpertFilter struct {
	Seller string
	Every  bool   // of every seller and the pool; else of Seller, which may be the pool's ""
	After  string // pages: names after this one, as seller and name joined by a slash
	Limit  int
}

// Experts lists experts by team and name.
func (tx *Tx) Experts(f ExpertFilter) ([]troubleshoot.Expert, error) {
	rows, err := tx.query(`SELECT `+expertColumns+` FROM experts WHERE ($1 OR seller = $2) AND seller || '/' || expert > $3
ORDER BY seller || '/' || expert LIMIT $4`, f.Every, f.Seller, f.After, f.Limit)
	experts, err := collect(rows, err, scanExpert)
	return experts, wrap("list experts", err)
}

// ExpertsOn gives everybody who is not OFFLINE, or has a chat in hand all the same, by team and name.
func (tx *Tx) ExpertsOn() ([]troubleshoot.Expert, error) {
	rows, err := tx.query(`SELECT ` + expertColumns + ` FROM experts WHERE state <> 1 OR in_hand > 0 ORDER BY seller, expert`)
	experts, err := collect(rows, err, scanExpert)
	return experts, wrap("read experts", err)
}

// saveExpert writes what an expert does now.
func (tx *Tx) saveExpert(e troubleshoot.Expert) error {
	_, err := tx.exec(`UPDATE experts SET state = $3, next_state = $4, state_time = $5, idle_since = $6, lease_until = $7, in_hand = $8, clock_at = $9,
  effort = $10, busy = $11, chatted = $12 WHERE seller = $1 AND expert = $2`, e.ID.Seller, e.ID.Name, e.State, e.NextState, micros(e.StateTime),
		micros(e.IdleSince), micros(e.LeaseUntil), e.Work.InHand, micros(e.Work.At), e.Work.Effort.Microseconds(), e.Work.Busy.Microseconds(),
		e.Work.Chatted.Microseconds())
	return wrap("save expert", err)
}

// LockRouting makes all that gives sessions to experts take turns, on every replica, until the transaction ends. It comes
// before any lock of a session or an expert.
func (tx *Tx) LockRouting() error { return tx.lock("routing") }

// RenewLease keeps the expert's presence for another troubleshoot.LeaseTime and posts the staffed time so far.
func (tx *Tx) RenewLease(id troubleshoot.ExpertID, now time.Time) (troubleshoot.Expert, error) {
	if err := tx.EnsureExpert(id, now); err != nil {
		return troubleshoot.Expert{}, err
	}
	e, err := tx.LockExpert(id)
	if err != nil {
		return e, err
	}
	e.LeaseUntil = now.Add(troubleshoot.LeaseTime)
	return tx.SetExpert(e, now)
}

// SetExpert saves an expert whom LockExpert gave, posting the time worked until now under the state before.
func (tx *Tx) SetExpert(e troubleshoot.Expert, now time.Time) (troubleshoot.Expert, error) {
	before, err := scanStaffed(tx.row(selectExpert, e.ID.Seller, e.ID.Name).Scan)
	if err != nil {
		return e, found(err, "expert", e.ID.Name)
	}
	if e.State != before.State {
		e.StateTime = now
	}
	e.Work = e.Work.Advance(now, 0)
	if err := tx.postStaffed(before, &e, now); err != nil {
		return e, err
	}
	return e, tx.saveExpert(e)
}
