package main

import (
	"encoding/json"
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
	if got := acme("publish", "kettle.en"); got != "published kettle.en as revision 1\n" {
		t.Errorf("publish said %q", got)
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
	refused := r.fixfirst(t, "", "guide", "push", root, "--seller", "acme", "--publish")
	if !strings.Contains(refused.err, "error image-refused: the picture is image/png") || !strings.Contains(refused.out, "pictures 0") {
		t.Errorf("a picture with a wrong name gave %+v", refused)
	}
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
