package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// remembered is how many sessions an expert remembers, to act on them when they are somebody else's.
const remembered = 12

// seat is an expert who does whatever may go wrong: accepts what rings elsewhere, writes into sessions that are gone, comes and
// goes. Two hands work at once.
type seat struct {
	*client
	office     *office
	name, team string // team "" is the pool
	capacity   int

	mu      sync.Mutex
	open    bool           // the work stream is
	heard   time.Time      // when it last brought something
	offered map[string]int // owner epochs by session, as of the last message
	hand    map[string]int
	wraps   map[string]bool // in hand, and the talk is over
	former  []string        // what was offered or in hand, oldest first
	epochs  map[string]int  // as they were then
	state   string          // as shown
	rests   time.Time       // until when the expert takes nothing
	away    time.Time       // until when the expert opens no work stream
}

// attend keeps the work stream open, and drops it now and then.
func (e *seat) attend(ctx context.Context, chance *rand.Rand) {
	for ctx.Err() == nil {
		e.mu.Lock()
		away := time.Until(e.away)
		e.mu.Unlock()
		pause(ctx, away)
		while, end := context.WithTimeout(ctx, time.Duration(4+chance.IntN(12))*time.Second)
		stream, err := e.client.open(while, "/v1/experts/"+e.name+"/work:stream", 0)
		if err == nil {
			for {
				f, err := stream.next()
				if err != nil || f.event != "" {
					break
				}
				e.take(f.data)
			}
			stream.close()
			e.mu.Lock()
			e.open = false
			e.mu.Unlock()
		}
		over := while.Err() != nil
		end()
		if over && chance.IntN(4) == 0 {
			pause(ctx, time.Duration(chance.IntN(900))*time.Millisecond)
		} else if err != nil {
			pause(ctx, 20*time.Millisecond)
		}
	}
}

// stayAway keeps the expert from coming back for a while, once the work stream has ended.
func (e *seat) stayAway(while time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.away = time.Now().Add(while)
}

// take reads a message of the work stream.
func (e *seat) take(data []byte) {
	type shown struct {
		Name, State, Seller string
		OwnerEpoch          int
	}
	var work struct {
		Expert            struct{ State string }
		Offered, Sessions []shown
	}
	if err := json.Unmarshal(data, &work); err != nil {
		e.office.ledger.blame("the work stream of %s: %v", e.name, err)
		return
	}
	if n := len(work.Offered) + len(work.Sessions); n > e.capacity {
		e.office.ledger.blame("%s has %d sessions in hand or ringing, and room for %d", e.name, n, e.capacity)
	}
	for _, s := range slices.Concat(work.Offered, work.Sessions) {
		e.office.ledger.sight(s.Name, s.OwnerEpoch, e.name)
		e.office.shows(s.Name, s.Seller, e.name, s.State == "QUEUED")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open, e.heard, e.state = true, time.Now(), work.Expert.State
	e.offered, e.hand, e.wraps = map[string]int{}, map[string]int{}, map[string]bool{}
	for _, s := range slices.Concat(work.Offered, work.Sessions) {
		if !slices.Contains(e.former, s.Name) {
			e.former = append(e.former, s.Name)
		}
		e.epochs[s.Name] = s.OwnerEpoch
	}
	for _, s := range work.Offered {
		e.offered[s.Name] = s.OwnerEpoch
	}
	for _, s := range work.Sessions {
		e.hand[s.Name], e.wraps[s.Name] = s.OwnerEpoch, s.State == "WRAP_UP"
	}
	for len(e.former) > remembered {
		delete(e.epochs, e.former[0])
		e.former = e.former[1:]
	}
}

// hasRoom tells whether the expert has room, as far as the work stream said.
func (e *seat) hasRoom() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.offered)+len(e.hand) < e.capacity
}

// heardAfter tells whether the work stream has brought something since.
func (e *seat) heardAfter(at time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard.After(at)
}

// work is one hand's.
func (e *seat) work(ctx context.Context, chance *rand.Rand) {
	for ctx.Err() == nil {
		pause(ctx, time.Duration(5+chance.IntN(e.office.pace))*time.Millisecond)
		e.comeBack()
		offered, hand, former := e.looks()
		switch p := chance.IntN(100); {
		case p < 2:
			e.changePresence(chance)
		case p < 10 && len(former) > 0:
			e.meddle(pick(chance, former), chance)
		case p < 14:
			if session, ok := e.office.anyOpen(chance); ok {
				e.meddle(session, chance)
			}
		case p < 60 && len(offered) > 0, len(hand) == 0 && len(offered) > 0:
			e.answer(pick(chance, offered), chance)
		case len(hand) > 0:
			e.talk(pick(chance, hand), chance)
		}
	}
}

func pick[T any](chance *rand.Rand, all []T) T { return all[chance.IntN(len(all))] }

