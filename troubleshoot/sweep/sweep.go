// Package sweep does the work of the clock and of events that nobody waits for in a request: presence that was lost, offers that
// nobody answered, the routing of the queue, waits that came to nothing, and chats that were left. Any replica does it, in
// transactions that make two winners impossible.
package sweep

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
)

// Named intervals.
const (
	tick      = 500 * time.Millisecond // between looks at the clock
	slowTick  = 30 * time.Second       // between looks for chats that were left
	passTime  = 10 * time.Second       // for one pass
	actor     = "system"               // in audit rows
	batchMost = 100                    // sessions that one pass changes, about: its transaction must not keep others waiting
	waitTick  = time.Second            // between words to those who wait
	reconnect = 10 * time.Second       // for experts to open their work streams again, after this process was not there
	waitStep  = 5 * time.Second        // predicted waits are told in steps, so that they do not flicker
)

// Sweeper runs until Stop.
type Sweeper struct {
	store *store.Store
	hub   *live.Hub
	now   func() time.Time
	log   *slog.Logger

	life sync.Mutex
	stop func() // nil: not running

	passing sync.Mutex           // one pass at a time
	begun   time.Time            // when Start was called; zero: not at all
	told    map[string]live.Wait // what was last said to those who wait
	said    time.Time            // when
}

// New makes a sweeper; now is its clock.
func New(s *store.Store, hub *live.Hub, now func() time.Time, log *slog.Logger) *Sweeper {
	return &Sweeper{store: s, hub: hub, now: now, log: log, told: map[string]live.Wait{}}
}

// Start begins the work; starting again does nothing.
func (w *Sweeper) Start() {
	w.life.Lock()
	defer w.life.Unlock()
	if w.stop != nil {
		return
	}
	w.begun = w.now()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.run(ctx)
	}()
	w.stop = func() {
		cancel()
		<-done
	}
}

// Stop ends the work and waits for the pass that runs.
func (w *Sweeper) Stop() {
	w.life.Lock()
	defer w.life.Unlock()
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

func (w *Sweeper) run(ctx context.Context) {
	queue := w.hub.Subscribe(live.QueueTopic)
	defer queue.Close()
	clock, slow := time.NewTicker(tick), time.NewTicker(slowTick)
	defer clock.Stop()
	defer slow.Stop()
	for {
		var err error
		select {
		case <-queue.C(): // events that come while a pass runs are one wake-up
			queue.Take()
			err = w.Pass(ctx)
		case <-clock.C:
			err = w.Pass(ctx)
		case <-slow.C:
			err = w.PassSlow(ctx)
		case <-ctx.Done():
			return
		}
		if err != nil && ctx.Err() == nil { // the next pass finds the same work; leases could not be renewed either
			w.begun = w.now()
			w.log.LogAttrs(ctx, slog.LevelWarn, "sweep", slog.String("error", err.Error()))
		}
	}
}

// Pass looks for what is due and routes the queue: once, whole. Where nothing waits and nothing is due it only reads.
func (w *Sweeper) Pass(ctx context.Context) error {
	w.passing.Lock()
	defer w.passing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, passTime)
	defer cancel()
	now := w.now().UTC().Truncate(time.Microsecond)
	var due bool
	var board *store.Board
	if err := w.store.View(ctx, func(tx *store.Tx) (err error) {
		due, board, err = needed(tx, now, w.patient(now))
		return err
	}); err != nil {
		return err
	}
	if due {
		var done outcome
		if err := w.store.Update(ctx, func(tx *store.Tx) (err error) {
			done, err = route(tx, now, w.patient(now))
			return err
		}); err != nil {
			return err
		}
		w.announce(done)
		return w.look(ctx, now)
	}
	w.sayWaits(board)
	return nil
}

// patient gives the time at which leases are looked at: after a start, experts have a while to come back, for nobody could renew
// a lease while the server was away.
func (w *Sweeper) patient(now time.Time) time.Time {
	if until := w.begun.Add(reconnect); !w.begun.IsZero() && now.Before(until) {
		return now.Add(-reconnect)
	}
	return now
}

// look reads the queue as a pass has left it, for those who go on waiting.
func (w *Sweeper) look(ctx context.Context, now time.Time) error {
	var board *store.Board
	if err := w.store.View(ctx, func(tx *store.Tx) (err error) {
		board, err = tx.Board(now)
		return err
	}); err != nil {
		return err
	}
	w.sayWaits(board)
	return nil
}

// announce tells whom a pass concerns, after it is durable.
func (w *Sweeper) announce(done outcome) {
	for _, c := range done.changes {
		w.hub.SessionChanged(c.Before, c.After, c.Events)
	}
	for _, id := range done.gone {
		w.hub.Publish(live.ExpertTopic(id), live.Note{})
	}
}

// sayWaits tells those who wait what they can expect, where that has changed.
func (w *Sweeper) sayWaits(board *store.Board) {
	w.store.ShareBoard(board)
	if board.At.Sub(w.said).Abs() < waitTick {
		return
	}
	w.said = board.At
	outlooks := board.Outlooks()
	for session := range w.told {
		if _, still := outlooks[session]; !still {
			delete(w.told, session)
		}
	}
	for session, o := range outlooks {
		wait := live.Wait{Position: o.Position, Wait: o.Wait.Round(waitStep), Nobody: o.Nobody}
		if w.told[session] != wait {
			w.told[session] = wait
			w.hub.Publish(live.SessionTopic(session), live.Note{Wait: &wait})
		}
	}
}

// PassSlow ends chats in which nobody writes any more, and wrap-ups that were left.
func (w *Sweeper) PassSlow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, passTime)
	defer cancel()
	now := w.now().UTC().Truncate(time.Microsecond)
	var changes []store.Changed
	if err := w.store.Update(ctx, func(tx *store.Tx) (err error) {
		changes, err = endLeft(tx, now)
		return err
	}); err != nil {
		return err
	}
	w.announce(outcome{changes: changes})
	return nil
}
