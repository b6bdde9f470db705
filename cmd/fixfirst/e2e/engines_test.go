package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store/storetest"
)

// recorder plays a history against one server and keeps what came back.
type recorder struct {
	*client
	ann    *duty
	t      *testing.T
	names  *normaliser
	played []string
}

// call sends one request, whose code must be want, and keeps the reply.
func (p *recorder) call(key string, want int, method, path string, body any, headers ...string) object {
	p.t.Helper()
	r := p.as(key).do(method, path, body, headers...)
	p.played = append(p.played, fmt.Sprintf("%s %s: %s", method, p.names.of(path), p.names.reply(r)))
	if r.code != want {
		p.t.Errorf("%s %s: %s, want %d", method, path, r, want)
	}
	if !strings.HasPrefix(r.header.Get("Content-Type"), "application/json") || len(r.body) == 0 {
		return nil
	}
	return r.object(p.t)
}

const (
	past1 = "2026-03-01T10:00:00Z"
	past2 = "2026-03-03T10:00:00.123456Z"
	past3 = "2026-07-15T10:00:00Z"
)

// history plays everything that the API can do, good and bad.
func (p *recorder) history() {
	p.shop()
	offered := p.intercepts()
	p.sessions(offered)
	p.returns(offered)
	p.imports()
	p.reports()
	p.keys()
	p.mistakes(offered)
}

// shop sets sellers, policies, items and guides up.
func (p *recorder) shop() {
	k := p.key
	p.call(k, 404, "GET", "/v1/sellers/acme", nil)
	p.call(k, 200, "PUT", "/v1/sellers/acme", object{"displayName": "Acme Kettles ☕", "timeZone": "America/New_York"})
	p.call(k, 200, "PUT", "/v1/sellers/acme", object{"displayName": "Acme Kettles", "timeZone": "America/New_York"})
	p.call(k, 200, "GET", "/v1/sellers/acme", nil)
	p.call(k, 400, "PUT", "/v1/sellers/acme", object{"timeZone": "Mars/Olympus"})
	p.call(k, 200, "GET", "/v1/sellers/acme/policy", nil)
	policy := object{"holdoutFraction": 0.3, "minimumPrice": money("10.00", "USD"), "offerIf": `item.category != "gift cards" && orderLine.quantity < 10`,
		"channels": []string{"GUIDE", "CHAT"}, "returnShippingCost": money("8.00", "USD"), "handlingCost": money("2.01", "USD"),
		"salvageFraction": 0.25, "expertHourlyWage": money("25.00", "USD"), "platformCost": money("0.10", "USD"), "maturityDays": 30,
		"reportingLagDays": 3, "randomisationUnit": "ORDER_LINE", "excludedReasons": []string{"NEVER_ARRIVED", "CR-SWITCHEROO"}}
	p.call(k, 200, "PUT", "/v1/sellers/acme/policy", policy)
	p.call(k, 200, "PUT", "/v1/sellers/acme/policy", policy)
	p.call(k, 200, "GET", "/v1/sellers/acme/policy", nil)
	p.call(k, 400, "PUT", "/v1/sellers/acme/policy", object{"offerIf": "reason +"})
	p.call(k, 400, "PUT", "/v1/sellers/acme/policy", object{"holdoutFraction": 0.95})
	p.call(k, 400, "PUT", "/v1/sellers/acme/policy", object{"returnShippingCost": money("8", "USD"), "handlingCost": money("2", "EUR")})
	item := object{"title": "Kettle", "category": "kettles", "brand": "Acme", "unitPrice": money("59.99", "USD"), "salesRank": 7,
		"specs": object{"volume": "1.7 l", "power": "3 kW"}, "manualUrl": "https://acme.example/k.pdf",
		"questions": []object{{"question": "Descale?", "answer": "Yes."}}, "returnCost": money("9.50", "USD")}
	p.call(k, 200, "PUT", "/v1/sellers/acme/items/KETTLE-1", item)
	p.call(k, 200, "GET", "/v1/sellers/acme/items/KETTLE-1", nil)
	p.call(k, 200, "PUT", "/v1/sellers/acme/replies/hello", object{"title": "Hello", "texts": object{"": "Hello, {{item.title}}!", "de": "Hallo!"}})
	p.call(k, 400, "PUT", "/v1/sellers/acme/replies/hello", object{"texts": object{"": "{{nothing}}"}})
	p.call(k, 200, "GET", "/v1/sellers/acme/replies/hello", nil)
	p.call(k, 200, "GET", "/v1/sellers/acme/replies", nil)
	p.call(k, 404, "GET", "/v1/sellers/acme/items/NONE", nil)
	p.call(k, 200, "POST", "/v1/sellers/acme/items:import", `{"sku":"GIFT","category":"gift cards"}`+"\n"+`{"sku":"","title":"none"}`+"\n"+`{"sku":"K/2 ü","title":"odd sku"}`,
		"Content-Type", "application/x-ndjson")
	p.guides()
}

