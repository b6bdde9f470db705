package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// Seconds that simulated experts take.
const (
	demoAcceptsAfter, demoAcceptsBy = 1, 5
	demoSpeaksAfter, demoSpeaksBy   = 2, 5 // to read and write
	demoClosesAfter, demoClosesBy   = 1, 3 // to write up a talk that has ended
	demoAsksAfter                   = 120  // of silence, whether the shopper is still there
	demoGivesUpAfter                = 120  // and after that
)

const (
	demoSteps = 2           // that an expert tries
	demoTag   = "simulated" // of sessions that a simulated expert has closed
)

// demoExpert is a simulated expert: on while the demo runs, and talking in chats by a script.
type demoExpert struct {
	*demoLive
	staff  demoStaff
	server *client
	chats  map[string]bool // sessions that are dealt with, of the goroutine that reads the work stream alone
	over   chan string     // sessions that are not any more
	came   func()          // tells that the expert is on
}

// run works until ctx ends, or the key does.
func (e *demoExpert) run(ctx context.Context) error {
	defer e.came()
	work := make(chan *pb.Work)
	e.over = make(chan string)
	f := &feed{server: e.server, path: "/v1/experts/" + e.staff.name + "/work:stream", take: func(data []byte) {
		w := &pb.Work{}
		if readReply(data, w) != nil {
			return
		}
		select {
		case work <- w:
		case <-ctx.Done():
		}
	}}
	ended := make(chan error, 1)
	e.running.Go(func() { ended <- f.follow(ctx) })
	for {
		select {
		case w := <-work:
			if err := e.look(ctx, w); err != nil {
				return err
			}
		case session := <-e.over:
			delete(e.chats, session)
		case err := <-ended:
			return err
		}
	}
}

// look does what the work asks for.
func (e *demoExpert) look(ctx context.Context, w *pb.Work) error {
	if state := w.GetExpert().GetState(); state == pb.Expert_OFFLINE || state == pb.Expert_AWAY {
		if err := e.server.insist(ctx, http.MethodPost, "/v1/experts/"+e.staff.name+":setPresence", &pb.SetPresenceRequest{State: pb.Expert_AVAILABLE}, nil, nil); err != nil {
			return err
		}
	}
	e.came()
	for _, s := range append(w.GetOffered(), w.GetSessions()...) {
		if e.chats[s.GetName()] {
			continue
		}
		e.chats[s.GetName()] = true
		e.running.Go(func() {
			e.serve(ctx, s)
			select {
			case e.over <- s.GetName():
			case <-ctx.Done():
			}
		})
	}
	return nil
}

