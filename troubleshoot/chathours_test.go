package troubleshoot

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// moment reads "2026-03-02T09:00:00+01:00".
func moment(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// everyDay has the same span on each day of the week.
func everyDay(start, end int) ChatHours {
	var h ChatHours
	for day := time.Sunday; day <= time.Saturday; day++ {
		h.Spans = append(h.Spans, WeekSpan{Day: day, Start: start, End: end})
	}
	return h
}

var (
	nineToFive = ChatHours{Spans: []WeekSpan{{time.Monday, 9 * 60, 17 * 60}, {time.Tuesday, 9 * 60, 12 * 60}, {time.Tuesday, 13 * 60, 17 * 60}}}
	toMidnight = ChatHours{Spans: []WeekSpan{{time.Monday, 22 * 60, minutesOfDay}, {time.Tuesday, 0, 60}}}
	skipped    = everyDay(2*60+10, 2*60+40) // within the hour that is skipped in spring, and comes twice in autumn
	christmas  = ChatHours{Holidays: []ClosedDay{{Month: time.December, Day: 25}, {Year: 2026, Month: time.December, Day: 26}}}
	leapDay    = ChatHours{Holidays: []ClosedDay{{Month: time.February, Day: 29}}}
)

func TestChatHoursOpen(t *testing.T) {
	for _, c := range []struct {
		rule     string
		hours    ChatHours
		zone, at string
		open     bool
	}{
		{"the zero value is always", ChatHours{}, "Europe/Berlin", "2026-03-29T03:00:00+02:00", true},
		{"from the first minute of a span", nineToFive, "Europe/Berlin", "2026-03-02T09:00:00+01:00", true},
		{"not before", nineToFive, "Europe/Berlin", "2026-03-02T08:59:59.999+01:00", false},
		{"to its last", nineToFive, "Europe/Berlin", "2026-03-02T16:59:59.999+01:00", true},
		{"not at its end", nineToFive, "Europe/Berlin", "2026-03-02T17:00:00+01:00", false},
		{"between two spans of a day", nineToFive, "Europe/Berlin", "2026-03-03T12:30:00+01:00", false},
		{"on another day of the week", nineToFive, "Europe/Berlin", "2026-03-04T10:00:00+01:00", false},
		{"the clock is the zone's, not the server's", nineToFive, "Europe/Berlin", "2026-03-02T08:00:00Z", true},
		{"and so is the day", nineToFive, "America/New_York", "2026-03-03T01:00:00Z", false}, // 20:00 on Monday
		{"the last second before midnight", toMidnight, "Europe/Berlin", "2026-03-02T23:59:59+01:00", true},
		{"over midnight, in two spans", toMidnight, "Europe/Berlin", "2026-03-03T00:00:00+01:00", true},
		{"the clock after a change in spring", nineToFive, "Europe/Berlin", "2026-03-30T07:00:00Z", true}, // 09:00, summer time
		{"the clock before it", nineToFive, "Europe/Berlin", "2026-03-23T07:00:00Z", false},               // 08:00
		{"the clock after a change in autumn", nineToFive, "America/New_York", "2026-11-02T13:59:59Z", false},
		{"the clock before it, New York", nineToFive, "America/New_York", "2026-10-26T13:00:00Z", true},
		{"an hour that comes twice, first", skipped, "America/New_York", "2026-11-01T01:30:00-04:00", false},
		{"a span in an hour that comes twice, first", everyDay(60, 120), "America/New_York", "2026-11-01T01:30:00-04:00", true},
		{"and again", everyDay(60, 120), "America/New_York", "2026-11-01T01:30:00-05:00", true},
		{"an hour that is skipped", skipped, "Europe/Berlin", "2026-03-29T01:20:00Z", false}, // 03:20
		{"a holiday of every year", christmas, "Europe/Berlin", "2031-12-25T10:00:00+01:00", false},
		{"a holiday of one year", christmas, "Europe/Berlin", "2026-12-26T10:00:00+01:00", false},
		{"not of the next", christmas, "Europe/Berlin", "2027-12-26T10:00:00+01:00", true},
		{"a holiday begins at midnight there", christmas, "America/New_York", "2027-12-25T04:59:59Z", true},
		{"and ends at midnight there", christmas, "America/New_York", "2027-12-26T04:59:59Z", false},
		{"29 February", leapDay, "UTC", "2028-02-29T12:00:00Z", false},
		{"is not 1 March in other years", leapDay, "UTC", "2027-03-01T12:00:00Z", true},
	} {
		if got := c.hours.Open(moment(t, c.at), zone(t, c.zone)); got != c.open {
			t.Errorf("%s: at %s in %s open is %v", c.rule, c.at, c.zone, got)
		}
	}
}

func TestChatHoursNextOpen(t *testing.T) {
	closed := ChatHours{}
	for day := range 31 {
		for _, month := range []time.Month{time.January, time.February, time.March} {
			closed.Holidays = append(closed.Holidays, ClosedDay{Month: month, Day: day + 1})
		}
	}
	mondaysOff := ChatHours{Spans: []WeekSpan{{time.Thursday, 60, 120}}, Holidays: []ClosedDay{{2026, time.March, 5}, {2026, time.March, 12}}}
	for _, c := range []struct {
		rule           string
		hours          ChatHours
		zone, at, next string
	}{
		{"now", nineToFive, "Europe/Berlin", "2026-03-02T09:00:00.5+01:00", "2026-03-02T09:00:00.5+01:00"},
		{"later today", nineToFive, "Europe/Berlin", "2026-03-02T08:59:59.75+01:00", "2026-03-02T09:00:00+01:00"},
		{"after lunch", nineToFive, "Europe/Berlin", "2026-03-03T12:00:00+01:00", "2026-03-03T13:00:00+01:00"},
		{"next week, at 9 of summer time", nineToFive, "Europe/Berlin", "2026-03-24T17:00:00+01:00", "2026-03-30T09:00:00+02:00"},
		{"next week, at 9 of winter time", nineToFive, "America/New_York", "2026-10-27T17:00:00-04:00", "2026-11-02T09:00:00-05:00"},
		{"a zone that never changes", nineToFive, "UTC", "2026-03-02T17:00:00Z", "2026-03-03T09:00:00Z"},
		{"a span that is skipped in whole", skipped, "Europe/Berlin", "2026-03-29T00:30:00+01:00", "2026-03-30T02:10:00+02:00"},
		{"a span that is skipped in part", everyDay(150, 200), "Europe/Berlin", "2026-03-29T00:30:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"a span that comes twice, second", skipped, "Europe/Berlin", "2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00"},
		{"after both", skipped, "Europe/Berlin", "2026-10-25T02:50:00+01:00", "2026-10-26T02:10:00+01:00"},
		{"New York skips", everyDay(120, 180), "America/New_York", "2026-03-08T01:59:59-05:00", "2026-03-09T02:00:00-04:00"},
		{"a day without midnight", everyDay(0, 90), "America/Havana", "2026-03-07T23:00:00-05:00", "2026-03-08T01:00:00-04:00"},
		{"a holiday ends", christmas, "Europe/Berlin", "2026-12-25T10:00:00+01:00", "2026-12-27T00:00:00+01:00"},
		{"holidays on the only days", mondaysOff, "Europe/Berlin", "2026-03-02T10:00:00+01:00", "2026-03-19T01:00:00+01:00"},
		{"three months of holidays", closed, "Europe/Berlin", "2026-01-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"},
		{"never", ChatHours{Spans: []WeekSpan{{time.Monday, 60, 60}}}, "Europe/Berlin", "2026-03-02T10:00:00+01:00", ""},
	} {
		got, ok := c.hours.NextOpen(moment(t, c.at), zone(t, c.zone))
		if ok != (c.next != "") || ok && got.Format(time.RFC3339Nano) != c.next {
			t.Errorf("%s: after %s comes %s (%v), want %s", c.rule, c.at, got.Format(time.RFC3339Nano), ok, c.next)
		}
	}
}

// NextOpen is what looking at every minute finds.
func TestNextOpenMinuteByMinute(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 17))
	changes := map[string]string{
		"Europe/Berlin": "2026-03-29T01:00:00Z", "America/New_York": "2026-11-01T06:00:00Z", "Australia/Lord_Howe": "2026-04-04T15:00:00Z",
		"America/Havana": "2026-03-08T05:00:00Z", "Asia/Kathmandu": "2026-06-01T00:00:00Z", "Pacific/Apia": "2011-12-30T10:00:00Z",
	}
	for name, change := range changes {
		z := zone(t, name)
		for range 150 {
			var h ChatHours
			for range rng.IntN(6) {
				start := rng.IntN(25) * 10
				h.Spans = append(h.Spans, WeekSpan{time.Weekday(rng.IntN(7)), start, start + 1 + rng.IntN(60)})
			}
			now := moment(t, change).Add(time.Duration(rng.IntN(4*86400)-3*86400)*time.Second + time.Duration(rng.IntN(2)))
			for day := range rng.IntN(3) {
				y, m, d := now.AddDate(0, 0, day).Date()
				h.Holidays = append(h.Holidays, ClosedDay{y * rng.IntN(2), m, d})
			}
			want := now
			for minute := now.Truncate(time.Minute); !h.Open(want, z) && want.Sub(now) < 9*24*time.Hour; want = minute {
				minute = minute.Add(time.Minute)
			}
			got, ok := h.NextOpen(now, z)
			if ok && !got.Equal(want) || !ok && h.Open(want, z) {
				if want.Sub(now) < 9*24*time.Hour || got.Before(want) {
					t.Fatalf("%s: after %s comes %s (%v), want %s: %+v", name, now.In(z), got, ok, want.In(z), h)
				}
			}
		}
	}
}

