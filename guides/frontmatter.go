package guides

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

// frontMatter is what the YAML at the top of a guide says, checked.
type frontMatter struct {
	title, locale             string
	skus, categories, reasons []string
	minutes                   int
}

// frontMatterKeys reads each key we know; any other is another program's.
var frontMatterKeys = map[string]func(*compilation, *frontMatter, *yaml.Node){
	"title":  func(c *compilation, m *frontMatter, n *yaml.Node) { m.title = c.yamlText(n, "title") },
	"locale": (*compilation).readLocale,
	"skus": func(c *compilation, m *frontMatter, n *yaml.Node) {
		m.skus = c.yamlTexts(n, textList{key: "skus", limit: MaxSKUs, runes: MaxSKURunes, unspaced: true})
	},
	"categories": func(c *compilation, m *frontMatter, n *yaml.Node) {
		m.categories = c.yamlTexts(n, textList{key: "categories", limit: MaxCategories, runes: MaxCategoryRunes})
	},
	"reasons": func(c *compilation, m *frontMatter, n *yaml.Node) {
		m.reasons = c.yamlTexts(n, textList{key: "reasons", limit: MaxReasons, runes: MaxReasonRunes,
			unspaced: true, change: strings.ToUpper})
	},
	"minutes": (*compilation).readMinutes,
}

// readFrontMatter reads the YAML between a first line --- and the next, and
// moves the start of the body behind it. A document need not have any.
func (c *compilation) readFrontMatter() (frontMatter, error) {
	var m frontMatter
	yamlText, end, found := cutFrontMatter(c.source.body())
	switch {
	case found && len(yamlText) > MaxFrontMatterBytes:
		return m, &TooComplexError{What: "front matter bytes", Limit: MaxFrontMatterBytes}
	case found:
		c.source.bodyStart += end
		if err := checkYAMLShape(yamlText); err != nil {
			return m, err
		}
		c.readYAML(yamlText, &m)
	case end > 0:
		c.find(0, Finding{Rule: "front-matter-unclosed", Severity: WARNING,
			Message: "the first line is --- but no later line is, so there is no front matter",
			Mend:    "end the front matter with a line ---"})
	}
	if len(m.skus) == 0 && len(m.categories) == 0 {
		c.find(0, Finding{Rule: "no-audience", Severity: WARNING,
			Message: "neither `skus` nor `categories` is given: nobody will be offered this guide",
			Mend:    "add `skus: [YOUR-SKU]` to the front matter"})
	}
	return m, nil
}

