package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

const (
	demoEvery     = 30 * time.Second // between simulated shoppers, give or take a third
	demoReadyTime = 5 * time.Second  // for the simulated experts to come
)

// demoStaff is a sample expert. Their names say that they are simulated, as shoppers see them.
type demoStaff struct {
	seller, name, display string
	skills, locales       []string
	capacity              int32
}

// demoGuest is the expert that whoever tries the demo may be: of all who are on the one who knows the SKU best.
var demoGuest = demoStaff{demoSellers[0].id, "guest", "Guest (you)", []string{"sku:" + demoProducts[0].sku}, []string{"en"}, 3}

var demoTeam = []demoStaff{
	{"hearth", "ann-simulated", "Ann (simulated)", []string{"category:kettles", "category:robot-vacuums"}, []string{"en"}, 3},
	{"hearth", "bo-simulated", "Bo (simulated)", nil, []string{"en", "zh"}, 3},
	{"linden", "clara-simulated", "Clara (simulated)", []string{"category:earbuds", "brand:Netzhaus"}, []string{"en"}, 3},
	{"linden", "ding-simulated", "Ding (simulated)", nil, []string{"en", "zh"}, 2},
}

// staff puts the profiles of a seller's experts.
func (l *demoLoader) staff(ctx context.Context, s demoSeller) error {
	for _, e := range append([]demoStaff{demoGuest}, demoTeam...) {
		if e.seller != s.id {
			continue
		}
		if err := l.admin.call(ctx, http.MethodPut, "/v1/experts/"+e.name, &pb.PutExpertRequest{Seller: e.seller, DisplayName: e.display,
			Skills: e.skills, Locales: e.locales, Capacity: &e.capacity, HourlyWage: &pb.Money{Amount: s.wage, CurrencyCode: s.currency}}, nil); err != nil {
			return fmt.Errorf("expert %s: %w", e.name, err)
		}
	}
	return nil
}

// demoLive is the experts and shoppers who talk while the demo runs. They use its server over REST as everybody else would.
type demoLive struct {
	base       string
	http       *http.Client
	storefront string            // key
	experts    map[string]string // keys, by name
	every      time.Duration     // between shoppers who chat
	messages   io.Writer

	cancel  context.CancelCauseFunc
	running sync.WaitGroup
	ready   sync.WaitGroup // experts who are yet to come
}

// client speaks with a key.
func (l *demoLive) client(key string) *client { return &client{base: l.base, key: key, http: l.http} }

// start lets the experts come, and then the shoppers, until stop. It comes back once the experts are on, or soon.
func (l *demoLive) start(ctx context.Context) {
	ctx, l.cancel = context.WithCancelCause(ctx)
	context.AfterFunc(ctx, l.http.CloseIdleConnections) // the server would wait for those that were dialled and never used
	l.ready.Add(len(demoTeam))
	for _, staff := range demoTeam {
		e := &demoExpert{demoLive: l, staff: staff, server: l.client(l.experts[staff.name]), chats: map[string]bool{}, came: sync.OnceFunc(l.ready.Done)}
		l.running.Go(func() { l.ended(ctx, e.run(ctx)) })
	}
	here := make(chan struct{})
	l.running.Go(func() {
		l.ready.Wait()
		close(here)
	})
	select {
	case <-here:
	case <-time.After(demoReadyTime): // a busy machine; they will be there when they are
	case <-ctx.Done():
	}
	l.running.Go(func() { l.ended(ctx, l.shoppers(ctx)) })
}

// errDemoReplaced is why a demo's simulation stops when another start of the demo has made new keys.
var errDemoReplaced = errors.New("another start of the demo on this database has made new keys")

// ended stops all when one cannot go on.
func (l *demoLive) ended(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	var refused *apiError
	var ended *streamError
	if errors.As(err, &refused) && refused.status == http.StatusUnauthorized || errors.As(err, &ended) && ended.Code == codes.Unauthenticated {
		err = errDemoReplaced
	}
	l.cancel(err)
	fmt.Fprintf(l.messages, "the simulated experts and shoppers have gone: %v\n", err)
}

// stop ends the simulation and waits for it.
func (l *demoLive) stop() {
	if l.cancel == nil { // never started
		return
	}
	l.cancel(nil)
	l.running.Wait()
}

// moment is a time between two numbers of seconds; where shoppers come more often, everything is as much faster.
func (l *demoLive) moment(least, most float64) time.Duration {
	scale := min(1, float64(l.every)/float64(demoEvery))
	return time.Duration((least + (most-least)*rand.Float64()) * scale * float64(time.Second))
}

// events reads a session's log from the beginning on, until ctx ends or the session is somebody else's; then the channel closes.
func (l *demoLive) events(ctx context.Context, server *client, session string) <-chan *pb.SessionEvent {
	events := make(chan *pb.SessionEvent)
	f := &feed{server: server, path: "/v1/" + session + "/events:stream", take: func(data []byte) {
		e := &pb.SessionEvent{}
		if readReply(data, e) != nil {
			return
		}
		select {
		case events <- e:
		case <-ctx.Done():
		}
	}}
	l.running.Go(func() {
		defer close(events)
		_ = f.follow(ctx) // whoever listens sees the end
	})
	return events
}

// say writes into a session and gives the message's number.
func (l *demoLive) say(ctx context.Context, server *client, session string, m *pb.SendMessageRequest) (int32, error) {
	m.ClientMessageId = newMessageID()
	sent := &pb.SentMessage{}
	err := server.insist(ctx, http.MethodPost, "/v1/"+session+"/messages", m, sent, nil)
	return sent.GetSeq(), err
}

// lockedWriter lets several goroutines write whole lines.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

// Write writes.
func (w *lockedWriter) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(text)
}
