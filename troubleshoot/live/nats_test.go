package live

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestWakesCrossNATS(t *testing.T) {
	t.Parallel()
	_, port := serveNATS(t, 0, nil)
	a, b := newReplica(t, natsAt(port)), newReplica(t, natsAt(port))
	settled(t, a, b)
	topic := SessionTopic("0dk3")
	atA, atB := a.Subscribe(topic), b.Subscribe(topic)
	for _, way := range []struct {
		from, to    replica
		here, there *Reader
	}{{a, b, atA, atB}, {b, a, atB, atA}} {
		way.from.Publish(topic, event(1))
		if notes, behind := await(t, way.there); len(notes) != 0 || !behind {
			t.Errorf("an event comes as %+v, behind %t", notes, behind)
		}
		way.from.Publish(topic, Note{Typing: &Typing{Sender: troubleshoot.ByExpert, Expert: "Zoë"}})
		if notes, behind := await(t, way.there); len(notes) != 1 || behind || *notes[0].Typing != (Typing{troubleshoot.ByExpert, "Zoë"}) {
			t.Errorf("typing comes as %+v, behind %t", notes, behind)
		}
		// What went through the server and back would have come by now: the answer to this does.
		other := way.from.Subscribe("answer")
		way.to.Publish("answer", Note{})
		await(t, other)
		if notes, behind := way.here.Take(); len(notes) != 2 || notes[0].Event.Seq != 1 || notes[1].Typing == nil || behind {
			t.Errorf("its own notes come as %+v, behind %t", notes, behind)
		}
	}
}

// TestReadersOutliveTheServer: cut, readers look every second; and once more when it is back, for what was published meanwhile.
func TestReadersOutliveTheServer(t *testing.T) {
	t.Parallel()
	stop, port := serveNATS(t, 0, nil)
	a, b := newReplica(t, natsAt(port)), newReplica(t, natsAt(port))
	settled(t, a, b)
	topic := SessionTopic("0dk3")
	atA, atB := a.Subscribe(topic), b.Subscribe(topic)
	stop()
	for _, r := range []*Reader{atA, atA, atB, atB} {
		if notes, behind := await(t, r); len(notes) != 0 || !behind {
			t.Errorf("while cut: %+v, behind %t", notes, behind)
		}
	}
	a.Publish(topic, event(1))
	if notes, _ := await(t, atA); len(seqs(notes)) != 1 {
		t.Errorf("while cut the readers of the same replica get %+v", notes)
	}
	serveNATS(t, port, nil)
	for _, looked := range []<-chan struct{}{lookedConnected(t, a, atA), lookedConnected(t, b, atB)} {
		select {
		case <-looked:
		case <-time.After(patience):
			t.Fatalf("no look within %s after the cut", patience)
		}
	}
	settled(t, a, b)
	atB.Take()
	a.Publish(topic, Note{Typing: &Typing{Sender: troubleshoot.ByShopper}})
	if notes, behind := await(t, atB); len(notes) != 1 || behind {
		t.Errorf("after all: %+v, behind %t", notes, behind)
	}
	for _, r := range []replica{a, b} {
		if text := r.log.String(); strings.Count(text, "the bus is cut") != 1 || strings.Count(text, "the bus is connected") != 2 || strings.Count(text, "\n") != 3 {
			t.Errorf("one cut is logged as\n%s", text)
		}
	}
}

// lookedConnected is closed when the reader was told to look and its replica was connected.
func lookedConnected(t *testing.T, of replica, r *Reader) <-chan struct{} {
	looked := make(chan struct{})
	go func() {
		for {
			select {
			case <-r.C():
			case <-t.Context().Done():
				return
			}
			if _, behind := r.Take(); behind && of.bus.Connected() {
				close(looked)
				return
			}
		}
	}()
	return looked
}

// TestNATSMayComeLater: a replica starts without its bus, says so once, and finds it.
func TestNATSMayComeLater(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	stop, port := serveNATS(t, 0, nil)
	stop()
	for name, address := range map[string]string{"nobody listens": natsAt(port), "somebody is silent": "nats://" + silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			r := newReplica(t, address)
			reader := r.Subscribe("t")
			r.Publish("t", event(1))
			if took := time.Since(began); took > natsDial/2 {
				t.Errorf("the start waited %s", took)
			}
			if r.bus.Connected() {
				t.Error("connected to nobody")
			}
			for range 3 {
				await(t, reader)
			}
			eventually(t, "it is logged", func() bool { return r.log.String() != "" })
			if text := r.log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "cannot be reached") {
				t.Errorf("logged as\n%s", text)
			}
			if address == natsAt(port) {
				serveNATS(t, port, nil)
				eventually(t, "connected", r.bus.Connected)
			}
			r.end()
		})
	}
}

