package troubleshoot

import (
	"reflect"
	"testing"
	"time"
)

// anActiveCall is a callback in eve's hand that is to be made within three hours.
func anActiveCall(calls ...Call) Session {
	return Session{Channel: ChannelCallback, State: Active, Expert: eve, Epoch: 4, CreateTime: minutes(-60), AcceptTime: noon, StartTime: noon,
		Wants: Wants{Former: []ExpertID{eve}, Transfers: 1}, Callback: Callback{Phone: "+14155550123", NotBefore: minutes(-30), NotAfter: minutes(180), Calls: calls}}
}

func aCall(outcome CallOutcome, start, end int) Call {
	return Call{Expert: "eve", Start: minutes(start), End: minutes(end), Outcome: outcome}
}

func TestWhatACallBecomes(t *testing.T) {
	first, second, answered := aCall(CallNoAnswer, 1, 2), aCall(CallNoAnswer, 33, 34), aCall(CallReached, 1, 5)
	for _, c := range []struct {
		rule    string
		before  []Call
		call    Call
		now     int
		state   SessionState
		again   time.Time // NotBefore after it
		replied bool
	}{
		{"reached, it stays with its expert", nil, aCall(CallReached, 1, 9), 9, Active, minutes(-30), true},
		{"not answered, it waits for another try", nil, first, 2, Queued, minutes(32), false},
		{"not answered twice, too", []Call{first}, second, 34, Queued, minutes(64), false},
		{"not answered three times, it is over", []Call{first, second}, aCall(CallNoAnswer, 65, 66), 66, Closed, minutes(-30), false},
		{"there is just time for another try", nil, first, 149, Queued, minutes(179), false},
		{"there is no time for another try", nil, first, 150, Closed, minutes(-30), false},
		{"its time is over", nil, first, 200, Closed, minutes(-30), false},
		{"reached at last", []Call{first, second}, aCall(CallReached, 65, 66), 66, Active, minutes(-30), true},
		{"reached before, it stays with its expert", []Call{answered}, aCall(CallNoAnswer, 7, 8), 8, Active, minutes(-30), false},
		{"missed is no try", []Call{{Outcome: CallMissed}, {Outcome: CallMissed}}, first, 2, Queued, minutes(32), false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			before := anActiveCall(c.before...)
			want := before
			want.Callback.NotBefore, want.Callback.Calls, want.State = c.again, append(append([]Call{}, c.before...), c.call), c.state
			switch c.state {
			case Queued:
				want.Expert, want.Epoch, want.StartTime, want.QueueTime, want.WaitTime = ExpertID{}, 5, time.Time{}, c.again, c.again
				want.Wants = Wants{Sticky: eve, Former: []ExpertID{eve}, Transfers: 1}
			case Closed:
				want.Disposition, want.EndTime, want.Wants = ExpertNoShow, minutes(c.now), Wants{Former: []ExpertID{eve}}
			}
			if c.replied {
				want.ReplyTime, want.Engaged = c.call.Start, true
			}
			got, err := before.RecordCall(c.call, minutes(c.now))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%v\nbecame %+v\nwant   %+v", err, got, want)
			}
			if len(before.Callback.Calls) != len(c.before) {
				t.Error("the session before was changed")
			}
			again, err := got.RecordCall(c.call, minutes(c.now+1))
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Errorf("the same call again: %v\nbecame %+v", err, again)
			}
		})
	}
}

func TestTheFirstReplyIsThatOfTheFirstCallThatReached(t *testing.T) {
	s := anActiveCall()
	for _, start := range []int{10, 20} {
		var err error
		if s, err = s.RecordCall(aCall(CallReached, start, start+5), minutes(30)); err != nil {
			t.Fatal(err)
		}
	}
	if !s.ReplyTime.Equal(minutes(10)) || len(s.Callback.Calls) != 2 {
		t.Errorf("%+v", s)
	}
}

