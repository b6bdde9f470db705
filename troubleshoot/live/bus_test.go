package live

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// ether joins hubs of one process. It gives data to its sender as well, which a hub must bear.
type ether struct {
	mu   sync.Mutex
	ends []*end
}

// end is one hub's part of the ether.
type end struct {
	ether   *ether
	cut     atomic.Bool
	jam     atomic.Pointer[chan struct{}] // Publish waits for it
	mu      sync.Mutex
	receive func([]byte)
	lost    func()
}

func (e *ether) join() *end {
	e.mu.Lock()
	defer e.mu.Unlock()
	joined := &end{ether: e}
	e.ends = append(e.ends, joined)
	return joined
}

func (e *end) Publish(data []byte) error {
	if jam := e.jam.Load(); jam != nil {
		<-*jam
	}
	if e.cut.Load() {
		return errors.New("cut")
	}
	e.ether.mu.Lock()
	defer e.ether.mu.Unlock()
	for _, to := range e.ether.ends {
		to.mu.Lock()
		if to.receive != nil && !to.cut.Load() {
			to.receive(bytes.Clone(data))
		}
		to.mu.Unlock()
	}
	return nil
}

func (e *end) Subscribe(receive func([]byte), lost func()) func() {
	set := func(receive func([]byte), lost func()) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.receive, e.lost = receive, lost
	}
	set(receive, lost)
	return func() { set(nil, nil) }
}

func (e *end) Connected() bool { return !e.cut.Load() }

func (e *end) mend() {
	e.cut.Store(false)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost()
}

// joined runs a test with two hubs on one ether, past the look with which they begin. Whatever they leave running fails it.
func joined(t *testing.T, test func(t *testing.T, a, b *Hub, toA, toB *end)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e, log := new(ether), slog.New(slog.DiscardHandler)
		toA, toB := e.join(), e.join()
		a, b := New(toA, log), New(toB, log)
		for _, h := range []*Hub{a, b} {
			if err := h.Start(); err != nil {
				t.Fatal(err)
			}
			defer h.Stop()
		}
		time.Sleep(3*lookInterval - lookSpread/2) // of the bubble's clock: a round of looks has ended, and none begins soon
		test(t, a, b, toA, toB)
	})
}

func TestBusCarriesTopicsAndTypingOnly(t *testing.T) {
	typing := &Typing{Sender: troubleshoot.ByExpert, Expert: "ada"}
	for _, c := range []struct {
		name                string
		note                Note
		hereNotes           int
		hereBehind          bool
		thereTyping, behind bool
	}{
		{name: "an event is looked up", note: event(5), hereNotes: 1, behind: true},
		{name: "a look is a look", note: Note{}, hereBehind: true, behind: true},
		{name: "typing is told", note: Note{Typing: typing}, hereNotes: 1, thereTyping: true},
		{name: "a wait stays here", note: Note{Wait: &Wait{Position: 1}}, hereNotes: 1},
		{name: "an event with a wait is looked up", note: Note{Event: &troubleshoot.Event{}, Wait: &Wait{}}, hereNotes: 1, behind: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			joined(t, func(t *testing.T, a, b *Hub, _, _ *end) {
				for _, way := range [][2]*Hub{{a, b}, {b, a}} {
					here, there := way[0].Subscribe("t"), way[1].Subscribe("t")
					other := way[1].Subscribe("other")
					way[0].Publish("t", c.note)
					synctest.Wait()
					if notes, behind := here.Take(); len(notes) != c.hereNotes || behind != c.hereBehind {
						t.Errorf("here: %+v, behind %t", notes, behind)
					}
					notes, behind := there.Take()
					if behind != c.behind || (len(notes) == 1) != c.thereTyping || (c.thereTyping && *notes[0].Typing != *typing) {
						t.Errorf("there: %+v, behind %t", notes, behind)
					}
					if token(other) {
						t.Error("a reader of another topic was woken")
					}
					here.Close()
					there.Close()
				}
			})
		})
	}
}

// looks counts how often a reader is told to look in so many intervals, and fails where it is told anything else.
func looks(t *testing.T, r *Reader, intervals int) (count int) {
	t.Helper()
	for end := time.After(time.Duration(intervals) * lookInterval); ; {
		select {
		case <-end:
			return count
		case <-r.C():
			if notes, behind := r.Take(); len(notes) > 0 || !behind {
				t.Errorf("took %+v, behind %t", notes, behind)
			}
			count++
		}
	}
}

func TestReadersLookWhileTheBusIsCut(t *testing.T) {
	joined(t, func(t *testing.T, a, b *Hub, toA, _ *end) {
		here, there := a.Subscribe(SessionTopic("x")), b.Subscribe(SessionTopic("x"))
		for _, phase := range []struct {
			name        string
			change      func()
			here, there int // looks in 10 intervals
		}{
			{"idle", func() {}, 0, 0},
			{"cut", func() { toA.cut.Store(true) }, 10, 0},
			{"mended: once more, there too, for what was published here meanwhile", toA.mend, 1, 1},
			{"idle again", func() {}, 0, 0},
			{"mended ten times at once", func() {
				for range 10 {
					toA.mend()
				}
			}, 1, 1},
		} {
			phase.change()
			var gotThere int
			var counting sync.WaitGroup
			counting.Go(func() { gotThere = looks(t, there, 10) })
			gotHere := looks(t, here, 10)
			counting.Wait()
			if gotHere != phase.here || gotThere != phase.there {
				t.Errorf("%s: %d looks here, %d there; want %d, %d", phase.name, gotHere, gotThere, phase.here, phase.there)
			}
		}
	})
}

