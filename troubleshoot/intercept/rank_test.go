package intercept

import (
	"slices"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/guides/search"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// says gives a guide words that a comment may match.
func says(g troubleshoot.FittingGuide, body string) troubleshoot.FittingGuide {
	g.Terms = search.Analyse(search.Text{Locale: g.Locale, Title: "Guide", Steps: []search.Step{{Title: "Step", Text: body}}}).Append(nil)
	return g
}

// fixes gives a guide a proven rate.
func fixes(g troubleshoot.FittingGuide, rate float64) troubleshoot.FittingGuide {
	g.FixRate = rate
	return g
}

func TestRank(t *testing.T) {
	exact, glob, category := troubleshoot.FitExact, troubleshoot.FitGlob, troubleshoot.FitCategory
	type all = []troubleshoot.FittingGuide
	for _, c := range []struct {
		rule            string
		locale, comment string
		reason          troubleshoot.Reason
		guides          all
		want            string
	}{
		{"no guides", "en", "", "STYLE", nil, ""},
		{"the SKU itself, then a glob, then its category", "en", "", "STYLE",
			all{guide("a", category, "en"), guide("b", glob, "en"), guide("c", exact, "en")}, "c b a"},
		{"the fit comes before the reason", "en", "", "STYLE", all{guide("a", glob, "en", "STYLE"), guide("b", exact, "en")}, "b a"},
		{"the reason by name comes before any", "en", "", "STYLE", all{guide("a", exact, "en"), guide("b", exact, "en", "STYLE")}, "b a"},
		{"the reason comes before the locale", "en-GB", "", "STYLE", all{guide("a", exact, "en-GB"), guide("b", exact, "", "STYLE")}, "b a"},
		{"no reason, no difference", "en", "", "", all{guide("a", exact, "en"), guide("b", exact, "en", "STYLE")}, "a b"},
		{"en-GB, then en, then another en, then any", "en-GB", "", "STYLE",
			all{guide("a", exact, ""), guide("b", exact, "en-US"), guide("c", exact, "en"), guide("d", exact, "en-GB")}, "d c b a"},
		{"no other language beside the shopper's", "en-GB", "", "STYLE", all{guide("a", exact, "zh"), guide("b", category, "en")}, "b"},
		{"nor beside one for any locale", "en-GB", "", "STYLE", all{guide("a", exact, "zh"), guide("b", category, "")}, "b"},
		{"another language where there is no other", "en-GB", "", "STYLE", all{guide("b", exact, "zh"), guide("a", exact, "de")}, "a b"},
		{"a guide of the language, but for another reason, does not speak", "en", "", "STYLE",
			all{guide("a", exact, "en", "DEFECTIVE"), guide("b", exact, "zh")}, "b"},
		{"a shopper without a locale takes what there is", "", "", "STYLE", all{guide("a", exact, "zh"), guide("b", glob, "de")}, "a b"},
		{"only guides for the reason", "en", "", "STYLE",
			all{guide("a", exact, "en", "DEFECTIVE"), guide("b", exact, "en", "DEFECTIVE", "STYLE"), guide("c", exact, "en")}, "b c"},
		{"equals by id", "en", "", "STYLE", all{guide("c", exact, "en"), guide("a", exact, "en"), guide("b", exact, "en")}, "a b c"},
		{"the comment parts equals", "en", "it leaks water", "STYLE",
			all{says(guide("a", exact, "en"), "The light stays dark."), says(guide("b", exact, "en"), "Where it leaks.")}, "b a"},
		{"in its own language", "de", "Das Licht leuchtet nicht", "STYLE",
			all{says(guide("a", exact, "de"), "Wasser läuft aus."), says(guide("b", exact, "de"), "Wenn das Licht nicht leuchtet.")}, "b a"},
		{"the comment comes after the locale", "en-GB", "it leaks", "STYLE",
			all{says(guide("a", exact, "en-GB"), "The light."), says(guide("b", exact, "en"), "It leaks.")}, "a b"},
		{"the comment comes before the rate", "en", "it leaks", "STYLE",
			all{fixes(says(guide("a", exact, "en"), "The light."), 0.9), says(guide("b", exact, "en"), "It leaks.")}, "b a"},
		{"a comment that says nothing leaves the rate", "en", "hello", "STYLE",
			all{says(guide("a", exact, "en"), "The light."), fixes(says(guide("b", exact, "en"), "It leaks."), 0.2)}, "b a"},
		{"the rate comes before the id", "en", "", "STYLE", all{fixes(guide("a", exact, "en"), 0.4), fixes(guide("b", exact, "en"), 0.41)}, "b a"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			before := slices.Clone(c.guides)
			var got []string
			for _, g := range Rank(c.guides, c.reason, c.locale, c.comment) {
				got = append(got, g.ID)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("ranked %v, want %s", got, c.want)
			}
			for n := range before {
				if before[n].ID != c.guides[n].ID {
					t.Fatal("the guides that were given are in another order now")
				}
			}
		})
	}
}

func TestWhyAGuideFits(t *testing.T) {
	exact, glob, category := troubleshoot.FitExact, troubleshoot.FitGlob, troubleshoot.FitCategory
	for _, c := range []struct {
		guide  troubleshoot.FittingGuide
		locale string
		want   string
	}{
		{guide("a", exact, "en"), "en", "names the SKU, in the locale"},
		{guide("a", glob, "en", "STYLE"), "en-GB", "names SKUs like it, is for the reason, in the language"},
		{guide("a", category, ""), "en", "is for the category, in no language in particular"},
		{guide("a", exact, "en-US"), "en-GB", "names the SKU, in another region's language"},
		{guide("a", exact, "zh"), "en", "names the SKU, in another language"},
		{fixes(guide("a", exact, "en"), 0.417), "", "names the SKU, fixes at least 42%"},
	} {
		if got := Rank([]troubleshoot.FittingGuide{c.guide}, "STYLE", c.locale, "")[0].Why; got != c.want {
			t.Errorf("why is %q, want %q", got, c.want)
		}
	}
	pair := []troubleshoot.FittingGuide{says(guide("a", exact, "en"), "The light."), says(guide("b", exact, "en"), "It leaks.")}
	if got := Rank(pair, "STYLE", "en", "leaking")[0].Why; got != "names the SKU, in the locale, answers the comment" {
		t.Errorf("why is %q", got)
	}
}

func TestEntryStep(t *testing.T) {
	g := guide("a", troubleshoot.FitExact, "en")
	g.Entries = []troubleshoot.GuideEntry{{Reason: "DEFECTIVE", Step: "s2"}, {Symptom: "leaks from below", Step: "s3"}, {Symptom: "the light stays dark", Step: "s4"}}
	for _, c := range []struct {
		reason  troubleshoot.Reason
		comment string
		want    string
	}{
		{"STYLE", "", ""}, {"DEFECTIVE", "", "s2"}, {"DEFECTIVE", "no idea", "s2"}, {"STYLE", "It is leaking all over the table, from below!", "s3"},
		{"DEFECTIVE", "the light is dark", "s4"}, {"DEFECTIVE", "light", "s2"},
	} {
		if got := Rank([]troubleshoot.FittingGuide{g}, c.reason, "en", c.comment)[0].EntryStep; got != c.want {
			t.Errorf("%s, %q: begins with %q, want %q", c.reason, c.comment, got, c.want)
		}
	}
}
