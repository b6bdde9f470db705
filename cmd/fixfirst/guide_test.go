package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	goodGuide = "---\nskus: [KETTLE-1]\nreasons: [DEFECTIVE]\nlocale: en\n---\n\n# My kettle does not heat\n\n## Dry the base\n\nWipe it.\n"
	oddGuide  = "---\nskus: [KETTLE-1]\nreasons: [BROKEN]\n---\n\n# Odd\n\n## Look\n\n<script>alert(1)</script>\n\nLook.\n"
	badGuide  = "---\nskus: [KETTLE-1]\nminutes: soon\n---\n"
)

func TestGuideLint(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"a/good.en.md": goodGuide, "bad.md": badGuide, "odd.md": oddGuide, "latin1.md": "# Caf\xe9\n", "notes.txt": "none"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nobody := running{}
	got := nobody.fixfirst(t, "", "guide", "lint", folder)
	if got.code != exitFailure || got.err != "" || !strings.Contains(got.out, "4 guides, ") {
		t.Errorf("lint gave %+v", got)
	}
	for _, want := range []string{"bad.md:3:10: error ", "odd.md:1:1: warning unknown-reason: ", "odd.md:10:1: warning raw-html: ", "latin1.md:1:6: error not-compiled: not UTF-8"} {
		if !strings.Contains(got.out, filepath.Join(folder, want)) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
	if strings.Contains(got.out, "good.en.md") {
		t.Errorf("a good guide has findings:\n%s", got.out)
	}
	var shown struct{ Findings []shownFinding }
	if err := json.Unmarshal([]byte(nobody.fixfirst(t, "", "guide", "lint", filepath.Join(folder, "odd.md"), "-o", "json").out), &shown); err != nil ||
		!slices.ContainsFunc(shown.Findings, func(f shownFinding) bool { return f.Rule == "raw-html" && f.Line == 10 && f.Mend != "" }) {
		t.Errorf("JSON has %+v, %v", shown, err)
	}
	if good := nobody.fixfirst(t, "", "guide", "lint", "samples"); good.code != exitOK || !strings.Contains(good.out, " 0 of them errors") {
		t.Errorf("the sample guides have %s", good.out)
	}
	if none := nobody.fixfirst(t, "", "guide", "lint", t.TempDir()); none.code != exitFailure || !strings.Contains(none.err, "has no .md files") {
		t.Errorf("an empty folder gave %+v", none)
	}
}

func TestGuidePushSkipsWhatDidNotChange(t *testing.T) {
	r := serving(t)
	file := write(t, "kettle.en.md", goodGuide)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--dry-run"}, "nothing was kept; would have uploaded 1, unchanged 0, refused 0\n"},
		{nil, "uploaded 1, unchanged 0, refused 0\n"},
		{nil, "uploaded 0, unchanged 1, refused 0\n"},
		{[]string{"--publish"}, "published 1, unchanged 0, refused 0\n"},
		{[]string{"--publish"}, "published 0, unchanged 1, refused 0\n"},
	} {
		if got := r.must(t, append([]string{"guide", "push", file, "--seller", "acme"}, c.args...)...); got != c.says {
			t.Errorf("push %v said %q, want %q", c.args, got, c.says)
		}
	}
	if err := os.WriteFile(file, []byte(goodGuide+"\n## Try another socket\n\nTry it.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := r.must(t, "guide", "push", file, "--seller", "acme", "--publish"); !strings.HasPrefix(got, "published 1") {
		t.Errorf("a changed guide: %q", got)
	}
	list := r.must(t, "guide", "list", "--seller", "acme")
	if lines := strings.Split(list, "\n"); len(lines) < 2 || !slices.Equal(strings.Fields(lines[1])[:5], []string{"kettle.en", "PUBLISHED", "2", "en", "KETTLE-1"}) {
		t.Errorf("list:\n%s", list)
	}
}

func TestGuidePushNamesWhatIsRefused(t *testing.T) {
	r := serving(t)
	bad, good := write(t, "bad.md", badGuide), write(t, "good.md", goodGuide)
	got := r.fixfirst(t, "", "guide", "push", bad, good, "--seller", "acme", "--publish")
	if got.code != exitRefused || got.out != "published 1, unchanged 0, refused 1\n" || !strings.Contains(got.err, bad+": ") || !strings.Contains(got.err, "line 3") {
		t.Errorf("push gave %+v", got)
	}
	if twice := r.fixfirst(t, "", "guide", "push", good, write(t, "good.md", oddGuide), "--seller", "acme"); twice.code != exitUsage || !strings.Contains(twice.err, "would both be guide good") {
		t.Errorf("two files of one id gave %+v", twice)
	}
	r.key = "ff_live_wrong"
	if denied := r.fixfirst(t, "", "guide", "push", good, "--seller", "acme"); denied.code != exitFailure {
		t.Errorf("a wrong key gave %+v", denied)
	}
}
