package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func (h *help) session(name string) *pb.Session {
	h.t.Helper()
	s := &pb.Session{}
	if err := h.admin.call(h.t.Context(), http.MethodGet, "/v1/"+name, nil, s); err != nil {
		h.t.Fatal(err)
	}
	return s
}

// TestChatOverARestart lets a shopper and an expert talk, the server stop and start in between, and neither miss or repeat a line.
func TestChatOverARestart(t *testing.T) {
	h := newHelp(t)
	mia := h.chat(h.expertKey("mia"), "--as", "expert", "--expert", "mia")
	mia.told.wait("you are AVAILABLE")
	shopper := h.asShopper()
	shopper.shown.wait("offered: chat with an expert")
	shopper.shown.wait("refund: https://shop.example/refund")
	shopper.types("My kettle stays cold")
	mia.shown.wait("[1] rings: KETTLE-1 of acme, en")
	mia.types("/accept", "What does the light show?")
	mia.shown.wait("[1] shopper: My kettle stays cold")
	mia.shown.wait("[1] you: What does the light show?")
	shopper.shown.wait("automatic: An expert is here. (mia)")
	shopper.shown.wait("mia (expert): What does the light show?")

	if log := h.stop(); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("the server logged errors: %s", log)
	}
	shopper.told.wait("no connection")
	mia.told.wait("no connection")
	shopper.types("It is off", "all the time")
	mia.types("Please wait", "I look it up")
	h.start()
	for n, want := range []string{"you: It is off", "you: all the time"} {
		shopper.shown.wait(want)
		mia.shown.sees([]string{"[1] shopper: It is off", "[1] shopper: all the time"}[n])
	}
	shopper.shown.sees("mia (expert): Please wait")
	shopper.shown.sees("mia (expert): I look it up")

	mia.types("/search cold", "/step kettle.en 1 look-at-it")
	shopper.shown.wait("step 1 from mia (expert): Look at it")
	shopper.shown.wait("/fixed 1")
	shopper.types("/not-fixed")
	mia.shown.wait("[1] shopper: step Look at it: did not help")
	mia.types("/reply hello")
	shopper.shown.wait("mia (expert): Hello, I help with your Kettle.")
	shopper.types("/answer yes 5 thank you", "/leave")
	shopper.shown.wait("automatic: You have ended the conversation.")
	mia.shown.wait("the shopper has ended the conversation; say how it ended with /close")
	mia.types("/close fixed-kept it was the switch")
	mia.shown.wait("[1] is out of your hands")
	if code := shopper.ends(); code != exitOK {
		t.Errorf("the shopper's end is %d", code)
	}
	if code := mia.ends(); code != exitOK {
		t.Errorf("the expert's end is %d", code)
	}
	for _, line := range []string{"My kettle stays cold", "What does the light show?", "It is off", "all the time", "Please wait", "I look it up", "I help with your Kettle", "did not help"} {
		for name, who := range map[string]*chatter{"shopper": shopper, "expert": mia} {
			if n := who.shown.count(line); n != 1 {
				t.Errorf("the %s sees %q %d times", name, line, n)
			}
		}
	}
	list := &pb.ListSessionsResponse{}
	if err := h.admin.call(t.Context(), http.MethodGet, "/v1/sessions", nil, list); err != nil || len(list.GetSessions()) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	s := h.session(list.GetSessions()[0].GetName())
	if s.GetDisposition() != pb.Session_FIXED_KEPT || s.GetNote() != "it was the switch" || s.GetAnswer().GetScore() != 5 || s.GetAnswer().GetComment() != "thank you" {
		t.Errorf("the session is %v", s)
	}
}

// TestChatResumes ends the shopper's program in the middle of a chat; the next one shows all of it and goes on.
func TestChatResumes(t *testing.T) {
	h := newHelp(t)
	mia := h.chat(h.expertKey("mia"), "--as", "expert", "--expert", "mia", "--auto-accept")
	mia.told.wait("you are AVAILABLE")
	first := h.asShopper()
	first.types("My kettle stays cold")
	mia.shown.wait("[1] in hand: KETTLE-1 of acme, en")
	mia.shown.wait("[1] shopper: My kettle stays cold")
	first.shown.wait("you: My kettle stays cold") // from now on it is confirmed
	first.interrupt()
	if code := <-first.code; code != exitOK {
		t.Errorf("interrupted, it is %d", code)
	}
	again := h.chat(first.shopperSecret, "--as", "shopper", "--intercept", first.intercept)
	again.shown.wait("you: My kettle stays cold")
	again.types("It is me again", "/refund")
	again.shown.wait("you: It is me again")
	mia.shown.wait("[1] shopper: It is me again")
	mia.types("/wrap", "/close RETURN_TRUE_FAULT")
	again.shown.wait("automatic: The conversation is closed.")
	if code := again.ends(); code != exitOK {
		t.Errorf("the shopper's end is %d", code)
	}
	third := h.chat(first.shopperSecret, "--as", "shopper", "--intercept", first.intercept)
	third.shown.wait("automatic: You are in contact.")
	third.types("/leave")
	if code := third.ends(); code != exitOK || third.shown.count("It is me again") > 0 { // what is closed stays closed: this is another chat
		t.Errorf("the shopper's end is %d: %q", code, third.shown.lines)
	}
}