func TestCallsThatCannotHaveBeen(t *testing.T) {
	queued, chat, closed := anActiveCall(), anActiveCall(), anActiveCall()
	queued.State, chat.Channel, closed.State = Queued, ChannelChat, Closed
	full := anActiveCall(make([]Call, MaxCalls)...)
	almost := anActiveCall(make([]Call, MaxCalls-1)...)
	for _, c := range []struct {
		rule       string
		session    Session
		start, end time.Time
		code       Code // Internal: it can
		field      string
	}{
		{"no time at all", anActiveCall(), noon, noon, Internal, ""},
		{"by a clock a little ahead", anActiveCall(), noon, minutes(30).Add(MaxClockSkew), Internal, ""},
		{"in the future", anActiveCall(), noon, minutes(30).Add(MaxClockSkew + 1), InvalidArgument, "endTime"},
		{"ended before it began", anActiveCall(), minutes(2), minutes(1), InvalidArgument, "endTime"},
		{"longer than a day", anActiveCall(), minutes(29).Add(-MaxSessionLength), minutes(30), InvalidArgument, "endTime"},
		{"a clock a little behind when it was asked for", anActiveCall(), minutes(-60).Add(-MaxClockSkew), noon, Internal, ""},
		{"before it was asked for", anActiveCall(), minutes(-61).Add(-MaxClockSkew), noon, InvalidArgument, "startTime"},
		{"of a session that waits", queued, noon, noon, FailedPrecondition, ""},
		{"of a chat", chat, noon, noon, FailedPrecondition, ""},
		{"of a session that is over", closed, noon, noon, FailedPrecondition, ""},
		{"the last that may be", almost, noon, noon, Internal, ""},
		{"too many", full, noon, noon, FailedPrecondition, ""},
	} {
		got, err := c.session.RecordCall(Call{Expert: "eve", Start: c.start, End: c.end, Outcome: CallReached}, minutes(30))
		if (err == nil) != (c.code == Internal) || err != nil && (CodeOf(err) != c.code || !reflect.DeepEqual(got, c.session)) {
			t.Errorf("%s: %v, want code %d", c.rule, err, c.code)
		} else if c.field != "" && err.(*Error).Violations[0].Field != c.field {
			t.Errorf("%s: %v, want the field %s", c.rule, err, c.field)
		}
	}
}

func TestReschedule(t *testing.T) {
	active := anActiveCall()
	queued, ringing, wrapUp, chat := active, active, active, active
	queued.State, queued.Expert = Queued, ExpertID{}
	ringing.State, ringing.Expert, ringing.Ringing = Queued, ExpertID{}, Ringing{At: bob, Until: minutes(1)}
	wrapUp.State, chat.Channel = WrapUp, ChannelChat
	later := func(s Session, epoch int64) Session {
		s.State, s.Epoch, s.Callback.NotBefore, s.Callback.NotAfter, s.Ringing = Queued, epoch, minutes(300), minutes(400), Ringing{}
		s.QueueTime, s.WaitTime = minutes(300), minutes(300)
		return s
	}
	back := later(active, 5)
	back.Expert, back.StartTime, back.Wants = ExpertID{}, time.Time{}, Wants{Sticky: eve, Former: []ExpertID{eve}, Transfers: 1}
	for _, c := range []struct {
		rule     string
		from, to Session
		code     Code // Internal: no error
	}{
		{"what waits goes on waiting", queued, later(queued, 4), Internal},
		{"what rings stops ringing", ringing, later(ringing, 5), Internal},
		{"what is in hand waits again", active, back, Internal},
		{"the same again changes nothing", later(queued, 4), later(queued, 4), Internal},
		{"what is wrapped up has no call to come", wrapUp, wrapUp, FailedPrecondition},
		{"a chat has no call", chat, chat, FailedPrecondition},
	} {
		got, err := c.from.Reschedule(minutes(300), minutes(400))
		if (err == nil) != (c.code == Internal) || err != nil && CodeOf(err) != c.code || !reflect.DeepEqual(got, c.to) {
			t.Errorf("%s: %v\nbecame %+v\nwant   %+v", c.rule, err, got, c.to)
		}
	}
}
