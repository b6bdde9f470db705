package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A chat from the click on "return" to its close, over REST and SSE, as its two parties and a supervisor see it.
func TestAChatEndToEnd(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		steps := s.sellKettles("acme", object{"holdoutFraction": 0.0})
		i := s.decide(intent("acme", "early", "1", "KETTLE-1")).object(t)
		if at(i, "offer", "chat", "available") != false {
			t.Errorf("with no expert on, the offer is %v", at(i, "offer"))
		}
		ann := s.onDuty(t, "acme", "ann", object{"displayName": "Ann", "capacity": 2})
		asked := intent("acme", "chat", "1", "KETTLE-1")
		asked["comment"] = "paid with 5555 5555 5555 4444"
		i = s.decide(asked).object(t)
		if chat := at(i, "offer", "chat"); at(chat, "available") != true || text(chat, "estimatedWait") != "0s" || number(chat, "queueLength") != 0 {
			t.Errorf("with a free expert, the offer is %v", at(i, "offer"))
		}
		shopper := s.as(text(i, "shopperToken"))
		session := shopper.startChat(text(i, "name"))
		if got := ann.accepts(session); text(got, "state") != "ACTIVE" || text(got, "expert") != "ann" || text(got, "refundUrl") == "" {
			t.Errorf("accepted: %v", got)
		}
		seq := shopper.say(session, "m1", "It does not heat. My card is 4111 1111 1111 1111 <b>ok</b> ☕")
		if again := shopper.say(session, "m1", "It does not heat. My card is 4111 1111 1111 1111 <b>ok</b> ☕"); again != seq {
			t.Errorf("the same message again is %d, first %d", again, seq)
		}
		if r := shopper.do("POST", "/v1/"+session+"/messages", object{"clientMessageId": "m1", "text": "something else"}); r.code != 409 {
			t.Errorf("another message by the same id: %s", r)
		}
		ann.must("POST", "/v1/"+session+":typing", object{})
		ann.say(session, "m1", "Hello! Please try this.") // ids are each sender's own
		ann.must("POST", "/v1/"+session+"/messages", object{"clientMessageId": "m2", "step": object{"guide": "kettle", "revision": 1, "step": steps[0]}})
		shopper.must("POST", "/v1/"+session+":recordStep", object{"guide": "kettle", "revision": 1, "step": steps[0], "result": "FIXED"})
		shopper.must("POST", "/v1/"+session+":leave", object{})
		if r := shopper.do("POST", "/v1/"+session+"/messages", object{"clientMessageId": "m9", "text": "late"}); r.code != 400 || !strings.Contains(r.String(), "WRAP_UP") {
			t.Errorf("a message after leaving: %s", r)
		}
		if again := shopper.say(session, "m1", "It does not heat. My card is 4111 1111 1111 1111 <b>ok</b> ☕"); again != seq {
			t.Errorf("a retry after leaving gives %d, first %d", again, seq)
		}
		closed := ann.must("POST", "/v1/"+session+":close", object{"disposition": "FIXED_KEPT", "note": "was unplugged, card 4111111111111111", "tags": []string{"socket"}})
		if text(closed, "state") != "CLOSED" || text(closed, "note") != "was unplugged, card •••• •••• •••• 1111" {
			t.Errorf("closed: %v", closed)
		}
		answered := shopper.must("POST", "/v1/"+session+":answer", object{"solved": "YES", "score": 5, "comment": "not 4111-1111-1111-1111"})
		if text(answered, "answer", "comment") != "not •••• •••• •••• 1111" {
			t.Errorf("answered: %v", answered)
		}
		if comment := text(ann.must("GET", "/v1/"+text(i, "name"), nil), "comment"); comment != "paid with •••• •••• •••• 4444" {
			t.Errorf("the intercept's comment is %q", comment)
		}
		if text(answered, "note") != "" {
			t.Error("the shopper sees the expert's note")
		}
		chatLog(t, s, shopper, ann.client, session)
		serviceOf(t, s)
		if strings.HasPrefix(s.db, "sqlite:") {
			s.terminate()
			healthy(t, s.db)
		}
	})
}

