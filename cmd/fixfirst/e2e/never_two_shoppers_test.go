package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// visit is a shopper's chat from the click on "return" until it is closed; some leave before.
func (o *office) visit(ctx context.Context, n int, chance *rand.Rand) {
	seller := o.sellers[n%len(o.sellers)]
	shopper, session := o.come(ctx, seller, n)
	for id := 0; ctx.Err() == nil; id++ {
		pause(ctx, time.Duration(40+chance.IntN(2*o.pace))*time.Millisecond)
		switch p := chance.IntN(100); {
		case p < 25:
			o.say(shopper, session, deed{what: write}, fmt.Sprintf("shopper-%d-%d", n, id))
		case p < 26:
			o.act(shopper, session, deed{what: "leave"}, object{})
		default:
			if o.act(shopper, session, deed{what: read}, nil).state != "CLOSED" {
				continue
			}
			o.act(shopper, session, deed{what: "leave"}, object{}) // changes nothing any more
			o.say(shopper, session, deed{what: write}, fmt.Sprintf("shopper-%d-late", n))
			o.mu.Lock()
			o.chats[session].open = false
			o.closed++
			o.mu.Unlock()
			return
		}
	}
}

// whole tells whether a reply is good and came to its end, before the server did.
func (r reply) whole() bool { return r.code == http.StatusOK && r.err == nil }

// come asks for returns until chat is offered, and starts one.
func (o *office) come(ctx context.Context, seller string, n int) (*client, string) {
	door := o.at(n)
	for order := 0; ctx.Err() == nil; order++ {
		r := door.decide(intent(seller, fmt.Sprintf("%d-%d", n, order), "1", "KETTLE-1"))
		if !r.whole() {
			pause(ctx, 50*time.Millisecond)
			continue
		}
		i := r.object(o.t)
		if at(i, "offer", "chat", "available") != true {
			pause(ctx, 50*time.Millisecond)
			continue
		}
		shopper := door.as(text(i, "shopperToken"))
		for ctx.Err() == nil {
			r := shopper.do(http.MethodPost, "/v1/"+text(i, "name")+"/sessions", object{"channel": "CHAT", "requestId": "once"})
			if !r.whole() { // nobody is there, of the server or of the experts
				pause(ctx, 50*time.Millisecond)
				continue
			}
			session := text(r.object(o.t), "name")
			o.mu.Lock()
			defer o.mu.Unlock()
			o.know(session, seller)
			return shopper, session
		}
	}
	return door, ""
}

// supervise takes sessions over for experts of all sorts, who may have no room.
func (o *office) supervise(ctx context.Context, chance *rand.Rand) {
	for ctx.Err() == nil {
		pause(ctx, time.Duration(10+chance.IntN(2*o.pace))*time.Millisecond)
		session, ok := o.anyOpen(chance)
		if !ok {
			continue
		}
		seller := o.sellerOf(session)
		boss := o.at(chance.IntN(len(o.doors))).as(o.bosses[seller].key)
		if chance.IntN(3) == 0 {
			o.act(boss, session, deed{what: read}, nil)
			continue
		}
		to := pick(chance, o.crew(seller))
		for try := 0; try < 4 && !to.hasRoom(); try++ { // at last anybody
			to = pick(chance, o.crew(seller))
		}
		o.act(boss, session, deed{what: "takeOver", to: to.name}, object{"expert": to.name})
	}
}
