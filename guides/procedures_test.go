package guides

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
)

// procedure is a subflow of the agent guidelines of ABCD (Chen et al.,
// Action-Based Conversations Dataset, NAACL 2021): actions in an order that
// matters.
type procedure struct {
	name         string
	Instructions []string
	Actions      []procedureAction
}

type procedureAction struct {
	Button  string
	Text    string
	Subtext []string
}

type procedureFlows map[string]struct{ Subflows map[string]procedure }

func (f procedureFlows) procedures() []procedure {
	var all []procedure
	for _, flow := range slices.Sorted(maps.Keys(f)) {
		for _, name := range slices.Sorted(maps.Keys(f[flow].Subflows)) {
			p := f[flow].Subflows[name]
			p.name = name
			all = append(all, p)
		}
	}
	return all
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Skip("no shared data: ", err)
	}
	if err := json.Unmarshal(content, v); err != nil {
		t.Fatal(path, err)
	}
}

func TestProcedureSample(t *testing.T) {
	var sample struct{ Flows procedureFlows }
	readJSON(t, "testdata/procedures.json", &sample)
	checkProcedures(t, sample.Flows.procedures(), 3)
}

func TestProcedures(t *testing.T) {
	t.Parallel()
	var all procedureFlows
	readJSON(t, filepath.Join(sharedData(t), "guides/graphs/abcd/guidelines.json"), &all)
	checkProcedures(t, all.procedures(), 55)
}

// checkProcedures compiles each procedure in each of the ways to write it.
func checkProcedures(t *testing.T, all []procedure, want int) {
	t.Helper()
	if len(all) != want {
		t.Fatalf("%d procedures, want %d", len(all), want)
	}
	for _, form := range procedureForms {
		t.Run(form.name, func(t *testing.T) {
			for _, p := range all {
				markdown := form.write(p)
				wrong := compareProcedure(p, compile(t, markdown))
				if len(wrong) > 0 {
					t.Errorf("%s:\n\t%s\n%s", p.name, strings.Join(wrong, "\n\t"), markdown)
				}
			}
		})
	}
}

// procedureForms are ways in which a seller may write a procedure down. The first
// instruction comes before the actions, the others after them.
var procedureForms = []struct {
	name  string
	write func(procedure) string
}{
	{"headings", func(p procedure) string {
		return p.page("", func(b *strings.Builder, _ int, a procedureAction) {
			fmt.Fprintf(b, "## %s\n\n", a.headline())
			if a.button() != "" {
				fmt.Fprintf(b, "%s\n\n", escaped(a.Text))
			}
			writeBullets(b, "", a.Subtext)
		})
	}},
	{"numbered headings in a group", func(p procedure) string {
		return p.page("## What to do\n\n", func(b *strings.Builder, i int, a procedureAction) {
			fmt.Fprintf(b, "### Step %d: %s\n\n", i+1, a.headline())
			if a.button() != "" {
				fmt.Fprintf(b, "%s\n\n", escaped(a.Text))
			}
			writeBullets(b, "", a.Subtext)
		})
	}},
	{"list with bullets", func(p procedure) string {
		return p.page("", func(b *strings.Builder, i int, a procedureAction) {
			fmt.Fprintf(b, "%d. %s\n", i+1, a.sentence())
			writeBullets(b, "   ", a.Subtext)
		})
	}},
	{"list with paragraphs", func(p procedure) string {
		return p.page("", func(b *strings.Builder, _ int, a procedureAction) {
			fmt.Fprintf(b, "1. %s\n\n", a.sentence())
			for _, s := range a.Subtext {
				fmt.Fprintf(b, "   %s\n\n", escaped(s))
			}
		})
	}},
	{"list in the only section, button as its own paragraph", func(p procedure) string {
		return p.page("## What to do\n\n", func(b *strings.Builder, i int, a procedureAction) {
			fmt.Fprintf(b, "%d) %s\n\n", i+1, a.headline())
			if a.button() != "" {
				fmt.Fprintf(b, "   %s\n\n", escaped(a.Text))
			}
			writeBullets(b, "   ", a.Subtext)
		})
	}},
	{"list that goes on after paragraphs", func(p procedure) string {
		return p.page("", func(b *strings.Builder, i int, a procedureAction) {
			fmt.Fprintf(b, "%d. %s\n\n", i+1, a.sentence())
			for _, s := range a.Subtext {
				fmt.Fprintf(b, "%s\n\n", escaped(s))
			}
		})
	}},
}

