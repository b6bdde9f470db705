package guides

import "testing"

func TestTextOfHTML(t *testing.T) {
	for html, want := range map[SafeHTML]string{
		"":                             "",
		"<p>a &amp; <em>b</em>c</p>\n": "a & bc",
		"<h2 id=\"guide-x\">Title</h2>\n<p>one<br>two</p>": "Title\n\none\ntwo",
		"<ul>\n<li>a</li>\n<li>b</li>\n</ul>":              "a\n\nb",
		"<tr><td>a</td><td>b</td></tr>":                    "a b",
		`<p><img src="/assets/x.png" alt="a lamp"></p>`:    "a lamp",
		`<p><img src="/assets/x.png"></p>`:                 "",
		"<pre><code>x &lt; y\n</code></pre>":               "x < y",
	} {
		if got := html.Text(); got != want {
			t.Errorf("%s is %q, want %q", html, got, want)
		}
	}
}
