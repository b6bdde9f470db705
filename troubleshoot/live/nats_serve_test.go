package live

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// patience is how long the network may take on a busy machine before a test gives up.
const patience = 20 * time.Second

// serveNATS runs a server in this process; port 0 is a free one.
func serveNATS(t *testing.T, port int, change func(*server.Options)) (stop func(), at int) {
	t.Helper()
	options := &server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true}
	if port == 0 {
		options.Port = server.RANDOM_PORT
	}
	if change != nil {
		change(options)
	}
	s, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server does not start")
	}
	stop = sync.OnceFunc(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	t.Cleanup(stop)
	return stop, s.Addr().(*net.TCPAddr).Port
}

// journal keeps log lines.
type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(j, nil)) }

// replica is a hub with its bus, as in a process of its own.
type replica struct {
	*Hub
	bus *NATS
	log *journal
	end func()
}

func newReplica(t *testing.T, address string) replica {
	t.Helper()
	log := new(journal)
	bus, err := ConnectNATS(address, log.logger())
	if err != nil {
		t.Fatal(err)
	}
	r := replica{Hub: New(bus, log.logger()), bus: bus, log: log}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	r.end = sync.OnceFunc(func() {
		r.Stop()
		bus.Close()
	})
	t.Cleanup(r.end)
	return r
}

// eventually asks until something holds. The network has no clock of ours.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// await takes what comes to the reader next.
func await(t *testing.T, r *Reader) (notes []Note, behind bool) {
	t.Helper()
	for end := time.After(patience); ; {
		select {
		case <-r.C():
			if notes, behind = r.Take(); len(notes) > 0 || behind {
				return notes, behind
			}
		case <-end:
			t.Fatalf("nothing came to a reader of %s within %s", r.topic, patience)
		}
	}
}

func natsAt(port int) string { return fmt.Sprintf("nats://127.0.0.1:%d", port) }

// settled waits until the replicas are connected and no look is on its way, so that what wakes a reader next is ours.
func settled(t *testing.T, replicas ...replica) {
	t.Helper()
	for _, r := range replicas {
		eventually(t, "connected", r.bus.Connected)
	}
	probe := make(chan struct{})
	for _, r := range replicas {
		reader, quit := r.Subscribe("probe"), make(chan struct{})
		defer reader.Close()
		defer close(quit)
		go func() {
			for {
				select {
				case <-reader.C():
				case <-quit:
					return
				}
				select {
				case probe <- struct{}{}:
				case <-quit:
				}
			}
		}()
	}
	for end, quiet := time.After(patience), false; !quiet; {
		select {
		case <-probe:
		case <-time.After(2 * lookInterval): // a round begins and ends, and its answer
			quiet = true
		case <-end:
			t.Fatalf("readers still look after %s", patience)
		}
	}
}
