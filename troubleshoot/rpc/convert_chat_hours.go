package rpc

import (
	"cmp"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// chatHoursFromProto reads chat hours that Validate has passed; nil is always.
func chatHoursFromProto(h *pb.ChatHours) (troubleshoot.ChatHours, error) {
	hours := troubleshoot.ChatHours{TimeZone: h.GetTimeZone()}
	if _, err := time.LoadLocation(hours.TimeZone); err != nil || hours.TimeZone == "Local" {
		return hours, troubleshoot.Invalid("chatHours.timeZone", "%q is no IANA time zone; write it like Europe/Paris, or leave it out for the seller's", hours.TimeZone)
	}
	for n, s := range h.GetSpans() {
		span := troubleshoot.WeekSpan{Day: time.Weekday(s.GetDay() % 7), Start: minutesFromProto(s.GetStart()), End: minutesFromProto(s.GetEnd())}
		if span.End <= span.Start {
			return hours, troubleshoot.Invalid(fmt.Sprintf("chatHours.spans[%d].end", n), "%s is not after the start, %s; write hours over midnight as two spans", s.GetEnd(), s.GetStart())
		}
		hours.Spans = append(hours.Spans, span)
	}
	for n, text := range h.GetHolidays() {
		day, err := closedDayFromProto(text)
		if err != nil {
			return hours, troubleshoot.Invalid(fmt.Sprintf("chatHours.holidays[%d]", n), "%q is no day; write it like 2026-12-25, or 12-25 for every year", text)
		}
		hours.Holidays = append(hours.Holidays, day)
	}
	return hours, hours.Check("chatHours")
}

// minutesFromProto gives the minutes since midnight of "17:30"; Validate has refused what is none.
func minutesFromProto(text string) int {
	var hour, minute int
	fmt.Sscanf(text, "%d:%d", &hour, &minute)
	return 60*hour + minute
}

// closedDayFromProto reads "2026-12-25", or "12-25" of every year, among them leap years.
func closedDayFromProto(text string) (troubleshoot.ClosedDay, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil && day.Year() > 0 {
		return troubleshoot.ClosedDay{Year: day.Year(), Month: day.Month(), Day: day.Day()}, nil
	}
	day, err := time.Parse(time.DateOnly, "2000-"+text)
	return troubleshoot.ClosedDay{Month: day.Month(), Day: day.Day()}, err
}

// chatHoursToProto gives nil for always.
func chatHoursToProto(h troubleshoot.ChatHours) *pb.ChatHours {
	if h.TimeZone == "" && len(h.Spans) == 0 && len(h.Holidays) == 0 {
		return nil
	}
	shown := &pb.ChatHours{TimeZone: h.TimeZone}
	clock := func(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
	for _, s := range h.Spans {
		shown.Spans = append(shown.Spans, &pb.ChatHours_Span{Day: pb.ChatHours_Span_Day(cmp.Or(int(s.Day), 7)), Start: clock(s.Start), End: clock(s.End)})
	}
	for _, d := range h.Holidays {
		day := fmt.Sprintf("%02d-%02d", d.Month, d.Day)
		if d.Year != 0 {
			day = fmt.Sprintf("%04d-%s", d.Year, day)
		}
		shown.Holidays = append(shown.Holidays, day)
	}
	return shown
}

// routingFromProto reads the rules of routing; what is left out takes troubleshoot.DefaultRouting's value.
func routingFromProto(r *pb.Routing) (troubleshoot.Routing, error) {
	rules := troubleshoot.DefaultRouting()
	if r == nil {
		return rules, nil
	}
	for _, wait := range []struct {
		from *durationpb.Duration
		to   *time.Duration
	}{
		{r.GetCategoryAfter(), &rules.CategoryAfter}, {r.GetBrandAfter(), &rules.BrandAfter}, {r.GetAnyAfter(), &rules.AnyAfter},
		{r.GetAnyLocaleAfter(), &rules.AnyLocaleAfter}, {r.GetPoolAfter(), &rules.PoolAfter}, {r.GetHighValueBonus(), &rules.HighValueBonus},
	} {
		if wait.from != nil {
			*wait.to = wait.from.AsDuration()
		}
	}
	rules.UsePool = r.GetUsePool()
	var err error
	if rules.HighValue, err = costFromProto(r.GetHighValue(), "routing.highValue"); err != nil {
		return rules, err
	}
	switch {
	case rules.BrandAfter < rules.CategoryAfter:
		return rules, troubleshoot.Invalid("routing.brandAfter", "is %s and categoryAfter %s; it opens to the next ones later, so give at least as much", rules.BrandAfter, rules.CategoryAfter)
	case rules.AnyAfter < rules.BrandAfter:
		return rules, troubleshoot.Invalid("routing.anyAfter", "is %s and brandAfter %s; it opens to the next ones later, so give at least as much", rules.AnyAfter, rules.BrandAfter)
	case rules.HighValueBonus > 0 && !rules.HighValue.IsSet():
		return rules, troubleshoot.Invalid("routing.highValue", "is missing; highValueBonus needs the price from which it counts")
	}
	return rules, nil
}

func routingToProto(r troubleshoot.Routing) *pb.Routing {
	return &pb.Routing{CategoryAfter: durationpb.New(r.CategoryAfter), BrandAfter: durationpb.New(r.BrandAfter), AnyAfter: durationpb.New(r.AnyAfter),
		AnyLocaleAfter: durationpb.New(r.AnyLocaleAfter), UsePool: r.UsePool, PoolAfter: durationpb.New(r.PoolAfter),
		HighValue: moneyToProto(r.HighValue), HighValueBonus: durationpb.New(r.HighValueBonus)}
}
