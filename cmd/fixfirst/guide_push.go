package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// pushOptions are the flags of guide push.
type pushOptions struct {
	to                     connection
	seller                 string
	publish, prune, dryRun bool
}

func (p *program) guidePushCommand() *cobra.Command {
	var o pushOptions
	c := &cobra.Command{
		Use: "push PATH… --seller S", Short: "Upload the guides of a folder that changed, with their pictures", Args: arguments(cobra.MinimumNArgs(1)),
		Long: "Upload guides that changed, files or whole folders, as drafts or, with --publish, as new revisions. A guide's id is its\n" +
			"file's name without .md: kettle.en.md is kettle.en. Pictures that a guide shows are uploaded before it, where the server\n" +
			"has others. With --prune, the seller's guides that no folder has any more are archived; their revisions stay readable.\n\n" +
			"Exit codes: 0 all is well; 1 failed on the way, what was done before is said; 2 the command line is wrong; 3 some were\n" +
			"refused and stay on the server as they were: each is named on stderr. A guide is also refused here if servers refuse one of\n" +
			"its pictures. --dry-run changes nothing and exits with 3 too, where some would be refused.",
		Example: "  fixfirst guide push guides/ --seller acme --dry-run\n  fixfirst guide push guides/ --seller acme --publish --prune",
		RunE:    func(c *cobra.Command, args []string) error { return p.pushGuides(c.Context(), o, args) },
	}
	p.sellerFlags(c, &o.to, &o.seller)
	f := c.Flags()
	f.BoolVar(&o.publish, "publish", false, "publish them, too")
	f.BoolVar(&o.prune, "prune", false, "archive the seller's guides that are not in PATH, which must be folders")
	f.BoolVar(&o.dryRun, "dry-run", false, "let the server compile them and say what would happen, but keep nothing")
	return c
}

// pushed says what became of guides, by their ids. A guide that was created or updated may be published, too.
type pushed struct {
	Created   []string `json:"created"`
	Updated   []string `json:"updated"`
	Published []string `json:"published"`
	Unchanged []string `json:"unchanged"`
	Archived  []string `json:"archived"`
	Refused   []string `json:"refused"`
	Pictures  int      `json:"pictures"` // uploaded
	DryRun    bool     `json:"dryRun,omitempty"`
}

func (d pushed) String() string {
	text := fmt.Sprintf("created %d, updated %d, published %d, unchanged %d, archived %d, refused %d, pictures %d",
		len(d.Created), len(d.Updated), len(d.Published), len(d.Unchanged), len(d.Archived), len(d.Refused), d.Pictures)
	if d.DryRun {
		return "nothing was kept; would be: " + text
	}
	return text
}

// pushing is one run of guide push.
type pushing struct {
	*program
	server guideServer
	o      pushOptions
	done   pushed
}

func (p *program) pushGuides(ctx context.Context, o pushOptions, paths []string) error {
	server, err := p.guideServer(o.to, o.seller)
	if err != nil {
		return err
	}
	if o.prune {
		if err := onlyFolders(paths); err != nil {
			return err
		}
	}
	files, err := guideFiles(paths)
	if err != nil {
		return err
	}
	from := map[string]string{}
	for _, f := range files {
		if other := from[f.id]; other != "" && other != f.path {
			return usageError{fmt.Errorf("%s and %s would both be guide %s; rename one", other, f.path, f.id)}
		}
		from[f.id] = f.path
	}
	run := &pushing{program: p, server: server, o: o, done: pushed{Created: []string{}, Updated: []string{}, Published: []string{},
		Unchanged: []string{}, Archived: []string{}, Refused: []string{}, DryRun: o.dryRun}}
	err = run.push(ctx, files)
	if err == nil && o.prune {
		err = run.prune(ctx, from)
	}
	if len(run.done.Refused) > 0 {
		p.code = exitRefused
	}
	return errors.Join(err, p.print(run.done, run.done.String()))
}

// onlyFolders keeps --prune from taking one file for all guides that there are.
func onlyFolders(paths []string) error {
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return usageError{errors.Join(fmt.Errorf("--prune archives what the folder lacks, and %s is no folder", path), err)}
		}
	}
	return nil
}

func (r *pushing) push(ctx context.Context, files []guideFile) error {
	w := newWorkshop(nil)
	shown := newProgress(r.stderr, fmt.Sprintf("of %s looked at", count(len(files), "guide")))
	defer shown.end()
	for n, f := range files {
		shown.set(int64(n))
		err := r.pushGuide(ctx, w.compile(f))
		if refusal(err) {
			r.done.Refused = append(r.done.Refused, f.id)
			fmt.Fprintf(r.stderr, "%s: %s\n", f.path, err)
		} else if err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
	}
	return nil
}

