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

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// takesCSV marks commands that know -o csv.
const takesCSV = "csv"

func (p *program) reportCommand() *cobra.Command {
	report := &cobra.Command{Use: "report", Short: "Ask a server for its reports"}
	report.AddCommand(p.reportDeflectionCommand())
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

func (p *program) reportDeflectionCommand() *cobra.Command {
	var o deflectionOptions
	c := &cobra.Command{
		Use: "deflection", Short: "What help was worth: returns avoided and savings, measured against the holdout", Args: arguments(cobra.NoArgs),
		Long: "What help was worth: returns avoided and savings, measured against the holdout.\n" +
			"-o csv and -o json print the server's whole report; the table leaves columns out.",
		Example:     "  fixfirst report deflection --seller acme --group-by SKU,REASON\n  fixfirst report deflection --start-date 2026-10-01 --end-date 2026-10-31 -o csv",
		Annotations: map[string]string{takesCSV: "true"},
		RunE:        func(c *cobra.Command, _ []string) error { return p.reportDeflection(c.Context(), o) },
	}
	p.connectionFlags(c, &o.to)
	f := c.Flags()
	f.StringVar(&o.seller, "seller", "", "only this seller; all that the key may see without it")
	f.StringVar(&o.from, "start-date", "", "first day of the intercepts, such as 2026-10-01")
	f.StringVar(&o.end, "end-date", "", "last day of the intercepts, included")
	f.StringSliceVar(&o.groupBy, "group-by", nil, "rows by "+strings.Join(groupNames(), ", ")+"; several with commas")
	f.Float64Var(&o.confidence, "confidence", 0.95, "of the intervals, 0.5 to 0.999")
	f.StringVar(&o.interval, "interval", alwaysValid, "of the table: "+alwaysValid+", which may be looked at every day, or "+closed+", for one look at a period declared beforehand")
	return c
}

// groupNames are the keys that rows are made for.
func groupNames() []string {
	values := pb.GetDeflectionReportRequest_GroupBy(0).Descriptor().Values()
	var names []string
	for n := 1; n < values.Len(); n++ {
		names = append(names, string(values.Get(n).Name()))
	}
	return names
}

func (p *program) reportDeflection(ctx context.Context, o deflectionOptions) error {
	if o.interval != alwaysValid && o.interval != closed {
		return usageError{fmt.Errorf("--interval %q: use %s or %s", o.interval, alwaysValid, closed)}
	}
	if !(o.confidence >= 0.5 && o.confidence <= 0.999) {
		return usageError{fmt.Errorf("--confidence %v: use a share from 0.5 to 0.999, such as 0.95", o.confidence)}
	}
	query := url.Values{"confidence": {fmt.Sprint(o.confidence)}}
	for name, value := range map[string]string{"seller": o.seller, "startDate": o.from, "endDate": o.end} {
		if value != "" {
			query.Set(name, value)
		}
	}
	var keys []string
	for _, by := range o.groupBy {
		by = strings.ToUpper(strings.TrimSpace(by))
		if !slices.Contains(groupNames(), by) {
			return usageError{fmt.Errorf("--group-by %q: use %s", by, strings.Join(groupNames(), ", "))}
		}
		query.Add("groupBy", by)
		keys = append(keys, strings.ToLower(by))
	}
	server, err := p.client(o.to)
	if err != nil {
		return err
	}
	accept := "application/json"
	if p.csv {
		accept = "text/csv"
	}
	data, err := server.get(ctx, "/v1/reports/deflection?"+query.Encode(), accept)
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
	report := &pb.DeflectionReport{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, report); err != nil {
		return fmt.Errorf("the server's reply cannot be read: %w", err)
	}
	return p.print(nil, deflectionTable(report, keys, o.interval))
}
