package search

import (
	"slices"
	"strings"
	"testing"
)

// termsIn gives the terms of a text in reading order, single characters of pairs left out.
func termsIn(locale, text string) string {
	l := languageOf(Language(locale))
	var all []string
	for _, w := range scan(text, l.cut) {
		if term := l.term(w); term != "" && w.kind != character {
			all = append(all, term)
		}
	}
	return strings.Join(all, " ")
}

func TestTerms(t *testing.T) {
	for _, c := range []struct{ rule, locale, text, want string }{
		{"stemmed, without function words", "en", "The kettle is heating slowly, why?", "kettl heat slowli"},
		{"not, no, on and off stay", "en", "It does not turn on", "not turn on"},
		{"what an apostrophe cuts off", "en", "the kettle’s lid doesn't close", "kettl lid doesnt close"},
		{"a region does not matter", "en-GB", "heats", "heat"},
		{"case and width", "en", "ＨＥＡＴＳ Heats", "heat heat"},
		{"ligatures of type", "en", "ﬁlter", "filter"},
		{"borrowed accents", "en", "café naïve", "cafe naiv"},
		{"German umlauts written either way", "de", "Kühlschrank Kuehlschrank Kuhlschrank", "kuhlschrank kuhlschrank kuhlschrank"},
		{"and ß", "de", "Gießkanne Giesskanne GIESSKANNE", "giesskann giesskann giesskann"},
		{"ue after a vowel or q is no umlaut", "de", "neue Quelle", "neu quell"},
		{"German stems", "de", "Die Lampen leuchten nicht", "lamp leucht nicht"},
		{"French elision and accents", "fr", "L'appareil ne s’allume pas", "appareil ne allum pas"},
		{"French without accents", "fr", "cassé cassée casse cassee", "cass cass cass cass"},
		{"aujourd'hui is one word", "fr", "aujourd'hui", "aujourdhui"},
		{"Spanish keeps ñ", "es", "año ano calefacción calefaccion", "año ano calefaccion calefaccion"},
		{"Italian elision", "it", "l'acqua nell'acqua", "acqua acqua"},
		{"Dutch", "nl", "De lampen branden niet, foto's", "lamp brand niet foto"},
		{"Portuguese", "pt", "A máquina não liga máquinas", "maquin na lig maquin"},
		{"an unknown language is only folded", "xx", "Häuser heating", "hauser heating"},
		{"so is any language", "", "Häuser heating", "hauser heating"},
		{"letters of other scripts keep their marks", "ru", "Чайник й", "чайник й"},
		{"Chinese by pairs, function words cut out", "zh", "如何连接网络？", "连接 接网 网络"},
		{"a lone one by itself", "zh", "灯", "灯"},
		{"Chinese beside Latin", "zh", "ESP32的Wi-Fi连接", "esp32 wifi wi fi 连接"},
		{"radicals are ideographs", "zh", "⽀持", "支持"},
		{"Chinese in an English guide", "en", "press 电源 twice", "press 电源 twice"},
		{"在 is no function word in Japanese", "ja", "在庫", "在庫"},
		{"kana of both widths", "ja", "ﾊﾞｯﾃﾘｰ バッテリー", "バッ ッテ テリ リー バッ ッテ テリ リー"},
		{"Hangul", "ko", "배터리", "배터 터리"},
		{"an identifier whole and by parts", "en", "ESP32-S3", "esp32s3 esp32 s3"},
		{"Wi-Fi and wifi", "en", "Wi-Fi WiFi wi‑fi", "wifi wi fi wifi wifi wi fi"},
		{"USB-C", "en", "USB-C", "usbc usb c"},
		{"underscores", "en", "wifi_init", "wifiinit wifi init"},
		{"a version by its beginnings", "en", "v5.1.2", "5.1.2 5 5.1"},
		{"a number and its unit", "en", "2.4GHz 220V", "2.4ghz 2.4 ghz 220v 220 v"},
		{"the end of a sentence is no version", "en", "Use 5. Then", "use 5"},
		{"no address", "en", "See https://example.com/a-b?c=d (manual)", "see manual"},
		{"trade marks", "en", "Bluetooth® Arduino™ boards", "bluetooth arduino board"},
		{"emoji and rules separate", "en", "hot🔥water---on", "hot water on"},
		{"function words alone are nothing", "en", "what is the", ""},
	} {
		if got := termsIn(c.locale, c.text); got != c.want {
			t.Errorf("%s: %q in %q: got %q, want %q", c.rule, c.text, c.locale, got, c.want)
		}
	}
}

// TestStemsBegin checks what Best builds on: a stem begins like its word, once that is folded.
func TestStemsBegin(t *testing.T) {
	texts := map[string]string{
		"en": "dying lying skis idly early news yes yellow happily",
		"de": "Übungen gegangen ähnlich ungeöffnet",
		"fr": "yeux œufs éteindre où naïve hier",
		"es": "íbamos ñandú único", "it": "è università ieri", "pt": "água últimas", "nl": "één ijs gegeven",
	}
	for tag, text := range texts {
		l := languageOf(tag)
		for _, w := range scan(text, l.cut) {
			term := l.term(w)
			if folded := l.fold(w.text); term != "" && []rune(term)[0] != []rune(folded)[0] {
				t.Errorf("%s: the term of %s is %s", tag, w.text, term)
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	for locale, want := range map[string]string{
		"": "", "en": "en", "en-GB": "en", "EN_us": "en", "zh-Hant-TW": "zh", "und": "", "mul": "", "notalanguage": "",
	} {
		if got := Language(locale); got != want {
			t.Errorf("%q: got %q, want %q", locale, got, want)
		}
	}
}

// TestStopWords finds lists whose words the scanner would never give, so that they would stop nothing.
func TestStopWords(t *testing.T) {
	for tag, l := range languages {
		if l.stop == nil {
			continue
		}
		for w := range l.stop() {
			if words := scan(w, nil); len(words) == 0 || words[0].text != w && l.fold(words[0].text) != w {
				if !slices.Contains([]string{"est-ce", "'t", "'n"}, w) {
					t.Errorf("%s: no text has the word %q", tag, w)
				}
			}
		}
	}
}
