package guides

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// partEdges is what a part says about where it leads and what comes first;
// nil where it says nothing.
type partEdges struct {
	yes, no, next    *link
	requires, before []link
}

// yesIsFixed tells whether Yes, said or understood, means that the trouble is over.
func (e partEdges) yesIsFixed() bool { return e.yes == nil || endingNames[e.yes.anchor] == Fixed }

// takeEdges finds out where each part leads, and takes what only says that out
// of its text: the page shows buttons instead.
func (c *compilation) takeEdges(parts []part) {
	c.takeOrder(parts)
	var owners map[ast.Node]int
	said := map[ast.Node]bool{}
	for k, l := range c.links {
		if l.side == neither {
			continue
		}
		if owners == nil {
			owners = blockOwners(parts)
		}
		i, ok := ownerOf(l.node, owners)
		if !ok {
			c.links[k].side = neither // it is in no step
			continue
		}
		said[l.node] = true
		c.takeSide(&parts[i], l)
	}
	t := trimmer{c: c, said: said}
	for i := range parts {
		if e := &parts[i].edges; e.yes != nil || e.no != nil || e.next != nil {
			c.onlyAnswers(e)
			t.trimTitle(&parts[i])
			t.trimBody(&parts[i])
		}
	}
}

// blockOwners tells which step a block belongs to.
func blockOwners(parts []part) map[ast.Node]int {
	owners := map[ast.Node]int{}
	for i, p := range parts {
		if p.ending != "" {
			continue
		}
		if p.opener != nil && p.opener.Kind() == ast.KindListItem {
			owners[p.opener] = i
		}
		for _, n := range p.body {
			owners[n] = i
		}
	}
	return owners
}

func ownerOf(n ast.Node, owners map[ast.Node]int) (int, bool) {
	for ; n != nil; n = n.Parent() {
		if i, ok := owners[n]; ok {
			return i, true
		}
	}
	return 0, false
}

// takeSide keeps one side of a part. Of several links the first one counts.
func (c *compilation) takeSide(p *part, l innerLink) {
	e := &p.edges
	kept, name := &e.yes, "Yes"
	switch l.side {
	case noSide:
		kept, name = &e.no, "No"
	case nextSide:
		kept, name = &e.next, "Next"
	}
	switch {
	case *kept == nil:
		*kept = &l.link
	case (*kept).anchor != l.anchor:
		c.find(l.offset, Finding{Rule: "two-targets", Severity: WARNING, Text: l.text,
			Message: "the step has two " + name + " links; the first one, to " + quote("#"+(*kept).anchor) + ", counts",
			Mend:    "keep one of them, or make two steps"})
	}
}

// onlyAnswers drops the Next of a step that asks: only one of the two can be.
func (c *compilation) onlyAnswers(e *partEdges) {
	if e.next == nil || e.yes == nil && e.no == nil {
		return
	}
	c.find(e.next.offset, Finding{Rule: "two-targets", Severity: WARNING, Text: e.next.text,
		Message: "the step asks and has a Next link as well; only its answers count",
		Mend:    "delete the Next link, or the answers"})
	e.next = nil
}

// trimmer takes links that are answers out of the texts of steps. The tree
// stays as it is: the whole guide shows the links.
type trimmer struct {
	c    *compilation
	said map[ast.Node]bool // the links
	// own is set where the page asks by itself whether it worked, because Yes means that it did.
	own bool
}

// trimBody leaves out paragraphs and lists that hold nothing but links, with
// the question whether it worked; another question stays, without its links.
func (t trimmer) trimBody(p *part) {
	t.own = p.edges.yesIsFixed()
	var kept []ast.Node
	for _, n := range p.body {
		if isText(n) {
			text, linked, plain := t.question(n)
			switch {
			case !linked || text != "" && !plain:
				kept = append(kept, n)
			case text != "":
				question := ast.NewParagraph()
				words := ast.NewString([]byte(text))
				words.SetRaw(true)
				question.AppendChild(question, words)
				kept = append(kept, question)
			}
			continue
		}
		if list, ok := n.(*ast.List); ok && t.answersOnly(list) {
			if last := len(kept) - 1; t.own && last >= 0 && isText(kept[last]) && stockQuestion(t.c.title(kept[last])) {
				kept = kept[:last]
			}
			continue
		}
		kept = append(kept, n)
	}
	p.body = kept
}

