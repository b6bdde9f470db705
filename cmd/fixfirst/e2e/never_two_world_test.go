package e2e_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// runLimit bounds a whole run.
const runLimit = 10 * time.Minute

// sayTries bounds how often a message is sent until it is answered, with 20 ms between.
const sayTries = 1000

// office is two sellers with their experts, the marketplace's pool, and shoppers who chat with them.
type office struct {
	t       *testing.T
	seed    uint64
	admin   *client
	doors   []string // of each replica, where it comes back
	sellers []string
	bosses  map[string]*client // a supervisor of each seller
	seats   []*seat
	ledger  *ledger
	pace    int // longest pause of a hand, in ms
	shifts  sync.WaitGroup
	actors  atomic.Uint64 // who have chances of their own

	mu       sync.Mutex
	chats    map[string]*chat
	closed   int
	troubled bool // a replica is down, or came back a moment ago
}

// chat is a session as the office knows it.
type chat struct {
	seller string
	open   bool
	odd    bool            // not everybody of its crew may take it
	rang   time.Time       // when a work stream last offered it
	saw    map[string]bool // experts to whom it was shown: who declined it may not take it
}

// newOffice sets sellers and experts up: a third for each seller, a third in the pool.
func newOffice(t *testing.T, admin *client, doors []string, experts int) *office {
	o := &office{t: t, seed: uint64(time.Now().UnixNano()), admin: admin, doors: doors, sellers: []string{"north", "south"},
		bosses: map[string]*client{}, ledger: newLedger(), pace: sized(60, 200), chats: map[string]*chat{}}
	t.Logf("seed %d", o.seed)
	for _, seller := range o.sellers {
		admin.sellKettles(seller, object{"holdoutFraction": 0.0, "waitTarget": "3600s",
			"routing": object{"categoryAfter": "0s", "brandAfter": "0s", "anyAfter": "0s", "usePool": true, "poolAfter": "0s"}})
		admin.must(http.MethodPut, "/v1/sellers/"+seller+"/items/KETTLE-1", object{"title": "Kettle", "category": "kettles"})
		o.bosses[seller] = admin.as(admin.newKey(object{"role": "SELLER", "seller": seller}))
	}
	for n := range experts {
		team := []string{"north", "south", ""}[n%3]
		e := &seat{office: o, name: fmt.Sprintf("%s-%d", cmp.Or(team, "pool"), n), team: team, capacity: 1 + n/3%3,
			offered: map[string]int{}, hand: map[string]int{}, epochs: map[string]int{}}
		profile := object{"seller": team, "capacity": e.capacity}
		if n%4 == 0 {
			profile["skills"] = []string{"category:kettles"}
		}
		admin.must(http.MethodPut, "/v1/experts/"+e.name, profile)
		e.client = o.at(n).as(admin.newKey(object{"role": "EXPERT", "seller": team, "expert": e.name}))
		o.seats = append(o.seats, e)
	}
	return o
}

// at is the admin's client at the door of an actor.
func (o *office) at(actor int) *client {
	c := *o.admin
	c.url = o.doors[actor%len(o.doors)]
	return &c
}

// begin starts what an actor does until the shift is over, with chances of its own.
func (o *office) begin(ctx context.Context, do func(context.Context, *rand.Rand)) {
	chance := rand.New(rand.NewPCG(o.seed, o.actors.Add(1)))
	o.shifts.Go(func() { do(ctx, chance) })
}

// run has n shoppers come, so many at a time, while trouble is made, and checks all that was done and seen when it is over.
func (o *office) run(n, atOnce int, trouble func(ctx context.Context, progress func() float64)) {
	ctx, over := context.WithTimeout(context.Background(), runLimit)
	defer over()
	for _, e := range o.seats {
		o.begin(ctx, e.attend)
		o.begin(ctx, e.work)
		o.begin(ctx, e.work)
	}
	for range len(o.seats) / 8 {
		o.begin(ctx, o.supervise)
	}
	watch := newWatch(o)
	o.begin(ctx, watch.follow)
	shopping := make(chan struct{})
	go func() {
		defer close(shopping)
		var next atomic.Int64
		var visiting sync.WaitGroup
		for range atOnce {
			chance := rand.New(rand.NewPCG(o.seed, o.actors.Add(1)))
			visiting.Go(func() {
				for i := next.Add(1); i <= int64(n) && ctx.Err() == nil; i = next.Add(1) {
					o.visit(ctx, int(i), chance)
				}
			})
		}
		visiting.Wait()
	}()
	trouble(ctx, func() float64 {
		o.mu.Lock()
		defer o.mu.Unlock()
		return float64(o.closed) / float64(n)
	})
	<-shopping
	if ctx.Err() != nil {
		o.t.Errorf("only %d of %d sessions were closed within %s", o.closed, n, runLimit)
	}
	over()
	o.shifts.Wait()
	o.settle()
	o.ledger.check(o.t)
	o.ledger.checkCapacity(o.t, o.seats)
	watch.report()
}