func (p *recorder) guides() {
	k, at := p.key, "/v1/sellers/acme/guides/kettle"
	p.call(k, 200, "POST", "/v1/guides:lint", object{"markdown": kettleGuide + "\n<script>alert(1)</script>\n"})
	p.call(k, 200, "PUT", at, object{"markdown": kettleGuide, "validateOnly": true})
	p.call(k, 404, "GET", at, nil)
	draft := p.call(k, 200, "PUT", at, object{"markdown": kettleGuide})
	p.call(k, 409, "PUT", at, object{"markdown": kettleGuide, "etag": "another"})
	p.call(k, 200, "POST", at+":publish", object{"etag": draft["etag"]})
	p.call(k, 200, "PUT", at, object{"markdown": strings.Replace(kettleGuide, "another wall socket", "one more socket", 1), "publish": true})
	p.call(k, 200, "PUT", "/v1/sellers/acme/guides/wasserkocher", object{"markdown": strings.Replace(kettleGuide, "locale: en", "locale: de", 1), "publish": true})
	p.call(k, 200, "PUT", "/v1/sellers/acme/guides/old", object{"markdown": kettleGuide, "publish": true})
	p.call(k, 200, "POST", "/v1/sellers/acme/guides/old:archive", object{})
	p.call(k, 404, "POST", "/v1/sellers/acme/guides/none:archive", object{})
	p.call(k, 400, "PUT", "/v1/sellers/acme/guides/bad", object{"markdown": "---\ntitle: [\n---\n", "publish": true})
	for _, query := range []string{"", "?revision=1", "?revision=2", "?revision=3", "/revisions", "/revisions?pageSize=1"} {
		want := 200
		if query == "?revision=3" {
			want = 404
		}
		p.call(k, want, "GET", at+query, nil)
	}
	p.call(k, 200, "GET", at+"/revisions/1:diff?with=2", nil)
	p.call(k, 404, "GET", at+"/revisions/1:diff?with=9", nil)
	p.call(k, 200, "PUT", at, object{"markdown": kettleGuide + "\n## Dry its base\n\nWipe the base with a dry cloth.\n"})
	p.call(k, 200, "GET", at+"/revisions/2:diff", nil)
	p.call(k, 200, "POST", at+":publish", object{"revision": 1})
	p.call(k, 404, "POST", at+":publish", object{"revision": 9})
	p.call(k, 200, "POST", at+":publish", object{"revision": 2})
	p.call(k, 200, "POST", "/v1/guides:lint", object{"markdown": kettleGuide, "seller": "acme", "guide": "kettle"})
	for _, query := range []string{"socket", "sokcet", "Wandsteckdose", "base+click&locale=en", "base&sku=KETTLE-1", "base&category=none"} {
		p.call(k, 200, "GET", "/v1/guides:search?seller=acme&query="+query, nil)
	}
	for _, query := range []string{"", "?state=PUBLISHED", "?state=ARCHIVED", "?sku=KETTLE-7", "?locale=de", "?pageSize=2"} {
		p.call(k, 200, "GET", "/v1/sellers/acme/guides"+query, nil)
	}
	for _, query := range []string{"", "?reason=defective&locale=en-GB", "?locale=de-AT", "?locale=fr"} {
		p.call(k, 200, "GET", "/v1/sellers/acme/skus/KETTLE-1/guides"+query, nil)
	}
}

