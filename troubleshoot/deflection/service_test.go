package deflection

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"pgregory.net/rapid"
)

// serviceNumbers walks every number of the sums by reflection, so that a new field cannot be missed.
func serviceNumbers(s *ServiceSums) (all []reflect.Value) {
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		if v.Field(i).Kind() != reflect.Array {
			all = append(all, v.Field(i))
			continue
		}
		for j := range v.Field(i).Len() {
			all = append(all, v.Field(i).Index(j))
		}
	}
	return all
}

var serviceSums = rapid.Custom(func(t *rapid.T) ServiceSums {
	var s ServiceSums
	for i, v := range serviceNumbers(&s) {
		v.SetInt(rapid.Int64Range(-1e6, 1e6).Draw(t, fmt.Sprint(i)))
	}
	return s
})

func TestServiceSumsCarryEveryField(t *testing.T) {
	var s, twice ServiceSums
	for i, v := range serviceNumbers(&s) {
		v.SetInt(int64(i) + 1)
		serviceNumbers(&twice)[i].SetInt(2 * (int64(i) + 1))
	}
	if (ServiceSums{}).Plus(s) != s || s.Plus(s) != twice || twice.Minus(s) != s {
		t.Error("a field is lost")
	}
}

func TestServiceSumsAreAdditive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := serviceSums.Draw(t, "a"), serviceSums.Draw(t, "b"), serviceSums.Draw(t, "c")
		if a.Plus(b).Minus(b) != a || a.Minus(b).Plus(b) != a || a.Plus(b) != b.Plus(a) || a.Plus(b).Plus(c) != a.Plus(b.Plus(c)) {
			t.Fatalf("%+v, %+v and %+v do not add up", a, b, c)
		}
	})
}

func text(x *float64) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprintf("%.4f", *x)
}

func TestDissatisfaction(t *testing.T) {
	for _, tt := range []struct {
		name          string
		no, yes       int64
		rate, meets   string
		verdict       Verdict
		few           bool
		lower, higher string
	}{
		{"nobody answered", 0, 0, "-", "-", "", true, "-", "-"},
		{"all of it under the target", 10, 190, "0.0500", "true", Pass, false, "0.0274", "0.0896"},
		{"the point is under, the interval reaches over", 23, 95, "0.1949", "true", Uncertain, false, "0.1335", "0.2755"},
		{"exactly the target does not meet it", 25, 75, "0.2500", "false", Uncertain, false, "0.1755", "0.3430"},
		{"all of it over the target", 60, 40, "0.6000", "false", Fail, false, "0.5020", "0.6906"},
		{"39 answers are few", 0, 39, "0.0000", "true", Pass, true, "0.0000", "0.0897"},
		{"40 are not", 0, 40, "0.0000", "true", Pass, false, "0.0000", "0.0876"},
		{"corrections alone are no rate", -1, 1, "-", "-", "", true, "-", "-"},
		{"nor are more NO than answers", 3, -1, "-", "-", "", true, "-", "-"},
	} {
		f := Service(ServiceSums{No: tt.no, Yes: tt.yes}, 0.95)
		d, meets := f.Dissatisfaction, "-"
		if d.MeetsTarget != nil {
			meets = fmt.Sprint(*d.MeetsTarget)
		}
		if text(d.Estimate) != tt.rate || text(d.Lower) != tt.lower || text(d.Upper) != tt.higher || meets != tt.meets || d.Verdict != tt.verdict ||
			f.FewAnswers != tt.few || (d.Status == OK) != (d.Estimate != nil) || d.Status == "" {
			t.Errorf("%s: %s [%s, %s] meets %s, %q, few %v, %s", tt.name, text(d.Estimate), text(d.Lower), text(d.Upper), meets, d.Verdict, f.FewAnswers, d.Status)
		}
		if noted := strings.Contains(strings.Join(f.Notes, "\n"), "few answers"); noted != tt.few {
			t.Errorf("%s: notes %q", tt.name, f.Notes)
		}
	}
}

