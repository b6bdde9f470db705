// Command fixfirst stands in front of the refund step of a store: one binary that serves the API on an embedded database
// or on PostgreSQL, and the command line of sellers, analysts and operators.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // sellers' time zones, on machines without a database of them

	"github.com/spf13/cobra"
)

// Exit codes, as docs/operators-guide.md promises them.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
	exitRefused = 3 // the work is done, but some rows were refused and named
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// program is what commands share: the world outside, passed in.
type program struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	json           bool // -o json
	csv            bool // -o csv, of reports
	sarif          bool // -o sarif, of linters
	started        bool // the command line was understood
	code           int  // exit code of a command that did its work
}

// run is the whole program; tests call it as main does. Data goes to stdout, messages to stderr.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr}
	root := p.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(stderr, "fixfirst:", err)
		if isUsage(err) || !p.started {
			return exitUsage
		}
		return exitFailure
	}
	return p.code
}

// usageError is a command line that cannot be meant.
type usageError struct{ error }

func isUsage(err error) bool {
	var usage usageError
	return errors.As(err, &usage)
}

func (p *program) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "fixfirst",
		Short:         "Try this first: troubleshooting in front of the refund step, measured against a holdout",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	var output string
	root.PersistentFlags().StringVarP(&output, "output", "o", "text", "text or json; reports know csv, guide lint sarif, too")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		p.started = true
		also := c.Annotations[alsoKnows]
		p.json, p.csv, p.sarif = output == "json", output == "csv" && also == output, output == "sarif" && also == output
		if output == "text" || p.json || p.csv || p.sarif {
			return nil
		}
		known := "text or json"
		if also != "" {
			known = "text, json or " + also
		}
		return usageError{fmt.Errorf("--output %q: use %s", output, known)}
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(p.serveCommand(), p.keyCommand(), p.migrateCommand(), p.doctorCommand(), p.versionCommand(),
		p.importCommand(), p.reportCommand(), p.guideCommand(), p.chatCommand(), p.demoCommand())
	return root
}

// alsoKnows annotates a command with the third output format that it has, besides text and json.
const alsoKnows = "also-knows"

// env gives an environment variable, or what counts without it.
func (p *program) env(name, absent string) string {
	if v := p.getenv(name); v != "" {
		return v
	}
	return absent
}