// cutFrontMatter gives the YAML and where the line after it starts; not found
// with an end over 0 is front matter that is opened and never closed.
func cutFrontMatter(body []byte) (yamlText []byte, end int, found bool) {
	for at, first := 0, true; at < len(body); first = false {
		next := len(body)
		if i := bytes.IndexByte(body[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		line := string(bytes.TrimRight(body[at:next], " \t\r\n"))
		switch {
		case first && line != "---":
			return nil, 0, false
		case first:
			end = next
		case line == "---" || line == "...":
			return body[end:at], next, true
		}
		at = next
	}
	return nil, end, false
}

// checkYAMLShape bounds what the YAML parser recurses into.
func checkYAMLShape(yamlText []byte) error {
	const brackets, lineNesting = 200, 20
	if bytes.Count(yamlText, []byte("{"))+bytes.Count(yamlText, []byte("[")) > brackets {
		return &TooComplexError{What: "brackets in the front matter", Limit: brackets}
	}
	for line := range bytes.Lines(yamlText) {
		if len(yamlNest.FindAllIndex(line, lineNesting+1)) > lineNesting {
			return &TooComplexError{What: "nesting in a line of the front matter", Limit: lineNesting}
		}
	}
	return nil
}

var (
	yamlNest      = regexp.MustCompile(`[-?:!&*] `)
	yamlErrorLine = regexp.MustCompile(`line (\d+): `)
)

func (c *compilation) readYAML(yamlText []byte, m *frontMatter) {
	var doc yaml.Node
	if err := yaml.Unmarshal(yamlText, &doc); err != nil {
		message, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
		if at := yamlErrorLine.FindStringSubmatch(message); at != nil {
			line, _ = strconv.Atoi(at[1])
			message = strings.Replace(message, at[0], "", 1)
		}
		c.findYAML(&yaml.Node{Line: line, Column: 1}, "front-matter", ERROR,
			"the front matter is not YAML: "+message, "write one `key: value` a line; quote values that have `: ` or `#` in them")
		return
	}
	if len(doc.Content) == 0 {
		return
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		c.findYAML(top, "front-matter", ERROR, "the front matter is not a list of `key: value` lines",
			"write one `key: value` a line")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		read, known := frontMatterKeys[key.Value]
		switch {
		case !known:
			c.findYAML(key, "unknown-key", INFO, "the key "+quote(key.Value)+" means nothing here and is ignored",
				"delete it, unless another program reads it")
		case seen[key.Value]:
			c.findYAML(key, "duplicate-key", ERROR, "the key "+quote(key.Value)+" is given twice", "keep one")
		default:
			seen[key.Value] = true
			read(c, m, value)
		}
	}
}

// findYAML keeps a finding at a YAML node, whose lines count from the one
// after the first ---.
func (c *compilation) findYAML(n *yaml.Node, rule string, severity Severity, message, mend string) {
	line := min(max(n.Line, 1), len(c.source.lines)-1) // of lines, which count from 0
	c.find(c.source.lines[line]+max(n.Column, 1)-1,
		Finding{Rule: rule, Severity: severity, Message: message, Mend: mend})
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
	c.findYAML(n, "wrong-type", ERROR, "`"+key+"` has a value that is not text", "write text, in quotes if need be")
	return ""
}

// textList says what a list of texts may hold.
type textList struct {
	key      string
	limit    int
	runes    int
	unspaced bool
	change   func(string) string
}

// yamlTexts reads a list of texts, or one text as a list of one; repeated ones
// count once.
func (c *compilation) yamlTexts(n *yaml.Node, list textList) []string {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var texts []string
	seen := map[string]bool{}
	for _, item := range items {
		t := c.yamlText(item, list.key)
		if list.change != nil {
			t = list.change(t)
		}
		if t == "" || seen[t] {
			continue
		}
		seen[t] = true
		_, long := clip(t, list.runes)
		switch {
		case long:
			c.findYAML(item, "too-long", ERROR,
				fmt.Sprintf("%s in `%s` is longer than %d characters", quote(t), list.key, list.runes), "shorten it")
		case list.unspaced && strings.Contains(t, " "):
			c.findYAML(item, "has-space", ERROR, fmt.Sprintf("%s in `%s` has a space in it", quote(t), list.key),
				fmt.Sprintf("write a list: `%s: [A, B]`", list.key))
		case len(texts) == list.limit:
			c.findYAML(item, "too-many", ERROR, fmt.Sprintf("`%s` has more than %d entries", list.key, list.limit),
				"split the guide, or use a glob such as KETTLE-*")
			return texts
		default:
			texts = append(texts, t)
		}
	}
	return slices.Clip(texts)
}

func (c *compilation) readLocale(m *frontMatter, n *yaml.Node) {
	written := c.yamlText(n, "locale")
	if written == "" {
		return
	}
	tag, err := language.Parse(written)
	if err != nil || tag == language.Und || len(written) > 35 {
		c.findYAML(n, "locale", ERROR, quote(written)+" is not a language tag",
			"write one such as en, en-GB or zh; leave the key out if the guide is for any language")
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
		c.findYAML(n, "minutes", ERROR, fmt.Sprintf("`minutes` is not a whole number from 1 to %d", MaxMinutes),
			"write how long all steps take together, such as `minutes: 10`")
		return
	}
	m.minutes = minutes
}
