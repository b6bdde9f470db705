package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fixfirst/fixfirst/guides"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// lintOptions are the flags of guide lint.
type lintOptions struct {
	to          connection
	seller      string
	imageHosts  []string
	maxWarnings int
	fix, dryRun bool
}

func (p *program) guideLintCommand() *cobra.Command {
	var o lintOptions
	c := &cobra.Command{
		Use: "lint PATH…", Short: "Check markdown guides, and mend what is safe to mend", Args: arguments(cobra.MinimumNArgs(1)),
		Long: "Check markdown guides, files or whole folders, without a server. Pictures are looked up beside the guide; files that differ\n" +
			"only in the language at their end (kettle.en.md, kettle.zh.md) are compared as translations. With --seller, the server is\n" +
			"asked whether the SKUs exist.\n\n" +
			"Exit codes: 0 no errors; 1 a guide has errors and cannot be published, there are more warnings than --max-warnings, or a\n" +
			"file cannot be read; 2 the command line is wrong.",
		Example:     "  fixfirst guide lint guides/ kettle.en.md\n  fixfirst guide lint guides/ --fix\n  fixfirst guide lint guides/ --max-warnings 0 -o sarif > guides.sarif",
		Annotations: map[string]string{alsoKnows: "sarif"},
		RunE:        func(c *cobra.Command, args []string) error { return p.lintGuides(c.Context(), o, args) },
	}
	p.sellerFlags(c, &o.to, &o.seller)
	f := c.Flags()
	f.Lookup("seller").Usage = "look SKUs up among this seller's items"
	f.StringArrayVar(&o.imageHosts, "image-host", nil, "host from which pictures may be shown; give it again for more")
	f.IntVar(&o.maxWarnings, "max-warnings", -1, "fail where there are more warnings than this; -1 for any number")
	f.BoolVar(&o.fix, "fix", false, "mend what is safe to mend, and write the files")
	f.BoolVar(&o.dryRun, "dry-run", false, "with --fix: show what would change, and write nothing")
	return c
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
	Text     string `json:"text,omitempty"`
	Fixable  bool   `json:"fixable,omitempty"`
}

// findingFrom is a finding that the server made.
func findingFrom(file string, f *pb.Finding) shownFinding {
	return shownFinding{file, int(f.GetLine()), int(f.GetColumn()), f.GetSeverity().String(), f.GetRule(), f.GetMessage(), f.GetMend(), f.GetText(), f.GetFixable()}
}

func (f shownFinding) String() string { return terminal{}.finding(f, "") }

// finding shows one in a line; below it, where colours are shown, the source line with a caret under what it is about.
func (t terminal) finding(f shownFinding, source string) string {
	severity := map[string]colour{string(guides.ERROR): red, string(guides.WARNING): yellow}[f.Severity]
	if severity == "" {
		severity = blue
	}
	at := f.File + ":"
	if f.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d:", f.File, f.Line, f.Column)
	}
	text := fmt.Sprintf("%s %s %s: %s; %s", t.paint(bold, clean(at)),
		t.paint(severity, strings.ToLower(f.Severity)), clean(f.Rule), clean(f.Message), clean(f.Mend))
	if !t.colours || f.Line < 1 || (f.Text == "" && f.Column <= 1) {
		return text
	}
	return text + t.caret(f, source, severity)
}

// caret shows the line of a finding, as much of it as fits, and marks what it is about.
func (t terminal) caret(f shownFinding, source string, c colour) string {
	lines := strings.SplitN(source, "\n", f.Line+1)
	if len(lines) < f.Line {
		return ""
	}
	line := []rune(strings.TrimSuffix(lines[f.Line-1], "\r"))
	at := min(max(f.Column-1, 0), len(line))
	marked := []rune(strings.SplitN(f.Text, "\n", 2)[0])
	end := min(at+max(len(marked), 1), len(line))
	from, head := 0, ""
	for columnsIn(string(line[from:at])) > t.columns/2 {
		from, head = from+1, "…"
	}
	to, tail := len(line), ""
	for to > at && columnsIn(string(line[from:to])) > t.columns-8 {
		to, tail = to-1, "…"
	}
	shown := clean(string(line[from:to])) + tail
	carets := strings.Repeat("^", max(1, columnsIn(clean(string(line[at:min(end, max(to, at))])))))
	return fmt.Sprintf("\n    %s%s\n    %s%s", head, shown, strings.Repeat(" ", columnsIn(head)+columnsIn(clean(string(line[from:at])))), t.paint(c, carets))
}