// looks gives what there is to do, in an order that does not depend on Go's maps.
func (e *seat) looks() (offered, hand, former []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return sortedKeys(e.offered), sortedKeys(e.hand), slices.Clone(e.former)
}

// epoch is the owner epoch that the expert last saw, or none, or one of before.
func (e *seat) epoch(session string, chance *rand.Rand) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch seen := e.epochs[session]; chance.IntN(8) {
	case 0, 1:
		return 0
	case 2:
		return max(seen-1-chance.IntN(2), 0)
	default:
		return seen
	}
}

// comeBack makes the expert AVAILABLE after a rest, or after the server took the expert for gone.
func (e *seat) comeBack() {
	e.mu.Lock()
	due := e.open && time.Now().After(e.rests) && (!e.rests.IsZero() || e.state == "OFFLINE" || e.state == "AWAY")
	e.mu.Unlock()
	if due && e.do(http.MethodPost, "/v1/experts/"+e.name+":setPresence", object{"state": "AVAILABLE"}).code == 200 {
		e.mu.Lock()
		e.rests, e.state = time.Time{}, ""
		e.mu.Unlock()
	}
}

// changePresence takes a rest, at once or after the chats in hand.
func (e *seat) changePresence(chance *rand.Rand) {
	state := pick(chance, []object{{"state": "BUSY"}, {"state": "AWAY"}, {"state": "OFFLINE"}, {"state": "BUSY", "nextState": "OFFLINE"},
		{"state": "AVAILABLE", "nextState": "AWAY"}})
	e.mu.Lock()
	e.rests = time.Now().Add(time.Duration(50+chance.IntN(700)) * time.Millisecond)
	e.mu.Unlock()
	e.do(http.MethodPost, "/v1/experts/"+e.name+":setPresence", state) // OFFLINE is refused with chats in hand
}

// answer accepts or declines what rings.
func (e *seat) answer(session string, chance *rand.Rand) {
	if chance.IntN(8) == 0 {
		e.acts(session, deed{what: "decline"}, object{})
		return
	}
	e.acts(session, deed{what: "accept"}, object{})
}

// talk goes on with a session in hand.
func (e *seat) talk(session string, chance *rand.Rand) {
	e.mu.Lock()
	over := e.wraps[session]
	e.mu.Unlock()
	switch p := chance.IntN(100); {
	case over && p < 60, p < 8:
		e.close(session, chance)
	case p < 16:
		e.transfer(session, chance)
	case p < 19:
		e.acts(session, deed{what: "wrapUp"}, object{})
	case p < 22:
		e.acts(session, deed{what: "accept"}, object{})
	default:
		e.say(session, chance)
	}
}

// meddle does something to a session that most likely is not the expert's, or no longer.
func (e *seat) meddle(session string, chance *rand.Rand) {
	switch chance.IntN(8) {
	case 0, 1, 2:
		e.acts(session, deed{what: "accept"}, object{})
	case 3:
		e.office.odd(session)
		e.acts(session, deed{what: "decline"}, object{})
	case 4:
		e.close(session, chance)
	case 5:
		e.transfer(session, chance)
	default:
		e.say(session, chance)
	}
}

func (e *seat) close(session string, chance *rand.Rand) {
	d := deed{what: "close", epoch: e.epoch(session, chance), words: fmt.Sprintf("%s %d", e.name, chance.Uint32())}
	body := object{"disposition": "FIXED_KEPT", "note": d.words, "ownerEpoch": d.epoch}
	if v := e.acts(session, d, body); v.code == 0 && chance.IntN(2) == 0 {
		e.acts(session, d, body) // the same again
	}
}

// transfer hands a session on: to an expert, to those with a skill, or to whoever is next.
func (e *seat) transfer(session string, chance *rand.Rand) {
	d := deed{what: "transfer", epoch: e.epoch(session, chance)}
	body := object{"note": "please go on", "ownerEpoch": d.epoch}
	switch chance.IntN(3) {
	case 0:
		body["expert"] = pick(chance, e.office.crew(e.office.sellerOf(session))).name
	case 1:
		body["skill"] = "category:kettles"
	}
	e.office.odd(session)
	e.acts(session, d, body)
}

// say writes a message, again until it is answered: the same one, by its id.
func (e *seat) say(session string, chance *rand.Rand) {
	d := deed{what: "message", by: e.name, epoch: e.epoch(session, chance)}
	e.place(session, &d)
	e.office.say(e.client, session, d, fmt.Sprintf("%s-%d", e.name, chance.Uint64()))
}

// acts does a deed as this expert.
func (e *seat) acts(session string, d deed, body object) verdict {
	d.by = e.name
	e.place(session, &d)
	return e.office.act(e.client, session, d, body)
}

// place says how the session's seller knows the expert.
func (e *seat) place(session string, d *deed) {
	seller := e.office.sellerOf(session)
	d.known, d.alien = e.team == seller, e.team != "" && e.team != seller
}
