package guides

import (
	"bytes"
	"fmt"
	"strings"
)

// unknownSKUs finds SKUs that no item has: mostly a slip of the pen, and nobody would be offered the guide for them.
func (l *linter) unknownSKUs() {
	if l.c.options.SKUExists == nil {
		return
	}
	block, start := l.c.metaBlock("skus")
	from := 0 // they are looked for in their order, so that many are cheap
	for _, sku := range l.d.SKUs {
		if from >= 0 {
			from = indexValue(block, sku, from)
		}
		if l.c.options.SKUExists(sku) {
			continue
		}
		at := max(from, 0)
		message := "no item has the SKU " + quote(sku)
		if strings.Contains(sku, "*") {
			message = "no item has a SKU like " + quote(sku)
		}
		l.reportAt(start+at, Finding{Text: sku, Message: message,
			Mend: "look how the item’s SKU is spelt; if the item is still to come, publish anyway"})
	}
}

// unknownReasons finds return reasons that no store gives; they are looked for in their order, as SKUs are.
func (l *linter) unknownReasons() {
	if l.c.options.ReasonKnown == nil {
		return
	}
	block, start := l.c.metaBlock("reasons")
	upper := strings.ToUpper(string(block))
	if len(upper) != len(block) { // letters whose capitals are longer or shorter: places would not fit
		upper = string(block)
	}
	from := 0
	for _, reason := range l.d.Reasons {
		if from >= 0 {
			from = indexValue([]byte(upper), reason, from)
		}
		if !l.c.options.ReasonKnown(reason) {
			l.reportAt(start+max(from, 0), Finding{Text: reason, Message: "the reason " + quote(reason) + " is not known and counts as OTHER",
				Mend: "use a code such as DEFECTIVE or NOT_AS_DESCRIBED"})
		}
	}
}

// lackingSteps finds steps that the same guide has in another language and this one has not. Steps that share {#id}s
// are told by them, others by their number.
func (l *linter) lackingSteps() {
	mine := map[string]bool{}
	for _, s := range l.steps {
		mine[s.ID] = true
	}
	for _, sibling := range l.c.options.Siblings {
		theirs := map[string]bool{}
		for _, s := range sibling.Steps {
			theirs[s.ID] = true
		}
		shared, loose := false, 0
		for _, s := range l.steps {
			shared = shared || s.part.pinned && theirs[s.ID]
			if !s.part.pinned && !theirs[s.ID] {
				loose++ // it may be any of theirs
			}
		}
		var lacking []string
		for _, s := range sibling.Steps {
			if !mine[s.ID] {
				lacking = append(lacking, s.Title)
			}
		}
		more := len(sibling.Steps) - len(l.steps)
		if shared {
			more = len(lacking) - loose
		}
		if more <= 0 {
			continue
		}
		f := Finding{Message: fmt.Sprintf("%s has %s that this guide lacks", siblingName(sibling), stepCount(more)),
			Mend: "translate what is missing; give each step the same {#id} in every language, so that we can tell which it is"}
		if shared && loose == 0 {
			f.Message += ": " + quoteAll(lacking)
			f.Mend = "translate it, with the same {#id} behind its heading"
		}
		l.reportAt(0, f)
	}
}

func siblingName(s Sibling) string {
	if s.Locale == "" {
		return quote(s.Name)
	}
	return quote(s.Name) + " (" + s.Locale + ")"
}

func stepCount(n int) string {
	if n == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", n)
}

// quoteAll quotes a few titles and counts the rest.
func quoteAll(titles []string) string {
	const few = 3
	var quoted []string
	for _, t := range titles[:min(few, len(titles))] {
		quoted = append(quoted, quote(t))
	}
	list := strings.Join(quoted, ", ")
	if more := len(titles) - few; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// reasonCase finds reasons in small letters: reports and the shop's settings show them in capitals.
func (l *linter) reasonCase() {
	if len(l.d.Reasons) == 0 {
		return
	}
	block, start := l.c.metaBlock("reasons")
	lower, at := appendLower(nil, block), 0
	for _, reason := range l.d.Reasons {
		if at = indexValue(lower, strings.ToLower(reason), at); at < 0 {
			return
		}
		written := string(block[at : at+len(reason)])
		if written == reason {
			continue
		}
		l.reportAt(start+at, Finding{Text: written, Message: quote(written) + " is taken as " + reason,
			Mend: "write reasons in capitals, as reports show them", Edits: []Edit{{start + at, start + at + len(written), reason}}})
	}
}

// localeForm finds languages that are written in another form than the usual: en_us for en-US.
func (l *linter) localeForm() {
	if l.d.Locale == "" {
		return
	}
	block, start := l.c.metaBlock("locale")
	line, _, _ := bytes.Cut(block, []byte("\n"))
	line, _, _ = bytes.Cut(line, []byte(" #"))
	written := strings.Trim(string(line), " \t\r\"'")
	if written == l.d.Locale || written == "" || strings.ContainsAny(written, " \t\"'&*!|>") {
		return
	}
	at := start + bytes.Index(block, []byte(written))
	l.reportAt(at, Finding{Text: written, Message: quote(written) + " is taken as " + l.d.Locale,
		Mend: "write " + l.d.Locale, Edits: []Edit{{at, at + len(written), l.d.Locale}}})
}

// reportAt keeps a finding of the current check at an offset of the document.
func (l *linter) reportAt(offset int, f Finding) {
	f.Rule, f.Severity = l.current.id, l.current.severity
	l.c.find(offset, f)
}

// metaBlock gives what the front matter writes behind a key, up to the next key, and where that starts.
func (c *compilation) metaBlock(key string) (block []byte, start int) {
	at, end := 0, c.source.bodyStart
	for line := range bytes.Lines(c.source.text[:c.source.bodyStart]) {
		next := at + len(line)
		switch {
		case start == 0 && hasPrefix(line, key) && len(line) > len(key) && line[len(key)] == ':':
			start = at + len(key) + 1
		case start > 0 && len(bytes.TrimSpace(line)) > 0 && !bytes.ContainsAny(line[:1], " \t-#]}"),
			start > 0 && bytes.HasPrefix(line, []byte("---")):
			end = min(end, at)
		}
		at = next
	}
	if start == 0 {
		return nil, 0
	}
	return c.source.text[start:end], start
}

// indexValue finds a value in a block of YAML from an offset on, where it stands as an entry of a list or as a key; -1
// if it does not.
func indexValue(block []byte, value string, from int) int {
	for from < len(block) {
		i := bytes.Index(block[from:], []byte(value))
		if i < 0 {
			return -1
		}
		at, end := from+i, from+i+len(value)
		before := bytes.TrimRight(block[:at], " \t\"'")
		after := bytes.TrimLeft(block[end:], " \t\r\"'")
		opens := len(before) == 0 || bytes.ContainsAny(before[len(before)-1:], "[{,-\n")
		closes := len(after) == 0 || bytes.ContainsAny(after[:1], "]},:\n#")
		if opens && closes && (at == 0 || block[at-1] != '-') && (end == len(block) || block[end] != '-') {
			return at
		}
		from = end
	}
	return -1
}
