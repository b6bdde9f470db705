package gateway

import (
	"net/http"
	"strings"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// messageSession reads POST /v1/sessions/{session}/messages, which goes to the direct connection like the intercept: whoever
// chats waits for each. Paths that need to be unescaped are the mux's.
func messageSession(r *http.Request) (string, bool) {
	if r.Method != http.MethodPost {
		return "", false
	}
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/v1/sessions/")
	if !ok {
		return "", false
	}
	session, ok := strings.CutSuffix(rest, "/messages")
	if !ok || session == "" || strings.ContainsAny(session, "/%") {
		return "", false
	}
	return session, true
}

// serveMessage answers a message to a session, the path's.
func (g *gateway) serveMessage(w http.ResponseWriter, r *http.Request, session string) {
	req := &pb.SendMessageRequest{}
	if g.straightBody(w, r, req) {
		req.Session = session
		g.serveStraight(w, r, pb.SessionsService_SendMessage_FullMethodName, req)
	}
}
