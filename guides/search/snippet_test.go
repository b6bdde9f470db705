package search

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestBest(t *testing.T) {
	kettle := []Step{
		{"Check the plug", "Plug another device into the socket. If that works, the socket is fine."},
		{"Let it cool", "A kettle that boiled dry stays off until it has cooled. It heats again after 15 minutes & no sooner."},
		{"Descale", "Mix water with vinegar <1:1> and boil it. Chalk keeps the element from heating."},
	}
	for _, c := range []struct {
		rule, locale, query string
		steps               []Step
		step                int
		want                Snippet
	}{
		{"the analysed form matches", "en", "heating element", kettle, 2,
			"Mix water with vinegar &lt;1:1&gt; and boil it. Chalk keeps the <mark>element</mark> from <mark>heating</mark>."},
		{"so does heats", "en", "heating after minutes", kettle, 1,
			"A kettle that boiled dry stays off until it has cooled. It <mark>heats</mark> again after 15 <mark>minutes</mark> &amp; no sooner."},
		{"a title counts", "en", "descaling", kettle, 2,
			"Mix water with vinegar &lt;1:1&gt; and boil it. Chalk keeps the element from heating."},
		{"a slip of the finger", "en", "vinegr", kettle, 2,
			"Mix water with <mark>vinegar</mark> &lt;1:1&gt; and boil it. Chalk keeps the element from heating."},
		{"none matches: how it begins", "en", "explosion", kettle, -1, "Plug another device into the socket. If that works, the socket is fine."},
		{"no steps", "en", "explosion", nil, -1, ""},
		{"a step without text", "en", "cool", []Step{{"Let it cool", ""}}, 0, "Let it <mark>cool</mark>"},
		{"the first of two that are as good", "en", "cool", []Step{{"", "cool"}, {"", "cool"}}, 0, "<mark>cool</mark>"},
		{"an identifier is one mark", "en", "wifi", []Step{{"", "Connect to Wi-Fi now"}}, 0, "Connect to <mark>Wi-Fi</mark> now"},
		{"two words that are one", "en", "wi fi", []Step{{"", "Connect to wifi now"}}, 0, "Connect to <mark>wifi</mark> now"},
		{"pairs that touch are one mark", "zh", "如何重新连接网络", []Step{{"", "请重新连接网络。"}}, 0, "请<mark>重新连接网络</mark>。"},
		{"so are a word and a pair", "zh", "wifi 连接", []Step{{"", "请wifi连接"}}, 0, "请<mark>wifi连接</mark>"},
		{"elision", "fr", "appareil", []Step{{"", "Branchez l'appareil."}}, 0, "Branchez <mark>l&#39;appareil</mark>."},
		{"folded first letters", "de", "übung", []Step{{"", "Die Uebungen"}}, 0, "Die <mark>Uebungen</mark>"},
		{"white space and what cannot be seen", "en", "hot", []Step{{"", "very\n\n\thot\u202e water\x1b"}}, 0, "very <mark>hot</mark> water"},
	} {
		if step, got := Best(c.query, c.locale, c.steps); step != c.step || got != c.want {
			t.Errorf("%s: got step %d and %q, want %d and %q", c.rule, step, got, c.step, c.want)
		}
	}
}

// TestSnippetCuts: about 160 columns, around the words, between sentences or words.
func TestSnippetCuts(t *testing.T) {
	filler := strings.Repeat("Nothing to see in this sentence. ", 20)
	chinese := strings.Repeat("这里没有要找的东西。", 20)
	for _, c := range []struct {
		rule, locale, text, query string
		begins, ends              string
	}{
		{"from a sentence to a sentence", "en", filler + "Look for the leak here. " + filler, "leak", "…Nothing to see in this sentence. Look for the <mark>leak</mark> here.", "sentence.…"},
		{"the beginning", "en", "The leak. " + filler, "leak", "The <mark>leak</mark>. Nothing", "sentence.…"},
		{"the end", "en", filler + "The leak", "leak", "…Nothing", "The <mark>leak</mark>"},
		{"words where there is no sentence", "en", strings.Repeat("word ", 100) + "leak " + strings.Repeat("word ", 100), "leak", "…word word", "word…"},
		{"more words before fewer", "en", "leak " + filler + "The leak is outside.", "leak outside", "…Nothing", "<mark>leak</mark> is <mark>outside</mark>."},
		{"together before one by one", "en", "A leak outside. " + filler + "A leak. " + filler + "Go outside. " + filler, "leak outside", "A <mark>leak</mark> <mark>outside</mark>.", "sentence.…"},
		{"Chinese", "zh", chinese + "水壶漏水了。" + chinese, "漏水", "…这里没有要找的东西。这里没有要找的东西。水壶<mark>漏水</mark>了。", "。…"},
		{"no place to cut", "en", strings.Repeat("x", 5000), "nothing", "xxx", "xxx…"},
		{"one endless word", "en", strings.Repeat("x", 5000), strings.Repeat("x", 5000), "<mark>xxx", "x</mark>…"},
	} {
		_, got := Best(c.query, c.locale, []Step{{"", c.text}})
		if !strings.HasPrefix(string(got), c.begins) || !strings.HasSuffix(string(got), c.ends) {
			t.Errorf("%s: got %q, want %q to %q", c.rule, got, c.begins, c.ends)
		}
		if n := width(seen(got)); n > snippetWidth+4 || n < denseWidth {
			t.Errorf("%s: %d columns: %q", c.rule, n, got)
		}
	}
}

// seen is what a reader sees of a snippet.
func seen(s Snippet) string {
	return html.UnescapeString(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(string(s)))
}

var (
	wellFormed = regexp.MustCompile(`^([^<]|<mark>[^<]*</mark>)*$`)
	entities   = regexp.MustCompile(`&(amp|lt|gt|#34|#39);`)
)

// FuzzSnippet: only marks, only whole entities, nothing that the text does not say, and not much of it.
func FuzzSnippet(f *testing.F) {
	f.Add("heating", "en", "<script>alert('heats')</script> & heating", "Heat & <b>")
	f.Add("重新连接", "zh", "请重新连接网络。\u0301 🔥 ½ ﬁ", "")
	f.Add("x", "", "\xff\xfex &amp; &lt;mark&gt; x\u202e", "x")
	f.Add("été l'eau", "fr", "L'ÉTÉ "+strings.Repeat("de l'eau ", 60), "ﬁl")
	f.Fuzz(func(t *testing.T, query, locale, text, title string) {
		step, snippet := Best(query, locale, []Step{{Title: title, Text: text}})
		s := string(snippet)
		if step < -1 || step > 0 || !utf8.ValidString(s) {
			t.Fatalf("step %d, %q", step, s)
		}
		if !wellFormed.MatchString(s) || strings.ContainsAny(entities.ReplaceAllString(s, ""), `&"'`) {
			t.Fatalf("%q of %q", s, text)
		}
		if n := width(seen(snippet)); n > 2*snippetWidth {
			t.Fatalf("%d columns: %q", n, s)
		}
		whole := seenAll(text)
		if text == "" {
			whole = seenAll(title)
		}
		if said := strings.Trim(seen(snippet), ellipsis); !strings.Contains(whole, said) && strings.Count(whole, ellipsis) == 0 {
			t.Fatalf("%q is not in %q", said, whole)
		}
	})
}

// seenAll is a whole text as a snippet would show it.
func seenAll(text string) string {
	var w writer
	w.plain(text)
	return html.UnescapeString(w.b.String())
}
