package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// upload is a request whose texts are tried out one by one. "#" in a text becomes a fresh number, where one is needed.
type upload struct {
	path   string // with its method before it
	sample string
	rows   bool // an import
	key    func(f *fixture) string
	at     func(f *fixture) string // what the path begins with
}

// fixture is what uploads need on one server.
type fixture struct {
	*client
	shopper, expert          string
	intercept, session, chat string
	duty                     *duty
	begun                    int
}

func newFixture(s *server) *fixture {
	f := &fixture{client: s.client}
	f.sellKettles("free", object{"holdoutFraction": 0.0})
	f.duty = f.onDuty(f.t, "free", "ann", object{"capacity": 50})
	f.expert = f.duty.key
	f.onColleague(f.t, "free")
	return f
}

// begin makes an intercept with a guide session and an accepted chat, so that no text meets what another has left.
func (f *fixture) begin() {
	f.begun++
	if f.chat != "" { // nobody has room for all
		f.as(f.expert).do(http.MethodPost, f.chat+":close", object{"disposition": "KEPT_UNFIXED"})
	}
	i := f.decide(intent("free", fmt.Sprint("begun-", f.begun), "1", "KETTLE-1")).object(f.t)
	f.shopper, f.intercept = text(i, "shopperToken"), "/v1/"+text(i, "name")
	f.session = "/v1/" + text(f.as(f.shopper).must(http.MethodPost, f.intercept+"/sessions", object{"channel": "GUIDE"}), "name")
	f.chat = "/v1/" + text(f.as(f.shopper).must(http.MethodPost, f.intercept+"/sessions", object{"channel": "CHAT"}), "name")
	f.duty.accepts(strings.TrimPrefix(f.chat, "/v1/"))
}

var (
	asAdmin   = func(f *fixture) string { return f.key }
	asShopper = func(f *fixture) string { return f.shopper }
	nowhere   = func(*fixture) string { return "" }
	atNew     = func(path func(*fixture) string) func(*fixture) string {
		return func(f *fixture) string { f.begin(); return path(f) }
	}
	inIntercept = atNew(func(f *fixture) string { return f.intercept })
	inSession   = atNew(func(f *fixture) string { return f.session })
	inChat      = atNew(func(f *fixture) string { return f.chat })
)

const sampleLine = `{"seller":"free","orderId":"order-#","lineId":"1","sku":"KETTLE-1","quantity":1,"unitPrice":{"amount":"5.00","currencyCode":"USD"},"deliveredTime":"2026-03-01T10:00:00Z"}`

var uploads = []upload{
	{"PUT /v1/sellers/free", `{"displayName":"Free","timeZone":"Europe/Berlin"}`, false, asAdmin, nowhere},
	{"PUT /v1/sellers/free/items/KETTLE-1", `{"title":"Kettle","category":"kettles","brand":"Acme","specs":{"colour":"red"},"manualUrl":"https://acme.example/k.pdf","questions":[{"question":"q","answer":"a"}]}`, false, asAdmin, nowhere},
	{"PUT /v1/sellers/free/policy", `{"holdoutFraction":0,"offerIf":"reason == 'DEFECTIVE'","excludedReasons":["WARRANTY"],"minimumPrice":{"amount":"1.00","currencyCode":"USD"}}`, false, asAdmin, nowhere},
	{"PUT /v1/sellers/free/guides/g", `{"markdown":"# Title\n\n## One\n\ntext\n\n## Two\n\ntext"}`, false, asAdmin, nowhere},
	{"PUT /v1/sellers/free/guides/h", `{"markdown":"# Title\n\ntext","publish":true}`, false, asAdmin, nowhere},
	{"PUT /v1/sellers/free/guides/h", `{"markdown":"# Title\n\ntext","etag":"e"}`, false, asAdmin, nowhere},
	{"POST /v1/guides:lint", `{"markdown":"# Title\n\ntext"}`, false, asAdmin, nowhere},
	{"POST /v1/returns:intercept", `{"orderLine":` + sampleLine + `,"reason":"DEFECTIVE","comment":"c","shopper":"s","locale":"en","refundUrl":"https://shop.example/r"}`, false, asAdmin, nowhere},
	{"POST /v1/returns:record", `{"events":[{"eventId":"event-#","seller":"free","orderId":"order-#","lineId":"1","quantity":1,"event":"REQUESTED","eventTime":"2026-03-01T10:00:00Z","refund":{"amount":"1.00","currencyCode":"USD"}}]}`, false, asAdmin, nowhere},
	{"POST /v1/intercepts:import", `{"orderLine":` + sampleLine + `,"reason":"OTHER","shopper":"s","createTime":"2026-03-01T10:00:00Z","arm":"OFFERED"}`, true, asAdmin, nowhere},
	{"POST /v1/orderLines:import", `{"orderLine":` + sampleLine + `,"shopper":"s"}`, true, asAdmin, nowhere},
	{"POST /v1/sellers/free/items:import", `{"sku":"KETTLE-#","title":"Kettle","category":"kettles","brand":"Acme"}`, true, asAdmin, nowhere},
	{"POST /v1/keys", `{"role":"EXPERT","seller":"free","expert":"ann","displayName":"Ann","requestId":"key-#"}`, false, asAdmin, nowhere},
	{"POST /sessions", `{"channel":"GUIDE","locale":"en","requestId":"request-#"}`, false, asShopper, inIntercept},
	{"POST :recordStep", `{"guide":"kettle","revision":1,"step":"seat-it-on-its-base","result":"FIXED"}`, false, asShopper, inSession},
	{"POST :answer", `{"solved":"YES","comment":"thanks"}`, false, asShopper, inSession},
	{"POST /messages", `{"clientMessageId":"m-#","text":"hello"}`, false, asShopper, inChat},
	{"POST /notes", `{"text":"hello"}`, false, func(f *fixture) string { return f.expert }, inChat},
	{"POST :transfer", `{"skill":"category:kettles","note":"n"}`, false, func(f *fixture) string { return f.expert }, inChat},
	{"PUT /v1/experts/x#", `{"displayName":"Eve","seller":"free","skills":["sku:KETTLE-1"],"locales":["en"]}`, false, asAdmin, nowhere},
	{"PUT /v1/sellers/free/replies/x#", `{"title":"Hello","texts":{"en":"Hello {{item.title}}"}}`, false, asAdmin, nowhere},
	{"POST :close", `{"disposition":"FIXED_KEPT","note":"n","tags":["t"],"startTime":"2026-03-01T10:00:00Z","endTime":"2026-03-01T10:10:00Z"}`, false, func(f *fixture) string { return f.expert }, inChat},
}

