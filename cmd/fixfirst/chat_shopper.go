package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

var shopperCommands = [][2]string{
	{"/fixed, /not-fixed, /skip [N]", "what step N did, or the last one that was sent"},
	{"/answer yes|no [1-5] [comment]", "did this solve your problem? and how good was the help"},
	{"/refund", "the refund link"},
	{"/leave", "end the conversation"},
	{"/quit", "end this program; the conversation stays open until you leave it"},
	{"/help", "this list"},
}

// sentCard is a step that the expert sent.
type sentCard struct {
	*pb.SessionEvent_StepCard
	shown    time.Time
	answered bool
}

// shopper is the shopper's end of a chat.
type shopper struct {
	*talk
	intercept *pb.Intercept
	session   *pb.Session
	state     pb.Session_State
	cards     []*sentCard
	wait      string // as it was last shown
	heard     bool   // the expert has written since the shopper's last line
	typing    bool   // it was shown that the expert writes
	answered  bool
	ended     bool // of the input
	quit      bool
}

func (p *program) chatAsShopper(ctx context.Context, o chatOptions) error {
	i, server, err := p.shopperIntercept(ctx, o, newScreen(p))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &shopper{talk: newTalk(ctx, p, server), intercept: i}
	s.screen.showOffer(i)
	if s.session, err = s.begin(ctx, o.session); err != nil {
		return err
	}
	s.state = s.session.GetState()
	if !s.script {
		s.screen.note("/help lists the commands")
	}
	events := &feed{server: server, path: "/v1/" + s.session.GetName() + "/events:stream", take: func(data []byte) {
		e := &pb.SessionEvent{}
		err := readReply(data, e)
		s.post(ctx, func() { s.event(e, err) })
	}, state: func(err error) { s.post(ctx, func() { s.connection(err) }) }}
	s.running.Go(func() {
		err := events.follow(ctx)
		s.post(ctx, func() { s.failed = err })
	})
	return s.run(ctx, cancel, s, nil)
}

// begin resumes the chat of the intercept, or starts one. A request id finds the one that this program began before; one that
// is over is followed by the next.
func (s *shopper) begin(ctx context.Context, name string) (*pb.Session, error) {
	session := &pb.Session{}
	if name != "" {
		return session, s.server.call(ctx, http.MethodGet, resourcePath("sessions", name), nil, session)
	}
	if !s.intercept.GetOffer().GetChat().GetAvailable() {
		return nil, errNoChat(s.intercept)
	}
	for n := 1; ; n++ {
		session = &pb.Session{}
		if err := s.server.call(ctx, http.MethodPost, "/v1/"+s.intercept.GetName()+"/sessions",
			&pb.CreateSessionRequest{Channel: pb.Session_CHAT, RequestId: "chat-" + strconv.Itoa(n)}, session); err != nil {
			return nil, err // which says what there is instead
		}
		if session.GetState() == pb.Session_QUEUED || session.GetState() == pb.Session_ACTIVE {
			return session, nil
		}
	}
}

func (s *shopper) talkOver() bool {
	return s.state == pb.Session_WRAP_UP || s.state == pb.Session_CLOSED
}

// over: somebody at a terminal still wants to answer after the talk; a script has said what it had to say.
func (s *shopper) over() bool {
	return s.jobs.empty() && (s.quit || s.talkOver() && (s.ended || s.answered && !s.script))
}

// prompt has the refund link, where there is room for it.
func (s *shopper) prompt() string {
	if link := "refund: " + s.refund() + " > "; columnsIn(link) <= s.screen.terminal.columns/2 {
		return link
	}
	return "> "
}

func (s *shopper) inputOver(context.Context) {
	s.ended = true
	if s.quit = s.quit || !s.script; s.quit && !s.talkOver() {
		s.screen.note("the conversation stays open; the refund link is %s", s.refund())
	}
}

func (s *shopper) refund() string { return clean(s.intercept.GetRefundUrl()) }

// line takes what the shopper typed.
func (s *shopper) line(ctx context.Context, text string) bool {
	name, rest, isCommand := command(text)
	if !isCommand {
		s.do(ctx, text, "/messages", message(s.session, rest))
		return true
	}
	switch name {
	case "fixed":
		return s.step(ctx, text, rest, pb.Session_FIXED)
	case "not-fixed":
		return s.step(ctx, text, rest, pb.Session_NOT_FIXED)
	case "skip":
		return s.step(ctx, text, rest, pb.Session_SKIPPED)
	case "answer":
		return s.answer(ctx, text, rest)
	case "refund":
		s.screen.record(map[string]any{"refundUrl": s.intercept.GetRefundUrl()})
		s.screen.data(refundLine(s.screen.terminal, s.intercept.GetRefundUrl()))
	case "leave":
		s.do(ctx, text, ":leave", &pb.LeaveSessionRequest{})
	case "quit":
		s.quit = true
		s.inputOver(ctx)
	case "wait":
		if s.script && !s.talkOver() && !(s.heard && s.jobs.empty()) {
			return false
		}
		s.heard = false
	case "help":
		s.screen.note("%s", helpText(shopperCommands))
	default:
		return s.wrong("there is no /%s; /help lists what there is, and // begins a message with a slash", clean(name))
	}
	return true
}

// do puts a request about the session into the outbox.
func (s *shopper) do(ctx context.Context, typed, action string, body protoMessage) {
	s.heard = false
	s.jobs.add(ctx, job{what: typed, path: "/v1/" + s.session.GetName() + action, body: body})
}

