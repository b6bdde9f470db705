package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/fixfirst/fixfirst/guides"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// previewOptions are the flags of guide preview.
type previewOptions struct {
	step       string
	page       bool
	listen     string
	imageHosts []string
}

func (p *program) guidePreviewCommand() *cobra.Command {
	var o previewOptions
	c := &cobra.Command{
		Use: "preview PATH…", Short: "Show what a markdown guide compiles to, in the terminal or as shoppers see it", Args: arguments(cobra.MinimumNArgs(1)),
		Long: "Show what a markdown guide compiles to, without a server: its steps, where each leads, what must come first and what to\n" +
			"stop at. --page serves the shopper's page of one guide on this machine until Ctrl-C; reload it after a change.",
		Example: "  fixfirst guide preview guides/kettle.en.md\n  fixfirst guide preview guides/kettle.en.md --step descale-it\n  fixfirst guide preview guides/kettle.en.md --page",
		RunE:    func(c *cobra.Command, args []string) error { return p.previewGuides(c.Context(), o, args) },
	}
	f := c.Flags()
	f.StringVar(&o.step, "step", "", "only this step, as an expert sends it into a chat")
	f.BoolVar(&o.page, "page", false, "serve the shopper's page of one guide")
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "address of --page; port 0 picks a free one")
	f.StringArrayVar(&o.imageHosts, "image-host", nil, "host from which pictures may be shown; give it again for more")
	return c
}

func (p *program) previewGuides(ctx context.Context, o previewOptions, paths []string) error {
	files, err := guideFiles(paths)
	if err != nil {
		return err
	}
	if len(files) > 1 && (o.page || o.step != "") {
		return usageError{errors.New("--page and --step are for one guide: name one file")}
	}
	if o.imageHosts, err = hostNames(o.imageHosts); err != nil {
		return err
	}
	if o.page {
		return p.servePreview(ctx, o, files[0].path)
	}
	w := newWorkshop(o.imageHosts)
	t := p.terminal()
	all, text := []any{}, ""
	for _, f := range files {
		c := w.compile(f)
		if c.broken {
			return errors.New(c.shown[0].String())
		}
		if o.step != "" {
			return p.previewStep(t, c, o.step)
		}
		all = append(all, asJSON(c.guide()))
		text += t.guide(c) + "\n"
	}
	if len(all) == 1 {
		return p.print(all[0], strings.TrimSuffix(text, "\n\n"))
	}
	return p.print(all, strings.TrimSuffix(text, "\n\n"))
}

func (p *program) previewStep(t terminal, c compiled, id string) error {
	at := slices.IndexFunc(c.Steps, func(s guides.Step) bool { return s.ID == id })
	if at < 0 {
		var ids []string
		for _, s := range c.Steps {
			ids = append(ids, s.ID)
		}
		return fmt.Errorf("%s has no step %q; its steps are %s", c.path, id, strings.Join(ids, ", "))
	}
	s := c.Steps[at]
	text := t.wrap("", "", s.Title)
	if s.Stop != "" {
		text += "\n" + t.wrap("! ", "  ", s.Stop)
	}
	if rest := instruction(s); rest != "" {
		text += "\n" + t.wrap("", "", rest)
	}
	return p.print(asJSON(c.guide().GetSteps()[at]), strings.TrimSuffix(text, "\n"))
}

// guide shows a compiled guide: its steps as numbered instructions with where they lead.
func (t terminal) guide(c compiled) string {
	var b strings.Builder
	b.WriteString(t.paint(bold, t.wrap("", "", c.Title)))
	b.WriteString(t.wrap("", "", t.audience(c)))
	if len(c.Tools) > 0 {
		b.WriteString(t.wrap("", "", "You need: "+strings.Join(c.Tools, ", ")))
	}
	if intro := plain(string(c.Intro)); intro != "" {
		b.WriteString("\n" + t.wrap("", "", intro))
	}
	for _, e := range c.Entries {
		b.WriteString(t.wrap("  ", "    ", fmt.Sprintf("%s%s begins with %s", e.Reason, e.Symptom, place(c, e.Step))))
	}
	for n, s := range c.Steps {
		number := fmt.Sprintf("%2d. ", n+1)
		indent := strings.Repeat(" ", len(number))
		b.WriteString("\n" + t.paint(bold, t.wrap(number, indent, s.Title)))
		if s.Stop != "" {
			b.WriteString(t.paint(red, t.wrap(indent+"! ", indent+"  ", s.Stop)))
		}
		if rest := withPictures(instruction(s), string(s.HTML)); rest != "" {
			b.WriteString(t.wrap(indent, indent, rest))
		}
		for _, id := range s.Requires {
			b.WriteString(t.paint(faint, t.wrap(indent, indent+"  ", "requires "+place(c, id))))
		}
		b.WriteString(t.paint(faint, t.wrap(indent, indent+"  ", edges(c, s))))
	}
	for _, e := range c.Endings {
		b.WriteString("\n" + t.paint(bold, t.wrap("    ", "    ", e.Title+" (#"+e.Ending+")")))
		if e.Text != "" {
			b.WriteString(t.wrap("    ", "    ", e.Text))
		}
	}
	return b.String() + "\n" + t.tally(c)
}

