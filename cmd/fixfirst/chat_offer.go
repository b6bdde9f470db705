package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// mostTries bounds how many orders are made up until one is not held out.
const mostTries = 10

// tryOptions describe an order line that is made up to try a chat out.
type tryOptions struct {
	seller, sku, price, currency       string
	reason, comment, locale, refundURL string
	storefrontKey                      string
}

func (o *tryOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.seller, "seller", "", "shopper, to try it out: whose item it is")
	f.StringVar(&o.sku, "sku", "", "shopper, to try it out: the item's SKU")
	f.StringVar(&o.price, "price", "100.00", "shopper, to try it out: what the item has cost")
	f.StringVar(&o.currency, "currency", "USD", "shopper, to try it out: in which currency")
	f.StringVar(&o.reason, "reason", "DEFECTIVE", "shopper, to try it out: why it goes back")
	f.StringVar(&o.comment, "comment", "", "shopper, to try it out: what is wrong, in the shopper's words")
	f.StringVar(&o.locale, "locale", "en", "shopper, to try it out: the shopper's language")
	f.StringVar(&o.refundURL, "refund-url", "https://shop.example/refund", "shopper, to try it out: the refund link")
	f.StringVar(&o.storefrontKey, "storefront-key", "", "shopper, to try it out: key of the storefront that asks; --key without it")
}

// intercept makes one of an order that nobody else has. One that is held out gets no help, for good; another order is another
// draw, which is as random.
func (o tryOptions) intercept(ctx context.Context, store *client, heldOut func(*pb.Intercept)) (*pb.Intercept, error) {
	for n := 1; ; n++ {
		order := "TRY-" + rand.Text()[:12]
		i := &pb.Intercept{}
		err := store.call(ctx, http.MethodPost, "/v1/returns:intercept", &pb.InterceptReturnRequest{
			OrderLine: &pb.OrderLine{Seller: o.seller, OrderId: order, LineId: "1", Sku: o.sku, Quantity: 1,
				UnitPrice: &pb.Money{Amount: o.price, CurrencyCode: o.currency}},
			Reason: o.reason, Comment: o.comment, Shopper: "try-" + order, Locale: o.locale, RefundUrl: o.refundURL}, i)
		if err != nil || i.GetArm() != pb.Intercept_HOLDOUT || n == mostTries {
			return i, err
		}
		heldOut(i)
	}
}

// shopperIntercept finds the intercept of a chat, or makes one, and gives it with a client that speaks as its shopper.
func (p *program) shopperIntercept(ctx context.Context, o chatOptions, sc *screen) (*pb.Intercept, *client, error) {
	if o.try.storefrontKey != "" {
		o.to.key = o.try.storefrontKey
	}
	server, err := p.client(o.to)
	if err != nil {
		return nil, nil, err
	}
	if o.intercept != "" {
		i := &pb.Intercept{}
		return i, server, server.call(ctx, http.MethodGet, resourcePath("intercepts", o.intercept), nil, i)
	}
	i, err := o.try.intercept(ctx, server, func(i *pb.Intercept) {
		sc.note("order %s is held out at random, to measure what help is worth; trying another order", i.GetOrderId())
	})
	if err != nil {
		return nil, nil, err
	}
	shopper := *server
	shopper.key = i.GetShopperToken()
	sc.note("to come back to it: FIXFIRST_KEY=%s fixfirst chat --as shopper --intercept %s --server %s", shopper.key, i.GetName(), shopper.base)
	return i, &shopper, nil
}

// showOffer says what a shopper is offered, and where the refund is.
func (s *screen) showOffer(i *pb.Intercept) {
	s.record(map[string]any{"intercept": asJSON(i)})
	s.data(s.terminal.paint(bold, s.terminal.wrap("", "", fmt.Sprintf("%s of order %s, %s", i.GetSku(), i.GetOrderId(), i.GetReason()))))
	for _, offered := range offerLines(i) {
		s.data(s.terminal.wrap("offered: ", "  ", offered))
	}
	s.data(refundLine(s.terminal, i.GetRefundUrl()))
}

// offerLines lists what is offered, a chat first.
func offerLines(i *pb.Intercept) []string {
	var lines []string
	if c := i.GetOffer().GetChat(); c.GetAvailable() {
		line := "chat with an expert, in " + plainWait(c.GetEstimatedWait().AsDuration())
		if n := c.GetQueueLength(); n > 0 {
			line += fmt.Sprintf(", %d before you", n)
		}
		lines = append(lines, line)
	}
	for _, g := range i.GetOffer().GetGuides() {
		line := "guide: " + g.GetTitle()
		if g.GetMinutes() > 0 {
			line += fmt.Sprintf(", about %d minutes", g.GetMinutes())
		}
		lines = append(lines, line+" ("+g.GetGuide()+")")
	}
	if i.GetOffer().GetCallback().GetAvailable() {
		lines = append(lines, "an expert calls you back")
	}
	return lines
}

// errNoChat is that of an offer without a chat; what there is instead has been shown.
func errNoChat(i *pb.Intercept) error {
	why := i.GetWhy()
	if i.GetArm() == pb.Intercept_OFFERED {
		why = "no expert would answer in time"
	}
	instead := "the refund link is above"
	if len(offerLines(i)) > 0 {
		instead = "take what is offered above, or the refund"
	}
	return errors.New("no chat is offered: " + why + "; " + instead)
}

// refundLine is the refund link as each screen shows it.
func refundLine(t terminal, url string) string {
	if url == "" {
		return ""
	}
	return t.paint(blue, "refund: "+clean(url)+"\n")
}

// plainWait says how long a time is, roughly.
func plainWait(d time.Duration) string {
	d = d.Round(5 * time.Second)
	switch {
	case d < 5*time.Second:
		return "a few seconds"
	case d < 2*time.Minute:
		return fmt.Sprintf("about %d seconds", d/time.Second)
	}
	return fmt.Sprintf("about %d minutes", d.Round(time.Minute)/time.Minute)
}

// waitWords says where somebody stands in the queue.
func waitWords(w *pb.SessionEvent_Wait) string {
	switch position := w.GetQueuePosition(); {
	case w.GetNobody():
		return "no expert who is on could come now"
	case position <= 1 && w.GetEstimatedWait() == nil:
		return "you are next"
	case position <= 1:
		return "you are next, in " + plainWait(w.GetEstimatedWait().AsDuration())
	case w.GetEstimatedWait() == nil:
		return fmt.Sprintf("place %d in the queue", position)
	default:
		return fmt.Sprintf("place %d in the queue, %s", position, plainWait(w.GetEstimatedWait().AsDuration()))
	}
}

// helpText lays out commands and what they do.
func helpText(commands [][2]string) string {
	var b strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-36s %s\n", c[0], c[1])
	}
	return b.String()
}