// serve accepts a session, after a moment, and talks in it until it is over or somebody else's.
func (e *demoExpert) serve(ctx context.Context, s *pb.Session) {
	if s.GetChannel() != pb.Session_CHAT { // nobody here has a telephone
		_ = e.server.insist(ctx, http.MethodPost, "/v1/"+s.GetName()+":decline", &pb.DeclineSessionRequest{}, nil, nil)
		return
	}
	if s.GetState() == pb.Session_QUEUED {
		if !pause(ctx, e.moment(demoAcceptsAfter, demoAcceptsBy)) {
			return
		}
		if err := e.server.insist(ctx, http.MethodPost, "/v1/"+s.GetName()+":accept", &pb.AcceptSessionRequest{}, nil, nil); err != nil {
			return // it was left, or went to somebody else
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	guide, err := e.guide(ctx, s)
	if err != nil {
		return
	}
	talk := expertTalk{steps: min(demoSteps, len(guide.GetSteps())-1)}
	events := e.events(ctx, e.server, s.GetName())
	for talk.state != pb.Session_CLOSED {
		wait := time.NewTimer(e.moment(talk.patience()))
		select {
		case event, more := <-events:
			if !more {
				wait.Stop()
				return
			}
			talk.take(event)
		case <-wait.C:
			if e.move(ctx, s, guide, &talk) != nil {
				return
			}
		case <-ctx.Done():
		}
		wait.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// guide gives the guide for a session's item.
func (e *demoExpert) guide(ctx context.Context, s *pb.Session) (*pb.Guide, error) {
	found := &pb.ListSkuGuidesResponse{}
	if err := e.server.insist(ctx, http.MethodGet, "/v1/sellers/"+s.GetSeller()+"/skus/"+s.GetSku()+"/guides?locale="+s.GetLocale(), nil, found, nil); err != nil {
		return nil, err
	}
	if len(found.GetGuides()) == 0 || len(found.GetGuides()[0].GetSteps()) < 2 {
		return nil, errors.New("no guide to help with")
	}
	return found.GetGuides()[0], nil
}

// move does what comes next.
func (e *demoExpert) move(ctx context.Context, s *pb.Session, guide *pb.Guide, talk *expertTalk) error {
	trouble, words := demoTalk(s.GetSku(), s.GetLocale())
	next := talk.next()
	switch next {
	case moveGreet:
		name, _, _ := strings.Cut(e.staff.display, " ")
		return e.text(ctx, s, talk, strings.ReplaceAll(words.greet, "NAME", name)+trouble.question)
	case moveStep:
		introduction := words.try
		if talk.cards > 0 {
			introduction = words.tryMore
		}
		if err := e.text(ctx, s, talk, introduction); err != nil {
			return err
		}
		step := guide.GetSteps()[1+talk.cards] // the first is about safety, which the shopper's page shows before a chat
		return e.message(ctx, s, talk, &pb.SendMessageRequest{Step: &pb.SendMessageRequest_StepRef{Guide: guide.GetName(), Revision: guide.GetRevision(), Step: step.GetStep()}})
	case moveRemind:
		return e.text(ctx, s, talk, words.remind)
	case moveGood:
		return e.text(ctx, s, talk, words.good)
	case moveFaulty:
		return e.text(ctx, s, talk, words.faulty)
	case moveAsk:
		talk.asked = true
		return e.text(ctx, s, talk, words.there)
	case moveClose:
		return e.server.insist(ctx, http.MethodPost, "/v1/"+s.GetName()+":close",
			&pb.CloseSessionRequest{Disposition: talk.disposition(), Note: "closed by a simulated expert", Tags: []string{demoTag}}, nil, nil)
	}
	return nil
}

func (e *demoExpert) text(ctx context.Context, s *pb.Session, talk *expertTalk, text string) error {
	return e.message(ctx, s, talk, &pb.SendMessageRequest{Text: text})
}

func (e *demoExpert) message(ctx context.Context, s *pb.Session, talk *expertTalk, m *pb.SendMessageRequest) (err error) {
	talk.sent, err = e.say(ctx, e.server, s.GetName(), m)
	return err
}

// demoMove is what a simulated expert does next.
type demoMove int8

const (
	moveGreet demoMove = iota + 1
	moveStep
	moveRemind
	moveGood
	moveFaulty
	moveAsk
	moveClose
)

// expertTalk is where an expert's talk stands, by the log of the session: what was said in an earlier run counts.
type expertTalk struct {
	steps   int   // to try
	sent    int32 // number of the last message that was sent
	seen    int32 // number of the last event that was taken
	state   pb.Session_State
	said    int  // messages of an expert
	cards   int  // steps that were sent
	open    bool // the last one has no result yet
	result  pb.Session_StepResult
	wrote   bool // the shopper has written since the expert's last words
	closing bool // the last words have been said
	asked   bool // whether the shopper is still there
}

// take notes an event.
func (t *expertTalk) take(e *pb.SessionEvent) {
	t.seen = max(t.seen, e.GetSeq())
	switch what := e.GetEvent().(type) {
	case *pb.SessionEvent_StateChange_:
		t.state = what.StateChange.GetState()
	case *pb.SessionEvent_StepResult_:
		t.open, t.result, t.wrote, t.asked = false, what.StepResult.GetResult(), true, false
	case *pb.SessionEvent_Message_:
		switch {
		case e.GetSender() == pb.SessionEvent_SHOPPER:
			t.wrote, t.asked = true, false
		case what.Message.GetStep() != nil:
			t.cards, t.open, t.wrote = t.cards+1, true, false
		default:
			t.closing = t.closing || t.finished()
			t.said, t.wrote = t.said+1, false
		}
	}
}

// finished tells whether no step is left to try.
func (t *expertTalk) finished() bool {
	return t.cards > 0 && !t.open && (t.result == pb.Session_FIXED || t.cards >= t.steps)
}

// next is what comes next, once nothing has happened for patience.
func (t *expertTalk) next() demoMove {
	switch {
	case t.state == pb.Session_WRAP_UP:
		return moveClose
	case t.said == 0:
		return moveGreet
	case t.wrote && t.open:
		return moveRemind
	case t.wrote && t.finished() && !t.closing && t.result == pb.Session_FIXED:
		return moveGood
	case t.wrote && t.finished() && !t.closing:
		return moveFaulty
	case t.wrote && !t.open && !t.finished():
		return moveStep
	case t.closing || t.asked:
		return moveClose
	}
	return moveAsk
}

// patience is for how many seconds nothing has to happen before the next move, at least and at most.
func (t *expertTalk) patience() (least, most float64) {
	switch move := t.next(); {
	case t.seen < t.sent: // the log has yet to show what was sent
		return demoAsksAfter, demoAsksAfter
	case move == moveClose && t.state == pb.Session_WRAP_UP:
		return demoClosesAfter, demoClosesBy
	case move == moveClose:
		return demoGivesUpAfter, demoGivesUpAfter
	case move == moveAsk:
		return demoAsksAfter, demoAsksAfter
	}
	return demoSpeaksAfter, demoSpeaksBy
}

// disposition is what the expert says about how it ended.
func (t *expertTalk) disposition() pb.Session_Disposition {
	switch {
	case t.result == pb.Session_FIXED:
		return pb.Session_FIXED_KEPT
	case t.finished():
		return pb.Session_RETURN_TRUE_FAULT
	}
	return pb.Session_ABANDONED_IN_CHAT
}
