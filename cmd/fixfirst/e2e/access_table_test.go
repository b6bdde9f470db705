package e2e_test

import "google.golang.org/grpc/codes"

// permission is a row of API.md's table "Who may call what" for one RPC, and a request to try it with.
type permission struct {
	// who has a letter for each caller: anonymous STOREFRONT SHOPPER SELLER EXPERT ANALYST ADMIN. A any, T own seller,
	// O own intercept or session, - refused.
	who string
	// request is JSON; {seller}, {intercept}, {session}, {guide}, {key} and {line} become those of the target.
	request string
	// missing answers an ADMIN who names what does not exist.
	missing codes.Code
}

const accessLine = `{"seller":"{seller}","orderId":"{line}","lineId":"1","sku":"KETTLE-1","quantity":1,"unitPrice":{"amount":"5.00","currencyCode":"USD"}}`

// accessPicture is a GIF of one pixel.
const accessPicture = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

// permissions is who may call what. Where API.md names no row, the nearest one is taken: sellers are kept like their items.
var permissions = map[string]permission{
	// intercept, record returns
	"ReturnsService/InterceptReturn": {"- T - - - - A", `{"orderLine":` + accessLine + `,"reason":"DEFECTIVE","shopper":"s","refundUrl":"https://shop.example/r"}`, codes.OK},
	"ReturnsService/RecordReturns": {"- T - - - - A", `{"events":[{"eventId":"{line}","seller":"{seller}","orderId":"{line}","lineId":"1","quantity":1,` +
		`"event":"REQUESTED","eventTime":"2026-03-01T10:00:00Z"}]}`, codes.OK},
	// read intercept, choose
	"ReturnsService/GetIntercept":  {"- T O - O - A", `{"intercept":"{intercept}"}`, codes.NotFound},
	"ReturnsService/ChooseOutcome": {"- T O - - - A", `{"intercept":"{intercept}","choice":"KEEP"}`, codes.NotFound},
	// import history
	"ReturnsService/ImportIntercepts": {"- - - - - - A", `{"orderLine":` + accessLine + `,"createTime":"2026-03-01T10:00:00Z","arm":"OFFERED"}`, codes.OK},
	"ReturnsService/ImportOrderLines": {"- - - - - - A", `{"orderLine":` + accessLine + `}`, codes.OK},
	// published guides
	"GuidesService/GetGuide":      {"- T O T T - A", `{"seller":"{seller}","guide":"{guide}"}`, codes.NotFound},
	"GuidesService/ListSkuGuides": {"- T O T T - A", `{"seller":"{seller}","sku":"KETTLE-1"}`, codes.NotFound},
	"GuidesService/SearchGuides":  {"- T O T T - A", `{"query":"kettle","seller":"{seller}"}`, codes.NotFound},
	// draft, publish, archive guides; items; policy
	"GuidesService/PutGuide":           {"- - - T - - A", `{"seller":"{seller}","guide":"{guide}","markdown":"# T\n\ntext"}`, codes.OK},
	"GuidesService/ListGuides":         {"- - - T - - A", `{"seller":"{seller}"}`, codes.NotFound},
	"GuidesService/ListGuideRevisions": {"- - - T - - A", `{"seller":"{seller}","guide":"{guide}"}`, codes.NotFound},
	"GuidesService/PublishGuide":       {"- - - T - - A", `{"seller":"{seller}","guide":"{guide}"}`, codes.NotFound},
	"GuidesService/ArchiveGuide":       {"- - - T - - A", `{"seller":"{seller}","guide":"{guide}"}`, codes.NotFound},
	"GuidesService/DiffGuideRevisions": {"- - - T - - A", `{"seller":"{seller}","guide":"{guide}","revision":1}`, codes.NotFound},
	"GuidesService/PutGuideAsset":      {"- - - T - - A", `{"seller":"{seller}","guide":"{guide}","path":"a.gif","data":"` + accessPicture + `"}`, codes.OK},
	"GuidesService/ListGuideAssets":    {"- - - T - - A", `{"seller":"{seller}","guide":"{guide}"}`, codes.NotFound},
	"GuidesService/DeleteGuideAsset":   {"- - - T - - A", `{"seller":"{seller}","guide":"{guide}","path":"a.gif"}`, codes.NotFound},
	"GuidesService/LintGuide":          {"- - - A - - A", `{"markdown":"# T\n\ntext"}`, codes.OK},
	"SellersService/PutSeller":         {"- - - T - - A", `{"seller":"{seller}","displayName":"D"}`, codes.OK},
	"SellersService/GetSeller":         {"- - - T - - A", `{"seller":"{seller}"}`, codes.NotFound},
	"SellersService/PutItem":           {"- - - T - - A", `{"seller":"{seller}","sku":"KETTLE-1","title":"Kettle"}`, codes.OK},
	"SellersService/GetItem":           {"- - - T - - A", `{"seller":"{seller}","sku":"KETTLE-1"}`, codes.NotFound},
	"SellersService/ImportItems":       {"- - - T - - A", `{"seller":"{seller}","sku":"KETTLE-1","title":"Kettle"}`, codes.OK},
	"SellersService/PutPolicy":         {"- - - T - - A", `{"seller":"{seller}","holdoutFraction":0,"channels":["GUIDE","CHAT","CALLBACK"]}`, codes.OK},
	"SellersService/GetPolicy":         {"- - - T - - A", `{"seller":"{seller}"}`, codes.NotFound},
	// start session, record step, answer, leave
	"SessionsService/CreateSession": {"- - O - - - -", `{"intercept":"{intercept}","channel":"GUIDE"}`, codes.NotFound},
	"SessionsService/RecordStep":    {"- - O - - - -", `{"session":"{session}","guide":"kettle","revision":1,"step":"{step}","result":"FIXED"}`, codes.NotFound},
	"SessionsService/AnswerSession": {"- - O - - - -", `{"session":"{session}","solved":"YES"}`, codes.NotFound},
	"SessionsService/LeaveSession":  {"- - O - - - -", `{"session":"{session}"}`, codes.NotFound},
	// messages, events; a list is by tenant, so not for shoppers
	"SessionsService/GetSession":   {"- - O T O - A", `{"session":"{session}"}`, codes.NotFound},
	"SessionsService/ListSessions": {"- - - T T - A", `{"seller":"{seller}"}`, codes.OK},
	// accept, close
	"SessionsService/AcceptSession":   {"- - - - O - -", `{"session":"{session}"}`, codes.NotFound},
	"SessionsService/CloseSession":    {"- - - - O - -", `{"session":"{session}","disposition":"FIXED_KEPT"}`, codes.NotFound},
	"SessionsService/DeclineSession":  {"- - - - O - -", `{"session":"{session}"}`, codes.NotFound},
	"SessionsService/WrapUpSession":   {"- - - - O - -", `{"session":"{session}"}`, codes.NotFound},
	"SessionsService/TransferSession": {"- - - - O - -", `{"session":"{session}","note":"n"}`, codes.NotFound},
	"SessionsService/AddNote":         {"- - - - O - -", `{"session":"{session}","text":"n"}`, codes.NotFound},
	"SessionsService/RecordCall": {"- - - - O - -", `{"session":"{session}","outcome":"REACHED","startTime":"{now}",` +
		`"endTime":"{now}"}`, codes.NotFound},
	"SessionsService/RescheduleCallback": {"- - O - O - -", `{"session":"{session}","notBefore":"2026-03-01T10:00:00Z","notAfter":"{soon}"}`, codes.NotFound},
	// messages, events
	"SessionsService/SendMessage":      {"- - O - O - -", `{"session":"{session}","clientMessageId":"m","text":"t"}`, codes.NotFound},
	"SessionsService/SendTyping":       {"- - O - O - -", `{"session":"{session}"}`, codes.NotFound},
	"SessionsService/ListEvents":       {"- - O T O - A", `{"session":"{session}"}`, codes.NotFound},
	"SessionsService/StreamEvents":     {"- - O T O - A", `{"session":"{session}"}`, codes.NotFound},
	"SessionsService/GetTranscript":    {"- - O T O - A", `{"session":"{session}"}`, codes.NotFound},
	"ExpertsService/GetSessionContext": {"- - - T O - A", `{"session":"{session}"}`, codes.NotFound},
	// supervisors
	"SessionsService/TakeOverSession": {"- - - T - - A", `{"session":"{session}","expert":"{expert}"}`, codes.NotFound},
	"SessionsService/ReviewSession":   {"- - - T - - A", `{"session":"{session}","criteria":[{"name":"kind","weight":1,"score":90}]}`, codes.NotFound},
	"ExpertsService/PutExpert":        {"- - - T - - A", `{"expert":"new","seller":"{seller}"}`, codes.OK},
	"ExpertsService/ListExperts":      {"- - - T - - A", `{"seller":"{seller}"}`, codes.OK},
	"ExpertsService/GetExpert":        {"- - - T T - A", `{"expert":"{expert}","seller":"{seller}"}`, codes.NotFound},
	"ExpertsService/GetQueue":         {"- - - T T - A", `{"seller":"{seller}"}`, codes.OK},
	// presence, work
	"ExpertsService/SetPresence": {"- - - - O - -", `{"expert":"{expert}","state":"AVAILABLE"}`, codes.NotFound},
	"ExpertsService/StreamWork":  {"- - - - O - -", `{"expert":"{expert}"}`, codes.NotFound},
	"ExpertsService/Converse":    {"- - - - O - -", `{"id":"1"}`, codes.OK},
	// ready replies: experts read them
	"ExpertsService/PutReply":    {"- - - T - - A", `{"seller":"{seller}","reply":"hello","texts":{"":"Hello"}}`, codes.OK},
	"ExpertsService/GetReply":    {"- - - T T - A", `{"seller":"{seller}","reply":"hello"}`, codes.NotFound},
	"ExpertsService/ListReplies": {"- - - T T - A", `{"seller":"{seller}"}`, codes.OK},
	"ExpertsService/DeleteReply": {"- - - T - - A", `{"seller":"{seller}","reply":"hello"}`, codes.NotFound},
	// reports
	"ReportsService/GetServiceReport":    {"- - - T - T A", `{"seller":"{seller}"}`, codes.NotFound},
	"ReportsService/PlanStaffing":        {"- - - A - A A", `{"arrivalsPerHour":10,"handleTime":"600s"}`, codes.OK},
	"ReportsService/GetDeflectionReport": {"- - - T - T A", `{"seller":"{seller}"}`, codes.NotFound},
	"ReportsService/GetGuideReport":      {"- - - T - T A", `{"seller":"{seller}"}`, codes.NotFound},
	// keys
	"KeysService/CreateKey": {"- - - T - - A", `{"role":"ANALYST","seller":"{seller}"}`, codes.OK},
	"KeysService/ListKeys":  {"- - - T - - A", `{"seller":"{seller}"}`, codes.OK},
	"KeysService/DeleteKey": {"- - - T - - A", `{"key":"{key}"}`, codes.NotFound},
}
