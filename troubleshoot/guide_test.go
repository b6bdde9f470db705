package troubleshoot

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"KETTLE", "KETTLE", true}, {"KETTLE", "kettle", false}, {"KETTLE", "KETTLES", false}, {"", "", true}, {"", "a", false},
		{"*", "", true}, {"*", "anything", true}, {"KET*", "KET", true}, {"KET*", "KETTLE", true}, {"KET*", "AKET", false},
		{"*TLE", "KETTLE", true}, {"*TLE", "KETTLES", false}, {"K*E", "KE", true}, {"K*E", "K", false}, {"KK*KK", "KKK", false}, {"KK*KK", "KKKK", true},
		{"a*b*c", "aXbXc", true}, {"a*b*c", "acb", false}, {"a**c", "abc", true}, {"*a*", "bab", true}, {"*a*", "bbb", false},
		{"a.c", "abc", false}, {"a?c", "abc", false}, {"[ab]*", "ab", false},
	} {
		if got := Glob(c.pattern, c.s); got != c.want {
			t.Errorf("Glob(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{{"KET*", "KETTLE"}, {"*a*b*", "xaxbx"}, {"aa*aa", "aaa"}, {"**", ""}, {".*", "a"}, {"é*", "é☕"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 200 || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			t.Skip("regular expressions read characters, Glob reads bytes")
		}
		naive := regexp.MustCompile(`(?s)\A` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `\z`)
		if got := Glob(pattern, s); got != naive.MatchString(s) {
			t.Errorf("Glob(%q, %q) = %v", pattern, s, got)
		}
	})
}

func TestLocaleFit(t *testing.T) {
	for _, c := range []struct {
		guide, shopper string
		want           int
	}{
		{"en-GB", "en-GB", 4}, {"en-gb", "EN-GB", 4}, {"en", "en", 4}, {"en", "en-GB", 3}, {"en-US", "en-GB", 2}, {"en-GB", "en", 2},
		{"", "en", 1}, {"", "", 1}, {"en", "", 1}, {"zh-Hans", "", 1}, {"zh", "en", 0}, {"zh-Hans", "en-GB", 0}, {"eng", "en", 0}, {"zh-Hans-CN", "zh-Hans-CN", 4}, {"zh", "zh-Hant-TW", 3},
	} {
		if got := LocaleFit(c.guide, c.shopper); got != c.want {
			t.Errorf("a guide in %q fits a shopper of %q by %d, want %d", c.guide, c.shopper, got, c.want)
		}
	}
}

func TestGuideFits(t *testing.T) {
	g := Guide{SKUs: []string{"KETTLE", "LAMP*"}}
	for sku, want := range map[string]bool{"KETTLE": true, "LAMP-2": true, "KETTLE-2": false, "": false} {
		if g.Names(sku) != want {
			t.Errorf("names %q: %v", sku, !want)
		}
	}
	for reason, want := range map[Reason]bool{"DEFECTIVE": true, "STYLE": false, "": true} {
		if (FittingGuide{Reasons: []Reason{"DEFECTIVE"}}).FitsReason(reason) != want {
			t.Errorf("fits %q: %v", reason, !want)
		}
	}
	if !(FittingGuide{}).FitsReason("STYLE") {
		t.Error("a guide for every reason does not fit one")
	}
}
