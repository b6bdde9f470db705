package deflection

import (
	"cmp"
	"slices"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// FoldService gives what a session adds to the sums of its group as it stands (docs/measurement.md, "Service"): a change of it
// adds FoldService(after).Minus(FoldService(before)), each to its own group.
//
// A chat counts as offered from its first moment, as answered with its first human words, however it ends, and as abandoned or
// not met when it is closed. How long it waited is known with the answer, or else at its end. A GUIDE session adds what its
// shopper says, and nothing else.
//
// A contact is a chat from its entry to the queue, or a callback from the time that it was asked for. One that ended without a human reply
// is late at once, since none will come; FoldPending takes that back while it is not older than ContactTime. Where the shopper
// left before, no reply was needed and the contact is left out; that the shopper left is told by the disposition.
func FoldService(s troubleshoot.Session) ServiceSums {
	var sums ServiceSums
	sums.answer(s)
	switch s.Channel {
	case troubleshoot.ChannelChat:
		sums.queue(s)
	case troubleshoot.ChannelCallback:
	default:
		return sums
	}
	sums.contact(s)
	sums.work(s)
	return sums
}

// FoldPending gives what the time that has passed adds, at now, to the sums that a report reads: they are not stored, for only
// the clock changes them. An open contact without a reply is pending, and late once it is older than ContactTime. One that
// ended without a reply is pending, too, until it is as old as that.
//
// A report adds it for every CHAT and CALLBACK session without a reply that is open, or was asked for no more than ContactTime ago.
// Others give nothing.
func FoldPending(s troubleshoot.Session, now time.Time) ServiceSums {
	if !unanswered(s) {
		return ServiceSums{}
	}
	closed := s.State == troubleshoot.Closed
	if s.State == troubleshoot.WrapUp && !s.LeaveTime.IsZero() {
		now = s.LeaveTime // the talk is over; whether a reply was needed is told when it closes
	}
	switch old := now.Sub(asked(s)) > ContactTime; {
	case !old && closed:
		return ServiceSums{Late: -1, Pending: 1}
	case !old:
		return ServiceSums{Pending: 1}
	case !closed:
		return ServiceSums{Late: 1}
	}
	return ServiceSums{}
}

// Outvote marks the sessions of one order line whose votes do not count, as a later one does. Their order does not matter.
func Outvote(line []troubleshoot.Session) []troubleshoot.Session {
	line = slices.Clone(line)
	latest := -1
	for i, s := range line {
		if s.Answer.Solved != 0 && (latest < 0 || byVote(s, line[latest]) > 0) {
			latest = i
		}
	}
	for i := range line {
		line[i].Outvoted = line[i].Answer.Solved != 0 && i != latest
	}
	return line
}

// byVote orders sessions by when they were answered; the other two settle it where that is the same moment.
func byVote(a, b troubleshoot.Session) int {
	return cmp.Or(a.Answer.Time.Compare(b.Answer.Time), a.CreateTime.Compare(b.CreateTime), cmp.Compare(a.ID, b.ID))
}

// answer counts what the shopper says.
func (sums *ServiceSums) answer(s troubleshoot.Session) {
	voted := s.Answer.Solved != 0
	switch {
	case voted && s.Outvoted:
		sums.Superseded = 1
	case s.Answer.Solved == troubleshoot.SolvedYes:
		sums.Yes = 1
	case voted:
		sums.No = 1
	}
	scored := s.Answer.Score >= 1 && s.Answer.Score <= int64(len(sums.Scores))
	if scored {
		sums.Scores[s.Answer.Score-1] = 1
	}
	helped := s.Disposition.Met()
	if s.Channel == troubleshoot.ChannelGuide {
		helped = s.Engaged // many shoppers just go away, and the guide stays open
	}
	sums.Asked = one(voted || scored || helped)
}

// queue counts a chat's wait for a human. One without QueueTime is of imported history and never waited here.
func (sums *ServiceSums) queue(s troubleshoot.Session) {
	if s.QueueTime.IsZero() {
		return
	}
	sums.Offered = 1
	closed := s.State == troubleshoot.Closed
	sums.NoShow = one(closed && s.Disposition == troubleshoot.ExpertNoShow)
	left := closed && shopperLeft(s)
	if !s.ReplyTime.IsZero() {
		wait := s.ReplyTime.Sub(s.QueueTime)
		sums.waited(wait)
		sums.Answered, sums.Answered60 = 1, one(wait <= FirstResponseTime)
		sums.AbandonedInChat = one(left)
		return
	}
	if closed {
		wait := talkEnd(s).Sub(s.QueueTime)
		sums.waited(wait)
		sums.Abandoned, sums.Abandoned60 = one(left), one(left && wait <= FirstResponseTime)
	}
}

// waited puts a wait into its bin by its exact length, so that a bin's upper end counts as the service level's boundary does.
func (sums *ServiceSums) waited(wait time.Duration) {
	wait = max(wait, 0) // a clock went back
	bin := 0
	for bin < len(waitEdges) && wait > time.Duration(waitEdges[bin])*time.Second {
		bin++
	}
	sums.Waits[bin] = 1
	sums.WaitSeconds = wholeSeconds(wait)
}

func (sums *ServiceSums) contact(s troubleshoot.Session) {
	switch from := asked(s); {
	case from.IsZero():
	case unanswered(s):
		sums.Late = one(s.State == troubleshoot.Closed)
	case !reply(s).IsZero():
		sums.OnTime = one(reply(s).Sub(from) <= ContactTime)
		sums.Late = 1 - sums.OnTime
	}
}

// work counts what experts did for a session that is over. Its length is that of the present expert's and the former ones'
// work together; effort is counted also where they were gone at the end.
func (sums *ServiceSums) work(s troubleshoot.Session) {
	if s.State != troubleshoot.Closed || s.AcceptTime.IsZero() && !s.Expert.IsSet() {
		return
	}
	sums.EffortSeconds = s.ExpertSeconds
	if !s.Expert.IsSet() {
		return
	}
	sums.Closed = 1
	handle := max(s.EndTime.Sub(s.StartTime), 0)
	talk := talkEnd(s).Sub(s.StartTime)
	if talk < 0 || talk > handle {
		talk = handle // the work was done elsewhere and its times were told: what we saw was not it
	}
	sums.HandleSeconds, sums.ChatSeconds = wholeSeconds(handle), wholeSeconds(talk)
	sums.WrapUpSeconds = sums.HandleSeconds - sums.ChatSeconds
}

// asked is when a contact asked for a human; zero: it is none.
func asked(s troubleshoot.Session) time.Time {
	switch s.Channel {
	case troubleshoot.ChannelChat:
		return s.QueueTime
	case troubleshoot.ChannelCallback:
		if s.QueueTime.After(s.CreateTime) { // the shopper asked for a later call
			return s.QueueTime
		}
		return s.CreateTime
	}
	return time.Time{}
}

// reply is when a human first answered a contact; zero: nobody yet. On the telephone that is the first call that reached the
// shopper, or the expert's work as such where it ended as only a talk can.
func reply(s troubleshoot.Session) time.Time {
	if !s.ReplyTime.IsZero() || s.Channel != troubleshoot.ChannelCallback {
		return s.ReplyTime
	}
	for _, call := range s.Callback.Calls { // in order of time
		if call.Outcome == troubleshoot.CallReached {
			return call.Start
		}
	}
	if s.State == troubleshoot.Closed && s.Disposition.Met() && !shopperLeft(s) {
		return s.StartTime
	}
	return time.Time{}
}

// unanswered tells a contact that got no reply, though one was needed.
func unanswered(s troubleshoot.Session) bool {
	if asked(s).IsZero() || !reply(s).IsZero() {
		return false
	}
	return s.State != troubleshoot.Closed || !shopperLeft(s) || talkEnd(s).Sub(asked(s)) > ContactTime
}

func shopperLeft(s troubleshoot.Session) bool {
	return s.Disposition == troubleshoot.AbandonedInQueue || s.Disposition == troubleshoot.AbandonedInChat
}

// talkEnd is when a closed session stopped waiting or talking.
func talkEnd(s troubleshoot.Session) time.Time {
	if s.LeaveTime.IsZero() {
		return s.EndTime
	}
	return s.LeaveTime
}

func wholeSeconds(d time.Duration) int64 { return int64(d.Round(time.Second) / time.Second) }
