package troubleshoot

import (
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestDayOf(t *testing.T) {
	for _, c := range []struct {
		zone, at, day string
	}{
		{"UTC", "1970-01-01T00:00:00Z", "1970-01-01"},
		{"UTC", "1969-12-31T23:59:59Z", "1969-12-31"},
		{"Pacific/Auckland", "2026-03-02T10:59:59Z", "2026-03-02"},
		{"Pacific/Auckland", "2026-03-02T11:00:00Z", "2026-03-03"},
		{"Pacific/Honolulu", "2026-03-02T09:59:59Z", "2026-03-01"},
		{"Europe/Berlin", "2026-03-28T22:59:59Z", "2026-03-28"}, // winter time until 29 March, 02:00
		{"Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-29"},
		{"Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"},    // a day of 23 hours
		{"America/New_York", "2026-11-02T04:59:59Z", "2026-11-01"}, // a day of 25 hours
		{"America/New_York", "2026-11-02T05:00:00Z", "2026-11-02"},
		{"Asia/Kathmandu", "2026-03-02T18:15:00Z", "2026-03-03"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		day := DayOf(at, zone(t, c.zone))
		if got := time.Unix(day*86400, 0).UTC().Format(time.DateOnly); got != c.day {
			t.Errorf("%s in %s is on %s, want %s", c.at, c.zone, got, c.day)
		}
	}
}

// TestDaysFollowEachOther walks through years of days in zones that change their clocks, at midnight too.
func TestDaysFollowEachOther(t *testing.T) {
	for _, name := range []string{"America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "America/Havana", "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham"} {
		z := zone(t, name)
		first := DayOf(time.Date(2016, 1, 1, 12, 0, 0, 0, z), z)
		for day := first; day < first+4000; day++ {
			start, next := DayStart(day, z), DayStart(day+1, z)
			if got := DayOf(start, z); got != day {
				t.Fatalf("%s: day %d starts at %s, which is on day %d", name, day, start, got)
			}
			if got := DayOf(next.Add(-time.Nanosecond), z); got != day {
				t.Fatalf("%s: before %s it is day %d, want %d", name, next, got, day)
			}
			if length := next.Sub(start); length < 23*time.Hour || length > 25*time.Hour {
				t.Fatalf("%s: day %d has %s", name, day, length)
			}
		}
	}
}

func TestHorizonIsTheSameForEverybody(t *testing.T) {
	i := Intercept{CreateTime: time.Date(2026, 3, 20, 12, 0, 0, 0, zone(t, "Europe/Berlin"))}
	if got := i.HorizonEnd(Policy{MaturityDays: 30}).Sub(i.CreateTime); got != 720*time.Hour {
		t.Errorf("the horizon over a change of clocks has %s", got)
	}
}

func TestReturnCost(t *testing.T) {
	usd := func(cents int64) Money { return Money{cents, "USD"} }
	for _, c := range []struct {
		rule   string
		policy Policy
		item   Item
		want   Money
	}{
		{"nothing is said", Policy{}, Item{}, Money{}},
		{"freight and handling", Policy{ReturnShippingCost: usd(800), HandlingCost: usd(201)}, Item{}, usd(1001)},
		{"freight alone", Policy{ReturnShippingCost: usd(800)}, Item{}, usd(800)},
		{"handling alone", Policy{HandlingCost: usd(201)}, Item{}, usd(201)},
		{"the item's own", Policy{ReturnShippingCost: usd(800), HandlingCost: usd(201)}, Item{ReturnCost: usd(50)}, usd(50)},
		{"the item's own is nothing", Policy{ReturnShippingCost: usd(800)}, Item{ReturnCost: usd(0)}, usd(0)},
	} {
		if got := c.policy.ReturnCost(c.item); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.rule, got, c.want)
		}
	}
}
