package main

import (
	"strings"
	"unicode/utf8"
)

// Keys that the editor knows, as terminals send them.
const (
	keyEnd       = 0x04 // Ctrl-D
	keyBackspace = 0x08
	keyTab       = 0x09
	keyKillLine  = 0x15 // Ctrl-U
	keyKillWord  = 0x17 // Ctrl-W
	keyEscape    = 0x1b
	keyDelete    = 0x7f
)

// escaping is where the editor is in a sequence of bytes that begins with Escape (ECMA-48), such as that of an arrow.
type escaping int8

const (
	plainKeys escaping = iota
	afterEscape
	inSequence
	lastOfSequence
)

// editor is the line that somebody is writing in a terminal while others' words arrive above it. It is written and mended at its
// end; keys that would move about in it do nothing.
type editor struct {
	line   []rune
	part   []byte // of a character that has not come whole yet
	escape escaping
}

// keys takes what the keyboard sent and gives the lines that are complete. end: Ctrl-D on an empty line.
func (e *editor) keys(sent []byte) (lines []string, end bool) {
	e.part = append(e.part, sent...)
	for len(e.part) > 0 && utf8.FullRune(e.part) {
		r, size := utf8.DecodeRune(e.part)
		e.part = e.part[size:]
		switch {
		case e.escaped(r):
		case r == '\n' || r == '\r':
			lines, e.line = append(lines, string(e.line)), nil
		case r == keyEnd && len(e.line) == 0:
			return lines, true
		default:
			e.key(r)
		}
	}
	return lines, false
}

// escaped tells whether a key belongs to a sequence, which it then drops.
func (e *editor) escaped(r rune) bool {
	switch was := e.escape; {
	case was == plainKeys && r == keyEscape:
		e.escape = afterEscape
	case was == plainKeys:
		return false
	case was == afterEscape && r == '[':
		e.escape = inSequence
	case was == afterEscape && r == 'O':
		e.escape = lastOfSequence
	case was == inSequence && (r < '@' || r > '~'): // its numbers
	default:
		e.escape = plainKeys
	}
	return true
}

// key does what one key does to the line.
func (e *editor) key(r rune) {
	switch r {
	case keyBackspace, keyDelete:
		e.line = e.line[:max(0, len(e.line)-1)]
	case keyKillLine:
		e.line = nil
	case keyKillWord:
		text := strings.TrimRight(string(e.line), " ")
		e.line = []rune(text[:strings.LastIndexByte(text, ' ')+1])
	case keyTab:
		e.line = append(e.line, ' ')
	default:
		if r >= ' ' && r != utf8.RuneError {
			e.line = append(e.line, r)
		}
	}
}

// view gives the prompt with as much of the line's end as fits into one row.
func (e *editor) view(prompt string, columns int) string {
	room := columns - columnsIn(prompt) - 1 // the cursor stands behind it
	start, used := len(e.line), 0
	for start > 0 && used+columnsIn(string(e.line[start-1])) <= room {
		start--
		used += columnsIn(string(e.line[start]))
	}
	return prompt + clean(string(e.line[start:]))
}
