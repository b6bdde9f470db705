package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Bus carries small data between replicas. It may lose any of it.
type Bus interface {
	// Publish sends data to the other replicas, and perhaps back to this one; data is not kept. An error means that it did not
	// go; no error does not mean that it arrived.
	Publish(data []byte) error
	// Subscribe has receive called with what is published, and lost whenever something may not have come or gone, as after a
	// cut. A bus has one subscriber at a time. stop waits for calls that run; none begins after it.
	Subscribe(receive func(data []byte), lost func()) (stop func())
	// Connected tells whether replicas are reached now, as far as is known. It does not wait for the network.
	Connected() bool
}

// While the bus is cut, all readers look into the store so often. The looks of one round are spread over a part of it, so that
// they do not stand before an intercept in the queue for the database: 5,000 readers cost 5,000 reads by primary key a second,
// in 64 groups, as long as the cut lasts, and once or twice after it.
const (
	lookInterval = time.Second
	lookSpread   = lookInterval / 2
)

// Start begins to carry wakes to and from other replicas; without a bus there is nothing to begin. FailedPrecondition: it has
// been started. It does not wait for the bus.
func (h *Hub) Start() error {
	h.life.Lock()
	defer h.life.Unlock()
	if h.stop != nil {
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the hub has been started; stop it first")
	}
	if h.bus == nil {
		h.stop = func() {}
		return nil
	}
	h.look.Store(true) // what others published before we listened
	quit := make(chan struct{})
	unsubscribe := h.bus.Subscribe(h.receive, func() {
		h.look.Store(true)
		h.untold.Store(true)
	})
	var running sync.WaitGroup
	running.Go(func() { h.tellOthers(quit) })
	running.Go(func() { h.watchBus(quit) })
	h.stop = func() {
		unsubscribe()
		close(quit)
		running.Wait()
	}
	return nil
}

// Stop gives the bus what was published before, ends the work that Start began and waits for it. Readers stay.
func (h *Hub) Stop() {
	h.life.Lock()
	defer h.life.Unlock()
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

// enqueue hands a wake to the goroutine that may wait for the network.
func (h *Hub) enqueue(w wake) {
	select {
	case h.out <- w:
	default:
		h.untold.Store(true)
	}
}

func (h *Hub) tellOthers(quit <-chan struct{}) {
	buffer := make([]byte, 0, maxWake)
	for {
		select {
		case w := <-h.out:
			h.tell(buffer, w)
		case <-quit:
			for len(h.out) > 0 && h.tell(buffer, <-h.out) { // nobody else takes from it
				continue
			}
			return
		}
	}
}

// tell publishes a wake. One that does not go makes up for it later with a look at everything.
func (h *Hub) tell(buffer []byte, w wake) bool {
	data, err := w.append(buffer[:0], h.origin)
	if err == nil {
		err = h.bus.Publish(data)
	}
	if err != nil {
		h.untold.Store(true)
	}
	return err == nil
}

// watchBus makes up for lost wakes, in both directions, at most once an interval however often the bus comes and goes.
func (h *Hub) watchBus(quit <-chan struct{}) {
	tick := time.NewTicker(lookInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-quit:
			return
		}
		cut := !h.bus.Connected()
		if !cut && h.untold.Swap(false) {
			h.enqueue(wake{}) // of everything
		}
		if h.look.Swap(false) || cut {
			h.lookAll(quit)
		}
	}
}

// lookAll has every reader look into the store, shard after shard.
func (h *Hub) lookAll(quit <-chan struct{}) {
	pause := time.NewTicker(lookSpread / shardCount)
	defer pause.Stop()
	for n := range h.shards {
		h.shards[n].lookAll()
		select {
		case <-pause.C:
		case <-quit:
			return
		}
	}
}

// receive wakes readers here by what another replica sent. What is no wake is dropped.
func (h *Hub) receive(data []byte) {
	from, w, err := decodeWake(data)
	switch {
	case err != nil:
		h.garbled.Do(func() {
			h.log.LogAttrs(context.Background(), slog.LevelWarn, "the bus brings what is no wake; it is dropped, this time and silently from now on",
				slog.Int("bytes", len(data)), slog.String("error", err.Error()))
		})
	case from == h.origin:
	case w == wake{}:
		h.look.Store(true)
	default:
		h.wake(w.topic, Note{Typing: w.typing})
	}
}
