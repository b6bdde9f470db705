package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func (p *program) guideListCommand() *cobra.Command {
	var to connection
	var seller string
	c := &cobra.Command{
		Use: "list --seller S", Short: "List a seller's guides", Args: arguments(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			server, err := p.guideServer(to, seller)
			if err != nil {
				return err
			}
			return p.listGuides(c.Context(), server)
		},
	}
	p.sellerFlags(c, &to, &seller)
	return c
}

// list gives all guides of the seller, by id.
func (s guideServer) list(ctx context.Context) ([]*pb.Guide, error) {
	var all []*pb.Guide
	for token := ""; ; {
		page := &pb.ListGuidesResponse{}
		path := s.path("") + "?" + url.Values{"pageToken": {token}, "pageSize": {"1000"}}.Encode()
		if err := s.call(ctx, http.MethodGet, path, nil, page); err != nil {
			return nil, err
		}
		all = append(all, page.GetGuides()...)
		if token = page.GetNextPageToken(); token == "" {
			return all, nil
		}
	}
}

// shownGuide is a guide as the command line lists it.
type shownGuide struct {
	Guide    string   `json:"guide"`
	State    string   `json:"state"`
	Revision int32    `json:"revision"`
	Locale   string   `json:"locale,omitempty"`
	SKUs     []string `json:"skus,omitempty"`
	Title    string   `json:"title"`
}

func (p *program) listGuides(ctx context.Context, server guideServer) error {
	listed, err := server.list(ctx)
	if err != nil {
		return err
	}
	shown := []shownGuide{}
	t := table{}
	for _, column := range []string{"GUIDE", "STATE", "REVISION", "LOCALE", "SKUS", "TITLE"} {
		t.column("", column, left)
	}
	for _, listed := range listed {
		g := shownGuide{lastOf(listed.GetName()), listed.GetState().String(), listed.GetRevision(), listed.GetLocale(), listed.GetSkus(), listed.GetTitle()}
		shown = append(shown, g)
		skus := strings.Join(g.SKUs[:min(len(g.SKUs), 3)], ",")
		if len(g.SKUs) > 3 {
			skus += fmt.Sprintf(" +%d", len(g.SKUs)-3)
		}
		t.row(clean(g.Guide), g.State, fmt.Sprint(g.Revision), g.Locale, shorten(skus), clean(g.Title))
	}
	var text strings.Builder
	t.write(&text)
	return p.print(shown, strings.TrimSuffix(text.String(), "\n"))
}
