package routing

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

func ordinaryPlan() PlanInput {
	return PlanInput{ArrivalsPerHour: 60, HandleTime: 12 * time.Minute, Patience: 4 * time.Minute, Concurrency: 3, TargetFraction: 0.9, TargetWait: time.Minute}
}

func TestPlan(t *testing.T) {
	got, err := Plan(ordinaryPlan())
	if err != nil || got.Experts != 6 || math.Abs(got.ServiceLevel-0.97316) > 1e-5 || got.Abandonment <= 0 || got.MeanWait <= 0 {
		t.Errorf("%+v, %v, want the 6 experts of the reference vector", got, err)
	}
	if forecast := Forecast(60, 6, 3, 12*time.Minute, 4*time.Minute, time.Minute); forecast != got.Service {
		t.Errorf("6 experts give %+v, the plan says %+v", forecast, got.Service)
	}
	if fewer := Forecast(60, 5, 3, 12*time.Minute, 4*time.Minute, time.Minute); fewer.ServiceLevel >= 0.9 {
		t.Errorf("5 experts reach %v", fewer.ServiceLevel)
	}

	in := ordinaryPlan()
	in.Patience = 0
	got, err = Plan(in)
	if err != nil || got.Experts != 6 || math.Abs(got.ServiceLevel-0.95414) > 1e-5 || got.Abandonment != 0 {
		t.Errorf("%+v, %v, want Erlang C where patience is not said", got, err)
	}
	if growing := Forecast(60, 3, 3, 12*time.Minute, 0, time.Minute); growing != (Service{MeanWait: math.MaxInt64, Occupancy: 1}) {
		t.Errorf("a queue that only grows: %+v", growing)
	}

	in = PlanInput{ArrivalsPerHour: 9800, HandleTime: time.Hour, TargetFraction: 0.9, TargetWait: time.Minute}
	if got, err = Plan(in); err != nil || got.Experts < 9801 || got.Experts > MaxPlanExperts {
		t.Errorf("%+v, %v, want nearly as many as a plan may have", got, err)
	}

	in = ordinaryPlan()
	in.Concurrency = 0
	if got, err = Plan(in); err != nil || got.Experts != 16 {
		t.Errorf("%+v, %v, want 16 experts with a chat each", got, err)
	}
}

func TestPlanBounds(t *testing.T) {
	for _, c := range []struct {
		field string
		with  func(*PlanInput)
	}{
		{"arrivalsPerHour", func(in *PlanInput) { in.ArrivalsPerHour = 0 }},
		{"arrivalsPerHour", func(in *PlanInput) { in.ArrivalsPerHour = -1 }},
		{"arrivalsPerHour", func(in *PlanInput) { in.ArrivalsPerHour = math.NaN() }},
		{"arrivalsPerHour", func(in *PlanInput) { in.ArrivalsPerHour = 10_001 }},
		{"arrivalsPerHour", func(in *PlanInput) { in.ArrivalsPerHour, in.HandleTime, in.Concurrency = 10_000, 24*time.Hour, 1 }},
		{"arrivalsPerHour", func(in *PlanInput) { // 12,000 erlangs
			in.ArrivalsPerHour, in.HandleTime, in.Patience, in.Concurrency = 10_000, 72*time.Minute, 0, 1
		}},
		{"handleTime", func(in *PlanInput) { in.HandleTime = 0 }},
		{"handleTime", func(in *PlanInput) { in.HandleTime = 24*time.Hour + 1 }},
		{"patience", func(in *PlanInput) { in.Patience = -time.Second }},
		{"patience", func(in *PlanInput) { in.Patience = time.Millisecond }},
		{"patience", func(in *PlanInput) { in.Patience = 25 * time.Hour }},
		{"concurrency", func(in *PlanInput) { in.Concurrency = -1 }},
		{"concurrency", func(in *PlanInput) { in.Concurrency = troubleshoot.MaxCapacity + 1 }},
		{"targetFraction", func(in *PlanInput) { in.TargetFraction = 0 }},
		{"targetFraction", func(in *PlanInput) { in.TargetFraction = 1 }},
		{"targetFraction", func(in *PlanInput) { in.TargetFraction = math.NaN() }},
		{"targetWait", func(in *PlanInput) { in.TargetWait = -1 }},
		{"targetWait", func(in *PlanInput) { in.TargetWait = 25 * time.Hour }},
	} {
		in := ordinaryPlan()
		c.with(&in)
		result, err := Plan(in)
		var e *troubleshoot.Error
		if !errors.As(err, &e) || e.Code != troubleshoot.InvalidArgument || e.Violations[0].Field != c.field || result != (PlanResult{}) {
			t.Errorf("%+v: %+v, %v, want %s refused", in, result, err, c.field)
		}
	}
}

// FuzzPlan asks for anything: the answer reaches the target with sound figures, or names a field.
func FuzzPlan(f *testing.F) {
	f.Add(60.0, int64(720), int64(240), 3, 0.9, int64(60))
	f.Add(10000.0, int64(86400), int64(86400), 50, 0.999, int64(0))
	f.Add(0.01, int64(1), int64(0), 50, 1e-300, int64(86400))
	f.Add(9999.0, int64(3600), int64(1), 1, 0.5, int64(5))
	f.Fuzz(func(t *testing.T, perHour float64, handle, patience int64, concurrency int, fraction float64, wait int64) {
		in := PlanInput{ArrivalsPerHour: perHour, HandleTime: time.Duration(handle) * time.Second, Patience: time.Duration(patience) * time.Second,
			Concurrency: concurrency, TargetFraction: fraction, TargetWait: time.Duration(wait) * time.Second}
		got, err := Plan(in)
		var e *troubleshoot.Error
		if err != nil {
			if !errors.As(err, &e) || e.Code != troubleshoot.InvalidArgument || len(e.Violations) != 1 {
				t.Fatalf("%+v: %v", in, err)
			}
			return
		}
		share := func(v float64) bool { return v >= 0 && v <= 1 }
		if got.Experts < 1 || got.Experts > MaxPlanExperts || got.ServiceLevel < in.TargetFraction || !share(got.ServiceLevel) ||
			!share(got.Occupancy) || !share(got.Abandonment) || got.MeanWait < 0 || in.Patience > 0 && got.MeanWait > in.Patience {
			t.Fatalf("%+v: %+v", in, got)
		}
	})
}
