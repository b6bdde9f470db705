package gateway

import (
	"context"
	"net/http"
	"sync"
)

// Drained waits until the live streams of a handler that New has made have ended: http.Server.Shutdown does not know them. It
// ends none; the services do, when they drain. The error is that of ctx.
func Drained(ctx context.Context, h http.Handler) error {
	if g, ok := h.(*gateway); ok {
		return g.streams.wait(ctx)
	}
	return nil
}

// openStreams counts the live streams.
type openStreams struct {
	mu   sync.Mutex
	open int
	none chan struct{} // closed when the last one ends; nil while nobody waits for it
}

func (o *openStreams) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open++
}

func (o *openStreams) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open--; o.open == 0 && o.none != nil {
		close(o.none)
		o.none = nil
	}
}

func (o *openStreams) wait(ctx context.Context) error {
	o.mu.Lock()
	if o.open == 0 {
		o.mu.Unlock()
		return nil
	}
	if o.none == nil {
		o.none = make(chan struct{})
	}
	none := o.none
	o.mu.Unlock()
	select {
	case <-none:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
