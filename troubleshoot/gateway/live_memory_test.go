package gateway

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
)

// readable is a session, and the token of its shopper.
type readable struct{ session, token string }

// someSessions starts sessions of as many shoppers.
func someSessions(t *testing.T, s *store.Store, count int) []readable {
	t.Helper()
	var all []readable
	now := time.Now()
	storetest.Update(t, s, func(tx *store.Tx) error {
		all = nil
		if _, _, err := tx.PutPolicy("acme", troubleshoot.DefaultPolicy(), now); err != nil {
			return err
		}
		for n := range count {
			i, _, err := tx.KeepIntercept(storetest.Intercept(storetest.Line("acme", fmt.Sprint(n)), now))
			if err != nil {
				return err
			}
			session := storetest.Session(i, now)
			if _, err := tx.KeepSession(i, store.Change{After: session, Actor: "shopper", Action: "create", Now: now}); err != nil {
				return err
			}
			all = append(all, readable{session.ID, access.MintShopperToken(s.Secrets().TokenKey(), i.ID, "acme", now, time.Hour)})
		}
		return nil
	})
	return all
}

// held is what the process holds once what nobody needs any more has gone, other tests' servers too, and stacks have shrunk.
func held() int {
	last := 0
	for range 20 {
		for range 3 {
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		now := int(m.HeapAlloc + m.StackInuse)
		if diff := now - last; diff > -64<<10 && diff < 64<<10 {
			return now
		}
		last = now
	}
	return last
}

// TestIdleReadersTakeLittle: 5,000 of them must fit beside all else. The real services and interceptors are behind the door, and
// the client's sockets, some 500 bytes each, are counted too.
func TestIdleReadersTakeLittle(t *testing.T) {
	const each, shoppers, most = 8, 50, 40 << 10
	s := storetest.Open(t, storetest.SQLite(t))
	sessions := someSessions(t, s, shoppers)
	hub := live.New(nil, slog.New(slog.DiscardHandler))
	services, err := rpc.NewServices(s, hub, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	chain := rpc.NewChain(rpc.Config{TokenKey: s.Secrets().TokenKey(), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	w := newWorld(t, readTimeout, func(c *Config, _ *http.Server) {
		c.Register, c.StreamInterceptors = services.Register, chain.StreamInterceptors()
	})
	connect := func(r readable) net.Conn {
		conn, in := w.dial(t, "GET /v1/sessions/"+r.session+"/events:stream HTTP/1.1\nHost: x\nAccept: text/event-stream\nAuthorization: Bearer "+r.token+"\n\n")
		reply, err := http.ReadResponse(in, nil)
		if err != nil || reply.StatusCode != 200 {
			t.Fatalf("%v, %v", reply, err)
		}
		return conn
	}
	first := connect(sessions[0]) // what is made once
	before, goroutines := held(), runtime.NumGoroutine()
	conns := make([]net.Conn, 0, each*shoppers)
	for n := range each*shoppers - 1 {
		conns = append(conns, connect(sessions[(n+1)%shoppers]))
	}
	per := (held() - before) / len(conns)
	t.Logf("%d readers take %d bytes each", len(conns), per)
	if per > most {
		t.Errorf("a reader takes %d bytes, at most %d", per, most)
	}
	// The stream's own, and the one that sees its reader go: net/http's is gone, with all that it held.
	if more := runtime.NumGoroutine() - goroutines; more > 2*len(conns)+len(conns)/10 {
		t.Errorf("%d readers take %d goroutines", len(conns), more)
	}
	hub.Drain()
	if err := Drained(t.Context(), w.handler); err != nil {
		t.Error(err)
	}
	runtime.KeepAlive(append(conns, first))
}
