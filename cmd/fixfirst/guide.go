package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fixfirst/fixfirst/guides"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func (p *program) guideCommand() *cobra.Command {
	c := &cobra.Command{Use: "guide", Short: "Check, upload and list troubleshooting guides"}
	c.AddCommand(p.guideLintCommand(), p.guidePushCommand(), p.guideListCommand())
	return c
}

// guideFile is a guide on this machine. Its id is the file's name without .md.
type guideFile struct{ path, id, markdown string }

// guideFiles reads markdown files, and those in folders, in the order of their paths.
func guideFiles(paths []string) ([]guideFile, error) {
	var all []guideFile
	for _, root := range paths {
		found := len(all)
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || (path != root && filepath.Ext(path) != ".md") {
				return err
			}
			f := guideFile{path: path, id: strings.TrimSuffix(filepath.Base(path), ".md")}
			f.markdown, err = readGuide(path)
			all = append(all, f)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(all) == found {
			return nil, fmt.Errorf("%s has no .md files", root)
		}
	}
	return all, nil
}

// readGuide reads no more of a file than tells that it is too large.
func readGuide(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Size() > guides.MaxMarkdownBytes {
		return "", fmt.Errorf("%s: too large: %d bytes, the limit is %d", path, info.Size(), guides.MaxMarkdownBytes)
	}
	data, err := os.ReadFile(path)
	return string(data), err
}

// shownFinding is a finding in a file as the command line shows it.
type shownFinding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	Rule     string `json:"rule"`
	Message  string `json:"message"`
	Mend     string `json:"mend"`
}

func (f shownFinding) String() string {
	return clean(fmt.Sprintf("%s:%d:%d: %s %s: %s; %s", f.File, f.Line, f.Column, strings.ToLower(f.Severity), f.Rule, f.Message, f.Mend))
}

func (p *program) guideLintCommand() *cobra.Command {
	return &cobra.Command{
		Use: "lint PATH…", Short: "Check markdown guides without a server; exit code 1 if one cannot be published", Args: arguments(cobra.MinimumNArgs(1)),
		Example: "  fixfirst guide lint guides/ kettle.en.md",
		RunE:    func(_ *cobra.Command, args []string) error { return p.lintGuides(args) },
	}
}

func (p *program) lintGuides(paths []string) error {
	files, err := guideFiles(paths)
	if err != nil {
		return err
	}
	findings, mistakes := []shownFinding{}, 0
	for _, f := range files {
		for _, found := range lint(f) {
			findings = append(findings, found)
			if found.Severity == string(guides.ERROR) {
				mistakes++
			}
		}
	}
	if mistakes > 0 {
		p.code = exitFailure
	}
	var text strings.Builder
	for _, f := range findings {
		fmt.Fprintln(&text, f)
	}
	fmt.Fprintf(&text, "%d guides, %d findings, %d of them errors", len(files), len(findings), mistakes)
	return p.print(map[string]any{"guides": len(files), "errors": mistakes, "findings": findings}, text.String())
}

// lint compiles a guide. One that cannot be compiled has that as its one finding.
func lint(f guideFile) []shownFinding {
	document, err := guides.Compile(f.markdown)
	if err != nil {
		found := shownFinding{f.path, 1, 1, string(guides.ERROR), "not-compiled", err.Error(), "make it smaller or simpler"}
		var notUTF8 *guides.NotUTF8Error
		if errors.As(err, &notUTF8) {
			found.Line, found.Column, found.Mend = notUTF8.Line, notUTF8.Column, "save it as UTF-8"
		}
		return []shownFinding{found}
	}
	var all []shownFinding
	for _, raw := range document.Reasons {
		_, unknown := troubleshoot.GuideReason(raw)
		for _, found := range unknown {
			all = append(all, shownFinding{f.path, 1, 1, found.Severity, found.Rule, found.Message, found.Mend})
		}
	}
	for _, found := range document.Findings {
		all = append(all, shownFinding{f.path, found.Line, found.Column, string(found.Severity), found.Rule, found.Message, found.Mend})
	}
	return all
}

// pushOptions are the flags of guide push.
type pushOptions struct {
	to              connection
	seller          string
	publish, dryRun bool
}

func (p *program) guidePushCommand() *cobra.Command {
	var o pushOptions
	c := &cobra.Command{
		Use: "push PATH… --seller S", Short: "Upload guides that changed, as drafts or published", Args: arguments(cobra.MinimumNArgs(1)),
		Long: "Upload guides that changed, as drafts or, with --publish, as new revisions. A guide's id is its file's name without .md:\n" +
			"kettle.en.md is kettle.en. Exit code 3 says that the server refused some; they are named on stderr.",
		Example: "  fixfirst guide push guides/ --seller acme --publish",
		RunE:    func(c *cobra.Command, args []string) error { return p.pushGuides(c.Context(), o, args) },
	}
	p.connectionFlags(c, &o.to)
	f := c.Flags()
	f.StringVar(&o.seller, "seller", "", "whose guides they are")
	f.BoolVar(&o.publish, "publish", false, "publish them, too")
	f.BoolVar(&o.dryRun, "dry-run", false, "let the server compile them, but keep nothing")
	return c
}

