package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// Seconds that simulated shoppers take.
const (
	demoOpensAfter, demoOpensBy = 1, 3
	demoReadsAfter, demoReadsBy = 3, 7
	demoTriesAfter, demoTriesBy = 6, 12 // a step
	demoThanksAfter             = 15    // for the expert's last words
	demoAsks                    = 60    // of the expert's silence, whether somebody is there
)

const demoDraws = 12 // shoppers at most until one of them chats

// shoppers lets shoppers come until ctx ends. Those who chat come every l.every or so, each with all those before who were held
// out or wanted no help: the demo's experiment goes on as it was.
func (l *demoLive) shoppers(ctx context.Context) error {
	r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	loader := &demoLoader{storefront: l.client(l.storefront)}
	for n := 0; ; n++ {
		if !pause(ctx, time.Duration((2+2*r.Float64())/3*float64(l.every))) {
			return nil
		}
		for draw, chats := 0, false; !chats && draw < demoDraws; draw++ {
			p := demoProducts[r.IntN(len(demoProducts))]
			if n%3 == 0 {
				p = demoProducts[0] // the guest's
			}
			var err error
			if chats, err = l.visit(ctx, loader, p, r); err != nil {
				if final(err) {
					return err
				}
				break // nobody answers; later perhaps
			}
		}
	}
}

// visit lets one shopper click "return", and tells whether that one chats.
func (l *demoLive) visit(ctx context.Context, loader *demoLoader, p demoProduct, r *rand.Rand) (chats bool, err error) {
	currency := demoSellers[0].currency
	for _, s := range demoSellers {
		if s.id == p.seller {
			currency = s.currency
		}
	}
	locales := demoLocales(p.sku)
	locale := locales[max(0, r.IntN(3)+len(locales)-3)] // a third of those whose product has another language
	kept, err := loader.click(ctx, p, currency, fmt.Sprintf("%s-live-%016x", p.sku, r.Uint64()), locale)
	if err != nil {
		return false, err
	}
	shopper := newDemoShopper(r, p)
	switch helps := kept.GetArm() == pb.Intercept_OFFERED && shopper.engages; {
	case helps && kept.GetOffer().GetChat().GetAvailable():
		visitor := &demoVisitor{demoLive: l, loader: loader, server: l.client(kept.GetShopperToken()), intercept: kept, sku: p.sku, locale: locale, shopper: shopper,
			talk: shopperTalk{cure: 1 + r.IntN(demoSteps), fixable: shopper.fixed}}
		l.running.Go(func() { visitor.chat(ctx) })
		return true, nil
	case helps:
		fixed, err := loader.session(ctx, kept, shopper, r)
		if err != nil || fixed {
			return false, err
		}
	}
	if shopper.wouldReturn {
		err = loader.comesBack(ctx, kept, time.Now())
	}
	return false, err
}

// demoVisitor is a simulated shopper in a chat.
type demoVisitor struct {
	*demoLive
	loader      *demoLoader
	server      *client // with the shopper's own token
	intercept   *pb.Intercept
	session     string
	sku, locale string
	shopper     demoShopper
	talk        shopperTalk
}

// chat talks with an expert, whoever that is, and then decides.
func (v *demoVisitor) chat(ctx context.Context) {
	session := &pb.Session{}
	err := v.server.insist(ctx, http.MethodPost, "/v1/"+v.intercept.GetName()+"/sessions", &pb.CreateSessionRequest{Channel: pb.Session_CHAT, RequestId: "demo"}, session, nil)
	if err == nil {
		v.session = session.GetName()
		err = v.converse(ctx)
	}
	if ctx.Err() != nil {
		return
	}
	choice := pb.Intercept_KEEP
	if !v.talk.solved && v.shopper.wouldReturn {
		choice = pb.Intercept_REFUND
		_ = v.loader.comesBack(ctx, v.intercept, time.Now()) // nobody misses it
	}
	if err == nil {
		_ = v.server.insist(ctx, http.MethodPost, "/v1/"+v.intercept.GetName()+":choose", &pb.ChooseOutcomeRequest{Choice: choice}, nil, nil)
	}
}

// converse talks until the talk is over.
func (v *demoVisitor) converse(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := v.events(ctx, v.server, v.session)
	for !v.talk.over() {
		wait := time.NewTimer(v.moment(v.talk.patience()))
		select {
		case e, more := <-events:
			if !more {
				wait.Stop()
				return ctx.Err()
			}
			v.talk.take(e)
		case <-wait.C:
			if err := v.move(ctx); err != nil {
				return err
			}
		}
		wait.Stop()
	}
	answer, score := pb.Session_NO, int32(2)
	if v.talk.solved {
		answer, score = pb.Session_YES, 5
	}
	if !v.shopper.answers {
		return nil
	}
	return v.server.insist(ctx, http.MethodPost, "/v1/"+v.session+":answer", &pb.AnswerSessionRequest{Solved: answer, Score: &score}, nil, nil)
}

