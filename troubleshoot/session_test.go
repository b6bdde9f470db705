package troubleshoot

import (
	"reflect"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func minutes(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

var (
	eve = ExpertID{Seller: "acme", Name: "eve"}
	bob = ExpertID{Name: "bob"} // of the pool
)

func TestSessionTurns(t *testing.T) {
	queued := Session{Channel: ChannelChat, State: Queued, QueueTime: noon}
	ringing := Session{Channel: ChannelChat, State: Queued, QueueTime: noon, Ringing: Ringing{eve, noon.Add(OfferTime)}, Epoch: 1, Wants: Wants{Former: []ExpertID{eve}}}
	active := Session{Channel: ChannelChat, State: Active, QueueTime: noon, Expert: eve, Epoch: 1, AcceptTime: noon, HandTime: noon, StartTime: noon, Wants: Wants{Former: []ExpertID{eve}}}
	wrapUp, closed, lost, handed, declined := active, active, active, active, ringing
	wrapUp.State, wrapUp.LeaveTime = WrapUp, minutes(10)
	closed.State, closed.Disposition, closed.Engaged, closed.EndTime = Closed, FixedKept, true, minutes(10)
	lost.State, lost.Expert, lost.Epoch, lost.WaitTime = Queued, ExpertID{}, 2, minutes(10)
	handed.State, handed.Expert, handed.Epoch, handed.WaitTime = Queued, ExpertID{}, 2, minutes(10)
	handed.Wants = Wants{For: bob, Former: []ExpertID{eve}, Transfers: 1, Declined: []Declined{{eve, minutes(10).Add(MaxQueueTime)}}}
	declined.Ringing, declined.Epoch, declined.Wants.Declined = Ringing{}, 2, []Declined{{eve, minutes(10).Add(DeclineRest)}}
	ended := func(from Session, d Disposition, met bool) Session {
		from.State, from.Disposition, from.EndTime, from.Ringing, from.Engaged = Closed, d, minutes(10), Ringing{}, met
		return from
	}
	guided := Session{Channel: ChannelGuide, State: Active}
	type do = func(Session) (Session, error)
	ring := func(at ExpertID) do { return func(s Session) (Session, error) { return s.Ring(at, noon) } }
	accept := func(by ExpertID) do { return func(s Session) (Session, error) { return s.Accept(by, noon) } }
	decline := func(by ExpertID) do { return func(s Session) (Session, error) { return s.Decline(by, minutes(10)) } }
	takeOver := func(by ExpertID) do { return func(s Session) (Session, error) { return s.TakeOver(by, noon) } }
	handOn := func(s Session) (Session, error) { return s.HandOn(bob, "", minutes(10)) }
	endTalk := func(s Session) (Session, error) { return s.EndTalk(minutes(10)) }
	lose := func(by ExpertID) do { return func(s Session) (Session, error) { return s.Lose(by, minutes(10)), nil } }
	leave := func(s Session) (Session, error) { return s.Leave(minutes(10)), nil }
	giveUp := func(s Session) (Session, error) { return s.GiveUp(minutes(10)), nil }
	finish := func(s Session) (Session, error) { return s.Finish(minutes(10)), nil }
	closeAs := func(d Disposition) do {
		return func(s Session) (Session, error) { return s.Close(d, "", nil, time.Time{}, time.Time{}, minutes(10)) }
	}
	taken := active
	taken.Expert, taken.Epoch, taken.Wants = bob, 2, Wants{Former: []ExpertID{eve, bob}}
	for _, c := range []struct {
		rule string
		from Session
		do   do
		to   Session
		code Code // Internal: no error
	}{
		{"what waits rings", queued, ring(eve), ringing, Internal},
		{"what rings does not ring elsewhere", ringing, ring(bob), ringing, Aborted},
		{"what is in hand does not ring", active, ring(bob), active, Aborted},
		{"where it rings it is accepted", ringing, accept(eve), active, Internal},
		{"nobody else accepts", ringing, accept(bob), ringing, Aborted},
		{"what rings nowhere is not accepted: there is no choosing", queued, accept(eve), queued, Aborted},
		{"accepting again changes nothing", active, accept(eve), active, Internal},
		{"another expert has it", active, accept(bob), active, Aborted},
		{"a guide needs no expert", guided, accept(eve), guided, Aborted},
		{"WRAP_UP is not accepted", wrapUp, accept(eve), wrapUp, Aborted},
		{"CLOSED is not accepted", closed, accept(eve), closed, Aborted},
		{"declined, it rests before it comes again", ringing, decline(eve), declined, Internal},
		{"nobody declines for another", ringing, decline(bob), ringing, Aborted},
		{"what is in hand is not declined", active, decline(eve), active, Aborted},
		{"a supervisor gives it to another", active, takeOver(bob), taken, Internal},
		{"WRAP_UP is not taken over", wrapUp, takeOver(bob), wrapUp, FailedPrecondition},
		{"handed on, it keeps its place and does not come back", active, handOn, handed, Internal},
		{"only what is ACTIVE is handed on", wrapUp, handOn, wrapUp, FailedPrecondition},
		{"the expert is gone: it waits again", active, lose(eve), lost, Internal},
		{"an expert who has nothing to do with it is gone", active, lose(bob), active, Internal},
		{"the expert is gone: what was wrapped up closes", wrapUp, lose(eve), ended(wrapUp, AbandonedInChat, true), Internal},
		{"the expert ends the talk", active, endTalk, wrapUp, Internal},
		{"ending it again changes nothing", wrapUp, endTalk, wrapUp, Internal},
		{"a guide has no talk", guided, endTalk, guided, FailedPrecondition},
		{"ACTIVE is closed", active, closeAs(FixedKept), closed, Internal},
		{"closing again changes nothing", closed, closeAs(FixedKept), closed, Internal},
		{"CLOSED never reopens", closed, closeAs(ReturnTrueFault), closed, FailedPrecondition},
		{"an expert does not close a guide", guided, closeAs(FixedKept), guided, FailedPrecondition},
		{"a guide is left", guided, leave, Session{Channel: ChannelGuide, State: Closed, EndTime: minutes(10)}, Internal},
		{"the queue is left", queued, leave, ended(queued, AbandonedInQueue, false), Internal},
		{"a chat is left: the expert wraps up", active, leave, wrapUp, Internal},
		{"leaving WRAP_UP changes nothing", wrapUp, leave, wrapUp, Internal},
		{"leaving CLOSED changes nothing", closed, leave, closed, Internal},
		{"nobody comes", queued, giveUp, ended(queued, ExpertNoShow, false), Internal},
		{"who is there does not give up", active, giveUp, active, Internal},
		{"a wrap-up that was left", wrapUp, finish, ended(wrapUp, AbandonedInChat, true), Internal},
		{"a talk is not finished so", active, finish, active, Internal},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := c.do(c.from)
			if (err == nil) != (c.code == Internal) || (err != nil && CodeOf(err) != c.code) {
				t.Errorf("error %v, want code %d", err, c.code)
			}
			if !reflect.DeepEqual(got, c.to) {
				t.Errorf("became %+v\nwant   %+v", got, c.to)
			}
		})
	}
}