// odd texts, as JSON spells them inside a string.
var odd = map[string]string{
	"NUL": `\u0000`, "line end": `\r\n`, "escape": `\u001b[31m`, "line separator": `\u2028`, "replacement": `�`, "beyond the BMP": `𝄞`,
	"half a surrogate": `\ud800`, "a comma's quote": `\"',;--`, "right to left": `\u202e`, "DEL": `\u007f`, "no character": "\uffff",
}

// leaves lists the paths of all strings in a decoded sample.
func leaves(v any, path string) []string {
	var all []string
	switch v := v.(type) {
	case string:
		return []string{path}
	case []any:
		for n, inner := range v {
			all = append(all, leaves(inner, fmt.Sprintf("%s[%d]", path, n))...)
		}
	case object:
		for _, key := range sortedKeys(v) {
			all = append(all, leaves(v[key], strings.TrimPrefix(path+"."+key, "."))...)
		}
	}
	return all
}

// Odd characters in any text of any request are kept or refused with the field's name, the same on both engines.
func TestFreeText(t *testing.T) {
	fixtures := []*fixture{newFixture(serveSQLite(t)), newFixture(servePostgres(t))}
	fresh := 0
	for _, u := range uploads {
		var sample object
		if err := json.Unmarshal([]byte(u.sample), &sample); err != nil {
			t.Fatal(err)
		}
		for _, leaf := range leaves(sample, "") {
			for _, kind := range sortedKeys(odd) {
				fresh++
				body := strings.ReplaceAll(spelled(sample, leaf, odd[kind]), "#", fmt.Sprint(fresh))
				try(t, u, leaf+" with "+kind, leaf, body, fixtures)
			}
		}
	}
	t.Logf("%d texts tried on each engine", fresh)
}

// try sends one body to both servers.
func try(t *testing.T, u upload, what, leaf, body string, fixtures []*fixture) {
	t.Helper()
	method, path, _ := strings.Cut(u.path, " ")
	media := "application/json"
	if u.rows {
		media = "application/x-ndjson"
	}
	var replies [2]string
	for n, f := range fixtures {
		at := u.at(f) // first: it may make what the key is of
		r := f.as(u.key(f)).do(method, at+path, body, "Content-Type", media)
		replies[n] = newNormaliser().reply(r)
		name := fieldOf(leaf)
		switch {
		case r.code == 0 || r.code >= 500:
			t.Errorf("%s, %s: %.300s\n%.300q", u.path, what, r, body)
		case r.code == http.StatusBadRequest && !strings.Contains(r.fields(), name) && !named(r):
			t.Errorf("%s, %s: the field %s is not named: %.300s", u.path, what, name, r)
		}
	}
	if replies[0] != replies[1] {
		t.Errorf("%s, %s:\nsqlite   %.400s\npostgres %.400s", u.path, what, replies[0], replies[1])
	}
}

// named tells whether a refusal is about no field: the text is no JSON, and the error says where.
func named(r reply) bool {
	for _, words := range []string{"(line 1, column ", "is not JSON", "row 1: "} {
		if strings.Contains(r.fields(), words) {
			return true
		}
	}
	return false
}

// fieldOf gives the name that an error must say: the last one of the path, but a map's for what is in it.
func fieldOf(leaf string) string {
	for _, table := range []string{"specs", "texts"} {
		if strings.HasPrefix(leaf, table+".") {
			return table
		}
	}
	name, _, _ := strings.Cut(leaf[strings.LastIndexByte(leaf, '.')+1:], "[")
	return name
}

// spelled writes a sample as JSON with something odd inside the string at a path.
func spelled(sample object, leaf, what string) string {
	const mark = "ODD"
	data, _ := json.Marshal(marked(sample, "", leaf, mark)) // what came from JSON goes back into it
	return strings.Replace(string(data), mark, what, 1)
}

func marked(v any, path, leaf, mark string) any {
	switch v := v.(type) {
	case string:
		if path == leaf {
			return v + mark
		}
	case []any:
		changed := make([]any, len(v))
		for n, inner := range v {
			changed[n] = marked(inner, fmt.Sprintf("%s[%d]", path, n), leaf, mark)
		}
		return changed
	case object:
		changed := object{}
		for key, inner := range v {
			changed[key] = marked(inner, strings.TrimPrefix(path+"."+key, "."), leaf, mark)
		}
		return changed
	}
	return v
}
