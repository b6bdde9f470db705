package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

var expertCommands = [][2]string{
	{"/accept [N], /decline [N]", "the session that rings, or the one with the number"},
	{"/sessions, /switch N", "what is in hand and rings; write to another"},
	{"/context", "the item, its facts and questions, what helped before"},
	{"/search WORDS", "steps of the seller's guides by a shopper's words"},
	{"/step GUIDE REVISION STEP", "send a step as a card"},
	{"/replies, /reply ID", "ready replies; send one"},
	{"/note TEXT", "for colleagues; the shopper never sees it"},
	{"/transfer [@expert|skill] NOTE", "hand on; a skill is category:kettles, brand:… or sku:…"},
	{"/wrap", "end the talk"},
	{"/close DISPOSITION [note]", "say how it ended: FIXED_KEPT, RETURN_TRUE_FAULT, …"},
	{"/available, /busy, /away", "what you can take"},
	{"/quit", "no more chats; ends once none is in hand"},
	{"/help", "this list"},
}

// line takes what the expert typed.
func (x *expert) line(ctx context.Context, text string) bool {
	name, rest, isCommand := command(text)
	if !isCommand {
		return x.toCurrent(text, func(c *expertChat) { x.send(ctx, c, text, message(c.session, rest)) })
	}
	if state, known := map[string]pb.Expert_State{"available": pb.Expert_AVAILABLE, "busy": pb.Expert_BUSY, "away": pb.Expert_AWAY}[name]; known {
		x.presence(ctx, text, state, nil)
		x.leaving = false
		return true
	}
	switch name {
	case "accept", "decline":
		return x.answerRing(ctx, text, name, rest)
	case "sessions":
		x.list()
	case "switch":
		return x.switchTo(text, rest)
	case "quit":
		x.leave(ctx, text)
	case "help":
		x.screen.note("%s", helpText(expertCommands))
	case "wait":
		if x.script && !x.leaving && x.awaits() {
			return false
		}
		if x.current != nil {
			x.current.heard = false
		}
	default:
		do, known := x.inSession(ctx, name, rest, text)
		if !known {
			return x.wrong("there is no /%s; /help lists what there is, and // begins a message with a slash", clean(name))
		}
		return x.toCurrent(text, do)
	}
	return true
}

// awaits tells whether the shopper has yet to write.
func (x *expert) awaits() bool {
	c := x.current
	return c == nil || c.session.GetState() != pb.Session_WRAP_UP && !(c.heard && x.jobs.empty())
}

// inSession gives what a command does in a session.
func (x *expert) inSession(ctx context.Context, name, rest, typed string) (do func(*expertChat), known bool) {
	do, known = map[string]func(*expertChat){
		"context": func(c *expertChat) { x.context(ctx, c, typed) },
		"search":  func(c *expertChat) { x.search(ctx, c, typed, rest) },
		"step":    func(c *expertChat) { x.step(ctx, c, typed, rest) },
		"replies": func(c *expertChat) { x.replies(ctx, c, typed) },
		"reply": func(c *expertChat) {
			x.send(ctx, c, typed, &pb.SendMessageRequest{ClientMessageId: newMessageID(), Reply: rest, OwnerEpoch: c.session.GetOwnerEpoch()})
		},
		"note":     func(c *expertChat) { x.note(ctx, c, typed, rest) },
		"transfer": func(c *expertChat) { x.transfer(ctx, c, typed, rest) },
		"wrap":     func(c *expertChat) { x.do(ctx, c, typed, ":wrapUp", &pb.WrapUpSessionRequest{}) },
		"close":    func(c *expertChat) { x.close(ctx, c, typed, rest) },
	}[name]
	return do, known
}

// toCurrent does something in the current session; a script waits for one.
func (x *expert) toCurrent(typed string, do func(*expertChat)) bool {
	if c := x.current; c != nil && c.talking() {
		do(c)
		return true
	}
	if x.script && !x.leaving {
		return false
	}
	return x.wrong("%s: no chat is in hand; /accept one that rings", clean(typed))
}

// do puts a request about a session into the outbox.
func (x *expert) do(ctx context.Context, c *expertChat, typed, action string, body protoMessage) {
	x.jobs.add(ctx, job{what: fmt.Sprintf("[%d] %s", c.number, typed), path: "/v1/" + c.session.GetName() + action, body: body})
}

// send writes to the shopper.
func (x *expert) send(ctx context.Context, c *expertChat, typed string, m *pb.SendMessageRequest) {
	c.heard = false
	x.do(ctx, c, typed, "/messages", m)
}

// answerRing accepts or declines: the session with the number, or the one that has rung longest.
func (x *expert) answerRing(ctx context.Context, typed, name, number string) bool {
	at := slices.IndexFunc(x.chats, func(c *expertChat) bool {
		return c.rings && !c.coming && (number == "" || strconv.Itoa(c.number) == number)
	})
	switch {
	case at < 0 && x.script && !x.leaving:
		return false
	case at < 0:
		return x.wrong("%s: nothing rings here", clean(typed))
	case name == "accept":
		x.accept(ctx, x.chats[at], typed)
	default:
		c := x.chats[at]
		c.rings = false
		x.do(ctx, c, typed, ":decline", &pb.DeclineSessionRequest{})
	}
	return true
}

