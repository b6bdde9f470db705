package deflection

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// referenceCase is one vector made with independent software; testdata names which.
type referenceCase struct {
	Name, Fn  string
	Inputs    json.RawMessage
	Expected  map[string]any
	Tolerance struct{ Rel, Abs float64 }
}

// in holds the inputs of every vector by name; what a function has not stays zero.
type in struct {
	XHoldout       float64 `json:"x_holdout"`
	NHoldout       float64 `json:"n_holdout"`
	XOffer         float64 `json:"x_offer"`
	NOffer         float64 `json:"n_offer"`
	Conf           float64
	PHoldout       float64 `json:"p_holdout"`
	NeffHoldout    float64 `json:"neff_holdout"`
	POffer         float64 `json:"p_offer"`
	NeffOffer      float64 `json:"neff_offer"`
	K              float64
	Alpha          float64
	TStar          float64 `json:"t_star"`
	Diff, SE       float64
	AlphaDesign    float64 `json:"alpha_design"`
	Strata         [][4]float64
	MinCell        float64 `json:"min_cell"`
	Pseudo         float64
	N0, X0, D0     float64
	XD0            float64
	N1, X1, D1     float64
	XD1            float64
	Num, Den, Cov  float64
	VarNum         float64         `json:"var_num"`
	VarDen         float64         `json:"var_den"`
	Attributed     int64           `json:"offer_attributed"`
	KeptU          int64           `json:"offer_kept_unattributed"`
	OfferReturned  int64           `json:"offer_returned"`
	Holdout, Offer json.RawMessage // a count, or sums
	HoldoutShare   float64         `json:"holdout_share"`
	Counts, Theta  []float64
	DirichletAlpha []float64 `json:"dirichlet_alpha"`

	Refund, Salvage, Handling, Returned, Platform, Concession int64

	ReturnShipping        int64   `json:"return_shipping"`
	HelpWage              int64   `json:"help_wage_per_hour"`
	HelpMinutes           float64 `json:"help_minutes"`
	HelpConcurrency       float64 `json:"help_concurrency"`
	ReturnCost            float64 `json:"return_cost"`
	WagePerHour           float64 `json:"wage_per_hour"`
	Minutes, Concurrency  float64
	PlatformCost          float64 `json:"platform_cost"`
	SessionsPerDeflection float64 `json:"sessions_per_deflection"`

	P, C            []float64
	UnresolvedCost  float64 `json:"unresolved_cost"`
	Benefit         float64
	Reached, Solved []float64
	BetaA           float64 `json:"beta_a"`
	BetaB           float64 `json:"beta_b"`
	Sessions        []struct {
		Tried    []int
		SolvedBy *int `json:"solved_by"`
		Count    float64
	}

	No, Yes    int64
	Target     float64
	Votes      [][3]any // order line, time, answer
	Messages   []referenceMessage
	Events     [][2]any // seconds, how it went on
	ThresholdS float64  `json:"threshold_s"`
	Chats      [][2]float64
	Shift      [2]float64
}

type referenceMessage struct {
	NeedsReply bool     `json:"needs_reply"`
	ReplyH     *float64 `json:"reply_h"`
	AgeH       float64  `json:"age_h"`
}

func (v in) arms() arms {
	return arms{p0: v.XHoldout / v.NHoldout, n0: v.NHoldout, p1: v.XOffer / v.NOffer, n1: v.NOffer}
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
	if len(file.Cases) != 41 {
		t.Errorf("%d vectors, want all 41 of the functions of this package", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			f, known := functions[c.Fn]
			if !known {
				t.Fatalf("no function %q", c.Fn)
			}
			var inputs in
			if err := json.Unmarshal(c.Inputs, &inputs); err != nil {
				t.Fatal(err)
			}
			got := f(t, inputs)
			for key, want := range c.Expected {
				c.compare(t, key, got[key], want)
			}
		})
	}
}

func (c referenceCase) compare(t *testing.T, key string, got, want any) {
	t.Helper()
	if list, ok := want.([]any); ok {
		c.compareList(t, key, got, list)
		return
	}
	w, number := want.(float64)
	if !number {
		if got != want {
			t.Errorf("%s = %v, want %v", key, got, want)
		}
		return
	}
	g, ok := got.(float64)
	if !ok || !(math.Abs(g-w) <= c.Tolerance.Abs+c.Tolerance.Rel*math.Abs(w)) {
		t.Errorf("%s = %v, want %v", key, got, w)
	}
}

