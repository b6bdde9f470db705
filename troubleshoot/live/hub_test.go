package live

import (
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// event is a note of the event with a number.
func event(seq int64) Note { return Note{Event: &troubleshoot.Event{Seq: seq}} }

// seqs gives the numbers of events among notes, 0 for what is none.
func seqs(notes []Note) (all []int64) {
	for _, n := range notes {
		if n.Event == nil {
			all = append(all, 0)
			continue
		}
		all = append(all, n.Event.Seq)
	}
	return all
}

// checkTaken fails unless the reader has exactly these events and is behind or not.
func checkTaken(t *testing.T, r *Reader, want []int64, behind bool) {
	t.Helper()
	notes, b := r.Take()
	if got := seqs(notes); !slices.Equal(got, want) || b != behind {
		t.Errorf("took %v, behind %t; want %v, %t", got, b, want, behind)
	}
}

// token tells whether the reader was woken.
func token(r *Reader) bool {
	select {
	case <-r.C():
		return true
	default:
		return false
	}
}

func alone() *Hub { return New(nil, slog.New(slog.DiscardHandler)) }

// TestTopicsDiffer: no two nouns share a topic, however their ids are cut.
func TestTopicsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, topic := range []string{
		QueueTopic, SessionTopic("queue"), SessionTopic("ab"), ExpertTopic(troubleshoot.ExpertID{Name: "ab"}),
		ExpertTopic(troubleshoot.ExpertID{Seller: "a", Name: "b"}), ExpertTopic(troubleshoot.ExpertID{Seller: "ab", Name: "c"}),
		ExpertTopic(troubleshoot.ExpertID{Seller: "a", Name: "bc"}),
	} {
		if seen[topic] {
			t.Errorf("two have the topic %s", topic)
		}
		seen[topic] = true
	}
}

func TestNotesReachTheReadersOfTheirTopic(t *testing.T) {
	h := alone()
	var session []*Reader
	for range 1000 {
		session = append(session, h.Subscribe(SessionTopic("a")))
	}
	others := []*Reader{
		h.Subscribe(SessionTopic("b")), h.Subscribe(QueueTopic),
		h.Subscribe(ExpertTopic(troubleshoot.ExpertID{Name: "a"})), h.Subscribe(ExpertTopic(troubleshoot.ExpertID{Seller: "a", Name: "a"})),
	}
	h.Publish(SessionTopic("a"), event(1))
	h.Publish(SessionTopic("a"), event(2))
	h.Publish(SessionTopic("nobody listens"), event(3))
	late := h.Subscribe(SessionTopic("a"))
	for _, r := range session {
		if !token(r) {
			t.Fatal("a reader was not woken")
		}
		checkTaken(t, r, []int64{1, 2}, false)
		if token(r) {
			t.Fatal("two notes that were taken together leave a token")
		}
	}
	for _, r := range append(others, late) {
		if token(r) {
			t.Errorf("a reader of %s was woken", r.topic)
		}
		checkTaken(t, r, nil, false)
	}
}

// TestSlowReaderFallsBehind: what does not fit is dropped, the reader is told so once, and nobody else notices. A publisher that
// waited would never end here: nobody runs beside it.
func TestSlowReaderFallsBehind(t *testing.T) {
	h := alone()
	slow, quick := h.Subscribe(QueueTopic), h.Subscribe(QueueTopic)
	var first []int64
	for seq := int64(1); seq <= 10_000; seq++ {
		h.Publish(QueueTopic, event(seq))
		if !token(quick) {
			t.Fatalf("event %d woke nobody", seq)
		}
		checkTaken(t, quick, []int64{seq}, false)
		if seq <= readerQueue {
			first = append(first, seq)
		}
	}
	checkTaken(t, slow, first, true)
	checkTaken(t, slow, nil, false)
	h.Publish(QueueTopic, event(10_001))
	checkTaken(t, slow, []int64{10_001}, false)
}

// TestQueueThatFitsIsNotBehind has the bound itself.
func TestQueueThatFitsIsNotBehind(t *testing.T) {
	for _, c := range []struct {
		notes  int
		behind bool
	}{{1, false}, {readerQueue, false}, {readerQueue + 1, true}} {
		h := alone()
		r := h.Subscribe(QueueTopic)
		for range c.notes {
			h.Publish(QueueTopic, event(7))
		}
		if notes, behind := r.Take(); len(notes) != min(c.notes, readerQueue) || behind != c.behind {
			t.Errorf("%d notes: took %d, behind %t", c.notes, len(notes), behind)
		}
	}
}

// TestZeroNotesAreOneLook: to look twice is to look once, and takes no place from what says more.
func TestZeroNotesAreOneLook(t *testing.T) {
	h := alone()
	r := h.Subscribe(QueueTopic)
	for range 3 * readerQueue {
		h.Publish(QueueTopic, Note{})
	}
	h.Publish(QueueTopic, Note{Typing: &Typing{Sender: troubleshoot.ByExpert, Expert: "ada"}})
	h.Publish(QueueTopic, Note{Wait: &Wait{Position: 2}})
	if !token(r) {
		t.Error("it was not woken")
	}
	notes, behind := r.Take()
	if !behind || len(notes) != 2 || notes[0].Typing.Expert != "ada" || notes[1].Wait.Position != 2 {
		t.Errorf("took %+v, behind %t", notes, behind)
	}
}

func TestClosedReaderHearsNothing(t *testing.T) {
	h := alone()
	a, b, c := h.Subscribe(QueueTopic), h.Subscribe(QueueTopic), h.Subscribe(QueueTopic)
	b.Close()
	b.Close()
	h.Publish(QueueTopic, event(1))
	checkTaken(t, a, []int64{1}, false)
	checkTaken(t, b, nil, false)
	checkTaken(t, c, []int64{1}, false)
	a.Close()
	c.Close()
	checkEmpty(t, h)
}

// checkEmpty fails where a closed reader has left something.
func checkEmpty(t *testing.T, h *Hub) {
	t.Helper()
	for n := range h.shards {
		for topic, readers := range h.shards[n].topics {
			t.Errorf("%d readers of %s are left", len(readers), topic)
		}
	}
}

// TestReadersComeAndGoWhilePublishing: a reader that stays misses nothing, whoever comes and goes beside it.
func TestReadersComeAndGoWhilePublishing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const publishers, notes, visitors = 4, 2000, 200
		h := alone()
		topic := func(n int) string { return SessionTopic(fmt.Sprint(n % 3)) }
		var coming sync.WaitGroup
		for p := range publishers {
			stays := h.Subscribe(SessionTopic(fmt.Sprint("own", p)))
			coming.Go(func() {
				for n := range notes {
					h.Publish(topic(n), event(1))
					h.Publish(stays.topic, event(int64(n)))
					<-stays.C()
					checkTaken(t, stays, []int64{int64(n)}, false)
				}
				stays.Close()
			})
		}
		for range 4 {
			coming.Go(func() {
				for n := range visitors {
					r := h.Subscribe(topic(n))
					runtime.Gosched()
					r.Take()
					r.Close()
					r.Take() // what came before
					checkTaken(t, r, nil, false)
				}
			})
		}
		coming.Wait()
		checkEmpty(t, h)
	})
}

func TestDrainTellsAllOnce(t *testing.T) {
	h := alone()
	select {
	case <-h.Draining():
		t.Fatal("a new hub drains")
	default:
	}
	h.Drain()
	h.Drain()
	<-h.Draining()
	<-h.Draining()
}
