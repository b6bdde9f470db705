package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// guideReportOptions are the flags of report guides.
type guideReportOptions struct {
	to                                    connection
	seller, guide, sku, reason, from, end string
	confidence, unresolved                float64
}

func (p *program) reportGuidesCommand() *cobra.Command {
	var o guideReportOptions
	c := &cobra.Command{
		Use: "guides", Short: "Which steps of guides fix, and in which order they would cost shoppers least", Args: arguments(cobra.NoArgs),
		Long: "Which steps of guides fix, and in which order they would cost shoppers least.\n" +
			"-o csv has a line for each step, -o json the server's whole report; the table leaves columns out.",
		Example:     "  fixfirst report guides --seller acme --guide kettle\n  fixfirst report guides --seller acme --sku KETTLE-1 --reason DEFECTIVE --from 2026-10-01 --to 2026-10-31 -o csv",
		Annotations: map[string]string{alsoKnows: "csv"},
		RunE: func(c *cobra.Command, _ []string) error {
			return p.reportGuides(c.Context(), o, c.Flags().Changed("unresolved-minutes"))
		},
	}
	p.connectionFlags(c, &o.to)
	f := c.Flags()
	f.StringVar(&o.seller, "seller", "", "only this seller; all that the key may see without it")
	f.StringVar(&o.guide, "guide", "", "only this guide, by its id")
	f.StringVar(&o.sku, "sku", "", "only sessions for this SKU")
	f.StringVar(&o.reason, "reason", "", "only sessions for this return reason, such as DEFECTIVE")
	f.StringVar(&o.from, "from", "", "first day of the intercepts, such as 2026-10-01; 90 days up to the last one without it")
	f.StringVar(&o.end, "to", "", "last day of the intercepts, included; today without it")
	f.Float64Var(&o.confidence, "confidence", 0.95, "of the intervals, 0.5 to 0.999")
	f.Float64Var(&o.unresolved, "unresolved-minutes", 0, "what a shopper costs whom no step helps: says after which step to stop")
	return c
}

func (p *program) reportGuides(ctx context.Context, o guideReportOptions, stop bool) error {
	query, err := reportQuery(o.confidence, map[string]string{"seller": o.seller, "guide": o.guide, "sku": o.sku, "reason": o.reason, "startDate": o.from, "endDate": o.end})
	if err != nil {
		return err
	}
	if stop {
		query.Set("unresolvedMinutes", fmt.Sprint(o.unresolved))
	}
	report := &pb.GuideReport{}
	return p.report(ctx, o.to, "/v1/reports/guides?"+query.Encode(), report, func() string { return guideReportText(report) })
}

// guideReportText is a report for people: a table for each revision, with its orders and notes.
func guideReportText(report *pb.GuideReport) string {
	if len(report.GetRows()) == 0 {
		return fmt.Sprintf("no sessions with guides for intercepts of %s to %s; -o json shows the empty report", report.GetStartDate(), report.GetEndDate())
	}
	var b strings.Builder
	for _, row := range report.GetRows() {
		fmt.Fprintf(&b, "%s/%s, revision %d: %s. %d sessions, %d of them solved by a step\n", clean(row.GetSeller()), clean(row.GetGuide()), row.GetRevision(),
			clean(row.GetTitle()), row.GetSessions(), row.GetSolved())
		stepTable(row, report.GetConfidence()).write(&b)
		if least := row.GetLeastCost(); least != nil {
			fmt.Fprintf(&b, "today %.0f s a session, in the order of least cost %.0f s, saving %s s: %s\n", row.GetToday().GetExpectedSeconds(), least.GetExpectedSeconds(),
				posterior(row.GetSavingSeconds(), 1), clean(strings.Join(least.GetSteps(), ", ")))
		}
		if row.StopAfter != nil {
			fmt.Fprintf(&b, "going on costs more than it helps after %d steps of that order\n", row.GetStopAfter())
		}
		for _, note := range row.GetNotes() {
			fmt.Fprintf(&b, "- %s\n", clean(note))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "Intercepts of %s to %s, as of %s. HAZARD is of those who reach the step and depends on its place; order steps by PLACE, never by it.",
		report.GetStartDate(), report.GetEndDate(), report.GetAsOf().AsTime().Format(time.RFC3339))
	return b.String()
}

func stepTable(row *pb.GuideRow, confidence float64) *table {
	t := &table{}
	t.column("", "STEP", left)
	for _, name := range []string{"REACHED", "TRIED", "FIXED", "SKIPPED", "DROPPED"} {
		t.column("", name, right)
	}
	t.column("HAZARD", "%", right)
	t.column("MENDS THE FAULT", fmt.Sprintf("%% [%.4g%%]", 100*confidence), right)
	t.column("SECONDS", "median", right)
	t.column("", "PLACE", right)
	for _, s := range row.GetSteps() {
		seconds, place := withheld, withheld
		if s.MedianSeconds != nil {
			seconds = fmt.Sprintf("%.0f", s.GetMedianSeconds())
		}
		if s.Place != nil {
			place = fmt.Sprint(s.GetPlace())
		}
		t.row(shorten(s.GetStep()), fmt.Sprint(s.GetReached()), fmt.Sprint(s.GetTried()), fmt.Sprint(s.GetFixed()), fmt.Sprint(s.GetSkipped()),
			fmt.Sprint(s.GetDropped()), percent(s.GetHazard().Estimate), posterior(s.GetFixProbability(), 100), seconds, place)
	}
	return t
}

// posterior shows an estimate with its limits, times a scale.
func posterior(x *pb.Posterior, scale float64) string {
	switch {
	case x == nil || x.Estimate == nil:
		return withheld
	case x.Lower == nil || x.Upper == nil:
		return fmt.Sprintf("%.1f [%s]", scale*x.GetEstimate(), withheld)
	}
	return fmt.Sprintf("%.1f [%.1f, %.1f]", scale*x.GetEstimate(), scale*x.GetLower(), scale*x.GetUpper())
}
