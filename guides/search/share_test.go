package search

import "testing"

func TestShare(t *testing.T) {
	for _, c := range []struct {
		of, in, locale string
		want           float64
	}{
		{"", "anything", "en", 0}, {"the", "the", "en", 0}, {"leaks", "", "en", 0},
		{"it leaks", "Water is leaking everywhere", "en", 1}, {"leaks water", "it leaks", "en", 0.5},
		{"leaks leaks water", "it leaks", "en", 0.5}, {"läuft aus", "es lief nichts", "de", 0},
		{"漏水", "水壶漏水了", "zh", 1},
	} {
		if got := Hear(c.in, c.locale).Share(c.of); got != c.want {
			t.Errorf("%q in %q: %v, want %v", c.of, c.in, got, c.want)
		}
	}
}
