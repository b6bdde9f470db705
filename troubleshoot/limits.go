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
	MaxCapacity       = 50               // chats of one expert at once
	DefaultCapacity   = 3                // of an expert of whom only a key is known
	MaxMessage        = 4000             // characters of one message
	MaxSessionEvents  = 10_000           // in one session's log
	MaxTransfers      = 20               // of one session
	LeaseTime         = 30 * time.Second // an expert whose work stream was silent for so long is gone
	LeaseRenewal      = 10 * time.Second
	OfferTime         = 20 * time.Second // for an expert to accept a session
	DeclineRest       = 30 * time.Second // before a session comes again to an expert who declined it
	NobodyGrace       = 60 * time.Second // a session waits so long for experts who are all away, before it is told so
	MaxQueueTime      = 15 * time.Minute // a chat waits no longer: it is told that nobody comes
	ChatIdleTime      = 30 * time.Minute // a chat in which nobody writes for so long ends
	WrapUpTime        = 30 * time.Minute // for an expert to say how a session ended
	StickyTime        = 24 * time.Hour   // who returns within it comes to the same expert, if that one is there
)
