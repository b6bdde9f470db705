package guides

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// allowedAttributes are all that may stand in a guide's HTML, by element.
var allowedAttributes = map[string]*regexp.Regexp{
	"a href":           regexp.MustCompile(`^(https://[^/\\@?#]+([/?#].*)?|mailto:[^/].*|#guide-.+)$`),
	"a rel":            regexp.MustCompile(`^noopener noreferrer nofollow$`),
	"li id":            regexp.MustCompile(`^guide-`),
	"blockquote class": regexp.MustCompile(`^callout callout-(note|tip|important|warning|caution)$`),
	"ol start":         regexp.MustCompile(`^\d+$`),
	"td align":         regexp.MustCompile(`^(left|center|right)$`),
	"th align":         regexp.MustCompile(`^(left|center|right)$`),
	"h1 id":            regexp.MustCompile(`^guide-`), "h2 id": regexp.MustCompile(`^guide-`),
	"h3 id": regexp.MustCompile(`^guide-`), "h4 id": regexp.MustCompile(`^guide-`),
	"h5 id": regexp.MustCompile(`^guide-`), "h6 id": regexp.MustCompile(`^guide-`),
	"img src":        regexp.MustCompile(`^(/assets/[a-z0-9]+\.(png|jpg|gif|webp)|https://pictures\.example([/?#].*)?)$`),
	"img alt":        regexp.MustCompile(``),
	"img width":      regexp.MustCompile(`^\d{1,5}$`),
	"img height":     regexp.MustCompile(`^\d{1,5}$`),
	"img loading":    regexp.MustCompile(`^lazy$`),
	"div class":      regexp.MustCompile(`^table$`),
	"div role":       regexp.MustCompile(`^region$`),
	"div tabindex":   regexp.MustCompile(`^0$`),
	"div aria-label": regexp.MustCompile(`^(Table|Tabelle|Tableau|Tabla|Tabella|Tabel|Tabela|表格|表)$`),
	"div lang":       regexp.MustCompile(`^[A-Za-z0-9-]+$`),
	"div dir":        regexp.MustCompile(`^(ltr|rtl)$`),
}

var allowedElements = strings.Fields("p br hr blockquote ul ol li pre code em strong del " +
	"h1 h2 h3 h4 h5 h6 table thead tbody tr th td a img div html head body")

// unsafe parses HTML as a browser does and says what in it should not be there.
func unsafe(t testing.TB, fragment SafeHTML) (bad []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(string(fragment)))
	if err != nil {
		t.Fatalf("the output is not HTML: %v", err)
	}
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			bad = append(bad, "comment")
		}
		if n.Type != html.ElementNode {
			continue
		}
		if !contains(allowedElements, n.Data) {
			bad = append(bad, "<"+n.Data+">")
		}
		rel := ""
		for _, a := range n.Attr {
			pattern := allowedAttributes[n.Data+" "+a.Key]
			if pattern == nil || !pattern.MatchString(a.Val) {
				bad = append(bad, n.Data+" "+a.Key+"="+a.Val)
			}
			if a.Key == "rel" {
				rel = a.Val
			}
		}
		for _, a := range n.Attr {
			if a.Key == "href" && strings.HasPrefix(a.Val, "https:") && rel == "" {
				bad = append(bad, "external link without rel: "+a.Val)
			}
		}
	}
	return bad
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// checkSafe compiles and checks every piece of HTML; errors are an answer too.
func checkSafe(t testing.TB, markdown string) {
	t.Helper()
	d, err := Compile(markdown, Options{})
	if err != nil {
		return
	}
	for _, bad := range slices.Concat(unsafe(t, d.HTML), unsafe(t, d.Intro)) {
		t.Errorf("HTML of %q has %s:\n%s", markdown, bad, d.HTML)
	}
	for _, e := range d.Endings {
		for _, bad := range unsafe(t, e.HTML) {
			t.Errorf("ending %s of %q has %s:\n%s", e.Ending, markdown, bad, e.HTML)
		}
	}
	for _, s := range d.Steps {
		for _, bad := range unsafe(t, s.HTML) {
			t.Errorf("step %s of %q has %s:\n%s", s.ID, markdown, bad, s.HTML)
		}
	}
}

