package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// maxTyped bounds a line of a script, in bytes; the longest message is a quarter of it.
const maxTyped = 64 << 10

// side is one end of a chat.
type side interface {
	// line takes what was typed. false: not yet; it is given again once something has happened.
	line(ctx context.Context, text string) bool
	inputOver(ctx context.Context)
	over() bool
	prompt() string
}

// talk is what both ends share: one loop in which everything happens in turn. Other goroutines give it what they have by post.
type talk struct {
	p        *program
	server   *client
	screen   *screen
	jobs     outbox
	posts    chan func()
	running  sync.WaitGroup
	script   bool  // the input is no terminal
	lost     bool  // nobody answers
	refusals int   // what was typed and the server refused, or nobody understood
	failed   error // what ends the program
}

func newTalk(ctx context.Context, p *program, server *client) *talk {
	t := &talk{p: p, server: server, screen: newScreen(p), posts: make(chan func()), script: true}
	if f, ok := p.stdin.(*os.File); ok {
		t.script = !isTerminal(f)
	}
	t.jobs = outbox{server: server, begin: func(f func()) { t.running.Go(f) }, post: func(f func()) { t.post(ctx, f) }, told: t.connection, refused: t.refused}
	return t
}

// post gives the loop something to do; what comes after its end is dropped.
func (t *talk) post(ctx context.Context, do func()) {
	select {
	case t.posts <- do:
	case <-ctx.Done():
	}
}

// loop runs until the side is over, or ctx ends.
func (t *talk) loop(ctx context.Context, s side) error {
	lines, keys := t.input(ctx)
	defer t.screen.stopTyping()
	var held *string
	for t.failed == nil && !s.over() {
		t.screen.ask(s.prompt())
		from := lines
		if held != nil || t.jobs.full() {
			from = nil
		}
		select {
		case line, more := <-from:
			if !more {
				lines = nil
				s.inputOver(ctx)
			} else if !s.line(ctx, line) {
				held = &line
			}
		case sent, more := <-keys:
			typed, end := t.screen.editor.keys(sent)
			t.screen.draw()
			for _, line := range typed {
				s.line(ctx, line)
			}
			if end {
				s.line(ctx, "/quit")
			}
			if !more { // the terminal is gone
				keys = nil
				s.inputOver(ctx)
			}
		case do := <-t.posts:
			do()
			if held != nil && s.line(ctx, *held) {
				held = nil
			}
		case <-ctx.Done():
			return t.unsent()
		}
	}
	if t.failed != nil {
		_ = t.unsent() // the reason is the better error
	}
	if t.refusals > 0 && t.script {
		t.p.code = exitRefused
	}
	return t.failed
}

// input begins to read what is typed: keys from a terminal, lines from anything else.
func (t *talk) input(ctx context.Context) (<-chan string, <-chan []byte) {
	if f, ok := t.p.stdin.(*os.File); ok && !t.script && !t.p.json && isTerminal(t.p.stdout) && t.p.getenv("TERM") != "dumb" {
		if restore, ok := keyboard(f); ok {
			keys := make(chan []byte)
			t.screen.startTyping(restore)
			go readKeys(ctx, f, keys) // waits for a key after the end of the program, which nothing can stop
			return nil, keys
		}
	}
	lines := make(chan string)
	go t.readLines(ctx, lines) // the same
	return lines, nil
}

func readKeys(ctx context.Context, f *os.File, keys chan<- []byte) {
	defer close(keys)
	for {
		sent := make([]byte, 1024)
		n, err := f.Read(sent)
		if err != nil {
			return
		}
		select {
		case keys <- sent[:n]:
		case <-ctx.Done():
			return
		}
	}
}

func (t *talk) readLines(ctx context.Context, lines chan<- string) {
	defer close(lines)
	in := bufio.NewReader(t.p.stdin)
	for {
		line, err := readTyped(in)
		if line != "" {
			select {
			case lines <- line:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// readTyped reads a line without its end. Of one that is too long the rest is another line: nothing typed is lost.
func readTyped(in *bufio.Reader) (string, error) {
	var line strings.Builder
	for line.Len() < maxTyped {
		b, err := in.ReadByte()
		if err != nil || b == '\n' {
			return strings.TrimSuffix(line.String(), "\r"), err
		}
		line.WriteByte(b)
	}
	return line.String(), nil
}

// connection says once that nobody answers, and once that somebody does again.
func (t *talk) connection(err error) {
	if lost := err != nil; lost != t.lost {
		t.lost = lost
		if lost {
			t.screen.note("no connection, trying again; what you write is kept and sent once there is one (%v)", firstLine(err))
		} else {
			t.screen.note("connected again")
		}
	}
}

// refused says that the server will not do what was typed.
func (t *talk) refused(j job, err error) {
	t.refusals++
	t.screen.note("not done: %s\n  %v", clean(j.what), err)
}

// wrong says that what was typed cannot be meant.
func (t *talk) wrong(format string, values ...any) bool {
	t.refusals++
	t.screen.note(format, values...)
	return true
}

// unsent names what was typed and may never have reached the server.
func (t *talk) unsent() error {
	n := 0
	for _, j := range t.jobs.waiting {
		if j.logged {
			continue
		}
		n++
		t.screen.note("not confirmed: %s", clean(j.what))
	}
	if n > 0 {
		return fmt.Errorf("ended before the server had answered what was typed: %s", count(n, "line"))
	}
	return nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// startTyping shows the line in hand from now on; restore gives the terminal back.
func (s *screen) startTyping(restore func()) {
	s.typing, s.restore = true, restore
	s.draw()
}

// stopTyping gives the terminal back, with what was not finished on it.
func (s *screen) stopTyping() {
	if s.typing {
		io.WriteString(s.out, "\r\x1b[K")
		s.typing = false
		s.restore()
	}
}