// pushed says what became of the guides.
type pushed struct {
	Uploaded  []string `json:"uploaded"`
	Unchanged []string `json:"unchanged"`
	Refused   []string `json:"refused"`
	DryRun    bool     `json:"dryRun,omitempty"`
}

func (p *program) pushGuides(ctx context.Context, o pushOptions, paths []string) error {
	if o.seller == "" {
		return usageError{errors.New("--seller is missing: say whose guides they are")}
	}
	server, err := p.client(o.to)
	if err != nil {
		return err
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
	done := pushed{Uploaded: []string{}, Unchanged: []string{}, Refused: []string{}, DryRun: o.dryRun}
	for _, f := range files {
		became, err := p.pushGuide(ctx, server, o, f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		switch became {
		case guideUploaded:
			done.Uploaded = append(done.Uploaded, f.id)
		case guideUnchanged:
			done.Unchanged = append(done.Unchanged, f.id)
		case guideRefused:
			done.Refused = append(done.Refused, f.id)
			p.code = exitRefused
		}
	}
	verb := "uploaded"
	if o.publish {
		verb = "published"
	}
	if o.dryRun {
		verb = "nothing was kept; would have " + verb
	}
	return p.print(done, fmt.Sprintf("%s %d, unchanged %d, refused %d", verb, len(done.Uploaded), len(done.Unchanged), len(done.Refused)))
}

// guideFate is what became of a pushed guide.
type guideFate int

const (
	guideUploaded guideFate = iota + 1
	guideUnchanged
	guideRefused
)

// pushGuide uploads a guide unless the server has the same text in the state that is wanted.
func (p *program) pushGuide(ctx context.Context, server *client, o pushOptions, f guideFile) (guideFate, error) {
	path := "/v1/sellers/" + url.PathEscape(o.seller) + "/guides/" + url.PathEscape(f.id)
	kept := &pb.Guide{}
	err := server.call(ctx, http.MethodGet, path, nil, kept)
	if err != nil && !missing(err) {
		return 0, err
	}
	if err == nil && kept.GetMarkdown() == f.markdown && (kept.GetState() == pb.Guide_PUBLISHED || (kept.GetState() == pb.Guide_DRAFT && !o.publish)) {
		return guideUnchanged, nil
	}
	answer := &pb.Guide{}
	err = server.call(ctx, http.MethodPut, path, &pb.PutGuideRequest{Markdown: f.markdown, Publish: o.publish, ValidateOnly: o.dryRun, Etag: kept.GetEtag()}, answer)
	var refused *apiError
	if errors.As(err, &refused) && refused.status == http.StatusBadRequest {
		fmt.Fprintf(p.stderr, "%s: %s\n", f.path, refused)
		return guideRefused, nil
	}
	if err != nil {
		return 0, err
	}
	for _, found := range answer.GetFindings() {
		fmt.Fprintln(p.stderr, shownFinding{f.path, int(found.GetLine()), int(found.GetColumn()), found.GetSeverity().String(), found.GetRule(), found.GetMessage(), found.GetMend()})
	}
	return guideUploaded, nil
}

func (p *program) guideListCommand() *cobra.Command {
	var to connection
	var seller string
	c := &cobra.Command{
		Use: "list --seller S", Short: "List a seller's guides", Args: arguments(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if seller == "" {
				return usageError{errors.New("--seller is missing: say whose guides to list")}
			}
			return p.listGuides(c.Context(), to, seller)
		},
	}
	p.connectionFlags(c, &to)
	c.Flags().StringVar(&seller, "seller", "", "whose guides to list")
	return c
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

func (p *program) listGuides(ctx context.Context, to connection, seller string) error {
	server, err := p.client(to)
	if err != nil {
		return err
	}
	shown, token := []shownGuide{}, ""
	for {
		page := &pb.ListGuidesResponse{}
		path := "/v1/sellers/" + url.PathEscape(seller) + "/guides?" + url.Values{"pageToken": {token}, "pageSize": {"1000"}}.Encode()
		if err := server.call(ctx, http.MethodGet, path, nil, page); err != nil {
			return err
		}
		for _, g := range page.GetGuides() {
			id := g.GetName()[strings.LastIndexByte(g.GetName(), '/')+1:]
			shown = append(shown, shownGuide{id, g.GetState().String(), g.GetRevision(), g.GetLocale(), g.GetSkus(), g.GetTitle()})
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	t := table{}
	for _, column := range []string{"GUIDE", "STATE", "REVISION", "LOCALE", "SKUS", "TITLE"} {
		t.column("", column, left)
	}
	for _, g := range shown {
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
