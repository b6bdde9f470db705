package troubleshoot

import "time"

// Named limits of the domain.
const (
	MaxHoldout        = 0.9            // of eligible intercepts
	MaxSessionLength  = 24 * time.Hour // of an expert's work
	MaxClockSkew      = 5 * time.Minute
	MaxOfferedGuides  = 5    // in one offer
	MaxSessions       = 20   // of one intercept
	MaxPageSize       = 1000 // resources in one reply
	DefaultPageSize   = 50   //
	MaxRefusals       = 1000 // refused rows named in a reply to an import
	ShopperTokenLife  = 2 * time.Hour
	KeyCacheLife      = 2 * time.Second // a revoked key stops working within 5 s
	InterceptDeadline = 250 * time.Millisecond
)