// intercepts asks for decisions of every kind and gives replies whose arm is OFFERED.
func (p *recorder) intercepts() []object {
	var offered []object
	storefront := text(p.call(p.key, 200, "POST", "/v1/keys", object{"role": "STOREFRONT", "seller": "acme"}), "secret")
	p.ann = p.onDuty(p.t, "acme", "ann", object{"displayName": "Ann", "capacity": 5, "skills": []string{"brand:Acme"}})
	ask := func(order string, change func(line, body object)) object {
		body := intent("acme", order, "1", "KETTLE-1")
		body["comment"] = "it does not heat; \u2028 never did"
		change(body["orderLine"].(object), body)
		return p.call(storefront, 200, "POST", "/v1/returns:intercept", body)
	}
	for n := range 40 {
		i := ask(fmt.Sprintf("order-%d", n), func(line, body object) {
			line["quantity"] = 1 + n%3
			body["reason"] = []string{"DEFECTIVE", "CR-QUALITY_UNACCEPTABLE", "amz-pg-app-style", "so lala", ""}[n%5]
			body["locale"] = []string{"en-GB", "de", "zh-CN", ""}[n%4]
		})
		if text(i, "arm") == "OFFERED" {
			offered = append(offered, i)
		}
	}
	if len(offered) < 20 || len(offered) > 36 {
		p.t.Errorf("%d of 40 offered, want about 28", len(offered))
	}
	ask("order-1", func(_, body object) { body["reason"] = "STYLE" }) // asked again
	ask("late", func(_, body object) { body["reason"] = "NEVER_ARRIVED" })
	ask("cheap", func(line, _ object) { line["unitPrice"] = money("9.99", "USD") })
	ask("euro", func(line, _ object) { line["unitPrice"] = money("59.99", "EUR") })
	ask("many", func(line, _ object) { line["quantity"] = 10 })
	ask("gift", func(line, _ object) { line["sku"] = "GIFT" })
	ask("times", func(line, _ object) { line["deliveredTime"], line["withdrawalDeadline"] = past1, past3 })
	p.call(p.key, 200, "POST", "/v1/returns:intercept", intent("unheard-of", "1", "1", "X"))
	p.call(storefront, 200, "GET", "/v1/"+text(offered[0], "name"), nil)
	p.call(text(offered[0], "shopperToken"), 200, "GET", "/v1/"+text(offered[0], "name"), nil)
	for _, choice := range []string{"KEEP", "REFUND", "EXCHANGE"} {
		p.call(text(offered[1], "shopperToken"), 200, "POST", "/v1/"+text(offered[1], "name")+":choose", object{"choice": choice})
	}
	return offered
}