func TestChatHoursCheck(t *testing.T) {
	spans := func(of ...WeekSpan) ChatHours { return ChatHours{Spans: of} }
	days := func(of ...ClosedDay) ChatHours { return ChatHours{Holidays: of} }
	good, newYear := WeekSpan{time.Monday, 0, minutesOfDay}, ClosedDay{0, time.January, 1}
	for _, c := range []struct {
		rule  string
		hours ChatHours
		field string // "": nothing is wrong
	}{
		{"none", ChatHours{}, ""},
		{"whole days, one minute, two that overlap", spans(good, WeekSpan{time.Saturday, 1439, 1440}, good), ""},
		{"as many as are allowed", ChatHours{Spans: slices.Repeat([]WeekSpan{good}, 50), Holidays: slices.Repeat([]ClosedDay{newYear}, 100)}, ""},
		{"more spans", spans(slices.Repeat([]WeekSpan{good}, 51)...), "chatHours.spans"},
		{"more holidays", days(append(slices.Repeat([]ClosedDay{newYear}, 100), newYear)...), "chatHours.holidays"},
		{"no day of the week", spans(good, WeekSpan{7, 0, 60}), "chatHours.spans[1].day"},
		{"a day before Sunday", spans(WeekSpan{-1, 0, 60}), "chatHours.spans[0].day"},
		{"a start before midnight", spans(WeekSpan{time.Monday, -1, 60}), "chatHours.spans[0].start"},
		{"a start at the end of the day", spans(WeekSpan{time.Monday, 1440, 1441}), "chatHours.spans[0].start"},
		{"an end after midnight", spans(good, good, WeekSpan{time.Monday, 60, 1441}), "chatHours.spans[2].end"},
		{"an end at the start", spans(WeekSpan{time.Monday, 60, 60}), "chatHours.spans[0].end"},
		{"an end before the start", spans(WeekSpan{time.Monday, 1320, 60}), "chatHours.spans[0].end"},
		{"29 February of every year, and of a leap year", days(ClosedDay{0, time.February, 29}, ClosedDay{2028, time.February, 29}), ""},
		{"29 February of another year", days(ClosedDay{2027, time.February, 29}), "chatHours.holidays[0].day"},
		{"31 April", days(newYear, ClosedDay{0, time.April, 31}), "chatHours.holidays[1].day"},
		{"31 December", days(ClosedDay{2026, time.December, 31}), ""},
		{"day 0", days(ClosedDay{2026, time.December, 0}), "chatHours.holidays[0].day"},
		{"month 0", days(ClosedDay{2026, 0, 1}), "chatHours.holidays[0].month"},
		{"month 13", days(ClosedDay{2026, 13, 1}), "chatHours.holidays[0].month"},
		{"a year before all", days(ClosedDay{-1, time.May, 1}), "chatHours.holidays[0].year"},
		{"a year of five digits", days(ClosedDay{10000, time.May, 1}), "chatHours.holidays[0].year"},
	} {
		err := c.hours.Check("chatHours")
		var e *Error
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", c.rule, err)
		case c.field != "" && (!errors.As(err, &e) || e.Code != InvalidArgument || e.Violations[0].Field != c.field):
			t.Errorf("%s: %v, want one about %s", c.rule, err, c.field)
		}
	}
}

