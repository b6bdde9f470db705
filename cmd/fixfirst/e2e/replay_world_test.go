package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// newReplay sets a seller up, with experts who have room for all, on any of the doors.
func newReplay(t *testing.T, admin *client, doors *doors) *replay {
	r := &replay{t: t, doors: doors, seller: "replay", started: map[string]*conversation{}, changed: make(chan struct{})}
	r.admin = r.party(admin.key, 0)
	admin.sellKettles(r.seller, object{"holdoutFraction": 0.0, "waitTarget": "3600s"})
	return r
}

// party makes one with a credential and a favourite door.
func (r *replay) party(key string, door int) party {
	return party{client: client{t: r.t, key: key, http: httpClient()}, doors: r.doors, door: door, rand: rand.New(rand.NewPCG(uint64(door), uint64(len(key))))}
}

// experts brings experts on; each accepts what rings and plays its side of it. They end with ctx.
func (r *replay) experts(ctx context.Context, running *sync.WaitGroup, failed func(error)) {
	for n := range replayExperts {
		name := fmt.Sprint("expert-", n)
		key := text(r.must(http.MethodPost, "/v1/keys", object{"role": "EXPERT", "seller": r.seller, "expert": name}), "secret")
		r.must(http.MethodPut, "/v1/experts/"+name, object{"seller": r.seller, "capacity": troubleshoot.MaxCapacity})
		p := r.party(key, 1+n) // with two replicas, on other ones than many of the shoppers
		running.Go(func() { r.work(ctx, &p, name, running, failed) })
	}
}

func (r *replay) must(method, path string, body any) object {
	r.t.Helper()
	got, err := r.admin.ask(context.Background(), method, path, body)
	if err != nil || got.code != http.StatusOK {
		r.t.Fatalf("%s %s: %s, %v", method, path, got, err)
	}
	return got.object(r.t)
}

// work is an expert's day: the work stream is opened again whenever it ends, AVAILABLE is said again whenever that was lost.
func (r *replay) work(ctx context.Context, p *party, name string, running *sync.WaitGroup, failed func(error)) {
	taken := map[string]bool{}
	for try := 0; ctx.Err() == nil; try++ {
		c := p.client
		c.url = r.doors.at(p.door + try)
		stream, err := c.open(ctx, "/v1/experts/"+name+"/work:stream", 0)
		if err != nil {
			pause(ctx, 10*time.Millisecond)
			continue
		}
		for {
			f, err := stream.next()
			if err != nil || f.event != "" {
				break
			}
			r.workOn(ctx, p, name, f.data, taken, running, failed)
		}
		stream.close()
	}
}

// workOn does what a message of the work stream asks for.
func (r *replay) workOn(ctx context.Context, p *party, name string, data []byte, taken map[string]bool, running *sync.WaitGroup, failed func(error)) {
	var work struct {
		Expert            struct{ State string }
		Offered, Sessions []struct{ Name string }
	}
	if err := json.Unmarshal(data, &work); err != nil {
		failed(err)
		return
	}
	if work.Expert.State == "OFFLINE" || work.Expert.State == "AWAY" {
		c := p.client
		c.url = r.doors.at(p.door)
		c.do(http.MethodPost, "/v1/experts/"+name+":setPresence", object{"state": "AVAILABLE"}) // else the next message says it again
	}
	hand := map[string]bool{}
	for _, s := range work.Sessions {
		hand[s.Name] = true
	}
	for session := range taken {
		if !hand[session] {
			delete(taken, session)
		}
	}
	for _, s := range append(work.Offered, work.Sessions...) {
		if taken[s.Name] {
			continue
		}
		taken[s.Name] = true
		mine := party{client: p.client, doors: p.doors, door: p.door, rand: rand.New(rand.NewPCG(p.rand.Uint64(), 1))}
		running.Go(func() {
			if err := r.answer(ctx, &mine, s.Name); err != nil && ctx.Err() == nil {
				failed(err)
			}
		})
	}
}

// answer accepts a session and plays the expert's side of it.
func (r *replay) answer(ctx context.Context, p *party, session string) error {
	got, err := p.ask(ctx, http.MethodPost, "/v1/"+session+":accept", object{})
	if err != nil || got.code == http.StatusConflict { // it rings elsewhere, or is in hand already
		return err
	}
	c, err := r.conversation(ctx, session)
	if err != nil {
		return err
	}
	return c.speak(ctx, p, 1)
}

