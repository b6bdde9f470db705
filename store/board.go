package store

import (
	"slices"
	"sync"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/routing"
)

// Ages of what boards keep in memory.
const (
	boardLife    = time.Second // of who waits and who is on, for those who only want to know how long it takes
	measuredLife = time.Minute // of measured handle times
	measuredDays = 30          // that are measured
	measuredMost = 1024        // sellers whose handle times are kept
)

// Board is who waits for an expert and who is on.
type Board struct {
	Queue    []routing.Waiting
	Experts  []routing.Expert
	Measured map[string]routing.Measured // by the sellers of the queue
	Waits    map[string]time.Time        // by session of the queue: since when it waits now, which may be again
	Calls    map[string]bool             // sessions of the queue that are callbacks: they wait until their time is over
	At       time.Time

	once     sync.Once
	outlooks map[string]routing.Outlook
}

// Outlooks says what those who wait can expect, as of the board's time. It is reckoned once, whoever asks.
func (b *Board) Outlooks() map[string]routing.Outlook {
	b.once.Do(func() {
		b.outlooks = routing.Outlooks(b.Queue, b.Experts, func(seller string) routing.Measured { return b.Measured[seller] }, b.At)
	})
	return b.outlooks
}

// UsesPool tells whether a session of the queue may go to the marketplace's pool.
func (b *Board) UsesPool(session string) bool {
	return slices.ContainsFunc(b.Queue, func(w routing.Waiting) bool { return w.Session == session && w.Rules.UsePool })
}

// boards keeps the last board for a moment, and what was measured of sellers for longer.
type boards struct {
	mu       sync.Mutex
	board    *Board
	measured map[string]measuredAt
}

type measuredAt struct {
	routing.Measured
	at time.Time
}

// ForgetBoard makes the next one who asks look: what waits or who is on has changed.
func (s *Store) ForgetBoard() {
	s.boards.mu.Lock()
	defer s.boards.mu.Unlock()
	s.boards.board = nil
}

// ShareBoard lets those who only want to say how long it takes use a board that somebody has read anyway.
func (s *Store) ShareBoard(b *Board) {
	s.boards.mu.Lock()
	defer s.boards.mu.Unlock()
	s.boards.board = b
}

// RecentBoard gives a board that is at most a second old, for those who decide nothing by it but what to say. Nobody may
// change it.
func (tx *Tx) RecentBoard(now time.Time) (*Board, error) {
	b := &tx.store.boards
	b.mu.Lock()
	kept := b.board
	b.mu.Unlock()
	if kept != nil {
		if age := now.Sub(kept.At); age >= 0 && age < boardLife {
			return kept, nil
		}
	}
	fresh, err := tx.Board(now)
	if err == nil && tx.rollups == nil { // a transaction that writes sees what may never come
		tx.store.ShareBoard(fresh)
	}
	return fresh, err
}

// selectWaiting reads what waits and rings nowhere, with what routing needs to know of its line.
const selectWaiting = `SELECT s.id, s.seller, i.sku, COALESCE(t.category, ''), COALESCE(t.brand, ''), s.locale, i.unit_price, i.currency, s.queue_time,
  s.wait_time, s.call_from, s.wants, o.epoch, o.catalog
FROM sessions s JOIN intercepts i ON i.id = s.intercept JOIN sellers o ON o.seller = s.seller LEFT JOIN items t ON t.seller = s.seller AND t.sku = i.sku
WHERE s.state = 1 AND s.ring_expert = '' AND s.call_from <= $1 ORDER BY s.seller, s.id`

// Board reads who waits and who is on. What it says holds until the transaction ends where LockRouting came before.
func (tx *Tx) Board(now time.Time) (*Board, error) {
	b := &Board{At: now, Measured: map[string]routing.Measured{}, Waits: map[string]time.Time{}, Calls: map[string]bool{}}
	rows, err := tx.query(selectWaiting, micros(now))
	type waiting struct {
		routing.Waiting
		epoch, catalog int64
		again          time.Time
		isCall         bool
	}
	queue, err := collect(rows, err, func(scan func(...any) error) (waiting, error) {
		var w waiting
		var since, again, callFrom int64
		var column string
		var wants troubleshoot.Wants
		if err := scan(&w.Session, &w.Seller, &w.SKU, &w.Category, &w.Brand, &w.Locale, &w.Value.Minor, &w.Value.Currency, &since, &again, &callFrom,
			&column, &w.epoch, &w.catalog); err != nil {
			return w, err
		}
		if err := fromJSON(column, &wants); err != nil {
			return w, err
		}
		w.isCall = callFrom > 0
		w.Since, w.again = fromMicros(max(since, callFrom)), fromMicros(max(since, again, callFrom))
		w.For, w.Skill, w.Sticky = wants.For, wants.Skill, wants.Sticky
		for _, d := range wants.Declined {
			w.Declined = append(w.Declined, routing.Declined{Expert: d.Expert, Until: d.Until})
		}
		return w, nil
	})
	if err != nil {
		return b, wrap("read the queue", err)
	}
	for _, w := range queue { // after the rows are closed: one connection reads one thing at a time
		shelf, err := tx.catalog(w.Seller, w.epoch, w.catalog, now)
		if err != nil {
			return b, err
		}
		w.Rules = shelf.epoch.Policy.Routing
		b.Queue, b.Waits[w.Session], b.Calls[w.Session] = append(b.Queue, w.Waiting), w.again, w.isCall
		if _, known := b.Measured[w.Seller]; !known {
			if b.Measured[w.Seller], err = tx.Measured(w.Seller, now); err != nil {
				return b, err
			}
		}
	}
	b.Experts, err = tx.routingExperts(now)
	return b, err
}

