package deflection

import (
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"pgregory.net/rapid"
)

var (
	queuedAt = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	ann      = troubleshoot.ExpertID{Seller: "acme", Name: "ann"}
)

const second, hour = time.Second, time.Hour

func after(d time.Duration) time.Time { return queuedAt.Add(d) }

// chat is one that waits since queuedAt, after what befell it.
func chat(what ...func(*troubleshoot.Session)) troubleshoot.Session {
	s := troubleshoot.Session{Channel: troubleshoot.ChannelChat, State: troubleshoot.Queued, CreateTime: queuedAt, QueueTime: queuedAt}
	for _, f := range what {
		f(&s)
	}
	return s
}

func accepted(at time.Duration) func(*troubleshoot.Session) {
	return func(s *troubleshoot.Session) {
		s.Expert, s.State, s.AcceptTime, s.StartTime = ann, troubleshoot.Active, after(at), after(at)
	}
}

func replied(at time.Duration) func(*troubleshoot.Session) {
	return func(s *troubleshoot.Session) { s.ReplyTime = after(at) }
}

func talkOver(at time.Duration) func(*troubleshoot.Session) {
	return func(s *troubleshoot.Session) { s.State, s.LeaveTime = troubleshoot.WrapUp, after(at) }
}

func closed(d troubleshoot.Disposition, at time.Duration) func(*troubleshoot.Session) {
	return func(s *troubleshoot.Session) { s.State, s.Disposition, s.EndTime = troubleshoot.Closed, d, after(at) }
}

func byCall(s *troubleshoot.Session) {
	s.Channel, s.QueueTime = troubleshoot.ChannelCallback, after(-hour)
}

func lost(s *troubleshoot.Session) { s.Expert, s.State = troubleshoot.ExpertID{}, troubleshoot.Queued }

