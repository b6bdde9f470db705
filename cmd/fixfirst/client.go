package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Bounds of one request of the command line.
const (
	requestTimeout = 30 * time.Second
	uploadTimeout  = 2 * time.Minute // of one stream of rows
	maxReply       = 64 << 20        // bytes
)

const defaultServer = "http://127.0.0.1:8080"

// connection is where a command finds its server, and as whom it speaks.
type connection struct{ server, key string }

// connectionFlags adds --server and --key. The key's default is looked up when it is used, because --help shows defaults.
func (p *program) connectionFlags(c *cobra.Command, to *connection) {
	f := c.Flags()
	f.StringVar(&to.server, "server", p.env("FIXFIRST_SERVER", defaultServer), "address of the server (FIXFIRST_SERVER)")
	f.StringVar(&to.key, "key", "", "API key (FIXFIRST_KEY, which other users of the machine do not see)")
}

// client speaks REST with a server.
type client struct {
	base string // without a slash at its end
	key  string
	http *http.Client
}

func (p *program) client(c connection) (*client, error) {
	base, err := url.Parse(c.server)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.RawQuery != "" {
		return nil, usageError{fmt.Errorf("--server %q: write it like %s", c.server, defaultServer)}
	}
	key := c.key
	if key == "" {
		key = p.getenv("FIXFIRST_KEY")
	}
	if key == "" {
		return nil, usageError{errors.New("no key: give --key or set FIXFIRST_KEY; fixfirst key create makes one")}
	}
	return &client{base: strings.TrimSuffix(base.String(), "/"), key: key, http: &http.Client{}}, nil
}

// call sends a message, or none, and reads the reply into reply unless that is nil. Errors of the server are *apiError.
func (c *client) call(ctx context.Context, method, path string, body, reply proto.Message) error {
	var content io.Reader
	if body != nil {
		data, err := protojson.Marshal(body)
		if err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		content = bytes.NewReader(data)
	}
	return c.read(ctx, requestTimeout, method, path, "application/json", content, reply)
}

// upload streams rows, one JSON object a line, and reads the server's reply about all of them.
func (c *client) upload(ctx context.Context, path string, rows io.Reader, reply proto.Message) error {
	return c.read(ctx, uploadTimeout, http.MethodPost, path, "application/x-ndjson", rows, reply)
}

func (c *client) read(ctx context.Context, timeout time.Duration, method, path, mediaType string, body io.Reader, reply proto.Message) error {
	data, err := c.raw(ctx, timeout, method, path, http.Header{"Content-Type": {mediaType}}, body)
	if err != nil || reply == nil {
		return err
	}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, reply); err != nil { // a newer server may say more
		return fmt.Errorf("%s is no server of Fixfirst, or of another version: its reply cannot be read: %w", c.base, err)
	}
	return nil
}

// get asks for a path in the media type that is wanted.
func (c *client) get(ctx context.Context, path, accept string) ([]byte, error) {
	return c.raw(ctx, requestTimeout, http.MethodGet, path, http.Header{"Accept": {accept}}, nil)
}

// raw does one request and gives the body of a good reply.
func (c *client) raw(ctx context.Context, timeout time.Duration, method, path string, header http.Header, body io.Reader) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.base, err)
	}
	req.Header = header
	req.Header.Set("Authorization", "Bearer "+c.key)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err, timeout)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	switch {
	case err != nil:
		return nil, c.unreachable(err, timeout)
	case len(data) > maxReply:
		return nil, fmt.Errorf("the reply of %s is longer than %d bytes; ask for less at once", c.base, maxReply)
	case resp.StatusCode != http.StatusOK:
		return nil, readError(resp.StatusCode, data)
	}
	return data, nil
}

func (c *client) unreachable(err error, timeout time.Duration) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s did not answer within %s; try again", c.base, timeout)
	}
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	var request *url.Error
	if errors.As(err, &request) { // it repeats the address
		err = request.Err
	}
	return fmt.Errorf("no answer from %s: %w; start one with fixfirst serve, or name it with --server", c.base, err)
}

// violation is one wrong field of a request.
type violation struct{ Field, Description string }

// apiError is a google.rpc.Status that a server answered.
type apiError struct {
	status     int // of HTTP
	message    string
	violations []violation
}

func readError(status int, body []byte) error {
	var s struct {
		Message string
		Details []struct{ FieldViolations []violation }
	}
	if err := json.Unmarshal(body, &s); err != nil || s.Message == "" {
		return &apiError{status: status, message: fmt.Sprintf("the server answered %d %s; is --server a Fixfirst server?", status, http.StatusText(status))}
	}
	e := &apiError{status: status, message: s.Message}
	for _, d := range s.Details {
		e.violations = append(e.violations, d.FieldViolations...)
	}
	return e
}

// Error gives the message, each wrong field that the message does not describe, and what to do about a bad key.
func (e *apiError) Error() string {
	text := e.message
	for _, v := range e.violations {
		if !strings.Contains(e.message, v.Description) {
			text += "\n  " + v.Field + ": " + v.Description
		}
	}
	switch e.status {
	case http.StatusUnauthorized:
		text += "\n  check --key or FIXFIRST_KEY; fixfirst key create makes a new one"
	case http.StatusForbidden:
		text += "\n  fixfirst key create --role makes a key of another role"
	}
	return text
}

// missing tells whether the server answered that there is no such thing.
func missing(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.status == http.StatusNotFound
}

// arguments makes a wrong number of arguments a usage error.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageError{fmt.Errorf("%w: %s", err, c.UseLine())}
		}
		return nil
	}
}