// sessions goes through guide and chat sessions to all their ends.
func (p *recorder) sessions(offered []object) {
	expert := p.ann.key
	other := text(p.call(p.key, 200, "POST", "/v1/keys", object{"role": "EXPERT", "seller": "acme", "expert": "bob"}), "secret")
	steps, _ := p.call(p.key, 200, "GET", "/v1/sellers/acme/guides/kettle?revision=1", nil)["steps"].([]any)
	for n, i := range offered[:8] {
		shopper, start := text(i, "shopperToken"), "/v1/"+text(i, "name")+"/sessions"
		session := p.call(shopper, 200, "POST", start, object{"channel": "GUIDE", "locale": "en", "requestId": "r1"})
		p.call(shopper, 200, "POST", start, object{"channel": "GUIDE", "locale": "en", "requestId": "r1"})
		p.call(shopper, 409, "POST", start, object{"channel": "CHAT", "locale": "en", "requestId": "r1"})
		at := "/v1/" + text(session, "name")
		for m, result := range []string{"SKIPPED", "NOT_FIXED", "FIXED"}[:1+n%3] {
			p.call(shopper, 200, "POST", at+":recordStep", object{"guide": "kettle", "revision": 1, "step": text(steps[m%2], "step"), "result": result, "elapsed": "12.500s"})
		}
		p.call(shopper, 400, "POST", at+":recordStep", object{"guide": "kettle", "revision": 1, "step": "none", "result": "FIXED"})
		p.call(shopper, 404, "POST", at+":recordStep", object{"guide": "none", "revision": 1, "step": "none", "result": "FIXED"})
		answer := object{"solved": []string{"YES", "NO"}[n%2], "score": 1 + n%5, "comment": "danke 🙏"}
		p.call(shopper, 200, "POST", at+":answer", answer)
		p.call(shopper, 200, "POST", at+":answer", answer)
		p.call(shopper, 400, "POST", at+":answer", object{"solved": "YES", "score": 6})
		p.call(shopper, 200, "POST", at+":leave", object{})
		p.call(shopper, 400, "POST", at+":recordStep", object{"guide": "kettle", "revision": 1, "step": text(steps[0], "step"), "result": "FIXED"})
		p.call(shopper, 200, "GET", at, nil)
	}
	for n, i := range offered[8:14] {
		shopper := text(i, "shopperToken")
		at := "/v1/" + text(p.call(shopper, 200, "POST", "/v1/"+text(i, "name")+"/sessions", object{"channel": "CHAT"}), "name")
		if n == 0 {
			p.ann.rings(strings.TrimPrefix(at, "/v1/"))
			p.call(shopper, 200, "POST", at+":leave", object{})
			p.call(expert, 409, "POST", at+":accept", object{})
			continue
		}
		p.ann.rings(strings.TrimPrefix(at, "/v1/"))
		p.call(other, 409, "POST", at+":accept", object{})
		p.call(expert, 200, "POST", at+":accept", object{})
		p.chat(at, shopper, expert, other)
		p.call(other, 404, "GET", at, nil)
		p.call(other, 409, "POST", at+":close", object{"disposition": "FIXED_KEPT"})
		end := object{"disposition": []string{"FIXED_KEPT", "RETURN_TRUE_FAULT", "SAFETY_STOP"}[n%3], "note": "was unplugged", "tags": []string{"socket", "easy"},
			"startTime": past1, "endTime": "2026-03-01T10:12:30Z"}
		p.call(expert, 400, "POST", at+":close", object{})
		p.call(expert, 200, "POST", at+":close", end)
		p.call(expert, 200, "POST", at+":close", end)
		p.call(expert, 400, "POST", at+":close", object{"disposition": "EXCHANGE"})
	}
	p.ann.rings(text(p.call(text(offered[14], "shopperToken"), 200, "POST", "/v1/"+text(offered[14], "name")+"/sessions", object{"channel": "CHAT"}), "name"))
	p.call(text(offered[14], "shopperToken"), 400, "POST", "/v1/"+text(offered[14], "name")+"/sessions", object{"channel": "CALLBACK"})
	for _, query := range []string{"", "?state=QUEUED", "?state=CLOSED&expert=ann", "?pageSize=3", "?seller=acme"} {
		p.call(p.key, 200, "GET", "/v1/sessions"+query, nil)
		if !strings.Contains(query, "expert") {
			p.call(expert, 200, "GET", "/v1/sessions"+query, nil)
		}
	}
}

// chat says what can be said in a chat, rightly and wrongly.
func (p *recorder) chat(at, shopper, expert, other string) {
	words := object{"clientMessageId": "1", "text": "it does not heat, card 4111 1111 1111 1111 \u2028 ☕"}
	p.call(shopper, 200, "POST", at+"/messages", words)
	p.call(shopper, 200, "POST", at+"/messages", words)
	p.call(shopper, 409, "POST", at+"/messages", object{"clientMessageId": "1", "text": "another"})
	p.call(shopper, 400, "POST", at+"/messages", object{"clientMessageId": "2", "text": ""})
	p.call(shopper, 400, "POST", at+"/messages", object{"clientMessageId": "2", "reply": "hello"})
	p.call(expert, 200, "POST", at+"/messages", object{"clientMessageId": "1", "text": "hello"})
	p.call(expert, 404, "POST", at+"/messages", object{"clientMessageId": "2", "reply": "none"})
	p.call(expert, 409, "POST", at+"/messages", object{"clientMessageId": "2", "text": "stale", "ownerEpoch": 99})
	p.call(other, 409, "POST", at+"/messages", object{"clientMessageId": "2", "text": "not mine"})
	p.call(shopper, 200, "GET", at+"/events", nil)
	p.call(expert, 200, "GET", at+"/events?afterSeq=2&pageSize=1", nil)
	p.call(p.key, 200, "GET", at+"/events", nil)
	p.call(shopper, 200, "GET", at+"/transcript", nil)
	p.call(expert, 200, "GET", at+"/context", nil)
	p.call(expert, 200, "POST", at+"/notes", object{"text": "was unplugged"})
}

