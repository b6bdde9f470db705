package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Shape of a replay.
const (
	replayExperts  = 4 // each with as many chats as one may have
	replayPatience = 5 * time.Minute
)

// doors are the addresses of the replicas that serve one database. Who finds one closed tries the next.
type doors struct{ urls []string }

func (d *doors) at(n int) string { return d.urls[n%len(d.urls)] }

// party is one side of a conversation, or an expert at work: a credential, and the door that it prefers.
type party struct {
	client
	doors *doors
	door  int
	rand  *rand.Rand
}

// ask sends a request until it is answered: a server that is away, or busy, is asked again.
func (p *party) ask(ctx context.Context, method, path string, body any) (reply, error) {
	for try := 0; ; try++ {
		c := p.client
		c.url = p.doors.at(p.door + try)
		r := c.do(method, path, body)
		if r.code != 0 && r.code < 500 && r.code != http.StatusTooManyRequests {
			return r, nil
		}
		if ctx.Err() != nil {
			return r, fmt.Errorf("%s %s: %s: %w", method, path, r, ctx.Err())
		}
		pause(ctx, time.Duration(5+p.rand.IntN(20))*time.Millisecond)
	}
}

// replay is one run: dialogues, experts at work, and what was acknowledged.
type replay struct {
	t       *testing.T
	doors   *doors
	seller  string
	admin   party
	mu      sync.Mutex
	started map[string]*conversation // by session
	all     []*conversation
	changed chan struct{}
}

// conversation is a dialogue on its way, with what each side knows of it.
type conversation struct {
	dialogue
	session  string
	mu       sync.Mutex
	acked    map[int]int // number in the log by line
	received [2][]object // by side: shopper, expert; the log as it came by the streams
}

// follow reads a session's log over streams that break at random every 0.2 to 2 seconds, and calls take for each event once, in
// order, until take says that it is enough.
func (p *party) follow(ctx context.Context, session string, side int, take func(object) (bool, error)) error {
	last := 0
	for try := 0; ctx.Err() == nil; try++ {
		life, cancel := context.WithTimeout(ctx, time.Duration(200+p.rand.IntN(1800))*time.Millisecond)
		c := p.client
		c.url = p.doors.at(p.door + try)
		done, err := func() (bool, error) {
			defer cancel()
			stream, err := c.open(life, "/v1/"+session+"/events:stream", last)
			if err != nil {
				var refused errRefused
				switch {
				case !errors.As(err, &refused):
				case refused.code == http.StatusNotFound && side == 1: // it is somebody else's now
					return true, nil
				case refused.code < 500 && refused.code != http.StatusTooManyRequests:
					return false, err
				}
				pause(ctx, 10*time.Millisecond)
				return false, nil
			}
			defer stream.close()
			for {
				f, err := stream.next()
				if err != nil || f.event == "reconnect" || f.event == "error" && side == 1 { // asked again, it says why
					return false, nil
				}
				if f.event != "" {
					return false, fmt.Errorf("%s: the stream says %s: %s", session, f.event, f.data)
				}
				if f.id == 0 {
					continue
				}
				var e object
				if err := json.Unmarshal(f.data, &e); err != nil {
					return false, err
				}
				if f.id != last+1 || int(number(e, "seq")) != f.id {
					return false, fmt.Errorf("%s: event %d (id %d) came after %d", session, int(number(e, "seq")), f.id, last)
				}
				last = f.id
				if enough, err := take(e); enough || err != nil {
					return enough, err
				}
			}
		}()
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w after event %d", session, ctx.Err(), last)
}

// speak plays one side: it says its lines when it has read all that come before, and reads on until the session is closed.
func (c *conversation) speak(ctx context.Context, p *party, side int) error {
	said := 0 // lines of both sides that this one has read
	begun := false
	turn := func() error {
		for begun && said < len(c.lines) && c.lines[said].byShopper == (side == 0) {
			words := c.lines[said].text
			r, err := p.ask(ctx, http.MethodPost, "/v1/"+c.session+"/messages", object{"clientMessageId": fmt.Sprint("line-", said), "text": words})
			if err != nil {
				return err
			}
			if r.code != http.StatusOK {
				if side == 1 && r.code == http.StatusConflict { // it is somebody else's now
					return errHandedOn
				}
				return fmt.Errorf("%s line %d: %s", c.session, said, r)
			}
			var sent object
			if err := json.Unmarshal(r.body, &sent); err != nil {
				return err
			}
			c.acknowledge(said, int(number(sent, "seq")))
			said++ // its own line will come by the stream as well
		}
		return nil
	}
	read := 0 // lines read from the stream
	var log []object
	return p.follow(ctx, c.session, side, func(e object) (bool, error) {
		log = append(log, e)
		switch {
		case at(e, "message") != nil:
			read++
			said = max(said, read)
		case text(e, "stateChange", "reason") == "ACCEPTED":
			begun = true
		case text(e, "stateChange", "state") == "CLOSED":
			c.mu.Lock()
			c.received[side] = log
			c.mu.Unlock()
			return true, nil
		}
		if err := turn(); err != nil {
			return errors.Is(err, errHandedOn), ignoreHandedOn(err)
		}
		if side == 1 && begun && read == len(c.lines) {
			r, err := p.ask(ctx, http.MethodPost, "/v1/"+c.session+":close", object{"disposition": "FIXED_KEPT"})
			if err != nil || r.code != http.StatusOK && r.code != http.StatusConflict {
				return false, errors.Join(err, fmt.Errorf("close %s: %s", c.session, r))
			}
		}
		return false, nil
	})
}

var errHandedOn = errors.New("the session went to another expert")

func ignoreHandedOn(err error) error {
	if errors.Is(err, errHandedOn) {
		return nil
	}
	return err
}

func (c *conversation) acknowledge(line, seq int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first, known := c.acked[line]; known && first != seq {
		c.acked[line] = -1 // acknowledged twice with different numbers
		return
	}
	c.acked[line] = seq
}

// check compares what both sides read with what was said and acknowledged: each once, in order, byte for byte.
func (c *conversation) check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if fmt.Sprint(c.received[0]) != fmt.Sprint(c.received[1]) {
		return fmt.Errorf("%s: the shopper read %v\nthe expert %v", c.id, c.received[0], c.received[1])
	}
	line := 0
	for _, e := range c.received[0] {
		if at(e, "message") == nil {
			continue
		}
		want, _ := troubleshoot.MaskCards(c.lines[line].text)
		sender := map[bool]string{true: "SHOPPER", false: "EXPERT"}[c.lines[line].byShopper]
		if text(e, "message", "text") != want || text(e, "sender") != sender {
			return fmt.Errorf("%s line %d: read %v, was %s: %q", c.id, line, e, sender, want)
		}
		if seq := c.acked[line]; seq != int(number(e, "seq")) {
			return fmt.Errorf("%s line %d: is number %v, was acknowledged as %d", c.id, line, at(e, "seq"), seq)
		}
		line++
	}
	if line != len(c.lines) {
		return fmt.Errorf("%s: %d of %d lines were read", c.id, line, len(c.lines))
	}
	return nil
}
