package main

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// searchOptions are the flags of guide search.
type searchOptions struct {
	to                            connection
	seller, sku, category, locale string
	limit                         int
}

func (p *program) guideSearchCommand() *cobra.Command {
	var o searchOptions
	c := &cobra.Command{
		Use: "search WORDS… --seller S", Short: "Find published guides, and the step that fits best, by a shopper's words", Args: arguments(cobra.MinimumNArgs(1)),
		Example: "  fixfirst guide search kettle stays cold --seller acme --locale en",
		RunE:    func(c *cobra.Command, args []string) error { return p.searchGuides(c.Context(), o, args) },
	}
	p.sellerFlags(c, &o.to, &o.seller)
	f := c.Flags()
	f.StringVar(&o.sku, "sku", "", "only guides for this SKU")
	f.StringVar(&o.category, "category", "", "only guides for this category")
	f.StringVar(&o.locale, "locale", "", "only guides in this language, and those for any")
	f.IntVar(&o.limit, "limit", 10, "so many at most, up to 50")
	return c
}

func (p *program) searchGuides(ctx context.Context, o searchOptions, words []string) error {
	server, err := p.guideServer(o.to, o.seller)
	if err != nil {
		return err
	}
	query := url.Values{"query": {strings.Join(words, " ")}, "seller": {o.seller}, "pageSize": {fmt.Sprint(o.limit)}}
	for name, value := range map[string]string{"sku": o.sku, "category": o.category, "locale": o.locale} {
		if value != "" {
			query.Set(name, value)
		}
	}
	found := &pb.SearchGuidesResponse{}
	if err := server.call(ctx, http.MethodGet, "/v1/guides:search?"+query.Encode(), nil, found); err != nil {
		return err
	}
	t := p.terminal()
	var text strings.Builder
	for n, r := range found.GetResults() {
		place := lastOf(r.GetGuide())
		if r.GetStep() != "" {
			place += "#" + r.GetStep()
		}
		title := r.GetTitle()
		if r.GetStepTitle() != "" {
			title += " / " + r.GetStepTitle()
		}
		fmt.Fprintf(&text, "%d. %s  %s\n", n+1, t.paint(bold, clean(title)), t.paint(faint, clean(fmt.Sprintf("%s, revision %d", place, r.GetRevision()))))
		if r.GetSnippet() != "" {
			fmt.Fprintf(&text, "   %s\n", t.snippet(r.GetSnippet()))
		}
	}
	if len(found.GetResults()) == 0 {
		text.WriteString("nothing published matches these words\n")
	}
	return p.print(asJSON(found), strings.TrimSuffix(text.String(), "\n"))
}

// snippet shows escaped HTML with <mark> in it as text, with the marked words in a colour.
func (t terminal) snippet(snippet string) string {
	var b strings.Builder
	for {
		before, rest, marked := strings.Cut(snippet, "<mark>")
		b.WriteString(clean(html.UnescapeString(before)))
		if !marked {
			return b.String()
		}
		word, after, _ := strings.Cut(rest, "</mark>")
		b.WriteString(t.paint(yellow, clean(html.UnescapeString(word))))
		snippet = after
	}
}