// TestLooksAreSpread: the readers of a cut replica do not all look at the same moment.
func TestLooksAreSpread(t *testing.T) {
	joined(t, func(t *testing.T, a, _ *Hub, toA, _ *end) {
		var readers []*Reader
		for n := range 1000 {
			readers = append(readers, a.Subscribe(SessionTopic(strings.Repeat("x", n%200+1)+string(rune('a'+n%26)))))
		}
		woken := func() (count int) {
			for _, r := range readers {
				if token(r) {
					count++
				}
			}
			return count
		}
		toA.cut.Store(true)
		time.Sleep(lookSpread / 2) // then a round begins
		most, all := 0, 0
		for range 100 {
			now := woken()
			most, all = max(most, now), all+now
			time.Sleep(lookSpread / 100)
		}
		if all != len(readers) || most > len(readers)/5 {
			t.Errorf("%d of %d readers looked within %s, %d of them at once", all, len(readers), lookSpread, most)
		}
	})
}

// TestPublisherNeverWaitsForTheBus: a network that stands still costs wakes, not time, and the others are told to look.
func TestPublisherNeverWaitsForTheBus(t *testing.T) {
	joined(t, func(t *testing.T, a, b *Hub, toA, _ *end) {
		there := b.Subscribe("not published")
		jam := make(chan struct{})
		toA.jam.Store(&jam)
		began := time.Now()
		for range 3 * busQueue {
			a.Publish("t", event(1))
		}
		if waited := time.Since(began); waited != 0 || len(a.out) != busQueue {
			t.Errorf("publishing took %s, %d wakes are on their way", waited, len(a.out))
		}
		time.Sleep(5 * lookInterval)
		if token(there) {
			t.Error("the other replica was told through a network that stands still")
		}
		close(jam)
		if count := looks(t, there, 5); count != 1 {
			t.Errorf("%d looks for what was dropped, want 1", count)
		}
	})
}

// TestStopSendsWhatWasPublished: the last wakes of a replica that ends matter to the others.
func TestStopSendsWhatWasPublished(t *testing.T) {
	joined(t, func(t *testing.T, a, b *Hub, toA, _ *end) {
		jam := make(chan struct{})
		toA.jam.Store(&jam)
		there := b.Subscribe("last")
		for range 100 {
			a.Publish("t", event(1))
		}
		a.Publish("last", event(2))
		time.AfterFunc(time.Second, func() { close(jam) })
		a.Stop()
		checkTaken(t, there, nil, true)

		here := a.Subscribe("t")
		b.Publish("t", event(3))
		a.Publish("last", event(4))
		time.Sleep(3 * lookInterval)
		checkTaken(t, here, nil, false)
		checkTaken(t, there, nil, false)
	})
}

// TestStopDoesNotWaitForABusThatIsCut gives up what is queued at the first wake that does not go.
func TestStopDoesNotWaitForABusThatIsCut(t *testing.T) {
	joined(t, func(t *testing.T, a, _ *Hub, toA, _ *end) {
		jam := make(chan struct{})
		toA.jam.Store(&jam)
		for range busQueue {
			a.Publish("t", event(1))
		}
		var stopping sync.WaitGroup
		stopping.Go(a.Stop)
		synctest.Wait()
		toA.cut.Store(true)
		close(jam)
		stopping.Wait()
		if len(a.out) < busQueue/2 {
			t.Errorf("%d of %d wakes were tried on a bus that is cut", busQueue-len(a.out), busQueue)
		}
	})
}

func TestStartAndStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, h := range []*Hub{alone(), New(new(ether).join(), slog.New(slog.DiscardHandler))} {
			h.Stop() // nothing runs
			for range 2 {
				if err := h.Start(); err != nil {
					t.Fatal(err)
				}
				if err := h.Start(); troubleshoot.CodeOf(err) != troubleshoot.FailedPrecondition {
					t.Errorf("started twice: %v", err)
				}
				r := h.Subscribe("t")
				h.Publish("t", event(1))
				synctest.Wait()
				checkTaken(t, r, []int64{1}, false)
				h.Stop()
				h.Stop()
			}
		}
	})
}

// TestStartLooks: what others published while nobody listened is looked up.
func TestStartLooks(t *testing.T) {
	joined(t, func(t *testing.T, a, b *Hub, _, _ *end) {
		a.Stop()
		here := a.Subscribe("t")
		b.Publish("t", event(1))
		synctest.Wait()
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
		if count := looks(t, here, 5); count != 1 {
			t.Errorf("%d looks after the start, want 1", count)
		}
	})
}

func TestGarbageOnTheBusIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		e := new(ether)
		h := New(e.join(), slog.New(slog.NewJSONHandler(&lines, nil)))
		if err := h.Start(); err != nil {
			t.Fatal(err)
		}
		defer h.Stop()
		r := h.Subscribe("t")
		if count := looks(t, r, 3); count != 1 {
			t.Errorf("%d looks after the start", count)
		}
		stranger := e.join()
		for range 1000 {
			if err := stranger.Publish([]byte("\x01secret")); err != nil {
				t.Fatal(err)
			}
		}
		if count := looks(t, r, 3); count != 0 {
			t.Errorf("%d looks for garbage", count)
		}
		if text := lines.String(); strings.Count(text, "\n") != 1 || strings.Contains(text, "secret") {
			t.Errorf("1000 times garbage is logged as %q", text)
		}
	})
}
