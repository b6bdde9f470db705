package guides

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

// yamlPlace is a place in the front matter and its offset in the document.
type yamlPlace struct{ line, column, offset int }

// yamlOffset gives where a YAML node stands in the document. Its lines count
// from the one after the first ---, its columns in characters. Nodes are asked
// for in their order, so going on from the last one keeps long lines cheap.
func (c *compilation) yamlOffset(n *yaml.Node) int {
	line := min(max(n.Line, 1), len(c.source.lines)-1) // of lines, which count from 0
	at := c.yamlAt
	if at.line != line || at.column > n.Column {
		at = yamlPlace{line, 1, c.source.lines[line]}
	}
	for at.column < n.Column && at.offset < len(c.source.text) && c.source.text[at.offset] != '\n' {
		_, size := utf8.DecodeRune(c.source.text[at.offset:])
		at.column++
		at.offset += size
	}
	c.yamlAt = at
	return at.offset
}

// yamlSource gives a node as it is written, as far as it stands on one line.
func (c *compilation) yamlSource(n *yaml.Node) string {
	const most = 200 // bytes of what is no plain text
	rest := c.source.text[c.yamlOffset(n):]
	if n.Kind == yaml.ScalarNode && bytes.HasPrefix(rest, []byte(n.Value)) {
		return n.Value
	}
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 && len(rest) > 0 {
		if end := bytes.IndexByte(rest[1:], rest[0]); end >= 0 {
			rest = rest[:end+2]
		}
	}
	rest = rest[:min(len(rest), max(most, len(n.Value)))]
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return strings.TrimRight(strings.ToValidUTF8(string(line), ""), " \t\r")
}

// findYAML keeps a finding at a YAML node.
func (c *compilation) findYAML(n *yaml.Node, f Finding) {
	if f.Text == "" {
		f.Text = c.yamlSource(n)
	}
	c.find(c.yamlOffset(n), f)
}

// yamlText reads text; numbers and dates are taken as they are written. What
// is left empty is as if it were not there.
func (c *compilation) yamlText(n *yaml.Node, key string) string {
	switch tag := n.ShortTag(); {
	case n.Kind == yaml.ScalarNode && tag == "!!null":
		return ""
	case n.Kind == yaml.ScalarNode && tag != "!!bool" && tag != "!!binary":
		return strings.Join(strings.FieldsFunc(n.Value, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r)
		}), " ")
	}
	c.findYAML(n, Finding{Rule: "wrong-type", Severity: ERROR, Message: "`" + key + "` has a value that is not text",
		Mend: "write text, in quotes if need be"})
	return ""
}

// textList says what a list of texts may hold.
type textList struct {
	key      string
	limit    int
	runes    int
	unspaced bool
	change   func(string) string
	mapped   func(text string, step *yaml.Node) // takes the step that an entry has; nil where entries have none
}

// yamlTexts reads a list of texts, or one text as a list of one; repeated ones
// count once. Where entries may have a step to begin with, a mapping of texts
// to steps is read too, in place of the list or of one of its entries.
func (c *compilation) yamlTexts(n *yaml.Node, list textList) []string {
	var texts []string
	seen := map[string]bool{}
	for text, step := range yamlEntries(n, list.mapped != nil) {
		t := c.yamlText(text, list.key)
		if list.change != nil {
			t = list.change(t)
		}
		if t == "" {
			continue
		}
		_, long := clip(t, list.runes)
		switch {
		case seen[t]: // its step counts
		case long:
			c.findYAML(text, Finding{Rule: "too-long", Severity: ERROR,
				Message: fmt.Sprintf("%s in `%s` is longer than %d characters", quote(t), list.key, list.runes), Mend: "shorten it"})
			continue
		case list.unspaced && strings.Contains(t, " "):
			c.findYAML(text, Finding{Rule: "has-space", Severity: ERROR,
				Message: fmt.Sprintf("%s in `%s` has a space in it", quote(t), list.key),
				Mend:    fmt.Sprintf("write a list: `%s: [A, B]`", list.key)})
			continue
		case len(texts) == list.limit:
			c.findYAML(text, Finding{Rule: "too-many", Severity: ERROR,
				Message: fmt.Sprintf("`%s` has more than %d entries", list.key, list.limit), Mend: list.tooMany()})
			return texts
		default:
			texts = append(texts, t)
			seen[t] = true
		}
		if step != nil {
			c.checkQuoted(text, step)
			list.mapped(t, step)
		}
	}
	return slices.Clip(texts)
}

func (list textList) tooMany() string {
	if list.key == "skus" {
		return "split the guide, or use a glob such as KETTLE-*"
	}
	return "keep those that matter most"
}

