package troubleshoot

import (
	"fmt"
	"time"
)

// Bounds of chat hours.
const (
	MaxChatSpans    = 50
	MaxChatHolidays = 100
	minutesOfDay    = 24 * 60
	nextOpenWithin  = 366 * 24 * time.Hour // how far NextOpen looks ahead
)

// ChatHours are when a seller's experts can be asked. The zero value is always.
type ChatHours struct {
	TimeZone string      `json:"timeZone,omitempty"` // IANA; empty is the seller's
	Spans    []WeekSpan  `json:"spans,omitempty"`    // none: every hour of every day
	Holidays []ClosedDay `json:"holidays,omitempty"`
}

// WeekSpan is a stretch of hours on one day of the week.
type WeekSpan struct {
	Day        time.Weekday `json:"day"`
	Start, End int          // minutes since midnight; End up to 1440, and after Start
}

// ClosedDay is a day of the calendar without chat.
type ClosedDay struct {
	Year  int        `json:"year"` // 0: every year
	Month time.Month `json:"month"`
	Day   int        `json:"day"`
}

// Open tells whether chat is open at now, by the clocks on the walls of zone, the one that the hours are in. A span has its
// start and not its end. Where clocks are put back, an hour that comes twice is open twice; one that is skipped never.
func (h ChatHours) Open(now time.Time, zone *time.Location) bool {
	local := now.In(zone)
	if h.closedOn(local) {
		return false
	}
	minute := local.Hour()*60 + local.Minute()
	for _, s := range h.Spans {
		if s.Day == local.Weekday() && s.Start <= minute && minute < s.End {
			return true
		}
	}
	return len(h.Spans) == 0
}

// NextOpen gives the first moment from now on at which chat is open, now itself where it is, in zone. It is false where that
// is more than 366 days of 24 hours away, or never.
func (h ChatHours) NextOpen(now time.Time, zone *time.Location) (time.Time, bool) {
	last := now.Add(nextOpenWithin)
	for at := now.In(zone); !at.After(last); at = h.nextChance(at) {
		if h.Open(at, zone) {
			return at, true
		}
	}
	return time.Time{}, false
}

// nextChance gives the next moment after local, at which chat is closed, when it may be open: a span starts, a day begins or
// clocks are changed. Until then clocks run evenly.
func (h ChatHours) nextChance(local time.Time) time.Time {
	hour, minute, second := local.Clock()
	clock := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second +
		time.Duration(local.Nanosecond())
	next := minutesOfDay * time.Minute
	for _, s := range h.Spans {
		if start := time.Duration(s.Start) * time.Minute; s.Day == local.Weekday() && start > clock {
			next = min(next, start)
		}
	}
	at := local.Add(next - clock)
	if _, change := local.ZoneBounds(); !change.IsZero() && at.After(change) {
		return change
	}
	return at
}

// closedOn tells whether the day of a local time is a holiday.
func (h ChatHours) closedOn(local time.Time) bool {
	year, month, day := local.Date()
	for _, c := range h.Holidays {
		if c.Day == day && c.Month == month && (c.Year == year || c.Year == 0) {
			return true
		}
	}
	return false
}

// Check refuses hours that mean nothing: InvalidArgument naming what is wrong below field, as in "chatHours.spans[2].end".
// Spans may overlap, and 29 February may be a holiday of every year. The time zone is not looked up.
func (h ChatHours) Check(field string) error {
	if n := len(h.Spans); n > MaxChatSpans {
		return Invalid(field+".spans", "has %d spans; at most %d are allowed", n, MaxChatSpans)
	}
	if n := len(h.Holidays); n > MaxChatHolidays {
		return Invalid(field+".holidays", "has %d days; at most %d are allowed", n, MaxChatHolidays)
	}
	for n, s := range h.Spans {
		if err := s.check(fmt.Sprintf("%s.spans[%d]", field, n)); err != nil {
			return err
		}
	}
	for n, c := range h.Holidays {
		if err := c.check(fmt.Sprintf("%s.holidays[%d]", field, n)); err != nil {
			return err
		}
	}
	return nil
}

func (s WeekSpan) check(field string) error {
	switch {
	case s.Day < time.Sunday || s.Day > time.Saturday:
		return Invalid(field+".day", "is %d; it must be a day of the week, 0 (Sunday) to 6", int(s.Day))
	case s.Start < 0 || s.Start >= minutesOfDay:
		return Invalid(field+".start", "is %d; it must be minutes since midnight, 0 to %d", s.Start, minutesOfDay-1)
	case s.End > minutesOfDay:
		return Invalid(field+".end", "is %d; it must be minutes since midnight, at most %d", s.End, minutesOfDay)
	case s.End <= s.Start:
		return Invalid(field+".end", "is %d, not after the start at %d; hours over midnight are two spans", s.End, s.Start)
	}
	return nil
}

func (c ClosedDay) check(field string) error {
	year := c.Year
	if year == 0 {
		year = 2000 // a leap year
	}
	switch {
	case c.Year < 0 || c.Year > 9999:
		return Invalid(field+".year", "is %d; it must be a year, or 0 for every year", c.Year)
	case c.Month < time.January || c.Month > time.December:
		return Invalid(field+".month", "is %d; it must be 1 to 12", int(c.Month))
	case c.Day < 1 || c.Day > time.Date(year, c.Month+1, 0, 0, 0, 0, 0, time.UTC).Day():
		return Invalid(field+".day", "is %d, which the month does not have", c.Day)
	}
	return nil
}
