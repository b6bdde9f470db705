package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/cmd/fixfirst/samples"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// liveDemo is a demo whose simulated shoppers come fast.
type liveDemo struct {
	shown, told *terminalOf
	demoOutput
	stop func() int
}

func startLiveDemo(t *testing.T, db string) liveDemo {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, stdout := io.Pipe()
	messages, stderr := io.Pipe()
	d := liveDemo{shown: newTerminalOf(t, out), told: newTerminalOf(t, messages)}
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, []string{"demo", "--listen", "127.0.0.1:0", "--db", db, "-o", "json", "--shoppers-every", "2s"}, noEnvironment, strings.NewReader(""), stdout, stderr)
		stdout.Close()
		stderr.Close()
		ended <- code
	}()
	d.stop = func() int {
		cancel()
		code := <-ended
		<-d.told.drained
		ended <- code
		return code
	}
	t.Cleanup(func() { d.stop() })
	if err := json.Unmarshal([]byte(d.shown.wait(`{"commands"`)), &d.demoOutput); err != nil {
		t.Fatal(err)
	}
	return d
}

// command gives the arguments of the printed command that begins so.
func (d liveDemo) command(t *testing.T, beginning string) []string {
	t.Helper()
	at := slices.IndexFunc(d.Commands, func(c demoCommand) bool { return strings.HasPrefix(c.Command, beginning) })
	if at < 0 {
		t.Fatalf("no %q is printed: %v", beginning, d.Commands)
	}
	var args []string
	for n, part := range strings.Split(d.Commands[at].Command, "'") {
		if n%2 == 1 { // in quotes
			args = append(args, part)
		} else {
			args = append(args, strings.Fields(part)...)
		}
	}
	return args[1:]
}

// TestDemoLives opens both terminals that the demo prints: as a shopper one is helped by a simulated expert, as an expert one
// helps a simulated shopper. Another start makes new keys, so the simulation of the first one ends. That other one stops, and
// nothing is left.
func TestDemoLives(t *testing.T) {
	db := "sqlite:" + filepath.Join(t.TempDir(), "demo.db")
	d := startLiveDemo(t, db)
	nobody := &help{t: t}
	shopper := nobody.chat("", d.command(t, "fixfirst chat --as shopper")[1:]...)
	shopper.shown.wait("offered: chat with an expert")
	shopper.types("My kettle stays cold")
	shopper.shown.wait("-simulated (expert): Hello, this is ")
	shopper.types("No light at all")
	shopper.shown.wait("step 1 from ")
	shopper.types("/fixed")
	shopper.shown.wait("Good to hear")
	shopper.types("/answer yes 5", "/leave")
	if code := shopper.ends(); code != exitOK {
		t.Errorf("the shopper's end is %d", code)
	}

	expert := nobody.chat("", d.command(t, "fixfirst chat --as expert")[1:]...)
	expert.types("/accept", "Hello, I am no script", "/wait", "/step kettle.en 1 dry-the-base-and-the-bottom-of-the-kettle", "/wait")
	expert.shown.wait("[1] rings: KETTLE-1 of hearth, en")
	expert.shown.sees("shopper: (simulated shopper) My kettle stays cold.")
	expert.shown.sees("[1] shopper: step Dry the base and the bottom of the kettle: ")
	expert.types("/close KEPT_UNFIXED", "/quit")
	expert.types("/quit") // and what has come meanwhile goes to others
	if code := expert.ends(); code != exitOK {
		t.Errorf("the expert's end is %d: %q, %q", code, expert.shown.lines, expert.told.lines)
	}

	for _, c := range d.Commands {
		if strings.HasPrefix(c.Command, "fixfirst ") && !strings.HasPrefix(c.Command, "fixfirst chat") {
			if got := (running{}).fixfirst(t, "", d.command(t, c.Command)...); got.code != exitOK || got.out == "" {
				t.Errorf("%s gave %+v", c.Command, got)
			}
		}
	}
	another := startLiveDemo(t, db)
	d.told.wait("the simulated experts and shoppers have gone: another start of the demo on this database has made new keys")
	if code := d.stop(); code != exitOK || len(d.told.lines) > 1 {
		t.Errorf("the first demo ended with %d: %q", code, d.told.lines)
	}
	if code := another.stop(); code != exitOK || len(another.told.lines) > 0 {
		t.Errorf("the demo ended with %d: %q", code, another.told.lines)
	}
	var left bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&left, 2); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"demoLive", "demoExpert", "demoVisitor", "(*feed)", "insist"} {
		if strings.Contains(left.String(), part) {
			t.Errorf("a goroutine of %s is left:\n%s", part, left.String())
		}
	}
}