// yamlEntries goes through the texts of a list, each with its step or nil.
func yamlEntries(n *yaml.Node, mapped bool) func(yield func(text, step *yaml.Node) bool) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	return func(yield func(text, step *yaml.Node) bool) {
		for _, item := range items {
			if item.Kind != yaml.MappingNode || !mapped {
				if !yield(item, nil) {
					return
				}
				continue
			}
			for i := 0; i+1 < len(item.Content); i += 2 {
				if !yield(item.Content[i], item.Content[i+1]) {
					return
				}
			}
		}
	}
}

var unquotedID = regexp.MustCompile(`^#[\p{L}\p{M}\p{N}_-]+$`)

// checkQuoted tells of `DEFECTIVE: #descale-it`: to YAML that is a comment.
func (c *compilation) checkQuoted(text, step *yaml.Node) {
	comment := text.LineComment + step.LineComment
	if step.ShortTag() != "!!null" || !unquotedID.MatchString(comment) {
		return
	}
	line, _, _ := strings.Cut(string(c.source.text[c.yamlOffset(text):]), "\n")
	within := strings.LastIndex(line, comment)
	if within < 0 {
		return
	}
	at := c.yamlOffset(text) + within
	c.find(at, Finding{Rule: "unquoted-id", Severity: WARNING, Text: comment,
		Message: comment + " without quotes is a comment in YAML, so there is no step to begin with",
		Mend:    `write it in quotes: "` + comment + `"`,
		Edits:   []Edit{{Start: at, End: at + len(comment), New: `"` + comment + `"`}}})
}

func (c *compilation) readReasons(m *frontMatter, n *yaml.Node) {
	m.reasons = c.yamlTexts(n, textList{key: "reasons", limit: MaxReasons, runes: MaxReasonRunes, unspaced: true,
		change: strings.ToUpper, mapped: func(reason string, step *yaml.Node) {
			c.readEntry(m, entryLink{reason: reason}, step)
		}})
}

func (c *compilation) readSymptoms(m *frontMatter, n *yaml.Node) {
	m.symptoms = c.yamlTexts(n, textList{key: "symptoms", limit: MaxSymptoms, runes: MaxSymptomRunes,
		mapped: func(symptom string, step *yaml.Node) { c.readEntry(m, entryLink{symptom: symptom}, step) }})
}

func (c *compilation) readEntry(m *frontMatter, e entryLink, n *yaml.Node) {
	written := c.yamlText(n, "the step to begin with")
	if written == "" {
		return
	}
	e.target = link{anchor: linkAnchor(strings.TrimPrefix(written, "#")), offset: c.yamlOffset(n), text: c.yamlSource(n)}
	for _, other := range m.entries {
		if other.reason == e.reason && other.symptom == e.symptom {
			if other.target.anchor != e.target.anchor {
				c.findYAML(n, Finding{Rule: "duplicate-key", Severity: ERROR,
					Message: quote(e.reason+e.symptom) + " is given two steps to begin with", Mend: "keep one"})
			}
			return
		}
	}
	m.entries = append(m.entries, e)
}

func (c *compilation) readLocale(m *frontMatter, n *yaml.Node) {
	written := c.yamlText(n, "locale")
	if written == "" {
		return
	}
	tag, err := language.Parse(written)
	if err != nil || tag == language.Und || len(written) > 35 {
		c.findYAML(n, Finding{Rule: "locale", Severity: ERROR, Message: quote(written) + " is not a language tag",
			Mend: "write one such as en, en-GB or zh; leave the key out if the guide is for any language"})
		return
	}
	m.locale = tag.String()
}

func (c *compilation) readMinutes(m *frontMatter, n *yaml.Node) {
	if n.ShortTag() == "!!null" {
		return
	}
	minutes, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || minutes < 1 || minutes > MaxMinutes {
		c.findYAML(n, Finding{Rule: "minutes", Severity: ERROR,
			Message: fmt.Sprintf("`minutes` is not a whole number from 1 to %d", MaxMinutes),
			Mend:    "write how long all steps take together, such as `minutes: 10`"})
		return
	}
	m.minutes = minutes
}

func (c *compilation) readDifficulty(m *frontMatter, n *yaml.Node) {
	written := strings.ToUpper(c.yamlText(n, "difficulty"))
	switch written {
	case "EASY", "MODERATE", "DIFFICULT":
		m.difficulty = written
	case "": // not said, or already found to be no text
	default:
		c.findYAML(n, Finding{Rule: "difficulty", Severity: ERROR,
			Message: "`difficulty` is none of easy, moderate and difficult", Mend: "write one of the three, or leave the key out"})
	}
}
