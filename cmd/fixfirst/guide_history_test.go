package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// TestGuideFirstHour goes the way of a seller's first hour: push, publish, change a step, see the difference, roll back.
func TestGuideFirstHour(t *testing.T) {
	r := serving(t)
	root := folder(t, map[string]string{"kettle.en.md": wholeGuide, "images/base.png": pngOf(t, 40, 30)})
	file := filepath.Join(root, "kettle.en.md")
	acme := func(args ...string) string {
		return r.must(t, append(append([]string{"guide"}, args...), "--seller", "acme")...)
	}
	acme("push", root)
	if got := acme("history", "kettle.en"); got != "kettle.en has never been published\n" {
		t.Errorf("history of a draft: %q", got)
	}
	for _, want := range []string{"published kettle.en as revision 1\n", "kettle.en is published already, as revision 1\n"} {
		if got := acme("publish", "kettle.en"); got != want {
			t.Errorf("publish said %q, want %q", got, want)
		}
	}
	changed := strings.Replace(strings.Replace(wholeGuide, "one hour", "two hours", 1), "\n## Return it", "\n## Try another socket\n\nTry one in the kitchen.\n\n## Return it", 1)
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, diff := range []string{
		acme("diff", file),
		func() string { acme("push", root); return acme("diff", "kettle.en", "--from", "1") }(),
		func() string {
			acme("push", root, "--publish")
			return acme("diff", "kettle.en", "--from", "1", "--to", "2")
		}(),
	} {
		for _, want := range []string{"~ Descale it #descale-it: changed (text)\n", "+ Try another socket #try-another-socket: added\n", "\n+## Try another socket\n",
			"\n-Fill it with water and vinegar up to the line that says MAX, wait for one hour,", "\n+Fill it with water and vinegar up to the line that says MAX, wait for two hours,"} {
			if !strings.Contains("\n"+diff, want) {
				t.Errorf("no %q in\n%s", want, diff)
			}
		}
		if strings.Contains(diff, "Look at it #") || strings.Contains(diff, "\x1b") {
			t.Errorf("a step that is the same:\n%s", diff)
		}
	}
	if got := acme("rollback", "kettle.en", "--to", "1"); got != "published revision 1 of kettle.en again, as revision 3\n" {
		t.Errorf("rollback said %q", got)
	}
	if got := acme("get", "kettle.en", "--revision", "3"); got != wholeGuide {
		t.Errorf("revision 3 is\n%s", got)
	}
	var g pb.Guide
	if err := protojson.Unmarshal([]byte(acme("get", "kettle.en", "--revision", "2", "-o", "json")), &g); err != nil || g.GetMarkdown() != changed || g.GetRevision() != 2 {
		t.Errorf("revision 2 as JSON: %v", err)
	}
	var history []shownRevision
	if err := json.Unmarshal([]byte(acme("history", "kettle.en", "-o", "json")), &history); err != nil || len(history) != 3 ||
		history[0].Revision != 3 || history[0].RolledBackTo != 1 || history[0].Publisher == "" || history[2].PublishTime == "" {
		t.Errorf("history %+v %v", history, err)
	}
	if got := acme("history", "kettle.en"); !strings.Contains(got, "(revision 1 again) My kettle") {
		t.Errorf("history\n%s", got)
	}
	if got := acme("search", "vinegar", "kettle"); !strings.HasPrefix(got, "1. My kettle does not heat / Descale it  kettle.en#descale-it, revision 3\n") || strings.Contains(got, "<mark>") {
		t.Errorf("search found\n%s", got)
	}
	acme("archive", "kettle.en")
	if got := acme("search", "vinegar"); got != "nothing published matches these words\n" {
		t.Errorf("search in archived guides: %q", got)
	}
}

