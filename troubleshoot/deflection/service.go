package deflection

import (
	"fmt"
	"time"
)

// Targets of the service, and what they are measured with (docs/measurement.md, "Service").
const (
	DissatisfactionTarget = 0.25           // of the answers NO: fewer
	ContactTarget         = 0.90           // of the contacts answered within ContactTime: more
	FirstResponseTime     = time.Minute    // a chat answered at this very moment is in time
	ContactTime           = 24 * time.Hour // nights and weekends count; the boundary is in time
	FewAnswers            = 40             // a dissatisfaction rate of fewer answers says little
)

// WaitBins is how many bins waits are counted in.
const WaitBins = 12

// waitEdges are the upper ends of the bins, in seconds and included; the last bin has none.
var waitEdges = [WaitBins - 1]int64{5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600}

// ServiceSums are the sums of one group of sessions and of its experts' time. Adding is order-free and exact; a group that holds
// only corrections may be negative. Seconds are rounded for each session.
type ServiceSums struct {
	Offered         int64 // chats that entered the queue
	Answered        int64 // of these: got a human reply
	Answered60      int64 // within FirstResponseTime
	Abandoned       int64 // the shopper left before a human reply
	Abandoned60     int64 // within FirstResponseTime
	AbandonedInChat int64 // the shopper left after it
	NoShow          int64 // nobody came, or nobody came back

	Waits       [WaitBins]int64 // chats by how long they waited for a human reply, or for their end without one
	WaitSeconds int64

	Asked      int64 // sessions that helped and asked "Did this solve your problem?"
	Yes, No    int64 // latest votes of their order lines
	Superseded int64 // votes that a later one about the same order line replaced
	Scores     [5]int64

	OnTime, Late int64 // contacts by whether their first human reply came within ContactTime
	Pending      int64 // unanswered contacts not older than that; of FoldPending alone, never stored

	Closed        int64 // sessions that an expert had
	ChatSeconds   int64 // of these: of the talk, or the call
	WrapUpSeconds int64 // after it
	HandleSeconds int64 // both
	EffortSeconds int64 // of all that experts accepted, closed by them or not; a second beside other chats counts in part

	StaffedSeconds int64 // of experts: on
	BusySeconds    int64 // with a chat in hand
	ChattedSeconds int64 // a second with three chats in hand counts three times

	Reviews, ReviewPoints int64 // points of 100 for each review
	ReviewFails           int64
}

// Plus merges two groups.
func (s ServiceSums) Plus(o ServiceSums) ServiceSums { return s.add(o, 1) }

// Minus takes out what is in s; of a session's new and old sums it makes the signed row that corrects a group.
func (s ServiceSums) Minus(o ServiceSums) ServiceSums { return s.add(o, -1) }

func (s ServiceSums) add(o ServiceSums, sign int64) ServiceSums {
	others := o.fields()
	for i, field := range s.fields() {
		*field += sign * *others[i]
	}
	return s
}

// fields are all numbers of the sums. What is stored follows their order, so it stays.
func (s *ServiceSums) fields() []*int64 {
	all := []*int64{
		&s.Offered, &s.Answered, &s.Answered60, &s.Abandoned, &s.Abandoned60, &s.AbandonedInChat, &s.NoShow, &s.WaitSeconds,
		&s.Asked, &s.Yes, &s.No, &s.Superseded, &s.OnTime, &s.Late, &s.Pending,
		&s.Closed, &s.ChatSeconds, &s.WrapUpSeconds, &s.EffortSeconds, &s.HandleSeconds,
		&s.StaffedSeconds, &s.BusySeconds, &s.ChattedSeconds, &s.Reviews, &s.ReviewPoints, &s.ReviewFails,
	}
	for i := range s.Waits {
		all = append(all, &s.Waits[i])
	}
	for i := range s.Scores {
		all = append(all, &s.Scores[i])
	}
	return all
}

// Stored gives the sums that are kept, in the order of the store's columns: all but Pending, which only the clock makes.
func (s *ServiceSums) Stored() []*int64 {
	all := s.fields()
	kept := make([]*int64, 0, len(all))
	for _, field := range all {
		if field != &s.Pending {
			kept = append(kept, field)
		}
	}
	return kept
}

