package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// pipes is a listener for connections in memory: what nobody reads, nobody holds either. In a bubble of synctest, where these
// tests run, the clock goes on when all wait, so that nothing takes time.
type pipes struct {
	waiting chan net.Conn
	closed  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.waiting:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return remoteAddr("pipes") }

// pipe is one of its connections, from a remote address.
type pipe struct {
	net.Conn
	from   string
	buffer *atomic.Int64
}

func (p pipe) RemoteAddr() net.Addr { return remoteAddr(p.from) }

func (p pipe) SetWriteBuffer(bytes int) error {
	p.buffer.Store(int64(bytes))
	return nil
}

// door is a gateway that is reached through pipes.
type door struct {
	handler http.Handler
	pipes   *pipes
	buffer  atomic.Int64 // that the connection of the last picture or stream was given
}

func newDoor(t *testing.T, cfg Config) *door {
	t.Helper()
	if cfg.Register == nil {
		cfg.Register = (&services{}).register
	}
	cfg.Streams, cfg.Ready, cfg.Log = newDirect(nil, nil), func(context.Context) error { return nil }, slog.New(slog.DiscardHandler)
	handler, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{handler: handler, pipes: &pipes{make(chan net.Conn), make(chan struct{})}}
	server := NewServer(handler)
	served := make(chan struct{})
	go func() {
		_ = server.Serve(d.pipes)
		close(served)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	return d
}

// ask sends a request from an address, and gives the connection once the server has begun to write or to wait.
func (d *door) ask(t *testing.T, from, request string) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { _ = client.Close() })
	d.pipes.waiting <- pipe{server, from + ":4711", &d.buffer}
	if _, err := io.WriteString(client, strings.ReplaceAll(request, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return client
}

// received is what came of a reply until the server had enough, or all was there.
type received struct {
	code   int
	header http.Header
	body   string
	whole  bool
	took   time.Duration
}

// take reads a reply: at a number of bytes a second, as fast as it comes where that is 0.
func take(t *testing.T, conn net.Conn, rate int) received {
	t.Helper()
	began := time.Now()
	var from io.Reader = conn
	if rate > 0 {
		from = &metered{conn, rate}
	}
	reply, err := http.ReadResponse(bufio.NewReaderSize(from, 16), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(reply.Body)
	return received{reply.StatusCode, reply.Header, string(body), err == nil, time.Since(began)}
}

// metered reads a tenth of a second's bytes each tenth of a second.
type metered struct {
	from io.Reader
	rate int
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := io.ReadAtLeast(m.from, p[:min(len(p), m.rate/10)], 1)
	time.Sleep(time.Duration(n) * time.Second / time.Duration(m.rate)) // of the bubble's time
	return n, err
}

// gallery has pictures without end, all of one size.
type gallery struct {
	size int
	mu   sync.Mutex
	read map[string]int // contents, by name
}

func newGallery(size int) *gallery { return &gallery{size: size, read: map[string]int{}} }

func (g *gallery) asset(ctx context.Context, name string, want func(context.Context, int) (bool, error)) (int, []byte, error) {
	wanted, err := want(ctx, g.size)
	if err != nil || !wanted {
		return g.size, nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.read[name]++
	return g.size, []byte(strings.Repeat("a", g.size)), nil
}

// nth is the name of a picture.
func nth(n int) string { return strings.Repeat(string(rune('a'+n)), 32) + ".png" }

// get asks for a picture.
func (d *door) get(t *testing.T, from string, n int) net.Conn {
	t.Helper()
	return d.ask(t, from, "GET /assets/"+nth(n)+" HTTP/1.1\nHost: x\n\n")
}

func address(n int) string { return fmt.Sprintf("192.0.2.%d", n) }

const largePicture = 6 << 20

// TestWhoTakesNothingHoldsLittle: an address that asks for many pictures and reads none is in nobody else's way, and is cut off.
func TestWhoTakesNothingHoldsLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, Config{Asset: newGallery(largePicture).asset})
		began := time.Now()
		silent := make([]net.Conn, 6)
		for n := range silent {
			silent[n] = d.get(t, address(1), n)
		}
		if got := take(t, d.get(t, address(2), 10), 0); got.code != 200 || len(got.body) != largePicture || time.Since(began) != 0 {
			t.Errorf("somebody else: %d, %d bytes after %s", got.code, len(got.body), time.Since(began))
		}
		if d.buffer.Load() != sendingBuffer {
			t.Errorf("the system holds %d bytes", d.buffer.Load())
		}
		time.Sleep(sendingStall) // of the bubble's time
		synctest.Wait()
		if rest, err := io.ReadAll(silent[0]); len(rest) > sendingPiece || err != nil {
			t.Errorf("who took nothing for %s gets %d bytes more, %v", sendingStall, len(rest), err)
		}
		if got := take(t, silent[1], 0); got.code != 200 || !got.whole {
			t.Errorf("whose turn it is then: %d, %d bytes", got.code, len(got.body))
		}
	})
}

