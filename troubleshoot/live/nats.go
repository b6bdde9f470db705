package live

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// subject is the one subject of all wakes. Installations that share a NATS server need an account each.
const subject = "fixfirst.wake"

// Named limits of the connection.
const (
	natsDial      = 2 * time.Second // to connect, and to be greeted
	natsWrite     = 2 * time.Second // for the network to take what is sent, and for the server to confirm it
	natsRetry     = time.Second     // between attempts, and as much again by chance: replicas come back one by one
	natsPing      = 5 * time.Second // two without an answer are a cut
	natsPings     = 2
	natsReconnect = 64 << 10 // bytes kept until a cut is noticed; what goes after is dropped and made up for
	natsPending   = 64 << 10 // wakes that came and are not handled
	natsPendBytes = 16 << 20
)

var errCut = errors.New("the bus is cut")

// NATS is a bus over a NATS server. It connects in the background and comes back by itself, for ever. Each trouble is logged
// once.
type NATS struct {
	log     *slog.Logger
	reached atomic.Pointer[nats.Conn] // nil while cut
	warned  atomic.Bool               // of the present trouble

	mu      sync.RWMutex // held for reading while a call runs
	receive func(data []byte)
	lost    func()

	quit   context.CancelFunc
	began  chan struct{} // closed once conn is set
	conn   *nats.Conn    // nil: it could not even begin
	closed chan struct{} // closed after conn's last call to us
}

// ConnectNATS begins to connect to a server, or to one of several whose addresses are separated by commas: nats://HOST:PORT or,
// encrypted, tls://HOST:PORT, with USER:PASSWORD@ or TOKEN@ before the host where the server asks for it. It does not wait.
// InvalidArgument: that is no address; the error does not show it, as it may hold a password.
func ConnectNATS(addresses string, log *slog.Logger) (*NATS, error) {
	for _, address := range strings.Split(addresses, ",") {
		u, err := url.Parse(strings.TrimSpace(address))
		if err != nil || (u.Scheme != "nats" && u.Scheme != "tls") || u.Hostname() == "" {
			return nil, troubleshoot.Errorf(troubleshoot.InvalidArgument, "the address of the bus is wrong; write nats://HOST:PORT or tls://HOST:PORT, and commas between several")
		}
	}
	ctx, quit := context.WithCancel(context.Background())
	n := &NATS{log: log, quit: quit, began: make(chan struct{}), closed: make(chan struct{})}
	go n.connect(ctx, addresses)
	return n, nil
}

// connect returns after the first attempt; the client goes on by itself. Its own lock is held while it dials, so nothing that
// must not block may ask it anything: reached says what there is to know.
func (n *NATS) connect(ctx context.Context, addresses string) {
	defer close(n.began)
	conn, err := nats.Connect(addresses, nats.Name("fixfirst"),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(), nats.ReconnectWait(natsRetry), nats.ReconnectJitter(natsRetry, natsRetry),
		nats.SetCustomDialer(dialer{ctx}), nats.SkipHostLookup(), nats.Timeout(natsDial), nats.FlusherTimeout(natsWrite),
		nats.PingInterval(natsPing), nats.MaxPingsOutstanding(natsPings), nats.ReconnectBufSize(natsReconnect),
		nats.NoEcho(), // spares the way back; the hub would know its own wakes
		nats.ConnectHandler(n.begin), nats.ReconnectHandler(n.again),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			n.reached.Store(nil)
			if ctx.Err() == nil {
				n.warned.Store(false)
				n.warn("the bus is cut; readers look into the store every second", err)
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) {
			n.warn("the bus cannot be reached; readers look into the store every second", err)
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			n.warn("the bus has trouble", err)
			n.tellLost() // wakes came too fast and were dropped, or the server forbids us to send or to listen
		}),
		nats.ClosedHandler(func(*nats.Conn) { close(n.closed) }))
	if err != nil {
		n.warn("the bus cannot be used", err)
	}
	n.conn = conn
}

// begin subscribes on the first connection; the client does so on the later ones.
func (n *NATS) begin(c *nats.Conn) {
	sub, err := c.Subscribe(subject, func(m *nats.Msg) {
		n.mu.RLock()
		defer n.mu.RUnlock()
		if n.receive != nil {
			n.receive(m.Data)
		}
	})
	if err == nil {
		err = sub.SetPendingLimits(natsPending, natsPendBytes)
	}
	if err != nil {
		n.warn("the bus cannot be listened to", err)
	}
	n.again(c)
}

// again is called on each connection. Only once the server has confirmed our subscription nothing more is missed.
func (n *NATS) again(c *nats.Conn) {
	if err := c.FlushTimeout(natsWrite); err != nil {
		n.warn("the bus does not answer", err)
	}
	n.reached.Store(c)
	n.warned.Store(false)
	n.log.LogAttrs(context.Background(), slog.LevelInfo, "the bus is connected", slog.String("server", c.ConnectedAddr()))
	n.tellLost()
}

func (n *NATS) tellLost() {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.lost != nil {
		n.lost()
	}
}

func (n *NATS) warn(message string, err error) {
	if n.warned.Swap(true) {
		return
	}
	said := "connection closed"
	if err != nil {
		said = err.Error()
	}
	n.log.LogAttrs(context.Background(), slog.LevelWarn, message, slog.String("error", said))
}

// Publish implements Bus. It may wait for the network, 2 s at most.
func (n *NATS) Publish(data []byte) error {
	c := n.reached.Load()
	if c == nil {
		return errCut
	}
	return c.Publish(subject, data)
}

// Subscribe implements Bus.
func (n *NATS) Subscribe(receive func(data []byte), lost func()) (stop func()) {
	set := func(receive func([]byte), lost func()) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.receive, n.lost = receive, lost
	}
	set(receive, lost)
	return func() { set(nil, nil) }
}

// Connected implements Bus.
func (n *NATS) Connected() bool { return n.reached.Load() != nil }

// Close sends what was published, if the server can be reached, and ends the connection. It waits some seconds at most.
func (n *NATS) Close() {
	if c := n.reached.Load(); c != nil {
		if err := c.FlushTimeout(natsWrite); err != nil {
			n.warn("the last wakes did not reach the bus", err)
		}
	}
	n.warned.Store(true) // what the end brings is no news
	n.quit()
	<-n.began
	if n.conn != nil {
		n.conn.Close()
		<-n.closed
	}
	n.reached.Store(nil)
}

// dialer gives up at once when the bus is closed, whatever the network or the name server do.
type dialer struct{ ctx context.Context }

func (d dialer) Dial(network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(d.ctx, natsDial)
	defer cancel()
	return new(net.Dialer).DialContext(ctx, network, address)
}
