package routing

import (
	"math"
	"testing"
	"time"
)

func TestPredictedWait(t *testing.T) {
	const chat = 12 * time.Minute
	for _, c := range []struct {
		rule string
		load Load
		want time.Duration
	}{
		{"a free slot", Load{Slots: 2, InHand: 1}, 0},
		{"the next of one slot waits for a whole chat: it has no memory", Load{Slots: 1, InHand: 1}, chat},
		{"of three slots the first is free in a third of it", Load{Slots: 3, InHand: 3}, chat / 3},
		{"each ahead takes as long again", Load{Slots: 3, InHand: 3, Ahead: 2}, chat},
		{"those ahead may leave: 1/4 + 1/(4+2) + 1/(4+4) of a minute", Load{Slots: 4, InHand: 4, Ahead: 2, HandleTime: time.Minute, Patience: 30 * time.Second}, 32500 * time.Millisecond},
		{"free slots are taken by those ahead", Load{Slots: 3, InHand: 1, Ahead: 2}, chat / 3},
		{"and there is one left", Load{Slots: 3, InHand: 1, Ahead: 1}, 0},
		{"more chats than slots", Load{Slots: 1, InHand: 4}, chat},
		{"nothing was measured", Load{Slots: 1, InHand: 1, HandleTime: -1}, chat},
	} {
		if c.load.HandleTime == 0 {
			c.load.HandleTime = chat
		}
		got, ok := PredictedWait(c.load)
		if !ok || (got-c.want).Abs() > time.Microsecond {
			t.Errorf("%s: %s, %t, want %s", c.rule, got, ok, c.want)
		}
	}
	if _, ok := PredictedWait(Load{Ahead: 3, HandleTime: chat}); ok {
		t.Error("somebody comes though there are no slots")
	}
}

// The state of an Erlang-A queue is random; over its states the predictions average to the mean wait of those who would stay.
func TestPredictedWaitAveragesToErlangA(t *testing.T) {
	for _, s := range systems(40) {
		s.slots, s.Rate, s.Patience = 1+s.slots/20, s.Rate/20, min(s.Patience, 10)
		n, theta := float64(s.slots), 1/s.Patience
		p, total, stay := 1.0, 0.0, 0.0 // of the states in which all slots are taken
		for ahead := 0; p > 1e-14*total; ahead++ {
			wait, _ := PredictedWait(Load{Slots: s.slots, InHand: s.slots, Ahead: ahead, HandleTime: minutes(s.HandleTime), Patience: minutes(s.Patience)})
			total, stay = total+p, stay+p*wait.Minutes()
			p *= s.Rate / (n/s.HandleTime + float64(ahead+1)*theta)
		}
		// P(W > T) of one who stays is WaitLonger over the chance to still be there.
		want, step := 0.0, min(s.Patience, s.HandleTime/n)/20
		for x, longer := step/2, 1.0; longer > 1e-8; x += step {
			longer = ErlangA(s.Traffic, s.slots, x).WaitLonger * math.Exp(theta*x)
			want += longer * step
		}
		near(t, "mean wait", ErlangA(s.Traffic, s.slots, 0).Wait*stay/total, want, 1e-3)
	}
}

func minutes(m float64) time.Duration { return time.Duration(m * float64(time.Minute)) }

func TestMeasuredIsDrawnToThePriorWhileThin(t *testing.T) {
	for _, c := range []struct {
		rule             string
		measured         Measured
		handle, patience time.Duration
	}{
		{"nothing yet", Measured{}, 12 * time.Minute, 5 * time.Minute},
		{"10 chats of 8 minutes weigh as much as the prior", Measured{Handled: 10, HandleSeconds: 4800}, 10 * time.Minute, 5 * time.Minute},
		{"2 who left in 20 minutes of waiting", Measured{Abandoned: 2, WaitSeconds: 1200}, 12 * time.Minute, 7*time.Minute + 30*time.Second},
		{"all waited an hour and nobody left", Measured{WaitSeconds: 3600}, 12 * time.Minute, 35 * time.Minute},
		{"a thousand of each: the prior has gone", Measured{Handled: 1000, HandleSeconds: 300_000, Abandoned: 1000, WaitSeconds: 60_000}, 304 * time.Second, 60 * time.Second},
		{"sums that are none", Measured{Handled: -5, HandleSeconds: -1, Abandoned: math.MinInt64, WaitSeconds: -7}, 12 * time.Minute, 5 * time.Minute},
		{"sums beyond all years", Measured{Handled: math.MaxInt64, HandleSeconds: math.MaxInt64, Abandoned: math.MaxInt64, WaitSeconds: math.MaxInt64}, time.Second, time.Second},
	} {
		if got := c.measured.HandleTime(); (got - c.handle).Abs() > time.Second {
			t.Errorf("%s: handle time %s, want %s", c.rule, got, c.handle)
		}
		if got := c.measured.Patience(); (got - c.patience).Abs() > time.Second {
			t.Errorf("%s: patience %s, want %s", c.rule, got, c.patience)
		}
	}
}
