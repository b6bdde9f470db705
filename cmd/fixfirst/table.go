package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// withheld stands for a figure that the data cannot carry; a note says why.
const withheld = "–"

// maxKeyWidth bounds a group key in the table, in characters; -o csv has all of them.
const maxKeyWidth = 24

// deflectionTable is a report for people: a table, its notes, and what interval it shows. keys are the groups in order.
func deflectionTable(report *pb.DeflectionReport, keys []string, interval string) string {
	if len(report.GetRows()) == 0 {
		return "no intercepts in this period; -o json shows the empty report"
	}
	label := fmt.Sprintf("anytime %.4g%%", 100*report.GetConfidence())
	if interval == closed {
		label = fmt.Sprintf("closed period %.4g%%", 100*report.GetConfidence())
	}
	t := table{}
	for _, k := range keys {
		t.column("", strings.ToUpper(k), left)
	}
	t.column("CUR-", "RENCY", left)
	t.column("INTER-", "CEPTS", right)
	t.column("OFFERED/", "HOLDOUT", right)
	t.column("MATURE", "OFF/HOLD", right)
	t.column("RETURNED %", "OFF/HOLD", right)
	t.column("AVOIDED, points", "["+label+"]", right)
	t.column("INCRE-", "MENTAL", right)
	t.column("ATTRI-", "BUTED", right)
	t.column("NET", "SAVINGS", right)
	t.column("… PER", "RETURN", right)
	for _, row := range report.GetRows() {
		t.row(deflectionCells(row, keys, interval)...)
	}
	var b strings.Builder
	t.write(&b)
	b.WriteString(notesOf(report, keys))
	fmt.Fprintf(&b, "\nAs of %s. INCREMENTAL is measured against the holdout; ATTRIBUTED only counts who said it was solved: never add them.\n",
		report.GetAsOf().AsTime().Format(time.RFC3339))
	if interval == closed {
		b.WriteString("The interval holds for one look at a period declared beforehand; --interval always-valid may be looked at every day.")
	} else {
		b.WriteString("The interval is the always-valid one: it holds however often you look. --interval closed is narrower, for one look at a period declared beforehand.")
	}
	return b.String()
}

func deflectionCells(row *pb.DeflectionRow, keys []string, interval string) []string {
	var cells []string
	for _, k := range keys {
		cells = append(cells, shorten(row.GetKeys()[k]))
	}
	return append(cells, row.GetCurrencyCode(), fmt.Sprint(row.GetIntercepts()),
		fmt.Sprintf("%d/%d", row.GetOffered(), row.GetHoldout()),
		fmt.Sprintf("%d/%d", row.GetMature().GetOffered(), row.GetMature().GetHoldout()),
		percent(row.ReturnRateOffered)+"/"+percent(row.ReturnRateHoldout), avoided(row.GetReturnRateAvoided(), interval),
		figure(row.GetIncrementalDeflections(), 1), fmt.Sprint(row.GetAttributedDeflections()),
		figure(row.GetNetSavings(), 2), figure(row.GetSavingsPerDeflectedReturn(), 2))
}

func percent(x *float64) string {
	if x == nil {
		return withheld
	}
	return fmt.Sprintf("%.1f", 100**x)
}

// avoided shows the return rate avoided in percentage points, with its interval.
func avoided(e *pb.Estimate, interval string) string {
	lower, upper := e.GetAlwaysValidLower(), e.GetAlwaysValidUpper()
	has := e != nil && e.AlwaysValidLower != nil && e.AlwaysValidUpper != nil
	if interval == closed {
		lower, upper = e.GetLower(), e.GetUpper()
		has = e != nil && e.Lower != nil && e.Upper != nil
	}
	switch {
	case e == nil || e.Estimate == nil:
		return withheld
	case !has:
		return fmt.Sprintf("%.1f [%s]", 100*e.GetEstimate(), withheld)
	}
	return fmt.Sprintf("%.1f [%.1f, %.1f]", 100*e.GetEstimate(), 100*lower, 100*upper)
}

func figure(e *pb.Estimate, decimals int) string {
	if e == nil || e.Estimate == nil {
		return withheld
	}
	return fmt.Sprintf("%.*f", decimals, e.GetEstimate())
}

// notesOf lists each note once, with the rows that it is about.
func notesOf(report *pb.DeflectionReport, keys []string) string {
	var notes []string
	about := map[string][]string{}
	for _, row := range report.GetRows() {
		all := row.GetNotes()
		if w := row.GetSampleRatio().GetWarning(); w != "" && !slices.Contains(all, w) {
			all = append(slices.Clone(all), w)
		}
		name := row.GetCurrencyCode()
		for _, k := range slices.Backward(keys) {
			name = row.GetKeys()[k] + " " + name
		}
		for _, note := range all {
			if about[note] == nil {
				notes = append(notes, note)
			}
			about[note] = append(about[note], clean(name))
		}
	}
	var b strings.Builder
	for _, note := range notes {
		fmt.Fprintf(&b, "\n%s: %s", strings.Join(about[note], ", "), clean(note))
	}
	if len(notes) > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

func shorten(text string) string {
	text = clean(text)
	if utf8.RuneCountInString(text) <= maxKeyWidth {
		return text
	}
	return string([]rune(text)[:maxKeyWidth-1]) + "…"
}

// clean keeps text of others from steering the terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7f && r < 0xa0) {
			return '?'
		}
		return r
	}, text)
}

// alignment of a column.
type alignment bool

const (
	left  alignment = false
	right alignment = true
)

// table lays out text in columns, two spaces apart.
type table struct {
	head  [2][]string // two lines; the first is left out where it is empty
	align []alignment
	rows  [][]string
}

func (t *table) column(above, name string, a alignment) {
	t.head[0], t.head[1], t.align = append(t.head[0], above), append(t.head[1], name), append(t.align, a)
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(b *strings.Builder) {
	lines := append([][]string{t.head[0], t.head[1]}, t.rows...)
	if strings.Join(t.head[0], "") == "" {
		lines = lines[1:]
	}
	width := make([]int, len(t.align))
	for _, line := range lines {
		for n, cell := range line {
			width[n] = max(width[n], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		var text strings.Builder
		for n, cell := range line {
			if n > 0 {
				text.WriteString("  ")
			}
			padding := strings.Repeat(" ", width[n]-utf8.RuneCountInString(cell))
			if t.align[n] == right {
				text.WriteString(padding + cell)
			} else {
				text.WriteString(cell + padding)
			}
		}
		b.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
}
