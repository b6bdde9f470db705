package gateway

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const hugeBody = 256 << 20

// watchHeap samples the heap until the returned function is called, which gives its growth in bytes.
func watchHeap() func() uint64 {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	var peak atomic.Uint64
	base, stop, done := heap(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			peak.Store(max(peak.Load(), heap()))
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return max(peak.Load(), base) - base
	}
}

// exchange writes head and then body on a connection of its own, whether or not the server still reads, and gives the
// reply; the deadline is the longest that the test waits.
func exchange(t *testing.T, w *world, head string, body io.Reader) answer {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := io.WriteString(conn, strings.ReplaceAll(head, "\n", "\r\n")+"\r\n")
		if err == nil && body != nil {
			_, _ = io.Copy(conn, body) // the server closes when it has had enough
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no reply: %v", err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stays open")
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

// endless yields the same bytes over and over, n in all.
func endless(piece string, n int64) io.Reader {
	return io.LimitReader(&repeater{[]byte(piece), 0}, n)
}

type repeater struct {
	piece []byte
	at    int
}

func (r *repeater) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c := copy(p[n:], r.piece[r.at:])
		n += c
		r.at = (r.at + c) % len(r.piece)
	}
	return n, nil
}

// chunked frames a body for Transfer-Encoding: chunked, piece by piece.
func chunked(piece string, times int) io.Reader {
	frame := fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
	return io.MultiReader(endless(frame, int64(len(frame)*times)), strings.NewReader("0\r\n\r\n"))
}

func TestHugeBodies(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	piece := strings.Repeat("a", 64<<10)
	for _, c := range []struct {
		name, head string
		body       io.Reader
		want       int
	}{
		{"declared", fmt.Sprintf("POST /v1/returns:intercept HTTP/1.1\nHost: x\nContent-Length: %d\n", hugeBody), endless(piece, hugeBody), 413},
		{"declared, not sent", fmt.Sprintf("POST /v1/returns:intercept HTTP/1.1\nHost: x\nContent-Length: %d\n", maxBody+1), nil, 413},
		{"chunked", "POST /v1/returns:intercept HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n",
			io.MultiReader(strings.NewReader("c\r\n{\"comment\":\"\r\n"), chunked(piece, hugeBody/len(piece))), 413},
		{"chunked on a read", "GET /v1/intercepts/a HTTP/1.1\nHost: x\nConnection: close\nTransfer-Encoding: chunked\n", chunked(piece, hugeBody/len(piece)), 200},
		{"one row without an end", "POST /v1/intercepts:import HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n", chunked(piece, hugeBody/len(piece)), 413},
		{"rows that are not JSON", "POST /v1/intercepts:import HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n", chunked("xxxxxxx\n", hugeBody/8), 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			grown := watchHeap()
			a := exchange(t, w, c.head, c.body)
			if a.code != c.want {
				t.Errorf("%d, want %d: %s", a.code, c.want, a.body)
			}
			if g := grown(); g > 32<<20 {
				t.Errorf("the heap grew by %d MiB", g>>20)
			}
		})
	}
}

func TestLongImportsStayFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("sends 32 MiB")
	}
	w := newWorld(t, readTimeout, nil)
	row := `{"title":"` + strings.Repeat("a", 4000) + `","sku":"K"}` + "\n"
	const rows = 8000
	row = strings.Replace(row, "title", "reason", 1)
	row = strings.Replace(row, `"sku":"K"`, `"shopper":"s"`, 1)
	grown := watchHeap()
	a := exchange(t, w, "POST /v1/intercepts:import HTTP/1.1\nHost: x\nConnection: close\nTransfer-Encoding: chunked\n", chunked(row, rows))
	if a.code != 200 || !strings.Contains(strings.ReplaceAll(a.body, " ", ""), `"imported":8000`) {
		t.Errorf("%d %s", a.code, a.body)
	}
	if g := grown(); g > 32<<20 {
		t.Errorf("the heap grew by %d MiB", g>>20)
	}
}

// Slow senders are cut off at the deadline; here it is short, and the test waits for nothing else.
func TestSlowSendersAreCutOff(t *testing.T) {
	const short = 150 * time.Millisecond
	w := newWorld(t, short, func(_ *Config, s *http.Server) { s.ReadTimeout, s.ReadHeaderTimeout = short, short })
	silent, stop := io.Pipe()
	defer stop.Close()
	for _, c := range []struct {
		name, head string
		body       io.Reader
		want       int
		says       string
	}{
		{"a body", "POST /v1/returns:intercept HTTP/1.1\nHost: x\nContent-Length: 100\n", io.MultiReader(strings.NewReader(`{"reason":`), silent), 408, "too slowly"},
		{"a row", "POST /v1/intercepts:import HTTP/1.1\nHost: x\nContent-Length: 100\n", io.MultiReader(strings.NewReader("{}\n{"), silent), 408, "row 2: the row came too slowly"},
		{"a trickle in a row", "POST /v1/intercepts:import HTTP/1.1\nHost: x\nContent-Length: 100000\n", &trickle{every: short / 10}, 408, "row 1: the row came too slowly"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := exchange(t, w, c.head, c.body); a.code != c.want || !strings.Contains(a.body, c.says) {
				t.Errorf("%d, want %d: %s", a.code, c.want, a.body)
			}
		})
	}
	t.Run("headers", func(t *testing.T) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: "); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil { // to the end, that is until the server closes
			t.Errorf("not closed: %v", err)
		}
	})
}

// trickle yields a space now and then, for ever.
type trickle struct{ every time.Duration }

func (s *trickle) Read(p []byte) (int, error) {
	<-time.After(s.every)
	p[0] = ' '
	return 1, nil
}

func TestServerLimits(t *testing.T) {
	s := NewServer(http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadHeaderTimeout >= 10*time.Second || s.ReadTimeout <= 0 || s.ReadTimeout >= 10*time.Second ||
		s.IdleTimeout <= 0 || s.WriteTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("server %+v", s)
	}
}

// A quick body behind the deadline of a connection's first request must not suffer for it.
func TestConnectionsAreUsedAgain(t *testing.T) {
	w := newWorld(t, readTimeout, nil)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	for range 3 {
		resp, err := client.Post(w.url+importIntercepts, mediaNDJSON, bytes.NewReader([]byte("{}\n")))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("%d", resp.StatusCode)
		}
	}
}
