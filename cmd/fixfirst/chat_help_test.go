package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// patience bounds how long a test waits for what somebody says.
const patience = time.Minute

// help is a seller with a kettle, its guide and experts, on a server that can be stopped and started again.
type help struct {
	t             *testing.T
	db, address   string
	admin         *client
	stop          func() string // and what it has logged
	storefrontKey string
}

func newHelp(t *testing.T) *help {
	h := &help{t: t, db: "sqlite:" + filepath.Join(t.TempDir(), "chat.db"), address: "127.0.0.1:0"}
	key := strings.TrimSpace(running{}.must(t, "key", "create", "--role", "ADMIN", "--db", h.db))
	h.start()
	t.Cleanup(func() { h.stop() })
	h.admin = &client{base: "http://" + h.address, key: key, http: &http.Client{}}
	h.put("/v1/sellers/acme", &pb.PutSellerRequest{DisplayName: "Acme"})
	h.put("/v1/sellers/acme/policy", &pb.PutPolicyRequest{HoldoutFraction: proto.Float64(0)})
	h.put("/v1/sellers/acme/items/KETTLE-1", &pb.PutItemRequest{Title: "Kettle", Category: "kettles", UnitPrice: &pb.Money{Amount: "59.99", CurrencyCode: "USD"},
		Specs: map[string]string{"volume": "1.7 l"}})
	h.put("/v1/sellers/acme/guides/kettle.en", &pb.PutGuideRequest{Markdown: wholeGuide, Publish: true})
	h.put("/v1/sellers/acme/replies/hello", &pb.PutReplyRequest{Title: "Hello", Texts: map[string]string{"": "Hello, I help with your {{item.title}}."}})
	h.storefrontKey = h.key(&pb.CreateKeyRequest{Role: pb.Key_STOREFRONT, Seller: "acme"})
	return h
}

func (h *help) put(path string, body proto.Message) {
	h.t.Helper()
	if err := h.admin.call(h.t.Context(), http.MethodPut, path, body, nil); err != nil {
		h.t.Fatalf("%s: %v", path, err)
	}
}

func (h *help) key(asked *pb.CreateKeyRequest) string {
	h.t.Helper()
	made := &pb.Key{}
	if err := h.admin.call(h.t.Context(), http.MethodPost, "/v1/keys", asked, made); err != nil {
		h.t.Fatal(err)
	}
	return made.GetSecret()
}

// expertKey makes an expert with a key.
func (h *help) expertKey(name string) string {
	h.t.Helper()
	h.put("/v1/experts/"+name, &pb.PutExpertRequest{Seller: "acme", DisplayName: strings.ToUpper(name)})
	return h.key(&pb.CreateKeyRequest{Role: pb.Key_EXPERT, Seller: "acme", Expert: name})
}

// start starts the server, again where it was.
func (h *help) start() {
	h.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	log := &lockedWriter{to: &bytes.Buffer{}}
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, []string{"serve", "--db", h.db, "--listen", h.address}, noEnvironment, strings.NewReader(""), in, log)
		in.Close()
		ended <- code
	}()
	h.stop = sync.OnceValue(func() string {
		stop()
		http.DefaultClient.CloseIdleConnections() // one that was dialled and never used would keep the server for 5 s
		if code := <-ended; code != exitOK {
			h.t.Errorf("the server ended with %d", code)
		}
		log.mu.Lock()
		defer log.mu.Unlock()
		return log.to.(*bytes.Buffer).String()
	})
	shown := newTerminalOf(h.t, out)
	_, h.address, _ = strings.Cut(shown.wait("listening on http://"), "http://")
}

// terminalOf is the output of a program as somebody reads it.
type terminalOf struct {
	t       *testing.T
	mu      sync.Mutex
	lines   []string
	read    int // so many have been waited for
	more    chan struct{}
	atEnd   bool
	drained chan struct{}
}

