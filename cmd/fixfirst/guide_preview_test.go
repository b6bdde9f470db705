package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

const wholeGuide = `---
title: My kettle does not heat
skus: [KETTLE-1]
reasons:
  DEFECTIVE: "#descale-it"
locale: en
minutes: 10
difficulty: easy
tools: [vinegar]
---

# My kettle does not heat

Most kettles are well.

## Look at it

> [!CAUTION]
> Stop if it smells burnt.

![The base](images/base.png)

Unplug it, and look at it.

[Next](#descale-it)

## Descale it

requires: #look-at-it

Fill it with water and vinegar up to the line that says MAX, wait for one hour, and pour everything out.

[Yes](#fixed) [No](#return-it)

## Return it

It is broken inside.
`

func TestGuidePreview(t *testing.T) {
	root := folder(t, map[string]string{"kettle.en.md": wholeGuide, "images/base.png": pngOf(t, 40, 30)})
	file := filepath.Join(root, "kettle.en.md")
	got := running{}.must(t, "guide", "preview", file)
	for _, want := range []string{
		"My kettle does not heat\n", " · KETTLE-1 · DEFECTIVE · en ·", "You need: vinegar", "Most kettles are well.", "DEFECTIVE begins with 2. Descale it",
		" 1. Look at it\n    ! Stop if it smells burnt.\n    [picture: The base]\n    Unplug it, and look at it.\n", "    next → 2. Descale it\n", " 2. Descale it\n", "    requires 1. Look at it\n", "    yes → fixed, no → return-it\n",
		"    Return it (#return-it)\n    It is broken inside.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for line := range strings.SplitSeq(got, "\n") {
		if columnsIn(line) > plainWidth && !strings.Contains(line, file) {
			t.Errorf("a line of %d columns: %s", columnsIn(line), line)
		}
	}
	if step := (running{}).must(t, "guide", "preview", file, "--step", "descale-it"); !strings.HasPrefix(step, "Descale it\n\nFill it") || strings.Contains(step, "yes →") {
		t.Errorf("one step is\n%s", step)
	}
	var step pb.Guide_Step
	if err := protojson.Unmarshal([]byte(running{}.must(t, "guide", "preview", file, "--step", "descale-it", "-o", "json")), &step); err != nil || step.GetNext().GetNo() != "return-it" {
		t.Errorf("one step as JSON: %v %v", &step, err)
	}
	if none := (running{}).fixfirst(t, "", "guide", "preview", file, "--step", "x"); none.code != exitFailure || !strings.Contains(none.err, "look-at-it, descale-it") {
		t.Errorf("a step that is not there gave %+v", none)
	}
	if bad := (running{}).fixfirst(t, "", "guide", "preview", write(t, "latin1.md", "# Caf\xe9\n")); bad.code != exitFailure || !strings.Contains(bad.err, "not UTF-8") {
		t.Errorf("a file that is no text gave %+v", bad)
	}
}

func TestPicturesInAPreview(t *testing.T) {
	html := `<p>Look at the base.</p><p><img src="/assets/a.png" alt="The  base"></p><p>See <img src="/assets/b.png" alt="it"> there.</p>`
	if got, want := withPictures("The base is wet.\nThe base\nSee it there.", html), "The base is wet.\n[picture: The base]\nSee it there."; got != want {
		t.Errorf("a step shows %q, want %q", got, want)
	}
	if got, want := plain(html), "Look at the base.\n[picture: The base]\nSee [picture: it] there."; got != want {
		t.Errorf("an introduction shows %q, want %q", got, want)
	}
}

// TestGuidePreviewPage reads the page as a browser would, changes the file, and reads it again.
func TestGuidePreviewPage(t *testing.T) {
	root := folder(t, map[string]string{"kettle.en.md": wholeGuide, "images/base.png": pngOf(t, 40, 30), "images/other.png": pngOf(t, 1, 1)})
	file := filepath.Join(root, "kettle.en.md")
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"guide", "preview", file, "--page", "-o", "json"}, noEnvironment, strings.NewReader(""), in, io.Discard)
		in.Close()
	}()
	var said struct{ Address string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &said)
	}
	if err != nil {
		t.Fatal(err)
	}
	base := strings.TrimSuffix(said.Address, "/guide/?preview")
	get := func(path, host string) (int, string, http.Header) {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if host != "" {
			req.Host = host
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body), resp.Header
	}
	if code, body, header := get("/", ""); code != 200 || !strings.Contains(body, "/guide/main.js") || !strings.Contains(header.Get("Content-Security-Policy"), "script-src 'self'") {
		t.Errorf("the page: %d %v", code, header)
	}
	g := &pb.Guide{}
	code, body, _ := get("/guide/preview.json", "")
	if err := protojson.Unmarshal([]byte(body), g); err != nil || code != 200 || len(g.GetSteps()) != 2 {
		t.Fatalf("%d %v: %s", code, err, body)
	}
	image := regexp.MustCompile(`/assets/[^"]+`).FindString(g.GetSteps()[0].GetHtml())
	if code, body, header := get(image, ""); image == "" || code != 200 || body != pngOf(t, 40, 30) || header.Get("Content-Type") != "image/png" {
		t.Errorf("picture %q: %d %v", image, code, header)
	}
	for path, host := range map[string]string{"/assets/other.png": "", "/kettle.en.md": "", "/guide/preview.json": "evil.example"} {
		if code, _, _ := get(path, host); code != 404 && code != 403 {
			t.Errorf("%s by %q: %d", path, host, code)
		}
	}
	if err := os.WriteFile(file, []byte("# Caf\xe9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, body, _ := get("/guide/preview.json", ""); code != 400 || !strings.Contains(body, "not UTF-8") {
		t.Errorf("after a mistake: %d %s", code, body)
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("ended with %d", code)
	}
}