// TestChatFromScripts: both ends are files of lines, and -o json prints one event a line.
func TestChatFromScripts(t *testing.T) {
	h := newHelp(t)
	mia := h.chat(h.expertKey("mia"), "--as", "expert", "--expert", "mia", "-o", "json")
	mia.script("/accept\nHello\n/wait\n/step kettle.en 1 look-at-it\n/context\n/replies\n/search cold\n/wait\n/close FIXED_KEPT\n")
	mia.shown.wait(`"AVAILABLE"`)
	shopper := h.asShopper("-o", "json")
	shopper.script("/wait\nIt is cold\n/fixed\n/answer yes 4\n/refund\n/leave\n")
	for name, who := range map[string]*chatter{"shopper": shopper, "expert": mia} {
		if code := who.finishes(); code != exitOK {
			t.Errorf("the %s's end is %d: %q", name, code, who.told.lines)
		}
	}
	seen := map[string]int{}
	for name, who := range map[string]*chatter{"shopper": shopper, "expert": mia} {
		last := 0
		for _, line := range who.shown.lines {
			var kinds map[string]json.RawMessage
			if err := json.Unmarshal([]byte(line), &kinds); err != nil {
				t.Fatalf("the %s's output has %q: %v", name, line, err)
			}
			for kind := range kinds {
				seen[name+" "+kind]++
			}
			var happened struct{ Event struct{ Seq int } }
			if err := json.Unmarshal([]byte(line), &happened); err != nil {
				t.Fatal(err)
			}
			if seq := happened.Event.Seq; seq > 0 && seq != last+1 {
				t.Errorf("the %s sees event %d after %d", name, seq, last)
			} else {
				last = max(last, seq)
			}
		}
	}
	for _, kind := range []string{"shopper intercept", "shopper event", "shopper refundUrl", "expert work", "expert event", "expert context", "expert replies", "expert results"} {
		if seen[kind] == 0 {
			t.Errorf("no %s; there are %v", kind, seen)
		}
	}
}

// TestChatOfSeveral: an expert with two chats writes into the one that is meant, hands one on, and is asked for the other.
func TestChatOfSeveral(t *testing.T) {
	h := newHelp(t)
	mia := h.chat(h.expertKey("mia"), "--as", "expert", "--expert", "mia")
	mia.told.wait("you are AVAILABLE")
	one := h.asShopper()
	one.types("first")
	mia.shown.wait("[1] rings")
	mia.types("/accept 1")
	mia.shown.wait("[1] shopper: first")
	two := h.asShopper()
	two.types("second")
	mia.shown.wait("[2] rings")
	mia.types("/accept 2", "to two", "/switch 1", "to one", "/sessions", "/nonsense", "/close", "/step kettle.en", "/transfer")
	one.shown.wait("mia (expert): to one")
	two.shown.wait("mia (expert): to two")
	mia.shown.wait("[1] KETTLE-1 of acme, en: active, you write here")
	for _, wrong := range []string{"there is no /nonsense", "say how it ended: FIXED_KEPT, KEPT_UNFIXED", "write /step GUIDE REVISION STEP", "a note for the next expert is missing"} {
		mia.told.wait(wrong)
	}
	ben := h.chat(h.expertKey("ben"), "--as", "expert", "--expert", "ben", "--auto-accept")
	ben.told.wait("you are AVAILABLE")
	mia.types("/note the shopper is in a hurry", "/transfer @ben looked at the base", "/quit")
	ben.shown.wait("[1] shopper: first")
	ben.types("I go on", "/context")
	ben.shown.wait("note of mia: looked at the base")
	one.shown.wait("ben (expert): I go on")
	mia.told.wait("in hand: /close or /transfer each")
	mia.told.wait("you are BUSY, then OFFLINE")
	mia.types("/switch 2", "/close KEPT_UNFIXED")
	if code := mia.ends(); code != exitRefused {
		t.Errorf("after lines that cannot be meant the end is %d", code)
	}
	if n := two.shown.count("to one"); n != 0 {
		t.Error("a message went to the wrong shopper")
	}
}

