package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// chatOptions are the flags of chat.
type chatOptions struct {
	to                 connection
	as                 string
	intercept, session string
	try                tryOptions
	expert             string
	autoAccept         bool
}

// Flags that only one end of a chat has.
var (
	shopperFlags = []string{"intercept", "session", "seller", "sku", "price", "currency", "reason", "comment", "locale", "refund-url", "storefront-key"}
	expertFlags  = []string{"expert", "auto-accept"}
)

func (p *program) chatCommand() *cobra.Command {
	var o chatOptions
	c := &cobra.Command{
		Use: "chat --as shopper|expert", Short: "Chat in the terminal, as a shopper or as an expert", Args: arguments(cobra.NoArgs),
		Long: "Chat in the terminal, as a shopper or as an expert. What you type is sent; lines that begin with / are commands, /help lists\n" +
			"them, and // begins a message with a slash. Connections that drop come back by themselves, and what you write meanwhile is\n" +
			"kept: each message is sent until the server has it, and shown once.\n\n" +
			"As a shopper, with the intercept and the shopper's token in FIXFIRST_KEY, you begin or resume the chat of an offer. To try it\n" +
			"out, --seller and --sku make an intercept first, with a storefront's key and an order of its own. The refund link is always\n" +
			"shown.\n\n" +
			"As an expert, with an EXPERT key, you are AVAILABLE while this runs, and sessions that ring are shown.\n\n" +
			"The conversation goes to stdout, messages about it to stderr. -o json prints an object a line instead: {session, event} for\n" +
			"what happens in a session (event as GET /v1/sessions/{session}/events gives it; seq 0 is live only), {work} for an expert's\n" +
			"work stream, {intercept}, {refundUrl}, {context}, {results}, {replies}.\n\n" +
			"From a script, a command that needs a session waits for one: /accept until one rings, a message until a chat is in hand. /wait\n" +
			"waits until the other party has written since your last line. The end of the input is /quit for an expert; for a shopper the\n" +
			"program goes on until the talk is over. Exit codes: 0 done, 1 failed, 2 a flag that cannot be meant, 3 done, but something\n" +
			"that was typed was refused.",
		Example: "  fixfirst chat --as shopper --intercept intercepts/0198… --key $SHOPPER_TOKEN\n" +
			"  fixfirst chat --as shopper --seller acme --sku KETTLE-1 --price 59.99 --storefront-key $STOREFRONT_KEY\n" +
			"  fixfirst chat --as expert --expert mia --key $EXPERT_KEY\n" +
			"  printf '/accept\\nHello, what does the light show?\\n/wait\\n/close FIXED_KEPT\\n' | fixfirst chat --as expert --expert mia",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(func(flag string) bool { return c.Flags().Changed(flag) }); err != nil {
				return usageError{err}
			}
			if o.as == "expert" {
				return p.chatAsExpert(c.Context(), o)
			}
			return p.chatAsShopper(c.Context(), o)
		},
	}
	p.connectionFlags(c, &o.to)
	f := c.Flags()
	f.StringVar(&o.as, "as", "", "shopper or expert")
	f.StringVar(&o.intercept, "intercept", "", "shopper: the intercept whose offer has a chat; --key is its shopper's token")
	f.StringVar(&o.session, "session", "", "shopper: go on in this chat of the intercept")
	o.try.flags(c)
	f.StringVar(&o.expert, "expert", p.env("FIXFIRST_EXPERT", ""), "expert: the name that the key is for (FIXFIRST_EXPERT)")
	f.BoolVar(&o.autoAccept, "auto-accept", false, "expert: accept whatever rings")
	return c
}

// check refuses flags that cannot be meant together.
func (o chatOptions) check(given func(flag string) bool) error {
	others := map[string][]string{"shopper": expertFlags, "expert": shopperFlags}
	if _, known := others[o.as]; !known {
		return fmt.Errorf("--as %q: use shopper or expert", o.as)
	}
	for _, flag := range others[o.as] {
		if given(flag) {
			return fmt.Errorf("--%s is not for --as %s: leave it out", flag, o.as)
		}
	}
	tries := o.try.seller != "" || o.try.sku != ""
	switch {
	case o.as == "expert" && o.expert == "":
		return errors.New("--expert is missing: name the expert that the key is for, or set FIXFIRST_EXPERT")
	case o.as == "expert":
		return nil
	case o.intercept == "" && (o.try.seller == "" || o.try.sku == ""):
		return errors.New("--intercept is missing: name the intercept, or give --seller and --sku to make one and try it out")
	case o.intercept != "" && tries:
		return errors.New("--intercept beside --seller and --sku: give either")
	case tries && o.session != "":
		return errors.New("--session is of an intercept that exists: give --intercept with it")
	}
	return nil
}

// resourcePath gives the path of a resource that was named by its id or its name.
func resourcePath(collection, name string) string {
	if !strings.HasPrefix(name, collection+"/") {
		name = collection + "/" + name
	}
	return "/v1/" + name
}

// run runs one end of a chat until it is over, and waits for all that it began. farewell, if given, comes after the loop, also
// when that was interrupted.
func (t *talk) run(ctx context.Context, cancel context.CancelFunc, s side, farewell func()) error {
	err := t.loop(ctx, s)
	if farewell != nil {
		farewell()
	}
	cancel()
	t.running.Wait()
	return err
}
