package troubleshoot

import (
	"reflect"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func minutes(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

func TestSessionTransitions(t *testing.T) {
	queued := Session{Channel: ChannelChat, State: Queued}
	active := Session{Channel: ChannelChat, State: Active, Expert: "eve", StartTime: noon}
	wrapUp := Session{Channel: ChannelChat, State: WrapUp, Expert: "eve", StartTime: noon}
	closed := Session{Channel: ChannelChat, State: Closed, Expert: "eve", Disposition: FixedKept, Engaged: true, StartTime: noon, EndTime: minutes(10), ExpertSeconds: 600}
	guided := Session{Channel: ChannelGuide, State: Active}
	accept := func(expert string) func(Session) (Session, error) {
		return func(s Session) (Session, error) { return s.Accept(expert, noon) }
	}
	closeAs := func(d Disposition) func(Session) (Session, error) {
		return func(s Session) (Session, error) { return s.Close(d, "", nil, time.Time{}, time.Time{}, minutes(10)) }
	}
	leave := func(s Session) (Session, error) { return s.Leave(minutes(10)), nil }
	for _, c := range []struct {
		rule string
		from Session
		do   func(Session) (Session, error)
		to   Session
		code Code // Internal: no error
	}{
		{"QUEUED is accepted", queued, accept("eve"), active, Internal},
		{"accepting again changes nothing", active, accept("eve"), active, Internal},
		{"another expert has it", active, accept("bob"), active, Aborted},
		{"a guide needs no expert", guided, accept("eve"), guided, Aborted},
		{"WRAP_UP is not accepted", wrapUp, accept("eve"), wrapUp, Aborted},
		{"CLOSED is not accepted", closed, accept("eve"), closed, Aborted},
		{"ACTIVE is closed", active, closeAs(FixedKept), closed, Internal},
		{"WRAP_UP is closed", wrapUp, closeAs(FixedKept), closed, Internal},
		{"QUEUED is closed without having met", queued, closeAs(ExpertNoShow),
			Session{Channel: ChannelChat, State: Closed, Disposition: ExpertNoShow, StartTime: minutes(10), EndTime: minutes(10)}, Internal},
		{"closing again changes nothing", closed, closeAs(FixedKept), closed, Internal},
		{"CLOSED never reopens", closed, closeAs(ReturnTrueFault), closed, FailedPrecondition},
		{"an expert does not close a guide", guided, closeAs(FixedKept), guided, FailedPrecondition},
		{"a guide is left", guided, leave, Session{Channel: ChannelGuide, State: Closed, EndTime: minutes(10)}, Internal},
		{"the queue is left", queued, leave, Session{Channel: ChannelChat, State: Closed, Disposition: AbandonedInQueue, EndTime: minutes(10)}, Internal},
		{"a chat is left: the expert wraps up", active, leave, wrapUp, Internal},
		{"leaving WRAP_UP changes nothing", wrapUp, leave, wrapUp, Internal},
		{"leaving CLOSED changes nothing", closed, leave, closed, Internal},
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

func TestTimesOfWork(t *testing.T) {
	active := Session{Channel: ChannelChat, State: Active, Expert: "eve", StartTime: noon}
	var unsaid time.Time
	for _, c := range []struct {
		rule       string
		start, end time.Time
		seconds    int64
		field      string
	}{
		{"from acceptance till now", unsaid, unsaid, 1800, ""},
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
	active := Session{Channel: ChannelChat, State: Active, Expert: "eve", StartTime: noon}
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
