package gateway

import (
	"context"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc/codes"
)

// Named limits of pictures in memory. Beside maxSending the database's library takes about as much for its own copies: together
// they stay under the 64 MiB that a server may grow by.
const (
	maxSending     = 24 << 20        // bytes of contents that are read, sent or kept, for all requests at once
	maxKept        = 16 << 20        // bytes of these that nobody takes at the moment
	maxForAddress  = maxSending / 4  // bytes of contents that go to one remote address at once
	leastCollected = 4 << 20         // bytes that are worth the collector's work, if there are as many to be had
	contentExtra   = 1 << 10         // bytes that a content takes besides its own
	sendingWait    = 4 * time.Second // for memory: longer than who takes nothing holds it
	forAddressWait = 5 * time.Second // until the address has taken others; nobody else waits meanwhile
)

// contents are those of pictures in memory. Requests for one content share one copy, and what was sent last is kept for the
// next: contents never change.
type contents struct {
	memory    *semaphore.Weighted // of bytes
	addresses *shares             // of bytes

	mu      sync.Mutex
	byName  map[string]*content
	kept    *simplelru.LRU[string, *content] // those of byName that nobody takes
	inKept  int64                            // bytes
	used    int64                            // bytes of memory
	left    int64                            // bytes of these that wait for the collector
	waiting int                              // for memory
	taking  map[taker]int                    // requests
}

// taker is a remote address that takes a content, once or often: what it holds is the same.
type taker struct{ address, name string }

// content is a picture's.
type content struct {
	name   string
	size   int64         // with contentExtra
	share  int64         // bytes of memory that it has
	users  int           // requests that take it or wait for it
	loaded chan struct{} // closed once data or failed is set
	data   []byte
	failed bool
	err    error // of the failure; nil: the request that loaded it went away
}

func newContents() *contents {
	kept, _ := simplelru.NewLRU[string, *content](math.MaxInt, nil) // fails only for a size below 1
	return &contents{
		memory: semaphore.NewWeighted(maxSending), addresses: newShares(maxForAddress),
		byName: map[string]*content{}, kept: kept, taking: map[taker]int{},
	}
}

// loan is a content that a request takes until it ends the loan.
type loan struct {
	from    *contents
	to      taker
	content *content
	load    bool // the content is not there: the request must load it
}

// errNoMemory refuses a request that memory was not there for in time.
func errNoMemory(why string) error {
	return refuse(codes.ResourceExhausted, "TOO_MANY_PICTURES", why+"; try again").Err()
}

// lend gives the content of a name and size to a request from an address. It waits: for the address to take others, for
// memory, and for another request that loads the same content.
func (c *contents) lend(ctx context.Context, address, name string, size int) (*loan, error) {
	l := &loan{from: c, to: taker{address, name}}
	extended := int64(size) + contentExtra
	if err := c.admit(ctx, l.to, extended); err != nil {
		return nil, err
	}
	for {
		one, found := c.find(name, extended)
		l.content, l.load = one, !found
		if l.load {
			share := min(2*extended, maxSending) // a database's driver reads it in two copies
			if err := c.reserve(ctx, share); err != nil {
				l.fail(err, ctx.Err() != nil)
				l.end()
				return nil, err
			}
			one.share = share
			return l, nil
		}
		var err error
		select {
		case <-one.loaded:
			if !one.failed {
				return l, nil
			}
			err = one.err
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			l.end()
			return nil, err
		}
		c.drop(one) // who loaded it went away: again
	}
}

// admit waits until the address may hold a content more.
func (c *contents) admit(ctx context.Context, to taker, size int64) error {
	if c.takes(to) {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, forAddressWait)
	defer cancel()
	if err := c.addresses.acquire(waiting, to.address, size); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errNoMemory("too many pictures are on their way to your address")
	}
	c.mu.Lock()
	c.taking[to]++
	twice := c.taking[to] > 1
	c.mu.Unlock()
	if twice {
		c.addresses.release(to.address, size)
	}
	return nil
}

