package rpc

import (
	"math"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestValidate(t *testing.T) {
	change := func(f func(*pb.InterceptReturnRequest)) proto.Message {
		req := aReturn("acme")
		f(req)
		return req
	}
	event := func(f func(*pb.ReturnEvent)) proto.Message {
		e := &pb.ReturnEvent{EventId: "e", Seller: "acme", OrderId: "o", LineId: "1", Quantity: 1, Event: pb.ReturnEvent_REQUESTED,
			EventTime: timestamppb.New(noon)}
		good := proto.Clone(e).(*pb.ReturnEvent)
		f(e)
		return &pb.RecordReturnsRequest{Events: []*pb.ReturnEvent{good, e}}
	}
	cases := []struct {
		name  string
		msg   proto.Message
		field string // "" is valid
		words string
	}{
		{"valid", aReturn("acme"), "", ""},
		{"valid event", event(func(*pb.ReturnEvent) {}), "", ""},
		{"no line", change(func(r *pb.InterceptReturnRequest) { r.OrderLine = nil }), "orderLine", "is missing; it must be given"},
		{"no price", change(func(r *pb.InterceptReturnRequest) { r.OrderLine.UnitPrice = nil }), "orderLine.unitPrice", "is missing; it must be given"},
		{"amount", change(func(r *pb.InterceptReturnRequest) { r.OrderLine.UnitPrice.Amount = "1e9" }), "orderLine.unitPrice.amount", "must be a decimal number, written like 59.99"},
		{"currency", change(func(r *pb.InterceptReturnRequest) { r.OrderLine.UnitPrice.CurrencyCode = "usd" }), "orderLine.unitPrice.currencyCode", "must be an ISO 4217 currency code, written like USD"},
		{"seller", change(func(r *pb.InterceptReturnRequest) { r.OrderLine.Seller = "-" }), "orderLine.seller", "must be 1 to 63 letters, digits or . _ ~ - and begin with a letter or digit"},
		{"order id of 10,000", change(func(r *pb.InterceptReturnRequest) { r.OrderLine.OrderId = strings.Repeat("x", 10000) }), "orderLine.orderId", "is too long; it must be at most 128 bytes"},
		{"control character", change(func(r *pb.InterceptReturnRequest) { r.OrderLine.Sku = "a\nb" }), "orderLine.sku", "must have at least one character and no control characters"},
		{"quantity", change(func(r *pb.InterceptReturnRequest) { r.OrderLine.Quantity = -1 }), "orderLine.quantity", "must be greater than or equal to 1 and less than or equal to 1000000"},
		{"no shopper", change(func(r *pb.InterceptReturnRequest) { r.Shopper = "" }), "shopper", "is empty; it must be given"},
		{"link", change(func(r *pb.InterceptReturnRequest) { r.RefundUrl = "javascript:1" }), "refundUrl", "must be a URL that begins with https:// or http:// and has no spaces"},
		{"time before 1970", change(func(r *pb.InterceptReturnRequest) {
			r.OrderLine.DeliveredTime = &timestamppb.Timestamp{Seconds: -1}
		}), "orderLine.deliveredTime", "must be a time from 1970 to 9999, written like 2026-10-01T12:00:00Z"},
		{"time after 9999", change(func(r *pb.InterceptReturnRequest) {
			r.OrderLine.WithdrawalDeadline = &timestamppb.Timestamp{Seconds: math.MaxInt64}
		}), "orderLine.withdrawalDeadline", "must be a time from 1970 to 9999, written like 2026-10-01T12:00:00Z"},
		{"nanoseconds", event(func(e *pb.ReturnEvent) { e.EventTime.Nanos = -1 }), "events[1].eventTime", "must be a time from 1970 to 9999, written like 2026-10-01T12:00:00Z"},
		{"no kind", event(func(e *pb.ReturnEvent) { e.Event = 0 }), "events[1].event", "must be one of REQUESTED, RECEIVED, REFUNDED, CANCELED"},
		{"unknown kind", event(func(e *pb.ReturnEvent) { e.Event = 77 }), "events[1].event", "must be one of REQUESTED, RECEIVED, REFUNDED, CANCELED"},
		{"no time", event(func(e *pb.ReturnEvent) { e.EventTime = nil }), "events[1].eventTime", "is missing; it must be given"},
		{"no events", &pb.RecordReturnsRequest{}, "events", "must contain at least 1 item(s)"},
		{"step time", &pb.RecordStepRequest{Session: "s", Guide: "g", Revision: 1, Step: "1", Result: 1, Elapsed: durationpb.New(-1)}, "elapsed", ""},
		{"channel in a list", &pb.PutPolicyRequest{Seller: "acme", Channels: []pb.Session_Channel{1, 9}}, "channels[1]", "must be one of GUIDE, CHAT, CALLBACK"},
		{"not a number", &pb.PutPolicyRequest{Seller: "acme", HoldoutFraction: proto.Float64(math.NaN())}, "holdoutFraction", ""},
		{"no rules", &pb.LintGuideResponse{}, "", ""},
	}
	for _, c := range cases {
		err := Validate(c.msg)
		if c.field == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		found := violations(c.msg)
		if troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument || len(found) == 0 {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if found[0].Field != c.field || (c.words != "" && found[0].Description != c.words) {
			t.Errorf("%s: %q: %q", c.name, found[0].Field, found[0].Description)
		}
	}
}

func TestEveryWrongFieldIsNamed(t *testing.T) {
	req := aReturn("acme")
	req.Shopper, req.RefundUrl, req.OrderLine.Quantity = "", "", 0
	err := Validate(req)
	fields := map[string]bool{}
	for _, v := range violations(req) {
		fields[v.Field] = true
	}
	if !fields["shopper"] || !fields["refundUrl"] || !fields["orderLine.quantity"] {
		t.Errorf("named are %v", fields)
	}
	if s := statusOf(err); !strings.HasPrefix(s.Message(), "orderLine.quantity: must be ") || !strings.HasSuffix(s.Message(), " more)") {
		t.Errorf("message %q", s.Message())
	}
}

// TestPatternsHaveWords finds every pattern of the protos in patternMeanings: nobody shall be answered with an expression.
func TestPatternsHaveWords(t *testing.T) {
	seen := 0
	var walk func(m protoreflect.MessageDescriptor)
	walk = func(m protoreflect.MessageDescriptor) {
		for n := range m.Fields().Len() {
			field := m.Fields().Get(n)
			rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
			for _, pattern := range []string{rules.GetString().GetPattern(), rules.GetRepeated().GetItems().GetString().GetPattern()} {
				if pattern == "" {
					continue
				}
				seen++
				if patternMeanings[pattern] == "" {
					t.Errorf("%s has the pattern %s, for which there are no words", field.FullName(), pattern)
				}
			}
		}
		for n := range m.Messages().Len() {
			walk(m.Messages().Get(n))
		}
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("fixfirst.v1", func(file protoreflect.FileDescriptor) bool {
		for n := range file.Messages().Len() {
			walk(file.Messages().Get(n))
		}
		return true
	})
	if seen < 20 {
		t.Errorf("only %d patterns were found", seen)
	}
}

func TestBadRowDoesNotEndAnImport(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.addKey(troubleshoot.Key{ID: "admin", Role: troubleshoot.RoleAdmin})
	stream, err := pb.NewSellersServiceClient(f.conn).ImportItems(with(admin))
	if err != nil {
		t.Fatal(err)
	}
	for _, sku := range []string{"A", "", "B"} {
		_ = stream.Send(&pb.PutItemRequest{Seller: "acme", Sku: sku})
	}
	reply, err := stream.CloseAndRecv()
	if err != nil || reply.GetImported() != 3 {
		t.Errorf("%v %v", reply, err)
	}
	_, err = f.returns().GetIntercept(with(admin), &pb.GetInterceptRequest{})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("a unary call is not validated: %v", err)
	}
}

// FuzzValidate: whatever bytes come in, Validate answers with fields, and what it passes converts without a panic.
func FuzzValidate(f *testing.F) {
	valid, _ := proto.Marshal(aReturn("acme"))
	f.Add(valid)
	f.Add([]byte{})
	f.Add([]byte{10, 2, 58, 0})
	f.Fuzz(func(t *testing.T, wire []byte) {
		req := &pb.InterceptReturnRequest{}
		if proto.Unmarshal(wire, req) != nil {
			return
		}
		if err := Validate(req); err != nil {
			if len(violations(req)) == 0 {
				t.Errorf("no field is named: %v", err)
			}
			return
		}
		i, err := interceptFromProto(req)
		if err != nil {
			return
		}
		if i.Line.UnitPrice.Minor < 0 || i.Line.Quantity < 1 || i.RefundURL == "" {
			t.Errorf("passed %v", i)
		}
		interceptToProto(i, "")
	})
}
