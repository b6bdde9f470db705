package rpc

import (
	"context"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// phone is a number that nobody but the expert who calls it may read.
const phone = "+498912345678"

// asExpert is the context of an expert of a team; "" is the pool.
func asExpert(team, name string) context.Context {
	return context.WithValue(context.Background(), callKey{}, &call{principal: access.Principal{Role: troubleshoot.RoleExpert, Seller: team, Expert: name, Credential: "key-" + name}})
}

// pass lets time go by.
func (d *desk) pass(by time.Duration) { d.clock = d.clock.Add(by) }

// comes opens the work stream of an expert, or keeps it open, who is then AVAILABLE.
func (d *desk) comes(expert context.Context) {
	d.t.Helper()
	id := PrincipalFrom(expert).ExpertID()
	storetest.Update(d.t, d.store, func(tx *store.Tx) error {
		_, err := tx.RenewLease(id, d.clock)
		return err
	})
	must[*pb.Expert](d.t)(d.Experts.SetPresence(expert, &pb.SetPresenceRequest{Expert: id.Name, State: pb.Expert_AVAILABLE}))
}

// ring routes a session to an expert.
func (d *desk) ring(expert context.Context, session string) {
	d.t.Helper()
	storetest.Update(d.t, d.store, func(tx *store.Tx) error {
		before, err := tx.LockSession(session)
		if err != nil {
			return err
		}
		after, err := before.Ring(PrincipalFrom(expert).ExpertID(), d.clock)
		if err != nil {
			return err
		}
		_, _, err = tx.ChangeSession(store.Change{Before: before, After: after, Actor: "test", Action: "route", Now: d.clock})
		return err
	})
}

// accept routes a session to an expert, who accepts it.
func (d *desk) accept(expert context.Context, session string) *pb.Session {
	d.t.Helper()
	d.ring(expert, session)
	return must[*pb.Session](d.t)(d.Sessions.AcceptSession(expert, &pb.AcceptSessionRequest{Session: session}))
}

// chat starts a chat about a line of its own, which an expert accepts at once, and gives its id.
func (d *desk) chat(order string, expert context.Context) (id string, i *pb.Intercept) {
	d.t.Helper()
	d.comes(expert)
	i = d.intercept(order, nil)
	id = bare(must[*pb.Session](d.t)(d.start(i, pb.Session_CHAT, "")).GetName())
	d.accept(expert, id)
	return id, i
}

// says writes into a session.
func (d *desk) says(who context.Context, session, text string) *pb.SentMessage {
	d.t.Helper()
	return must[*pb.SentMessage](d.t)(d.Sessions.SendMessage(who, &pb.SendMessageRequest{Session: session, ClientMessageId: text, Text: text}))
}

// asSeller is the context of a supervisor of a seller.
func asSeller(seller string) context.Context {
	return context.WithValue(context.Background(), callKey{}, &call{principal: access.Principal{Role: troubleshoot.RoleSeller, Seller: seller, Credential: "key-" + seller}})
}

// second is the error of a call.
func second[T any](_ T, err error) error { return err }

// adminOfAll is an administrator of every seller.
var adminOfAll = access.Principal{Role: troubleshoot.RoleAdmin, Credential: "key-of-all"}
