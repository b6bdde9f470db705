package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/guides"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// robot asks questions of its own, with a Yes that leads to a step and to an ending.
const robot = `# My robot does not start

## Look at the light

Press the button. Is the light green? [Yes](#clean-it) [No](#return-it)

## Clean it

Wipe the brush. Did it work? [Yes](#fixed) [No](#listen)

## Listen

Does the ` + "`fan`" + ` hum now? [Yes](#fixed) or [No](#cracked)

## Cracked?

Turn it over. Look at the foot.

[Yes](#return-it) [No](#no-power)

## No power?

Try another socket.

[Yes](#fixed) [No](#is-it-warm)

## Is it warm?

[Yes](#fixed) [No](#stop)
`

// compiledRobot is the guide as the API gives it.
func compiledRobot(t *testing.T) *pb.Guide {
	t.Helper()
	d, err := guides.Compile(robot, guides.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := &pb.Guide{Name: "sellers/acme/guides/kettle.en", Revision: 4, Title: d.Title, Locale: "en"}
	for _, s := range d.Steps {
		g.Steps = append(g.Steps, &pb.Guide_Step{Step: s.ID, Title: s.Title, Html: string(s.HTML), Instruction: s.Instruction,
			Next: &pb.Guide_Next{Yes: s.Next.Yes, No: s.Next.No, Next: s.Next.Next}})
	}
	return g
}

// TestQuestionsOfTheSeller: a Yes is a fix only where it leads to that ending, and the page asks only where the seller does not.
func TestQuestionsOfTheSeller(t *testing.T) {
	s := newShop(t, compiledRobot(t))
	b := s.openGuide(t, "intercept=i1", "ffs_token")
	b.until(`document.querySelector("fixfirst-guide h2")`)
	b.choose("Start")
	for _, c := range []struct {
		title, answer string
		asks          string // the label of the answers
	}{
		{"Look at the light", "Yes", "Look at the light"},
		{"Clean it", "No", "Did it work?"},
		{"Listen", "No", "Listen"},      // its answers stay in the text, and are buttons too
		{"Cracked?", "Yes", "Cracked?"}, // leads to an ending
		{"Cracked?", "No", "Cracked?"},
		{"No power?", "No", "Did it work?"}, // the title names the trouble, and the text asks nothing
		{"Is it warm?", "Yes", "Is it warm?"},
	} {
		b.at(c.title)
		if label := b.text(`document.getElementById(document.querySelector(".guide-actions[role=group]").getAttribute("aria-labelledby")).textContent`); label != c.asks {
			t.Errorf("%s: the answers are labelled %q, want %q", c.title, label, c.asks)
		}
		if asked := strings.Contains(b.text(`document.querySelector(".guide-screen").innerText`), "Did it work?"); asked != (c.asks == "Did it work?") {
			t.Errorf("%s: the page asks: %v", c.title, asked)
		}
		if c.title == "Look at the light" {
			b.picture("question")
		}
		b.choose(c.answer)
		if c.title == "Cracked?" && c.answer == "Yes" {
			b.at("Return it")
			b.choose("Back")
		}
	}
	b.at("Good, it works")
	var want []string
	for _, step := range []string{"look-at-the-light NOT_FIXED", "clean-it NOT_FIXED", "listen NOT_FIXED", "cracked NOT_FIXED", "cracked NOT_FIXED", "no-power NOT_FIXED", "is-it-warm FIXED"} {
		want = append(want, "sellers/acme/guides/kettle.en 4 s1 "+step)
	}
	s.waitFor(t, want[len(want)-1])
	if got := s.noted(); !slices.Equal(got[len(got)-len(want):], want) {
		t.Errorf("the server saw\n%s\nwant last\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