// returns records events late, twice, out of order, in parts and taken back.
func (p *recorder) returns(offered []object) {
	event := func(id, order, kind, when string, quantity int) object {
		return object{"eventId": id, "seller": "acme", "orderId": order, "lineId": "1", "quantity": quantity, "event": kind, "eventTime": when}
	}
	now := time.Now().UTC().Format(time.RFC3339Nano)
	var all []object
	for n, i := range offered {
		order := text(i, "orderId")
		switch n % 4 {
		case 0:
			refunded := event("f"+order, order, "REFUNDED", now, 1)
			refunded["refund"], refunded["salvage"] = money("59.99", "USD"), money("12.00", "USD")
			all = append(all, refunded, event("q"+order, order, "REQUESTED", now, 1)) // out of order
		case 1:
			all = append(all, event("q"+order, order, "REQUESTED", now, 1), event("c"+order, order, "CANCELED", now, 1))
		case 2:
			all = append(all, event("q"+order, order, "RECEIVED", now, 2))
		}
	}
	record := func(want int, events ...object) {
		p.call(p.key, want, "POST", "/v1/returns:record", object{"events": events})
	}
	record(200, all...)
	record(200, all...)
	record(200, event("unknown", "never-seen", "REQUESTED", past1, 1))
	p.call(p.key, 200, "POST", "/v1/returns:intercept", intent("acme", "never-seen", "1", "KETTLE-1"))
	record(200, event("early", text(offered[3], "orderId"), "REQUESTED", past1, 1))
	record(400, event("future", "order-1", "REQUESTED", "2999-01-01T00:00:00Z", 1))
	record(400, event("none", "order-1", "REQUESTED", now, 0))
	record(400)
}

func (p *recorder) imports() {
	past := history("acme", nil, past{"HOLDOUT", 130, 100, 0, 0}, past{"OFFERED", 400, 120, 200, 600})
	post := func(want int, path, rows string) {
		p.call(p.key, want, "POST", path, rows, "Content-Type", "application/x-ndjson")
	}
	post(200, "/v1/intercepts:import", past)
	post(200, "/v1/intercepts:import", past)
	row := `{"orderLine":{"seller":"acme","orderId":"h%d","lineId":"1","sku":"KETTLE-9","quantity":%d,"unitPrice":{"amount":"5.00","currencyCode":%q}},` +
		`"reason":"OTHER","createTime":%q,"arm":"OFFERED","engaged":true,"solved":"YES","returned":%t,"choice":"KEEP"}` + "\n"
	post(200, "/v1/intercepts:import", fmt.Sprintf(row, 1, 1, "JPY", past1, false)+fmt.Sprintf(row, 2, 0, "USD", past1, false)+
		fmt.Sprintf(row, 3, 2, "USD", "2999-01-01T00:00:00Z", true)+fmt.Sprintf(row, 4, 2, "USD", past2, true))
	post(400, "/v1/intercepts:import", fmt.Sprintf(row, 5, 1, "USD", past3, true)+"{\n")
	line := `{"orderLine":{"seller":"acme","orderId":"l%d","lineId":"1","sku":"K","quantity":%d,"unitPrice":{"amount":%q,"currencyCode":"GBP"}},"orderTime":%q}` + "\n"
	lines := fmt.Sprintf(line, 1, 6, "2.55", past1) + fmt.Sprintf(line, 2, -6, "2.55", past1) + fmt.Sprintf(line, 3, 1, "0.001", past1) + fmt.Sprintf(line, 4, 3, "0", past2)
	post(200, "/v1/orderLines:import", lines)
	post(200, "/v1/orderLines:import", lines)
}

