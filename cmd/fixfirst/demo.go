package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
)

const (
	demoDB       = "sqlite:fixfirst-data/demo.db"
	demoLogLevel = "warn"              // simulated shoppers come and go all the time
	demoKeyName  = "demo"              // of all keys that the demo makes
	demoKeyLife  = 30 * 24 * time.Hour // what was tried out is soon forgotten
)

func (p *program) demoCommand() *cobra.Command {
	var o demoOptions
	c := &cobra.Command{
		Use: "demo", Short: "Serve a database of its own with sample sellers, guides, simulated experts and shoppers", Args: arguments(cobra.NoArgs),
		Long: "Serve the API on a database of its own, with sample sellers, items and guides and with simulated shoppers of the last\n" +
			"75 days, so that reports have figures, and print what to try next. While it runs, simulated experts are on, and simulated\n" +
			"shoppers come, chat and leave; what it prints lets you chat with either in another terminal, with fixfirst chat. Started\n" +
			"again it finds the same world and makes new keys.",
		Example: "  fixfirst demo\n  fixfirst demo --listen 127.0.0.1:0 --db sqlite:/tmp/demo.db\n  fixfirst demo --shoppers-every 0",
		RunE: func(c *cobra.Command, _ []string) error {
			if o.every < 0 {
				return usageError{fmt.Errorf("--shoppers-every %s: write a time such as 30s, or 0 for none", o.every)}
			}
			return p.demo(c.Context(), o)
		},
	}
	p.serveFlags(c, &o.serveOptions)
	c.Flags().DurationVar(&o.every, "shoppers-every", demoEvery, "a simulated shopper chats about so often; sooner, and all of it is faster; 0: no simulated chats")
	c.Flags().Lookup("db").Usage = "sqlite:PATH or postgres://… of a demo: empty, or made by an earlier one"
	o.db = demoDB // FIXFIRST_DB is for real data
	c.Flags().Lookup("db").DefValue = demoDB
	o.logLevel = p.env("FIXFIRST_LOG_LEVEL", demoLogLevel)
	c.Flags().Lookup("log-level").DefValue = o.logLevel
	return c
}

// demoOptions are the flags of demo.
type demoOptions struct {
	serveOptions
	every time.Duration // between simulated shoppers who chat; 0: none do
}

// demoKeys are the secrets of a demo's keys.
type demoKeys struct {
	Admin      string `json:"admin"`
	Storefront string `json:"storefront"`
	Analyst    string `json:"analyst"`
	Expert     string `json:"expert"` // of the guest

	team map[string]string // of the simulated experts, by name
}

func (p *program) demo(ctx context.Context, o demoOptions) error {
	keys, err := p.prepareDemo(ctx, o.db)
	if err != nil {
		return err
	}
	loading := newProgress(p.stderr, "intercepts")
	p.stderr = &lockedWriter{to: p.stderr} // the log and the simulation write there
	web := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	defer web.CloseIdleConnections()
	live := &demoLive{http: web, storefront: keys.Storefront, experts: keys.team, every: o.every, messages: p.stderr}
	defer live.stop()
	return p.serve(ctx, o.serveOptions, func(ctx context.Context, _ *store.Store, address string) error {
		started := time.Now()
		l := &demoLoader{admin: &client{base: address, key: keys.Admin, http: web}, storefront: &client{base: address, key: keys.Storefront, http: web},
			now: started, progress: loading}
		err := l.load(ctx)
		l.progress.end()
		if ctx.Err() != nil {
			return nil // stopped while loading; the next start goes on
		}
		if err != nil {
			return fmt.Errorf("load the demo: %w", err)
		}
		took := time.Since(started)
		if live.base = address; o.every > 0 {
			live.start(ctx)
		}
		return p.print(map[string]any{"server": address, "keys": keys, "commands": demoCommands(address, keys)},
			demoText(address, keys, l.intercepts, took, o.every))
	})
}

// prepareDemo makes sure that the database is for demos and gives it fresh keys; those of earlier demos stop working.
func (p *program) prepareDemo(ctx context.Context, db string) (demoKeys, error) {
	var secrets demoKeys
	secret, err := p.databaseSecret()
	if err != nil {
		return secrets, err
	}
	s, err := store.Open(ctx, db, store.Options{Secret: secret})
	if err != nil {
		return secrets, err
	}
	now := time.Now()
	secrets, keys, err := newDemoKeys(now)
	if err != nil {
		return secrets, errors.Join(err, s.Close())
	}
	err = s.Update(ctx, func(tx *store.Tx) error {
		if err := claimForDemo(tx, db, now); err != nil {
			return err
		}
		for _, key := range keys {
			if err := tx.KeepKey(key); err != nil {
				return err
			}
		}
		return nil
	})
	return secrets, errors.Join(err, s.Close())
}

// newDemoKeys makes a key of each role that the demo needs, and of each expert.
func newDemoKeys(now time.Time) (secrets demoKeys, keys []troubleshoot.Key, err error) {
	add := func(k troubleshoot.Key) (secret string) {
		k.DisplayName, k.ExpireTime = demoKeyName, now.Add(demoKeyLife)
		made, secret, failed := rpc.NewKey(k, now)
		keys, err = append(keys, made), errors.Join(err, failed)
		return secret
	}
	of := func(e demoStaff) troubleshoot.Key {
		return troubleshoot.Key{Role: troubleshoot.RoleExpert, Seller: e.seller, Expert: e.name}
	}
	secrets = demoKeys{Admin: add(troubleshoot.Key{Role: troubleshoot.RoleAdmin}), Storefront: add(troubleshoot.Key{Role: troubleshoot.RoleStorefront}),
		Analyst: add(troubleshoot.Key{Role: troubleshoot.RoleAnalyst}), Expert: add(of(demoGuest)), team: map[string]string{}}
	for _, e := range demoTeam {
		secrets.team[e.name] = add(of(e))
	}
	return secrets, keys, err
}