// Share is a rate of counted things with its score limits (Wilson 1927). Pointers are nil unless Status is OK.
type Share struct {
	Status                 Status // OK, or NotEnoughData: nothing was counted
	Estimate, Lower, Upper *float64
}

// Verdict is what a rate's interval says about its target.
type Verdict string

// Verdicts. "" is none: nothing was counted.
const (
	Pass      Verdict = "pass"      // the whole interval is on the good side
	Fail      Verdict = "fail"      // none of it is
	Uncertain Verdict = "uncertain" // the data cannot tell yet
)

// TargetShare is a rate with a target.
type TargetShare struct {
	Share
	Verdict     Verdict
	MeetsTarget *bool // the estimate does, whatever the interval; nil unless Status is OK
}

// ServiceFigures are all that a row of the service report shows. Rates are fractions and times are seconds. A pointer is nil
// where the sums hold nothing to divide by, or contradict each other, as those of corrections alone can.
//
// Nothing here is causal: answers and scores come from those who were offered help, took it and cared to answer. Service levels
// and abandonment have no interval, since chats that wait together share their luck and a binomial one would be too narrow.
type ServiceFigures struct {
	Confidence  float64
	ClosedLabel string // of the limits, as "closed period 95%"

	Dissatisfaction TargetShare // NO of YES and NO, by the latest vote of each order line
	FewAnswers      bool        // fewer than FewAnswers votes
	ResponseRate    *float64    // of the sessions that asked, those with a vote; silence is neither YES nor NO

	ContactResponse TargetShare // answered within ContactTime; what is not yet so old and unanswered is left out

	// Service levels: chats answered within FirstResponseTime, of all that entered the queue (the headline), of these without
	// those that left before that time, and of the answered ones.
	LevelOffered, LevelExclShortAbandons, LevelAnswered *float64
	AbandonedInQueue, NoShow                            *float64 // of the chats that entered the queue
	AbandonedInChat                                     *float64 // of the answered ones

	// Wait for the first human reply, or until the end without one. Percentiles are approximate: they are interpolated within
	// the bin that they fall in, and nil in the last one, which has no end.
	MeanWait, WaitP50, WaitP90 *float64

	Satisfaction      Share    // scores of 4 and 5
	MeanScore         *float64 // 1 to 5
	ScoreResponseRate *float64 // of the sessions that asked

	Occupancy             *float64 // busy of staffed time
	Concurrency           *float64 // chats in hand while busy
	MeanHandle            *float64 // talk and wrap-up of a closed session
	MeanWrapUp            *float64
	SessionsPerExpertHour *float64 // closed in an hour of staffed time

	ReviewScore *float64 // 0 to 100
	ReviewFails *float64 // of the reviews

	Notes []string // why a figure is withheld or shaky
}

// Service gives the figures of a group. Contacts that wait for their answer are in s by FoldPending. Confidence is that of every
// interval, as in Options. No number in the result is NaN or infinite.
func Service(s ServiceSums, confidence float64) ServiceFigures {
	confidence = Options{Confidence: confidence}.normal().Confidence
	z := quantile(confidence)
	f := ServiceFigures{Confidence: confidence, ClosedLabel: label("closed period", confidence)}
	f.votes(s, z)
	f.scores(s, z)
	contact := shareOf(float64(s.OnTime), float64(s.OnTime)+float64(s.Late), z)
	f.ContactResponse = contact.above(ContactTarget)

	offered, answered, in60 := float64(s.Offered), float64(s.Answered), float64(s.Answered60)
	f.LevelOffered = fraction(in60, offered)
	f.LevelExclShortAbandons = fraction(in60, offered-float64(s.Abandoned60))
	f.LevelAnswered = fraction(in60, answered)
	f.AbandonedInQueue = fraction(float64(s.Abandoned), offered)
	f.NoShow = fraction(float64(s.NoShow), offered)
	f.AbandonedInChat = fraction(float64(s.AbandonedInChat), answered)
	f.waits(s)

	closed, staffed, busy := float64(s.Closed), float64(s.StaffedSeconds), float64(s.BusySeconds)
	f.Occupancy = mean(busy, staffed)
	if f.Occupancy != nil && *f.Occupancy > 1 {
		f.note("occupancy is above 1: experts had chats in hand while they were not on")
	}
	f.Concurrency = mean(float64(s.ChattedSeconds), busy)
	f.MeanHandle = mean(float64(s.HandleSeconds), closed)
	f.MeanWrapUp = mean(float64(s.WrapUpSeconds), closed)
	f.SessionsPerExpertHour = mean(closed*time.Hour.Seconds(), staffed)

	f.ReviewScore = mean(float64(s.ReviewPoints), float64(s.Reviews))
	f.ReviewFails = fraction(float64(s.ReviewFails), float64(s.Reviews))
	return f
}