// Hours that are not refused open when they say so, whatever the zone.
func FuzzChatHours(f *testing.F) {
	for _, h := range []ChatHours{{}, nineToFive, toMidnight, skipped, christmas, leapDay} {
		text, err := json.Marshal(h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), int64(1774746000), "Europe/Berlin")
	}
	f.Fuzz(func(t *testing.T, text string, unix int64, name string) {
		var h ChatHours
		z, err := time.LoadLocation(name)
		if err != nil || name == "Local" || json.Unmarshal([]byte(text), &h) != nil || unix < 0 || unix > 1<<35 {
			t.Skip()
		}
		if err := h.Check("chatHours"); err != nil {
			if CodeOf(err) != InvalidArgument || !strings.HasPrefix(err.Error(), "chatHours.") {
				t.Errorf("%s: %v", text, err)
			}
			return
		}
		now := time.Unix(unix, 0)
		next, ok := h.NextOpen(now, z)
		if ok && (!h.Open(next, z) || next.Before(now) || next.Sub(now) > nextOpenWithin) || !ok && h.Open(now, z) {
			t.Errorf("%s: after %s comes %s (%v)", text, now.In(z), next, ok)
		}
		if ok && next.After(now) && h.Open(next.Add(-1), z) {
			t.Errorf("%s: open before %s", text, next)
		}
	})
}
