// Package live wakes those who wait for something to happen: who is listening to what in this process, and the bus between
// replicas. Truth is always in the store; a note only says that it is worth a look, and any note may be lost.
//
// A stream subscribes first, then reads the store from its cursor, then waits:
//
//	r := hub.Subscribe(live.SessionTopic(id))
//	defer r.Close()
//	// read the store from the cursor
//	for {
//		select {
//		case <-r.C():
//			notes, behind := r.Take()
//			// events that follow the cursor are passed on; behind, or a gap in their numbers: read the store from the cursor
//		case <-heartbeat: // also read the store, if several replicas run: the one who publishes may be cut off unnoticed
//		case <-hub.Draining():
//			return // the client comes again, to another replica
//		}
//	}
package live

import (
	"crypto/rand"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Named limits of the hub.
const (
	readerQueue = 32   // notes kept for one reader
	busQueue    = 1024 // wakes on their way to the bus
	shardCount  = 64   // a power of two
)

// Note is a wake-up about one topic. Many readers get the same pointers: nobody may change what they point to. The zero note
// says: look into the store.
type Note struct {
	Event  *troubleshoot.Event // only of this process: the bus carries no event's contents
	Typing *Typing             // who is writing now; never stored
	Wait   *Wait               // of this process: the router of each replica tells its own readers
}

// Typing says who is writing now.
type Typing struct {
	Sender troubleshoot.Sender
	Expert string // the expert's name, where the sender is one
}

// Wait is what a waiting session is told.
type Wait struct {
	Position int           // 1 is next
	Wait     time.Duration // predicted
	Nobody   bool          // no expert is there
}

// QueueTopic is woken when somebody waits, comes, leaves or has a hand free: whatever may change who gets which session.
const QueueTopic = "queue"

// SessionTopic is woken by what both parties of a session see.
func SessionTopic(id string) string { return "session/" + id }

// ExpertTopic is woken by what changes an expert's work. Neither part of the id has a slash.
func ExpertTopic(id troubleshoot.ExpertID) string { return "expert/" + id.Seller + "/" + id.Name }

// Hub knows the readers of this process, and carries wakes to and from the other replicas where there is a bus.
type Hub struct {
	seed   maphash.Seed
	shards [shardCount]shard

	draining chan struct{}
	drain    sync.Once

	log     *slog.Logger
	bus     Bus // nil: this process alone
	origin  origin
	out     chan wake
	look    atomic.Bool // wakes from others may have been lost: all readers here must look
	untold  atomic.Bool // wakes to others were lost: all readers there must look
	garbled sync.Once

	life sync.Mutex
	stop func() // nil: not running
}

// New makes a hub. Without a bus (nil) it serves this process alone; with one, wakes travel from Start until Stop.
func New(bus Bus, log *slog.Logger) *Hub {
	h := &Hub{seed: maphash.MakeSeed(), draining: make(chan struct{}), log: log, bus: bus}
	for n := range h.shards {
		h.shards[n].topics = map[string][]*Reader{}
	}
	if bus != nil {
		rand.Read(h.origin[:]) // never fails
		h.out = make(chan wake, busQueue)
	}
	return h
}

// Subscribe gives a reader of what is published about a topic from now on.
func (h *Hub) Subscribe(topic string) *Reader {
	s := h.shardOf(topic)
	r := &Reader{shard: s, topic: topic, signal: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics[topic] = append(s.topics[topic], r)
	return r
}

// Publish gives a note to the readers of a topic here, at once, and wakes those in other replicas by the bus. A note that is a
// Wait alone stays here. It never blocks. Notes of several publishers may come in another order than they were stored.
func (h *Hub) Publish(topic string, n Note) {
	h.wake(topic, n)
	if n.Wait != nil && n.Event == nil && n.Typing == nil {
		return
	}
	if h.bus != nil {
		h.enqueue(wake{topic: topic, typing: n.Typing})
	}
}

func (h *Hub) wake(topic string, n Note) {
	s := h.shardOf(topic)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.topics[topic] {
		r.put(n)
	}
}

// Drain tells all readers to come again elsewhere: Draining is closed, for good.
func (h *Hub) Drain() { h.drain.Do(func() { close(h.draining) }) }

// Draining is closed once this process is about to end.
func (h *Hub) Draining() <-chan struct{} { return h.draining }

func (h *Hub) shardOf(topic string) *shard {
	return &h.shards[maphash.String(h.seed, topic)%shardCount]
}