func TestGuidePushPictures(t *testing.T) {
	r := serving(t)
	root := folder(t, map[string]string{"kettle.en.md": wholeGuide, "images/base.png": pngOf(t, 40, 30), "images/unused.png": pngOf(t, 1, 1)})
	push := func(args ...string) pushed {
		t.Helper()
		var said pushed
		got := r.must(t, append([]string{"guide", "push", root, "--seller", "acme", "--publish", "-o", "json"}, args...)...)
		if err := json.Unmarshal([]byte(got), &said); err != nil {
			t.Fatal(err)
		}
		return said
	}
	dry := r.fixfirst(t, "", "guide", "push", root, "--seller", "acme", "--dry-run")
	if dry.code != exitOK || !strings.Contains(dry.out, "pictures 1") || strings.Contains(dry.err, "image-missing") {
		t.Errorf("a dry run gave %+v", dry)
	}
	shown := func() string { return r.must(t, "guide", "get", "kettle.en", "--seller", "acme", "-o", "json") }
	if said := push(); said.Pictures != 1 || len(said.Created) != 1 || !strings.Contains(shown(), "/assets/") {
		t.Errorf("first %+v %s", said, shown())
	}
	if said := push(); said.Pictures != 0 || len(said.Unchanged) != 1 {
		t.Errorf("again %+v", said)
	}
	before := shown()
	if err := os.WriteFile(filepath.Join(root, "images", "base.png"), []byte(pngOf(t, 50, 30)), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := push(); said.Pictures != 1 || len(said.Published) != 1 || shown() == before {
		t.Errorf("another picture: %+v", said)
	}
	if err := os.Rename(filepath.Join(root, "images", "base.png"), filepath.Join(root, "images", "base.gif")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "kettle.en.md"), []byte(strings.Replace(wholeGuide, "base.png", "base.gif", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := shown()
	refused := r.fixfirst(t, "", "guide", "push", root, "--seller", "acme", "--publish")
	if refused.code != exitRefused || !strings.Contains(refused.err, "error image-refused: the picture is image/png") || !strings.Contains(refused.out, "published 0, unchanged 0, archived 0, refused 1, pictures 0") || shown() != kept {
		t.Errorf("a picture with a wrong name gave %+v", refused)
	}
}

// TestGuidePushRefusesBadPictures: a guide with a picture that servers refuse is not uploaded, the others are.
func TestGuidePushRefusesBadPictures(t *testing.T) {
	r := serving(t)
	cut := pngOf(t, 40, 30)
	cut = cut[:len(cut)-20] // its header is well
	for name, c := range map[string]struct{ picture, says string }{
		"svg":   {"<svg xmlns='http://www.w3.org/2000/svg'/>", "kettle.en.md:21:13: error image-refused: the picture is an SVG, which can carry scripts; save it as PNG\n"},
		"large": {pngOf(t, 40, 30) + strings.Repeat("x", 5_000_000), fmt.Sprintf("error image-refused: the picture has %d bytes; at most 4194304 are allowed; make it smaller\n", len(pngOf(t, 40, 30))+5_000_000)},
		"cut":   {cut, "cannot be read as a PNG"},
	} {
		root := folder(t, map[string]string{"kettle.en.md": strings.Replace(wholeGuide, "tools: [vinegar]", "tools: [images/base.png]", 1), "good.md": goodGuide, "images/base.png": c.picture})
		seller := "acme-" + name
		for _, more := range [][]string{{"--publish", "--dry-run"}, {"--publish"}, {}} {
			got := r.fixfirst(t, "", append([]string{"guide", "push", root, "--seller", seller}, more...)...)
			if got.code != exitRefused || !strings.Contains(got.err, c.says) || !strings.Contains(got.out, "refused 1, pictures 0") {
				t.Errorf("%s, push %v gave %+v", name, more, got)
			}
		}
		if list := r.must(t, "guide", "list", "--seller", seller); strings.Contains(list, "kettle.en") || !strings.Contains(list, "good") {
			t.Errorf("%s: the server has\n%s", name, list)
		}
	}
}

func TestGuideSaysWhichRevisionIsMissing(t *testing.T) {
	r := serving(t)
	root := folder(t, map[string]string{"kettle.md": goodGuide, "draft.md": goodGuide})
	r.must(t, "guide", "push", filepath.Join(root, "kettle.md"), "--seller", "acme", "--publish")
	r.must(t, "guide", "push", filepath.Join(root, "draft.md"), "--seller", "acme")
	say := func(want string, args ...string) {
		t.Helper()
		if got := r.fixfirst(t, "", append(append([]string{"guide"}, args...), "--seller", "acme")...); got.code != exitFailure || !strings.Contains(got.err, want) {
			t.Errorf("%v gave %+v, want %q", args, got, want)
		}
	}
	say("guide kettle has no revision 99 (it has only 1)", "rollback", "kettle", "--to", "99")
	if got := r.must(t, "guide", "rollback", "kettle", "--to", "1", "--seller", "acme"); got != "revision 1 of kettle is the published one\n" {
		t.Errorf("rollback to where it is said %q", got)
	}
	r.must(t, "guide", "push", write(t, "kettle.md", mendable), "--seller", "acme", "--publish")
	for _, args := range [][]string{{"rollback", "kettle", "--to", "77"}, {"diff", "kettle", "--from", "1", "--to", "77"}, {"diff", "kettle", "--from", "77"},
		{"diff", filepath.Join(root, "kettle.md"), "--from", "77"}, {"get", "kettle", "--revision", "77"}} {
		say("guide kettle has no revision 77 (it has 1 to 2)", args...)
	}
	say("guide draft has no revision 1 (it has never been published)", "rollback", "draft", "--to", "1")
	say(`guide "none" not found`, "rollback", "none", "--to", "1")
	say(`guide "none" not found`, "publish", "none")
}

func TestGuideVerbsSayWhatIsMissing(t *testing.T) {
	nobody := running{address: "http://127.0.0.1:1", key: "ff_live_none"}
	file := write(t, "a.md", goodGuide)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"history", "kettle"}, "--seller is missing"},
		{[]string{"rollback", "kettle", "--seller", "acme"}, "--to is missing"},
		{[]string{"publish", "--seller", "acme"}, "fixfirst guide publish GUIDE --seller S"},
		{[]string{"diff", file, "--seller", "acme", "--to", "2"}, "--to is a revision"},
		{[]string{"diff", "kettle", "--seller", "acme", "--from", "-1"}, "from 1"},
		{[]string{"preview", file, file, "--page"}, "for one guide"},
	} {
		if got := nobody.fixfirst(t, "", append([]string{"guide"}, c.args...)...); got.code != exitUsage || !strings.Contains(got.err, c.says) {
			t.Errorf("%v gave %+v", c.args, got)
		}
	}
}

func TestSnippetsAreTextOfTheirWords(t *testing.T) {
	for snippet, want := range map[string]string{
		"fill <mark>water</mark> &lt;b&gt; in": "fill \x1b[33mwater\x1b[0m <b> in",
		"a <mark>b":                            "a \x1b[33mb\x1b[0m",
		"bell\a":                               "bell?",
	} {
		if got := (terminal{colours: true}).snippet(snippet); got != want {
			t.Errorf("%q is shown as %q", snippet, got)
		}
	}
}
