package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// inFlight is how many requests a test under load has open at once.
const inFlight = 64

// object is a JSON object.
type object = map[string]any

func httpClient() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConns: 4 * inFlight, MaxIdleConnsPerHost: 4 * inFlight}}
}

// client speaks REST with one credential.
type client struct {
	t        *testing.T
	url, key string
	http     *http.Client
}

// as is the same client with another credential; none when empty.
func (c *client) as(key string) *client {
	other := *c
	other.key = key
	return &other
}

// in is the same client in a subtest.
func (c *client) in(t *testing.T) *client {
	other := *c
	other.t = t
	return &other
}

// reply is what came back: code 0 when nothing did.
type reply struct {
	code   int
	header http.Header
	body   []byte
	err    error
}

// String shows a reply in a test's failure.
func (r reply) String() string {
	if r.err != nil {
		return r.err.Error()
	}
	return strconv.Itoa(r.code) + " " + string(r.body)
}

// do sends one request; it may be called from many goroutines and never ends the test.
func (c *client) do(method, path string, body any, headers ...string) reply {
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	case []byte:
		content = bytes.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			return reply{err: err}
		}
		content = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, c.url+path, content)
	if err != nil {
		return reply{err: err}
	}
	if content != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, data, err}
}

// must sends a request that has to succeed and gives the reply's object.
func (c *client) must(method, path string, body any, headers ...string) object {
	c.t.Helper()
	r := c.do(method, path, body, headers...)
	if r.code != http.StatusOK {
		c.t.Fatalf("%s %s: %s", method, path, r)
	}
	return r.object(c.t)
}

// object decodes the body.
func (r reply) object(t testing.TB) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(r.body, &o); err != nil {
		t.Fatalf("%s: %v", r, err)
	}
	return o
}

// fields gives the fields that an error names, and its message.
func (r reply) fields() string {
	var status struct {
		Message string
		Details []struct {
			FieldViolations []struct{ Field string }
		}
	}
	if json.Unmarshal(r.body, &status) != nil {
		return ""
	}
	named := []string{status.Message}
	for _, d := range status.Details {
		for _, v := range d.FieldViolations {
			named = append(named, v.Field)
		}
	}
	return strings.Join(named, " ")
}

// at follows keys into objects; nil where there is nothing.
func at(v any, keys ...string) any {
	for _, key := range keys {
		o, ok := v.(object)
		if !ok {
			return nil
		}
		v = o[key]
	}
	return v
}

// text is the string at keys, empty where there is none.
func text(v any, keys ...string) string {
	s, _ := at(v, keys...).(string)
	return s
}

// number is the number at keys; protojson writes 64-bit integers as strings.
func number(v any, keys ...string) float64 {
	switch n := at(v, keys...).(type) {
	case float64:
		return n
	case string:
		f, _ := strconv.ParseFloat(n, 64)
		return f
	}
	return 0
}

func money(amount, currency string) object {
	return object{"amount": amount, "currencyCode": currency}
}

// line is an order line of a seller.
func line(seller, order, lineID, sku string) object {
	return object{"seller": seller, "orderId": order, "lineId": lineID, "sku": sku, "quantity": 1, "unitPrice": money("59.99", "USD")}
}

// intent is a body of POST /v1/returns:intercept.
func intent(seller, order, lineID, sku string) object {
	return object{"orderLine": line(seller, order, lineID, sku), "reason": "DEFECTIVE", "shopper": "shopper-" + order, "locale": "en",
		"refundUrl": "https://shop.example/refund/" + order}
}

// intercept asks for a decision.
func (c *client) intercept(body any) reply {
	return c.do(http.MethodPost, "/v1/returns:intercept", body)
}

// decide asks for a decision as a storefront does: an answer that fails open may be asked for again, and on a busy machine
// some do. Everything else comes back as it is.
func (c *client) decide(body any) reply {
	const patience = 50
	var r reply
	for range patience {
		if r = c.intercept(body); r.code != http.StatusServiceUnavailable {
			break
		}
	}
	return r
}

// inParallel runs do(0) to do(n-1), workers at a time, and stops at the first error.
func inParallel(t testing.TB, workers, n int, do func(i int) error) {
	t.Helper()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	running.Wait()
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
}

// decided gives a decision without its shopper token, as one text that can be compared.
func decided(r reply) (string, error) {
	var o object
	if err := json.Unmarshal(r.body, &o); r.code != http.StatusOK || err != nil {
		return "", fmt.Errorf("no decision: %s", r)
	}
	if text(o, "shopperToken") == "" {
		return "", fmt.Errorf("no shopper token: %s", r)
	}
	delete(o, "shopperToken")
	data, err := json.Marshal(o)
	return string(data), err
}

// id is the last part of a resource name.
func id(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// kettleGuide is a guide of two steps for every SKU that begins with KETTLE.
const kettleGuide = `---
title: My kettle does not heat
skus: [KETTLE*]
locale: en
minutes: 10
---

# My kettle does not heat

## Try another wall socket

Plug a lamp into the socket you normally use. If it stays dark, use another socket.

## Seat it on its base

Lift the kettle off its base and put it back until it clicks.
`

// sellKettles sets a seller up with a policy and a published guide, and gives the ids of the guide's steps.
func (c *client) sellKettles(seller string, policy object) []string {
	c.t.Helper()
	c.must(http.MethodPut, "/v1/sellers/"+seller, object{"displayName": "Kettles of " + seller})
	c.must(http.MethodPut, "/v1/sellers/"+seller+"/policy", policy)
	guide := c.must(http.MethodPut, "/v1/sellers/"+seller+"/guides/kettle", object{"markdown": kettleGuide, "publish": true})
	var steps []string
	for _, step := range guide["steps"].([]any) {
		steps = append(steps, text(step, "step"))
	}
	if len(steps) != 2 {
		c.t.Fatalf("steps of the guide: %v", steps)
	}
	return steps
}

// newKey makes an API key and gives its secret.
func (c *client) newKey(key object) string {
	c.t.Helper()
	return text(c.must(http.MethodPost, "/v1/keys", key), "secret")
}

// rows gives the rows of the deflection report.
func (c *client) rows(query string) []any {
	c.t.Helper()
	rows, _ := c.must(http.MethodGet, "/v1/reports/deflection?"+query, nil)["rows"].([]any)
	return rows
}

// counted gives how many intercepts of a seller the report knows.
func (c *client) counted(seller string) int {
	c.t.Helper()
	n := 0.0
	for _, row := range c.rows("seller=" + seller) {
		n += number(row, "intercepts")
	}
	return int(n)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
