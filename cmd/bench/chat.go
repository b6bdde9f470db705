package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
)

// chatRoom is a server with chats in course: who sends into each, and who reads it.
type chatRoom struct {
	address  string
	sessions []string
	senders  []string // keys of the experts
	readers  []string // tokens of the shoppers
	store    *store.Store
	stop     func()
}

// last is the number of the last event of a session's log: what came in rounds before is not read again.
func (r *chatRoom) last(ctx context.Context, n int) (last int64, err error) {
	err = r.store.View(ctx, func(tx *store.Tx) (err error) {
		last, err = tx.LastSeq(r.sessions[n])
		return err
	})
	return last, err
}

// benchChat compares a durable message and its delivery to the other party, over the whole door, with a bare net/http server
// and an SSE hub that keep the same event by the same group commit.
func benchChat(ctx context.Context, dir string, rounds int) error {
	ours, err := openChats(ctx, filepath.Join(dir, "chat.db"))
	if err != nil {
		return err
	}
	defer ours.stop()
	bare, err := openBareChats(ctx, filepath.Join(dir, "bare-chat.db"))
	if err != nil {
		return err
	}
	defer bare.stop()
	if err := lengthenLog(ours); err != nil {
		return err
	}
	var rate, bareRate, ratio, p99, bareP99, p99Ratio, cpu, bareCPU, slowRatio spread
	for round := range rounds + 1 { // the first warms up and does not count
		theirs, err := talkAll(ctx, bare)
		if err != nil {
			return fmt.Errorf("bare hub: %w", err)
		}
		our, err := talkAll(ctx, ours)
		if err != nil {
			return err
		}
		beside, err := talkBesideStuck(ctx, ours)
		if err != nil {
			return fmt.Errorf("beside readers who take nothing: %w", err)
		}
		if round == 0 {
			continue
		}
		slowRatio = append(slowRatio, float64(beside.p99)/float64(our.p99))
		rate, bareRate = append(rate, our.perSecond), append(bareRate, theirs.perSecond)
		cpu, bareCPU = append(cpu, float64(our.cpu.Microseconds())), append(bareCPU, float64(theirs.cpu.Microseconds()))
		ratio, p99Ratio = append(ratio, our.perSecond/theirs.perSecond), append(p99Ratio, float64(our.p99)/float64(theirs.p99))
		p99, bareP99 = append(p99, float64(our.p99.Microseconds())/1000), append(bareP99, float64(theirs.p99.Microseconds())/1000)
	}
	fmt.Printf("durable chat messages delivered/s, REST and SSE, %d senders, SQLite FULL: %s\n", inFlight, rate)
	fmt.Printf("bare net/http and SSE hub over the same group commit, messages/s: %s\n  ratio %s   at least 0.70, goal 0.90\n", bareRate, ratio)
	fmt.Printf("  delivery p99, ms: ours %s, bare %s; ratio %s   at most 2\n", p99, bareP99, p99Ratio)
	fmt.Printf("  delivery p99 beside %d readers who take nothing, against without: ratio %s   at most 1.5\n", stuckMost-1, slowRatio)
	fmt.Printf("  processor time a message, µs, server and client: ours %s, bare %s\n", cpu, bareCPU)
	return nil
}

// openChats serves the whole product with chats that experts have in hand.
func openChats(ctx context.Context, path string) (*chatRoom, error) {
	s, err := openShop(ctx, path)
	if err != nil {
		return nil, err
	}
	room := &chatRoom{address: s.address, store: s.store, stop: s.stop}
	expert := troubleshoot.ExpertID{Seller: "acme", Name: "ann"}
	key, secret, err := rpc.NewKey(troubleshoot.Key{Role: troubleshoot.RoleExpert, Seller: expert.Seller, Expert: expert.Name}, time.Now())
	if err != nil {
		return nil, err
	}
	if err := s.store.Update(ctx, func(tx *store.Tx) error { return tx.KeepKey(key) }); err != nil {
		return nil, err
	}
	chats, err := keepChats(ctx, s.store, expert)
	if err != nil {
		return nil, err
	}
	for _, c := range chats {
		room.sessions, room.senders = append(room.sessions, c.ID), append(room.senders, secret)
		room.readers = append(room.readers, access.MintShopperToken(s.store.Secrets().TokenKey(), c.Intercept, c.Seller, time.Now(), time.Hour))
	}
	return room, nil
}