// log is a session's log without a server, for scripts to talk over.
type log struct {
	expert  expertTalk
	shopper shopperTalk
	seq     int32
}

func (l *log) add(e *pb.SessionEvent) {
	l.seq++
	e.Seq = l.seq
	l.expert.take(e)
	l.shopper.take(e)
}

func (l *log) says(by pb.SessionEvent_Sender, step bool) {
	m := &pb.SessionEvent_Message{Text: "words"}
	if step {
		m = &pb.SessionEvent_Message{Step: &pb.SessionEvent_StepCard{Step: "dry-it"}}
	}
	l.add(&pb.SessionEvent{Sender: by, Event: &pb.SessionEvent_Message_{Message: m}})
	if by == pb.SessionEvent_EXPERT {
		l.expert.sent = l.seq
	} else {
		l.shopper.sent = l.seq
	}
}

func (l *log) becomes(state pb.Session_State) {
	l.add(&pb.SessionEvent{Sender: pb.SessionEvent_SYSTEM, Event: &pb.SessionEvent_StateChange_{StateChange: &pb.SessionEvent_StateChange{State: state}}})
}

// shopperMoves lets the shopper do what comes next.
func (l *log) shopperMoves() shopperMove {
	move := l.shopper.move()
	switch move {
	case shopperOpens, shopperTells, shopperReplies, shopperAsks:
		l.says(pb.SessionEvent_SHOPPER, false)
	case shopperTries:
		result := l.shopper.try()
		l.add(&pb.SessionEvent{Sender: pb.SessionEvent_SHOPPER, Event: &pb.SessionEvent_StepResult_{StepResult: &pb.SessionEvent_StepResult{Step: "dry-it", Result: result}}})
		l.says(pb.SessionEvent_SHOPPER, false)
	case shopperLeaves:
		l.becomes(pb.Session_WRAP_UP)
	}
	return move
}

// TestDemoScriptsMeet lets the scripts of expert and shopper talk with each other.
func TestDemoScriptsMeet(t *testing.T) {
	for _, c := range []struct {
		name    string
		fixable bool
		cure    int
		want    pb.Session_Disposition
		moves   []demoMove // of the expert
	}{
		{"the first step helps", true, 1, pb.Session_FIXED_KEPT, []demoMove{moveGreet, moveStep, moveGood, moveClose}},
		{"the second step helps", true, 2, pb.Session_FIXED_KEPT, []demoMove{moveGreet, moveStep, moveStep, moveGood, moveClose}},
		{"nothing helps", false, 1, pb.Session_RETURN_TRUE_FAULT, []demoMove{moveGreet, moveStep, moveStep, moveFaulty, moveClose}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &log{expert: expertTalk{steps: demoSteps}, shopper: shopperTalk{fixable: c.fixable, cure: c.cure}}
			l.becomes(pb.Session_QUEUED)
			l.shopperMoves()
			l.becomes(pb.Session_ACTIVE)
			var moves []demoMove
			for len(moves) < 20 && (len(moves) == 0 || moves[len(moves)-1] != moveClose) {
				move := l.expert.next()
				moves = append(moves, move)
				switch move {
				case moveStep:
					l.says(pb.SessionEvent_EXPERT, false)
					l.says(pb.SessionEvent_EXPERT, true)
				case moveClose:
				default:
					l.says(pb.SessionEvent_EXPERT, false)
				}
				if !l.shopper.over() {
					l.shopperMoves()
				}
			}
			if !slices.Equal(moves, c.moves) || l.expert.disposition() != c.want || l.shopper.solved != c.fixable {
				t.Errorf("the expert did %v and says %s; solved %t", moves, l.expert.disposition(), l.shopper.solved)
			}
		})
	}
}