// chatLog checks the log of the chat above, as each party reads it, polled and streamed.
func chatLog(t *testing.T, s *server, shopper, expert *client, session string) {
	t.Helper()
	events := shopper.logOf(session)
	if err := dense(events); err != nil {
		t.Error(err)
	}
	var got []string
	for _, e := range events {
		what := text(e, "stateChange", "reason") + text(e, "message", "text") + text(e, "message", "step", "title") + text(e, "stepResult", "result")
		got = append(got, text(e, "sender")+" "+what)
	}
	want := []string{"SYSTEM STARTED", "SYSTEM ACCEPTED", "SHOPPER It does not heat. My card is •••• •••• •••• 1111 <b>ok</b> ☕", "EXPERT Hello! Please try this.",
		"EXPERT Try another wall socket", "SHOPPER FIXED", "SYSTEM SHOPPER_LEFT", "SYSTEM CLOSED"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the log says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for who, c := range map[string]*client{"shopper": shopper, "expert": expert, "admin": s.client} {
		streamed, err := c.readLog(ctx, session, len(want))
		if err != nil || fmt.Sprint(streamed) != fmt.Sprint(events) {
			t.Errorf("the %s's stream has %v, %v\nwant %v", who, streamed, err, events)
		}
	}
	transcript := shopper.do(http.MethodGet, "/v1/"+session+"/transcript", nil, "Accept", "text/plain")
	if transcript.code != 200 || !strings.HasPrefix(transcript.header.Get("Content-Type"), "text/plain") || !strings.Contains(string(transcript.body), "Please try this.") {
		t.Errorf("transcript: %s", transcript)
	}
	if strings.Contains(string(transcript.body), "4111 1111") || strings.Contains(s.log(), "4111 1111") {
		t.Error("a card number is in the transcript or the log")
	}
}

// serviceOf checks the service report after the one chat above.
func serviceOf(t *testing.T, s *server) {
	t.Helper()
	rows, _ := s.must(http.MethodGet, "/v1/reports/service?seller=acme&groupBy=CHANNEL&groupBy=EXPERT", nil)["rows"].([]any)
	for _, row := range rows {
		if text(row, "keys", "channel") != "CHAT" || text(row, "keys", "expert") != "ann" {
			continue
		}
		if number(row, "offered") != 1 || number(row, "answered") != 1 || number(row, "closed") != 1 || number(row, "dissatisfaction", "rate") != 0 ||
			number(row, "firstResponse", "rate") != 1 || number(row, "score") != 5 {
			t.Errorf("service of ann: %v", row)
		}
		return
	}
	t.Errorf("no row for ann's chat: %v", rows)
}

// With a queue too long, chat is not offered, and who asks all the same is told what there is instead.
func TestChatIsOfferedOnlyInTime(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("acme", object{"holdoutFraction": 0.0})
	ann := s.onDuty(t, "acme", "ann", object{"capacity": 1})
	var asked []object
	for n := range 4 {
		asked = append(asked, s.decide(intent("acme", fmt.Sprint(n), "1", "KETTLE-1")).object(t))
	}
	first := s.as(text(asked[0], "shopperToken")).startChat(text(asked[0], "name"))
	ann.accepts(first)
	eventually(t, func() bool { // the board that offers look at is at most a second old
		i := s.decide(intent("acme", fmt.Sprint("later-", time.Now().UnixNano()), "1", "KETTLE-1")).object(t)
		return at(i, "offer", "chat", "available") == false && text(i, "refundUrl") != ""
	})
	r := s.as(text(asked[1], "shopperToken")).do("POST", "/v1/"+text(asked[1], "name")+"/sessions", object{"channel": "CHAT"})
	if r.code != 400 || !strings.Contains(r.String(), "no expert would answer within the promised time") || !strings.Contains(r.String(), "refundUrl") {
		t.Errorf("a chat that nobody would answer in time: %s", r)
	}
	ann.must("POST", "/v1/"+first+":close", object{"disposition": "KEPT_UNFIXED"})
	eventually(t, func() bool {
		return s.as(text(asked[2], "shopperToken")).do("POST", "/v1/"+text(asked[2], "name")+"/sessions", object{"channel": "CHAT"}).code == 200
	})
}

// Who waits is told the place in the queue and the predicted wait, and told anew when they change; the refund link is in every
// reply. A supervisor sees the queue and draws what is to be reviewed.
func TestWhoWaitsIsToldHowLong(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("acme", object{"holdoutFraction": 0.0, "waitTarget": "3600s"})
	ann := s.onDuty(t, "acme", "ann", object{"capacity": 1})
	var shoppers []*client
	var sessions []string
	for n := range 3 {
		i := s.decide(intent("acme", fmt.Sprint(n), "1", "KETTLE-1")).object(t)
		shoppers = append(shoppers, s.as(text(i, "shopperToken")))
		sessions = append(sessions, shoppers[n].startChat(text(i, "name")))
		if n == 0 {
			ann.accepts(sessions[0])
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	stream, err := shoppers[2].open(ctx, "/v1/"+sessions[2]+"/events:stream", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.close()
	told := func(position float64) {
		t.Helper()
		for {
			f, err := stream.next()
			if err != nil {
				t.Fatalf("before position %v was told: %v", position, err)
			}
			var e object
			if err := json.Unmarshal(f.data, &e); err != nil {
				t.Fatal(err)
			}
			if wait := at(e, "wait"); wait != nil && number(wait, "queuePosition") == position && text(wait, "estimatedWait") != "" {
				return
			}
		}
	}
	told(2)
	waiting := shoppers[2].must("GET", "/v1/"+sessions[2], nil)
	if number(waiting, "queuePosition") != 2 || text(waiting, "estimatedWait") == "" || text(waiting, "refundUrl") == "" {
		t.Errorf("the shopper's screen: %v", waiting)
	}
	queue := s.must("GET", "/v1/queue?seller=acme", nil)
	if all, _ := queue["waiting"].([]any); len(all) != 2 || text(all[0], "name") != sessions[1] || text(queue, "longestWait") == "" {
		t.Errorf("the queue: %v", queue)
	}
	shoppers[1].must("POST", "/v1/"+sessions[1]+":leave", object{})
	told(1)
	ann.must("POST", "/v1/"+sessions[0]+":close", object{"disposition": "KEPT_UNFIXED"})
	ann.accepts(sessions[2])
	if drawn, _ := s.must("GET", "/v1/sessions?sample=5", nil)["sessions"].([]any); len(drawn) != 1 || text(drawn[0], "name") != sessions[0] {
		t.Errorf("drawn for review: %v, want %s alone", drawn, sessions[0])
	}
	s.must("POST", "/v1/"+sessions[0]+":review", object{"criteria": []object{{"name": "kind", "weight": 1, "score": 80}}})
	if drawn, _ := s.must("GET", "/v1/sessions?sample=5", nil)["sessions"].([]any); len(drawn) != 0 {
		t.Errorf("drawn after the review: %v", drawn)
	}
}

// Whoever waits while all experts are away is told so, with the refund link, and does not wait for ever; chats in course go to
// somebody else. The expert's laptop closes: the stream is cut and stays away for longer than the lease.
func TestALostExpertsChatsGoOn(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("acme", object{"holdoutFraction": 0.0})
	ann := s.onDuty(t, "acme", "ann", nil)
	i := s.decide(intent("acme", "1", "1", "KETTLE-1")).object(t)
	shopper := s.as(text(i, "shopperToken"))
	session := shopper.startChat(text(i, "name"))
	ann.accepts(session)
	shopper.say(session, "1", "hello")
	ann.end() // the laptop is closed
	bob := s.onDuty(t, "acme", "bob", nil)
	if !bob.until(90*time.Second, func() bool { return bob.offered[session] }) {
		t.Fatalf("%s never came to bob: %s", session, s.do("GET", "/v1/"+session, nil))
	}
	bob.accepts(session)
	if r := ann.do("POST", "/v1/"+session+"/messages", object{"clientMessageId": "late", "text": "I am back"}); r.code != 409 {
		t.Errorf("the lost expert's message: %s", r)
	}
	bob.say(session, "1", "I go on")
	var reasons []string
	for _, e := range shopper.logOf(session) {
		if reason := text(e, "stateChange", "reason"); reason != "" {
			reasons = append(reasons, reason)
			if text(e, "stateChange", "refundUrl") == "" {
				t.Errorf("no refund link with %s", reason)
			}
		}
	}
	if want := []string{"STARTED", "ACCEPTED", "EXPERT_LOST", "ACCEPTED"}; !reflect.DeepEqual(reasons, want) {
		t.Errorf("the shopper is told %v, want %v", reasons, want)
	}
}