// A close that waited for the session while it was accepted comes with an earlier clock than its start.
func TestACloseThatWaited(t *testing.T) {
	active := Session{Channel: ChannelChat, State: Active, Expert: eve, StartTime: noon}
	got, err := active.Close(FixedKept, "", nil, time.Time{}, time.Time{}, noon.Add(-time.Millisecond))
	if err != nil || !got.EndTime.Equal(noon) {
		t.Errorf("ends at %v, %v", got.EndTime, err)
	}
}

func TestTransfersEnd(t *testing.T) {
	s := Session{Channel: ChannelChat, State: Active, Expert: eve, QueueTime: noon}
	for n := range MaxTransfers {
		handed, err := s.HandOn(ExpertID{}, "", noon)
		if err != nil {
			t.Fatalf("transfer %d: %v", n+1, err)
		}
		rung, err := handed.Ring(ExpertID{Name: itoa(n)}, noon)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = rung.Accept(ExpertID{Name: itoa(n)}, noon); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.HandOn(ExpertID{}, "", noon); CodeOf(err) != FailedPrecondition {
		t.Errorf("transfer %d gave %v", MaxTransfers+1, err)
	}
	if len(s.Wants.Former) > MaxTransfers+1 {
		t.Errorf("%d former experts are remembered", len(s.Wants.Former))
	}
}

func TestTimesOfWork(t *testing.T) {
	active := Session{Channel: ChannelChat, State: Active, Expert: eve, StartTime: noon}
	var unsaid time.Time
	for _, c := range []struct {
		rule       string
		start, end time.Time
		seconds    int64
		field      string
	}{
		{"by the clock, which the store reads", unsaid, unsaid, 0, ""},
		{"as the expert says", minutes(-20), minutes(-5), 900, ""},
		{"half seconds are rounded", noon, noon.Add(1500 * time.Millisecond), 2, ""},
		{"no time at all", noon, noon, 0, ""},
		{"a clock a little ahead", noon, minutes(30).Add(MaxClockSkew), 2100, ""},
		{"the end before the start", noon, minutes(-1), 0, "endTime"},
		{"the end in the future", noon, minutes(31).Add(MaxClockSkew), 0, "endTime"},
		{"a whole day", minutes(30).Add(-MaxSessionLength), minutes(30), 86400, ""},
		{"more than a day", minutes(29).Add(-MaxSessionLength), minutes(30), 0, "endTime"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := active.Close(KeptUnfixed, "note", []string{"tag"}, c.start, c.end, minutes(30))
			if c.field != "" {
				if CodeOf(err) != InvalidArgument || err.(*Error).Violations[0].Field != c.field || !reflect.DeepEqual(got, active) {
					t.Errorf("gave %v and %+v", err, got)
				}
				return
			}
			if err != nil || got.ExpertSeconds != c.seconds || got.Note != "note" || !got.Engaged {
				t.Errorf("gave %v and %+v, want %d seconds", err, got, c.seconds)
			}
		})
	}
}

