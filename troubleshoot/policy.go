package troubleshoot

import "time"

// Channel is how help is given.
type Channel int8

// Channels, by their stored numbers.
const (
	ChannelGuide    Channel = 1
	ChannelChat     Channel = 2
	ChannelCallback Channel = 3
)

// RandomisationUnit is what the arm is drawn for.
type RandomisationUnit int8

// Units of randomisation, by their stored numbers.
const (
	UnitOrderLine RandomisationUnit = 1
	UnitShopper   RandomisationUnit = 2
)

// Policy is a seller's rules, economics and experiment settings. It never changes inside an epoch.
type Policy struct {
	HoldoutFraction    float64           `json:"holdoutFraction"` // 0 to MaxHoldout
	MinimumPrice       Money             `json:"minimumPrice"`
	OfferIf            string            `json:"offerIf,omitempty"` // CEL; empty is always true
	Channels           []Channel         `json:"channels"`
	ReturnShippingCost Money             `json:"returnShippingCost"`
	HandlingCost       Money             `json:"handlingCost"`
	SalvageFraction    float64           `json:"salvageFraction"`
	ExpertHourlyWage   Money             `json:"expertHourlyWage"`
	PlatformCost       Money             `json:"platformCost"` // per session
	MaturityDays       int               `json:"maturityDays"`
	ReportingLagDays   int               `json:"reportingLagDays"`
	RandomisationUnit  RandomisationUnit `json:"randomisationUnit"`
	ExcludedReasons    []Reason          `json:"excludedReasons"`
	WaitTarget         time.Duration     `json:"waitTarget"` // chat is offered when the predicted wait is no longer
	ChatHours          ChatHours         `json:"chatHours"`
	Routing            Routing           `json:"routing"`
}

// Routing says which experts a waiting session is for, and how that relaxes while it waits. From the start it is for the
// experts who know it best among those on: by its SKU, then its category, then its brand, then anybody.
type Routing struct {
	CategoryAfter  time.Duration `json:"categoryAfter"` // waits so long for an expert of its SKU, while there is one on
	BrandAfter     time.Duration `json:"brandAfter"`
	AnyAfter       time.Duration `json:"anyAfter"`
	AnyLocaleAfter time.Duration `json:"anyLocaleAfter"` // in another language than the shopper's; 0: never
	UsePool        bool          `json:"usePool"`        // the marketplace's pool helps out
	PoolAfter      time.Duration `json:"poolAfter"`      // waits so long for the seller's own team, while one of it is on
	HighValue      Money         `json:"highValue"`      // a line at or above it is served as if it had waited HighValueBonus longer
	HighValueBonus time.Duration `json:"highValueBonus"`
}

// DefaultPolicy is in force until a seller says otherwise: 20% held out, as one should start (design of experiment,
// docs/measurement.md), 30 days of horizon and 3 of reporting lag.
func DefaultPolicy() Policy {
	return Policy{
		HoldoutFraction: 0.2, Channels: []Channel{ChannelGuide, ChannelChat}, MaturityDays: 30, ReportingLagDays: 3,
		RandomisationUnit: UnitOrderLine, ExcludedReasons: DefaultExcludedReasons(),
		WaitTarget: DefaultWaitTarget, Routing: DefaultRouting(),
	}
}

// DefaultWaitTarget is the wait that a shopper is promised: an expert answers within a minute.
const DefaultWaitTarget = time.Minute

// DefaultRouting prefers who knows the product and opens up soon: within the promised minute anybody of the team may answer.
func DefaultRouting() Routing {
	return Routing{CategoryAfter: 10 * time.Second, BrandAfter: 20 * time.Second, AnyAfter: 30 * time.Second}
}

// DefaultExcludedReasons are those that help cannot fix.
func DefaultExcludedReasons() []Reason {
	return []Reason{"UNAUTHORIZED_PURCHASE", "NEVER_ARRIVED", "SWITCHEROO", "DAMAGED_BY_CARRIER", "DAMAGED_BY_FC",
		"MISSED_ESTIMATED_DELIVERY", "EXTRA_ITEM", "FOUND_BETTER_PRICE"}
}

// ReturnCost gives freight and handling of one returned line: the item's own, or the policy's.
func (p Policy) ReturnCost(item Item) Money {
	if item.ReturnCost.IsSet() {
		return item.ReturnCost
	}
	cost := p.ReturnShippingCost
	if p.HandlingCost.IsSet() { // the policy's costs are in one currency
		cost = Money{Minor: cost.Minor + p.HandlingCost.Minor, Currency: p.HandlingCost.Currency}
	}
	return cost
}

// Epoch is a stretch of unchanged experiment settings of one seller. Arms of different epochs are never pooled raw.
type Epoch struct {
	Seller   string
	Number   int64 // from 1, growing
	Imported bool  // history: its arms were drawn elsewhere, so their planned share is not known
	Policy   Policy
	OpenTime time.Time
}

// Seller sells and writes guides.
type Seller struct {
	ID, DisplayName string
	TimeZone        string // IANA; empty is UTC
}

// Question is one of an item's questions with its answer.
type Question struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// Item is what a seller sells under a SKU.
type Item struct {
	Seller, SKU, Title, Category, Brand string
	UnitPrice                           Money
	SalesRank                           int64 // 0: not said
	Specs                               map[string]string
	ManualURL                           string
	Questions                           []Question
	ReturnCost                          Money // freight and handling of one returned line, in place of the policy's
}
