package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestEditor(t *testing.T) {
	for _, c := range []struct {
		name string
		sent []string // by the keyboard, in these pieces
		want []string
		left string
		end  bool
	}{
		{"a line", []string{"hello\n"}, []string{"hello"}, "", false},
		{"a line in pieces", []string{"he", "llo", "\r"}, []string{"hello"}, "", false},
		{"two lines that were pasted", []string{"a\nb\nc"}, []string{"a", "b"}, "c", false},
		{"backspace", []string{"heat\x7f\x08lp\n"}, []string{"help"}, "", false},
		{"backspace of a Chinese character, which is several bytes", []string{"水壶\x7f\n"}, []string{"水"}, "", false},
		{"a character whose bytes come apart", []string{"\xe6\xb0", "\xb4\n"}, []string{"水"}, "", false},
		{"a word", []string{"one two \x17three\n"}, []string{"one three"}, "", false},
		{"the line", []string{"one two\x15three\n"}, []string{"three"}, "", false},
		{"arrows", []string{"a\x1b[Ab\x1b[1;5Cc\x1bOPd\n"}, []string{"abcd"}, "", false},
		{"an arrow in pieces", []string{"a\x1b", "[", "Db\n"}, []string{"ab"}, "", false},
		{"bytes that are no text", []string{"a\xffb\n"}, []string{"ab"}, "", false},
		{"Ctrl-D", []string{"\x04"}, nil, "", true},
		{"Ctrl-D in a line", []string{"a\x04"}, nil, "a", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var e editor
			var got []string
			end := false
			for _, sent := range c.sent {
				lines, ended := e.keys([]byte(sent))
				got, end = append(got, lines...), end || ended
			}
			if !reflect.DeepEqual(got, c.want) || string(e.line) != c.left || end != c.end {
				t.Errorf("%q gave %q, %q left, end %t", c.sent, got, string(e.line), end)
			}
		})
	}
}

func TestEditorShowsTheEndOfTheLine(t *testing.T) {
	for _, c := range []struct {
		line    string
		columns int
		want    string
	}{
		{"hello", 20, "> hello"},
		{"a long line", 10, "> ng line"},
		{"水壶不加热", 10, "> 不加热"},
		{"", 10, "> "},
		{"hello", 2, "> "},
	} {
		e := editor{line: []rune(c.line)}
		if got := e.view("> ", c.columns); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.line, c.columns, got, c.want)
		}
	}
}

// FuzzEditor: whatever keys are pressed, no line has anything in it that would steer a terminal, and none is on the screen.
func FuzzEditor(f *testing.F) {
	f.Add("hello\x7f\x1b[A\n", 20)
	f.Add("水\xe6\xb0", 3)
	f.Fuzz(func(t *testing.T, sent string, columns int) {
		var e editor
		lines, _ := e.keys([]byte(sent))
		for _, line := range append(lines, string(e.line)) {
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%q gave %q", sent, line)
			}
		}
		if columns = max(4, min(columns, 200)); columnsIn(e.view("> ", columns)) > columns {
			t.Errorf("%q is wider than %d columns", e.view("> ", columns), columns)
		}
	})
}
