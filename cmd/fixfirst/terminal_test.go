package main

import (
	"os"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		columns             int
		first, indent, text string
		want                string
	}{
		"fits":                   {40, " 1. ", "    ", "Dry the base", " 1. Dry the base\n"},
		"words stay whole":       {20, "- ", "  ", "Fill it to MAX with vinegar", "- Fill it to MAX\n  with vinegar\n"},
		"exactly":                {20, "", "", "aaaa bbbb cccc ddddd eeee", "aaaa bbbb cccc ddddd\neeee\n"},
		"a word too long":        {20, "", "", "see aaaaaaaaaaaaaaaaaaaaaaaaaaa now", "see\naaaaaaaaaaaaaaaaaaaaaaaaaaa\nnow\n"},
		"lines stay":             {40, "", "", "one\ntwo", "one\ntwo\n"},
		"Chinese breaks":         {20, "", "", "拔掉插头仔细看看底座和电源线", "拔掉插头仔细看看底座\n和电源线\n"},
		"no comma begins a line": {20, "", "", "拔掉插头仔细看看底座，和电源线", "拔掉插头仔细看看底\n座，和电源线\n"},
		"control characters":     {40, "", "", "a\x1b[31mb", "a?[31mb\n"},
		"empty":                  {40, "  ", "  ", "", "\n"},
	} {
		if got := (terminal{columns: c.columns}).wrap(c.first, c.indent, c.text); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestColoursAreForTerminals(t *testing.T) {
	plain := (&program{getenv: noEnvironment, stdout: &strings.Builder{}}).terminal()
	if plain.colours || plain.columns != plainWidth || plain.paint(red, "x") != "x" {
		t.Errorf("what a test reads is a terminal: %+v", plain)
	}
	tty, err := os.OpenFile("/dev/null", os.O_WRONLY, 0) // a character device, as terminals are
	if err != nil {
		t.Skip(err)
	}
	defer tty.Close()
	for name, c := range map[string]struct {
		env     map[string]string
		colours bool
		columns int
	}{
		"terminal": {nil, true, plainWidth},
		"NO_COLOR": {map[string]string{"NO_COLOR": "1", "COLUMNS": "60"}, false, 60},
		"dumb":     {map[string]string{"TERM": "dumb", "COLUMNS": "400"}, false, mostWidth},
	} {
		got := (&program{getenv: func(name string) string { return c.env[name] }, stdout: tty}).terminal()
		if got.colours != c.colours || got.columns != c.columns {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := (terminal{colours: true}).paint(red, "x\n"); got != "\x1b[31mx\x1b[0m\n" {
		t.Errorf("painted %q", got)
	}
}
