package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// readersOfToken is how many streams one shopper's token may have open (docs/api.md, "Limits").
const readersOfToken = 8

// memorySlack is by how much resident memory may stay above what it was before the readers came: the story that one of them
// was told is in the page caches of the database's connections since.
const memorySlack = 32 << 20

// idleReader is an open event stream of which nobody reads more than its head.
func idleReader(s *server, token, session string) (net.Conn, *http.Response, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		return nil, nil, err
	}
	if _, err := fmt.Fprintf(conn, "GET /v1/%s/events:stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n", session, token); err != nil {
		return conn, nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 512), nil)
	return conn, resp, err
}

// metric reads a number from /metrics.
func (s *server) metric(name string) float64 {
	s.t.Helper()
	for line := range strings.Lines(string(s.do(http.MethodGet, "/metrics", nil).body)) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return v
		}
	}
	s.t.Fatalf("no metric %s", name)
	return 0
}

// Thousands of idle readers cost little, more than a token may have are refused while polling works, one that takes nothing
// slows nobody, and when they have gone, all is as before.
func TestReadersAreBounded(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("acme", object{"holdoutFraction": 0.0})
	ann := s.onDuty(t, "acme", "ann", object{"capacity": 50})
	readers := sized(800, 5000)
	tokens, sessions := make([]string, readers/readersOfToken), make([]string, readers/readersOfToken)
	inParallel(t, 16, len(tokens), func(n int) error {
		i := s.decide(intent("acme", fmt.Sprint("reader-", n), "1", "KETTLE-1")).object(t)
		tokens[n] = text(i, "shopperToken")
		r := s.as(tokens[n]).do(http.MethodPost, "/v1/"+text(i, "name")+"/sessions", object{"channel": "GUIDE"})
		if r.code != http.StatusOK {
			return fmt.Errorf("session %d: %s", n, r)
		}
		sessions[n] = text(r.object(t), "name")
		return nil
	})
	s.http.CloseIdleConnections()
	goroutines, descriptors, resident := s.metric("go_goroutines"), s.metric("process_open_fds"), s.memory("VmRSS")
	conns := make([]net.Conn, readers)
	inParallel(t, 32, readers, func(n int) error {
		conn, resp, err := idleReader(s, tokens[n/readersOfToken], sessions[n/readersOfToken])
		if err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("reader %d: %v, %w", n, resp, err)
		}
		conns[n] = conn
		return nil
	})
	each := float64(s.memory("VmRSS")-resident) / float64(readers)
	t.Logf("%d idle readers: %.1f KiB of resident memory each, %.1f goroutines each", readers, each/1024, (s.metric("go_goroutines")-goroutines)/float64(readers))
	if each > 40<<10 {
		t.Errorf("an idle reader takes %.1f KiB, at most 40", each/1024)
	}
	conn, resp, err := idleReader(s, tokens[0], sessions[0])
	if err != nil || resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("stream %d of a token: %v, %v; want 429 with Retry-After", readersOfToken+1, resp, err)
	}
	_ = conn.Close() // it was refused
	if r := s.as(tokens[0]).do(http.MethodGet, "/v1/"+sessions[0]+"/events", nil); r.code != http.StatusOK {
		t.Errorf("polling while streams are refused: %s", r)
	}
	slowReaderSlowsNobody(t, s, ann)
	for _, conn := range conns {
		_ = conn.Close() // whatever is still on its way is not read
	}
	eventually(t, func() bool {
		s.http.CloseIdleConnections()
		return s.metric("go_goroutines") <= goroutines+20 && s.metric("process_open_fds") <= descriptors+20
	})
	began := time.Now()
	if full() { // the collector gives memory back within minutes, which no run for every day waits for
		within(t, 8*time.Minute, func() bool { return s.memory("VmRSS") <= resident+memorySlack })
		t.Logf("resident memory is back after %s", time.Since(began).Round(time.Second))
	}
	t.Logf("afterwards: goroutines %v, before %v; descriptors %v, before %v; resident %d MiB, before %d MiB", s.metric("go_goroutines"), goroutines,
		s.metric("process_open_fds"), descriptors, s.memory("VmRSS")>>20, resident>>20)
}

// slowReaderSlowsNobody lets one reader of a chat take nothing, so that its connection fills up, while another reads everything.
func slowReaderSlowsNobody(t *testing.T, s *server, ann *duty) {
	t.Helper()
	i := s.decide(intent("acme", "slow", "1", "KETTLE-1")).object(t)
	shopper := s.as(text(i, "shopperToken"))
	session := shopper.startChat(text(i, "name"))
	ann.accepts(session)
	stuck, resp, err := idleReader(s, shopper.key, session)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("slow reader: %v, %v", resp, err)
	}
	defer stuck.Close()
	long := strings.Repeat("a long story, ", 280) // just within 4,000 characters
	const messages = 1500                         // 6 MB: more than the buffers of a connection hold
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	read := make(chan error, 1)
	go func() {
		all, err := shopper.readLog(ctx, session, messages+2)
		if err == nil && len(all) != messages+2 {
			err = fmt.Errorf("%d events", len(all))
		}
		read <- err
	}()
	inParallel(t, 8, messages, func(n int) error {
		r := ann.do(http.MethodPost, "/v1/"+session+"/messages", object{"clientMessageId": fmt.Sprint(n), "text": long})
		if r.code != http.StatusOK {
			return fmt.Errorf("message %d: %s", n, r)
		}
		return nil
	})
	if err := <-read; err != nil {
		t.Errorf("beside a reader who takes nothing: %v", err)
	}
	ann.must(http.MethodPost, "/v1/"+session+":close", object{"disposition": "KEPT_UNFIXED"})
}