func (p *recorder) reports() {
	for _, query := range []string{"", "&groupBy=SKU", "&groupBy=REASON&groupBy=ARM", "&groupBy=DAY", "&groupBy=SELLER&groupBy=SKU&confidence=0.8",
		"&startDate=2026-03-01&endDate=2026-03-31", "&endDate=2020-01-01"} {
		p.call(p.key, 200, "GET", "/v1/reports/deflection?seller=acme"+query, nil)
		p.call(p.key, 200, "GET", "/v1/reports/deflection?seller=acme"+query, nil, "Accept", "text/csv")
	}
	p.call(p.key, 200, "GET", "/v1/reports/deflection?groupBy=SELLER", nil)
	p.call(p.key, 404, "GET", "/v1/reports/deflection?seller=none", nil)
	p.call(p.key, 400, "GET", "/v1/reports/deflection?seller=acme&groupBy=SHOPPER", nil)
	p.call(p.key, 400, "GET", "/v1/reports/deflection?seller=acme&startDate=2026-02-30", nil)
	p.call(p.key, 400, "GET", "/v1/reports/deflection?seller=acme&startDate=2026-03-02&endDate=2026-03-01", nil)
	p.call(p.key, 400, "GET", "/v1/reports/deflection?seller=acme&confidence=2", nil)
}

func (p *recorder) keys() {
	seller := p.call(p.key, 200, "POST", "/v1/keys", object{"role": "SELLER", "seller": "acme", "displayName": "Acme's own", "expireTime": "2999-01-01T00:00:00Z"})
	secret := text(seller, "secret")
	p.call(secret, 200, "POST", "/v1/keys", object{"role": "ANALYST"})
	p.call(secret, 200, "POST", "/v1/keys", object{"role": "ANALYST", "requestId": "once"})
	p.call(secret, 200, "POST", "/v1/keys", object{"role": "ANALYST", "requestId": "once"})
	p.call(secret, 409, "POST", "/v1/keys", object{"role": "STOREFRONT", "requestId": "once"})
	p.call(secret, 403, "POST", "/v1/keys", object{"role": "ADMIN"})
	p.call(secret, 404, "POST", "/v1/keys", object{"role": "ANALYST", "seller": "other"})
	p.call(p.key, 400, "POST", "/v1/keys", object{"role": "EXPERT"})
	p.call(p.key, 400, "POST", "/v1/keys", object{"role": "ANALYST", "expireTime": past1})
	p.call(secret, 200, "GET", "/v1/keys", nil)
	p.call(p.key, 200, "GET", "/v1/keys?pageSize=2", nil)
	p.call(p.key, 404, "DELETE", "/v1/keys/none", nil)
	p.call(p.key, 200, "DELETE", "/v1/"+text(seller, "name"), nil)
	p.call(p.key, 200, "DELETE", "/v1/"+text(seller, "name"), nil)
	p.call(p.key, 200, "GET", "/v1/keys", nil)
}

func (p *recorder) mistakes(offered []object) {
	body := intent("acme", "wrong", "1", "KETTLE-1")
	body["colour"] = "red"
	p.call(p.key, 400, "POST", "/v1/returns:intercept", body)
	p.call(p.key, 400, "POST", "/v1/returns:intercept", "{")
	p.call(p.key, 404, "GET", "/v1/intercepts/none", nil)
	p.call(p.key, 404, "GET", "/v1/nowhere", nil)
	p.call("", 401, "GET", "/v1/"+text(offered[0], "name"), nil)
	p.call("ff_live_nonsense", 401, "GET", "/v1/"+text(offered[0], "name"), nil)
	p.call(text(offered[1], "shopperToken"), 401, "GET", "/v1/"+text(offered[0], "name"), nil)
}

// Both engines give the same replies to one history, but for ids, tokens and the time of day.
func TestBothEnginesAnswerTheSame(t *testing.T) {
	play := func(url string) []string {
		s := serve(t, url, "")
		p := &recorder{client: s.client, t: t, names: newNormaliser()}
		p.history()
		return p.played
	}
	sqlite, postgres := play(storetest.SQLite(t)), play(storetest.Postgres(t))
	if len(sqlite) != len(postgres) {
		t.Fatalf("%d and %d replies", len(sqlite), len(postgres))
	}
	for n := range sqlite {
		if sqlite[n] != postgres[n] {
			t.Errorf("reply %d differs:\nsqlite   %s\npostgres %s", n, sqlite[n], postgres[n])
		}
	}
	t.Logf("%d replies compared", len(sqlite))
}
