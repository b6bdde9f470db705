package e2e_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

const (
	hugeBody  = 256 << 20
	slowLimit = 10 * time.Second
)

// mayGrow is by how many bytes a server's resident memory may grow. The race detector needs several times the memory.
func mayGrow() int64 {
	if os.Getenv("FIXFIRST_RACE") != "" {
		return 512 << 20
	}
	return 64 << 20
}

// repeated yields the same bytes over and over, n in all.
func repeated(piece string, n int) io.Reader {
	return io.LimitReader(&loop{[]byte(piece), 0}, int64(n))
}

type loop struct {
	piece []byte
	at    int
}

// Read fills p.
func (l *loop) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		c := copy(p[n:], l.piece[l.at:])
		n, l.at = n+c, (l.at+c)%len(l.piece)
	}
	return len(p), nil
}

// chunked frames pieces for Transfer-Encoding: chunked.
func chunked(first, piece string, n int) io.Reader {
	frame := fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
	start := ""
	if first != "" {
		start = fmt.Sprintf("%x\r\n%s\r\n", len(first), first)
	}
	return io.MultiReader(strings.NewReader(start), repeated(frame, n/len(piece)*len(frame)), strings.NewReader("0\r\n\r\n"))
}

// send writes a request to a connection of its own, whether or not the server still reads, and gives the reply.
func (s *server) send(t *testing.T, head string, body io.Reader) reply {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := io.WriteString(conn, strings.ReplaceAll(head, "\n", "\r\n")+"Host: x\r\nAuthorization: Bearer "+s.key+"\r\n\r\n")
		if err == nil {
			_, _ = io.Copy(conn, body) // the server closes when it has had enough
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, data, err}
}

func TestHugeBodies(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("huge", object{})
	piece := strings.Repeat("a", 64<<10)
	base := s.memory("VmRSS")
	const (
		intercept = "POST /v1/returns:intercept HTTP/1.1\nContent-Type: application/json\n"
		guide     = "PUT /v1/sellers/huge/guides/g HTTP/1.1\nContent-Type: application/json\n"
		rows      = "POST /v1/intercepts:import HTTP/1.1\nContent-Type: application/x-ndjson\n"
		inChunks  = "Transfer-Encoding: chunked\n"
	)
	declared := fmt.Sprintf("Content-Length: %d\n", hugeBody)
	cases := []struct {
		name, head string
		body       io.Reader
		want       int
	}{
		{"an intercept, declared", intercept + declared, repeated(piece, hugeBody), 413},
		{"an intercept, chunked", intercept + inChunks, chunked(`{"comment":"`, piece, hugeBody), 413},
		{"spaces, chunked", intercept + inChunks, chunked("", strings.Repeat(" ", 64<<10), hugeBody), 413},
		{"a guide, declared", guide + declared, repeated(piece, hugeBody), 413},
		{"a guide, chunked", guide + inChunks, chunked(`{"markdown":"`, piece, hugeBody), 413},
		{"one row without an end, declared", rows + declared, repeated(piece, hugeBody), 413},
		{"one row without an end, chunked", rows + inChunks, chunked("", piece, hugeBody), 413},
		{"rows that are none", rows + inChunks, chunked("", strings.Repeat("x\n", 32<<10), hugeBody), 400},
		{"rows that are refused", rows + inChunks, chunked("", strings.Repeat("{}\n", 21<<10), hugeBody/256), 200},
		{"compressed", intercept + "Content-Encoding: gzip\nContent-Length: 4\n", strings.NewReader("abcd"), 415},
		{"deep", intercept + "Content-Length: 20000\n", strings.NewReader(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)), 400},
		{"deep in a field", intercept + "Content-Length: 120000\n", strings.NewReader(strings.Repeat(`{"orderLine":`, 9_230) + strings.Repeat("}", 10)), 400},
	}
	for _, c := range cases {
		if r := s.send(t, c.head, c.body); r.code != c.want {
			t.Errorf("%s: %.300s, want %d", c.name, r, c.want)
		}
		if grown := s.memory("VmHWM") - base; grown > mayGrow() {
			t.Errorf("%s: the server has grown by %d MiB", c.name, grown>>20)
		}
	}
	t.Logf("resident memory: %d MiB before, %d MiB at most", base>>20, s.memory("VmHWM")>>20)
	if r := s.intercept(intent("huge", "after", "1", "KETTLE-1")); r.code != http.StatusOK {
		t.Errorf("afterwards: %s", r)
	}
}

// Sixteen at once must not need sixteen times the memory.
func TestManyHugeBodies(t *testing.T) {
	s := serveSQLite(t)
	base := s.memory("VmRSS")
	inParallel(t, 16, 32, func(int) error {
		r := s.send(t, "POST /v1/returns:intercept HTTP/1.1\nContent-Type: application/json\nTransfer-Encoding: chunked\n",
			chunked(`{"comment":"`, strings.Repeat("a", 64<<10), hugeBody))
		if r.code != http.StatusRequestEntityTooLarge {
			return fmt.Errorf("%.300s, want 413", r)
		}
		return nil
	})
	if grown := s.memory("VmHWM") - base; grown > mayGrow() {
		t.Errorf("the server has grown by %d MiB", grown>>20)
	}
}

// Who sends slowly is cut off, with a reply where there is still a request to reply to.
func TestSlowSendersAreCutOff(t *testing.T) {
	t.Parallel() // it only waits
	s := serveSQLite(t)
	for _, c := range []struct {
		name, head string
		want       string
	}{
		{"head", "POST /v1/returns:intercept HTTP/1.1\r\nHost: x\r\nX-", ""},
		{"body", "POST /v1/returns:intercept HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.key + "\r\nContent-Length: 100\r\n\r\n{\"reason\":", " 408 "},
		{"row", "POST /v1/intercepts:import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.key + "\r\nContent-Length: 100\r\n\r\n{}\n{", " 408 "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(3 * slowLimit)); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if _, err := io.WriteString(conn, c.head); err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			_, err = io.Copy(&got, conn) // to the end, that is until the server closes
			took := time.Since(began)
			if err != nil || took > slowLimit {
				t.Errorf("closed after %s, %v; want at most %s", took, err, slowLimit)
			}
			status, _, _ := strings.Cut(got.String(), "\r\n")
			if !strings.Contains(status, c.want) {
				t.Errorf("answered %q, want %s", got.String(), c.want)
			}
		})
	}
}