func TestContactResponse(t *testing.T) {
	for _, tt := range []struct {
		name         string
		onTime, late int64
		rate         string
		verdict      Verdict
		meets        bool
	}{
		{"all of it over the target", 990, 10, "0.9900", Pass, true},
		{"the point is over, the interval reaches under", 92, 8, "0.9200", Uncertain, true},
		{"exactly the target does not meet it", 90, 10, "0.9000", Uncertain, false},
		{"all of it under the target", 50, 50, "0.5000", Fail, false},
	} {
		c := Service(ServiceSums{OnTime: tt.onTime, Late: tt.late, Pending: 7}, 0.95).ContactResponse
		if text(c.Estimate) != tt.rate || c.Verdict != tt.verdict || *c.MeetsTarget != tt.meets {
			t.Errorf("%s: %s, %s, %v", tt.name, text(c.Estimate), c.Verdict, *c.MeetsTarget)
		}
	}
}

// No counts of whole things have these limits exactly.
func TestVerdictsAtTheTarget(t *testing.T) {
	const target = 0.5
	for _, tt := range []struct {
		lower, upper float64
		below, above Verdict
	}{
		{0.3, 0.49, Pass, Fail},
		{0.3, 0.5, Uncertain, Fail},
		{0.49, 0.51, Uncertain, Uncertain},
		{0.5, 0.7, Fail, Uncertain},
		{0.51, 0.7, Fail, Pass},
	} {
		s := Share{Status: OK, Estimate: number((tt.lower + tt.upper) / 2), Lower: &tt.lower, Upper: &tt.upper}
		if below, above := s.below(target).Verdict, s.above(target).Verdict; below != tt.below || above != tt.above {
			t.Errorf("[%v, %v]: %s and %s, want %s and %s", tt.lower, tt.upper, below, above, tt.below, tt.above)
		}
	}
}

// One group, by hand.
func TestServiceFigures(t *testing.T) {
	f := Service(ServiceSums{
		Offered: 100, Answered: 80, Answered60: 60, Abandoned: 15, Abandoned60: 4, AbandonedInChat: 8, NoShow: 5,
		Waits: [WaitBins]int64{100}, WaitSeconds: 250,
		Asked: 120, Yes: 45, No: 14, Superseded: 1, Scores: [5]int64{2, 3, 5, 10, 10},
		Closed: 90, ChatSeconds: 45_000, WrapUpSeconds: 9000, HandleSeconds: 54_000, EffortSeconds: 30_000,
		StaffedSeconds: 108_000, BusySeconds: 81_000, ChattedSeconds: 121_500,
		Reviews: 4, ReviewPoints: 330, ReviewFails: 1,
	}, 0.9)
	if f.Confidence != 0.9 || f.ClosedLabel != "closed period 90%" || len(f.Notes) > 0 {
		t.Errorf("%v, %q, %q", f.Confidence, f.ClosedLabel, f.Notes)
	}
	for name, c := range map[string]struct {
		got  *float64
		want string
	}{
		"response rate counts every vote":       {f.ResponseRate, "0.5000"},
		"answered in time, of all":              {f.LevelOffered, "0.6000"},
		"the same without the quick to leave":   {f.LevelExclShortAbandons, "0.6250"},
		"answered in time, of the answered":     {f.LevelAnswered, "0.7500"},
		"left in the queue":                     {f.AbandonedInQueue, "0.1500"},
		"left in the chat, of those who had it": {f.AbandonedInChat, "0.1000"},
		"nobody came":                           {f.NoShow, "0.0500"},
		"mean wait":                             {f.MeanWait, "2.5000"},
		"4s and 5s":                             {f.Satisfaction.Estimate, "0.6667"},
		"its lower limit":                       {f.Satisfaction.Lower, "0.5166"},
		"its upper limit":                       {f.Satisfaction.Upper, "0.7892"},
		"mean score":                            {f.MeanScore, "3.7667"},
		"score response rate":                   {f.ScoreResponseRate, "0.2500"},
		"occupancy":                             {f.Occupancy, "0.7500"},
		"concurrency":                           {f.Concurrency, "1.5000"},
		"handle time":                           {f.MeanHandle, "600.0000"},
		"wrap-up":                               {f.MeanWrapUp, "100.0000"},
		"closed in an hour":                     {f.SessionsPerExpertHour, "3.0000"},
		"review score":                          {f.ReviewScore, "82.5000"},
		"review fails":                          {f.ReviewFails, "0.2500"},
	} {
		if text(c.got) != c.want {
			t.Errorf("%s: %s, want %s", name, text(c.got), c.want)
		}
	}
}

