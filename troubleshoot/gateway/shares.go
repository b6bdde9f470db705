package gateway

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// pace is how slowly a body may come or go.
type pace struct {
	stall time.Duration // without any progress; and before the rate counts
	rate  int64         // bytes a second, on average since it began
}

// deadline is the end of the next step of a body of which done bytes are through, or are to be after that step.
func (p pace) deadline(began, now time.Time, done int64) time.Time {
	stalled := now.Add(p.stall)
	late := began.Add(p.stall + time.Duration(float64(done)/float64(p.rate)*float64(time.Second)))
	if late.Before(stalled) {
		return late
	}
	return stalled
}

// shares gives every key the same amount of something to hold at once. It knows only the keys that hold or wait.
type shares struct {
	each  int64
	mu    sync.Mutex
	byKey map[string]*share
}

type share struct {
	free  *semaphore.Weighted
	users int // holding or waiting
}

func newShares(each int64) *shares { return &shares{each: each, byKey: map[string]*share{}} }

// acquire waits for n, or for all there is if that is less, as long as ctx lasts.
func (s *shares) acquire(ctx context.Context, key string, n int64) error {
	s.mu.Lock()
	one, known := s.byKey[key]
	if !known {
		one = &share{free: semaphore.NewWeighted(s.each)}
		s.byKey[key] = one
	}
	one.users++
	s.mu.Unlock()
	err := one.free.Acquire(ctx, min(n, s.each))
	if err != nil {
		s.leave(key, one)
	}
	return err
}

// release gives back what acquire gave.
func (s *shares) release(key string, n int64) {
	s.mu.Lock()
	one := s.byKey[key]
	s.mu.Unlock()
	one.free.Release(min(n, s.each))
	s.leave(key, one)
}

func (s *shares) leave(key string, one *share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(s.byKey, key)
	}
}

// holderOf is who a connection counts as: its IPv4 address, or the network of its IPv6 address, because whoever has one
// address there has 2^64 of them (RFC 6177).
func holderOf(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	address := at.Addr().Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	network, _ := address.Prefix(64) // fails only for more bits than there are
	return network.String()
}