// takes counts a request more for an address that takes the content already.
func (c *contents) takes(to taker) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taking[to] == 0 {
		return false
	}
	c.taking[to]++
	return true
}

// find gives a content, and false if it is new.
func (c *contents) find(name string, size int64) (*content, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, found := c.byName[name]
	if !found {
		one = &content{name: name, size: size, loaded: make(chan struct{})}
		c.byName[name] = one
	}
	if one.users++; one.users == 1 && found {
		c.kept.Remove(name)
		c.inKept -= one.size
	}
	return one, found
}

// reserve takes memory, if need be that of contents that are only kept, and waits for more.
func (c *contents) reserve(ctx context.Context, size int64) error {
	for {
		c.mu.Lock()
		if c.memory.TryAcquire(size) {
			c.used += size
			c.mu.Unlock()
			return nil
		}
		for missing := c.used + size - maxSending; c.left < max(missing, leastCollected) && c.forgetOldest(); {
			continue
		}
		if c.left == 0 {
			c.waiting++
			c.mu.Unlock()
			break
		}
		c.mu.Unlock()
		c.collect()
	}
	waiting, cancel := context.WithTimeout(ctx, sendingWait)
	defer cancel()
	err := c.memory.Acquire(waiting, size)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting--
	switch {
	case err == nil:
		c.used += size
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return errNoMemory("too many pictures are being read")
}

// forgetOldest frees the memory of the content that nobody has taken for longest; c.mu is held.
func (c *contents) forgetOldest() bool {
	name, one, some := c.kept.RemoveOldest()
	if some {
		delete(c.byName, name)
		c.inKept -= one.size
		c.left += one.share
		one.data = nil // whoever dropped it may still know it
	}
	return some
}

// collect lets what contents have left be used again, and only then is it free: by itself the collector waits until there is as
// much garbage as there is memory in use, which is more than the server may grow by.
func (c *contents) collect() {
	c.mu.Lock()
	left := c.left
	c.left = 0
	c.mu.Unlock()
	runtime.GC()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used -= left
	c.memory.Release(left)
}

// collectForWaiting collects where somebody waits for it. Everybody else leaves it to who needs memory next.
func (c *contents) collectForWaiting() {
	c.mu.Lock()
	due := c.waiting > 0 && c.left > 0
	c.mu.Unlock()
	if due {
		c.collect()
	}
}

// drop ends a request's use of a content. The last one leaves it for the next to come, unless somebody waits for memory.
func (c *contents) drop(one *content) {
	defer c.collectForWaiting()
	c.mu.Lock()
	defer c.mu.Unlock()
	if one.users--; one.users > 0 || one.failed {
		return
	}
	c.kept.Add(one.name, one)
	c.inKept += one.size
	for c.inKept > maxKept || c.waiting > 0 && c.kept.Len() > 0 {
		c.forgetOldest()
	}
}

// loaded gives the content that the request has loaded to all who wait for it.
func (l *loan) loaded(data []byte) {
	c, one := l.from, l.content
	defer c.collectForWaiting()
	c.mu.Lock()
	defer c.mu.Unlock()
	second := max(0, one.share-one.size)
	one.share -= second
	one.data, l.load = data, false
	close(one.loaded)
	c.left += second
}

// fail tells all who wait for the content that it will not come; gone is that the request itself is over, so that another one
// should try.
func (l *loan) fail(err error, gone bool) {
	c, one := l.from, l.content
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byName, one.name)
	one.failed, l.load = true, false
	if !gone {
		one.err = err
	}
	close(one.loaded)
	c.left += one.share
	one.share = 0
}

// end gives the content back.
func (l *loan) end() {
	if l.load {
		l.fail(nil, true)
	}
	c := l.from
	c.drop(l.content)
	c.mu.Lock()
	c.taking[l.to]--
	last := c.taking[l.to] == 0
	if last {
		delete(c.taking, l.to)
	}
	c.mu.Unlock()
	if last {
		c.addresses.release(l.to.address, l.content.size)
	}
}
