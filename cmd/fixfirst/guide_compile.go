package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/fixfirst/fixfirst/guides"
	"github.com/fixfirst/fixfirst/guides/picture"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// imageRefused is the rule of pictures that servers refuse.
const imageRefused = "image-refused"

// Rules of the command line's own, beside those of package guides.
var ownRules = []guides.Rule{
	{ID: imageRefused, Severity: guides.ERROR, Description: "A picture beside the guide is of a kind, size or form that servers refuse."},
	{ID: "not-compiled", Severity: guides.ERROR, Description: "The file is no UTF-8, too large or too complex."},
}

// workshop compiles guides with what lies beside them: pictures, and the same guide in other languages.
type workshop struct {
	hosts     []string                  // from which pictures may be shown
	skuExists func(pattern string) bool // nil where no server is asked
	siblings  map[string]guides.Sibling // by path; each is compiled once
	folders   map[string][]string       // names of .md files by folder
}

func newWorkshop(imageHosts []string) *workshop {
	return &workshop{hosts: imageHosts, siblings: map[string]guides.Sibling{}, folders: map[string][]string{}}
}

// hostName is a host by name, with a port perhaps: what goes into a page's policy must be nothing else.
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$`)

// hostNames gives hosts in lower case, or says which is none.
func hostNames(hosts []string) ([]string, error) {
	var names []string
	for _, host := range hosts {
		name := strings.ToLower(host)
		if !hostName.MatchString(name) {
			return nil, usageError{fmt.Errorf("--image-host %q: write a host alone, such as cdn.shop.example", host)}
		}
		names = append(names, name)
	}
	return names, nil
}

// compiled is a guide of this machine after compiling.
type compiled struct {
	guideFile
	guides.Document
	shown    []shownFinding
	edits    [][]guides.Edit         // of shown, by index; nil where there are none
	pictures map[string]localPicture // those that are there, by the path that the markdown writes
	broken   bool                    // nothing came of it but a finding
}

// compile compiles a guide. One that cannot be compiled has that as its one finding.
func (w *workshop) compile(f guideFile) compiled {
	c := compiled{guideFile: f, pictures: map[string]localPicture{}}
	refused := map[string]error{}
	document, err := guides.Compile(f.markdown, w.options(f, func(path string, p localPicture, err error) {
		if err == nil {
			c.pictures[path] = p
		} else {
			refused[path] = err
		}
	}))
	c.Document = document
	if err != nil {
		c.broken = true
		found := shownFinding{File: f.path, Line: 1, Column: 1, Severity: string(guides.ERROR), Rule: "not-compiled", Message: err.Error(), Mend: "make it smaller or simpler"}
		var notUTF8 *guides.NotUTF8Error
		if errors.As(err, &notUTF8) {
			found.Line, found.Column, found.Mend = notUTF8.Line, notUTF8.Column, "save it as UTF-8"
		}
		c.add(found, nil)
		return c
	}
	c.judge(refused)
	return c
}

// options gives what is known of a guide besides its text. looked hears of each picture that is there, with the *picture.Error
// for which a server would refuse it.
func (w *workshop) options(f guideFile, looked func(path string, p localPicture, refused error)) guides.Options {
	return guides.Options{
		ImageHosts: w.hosts, ReasonKnown: troubleshoot.KnownReason, SKUExists: w.skuExists, Siblings: w.siblingsOf(f.path),
		Image: func(path string) (guides.Image, bool) {
			p, err := readPicture(filepath.Dir(f.path), path)
			var bad *picture.Error
			switch {
			case errors.As(err, &bad):
				looked(path, p, bad)
				return guides.Image{}, true
			case err != nil:
				return guides.Image{}, false
			}
			looked(path, p, nil)
			return guides.Image{URI: p.uri(), Width: p.width, Height: p.height, Bytes: len(p.content)}, true
		},
	}
}

// judge makes findings of what the document says and of what the server would say about its pictures.
func (c *compiled) judge(refused map[string]error) {
	type judged struct {
		shownFinding
		edits []guides.Edit
	}
	var all []judged
	for _, path := range c.Images {
		if err := refused[path]; err != nil {
			line, column, text := c.place(path)
			message, mend := splitMend(err.Error())
			all = append(all, judged{shownFinding{File: c.path, Line: line, Column: column, Severity: string(guides.ERROR), Rule: imageRefused,
				Message: message, Mend: mend, Text: text}, nil})
		}
	}
	for _, f := range c.Document.Findings {
		all = append(all, judged{shownFinding{File: c.path, Line: f.Line, Column: f.Column, Severity: string(f.Severity), Rule: f.Rule, Message: f.Message, Mend: f.Mend,
			Text: f.Text, Fixable: len(f.Edits) > 0}, f.Edits})
	}
	slices.SortStableFunc(all, func(a, b judged) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	for _, f := range all {
		c.add(f.shownFinding, f.edits)
	}
}

// splitMend parts what is wrong with a picture from how to mend it, which stands behind the last colon or semicolon.
func splitMend(text string) (message, mend string) {
	if at := strings.LastIndexAny(text, ":;"); at > 0 {
		return text[:at], strings.TrimSpace(text[at+1:])
	}
	return text, "mend the picture, or leave it out"
}

func (c *compiled) add(f shownFinding, edits []guides.Edit) {
	c.shown, c.edits = append(c.shown, f), append(c.edits, edits)
}

// place finds where the guide writes something for the first time behind its front matter. What it does not write that way is at
// its start.
func (c *compiled) place(text string) (line, column int, written string) {
	body := 0
	if front := frontMatter.FindStringIndex(c.markdown); front != nil {
		body = front[1]
	}
	at := strings.Index(c.markdown[body:], text)
	if at < 0 {
		return 1, 1, ""
	}
	at += body
	start := strings.LastIndexByte(c.markdown[:at], '\n') + 1
	return strings.Count(c.markdown[:at], "\n") + 1, utf8.RuneCountInString(c.markdown[start:at]) + 1, c.markdown[at : at+len(text)]
}

// frontMatter is what the compiler takes for it: from a first line --- to the next, or to a line of three dots.
var frontMatter = regexp.MustCompile(`\A(?:\x{FEFF})?---[ \t\r]*\n(?s:.*?)(?m:^(?:---|\.\.\.)[ \t\r]*$)`)

// siblingsOf finds the same guide in other languages: kettle.zh.md beside kettle.en.md.
func (w *workshop) siblingsOf(path string) []guides.Sibling {
	base, own := splitLocale(path)
	if own == "" {
		return nil
	}
	var all []guides.Sibling
	for _, name := range w.markdownIn(filepath.Dir(path)) {
		other := filepath.Join(filepath.Dir(path), name)
		if stem, locale := splitLocale(other); stem != base || locale == "" || name == filepath.Base(path) {
			continue
		}
		sibling, known := w.siblings[other]
		if !known {
			sibling = compileSibling(other)
			w.siblings[other] = sibling
		}
		if len(sibling.Steps) > 0 {
			all = append(all, sibling)
		}
	}
	return all
}

// markdownIn lists the guides of a folder. One that cannot be listed has none; whoever reads it hears of it.
func (w *workshop) markdownIn(folder string) []string {
	names, known := w.folders[folder]
	if !known {
		entries, _ := os.ReadDir(folder)
		for _, entry := range entries {
			if filepath.Ext(entry.Name()) == ".md" {
				names = append(names, entry.Name())
			}
		}
		w.folders[folder] = names
	}
	return names
}

// splitLocale cuts guides/kettle.zh.md into guides/kettle and zh; the locale is empty where the name has none.
func splitLocale(path string) (stem, locale string) {
	stem = strings.TrimSuffix(path, ".md")
	dot := strings.LastIndexByte(stem, '.')
	if dot < 0 || strings.ContainsAny(stem[dot:], `/\`) {
		return stem, ""
	}
	if tag, err := language.Parse(stem[dot+1:]); err != nil || tag == language.Und {
		return stem, ""
	}
	return stem[:dot], stem[dot+1:]
}

// compileSibling gives the steps of a guide by itself. One that cannot be read or compiled has none, and says so when it is
// its turn.
func compileSibling(path string) guides.Sibling {
	_, locale := splitLocale(path)
	sibling := guides.Sibling{Name: filepath.Base(path), Locale: locale}
	f, err := readGuide(path)
	if err != nil {
		return sibling
	}
	document, err := guides.Compile(f.markdown, guides.Options{})
	if err != nil {
		return sibling
	}
	if document.Locale != "" {
		sibling.Locale = document.Locale
	}
	sibling.Steps = document.Steps
	return sibling
}

// localPicture is a picture beside a guide.
type localPicture struct {
	content       []byte
	sum           string // SHA-256, in hex
	kind          picture.Type
	width, height int
}

// uri looks like that of a server, which is what the compiler lets through.
func (l localPicture) uri() string { return "/assets/" + l.sum + "." + l.kind.Extension() }

// readPicture reads a picture below a folder, and nothing outside of it, whatever links lead there. An *picture.Error says
// why a server would refuse it.
func readPicture(folder, path string) (localPicture, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return localPicture{}, err
	}
	defer root.Close()
	file, err := root.Open(filepath.FromSlash(path))
	if err != nil {
		return localPicture{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil || !info.Mode().IsRegular():
		return localPicture{}, errors.Join(fmt.Errorf("%s is no file", path), err)
	case info.Size() > picture.MaxBytes: // no more of it is read than tells
		return localPicture{}, &picture.Error{Reason: picture.TooLarge,
			Message: fmt.Sprintf("has %d bytes; at most %d are allowed: make it smaller", info.Size(), picture.MaxBytes)}
	}
	content, err := io.ReadAll(io.LimitReader(file, picture.MaxBytes+1))
	if err != nil {
		return localPicture{}, err
	}
	h, err := picture.Inspect(content)
	if err != nil {
		return localPicture{}, err
	}
	if end := strings.ToLower(filepath.Ext(path)); end != "."+string(h.Type) && (end != ".jpg" || h.Type != picture.JPEG) {
		return localPicture{}, &picture.Error{Reason: picture.Unsupported, Message: fmt.Sprintf("is %s: let its name end with .%s", h.Type.MediaType(), h.Type.Extension())}
	}
	sum := sha256.Sum256(content)
	return localPicture{content: content, sum: hex.EncodeToString(sum[:]), kind: h.Type, width: h.Width, height: h.Height}, nil
}
