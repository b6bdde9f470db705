package main

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fixfirst/fixfirst/guides"
)

// The parts of SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format) that a linter needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string            `json:"id"`
		ShortDescription     sarifText         `json:"shortDescription"`
		DefaultConfiguration map[string]string `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPlace `json:"physicalLocation"`
	}
	sarifPlace struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	// Columns are code points, and the end is the first that is not part of the region.
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn"`
		EndLine     int        `json:"endLine"`
		EndColumn   int        `json:"endColumn"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
	sarifFix struct {
		Description     sarifText     `json:"description"`
		ArtifactChanges []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		ArtifactLocation sarifArtifact      `json:"artifactLocation"`
		Replacements     []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		DeletedRegion   sarifRegion `json:"deletedRegion"`
		InsertedContent sarifText   `json:"insertedContent"`
	}
)

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// sarifLevel is what SARIF calls a severity.
func sarifLevel(s guides.Severity) string {
	switch s {
	case guides.ERROR:
		return "error"
	case guides.WARNING:
		return "warning"
	}
	return "note"
}

// printSARIF writes findings for code hosts and editors.
func (p *program) printSARIF(checked []compiled) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "fixfirst", Version: "devel"}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		run.Tool.Driver.Version = info.Main.Version
	}
	indexes := map[string]int{}
	for _, r := range slices.Concat(guides.Rules(), ownRules) {
		indexes[r.ID] = len(run.Tool.Driver.Rules)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{r.ID, sarifText{r.Description}, map[string]string{"level": sarifLevel(r.Severity)}})
	}
	for _, c := range checked {
		artifact := sarifArtifact{(&url.URL{Path: filepath.ToSlash(c.path)}).String()}
		for i, f := range c.shown {
			index, known := indexes[f.Rule]
			if !known {
				index = -1 // of no rule, as SARIF has it
			}
			result := sarifResult{RuleID: f.Rule, RuleIndex: index, Level: sarifLevel(guides.Severity(f.Severity)), Message: sarifText{f.Message + "; " + f.Mend},
				Locations: []sarifLocation{{sarifPlace{artifact, f.region()}}}}
			if edits := c.edits[i]; len(edits) > 0 {
				result.Fixes = []sarifFix{{sarifText{f.Mend}, []sarifChange{{artifact, c.replacements(edits)}}}}
			}
			run.Results = append(run.Results, result)
		}
	}
	e := json.NewEncoder(p.stdout)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

// region is what the finding is about; nil where that is the whole guide.
func (f shownFinding) region() *sarifRegion {
	if f.Line < 1 {
		return nil
	}
	r := &sarifRegion{StartLine: f.Line, StartColumn: max(f.Column, 1)}
	r.EndLine, r.EndColumn = after(r.StartLine, r.StartColumn, f.Text)
	if f.Text != "" {
		r.Snippet = &sarifText{f.Text}
	}
	return r
}

// after gives the place behind a text that begins at a line and column.
func after(line, column int, text string) (int, int) {
	if last := strings.LastIndexByte(text, '\n'); last >= 0 {
		return line + strings.Count(text, "\n"), utf8.RuneCountInString(text[last+1:]) + 1
	}
	return line, column + utf8.RuneCountInString(text)
}

func (c compiled) replacements(edits []guides.Edit) []sarifReplacement {
	text := c.markdown
	var all []sarifReplacement
	for _, e := range edits {
		r := sarifReplacement{InsertedContent: sarifText{e.New}}
		r.DeletedRegion.StartLine, r.DeletedRegion.StartColumn = after(1, 1, text[:e.Start])
		r.DeletedRegion.EndLine, r.DeletedRegion.EndColumn = after(r.DeletedRegion.StartLine, r.DeletedRegion.StartColumn, text[e.Start:e.End])
		all = append(all, r)
	}
	return all
}