func TestChatIsNotOffered(t *testing.T) {
	h := newHelp(t) // with nobody on
	shopper := h.chat("", "--as", "shopper", "--seller", "acme", "--sku", "KETTLE-1", "--storefront-key", h.storefrontKey)
	shopper.shown.wait("offered: guide: My kettle")
	shopper.shown.wait("refund: https://shop.example/refund")
	if code := shopper.ends(); code != exitFailure || shopper.shown.count("offered: chat") > 0 {
		t.Errorf("the end is %d: %q", code, shopper.shown.lines)
	}
	shopper.told.wait("no chat is offered: no expert would answer in time; take what is offered above, or the refund")
}

func TestChatMistakes(t *testing.T) {
	h := newHelp(t)
	key := h.expertKey("mia")
	server := []string{"--server", "http://" + h.address, "--key", key}
	nobody := running{}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no side", nil, exitUsage, `--as "": use shopper or expert`},
		{"a third side", []string{"--as", "robot"}, exitUsage, `--as "robot": use shopper or expert`},
		{"an expert without a name", []string{"--as", "expert"}, exitUsage, "--expert is missing"},
		{"a shopper without an intercept", []string{"--as", "shopper"}, exitUsage, "--intercept is missing"},
		{"half of what it takes to try", []string{"--as", "shopper", "--seller", "acme"}, exitUsage, "give --seller and --sku"},
		{"two intercepts", []string{"--as", "shopper", "--intercept", "a", "--seller", "acme", "--sku", "K"}, exitUsage, "--intercept beside --seller"},
		{"an expert's flag", []string{"--as", "shopper", "--intercept", "a", "--auto-accept"}, exitUsage, "--auto-accept is not for --as shopper"},
		{"a shopper's flag", []string{"--as", "expert", "--expert", "mia", "--sku", "K"}, exitUsage, "--sku is not for --as expert"},
		{"no key", []string{"--as", "expert", "--expert", "mia"}, exitUsage, "no key"},
		{"no server", []string{"--as", "expert", "--expert", "mia", "--server", "http://127.0.0.1:1", "--key", "k"}, exitFailure, "start one with fixfirst serve"},
		{"another's name", append([]string{"--as", "expert", "--expert", "ben"}, server...), exitFailure, "the key is not that of --expert ben"},
		{"a key that does not work", append([]string{"--as", "expert", "--expert", "mia"}, server[0], server[1], "--key", "ff_live_none"), exitFailure, "check --key"},
		{"no such intercept", append([]string{"--as", "shopper", "--intercept", "none"}, server...), exitFailure, "not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := nobody.fixfirst(t, "", append([]string{"chat"}, c.args...)...)
			if got.code != c.code || !strings.Contains(got.err, c.says) || got.out != "" {
				t.Errorf("gave %d, %q on stdout and %q; want %d and %q", got.code, got.out, got.err, c.code, c.says)
			}
		})
	}
}

func TestChatCommands(t *testing.T) {
	for _, c := range []struct {
		text, name, rest string
		isCommand        bool
	}{
		{"hello", "", "hello", false},
		{"/leave", "leave", "", true},
		{"  /Answer  yes 5 ", "answer", "yes 5", true},
		{"//leave", "", "/leave", false},
		{"and/or", "", "and/or", false},
		{"a\xffb", "", "a\uFFFDb", false},
	} {
		if name, rest, isCommand := command(c.text); name != c.name || rest != c.rest || isCommand != c.isCommand {
			t.Errorf("%q is %q, %q, %t", c.text, name, rest, isCommand)
		}
	}
	for d, want := range map[time.Duration]string{0: "a few seconds", 4 * time.Second: "about 5 seconds", 31 * time.Second: "about 30 seconds", 150 * time.Second: "about 3 minutes"} {
		if got := plainWait(d); got != want {
			t.Errorf("%s reads %q, want %q", d, got, want)
		}
	}
	if got := fmt.Sprint(waitWords(&pb.SessionEvent_Wait{QueuePosition: 3})); got != "place 3 in the queue" {
		t.Errorf("a wait that nobody can tell reads %q", got)
	}
}