func TestSafetyWalkSeesHarm(t *testing.T) {
	for _, harm := range []SafeHTML{
		`<script>x</script>`, `<p onclick="x">`, `<a href="javascript:x">`, `<a href="//host">`, `<a href="/x">`,
		`<img src="https://a.example/x">`, `<a href="https://a.example">no rel</a>`, `<h1 id="location">`, `<!--x-->`,
		`<a href="https://u@a.example/" rel="noopener noreferrer nofollow">`,
	} {
		if len(unsafe(t, harm)) == 0 {
			t.Errorf("the walk takes %s for safe", harm)
		}
	}
}

func TestInjectionIsStripped(t *testing.T) {
	sample, err := os.ReadFile("testdata/xss.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(sample)) {
		checkInjection(t, strings.TrimSpace(line))
	}
	checkSafe(t, string(sample))
}

// TestPolicyAlone: safety must not rest on the passes that explain it.
func TestPolicyAlone(t *testing.T) {
	sample, err := os.ReadFile("testdata/xss.txt")
	if err != nil {
		t.Fatal(err)
	}
	hostile := strings.Split(string(sample), "\n")
	for _, target := range []string{"javascript:x", "//a.example", "/a", "a", "#a", "http://a.example", "https:///a", "data:x", "blob:x"} {
		hostile = append(hostile, `<a href="`+target+`">x</a><img src="`+target+`">`)
	}
	for _, h := range hostile {
		for _, bad := range unsafe(t, SafeHTML(engine().policy.Sanitize(h))) {
			t.Errorf("%s: %s", h, bad)
		}
		checkStrict(t, h)
	}
}

// checkInjection puts a payload where a seller's text, title, code, table cell,
// link or image would be.
func checkInjection(t *testing.T, payload string) {
	t.Helper()
	flat := strings.Join(strings.Fields(payload), " ")
	for _, md := range []string{payload, "text " + payload, "# " + flat + "\n\n## " + flat + "\n\n## b\n",
		"1. " + flat + "\n2. " + flat, "|a|\n|-|\n|" + flat + "|", "> " + flat,
		"[x](" + flat + ")", "[x](<" + flat + ">)", "![" + flat + "](" + flat + ")",
		"[x]\n\n[x]: " + flat, "<" + flat + ">", "---\ntitle: '" + flat + "'\n---\n" + flat} {
		checkSafe(t, md)
	}
}

func TestInjectionCorpora(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"injection_payloads.jsonl", "dompurify_fixtures.jsonl", "naughty_strings.jsonl",
		"commonmark_spec.jsonl", "gfm_spec.jsonl", "gfm_extensions.jsonl", "markdown_samples.jsonl"} {
		i := 0
		eachLine(t, filepath.Join("abuse", name), func(row map[string]any) {
			if i++; !sampled(i, 5) {
				return
			}
			if kind, ok := row["kind"]; ok && kind != "xss" && kind != "svg_or_xml_upload" && kind != "open_redirect" {
				return
			}
			for _, field := range []string{"payload", "text", "markdown"} {
				if s, ok := row[field].(string); ok {
					if field == "markdown" {
						checkSafe(t, s)
					} else {
						checkInjection(t, s)
					}
				}
			}
		})
	}
}

// eachLine reads a JSONL file of the shared data, if it is there.
func eachLine(t *testing.T, path string, do func(map[string]any)) {
	t.Helper()
	f, err := os.Open(filepath.Join(sharedData(t), path))
	if err != nil {
		t.Skip("no shared data: ", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var row map[string]any
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(path, err)
		}
		do(row)
	}
}

// sharedData finds ../shared/data beside the repository.
func sharedData(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		data := filepath.Join(filepath.Dir(dir), "shared", "data")
		if _, err := os.Stat(data); err == nil {
			return data
		}
	}
	t.Skip("no shared data beside the repository")
	return ""
}