// TestNATSRefusesUs: a wrong password is a cut like another; it is neither given up nor shown.
func TestNATSRefusesUs(t *testing.T) {
	t.Parallel()
	stop, port := serveNATS(t, 0, func(o *server.Options) { o.Username, o.Password = "ada", "right" })
	r := newReplica(t, fmt.Sprintf("nats://ada:wrong@127.0.0.1:%d", port))
	reader := r.Subscribe("t")
	for range 6 { // more than the two refusals after which the client would end by itself
		await(t, reader)
	}
	stop()
	serveNATS(t, port, func(o *server.Options) { o.Username, o.Password = "ada", "wrong" })
	eventually(t, "connected", r.bus.Connected)
	r.end()
	if text := r.log.String(); strings.Contains(text, "wrong") || strings.Count(text, "\n") != 2 {
		t.Errorf("logged as\n%s", text)
	}
}

// TestNATSSaysWhenWakesMayBeLost: with each connection, once it is there, and when the server does not let us send.
func TestNATSSaysWhenWakesMayBeLost(t *testing.T) {
	t.Parallel()
	forbid := func(o *server.Options) {
		o.Users = []*server.User{{Username: "ada", Password: "right", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{subject}}}}}
	}
	stop, port := serveNATS(t, 0, forbid)
	stop()
	bus, err := ConnectNATS(fmt.Sprintf("nats://ada:right@127.0.0.1:%d", port), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	lost := make(chan bool, 10)
	defer bus.Subscribe(func([]byte) {}, func() { lost <- bus.Connected() })()
	told := func(when string) {
		select {
		case connected := <-lost:
			if !connected {
				t.Errorf("%s: told while cut", when)
			}
		case <-time.After(patience):
			t.Fatalf("%s: not told within %s", when, patience)
		}
	}
	if err := bus.Publish([]byte("x")); err == nil {
		t.Error("published while cut")
	}
	for _, when := range []string{"first connection", "second connection"} {
		stop, _ := serveNATS(t, port, forbid)
		told(when)
		if err := bus.Publish([]byte("x")); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		told("forbidden to send")
		stop()
		eventually(t, "cut", func() bool { return !bus.Connected() })
	}
	if len(lost) > 0 {
		t.Errorf("told %d times more", len(lost))
	}
}

// TestStrangersOnTheBus: what others write to our subject does no harm.
func TestStrangersOnTheBus(t *testing.T) {
	t.Parallel()
	_, port := serveNATS(t, 0, nil)
	a, b := newReplica(t, natsAt(port)), newReplica(t, natsAt(port))
	settled(t, a, b)
	stranger, err := nats.Connect(natsAt(port))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	r := a.Subscribe("t")
	for _, data := range [][]byte{nil, []byte("hello"), bytes.Repeat([]byte{1}, 1<<19)} {
		if err := stranger.Publish(subject, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := stranger.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	b.Publish("t", Note{Typing: &Typing{Sender: troubleshoot.ByShopper}})
	if notes, behind := await(t, r); len(notes) != 1 || behind {
		t.Errorf("after garbage: %+v, behind %t", notes, behind)
	}
}

func TestNATSAddresses(t *testing.T) {
	for _, address := range []string{"", "localhost:4222", "http://secret@localhost:4222", "nats://", "nats://secret:%zz@host", "nats://a:4222,", "nats://a:4222,ws://b:80"} {
		bus, err := ConnectNATS(address, slog.New(slog.DiscardHandler))
		if err == nil {
			bus.Close()
		}
		if troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument || err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestNATSLeavesNothingRunning in any state of the connection.
func TestNATSLeavesNothingRunning(t *testing.T) {
	stop, port := serveNATS(t, 0, nil)
	before := runtime.NumGoroutine()
	ended := func() bool { return runtime.NumGoroutine() <= before }
	for range 5 {
		r := newReplica(t, natsAt(port))
		eventually(t, "connected", r.bus.Connected)
		r.Publish("t", event(1))
		r.end()
	}
	newReplica(t, natsAt(port)).end() // at once
	eventually(t, "goroutines of connected replicas end", ended)

	cut := newReplica(t, natsAt(port))
	eventually(t, "connected", cut.bus.Connected)
	stop()
	eventually(t, "cut", func() bool { return !cut.bus.Connected() })
	never := newReplica(t, natsAt(port))
	eventually(t, "it is logged", func() bool { return never.log.String() != "" })
	cut.end()
	never.end()
	never.bus.Close() // again
	eventually(t, "goroutines of cut replicas end", ended)
}
