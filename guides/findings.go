package guides

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"
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
}

// source is the document with NULs replaced, and where its lines start.
type source struct {
	text      []byte
	lines     []int // byte offset of each line's start
	bodyStart int   // byte offset of the markdown after the front matter
}

func newSource(markdown string) source {
	// CommonMark replaces NUL; a database text column refuses it.
	s := source{text: []byte(strings.ReplaceAll(markdown, "\x00", "\uFFFD")), lines: []int{0}}
	for i, b := range s.text {
		if b == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	s.bodyStart = len(s.text) - len(bytes.TrimPrefix(s.text, []byte("\uFEFF")))
	return s
}

func (s source) body() []byte { return s.text[s.bodyStart:] }

// position gives line and column of a byte offset.
func (s source) position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s.text))
	line = sort.SearchInts(s.lines, offset+1)
	return line, utf8.RuneCount(s.text[s.lines[line-1]:offset]) + 1
}

// find keeps a finding at a byte offset of the document.
func (c *compilation) find(offset int, f Finding) {
	f.Line, f.Column = c.source.position(offset)
	c.findings = append(c.findings, f)
}

// findInBody is find for an offset as goldmark gives it.
func (c *compilation) findInBody(offset int, f Finding) {
	c.find(c.source.bodyStart+max(offset, 0), f)
}

// arrange sorts findings by place, keeps every error and the first MaxFindings
// others, and says how many more there were.
func arrange(found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, cmp.Compare(a.Rule, b.Rule))
	})
	kept, others, cut := []Finding{}, 0, Finding{}
	for _, f := range found {
		if f.Severity != ERROR {
			if others++; others > MaxFindings {
				cut.Line, cut.Column = f.Line, f.Column
				continue
			}
		}
		kept = append(kept, f)
	}
	if more := others - MaxFindings; more > 0 {
		cut.Rule, cut.Severity = "more-findings", INFO
		cut.Message = fmt.Sprintf("%d more findings are not shown", more)
		cut.Mend = "mend those above first"
		kept = append(kept, cut)
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
	return fmt.Sprintf("%q", cut)
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
