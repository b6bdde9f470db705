package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fixfirst/fixfirst/guides"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func (p *program) guideDiffCommand() *cobra.Command {
	var from, to int32
	c := p.guideVerb("diff GUIDE|FILE --seller S", "Show what changed in a guide, by step and by line",
		"  fixfirst guide diff kettle.en --seller acme --from 1 --to 2\n  fixfirst guide diff guides/kettle.en.md --seller acme",
		func(c *cobra.Command) {
			c.Flags().Int32Var(&from, "from", 0, "the older revision; without it the latest that was published")
			c.Flags().Int32Var(&to, "to", 0, "the newer revision; without it the draft, or the latest revision where there is no draft")
		},
		func(ctx context.Context, server guideServer, name string) error {
			if from < 0 || to < 0 {
				return usageError{errors.New("--from and --to are numbers of revisions, from 1")}
			}
			diff, err := p.guideDiff(ctx, server, name, from, to)
			if err != nil {
				return err
			}
			return p.print(asJSON(diff), strings.TrimSuffix(p.terminal().diff(diff), "\n"))
		})
	c.Long = "Show what changed in a guide, by step and by line: from one revision to another, or to the draft. A FILE that is there is\n" +
		"compared with the revision --from, or the latest, of the guide that is called like it."
	return c
}

func (p *program) guideDiff(ctx context.Context, server guideServer, name string, from, to int32) (*pb.GuideDiff, error) {
	info, err := os.Stat(name)
	local := err == nil && info.Mode().IsRegular()
	if local && to != 0 {
		return nil, usageError{errors.New("--to is a revision, and the file is what --from is compared with: leave one out")}
	}
	id := name
	if local {
		id = strings.TrimSuffix(filepath.Base(name), ".md")
	}
	if from == 0 {
		latest, err := server.revisions(ctx, id, 1)
		if err != nil {
			return nil, err
		}
		if len(latest) == 0 {
			return nil, fmt.Errorf("%s has never been published, so there is nothing to compare with", id)
		}
		from = latest[0].GetRevision()
	}
	if local {
		return server.diffFile(ctx, name, id, from)
	}
	diff := &pb.GuideDiff{}
	err = server.call(ctx, http.MethodGet, fmt.Sprintf("%s/revisions/%d:diff?with=%d", server.path(id), from, to), nil, diff)
	return diff, server.named(ctx, err, id, from, to)
}

// diffFile compares a revision with a file, as a server compares two revisions.
func (s guideServer) diffFile(ctx context.Context, path, id string, revision int32) (*pb.GuideDiff, error) {
	f, err := readGuide(path)
	if err != nil {
		return nil, err
	}
	kept, err := s.get(ctx, id, revision)
	if err != nil {
		return nil, err
	}
	// Ids of a revision may be older than its text: a step keeps the one that it had before.
	var published []guides.Step
	for _, step := range kept.GetSteps() {
		published = append(published, guides.Step{ID: step.GetStep(), Title: step.GetTitle(), HTML: guides.SafeHTML(step.GetHtml()), Instruction: step.GetInstruction()})
	}
	older, err := guides.Compile(kept.GetMarkdown(), guides.Options{Previous: published})
	if err != nil {
		return nil, fmt.Errorf("revision %d: %w", revision, err)
	}
	newer, err := guides.Compile(f.markdown, guides.Options{Previous: older.Steps})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	diff := &pb.GuideDiff{Name: kept.GetName(), Revision: revision}
	for _, c := range guides.DiffSteps(older.Steps, newer.Steps) {
		diff.Steps = append(diff.Steps, &pb.GuideDiff_StepChange{Step: c.Step, Title: c.Title, Fields: c.Fields,
			Kind: pb.GuideDiff_StepChange_Kind(pb.GuideDiff_StepChange_Kind_value[string(c.Kind)])})
	}
	for _, c := range guides.DiffLines(kept.GetMarkdown(), f.markdown) {
		diff.Lines = append(diff.Lines, lineChange(c))
	}
	return diff, nil
}

func lineChange(c guides.LineChange) *pb.GuideDiff_Line {
	return &pb.GuideDiff_Line{OldLine: int32(c.OldLine), NewLine: int32(c.NewLine), Text: c.Text,
		Kind: pb.GuideDiff_Line_Kind(pb.GuideDiff_Line_Kind_value[string(c.Kind)])}
}

// diff shows the steps that changed, then the lines.
func (t terminal) diff(d *pb.GuideDiff) string {
	var b strings.Builder
	signs := map[pb.GuideDiff_StepChange_Kind]string{pb.GuideDiff_StepChange_ADDED: "+", pb.GuideDiff_StepChange_REMOVED: "-",
		pb.GuideDiff_StepChange_CHANGED: "~", pb.GuideDiff_StepChange_MOVED: ">"}
	for _, s := range d.GetSteps() {
		sign := signs[s.GetKind()]
		if sign == "" {
			continue
		}
		line := fmt.Sprintf("%s %s #%s: %s", sign, clean(s.GetTitle()), clean(s.GetStep()), strings.ToLower(s.GetKind().String()))
		if len(s.GetFields()) > 0 {
			line += " (" + clean(strings.Join(s.GetFields(), ", ")) + ")"
		}
		fmt.Fprintln(&b, t.paint(map[string]colour{"+": green, "-": red}[sign], line))
	}
	if b.Len() == 0 {
		b.WriteString("no step changed\n")
	}
	t.lineDiff(&b, d.GetLines())
	return b.String()
}

// lineDiff writes lines as a unified diff does.
func (t terminal) lineDiff(b *strings.Builder, lines []*pb.GuideDiff_Line) {
	older, newer := int32(0), int32(0)
	for _, l := range lines {
		if gap := l.GetOldLine() > older+1 || l.GetNewLine() > newer+1; gap || (older == 0 && newer == 0) {
			fmt.Fprintln(b, t.paint(faint, fmt.Sprintf("@@ line %d @@", max(l.GetOldLine(), l.GetNewLine()))))
		}
		older, newer = max(older, l.GetOldLine()), max(newer, l.GetNewLine())
		switch l.GetKind() {
		case pb.GuideDiff_Line_ADDED:
			fmt.Fprintln(b, t.paint(green, "+"+clean(l.GetText())))
		case pb.GuideDiff_Line_REMOVED:
			fmt.Fprintln(b, t.paint(red, "-"+clean(l.GetText())))
		default:
			fmt.Fprintln(b, " "+clean(l.GetText()))
		}
	}
}
