package main

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// Widths of text for people, in columns.
const (
	plainWidth = 80  // where no terminal says its own
	mostWidth  = 100 // longer lines are hard to read
)

// terminal is how a command's text is shown: with colours only to people who did not refuse them.
type terminal struct {
	colours bool
	columns int
}

// terminal looks at what stdout is. NO_COLOR (no-color.org) and TERM=dumb are honoured.
func (p *program) terminal() terminal {
	t := terminal{columns: plainWidth}
	f, ok := p.stdout.(*os.File)
	if columns, err := strconv.Atoi(p.getenv("COLUMNS")); err == nil && columns > 0 {
		t.columns = columns
	} else if ok {
		t.columns = columnsOf(f, plainWidth)
	}
	t.columns = max(20, min(t.columns, mostWidth))
	t.colours = isTerminal(p.stdout) && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
	return t
}

// isTerminal tells a terminal from a file, a pipe, and what a test reads.
func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// colour of text, as ANSI (ECMA-48) numbers it.
type colour string

const (
	bold   colour = "1"
	faint  colour = "2"
	red    colour = "31"
	green  colour = "32"
	yellow colour = "33"
	blue   colour = "34"
)

// paint gives text in a colour, where there are colours.
func (t terminal) paint(c colour, text string) string {
	if !t.colours || text == "" {
		return text
	}
	line := strings.TrimRight(text, "\n")
	return "\x1b[" + string(c) + "m" + line + "\x1b[0m" + text[len(line):]
}

// wrap breaks text into lines of at most the terminal's columns, each after its indent; the first has another. Words are kept
// whole where they fit; Chinese and Japanese may break between any two characters. Line breaks of the text stay.
func (t terminal) wrap(first, indent, text string) string {
	var out strings.Builder
	lead := first
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		for _, piece := range t.lines(clean(line), t.columns-columnsIn(indent)) {
			out.WriteString(strings.TrimRight(lead+piece, " ") + "\n")
			lead = indent
		}
	}
	return out.String()
}

// lines breaks one line.
func (t terminal) lines(text string, columns int) []string {
	columns = max(columns, 10)
	var lines []string
	at, line := 0, ""
	for _, word := range breakable(text) {
		size := columnsIn(strings.TrimRight(word, " "))
		if at > 0 && at+size > columns {
			lines = append(lines, strings.TrimRight(line, " "))
			at, line = 0, ""
		}
		at += columnsIn(word)
		line += word
	}
	return append(lines, line)
}

// breakable cuts text where a line may end: after spaces, and around wide characters, but never before closing punctuation.
func breakable(text string) []string {
	var words []string
	start, before := 0, rune(0)
	for i, r := range text {
		after := before == ' ' && r != ' '
		wide := i > 0 && r != ' ' && (isWide(before) || isWide(r)) && !strings.ContainsRune("，。！？；：、）」』”’》】,.!?;:)]}", r) && !strings.ContainsRune("（「『“‘《【([{", before)
		if i > start && (after || wide) {
			words = append(words, text[start:i])
			start = i
		}
		before = r
	}
	return append(words, text[start:])
}

// columnsIn counts the columns of text; wide characters (UAX #11) take two.
func columnsIn(text string) int {
	n := 0
	for _, r := range text {
		if n++; isWide(r) {
			n++
		}
	}
	return n
}

func isWide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}
