package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	_ "github.com/fixfirst/fixfirst/proto/fixfirst/v1" // its descriptors
)

// rpcs lists every RPC of fixfirst.v1, by its name as in "KeysService/ListKeys".
func rpcs() map[string]protoreflect.MethodDescriptor {
	all := map[string]protoreflect.MethodDescriptor{}
	protoregistry.GlobalFiles.RangeFilesByPackage("fixfirst.v1", func(file protoreflect.FileDescriptor) bool {
		for n := range file.Services().Len() {
			service := file.Services().Get(n)
			for m := range service.Methods().Len() {
				method := service.Methods().Get(m)
				all[string(service.Name())+"/"+string(method.Name())] = method
			}
		}
		return true
	})
	return all
}

// callers are the columns of a permission, and an ADMIN key that is bound to a seller, for whom any is that seller.
var callers = []string{"anonymous", "STOREFRONT", "SHOPPER", "SELLER", "EXPERT", "ANALYST", "ADMIN", "ADMIN of a seller"}

// scope gives the letter of a caller.
func (p permission) scope(caller int) string {
	letters := strings.Fields(p.who)
	if caller < len(letters) {
		return letters[caller]
	}
	return strings.Replace(letters[len(letters)-1], "A", "T", 1)
}

// expected is the code that a caller gets for a target: own, other or missing.
func (p permission) expected(rpc string, caller int, target string) codes.Code {
	scope, shopper := p.scope(caller), callers[caller] == "SHOPPER"
	nothingNamed := !pathVariable.MatchString(p.request)
	switch {
	case caller == 0:
		return codes.Unauthenticated
	case scope == "-":
		return codes.PermissionDenied
	case scope == "A" && target == "missing":
		return p.missing
	case scope == "A", nothingNamed, target == "own":
		return codes.OK
	case shopper && strings.Contains(p.request, "{intercept}"):
		return codes.Unauthenticated // a shopper's token on another intercept is no valid one
	}
	return codes.NotFound
}

// target is what a request names.
type target struct {
	seller, intercept, session, guide, key, line, step, expert string
	token                                                      string // of the shopper of the intercept
}

func (g target) fill(request string) string {
	return strings.NewReplacer("{seller}", g.seller, "{intercept}", g.intercept, "{session}", g.session, "{guide}", g.guide, "{key}", g.key,
		"{line}", g.line, "{step}", g.step, "{expert}", g.expert,
		"{now}", time.Now().UTC().Format(time.RFC3339Nano), "{soon}", time.Now().Add(time.Hour).UTC().Format(time.RFC3339)).Replace(request)
}

// hide takes out of a reply what differs between targets because the caller said so.
func (g target) hide(reply string) string {
	return strings.NewReplacer(g.intercept, "{intercept}", g.session, "{session}", g.guide, "{guide}", g.key, "{key}", g.line, "{line}", g.seller, "{seller}", g.expert, "{expert}").Replace(reply)
}

// accessWorld is two sellers with a key for each role.
type accessWorld struct {
	*server
	t     *testing.T
	conn  *grpc.ClientConn
	keys  map[string]string // of seller own
	steps map[string]string // by seller
	duty  map[string]*duty  // an expert of each seller
	chats map[string]target // those that were begun last, by seller
	turn  string            // who is about to call
	n     int
}

func newAccessWorld(t *testing.T) *accessWorld {
	s := serveSQLite(t)
	w := &accessWorld{server: s, t: t, conn: s.dial(t), keys: map[string]string{}, steps: map[string]string{}, duty: map[string]*duty{}, chats: map[string]target{}}
	for seller, expert := range map[string]string{"own-seller": "ann", "other-seller": "zoe"} {
		w.steps[seller] = s.sellKettles(seller, object{"holdoutFraction": 0.0, "channels": []string{"GUIDE", "CHAT", "CALLBACK"}})[0]
		s.must(http.MethodPut, "/v1/sellers/"+seller+"/items/KETTLE-1", object{"title": "Kettle"})
		w.duty[seller] = s.onDuty(t, seller, expert, object{"capacity": 50})
		s.onColleague(t, seller)
	}
	for _, role := range []string{"STOREFRONT", "SELLER", "ANALYST"} {
		w.keys[role] = s.newKey(object{"role": role, "seller": "own-seller"})
	}
	w.keys["EXPERT"], w.keys["ADMIN"] = w.duty["own-seller"].key, s.key
	w.keys["ADMIN of a seller"] = s.newKey(object{"role": "ADMIN", "seller": "own-seller"})
	return w
}

