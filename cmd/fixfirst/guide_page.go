package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot/gateway"
	"github.com/fixfirst/fixfirst/web"
)

// previewDrain is how long a preview waits for a browser before it ends.
const previewDrain = time.Second

// servePreview serves the shopper's page of one file until the context ends. The file is read anew for each reload.
func (p *program) servePreview(ctx context.Context, o previewOptions, path string) error {
	handler, err := newPreview(o, path)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", o.listen, err)
	}
	server := gateway.NewServer(handler)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	address := "http://" + listener.Addr().String() + "/guide/?preview"
	if err := p.print(map[string]string{"file": path, "address": address}, "previewing "+clean(path)+" until Ctrl-C: "+address); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), previewDrain)
	defer cancel()
	if err := server.Shutdown(drain); errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	} else if err != nil {
		return err
	}
	return nil
}

// preview answers the shopper's page with a guide of this machine.
type preview struct {
	pages http.Handler
	o     previewOptions
	path  string
}

func newPreview(o previewOptions, path string) (http.Handler, error) {
	pages, err := gateway.Pages(web.Files, o.imageHosts)
	if err != nil {
		return nil, err
	}
	return &preview{pages, o, path}, nil
}

// ServeHTTP gives the guide, its pictures and the pages.
func (v *preview) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	switch {
	case !local(r.Host): // a page elsewhere whose name was made to lead here (DNS rebinding)
		http.Error(w, "this preview is for this machine only", http.StatusForbidden)
	case r.URL.Path == "/":
		http.Redirect(w, r, "/guide/?preview", http.StatusSeeOther)
	case r.URL.Path == "/guide/preview.json":
		v.guide(w)
	case strings.HasPrefix(r.URL.Path, "/assets/"):
		v.picture(w, r)
	default:
		v.pages.ServeHTTP(w, r)
	}
}

// local tells addresses, and this machine's own name, from names that somebody else may have given to it.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil
}

func (v *preview) compile() (compiled, error) {
	f, err := readGuide(v.path)
	if err != nil {
		return compiled{}, err
	}
	c := newWorkshop(v.o.imageHosts).compile(f)
	if c.broken {
		return c, errors.New(c.shown[0].String())
	}
	return c, nil
}

func (v *preview) guide(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	c, err := v.compile()
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": err.Error()})
		return
	}
	_, _ = w.Write(asJSON(c.guide())) // a browser that is gone needs nothing
}

// picture gives one of those that the guide shows now, and no other file.
func (v *preview) picture(w http.ResponseWriter, r *http.Request) {
	c, err := v.compile()
	if err == nil {
		for _, p := range c.pictures {
			if p.uri() == r.URL.Path {
				w.Header().Set("Content-Type", p.kind.MediaType())
				_, _ = w.Write(p.content)
				return
			}
		}
	}
	http.NotFound(w, r)
}