func newTerminalOf(t *testing.T, out io.Reader) *terminalOf {
	s := &terminalOf{t: t, more: make(chan struct{}, 1), drained: make(chan struct{})}
	go func() {
		defer close(s.drained)
		var part []byte
		buf := make([]byte, 4096)
		for {
			n, err := out.Read(buf)
			part = append(part, buf[:n]...)
			s.mu.Lock()
			for {
				line, rest, whole := bytes.Cut(part, []byte("\n"))
				if !whole {
					break
				}
				s.lines, part = append(s.lines, string(line)), rest
			}
			s.atEnd = err != nil
			s.mu.Unlock()
			select {
			case s.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return s
}

// sees waits for a line that has the text in it, wherever it is.
func (s *terminalOf) sees(text string) {
	s.t.Helper()
	s.mu.Lock()
	read := s.read
	s.read = 0
	s.mu.Unlock()
	s.wait(text)
	s.mu.Lock()
	s.read = max(s.read, read)
	s.mu.Unlock()
}

// wait gives the next line that has the text in it.
func (s *terminalOf) wait(text string) string {
	s.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		for ; s.read < len(s.lines); s.read++ {
			if line := s.lines[s.read]; strings.Contains(line, text) {
				s.read++
				s.mu.Unlock()
				return line
			}
		}
		all, atEnd := strings.Join(s.lines, "\n"), s.atEnd
		s.mu.Unlock()
		if atEnd {
			s.t.Fatalf("the output ended without %q:\n%s", text, all)
		}
		select {
		case <-s.more:
		case <-deadline.C:
			s.t.Fatalf("%q was not shown:\n%s", text, all)
		}
	}
}

// count counts the lines that have the text in them.
func (s *terminalOf) count(text string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// chatter is a chat client that somebody types into.
type chatter struct {
	t             *testing.T
	shown, told   *terminalOf // stdout, stderr
	keyboard      *io.PipeWriter
	interrupt     func()
	code          chan int
	intercept     string
	shopperSecret string
}

// chat starts a client.
func (h *help) chat(key string, args ...string) *chatter {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	typed, keyboard := io.Pipe()
	out, stdout := io.Pipe()
	messages, stderr := io.Pipe()
	c := &chatter{t: h.t, shown: newTerminalOf(h.t, out), told: newTerminalOf(h.t, messages), keyboard: keyboard, interrupt: cancel, code: make(chan int, 1)}
	go func() {
		code := run(ctx, append([]string{"chat"}, args...), func(name string) string {
			return map[string]string{"FIXFIRST_SERVER": "http://" + h.address, "FIXFIRST_KEY": key}[name]
		}, typed, stdout, stderr)
		stdout.Close()
		stderr.Close()
		typed.Close()
		c.code <- code
	}()
	h.t.Cleanup(func() {
		cancel()
		keyboard.Close()
		<-c.shown.drained
	})
	return c
}

// asShopper starts a client of a shopper who has asked for the kettle's refund.
func (h *help) asShopper(args ...string) *chatter {
	h.t.Helper()
	c := h.chat("", append([]string{"--as", "shopper", "--seller", "acme", "--sku", "KETTLE-1", "--price", "59.99", "--storefront-key", h.storefrontKey}, args...)...)
	back := strings.Fields(c.told.wait("to come back to it"))
	c.shopperSecret, c.intercept = strings.TrimPrefix(back[5], "FIXFIRST_KEY="), back[11]
	return c
}

// types types lines.
func (c *chatter) types(lines ...string) {
	c.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(c.keyboard, line+"\n"); err != nil {
			c.t.Fatalf("%q: %v", line, err)
		}
	}
}

// script types all there is to type.
func (c *chatter) script(lines string) {
	go func() {
		_, _ = io.WriteString(c.keyboard, lines) // a client that ends early shows in what the test sees
		c.keyboard.Close()
	}()
}

// ends closes the input and gives the exit code.
func (c *chatter) ends() int {
	c.t.Helper()
	c.keyboard.Close()
	return c.finishes()
}

// finishes gives the exit code.
func (c *chatter) finishes() int {
	c.t.Helper()
	select {
	case code := <-c.code:
		<-c.shown.drained
		<-c.told.drained
		return code
	case <-time.After(patience):
		c.t.Fatalf("the chat does not end: %q, %q", c.shown.lines, c.told.lines)
	}
	return 0
}
