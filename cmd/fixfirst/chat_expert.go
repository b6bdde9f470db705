package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// farewellTime bounds what an expert who is interrupted still says to the server.
const farewellTime = 2 * time.Second

// expertChat is a session that rings at the expert or is in hand, or was. Its number stays its own.
type expertChat struct {
	number  int
	session *pb.Session // as the work stream last showed it
	rings   bool
	mine    bool               // in hand
	coming  bool               // was accepted here, and the work stream has yet to say so
	heard   bool               // the shopper has written since the expert's last line
	typing  bool               // it was shown that the shopper writes
	last    string             // number of the last event that was shown
	end     context.CancelFunc // of its events; nil: they are not read
	steps   map[string]string  // titles of the steps that were sent
}

// expert is the expert's end of chats.
type expert struct {
	*talk
	name       string
	autoAccept bool
	work       *pb.Work
	wanted     pb.Expert_State
	asked      bool // a presence is on its way
	chats      []*expertChat
	current    *expertChat // whom what is typed goes to; nil: nobody
	leaving    bool        // no more chats are wanted
	gone       bool        // ends now
}

func (p *program) chatAsExpert(ctx context.Context, o chatOptions) error {
	server, err := p.client(o.to)
	if err != nil {
		return err
	}
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := &expert{talk: newTalk(ctx, p, server), name: strings.TrimPrefix(o.expert, "experts/"), autoAccept: o.autoAccept, wanted: pb.Expert_AVAILABLE}
	if !x.script {
		x.screen.note("/help lists the commands")
	}
	work := &feed{server: server, path: "/v1/experts/" + url.PathEscape(x.name) + "/work:stream", take: func(data []byte) {
		w := &pb.Work{}
		err := readReply(data, w)
		x.post(ctx, func() { x.told(ctx, w, err) })
	}, state: func(err error) { x.post(ctx, func() { x.connected(err) }) }}
	x.running.Go(func() {
		err := work.follow(ctx)
		x.post(ctx, func() { x.failed = x.explain(err) })
	})
	return x.run(ctx, cancel, x, func() { x.farewell(context.WithoutCancel(outer)) })
}

// connected ends the program where there is no server from the start, as other commands do; later it waits for it.
func (x *expert) connected(err error) {
	if err != nil && x.work == nil {
		x.failed = err
		return
	}
	x.connection(err)
}

// explain adds what to do about a name that is not the key's.
func (x *expert) explain(err error) error {
	if missing(err) {
		return fmt.Errorf("%w\n  the key is not that of --expert %s", err, x.name)
	}
	return err
}

// farewell tells the server that nobody is here any more, unless it knows: an expert with chats in hand can only stop new ones.
func (x *expert) farewell(ctx context.Context) {
	if x.work == nil || x.work.GetExpert().GetState() == pb.Expert_OFFLINE {
		return
	}
	state := pb.Expert_OFFLINE
	if len(x.inHand()) > 0 {
		state = pb.Expert_AWAY
	}
	ctx, cancel := context.WithTimeout(ctx, farewellTime)
	defer cancel()
	_, _ = x.server.attempt(ctx, "POST", x.presencePath(), &pb.SetPresenceRequest{State: state}, nil) // without it the lease ends
}

func (x *expert) presencePath() string {
	return "/v1/experts/" + url.PathEscape(x.name) + ":setPresence"
}

// told takes what the work stream says: all of the work.
func (x *expert) told(ctx context.Context, w *pb.Work, err error) {
	if err != nil {
		x.failed = err
		return
	}
	first := x.work == nil
	before := x.work
	x.work = w
	x.screen.record(map[string]any{"work": asJSON(w)})
	for _, c := range x.chats {
		x.follow(c, w)
	}
	for _, s := range w.GetOffered() {
		x.offered(ctx, s)
	}
	for _, s := range w.GetSessions() {
		x.hold(ctx, s)
	}
	x.present(ctx, before.GetExpert(), first)
}

// follow notes what has become of a chat that was here.
func (x *expert) follow(c *expertChat, w *pb.Work) {
	named := func(s *pb.Session) bool { return s.GetName() == c.session.GetName() }
	rings, mine := slices.ContainsFunc(w.GetOffered(), named), slices.ContainsFunc(w.GetSessions(), named)
	if c.rings && !rings && !mine {
		x.screen.note("[%d] rings here no more", c.number)
	}
	if c.mine && !mine {
		x.screen.data(fmt.Sprintf("[%d] is out of your hands\n", c.number))
	}
	c.rings, c.mine, c.coming = c.rings && rings, c.mine && mine, c.coming && (rings || mine)
	if x.current == c && !c.talking() {
		x.current = nil
		if hand := x.inHand(); len(hand) > 0 {
			x.current = hand[0]
		}
	}
}

// talking tells whether what the expert types may go there.
func (c *expertChat) talking() bool { return c.mine || c.coming }

// chat finds a session's chat, or makes one.
func (x *expert) chat(s *pb.Session) (c *expertChat, isNew bool) {
	for _, c := range x.chats {
		if c.session.GetName() == s.GetName() {
			return c, false
		}
	}
	c = &expertChat{number: len(x.chats) + 1, session: s, steps: map[string]string{}}
	x.chats = append(x.chats, c)
	return c, true
}

// offered rings.
func (x *expert) offered(ctx context.Context, s *pb.Session) {
	c, isNew := x.chat(s)
	again := s.GetOwnerEpoch() != c.session.GetOwnerEpoch()
	c.rings, c.session = true, s
	if !isNew && !again {
		return
	}
	c.coming = false
	x.screen.ring()
	x.screen.data(x.screen.block(fmt.Sprintf("[%d] rings", c.number), yellow, fmt.Sprintf("%s; %s", x.about(s), ringWords(s))))
	if x.autoAccept {
		x.accept(ctx, c, "/accept")
	}
}