// claimForDemo refuses a database that has anything but a demo, marks an empty one, and revokes the keys of the last demo.
func claimForDemo(tx *store.Tx, db string, now time.Time) error {
	used, err := tx.AnyKey()
	if err != nil {
		return err
	}
	mark := demoSellers[0]
	kept, err := tx.Seller(mark.id)
	unmarked := troubleshoot.CodeOf(err) == troubleshoot.NotFound
	switch {
	case err == nil && kept.DisplayName != mark.name, unmarked && used:
		return fmt.Errorf("--db %s: has data that is not of a demo; name another database, such as sqlite:demo.db, or serve this one with fixfirst serve", db)
	case unmarked:
		return tx.PutSeller(troubleshoot.Seller{ID: mark.id, DisplayName: mark.name, TimeZone: mark.zone}, now)
	case err != nil:
		return err
	}
	keys, err := tx.Keys(store.KeyFilter{Limit: troubleshoot.MaxPageSize})
	for _, k := range keys {
		if err == nil && k.DisplayName == demoKeyName && k.Works(now) {
			err = tx.RevokeKey(k.ID, now)
		}
	}
	return err
}

// demoCommand is something to try, with its words.
type demoCommand struct {
	About   string `json:"about"`
	Command string `json:"command"`
}

// demoCommands are lines to copy into a shell.
func demoCommands(address string, keys demoKeys) []demoCommand {
	to := func(key string) string { return "--server " + address + " --key " + key }
	bearer := func(key string) string { return "-H 'Authorization: Bearer " + key + "'" }
	body := func(json string) string { return "-H 'Content-Type: application/json' -d '" + json + "'" }
	p := demoProducts[0]
	return []demoCommand{
		{"Live chat, as an expert: what shoppers of " + p.sku + " ask rings here; /help says how to answer",
			"fixfirst chat --as expert --expert " + demoGuest.name + " " + to(keys.Expert)},
		{"Live chat, as a shopper, in another terminal: the expert above answers while on, else a simulated one",
			"fixfirst chat --as shopper --seller " + p.seller + " --sku " + p.sku + " --price " + p.price + " --server " + address + " --storefront-key " + keys.Storefront},
		{"What help was worth, by product, against the holdout", "fixfirst report deflection --group-by SKU " + to(keys.Analyst)},
		{"What each step of a guide fixes, and the order that would cost shoppers least", "fixfirst report guides --seller hearth --guide kettle.en " + to(keys.Analyst)},
		{"The step that answers a shopper's words", "fixfirst guide search 'the light stays off' --seller hearth " + to(keys.Storefront)},
		{"The same of one seller by reason, for a spreadsheet", "curl -s '" + address + "/v1/reports/deflection?seller=" + p.seller + "&groupBy=REASON' -H 'Accept: text/csv' " + bearer(keys.Analyst)},
		{"A shopper clicks \"return\": what to offer, for good", "curl -s " + address + "/v1/returns:intercept " + bearer(keys.Storefront) + " " +
			body(`{"orderLine": {"seller": "`+p.seller+`", "orderId": "TRY-1", "lineId": "1", "sku": "`+p.sku+`", "quantity": 1, "unitPrice": {"amount": "`+p.price+
				`", "currencyCode": "USD"}}, "reason": "DEFECTIVE", "shopper": "you", "locale": "en", "refundUrl": "https://shop.example/refund"}`)},
		{"The guides that fit, with their steps and safe HTML", "curl -s '" + address + "/v1/sellers/" + p.seller + "/skus/" + p.sku + "/guides?reason=DEFECTIVE&locale=en' " + bearer(keys.Storefront)},
		{"The store saw the kettle come back after all", "curl -s " + address + "/v1/returns:record " + bearer(keys.Storefront) + " " +
			body(`{"events": [{"eventId": "TRY-1", "seller": "`+p.seller+`", "orderId": "TRY-1", "lineId": "1", "quantity": 1, "event": "REQUESTED", "eventTime": "'$(date -u +%FT%TZ)'"}]}`)},
		{"All guides of a seller", "fixfirst guide list --seller " + p.seller + " " + to(keys.Admin)},
	}
}

// demoText says what is there and what to try.
func demoText(address string, keys demoKeys, loaded int64, took, every time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nloaded %d past intercepts in %.1f s; the shoppers are simulated. What each guide truly avoids, for the report to find:\n", loaded, took.Seconds())
	for _, p := range demoProducts {
		fmt.Fprintf(&b, "  %-10s %4.1f points of the return rate\n", p.sku, 100*p.avoided())
	}
	if every > 0 {
		fmt.Fprintf(&b, "\nlive now: simulated experts (%s), and a simulated shopper who chats about every %s\n", demoNames(), every)
	}
	fmt.Fprintf(&b, "\nkeys, for 30 days or until the next start:\n  admin       %s\n  storefront  %s\n  analyst     %s\n  expert      %s  (%s of %s)\n\ntry next, at %s:\n",
		keys.Admin, keys.Storefront, keys.Analyst, keys.Expert, demoGuest.name, demoGuest.seller, address)
	for _, c := range demoCommands(address, keys) {
		fmt.Fprintf(&b, "\n# %s\n%s\n", c.About, c.Command)
	}
	return b.String()
}

// demoNames lists the simulated experts, as shoppers see them.
func demoNames() string {
	var names []string
	for _, e := range demoTeam {
		names = append(names, e.name+" of "+e.seller)
	}
	return strings.Join(names, ", ")
}