func TestFoldQueue(t *testing.T) {
	bin := func(n int) (w [WaitBins]int64) { w[n] = 1; return w }
	for _, tt := range []struct {
		name string
		s    troubleshoot.Session
		want ServiceSums
	}{
		{"waits", chat(), ServiceSums{Offered: 1}},
		{"accepted is not answered", chat(accepted(5 * second)), ServiceSums{Offered: 1}},
		{"answered at once", chat(accepted(0), replied(0)), ServiceSums{Offered: 1, Answered: 1, Answered60: 1, Waits: bin(0)}},
		{"at 5 s exactly", chat(accepted(0), replied(5*second)), ServiceSums{Offered: 1, Answered: 1, Answered60: 1, Waits: bin(0), WaitSeconds: 5}},
		{"just after it", chat(accepted(0), replied(5*second+1)), ServiceSums{Offered: 1, Answered: 1, Answered60: 1, Waits: bin(1), WaitSeconds: 5}},
		{"at 60 s exactly", chat(accepted(0), replied(60*second)), ServiceSums{Offered: 1, Answered: 1, Answered60: 1, Waits: bin(5), WaitSeconds: 60}},
		{"a microsecond late", chat(accepted(0), replied(60*second+time.Microsecond)), ServiceSums{Offered: 1, Answered: 1, Waits: bin(6), WaitSeconds: 60}},
		{"after 10 minutes", chat(accepted(0), replied(600*second)), ServiceSums{Offered: 1, Answered: 1, Waits: bin(10), WaitSeconds: 600}},
		{"later still", chat(accepted(0), replied(601*second)), ServiceSums{Offered: 1, Answered: 1, Waits: bin(11), WaitSeconds: 601}},
		{"before it asked, by a clock that went back", chat(accepted(0), replied(-second)), ServiceSums{Offered: 1, Answered: 1, Answered60: 1, Waits: bin(0)}},
		{"left at 60 s exactly", chat(closed(troubleshoot.AbandonedInQueue, 60*second)), ServiceSums{Offered: 1, Abandoned: 1, Abandoned60: 1, Waits: bin(5), WaitSeconds: 60}},
		{"left later", chat(closed(troubleshoot.AbandonedInQueue, 61*second)), ServiceSums{Offered: 1, Abandoned: 1, Waits: bin(6), WaitSeconds: 61}},
		{"left an expert who said nothing; not closed yet", chat(accepted(0), talkOver(40*second)), ServiceSums{Offered: 1}},
		{"the same, closed: the wait ended when the shopper left", chat(accepted(0), talkOver(40*second), closed(troubleshoot.AbandonedInChat, 400*second)),
			ServiceSums{Offered: 1, Abandoned: 1, Abandoned60: 1, Waits: bin(4), WaitSeconds: 40}},
		{"left after a reply", chat(accepted(0), replied(9*second), talkOver(20*second), closed(troubleshoot.AbandonedInChat, 30*second)),
			ServiceSums{Offered: 1, Answered: 1, Answered60: 1, AbandonedInChat: 1, Waits: bin(1), WaitSeconds: 9}},
		{"left the queue that it came back to", chat(accepted(0), replied(9*second), lost, closed(troubleshoot.AbandonedInQueue, 90*second)),
			ServiceSums{Offered: 1, Answered: 1, Answered60: 1, AbandonedInChat: 1, Waits: bin(1), WaitSeconds: 9}},
		{"nobody came", chat(closed(troubleshoot.ExpertNoShow, 900*second)), ServiceSums{Offered: 1, NoShow: 1, Waits: bin(11), WaitSeconds: 900}},
		{"nobody came back", chat(accepted(0), replied(9*second), lost, closed(troubleshoot.ExpertNoShow, 900*second)),
			ServiceSums{Offered: 1, Answered: 1, Answered60: 1, NoShow: 1, Waits: bin(1), WaitSeconds: 9}},
		{"closed without a word", chat(accepted(0), closed(troubleshoot.FixedKept, 30*second)), ServiceSums{Offered: 1, Waits: bin(3), WaitSeconds: 30}},
		{"a callback has no queue", chat(byCall, accepted(0), replied(second), closed(troubleshoot.FixedKept, 30*second)), ServiceSums{}},
		{"nor has imported history", troubleshoot.Session{Channel: troubleshoot.ChannelChat, State: troubleshoot.Closed, EndTime: queuedAt}, ServiceSums{}},
	} {
		s := FoldService(tt.s)
		got := ServiceSums{Offered: s.Offered, Answered: s.Answered, Answered60: s.Answered60, Abandoned: s.Abandoned, Abandoned60: s.Abandoned60,
			AbandonedInChat: s.AbandonedInChat, NoShow: s.NoShow, Waits: s.Waits, WaitSeconds: s.WaitSeconds}
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestFoldContacts(t *testing.T) {
	const day = 24 * hour
	unkept := func(s *troubleshoot.Session) { s.LeaveTime = time.Time{} }
	type counts struct{ onTime, late, pending int64 }
	call := func(outcome troubleshoot.CallOutcome, at time.Duration) func(*troubleshoot.Session) {
		return func(s *troubleshoot.Session) {
			s.Callback.Calls = append(s.Callback.Calls, troubleshoot.Call{Start: after(at), Outcome: outcome})
		}
	}
	for _, tt := range []struct {
		name   string
		s      troubleshoot.Session
		age    time.Duration // at the report
		stored counts        // by FoldService
		told   counts        // with FoldPending
	}{
		{"answered at 24 h exactly", chat(accepted(0), replied(day)), 2 * day, counts{onTime: 1}, counts{onTime: 1}},
		{"a microsecond late", chat(accepted(0), replied(day+time.Microsecond)), 2 * day, counts{late: 1}, counts{late: 1}},
		{"open for 24 h exactly", chat(), day, counts{}, counts{pending: 1}},
		{"open for longer", chat(), day + time.Microsecond, counts{}, counts{late: 1}},
		{"with an expert who says nothing", chat(accepted(0)), day + second, counts{}, counts{late: 1}},
		{"left the queue", chat(closed(troubleshoot.AbandonedInQueue, hour)), 9 * day, counts{}, counts{}},
		{"left it at 24 h exactly", chat(closed(troubleshoot.AbandonedInQueue, day)), 9 * day, counts{}, counts{}},
		{"left it later", chat(closed(troubleshoot.AbandonedInQueue, day+second)), 9 * day, counts{late: 1}, counts{late: 1}},
		{"left a silent expert; not closed yet", chat(accepted(0), talkOver(hour)), 9 * day, counts{}, counts{pending: 1}},
		{"wrapped up at a time that was not kept", chat(accepted(0), talkOver(hour), unkept), 9 * day, counts{}, counts{late: 1}},
		{"the same, closed", chat(accepted(0), talkOver(hour), closed(troubleshoot.AbandonedInChat, 2*day)), 9 * day, counts{}, counts{}},
		{"nobody came: late only at the end of the day", chat(closed(troubleshoot.ExpertNoShow, hour)), day, counts{late: 1}, counts{pending: 1}},
		{"nobody came, and the day is over", chat(closed(troubleshoot.ExpertNoShow, hour)), day + second, counts{late: 1}, counts{late: 1}},
		{"closed without a word", chat(accepted(0), closed(troubleshoot.FixedKept, hour)), day + second, counts{late: 1}, counts{late: 1}},
		{"a callback waits from when it was asked for", chat(byCall), day, counts{}, counts{pending: 1}},
		{"and is late after it", chat(byCall), day + second, counts{}, counts{late: 1}},
		{"called in time", chat(byCall, accepted(0), call(troubleshoot.CallNoAnswer, hour), call(troubleshoot.CallReached, day)), 2 * day, counts{onTime: 1}, counts{onTime: 1}},
		{"called too late", chat(byCall, accepted(0), call(troubleshoot.CallReached, day+second)), 2 * day, counts{late: 1}, counts{late: 1}},
		{"a call that was not answered is no reply", chat(byCall, accepted(0), call(troubleshoot.CallNoAnswer, hour)), day + second, counts{}, counts{late: 1}},
		{"words before the call", chat(byCall, accepted(0), replied(hour), call(troubleshoot.CallReached, 2*day)), 3 * day, counts{onTime: 1}, counts{onTime: 1}},
		{"closed as only a talk can, no call told", chat(byCall, accepted(hour), closed(troubleshoot.FixedKept, 2*hour)), 2 * day, counts{onTime: 1}, counts{onTime: 1}},
		{"accepted, given up by its expert, no call told", chat(byCall, accepted(hour), talkOver(2*hour), closed(troubleshoot.AbandonedInChat, 3*hour)), 2 * day, counts{}, counts{}},
		{"not reached by telephone", chat(byCall, closed(troubleshoot.ExpertNoShow, 30*hour)), 2 * day, counts{late: 1}, counts{late: 1}},
		{"a guide is no contact", troubleshoot.Session{Channel: troubleshoot.ChannelGuide, State: troubleshoot.Active, CreateTime: queuedAt}, 9 * day, counts{}, counts{}},
		{"nor is imported history", troubleshoot.Session{Channel: troubleshoot.ChannelChat, State: troubleshoot.Closed, CreateTime: queuedAt}, 9 * day, counts{}, counts{}},
	} {
		stored := FoldService(tt.s)
		told := stored.Plus(FoldPending(tt.s, after(tt.age)))
		if got := (counts{stored.OnTime, stored.Late, stored.Pending}); got != tt.stored {
			t.Errorf("%s: stored %+v, want %+v", tt.name, got, tt.stored)
		}
		if got := (counts{told.OnTime, told.Late, told.Pending}); got != tt.told {
			t.Errorf("%s: told %+v, want %+v", tt.name, got, tt.told)
		}
	}
}

func TestFoldAnswers(t *testing.T) {
	yes := troubleshoot.Answer{Solved: troubleshoot.SolvedYes, Score: 5}
	no := troubleshoot.Answer{Solved: troubleshoot.SolvedNo}
	guide := troubleshoot.Session{Channel: troubleshoot.ChannelGuide, State: troubleshoot.Active}
	with := func(s troubleshoot.Session, a troubleshoot.Answer, outvoted, engaged bool) troubleshoot.Session {
		s.Answer, s.Outvoted, s.Engaged = a, outvoted, engaged
		return s
	}
	for _, tt := range []struct {
		name string
		s    troubleshoot.Session
		want ServiceSums
	}{
		{"a guide that nobody followed", guide, ServiceSums{}},
		{"one that was followed asks", with(guide, troubleshoot.Answer{}, false, true), ServiceSums{Asked: 1}},
		{"YES and a score", with(guide, yes, false, true), ServiceSums{Asked: 1, Yes: 1, Scores: [5]int64{4: 1}}},
		{"NO, without a step", with(guide, no, false, false), ServiceSums{Asked: 1, No: 1}},
		{"a score alone", with(guide, troubleshoot.Answer{Score: 1}, false, false), ServiceSums{Asked: 1, Scores: [5]int64{1}}},
		{"an older vote keeps its score", with(guide, yes, true, true), ServiceSums{Asked: 1, Superseded: 1, Scores: [5]int64{4: 1}}},
		{"a score that there is not", with(guide, troubleshoot.Answer{Score: 6}, false, false), ServiceSums{}},
		{"a guide has no work, whatever it says", with(troubleshoot.Session{Channel: troubleshoot.ChannelGuide, State: troubleshoot.Closed, QueueTime: queuedAt, AcceptTime: queuedAt,
			Expert: ann, ExpertSeconds: 9}, no, false, true), ServiceSums{Asked: 1, No: 1}},
		{"a chat that goes on has not asked", chat(accepted(0), replied(0)), ServiceSums{}},
		{"one that is over has", chat(accepted(0), replied(0), closed(troubleshoot.KeptUnfixed, hour)), ServiceSums{Asked: 1}},
		{"not where nobody came", chat(closed(troubleshoot.ExpertNoShow, hour)), ServiceSums{}},
		{"NO in a chat", with(chat(accepted(0)), no, false, true), ServiceSums{Asked: 1, No: 1}},
	} {
		s := FoldService(tt.s)
		got := ServiceSums{Asked: s.Asked, Yes: s.Yes, No: s.No, Superseded: s.Superseded, Scores: s.Scores}
		if tt.s.Channel == troubleshoot.ChannelGuide {
			got = s // and nothing else
		}
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestFoldWork(t *testing.T) {
	effort := func(s *troubleshoot.Session) { s.ExpertSeconds = 77 }
	told := func(s *troubleshoot.Session) { s.StartTime, s.EndTime = after(2*hour), after(3*hour) }
	for _, tt := range []struct {
		name string
		s    troubleshoot.Session
		want ServiceSums
	}{
		{"not over yet", chat(accepted(10*second), effort, talkOver(100*second)), ServiceSums{}},
		{"talk and wrap-up", chat(accepted(10*second), effort, talkOver(100*second), closed(troubleshoot.FixedKept, 130*second)),
			ServiceSums{Closed: 1, ChatSeconds: 90, WrapUpSeconds: 30, HandleSeconds: 120, EffortSeconds: 77}},
		{"closed from the talk", chat(accepted(10*second), effort, closed(troubleshoot.FixedKept, 130*second)),
			ServiceSums{Closed: 1, ChatSeconds: 120, HandleSeconds: 120, EffortSeconds: 77}},
		{"a call", chat(byCall, accepted(10*second), effort, closed(troubleshoot.FixedKept, 130*second)),
			ServiceSums{Closed: 1, ChatSeconds: 120, HandleSeconds: 120, EffortSeconds: 77}},
		{"done elsewhere, with times told", chat(accepted(10*second), effort, talkOver(100*second), closed(0, 0), told),
			ServiceSums{Closed: 1, ChatSeconds: 3600, HandleSeconds: 3600, EffortSeconds: 77}},
		{"half seconds still add up", chat(accepted(0), talkOver(1500*time.Millisecond), closed(troubleshoot.FixedKept, 3*second)),
			ServiceSums{Closed: 1, ChatSeconds: 2, WrapUpSeconds: 1, HandleSeconds: 3}},
		{"nobody ever had it", chat(effort, closed(troubleshoot.AbandonedInQueue, hour)), ServiceSums{}},
		{"its expert was lost: paid, closed by nobody", chat(accepted(0), effort, lost, closed(troubleshoot.ExpertNoShow, hour)), ServiceSums{EffortSeconds: 77}},
	} {
		s := FoldService(tt.s)
		got := ServiceSums{Closed: s.Closed, ChatSeconds: s.ChatSeconds, WrapUpSeconds: s.WrapUpSeconds, HandleSeconds: s.HandleSeconds, EffortSeconds: s.EffortSeconds}
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestOutvote(t *testing.T) {
	at := func(minute int, solved troubleshoot.Solved) troubleshoot.Session {
		return troubleshoot.Session{Answer: troubleshoot.Answer{Solved: solved, Time: after(time.Duration(minute) * time.Minute)}}
	}
	named := func(id string, s troubleshoot.Session) troubleshoot.Session { s.ID = id; return s }
	const yes, no = troubleshoot.SolvedYes, troubleshoot.SolvedNo
	for _, tt := range []struct {
		name string
		line []troubleshoot.Session
		want string // v counts, o is outvoted, - is no vote
	}{
		{"no session", nil, ""},
		{"nobody voted", []troubleshoot.Session{at(0, 0), at(1, 0)}, "--"},
		{"the only vote", []troubleshoot.Session{at(0, 0), at(1, no)}, "-v"},
		{"the latest, not the last in the list", []troubleshoot.Session{at(5, yes), at(1, no)}, "vo"},
		{"a session without a vote outvotes nobody", []troubleshoot.Session{at(1, yes), at(9, 0)}, "v-"},
		{"three of them", []troubleshoot.Session{at(1, yes), at(3, no), at(2, yes)}, "ovo"},
		{"at one moment one counts", []troubleshoot.Session{named("b", at(1, yes)), named("a", at(1, no))}, "vo"},
		{"the same the other way round", []troubleshoot.Session{named("a", at(1, no)), named("b", at(1, yes))}, "ov"},
	} {
		got := ""
		for _, s := range Outvote(tt.line) {
			switch {
			case s.Outvoted:
				got += "o"
			case s.Answer.Solved != 0:
				got += "v"
			default:
				got += "-"
			}
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if line := []troubleshoot.Session{at(1, yes), at(2, no)}; !Outvote(line)[0].Outvoted || line[0].Outvoted {
		t.Error("the caller's sessions change")
	}
	if again := Outvote([]troubleshoot.Session{{Outvoted: true, Answer: troubleshoot.Answer{Solved: yes}}}); again[0].Outvoted {
		t.Error("a mark stays though no other vote is left")
	}
}

// history is a session from its beginning to wherever it got, as the noun's own transitions lead.
func history(t *rapid.T) []troubleshoot.Session {
	s := troubleshoot.Session{Channel: rapid.SampledFrom([]troubleshoot.Channel{troubleshoot.ChannelChat, troubleshoot.ChannelChat, troubleshoot.ChannelCallback}).Draw(t, "channel"),
		State: troubleshoot.Queued, CreateTime: queuedAt, QueueTime: queuedAt}
	all := []troubleshoot.Session{{}, s}
	now := queuedAt
	for range rapid.IntRange(0, 12).Draw(t, "turns") {
		now = now.Add(time.Duration(rapid.SampledFrom([]int64{0, 1e6, 7e9, 60e9, 3600e9, 24 * 3600e9}).Draw(t, "later")))
		next, err := s, error(nil)
		switch rapid.IntRange(0, 9).Draw(t, "turn") {
		case 0, 1:
			next, err = s.TakeOver(ann, now)
		case 2, 3:
			if s.State == troubleshoot.Active && s.ReplyTime.IsZero() {
				next.ReplyTime = now
			}
		case 4:
			next = s.Lose(ann, now)
		case 5:
			next = s.Leave(now)
		case 6:
			next, err = s.EndTalk(now)
		case 7:
			next = s.GiveUp(now)
		case 8:
			next, err = s.Close(rapid.SampledFrom([]troubleshoot.Disposition{troubleshoot.FixedKept, troubleshoot.AbandonedInChat, troubleshoot.ExpertNoShow}).Draw(t, "disposition"),
				"", nil, time.Time{}, time.Time{}, now)
		case 9:
			next.Answer = troubleshoot.Answer{Solved: troubleshoot.SolvedNo, Score: rapid.Int64Range(0, 5).Draw(t, "score"), Time: now}
		}
		if err == nil {
			s = next
			all = append(all, s)
		}
	}
	return all
}

// However a group comes to its sessions, change by change and in any order, it holds what they add as they stand.
func TestFoldServiceIsOrderFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var changes []ServiceSums
		var want ServiceSums
		for range rapid.IntRange(0, 4).Draw(t, "sessions") {
			all := history(t)
			for i := 1; i < len(all); i++ {
				changes = append(changes, FoldService(all[i]).Minus(FoldService(all[i-1])))
			}
			want = want.Plus(FoldService(all[len(all)-1]))
		}
		var got ServiceSums
		for _, i := range rapid.Permutation(ascending(len(changes))).Draw(t, "order") {
			got = got.Plus(changes[i])
		}
		if got != want {
			t.Fatalf("%+v by changes, %+v as they stand", got, want)
		}
		var waited int64
		for _, n := range want.Waits {
			waited += n
		}
		if want.Answered+want.Abandoned > waited || waited > want.Offered || want.Answered60 > want.Answered || want.Abandoned60 > want.Abandoned ||
			want.AbandonedInChat > want.Answered || want.ChatSeconds+want.WrapUpSeconds != want.HandleSeconds || want.Yes+want.No > want.Asked {
			t.Fatalf("sums that no sessions can have: %+v", want)
		}
	})
}

// The rule as it is written, asked of a session and the clock at once.
func TestPendingFollowsTheRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := history(t)
		s := all[len(all)-1]
		end := s.EndTime
		if !s.LeaveTime.IsZero() {
			end = s.LeaveTime
		}
		now := queuedAt.Add(time.Duration(rapid.Int64Range(0, 72).Draw(t, "hours")) * hour)
		for _, past := range []time.Time{s.EndTime, s.LeaveTime, s.ReplyTime} {
			if past.After(now) {
				now = past
			}
		}
		var want ServiceSums
		old := now.Sub(queuedAt) > 24*hour
		left := s.Disposition == troubleshoot.AbandonedInChat || s.Disposition == troubleshoot.AbandonedInQueue
		switch answered := reply(s); {
		case !answered.IsZero():
			want.OnTime = one(answered.Sub(queuedAt) <= 24*hour)
			want.Late = 1 - want.OnTime
		case left && end.Sub(queuedAt) <= 24*hour: // no reply needed
		case s.State == troubleshoot.WrapUp && end.Sub(queuedAt) <= 24*hour: // not known yet whether one was
			want.Pending = 1
		case old:
			want.Late = 1
		default:
			want.Pending = 1
		}
		sums := FoldService(s).Plus(FoldPending(s, now))
		if got := (ServiceSums{OnTime: sums.OnTime, Late: sums.Late, Pending: sums.Pending}); got != want {
			t.Fatalf("%+v at %v: %+v, want %+v", s, now.Sub(queuedAt), got, want)
		}
	})
}
