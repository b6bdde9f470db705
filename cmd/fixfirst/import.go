package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// rowKind is a kind of rows that can be imported.
type rowKind struct {
	name, short string
	message     proto.Message
	send        sender
}

func (p *program) importCommand() *cobra.Command {
	c := &cobra.Command{Use: "import", Short: "Load order lines, items, past intercepts and returns from CSV or NDJSON files"}
	for _, kind := range []rowKind{
		{"intercepts", "Load past intercepts with their arms and outcomes", &pb.ImportInterceptsRequest{}, sendIntercepts},
		{"order-lines", "Load what was sold", &pb.ImportOrderLinesRequest{}, sendOrderLines},
		{"items", "Load items", &pb.PutItemRequest{}, sendItems},
		{"returns", "Load return events", &pb.ReturnEvent{}, sendReturns},
	} {
		c.AddCommand(p.importKindCommand(kind))
	}
	return c
}

// importOptions are the flags of import.
type importOptions struct {
	to                   connection
	format               string
	columns, constants   []string
	negate, only, skip   []string
	timeLayout           string
	fromRow              int64
	dryRun               bool
	row                  proto.Message // of the kind
	mapping              mapping       // what columns, constants, negate and timeLayout say
	onlyWhere, skipWhere []filter
}

func (p *program) importKindCommand(kind rowKind) *cobra.Command {
	o := importOptions{row: kind.message}
	c := &cobra.Command{
		Use: kind.name + " FILE…", Short: kind.short, Args: arguments(cobra.MinimumNArgs(1)),
		Long: kind.short + `.

NDJSON has one JSON object a line, as the API's import takes it. CSV has a header; its columns are the JSON's paths, such as
orderLine.orderId, or are mapped with --column and --set. FILE - is standard input.

Rows that cannot be read or that the server refuses are named on stderr as FILE:ROW: FIELD: CAUSE; the others go in. In CSV
rows count from 1 after the header, in NDJSON they are lines. Importing a file again does no harm: what is in counts as a
duplicate. Exit code 3 says that rows were refused, 1 that the import did not come to its end; the message says from where
to go on.`,
		Example: "  fixfirst import " + kind.name + " " + kind.name + ".ndjson\n" + importExamples[kind.name],
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.check(args); err != nil {
				return err
			}
			return p.importFiles(c.Context(), kind, o, args)
		},
	}
	p.connectionFlags(c, &o.to)
	f := c.Flags()
	f.StringVar(&o.format, "format", "", "csv or ndjson; without it the file's extension says, and standard input is ndjson")
	f.StringArrayVar(&o.columns, "column", nil, "PATH=COLUMN: the JSON path is in this column; repeatable")
	f.StringArrayVar(&o.constants, "set", nil, "PATH=TEXT: the JSON path has this value, in which {row}, {file} and {COLUMN} stand for the row's own; repeatable")
	f.StringArrayVar(&o.negate, "negate", nil, "PATH: numbers of this path have the other sign in the file, as in credit notes; repeatable")
	f.StringArrayVar(&o.only, "only", nil, "COLUMN=TEXT: take only these rows; TEXT* takes all that begin so; repeatable")
	f.StringArrayVar(&o.skip, "skip", nil, "COLUMN=TEXT: pass over these rows; repeatable")
	f.StringVar(&o.timeLayout, "time-layout", "", "Go layout of times that are not RFC 3339, such as '2006-01-02 15:04:05'; they are in UTC")
	f.Int64Var(&o.fromRow, "from-row", 1, "go on at this row of the one file")
	f.BoolVar(&o.dryRun, "dry-run", false, "read and check all rows, send nothing")
	return c
}

var importExamples = map[string]string{
	"order-lines": "  fixfirst import order-lines sales.csv --set orderLine.seller=acme --column orderLine.orderId=Invoice --set orderLine.lineId={row} \\\n" +
		"    --column orderLine.sku=SKU --column orderLine.quantity=Units --column orderLine.unitPrice.amount=Price --set orderLine.unitPrice.currencyCode=GBP",
	"returns": "  fixfirst import returns credits.csv --only 'Invoice=C*' --negate quantity --set event=REFUNDED --set seller=acme --column orderId=Invoice \\\n" +
		"    --set lineId={row} --set 'eventId={Invoice}-{row}' --column quantity=Units --column eventTime=Date --time-layout '2006-01-02 15:04:05'",
}

// check reads the flags that files are read by.
func (o *importOptions) check(files []string) (err error) {
	if o.format != "" && o.format != formatCSV && o.format != formatNDJSON {
		return usageError{fmt.Errorf("--format %q: use csv or ndjson", o.format)}
	}
	if o.fromRow < 1 || (o.fromRow > 1 && len(files) > 1) {
		return usageError{fmt.Errorf("--from-row %d: give a row from 1 on, and one file", o.fromRow)}
	}
	if o.timeLayout != "" && time.Unix(0, 0).UTC().Format(o.timeLayout) == o.timeLayout {
		return usageError{fmt.Errorf("--time-layout %q: write how 2006-01-02 15:04:05 looks in the file", o.timeLayout)}
	}
	if o.mapping, err = newMapping(o.row.ProtoReflect().Descriptor(), o.columns, o.constants, o.negate, o.timeLayout); err != nil {
		return err
	}
	if o.onlyWhere, err = newFilters("only", o.only); err != nil {
		return err
	}
	o.skipWhere, err = newFilters("skip", o.skip)
	return err
}

// formatOf says how a file is read.
func (o *importOptions) formatOf(file string) (string, error) {
	if o.format != "" {
		return o.format, nil
	}
	switch extension := strings.ToLower(path.Ext(file)); {
	case extension == ".csv":
		return formatCSV, nil
	case extension == ".ndjson", extension == ".jsonl", extension == ".json", file == "-":
		return formatNDJSON, nil
	}
	return "", usageError{fmt.Errorf("%s: its name does not say what is in it; give --format csv or --format ndjson", file)}
}

// importFiles reads and sends each file, and sums up.
func (p *program) importFiles(ctx context.Context, kind rowKind, o importOptions, files []string) error {
	formats := make([]string, len(files))
	for n, file := range files {
		var err error
		if formats[n], err = o.formatOf(file); err != nil {
			return err
		}
	}
	i := &importRun{program: p, options: o, kind: kind, ctx: ctx, progress: newProgress(p.stderr, "rows"), started: time.Now(), total: newTotals()}
	if !o.dryRun {
		var err error
		if i.server, err = p.client(o.to); err != nil {
			return err
		}
	}
	defer i.progress.end()
	for n, file := range files {
		if err := i.file(file, formats[n]); err != nil {
			return err
		}
	}
	i.progress.end()
	if i.total.Refused > 0 {
		p.code = exitRefused
	}
	i.total.DryRun = o.dryRun
	return p.print(i.total, i.total.text())
}

// open opens a file, or standard input.
func (p *program) open(file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(p.stdin), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s is a folder; name its files", file), f.Close())
	}
	return f, nil
}
