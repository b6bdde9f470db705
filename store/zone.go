package store

import (
	"sync"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// zones keeps the time zones that were loaded, a few hundred at most: loading one reads a file.
var zones sync.Map

// Zone gives the time zone that the seller's days are in: UTC where the seller has none.
func Zone(s troubleshoot.Seller) *time.Location {
	if s.TimeZone == "" {
		return time.UTC
	}
	if zone, ok := zones.Load(s.TimeZone); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil { // refused when the seller is written; a machine without the zone counts days in UTC
		return time.UTC
	}
	zones.Store(s.TimeZone, zone)
	return zone
}
