package guides

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
)

// anchorPrefix starts every id in a guide's HTML. Ids become names in a page's
// scripts; a prefix keeps a heading "location" or "name" from shadowing theirs.
const anchorPrefix = "guide-"

// linkTarget gives what a link may point to, or why it may not.
func linkTarget(raw string) (target string, external bool, why string) {
	if fragment, ok := strings.CutPrefix(raw, "#"); ok {
		name := slug(strings.TrimPrefix(unescape(fragment), anchorPrefix))
		if name == "" {
			return "", false, "it names no heading"
		}
		return "#" + anchorPrefix + name, false, ""
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", false, "it is not a URL"
	case u.Scheme == "https" && u.Host != "" && u.User == nil:
		return u.String(), true, ""
	case u.Scheme == "https" && u.User != nil:
		return "", false, "it has a user name in it, which hides where it goes"
	case u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"):
		return u.String(), false, ""
	case u.Scheme == "" && u.Host != "":
		return "", false, "it does not say https:"
	case u.Scheme == "":
		return "", false, "pages beside the guide are not served"
	}
	return "", false, fmt.Sprintf("%q is not allowed", u.Scheme+":")
}

func unescape(fragment string) string {
	if plain, err := url.PathUnescape(fragment); err == nil {
		return plain
	}
	return fragment
}

// anchors names headings and steps: each name once.
type anchors struct {
	taken map[string]bool
	next  map[string]int // the number to try next for a slug, so that many equal headings stay cheap
	names map[ast.Node]string
}

func newAnchors() *anchors {
	return &anchors{taken: map[string]bool{}, next: map[string]int{}, names: map[ast.Node]string{}}
}

// name gives a node's slug, and the same again when asked again.
func (a *anchors) name(n ast.Node, text string) string {
	if known, ok := a.names[n]; ok {
		return known
	}
	base := slug(text)
	if base == "" {
		base = "step"
	}
	name := base
	for a.taken[name] {
		a.next[base]++
		name = fmt.Sprintf("%s-%d", base, a.next[base])
	}
	a.taken[name] = true
	a.names[n] = name
	return name
}

// maxSlugRunes keeps ids short where a step's title is a whole sentence.
const maxSlugRunes = 60

// slug makes an id of a title, as GitHub does: lower case, letters, digits,
// - and _; spaces become -.
func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(title)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) || r == '_' || r == '-':
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte('-')
		}
	}
	cut, _ := clip(b.String(), maxSlugRunes)
	return strings.Trim(cut, "-")
}
