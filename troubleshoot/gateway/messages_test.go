package gateway

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

const messagesPath = "/v1/sessions/s1/messages"

// TestMessages: the short way answers as the mux does, which takes the paths that must be unescaped.
func TestMessages(t *testing.T) {
	var seen *pb.SendMessageRequest
	var md metadata.MD
	w := newChats(t, &chats{message: func(ctx context.Context, req *pb.SendMessageRequest) (*pb.SentMessage, error) {
		seen = proto.CloneOf(req)
		md, _ = metadata.FromIncomingContext(ctx)
		if req.GetText() == "late" {
			return nil, status.Error(codes.Aborted, "session is in another hand")
		}
		return &pb.SentMessage{Seq: 7, ClientMessageId: req.GetClientMessageId(), Text: req.GetText()}, nil
	}}, nil)
	for _, c := range []struct {
		path, body string
		want       *pb.SendMessageRequest
	}{
		{messagesPath, sampleMessage, &pb.SendMessageRequest{Session: "s1", ClientMessageId: "7d1f0c2e-7a33-4c0e-9f5e-0b6c1d2e3f40",
			Text: "It still does not heat, \"at all\".\nThe lamp is on."}},
		{messagesPath, `{"text":"\u0041"}`, &pb.SendMessageRequest{Session: "s1", Text: "A"}},
		{messagesPath, `{"session":"s2","text":"the path counts"}`, &pb.SendMessageRequest{Session: "s1", Text: "the path counts"}},
		{"/v1/sessions/s%31/messages", `{"text":"a"}`, &pb.SendMessageRequest{Session: "s1", Text: "a"}},
		{"/v1/sessions/a%2Fb/messages", `{"text":"a"}`, &pb.SendMessageRequest{Session: "a/b", Text: "a"}},
	} {
		before := w.calls.Load()
		a := w.do(t, "POST", c.path, c.body, "Authorization", "Bearer k", "X-Request-Id", "r-1")
		if a.code != 200 || w.calls.Load() != before+1 || !proto.Equal(seen, c.want) || strings.Join(md["authorization"], "") != "Bearer k" {
			t.Errorf("%s: %d %s, the service saw %v with %v", c.path, a.code, a.body, seen, md)
		}
		sameAsProtojson(t, &pb.SentMessage{Seq: 7, ClientMessageId: c.want.GetClientMessageId(), Text: c.want.GetText()}, []byte(a.body))
	}
	before := w.calls.Load()
	for _, c := range []doorCase{
		{"an unknown field", "POST", messagesPath, `{"step":{"colour":"red"}}`, nil, 400, "step.colour: unknown field"},
		{"an empty body", "POST", messagesPath, "", nil, 400, "empty"},
		{"a parameter", "POST", messagesPath + "?text=a", "{}", nil, 400, "text: is no parameter of this route; it takes none"},
		{"another method", "GET", messagesPath, "", nil, 405, "GET"},
		{"a form", "POST", messagesPath, "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "application/json"},
		{"more below it", "POST", "/v1/sessions/s1/a/messages", "{}", nil, 404, ""},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, w) })
	}
	if w.calls.Load() != before {
		t.Error("a refused request reached the service")
	}
	if a := w.do(t, "POST", messagesPath, `{"text":"late"}`); a.code != 409 || a.status(t).GetMessage() != "session is in another hand" {
		t.Errorf("%d %s", a.code, a.body)
	}
}