// audience says for whom the guide is and how long it takes.
func (t terminal) audience(c compiled) string {
	parts := []string{c.path}
	for _, list := range [][]string{c.SKUs, c.Categories, c.Reasons} {
		if len(list) > 0 {
			parts = append(parts, strings.Join(list[:min(len(list), 5)], ", "))
		}
	}
	if c.Locale != "" {
		parts = append(parts, c.Locale)
	}
	if c.Minutes > 0 {
		parts = append(parts, fmt.Sprintf("about %d min", c.Minutes))
	}
	if c.Difficulty != "" {
		parts = append(parts, strings.ToLower(c.Difficulty))
	}
	return strings.Join(parts, " · ")
}

// tally counts the findings and says how to see them.
func (t terminal) tally(c compiled) string {
	var all linted
	all.count(c.shown)
	if len(all.Findings) == 0 {
		return "no findings\n"
	}
	return fmt.Sprintf("%s: %s, %s; fixfirst guide lint %s shows them\n", count(len(all.Findings), "finding"), count(all.Errors, "error"), count(all.Warnings, "warning"), clean(c.path))
}

// edges says where a step leads.
func edges(c compiled, s guides.Step) string {
	if s.Next.Next != "" {
		return "next → " + place(c, s.Next.Next)
	}
	return "yes → " + place(c, s.Next.Yes) + ", no → " + place(c, s.Next.No)
}

// instruction is the text of a step without what to stop at, which is shown before it, and without the label above that.
func instruction(s guides.Step) string {
	before, after, found := strings.Cut(s.Instruction, s.Stop)
	if s.Stop == "" || !found {
		return s.Instruction
	}
	before = strings.TrimRight(before, "\n ")
	before = before[:strings.LastIndexByte(before, '\n')+1]
	return strings.TrimSpace(before + strings.TrimLeft(after, "\n "))
}

// place names a step by its number and title, an ending by itself.
func place(c compiled, id string) string {
	for n, s := range c.Steps {
		if s.ID == id {
			return fmt.Sprintf("%d. %s", n+1, s.Title)
		}
	}
	return id
}

// withPictures marks the lines of a step's text that are the words of a picture, and nothing else.
func withPictures(text, source string) string {
	lines := strings.Split(text, "\n")
	z := html.NewTokenizer(strings.NewReader(source))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if words := pictureWords(z.Token()); words != "" {
			if at := slices.Index(lines, words); at >= 0 {
				lines[at] = "[picture: " + words + "]"
			}
		}
	}
	return strings.Join(lines, "\n")
}

// pictureWords are what an image says to those who do not see it; "" of any other token.
func pictureWords(token html.Token) string {
	for _, a := range token.Attr {
		if token.DataAtom == atom.Img && a.Key == "alt" {
			return strings.Join(strings.Fields(a.Val), " ")
		}
	}
	return ""
}

// plain gives the text of sanitised HTML, a line for each block.
func plain(source string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end
			return strings.TrimSpace(b.String())
		case html.TextToken:
			b.WriteString(strings.ReplaceAll(html.UnescapeString(string(z.Raw())), "\n", " "))
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			token := z.Token()
			if words := pictureWords(token); words != "" {
				b.WriteString("[picture: " + words + "]")
			}
			switch token.DataAtom {
			case atom.P, atom.Li, atom.Br, atom.Tr, atom.Div, atom.Blockquote, atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				if text := strings.TrimRight(b.String(), " "); text != "" && !strings.HasSuffix(text, "\n") {
					b.WriteByte('\n')
				}
			}
		}
	}
}

// guide gives the compiled guide as the API would.
func (c compiled) guide() *pb.Guide {
	g := &pb.Guide{Title: c.Title, State: pb.Guide_DRAFT, Locale: c.Locale, Skus: c.SKUs, Categories: c.Categories, Reasons: c.Reasons,
		Minutes: int32(c.Minutes), Difficulty: c.Difficulty, Tools: c.Tools, Symptoms: c.Symptoms, Html: string(c.HTML), Intro: string(c.Intro)}
	for _, s := range c.Steps {
		g.Steps = append(g.Steps, &pb.Guide_Step{Step: s.ID, Title: s.Title, Html: string(s.HTML), Instruction: s.Instruction, Requires: s.Requires, Stop: s.Stop,
			Next: &pb.Guide_Next{Yes: s.Next.Yes, No: s.Next.No, Next: s.Next.Next}})
	}
	for _, e := range c.Entries {
		g.Entries = append(g.Entries, &pb.Guide_Entry{Reason: e.Reason, Symptom: e.Symptom, Step: e.Step})
	}
	for _, e := range c.Endings {
		g.Endings = append(g.Endings, &pb.Guide_Ending{Ending: e.Ending, Title: e.Title, Html: string(e.HTML), Text: e.Text})
	}
	for _, f := range c.shown {
		g.Findings = append(g.Findings, &pb.Finding{Rule: f.Rule, Severity: pb.Finding_Severity(pb.Finding_Severity_value[f.Severity]), Line: int32(f.Line),
			Column: int32(f.Column), Message: f.Message, Mend: f.Mend, Text: f.Text, Fixable: f.Fixable})
	}
	return g
}
