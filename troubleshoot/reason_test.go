package troubleshoot

import "testing"

func TestNormaliseReason(t *testing.T) {
	for raw, want := range map[string]Reason{
		"DEFECTIVE":                        "DEFECTIVE",
		"defective":                        "DEFECTIVE",
		" Defective\n":                     "DEFECTIVE",
		"CR-DEFECTIVE":                     "DEFECTIVE",
		"cr-quality_unacceptable":          "QUALITY_UNACCEPTABLE",
		"AMZ-PG-MISSED_ESTIMATED_DELIVERY": "MISSED_ESTIMATED_DELIVERY",
		"amz-pg-bad_item":                  ReasonOther,
		"size too large":                   "SIZE_TOO_LARGE",
		"not-as-described":                 "NOT_AS_DESCRIBED",
		"":                                 "UNKNOWN",
		"  ":                               "UNKNOWN",
		"unknown":                          "UNKNOWN",
		"other":                            ReasonOther,
		"CR-":                              ReasonOther,
		"CRDEFECTIVE":                      ReasonOther,
		"the lid fell off":                 ReasonOther,
		"壞了":                               ReasonOther,
		"DEFECTIVE\x00":                    ReasonOther,
	} {
		if got := NormaliseReason(raw); got != want {
			t.Errorf("%q is %s, want %s", raw, got, want)
		}
	}
	for known := range reasons {
		for _, raw := range []string{string(known), "CR-" + string(known), "AMZ-PG-" + string(known)} {
			if NormaliseReason(raw) != known {
				t.Errorf("%q is %s", raw, NormaliseReason(raw))
			}
		}
	}
	for _, r := range DefaultExcludedReasons() {
		if !reasons[r] {
			t.Errorf("%s is excluded, but no reason", r)
		}
	}
}

func FuzzNormaliseReason(f *testing.F) {
	for _, seed := range []string{"", "cr-defective", "AMZ-PG-CR-STYLE", "é", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := NormaliseReason(raw)
		if !reasons[got] || NormaliseReason(string(got)) != got {
			t.Errorf("%q is %q", raw, got)
		}
	})
}
