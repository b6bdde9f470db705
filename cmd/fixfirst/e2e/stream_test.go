package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// frame is one event of a text/event-stream.
type frame struct {
	id    int // 0: none
	event string
	data  []byte
}

// eventStream is an open stream.
type eventStream struct {
	body io.ReadCloser
	in   *bufio.Reader
}

// errRefused is a stream that was answered with an error.
type errRefused struct{ reply }

func (e errRefused) Error() string { return e.reply.String() }

// streaming is a client without a time limit, one connection a stream.
var streaming = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// open opens a stream after an event; ctx ends it.
func (c *client) open(ctx context.Context, path string, lastID int) (*eventStream, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+c.key)
	if lastID > 0 {
		req.Header.Set("Last-Event-ID", strconv.Itoa(lastID))
	}
	resp, err := streaming.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		return nil, errRefused{reply{resp.StatusCode, resp.Header, data, err}}
	}
	return &eventStream{resp.Body, bufio.NewReader(resp.Body)}, nil
}

func (s *eventStream) close() { _ = s.body.Close() } // what was read counts

// next gives the next frame; signs of life are passed over.
func (s *eventStream) next() (frame, error) {
	var f frame
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return f, err
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			if f.id, err = strconv.Atoi(value); err != nil {
				return f, err
			}
		case "event":
			f.event = value
		case "data":
			f.data = append(f.data, value...)
		}
		if line == "" && (f.data != nil || f.event != "") {
			return f, nil
		}
	}
}

// duty is an expert who is on: the work stream is open, and opened again when it ends, until the test does.
type duty struct {
	*client
	seller, name string
	end          context.CancelFunc

	mu      sync.Mutex
	offered map[string]bool // sessions that ring, as of the last message
	hand    map[string]bool // sessions in hand
	changed chan struct{}   // closed and made anew with each message
	on      bool            // AVAILABLE has been set
}

// onDuty brings an expert of a seller on, AVAILABLE, with a profile or the default one.
func (c *client) onDuty(t *testing.T, seller, name string, profile object) *duty {
	t.Helper()
	key := c.newKey(object{"role": "EXPERT", "seller": seller, "expert": name})
	if profile != nil {
		profile["seller"] = seller
		c.must(http.MethodPut, "/v1/experts/"+name, profile)
	}
	return c.as(key).in(t).goOn(t, seller, name)
}

// onColleague brings on somebody to hand a session to, who knows another product: no new one rings there.
func (c *client) onColleague(t *testing.T, seller string) {
	t.Helper()
	c.onDuty(t, seller, "colleague-of-"+seller, object{"skills": []string{"sku:LAMP-1"}, "capacity": 50})
}

// goOn opens the work stream with the expert's own key and becomes AVAILABLE.
func (c *client) goOn(t *testing.T, seller, name string) *duty {
	t.Helper()
	ctx, end := context.WithCancel(context.Background())
	d := &duty{client: c, seller: seller, name: name, end: end, changed: make(chan struct{})}
	var running sync.WaitGroup
	running.Go(func() { d.work(ctx) })
	t.Cleanup(func() {
		end()
		running.Wait()
	})
	if !d.until(30*time.Second, func() bool { return d.offered != nil }) {
		t.Fatalf("no work stream for %s", name)
	}
	c.must(http.MethodPost, "/v1/experts/"+name+":setPresence", object{"state": "AVAILABLE"})
	d.mu.Lock()
	d.on = true
	d.mu.Unlock()
	return d
}

// work keeps the work stream open; after a restart the expert is AVAILABLE again as soon as it is.
func (d *duty) work(ctx context.Context) {
	for ctx.Err() == nil {
		stream, err := d.open(ctx, "/v1/experts/"+d.name+"/work:stream", 0)
		if err != nil {
			pause(ctx, 20*time.Millisecond)
			continue
		}
		for {
			f, err := stream.next()
			if err != nil || f.event != "" {
				break
			}
			d.take(f.data)
		}
		stream.close()
	}
}

// pause waits a moment between attempts, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (d *duty) take(data []byte) {
	var work struct {
		Expert            struct{ State string }
		Offered, Sessions []struct{ Name string }
	}
	if json.Unmarshal(data, &work) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offered, d.hand = map[string]bool{}, map[string]bool{}
	for _, s := range work.Offered {
		d.offered[s.Name] = true
	}
	for _, s := range work.Sessions {
		d.hand[s.Name] = true
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// until waits for the work stream to bring what holds asks for.
func (d *duty) until(limit time.Duration, holds func() bool) bool {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		d.mu.Lock()
		ok, changed := holds(), d.changed
		d.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-deadline.C:
			return false
		}
	}
}

// rings waits until the session rings here.
func (d *duty) rings(session string) {
	d.t.Helper()
	if !d.until(30*time.Second, func() bool { return d.offered[session] || d.hand[session] }) {
		d.t.Fatalf("%s never rang at %s", session, d.name)
	}
}

// accepts waits until the session rings here and accepts it.
func (d *duty) accepts(session string) object {
	d.t.Helper()
	d.rings(session)
	return d.must(http.MethodPost, "/v1/"+session+":accept", object{})
}

// startChat starts a chat with a shopper's token and gives its name.
func (c *client) startChat(intercept string) string {
	c.t.Helper()
	return text(c.must(http.MethodPost, "/v1/"+intercept+"/sessions", object{"channel": "CHAT"}), "name")
}

// say sends a message and gives its number.
func (c *client) say(session, id, words string) int {
	c.t.Helper()
	return int(number(c.must(http.MethodPost, "/v1/"+session+"/messages", object{"clientMessageId": id, "text": words}), "seq"))
}

// logOf reads a session's whole log by polling.
func (c *client) logOf(session string) []any {
	c.t.Helper()
	events, _ := c.must(http.MethodGet, "/v1/"+session+"/events?afterSeq=0&pageSize=1000", nil)["events"].([]any)
	return events
}

// dense reports what is not numbered 1, 2, 3, … in a log.
func dense(events []any) error {
	for n, e := range events {
		if int(number(e, "seq")) != n+1 {
			return fmt.Errorf("event %d has the number %v", n+1, at(e, "seq"))
		}
	}
	return nil
}

// readLog follows a session's stream from the beginning until an event with the number is there.
func (c *client) readLog(ctx context.Context, session string, last int) ([]object, error) {
	stream, err := c.open(ctx, "/v1/"+session+"/events:stream", 0)
	if err != nil {
		return nil, err
	}
	defer stream.close()
	var all []object
	for {
		f, err := stream.next()
		if err != nil {
			return all, err
		}
		if f.event != "" {
			return all, errors.New(f.event)
		}
		var e object
		if err := json.Unmarshal(f.data, &e); err != nil {
			return all, err
		}
		if f.id == 0 { // live only
			continue
		}
		if all = append(all, e); f.id >= last {
			return all, nil
		}
	}
}
