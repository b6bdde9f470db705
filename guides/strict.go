package guides

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// appendStrict appends HTML as the common policy (newPolicy without hosts) gives it back, byte for byte, or reports
// false. It knows only what goldmark writes for our tree: text, the elements and the attributes that the policy allows,
// each in the one form that goldmark has for it, and nothing that the policy takes out. For anything else, however
// harmless, the answer is false, and the policy itself must be asked: it is what safety rests on, this is only its
// shortest way. FuzzStrict holds the two to each other.
func appendStrict(to, raw []byte) ([]byte, bool) {
	for i := 0; i < len(raw); {
		start := i
		for i < len(raw) && plainHTML[raw[i]] {
			i++
		}
		to = append(to, raw[start:i]...)
		if i == len(raw) {
			break
		}
		used := 0
		if raw[i] == '<' {
			to, used = appendTag(to, raw[i:])
		} else {
			to, used = appendEscaped(to, raw[i:])
		}
		if used == 0 {
			return to, false
		}
		i += used
	}
	return to, true
}

// plainHTML are the bytes of text that stay as they are. NUL and carriage return are not among them: the tokenizer
// treats those in ways of its own.
var plainHTML = func() (plain [256]bool) {
	for b := range plain {
		plain[b] = b != 0 && !strings.ContainsRune("<>&'\"\r", rune(b))
	}
	return plain
}()

// appendEscaped writes a character that is escaped, or is to be; used is 0 for what is in no form that goldmark writes.
func appendEscaped(to, raw []byte) (_ []byte, used int) {
	switch raw[0] {
	case '\'':
		return append(to, "&#39;"...), 1
	case '"':
		return append(to, "&#34;"...), 1
	case '>':
		return append(to, "&gt;"...), 1
	case '&':
		for _, known := range []string{"&amp;", "&lt;", "&gt;"} {
			if hasPrefix(raw, known) {
				return append(to, known...), len(known)
			}
		}
		if hasPrefix(raw, "&quot;") {
			return append(to, "&#34;"...), len("&quot;")
		}
	}
	return to, 0
}

func hasPrefix(raw []byte, prefix string) bool {
	return len(raw) >= len(prefix) && string(raw[:len(prefix)]) == prefix
}

// appendTag writes a tag; used is 0 for one that is not known exactly.
func appendTag(to, raw []byte) (_ []byte, used int) {
	end := 1
	if len(raw) > 1 && raw[1] == '/' {
		end = 2
	}
	first := end
	for end < len(raw) && ('a' <= raw[end] && raw[end] <= 'z' || '1' <= raw[end] && raw[end] <= '6') {
		end++
	}
	if end == len(raw) {
		return to, 0
	}
	kind := elementKinds[string(raw[first:end])]
	switch {
	case first == 2 && kind&closing == 0:
	case raw[end] == '>' && (first == 2 || kind&opensBare != 0):
		return append(to, raw[:end+1]...), end + 1
	case first == 1 && raw[end] == ' ':
		return appendAttributes(append(to, raw[:end]...), raw, string(raw[1:end]), end)
	}
	return to, 0
}

// How an element may stand, if not with attributes.
const (
	opensBare = 1 << iota // without any
	closing               // as a tag that closes it
)

var elementKinds = func() map[string]int {
	kinds := map[string]int{"a": closing, "div": closing, "br": opensBare, "hr": opensBare}
	for _, name := range strings.Fields("p blockquote ul ol li pre code em strong del h1 h2 h3 h4 h5 h6 table thead tbody tr th td") {
		kinds[name] = opensBare | closing
	}
	return kinds
}()

// appendAttributes writes the attributes of a tag, each as  key="value" and none twice, and its end.
func appendAttributes(to, raw []byte, element string, at int) (_ []byte, used int) {
	first := len(to)
	for raw[at] == ' ' {
		equals := bytes.IndexByte(raw[at:], '=')
		if equals < 0 || !hasPrefix(raw[at+equals:], `="`) {
			return to, 0
		}
		value := at + equals + len(`="`)
		size := bytes.IndexByte(raw[value:], '"')
		if size < 0 || value+size+1 == len(raw) {
			return to, 0
		}
		key := string(raw[at+1 : at+equals])
		written := len(to)
		to = append(append(append(to, ' '), key...), `="`...)
		ok := !bytes.Contains(to[first:written], to[written:])
		if !ok {
			return to, 0
		}
		if to, ok = appendValue(to, raw[value:value+size], element, key); !ok {
			return to, 0
		}
		to = append(to, '"')
		at = value + size + 1
	}
	if raw[at] != '>' {
		return to, 0
	}
	return append(to, '>'), at + 1
}

