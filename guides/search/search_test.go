package search

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// found gives the guides that a query finds, best first.
func found(x *Index, locale, query string) string {
	var all []string
	for _, r := range x.Search(Query{Text: query, Locale: locale, Limit: 10}) {
		all = append(all, r.Guide)
	}
	return strings.Join(all, " ")
}

func TestSearch(t *testing.T) {
	x := New()
	for id, text := range map[string]Text{
		"heat": {Locale: "en", Title: "The kettle does not heat", Steps: []Step{{"Check the base", "Put the kettle on its base."}}},
		"leak": {Locale: "en", Title: "Water", Symptoms: []string{"it leaks from below"}, Intro: "If the kettle is dripping, descale it."},
		"wifi": {Locale: "en", Title: "Connect to Wi-Fi", Steps: []Step{{"Battery", "Charge the battery for 2.4 GHz."}}},
		"de":   {Locale: "de", Title: "Der Wasserkocher heizt nicht", Intro: "Kühlschrank"},
		"zh":   {Locale: "zh", Title: "水壶不加热", Intro: "检查底座电源"},
		"any":  {Title: "ESP32-S3", Intro: "Firmware 5.1.2"},
		"ja":   {Locale: "ja", Title: "バッテリーの充電"},
	} {
		x.Put(id, 1, Analyse(text))
	}
	for _, c := range []struct{ rule, locale, query, want string }{
		{"a title before a body", "en", "kettle", "heat leak"},
		{"a symptom, by another form of the word", "en", "leaking", "leak"},
		{"wifi is Wi-Fi", "en", "wifi", "wifi"},
		{"so are two words", "en", "wi fi", "wifi"},
		{"a number without its space", "en", "2.4GHz", "wifi"},
		{"guides for any language too", "en", "esp32s3", "any"},
		{"a part of a name", "de", "ESP32", "any"},
		{"the beginning of a version", "en", "v5.1", "any"},
		{"none of another language", "en", "Wasserkocher", ""},
		{"all languages without one", "", "Wasserkocher", "de"},
		{"each by its own analyser", "", "Kuehlschrank", "de"},
		{"Chinese", "zh", "为什么水壶不能加热", "zh"},
		{"a single ideograph", "zh", "电", "zh"},
		{"Japanese", "ja", "充電", "ja"},
		{"one slip", "en", "batery", "wifi"},
		{"two letters swapped", "en", "ketlte", "heat leak"},
		{"two slips in a long word", "", "waserkohcer", "de"},
		{"not two in a short one", "en", "ktle", ""},
		{"none in three letters", "en", "wif", ""},
		{"no other name for a name", "en", "ESP32-S4", "any"}, // by its part
		{"nor a number", "en", "5.2.2", "any"},                // by its beginning
		{"a known word is not mended", "en", "water", "leak"},
		{"in a long query nothing is mended", "en", "batery aaa bbb ccc ddd", ""},
		{"nothing is asked", "en", "what is the", ""},
		{"nothing at all", "en", "", ""},
	} {
		if got := found(x, c.locale, c.query); got != c.want {
			t.Errorf("%s: %q in %q found %q, want %q", c.rule, c.query, c.locale, got, c.want)
		}
	}
	if got := x.Search(Query{Text: "kettle", Keep: func(id string) bool { return id == "leak" }, Limit: 1}); len(got) != 1 || got[0].Guide != "leak" {
		t.Errorf("kept %v, want leak alone", got)
	}
}

// TestTies: what scores the same is in the order of its ids, whichever came first, and among the first so many.
func TestTies(t *testing.T) {
	for _, order := range []string{"abcdef", "fedcba", "dafbec"} {
		x := New()
		for _, id := range strings.Split(order, "") {
			x.Put(id, 1, Analyse(Text{Title: "kettle"}))
		}
		for n := range 7 {
			var got string
			for _, r := range x.Search(Query{Text: "kettle", Limit: n}) {
				got += r.Guide
			}
			if want := "abcdef"[:n]; got != want {
				t.Errorf("%d of %s: got %s, want %s", n, order, got, want)
			}
		}
	}
}

