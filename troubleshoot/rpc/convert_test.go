package rpc

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// fieldOf gives the field that an error is about, "" for none.
func fieldOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := err.(*troubleshoot.Error)
	if !ok || e.Code != troubleshoot.InvalidArgument || len(e.Violations) != 1 {
		t.Fatalf("%v names no field", err)
	}
	return e.Violations[0].Field
}

func TestCostFromProto(t *testing.T) {
	cases := []struct {
		amount, currency string
		want             troubleshoot.Money
		field            string
	}{
		{"59.99", "USD", troubleshoot.Money{Minor: 5999, Currency: "USD"}, ""},
		{"5999", "JPY", troubleshoot.Money{Minor: 5999, Currency: "JPY"}, ""},
		{"0", "EUR", troubleshoot.Money{Currency: "EUR"}, ""},
		{"-0.00", "EUR", troubleshoot.Money{Currency: "EUR"}, ""},
		{"1.500", "KWD", troubleshoot.Money{Minor: 1500, Currency: "KWD"}, ""},
		{"-0.01", "EUR", troubleshoot.Money{}, "price.amount"},
		{"59.999", "USD", troubleshoot.Money{}, "price.amount"},
		{"1.5", "JPY", troubleshoot.Money{}, "price.amount"},
		{"", "USD", troubleshoot.Money{}, "price.amount"},
		{"999999999999999", "USD", troubleshoot.Money{}, "price.amount"},
		{"1", "QQQ", troubleshoot.Money{}, "price.currencyCode"},
		{"1", "usd", troubleshoot.Money{}, "price.currencyCode"},
	}
	for _, c := range cases {
		got, err := costFromProto(&pb.Money{Amount: c.amount, CurrencyCode: c.currency}, "price")
		if got != c.want || fieldOf(t, err) != c.field {
			t.Errorf("%s %s: %v, %v", c.amount, c.currency, got, err)
		}
	}
	if got, err := costFromProto(nil, "price"); got.IsSet() || err != nil || moneyToProto(got) != nil {
		t.Errorf("no money: %v %v", got, err)
	}
	sums := moneyByCurrency(map[string]int64{"USD": 120, "EUR": 5})
	if len(sums) != 2 || sums[0].GetAmount() != "0.05" || sums[1].GetCurrencyCode() != "USD" {
		t.Errorf("sums %v", sums)
	}
}