// routingExperts gives who is on, with the places that are taken.
func (tx *Tx) routingExperts(now time.Time) ([]routing.Expert, error) {
	on, err := tx.ExpertsOn()
	if err != nil || len(on) == 0 {
		return nil, err
	}
	loads, err := tx.Loads()
	if err != nil {
		return nil, err
	}
	var experts []routing.Expert
	for _, e := range on {
		if !e.On(now) {
			continue
		}
		load := loads[e.ID].All()
		experts = append(experts, routing.Expert{ID: e.ID, Skills: e.Skills, Locales: e.Locales, Capacity: int(e.Capacity), Load: int(load),
			IdleSince: e.IdleSince, Takes: e.State == troubleshoot.ExpertAvailable && e.NextState == 0})
	}
	return experts, nil
}

// Load is how many of an expert's places are taken.
type Load struct{ Ringing, Active, WrapUps int64 }

// All counts every place.
func (l Load) All() int64 { return l.Ringing + l.Active + l.WrapUps }

const selectLoads = `SELECT expert_seller, expert, 0, SUM(CASE WHEN state = 2 THEN 1 ELSE 0 END), SUM(CASE WHEN state = 3 THEN 1 ELSE 0 END)
FROM sessions WHERE state IN (2, 3) AND expert <> '' GROUP BY expert_seller, expert
UNION ALL SELECT ring_seller, ring_expert, COUNT(*), 0, 0 FROM sessions WHERE state = 1 AND ring_expert <> '' GROUP BY ring_seller, ring_expert`

// Loads gives the places that are taken of everybody who has one.
func (tx *Tx) Loads() (map[troubleshoot.ExpertID]Load, error) {
	rows, err := tx.query(selectLoads)
	loads := map[troubleshoot.ExpertID]Load{}
	_, err = collect(rows, err, func(scan func(...any) error) (struct{}, error) {
		var id troubleshoot.ExpertID
		var l Load
		err := scan(&id.Seller, &id.Name, &l.Ringing, &l.Active, &l.WrapUps)
		sum := loads[id]
		loads[id] = Load{Ringing: sum.Ringing + l.Ringing, Active: sum.Active + l.Active, WrapUps: sum.WrapUps + l.WrapUps}
		return struct{}{}, err
	})
	return loads, wrap("read loads", err)
}

// Measured gives how long the seller's chats took and how patient those who waited were, over the last 30 days.
func (tx *Tx) Measured(seller string, now time.Time) (routing.Measured, error) {
	b := &tx.store.boards
	b.mu.Lock()
	kept, ok := b.measured[seller]
	b.mu.Unlock()
	if age := now.Sub(kept.at); ok && age >= 0 && age < measuredLife {
		return kept.Measured, nil
	}
	var m routing.Measured
	err := tx.row(`SELECT CAST(COALESCE(SUM(closed), 0) AS BIGINT), CAST(COALESCE(SUM(handle_seconds), 0) AS BIGINT), CAST(COALESCE(SUM(abandoned), 0) AS BIGINT),
  CAST(COALESCE(SUM(wait_seconds), 0) AS BIGINT) FROM service_rollups WHERE seller = $1 AND day >= $2 AND channel = $3`,
		seller, troubleshoot.DayOf(now, time.UTC)-measuredDays, troubleshoot.ChannelChat).Scan(&m.Handled, &m.HandleSeconds, &m.Abandoned, &m.WaitSeconds)
	if err != nil {
		return m, wrap("read handle times", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.measured == nil || len(b.measured) >= measuredMost {
		b.measured = map[string]measuredAt{}
	}
	b.measured[seller] = measuredAt{m, now}
	return m, nil
}