func TestClosingAgain(t *testing.T) {
	var unsaid time.Time
	active := Session{Channel: ChannelChat, State: Active, Expert: eve, StartTime: noon}
	closed, err := active.Close(FixedKept, "note", []string{"a", "b"}, minutes(1), minutes(5), minutes(10))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule       string
		as         Disposition
		note       string
		tags       []string
		start, end time.Time
		same       bool
	}{
		{"the same", FixedKept, "note", []string{"a", "b"}, minutes(1), minutes(5), true},
		{"the same, without times", FixedKept, "note", []string{"a", "b"}, unsaid, unsaid, true},
		{"another disposition", KeptUnfixed, "note", []string{"a", "b"}, minutes(1), minutes(5), false},
		{"another note", FixedKept, "", []string{"a", "b"}, minutes(1), minutes(5), false},
		{"other tags", FixedKept, "note", []string{"a"}, minutes(1), minutes(5), false},
		{"another start", FixedKept, "note", []string{"a", "b"}, minutes(2), unsaid, false},
		{"another end", FixedKept, "note", []string{"a", "b"}, unsaid, minutes(4), false},
	} {
		got, err := closed.Close(c.as, c.note, c.tags, c.start, c.end, minutes(20))
		if !reflect.DeepEqual(got, closed) || (err == nil) != c.same || (err != nil && CodeOf(err) != FailedPrecondition) {
			t.Errorf("%s: %v, %+v", c.rule, err, got)
		}
	}
}

func TestWhoMet(t *testing.T) {
	for d := Disposition(0); d <= SafetyStop; d++ {
		if want := d != 0 && d != AbandonedInQueue && d != ExpertNoShow; d.Met() != want {
			t.Errorf("disposition %d met: %v", d, d.Met())
		}
	}
	for state, want := range map[SessionState]string{-1: "STATE_UNSPECIFIED", 0: "STATE_UNSPECIFIED", Queued: "QUEUED", Active: "ACTIVE", WrapUp: "WRAP_UP", Closed: "CLOSED", 99: "CLOSED"} {
		if state.String() != want {
			t.Errorf("state %d is called %s", state, state)
		}
	}
}