// move does what comes next.
func (v *demoVisitor) move(ctx context.Context) error {
	trouble, words := demoTalk(v.sku, v.locale)
	solved, asked := v.talk.solved, v.talk.asked
	switch v.talk.move() {
	case shopperOpens:
		return v.text(ctx, words.shopper+trouble.opening)
	case shopperTells:
		return v.text(ctx, trouble.detail)
	case shopperTries:
		return v.try(ctx, words)
	case shopperReplies:
		return v.text(ctx, words.replies[(v.talk.replies-1)%len(words.replies)])
	case shopperAsks:
		return v.text(ctx, words.wait)
	case shopperLeaves:
		if !solved && !asked {
			if err := v.text(ctx, words.leaves); err != nil {
				return err
			}
		}
		return v.server.insist(ctx, http.MethodPost, "/v1/"+v.session+":leave", &pb.LeaveSessionRequest{}, nil, nil)
	}
	return nil
}

// try does the step that was sent last.
func (v *demoVisitor) try(ctx context.Context, words demoWords) error {
	card, text := v.talk.card, words.same
	result := v.talk.try()
	if result == pb.Session_FIXED {
		text = words.fixed
	}
	if err := v.server.insist(ctx, http.MethodPost, "/v1/"+v.session+":recordStep", &pb.RecordStepRequest{Guide: card.GetGuide(), Revision: card.GetRevision(),
		Step: card.GetStep(), Result: result, Elapsed: durationpb.New(time.Duration(60+rand.IntN(120)) * time.Second)}, nil, nil); err != nil {
		return err
	}
	return v.text(ctx, text)
}

func (v *demoVisitor) text(ctx context.Context, text string) (err error) {
	v.talk.sent, err = v.say(ctx, v.server, v.session, &pb.SendMessageRequest{Text: text})
	return err
}

// shopperMove is what a simulated shopper does next.
type shopperMove int8

const (
	shopperWaits shopperMove = iota
	shopperOpens
	shopperTells
	shopperTries
	shopperReplies
	shopperAsks
	shopperLeaves
)

// shopperTalk is where a shopper's talk stands.
type shopperTalk struct {
	cure       int  // the step that would help is that one of those that the expert sends, from 1
	fixable    bool // one would
	sent, seen int32
	state      pb.Session_State
	said       int                       // messages of this shopper
	heard      bool                      // the expert has written since
	card       *pb.SessionEvent_StepCard // the last one, unless it was tried
	cards      int
	tried      int
	replies    int // to what no script knows
	solved     bool
	asked      bool // whether somebody is there
	left       bool
}

// take notes an event.
func (t *shopperTalk) take(e *pb.SessionEvent) {
	t.seen = max(t.seen, e.GetSeq())
	switch what := e.GetEvent().(type) {
	case *pb.SessionEvent_StateChange_:
		t.state = what.StateChange.GetState()
	case *pb.SessionEvent_Message_:
		switch {
		case e.GetSender() == pb.SessionEvent_SHOPPER:
			t.said, t.heard = t.said+1, false
		case what.Message.GetStep() != nil:
			t.card, t.cards, t.heard, t.asked = what.Message.GetStep(), t.cards+1, true, false
		default:
			t.heard, t.asked = true, false
		}
	}
}

func (t *shopperTalk) over() bool {
	return t.left || t.state == pb.Session_WRAP_UP || t.state == pb.Session_CLOSED
}

// next is what comes next, once nothing has happened for patience.
func (t *shopperTalk) next() shopperMove {
	switch {
	case t.seen < t.sent: // the log has yet to show what was sent
		return shopperWaits
	case t.said == 0:
		return shopperOpens
	case t.state == pb.Session_QUEUED:
		return shopperWaits
	case t.solved:
		return shopperLeaves
	case t.card != nil:
		return shopperTries
	case t.heard && t.said == 1:
		return shopperTells
	case t.heard && (t.tried >= demoSteps || t.replies >= 3), !t.heard && t.asked:
		return shopperLeaves
	case t.heard:
		return shopperReplies
	}
	return shopperAsks
}

// move is next, which is now done.
func (t *shopperTalk) move() shopperMove {
	move := t.next()
	switch move {
	case shopperReplies:
		t.replies++
	case shopperAsks:
		t.asked = true
	case shopperLeaves:
		t.left = true
	}
	return move
}

// try tries the last card.
func (t *shopperTalk) try() pb.Session_StepResult {
	t.card, t.tried, t.heard = nil, t.tried+1, false
	if t.solved = t.fixable && t.cards >= t.cure; t.solved {
		return pb.Session_FIXED
	}
	return pb.Session_NOT_FIXED
}

// patience is for how many seconds nothing has to happen before the next move, at least and at most.
func (t *shopperTalk) patience() (least, most float64) {
	switch t.next() {
	case shopperOpens:
		return demoOpensAfter, demoOpensBy
	case shopperTries:
		return demoTriesAfter, demoTriesBy
	case shopperTells, shopperReplies:
		return demoReadsAfter, demoReadsBy
	case shopperLeaves:
		if t.solved && !t.heard {
			return demoThanksAfter, demoThanksAfter
		}
		if t.asked {
			return demoAsks, demoAsks
		}
		return demoReadsAfter, demoReadsBy
	}
	return demoAsks, demoAsks
}