// ringWords says how long somebody has waited, and how long it rings.
func ringWords(s *pb.Session) string {
	words := "has waited " + plainWait(time.Since(s.GetCreateTime().AsTime()))
	if until := time.Until(s.GetAcceptBy().AsTime()); s.GetAcceptBy() != nil && until > 0 {
		words += fmt.Sprintf("; /accept or /decline within %d seconds", int(until.Seconds())+1)
	}
	return words
}

// about says what a session is about.
func (x *expert) about(s *pb.Session) string {
	words := fmt.Sprintf("%s of %s", s.GetSku(), s.GetSeller())
	if s.GetLocale() != "" {
		words += ", " + s.GetLocale()
	}
	if s.GetChannel() == pb.Session_CALLBACK {
		words += ", call " + s.GetCallback().GetPhone()
	}
	return words
}

// hold follows a session that is in hand.
func (x *expert) hold(ctx context.Context, s *pb.Session) {
	c, _ := x.chat(s)
	was := c.mine
	c.mine, c.coming, c.rings, c.session = true, false, false, s
	if !was {
		x.screen.data(x.screen.block(fmt.Sprintf("[%d] in hand", c.number), green, x.about(s)))
	}
	if c.end == nil {
		x.listen(ctx, c)
	}
	if x.current == nil {
		x.current = c
	}
}

// listen reads the events of a chat from the last one that was shown, until it is CLOSED or the server says that it is in other
// hands: what was written until then is shown, even if the work stream is ahead.
func (x *expert) listen(outer context.Context, c *expertChat) {
	ctx, end := context.WithCancel(outer)
	c.end = end
	events := &feed{server: x.server, path: "/v1/" + c.session.GetName() + "/events:stream", last: c.last}
	events.take = func(data []byte) {
		e := &pb.SessionEvent{}
		err := readReply(data, e)
		x.post(ctx, func() { x.event(c, e, err) })
	}
	x.running.Go(func() {
		_ = events.follow(ctx) // whose hands it is in, the work stream says
		end()
		x.post(outer, func() { c.end = nil })
	})
}

func (x *expert) inHand() []*expertChat {
	var hand []*expertChat
	for _, c := range x.chats {
		if c.mine {
			hand = append(hand, c)
		}
	}
	return hand
}

// present shows what the expert can take now, and asks for what is wanted where the server has lost it: at the start, and after
// a connection was gone for so long that the server gave the expert up.
func (x *expert) present(ctx context.Context, before *pb.Expert, first bool) {
	now := x.work.GetExpert()
	changed := now.GetState() != before.GetState() || now.GetNextState() != before.GetNextState()
	if changed && !(first && now.GetState() == pb.Expert_OFFLINE) { // as everybody is who comes
		words := "you are " + now.GetState().String()
		if now.NextState != nil {
			words += ", then " + now.GetNextState().String()
		}
		if now.GetState() == pb.Expert_AWAY && x.wanted == pb.Expert_AVAILABLE && !first {
			words += ": what rang was not answered; /available takes chats again"
			x.wanted = pb.Expert_AWAY
		}
		x.screen.note("%s; %s in hand, %d waiting", words, count(len(x.inHand()), "chat"), x.work.GetWaiting())
	}
	if (first || now.GetState() == pb.Expert_OFFLINE && x.wanted != pb.Expert_OFFLINE) && !x.asked {
		x.presence(ctx, "", x.wanted, nil)
	}
}

// presence asks for a state.
func (x *expert) presence(ctx context.Context, typed string, state pb.Expert_State, next *pb.Expert_State) {
	x.asked, x.wanted = true, state
	if next != nil {
		x.wanted = *next
	}
	x.jobs.add(ctx, job{what: typed, path: x.presencePath(), body: &pb.SetPresenceRequest{State: state, NextState: next},
		done: func() { x.asked = false }, failed: func(err error) {
			x.asked = false
			x.wrong("%s is refused: %v", state, err)
		}})
}

// over: everything that was typed is done, and nothing is in hand any more.
func (x *expert) over() bool {
	if x.gone {
		return x.jobs.empty()
	}
	reads := slices.ContainsFunc(x.chats, func(c *expertChat) bool { return c.mine || c.end != nil })
	return x.leaving && x.jobs.empty() && !reads && x.work.GetExpert().GetState() == pb.Expert_OFFLINE
}

func (x *expert) prompt() string {
	if x.current == nil {
		return "> "
	}
	return fmt.Sprintf("[%d %s] > ", x.current.number, clean(x.current.session.GetSku()))
}

func (x *expert) inputOver(ctx context.Context) {
	if !x.leaving {
		x.leave(ctx, "/quit")
	}
}

// leave takes no more chats. What is in hand is asked for; asked again, the expert goes all the same.
func (x *expert) leave(ctx context.Context, typed string) {
	hand := x.inHand()
	switch {
	case x.leaving && len(hand) > 0:
		x.screen.note("%s go to colleagues within half a minute", count(len(hand), "chat"))
		x.gone = true
	case len(hand) > 0:
		x.screen.note("%s in hand: /close or /transfer each, and this ends; /quit again leaves them to colleagues", count(len(hand), "chat"))
		x.list()
		x.presence(ctx, typed, pb.Expert_BUSY, pb.Expert_OFFLINE.Enum())
	default:
		x.presence(ctx, typed, pb.Expert_OFFLINE, nil)
	}
	x.leaving = true
}
