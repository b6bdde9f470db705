package store

import (
	"context"
	"fmt"
	"log/slog"
)

// write is the one writer. It takes whatever waits, up to a group, commits it with one fsync and only then answers. After
// close has begun it still commits what was queued before.
func (e *sqliteEngine) write(c *sqliteConn) {
	defer close(e.gone)
	defer c.close()
	group := make([]*pendingUpdate, 0, e.group)
	for {
		group = e.gather(group[:0])
		if len(group) == 0 {
			return
		}
		e.commit(c, group)
		for i, p := range group {
			close(p.done)
			group[i] = nil
		}
	}
}

// gather waits for an update and takes those that wait with it; none when the engine closes and nothing waits.
func (e *sqliteEngine) gather(group []*pendingUpdate) []*pendingUpdate {
	select {
	case p := <-e.queue:
		group = append(group, p)
	case <-e.quit:
	}
	for len(group) < e.group {
		select {
		case p := <-e.queue:
			group = append(group, p)
		default:
			return group
		}
	}
	return group
}

// commit runs the group in one transaction, each update in its own savepoint, and sets each update's error.
func (e *sqliteEngine) commit(c *sqliteConn, group []*pendingUpdate) {
	if err := e.begin(c, group); err != nil {
		fail(group, err)
		return
	}
	sums := &Tx{conn: c, rollups: deltas{}, service: serviceDeltas{}} // of all updates of the group
	for _, p := range group {
		if p.err = p.ctx.Err(); p.err != nil { // its caller has gone: nothing may happen for it any more
			continue
		}
		if err := e.runOne(c, p, sums); err != nil {
			e.rollback(c)
			fail(group, err)
			return
		}
	}
	err := sums.flush()
	if err == nil {
		_, err = c.exec(`COMMIT`)
	}
	if err != nil {
		e.rollback(c)
		fail(group, fmt.Errorf("commit group: %w", err))
	}
}

// begin waits for the write lock as long as anybody waits for us.
func (e *sqliteEngine) begin(c *sqliteConn, group []*pendingUpdate) error {
	for {
		_, err := c.exec(`BEGIN IMMEDIATE`)
		if err == nil || !isBusy(err) {
			return err
		}
		waiting := false
		for _, p := range group {
			waiting = waiting || p.ctx.Err() == nil
		}
		if !waiting {
			return err
		}
		select {
		case <-e.quit:
			return errClosing()
		default:
		}
	}
}

// runOne runs one update in a savepoint. Its own error goes to the update; the error returned is the connection's, and
// then the whole group is lost.
func (e *sqliteEngine) runOne(c *sqliteConn, p *pendingUpdate, sums *Tx) error {
	if _, err := c.exec(`SAVEPOINT one`); err != nil {
		return err
	}
	tx := &Tx{conn: c, store: e.store, dialect: sqlite, rollups: deltas{}, service: serviceDeltas{}}
	p.panicked, p.err = guarded(tx, p.fn)
	if p.err != nil || p.panicked != nil {
		if _, err := c.exec(`ROLLBACK TO one`); err != nil {
			return err
		}
	} else {
		sums.rollups.merge(tx.rollups)
		sums.service.merge(tx.service)
	}
	_, err := c.exec(`RELEASE one`)
	return err
}

// rollback ends the transaction; where SQLite has ended it already there is nothing to do.
func (e *sqliteEngine) rollback(c *sqliteConn) {
	if _, err := c.exec(`ROLLBACK`); err != nil {
		e.log.LogAttrs(context.Background(), slog.LevelInfo, "rollback after a failed group", slog.String("error", err.Error()))
	}
}

// fail gives err to every update of the group that has none of its own.
func fail(group []*pendingUpdate, err error) {
	for _, p := range group {
		if p.panicked == nil && p.err == nil {
			p.err = err
		}
	}
}
