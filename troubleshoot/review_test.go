package troubleshoot

import "testing"

func TestScoreOfAReview(t *testing.T) {
	type c = Criterion
	for _, e := range []struct {
		rule        string
		criteria    []c
		thousandths int64
		points      int64
		failed      bool
	}{
		{"one criterion is the score", []c{{"kind", 3, 80, false}}, 80_000, 80, false},
		{"equal weights: the mean", []c{{"kind", 1, 80, false}, {"right", 1, 50, false}}, 65_000, 65, false},
		{"weights are shares", []c{{"kind", 1, 100, false}, {"right", 2, 50, false}}, 66_667, 67, false},
		{"weights need not be whole", []c{{"kind", 0.5, 100, false}, {"right", 0.25, 40, false}}, 80_000, 80, false},
		{"a 0 counts as 0", []c{{"kind", 1, 100, false}, {"right", 1, 0, false}}, 50_000, 50, false},
		{"a 0 that fails makes it 0", []c{{"kind", 9, 100, false}, {"safe", 1, 0, true}}, 0, 0, true},
		{"1 does not fail", []c{{"kind", 9, 100, false}, {"safe", 1, 1, true}}, 90_100, 90, false},
		{"all 0 is no fail", []c{{"kind", 1, 0, false}}, 0, 0, false},
		{"half a point is rounded up", []c{{"kind", 1, 80, false}, {"right", 1, 81, false}}, 80_500, 81, false},
	} {
		r, err := Review{Criteria: e.criteria}.Scored()
		if err != nil || r.Thousandths != e.thousandths || r.Points() != e.points || r.Failed != e.failed {
			t.Errorf("%s: %+v %v, want %d", e.rule, r, err, e.thousandths)
		}
	}
	_, err := Review{Criteria: []c{{"kind", 1, 80, false}, {"right", 1, 80, false}, {"kind", 1, 0, false}}}.Scored()
	if CodeOf(err) != InvalidArgument || err.(*Error).Violations[0].Field != "criteria[2].name" {
		t.Errorf("a criterion that is there twice: %v", err)
	}
}

func TestOnlyWhatAnExpertHadIsReviewed(t *testing.T) {
	for rule, c := range map[string]struct {
		session Session
		may     bool
	}{
		"closed by an expert":  {Session{State: Closed, Expert: eve}, true},
		"in hand":              {Session{State: Active, Expert: eve}, false},
		"wrapped up":           {Session{State: WrapUp, Expert: eve}, false},
		"closed, never picked": {Session{State: Closed}, false},
	} {
		if err := c.session.MayReview(); (err == nil) != c.may || err != nil && CodeOf(err) != FailedPrecondition {
			t.Errorf("%s: %v", rule, err)
		}
	}
}