// fresh makes what an RPC may name, in the state that the RPC needs.
func (w *accessWorld) fresh(rpc, seller string) target {
	w.n++
	g := target{seller: seller, line: fmt.Sprintf("line-%d", w.n), guide: fmt.Sprintf("guide-%d", w.n), key: fmt.Sprintf("key-%d", w.n), step: w.steps[seller], expert: w.duty[seller].name}
	i := w.decide(intent(seller, fmt.Sprintf("intercepted-%d", w.n), "1", "KETTLE-1")).object(w.t)
	g.intercept, g.token = id(text(i, "name")), text(i, "shopperToken")
	w.begin(rpc, &g)
	if strings.HasPrefix(rpc, "GuidesService/") {
		w.must(http.MethodPut, "/v1/sellers/"+seller+"/guides/"+g.guide, object{"markdown": kettleGuide, "publish": true})
		if strings.HasSuffix(rpc, "PublishGuide") {
			w.must(http.MethodPut, "/v1/sellers/"+seller+"/guides/"+g.guide, object{"markdown": kettleGuide + "\nMore.\n"})
		}
	}
	if strings.HasSuffix(rpc, "DeleteGuideAsset") {
		w.must(http.MethodPut, "/v1/sellers/"+seller+"/guides/"+g.guide+"/assets/a.gif", object{"data": accessPicture})
	}
	if strings.HasSuffix(rpc, "Reply") {
		w.must(http.MethodPut, "/v1/sellers/"+seller+"/replies/hello", object{"texts": object{"": "Hello"}})
	}
	if strings.HasPrefix(rpc, "KeysService/") {
		g.key = id(text(w.must(http.MethodPost, "/v1/keys", object{"role": "ANALYST", "seller": seller}), "name"))
	}
	return g
}

// Which sessions RPCs need: a chat in the expert's hand, one that rings, one that is closed, a callback; a guide else.
var (
	needsChat = []string{"CloseSession", "GetIntercept", "GetSession", "WrapUpSession", "TransferSession", "TakeOverSession", "SendMessage", "SendTyping",
		"ListEvents", "StreamEvents", "GetTranscript", "GetSessionContext", "AddNote"}
	needsRinging = []string{"AcceptSession", "DeclineSession"}
	needsClosed  = []string{"ReviewSession"}
	needsCall    = []string{"RecordCall", "RescheduleCallback"}
)

