package rpc

import (
	"context"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

func TestMayName(t *testing.T) {
	storefront := access.Principal{Role: troubleshoot.RoleStorefront, Seller: "acme"}
	everywhere := access.Principal{Role: troubleshoot.RoleStorefront}
	admin := access.Principal{Role: troubleshoot.RoleAdmin}
	boundAdmin := access.Principal{Role: troubleshoot.RoleAdmin, Seller: "acme"}
	shopper := access.Principal{Role: troubleshoot.RoleShopper, Seller: "acme", Intercept: "i1"}
	events := func(sellers ...string) *pb.RecordReturnsRequest {
		req := &pb.RecordReturnsRequest{}
		for _, s := range sellers {
			req.Events = append(req.Events, &pb.ReturnEvent{Seller: s})
		}
		return req
	}
	const missing = `seller "bolt" not found`
	cases := []struct {
		name    string
		p       access.Principal
		msg     proto.Message
		refusal string
	}{
		{"own line", storefront, aReturn("acme"), ""},
		{"another's line", storefront, aReturn("bolt"), missing},
		{"key of all sellers", everywhere, aReturn("bolt"), ""},
		{"no line", storefront, &pb.InterceptReturnRequest{}, ""},
		{"own events", storefront, events("acme", "acme"), ""},
		{"one event of another", storefront, events("acme", "bolt"), missing},
		{"admin", admin, aReturn("bolt"), ""},
		{"admin of one seller", boundAdmin, &pb.GetSellerRequest{Seller: "bolt"}, missing},
		{"list without a seller", boundAdmin, &pb.ListSessionsRequest{}, ""},
		{"another's report", boundAdmin, &pb.GetDeflectionReportRequest{Seller: "bolt"}, missing},
		{"key for another", boundAdmin, &pb.CreateKeyRequest{Seller: "bolt"}, missing},
		{"another's item", boundAdmin, &pb.PutItemRequest{Seller: "bolt"}, missing},
		{"another's past", boundAdmin, &pb.ImportInterceptsRequest{OrderLine: &pb.OrderLine{Seller: "bolt"}}, missing},
		{"shopper's own intercept", shopper, &pb.GetInterceptRequest{Intercept: "i1"}, ""},
		{"another intercept", shopper, &pb.GetInterceptRequest{Intercept: "i2"}, "invalid token"},
		{"session in another intercept", shopper, &pb.CreateSessionRequest{Intercept: "i2"}, "invalid token"},
		{"choice in another intercept", shopper, &pb.ChooseOutcomeRequest{Intercept: "i2"}, "invalid token"},
		{"no intercept named where one is needed", shopper, &pb.GetInterceptRequest{}, "invalid token"},
		{"guides of the own seller", shopper, &pb.ListSkuGuidesRequest{Seller: "acme"}, ""},
		{"guides of another seller", shopper, &pb.ListSkuGuidesRequest{Seller: "bolt"}, missing},
		{"session, for the handler to check", shopper, &pb.GetSessionRequest{Session: "s1"}, ""},
	}
	for _, c := range cases {
		err := mayName(c.p, c.msg)
		if got := messageOf(errOrNil(err)); got != c.refusal {
			t.Errorf("%s: %q, want %q", c.name, got, c.refusal)
		}
	}
}

func errOrNil(err error) error {
	if err == nil {
		return nil
	}
	return statusOf(err).Err()
}

// TestNoRequestNamesASellerUnseen makes one of every request of the API with a foreign seller in every field of that name,
// and expects mayName to refuse it: a new message that names a seller elsewhere fails here.
func TestNoRequestNamesASellerUnseen(t *testing.T) {
	bound := access.Principal{Role: troubleshoot.RoleSeller, Seller: "acme"}
	named := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("fixfirst.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				input, err := protoregistry.GlobalTypes.FindMessageByName(methods.Get(j).Input().FullName())
				if err != nil {
					t.Fatal(err)
				}
				for _, msg := range eachSeller(input.New(), 0) {
					named++
					if err := mayName(bound, msg.Interface()); troubleshoot.CodeOf(err) != troubleshoot.NotFound {
						t.Errorf("%s names a foreign seller and passes: %v", methods.Get(j).FullName(), msg)
					}
				}
			}
		}
		return true
	})
	if named < 20 {
		t.Errorf("only %d requests name a seller: the descriptors were not walked", named)
	}
}

