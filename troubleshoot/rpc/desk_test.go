package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
)

// desk is the services over an empty database, without the chain: callers are who they say they are.
type desk struct {
	*Services
	t     *testing.T
	store *store.Store
	url   string
	clock time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return newDeskOn(t, storetest.SQLite(t))
}

func newDeskOn(t *testing.T, url string) *desk {
	t.Helper()
	d := &desk{t: t, store: storetest.Open(t, url), url: url, clock: noon}
	services, err := NewServices(d.store, quiet(), func() time.Time { return d.clock })
	if err != nil {
		t.Fatal(err)
	}
	d.Services = services
	return d
}

// eachDesk runs a test on each engine.
func eachDesk(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) { test(t, newDeskOn(t, url)) })
}

// quiet is a hub that tells nobody.
func quiet() *live.Hub { return live.New(nil, slog.New(slog.DiscardHandler)) }

// as is the context of a caller of the seller acme.
func as(role troubleshoot.Role) context.Context {
	p := access.Principal{Role: role, Seller: "acme", Credential: "key-" + role.String()}
	if role == troubleshoot.RoleExpert {
		p.Expert = "ann"
	}
	return context.WithValue(context.Background(), callKey{}, &call{principal: p})
}

// shopperOf is the context of the shopper of an intercept.
func shopperOf(i *pb.Intercept) context.Context {
	return context.WithValue(context.Background(), callKey{}, &call{principal: access.Principal{Role: troubleshoot.RoleShopper, Seller: "acme",
		Intercept: bare(i.GetName()), Credential: bare(i.GetName())}})
}

