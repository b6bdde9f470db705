package guides

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Severity says how bad a finding is.
type Severity string

// An ERROR refuses publishing (a draft may be saved), a WARNING is seen by
// shoppers, an INFO is good to know.
const (
	ERROR   Severity = "ERROR"
	WARNING Severity = "WARNING"
	INFO    Severity = "INFO"
)

// Finding is something the seller should know about the markdown.
type Finding struct {
	Rule         string // stable name of the rule, such as "raw-html"
	Severity     Severity
	Line, Column int // from 1, in the whole document; columns in characters
	Message      string
	Mend         string // what to do about it
	Text         string // what it is about, as it is written; "" = nothing one could point at
	Edits        []Edit // that mend it and change no step; nil where the seller must choose
}

// Edit puts New in the place of the bytes from Start up to End of the document.
type Edit struct {
	Start, End int
	New        string
}

// source is the document with NULs replaced, and where its lines start.
type source struct {
	text      []byte
	lines     []int // byte offset of each line's start
	bodyStart int   // byte offset of the markdown after the front matter
}

func newSource(markdown string) source {
	// CommonMark replaces NUL; a database text column refuses it.
	s := source{text: []byte(strings.ReplaceAll(markdown, "\x00", "\uFFFD"))}
	s.lines = make([]int, 1, bytes.Count(s.text, []byte("\n"))+1)
	for at := 0; ; {
		next := bytes.IndexByte(s.text[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
		s.lines = append(s.lines, at)
	}
	s.bodyStart = len(s.text) - len(bytes.TrimPrefix(s.text, []byte("\uFEFF")))
	return s
}

func (s source) body() []byte { return s.text[s.bodyStart:] }

// found is a finding whose place is still a byte offset of the document:
// counting characters for each of thousands on one line would be slow.
type found struct {
	offset int
	Finding
}

// find keeps a finding at a byte offset of the document.
func (c *compilation) find(offset int, f Finding) {
	c.findings = append(c.findings, found{min(max(offset, 0), len(c.source.text)), f})
}

// findInBody is find for an offset as goldmark gives it.
func (c *compilation) findInBody(offset int, f Finding) {
	c.find(c.source.bodyStart+max(offset, 0), f)
}

// arranged sorts findings by place, keeps every error and so many of the
// others, and says how many more there were.
func (c *compilation) arranged(limit int) []Finding {
	slices.SortStableFunc(c.findings, func(a, b found) int {
		return cmp.Or(a.offset-b.offset, cmp.Compare(a.Rule, b.Rule))
	})
	kept, others, cut := []Finding{}, 0, found{}
	at, line, column := 0, 1, 1
	place := func(f found) Finding {
		if upTo := sort.SearchInts(c.source.lines, f.offset+1); upTo > line {
			at, line, column = c.source.lines[upTo-1], upTo, 1
		}
		column += utf8.RuneCount(c.source.text[at:f.offset])
		at = f.offset
		f.Line, f.Column = line, column
		return f.Finding
	}
	for _, f := range c.findings {
		if f.Severity != ERROR {
			if others++; others > limit {
				cut = f
				continue
			}
		}
		kept = append(kept, place(f))
	}
	if more := others - limit; more > 0 {
		cut.Finding = Finding{Rule: "more-findings", Severity: INFO,
			Message: fmt.Sprintf("%d more findings are not shown", more), Mend: "mend those above first"}
		cut.offset = max(cut.offset, at)
		kept = append(kept, place(cut))
	}
	return kept
}

// quote shows a piece of the document inside a message: short, on one line,
// without control characters.
func quote(s string) string {
	cut, was := clip(s, 60)
	if was {
		cut += "…"
	}
	for i := range len(cut) {
		if b := cut[i]; b < ' ' || b > '~' || b == '"' || b == '\\' {
			return strconv.Quote(cut)
		}
	}
	return `"` + cut + `"`
}

// clip cuts s to a number of characters and says whether it had to.
func clip(s string, runes int) (string, bool) {
	n := 0
	for i := range s {
		if n++; n > runes {
			return s[:i], true
		}
	}
	return s, false
}