// settle reads every session and its log, when nobody acts any more.
func (o *office) settle() {
	for _, session := range sortedKeys(o.chats) {
		o.act(o.admin, session, deed{what: read}, nil)
		log, err := entriesOf(o.admin.logOf(session))
		if err != nil {
			o.t.Errorf("the log of %s: %v", session, err)
		}
		o.ledger.close(session, log)
	}
}

// act does a deed and writes it down.
func (o *office) act(c *client, session string, d deed, body object) verdict {
	method, path := http.MethodPost, "/v1/"+session+":"+d.what
	switch d.what {
	case read:
		method, path = http.MethodGet, "/v1/"+session
	case "message", write:
		path = "/v1/" + session + "/messages"
	}
	call := time.Now().UnixNano()
	v, sent := o.ask(c, d, method, path, body)
	if sent {
		o.ledger.keep(session, d, v, call, time.Now().UnixNano())
	}
	return v
}

func (o *office) ask(c *client, d deed, method, path string, body object) (verdict, bool) {
	var content any // an untyped nil where there is no body
	if body != nil {
		content = body
	}
	r := c.do(method, path, content)
	v, sent := verdictOf(r, d)
	if v.code != 0 && !slices.Contains([]int{200, 400, 404, 409}, v.code) {
		o.ledger.blame("%s %s: %s", method, path, r)
	}
	if v.code == 0 { // nobody is there; another moment
		pause(context.Background(), 20*time.Millisecond)
	}
	return v, sent
}

// say sends a message until it is answered, which makes one deed: its id makes it one.
func (o *office) say(c *client, session string, d deed, id string) {
	call, path := time.Now().UnixNano(), "/v1/"+session+"/messages"
	body := object{"clientMessageId": id, "text": "Is the socket on? " + id}
	if d.by != "" {
		body["ownerEpoch"] = d.epoch
	}
	ever := false
	for range sayTries {
		v, sent := o.ask(c, d, http.MethodPost, path, body)
		ever = ever || sent
		if v.code == 0 {
			continue
		}
		o.ledger.keep(session, d, v, call, time.Now().UnixNano())
		o.ledger.send(session, id, d.by, v)
		return
	}
	if ever {
		o.ledger.keep(session, d, verdict{}, call, never)
		o.ledger.send(session, id, d.by, verdict{})
	}
}

// crew are the experts who may have a seller's sessions.
func (o *office) crew(seller string) []*seat {
	return slices.DeleteFunc(slices.Clone(o.seats), func(e *seat) bool { return e.team != "" && e.team != seller })
}

func (o *office) sellerOf(session string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.chats[session].seller
}

// anyOpen gives some session that is not closed.
func (o *office) anyOpen(chance *rand.Rand) (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var open []string
	for _, session := range sortedKeys(o.chats) {
		if o.chats[session].open {
			open = append(open, session)
		}
	}
	if len(open) == 0 {
		return "", false
	}
	return pick(chance, open), true
}

// know notes a session, that of a seller.
func (o *office) know(session, seller string) *chat {
	c := o.chats[session]
	if c == nil {
		c = &chat{seller: seller, open: true, saw: map[string]bool{}}
		o.chats[session] = c
	}
	return c
}

// shows notes that a session was shown to an expert, and whether it rings.
func (o *office) shows(session, seller, expert string, rings bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.know(session, seller)
	c.saw[expert] = true
	if rings {
		c.rang = time.Now()
	}
}

// odd notes that a session may be for some experts only, or rest for some.
func (o *office) odd(session string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.chats[session].odd = true
}

// disturb notes that a replica goes down.
func (o *office) disturb() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.troubled = true
	for _, c := range o.chats {
		c.odd = true
	}
}

// calm waits until every expert has heard from the server again, and notes that all is well.
func (o *office) calm(ctx context.Context) {
	back := time.Now()
	for _, e := range o.seats {
		for ctx.Err() == nil && !e.heardAfter(back) {
			pause(ctx, 20*time.Millisecond)
		}
	}
	pause(ctx, time.Second)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.troubled = false
}

// freeAddress is an address where a server can come back: its port is none that the system gives to connections that go out,
// one of which could take it meanwhile.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 15_000+rand.IntN(15_000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// downFor is how long a replica is said to have been down, at some kills: no lease and no offer lasts so long.
const downFor = troubleshoot.LeaseTime + time.Second

// timePasses moves the ends of offers and of these experts' leases into the past, as if their replica had been down for long.
// A third of them is slow to come back, too late for what they had in hand.
func timePasses(t *testing.T, db string, experts []*seat) {
	t.Helper()
	raw := storetest.Raw(t, db)
	defer raw.Close()
	statements := []string{fmt.Sprintf(`UPDATE sessions SET ring_until = ring_until - %d WHERE state = 1 AND ring_until > 0`, downFor.Microseconds())}
	for n, e := range experts {
		statements = append(statements, fmt.Sprintf(`UPDATE experts SET lease_until = lease_until - %d WHERE expert = '%s'`, downFor.Microseconds(), e.name))
		if n%3 == 0 {
			e.stayAway(2 * time.Second)
		}
	}
	for _, statement := range statements {
		if _, err := raw.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}
