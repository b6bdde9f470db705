package main

import (
	"fmt"
	"io"
	"time"
)

// progressEvery is how often a terminal sees a new count.
const progressEvery = 200 * time.Millisecond

// progress shows a growing count on a terminal, and nothing anywhere else.
type progress struct {
	out   io.Writer // nil where there is no terminal
	what  string
	shown time.Time
}

func newProgress(out io.Writer, what string) *progress {
	p := &progress{what: what}
	if isTerminal(out) {
		p.out = out
	}
	return p
}

// set shows the count, unless it was shown just now.
func (p *progress) set(n int64) {
	if now := time.Now(); p.out != nil && now.Sub(p.shown) >= progressEvery {
		p.shown = now
		fmt.Fprintf(p.out, "\r%d %s", n, p.what)
	}
}

// end leaves the line.
func (p *progress) end() {
	if p.out != nil && !p.shown.IsZero() {
		fmt.Fprintln(p.out)
	}
}