func TestOrderLineFromProto(t *testing.T) {
	line := aReturn("acme").OrderLine
	line.DeliveredTime = timestamppb.New(noon.Add(1234567 * time.Nanosecond))
	got, err := orderLineFromProto(line, "orderLine")
	want := troubleshoot.OrderLine{Seller: "acme", OrderID: "A-1001", LineID: "1", SKU: "KETTLE-1", Quantity: 1,
		UnitPrice: troubleshoot.Money{Minor: 5999, Currency: "USD"}, DeliveredTime: noon.Add(1234 * time.Microsecond)}
	if err != nil || got != want {
		t.Errorf("%v %v", got, err)
	}
	for field, broken := range map[string]*pb.OrderLine{
		"orderLine":                        nil,
		"orderLine.unitPrice":              {},
		"orderLine.unitPrice.amount":       {UnitPrice: &pb.Money{Amount: "-1", CurrencyCode: "USD"}},
		"orderLine.unitPrice.currencyCode": {UnitPrice: &pb.Money{Amount: "1", CurrencyCode: "XXQ"}},
	} {
		if _, err := orderLineFromProto(broken, "orderLine"); fieldOf(t, err) != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestReturnTimeOfHistory(t *testing.T) {
	created := noon.Add(-time.Hour)
	for at, field := range map[time.Time]string{
		created:                                 "",
		created.Add(-troubleshoot.MaxClockSkew): "",
		created.Add(-troubleshoot.MaxClockSkew - 1e9): "returnTime",
		noon.Add(troubleshoot.MaxClockSkew):           "",
		noon.Add(troubleshoot.MaxClockSkew + 1e9):     "returnTime",
	} {
		_, err := pastFromProto(&pb.ImportInterceptsRequest{OrderLine: aReturn("acme").OrderLine, CreateTime: timestamppb.New(created),
			Returned: true, ReturnTime: timestamppb.New(at)}, noon)
		if fieldOf(t, err) != field {
			t.Errorf("returned %s after the intercept: %v", at.Sub(created), err)
		}
	}
}

func TestIntercepts(t *testing.T) {
	req := aReturn("acme")
	req.Reason = "CR-DEFECTIVE"
	i, err := interceptFromProto(req)
	if err != nil || i.Reason != "DEFECTIVE" || i.RawReason != "CR-DEFECTIVE" || i.RefundURL != req.RefundUrl || i.Shopper != "c-1" {
		t.Fatalf("%+v %v", i, err)
	}
	i.ID, i.Epoch, i.Why, i.CreateTime = "i1", 3, "offered", noon
	i.Offer = troubleshoot.Offer{Chat: true, ChatWait: 12 * time.Second, ChatQueue: 2, Guides: []troubleshoot.GuideOffer{{Guide: "descale", Revision: 2, Title: "Descale", Minutes: 5, Steps: 4}}}
	base := &pb.Intercept{Name: "intercepts/i1", Seller: "acme", OrderId: "A-1001", LineId: "1", Sku: "KETTLE-1", Reason: "DEFECTIVE",
		RawReason: "CR-DEFECTIVE", Why: "offered", RefundUrl: req.RefundUrl, CreateTime: timestamppb.New(noon), Epoch: 3}
	cases := []struct {
		name   string
		arm    troubleshoot.Arm
		choice troubleshoot.Choice
		token  string
		change func(*pb.Intercept)
	}{
		{"offered", troubleshoot.Offered, 0, "ffs_1", func(w *pb.Intercept) {
			w.Arm, w.ShopperToken = pb.Intercept_OFFERED, proto.String("ffs_1")
			w.Offer = &pb.Offer{Chat: &pb.Offer_ChatOffer{Available: true, EstimatedWait: durationpb.New(12 * time.Second), QueueLength: 2},
				Guides: []*pb.Offer_GuideOffer{{Guide: "sellers/acme/guides/descale", Revision: 2, Title: "Descale", Minutes: 5, Steps: 4}}}
		}},
		{"held out: no offer", troubleshoot.Holdout, 0, "", func(w *pb.Intercept) { w.Arm = pb.Intercept_HOLDOUT }},
		{"ineligible, chosen", troubleshoot.Ineligible, troubleshoot.Refund, "", func(w *pb.Intercept) {
			w.Arm, w.Choice = pb.Intercept_INELIGIBLE, pb.Intercept_REFUND.Enum()
		}},
	}
	for _, c := range cases {
		i.Arm, i.Choice = c.arm, c.choice
		want := proto.Clone(base).(*pb.Intercept)
		c.change(want)
		if got := interceptToProto(i, c.token); !proto.Equal(got, want) {
			t.Errorf("%s: %v\nwant %v", c.name, got, want)
		}
	}
}

func TestReturnEventFromProto(t *testing.T) {
	event := &pb.ReturnEvent{EventId: "e1", Seller: "acme", OrderId: "o", LineId: "1", Quantity: 2, Event: pb.ReturnEvent_REFUNDED,
		EventTime: timestamppb.New(noon), Refund: &pb.Money{Amount: "10", CurrencyCode: "USD"}}
	want := troubleshoot.ReturnEvent{EventID: "e1", Seller: "acme", OrderID: "o", LineID: "1", Quantity: 2, Kind: troubleshoot.ReturnRefunded,
		Time: noon, Refund: troubleshoot.Money{Minor: 1000, Currency: "USD"}}
	if got, err := returnEventFromProto(event, "events[0]"); got != want || err != nil {
		t.Errorf("%v %v", got, err)
	}
	for field, salvage := range map[string]*pb.Money{
		"events[3].salvage.amount":       {Amount: "-1", CurrencyCode: "USD"},
		"events[3].salvage.currencyCode": {Amount: "1", CurrencyCode: "EUR"},
	} {
		event.Salvage = salvage
		if _, err := returnEventFromProto(event, "events[3]"); fieldOf(t, err) != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestSessions(t *testing.T) {
	s := troubleshoot.Session{ID: "s1", Intercept: "i1", Seller: "acme", Channel: troubleshoot.ChannelChat, State: troubleshoot.Queued, CreateTime: noon}
	queued := sessionTo(access.Principal{}, s, sessionView{})
	if queued.Expert != nil || queued.Disposition != nil || queued.Answer != nil || queued.Guide != nil || queued.ExpertTime != nil || queued.StartTime != nil {
		t.Errorf("a session shows what has not happened: %v", queued)
	}
	s.State, s.Expert, s.Disposition, s.StartTime, s.EndTime, s.ExpertSeconds = troubleshoot.Closed, troubleshoot.ExpertID{Seller: "acme", Name: "ann"}, troubleshoot.FixedKept, noon, noon.Add(90*time.Second), 90
	s.Epoch, s.ReplyTime = 3, noon.Add(time.Second)
	s.Answer = troubleshoot.Answer{Solved: troubleshoot.SolvedYes, Score: 5, Comment: "thanks", Time: noon}
	closed := sessionTo(access.Principal{}, s, sessionView{refundURL: "https://shop.example/refund/1", sku: "KETTLE-1", lastSeq: 7,
		steps: []troubleshoot.StepRecord{{Guide: "descale", Revision: 2, Step: "fill", Result: troubleshoot.StepFixed, Elapsed: 45 * time.Second, Time: noon}}})
	want := &pb.Session{Name: "sessions/s1", Intercept: "intercepts/i1", Channel: pb.Session_CHAT, State: pb.Session_CLOSED, Expert: proto.String("ann"),
		Guide: proto.String("sellers/acme/guides/descale"), Disposition: pb.Session_FIXED_KEPT.Enum(), CreateTime: timestamppb.New(noon),
		StartTime: timestamppb.New(noon), EndTime: timestamppb.New(noon.Add(90 * time.Second)), ExpertTime: durationpb.New(90 * time.Second),
		Answer:     &pb.Session_Answer{Solved: pb.Session_YES, Score: proto.Int32(5), Comment: "thanks", AnswerTime: timestamppb.New(noon)},
		OwnerEpoch: 3, FirstResponseTime: timestamppb.New(noon.Add(time.Second)), RefundUrl: "https://shop.example/refund/1", Sku: "KETTLE-1", Seller: "acme", LastSeq: 7,
		Steps: []*pb.Session_Step{{Guide: "sellers/acme/guides/descale", Revision: 2, Step: "fill", Result: pb.Session_FIXED,
			Elapsed: durationpb.New(45 * time.Second), RecordTime: timestamppb.New(noon)}}}
	if !proto.Equal(closed, want) {
		t.Errorf("%v\nwant %v", closed, want)
	}
	answer := answerFromProto(&pb.AnswerSessionRequest{Solved: pb.Session_YES, Score: proto.Int32(5), Comment: "thanks"}, noon)
	if answer != s.Answer {
		t.Errorf("answer %v", answer)
	}
}

func TestStepFromProto(t *testing.T) {
	cases := []struct {
		guide, id string
		code      troubleshoot.Code
	}{
		{"descale", "descale", -1},
		{"sellers/acme/guides/descale", "descale", -1},
		{"sellers/bolt/guides/descale", "", troubleshoot.NotFound},
		{"sellers/acme/items/descale", "", troubleshoot.InvalidArgument},
		{"sellers/acme/guides/", "", troubleshoot.InvalidArgument},
		{"a/b", "", troubleshoot.InvalidArgument},
	}
	for _, c := range cases {
		got, err := stepFromProto(&pb.RecordStepRequest{Session: "s1", Guide: c.guide, Revision: 2, Step: "fill", Result: pb.Session_SKIPPED,
			Elapsed: durationpb.New(time.Second)}, "acme", noon)
		if (err == nil) != (c.code == -1) || (err != nil && troubleshoot.CodeOf(err) != c.code) || got.Guide != c.id {
			t.Errorf("%s: %v %v", c.guide, got, err)
		}
		if want := (troubleshoot.StepRecord{Session: "s1", Guide: c.id, Revision: 2, Step: "fill", Result: troubleshoot.StepSkipped,
			Elapsed: time.Second, Time: noon}); err == nil && got != want {
			t.Errorf("%s: %v", c.guide, got)
		}
	}
}

func TestGuides(t *testing.T) {
	g := troubleshoot.Guide{Seller: "acme", ID: "descale", Revision: 2, State: troubleshoot.GuidePublished, Title: "Descale", Locale: "en",
		SKUs: []string{"KETTLE-*"}, Reasons: []troubleshoot.Reason{"DEFECTIVE"}, Minutes: 5, HTML: "<p>", Markdown: "# D", Etag: "e",
		Steps:    []troubleshoot.GuideStep{{ID: "fill", Title: "Fill", HTML: "<b>", Instruction: "b"}},
		Findings: []troubleshoot.GuideFinding{{Rule: "no-title", Severity: "WARNING", Line: 3, Column: 1, Message: "m", Mend: "n"}}}
	author, reader, list := guideToProto(g), guideToReader(g), guideToList(g)
	if author.GetMarkdown() == "" || author.GetFindings()[0].GetSeverity() != pb.Finding_WARNING || author.GetHtml() != "<p>" {
		t.Errorf("author sees %v", author)
	}
	if reader.GetMarkdown() != "" || reader.Findings != nil || reader.GetSteps()[0].GetStep() != "fill" || reader.GetHtml() != "<p>" {
		t.Errorf("reader sees %v", reader)
	}
	want := &pb.Guide{Name: "sellers/acme/guides/descale", Revision: 2, State: pb.Guide_PUBLISHED, Title: "Descale", Locale: "en",
		Skus: []string{"KETTLE-*"}, Reasons: []string{"DEFECTIVE"}, Minutes: 5, Etag: "e"}
	if !proto.Equal(list, want) {
		t.Errorf("list shows %v", list)
	}
}

func TestKeys(t *testing.T) {
	cases := []struct {
		name  string
		req   *pb.CreateKeyRequest
		field string
	}{
		{"seller", &pb.CreateKeyRequest{Role: pb.Key_SELLER, Seller: "acme"}, ""},
		{"expert", &pb.CreateKeyRequest{Role: pb.Key_EXPERT, Seller: "acme", Expert: "ann"}, ""},
		{"expert without a name", &pb.CreateKeyRequest{Role: pb.Key_EXPERT}, "expert"},
		{"name without an expert", &pb.CreateKeyRequest{Role: pb.Key_ADMIN, Expert: "ann"}, "expert"},
		{"already expired", &pb.CreateKeyRequest{Role: pb.Key_ADMIN, ExpireTime: timestamppb.New(noon)}, "expireTime"},
		{"expires", &pb.CreateKeyRequest{Role: pb.Key_ADMIN, ExpireTime: timestamppb.New(noon.Add(1e9))}, ""},
	}
	for _, c := range cases {
		k, err := keyFromProto(c.req, noon)
		if fieldOf(t, err) != c.field || (err == nil && int32(k.Role) != int32(c.req.Role)) {
			t.Errorf("%s: %v %v", c.name, k, err)
		}
	}
	k := troubleshoot.Key{ID: "k1", Hash: []byte("hash"), Prefix: "ff_live_abcd", Role: troubleshoot.RoleAdmin, CreateTime: noon}
	if shown := keyToProto(k, ""); shown.Secret != nil || shown.GetName() != "keys/k1" || shown.ExpireTime != nil {
		t.Errorf("key %v", shown)
	}
	if keyToProto(k, "ff_live_x").GetSecret() != "ff_live_x" {
		t.Error("the new secret is not shown")
	}
}

func TestSellersAndItems(t *testing.T) {
	for zone, ok := range map[string]bool{"": true, "UTC": true, "Europe/Paris": true, "Local": false, "Mars/Olympus": false, "../etc/passwd": false} {
		s, err := sellerFromProto(&pb.PutSellerRequest{Seller: "acme", TimeZone: zone})
		if (err == nil) != ok || (ok && sellerToProto(s).GetName() != "sellers/acme") {
			t.Errorf("zone %q: %v", zone, err)
		}
	}
	req := &pb.PutItemRequest{Seller: "acme", Sku: "K-1", Title: "Kettle", UnitPrice: &pb.Money{Amount: "59.99", CurrencyCode: "USD"},
		SalesRank: proto.Int32(7), Specs: map[string]string{"volt": "230"}, Questions: []*pb.Item_Question{{Question: "q", Answer: "a"}}}
	item, err := itemFromProto(req)
	want := &pb.Item{Name: "sellers/acme/items/K-1", Sku: "K-1", Title: "Kettle", UnitPrice: req.UnitPrice, SalesRank: proto.Int32(7),
		Specs: req.Specs, Questions: req.Questions}
	if got := itemToProto(item); err != nil || !proto.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
	req.Specs = map[string]string{"volt": strings.Repeat("1", 2001)}
	if _, err := itemFromProto(req); fieldOf(t, err) != `specs["volt"]` {
		t.Error(err)
	}
}

// TestEnumsAgree: the nouns' numbers are the protos', so that conversions are casts.
func TestEnumsAgree(t *testing.T) {
	for _, arm := range []troubleshoot.Arm{0, troubleshoot.Offered, troubleshoot.Holdout, troubleshoot.Ineligible} {
		if arm.String() != pb.Intercept_Arm(arm).String() {
			t.Errorf("arm %d is %s here and %s there", arm, arm, pb.Intercept_Arm(arm))
		}
	}
	for _, state := range []troubleshoot.SessionState{0, troubleshoot.Queued, troubleshoot.Active, troubleshoot.WrapUp, troubleshoot.Closed} {
		if state.String() != pb.Session_State(state).String() {
			t.Errorf("state %d is %s here and %s there", state, state, pb.Session_State(state))
		}
	}
	type n = int32
	here := [][]n{
		{n(troubleshoot.Keep), n(troubleshoot.Refund), n(troubleshoot.Exchange), n(troubleshoot.ReplacementPart)},
		{n(troubleshoot.ReturnRequested), n(troubleshoot.ReturnReceived), n(troubleshoot.ReturnRefunded), n(troubleshoot.ReturnCanceled)},
		{n(troubleshoot.ChannelGuide), n(troubleshoot.ChannelChat), n(troubleshoot.ChannelCallback)},
		{n(troubleshoot.FixedKept), n(troubleshoot.KeptUnfixed), n(troubleshoot.SentReplacementPart), n(troubleshoot.Exchanged),
			n(troubleshoot.ReturnTrueFault), n(troubleshoot.ReturnWrongFit), n(troubleshoot.ReturnChangedMind), n(troubleshoot.AbandonedInQueue),
			n(troubleshoot.AbandonedInChat), n(troubleshoot.ExpertNoShow), n(troubleshoot.SafetyStop)},
		{n(troubleshoot.StepFixed), n(troubleshoot.StepNotFixed), n(troubleshoot.StepSkipped)},
		{n(troubleshoot.SolvedYes), n(troubleshoot.SolvedNo)},
		{n(troubleshoot.GuideDraft), n(troubleshoot.GuidePublished), n(troubleshoot.GuideArchived)},
		{n(troubleshoot.UnitOrderLine), n(troubleshoot.UnitShopper)},
		{n(troubleshoot.RoleStorefront), n(troubleshoot.RoleSeller), n(troubleshoot.RoleExpert), n(troubleshoot.RoleAnalyst), n(troubleshoot.RoleAdmin)},
	}
	there := [][]n{
		{n(pb.Intercept_KEEP), n(pb.Intercept_REFUND), n(pb.Intercept_EXCHANGE), n(pb.Intercept_REPLACEMENT_PART)},
		{n(pb.ReturnEvent_REQUESTED), n(pb.ReturnEvent_RECEIVED), n(pb.ReturnEvent_REFUNDED), n(pb.ReturnEvent_CANCELED)},
		{n(pb.Session_GUIDE), n(pb.Session_CHAT), n(pb.Session_CALLBACK)},
		{n(pb.Session_FIXED_KEPT), n(pb.Session_KEPT_UNFIXED), n(pb.Session_REPLACEMENT_PART), n(pb.Session_EXCHANGE), n(pb.Session_RETURN_TRUE_FAULT),
			n(pb.Session_RETURN_WRONG_FIT), n(pb.Session_RETURN_CHANGED_MIND), n(pb.Session_ABANDONED_IN_QUEUE), n(pb.Session_ABANDONED_IN_CHAT),
			n(pb.Session_EXPERT_NO_SHOW), n(pb.Session_SAFETY_STOP)},
		{n(pb.Session_FIXED), n(pb.Session_NOT_FIXED), n(pb.Session_SKIPPED)},
		{n(pb.ImportInterceptsRequest_YES), n(pb.ImportInterceptsRequest_NO)},
		{n(pb.Guide_DRAFT), n(pb.Guide_PUBLISHED), n(pb.Guide_ARCHIVED)},
		{n(pb.Policy_ORDER_LINE), n(pb.Policy_SHOPPER)},
		{n(pb.Key_STOREFRONT), n(pb.Key_SELLER), n(pb.Key_EXPERT), n(pb.Key_ANALYST), n(pb.Key_ADMIN)},
	}
	if !reflect.DeepEqual(here, there) {
		t.Errorf("%v\n%v", here, there)
	}
	if pb.Session_YES != pb.Session_Solved(troubleshoot.SolvedYes) || pb.Session_NO != pb.Session_Solved(troubleshoot.SolvedNo) {
		t.Error("answers disagree")
	}
}