// begin makes the target's session in the state that the RPC needs. The chat before is closed: nobody has room for all.
func (w *accessWorld) begin(rpc string, g *target) {
	_, method, _ := strings.Cut(rpc, "/")
	d, shopper := w.duty[g.seller], w.as(g.token)
	start := object{"channel": "GUIDE"}
	switch {
	case slices.Contains(needsChat, method), slices.Contains(needsRinging, method), slices.Contains(needsClosed, method):
		start["channel"] = "CHAT"
	case slices.Contains(needsCall, method):
		start["channel"] = "CALLBACK"
		start["callback"] = object{"phone": "+14155550123", "notBefore": "2026-01-01T00:00:00Z", "notAfter": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}
	}
	if before, any := w.chats[g.seller]; any { // in hand, ringing, or ended by the RPC
		w.as(before.token).do(http.MethodPost, "/v1/sessions/"+before.session+":leave", object{})
		d.do(http.MethodPost, "/v1/sessions/"+before.session+":close", object{"disposition": "KEPT_UNFIXED"})
	}
	if start["channel"] != "GUIDE" {
		d.do(http.MethodPost, "/v1/experts/"+d.name+":setPresence", object{"state": "AVAILABLE"})
	}
	r := shopper.do(http.MethodPost, "/v1/intercepts/"+g.intercept+"/sessions", start)
	if r.code != http.StatusOK {
		w.t.Fatalf("%s needs a %s session of %s: %s; %s", rpc, start["channel"], g.seller, r, w.do(http.MethodGet, "/v1/queue", nil))
	}
	session := text(r.object(w.t), "name")
	g.session = id(session)
	if start["channel"] == "GUIDE" {
		return
	}
	w.chats[g.seller] = *g
	if slices.Contains(needsRinging, method) {
		if !d.until(30*time.Second, func() bool { return d.offered[session] }) {
			w.t.Fatalf("%s does not ring at %s", session, d.name)
		}
		return
	}
	if method == "RescheduleCallback" && w.turn == "SHOPPER" {
		return // while an expert calls, the shopper tells the expert
	}
	d.accepts(session)
	if slices.Contains(needsClosed, method) {
		d.must(http.MethodPost, "/v1/"+session+":close", object{"disposition": "KEPT_UNFIXED"})
	}
}

// missing names what does not exist.
func (w *accessWorld) missing() target {
	w.n++
	nobody := strings.Repeat("0", 30) + fmt.Sprintf("%06d", w.n)
	return target{seller: fmt.Sprintf("nobody-%d", w.n), intercept: "i" + nobody[1:], session: "s" + nobody[1:], key: "k" + nobody[1:],
		guide: fmt.Sprintf("nothing-%d", w.n), line: fmt.Sprintf("no-line-%d", w.n), step: "none", expert: fmt.Sprintf("no-expert-%d", w.n)}
}

// answer is what a caller sees: the code, and everything of the reply that could tell one target from another.
type answer struct {
	code codes.Code
	all  string
}

var pathVariable = regexp.MustCompile(`\{(\w+)(?:=[^}]*)?\}`)

// rest calls an RPC on the route that its descriptor names.
func (w *accessWorld) rest(method protoreflect.MethodDescriptor, key, request string) answer {
	var fields object
	if err := json.Unmarshal([]byte(request), &fields); err != nil {
		w.t.Fatal(err)
	}
	verb, path := route(method)
	path = pathVariable.ReplaceAllStringFunc(path, func(variable string) string {
		name := pathVariable.FindStringSubmatch(variable)[1]
		value := fmt.Sprint(fields[name])
		delete(fields, name)
		return url.PathEscape(value)
	})
	var r reply
	switch {
	case method.IsStreamingServer():
		stream, err := w.as(key).open(context.Background(), path, 0)
		if err == nil {
			stream.close()
			return answer{codes.OK, "a stream"}
		}
		var refused errRefused
		if !errors.As(err, &refused) {
			w.t.Fatal(err)
		}
		r = refused.reply
	case verb == http.MethodGet || verb == http.MethodDelete:
		query := url.Values{}
		for name, value := range fields {
			query.Set(name, fmt.Sprint(value))
		}
		r = w.as(key).do(verb, path+"?"+query.Encode(), nil)
	case method.IsStreamingClient():
		data, _ := json.Marshal(fields) // it came from JSON
		r = w.as(key).do(verb, path, string(data)+"\n", "Content-Type", "application/x-ndjson")
	default:
		r = w.as(key).do(verb, path, fields)
	}
	byHTTP := map[int]codes.Code{200: codes.OK, 401: codes.Unauthenticated, 403: codes.PermissionDenied, 404: codes.NotFound}
	code, known := byHTTP[r.code]
	if !known {
		code = codes.Code(r.code)
	}
	r.header.Del("X-Request-Id")
	r.header.Del("Date")
	r.header.Del("Content-Length") // it follows the ids' lengths
	return answer{code, fmt.Sprintf("%d %v %s", r.code, r.header, r.body)}
}