// appendValue writes the value of an attribute, if the policy lets it through.
func appendValue(to, value []byte, element, key string) ([]byte, bool) {
	ok := false
	switch element + " " + key {
	case "h1 id", "h2 id", "h3 id", "h4 id", "h5 id", "h6 id", "li id":
		ok = strictID(value)
	case "a href":
		return appendAddress(to, value)
	case "a rel":
		ok = string(value) == externalRel
	case "blockquote class":
		kind, found := bytes.CutPrefix(value, []byte("callout callout-"))
		switch string(kind) {
		case "note", "tip", "important", "warning", "caution":
			ok = found
		}
	case "ol start":
		ok = len(value) <= 9 && digits(value)
	case "td align", "th align":
		ok = string(value) == "left" || string(value) == "center" || string(value) == "right"
	case "img src":
		ok = strictAsset(value)
	case "img width", "img height":
		ok = len(value) <= 5 && digits(value) && value[0] != '0'
	case "img loading":
		ok = string(value) == "lazy"
	case "img alt":
		return appendText(to, value)
	case "div class":
		ok = string(value) == "table"
	case "div role":
		ok = string(value) == "region"
	case "div tabindex":
		ok = string(value) == "0"
	case "div aria-label":
		for _, label := range tableLabels {
			ok = ok || string(value) == label
		}
	}
	if !ok {
		return to, false
	}
	return append(to, value...), true
}

func digits(value []byte) bool {
	for _, b := range value {
		if b < '0' || b > '9' {
			return false
		}
	}
	return len(value) > 0
}

// strictID reports whether a value is an id of a guide.
func strictID(value []byte) bool {
	name, found := bytes.CutPrefix(value, []byte(anchorPrefix))
	for i := 0; i < len(name); {
		if b := name[i]; asciiName[b] {
			i++
			continue
		}
		r, size := utf8.DecodeRune(name[i:])
		if r < utf8.RuneSelf || r == utf8.RuneError || !unicode.In(r, unicode.L, unicode.M, unicode.N) {
			return false
		}
		i += size
	}
	return found && len(name) > 0
}

// asciiName are the bytes of an id that are letters, digits, - and _.
var asciiName = func() (name [256]bool) {
	for b := range name {
		name[b] = 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_' || b == '-'
	}
	return name
}()

// strictAsset reports whether a value is the address of a guide's own picture.
func strictAsset(value []byte) bool {
	name, found := bytes.CutPrefix(value, []byte("/assets/"))
	dot := bytes.IndexByte(name, '.')
	if !found || dot < 1 {
		return false
	}
	for _, b := range name[:dot] {
		if !('a' <= b && b <= 'z' || '0' <= b && b <= '9') {
			return false
		}
	}
	switch string(name[dot:]) {
	case ".png", ".jpg", ".gif", ".webp":
		return true
	}
	return false
}

// appendText writes a value in which anything may stand, escaped.
func appendText(to, value []byte) ([]byte, bool) {
	for i := 0; i < len(value); {
		if plainHTML[value[i]] {
			to = append(to, value[i])
			i++
			continue
		}
		used := 0
		if value[i] != '<' {
			to, used = appendEscaped(to, value[i:])
		}
		if used == 0 {
			return to, false
		}
		i += used
	}
	return to, true
}

// appendAddress writes the target of a link, if it is one that the policy gives back as it is.
func appendAddress(to, value []byte) ([]byte, bool) {
	if plainAddress(value) {
		return append(to, value...), true
	}
	written := len(to)
	to, ok := appendText(to, value)
	if !ok {
		return to, false
	}
	address := html.UnescapeString(string(to[written:]))
	after, https := strings.CutPrefix(address, "https://")
	if !https {
		var mail bool
		if after, mail = strings.CutPrefix(address, "mailto:"); !mail && !strings.HasPrefix(address, "#"+anchorPrefix) {
			return to, false
		}
	}
	if after == "" || after[0] == '/' || after[0] == '\\' || strings.ContainsFunc(address, unicode.IsSpace) {
		return to, false
	}
	u, err := url.Parse(address)
	return to, err == nil && u.String() == address && (u.Scheme == "https" || u.Scheme == "mailto" || u.Scheme == "")
}

// plainAddress reports whether a target is of nothing but letters, digits, dots and dashes: #guide-a-b or
// https://host/path, which parsing as a URL and writing again leaves as it is.
func plainAddress(value []byte) bool {
	if rest, found := bytes.CutPrefix(value, []byte("#"+anchorPrefix)); found {
		for _, b := range rest {
			if !asciiName[b] {
				return false
			}
		}
		return true
	}
	rest, found := bytes.CutPrefix(value, []byte("https://"))
	if !found || len(rest) == 0 || rest[0] == '/' {
		return false
	}
	for _, b := range rest {
		if !asciiName[b] && b != '.' && b != '/' {
			return false
		}
	}
	return true
}