// compareList compares lists of steps exactly, and lists of figures one by one.
func (c referenceCase) compareList(t *testing.T, key string, got any, want []any) {
	t.Helper()
	switch g := got.(type) {
	case []int:
		if !slices.EqualFunc(g, want, func(a int, b any) bool { return float64(a) == b }) {
			t.Errorf("%s = %v, want %v", key, g, want)
		}
	case []float64:
		if len(g) != len(want) {
			t.Fatalf("%s = %v, want %v", key, g, want)
		}
		for i := range g {
			c.compare(t, key, g[i], want[i])
		}
	default:
		t.Errorf("%s is no list", key)
	}
}

type out = map[string]any

func limits(o out, i interval) out {
	o["lo"], o["hi"] = i.lo, i.hi
	return o
}

func setOf(o out, s fiellerSet) out {
	o["type"], o["lo"], o["hi"] = string(s.shape), s.lo, s.hi
	return o
}

// functions answer the vectors with this package's code.
var functions = map[string]func(*testing.T, in) out{
	"newcombe_diff": func(_ *testing.T, v in) out {
		return limits(out{"avoided": v.arms().avoided()}, v.arms().newcombe(quantile(v.Conf)))
	},
	"newcombe_neff": func(_ *testing.T, v in) out {
		a := arms{p0: v.PHoldout, n0: v.NeffHoldout, p1: v.POffer, n1: v.NeffOffer}
		return limits(out{"avoided": a.avoided()}, a.newcombe(v.K))
	},
	"agresti_caffo_diff": func(_ *testing.T, v in) out {
		return limits(out{}, agrestiCaffo(v.XHoldout, v.NHoldout, v.XOffer, v.NOffer, quantile(v.Conf)))
	},
	"relative_avoided": func(_ *testing.T, v in) out {
		relative, i := v.arms().relativeAvoided(quantile(v.Conf))
		return limits(out{"relative": relative}, i)
	},
	"cs_cstar": func(_ *testing.T, v in) out { return out{"c": cStar(v.Alpha)} },
	"cs_multiplier": func(_ *testing.T, v in) out {
		c := newClock(v.NHoldout, v.NOffer, v.TStar, v.Alpha)
		return out{"t": c.t, "r": c.r, "K": c.multiplier()}
	},
	"newcombe_cs": func(_ *testing.T, v in) out {
		k := newClock(v.NHoldout, v.NOffer, v.TStar, v.Alpha).multiplier()
		return limits(out{"avoided": v.arms().avoided(), "K": k}, v.arms().newcombe(k))
	},
	"always_valid_p": func(_ *testing.T, v in) out {
		logE, p := newClock(v.NHoldout, v.NOffer, v.TStar, v.AlphaDesign).evidence(v.Diff, v.SE)
		return out{"log_e": logE, "p": p}
	},
	"poststrat":         referencePoststrat,
	"late":              referenceLate,
	"deflection_bridge": referenceBridge,
	"savings":           referenceSavings,
	"line_cost":         referenceLineCost,
	"unit_saving":       referenceUnitSaving,
	"fieller": func(_ *testing.T, v in) out {
		return setOf(out{}, fieller(ratio{num: v.Num, den: v.Den, varNum: v.VarNum, varDen: v.VarDen, cov: v.Cov}, v.K))
	},
	"srm_chi2": func(t *testing.T, v in) out {
		chi2, p := srmChiSquare(decode[float64](t, v.Holdout), decode[float64](t, v.Offer), v.HoldoutShare)
		return out{"chi2": chi2, "p": p}
	},
	"csdr":                referenceDissatisfaction,
	"csdr_votes":          referenceVotes,
	"contact_response":    referenceContacts,
	"service_level":       referenceLevel,
	"concurrency":         referenceConcurrency,
	"troubleshoot_order":  referenceOrder,
	"troubleshoot_prefix": referencePrefix,
	"step_p_fixed_order":  referenceFixedOrder,
	"fault_em":            referenceFaultEM,
	"srm_log_evalue":      func(_ *testing.T, v in) out { return out{"log_e": srmLogE(v.Counts, v.Theta, v.DirichletAlpha)} },
}

func decode[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
