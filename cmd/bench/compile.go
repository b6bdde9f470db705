package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/fixfirst/fixfirst/guides"
)

// compileTime is how long one side compiles in a round.
const compileTime = time.Second

// benchCompile compares compiling, linting and rendering guides with what renders them alone: goldmark with GFM, then
// bluemonday with its policy for what users write.
func benchCompile(folder string, rounds int) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no guides (*.md) in %s", folder)
	}
	var pages []string
	size := 0
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		pages, size = append(pages, string(page)), size+len(page)
	}
	markdown, policy := goldmark.New(goldmark.WithExtensions(extension.GFM)), bluemonday.UGCPolicy()
	render := func(page string) error {
		var out bytes.Buffer
		err := markdown.Convert([]byte(page), &out)
		policy.SanitizeBytes(out.Bytes())
		return err
	}
	compile := func(page string) error {
		_, err := guides.Compile(page, guides.Options{})
		return err
	}
	var ours, theirs, ratio spread
	for round := range rounds + 1 { // the first warms up and does not count
		their, err := perPage(pages, render)
		if err != nil {
			return err
		}
		our, err := perPage(pages, compile)
		if err != nil {
			return err
		}
		if round > 0 {
			ours, theirs, ratio = append(ours, our), append(theirs, their), append(ratio, their/our)
		}
	}
	fmt.Printf("compile, lint and render a guide, µs, %d guides of %d bytes on average: %s\n", len(pages), size/len(pages), ours)
	fmt.Printf("goldmark GFM and bluemonday alone, µs: %s\n  ratio %s   at least 0.50, goal 0.70\n", theirs, ratio)
	return nil
}

// perPage does work on all pages again and again for a while and gives microseconds a page.
func perPage(pages []string, work func(string) error) (float64, error) {
	start, done := time.Now(), 0
	for time.Since(start) < compileTime {
		for _, page := range pages {
			if err := work(page); err != nil {
				return 0, err
			}
			done++
		}
	}
	return float64(time.Since(start).Microseconds()) / float64(done), nil
}