// route gives the HTTP method and path of an RPC. The one route that is written by hand has no annotation.
func route(method protoreflect.MethodDescriptor) (verb, path string) {
	if method.Name() == "ImportItems" {
		return http.MethodPost, "/v1/sellers/{seller}/items:import"
	}
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	for verb, path := range map[string]string{http.MethodGet: rule.GetGet(), http.MethodPut: rule.GetPut(), http.MethodPost: rule.GetPost(), http.MethodDelete: rule.GetDelete()} {
		if path != "" {
			return verb, path
		}
	}
	return "", ""
}

// grpc calls an RPC natively.
func (w *accessWorld) grpc(method protoreflect.MethodDescriptor, key, request string) answer {
	in, out := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
	if err := protojson.Unmarshal([]byte(request), in); err != nil {
		w.t.Fatal(err)
	}
	ctx := context.Background()
	if key != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
	}
	name := "/" + string(method.Parent().FullName()) + "/" + string(method.Name())
	var err error
	if method.IsStreamingClient() || method.IsStreamingServer() {
		err = streamed(ctx, w.conn, name, in, out)
	} else {
		err = w.conn.Invoke(ctx, name, in, out)
	}
	s := status.Convert(err)
	return answer{s.Code(), fmt.Sprint(s.Code(), s.Message(), s.Proto().GetDetails())}
}

func streamed(ctx context.Context, conn *grpc.ClientConn, name string, in, out proto.Message) error {
	ctx, cancel := context.WithCancel(ctx) // of a stream that goes on, the first message is enough
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, name)
	if err != nil {
		return err
	}
	_ = stream.SendMsg(in) // if the stream has ended, RecvMsg says why
	_ = stream.CloseSend()
	return stream.RecvMsg(out)
}

func TestWhoMayCallWhat(t *testing.T) {
	w := newAccessWorld(t)
	methods := rpcs()
	for rpc := range methods {
		if _, ok := permissions[rpc]; !ok {
			t.Errorf("%s is in no row of the table", rpc)
		}
	}
	for _, rpc := range sortedKeys(permissions) {
		method, ok := methods[rpc]
		if !ok {
			t.Errorf("%s is in the table and in no proto", rpc)
			continue
		}
		doors := map[string]func(protoreflect.MethodDescriptor, string, string) answer{"REST": w.rest, "gRPC": w.grpc}
		for _, door := range sortedKeys(doors) {
			if _, path := route(method); path == "" && door == "REST" {
				continue // gRPC only
			}
			for caller := range callers {
				w.try(rpc, door, caller, func(key, request string) answer { return doors[door](method, key, request) })
			}
		}
	}
	t.Logf("%d RPCs, %d callers", len(methods), len(callers))
}

// try calls an RPC for an own, another seller's and a missing target.
func (w *accessWorld) try(rpc, door string, caller int, call func(key, request string) answer) {
	w.t.Helper()
	p := permissions[rpc]
	w.turn = callers[caller]
	own := w.fresh(rpc, "own-seller")
	key := w.keys[callers[caller]]
	if callers[caller] == "SHOPPER" {
		key = own.token
	}
	targets := map[string]target{"own": own, "other": w.fresh(rpc, "other-seller"), "missing": w.missing()}
	got := map[string]answer{}
	for _, name := range []string{"own", "other", "missing"} {
		got[name] = call(key, targets[name].fill(p.request))
		if want := p.expected(rpc, caller, name); got[name].code != want {
			w.t.Errorf("%s by %s, %s, %s target: %.400s; want %s", rpc, door, callers[caller], name, got[name].all, want)
		}
	}
	if got["other"].code != codes.OK {
		if other, missing := targets["other"].hide(got["other"].all), targets["missing"].hide(got["missing"].all); other != missing {
			w.t.Errorf("%s by %s, %s: another seller's differs from a missing one:\n%s\n%s", rpc, door, callers[caller], other, missing)
		}
	}
}
