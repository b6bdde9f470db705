package routing

import "time"

// Load is the state of a queue in which somebody waits.
type Load struct {
	Slots      int // chats that the experts take at once
	InHand     int // chats that they have
	Ahead      int // sessions that are served before
	HandleTime time.Duration
	Patience   time.Duration // of those ahead; 0: nobody leaves
}

// PredictedWait gives the mean wait of one who stays, given the state: the sum over j = 0..Ahead of 1/(n mu + j theta), the
// mean time until a slot is free and all ahead have gone, served or out of patience (Whitt 1999; Ibrahim & Whitt 2009 call it
// QLm). A free slot makes it 0, and is taken by those ahead first. False: there are no slots, nobody will come. A handle time
// of 0 is taken as that of a queue of which nothing was measured. It takes Ahead steps.
func PredictedWait(l Load) (time.Duration, bool) {
	if l.Slots < 1 {
		return 0, false
	}
	if l.HandleTime <= 0 {
		l.HandleTime = Measured{}.HandleTime()
	}
	ahead := max(l.Ahead, 0) - max(l.Slots-l.InHand, 0)
	if ahead < 0 {
		return 0, true
	}
	mu, theta := 1/l.HandleTime.Seconds(), 0.0
	if l.Patience > 0 {
		theta = 1 / l.Patience.Seconds()
	}
	wait := 0.0
	for j := 0; j <= ahead; j++ {
		wait += 1 / (float64(l.Slots)*mu + float64(j)*theta)
	}
	return seconds(wait), true
}

// Measured is what a queue has been seen to do of late. All who waited count in WaitSeconds, those who were served as well:
// they too did not leave for so long.
type Measured struct {
	Handled       int64 // chats that ended
	HandleSeconds int64 // their wall-clock lengths, added up: at the concurrency that the experts had
	Abandoned     int64 // shoppers who left while they waited
	WaitSeconds   int64 // waits of all, added up
}

// What a queue is taken to be before anything is measured, and how much that weighs: as 10 chats of 12 minutes, and as 2
// shoppers who left in 10 minutes of waiting.
const (
	priorHandled     = 10
	priorHandle      = 12 * time.Minute
	priorAbandoned   = 2
	priorWait        = 10 * time.Minute
	maxMeasuredCount = 1 << 31 // of chats and seconds: 68 years, and sums stay within a Duration
)

// HandleTime gives the mean length of a chat, drawn to the prior while few were measured.
func (m Measured) HandleTime() time.Duration {
	return perEvent(m.HandleSeconds, priorHandled*priorHandle, m.Handled, priorHandled)
}

// Patience gives the mean time after which one who waits leaves: all waiting by the number who left, which is the estimate of
// greatest likelihood for an exponential time that service cuts short; drawn to the prior while few have left.
func (m Measured) Patience() time.Duration {
	return perEvent(m.WaitSeconds, priorWait, m.Abandoned, priorAbandoned)
}

func perEvent(measured int64, prior time.Duration, events, priorEvents int64) time.Duration {
	bounded := func(v int64) int64 { return min(max(v, 0), maxMeasuredCount) }
	return (time.Duration(bounded(measured))*time.Second + prior) / time.Duration(bounded(events)+priorEvents)
}
