package live

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
)

// maxIdleReader is what an idle reader may take: 5,000 of them are 5 MB at most.
const maxIdleReader = 1024

// TestIdleReaderIsSmall counts all: the topic, its place in the hub, and the reader, which has been used once.
func TestIdleReaderIsSmall(t *testing.T) {
	const readers = 5000
	h := alone()
	kept := make([]*Reader, readers)
	before := inUse()
	for n := range kept {
		topic := SessionTopic(fmt.Sprintf("%037d", n)) // an id has so many characters
		kept[n] = h.Subscribe(topic)
		h.Publish(topic, event(1))
		<-kept[n].C()
		kept[n].Take()
	}
	each := (inUse() - before) / readers
	t.Logf("%d bytes an idle reader", each)
	if each > maxIdleReader {
		t.Errorf("%d bytes an idle reader, want %d at most", each, maxIdleReader)
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(h)
}

func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// BenchmarkPublish is one event to one reader that takes it, among 5,000 who wait for something else.
func BenchmarkPublish(b *testing.B) {
	h := crowded()
	r, n := h.Subscribe("session"), event(1)
	b.ReportAllocs()
	for b.Loop() {
		h.Publish("session", n)
		<-r.C()
		r.Take()
	}
}

// BenchmarkPublishParallel has publishers of different sessions.
func BenchmarkPublishParallel(b *testing.B) {
	h := crowded()
	var sessions atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		r, n := h.Subscribe(fmt.Sprint("own", sessions.Add(1))), event(1)
		for pb.Next() {
			h.Publish(r.topic, n)
			<-r.C()
			r.Take()
		}
	})
}

// BenchmarkDeliver is there and back between two goroutines, two deliveries.
func BenchmarkDeliver(b *testing.B) {
	h := crowded()
	there, back, n := h.Subscribe("there"), h.Subscribe("back"), event(1)
	go func() {
		for range there.C() {
			there.Take()
			h.Publish("back", n)
		}
	}()
	for b.Loop() {
		h.Publish("there", n)
		<-back.C()
		back.Take()
	}
}

// BenchmarkPublishToBus is what the publisher pays where there is a bus.
func BenchmarkPublishToBus(b *testing.B) {
	h := New(new(ether).join(), nil)
	if err := h.Start(); err != nil {
		b.Fatal(err)
	}
	defer h.Stop()
	b.ReportAllocs()
	for b.Loop() {
		h.Publish("session", Note{})
	}
}

func crowded() *Hub {
	h := alone()
	for n := range 5000 {
		h.Subscribe(SessionTopic(fmt.Sprint(n)))
	}
	return h
}