func (f *ServiceFigures) note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}

func (f *ServiceFigures) votes(s ServiceSums, z float64) {
	answers := float64(s.Yes) + float64(s.No)
	f.Dissatisfaction = shareOf(float64(s.No), answers, z).below(DissatisfactionTarget)
	f.ResponseRate = fraction(answers+float64(s.Superseded), float64(s.Asked))
	if f.FewAnswers = answers < FewAnswers; f.FewAnswers {
		f.note("few answers: a dissatisfaction rate needs %d; %.0f so far", FewAnswers, max(answers, 0))
	}
}

func (f *ServiceFigures) scores(s ServiceSums, z float64) {
	var given, points float64
	for i, n := range s.Scores {
		given += float64(n)
		points += float64(i+1) * float64(n)
		if n < 0 {
			f.Satisfaction.Status = NotEnoughData
			return
		}
	}
	f.Satisfaction = shareOf(float64(s.Scores[3])+float64(s.Scores[4]), given, z)
	f.MeanScore = mean(points, given)
	f.ScoreResponseRate = fraction(given, float64(s.Asked))
}

func (f *ServiceFigures) waits(s ServiceSums) {
	var waited float64
	for _, n := range s.Waits {
		waited += float64(n)
		if n < 0 {
			return
		}
	}
	f.MeanWait = mean(float64(s.WaitSeconds), waited)
	f.WaitP50, f.WaitP90 = f.percentile(s.Waits, waited, 50), f.percentile(s.Waits, waited, 90)
}

// percentile is the wait that so many of 100 chats do not exceed, as if waits were spread evenly within each bin.
func (f *ServiceFigures) percentile(waits [WaitBins]int64, waited, percent float64) *float64 {
	if waited == 0 {
		return nil
	}
	rank, before, lower := percent*waited/100, 0.0, 0.0
	for i, upper := range waitEdges {
		if n := float64(waits[i]); n > 0 && before+n >= rank {
			return number(lower + (float64(upper)-lower)*(rank-before)/n)
		}
		before += float64(waits[i])
		lower = float64(upper)
	}
	f.note("the %g%% wait is longer than %.0f seconds, where waits are not told apart", percent, lower)
	return nil
}

// fraction is x of n; nil where these are no counts of a part and its whole.
func fraction(x, n float64) *float64 {
	if !(n > 0 && x >= 0 && x <= n) {
		return nil
	}
	return number(x / n)
}

// mean is sum for each of n; nil where there is none.
func mean(sum, n float64) *float64 {
	if !(n > 0 && sum >= 0) {
		return nil
	}
	return number(sum / n)
}

// shareOf is fraction with its interval.
func shareOf(x, n, z float64) Share {
	p := fraction(x, n)
	if p == nil {
		return Share{Status: NotEnoughData}
	}
	lo, hi := wilson(*p, n, z)
	return Share{Status: OK, Estimate: p, Lower: &lo, Upper: &hi}
}

// below judges a rate that is good under its target.
func (s Share) below(target float64) TargetShare {
	if s.Status != OK {
		return TargetShare{Share: s}
	}
	return s.judged(*s.Upper < target, *s.Lower >= target, *s.Estimate < target)
}

// above judges a rate that is good over its target.
func (s Share) above(target float64) TargetShare {
	if s.Status != OK {
		return TargetShare{Share: s}
	}
	return s.judged(*s.Lower > target, *s.Upper <= target, *s.Estimate > target)
}

func (s Share) judged(pass, fail, meets bool) TargetShare {
	t := TargetShare{Share: s, Verdict: Uncertain, MeetsTarget: &meets}
	switch {
	case pass:
		t.Verdict = Pass
	case fail:
		t.Verdict = Fail
	}
	return t
}
