package guides

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// pictured compiles with one picture of the guide's own and one allowed host.
func pictured(t testing.TB, markdown string) Document {
	t.Helper()
	d, err := Compile(markdown, Options{ImageHosts: []string{"pictures.example", "b.example:8443"},
		Image: func(path string) (Image, bool) {
			return Image{URI: "/assets/ab12.png", Width: 640, Height: 480}, path == "images/base.png" || path == "a b.png"
		}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestImages(t *testing.T) {
	const own = `<img src="/assets/ab12.png" alt="the base" width="640" height="480" loading="lazy">`
	long := strings.Repeat("a", maxImagePath-3)
	for name, tt := range map[string]struct{ target, html, findings, paths string }{
		"own":               {"images/base.png", own, "", "images/base.png"},
		"own, with a title": {`images/base.png "x"`, own, "", "images/base.png"},
		"own, from here":    {"./images//base.png?raw=true#x", own, "", "images/base.png"},
		"a space":           {"a%20b.png", own, "", "a b.png"},
		"written space":     {"<a b.png>", own, "", "a b.png"},
		"not there":         {"c.png", "the base", "image-missing WARNING 3:4 ![the base](c.png)", "c.png"},
		"at the root":       {"/images/base.png", "the base", "image-path WARNING 3:4 ![the base](/images/base.png)", ""},
		"above":             {"a/../images/base.png", "the base", "image-path WARNING 3:4 ![the base](a/../images/base.png)", ""},
		"above, hidden":     {"a/%2e%2e/b.png", "the base", "image-path WARNING 3:4 ![the base](a/%2e%2e/b.png)", ""},
		"backslash":         {`a\\b.png`, "the base", `image-path WARNING 3:4 ![the base](a\\b.png)`, ""},
		"NUL":               {"a%00.png", "the base", "image-path WARNING 3:4 ![the base](a%00.png)", ""},
		"nothing":           {"", "the base", "image-path WARNING 3:4 ![the base]()", ""},
		"no URL":            {"%zz", "the base", "image-path WARNING 3:4 ![the base](%zz)", ""},
		"long":              {long + ".png", "the base", "image-path WARNING 3:4 ![the base](" + long + ".png)", ""},
		"allowed host":      {"https://PICTURES.example/a.png", `<img src="https://pictures.example/a.png" alt="the base" loading="lazy">`, "", ""},
		"host with a port":  {"https://b.example:8443?a&b", `<img src="https://b.example:8443?a&amp;b" alt="the base" loading="lazy">`, "", ""},
		"another host":      {"https://a.example/a.png", "the base", "image-host WARNING 3:4 ![the base](https://a.example/a.png)", ""},
		"another port":      {"https://pictures.example:1/a.png", "the base", "image-host WARNING 3:4 ![the base](https://pictures.example:1/a.png)", ""},
		"not by https":      {"http://pictures.example/a.png", "the base", "image-host WARNING 3:4 ![the base](http://pictures.example/a.png)", ""},
		"no scheme":         {"//pictures.example/a.png", "the base", "image-host WARNING 3:4 ![the base](//pictures.example/a.png)", ""},
		"with a user":       {"https://a@pictures.example/", "the base", "image-host WARNING 3:4 ![the base](https://a@pictures.example/)", ""},
		"data":              {"data:image/png;base64,AAAA", "the base", "image-host WARNING 3:4 ![the base](data:image/png;base64,AAAA)", ""},
		"assets of others":  {"/assets/cd34.png", "the base", "image-path WARNING 3:4 ![the base](/assets/cd34.png)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			markdown := "# 水\n\n水水 ![the base](" + tt.target + ") after"
			d := pictured(t, markdown)
			if want := "<p>水水 " + tt.html + " after</p>\n"; !strings.HasSuffix(string(d.HTML), want) {
				t.Errorf("HTML %s, want %s", d.HTML, want)
			}
			if got := told(d, "image-missing image-path image-host"); got != tt.findings {
				t.Errorf("findings %s, want %s", got, tt.findings)
			}
			if got := strings.Join(d.Images, " "); got != tt.paths {
				t.Errorf("images %s, want %s", got, tt.paths)
			}
			if d.Steps[0].Instruction != "水水 the base after" {
				t.Errorf("as plain text: %s", d.Steps[0].Instruction)
			}
			checkPlaced(t, markdown, d)
		})
	}
}

func TestImagesEachOnce(t *testing.T) {
	markdown := "![a](b.png) ![](./b.png) [![c *d*][e]](https://x.example) ![![f](g.png)](images/base.png)\n\n[e]: images/base.png\n"
	d := pictured(t, markdown)
	if want := []string{"b.png", "images/base.png", "g.png"}; !slices.Equal(d.Images, want) {
		t.Errorf("images %v, want %v", d.Images, want)
	}
	if got := told(d, "image-missing"); got != "image-missing WARNING 1:1 ![a](b.png); image-missing WARNING 1:13 ![](./b.png); image-missing WARNING 1:61 ![f](g.png)" {
		t.Error(got)
	}
	if want := `<a href="https://x.example" rel="noopener noreferrer nofollow"><img src="/assets/ab12.png" alt="c d"`; !strings.Contains(string(d.HTML), want) {
		t.Errorf("no %s in %s", want, d.HTML)
	}
	if d, _ := Compile(markdown, Options{}); told(d, "image-missing image-path") != "" || len(d.Images) != 3 || strings.Contains(string(d.HTML), "<img") {
		t.Errorf("where no picture can be looked up: %v, %s", d.Images, d.HTML)
	}
}

// TestImagePolicyAlone: whatever the passes let through, and whatever a caller
// says that a picture's address is, the sanitiser holds.
func TestImagePolicyAlone(t *testing.T) {
	hosts := []string{"pictures.example", "a+b.example"}
	for src, want := range map[string][2]bool{ // without hosts, with them
		"/assets/ab12.png": {true, true}, "/assets/0.webp": {true, true},
		"/assets/AB.png": {}, "/assets/ab.svg": {}, "/assets/ab.png?x": {}, "/assets/../a.png": {}, "/assets/a/b.png": {}, "/a.png": {},
		"assets/ab.png": {}, "//assets/ab.png": {}, "/assets/ab.png\n": {}, "javascript:/assets/ab.png": {}, "": {},
		"https://pictures.example/a.png": {false, true}, "https://pictures.example": {false, true}, "https://a+b.example/": {false, true},
		"https://pictures.example.evil/a.png": {}, "https://picturesxexample/a": {}, "https://aab.example/": {},
		"https://x@pictures.example/": {}, `https://pictures.example\@evil/`: {}, "https://evil/pictures.example/": {},
		"http://pictures.example/a.png": {}, "https://pictures.example:444/": {}, "data:image/png;base64,AAAA": {}, "blob:https://pictures.example/": {},
	} {
		for k, policy := range []interface{ Sanitize(string) string }{newPolicy(nil), newPolicy(hosts)} {
			out := policy.Sanitize(`<img src="` + html.EscapeString(src) + `" alt="a" onerror="x" srcset="y" style="z" width="1" height="x">`)
			if got := strings.Contains(out, " src="); got != want[k] {
				t.Errorf("%q with hosts %v: %s", src, k == 1, out)
			}
			if strings.Contains(out, "onerror") || strings.Contains(out, "srcset") || strings.Contains(out, "style") || strings.Contains(out, "height") {
				t.Errorf("%q: %s", src, out)
			}
		}
	}
	d, err := Compile("![a](b.png)", Options{Image: func(string) (Image, bool) { return Image{URI: "javascript:x"}, true }})
	if err != nil || strings.Contains(string(d.HTML), "src") {
		t.Errorf("%v, %s", err, d.HTML)
	}
}

func FuzzImages(f *testing.F) {
	for _, target := range []string{"images/base.png", "https://pictures.example/a", "//x", "javascript:x", "https://pictures.example\\@x", "/assets/a.png"} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		for _, markdown := range []string{"![a](" + target + ")", "![a](<" + target + ">)", "![a][b]\n\n[b]: " + target, target} {
			d, err := Compile(markdown, Options{ImageHosts: []string{"pictures.example"},
				Image: func(string) (Image, bool) { return Image{URI: "/assets/ab12.png"}, true }})
			if err != nil {
				continue
			}
			for _, bad := range unsafe(t, d.HTML) {
				t.Errorf("HTML of %q has %s:\n%s", markdown, bad, d.HTML)
			}
			for _, path := range d.Images {
				if path == "" || len(path) > maxImagePath || path[0] == '/' || slices.Contains(strings.Split(path, "/"), "..") {
					t.Errorf("%q has the picture %q", markdown, path)
				}
			}
		}
	})
}