// keepChats makes as many ACTIVE chats as there are senders.
func keepChats(ctx context.Context, s *store.Store, expert troubleshoot.ExpertID) ([]troubleshoot.Session, error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	var chats []troubleshoot.Session
	err := s.Update(ctx, func(tx *store.Tx) error {
		chats = nil
		if err := tx.EnsureSeller(expert.Seller, now); err != nil {
			return err
		}
		for n := range inFlight {
			i := troubleshoot.Intercept{ID: store.NewID(now), Arm: troubleshoot.Offered, Epoch: 1, CreateTime: now, MatureTime: now.AddDate(0, 1, 0),
				RefundURL: "https://shop.example/refund", Line: troubleshoot.OrderLine{Seller: expert.Seller, OrderID: fmt.Sprint(n), LineID: "1", SKU: "KETTLE-1", Quantity: 1}}
			if _, _, err := tx.KeepIntercept(i); err != nil {
				return err
			}
			waiting := troubleshoot.Session{ID: store.NewID(now), Intercept: i.ID, Seller: expert.Seller, Channel: troubleshoot.ChannelChat,
				State: troubleshoot.Queued, CreateTime: now, QueueTime: now}
			if _, err := tx.KeepSession(i, store.Change{After: waiting, Actor: "bench", Action: "create", Now: now}); err != nil {
				return err
			}
			ringing, err := waiting.Ring(expert, now)
			if err != nil {
				return err
			}
			accepted, err := ringing.Accept(expert, now)
			if err != nil {
				return err
			}
			if accepted, _, err = tx.ChangeSession(store.Change{Before: waiting, After: accepted, Actor: "bench", Action: "accept", Now: now}); err != nil {
				return err
			}
			chats = append(chats, accepted)
		}
		return nil
	})
	return chats, err
}

// talkAll lets every sender send one message after the other for a round, while the other party of each session reads.
func talkAll(ctx context.Context, room *chatRoom) (result, error) {
	var delivered sync.Mutex
	var latencies []time.Duration
	var sent, got atomic.Int64
	errs := make(chan error, 2*len(room.sessions))
	streams := make([]net.Conn, len(room.sessions))
	var reading, sending sync.WaitGroup
	for n := range room.sessions {
		conn, in, err := openReader(ctx, room, n)
		if err != nil {
			return result{}, err
		}
		streams[n] = conn
		reading.Go(func() {
			mine := readMessages(in, &got)
			delivered.Lock()
			defer delivered.Unlock()
			latencies = append(latencies, mine...)
		})
	}
	start, cpu := time.Now(), processCPU()
	end := start.Add(roundTime)
	for n := range room.sessions {
		sending.Go(func() {
			if err := sendMessages(room, n, end, &sent); err != nil {
				errs <- err
			}
		})
	}
	sending.Wait()
	for deadline := time.Now().Add(roundTime); got.Load() < sent.Load() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // the last ones are on their way
	}
	took, used := time.Since(start), processCPU()-cpu
	for _, conn := range streams {
		conn.Close()
	}
	reading.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return result{}, err
	}
	if len(latencies) == 0 || got.Load() < sent.Load() {
		return result{}, fmt.Errorf("%d of %d messages were delivered", got.Load(), sent.Load())
	}
	slices.Sort(latencies)
	return result{perSecond: float64(len(latencies)) / took.Seconds(), p99: latencies[len(latencies)*99/100], cpu: used / time.Duration(len(latencies))}, nil
}

// streamRequest asks for a session's events after the given one.
func streamRequest(room *chatRoom, n int, after int64) string {
	return fmt.Sprintf("GET /v1/sessions/%s/events:stream HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\nLast-Event-ID: %d\r\n\r\n",
		room.sessions[n], room.readers[n], after)
}

// openReader opens the event stream of a session's reader.
func openReader(ctx context.Context, room *chatRoom, n int) (net.Conn, *bufio.Reader, error) {
	conn, err := net.Dial("tcp", room.address)
	if err != nil {
		return nil, nil, err
	}
	last, err := room.last(ctx, n)
	if err != nil {
		return nil, nil, err
	}
	if _, err = fmt.Fprint(conn, streamRequest(room, n, last)); err != nil {
		return nil, nil, err
	}
	in := bufio.NewReaderSize(conn, 8<<10)
	reply, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil, nil, err
	}
	if reply.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("stream: %s", reply.Status)
	}
	return conn, bufio.NewReaderSize(reply.Body, 8<<10), nil
}

// sentAt marks the time of sending in a message's text.
const sentAt = "sent at "

// readMessages measures how long messages took until the stream ends.
func readMessages(in *bufio.Reader, got *atomic.Int64) []time.Duration {
	var latencies []time.Duration
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return latencies
		}
		_, rest, ok := bytes.Cut(line, []byte(sentAt))
		if !ok {
			continue
		}
		stamp, _, _ := bytes.Cut(rest, []byte(" "))
		nanos, err := strconv.ParseInt(string(stamp), 10, 64)
		if err != nil {
			continue
		}
		latencies = append(latencies, time.Duration(time.Now().UnixNano()-nanos))
		got.Add(1)
	}
}

// sendMessages sends one message after the other until end.
func sendMessages(room *chatRoom, n int, end time.Time, sent *atomic.Int64) error {
	conn, err := net.Dial("tcp", room.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 4<<10)
	for time.Now().Before(end) {
		now := time.Now().UnixNano()
		body := fmt.Sprintf(`{"clientMessageId":"%d","text":"%s%d Please plug a lamp into the same socket and tell me what you see."}`, now, sentAt, now)
		if _, err := conn.Write(post("/v1/sessions/"+room.sessions[n]+"/messages", room.senders[n], body)); err != nil {
			return err
		}
		ok, err := readOK(in)
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("a message was answered 503")
		}
		sent.Add(1)
	}
	return nil
}
