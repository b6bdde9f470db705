package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

func (p *program) reportCommand() *cobra.Command {
	report := &cobra.Command{Use: "report", Short: "Ask a server for its reports"}
	report.AddCommand(p.reportDeflectionCommand(), p.reportGuidesCommand(), p.reportServiceCommand())
	return report
}

// deflectionOptions are the flags of report deflection.
type deflectionOptions struct {
	to                connection
	seller, from, end string
	groupBy           []string
	confidence        float64
	interval          string
}

// Intervals that a table can show.
const (
	alwaysValid = "always-valid"
	closed      = "closed"
)

// deflectionGroups are the keys by which the report may be grouped, as the contract lists them.
var deflectionGroups = pb.GetDeflectionReportRequest_GroupBy(0).Descriptor()

func (p *program) reportDeflectionCommand() *cobra.Command {
	var o deflectionOptions
	c := &cobra.Command{
		Use: "deflection", Short: "What help was worth: returns avoided and savings, measured against the holdout", Args: arguments(cobra.NoArgs),
		Long: "What help was worth: returns avoided and savings, measured against the holdout.\n" +
			"-o csv and -o json print the server's whole report; the table leaves columns out.",
		Example:     "  fixfirst report deflection --seller acme --group-by SKU,REASON\n  fixfirst report deflection --start-date 2026-10-01 --end-date 2026-10-31 -o csv",
		Annotations: map[string]string{alsoKnows: "csv"},
		RunE:        func(c *cobra.Command, _ []string) error { return p.reportDeflection(c.Context(), o) },
	}
	p.connectionFlags(c, &o.to)
	f := c.Flags()
	f.StringVar(&o.seller, "seller", "", "only this seller; all that the key may see without it")
	f.StringVar(&o.from, "start-date", "", "first day of the intercepts, such as 2026-10-01")
	f.StringVar(&o.end, "end-date", "", "last day of the intercepts, included")
	f.StringSliceVar(&o.groupBy, "group-by", nil, "rows by "+strings.Join(groupNames(deflectionGroups), ", ")+"; several with commas")
	f.Float64Var(&o.confidence, "confidence", 0.95, "of the intervals, 0.5 to 0.999")
	f.StringVar(&o.interval, "interval", alwaysValid, "of the table: "+alwaysValid+", which may be looked at every day, or "+closed+", for one look at a period declared beforehand")
	return c
}

// groupNames are the keys that a report makes rows for.
func groupNames(groups protoreflect.EnumDescriptor) []string {
	var names []string
	for n := 1; n < groups.Values().Len(); n++ {
		names = append(names, string(groups.Values().Get(n).Name()))
	}
	return names
}

// groupBy asks for rows by the given keys, in small or capital letters, and returns the columns that they make.
func groupBy(query url.Values, given []string, groups protoreflect.EnumDescriptor) ([]string, error) {
	names := groupNames(groups)
	var columns []string
	for _, by := range given {
		by = strings.ToUpper(strings.TrimSpace(by))
		if !slices.Contains(names, by) {
			return nil, usageError{fmt.Errorf("--group-by %q: use %s", by, strings.Join(names, ", "))}
		}
		query.Add("groupBy", by)
		columns = append(columns, strings.ToLower(by))
	}
	return columns, nil
}

func (p *program) reportDeflection(ctx context.Context, o deflectionOptions) error {
	if o.interval != alwaysValid && o.interval != closed {
		return usageError{fmt.Errorf("--interval %q: use %s or %s", o.interval, alwaysValid, closed)}
	}
	query, err := reportQuery(o.confidence, map[string]string{"seller": o.seller, "startDate": o.from, "endDate": o.end})
	if err != nil {
		return err
	}
	keys, err := groupBy(query, o.groupBy, deflectionGroups)
	if err != nil {
		return err
	}
	report := &pb.DeflectionReport{}
	return p.report(ctx, o.to, "/v1/reports/deflection?"+query.Encode(), report, func() string { return deflectionTable(report, keys, o.interval) })
}

// reportQuery writes the parameters that are given.
func reportQuery(confidence float64, given map[string]string) (url.Values, error) {
	if !(confidence >= 0.5 && confidence <= 0.999) {
		return nil, usageError{fmt.Errorf("--confidence %v: use a share from 0.5 to 0.999, such as 0.95", confidence)}
	}
	query := url.Values{"confidence": {fmt.Sprint(confidence)}}
	for name, value := range given {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query, nil
}

// report asks for a report and prints it: what the server says in JSON or CSV, or a table of the message that it was read into.
func (p *program) report(ctx context.Context, to connection, path string, report proto.Message, table func() string) error {
	server, err := p.client(to)
	if err != nil {
		return err
	}
	accept := "application/json"
	if p.csv {
		accept = "text/csv"
	}
	data, err := server.get(ctx, path, accept)
	if err != nil {
		return err
	}
	if p.csv {
		_, err := p.stdout.Write(data)
		return err
	}
	if p.json {
		return p.print(json.RawMessage(data), "")
	}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, report); err != nil {
		return fmt.Errorf("the server's reply cannot be read: %w", err)
	}
	return p.print(nil, table())
}