func TestWaitPercentiles(t *testing.T) {
	for _, tt := range []struct {
		name     string
		waits    [WaitBins]int64
		p50, p90 string
		noted    bool
	}{
		{"nobody waited", [WaitBins]int64{}, "-", "-", false},
		{"one bin", [WaitBins]int64{10}, "2.5000", "4.5000", false},
		{"a bin's end", [WaitBins]int64{5, 0, 0, 5}, "5.0000", "28.0000", false},
		{"two bins, the second of 30 seconds", [WaitBins]int64{0, 0, 0, 0, 0, 50, 50}, "60.0000", "84.0000", false},
		{"the last bin with an end", [WaitBins]int64{10: 1}, "450.0000", "570.0000", false},
		{"a tenth beyond it", [WaitBins]int64{10: 9, 11: 1}, "466.6667", "600.0000", false},
		{"more beyond it", [WaitBins]int64{10: 8, 11: 2}, "487.5000", "-", true},
		{"a correction", [WaitBins]int64{2, -1}, "-", "-", false},
	} {
		f := Service(ServiceSums{Waits: tt.waits}, 0)
		noted := strings.Contains(strings.Join(f.Notes, "\n"), "90% wait is longer than 600 seconds")
		if text(f.WaitP50) != tt.p50 || text(f.WaitP90) != tt.p90 || noted != tt.noted {
			t.Errorf("%s: %s and %s, notes %q", tt.name, text(f.WaitP50), text(f.WaitP90), f.Notes)
		}
	}
}

