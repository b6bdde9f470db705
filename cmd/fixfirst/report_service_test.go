package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// answered lets shoppers of guides say whether it helped; every third says NO.
func answered(t *testing.T, r running, shoppers int) {
	t.Helper()
	wiped(t, r, shoppers)
	admin, err := (&program{getenv: noEnvironment}).client(connection{r.address, r.key})
	if err != nil {
		t.Fatal(err)
	}
	for n := range shoppers {
		kept, list := &pb.Intercept{}, &pb.ListSessionsResponse{}
		line := &pb.InterceptReturnRequest{Reason: "DEFECTIVE", Shopper: "s", Locale: "en", RefundUrl: "https://shop.example/r",
			OrderLine: &pb.OrderLine{Seller: "acme", OrderId: fmt.Sprint("o", n), LineId: "1", Sku: "KETTLE-1", Quantity: 1, UnitPrice: &pb.Money{Amount: "5.00", CurrencyCode: "USD"}}}
		if err := admin.call(t.Context(), http.MethodPost, "/v1/returns:intercept", line, kept); err != nil {
			t.Fatal(err)
		}
		if err := admin.call(t.Context(), http.MethodGet, "/v1/sessions?pageSize=100", nil, list); err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(list.GetSessions(), func(s *pb.Session) bool { return s.GetIntercept() == kept.GetName() })
		shopper := *admin
		shopper.key = kept.GetShopperToken()
		answer := &pb.AnswerSessionRequest{Solved: []pb.Session_Solved{pb.Session_NO, pb.Session_YES, pb.Session_YES}[n%3], Score: proto.Int32(4)}
		if err := shopper.call(t.Context(), http.MethodPost, "/v1/"+list.GetSessions()[at].GetName()+":answer", answer, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReportService(t *testing.T) {
	r := serving(t)
	answered(t, r, 6)
	text := r.must(t, "report", "service", "--seller", "acme", "--group-by", "sku,CHANNEL")
	row := strings.Fields(strings.Split(text, "\n")[2])
	if got := strings.Join(row[:6], " "); got != "KETTLE-1 GUIDE 0/0 – – 33.3" || !strings.Contains(text, "all: few answers: a dissatisfaction rate needs 40; 6 so far") {
		t.Errorf("the row reads %q of\n%s", got, text)
	}
	rows, err := csv.NewReader(strings.NewReader(r.must(t, "report", "service", "--group-by", "CHANNEL", "-o", "csv"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[0][0] != "keys.channel" || rows[1][0] != "GUIDE" {
		t.Fatalf("CSV has %v, %v", rows, err)
	}
	for name, want := range map[string]string{"dissatisfaction.of": "6", "dissatisfaction.target": "0.25", "dissatisfaction.status": "few_answers", "satisfaction.rate": "1",
		"firstResponse.rate": "", "medianWait": "", "effort": "0"} {
		if at := slices.Index(rows[0], name); at < 0 || rows[1][at] != want {
			t.Errorf("CSV has no %s %q: %v", name, want, rows)
		}
	}
	var report struct {
		Rows []struct{ Dissatisfaction struct{ Of int } }
	}
	if err := json.Unmarshal([]byte(r.must(t, "report", "service", "-o", "json")), &report); err != nil || len(report.Rows) != 1 || report.Rows[0].Dissatisfaction.Of != 6 {
		t.Errorf("JSON has %+v, %v", report, err)
	}
	if none := r.must(t, "report", "service", "--end-date", "2026-01-04"); !strings.Contains(none, "no sessions in this period") {
		t.Errorf("before there were any:\n%s", none)
	}
	for _, wrong := range [][]string{{"--group-by", "REASON"}, {"--confidence", "2"}} {
		if got := r.fixfirst(t, "", append([]string{"report", "service"}, wrong...)...); got.code != exitUsage {
			t.Errorf("%v gave %+v", wrong, got)
		}
	}
}

func TestServiceTable(t *testing.T) {
	share := func(rate, lower, upper float64) *pb.Proportion {
		return &pb.Proportion{Rate: &rate, Lower: &lower, Upper: &upper}
	}
	rate := func(of float64) *pb.Proportion { return &pb.Proportion{Rate: &of} }
	report := &pb.ServiceReport{AsOf: timestamppb.New(time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)), Confidence: 0.9, Rows: []*pb.ServiceRow{
		{Keys: map[string]string{"expert": "ann"}, Offered: 120, Answered: 110, FirstResponse: rate(0.85), ContactResponse: share(0.99, 0.95, 1), Dissatisfaction: share(0.2, 0.123, 0.3),
			Score: proto.Float64(4.318), AbandonmentInQueue: rate(0.05), MedianWait: durationpb.New(18400 * time.Millisecond), MeanHandleTime: durationpb.New(692 * time.Second),
			Occupancy: proto.Float64(0.713), SessionsPerExpertHour: proto.Float64(4.55), Notes: []string{"for both", "for ann"}},
		{Keys: map[string]string{"expert": "\x1bbob"}, Offered: 1, Notes: []string{"for both"}},
	}}
	want := `          CHATS   WITHIN   WITHIN         NOT SOLVED          LEFT THE    WAIT  HANDLED    OCCU-   CLOSED
EXPERT  ANSWERED  60 s, %  24 h, %            % [90%]  SCORE  QUEUE, %  median       in  PIED, %  an hour
ann      110/120     85.0     99.0  20.0 [12.3, 30.0]   4.32       5.0     18s   11m32s     71.3      4.5
?bob         0/1        –        –                  –      –         –       –        –        –        –

all: for both
ann: for ann

As of 2026-10-01T12:00:00Z. Only humans count`
	got := serviceTable(report, []string{"expert"})
	if !strings.HasPrefix(strings.Join(strings.Fields(got), " "), strings.Join(strings.Fields(want), " ")) {
		t.Errorf("table\n%s\nwant\n%s", got, want)
	}
	for _, line := range strings.Split(got, "\n")[:4] {
		if utf8.RuneCountInString(line) > 120 {
			t.Errorf("%d characters wide: %s", utf8.RuneCountInString(line), line)
		}
	}
}

// TestDoctorNamesWrongSumsOfTheService takes a session away behind the store's back.
func TestDoctorNamesWrongSumsOfTheService(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	s := storetest.Open(t, url)
	storetest.Update(t, s, func(tx *store.Tx) error {
		if err := tx.EnsureSeller("acme", storetest.Day0); err != nil {
			return err
		}
		i, _, err := tx.KeepIntercept(storetest.Intercept(storetest.Line("acme", "o1"), storetest.Day0))
		if err != nil {
			return err
		}
		chat := storetest.Session(i, storetest.Day0)
		chat.Channel, chat.State, chat.QueueTime = troubleshoot.ChannelChat, troubleshoot.Queued, storetest.Day0
		_, err = tx.KeepSession(i, store.Change{After: chat, Now: storetest.Day0})
		return err
	})
	var none running
	if got := none.fixfirst(t, "", "doctor", "--db", url); got.code != exitOK || !strings.Contains(got.out, "service sums equal the facts") {
		t.Errorf("a sound database gave %+v", got)
	}
	if _, err := storetest.Raw(t, url).Exec(`UPDATE service_rollups SET offered = 2`); err != nil {
		t.Fatal(err)
	}
	if got := none.fixfirst(t, "", "doctor", "--db", url); got.code != exitFailure || !strings.Contains(got.out, `service of seller "acme", SKU "KETTLE"`) {
		t.Errorf("a wrong sum gave %+v", got)
	}
}
