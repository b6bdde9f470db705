package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestGuidePushSkipsWhatDidNotChange(t *testing.T) {
	r := serving(t)
	file := write(t, "kettle.en.md", goodGuide)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--dry-run"}, "nothing was kept; would be: created 1, updated 0, published 0, unchanged 0, archived 0, refused 0, pictures 0\n"},
		{nil, "created 1, updated 0, published 0, unchanged 0, archived 0, refused 0, pictures 0\n"},
		{nil, "created 0, updated 0, published 0, unchanged 1, archived 0, refused 0, pictures 0\n"},
		{[]string{"--publish"}, "created 0, updated 1, published 1, unchanged 0, archived 0, refused 0, pictures 0\n"},
		{[]string{"--publish"}, "created 0, updated 0, published 0, unchanged 1, archived 0, refused 0, pictures 0\n"},
	} {
		if got := r.must(t, append([]string{"guide", "push", file, "--seller", "acme"}, c.args...)...); got != c.says {
			t.Errorf("push %v said %q, want %q", c.args, got, c.says)
		}
	}
	if err := os.WriteFile(file, []byte(goodGuide+"\n## Try another socket\n\nTry it.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := r.must(t, "guide", "push", file, "--seller", "acme", "--publish"); !strings.HasPrefix(got, "created 0, updated 1, published 1") {
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
	if got.code != exitRefused || !strings.HasPrefix(got.out, "created 1, updated 0, published 1, unchanged 0, archived 0, refused 1") || !strings.Contains(got.err, bad+": ") || !strings.Contains(got.err, "line 3") {
		t.Errorf("push gave %+v", got)
	}
	if dry := r.fixfirst(t, "", "guide", "push", bad, good, "--seller", "acme", "--publish", "--dry-run"); dry.code != exitRefused || !strings.Contains(dry.out, "would be: created 0, updated 0, published 0, unchanged 1, archived 0, refused 1") {
		t.Errorf("a dry run gave %+v", dry)
	}
	if twice := r.fixfirst(t, "", "guide", "push", good, write(t, "good.md", oddGuide), "--seller", "acme"); twice.code != exitUsage || !strings.Contains(twice.err, "would both be guide good") {
		t.Errorf("two files of one id gave %+v", twice)
	}
	r.key = "ff_live_wrong"
	if denied := r.fixfirst(t, "", "guide", "push", good, "--seller", "acme"); denied.code != exitFailure {
		t.Errorf("a wrong key gave %+v", denied)
	}
}

func TestGuidePushPrunes(t *testing.T) {
	r := serving(t)
	root := folder(t, map[string]string{"kettle.en.md": goodGuide, "old.md": goodGuide, "draft.md": goodGuide})
	r.must(t, "guide", "push", filepath.Join(root, "kettle.en.md"), filepath.Join(root, "old.md"), "--seller", "acme", "--publish")
	r.must(t, "guide", "push", filepath.Join(root, "draft.md"), "--seller", "acme")
	for _, gone := range []string{"old.md", "draft.md"} {
		if err := os.Remove(filepath.Join(root, gone)); err != nil {
			t.Fatal(err)
		}
	}
	if kept := r.must(t, "guide", "push", root, "--seller", "acme"); !strings.Contains(kept, "archived 0") {
		t.Errorf("without --prune: %s", kept)
	}
	dry := r.fixfirst(t, "", "guide", "push", root, "--seller", "acme", "--prune", "--dry-run")
	if dry.code != exitOK || !strings.Contains(dry.out, "archived 2") || dry.err != "archive draft: no file is called draft.md\narchive old: no file is called old.md\n" {
		t.Errorf("a dry run gave %+v", dry)
	}
	if states := r.must(t, "guide", "list", "--seller", "acme"); strings.Contains(states, "ARCHIVED") {
		t.Errorf("a dry run archived:\n%s", states)
	}
	var said pushed
	if err := json.Unmarshal([]byte(r.must(t, "guide", "push", root, "--seller", "acme", "--prune", "-o", "json")), &said); err != nil ||
		!slices.Equal(said.Archived, []string{"draft", "old"}) || !slices.Equal(said.Unchanged, []string{"kettle.en"}) {
		t.Errorf("prune said %+v %v", said, err)
	}
	if again := r.must(t, "guide", "push", root, "--seller", "acme", "--prune"); !strings.Contains(again, "archived 0") {
		t.Errorf("archived again: %s", again)
	}
	if one := r.fixfirst(t, "", "guide", "push", filepath.Join(root, "kettle.en.md"), "--seller", "acme", "--prune"); one.code != exitUsage || !strings.Contains(one.err, "is no folder") {
		t.Errorf("one file gave %+v", one)
	}
}

// TestGuidePushNamesConflicts pushes to a server whose guide changes between reading and writing.
func TestGuidePushNamesConflicts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/broken") && r.Method == http.MethodPut:
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"message":"the server is closing"}`)
		case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/kettle"):
			fmt.Fprint(w, `{"markdown":"# Other","state":"DRAFT","etag":"1"}`)
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"message":"no such guide"}`)
		case strings.HasSuffix(r.URL.Path, "/kettle"):
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"message":"etag: is not the guide's any more"}`)
		default:
			fmt.Fprint(w, `{"etag":"2"}`)
		}
	}))
	defer server.Close()
	r := running{address: server.URL, key: "ff_live_x"}
	root := folder(t, map[string]string{"kettle.md": goodGuide, "a.md": goodGuide})
	got := r.fixfirst(t, "", "guide", "push", root, "--seller", "acme")
	if got.code != exitRefused || !strings.HasPrefix(got.out, "created 1, ") || !strings.Contains(got.out, "refused 1") || !strings.Contains(got.err, "guide kettle was changed on the server just now") {
		t.Errorf("a conflict gave %+v", got)
	}
	if cut := r.fixfirst(t, "", "guide", "push", root, write(t, "broken.md", goodGuide), write(t, "z.md", goodGuide), "--seller", "acme"); cut.code != exitFailure ||
		!strings.HasPrefix(cut.out, "created 1, ") || !strings.Contains(cut.err, "broken.md: the server is closing") {
		t.Errorf("a server that closes gave %+v", cut)
	}
}