// What there is nothing to divide by is absent: every pointer is nil, every status says so.
func TestServiceOfNothing(t *testing.T) {
	bare := ServiceFigures{Confidence: 0.95, ClosedLabel: "closed period 95%", FewAnswers: true,
		Notes: []string{"few answers: a dissatisfaction rate needs 40; 0 so far"}}
	bare.Dissatisfaction.Status, bare.ContactResponse.Status, bare.Satisfaction.Status = NotEnoughData, NotEnoughData, NotEnoughData
	var corrections ServiceSums
	for _, v := range serviceNumbers(&corrections) {
		v.SetInt(-1)
	}
	for name, s := range map[string]ServiceSums{"nothing": {}, "corrections alone": corrections} {
		if got := Service(s, 0.95); !reflect.DeepEqual(got, bare) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestOccupancyAboveOneIsNoted(t *testing.T) {
	for busy, noted := range map[int64]int{3600: 0, 3601: 1} {
		f := Service(ServiceSums{Yes: FewAnswers, StaffedSeconds: 3600, BusySeconds: busy}, 0)
		if f.Occupancy == nil || len(f.Notes) != noted {
			t.Errorf("%d s busy: %s, %q", busy, text(f.Occupancy), f.Notes)
		}
	}
}

// FuzzService feeds sums that no sessions need to have.
func FuzzService(f *testing.F) {
	f.Add([]byte{}, 0.95)
	f.Add(binary.LittleEndian.AppendUint64(nil, math.MaxInt64), math.NaN())
	f.Add([]byte(strings.Repeat("\xff\xff\xff\xff\xff\xff\xff\x7f", 45)), 0.5)
	f.Fuzz(func(t *testing.T, raw []byte, confidence float64) {
		var s ServiceSums
		for _, v := range serviceNumbers(&s) {
			if len(raw) >= 8 {
				v.SetInt(int64(binary.LittleEndian.Uint64(raw)))
				raw = raw[8:]
			}
		}
		got := Service(s, confidence)
		finiteAll(t, reflect.ValueOf(got), "")
		for _, share := range []Share{got.Dissatisfaction.Share, got.ContactResponse.Share, got.Satisfaction} {
			if share.Status == OK && !(0 <= *share.Lower && *share.Lower <= *share.Upper && *share.Upper <= 1) {
				t.Fatalf("%s of [%s, %s]", text(share.Estimate), text(share.Lower), text(share.Upper))
			}
		}
	})
}

// span is one chat in an expert's hand, in nanoseconds.
type span struct{ from, to int64 }

// swept is what the interval sweep finds.
type swept struct {
	busy, chatted int64
	most          int
	effort        []float64 // nanoseconds of each chat
}

// sweep is concurrency by definition: between two neighbouring ends of chats it counts those that go on, and each of them costs
// its share of that stretch. It needs all chats at once, where troubleshoot.WorkClock goes with the time.
func sweep(chats []span) swept {
	s := swept{effort: make([]float64, len(chats))}
	var edges []int64
	for _, c := range chats {
		edges = append(edges, c.from, c.to)
	}
	slices.Sort(edges)
	for i := 1; i < len(edges); i++ {
		var going []int
		for n, c := range chats {
			if c.from <= edges[i-1] && c.to >= edges[i] && edges[i] > edges[i-1] {
				going = append(going, n)
			}
		}
		stretch := edges[i] - edges[i-1]
		for _, n := range going {
			s.effort[n] += float64(stretch) / float64(len(going))
			s.chatted += stretch
		}
		if len(going) > 0 {
			s.busy += stretch
		}
		s.most = max(s.most, len(going))
	}
	return s
}

// clocked drives an expert's clock by the same chats, and looks at it now and then; it gives what each chat has cost.
func clocked(chats []span, looks []int64) (troubleshoot.WorkClock, []time.Duration) {
	type turn struct {
		at, change int64
		chat       int
	}
	var turns []turn
	for n, c := range chats {
		turns = append(turns, turn{c.from, 1, n}, turn{c.to, -1, n})
	}
	for _, at := range looks {
		turns = append(turns, turn{at: at})
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return cmp.Compare(a.at, b.at) })
	var clock troubleshoot.WorkClock
	from, spent := make([]time.Duration, len(chats)), make([]time.Duration, len(chats))
	for _, t := range turns {
		clock = clock.Advance(time.Unix(0, t.at), t.change)
		switch t.change {
		case 1:
			from[t.chat] = clock.Effort
		case -1:
			spent[t.chat] = clock.Effort - from[t.chat]
		}
	}
	return clock, spent
}

func TestWorkClockAgreesWithTheSweep(t *testing.T) {
	micros := func(t *rapid.T, name string) int64 { return rapid.Int64Range(0, 4e9).Draw(t, name) * 1000 } // as the store keeps time
	chats := rapid.Custom(func(t *rapid.T) span {
		from := micros(t, "from")
		return span{from, from + rapid.Int64Range(0, 9e8).Draw(t, "length")*1000}
	})
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(chats, 0, 12).Draw(t, "chats")
		looks := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) int64 { return micros(t, "at") }), 0, 5).Draw(t, "looks")
		clock, spent := clocked(all, looks)
		want := sweep(all)
		if clock.InHand != 0 || int64(clock.Busy) != want.busy || int64(clock.Chatted) != want.chatted {
			t.Fatalf("clock %+v, sweep %+v", clock, want)
		}
		slack := float64(2*len(all) + len(looks) + 1) // the clock rounds each turn down to a nanosecond
		var sum time.Duration
		for n := range all {
			if math.Abs(float64(spent[n])-want.effort[n]) > slack {
				t.Fatalf("chat %d of %v: %v by the clock, %v by the sweep", n, all, spent[n], time.Duration(want.effort[n]))
			}
			sum += spent[n]
		}
		if math.Abs(float64(sum-clock.Busy)) > slack*float64(len(all)) {
			t.Fatalf("chats cost %v together, their expert was busy for %v", sum, clock.Busy)
		}
	})
}
