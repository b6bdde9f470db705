package gateway

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxQuoted is how many characters of a wrong value an error shows.
const maxQuoted = 64

// mistake says what is wrong with a JSON text, and where.
type mistake struct {
	field        string // path as the API spells it, "orderLine.unitPrice.amount"; empty when the text is no JSON
	cause        string
	line, column int // from 1; 0 when unknown
}

// protojson words its errors "proto: (line 1:5): …" and "proto: syntax error (line 1:5): …", with a plain or a
// non-breaking space after the colon.
var (
	positioned = regexp.MustCompile(`^proto:[ \x{a0}](syntax error )?\(line (\d+):(\d+)\): (?s:(.*))$`)
	wrongKind  = regexp.MustCompile(`^invalid value for (\w+) (?:field [^ ]+|key): (?s:(.*))$`)
	wrongKnown = regexp.MustCompile(`^(?:invalid )?google\.protobuf\.(\w+) value(?: out of range:)? (?s:(.*))$`)
)

// describe turns protojson's error about data into words for the sender: the path of the field, what was wanted and
// what was there, without names of Go or protobuf.
func describe(data []byte, err error) mistake {
	m := positioned.FindStringSubmatch(err.Error())
	if m == nil {
		return mistake{cause: "the JSON ends too early or is not JSON"}
	}
	line, _ := strconv.Atoi(m[2])
	column, _ := strconv.Atoi(m[3])
	at := mistake{line: line, column: column}
	at.field = pathAt(data, offsetOf(data, line, column))
	at.cause = cause(m[4])
	if m[1] != "" && !strings.HasPrefix(m[4], "unexpected token") && !strings.HasPrefix(m[4], "invalid UTF-8") {
		at.field = "" // the text stops being JSON here, whatever the field
	}
	return at
}

func cause(text string) string {
	if m := wrongKind.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("want %s, got %s", wanted(m[1]), quoted(m[2]))
	}
	if m := wrongKnown.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("want %s, got %s", wanted(m[1]), quoted(m[2]))
	}
	for _, known := range []string{"unknown field", "duplicate field", "duplicate map key"} {
		if strings.HasPrefix(text, known) {
			return known
		}
	}
	if rest, ok := strings.CutPrefix(text, "unexpected token"); ok {
		if rest = strings.TrimSpace(rest); rest == "" {
			return "the JSON ends too early"
		}
		return "unexpected " + quoted(rest)
	}
	return quoted(text)
}

func wanted(kind string) string {
	switch kind {
	case "string":
		return "a string"
	case "bool":
		return "true or false"
	case "double", "float":
		return "a number"
	case "enum":
		return "one of its documented names"
	case "Timestamp":
		return `an RFC 3339 time such as "2026-10-01T12:00:00Z"`
	case "Duration":
		return `seconds such as "45s"`
	case "bytes":
		return "base64"
	}
	return "a whole number that fits " + kind
}

// quoted shortens what a sender wrote; an error must be valid UTF-8 even where the request is not.
func quoted(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= maxQuoted {
		return s
	}
	return string([]rune(s)[:maxQuoted]) + "…"
}

// String is the sentence for the message of an error.
func (m mistake) String() string {
	s := m.cause
	if m.field != "" {
		s = m.field + ": " + s
	}
	if m.line > 0 {
		s += fmt.Sprintf(" (line %d, column %d)", m.line, m.column)
	}
	return s
}

// status is the INVALID_ARGUMENT of the mistake, with a field violation where a field is known.
func (m mistake) status() *status.Status {
	s := refuse(codes.InvalidArgument, "INVALID_JSON", m.String())
	if m.field == "" {
		return s
	}
	return with(s, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: m.field, Description: m.cause}}})
}

// offsetOf finds the byte that line and column, both from 1 and in characters, point at.
func offsetOf(data []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			return len(data)
		}
		at += i + 1
	}
	for ; column > 1 && at < len(data); column-- {
		_, n := utf8.DecodeRune(data[at:])
		at += n
	}
	return at
}

// maxPathDepth bounds the nesting that a path shows; no message of the API is deeper.
const maxPathDepth = 32

// level is an object or array that is open at some byte.
type level struct {
	key   string // of the member that was begun last
	index int    // of the element, in an array; -1 in an object
}

// pathAt names the field whose name or value is at offset: "events[2].refund.amount". The text before offset is JSON.
func pathAt(data []byte, offset int) string {
	var open []level
	named := false // the current member of the innermost object has its name
	for i := 0; i <= offset && i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			if i == offset || len(open) == maxPathDepth {
				return pathOf(open)
			}
			index := -1
			if data[i] == '[' {
				index = 0
			}
			open, named = append(open, level{index: index}), false
		case '}', ']':
			if i == offset || len(open) == 0 {
				return pathOf(open)
			}
			open, named = open[:len(open)-1], true
		case ',':
			if n := len(open) - 1; n >= 0 && i < offset {
				named = false
				open[n].key = ""
				if open[n].index >= 0 {
					open[n].index++
				}
			}
		case '"':
			end := stringEnd(data, i)
			if n := len(open) - 1; n >= 0 && open[n].index < 0 && !named {
				open[n].key, named = quoted(string(data[i+1:end])), true
			}
			i = end
		}
	}
	return pathOf(open)
}

// stringEnd finds the closing quote of the string that starts at i.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return min(i, len(data)-1)
}

func pathOf(open []level) string {
	var b strings.Builder
	for _, l := range open {
		switch {
		case l.index >= 0:
			fmt.Fprintf(&b, "[%d]", l.index)
		case l.key != "" && b.Len() > 0:
			b.WriteString("." + l.key)
		default:
			b.WriteString(l.key)
		}
	}
	return b.String()
}
