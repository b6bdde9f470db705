package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fixfirst/fixfirst/guides"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// fixedGuide says what --fix mended in a file, or would mend.
type fixedGuide struct {
	File   string         `json:"file"`
	Mended []shownFinding `json:"mended"`
	DryRun bool           `json:"dryRun,omitempty"`
	lines  []guides.LineChange
}

// fixGuides mends what is safe to mend and puts the new texts into files, so that what is left is found next. A dry run
// writes nothing and leaves them as they are.
func (p *program) fixGuides(w *workshop, files []guideFile, dryRun bool) ([]fixedGuide, error) {
	var all []fixedGuide
	for n, f := range files {
		mended, applied, err := guides.Fix(f.markdown, w.options(f, func(string, localPicture, error) {}))
		if err != nil || mended == f.markdown {
			continue // what cannot be compiled says so when it is checked
		}
		fixed := fixedGuide{File: f.path, DryRun: dryRun}
		for _, found := range applied {
			fixed.Mended = append(fixed.Mended, shownFinding{File: f.path, Line: found.Line, Column: found.Column, Severity: string(found.Severity),
				Rule: found.Rule, Message: found.Message, Mend: found.Mend, Text: found.Text, Fixable: true})
		}
		if dryRun {
			fixed.lines = guides.DiffLines(f.markdown, mended)
		} else {
			if err := replaceFile(f.path, mended); err != nil {
				return all, err
			}
			files[n].markdown = mended
		}
		all = append(all, fixed)
	}
	return all, nil
}

// text tells what was mended, or shows what would change.
func (f fixedGuide) text(t terminal) string {
	var b strings.Builder
	for _, m := range f.Mended {
		verb := "mended"
		if f.DryRun {
			verb = "would mend"
		}
		fmt.Fprintf(&b, "%s %s\n", t.paint(green, verb), clean(fmt.Sprintf("%s:%d:%d: %s: %s", m.File, m.Line, m.Column, m.Rule, m.Message)))
	}
	var lines []*pb.GuideDiff_Line
	for _, l := range f.lines {
		lines = append(lines, lineChange(l))
	}
	t.lineDiff(&b, lines)
	return b.String()
}

// replaceFile writes a file so that it has the old text or the new one, whatever happens. A link stays a link.
func replaceFile(path, text string) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".fixfirst-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	err = errors.Join(err, file.Chmod(info.Mode().Perm()), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