// TestStoredForm holds the bytes that stores have: whoever changes them changes encodingVersion.
func TestStoredForm(t *testing.T) {
	text := Text{Locale: "en", Title: "heat heater", Symptoms: []string{"heat"}, Intro: strings.Repeat("heat ", 20) + "wifi", Steps: []Step{{"heat", "heaters"}}}
	const want = "\x01\x02en\x02\x01\x01\x16" + "\x03" + "\x00\x04heat\x0f\x01\x01\x01\x14" + "\x04\x02er\x19\x01" + "\x00\x04wifi\x18"
	if got := string(Analyse(text).Append(nil)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCountsStayLargest: a count that has no room for more does not run into the next.
func TestCountsStayLargest(t *testing.T) {
	for f := range fields {
		c := counts(0).plus(f, 1<<20).plus(f, 1)
		for other := range fields {
			if want := map[bool]uint32{true: countMax[f]}[other == f]; c.in(other) != want {
				t.Errorf("field %d is full, and field %d has %d", f, other, c.in(other))
			}
		}
	}
}

// TestMendedCountsLess: a word as it was written is worth more than one that is near it.
func TestMendedCountsLess(t *testing.T) {
	x := New()
	x.Put("a", 1, Analyse(Text{Title: "battery"}))
	exact := x.Search(Query{Text: "battery", Limit: 1})[0].Score
	if near := x.Search(Query{Text: "batery", Limit: 1})[0].Score; near != exact*mendWeight[1] {
		t.Errorf("scores %v and %v", exact, near)
	}
}

// TestNearest: the nearest first, then those with the same first letter, then those in more guides, then by letters.
func TestNearest(t *testing.T) {
	x := New()
	for id, title := range map[string]string{"a": "cattle kettle", "b": "cattle battle", "c": "kattles", "d": "mettl rattle kitten1"} {
		x.Put(id, 1, Analyse(Text{Title: title}))
	}
	s := x.shelves[""]
	var got []string
	for _, near := range s.nearest("kattle", 2) {
		got = append(got, s.entries[near.number].term)
	}
	if want := "kattles kettle cattle"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"heat", "heat", 0}, {"heat", "heta", 1}, {"heat", "hat", 1}, {"hat", "heat", 1}, {"heat", "heap", 1},
		{"ab", "ba", 1}, {"ca", "abc", 3}, {"kettle", "ketle", 1}, {"kettle", "ktle", 2}, {"abcd", "badc", 2}, {"水壶", "水杯", 1},
	} {
		if got := distance([]rune(c.a), []rune(c.b), 3); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
		if outlineOf(c.a).far(outlineOf(c.b), c.want) && outlineOf(c.a) != 0 && outlineOf(c.b) != 0 {
			t.Errorf("%s and %s are %d apart, and their outlines further", c.a, c.b, c.want)
		}
	}
}

func TestDecode(t *testing.T) {
	terms := Analyse(Text{Locale: "en", Title: "heat heats", Symptoms: []string{"Wi-Fi"}, Intro: strings.Repeat("heat ", 70_000), Steps: []Step{{"heating", "水壶"}}})
	b := terms.Append(nil)
	back, err := Decode(b)
	if err != nil || !reflect.DeepEqual(back, terms) {
		t.Errorf("got %+v and %v, want %+v", back, err, terms)
	}
	if terms.Language() != "en" || terms.Len() != 7 {
		t.Errorf("%d terms of %q", terms.Len(), terms.Language())
	}
	for n := range b {
		if _, err := Decode(b[:n]); !errors.Is(err, errMalformed) {
			t.Errorf("%d of %d bytes: %v", n, len(b), err)
		}
	}
	if _, err := Decode(append(b, 0)); !errors.Is(err, errMalformed) {
		t.Errorf("a byte too many: %v", err)
	}
	b[0]++
	if _, err := Decode(b); !errors.Is(err, ErrOtherVersion) {
		t.Errorf("another version: %v", err)
	}
}

// FuzzDecode: whatever decodes is put into an index, taken out again, and encodes to what decodes to the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{encodingVersion, 0, 0, 0, 0, 0, 0})
	f.Add(Analyse(Text{Locale: "de", Title: "Der Kessel", Intro: strings.Repeat("Kessel ", 20)}).Append(nil))
	f.Add(Analyse(Text{Locale: "zh", Title: "水壶 ESP32-S3", Symptoms: []string{"5.1.2"}}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		terms, err := Decode(b)
		if err != nil {
			return
		}
		back, err := Decode(terms.Append(nil))
		if err != nil || !reflect.DeepEqual(back, terms) {
			t.Fatalf("%+v became %+v: %v", terms, back, err)
		}
		x := New()
		x.Put("a", 1, terms)
		if size := x.Size(); size.Terms != terms.Len() || size.Postings != terms.Len() {
			t.Fatalf("%d terms made %+v", terms.Len(), size)
		}
		x.Remove("a")
		if size := x.Size(); size != (Size{}) {
			t.Fatalf("left over: %+v", size)
		}
	})
}

// FuzzAnalyse: whatever a guide says, its terms survive the store, and a query of its own words finds it.
func FuzzAnalyse(f *testing.F) {
	for _, locale := range []string{"", "en", "de", "fr", "es", "it", "nl", "pt", "zh", "ja"} {
		f.Add("Wi-Fi l'été ﬁ ½ ™ ESP32-S3 v5.1.2", "水壶ー http://x.y/z 의 ก็ ﬁ ½ \xff e\u0301\u0301", locale)
	}
	f.Fuzz(func(t *testing.T, title, body, locale string) {
		terms := Analyse(Text{Locale: locale, Title: title, Steps: []Step{{title, body}}})
		back, err := Decode(terms.Append(nil))
		if err != nil || !reflect.DeepEqual(back, terms) {
			t.Fatalf("%+v became %+v: %v", terms, back, err)
		}
		x := New()
		x.Put("a", 1, terms)
		asked := len(queryWords(body, languageOf(Language(locale)))) > 0
		if results := x.Search(Query{Text: body, Locale: locale, Limit: 1}); asked != (len(results) == 1) {
			t.Fatalf("asked by words: %t; found %v", asked, results)
		}
		for _, w := range scan(body, functionWord) {
			if w.start < 0 || w.start >= w.end || w.end > len(body) || !utf8.ValidString(w.text) {
				t.Fatalf("word %+v of %q", w, body)
			}
		}
	})
}
