package main

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/fixfirst/fixfirst/guides"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// protoMessage is a request or a reply.
type protoMessage = proto.Message

// command splits what was typed: /name rest is a command, //words is a message that begins with a slash, else it is one as it is.
func command(text string) (name, rest string, isCommand bool) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	trimmed := strings.TrimSpace(text)
	if after, escaped := strings.CutPrefix(trimmed, "//"); escaped {
		return "", "/" + after, false
	}
	after, isCommand := strings.CutPrefix(trimmed, "/")
	if !isCommand {
		return "", text, false
	}
	name, rest, _ = strings.Cut(after, " ")
	return strings.ToLower(name), strings.TrimSpace(rest), true
}

// card shows a step of a guide: its heading, what to stop at before anything else, and what to do.
func (s *screen) card(heading string, c *pb.SessionEvent_StepCard) string {
	shown := s.terminal.paint(bold, s.terminal.wrap("", "  ", heading))
	if c.GetStop() != "" {
		shown += s.terminal.paint(red, s.terminal.wrap("  ! ", "    ", c.GetStop()))
	}
	if rest := instruction(guides.Step{Instruction: c.GetInstruction(), Stop: c.GetStop()}); rest != "" {
		shown += s.terminal.wrap("  ", "  ", rest)
	}
	return shown
}

// stepWords says what a step did.
func stepWords(step string, result pb.Session_StepResult) string {
	switch result {
	case pb.Session_FIXED:
		return step + ": fixed it"
	case pb.Session_NOT_FIXED:
		return step + ": did not help"
	}
	return fmt.Sprintf("%s: %s", step, strings.ToLower(result.String()))
}
