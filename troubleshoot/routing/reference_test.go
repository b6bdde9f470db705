package routing

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// referenceCase is one vector made with independent software; testdata names which.
type referenceCase struct {
	Name, Fn  string
	Inputs    in
	Expected  map[string]float64
	Tolerance struct{ Rel, Abs float64 }
}

// in holds the inputs of every vector by name; what a function has not stays zero.
type in struct {
	Servers      int
	Load         float64
	AHT          float64 `json:"aht_s"`
	ThresholdS   float64 `json:"threshold_s"`
	Lambda       float64 `json:"lambda_per_min"`
	Mu           float64 `json:"mu_per_min"`
	Theta        float64 `json:"theta_per_min"`
	ThresholdMin float64 `json:"threshold_min"`
	PerHour      float64 `json:"chats_per_hour"`
	AHTAt        float64 `json:"aht_s_at_concurrency"`
	Patience     float64 `json:"patience_s"`
	Goal         float64
	Concurrency  int
}

// minutes is the traffic of a vector whose rates are per minute.
func (v in) minutes() Traffic {
	return Traffic{Rate: v.Lambda, HandleTime: 1 / v.Mu, Patience: 1 / v.Theta}
}

// seconds is the traffic of a vector whose times are in seconds.
func (v in) seconds() Traffic {
	return Traffic{Rate: v.PerHour / 3600, HandleTime: v.AHTAt, Patience: v.Patience}
}

type out = map[string]float64

func staffed(s Staffing, ok bool) out {
	if !ok {
		return nil
	}
	return out{"experts": float64(s.Experts), "slots": float64(s.Slots), "service_level": s.ServedWithin}
}

// functions answer the vectors with this package's code.
var functions = map[string]func(in) out{
	"erlang_b": func(v in) out { return out{"blocking": ErlangB(v.Servers, v.Load)} },
	"erlang_c": func(v in) out {
		s := ErlangC(Traffic{Rate: v.Load / v.AHT, HandleTime: v.AHT}, v.Servers, v.ThresholdS)
		return out{"p_wait": s.Wait, "service_level": s.ServedWithin, "asa_s": s.MeanWait}
	},
	"erlang_c_pwait": func(v in) out {
		return out{"p_wait": ErlangC(Traffic{Rate: v.Load, HandleTime: 1}, v.Servers, 0).Wait}
	},
	"erlang_a": func(v in) out {
		s := ErlangA(v.minutes(), v.Servers, v.ThresholdMin)
		return out{"p_wait": s.Wait, "p_abandon": s.Abandon, "mean_wait": s.MeanWait, "mean_queue": s.MeanQueue, "p_wait_gt_t": s.WaitLonger,
			"p_served_within_t": s.ServedWithin, "p_abandon_within_t": s.AbandonWithin, "sl_excl_short_abandons": s.ServedOfPatient(),
			"occupancy": s.Occupancy}
	},
	"erlang_a_pwait": func(v in) out { return out{"p_wait": ErlangA(v.minutes(), v.Servers, 1).Wait} },
	"erlang_a_rounded": func(v in) out {
		a, c := ErlangA(v.minutes(), v.Servers, 1), ErlangC(v.minutes(), v.Servers, 1)
		return out{"abandon_pct": 100 * a.Abandon, "mean_wait_s": 60 * a.MeanWait, "mean_queue": a.MeanQueue, "utilisation_pct": 100 * a.Occupancy,
			"erlang_c_wait_s": 60 * c.MeanWait, "erlang_c_queue": c.MeanQueue}
	},
	"staff_erlang_c": func(v in) out { return staffed(StaffErlangC(v.seconds(), v.Concurrency, Goal{v.Goal, v.ThresholdS})) },
	"staff_erlang_a": func(v in) out { return staffed(StaffErlangA(v.seconds(), v.Concurrency, Goal{v.Goal, v.ThresholdS})) },
}

func TestReferenceVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []referenceCase }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) != 15 {
		t.Errorf("%d vectors, want all 15 of the functions of this package", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			f, known := functions[c.Fn]
			if !known {
				t.Fatalf("no function %q", c.Fn)
			}
			got := f(c.Inputs)
			for key, want := range c.Expected {
				if g, ok := got[key]; !ok || !(math.Abs(g-want) <= c.Tolerance.Abs+c.Tolerance.Rel*math.Abs(want)) {
					t.Errorf("%s = %v, want %v", key, g, want)
				}
			}
		})
	}
}