// eachSeller gives one message for every field "seller" in m, however deep, with only this field set, to "bolt".
func eachSeller(m protoreflect.Message, depth int) []protoreflect.Message {
	var all []protoreflect.Message
	fields := m.Descriptor().Fields()
	for n := range fields.Len() {
		field := fields.Get(n)
		switch {
		case field.Name() == "seller" && field.Kind() == protoreflect.StringKind:
			named := m.New()
			named.Set(field, protoreflect.ValueOfString("bolt"))
			all = append(all, named)
		case field.Message() == nil || field.IsMap() || depth > 5:
		case field.IsList():
			for _, inner := range eachSeller(m.NewField(field).List().NewElement().Message(), depth+1) {
				named := m.New()
				named.Mutable(field).List().Append(protoreflect.ValueOfMessage(inner))
				all = append(all, named)
			}
		default:
			for _, inner := range eachSeller(m.NewField(field).Message(), depth+1) {
				named := m.New()
				named.Set(field, protoreflect.ValueOfMessage(inner))
				all = append(all, named)
			}
		}
	}
	return all
}

func TestRoles(t *testing.T) {
	f := newFixture(t, nil)
	bearers := map[string]string{"nobody": "", "shopper": f.shopper("i1", "acme")}
	for name, role := range map[string]troubleshoot.Role{"storefront": troubleshoot.RoleStorefront, "analyst": troubleshoot.RoleAnalyst,
		"admin": troubleshoot.RoleAdmin} {
		bearers[name] = f.addKey(troubleshoot.Key{ID: name, Role: role})
	}
	calls := map[string]func(context.Context) error{
		"intercept": func(ctx context.Context) error {
			_, err := f.returns().InterceptReturn(ctx, aReturn("acme"))
			return err
		},
		"report": func(ctx context.Context) error {
			_, err := pb.NewReportsServiceClient(f.conn).GetDeflectionReport(ctx, &pb.GetDeflectionReportRequest{})
			return err
		},
		"session": func(ctx context.Context) error {
			_, err := pb.NewSessionsServiceClient(f.conn).CreateSession(ctx, &pb.CreateSessionRequest{Intercept: "i1", Channel: pb.Session_GUIDE})
			return err
		},
		"items": func(ctx context.Context) error {
			stream, err := pb.NewSellersServiceClient(f.conn).ImportItems(ctx)
			if err != nil {
				return err
			}
			_, err = stream.CloseAndRecv()
			return err
		},
	}
	allowed := map[string]string{"intercept": "storefront admin", "report": "analyst admin", "session": "shopper", "items": "admin"}
	for what, do := range calls {
		for who, bearer := range bearers {
			want := codes.PermissionDenied
			switch {
			case containsWord(allowed[what], who):
				want = codes.OK
			case who == "nobody":
				want = codes.Unauthenticated
			}
			if err := do(with(bearer)); status.Code(err) != want {
				t.Errorf("%s by %s: %v, want %s", what, who, err, want)
			}
		}
	}
}

func TestForeignRowEndsTheImport(t *testing.T) {
	f := newFixture(t, nil)
	seller := f.addKey(troubleshoot.Key{ID: "seller", Role: troubleshoot.RoleSeller, Seller: "acme"})
	stream, err := pb.NewSellersServiceClient(f.conn).ImportItems(with(seller))
	if err != nil {
		t.Fatal(err)
	}
	_ = stream.Send(&pb.PutItemRequest{Seller: "acme"})
	_ = stream.Send(&pb.PutItemRequest{Seller: "bolt"})
	if _, err := stream.CloseAndRecv(); status.Code(err) != codes.NotFound {
		t.Errorf("a row of another seller: %v", err)
	}
	if len(f.answers.seen) != 1 {
		t.Errorf("%d rows reached the handler, want the own one", len(f.answers.seen))
	}
}
