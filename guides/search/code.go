package search

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// The stored form of Terms:
//
//	version        1 byte
//	language       length (uvarint), bytes
//	lengths        4 uvarints: words in title, symptoms, headings, body
//	terms          number (uvarint), then each in the order of their bytes:
//	  shared       uvarint: bytes that it has in common with the term before it
//	  rest         length (uvarint), bytes
//	  fields       1 byte: bits 0 to 3 tell in which fields the term is; bits 4 to 7 are its count in the body, and
//	               0 where that is more than 15
//	  counts       a uvarint for every field that it is in, but for a count in the body that is told already
//
// Whoever changes what Analyse makes of a text changes the version too: guides that were stored under another one have
// to be analysed again.
const encodingVersion = 1

// ErrOtherVersion says that terms were stored by another version of the analysers: analyse the guide again.
var ErrOtherVersion = errors.New("search: terms of another version")

var errMalformed = errors.New("search: malformed terms")

// Append adds the stored form of the terms to b.
func (t Terms) Append(b []byte) []byte {
	b = append(b, encodingVersion)
	b = binary.AppendUvarint(b, uint64(len(t.language)))
	b = append(b, t.language...)
	for _, n := range t.lengths {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, uint64(len(t.terms)))
	var before []byte
	t.each(func(text []byte, c counts) {
		shared := 0
		for shared < min(len(before), len(text)) && before[shared] == text[shared] {
			shared++
		}
		b = binary.AppendUvarint(b, uint64(shared))
		b = binary.AppendUvarint(b, uint64(len(text)-shared))
		b = append(b, text[shared:]...)
		b = appendCounts(b, c)
		before = text
	})
	return b
}

// maxShortCount is the largest count in the body that the fields' byte holds.
const maxShortCount = 15

func appendCounts(b []byte, c counts) []byte {
	head := byte(0)
	for f := range fields {
		if c.in(f) > 0 {
			head |= 1 << f
		}
	}
	body := c.in(inBody)
	if body <= maxShortCount {
		head |= byte(body) << fields
	}
	b = append(b, head)
	for f := range fields {
		if n := c.in(f); n > 0 && (f != inBody || body > maxShortCount) {
			b = binary.AppendUvarint(b, uint64(n))
		}
	}
	return b
}

// Decode reads the stored form. The error is ErrOtherVersion, or says what is wrong with the bytes.
func Decode(b []byte) (Terms, error) {
	if len(b) > 0 && b[0] != encodingVersion {
		return Terms{}, fmt.Errorf("%w: %d, want %d", ErrOtherVersion, b[0], encodingVersion)
	}
	d := decoder{rest: b}
	d.take(1)
	t := Terms{language: string(d.take(d.number(maxTag)))}
	for f := range t.lengths {
		t.lengths[f] = uint32(d.number(math.MaxUint32))
	}
	const leastTerm = 4 // bytes: shared, length, one byte of text, fields
	number := d.number(uint64(len(d.rest) / leastTerm))
	t.terms = make([]term, 0, number)
	t.text = make([]byte, 0, len(d.rest))
	begin := 0 // of the term before
	for range number {
		at := len(t.text)
		shared := d.number(uint64(at - begin))
		t.text = append(t.text, t.text[begin:begin+int(shared)]...)
		t.text = append(t.text, d.take(d.number(maxTermBytes))...)
		if now := t.text[at:]; len(now) > maxTermBytes || len(now) == 0 || at > 0 && bytes.Compare(t.text[begin:at], now) >= 0 {
			d.wrong = true
		}
		t.terms = append(t.terms, term{end: uint32(len(t.text)), counts: d.counts()})
		if d.wrong {
			break
		}
		begin = at
	}
	if d.wrong || len(d.rest) > 0 {
		return Terms{}, fmt.Errorf("%w: %d bytes from the end", errMalformed, len(d.rest))
	}
	return t, nil
}

// maxTermBytes is the length of the longest term: a word may grow while its letters are folded.
const maxTermBytes = maxWordRunes * utf8.UTFMax

// decoder reads on from rest; after something wrong it gives zeros.
type decoder struct {
	rest  []byte
	wrong bool
}

func (d *decoder) number(most uint64) uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 || n > most {
		d.wrong = true
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.wrong = true
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) counts() counts {
	head := d.take(1)
	if len(head) == 0 || head[0]&(1<<fields-1) == 0 {
		d.wrong = true
		return 0
	}
	var c counts
	for f := range fields {
		if head[0]&(1<<f) == 0 {
			continue
		}
		n := uint64(head[0] >> fields)
		if f != inBody || n == 0 {
			if n = d.number(uint64(countMax[f])); n == 0 {
				d.wrong = true
			}
		}
		c = c.plus(f, uint32(n))
	}
	return c
}