// step records what a step did: the one with the number, or the last that was sent and not answered. From a script it waits for
// one.
func (s *shopper) step(ctx context.Context, typed, number string, result pb.Session_StepResult) bool {
	var card *sentCard
	if number != "" {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(s.cards) && !s.awaited() {
			return s.wrong("%s: there is no step %q; %s sent so far", clean(typed), clean(number), count(len(s.cards), "step"))
		}
		if n > len(s.cards) {
			return false
		}
		card = s.cards[n-1]
	}
	for n := len(s.cards) - 1; n >= 0 && card == nil; n-- {
		if !s.cards[n].answered {
			card = s.cards[n]
		}
	}
	if card == nil {
		if s.awaited() {
			return false
		}
		return s.wrong("%s: the expert has sent no step that waits for it", clean(typed))
	}
	card.answered = true
	s.do(ctx, typed, ":recordStep", &pb.RecordStepRequest{Guide: card.GetGuide(), Revision: card.GetRevision(), Step: card.GetStep(), Result: result,
		Elapsed: durationpb.New(time.Since(card.shown).Truncate(time.Second))})
	return true
}

// awaited tells whether a script may wait for what the expert sends.
func (s *shopper) awaited() bool { return s.script && !s.talkOver() }

// answer gives the answer to "Did this solve your problem?".
func (s *shopper) answer(ctx context.Context, typed, rest string) bool {
	solved, rest, _ := strings.Cut(rest, " ")
	request := &pb.AnswerSessionRequest{Solved: pb.Session_Solved(pb.Session_Solved_value[strings.ToUpper(solved)])}
	if request.GetSolved() == 0 {
		return s.wrong("%s: write /answer yes or /answer no, and 1 to 5 behind it if you like", clean(typed))
	}
	rest = strings.TrimSpace(rest)
	if score, comment, _ := strings.Cut(rest, " "); len(score) == 1 && score >= "1" && score <= "5" {
		n := int32(score[0] - '0')
		request.Score, rest = &n, strings.TrimSpace(comment)
	}
	request.Comment = rest
	s.jobs.add(ctx, job{what: typed, path: "/v1/" + s.session.GetName() + ":answer", body: request, done: func() {
		s.answered = true
		s.screen.note("thank you, your answer is kept")
	}})
	return true
}

// event shows what happened in the session.
func (s *shopper) event(e *pb.SessionEvent, err error) {
	if err != nil {
		s.failed = err
		return
	}
	s.screen.record(map[string]any{"session": s.session.GetName(), "event": asJSON(e)})
	who, colour := s.who(e)
	switch what := e.GetEvent().(type) {
	case *pb.SessionEvent_Message_:
		s.heard = s.heard || e.GetSender() == pb.SessionEvent_EXPERT
		s.typing = false
		s.message(who, colour, what.Message)
	case *pb.SessionEvent_StateChange_:
		s.changed(who, colour, what.StateChange)
	case *pb.SessionEvent_StepResult_:
		s.screen.data(s.screen.block(who, colour, stepWords(s.stepName(what.StepResult), what.StepResult.GetResult())))
	case *pb.SessionEvent_Typing_:
		if e.GetSender() == pb.SessionEvent_EXPERT && !s.typing {
			s.typing = true
			s.screen.note("%s is writing", who)
		}
	case *pb.SessionEvent_Wait_:
		if words := waitWords(what.Wait); words != s.wait && s.state == pb.Session_QUEUED {
			s.wait = words
			s.screen.data(s.screen.block("waiting", yellow, words+" (predicted)") + refundLine(s.screen.terminal, s.intercept.GetRefundUrl()))
		}
	}
}

// who names the sender of an event for the shopper: what is automatic is called so, and who helps is called an expert.
func (s *shopper) who(e *pb.SessionEvent) (string, colour) {
	switch e.GetSender() {
	case pb.SessionEvent_SHOPPER:
		return "you", faint
	case pb.SessionEvent_EXPERT:
		return clean(e.GetExpert()) + " (expert)", green
	}
	return "automatic", yellow
}

// message shows what somebody wrote, or a step with its number.
func (s *shopper) message(who string, colour colour, m *pb.SessionEvent_Message) {
	s.jobs.seen(m)
	if m.GetText() != "" {
		s.screen.data(s.screen.block(who, colour, m.GetText()))
	}
	if m.GetMasked() {
		s.screen.note("what looked like a card number was masked; nobody here needs it")
	}
	card := m.GetStep()
	if card == nil {
		return
	}
	s.cards = append(s.cards, &sentCard{card, time.Now(), false})
	s.screen.data(s.screen.card(fmt.Sprintf("step %d from %s: %s", len(s.cards), who, card.GetTitle()), card) +
		fmt.Sprintf("  try it, then: /fixed %[1]d, /not-fixed %[1]d or /skip %[1]d\n", len(s.cards)))
}

// changed shows a change of state in plain words, with the refund link.
func (s *shopper) changed(who string, colour colour, c *pb.SessionEvent_StateChange) {
	wasOver := s.talkOver()
	s.state, s.wait = c.GetState(), ""
	words := c.GetText()
	if c.GetExpert() != "" && s.state == pb.Session_ACTIVE {
		words += " (" + c.GetExpert() + ")"
	}
	s.screen.data(s.screen.block(who, colour, words) + refundLine(s.screen.terminal, s.intercept.GetRefundUrl()))
	if s.talkOver() && !wasOver && !s.answered && !s.script {
		s.screen.note("did this solve your problem? /answer yes|no [1-5], or /quit")
	}
}

// stepName is the title of a step that was sent, or its id.
func (s *shopper) stepName(r *pb.SessionEvent_StepResult) string {
	for n, c := range s.cards {
		if c.GetGuide() == r.GetGuide() && c.GetStep() == r.GetStep() && c.GetRevision() == r.GetRevision() {
			c.answered = true // also in an earlier run of this program
			return fmt.Sprintf("step %d, %s", n+1, c.GetTitle())
		}
	}
	return r.GetStep()
}
