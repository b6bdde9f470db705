package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
)

func (p *program) keyCommand() *cobra.Command {
	key := &cobra.Command{Use: "key", Short: "Make, list and revoke API keys on the database, without a server"}
	key.AddCommand(p.keyCreateCommand(), p.keyListCommand(), p.keyRevokeCommand())
	return key
}

func (p *program) keyCreateCommand() *cobra.Command {
	var db, roleName, expires string
	var wanted troubleshoot.Key
	c := &cobra.Command{
		Use: "create --role ROLE [--seller S] [--expert E]", Short: "Make a key; its secret alone goes to stdout, once", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			if wanted.Role, err = role(roleName); err != nil {
				return err
			}
			now := time.Now()
			if expires != "" {
				life, err := time.ParseDuration(expires)
				if err != nil {
					return usageError{fmt.Errorf("--expires-in %q: write it like 720h", expires)}
				}
				wanted.ExpireTime = now.Add(life)
			}
			if err := wanted.Check(now); err != nil {
				return usageError{err}
			}
			return p.withStore(c.Context(), db, func(s *store.Store) error { return p.createKey(c.Context(), s, wanted, now) })
		},
	}
	p.dbFlag(c, &db)
	f := c.Flags()
	f.StringVar(&roleName, "role", "", "STOREFRONT, SELLER, EXPERT, ANALYST or ADMIN")
	f.StringVar(&wanted.Seller, "seller", "", "the one seller the key is for; all without it")
	f.StringVar(&wanted.Expert, "expert", "", "the expert an EXPERT key is for")
	f.StringVar(&wanted.DisplayName, "name", "", "what the key is for, to recognise it by")
	f.StringVar(&expires, "expires-in", "", "life of the key, such as 720h; for ever without it")
	return c
}

func (p *program) createKey(ctx context.Context, s *store.Store, wanted troubleshoot.Key, now time.Time) error {
	key, secret, err := rpc.NewKey(wanted, now)
	if err != nil {
		return err
	}
	if err := s.Update(ctx, func(tx *store.Tx) error {
		if err := tx.KeepKey(key); err != nil {
			return err
		}
		return tx.Audit(now, key.Seller, "command line", "key.create", "keys/"+key.ID, "")
	}); err != nil {
		return err
	}
	return p.print(map[string]string{"name": "keys/" + key.ID, "secret": secret}, secret)
}

func (p *program) keyListCommand() *cobra.Command {
	var db, seller string
	c := &cobra.Command{
		Use: "list", Short: "List keys, newest first, without secrets", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withStore(c.Context(), db, func(s *store.Store) error { return p.listKeys(c.Context(), s, seller) })
		},
	}
	p.dbFlag(c, &db)
	c.Flags().StringVar(&seller, "seller", "", "only keys of this seller")
	return c
}

// shownKey is a key as the command line shows it.
type shownKey struct {
	Name        string `json:"name"`
	Role        string `json:"role"`
	Seller      string `json:"seller,omitempty"`
	Expert      string `json:"expert,omitempty"`
	Prefix      string `json:"prefix"`
	DisplayName string `json:"displayName,omitempty"`
	State       string `json:"state"`
}

func (p *program) listKeys(ctx context.Context, s *store.Store, seller string) error {
	shown := []shownKey{}
	now, before := time.Now(), ""
	for {
		var keys []troubleshoot.Key
		if err := s.View(ctx, func(tx *store.Tx) (err error) {
			keys, err = tx.Keys(store.KeyFilter{Seller: seller, Before: before, Limit: troubleshoot.MaxPageSize})
			return err
		}); err != nil {
			return err
		}
		for _, k := range keys {
			state := "works"
			if !k.RevokeTime.IsZero() {
				state = "revoked"
			} else if !k.Works(now) {
				state = "expired"
			}
			shown = append(shown, shownKey{"keys/" + k.ID, k.Role.String(), k.Seller, k.Expert, k.Prefix, k.DisplayName, state})
			before = k.ID
		}
		if len(keys) < troubleshoot.MaxPageSize {
			break
		}
	}
	var text strings.Builder
	for _, k := range shown {
		fmt.Fprintf(&text, "%s  %-10s %-8s %-10s %s… %s %s\n", k.Name, k.Role, k.State, k.Seller, k.Prefix, k.Expert, k.DisplayName)
	}
	return p.print(shown, strings.TrimSuffix(text.String(), "\n"))
}

func (p *program) keyRevokeCommand() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use: "revoke KEY", Short: "Revoke a key; it stops working within 5 seconds", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, now := strings.TrimPrefix(args[0], "keys/"), time.Now()
			return p.withStore(c.Context(), db, func(s *store.Store) error {
				if err := s.Update(c.Context(), func(tx *store.Tx) error {
					if err := tx.RevokeKey(id, now); err != nil {
						return err
					}
					return tx.Audit(now, "", "command line", "key.revoke", "keys/"+id, "")
				}); err != nil {
					return err
				}
				return p.print(map[string]string{"revoked": "keys/" + id}, "revoked keys/"+id)
			})
		},
	}
	p.dbFlag(c, &db)
	return c
}