func TestSlowTakersAreCutOff(t *testing.T) {
	for _, c := range []struct {
		rate  int // bytes a second
		whole bool
		most  time.Duration
	}{
		{0, true, 0},
		{sendingRate * 5 / 4, true, largePicture / sendingRate * time.Second},
		{sendingRate / 2, false, 10 * time.Second},
		{sendingRate / 8, false, 2 * sendingStall},
	} {
		t.Run(fmt.Sprint(c.rate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDoor(t, Config{Asset: newGallery(largePicture).asset})
				got := take(t, d.get(t, address(1), 0), c.rate)
				if got.whole != c.whole || got.took > c.most || got.whole && len(got.body) != largePicture {
					t.Errorf("%d bytes, whole %t, after %s", len(got.body), got.whole, got.took)
				}
			})
		})
	}
}

// TestTakersShareOneCopy: as many as want to may look at one picture.
func TestTakersShareOneCopy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pictures := newGallery(largePicture)
		d := newDoor(t, Config{Asset: pictures.asset})
		began := time.Now()
		for n := range 40 {
			d.get(t, address(n), 0)
			d.get(t, address(n), 0)
		}
		if got := take(t, d.get(t, address(100), 1), 0); got.code != 200 || time.Since(began) != 0 {
			t.Errorf("another picture: %d after %s", got.code, time.Since(began))
		}
		time.Sleep(sendingStall) // of the bubble's time
		if got := take(t, d.get(t, address(0), 0), 0); got.code != 200 || len(got.body) != largePicture {
			t.Errorf("once more: %d, %d bytes", got.code, len(got.body))
		}
		if pictures.read[nth(0)] != 1 {
			t.Errorf("it was read %d times", pictures.read[nth(0)])
		}
	})
}

// TestPicturesInMemoryAreBounded: slow takers, each quick enough, leave no room for a fourth picture until one is done.
func TestPicturesInMemoryAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 5 << 20 // of which two copies are read; three and two of a fourth are more than fit
		d := newDoor(t, Config{Asset: newGallery(size).asset})
		var together sync.WaitGroup
		for n := range 3 {
			conn := d.get(t, address(n), n)
			together.Go(func() {
				if got := take(t, conn, sendingRate*5/4); !got.whole || len(got.body) != size {
					t.Errorf("%d bytes, whole %t", len(got.body), got.whole)
				}
			})
		}
		for _, c := range []struct {
			what string
			from int
			nth  int
			code int
			took time.Duration
		}{
			{"one more", 4, 4, 429, sendingWait},
			{"the address's second", 0, 5, 429, forAddressWait},
			{"what it takes already", 0, 0, 200, 0},
			{"what others take", 4, 2, 200, 0},
		} {
			got := take(t, d.get(t, address(c.from), c.nth), 0)
			if got.code != c.code || got.took != c.took || (got.header.Get("Retry-After") != "") != (c.code == 429) {
				t.Errorf("%s: %d after %s, want %d after %s: %.200s", c.what, got.code, got.took, c.code, c.took, got.body)
			}
		}
		together.Wait()
		if got := take(t, d.get(t, address(4), 4), 0); got.code != 200 {
			t.Errorf("afterwards: %d", got.code)
		}
	})
}

// TestFailedReadingsAreTold: who waits for another's reading gets its error, but not that the other went away.
func TestFailedReadingsAreTold(t *testing.T) {
	for _, gone := range []bool{false, true} {
		t.Run(fmt.Sprintf("gone %t", gone), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var reads atomic.Int64
				answer := make(chan struct{})
				d := newDoor(t, Config{Asset: func(ctx context.Context, _ string, want func(context.Context, int) (bool, error)) (int, []byte, error) {
					if wanted, err := want(ctx, 1); err != nil || !wanted {
						return 1, nil, err
					}
					if reads.Add(1) > 1 {
						return 1, []byte("a"), nil
					}
					select {
					case <-answer:
						return 0, nil, status.Error(codes.Unavailable, "later")
					case <-ctx.Done():
						return 0, nil, status.FromContextError(ctx.Err()).Err()
					}
				}})
				first := d.get(t, address(1), 0)
				second := d.get(t, address(2), 0)
				want := 503
				if gone {
					_ = first.Close()
					want = 200
				} else {
					close(answer)
				}
				if got := take(t, second, 0); got.code != want {
					t.Errorf("who waited gets %d, want %d", got.code, want)
				}
				if got := take(t, d.get(t, address(3), 0), 0); got.code != 200 {
					t.Errorf("the next one gets %d", got.code)
				}
			})
		})
	}
}
