package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// running is a server of a test, as a client finds it.
type running struct {
	address, key string
	lines        *bufio.Scanner // of its stdout, after "listening on"
}

// start runs a command that serves, reads up to the line that says where, and stops it when the test ends.
func start(t *testing.T, args ...string) running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	var messages bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, args, noEnvironment, strings.NewReader(""), in, &messages)
		in.Close()
		ended <- code
	}()
	r := running{lines: bufio.NewScanner(out)}
	for r.address == "" && r.lines.Scan() {
		if key, ok := strings.CutPrefix(r.lines.Text(), "admin key, shown only now: "); ok {
			r.key = key
		}
		if address, ok := strings.CutPrefix(r.lines.Text(), "listening on "); ok {
			r.address = address
		}
	}
	t.Cleanup(func() {
		stop()
		go io.Copy(io.Discard, out)
		if code := <-ended; code != exitOK {
			t.Errorf("%v ended with %d: %s", args, code, messages.String())
		}
	})
	if r.address == "" {
		t.Fatalf("%v did not listen", args)
	}
	return r
}

// serving starts a server on an empty database.
func serving(t *testing.T) running {
	t.Helper()
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--db", "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	go func() {
		for r.lines.Scan() { // whatever else it says
		}
	}()
	return r
}

func noEnvironment(string) string { return "" }

// result is what a command left behind.
type result struct {
	code     int
	out, err string
}

// fixfirst runs a command against the server, with its address and key in the environment.
func (r running) fixfirst(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, messages bytes.Buffer
	code := run(t.Context(), args, func(name string) string {
		return map[string]string{"FIXFIRST_SERVER": r.address, "FIXFIRST_KEY": r.key}[name]
	}, strings.NewReader(stdin), &out, &messages)
	return result{code, out.String(), messages.String()}
}

// must is fixfirst for a command that has to do all of its work.
func (r running) must(t *testing.T, args ...string) string {
	t.Helper()
	got := r.fixfirst(t, "", args...)
	if got.code != exitOK {
		t.Fatalf("%v ended with %d: %s", args, got.code, got.err)
	}
	return got.out
}

// write makes a file of the test.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMistakesNameTheFlagAndTheMend(t *testing.T) {
	nobody := running{address: "http://127.0.0.1:1", key: "ff_live_none"}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"format", []string{"report", "deflection", "-o", "yaml"}, exitUsage, `--output "yaml": use text, json or csv`},
		{"csv of what is no report", []string{"guide", "list", "--seller", "s", "-o", "csv"}, exitUsage, `--output "csv": use text or json`},
		{"group", []string{"report", "deflection", "--group-by", "SKU,COLOUR"}, exitUsage, `--group-by "COLOUR": use SELLER, SKU, REASON, DAY, ARM`},
		{"confidence", []string{"report", "deflection", "--confidence", "95"}, exitUsage, "--confidence 95: use a share"},
		{"interval", []string{"report", "deflection", "--interval", "wide"}, exitUsage, "use always-valid or closed"},
		{"address", []string{"report", "deflection", "--server", "localhost"}, exitUsage, `--server "localhost": write it like http://127.0.0.1:8080`},
		{"no server", []string{"report", "deflection"}, exitFailure, "start one with fixfirst serve, or name it with --server"},
		{"argument", []string{"report", "deflection", "june"}, exitUsage, "fixfirst report deflection"},
		{"no file", []string{"import", "items"}, exitUsage, "fixfirst import items FILE…"},
		{"missing file", []string{"import", "items", "none.csv"}, exitFailure, "none.csv"},
		{"extension", []string{"import", "items", "items.xlsx"}, exitUsage, "give --format csv or --format ndjson"},
		{"path", []string{"import", "items", "a.csv", "--set", "colour=red"}, exitUsage, `there is no "colour" in colour; use one of seller, sku`},
		{"path with parts", []string{"import", "items", "a.csv", "--column", "unitPrice=P"}, exitUsage, "unitPrice has parts; name one of amount, currencyCode"},
		{"path of a list", []string{"import", "items", "a.csv", "--column", "questions=Q"}, exitUsage, "questions is a list"},
		{"part of a value", []string{"import", "items", "a.csv", "--set", "title.en=T"}, exitUsage, `"title" is a value and has no parts`},
		{"column", []string{"import", "items", "a.csv", "--column", "title"}, exitUsage, "write it like orderLine.orderId=InvoiceNo"},
		{"layout", []string{"import", "items", "a.csv", "--time-layout", "%Y"}, exitUsage, "write how 2006-01-02 15:04:05 looks"},
		{"row of several files", []string{"import", "items", "a.csv", "b.csv", "--from-row", "7"}, exitUsage, "--from-row 7"},
		{"seller", []string{"guide", "push", "."}, exitUsage, "--seller is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := nobody.fixfirst(t, "", c.args...)
			if got.code != c.code || !strings.Contains(got.err, c.says) || got.out != "" {
				t.Errorf("%v gave %d, %q on stdout and %q; want %d and %q", c.args, got.code, got.out, got.err, c.code, c.says)
			}
		})
	}
}

func TestKeyIsNeverShown(t *testing.T) {
	r := running{address: "http://127.0.0.1:1", key: "ff_live_secret"}
	for _, args := range [][]string{{"report", "deflection", "--help"}, {"report", "deflection"}, {"import", "items", "--help"}} {
		if got := r.fixfirst(t, "", args...); strings.Contains(got.out+got.err, r.key) {
			t.Errorf("%v shows the key: %s", args, got.out+got.err)
		}
	}
}

func TestErrorsOfTheServer(t *testing.T) {
	r := serving(t)
	if got := (running{address: r.address, key: "ff_live_wrong"}).fixfirst(t, "", "report", "deflection"); got.code != exitFailure ||
		!strings.Contains(got.err, "check --key or FIXFIRST_KEY") {
		t.Errorf("a wrong key gave %+v", got)
	}
	if got := r.fixfirst(t, "", "report", "deflection", "--start-date", "2026-13-01"); got.code != exitFailure || !strings.Contains(got.err, "startDate") {
		t.Errorf("a wrong day gave %+v", got)
	}
	if got := readError(400, []byte(`{"message":"a: wrong (and 1 more)","details":[{"fieldViolations":[{"field":"a","description":"wrong"},{"field":"b","description":"bad"}]}]}`)); got.Error() !=
		"a: wrong (and 1 more)\n  b: bad" {
		t.Errorf("two violations read %q", got)
	}
	if got := readError(502, []byte("<html>")); !strings.Contains(got.Error(), "502 Bad Gateway; is --server a Fixfirst server?") {
		t.Errorf("a page of a proxy read %q", got)
	}
}
