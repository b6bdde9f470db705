package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// told is one thing that the server has acknowledged, and how to see that it is still there, once.
type told struct {
	what  string
	there func(c *client) error
}

// traffic is shoppers and a warehouse that keep a server busy and remember what it acknowledged.
type traffic struct {
	seller string
	step   string
	lines  atomic.Int64 // order lines that were asked for, whether or not an answer came

	lock sync.Mutex
	told []told
}

func (tr *traffic) remember(what string, there func(c *client) error) {
	tr.lock.Lock()
	defer tr.lock.Unlock()
	tr.told = append(tr.told, told{what, there})
}

// keepBusy runs workers until stop is closed or the server has gone.
func (tr *traffic) keepBusy(c *client, workers int, stop <-chan struct{}) *sync.WaitGroup {
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if !tr.returnOne(c) {
					return
				}
			}
		})
	}
	return &running
}

// returnOne is one shopper's way, from the intercept to the return event; false when the server has gone.
func (tr *traffic) returnOne(c *client) bool {
	n := tr.lines.Add(1)
	order := fmt.Sprintf("order-%d", n)
	body := intent(tr.seller, order, "1", "KETTLE-1")
	r := c.intercept(body)
	if r.code != http.StatusOK {
		return r.err == nil
	}
	decision, err := decided(r)
	if err != nil {
		return false
	}
	tr.remember("intercept of "+order, func(c *client) error {
		if again, err := decided(c.decide(body)); err != nil || again != decision {
			return fmt.Errorf("was %s, is %s (%v)", decision, again, err)
		}
		return nil
	})
	var i struct{ Name, Arm, ShopperToken string }
	if json.Unmarshal(r.body, &i) != nil {
		return false
	}
	if i.Arm == "OFFERED" && !tr.help(c.as(i.ShopperToken), i.Name) {
		return false
	}
	return n%2 == 0 || tr.sendBack(c, order)
}

// help goes through a guide session.
func (tr *traffic) help(shopper *client, intercept string) bool {
	asked := object{"channel": "GUIDE", "requestId": "first"}
	created := shopper.do(http.MethodPost, "/v1/"+intercept+"/sessions", asked)
	if created.code != http.StatusOK {
		return created.err == nil
	}
	var session struct{ Name string }
	if json.Unmarshal(created.body, &session) != nil {
		return false
	}
	tr.remember("session of "+intercept, func(c *client) error {
		again := c.as(shopper.key).do(http.MethodPost, "/v1/"+intercept+"/sessions", asked)
		var same struct{ Name string }
		if json.Unmarshal(again.body, &same) != nil || same.Name != session.Name {
			return fmt.Errorf("the same request id made %s, not %s", again, session.Name)
		}
		return nil
	})
	step := shopper.do(http.MethodPost, "/v1/"+session.Name+":recordStep", object{"guide": "kettle", "revision": 1, "step": tr.step, "result": "NOT_FIXED", "elapsed": "30s"})
	if step.code != http.StatusOK {
		return step.err == nil
	}
	tr.rememberSession(shopper, session.Name, "step", func(s object) bool {
		steps, _ := s["steps"].([]any)
		return len(steps) == 1 && text(steps[0], "step") == tr.step && text(steps[0], "result") == "NOT_FIXED" && text(steps[0], "elapsed") == "30s"
	})
	answer := shopper.do(http.MethodPost, "/v1/"+session.Name+":answer", object{"solved": "YES", "score": 5, "comment": "thanks"})
	if answer.code != http.StatusOK {
		return answer.err == nil
	}
	tr.rememberSession(shopper, session.Name, "answer", func(s object) bool {
		return text(s, "answer", "solved") == "YES" && number(s, "answer", "score") == 5 && text(s, "answer", "comment") == "thanks"
	})
	return true
}

func (tr *traffic) rememberSession(shopper *client, name, what string, holds func(object) bool) {
	tr.remember(what+" of "+name, func(c *client) error {
		r := c.as(shopper.key).do(http.MethodGet, "/v1/"+name, nil)
		var session object
		if json.Unmarshal(r.body, &session) != nil || r.code != http.StatusOK || !holds(session) {
			return fmt.Errorf("the session is %s", r)
		}
		return nil
	})
}

// sendBack reports a return event.
func (tr *traffic) sendBack(c *client, order string) bool {
	body := object{"events": []object{{"eventId": "event-" + order, "seller": tr.seller, "orderId": order, "lineId": "1", "quantity": 1,
		"event": "REQUESTED", "eventTime": time.Now().UTC().Format(time.RFC3339Nano)}}}
	r := c.do(http.MethodPost, "/v1/returns:record", body)
	if r.code != http.StatusOK {
		return r.err == nil
	}
	tr.remember("return of "+order, func(c *client) error {
		again := c.do(http.MethodPost, "/v1/returns:record", body)
		var counts struct{ Recorded, Duplicates int }
		if json.Unmarshal(again.body, &counts) != nil || counts.Recorded != 0 || counts.Duplicates != 1 {
			return fmt.Errorf("recorded again: %s", again)
		}
		return nil
	})
	return true
}

// lostNothing checks that everything that was acknowledged since the last check is there.
func (tr *traffic) lostNothing(t *testing.T, c *client) int {
	t.Helper()
	tr.lock.Lock()
	acknowledged := tr.told
	tr.told = nil
	tr.lock.Unlock()
	inParallel(t, 8, len(acknowledged), func(i int) error {
		if err := acknowledged[i].there(c); err != nil {
			return fmt.Errorf("%s was acknowledged: %w", acknowledged[i].what, err)
		}
		return nil
	})
	return len(acknowledged)
}
