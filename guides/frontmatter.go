package guides

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// frontMatter is what the YAML at the top of a guide says, checked.
type frontMatter struct {
	title, locale, difficulty           string
	skus, categories, reasons, symptoms []string
	tools, safety                       []string
	minutes                             int
	entries                             []entryLink
}

// entryLink says with which step to begin for a reason or a symptom, before
// the step's id is known.
type entryLink struct {
	reason, symptom string // one of the two
	target          link
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
	"tools": func(c *compilation, m *frontMatter, n *yaml.Node) {
		m.tools = c.yamlTexts(n, textList{key: "tools", limit: MaxTools, runes: MaxToolRunes})
	},
	"safety": func(c *compilation, m *frontMatter, n *yaml.Node) {
		m.safety = c.yamlTexts(n, textList{key: "safety", limit: MaxSafetyWords, runes: MaxSafetyRunes, change: strings.ToLower})
	},
	"reasons":    (*compilation).readReasons,
	"symptoms":   (*compilation).readSymptoms,
	"minutes":    (*compilation).readMinutes,
	"difficulty": (*compilation).readDifficulty,
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
		c.find(0, Finding{Rule: "no-skus", Severity: WARNING,
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
		nesting := 0
		for i := range len(line) - 1 {
			if line[i+1] == ' ' && strings.IndexByte("-?:!&*", line[i]) >= 0 {
				nesting++
			}
		}
		if nesting > lineNesting {
			return &TooComplexError{What: "nesting in a line of the front matter", Limit: lineNesting}
		}
	}
	return nil
}

var yamlErrorLine = regexp.MustCompile(`line (\d+): `)

func (c *compilation) readYAML(yamlText []byte, m *frontMatter) {
	var doc yaml.Node
	if err := yaml.Unmarshal(yamlText, &doc); err != nil {
		message, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
		if at := yamlErrorLine.FindStringSubmatch(message); at != nil {
			line, _ = strconv.Atoi(at[1])
			message = strings.Replace(message, at[0], "", 1)
		}
		c.findYAML(&yaml.Node{Line: line, Column: 1}, Finding{Rule: "front-matter", Severity: ERROR,
			Message: "the front matter is not YAML: " + message,
			Mend:    "write one `key: value` a line; quote values that have `: ` or `#` in them"})
		return
	}
	if len(doc.Content) == 0 {
		return
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		c.findYAML(top, Finding{Rule: "front-matter", Severity: ERROR,
			Message: "the front matter is not a list of `key: value` lines", Mend: "write one `key: value` a line"})
		return
	}
	c.readKeys(top, m)
}

func (c *compilation) readKeys(top *yaml.Node, m *frontMatter) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		read, known := frontMatterKeys[key.Value]
		switch {
		case !known:
			c.findYAML(key, Finding{Rule: "unknown-key", Severity: INFO,
				Message: "the key " + quote(key.Value) + " means nothing here and is ignored",
				Mend:    "delete it, unless another program reads it"})
		case seen[key.Value]:
			c.findYAML(key, Finding{Rule: "duplicate-key", Severity: ERROR,
				Message: "the key " + quote(key.Value) + " is given twice", Mend: "keep one"})
		default:
			seen[key.Value] = true
			read(c, m, value)
		}
	}
}
