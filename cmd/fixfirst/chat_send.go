package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

const (
	attemptTimeout = 10 * time.Second // for one attempt
	brokenAttempts = 8                // at a request that the server answers with an internal error each time
	maxWaiting     = 1000             // jobs; more is not read from the input until some are done
)

// attempt calls once. again: it may work later, because nobody answered or the server asked for patience.
func (c *client) attempt(ctx context.Context, method, path string, body, reply proto.Message) (again bool, err error) {
	var content io.Reader
	if body != nil {
		data, err := protojson.Marshal(body)
		if err != nil {
			return false, fmt.Errorf("write the request: %w", err)
		}
		content = bytes.NewReader(data)
	}
	data, err := c.raw(ctx, attemptTimeout, method, path, http.Header{"Content-Type": {"application/json"}}, content)
	if err != nil {
		return !final(err), err
	}
	if reply == nil {
		return false, nil
	}
	return false, readReply(data, reply)
}

// readReply reads what a server says; a newer one may say more.
func readReply(data []byte, reply proto.Message) error {
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, reply); err != nil {
		return fmt.Errorf("the server's reply cannot be read; is it of another version? %w", err)
	}
	return nil
}

// insist calls until the server answers, for good or bad. Requests must be safe to repeat: an answer may have been lost.
// waits, if given, is told before each pause.
func (c *client) insist(ctx context.Context, method, path string, body, reply proto.Message, waits func(error)) error {
	var between pauses
	for broken := 0; ; {
		again, err := c.attempt(ctx, method, path, body, reply)
		var refused *apiError
		if errors.As(err, &refused) && refused.status == http.StatusInternalServerError {
			if broken++; broken >= brokenAttempts { // a bug, not a server that comes back
				return err
			}
		}
		if !again || ctx.Err() != nil {
			return err
		}
		if waits != nil {
			waits(err)
		}
		if !between.wait(ctx, 0) {
			return err
		}
	}
}

// newMessageID makes an id by which a message is known however often it is sent.
func newMessageID() string { return rand.Text() }

// message is a request to write into a session.
func message(session *pb.Session, text string) *pb.SendMessageRequest {
	return &pb.SendMessageRequest{ClientMessageId: newMessageID(), Text: text, OwnerEpoch: session.GetOwnerEpoch()}
}

// job is one thing to do at the server.
type job struct {
	what   string // as it was typed, should it be refused
	method string // POST without one
	path   string
	body   proto.Message
	reply  proto.Message // nil: of no interest
	done   func()        // in the loop, once it worked; may be nil
	failed func(error)   // in the loop, where the server says no; nil: it is told and counts as refused
	logged bool          // the log has shown the message: it is kept, whether the answer comes or not
}

// outbox does jobs one after the other, in the order in which they were typed. It belongs to the loop.
type outbox struct {
	server  *client
	begin   func(func())     // runs something beside the loop
	post    func(func())     // gives something to the loop
	told    func(error)      // in the loop: there is no answer, or, nil, there is
	refused func(job, error) // in the loop: the server says no
	running bool
	waiting []job // the first one runs
}

func (o *outbox) add(ctx context.Context, j job) {
	o.waiting = append(o.waiting, j)
	o.next(ctx)
}

func (o *outbox) full() bool  { return len(o.waiting) >= maxWaiting }
func (o *outbox) empty() bool { return len(o.waiting) == 0 }

// seen takes a message of the log; one that waits for its answer needs none any more.
func (o *outbox) seen(m *pb.SessionEvent_Message) {
	for n := range o.waiting {
		if sent, is := o.waiting[n].body.(*pb.SendMessageRequest); is && sent.GetClientMessageId() == m.GetClientMessageId() {
			o.waiting[n].logged = true
		}
	}
}

// next begins the first job, unless one runs.
func (o *outbox) next(ctx context.Context) {
	if o.running || len(o.waiting) == 0 || ctx.Err() != nil {
		return
	}
	o.running = true
	j := o.waiting[0]
	method := j.method
	if method == "" {
		method = http.MethodPost
	}
	o.begin(func() {
		err := o.server.insist(ctx, method, j.path, j.body, j.reply, func(err error) { o.post(func() { o.told(err) }) })
		o.post(func() {
			if ctx.Err() != nil { // it may not have been done: it stays
				return
			}
			o.running, o.waiting = false, o.waiting[1:]
			o.told(nil)
			switch {
			case err == nil && j.done != nil:
				j.done()
			case err != nil && j.failed != nil:
				j.failed(err)
			case err != nil:
				o.refused(j, err)
			}
			o.next(ctx)
		})
	})
}
