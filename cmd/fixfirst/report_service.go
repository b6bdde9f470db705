package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// serviceReportOptions are the flags of report service.
type serviceReportOptions struct {
	to                connection
	seller, from, end string
	groupBy           []string
	confidence        float64
}

// serviceGroups are the keys by which the report may be grouped, as the contract lists them.
var serviceGroups = pb.GetServiceReportRequest_GroupBy(0).Descriptor()

func (p *program) reportServiceCommand() *cobra.Command {
	var o serviceReportOptions
	c := &cobra.Command{
		Use: "service", Short: "How shoppers were served: how soon a human answered, whether it helped, and what it took", Args: arguments(cobra.NoArgs),
		Long: "How shoppers were served: how soon a human answered, whether it helped, and what it took.\n" +
			"-o csv and -o json print the server's whole report; the table leaves columns out.",
		Example:     "  fixfirst report service --seller acme --group-by EXPERT\n  fixfirst report service --start-date 2026-10-01 --end-date 2026-10-31 --group-by DAY,CHANNEL -o csv",
		Annotations: map[string]string{alsoKnows: "csv"},
		RunE:        func(c *cobra.Command, _ []string) error { return p.reportService(c.Context(), o) },
	}
	p.connectionFlags(c, &o.to)
	f := c.Flags()
	f.StringVar(&o.seller, "seller", "", "only this seller; all that the key may see without it")
	f.StringVar(&o.from, "start-date", "", "first day of the sessions, such as 2026-10-01")
	f.StringVar(&o.end, "end-date", "", "last day of the sessions, included")
	f.StringSliceVar(&o.groupBy, "group-by", nil, "rows by "+strings.Join(groupNames(serviceGroups), ", ")+"; several with commas")
	f.Float64Var(&o.confidence, "confidence", 0.95, "of the intervals, 0.5 to 0.999")
	return c
}

func (p *program) reportService(ctx context.Context, o serviceReportOptions) error {
	query, err := reportQuery(o.confidence, map[string]string{"seller": o.seller, "startDate": o.from, "endDate": o.end})
	if err != nil {
		return err
	}
	keys, err := groupBy(query, o.groupBy, serviceGroups)
	if err != nil {
		return err
	}
	report := &pb.ServiceReport{}
	return p.report(ctx, o.to, "/v1/reports/service?"+query.Encode(), report, func() string { return serviceTable(report, keys) })
}

// serviceTable is a report for people: a table and its notes. keys are the groups in order.
func serviceTable(report *pb.ServiceReport, keys []string) string {
	if len(report.GetRows()) == 0 {
		return "no sessions in this period; -o json shows the empty report"
	}
	t := table{}
	for _, k := range keys {
		t.column("", strings.ToUpper(k), left)
	}
	t.column("CHATS", "ANSWERED", right)
	t.column("WITHIN", "60 s, %", right)
	t.column("WITHIN", "24 h, %", right)
	t.column("NOT SOLVED", fmt.Sprintf("%% [%.4g%%]", 100*report.GetConfidence()), right)
	t.column("", "SCORE", right)
	t.column("LEFT THE", "QUEUE, %", right)
	t.column("WAIT", "median", right)
	t.column("HANDLED", "in", right)
	t.column("OCCU-", "PIED, %", right)
	t.column("CLOSED", "an hour", right)
	for _, row := range report.GetRows() {
		t.row(serviceCells(row, keys)...)
	}
	var b strings.Builder
	t.write(&b)
	b.WriteString(serviceNotes(report, keys))
	fmt.Fprintf(&b, "\nAs of %s. Only humans count as answers. NOT SOLVED and SCORE are of those who took help and answered: report deflection tells what help was worth.",
		report.GetAsOf().AsTime().Format(time.RFC3339))
	return b.String()
}

func serviceCells(row *pb.ServiceRow, keys []string) []string {
	var cells []string
	for _, k := range keys {
		cells = append(cells, shorten(row.GetKeys()[k]))
	}
	return append(cells, fmt.Sprintf("%d/%d", row.GetAnswered(), row.GetOffered()), share(row.GetFirstResponse()), share(row.GetContactResponse()),
		proportion(row.GetDissatisfaction()), decimal(row.Score, 2), share(row.GetAbandonmentInQueue()), seconds(row.GetMedianWait()),
		seconds(row.GetMeanHandleTime()), percent(row.Occupancy), decimal(row.SessionsPerExpertHour, 1))
}

// share shows a share in percent.
func share(p *pb.Proportion) string {
	if p == nil {
		return withheld
	}
	return percent(p.Rate)
}

// proportion shows a share in percent with its interval.
func proportion(p *pb.Proportion) string {
	switch {
	case p == nil || p.Rate == nil:
		return withheld
	case p.Lower == nil || p.Upper == nil:
		return fmt.Sprintf("%.1f [%s]", 100*p.GetRate(), withheld)
	}
	return fmt.Sprintf("%.1f [%.1f, %.1f]", 100*p.GetRate(), 100*p.GetLower(), 100*p.GetUpper())
}

func decimal(x *float64, decimals int) string {
	if x == nil {
		return withheld
	}
	return fmt.Sprintf("%.*f", decimals, *x)
}

// seconds shows a time as 45s or 11m30s.
func seconds(d *durationpb.Duration) string {
	if d == nil {
		return withheld
	}
	return d.AsDuration().Round(time.Second).String()
}

// serviceNotes lists each note once, with the rows that it is about.
func serviceNotes(report *pb.ServiceReport, keys []string) string {
	var notes []string
	about := map[string][]string{}
	for _, row := range report.GetRows() {
		var name []string
		for _, k := range keys {
			name = append(name, clean(row.GetKeys()[k]))
		}
		for _, note := range row.GetNotes() {
			if about[note] == nil {
				notes = append(notes, note)
			}
			about[note] = append(about[note], strings.Join(name, " "))
		}
	}
	var b strings.Builder
	for _, note := range notes {
		rows := strings.Join(about[note], ", ")
		if len(keys) == 0 || len(about[note]) == len(report.GetRows()) {
			rows = "all"
		}
		fmt.Fprintf(&b, "\n%s: %s", rows, clean(note))
	}
	if len(notes) > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}
