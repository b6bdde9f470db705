package troubleshoot

import "time"

// OrderLine is one SKU of an order: the unit of randomisation.
type OrderLine struct {
	Seller, OrderID, LineID, SKU string
	Quantity                     int64 // units to return, at least 1
	UnitPrice                    Money
	DeliveredTime                time.Time // zero: not said
	WithdrawalDeadline           time.Time // zero: not said
}

// String names the line in errors and logs.
func (l OrderLine) String() string { return l.Seller + "/" + l.OrderID + "/" + l.LineID }

// Arm is the side of the randomised comparison.
type Arm int8

// Arms, by their stored numbers. INELIGIBLE is outside the experiment.
const (
	Offered    Arm = 1
	Holdout    Arm = 2
	Ineligible Arm = 3
)

// String gives the API's name of the arm.
func (a Arm) String() string {
	switch a {
	case Offered:
		return "OFFERED"
	case Holdout:
		return "HOLDOUT"
	case Ineligible:
		return "INELIGIBLE"
	}
	return "ARM_UNSPECIFIED"
}

// Choice is the shopper's own decision.
type Choice int8

// Choices, by their stored numbers; zero is none yet.
const (
	Keep            Choice = 1
	Refund          Choice = 2
	Exchange        Choice = 3
	ReplacementPart Choice = 4
)

// GuideOffer names a published guide that fits, as it was when it was offered.
type GuideOffer struct {
	Guide    string `json:"guide"` // id within the seller
	Revision int64  `json:"revision"`
	Title    string `json:"title"`
	Minutes  int    `json:"minutes"`
	Steps    int    `json:"steps"`
	Why      string `json:"why,omitempty"` // this guide, at this place
	// EntryStep is the step to begin with, where reason or comment lead to another than the first.
	EntryStep string `json:"entryStep,omitempty"`
}

// Offer is what an OFFERED shopper is shown beside the refund link.
type Offer struct {
	Guides []GuideOffer `json:"guides,omitempty"`
	Chat   bool         `json:"chat,omitempty"` // an expert would answer within the policy's target
	// What was predicted for the chat then.
	ChatWait  time.Duration `json:"chatWait,omitempty"`
	ChatQueue int           `json:"chatQueue,omitempty"` // sessions ahead
	Callback  bool          `json:"callback,omitempty"`  // an expert can call
}

// Intercept is one return intent on an order line, and our decision about it. One per order line, for ever.
type Intercept struct {
	ID           string
	Line         OrderLine
	Reason       Reason
	RawReason    string
	Comment      string
	Shopper      string // opaque reference
	Locale       string
	RefundURL    string
	Arm          Arm
	Why          string // one of the sentences of package intercept
	Epoch        int64
	Offer        Offer
	Choice       Choice
	ReturnCost   Money // freight and handling if the line comes back, as known at the intercept
	CostOfReturn Money // imported history only: the whole cost of its return
	CreateTime   time.Time
	MatureTime   time.Time // from here on the outcome is frozen
	Day          int64     // day of the intercept in the seller's time zone, days since 1970-01-01
}

// HorizonEnd is the last moment at which a return request still counts as this intercept's outcome.
func (i Intercept) HorizonEnd(p Policy) time.Time {
	return i.CreateTime.Add(time.Duration(p.MaturityDays) * 24 * time.Hour)
}

// DayOf gives the day of t in the zone, as days since 1970-01-01.
func DayOf(t time.Time, zone *time.Location) int64 {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// DayStart gives the first moment of a day in the zone; where clocks jump over midnight that is later than 0:00.
func DayStart(day int64, zone *time.Location) time.Time {
	y, m, d := time.Unix(day*86400, 0).UTC().Date()
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	for DayOf(t, zone) < day {
		t = t.Add(30 * time.Minute)
	}
	return t
}

// ReturnKind is what a store observed.
type ReturnKind int8

// Kinds of return events, by their stored numbers.
const (
	ReturnRequested ReturnKind = 1
	ReturnReceived  ReturnKind = 2
	ReturnRefunded  ReturnKind = 3
	ReturnCanceled  ReturnKind = 4
)

// ReturnEvent is one observation of the store on an order line, intercepted or not.
type ReturnEvent struct {
	EventID                 string // unique within the seller
	Seller, OrderID, LineID string
	Quantity                int64
	Kind                    ReturnKind
	Time                    time.Time
	Refund, Salvage         Money // zero value: not said
	RecordTime              time.Time
}
