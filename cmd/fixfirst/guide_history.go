package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// guideVerb is a command about one guide on a server. flags may be nil.
func (p *program) guideVerb(use, short, example string, flags func(*cobra.Command), act func(context.Context, guideServer, string) error) *cobra.Command {
	var to connection
	var seller string
	c := &cobra.Command{
		Use: use, Short: short, Example: example, Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			server, err := p.guideServer(to, seller)
			if err != nil {
				return err
			}
			return act(c.Context(), server, args[0])
		},
	}
	p.sellerFlags(c, &to, &seller)
	if flags != nil {
		flags(c)
	}
	return c
}

func (p *program) guideGetCommand() *cobra.Command {
	var revision int32
	return p.guideVerb("get GUIDE --seller S", "Print a guide's markdown: its newest text, or a revision",
		"  fixfirst guide get kettle.en --seller acme --revision 2 > kettle.en.md",
		func(c *cobra.Command) {
			c.Flags().Int32Var(&revision, "revision", 0, "the revision; without it the newest text, draft or published")
		},
		func(ctx context.Context, server guideServer, id string) error {
			g, err := server.get(ctx, id, revision)
			if err != nil {
				return err
			}
			if p.json {
				return p.print(asJSON(g), "")
			}
			_, err = fmt.Fprint(p.stdout, g.GetMarkdown())
			return err
		})
}

func (s guideServer) get(ctx context.Context, id string, revision int32) (*pb.Guide, error) {
	path := s.path(id)
	if revision != 0 {
		path += fmt.Sprintf("?revision=%d", revision)
	}
	g := &pb.Guide{}
	return g, s.named(ctx, s.call(ctx, http.MethodGet, path, nil, g), id, revision)
}

// named says which of the wanted revisions a guide does not have, where a server answered only that something is missing.
// Revision 0 stands for none in particular.
func (s guideServer) named(ctx context.Context, err error, id string, wanted ...int32) error {
	if !missing(err) || len(wanted) == 0 || slices.Max(wanted) == 0 {
		return err
	}
	latest, listErr := s.revisions(ctx, id, 1)
	if listErr != nil {
		return err // most likely there is no such guide
	}
	last, has := int32(0), "it has never been published"
	if len(latest) > 0 {
		last = latest[0].GetRevision()
		has = fmt.Sprintf("it has 1 to %d", last)
	}
	if last == 1 {
		has = "it has only 1"
	}
	for _, revision := range wanted {
		if revision > last {
			return fmt.Errorf("guide %s has no revision %d (%s)", id, revision, has)
		}
	}
	return err
}

func (p *program) guideHistoryCommand() *cobra.Command {
	return p.guideVerb("history GUIDE --seller S", "List the revisions of a guide, newest first: who published them, and when", "", nil, p.guideHistory)
}

// shownRevision is a revision as the command line lists it.
type shownRevision struct {
	Revision     int32  `json:"revision"`
	PublishTime  string `json:"publishTime"`
	Publisher    string `json:"publisher,omitempty"`
	RolledBackTo int32  `json:"rolledBackTo,omitempty"`
	Title        string `json:"title"`
}

func (p *program) guideHistory(ctx context.Context, server guideServer, id string) error {
	revisions, err := server.revisions(ctx, id, 0)
	if err != nil {
		return err
	}
	t := table{}
	for _, column := range []string{"REVISION", "PUBLISHED", "BY", "TITLE"} {
		t.column("", column, left)
	}
	shown := []shownRevision{}
	for _, g := range revisions {
		r := shownRevision{g.GetRevision(), g.GetPublishTime().AsTime().UTC().Format(time.RFC3339), g.GetPublisher(), g.GetRolledBackTo(), g.GetTitle()}
		shown = append(shown, r)
		title := clean(r.Title)
		if r.RolledBackTo > 0 {
			title = fmt.Sprintf("(revision %d again) %s", r.RolledBackTo, title)
		}
		t.row(fmt.Sprint(r.Revision), r.PublishTime, clean(r.Publisher), title)
	}
	if len(shown) == 0 {
		return p.print(shown, id+" has never been published")
	}
	var text strings.Builder
	t.write(&text)
	return p.print(shown, strings.TrimSuffix(text.String(), "\n"))
}

// revisions lists those of a guide, newest first: all, or so many at most.
func (s guideServer) revisions(ctx context.Context, id string, atMost int) ([]*pb.Guide, error) {
	var all []*pb.Guide
	size := 1000
	if atMost > 0 {
		size = atMost
	}
	for token := ""; ; {
		page := &pb.ListGuideRevisionsResponse{}
		path := s.path(id) + "/revisions?" + url.Values{"pageToken": {token}, "pageSize": {fmt.Sprint(size)}}.Encode()
		if err := s.call(ctx, http.MethodGet, path, nil, page); err != nil {
			return nil, err
		}
		all = append(all, page.GetRevisions()...)
		if token = page.GetNextPageToken(); token == "" || (atMost > 0 && len(all) >= atMost) {
			return all, nil
		}
	}
}

func (p *program) guidePublishCommand() *cobra.Command {
	return p.guideVerb("publish GUIDE --seller S", "Publish a guide's draft as a new revision", "", nil,
		func(ctx context.Context, server guideServer, id string) error {
			before, err := server.get(ctx, id, 0)
			if err != nil {
				return err
			}
			g := &pb.Guide{}
			if err := server.call(ctx, http.MethodPost, server.path(id)+":publish", &pb.PublishGuideRequest{}, g); err != nil {
				return err
			}
			if before.GetState() == pb.Guide_PUBLISHED && before.GetRevision() == g.GetRevision() {
				return p.print(asJSON(g), fmt.Sprintf("%s is published already, as revision %d", id, g.GetRevision()))
			}
			return p.print(asJSON(g), fmt.Sprintf("published %s as revision %d", id, g.GetRevision()))
		})
}

func (p *program) guideRollbackCommand() *cobra.Command {
	var to int32
	return p.guideVerb("rollback GUIDE --to N --seller S", "Publish an older revision again, as a new one; a draft stays as it is",
		"  fixfirst guide rollback kettle.en --to 3 --seller acme",
		func(c *cobra.Command) {
			c.Flags().Int32Var(&to, "to", 0, "the revision to go back to; guide history lists them")
		},
		func(ctx context.Context, server guideServer, id string) error {
			if to <= 0 {
				return usageError{errors.New("--to is missing: say to which revision; fixfirst guide history lists them")}
			}
			g := &pb.Guide{}
			err := server.call(ctx, http.MethodPost, server.path(id)+":publish", &pb.PublishGuideRequest{Revision: to}, g)
			if err != nil {
				return server.named(ctx, err, id, to)
			}
			if g.GetRevision() == to { // no newer one stood before it: nothing new was made
				return p.print(asJSON(g), fmt.Sprintf("revision %d of %s is the published one", to, id))
			}
			return p.print(asJSON(g), fmt.Sprintf("published revision %d of %s again, as revision %d", to, id, g.GetRevision()))
		})
}

func (p *program) guideArchiveCommand() *cobra.Command {
	return p.guideVerb("archive GUIDE --seller S", "Take a guide out of every offer; its revisions stay readable to the seller", "", nil,
		func(ctx context.Context, server guideServer, id string) error {
			g := &pb.Guide{}
			if err := server.call(ctx, http.MethodPost, server.path(id)+":archive", &pb.ArchiveGuideRequest{}, g); err != nil {
				return err
			}
			return p.print(asJSON(g), "archived "+id+"; publish brings it back")
		})
}