// bare is a resource name's last part.
func bare(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// must gives a reply that must come.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantCode fails the test unless err has the code.
func wantCode(t *testing.T, what string, err error, code troubleshoot.Code) {
	t.Helper()
	if err == nil || troubleshoot.CodeOf(err) != code {
		t.Errorf("%s: error %v, want code %d", what, err, code)
	}
}

// offerAll puts a policy in force that holds nobody out, with these channels, or the default ones.
func (d *desk) offerAll(channels ...pb.Session_Channel) {
	d.t.Helper()
	none := 0.0
	must[*pb.Policy](d.t)(d.Sellers.PutPolicy(as(troubleshoot.RoleSeller), &pb.PutPolicyRequest{Seller: "acme", HoldoutFraction: &none, Channels: channels}))
}

const kettleGuide = "---\ntitle: Kettle\nskus: [KETTLE-1]\n---\n\n# Kettle\n\n## Fill it\n\nFill it.\n\n## Plug it in\n\nPlug it in.\n"

func (d *desk) publishKettle() *pb.Guide {
	d.t.Helper()
	return must[*pb.Guide](d.t)(d.Guides.PutGuide(as(troubleshoot.RoleSeller), &pb.PutGuideRequest{Seller: "acme", Guide: "kettle", Markdown: kettleGuide, Publish: true}))
}

// hireExpert gives ann a key and lets her come to work.
func (d *desk) hireExpert() {
	d.t.Helper()
	must[*pb.Key](d.t)(d.Keys.CreateKey(as(troubleshoot.RoleSeller), &pb.CreateKeyRequest{Role: pb.Key_EXPERT, Expert: "ann"}))
	d.comes(as(troubleshoot.RoleExpert))
}

// intercept asks for a decision about a line of its own.
func (d *desk) intercept(order string, change func(*pb.InterceptReturnRequest)) *pb.Intercept {
	d.t.Helper()
	req := aReturn("acme")
	req.OrderLine.OrderId = order
	if change != nil {
		change(req)
	}
	return must[*pb.Intercept](d.t)(d.Returns.InterceptReturn(as(troubleshoot.RoleStorefront), req))
}

func (d *desk) start(i *pb.Intercept, channel pb.Session_Channel, requestID string) (*pb.Session, error) {
	req := &pb.CreateSessionRequest{Intercept: bare(i.GetName()), Channel: channel, RequestId: requestID}
	if channel == pb.Session_CALLBACK {
		req.Callback = &pb.CallbackRequest{Phone: phone, NotBefore: timestamppb.New(d.clock), NotAfter: timestamppb.New(d.clock.Add(3 * time.Hour))}
	}
	return d.Sessions.CreateSession(shopperOf(i), req)
}

func TestOnlyWhatWasOfferedStarts(t *testing.T) {
	d := newDesk(t)
	d.offerAll()
	for _, c := range []struct {
		offered           string
		prepare           func()
		guide, chat, call bool
	}{
		{"nothing", func() {}, false, false, false},
		{"a guide", func() { d.publishKettle() }, true, false, false},
		{"a guide and an expert", d.hireExpert, true, true, false},
		{"all, and a call", func() { d.offerAll(pb.Session_GUIDE, pb.Session_CHAT, pb.Session_CALLBACK) }, true, true, true},
		{"no chat when the expert has gone", func() { d.pass(troubleshoot.LeaseTime) }, true, false, true},
	} {
		c.prepare()
		i := d.intercept(c.offered, nil)
		if i.GetArm() != pb.Intercept_OFFERED || i.GetOffer().GetChat().GetAvailable() != c.chat || (len(i.GetOffer().GetGuides()) > 0) != c.guide {
			t.Fatalf("%s: %v", c.offered, i)
		}
		for channel, offered := range map[pb.Session_Channel]bool{pb.Session_GUIDE: c.guide, pb.Session_CHAT: c.chat, pb.Session_CALLBACK: c.call} {
			if _, err := d.start(i, channel, ""); !offered {
				wantCode(t, c.offered+", asked for "+channel.String(), err, troubleshoot.FailedPrecondition)
			} else if err != nil {
				t.Errorf("%s, asked for %s: %v", c.offered, channel, err)
			}
		}
	}
}

func TestSessionsOfAnInterceptAreLimited(t *testing.T) {
	d := newDesk(t)
	d.offerAll()
	d.publishKettle()
	i := d.intercept("1", nil)
	for n := range troubleshoot.MaxSessions {
		must[*pb.Session](t)(d.start(i, pb.Session_GUIDE, fmt.Sprint("r", n)))
	}
	_, err := d.start(i, pb.Session_GUIDE, "one-more")
	wantCode(t, "one more", err, troubleshoot.FailedPrecondition)
	must[*pb.Session](t)(d.start(i, pb.Session_GUIDE, "r0")) // is there already
	must[*pb.Session](t)(d.start(d.intercept("2", nil), pb.Session_GUIDE, ""))
}

func TestImportedHistoryIsAnsweredWithTheAskedLink(t *testing.T) {
	d := newDesk(t)
	past := must[*pastRow](t)(pastFromProto(&pb.ImportInterceptsRequest{OrderLine: aReturn("acme").OrderLine, Reason: "DEFECTIVE",
		Arm: pb.Intercept_HOLDOUT, CreateTime: timestamppb.New(noon.Add(-time.Hour))}, noon))
	storetest.Update(t, d.store, func(tx *store.Tx) error {
		_, err := keepPast(tx, past, map[string]place{}, noon)
		return err
	})
	asked := aReturn("acme")
	got := must[*pb.Intercept](t)(d.Returns.InterceptReturn(as(troubleshoot.RoleStorefront), asked))
	if got.GetWhy() != "imported history" || got.GetRefundUrl() != asked.RefundUrl {
		t.Errorf("%v", got)
	}
	first := d.intercept("new", nil)
	if again := d.intercept("new", func(r *pb.InterceptReturnRequest) { r.RefundUrl += "/other" }); again.GetRefundUrl() != first.GetRefundUrl() {
		t.Errorf("the first link does not stand: %v", again)
	}
}

func TestALineThatWasNotSoldSoIsIneligible(t *testing.T) {
	d := newDesk(t)
	d.offerAll()
	storetest.Update(t, d.store, func(tx *store.Tx) error {
		for n := range 5 {
			line := troubleshoot.OrderLine{Seller: "acme", OrderID: fmt.Sprint(n), LineID: "1", SKU: "KETTLE-1", Quantity: 2, UnitPrice: storetest.USD(5999)}
			if _, err := tx.KeepOrderLine(line, noon, "c-1"); err != nil {
				return err
			}
		}
		return nil
	})
	for order, c := range map[string]struct {
		change func(*pb.OrderLine)
		arm    pb.Intercept_Arm
	}{
		"0":     {func(l *pb.OrderLine) { l.Quantity = 2 }, pb.Intercept_OFFERED},
		"1":     {func(l *pb.OrderLine) { l.UnitPrice.Amount = "49.99" }, pb.Intercept_OFFERED}, // discounts come after the sale
		"2":     {func(l *pb.OrderLine) { l.Quantity = 3 }, pb.Intercept_INELIGIBLE},
		"3":     {func(l *pb.OrderLine) { l.Sku = "KETTLE-2" }, pb.Intercept_INELIGIBLE},
		"4":     {func(l *pb.OrderLine) { l.UnitPrice.CurrencyCode = "EUR" }, pb.Intercept_INELIGIBLE},
		"never": {func(l *pb.OrderLine) { l.Quantity = 3 }, pb.Intercept_OFFERED},
	} {
		got := d.intercept(order, func(r *pb.InterceptReturnRequest) { c.change(r.OrderLine) })
		if got.GetArm() != c.arm || (c.arm == pb.Intercept_INELIGIBLE) != (got.GetWhy() == "the order line differs from what was sold") {
			t.Errorf("line %s: %v", order, got)
		}
	}
}

// TestTheLargestLinesCanBeReported: sums of the largest amounts that are let in stay far from the end of 64 bits.
func TestTheLargestLinesCanBeReported(t *testing.T) {
	d := newDesk(t)
	d.offerAll()
	largest := &pb.Money{Amount: "10000000000.00", CurrencyCode: "USD"}
	for n, units := range []int32{1, 1_000_000} {
		price := []string{"10000000000.00", "10000.00"}[n]
		for m := range 24 {
			order := fmt.Sprintf("%d-%d", n, m)
			d.intercept(order, func(r *pb.InterceptReturnRequest) {
				r.OrderLine.Quantity, r.OrderLine.UnitPrice = units, &pb.Money{Amount: price, CurrencyCode: "USD"}
			})
			event := &pb.ReturnEvent{EventId: order, Seller: "acme", OrderId: order, LineId: "1", Quantity: units, Event: pb.ReturnEvent_REFUNDED,
				EventTime: timestamppb.New(noon), Refund: largest}
			if m%2 == 0 {
				event.Refund = nil // then the price of all units counts
			}
			must[*pb.RecordReturnsResponse](t)(d.Returns.RecordReturns(as(troubleshoot.RoleStorefront), &pb.RecordReturnsRequest{Events: []*pb.ReturnEvent{event}}))
		}
	}
	report := must[*pb.DeflectionReport](t)(d.Reports.GetDeflectionReport(as(troubleshoot.RoleSeller), &pb.GetDeflectionReportRequest{Seller: "acme"}))
	if len(report.GetRows()) != 1 || report.GetRows()[0].GetIntercepts() != 48 {
		t.Errorf("%v", report)
	}
	for _, c := range []struct {
		units int32
		price string
	}{{1_000_000, "10000.01"}, {2, "5000000000.01"}, {1_000_000, "10000000000.00"}} {
		line := aReturn("acme").OrderLine
		line.Quantity, line.UnitPrice.Amount = c.units, c.price
		if _, err := orderLineFromProto(line, "orderLine"); fieldOf(t, err) != "orderLine.unitPrice" {
			t.Errorf("%d × %s: %v", c.units, c.price, err)
		}
	}
	for _, amount := range []string{"10000000000.01", "99999999999.00"} {
		for field, event := range map[string]*pb.ReturnEvent{"events[0].refund.amount": {Refund: &pb.Money{Amount: amount, CurrencyCode: "USD"}},
			"events[0].salvage.amount": {Salvage: &pb.Money{Amount: amount, CurrencyCode: "USD"}}} {
			if _, err := returnEventFromProto(event, "events[0]"); fieldOf(t, err) != field {
				t.Errorf("%s of %s: %v", field, amount, err)
			}
		}
	}
}