// TestDemoExpertWithAPerson: who writes as people do is reminded of the step, asked whether they are there, and let go.
func TestDemoExpertWithAPerson(t *testing.T) {
	l := &log{expert: expertTalk{steps: demoSteps}}
	l.becomes(pb.Session_ACTIVE)
	next := func(want demoMove) {
		t.Helper()
		if got := l.expert.next(); got != want {
			t.Fatalf("next is %d, want %d", got, want)
		}
	}
	next(moveGreet)
	l.says(pb.SessionEvent_EXPERT, false)
	next(moveAsk)
	l.says(pb.SessionEvent_SHOPPER, false)
	next(moveStep)
	l.expert.sent = l.seq + 1
	if least, _ := l.expert.patience(); least < demoAsksAfter {
		t.Error("the expert goes on before the log shows what was sent")
	}
	l.says(pb.SessionEvent_EXPERT, true)
	for range 2 {
		l.says(pb.SessionEvent_SHOPPER, false)
		next(moveRemind)
		l.says(pb.SessionEvent_EXPERT, false)
	}
	next(moveAsk)
	l.expert.asked = true
	l.says(pb.SessionEvent_EXPERT, false)
	next(moveClose)
	if got := l.expert.disposition(); got != pb.Session_ABANDONED_IN_CHAT {
		t.Errorf("it ended as %s", got)
	}
}

// TestDemoShopperWithAPerson: a simulated shopper answers whatever an expert writes, tries what is sent, and does not stay for ever.
func TestDemoShopperWithAPerson(t *testing.T) {
	l := &log{shopper: shopperTalk{fixable: true, cure: 1}}
	l.becomes(pb.Session_QUEUED)
	var moves []shopperMove
	for n := 0; n < 12 && !l.shopper.over(); n++ {
		if n == 1 {
			l.becomes(pb.Session_ACTIVE)
		}
		if n > 0 {
			l.says(pb.SessionEvent_EXPERT, false)
		}
		moves = append(moves, l.shopperMoves())
	}
	if want := []shopperMove{shopperOpens, shopperTells, shopperReplies, shopperReplies, shopperReplies, shopperLeaves}; !slices.Equal(moves, want) {
		t.Errorf("the shopper did %v, want %v", moves, want)
	}
	l = &log{shopper: shopperTalk{}}
	l.becomes(pb.Session_ACTIVE)
	for _, want := range []shopperMove{shopperOpens, shopperAsks, shopperLeaves} { // with nobody who says anything
		if got := l.shopperMoves(); got != want {
			t.Errorf("alone, the shopper does %d, want %d", got, want)
		}
	}
}

// TestDemoTalksAboutAllProducts: each product has its words in each language that its guide is in, and a guide with enough steps.
func TestDemoTalksAboutAllProducts(t *testing.T) {
	files, err := samples.Guides.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range demoProducts {
		var languages []string
		for _, f := range files {
			if name, ok := strings.CutPrefix(f.Name(), p.guide+"."); ok {
				languages = append(languages, strings.TrimSuffix(name, ".md"))
				text, err := samples.Guides.ReadFile(f.Name())
				if steps := strings.Count(string(text), "\n## "); err != nil || steps < 1+demoSteps {
					t.Errorf("%s has %d steps, %v", f.Name(), steps, err)
				}
			}
		}
		if !slices.Equal(languages, demoLocales(p.sku)) {
			t.Errorf("%s has guides in %v and words in %v", p.sku, languages, demoLocales(p.sku))
		}
		for _, language := range languages {
			trouble, words := demoTalk(p.sku, language+"-XX")
			if trouble != demoTroubles[p.sku][language] || trouble.opening == "" || trouble.question == "" || trouble.detail == "" || !strings.Contains(words.greet, "NAME") {
				t.Errorf("%s in %s: %+v", p.sku, language, trouble)
			}
		}
	}
	for language, words := range demoLanguages {
		for _, said := range []string{words.greet, words.shopper} {
			if !strings.Contains(said, map[string]string{"en": "simulated", "zh": "模拟"}[language]) {
				t.Errorf("%q does not say what it is", said)
			}
		}
	}
}
