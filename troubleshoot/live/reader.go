package live

import (
	"slices"
	"sync"
)

// shard has some of the topics, so that publishers and streams that come and go are seldom in each other's way.
type shard struct {
	mu     sync.RWMutex // held for writing while readers come and go, for reading while they are woken
	topics map[string][]*Reader
	_      [32]byte // a cache line each
}

func (s *shard) lookAll() {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, readers := range s.topics {
		for _, r := range readers {
			r.put(Note{})
		}
	}
}

// Reader waits for notes about one topic. An idle one takes some 400 bytes with its topic: notes have a place only while they wait.
type Reader struct {
	shard  *shard
	topic  string
	signal chan struct{}

	mu     sync.Mutex
	notes  []Note
	behind bool
}

// C has a token when there is something to take. It is never closed.
func (r *Reader) C() <-chan struct{} { return r.signal }

// Take gives the notes that came since the last one, oldest first and at most 32, and whether the reader is behind: notes were
// dropped because it was slow, or somebody asks to look, so the store must be read from the cursor. There may be nothing,
// although C had a token.
func (r *Reader) Take() (notes []Note, behind bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	notes, behind = r.notes, r.behind
	r.notes, r.behind = nil, false
	return notes, behind
}

// Close ends the reader: nothing comes after it. Closing again does nothing.
func (r *Reader) Close() {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	readers := r.shard.topics[r.topic]
	n := slices.Index(readers, r)
	switch {
	case n < 0:
	case len(readers) == 1:
		delete(r.shard.topics, r.topic)
	default:
		r.shard.topics[r.topic] = slices.Delete(readers, n, n+1)
	}
}

// put keeps a note, or that one was dropped, and wakes the reader. It never waits for the reader.
func (r *Reader) put(n Note) {
	r.mu.Lock()
	if n == (Note{}) || len(r.notes) == readerQueue {
		r.behind = true
	} else {
		r.notes = append(r.notes, n)
	}
	r.mu.Unlock()
	select {
	case r.signal <- struct{}{}:
	default: // it has not seen the last token yet
	}
}
