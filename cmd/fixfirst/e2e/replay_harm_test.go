package e2e_test

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"
)

// All dialogues through live chats, with streams that break all the time, while the server is restarted and killed: each
// acknowledged message is there once, dense, in order, byte for byte, the same for both sides.
func TestReplayLosesNothing(t *testing.T) {
	s := serveSQLite(t)
	address := strings.TrimPrefix(s.url, "http://")
	s.terminate()
	s = serveAt(t, s.db, s.key, address) // from now on where it will come back
	r := newReplay(t, s.client, &doors{urls: []string{s.url}})
	restarts, kills := sized(2, 20), sized(4, 50)
	var done atomic.Int64
	r.run(dialogues(t, sized(160, 1<<20)), sized(50, 100), func(ctx context.Context) {
		chance := rand.New(rand.NewPCG(1, 2))
		for n := range restarts + kills {
			if pause(ctx, time.Duration(200+chance.IntN(700))*time.Millisecond); ctx.Err() != nil {
				return
			}
			if n%(1+kills/restarts) == 0 {
				if code, took := s.terminate(); code != 0 || took > 10*time.Second {
					t.Errorf("exit code %d after %s", code, took)
				}
			} else {
				s.kill()
			}
			s = serveAt(t, s.db, s.key, address)
			done.Add(1)
		}
	})
	if code, _ := s.terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	healthy(t, s.db)
	t.Logf("%d of %d restarts and kills happened meanwhile", done.Load(), restarts+kills)
	if full() && done.Load() < int64(restarts+kills) {
		t.Errorf("only %d of %d restarts and kills fell into the replay", done.Load(), restarts+kills)
	}
}

// natsAt starts a real NATS server in this process, on a free port (-1) or on one that it had before.
func natsAt(t *testing.T, port int) *nats.Server {
	t.Helper()
	n, err := nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	n.Start()
	if !n.ReadyForConnections(20 * time.Second) {
		t.Fatal("NATS does not start")
	}
	return n
}

// The same with two replicas on one PostgreSQL and a bus: the parties of a session are on different ones; one at a time is
// killed, and the bus is cut for ten seconds.
func TestReplayOverTwoReplicas(t *testing.T) {
	bus := natsAt(t, -1)
	defer func() { bus.Shutdown() }()
	address := bus.ClientURL()
	port := bus.Addr().(*net.TCPAddr).Port
	first := servePostgres(t)
	db, key := first.db, first.key
	first.terminate()
	replica := func(listen string) *server { return serveAt(t, db, key, listen, "--bus", address) }
	replicas := [2]*server{replica("127.0.0.1:0"), replica("127.0.0.1:0")}
	urls := []string{replicas[0].url, replicas[1].url}
	r := newReplay(t, replicas[0].client, &doors{urls: urls})
	var done atomic.Int64
	var cut atomic.Bool
	r.run(dialogues(t, sized(60, 1<<20)), sized(30, 100), func(ctx context.Context) {
		chance := rand.New(rand.NewPCG(3, 4))
		kills := sized(3, 70)
		for n := range kills {
			if pause(ctx, time.Duration(300+chance.IntN(700))*time.Millisecond); ctx.Err() != nil {
				return
			}
			if n == kills/2 {
				bus.Shutdown()
				bus.WaitForShutdown()
				pause(ctx, time.Duration(sized(2, 10))*time.Second)
				bus = natsAt(t, port)
				cut.Store(true)
			}
			hit := n % 2
			if n%4 == 3 {
				replicas[hit].terminate()
			} else {
				replicas[hit].kill()
			}
			replicas[hit] = replica(strings.TrimPrefix(urls[hit], "http://"))
			done.Add(1)
		}
	})
	for _, s := range replicas {
		if code, _ := s.terminate(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
	t.Logf("%d replicas were killed or restarted meanwhile, one at a time; the bus was cut: %t", done.Load(), cut.Load())
	if full() && (!cut.Load() || done.Load() < 70) {
		t.Error("not all of the harm fell into the replay")
	}
}
