package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// harmless are the beginnings of all addresses that a guide's HTML may have.
var harmless = []string{"https://", "mailto:", "#", "/assets/"}

// harm says what in a piece of HTML, read as a browser reads it, could run, load or lead elsewhere.
func harm(fragment string) (found []string) {
	root, err := html.Parse(strings.NewReader(fragment))
	if err != nil {
		return []string{err.Error()}
	}
	forbidden := strings.Fields("script style iframe frame object embed form input button textarea select link meta base svg math template video audio source")
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if slices.Contains(forbidden, n.Data) {
			found = append(found, "<"+n.Data+">")
		}
		for _, a := range n.Attr {
			address := slices.Contains([]string{"href", "src", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href"}, a.Key)
			safe := slices.ContainsFunc(harmless, func(begin string) bool { return strings.HasPrefix(a.Val, begin) })
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (address && !safe) {
				found = append(found, n.Data+" "+a.Key+"="+a.Val)
			}
		}
	}
	return found
}

// placed puts a payload where a seller's words may stand.
func placed(payload string) []string {
	line := strings.Join(strings.Fields(payload), " ")
	quoted, _ := json.Marshal(line)
	return []string{
		payload, "# T\n\n" + payload, "# " + line + "\n\n## " + line + "\n\na\n\n## b\n\nc\n", "# T\n\n1. " + line + "\n2. " + line + "\n",
		"# T\n\n[x](" + line + ") [x](<" + line + ">) [" + line + "](https://a.example)\n", "# T\n\n![" + line + "](" + line + ") ![x](<" + line + ">)\n",
		"# T\n\n|a|b|\n|-|-|\n|" + line + "|" + line + "|\n", "# T\n\n> [!WARNING]\n> " + line + "\n",
		fmt.Sprintf("---\ntitle: %s\nskus: [%s]\nreasons: [%s]\nsymptoms: {%s: %s}\ntools: [%s]\n---\n\na\n", quoted, quoted, quoted, quoted, quoted, quoted),
		"---\n" + payload + "\n---\n\na\n",
	}
}

// TestHostileMarkdownIsHarmless sends every hostile text at every place; what comes back is looked at as a browser would.
func TestHostileMarkdownIsHarmless(t *testing.T) {
	folder := shared(t, "abuse")
	s := serveSQLite(t)
	var texts []string
	for _, file := range []string{"injection_payloads.jsonl", "dompurify_fixtures.jsonl"} {
		n := 0
		eachRow(t, filepath.Join(folder, file), func(row object) {
			if n++; n%sized(50, 1) == 0 {
				texts = append(texts, placed(text(row, "payload"))...)
			}
		})
	}
	eachRow(t, filepath.Join(folder, "markdown_pathological.jsonl"), func(row object) {
		var b strings.Builder
		for _, piece := range row["pieces"].([]any) {
			b.WriteString(strings.Repeat(piece.([]any)[0].(string), int(piece.([]any)[1].(float64))))
		}
		texts = append(texts, b.String())
	})
	if len(texts) < 100 {
		t.Fatalf("only %d texts", len(texts))
	}
	before := s.memory("VmRSS")
	var mu sync.Mutex
	var slowest time.Duration
	var which string
	answers := map[int]int{}
	inParallel(t, 2, len(texts), func(n int) error {
		began := time.Now()
		r := s.do(http.MethodPut, "/v1/sellers/acme/guides/hostile", object{"markdown": texts[n], "validateOnly": true})
		took := time.Since(began)
		mu.Lock()
		defer mu.Unlock()
		answers[r.code]++
		if took > slowest {
			slowest, which = took, texts[n][:min(len(texts[n]), 80)]
		}
		if r.code != http.StatusOK && r.code != http.StatusBadRequest {
			return fmt.Errorf("%q: %s", texts[n], r)
		}
		if r.code == http.StatusBadRequest {
			return nil
		}
		var guide object
		if err := json.Unmarshal(r.body, &guide); err != nil {
			return err
		}
		pieces := []string{text(guide, "html"), text(guide, "intro")}
		for _, list := range []string{"steps", "endings"} {
			all, _ := guide[list].([]any)
			for _, one := range all {
				pieces = append(pieces, text(one, "html"))
			}
		}
		for _, piece := range pieces {
			if found := harm(piece); len(found) > 0 {
				return fmt.Errorf("%q: %q in %s", texts[n], found, piece)
			}
		}
		return nil
	})
	grown := s.memory("VmHWM") - before
	t.Logf("%d texts, answers %v, the slowest in %s: %q, memory at most +%d MiB", len(texts), answers, slowest.Round(time.Millisecond), which, grown>>20)
	if slowest > 10*500*time.Millisecond { // the rule is 500 ms on a free machine
		t.Errorf("%q took %s", which, slowest)
	}
	if grown > 64<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
}

// TestHarmIsSeen keeps the walk above honest.
func TestHarmIsSeen(t *testing.T) {
	for _, hostile := range []string{`<script>x</script>`, `<p onclick=x>`, `<a href="javascript:x">`, `<a href="//x">`, `<img src="http://x">`,
		`<p style="x">`, `<iframe>`, `<form>`, `<svg>`, `<a href="/x">`, `<img src="data:x">`} {
		if len(harm(hostile)) == 0 {
			t.Errorf("%s is taken for harmless", hostile)
		}
	}
}
