package deflection

import "strconv"

// Status says why a figure is there or not.
type Status string

// The states of a figure.
const (
	OK            Status = "ok"
	NotEnoughData Status = "not_enough_data" // a display gate fails, or costs are unknown; a note says which
	Unbounded     Status = "unbounded"       // the data exclude no value far enough; a note says so
	SRMBlocked    Status = "srm_blocked"     // the arms are out of proportion
)

// Figure is an estimate with its two intervals. Lower and Upper are for a closed
// period, declared beforehand and read once; the always-valid ones may be read
// every day. A pointer is nil where there is no such number: all of them unless
// Status is OK, and the always-valid ones also where that wider set has no end.
type Figure struct {
	Status                             Status
	Estimate                           *float64
	Lower, Upper                       *float64
	AlwaysValidLower, AlwaysValidUpper *float64
}

// Arms is a count per arm.
type Arms struct{ Holdout, Offered int64 }

// Result is all that a row of the deflection report infers. Rates are fractions,
// money is in major units, counts are of mature units.
type Result struct {
	Confidence   float64
	ClosedLabel  string   // of Lower and Upper, as "closed period 95%"
	AnytimeLabel string   // of the always-valid limits, as "anytime 95%"
	Epochs       []string // labels of all that the counts hold, oldest first
	Weighted     bool     // rates are post-stratified over epochs, not plain counts divided

	Mature, Returned, Engaged, Late Arms
	UnitsReturned, UnitsIntended    Arms // goods of the mature lines, one by one
	SampleRatio                     SampleRatio

	// Of the compared epochs, or of all where nothing is compared. Nil without a mature unit in the arm, and where the
	// arms' units are of epochs that must not be added up.
	ReturnRateOffered, ReturnRateHoldout *float64
	ReturnRateAvoided                    Figure   // holdout minus offered; negative when help does harm
	RelativeAvoided                      Figure   // as a fraction of the holdout's rate
	AlwaysValidP                         *float64 // of "help changes nothing", valid under daily looks
	EffectOnEngaged                      Figure   // return rate avoided per engaged unit (LATE)

	AttributedDeflections  int64    // counted in the offered arm alone; not causal
	KeptUnattributed       int64    // offered, not returned and not attributed
	BaselineKeepers        *float64 // offered that would have been kept anyway; nil where an epoch is left out, as the sum below has no meaning then
	IncrementalDeflections Figure   // attributed + kept unattributed - baseline keepers
	IncrementalityFactor   Figure   // incremental over attributed

	CostOfReturn *float64 // mean loss of a returned unit of either arm, expert time left out; nil without one
	SessionCost  *float64 // expert time of all mature units of both arms, at each epoch's wage

	NetSavings                       Figure // all offered mature units together, every session paid
	NetSavingsPerIntercept           Figure
	SavingsPerDeflectedReturn        Figure
	SessionsPerIncrementalDeflection *float64 // sessions of the offered arm; nil while the effect may be 0

	Notes []string // why a figure or interval is withheld and what it still needs
}

// label names an interval, as "anytime 95%".
func label(kind string, confidence float64) string {
	return kind + " " + strconv.FormatFloat(100*confidence, 'g', 6, 64) + "%"
}
