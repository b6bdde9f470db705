package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
)

// defaultDB is the embedded database of a server without flags.
const defaultDB = "sqlite:fixfirst-data/fixfirst.db"

// serveOptions are the flags of serve.
type serveOptions struct {
	db, listen, grpcListen string
	bus                    string
	origins, imageHosts    []string
	logLevel               string
}

func (p *program) serveCommand() *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API",
		Long: "Serve REST and, with --grpc-listen, gRPC. Without flags it runs on an embedded database in ./fixfirst-data/.\n" +
			"The first start of an empty database prints one admin key, once. SIGTERM drains and ends within 10 seconds.\n" +
			"FIXFIRST_SECRET (32 bytes in base64) is the secret that a new database draws arms and signs tokens with; without it,\n" +
			"it makes one. A database that exists keeps its own.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.serve(c.Context(), o, nil) },
	}
	p.serveFlags(c, &o)
	return c
}

func (p *program) serveFlags(c *cobra.Command, o *serveOptions) {
	f := c.Flags()
	f.StringVar(&o.db, "db", p.env("FIXFIRST_DB", defaultDB), "sqlite:PATH or postgres://… (FIXFIRST_DB)")
	f.StringVar(&o.listen, "listen", p.env("FIXFIRST_LISTEN", "127.0.0.1:8080"), "address of REST; port 0 picks a free one (FIXFIRST_LISTEN)")
	f.StringVar(&o.grpcListen, "grpc-listen", p.env("FIXFIRST_GRPC_LISTEN", ""), "address of gRPC; none without it (FIXFIRST_GRPC_LISTEN)")
	f.StringVar(&o.bus, "bus", p.env("FIXFIRST_BUS", ""), "nats://… that connects replicas on one PostgreSQL; none for one server (FIXFIRST_BUS)")
	f.StringSliceVar(&o.imageHosts, "image-host", nil, "host from which guides may show pictures, such as cdn.shop.example; repeatable")
	f.StringSliceVar(&o.origins, "allow-origin", nil, "origin whose pages may call from a browser, such as https://shop.example; repeatable")
	f.StringVar(&o.logLevel, "log-level", p.env("FIXFIRST_LOG_LEVEL", "info"), "debug, info, warn or error; debug logs every request (FIXFIRST_LOG_LEVEL)")
}

// serve runs a server until ctx ends, then drains it. ready, when given, is called once requests are answered.
func (p *program) serve(ctx context.Context, o serveOptions, ready func(ctx context.Context, s *store.Store, address string) error) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return usageError{fmt.Errorf("--log-level %q: use debug, info, warn or error", o.logLevel)}
	}
	hosts, err := hostNames(o.imageHosts)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: level}))
	secret, err := p.databaseSecret()
	if err != nil {
		return err
	}
	p.spareProcessor(o.db)
	s, err := store.Open(ctx, o.db, store.Options{Secret: secret, Log: log})
	if err != nil {
		return err
	}
	defer s.Close()
	bus, closeBus, err := connectBus(o.bus, log)
	if err != nil {
		return err
	}
	defer closeBus()
	srv, err := newServer(ctx, s, serverConfig{now: time.Now, log: log, origins: o.origins, imageHosts: hosts, bus: bus})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	var grpcListener net.Listener
	if o.grpcListen != "" {
		if grpcListener, err = net.Listen("tcp", o.grpcListen); err != nil {
			return errors.Join(fmt.Errorf("listen for gRPC: %w", err), listener.Close())
		}
	}
	if err := p.firstKey(ctx, s); err != nil {
		return err
	}
	failed := srv.start(listener, grpcListener)
	address := "http://" + listener.Addr().String()
	fmt.Fprintf(p.stdout, "listening on %s\nanalyst page: %s/analyst/\n", address, address)
	if grpcListener != nil {
		fmt.Fprintf(p.stdout, "gRPC on %s\n", grpcListener.Addr())
	}
	if ready != nil {
		if err := ready(ctx, s, address); err != nil {
			return errors.Join(err, srv.drain())
		}
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	return errors.Join(err, srv.drain())
}

// connectBus connects to the bus between replicas; none for an empty address. It does not wait for it.
func connectBus(address string, log *slog.Logger) (live.Bus, func(), error) {
	if address == "" {
		return nil, func() {}, nil
	}
	bus, err := live.ConnectNATS(address, log)
	if err != nil {
		return nil, nil, usageError{fmt.Errorf("--bus: %w", err)}
	}
	return bus, bus.Close, nil
}

// databaseSecret gives the secret that a new database gets, nil for one of its own. Two databases with one secret draw the
// same arms, so that a recorded history can be played against both.
func (p *program) databaseSecret() ([]byte, error) {
	text := p.getenv("FIXFIRST_SECRET")
	if text == "" {
		return nil, nil
	}
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(secret) != 32 {
		return nil, usageError{errors.New("FIXFIRST_SECRET: must be 32 bytes in base64, as openssl rand -base64 32 prints them")}
	}
	return secret, nil
}

// spareProcessor makes room for SQLite's one writer, which spends much of its time in the disk's fsync, inside C, where the
// scheduler cannot take its processor away at once: one more keeps the others at work meanwhile.
func (p *program) spareProcessor(db string) {
	if strings.HasPrefix(db, "sqlite:") && p.getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.NumCPU() + 1)
	}
}

// firstKey prints the one admin key of a database that has no keys.
func (p *program) firstKey(ctx context.Context, s *store.Store) error {
	var any bool
	if err := s.View(ctx, func(tx *store.Tx) (err error) {
		any, err = tx.AnyKey()
		return err
	}); err != nil || any {
		return err
	}
	key, secret, err := rpc.NewKey(troubleshoot.Key{Role: troubleshoot.RoleAdmin, DisplayName: "first start"}, time.Now())
	if err != nil {
		return err
	}
	kept := false
	if err := s.Update(ctx, func(tx *store.Tx) error {
		claimed, err := tx.ClaimFirstKey(time.Now()) // a replica may have been first
		if kept = err == nil && claimed; kept {
			return tx.KeepKey(key)
		}
		return err
	}); err != nil {
		return err
	}
	if kept {
		fmt.Fprintf(p.stdout, "admin key, shown only now: %s\n", secret)
	}
	return nil
}

// role reads a role's name.
func role(name string) (troubleshoot.Role, error) {
	roles := []string{"", "STOREFRONT", "SELLER", "EXPERT", "ANALYST", "ADMIN"}
	for n, known := range roles {
		if n > 0 && strings.EqualFold(name, known) {
			return troubleshoot.Role(n), nil
		}
	}
	return 0, usageError{fmt.Errorf("--role %q: use one of %s", name, strings.Join(roles[1:], ", "))}
}