func (p procedure) page(group string, write func(*strings.Builder, int, procedureAction)) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n%s", p.name, escaped(p.Instructions[0]), group)
	for i, a := range p.Actions {
		write(&b, i, a)
	}
	b.WriteString("\n")
	for _, s := range p.Instructions[1:] {
		fmt.Fprintf(&b, "%s\n\n", escaped(s))
	}
	return b.String()
}

func writeBullets(b *strings.Builder, indent string, all []string) {
	for _, s := range all {
		fmt.Fprintf(b, "%s- %s\n", indent, escaped(s))
	}
	b.WriteString("\n")
}

// button is the action's name; some have none.
func (a procedureAction) button() string {
	if a.Button == "N/A" {
		return ""
	}
	return a.Button
}

// headline is what a seller would put over the action.
func (a procedureAction) headline() string {
	if b := a.button(); b != "" {
		return escaped(b)
	}
	return escaped(a.Text)
}

// sentence is the action in one line, its name bold.
func (a procedureAction) sentence() string {
	if b := a.button(); b != "" {
		return "**" + escaped(b) + "**: " + escaped(a.Text)
	}
	return escaped(a.Text)
}

// escaped writes text so that markdown shows it as it is.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `<`, `\<`, `*`, `\*`, `_`, `\_`, "`", "\\`").Replace(text)
}

// compareProcedure says what of a procedure is not in the guide compiled from
// it, or not where it was, and what a step has beside its action.
func compareProcedure(p procedure, d Document) (wrong []string) {
	if len(d.Steps) != len(p.Actions) {
		var titles []string
		for _, s := range d.Steps {
			titles = append(titles, s.Title)
		}
		return []string{fmt.Sprintf("%d steps for %d actions: %q", len(d.Steps), len(p.Actions), titles)}
	}
	if !strings.Contains(textOf(d.Intro), spaced(p.Instructions[0])) {
		wrong = append(wrong, "the first instruction is not in the intro")
	}
	for _, s := range p.Instructions {
		if !strings.Contains(textOf(d.HTML), spaced(s)) {
			wrong = append(wrong, "not in the whole guide: "+s)
		}
	}
	for i, a := range p.Actions {
		var after []string
		if i == len(p.Actions)-1 {
			after = p.Instructions[1:]
		}
		for _, w := range compareAction(a, d.Steps[i], after) {
			wrong = append(wrong, fmt.Sprintf("step %d %q: %s\n\t\t%q", i+1, d.Steps[i].Title, w, d.Steps[i].Instruction))
		}
	}
	return wrong
}

// compareAction looks for the action's text in the step's title or
// instruction, for its subtexts in the instruction, in their order; what is
// left over may be only its button, and what stood after the last step.
func compareAction(a procedureAction, s Step, after []string) (wrong []string) {
	title, rest := spaced(s.Title), spaced(s.Instruction)
	if start := strings.TrimSuffix(title, "…"); !strings.Contains(spaced(a.button()+": "+a.Text), afterNumber(start)) {
		wrong = append(wrong, "the title is not the action's")
	}
	if !strings.Contains(title+" "+rest, spaced(a.button())) {
		wrong = append(wrong, "no button "+a.Button)
	}
	take := func(what string, must bool) string {
		before, behind, found := strings.Cut(rest, spaced(what))
		if !found && must {
			wrong = append(wrong, "not there, or not in its place: "+what)
		}
		if !found {
			return ""
		}
		rest = behind
		return before
	}
	rest = strings.TrimPrefix(rest, spaced(a.button()))
	over := take(a.Text, !strings.Contains(title, spaced(a.Text)))
	for _, sub := range a.Subtext {
		over += take(sub, true)
	}
	for _, s := range after {
		over += take(s, false)
	}
	over = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, over+rest)
	if over != "" {
		wrong = append(wrong, "the step has more than its action: "+over)
	}
	return wrong
}

// afterNumber is a title without the "Step 2: " that one form puts before it.
func afterNumber(title string) string {
	if number, rest, found := strings.Cut(title, ": "); found && strings.HasPrefix(number, "Step ") {
		return rest
	}
	return title
}

// spaced is text with single spaces between its words.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// textOf is what a shopper reads of HTML.
func textOf(fragment SafeHTML) string {
	var b strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(string(fragment)))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return spaced(b.String())
		case html.TextToken:
			b.Write(tokens.Text())
		}
	}
}
