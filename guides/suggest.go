package guides

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxCompared bounds with how many names, in all, links that name nothing are
// compared: a few hundred links in a guide of as many headings.
const maxCompared = 5_000

// dangling keeps a finding on a link that names nothing, with the nearest name
// there is. Its severity, and as its message what follows from that, are given.
func (c *compilation) dangling(l link, f Finding, names map[string]bool) {
	f.Rule, f.Text = "dangling-link", l.text
	f.Message = "nothing here is called " + quote("#"+l.anchor) + ": " + f.Message
	f.Mend = "link to a heading by its words in lower case, as #try-another-socket, " +
		"or to #fixed, #ask-an-expert, #return-it or #stop"
	if near := c.nearest(l.anchor, names); near != "" {
		f.Mend = "did you mean #" + near + "?"
	}
	c.find(l.offset, f)
}

// nearest gives the name that differs least from one that is not there: by up
// to a third of its characters, or by words at the end of either.
func (c *compilation) nearest(anchor string, names map[string]bool) string {
	if c.compared += len(names); c.compared > maxCompared || anchor == "" {
		return ""
	}
	best, least := "", max(utf8.RuneCountInString(anchor)/3, 1)+1
	for name := range names {
		d := distance(anchor, name, least)
		if strings.HasPrefix(name, anchor+"-") || strings.HasPrefix(anchor, name+"-") {
			d = min(d, 1)
		}
		if d < least || d == least && best != "" && name < best {
			best, least = name, d
		}
	}
	return best
}

// distance is how many characters must be put in, taken out or changed to make
// a from b (Levenshtein 1966); limit stands for anything over it.
func distance(a, b string, limit int) int {
	from, to := []rune(a), []rune(b)
	if d := len(from) - len(to); d > limit || -d > limit {
		return limit + 1
	}
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			change := diagonal
			if r != s {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
		if slices.Min(row) > limit {
			return limit + 1
		}
	}
	return row[len(to)]
}
