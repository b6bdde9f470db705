package gateway

import "strings"

// scanner walks over plain JSON. It knows less than JSON and never guesses: at the first byte that is not plain it
// turns bad and stays so, and the caller leaves the text to protojson.
type scanner struct {
	s   string
	at  int
	bad bool
}

func (p *scanner) space() {
	for p.at < len(p.s) {
		switch p.s[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// take passes over c and the space before it, and reports whether it was there.
func (p *scanner) take(c byte) bool {
	p.space()
	if p.at < len(p.s) && p.s[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *scanner) must(c byte) {
	if !p.take(c) {
		p.bad = true
	}
}

// object calls field for each name, which must pass over the value. field marks the scanner bad for names that it does
// not know.
func (p *scanner) object(field func(name string)) {
	p.must('{')
	if p.bad || p.take('}') {
		return
	}
	for !p.bad {
		name := p.plain()
		p.must(':')
		if p.bad {
			return
		}
		field(name)
		if !p.bad && p.take(',') {
			continue
		}
		p.must('}')
		return
	}
}

// plain passes over a string without escapes.
func (p *scanner) plain() string {
	p.must('"')
	for i := p.at; i < len(p.s) && !p.bad; i++ {
		switch c := p.s[i]; {
		case c == '"':
			s := p.s[p.at:i]
			p.at = i + 1
			return s
		case c == '\\' || c < ' ':
			p.bad = true
		}
	}
	p.bad = true
	return ""
}

// text passes over a string with no escapes, or those of one letter.
func (p *scanner) text() string {
	p.must('"')
	for i := p.at; i < len(p.s) && !p.bad; i++ {
		switch c := p.s[i]; {
		case c == '"':
			s := p.s[p.at:i]
			p.at = i + 1
			return s
		case c == '\\':
			return p.escaped(i)
		case c < ' ':
			p.bad = true
		}
	}
	p.bad = true
	return ""
}

// escaped is text from the first escape on.
func (p *scanner) escaped(i int) string {
	var b strings.Builder
	b.WriteString(p.s[p.at:i])
	for ; i < len(p.s); i++ {
		c := p.s[i]
		switch {
		case c == '"':
			p.at = i + 1
			return b.String()
		case c < ' ':
			p.bad = true
			return ""
		case c != '\\':
			b.WriteByte(c)
			continue
		}
		i++
		if i == len(p.s) {
			break
		}
		k := strings.IndexByte(`"\/bfnrt`, p.s[i])
		if k < 0 {
			break
		}
		b.WriteByte("\"\\/\b\f\n\r\t"[k])
	}
	p.bad = true
	return ""
}

// int32 passes over a number of one to nine digits without sign or leading zero.
func (p *scanner) int32() int32 {
	p.space()
	start, n := p.at, int32(0)
	for p.at < len(p.s) && p.s[p.at] >= '0' && p.s[p.at] <= '9' && p.at-start < 10 {
		n = n*10 + int32(p.s[p.at]-'0')
		p.at++
	}
	digits := p.at - start
	if digits == 0 || digits > 9 || digits > 1 && p.s[start] == '0' {
		p.bad = true
		return 0
	}
	return n
}

// end reports whether all went well and nothing but space is left.
func (p *scanner) end() bool {
	p.space()
	return !p.bad && p.at == len(p.s)
}
