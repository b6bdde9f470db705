package web_test

import (
	"fmt"
	"testing"
)

// TestWalk walks small graphs with the page's own module. A step is written id(requires)>no, id(requires)+yes>no, or
// id>>next where it asks nothing.
func TestWalk(t *testing.T) {
	s := newShop(t, kettle())
	b := openTab(t, s.url+"/guide/")
	b.until(`document.readyState === "complete"`)
	b.value(`(async () => {
		const { Walk } = await import("/guide/walk.js");
		globalThis.walk = (graph, moves) => {
			const steps = graph.split(" ").map((text) => {
				const [, step, requires, yes, arrow, to] = /^(\w+)(?:\(([\w,]*)\))?(?:\+([\w-]+))?(>>?)?([\w-]+)?$/.exec(text);
				return { step, title: step, requires: requires?.split(","), next: arrow === ">>" ? { next: to } : { yes: yes ?? "fixed", no: to ?? "ask-an-expert" } };
			});
			const walk = new Walk({ name: "g", title: "g", steps });
			const name = (screen) => screen.id ?? screen.kind;
			return moves.split(" ").map((move) => {
				const [verb, to] = move.split(":");
				const act = { begin: () => walk.begin(to), yes: () => walk.answer(true), no: () => walk.answer(false), back: () => walk.back(), to: () => walk.to(to) };
				return name(act[verb]());
			}).join(" ");
		};
	})()`)
	for _, c := range []struct{ name, graph, moves, want string }{
		{"in order", "a>b b>c c", "begin no no no", "a b c ask-an-expert"},
		{"fixed", "a>b b", "begin no yes", "a b fixed"},
		{"an entry", "a>b b>c c", "begin:c yes", "c fixed"},
		{"an entry that is gone", "a>b b", "begin:z", "a"},
		{"nothing is asked", "a>>b b", "begin no yes", "a b fixed"},
		{"what is required comes first, once", "a>b b>c c(a)", "begin:c no no", "a c ask-an-expert"},
		{"not again", "a>b b(a)", "begin no no", "a b ask-an-expert"},
		{"a chain", "a>b b(a)>c c(b)", "begin:c no no no", "a b c ask-an-expert"},
		{"two", "a>b b>c c(a,b)", "begin:c no no no", "a b c ask-an-expert"},
		{"fixed on the way", "a>b b(a)", "begin:b yes", "a fixed"},
		{"a final answer on the way", "a>return-it b(a)", "begin:b no", "a return-it"},
		{"a circle of requirements", "a(b) b(a)", "begin no no no", "b a ask-an-expert ask-an-expert"},
		{"itself", "a(a)", "begin no", "a ask-an-expert"},
		{"a requirement that is gone", "a(z)", "begin no", "a ask-an-expert"},
		{"a loop", "a>b b>a", "begin no no no", "a b a b"},
		{"a question with two ways", "a+c>b b c", "begin yes yes", "a c fixed"},
		{"a question whose Yes is an ending", "a+return-it>b b", "begin yes back no", "a return-it a b"},
		{"a question that comes first", "a+c>b b(a) c", "begin:b yes", "a c"},
		{"a short name of an ending", "a+expert>return", "begin yes back no", "a ask-an-expert a return-it"},
		{"back", "a>b b", "begin no back back back", "a b a start start"},
		{"back over what was required", "a>b b(a)", "begin:b no back no", "a b a b"},
		{"a hazard", "a>b b", "begin to:stop back", "a stop a"},
		{"an ending that nobody knows", "a>nowhere", "begin no", "a ask-an-expert"},
	} {
		if got := b.text(fmt.Sprintf("walk(%q, %q)", c.graph, c.moves)); got != c.want {
			t.Errorf("%s: %s through %s leads over %s, want %s", c.name, c.moves, c.graph, got, c.want)
		}
	}
	if results := b.text(`import("/guide/walk.js").then(({ resultOfYes }) => [undefined, {}, { yes: "" }, { yes: "fixed" }, { yes: "b", no: "fixed" }, { yes: "return-it" }, { yes: "expert" }, { yes: "stop" }]
		.map((next) => resultOfYes({ step: "a", title: "a", next })).join(" "))`); results != "FIXED FIXED FIXED FIXED NOT_FIXED NOT_FIXED NOT_FIXED NOT_FIXED" {
		t.Errorf("results of a Yes: %s", results)
	}
	if languages := b.text(`import("/guide/words.js").then(({ languageOf, wordsOf, directionOf }) => {
		const keys = (language) => Object.keys(wordsOf(language)).sort().join();
		const all = ["en", "de", "fr", "es", "zh"];
		return [all.every((l) => keys(l) === keys("en")), languageOf("de-AT"), languageOf("zh-Hant-TW"), languageOf("sv"), languageOf("", ["pt", "fr-CA"]),
			directionOf("ar"), directionOf("az-Arab"), directionOf("he"), directionOf("zh-Hans"), directionOf("not a tag")].join(" ");
	})`); languages != "true de zh en fr rtl rtl rtl ltr ltr" {
		t.Errorf("languages: %s", languages)
	}
}
