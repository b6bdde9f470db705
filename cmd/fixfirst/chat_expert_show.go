package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// event shows what happened in a chat.
func (x *expert) event(c *expertChat, e *pb.SessionEvent, err error) {
	if err != nil {
		x.failed = err
		return
	}
	if e.GetSeq() > 0 {
		c.last = strconv.Itoa(int(e.GetSeq()))
	}
	x.screen.record(map[string]any{"session": c.session.GetName(), "event": asJSON(e)})
	who, colour := x.who(e)
	who = fmt.Sprintf("[%d] %s", c.number, who)
	switch what := e.GetEvent().(type) {
	case *pb.SessionEvent_Message_:
		if e.GetSender() == pb.SessionEvent_SHOPPER {
			c.heard, c.typing = true, false
			x.screen.ring()
		}
		x.message(c, who, colour, what.Message)
	case *pb.SessionEvent_StateChange_:
		x.screen.data(x.screen.block(who, colour, changeForExpert(what.StateChange)))
		if what.StateChange.GetState() == pb.Session_CLOSED && c.end != nil { // it never reopens
			c.end()
		}
	case *pb.SessionEvent_StepResult_:
		r := what.StepResult
		c.heard = true
		x.screen.data(x.screen.block(who, colour, stepWords("step "+cmp.Or(c.steps[r.GetStep()], r.GetStep()), r.GetResult())))
	case *pb.SessionEvent_Typing_:
		if e.GetSender() == pb.SessionEvent_SHOPPER && !c.typing {
			c.typing = true
			x.screen.note("%s is writing", who)
		}
	}
}

// who names the sender of an event for the expert.
func (x *expert) who(e *pb.SessionEvent) (string, colour) {
	switch {
	case e.GetSender() == pb.SessionEvent_SHOPPER:
		return "shopper", green
	case e.GetSender() == pb.SessionEvent_EXPERT && e.GetExpert() == x.name:
		return "you", faint
	case e.GetSender() == pb.SessionEvent_EXPERT:
		return clean(e.GetExpert()) + " (expert)", blue
	}
	return "automatic", yellow
}

func (x *expert) message(c *expertChat, who string, colour colour, m *pb.SessionEvent_Message) {
	x.jobs.seen(m)
	text := m.GetText()
	if card := m.GetStep(); card != nil {
		c.steps[card.GetStep()] = card.GetTitle()
		text = "sent the step " + card.GetTitle()
	}
	if m.GetMasked() {
		text += " (something that looked like a card number was masked)"
	}
	x.screen.data(x.screen.block(who, colour, text))
}

// changeForExpert says what a change means to the expert; its own text is the shopper's.
func changeForExpert(c *pb.SessionEvent_StateChange) string {
	const ended = "; say how it ended with /close"
	words := map[string]string{
		"STARTED": "the shopper has come", "ACCEPTED": "accepted by " + c.GetExpert(), "TRANSFERRED": "handed on", "TAKEN_OVER": "given to " + c.GetExpert() + " by a supervisor",
		"EXPERT_LOST": "the expert's connection was lost", "SHOPPER_LEFT": "the shopper has ended the conversation" + ended, "WRAP_UP": "the talk is over" + ended,
		"IDLE": "nobody wrote for long, the talk is over" + ended, "CLOSED": "closed", "NOBODY_COMES": "nobody came in time", "LEFT_UNFINISHED": "closed without a word how it ended",
	}[c.GetReason()]
	return cmp.Or(words, c.GetReason()+": "+c.GetText())
}

// list shows what is in hand and what rings.
func (x *expert) list() {
	shown := 0
	for _, c := range x.chats {
		state := "rings"
		switch {
		case c.mine:
			state = strings.ToLower(c.session.GetState().String())
		case !c.rings && !c.coming:
			continue
		}
		if c == x.current {
			state += ", you write here"
		}
		x.screen.data(x.screen.terminal.wrap(fmt.Sprintf("[%d] ", c.number), "    ", x.about(c.session)+": "+state))
		shown++
	}
	if shown == 0 {
		x.screen.note("no chat is in hand, none rings; %d waiting", x.work.GetWaiting())
	}
}

// context shows what an expert should have at hand.
func (s *screen) context(number int, c *pb.SessionContext) string {
	t, item, i := s.terminal, c.GetItem(), c.GetIntercept()
	var b strings.Builder
	b.WriteString(s.titled(fmt.Sprintf("[%d] %s, %s", number, cmp.Or(item.GetTitle(), i.GetSku()), i.GetSku()), "  ", ""))
	fact := func(name, text string) {
		if strings.TrimSpace(text) != "" {
			b.WriteString(t.wrap("  "+clean(name)+": ", "    ", text))
		}
	}
	fact("order", i.GetOrderId())
	fact("reason", i.GetReason())
	fact("comment", i.GetComment())
	fact("category", item.GetCategory())
	fact("brand", item.GetBrand())
	fact("manual", item.GetManualUrl())
	for _, name := range slices.Sorted(maps.Keys(item.GetSpecs())) {
		fact(name, item.GetSpecs()[name])
	}
	for _, q := range item.GetQuestions() {
		fact("Q", q.GetQuestion())
		fact("A", q.GetAnswer())
	}
	for _, e := range c.GetEarlierSessions() {
		fact("earlier", fmt.Sprintf("%s %s %s", e.GetChannel(), e.GetState(), e.GetDisposition()))
	}
	for _, n := range c.GetSession().GetNotes() {
		fact("note of "+n.GetExpert(), n.GetText())
	}
	for _, f := range c.GetFixes() {
		what := cmp.Or(f.GetTitle(), f.GetStep(), f.GetDisposition().String())
		if f.GetStep() != "" {
			what += fmt.Sprintf(" (%s#%s)", lastOf(f.GetGuide()), f.GetStep())
		}
		fact("helped before", fmt.Sprintf("%s: %d of %d, %s", what, f.GetFixed(), f.GetTried(), f.GetScope()))
	}
	return b.String()
}

// results shows steps that were found, each with the line that sends it.
func (s *screen) results(found *pb.SearchGuidesResponse) string {
	if len(found.GetResults()) == 0 {
		return "nothing published matches these words\n"
	}
	var b strings.Builder
	for n, r := range found.GetResults() {
		title := r.GetTitle()
		if r.GetStepTitle() != "" {
			title += " / " + r.GetStepTitle()
		}
		fmt.Fprintf(&b, "%d. %s\n", n+1, s.terminal.paint(bold, clean(title)))
		if r.GetSnippet() != "" {
			fmt.Fprintf(&b, "   %s\n", s.terminal.snippet(r.GetSnippet()))
		}
		if r.GetStep() != "" {
			fmt.Fprintf(&b, "   /step %s %d %s\n", clean(lastOf(r.GetGuide())), r.GetRevision(), clean(r.GetStep()))
		}
	}
	return b.String()
}

// replies lists ready replies with the text that this shopper would get.
func (s *screen) replies(found *pb.ListRepliesResponse, locale string) string {
	if len(found.GetReplies()) == 0 {
		return "the seller has no ready replies\n"
	}
	var b strings.Builder
	for _, r := range found.GetReplies() {
		language, _, _ := strings.Cut(locale, "-")
		text := cmp.Or(r.GetTexts()[locale], r.GetTexts()[language], r.GetTexts()[""])
		b.WriteString(s.titled("/reply "+lastOf(r.GetName())+"  "+r.GetTitle(), "  ", text))
	}
	return b.String()
}
