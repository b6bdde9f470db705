package rpc

import (
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// someHours are hours with something of each kind.
func someHours() troubleshoot.ChatHours {
	return troubleshoot.ChatHours{TimeZone: "Europe/Paris",
		Spans:    []troubleshoot.WeekSpan{{Day: time.Sunday, Start: 0, End: 1440}, {Day: time.Monday, Start: 9 * 60, End: 17*60 + 30}, {Day: time.Saturday, Start: 600, End: 601}},
		Holidays: []troubleshoot.ClosedDay{{Year: 2026, Month: time.December, Day: 24}, {Month: time.February, Day: 29}}}
}

func TestChatHoursAreWrittenLikeThis(t *testing.T) {
	want := &pb.ChatHours{TimeZone: "Europe/Paris", Spans: []*pb.ChatHours_Span{{Day: pb.ChatHours_Span_SUNDAY, Start: "00:00", End: "24:00"},
		{Day: pb.ChatHours_Span_MONDAY, Start: "09:00", End: "17:30"}, {Day: pb.ChatHours_Span_SATURDAY, Start: "10:00", End: "10:01"}},
		Holidays: []string{"2026-12-24", "02-29"}}
	if got := chatHoursToProto(someHours()); !proto.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if got, err := chatHoursFromProto(want); err != nil || !reflect.DeepEqual(got, someHours()) {
		t.Errorf("%+v %v", got, err)
	}
	for _, always := range []*pb.ChatHours{nil, {}} {
		if got, err := chatHoursFromProto(always); err != nil || !reflect.DeepEqual(got, troubleshoot.ChatHours{}) || chatHoursToProto(got) != nil {
			t.Errorf("always is %+v %v", got, err)
		}
	}
}

func TestChatHoursThatMeanNothing(t *testing.T) {
	span := func(start, end string) []*pb.ChatHours_Span {
		return []*pb.ChatHours_Span{{Day: pb.ChatHours_Span_MONDAY, Start: "09:00", End: "10:00"}, {Day: pb.ChatHours_Span_FRIDAY, Start: start, End: end}}
	}
	for field, hours := range map[string]*pb.ChatHours{
		"chatHours.timeZone":     {TimeZone: "Europe/Bielefeld"},
		"chatHours.spans[1].end": {Spans: span("17:00", "09:00")},
		"chatHours.holidays[1]":  {Holidays: []string{"12-25", "02-30"}},
		"chatHours.holidays[0]":  {Holidays: []string{"2026-02-29"}},
	} {
		if _, err := policyFromProto(&pb.PutPolicyRequest{ChatHours: hours}); fieldOf(t, err) != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, hours := range []*pb.ChatHours{{TimeZone: "Local"}, {Spans: span("09:00", "09:00")}, {Holidays: []string{"0000-12-25"}}, {Holidays: []string{"13-01"}}} {
		if _, err := chatHoursFromProto(hours); troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument {
			t.Errorf("%v: %v", hours, err)
		}
	}
	for _, hours := range []*pb.ChatHours{{Spans: span("9:00", "10:00")}, {Spans: span("24:00", "24:00")}, {Spans: span("09:00", "24:01")}, {Holidays: []string{"25.12."}},
		{Spans: []*pb.ChatHours_Span{{Start: "09:00", End: "10:00"}}}} {
		if len(violations(&pb.PutPolicyRequest{Seller: "acme", ChatHours: hours})) == 0 {
			t.Errorf("%v passes", hours)
		}
	}
}

func TestRoutingDefaults(t *testing.T) {
	for _, c := range []struct {
		what string
		in   *pb.Routing
		want func(*troubleshoot.Routing)
	}{
		{"absent", nil, func(*troubleshoot.Routing) {}},
		{"empty", &pb.Routing{}, func(*troubleshoot.Routing) {}},
		{"a 0 is no default", &pb.Routing{CategoryAfter: durationpb.New(0)}, func(r *troubleshoot.Routing) { r.CategoryAfter = 0 }},
		{"the pool helps", &pb.Routing{UsePool: true, PoolAfter: durationpb.New(time.Minute)}, func(r *troubleshoot.Routing) { r.UsePool, r.PoolAfter = true, time.Minute }},
		{"dear lines first", &pb.Routing{HighValue: usd("500"), HighValueBonus: durationpb.New(time.Minute)},
			func(r *troubleshoot.Routing) {
				r.HighValue, r.HighValueBonus = troubleshoot.Money{Minor: 50_000, Currency: "USD"}, time.Minute
			}},
	} {
		want := troubleshoot.DefaultRouting()
		c.want(&want)
		if got, err := routingFromProto(c.in); err != nil || got != want {
			t.Errorf("%s: %+v %v, want %+v", c.what, got, err, want)
		}
	}
	if _, err := policyFromProto(&pb.PutPolicyRequest{Routing: &pb.Routing{HighValue: usd("-1")}}); fieldOf(t, err) != "routing.highValue.amount" {
		t.Errorf("a negative price: %v", err)
	}
}

// FuzzChatHours: whatever passes Validate is refused naming a field, or shown again as it was written.
func FuzzChatHours(f *testing.F) {
	f.Add("09:00", "17:30", "12-25", "Europe/Paris", int32(1))
	f.Add("00:00", "24:00", "2024-02-29", "", int32(7))
	f.Add("23:59", "00:00", "0000-00-00", "Local", int32(8))
	f.Fuzz(func(t *testing.T, start, end, holiday, zone string, day int32) {
		hours := &pb.ChatHours{TimeZone: zone, Spans: []*pb.ChatHours_Span{{Day: pb.ChatHours_Span_Day(day), Start: start, End: end}}, Holidays: []string{holiday}}
		if Validate(&pb.PutPolicyRequest{Seller: "acme", ChatHours: hours}) != nil {
			return
		}
		kept, err := chatHoursFromProto(hours)
		if err != nil {
			fieldOf(t, err)
			return
		}
		if again := chatHoursToProto(kept); !proto.Equal(again, hours) {
			t.Errorf("%v became %v", hours, again)
		}
	})
}
