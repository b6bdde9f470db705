package access_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// described lists the full names of the methods of all fixfirst.v1 services.
func described() map[string]bool {
	methods := map[string]bool{}
	protoregistry.GlobalFiles.RangeFilesByPackage("fixfirst.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				methods["/"+string(service.FullName())+"/"+string(service.Methods().Get(j).Name())] = true
			}
		}
		return true
	})
	return methods
}

func TestTableIsComplete(t *testing.T) {
	methods := described()
	if !methods[pb.ReturnsService_InterceptReturn_FullMethodName] {
		t.Fatal("the descriptors were not found")
	}
	for method := range methods {
		if _, ok := access.Lookup(method); !ok {
			t.Errorf("%s is not in the table: nobody may call it", method)
		}
	}
	for _, method := range access.Methods() {
		if strings.HasPrefix(method, "/fixfirst.") && !methods[method] {
			t.Errorf("%s is in the table and does not exist", method)
		}
	}
}

func TestUnknownMethodIsRefused(t *testing.T) {
	for _, method := range []string{"", "/", "/fixfirst.v1.ReturnsService/Nothing", "fixfirst.v1.KeysService/CreateKey"} {
		rule, ok := access.Lookup(method)
		if ok || rule != (access.Rule{}) {
			t.Errorf("%q has a rule", method)
		}
	}
	open, _ := access.Lookup("/grpc.health.v1.Health/Check")
	for _, role := range []troubleshoot.Role{-1, troubleshoot.RoleShopper + 1} {
		if open.Scope(role) != access.None {
			t.Errorf("role %d, which does not exist, may call health", role)
		}
	}
}

// TestWhoMayCallWhat repeats the published table, roles in its order: anonymous, STOREFRONT, SHOPPER, SELLER, EXPERT,
// ANALYST, ADMIN; A any, T own seller, O own intercept or session, - refused.
func TestWhoMayCallWhat(t *testing.T) {
	published := map[string]string{
		"-T----A": "ReturnsService/InterceptReturn ReturnsService/RecordReturns",
		"-TO-O-A": "ReturnsService/GetIntercept",
		"-TO---A": "ReturnsService/ChooseOutcome",
		"------A": "ReturnsService/ImportIntercepts ReturnsService/ImportOrderLines",
		"-TOTT-A": "GuidesService/GetGuide GuidesService/ListSkuGuides GuidesService/SearchGuides",
		"---T--A": "GuidesService/PutGuide GuidesService/DiffGuideRevisions GuidesService/ListGuides GuidesService/ListGuideRevisions " +
			"GuidesService/PutGuideAsset GuidesService/ListGuideAssets GuidesService/DeleteGuideAsset " +
			"GuidesService/PublishGuide GuidesService/ArchiveGuide GuidesService/LintGuide SellersService/PutSeller " +
			"SellersService/GetSeller SellersService/PutItem SellersService/GetItem SellersService/ImportItems " +
			"SellersService/PutPolicy SellersService/GetPolicy KeysService/CreateKey KeysService/ListKeys KeysService/DeleteKey " +
			"ExpertsService/PutReply ExpertsService/DeleteReply ExpertsService/PutExpert ExpertsService/ListExperts " +
			"SessionsService/TakeOverSession SessionsService/ReviewSession",
		"--O----": "SessionsService/CreateSession SessionsService/RecordStep SessionsService/AnswerSession " +
			"SessionsService/LeaveSession",
		"--OTO-A": "SessionsService/GetSession SessionsService/ListEvents SessionsService/StreamEvents SessionsService/GetTranscript",
		"--O-O--": "SessionsService/SendMessage SessionsService/SendTyping SessionsService/RescheduleCallback",
		"---TO-A": "SessionsService/ListSessions ExpertsService/GetSessionContext",
		"---TT-A": "ExpertsService/GetQueue ExpertsService/GetExpert ExpertsService/GetReply ExpertsService/ListReplies",
		"----O--": "SessionsService/AcceptSession SessionsService/CloseSession SessionsService/DeclineSession SessionsService/WrapUpSession " +
			"SessionsService/TransferSession SessionsService/AddNote SessionsService/RecordCall ExpertsService/SetPresence " +
			"ExpertsService/StreamWork ExpertsService/Converse",
		"---T-TA": "ReportsService/GetDeflectionReport ReportsService/GetGuideReport ReportsService/GetServiceReport ReportsService/PlanStaffing",
	}
	roles := []troubleshoot.Role{0, troubleshoot.RoleStorefront, troubleshoot.RoleShopper, troubleshoot.RoleSeller,
		troubleshoot.RoleExpert, troubleshoot.RoleAnalyst, troubleshoot.RoleAdmin}
	letters := map[access.Scope]string{access.None: "-", access.Any: "A", access.Tenant: "T", access.Own: "O"}
	seen := 0
	for want, names := range published {
		for _, name := range strings.Fields(names) {
			seen++
			rule, _ := access.Lookup("/fixfirst.v1." + name)
			got := ""
			for _, role := range roles {
				got += letters[rule.Scope(role)]
			}
			if got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
	}
	if all := len(described()); seen != all {
		t.Errorf("%d methods are checked, %d exist", seen, all)
	}
}
