package access

import (
	"maps"
	"slices"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Scope is how far a role reaches in one method.
type Scope int8

// Scopes. The zero value is none, so what the table does not say is refused.
const (
	None   Scope = iota
	Any          // everything, or the one seller that the credential is bound to
	Tenant       // the credential's seller
	Own          // the shopper's intercept, or the expert's sessions
)

// Rule gives the scope of each role in one method; index 0 is the anonymous caller.
type Rule [troubleshoot.RoleShopper + 1]Scope

// Scope gives the scope of a role, None for one that does not exist.
func (r Rule) Scope(role troubleshoot.Role) Scope {
	if role < 0 || int(role) >= len(r) {
		return None
	}
	return r[role]
}

// Rules that several methods share.
var (
	everybody = Rule{
		0: Any, troubleshoot.RoleStorefront: Any, troubleshoot.RoleSeller: Any, troubleshoot.RoleExpert: Any,
		troubleshoot.RoleAnalyst: Any, troubleshoot.RoleAdmin: Any, troubleshoot.RoleShopper: Any,
	}
	stores        = Rule{troubleshoot.RoleStorefront: Tenant, troubleshoot.RoleAdmin: Any}
	administrator = Rule{troubleshoot.RoleAdmin: Any}
	sellers       = Rule{troubleshoot.RoleSeller: Tenant, troubleshoot.RoleAdmin: Any}
	shoppers      = Rule{troubleshoot.RoleShopper: Own}
	experts       = Rule{troubleshoot.RoleExpert: Own}
	analysts      = Rule{troubleshoot.RoleSeller: Tenant, troubleshoot.RoleAnalyst: Tenant, troubleshoot.RoleAdmin: Any}
	guideReaders  = Rule{
		troubleshoot.RoleStorefront: Tenant, troubleshoot.RoleShopper: Own, troubleshoot.RoleSeller: Tenant,
		troubleshoot.RoleExpert: Tenant, troubleshoot.RoleAdmin: Any,
	}
	interceptReaders = Rule{
		troubleshoot.RoleStorefront: Tenant, troubleshoot.RoleShopper: Own, troubleshoot.RoleExpert: Own,
		troubleshoot.RoleAdmin: Any,
	}
	choosers       = Rule{troubleshoot.RoleStorefront: Tenant, troubleshoot.RoleShopper: Own, troubleshoot.RoleAdmin: Any}
	sessionReaders = Rule{
		troubleshoot.RoleShopper: Own, troubleshoot.RoleSeller: Tenant, troubleshoot.RoleExpert: Own, troubleshoot.RoleAdmin: Any,
	}
	// Supervisors read along, and each reading is audited.
	supervisors    = sellers
	messengers     = Rule{troubleshoot.RoleShopper: Own, troubleshoot.RoleExpert: Own}
	queueReaders   = Rule{troubleshoot.RoleSeller: Tenant, troubleshoot.RoleExpert: Tenant, troubleshoot.RoleAdmin: Any}
	callers        = Rule{troubleshoot.RoleShopper: Own, troubleshoot.RoleExpert: Own}
	sessionListers = Rule{troubleshoot.RoleSeller: Tenant, troubleshoot.RoleExpert: Own, troubleshoot.RoleAdmin: Any}
)

// table is who may call what, by the full name of the gRPC method. It is closed: a method that is not here is refused to
// everybody, and a test fails until it is.
var table = map[string]Rule{
	"/fixfirst.v1.ReturnsService/InterceptReturn":  stores,
	"/fixfirst.v1.ReturnsService/RecordReturns":    stores,
	"/fixfirst.v1.ReturnsService/GetIntercept":     interceptReaders,
	"/fixfirst.v1.ReturnsService/ChooseOutcome":    choosers,
	"/fixfirst.v1.ReturnsService/ImportIntercepts": administrator,
	"/fixfirst.v1.ReturnsService/ImportOrderLines": administrator,

	"/fixfirst.v1.GuidesService/GetGuide":           guideReaders,
	"/fixfirst.v1.GuidesService/ListSkuGuides":      guideReaders,
	"/fixfirst.v1.GuidesService/SearchGuides":       guideReaders,
	"/fixfirst.v1.GuidesService/DiffGuideRevisions": sellers,
	"/fixfirst.v1.GuidesService/PutGuide":           sellers,
	"/fixfirst.v1.GuidesService/ListGuides":         sellers,
	"/fixfirst.v1.GuidesService/ListGuideRevisions": sellers,
	"/fixfirst.v1.GuidesService/PublishGuide":       sellers,
	"/fixfirst.v1.GuidesService/ArchiveGuide":       sellers,
	"/fixfirst.v1.GuidesService/LintGuide":          sellers,
	"/fixfirst.v1.GuidesService/PutGuideAsset":      sellers,
	"/fixfirst.v1.GuidesService/ListGuideAssets":    sellers,
	"/fixfirst.v1.GuidesService/DeleteGuideAsset":   sellers,

	"/fixfirst.v1.SessionsService/CreateSession": shoppers,
	"/fixfirst.v1.SessionsService/RecordStep":    shoppers,
	"/fixfirst.v1.SessionsService/AnswerSession": shoppers,
	"/fixfirst.v1.SessionsService/LeaveSession":  shoppers,
	"/fixfirst.v1.SessionsService/GetSession":    sessionReaders,
	"/fixfirst.v1.SessionsService/ListSessions":  sessionListers,
	"/fixfirst.v1.SessionsService/AcceptSession": experts,
	"/fixfirst.v1.SessionsService/CloseSession":  experts,

	"/fixfirst.v1.SessionsService/DeclineSession":     experts,
	"/fixfirst.v1.SessionsService/WrapUpSession":      experts,
	"/fixfirst.v1.SessionsService/TransferSession":    experts,
	"/fixfirst.v1.SessionsService/AddNote":            experts,
	"/fixfirst.v1.SessionsService/RecordCall":         experts,
	"/fixfirst.v1.SessionsService/RescheduleCallback": callers,
	"/fixfirst.v1.SessionsService/TakeOverSession":    supervisors,
	"/fixfirst.v1.SessionsService/ReviewSession":      supervisors,
	"/fixfirst.v1.SessionsService/SendMessage":        messengers,
	"/fixfirst.v1.SessionsService/SendTyping":         messengers,
	"/fixfirst.v1.SessionsService/ListEvents":         sessionReaders,
	"/fixfirst.v1.SessionsService/StreamEvents":       sessionReaders,
	"/fixfirst.v1.SessionsService/GetTranscript":      sessionReaders,

	"/fixfirst.v1.ExpertsService/PutExpert":         supervisors,
	"/fixfirst.v1.ExpertsService/GetExpert":         queueReaders,
	"/fixfirst.v1.ExpertsService/ListExperts":       supervisors,
	"/fixfirst.v1.ExpertsService/SetPresence":       experts,
	"/fixfirst.v1.ExpertsService/StreamWork":        experts,
	"/fixfirst.v1.ExpertsService/Converse":          experts,
	"/fixfirst.v1.ExpertsService/GetQueue":          queueReaders,
	"/fixfirst.v1.ExpertsService/GetSessionContext": sessionListers,
	"/fixfirst.v1.ExpertsService/PutReply":          sellers,
	"/fixfirst.v1.ExpertsService/GetReply":          queueReaders,
	"/fixfirst.v1.ExpertsService/ListReplies":       queueReaders,
	"/fixfirst.v1.ExpertsService/DeleteReply":       sellers,

	"/fixfirst.v1.SellersService/PutSeller":   sellers,
	"/fixfirst.v1.SellersService/GetSeller":   sellers,
	"/fixfirst.v1.SellersService/PutItem":     sellers,
	"/fixfirst.v1.SellersService/GetItem":     sellers,
	"/fixfirst.v1.SellersService/ImportItems": sellers,
	"/fixfirst.v1.SellersService/PutPolicy":   sellers,
	"/fixfirst.v1.SellersService/GetPolicy":   sellers,

	"/fixfirst.v1.ReportsService/GetDeflectionReport": analysts,
	"/fixfirst.v1.ReportsService/GetGuideReport":      analysts,
	"/fixfirst.v1.ReportsService/GetServiceReport":    analysts,
	"/fixfirst.v1.ReportsService/PlanStaffing":        analysts,

	"/fixfirst.v1.KeysService/CreateKey": sellers,
	"/fixfirst.v1.KeysService/ListKeys":  sellers,
	"/fixfirst.v1.KeysService/DeleteKey": sellers,

	"/grpc.health.v1.Health/Check":                                   everybody,
	"/grpc.health.v1.Health/List":                                    everybody,
	"/grpc.health.v1.Health/Watch":                                   everybody,
	"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo":      everybody,
	"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": everybody,
}

// Lookup gives the rule of a method by its full name ("/package.Service/Method"). Without one nobody may call it.
func Lookup(fullMethod string) (Rule, bool) {
	rule, ok := table[fullMethod]
	return rule, ok
}

// Methods lists the full names of all methods of the table, sorted.
func Methods() []string { return slices.Sorted(maps.Keys(table)) }