// conversation waits until the shopper knows that the session has begun.
func (r *replay) conversation(ctx context.Context, session string) (*conversation, error) {
	for {
		r.mu.Lock()
		c, changed := r.started[session], r.changed
		r.mu.Unlock()
		if c != nil {
			return c, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// shopper plays one dialogue from the click on "return" to the end of the chat.
func (r *replay) shopper(ctx context.Context, n int, d dialogue) error {
	store := r.party(r.admin.key, n)
	got, err := store.ask(ctx, http.MethodPost, "/v1/returns:intercept", intent(r.seller, fmt.Sprint("order-", n), "1", "KETTLE-1"))
	if err != nil || got.code != http.StatusOK {
		return fmt.Errorf("intercept %d: %s, %w", n, got, err)
	}
	var i object
	if err := json.Unmarshal(got.body, &i); err != nil {
		return err
	}
	p := r.party(text(i, "shopperToken"), n)
	p.rand = rand.New(rand.NewPCG(uint64(n), 2))
	if got, err = p.ask(ctx, http.MethodPost, "/v1/"+text(i, "name")+"/sessions", object{"channel": "CHAT", "requestId": "replay"}); err != nil || got.code != http.StatusOK {
		return fmt.Errorf("chat of %s: %s, %w; the offer was %v", d.id, got, err, at(i, "offer"))
	}
	var session object
	if err := json.Unmarshal(got.body, &session); err != nil {
		return err
	}
	c := &conversation{dialogue: d, session: text(session, "name"), acked: map[int]int{}}
	r.mu.Lock()
	r.started[c.session] = c
	r.all = append(r.all, c)
	close(r.changed)
	r.changed = make(chan struct{})
	r.mu.Unlock()
	return c.speak(ctx, &p, 0)
}

// run plays all dialogues, so many at once, while harm happens, and checks every one.
func (r *replay) run(all []dialogue, atOnce int, harm func(ctx context.Context)) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), replayPatience*time.Duration(sized(1, 12)), fmt.Errorf("the replay took too long"))
	defer cancel()
	failure := make(chan error, 1)
	failed := func(err error) {
		select {
		case failure <- err:
		default:
		}
		cancel()
	}
	working, stop := context.WithCancel(ctx)
	var experts, harming sync.WaitGroup
	r.experts(working, &experts, failed)
	r.waitForExperts(ctx)
	began := time.Now()
	playing, played := context.WithCancel(working)
	harming.Go(func() { harm(playing) })
	inParallelUntil(ctx, atOnce, len(all), func(n int) {
		if err := r.shopper(ctx, n, all[n]); err != nil {
			failed(err)
		}
	})
	took := time.Since(began)
	played()
	harming.Wait()
	r.settle(ctx)
	stop()
	experts.Wait()
	select {
	case err := <-failure:
		r.t.Fatal(err)
	default:
	}
	messages := 0
	for _, c := range r.all {
		messages += len(c.lines)
		if err := c.check(); err != nil {
			r.t.Error(err)
		}
	}
	if len(r.all) != len(all) {
		r.t.Errorf("%d of %d dialogues were played", len(r.all), len(all))
	}
	r.t.Logf("%d dialogues, %d messages, %d at once, in %s", len(r.all), messages, atOnce, took.Round(time.Second))
}

// waitForExperts waits until all are AVAILABLE.
func (r *replay) waitForExperts(ctx context.Context) {
	for ctx.Err() == nil {
		on, _ := r.must(http.MethodGet, "/v1/queue?seller="+r.seller, nil)["experts"].([]any)
		available := 0
		for _, e := range on {
			if text(e, "state") == "AVAILABLE" {
				available++
			}
		}
		if available == replayExperts {
			return
		}
		pause(ctx, 20*time.Millisecond)
	}
}

// settle waits until the experts have read their sides to the end as well.
func (r *replay) settle(ctx context.Context) {
	for _, c := range r.all {
		for ctx.Err() == nil {
			c.mu.Lock()
			done := c.received[1] != nil
			c.mu.Unlock()
			if done {
				break
			}
			pause(ctx, 10*time.Millisecond)
		}
	}
}

// inParallelUntil runs do(0) to do(n-1), workers at a time, until ctx ends.
func inParallelUntil(ctx context.Context, workers, n int, do func(i int)) {
	next := make(chan int)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	running.Wait()
}