// linted sums up what guide lint found.
type linted struct {
	Guides   int            `json:"guides"`
	Errors   int            `json:"errors"`
	Warnings int            `json:"warnings"`
	Findings []shownFinding `json:"findings"`
	Fixed    []fixedGuide   `json:"fixed,omitempty"`
}

func (p *program) lintGuides(ctx context.Context, o lintOptions, paths []string) error {
	if o.dryRun && !o.fix {
		return usageError{errors.New("--dry-run shows what --fix would do: give both")}
	}
	hosts, err := hostNames(o.imageHosts)
	if err != nil {
		return err
	}
	w := newWorkshop(hosts)
	if o.seller != "" {
		server, err := p.guideServer(o.to, o.seller)
		if err != nil {
			return err
		}
		var failed error
		w.skuExists = server.skuExists(ctx, &failed)
		defer func() { // as the last word: findings are worth showing without it
			if failed != nil {
				fmt.Fprintln(p.stderr, "fixfirst: SKUs were not looked up:", failed)
				p.code = exitFailure
			}
		}()
	}
	files, err := guideFiles(paths)
	if err != nil {
		return err
	}
	all := linted{Guides: len(files), Findings: []shownFinding{}}
	if o.fix {
		if all.Fixed, err = p.fixGuides(w, files, o.dryRun); err != nil {
			return err
		}
	}
	checked := make([]compiled, 0, len(files))
	for _, f := range files {
		c := w.compile(f)
		c.pictures = nil // their bytes have been looked at
		checked = append(checked, c)
		all.count(c.shown)
	}
	if all.Errors > 0 || (o.maxWarnings >= 0 && all.Warnings > o.maxWarnings) {
		p.code = exitFailure
	}
	if p.sarif {
		return p.printSARIF(checked)
	}
	return p.print(all, p.lintText(all, checked))
}

func (l *linted) count(found []shownFinding) {
	l.Findings = append(l.Findings, found...)
	for _, f := range found {
		switch f.Severity {
		case string(guides.ERROR):
			l.Errors++
		case string(guides.WARNING):
			l.Warnings++
		}
	}
}

func (p *program) lintText(all linted, checked []compiled) string {
	t := p.terminal()
	var text strings.Builder
	for _, fixed := range all.Fixed {
		text.WriteString(fixed.text(t))
	}
	fixable := 0
	for _, c := range checked {
		for _, f := range c.shown {
			fmt.Fprintln(&text, t.finding(f, c.markdown))
			if f.Fixable {
				fixable++
			}
		}
	}
	fmt.Fprintf(&text, "%s, %s: %s, %s, %d for information", count(all.Guides, "guide"), count(len(all.Findings), "finding"),
		count(all.Errors, "error"), count(all.Warnings, "warning"), len(all.Findings)-all.Errors-all.Warnings)
	if fixable > 0 {
		fmt.Fprintf(&text, "; --fix mends %d", fixable)
	}
	return text.String()
}

// count says how many there are of something.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// skuExists asks the server for an item, each once. Globs fit whatever is sold later, so they are not looked up. After a
// failure, which is kept, every SKU is taken to exist.
func (s guideServer) skuExists(ctx context.Context, failed *error) func(string) bool {
	known := map[string]bool{}
	return func(pattern string) bool {
		if strings.Contains(pattern, "*") || *failed != nil {
			return true
		}
		exists, asked := known[pattern]
		if !asked {
			err := s.call(ctx, http.MethodGet, "/v1/sellers/"+url.PathEscape(s.seller)+"/items/"+url.PathEscape(pattern), nil, nil)
			if exists = err == nil; err != nil && !missing(err) {
				*failed, exists = err, true
			}
			known[pattern] = exists
		}
		return exists
	}
}