// conflict is a guide that somebody else changed between reading and writing.
type conflict struct{ error }

// unfit is a guide with a picture that servers refuse: without it, shoppers would get the guide with a gap.
type unfit struct{ error }

// refusal tells an error that is about one guide from one that ends the run.
func refusal(err error) bool {
	var refused *apiError
	var changed conflict
	var bad unfit
	return errors.As(err, &changed) || errors.As(err, &bad) || (errors.As(err, &refused) && (refused.status == http.StatusBadRequest || refused.status == http.StatusRequestEntityTooLarge))
}

// pushGuide uploads a guide and its pictures, unless the server has the same in the state that is wanted.
func (r *pushing) pushGuide(ctx context.Context, c compiled) error {
	if err := r.fit(c); err != nil {
		return err
	}
	kept := &pb.Guide{}
	err := r.server.call(ctx, http.MethodGet, r.server.path(c.id), nil, kept)
	created := missing(err)
	if err != nil && !created {
		return err
	}
	pictures, err := r.server.comparePictures(ctx, c)
	if err != nil {
		return err
	}
	if !created && kept.GetMarkdown() == c.markdown && r.rests(kept) && pictures.shownBy(kept) {
		r.done.Unchanged = append(r.done.Unchanged, c.id)
		return nil
	}
	take := r.uploadPictures
	if r.o.dryRun {
		take = tryPictures
	}
	if err := take(ctx, c, pictures.changed); err != nil {
		return err
	}
	answer, err := r.put(ctx, c, kept.GetEtag())
	if err != nil {
		return err
	}
	r.done.Pictures += len(pictures.changed)
	r.tell(c, answer)
	list := &r.done.Updated
	if created {
		list = &r.done.Created
	}
	*list = append(*list, c.id)
	if r.o.publish {
		r.done.Published = append(r.done.Published, c.id)
	}
	return nil
}

// fit shows why pictures would be refused, if any would.
func (r *pushing) fit(c compiled) error {
	bad := 0
	for _, f := range c.shown {
		if f.Rule == imageRefused {
			fmt.Fprintln(r.stderr, f)
			bad++
		}
	}
	if bad > 0 {
		return unfit{fmt.Errorf("not uploaded, because servers refuse %s of it", count(bad, "picture"))}
	}
	return nil
}

// rests tells whether the state of a guide is what is wanted. Without --publish an archived guide stays archived.
func (r *pushing) rests(kept *pb.Guide) bool {
	return kept.GetState() == pb.Guide_PUBLISHED || !r.o.publish
}

func (r *pushing) put(ctx context.Context, c compiled, etag string) (*pb.Guide, error) {
	answer := &pb.Guide{}
	err := r.server.call(ctx, http.MethodPut, r.server.path(c.id),
		&pb.PutGuideRequest{Markdown: c.markdown, Publish: r.o.publish, ValidateOnly: r.o.dryRun, Etag: etag}, answer)
	var refused *apiError
	if errors.As(err, &refused) && (refused.status == http.StatusConflict || refused.status == http.StatusPreconditionFailed) {
		return nil, conflict{fmt.Errorf("guide %s was changed on the server just now: %w; look at it with fixfirst guide diff, then push again", c.id, err)}
	}
	return answer, err
}

// tell shows the server's findings, but for pictures that a dry run did not upload.
func (r *pushing) tell(c compiled, answer *pb.Guide) {
	for _, f := range answer.GetFindings() {
		if r.o.dryRun && f.GetRule() == "image-missing" && slices.ContainsFunc(c.Images, func(path string) bool {
			_, here := c.pictures[path]
			return here && strings.Contains(f.GetText()+f.GetMessage(), path)
		}) {
			continue
		}
		fmt.Fprintln(r.stderr, findingFrom(c.path, f))
	}
}

// prune archives the seller's guides that the folders do not have.
func (r *pushing) prune(ctx context.Context, from map[string]string) error {
	listed, err := r.server.list(ctx)
	if err != nil {
		return err
	}
	for _, g := range listed {
		id := lastOf(g.GetName())
		if from[id] != "" || g.GetState() == pb.Guide_ARCHIVED {
			continue
		}
		fmt.Fprintf(r.stderr, "archive %s: no file is called %s.md\n", id, id)
		if !r.o.dryRun {
			if err := r.server.call(ctx, http.MethodPost, r.server.path(id)+":archive", &pb.ArchiveGuideRequest{Etag: g.GetEtag()}, nil); err != nil {
				return fmt.Errorf("archive %s: %w", id, err)
			}
		}
		r.done.Archived = append(r.done.Archived, id)
	}
	return nil
}