func (x *expert) accept(ctx context.Context, c *expertChat, typed string) {
	c.coming = true
	if x.current == nil || !x.autoAccept {
		x.current = c
	}
	x.jobs.add(ctx, job{what: fmt.Sprintf("[%d] %s", c.number, typed), path: "/v1/" + c.session.GetName() + ":accept", body: &pb.AcceptSessionRequest{},
		failed: func(err error) {
			c.coming = false
			if x.current == c {
				x.current = nil
			}
			x.wrong("[%d] %s: %v", c.number, typed, err)
		}})
}

func (x *expert) switchTo(typed, number string) bool {
	at := slices.IndexFunc(x.chats, func(c *expertChat) bool { return c.talking() && strconv.Itoa(c.number) == number })
	if at < 0 {
		return x.wrong("%s: no such chat is in hand; /sessions lists them", clean(typed))
	}
	x.current = x.chats[at]
	return true
}

// step sends a step as a card.
func (x *expert) step(ctx context.Context, c *expertChat, typed, rest string) {
	parts := strings.Fields(rest)
	revision := 0
	if len(parts) == 3 {
		revision, _ = strconv.Atoi(parts[1])
	}
	if revision < 1 {
		x.wrong("%s: write /step GUIDE REVISION STEP, as /search shows it", clean(typed))
		return
	}
	x.send(ctx, c, typed, &pb.SendMessageRequest{ClientMessageId: newMessageID(), OwnerEpoch: c.session.GetOwnerEpoch(),
		Step: &pb.SendMessageRequest_StepRef{Guide: parts[0], Revision: int32(revision), Step: parts[2]}})
}

func (x *expert) note(ctx context.Context, c *expertChat, typed, text string) {
	x.jobs.add(ctx, job{what: typed, path: "/v1/" + c.session.GetName() + "/notes", body: &pb.AddNoteRequest{Text: text}, done: func() {
		x.screen.note("[%d] the note is kept", c.number)
	}})
}

// transfer hands a session on: to @expert, to those with a skill, or to whoever is next.
func (x *expert) transfer(ctx context.Context, c *expertChat, typed, rest string) {
	request := &pb.TransferSessionRequest{Note: rest, OwnerEpoch: c.session.GetOwnerEpoch()}
	to, note, _ := strings.Cut(rest, " ")
	kind, _, isSkill := strings.Cut(to, ":")
	switch {
	case strings.HasPrefix(to, "@"):
		request.Expert, request.Note = to[1:], strings.TrimSpace(note)
	case isSkill && slices.Contains([]string{"sku", "category", "brand"}, kind):
		request.Skill, request.Note = to, strings.TrimSpace(note)
	}
	if request.Note == "" {
		x.wrong("%s: a note for the next expert is missing, such as /transfer @mia dried the base, still cold", clean(typed))
		return
	}
	x.do(ctx, c, typed, ":transfer", request)
}

// close ends a session with a disposition.
func (x *expert) close(ctx context.Context, c *expertChat, typed, rest string) {
	name, note, _ := strings.Cut(rest, " ")
	disposition := pb.Session_Disposition(pb.Session_Disposition_value[strings.ReplaceAll(strings.ToUpper(name), "-", "_")])
	if disposition == 0 {
		var known []string
		for n := range int32(len(pb.Session_Disposition_name) - 1) {
			known = append(known, pb.Session_Disposition_name[n+1])
		}
		x.wrong("%s: say how it ended: %s", clean(typed), strings.Join(known, ", "))
		return
	}
	x.do(ctx, c, typed, ":close", &pb.CloseSessionRequest{Disposition: disposition, Note: strings.TrimSpace(note), OwnerEpoch: c.session.GetOwnerEpoch()})
}

// look reads something for the expert, in turn with what was typed before.
func (x *expert) look(ctx context.Context, typed, path string, reply protoMessage, show func()) {
	x.jobs.add(ctx, job{what: typed, method: http.MethodGet, path: path, reply: reply, done: show})
}

func (x *expert) context(ctx context.Context, c *expertChat, typed string) {
	found := &pb.SessionContext{}
	x.look(ctx, typed, "/v1/"+c.session.GetName()+"/context", found, func() {
		x.screen.record(map[string]any{"context": asJSON(found)})
		x.screen.data(x.screen.context(c.number, found))
	})
}

func (x *expert) search(ctx context.Context, c *expertChat, typed, words string) {
	query := url.Values{"query": {words}, "seller": {c.session.GetSeller()}, "sku": {c.session.GetSku()}}
	if locale := c.session.GetLocale(); locale != "" {
		query.Set("locale", locale)
	}
	found := &pb.SearchGuidesResponse{}
	x.look(ctx, typed, "/v1/guides:search?"+query.Encode(), found, func() {
		x.screen.record(map[string]any{"results": asJSON(found)})
		x.screen.data(x.screen.results(found))
	})
}

func (x *expert) replies(ctx context.Context, c *expertChat, typed string) {
	found := &pb.ListRepliesResponse{}
	x.look(ctx, typed, "/v1/sellers/"+url.PathEscape(c.session.GetSeller())+"/replies", found, func() {
		x.screen.record(map[string]any{"replies": asJSON(found)})
		x.screen.data(x.screen.replies(found, c.session.GetLocale()))
	})
}
