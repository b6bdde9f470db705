package troubleshoot

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Reply is a ready reply of a seller: a text an expert sends with one click, with variables that are filled in when it is sent.
type Reply struct {
	Seller, ID, Title string
	Texts             map[string]string // by BCP 47 tag; "" is for every other language
	UpdateTime        time.Time
}

// ReplyVariables are the variables that the texts of ready replies may have, written {{item.title}}.
var ReplyVariables = []string{"expert.name", "item.sku", "item.title", "order.id", "refund.url", "seller.name", "shopper.locale"}

var replyVariable = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// Check refuses variables that nobody fills in: InvalidArgument naming the text.
func (r Reply) Check() error {
	for locale, text := range r.Texts {
		for _, found := range replyVariable.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(ReplyVariables, found[1]) {
				return Invalid("texts["+locale+"]", "has the unknown variable %s; there are %s", found[0], strings.Join(ReplyVariables, ", "))
			}
		}
	}
	return nil
}

// Text gives the reply in a shopper's language with its variables filled in: the text of the very tag, else of its language, else
// the one for every language, else, so that something is said, the first by tag. Values are not looked into for variables.
func (r Reply) Text(locale string, values map[string]string) string {
	return replyVariable.ReplaceAllStringFunc(r.texted(locale), func(variable string) string {
		return values[replyVariable.FindStringSubmatch(variable)[1]]
	})
}

func (r Reply) texted(locale string) string {
	var tags []string
	for tag := range r.Texts {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	for _, fits := range [...]func(string) bool{
		func(tag string) bool { return tag != "" && strings.EqualFold(tag, locale) },
		func(tag string) bool { return tag != "" && Language(tag) == Language(locale) },
		func(tag string) bool { return tag == "" },
		func(string) bool { return true },
	} {
		if n := slices.IndexFunc(tags, fits); n >= 0 {
			return r.Texts[tags[n]]
		}
	}
	return ""
}
