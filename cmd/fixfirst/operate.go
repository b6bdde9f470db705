package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixfirst/fixfirst/store"
)

// withStore opens the database of --db, runs fn and closes it.
func (p *program) withStore(ctx context.Context, db string, fn func(*store.Store) error) error {
	s, err := store.Open(ctx, db, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(fn(s), s.Close())
}

// dbFlag adds --db to a command that works on the database without a server.
func (p *program) dbFlag(c *cobra.Command, db *string) {
	c.Flags().StringVar(db, "db", p.env("FIXFIRST_DB", defaultDB), "sqlite:PATH or postgres://… (FIXFIRST_DB)")
}

// print writes v as JSON with -o json, else the text.
func (p *program) print(v any, text string) error {
	if !p.json {
		_, err := fmt.Fprintln(p.stdout, text)
		return err
	}
	return json.NewEncoder(p.stdout).Encode(v)
}

func (p *program) migrateCommand() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use: "migrate", Short: "Bring the database to this binary's schema; serve does it too", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withStore(c.Context(), db, func(*store.Store) error {
				return p.print(map[string]bool{"migrated": true}, "the schema is this binary's")
			})
		},
	}
	p.dbFlag(c, &db)
	return c
}

func (p *program) doctorCommand() *cobra.Command {
	var db string
	c := &cobra.Command{
		Use: "doctor", Short: "Check the database: its integrity, and every rollup, guide outcome and service sum against the facts", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withStore(c.Context(), db, func(s *store.Store) error { return p.doctor(c.Context(), s) })
		},
	}
	p.dbFlag(c, &db)
	return c
}

// doctor names what is wrong and fails if anything is.
func (p *program) doctor(ctx context.Context, s *store.Store) error {
	progress := newProgress(p.stderr, "intercepts checked")
	var wrong []string
	err := s.View(ctx, func(tx *store.Tx) error {
		broken, err := tx.CheckIntegrity()
		if err != nil {
			return err
		}
		differ, err := tx.VerifyRollups(func(n int) { progress.set(int64(n)) })
		if err != nil {
			return err
		}
		outcomes, err := tx.VerifyOutcomes()
		if err != nil {
			return err
		}
		service, err := tx.VerifyService()
		wrong = slices.Concat(broken, differ, outcomes, service)
		return err
	})
	progress.end()
	if err != nil {
		return err
	}
	if wrong == nil {
		wrong = []string{}
	}
	text := "integrity ok; rollups, guide outcomes and service sums equal the facts"
	if len(wrong) > 0 {
		text = fmt.Sprintf("%d findings", len(wrong))
		for _, w := range wrong {
			text += "\n" + w
		}
		p.code = exitFailure
	}
	return p.print(map[string]any{"ok": len(wrong) == 0, "findings": wrong, "checkTime": time.Now().UTC().Format(time.RFC3339)}, text)
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			version, commit := "devel", ""
			if info, ok := debug.ReadBuildInfo(); ok {
				version = info.Main.Version
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						commit = s.Value
					}
				}
			}
			return p.print(map[string]string{"version": version, "commit": commit, "go": runtime.Version()},
				fmt.Sprintf("fixfirst %s %s %s", version, commit, runtime.Version()))
		},
	}
}
