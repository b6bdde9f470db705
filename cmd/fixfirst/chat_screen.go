package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// screen is where a chat is shown. Where somebody types at a terminal, the line in hand stays below what arrives.
type screen struct {
	out, messages io.Writer
	terminal      terminal
	json          bool
	typing        bool   // the editor's line is on the terminal
	restore       func() // gives the terminal back
	prompt        string
	editor        editor
}

// newScreen looks at what stdout is. Text that goes elsewhere than to a terminal is not wrapped: a message is a line.
func newScreen(p *program) *screen {
	s := &screen{out: p.stdout, messages: p.stderr, terminal: p.terminal(), json: p.json}
	if !isTerminal(p.stdout) {
		s.terminal.columns = 1 << 30
	}
	return s
}

// data shows what the chat is about, on stdout; with -o json it is records that do.
func (s *screen) data(text string) {
	if !s.json {
		s.above(s.out, text)
	}
}

// record is one line of -o json.
func (s *screen) record(v any) {
	if s.json {
		_ = json.NewEncoder(s.out).Encode(v) // as all that is shown: who does not read it does not miss it
	}
}

// note is a message about the program itself, on stderr.
func (s *screen) note(format string, values ...any) {
	text := fmt.Sprintf(format, values...) + "\n"
	if isTerminal(s.messages) {
		text = s.terminal.paint(faint, text)
	}
	s.above(s.messages, text)
}

// ring calls somebody to the terminal.
func (s *screen) ring() {
	if s.typing {
		fmt.Fprint(s.out, "\a")
	}
}

// above writes text over the line in hand.
func (s *screen) above(to io.Writer, text string) {
	if !s.typing {
		fmt.Fprint(to, text)
		return
	}
	fmt.Fprint(s.out, "\r\x1b[K")
	fmt.Fprint(to, text)
	s.draw()
}

// draw shows the line in hand.
func (s *screen) draw() {
	if s.typing {
		fmt.Fprint(s.out, "\r\x1b[K"+s.editor.view(s.prompt, s.terminal.columns))
	}
}

// ask sets what stands before the line in hand.
func (s *screen) ask(prompt string) {
	if s.prompt != prompt {
		s.prompt = prompt
		s.draw()
	}
}

// block gives text as lines that begin with who says it; its further lines are indented.
func (s *screen) block(who string, colour colour, text string) string {
	const indent = "  "
	lines := s.terminal.wrap(who+": ", indent, text)
	return s.terminal.paint(colour, lines[:len(who)+1]) + lines[min(len(who)+1, len(lines)):]
}

// titled is a line in bold, and indented text below it.
func (s *screen) titled(title, indent, text string) string {
	shown := s.terminal.paint(bold, s.terminal.wrap("", indent, title))
	if strings.TrimSpace(text) != "" {
		shown += s.terminal.wrap(indent, indent, text)
	}
	return shown
}