// trimTitle does the same for a list item whose title has the links.
func (t trimmer) trimTitle(p *part) {
	if p.opener == nil || p.opener.Kind() != ast.KindListItem {
		return
	}
	t.own = p.edges.yesIsFixed()
	first := p.opener.FirstChild()
	if first == nil || !isText(first) || len(p.body) > 0 && p.body[0] == first {
		return
	}
	if text, linked, _ := t.question(first); linked && text != "" {
		p.title = text
	}
}

func isText(n ast.Node) bool {
	return n.Kind() == ast.KindParagraph || n.Kind() == ast.KindTextBlock
}

// question gives the text of a paragraph before the links at its end, without
// the question that the page asks by itself; whether all its answers stand at
// its end; and whether text is all there is before them.
func (t trimmer) question(paragraph ast.Node) (text string, linked, plain bool) {
	tail := paragraph.LastChild()
	for ; tail != nil; tail = tail.PreviousSibling() {
		if t.isAnswer(tail) {
			linked = true
		} else if !t.isBetween(tail) {
			break
		}
	}
	if !linked {
		return "", false, false
	}
	var words plainText
	plain = true
	for n := paragraph.FirstChild(); tail != nil; n = n.NextSibling() {
		if t.hasAnswer(n) {
			return "", false, false
		}
		if n.Kind() != ast.KindText && n.Kind() != ast.KindString && n.Kind() != ast.KindEmphasis {
			plain = false
		}
		for inner := n; inner != nil; inner = following(inner, n) {
			t.c.writePlain(&words, inner)
		}
		if n == tail {
			break
		}
	}
	text = strings.ReplaceAll(string(words.text), "\n", " ")
	if t.own {
		text = withoutStockQuestion(text)
	}
	return text, true, plain
}

// isAnswer reports whether a node is an answer, perhaps in bold.
func (t trimmer) isAnswer(n ast.Node) bool {
	for n.Kind() == ast.KindEmphasis && n.ChildCount() == 1 {
		n = n.FirstChild()
	}
	return t.said[n]
}

func (t trimmer) hasAnswer(n ast.Node) bool {
	for _, l := range collect[*ast.Link](n) {
		if t.said[l] {
			return true
		}
	}
	return false
}

// isBetween reports whether a node is what people write between two answers.
func (t trimmer) isBetween(n ast.Node) bool {
	if n.Kind() != ast.KindText && n.Kind() != ast.KindString {
		return false
	}
	text := t.c.plain(n)
	if strings.ContainsAny(text, "?？") {
		return false
	}
	switch bare(text) {
	case "", "or", "oder", "ou", "o", "of", "或", "或者", "または":
		return true
	}
	return false
}

// answersOnly reports whether a list is nothing but answers.
func (t trimmer) answersOnly(list *ast.List) bool {
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		if item.ChildCount() != 1 || !isText(item.FirstChild()) {
			return false
		}
		if text, linked, _ := t.question(item.FirstChild()); text != "" || !linked {
			return false
		}
	}
	return true
}

// withoutStockQuestion takes the question whether it worked off the end.
func withoutStockQuestion(text string) string {
	if stockQuestion(text) {
		return ""
	}
	body := strings.TrimRight(text, "?？ ")
	for _, end := range []string{". ", "! ", "。", "！", "? ", "？", ".\u00A0", ": "} {
		if at := strings.LastIndex(body, end); at >= 0 && stockQuestion(text[at+len(end):]) {
			return strings.TrimSpace(text[:at+len(end)])
		}
	}
	return text
}
