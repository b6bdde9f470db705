package gateway

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// textCodec writes a transcript as plain text and all else as JSON, which it reads too.
type textCodec struct{ *codec }

// ContentType is that of what Marshal makes of v.
func (c *textCodec) ContentType(v any) string {
	if _, ok := v.(*pb.Transcript); ok {
		return "text/plain; charset=utf-8"
	}
	return c.codec.ContentType(v)
}

// Marshal writes what a conversation is about, then a line for each event with its time and sender. Further lines of an event
// are indented, so that nobody can write what looks like a line of somebody else.
func (c *textCodec) Marshal(v any) ([]byte, error) {
	t, ok := v.(*pb.Transcript)
	if !ok {
		return c.codec.Marshal(v)
	}
	var out strings.Builder
	for _, head := range [...][2]string{{"Session", t.GetSession()}, {"Seller", t.GetSeller()}, {"Item", t.GetSku()},
		{"Started", clock(t.GetCreateTime())}, {"Ended", clock(t.GetEndTime())}} {
		if head[1] != "" {
			out.WriteString(head[0] + ": " + printable(head[1]) + "\n")
		}
	}
	out.WriteString("\n")
	for _, e := range t.GetEvents() {
		if said := wordsOf(e); said != "" {
			out.WriteString(clock(e.GetTime()) + "  " + printable(senderOf(e)+said) + "\n")
		}
	}
	return []byte(out.String()), nil
}

// clock is a time to the second; nothing where there is none.
func clock(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().Format(time.RFC3339)
}

// senderOf begins the line of an event. What is automatic is no human's and has no name.
func senderOf(e *pb.SessionEvent) string {
	switch e.GetSender() {
	case pb.SessionEvent_SHOPPER:
		return "shopper: "
	case pb.SessionEvent_EXPERT:
		if e.GetExpert() == "" {
			return "expert: "
		}
		return "expert " + e.GetExpert() + ": "
	}
	return ""
}

// wordsOf says what happened; nothing for what is live only.
func wordsOf(e *pb.SessionEvent) string {
	switch of := e.GetEvent().(type) {
	case *pb.SessionEvent_Message_:
		if card := of.Message.GetStep(); card != nil {
			return cardWords(card)
		}
		return of.Message.GetText()
	case *pb.SessionEvent_StateChange_:
		return changeWords(of.StateChange)
	case *pb.SessionEvent_StepResult_:
		r := of.StepResult
		return "[tried " + stepName(r.GetGuide(), r.GetRevision(), r.GetStep()) + ": " + r.GetResult().String() + "]"
	}
	return ""
}

func cardWords(c *pb.SessionEvent_StepCard) string {
	words := "[step " + stepName(c.GetGuide(), c.GetRevision(), c.GetStep()) + "] " + c.GetTitle()
	if c.GetInstruction() != "" {
		words += "\n" + c.GetInstruction()
	}
	if c.GetStop() != "" {
		words += "\nStop: " + c.GetStop()
	}
	return words
}

// stepName names a step of one revision: "sellers/acme/guides/kettle revision 3, base".
func stepName(guide string, revision int32, step string) string {
	return guide + " revision " + strconv.Itoa(int(revision)) + ", " + step
}

func changeWords(c *pb.SessionEvent_StateChange) string {
	words := "[" + c.GetState().String()
	if c.GetReason() != "" {
		words += " " + c.GetReason()
	}
	if c.GetExpert() != "" {
		words += " " + c.GetExpert()
	}
	if c.GetText() != "" {
		words += ": " + c.GetText()
	}
	if c.GetRefundUrl() != "" {
		words += " " + c.GetRefundUrl()
	}
	return words + "]"
}

// lineEnds are all that some program takes for the end of a line.
var lineEnds = strings.NewReplacer("\r\n", "\n    ", "\n", "\n    ", "\r", "\n    ", "\v", "\n    ", "\f", "\n    ",
	"\u0085", "\n    ", "\u2028", "\n    ", "\u2029", "\n    ")

// printable indents further lines and leaves nothing in a text that moves a terminal's cursor or turns the order of letters
// around: whoever reads a transcript sees what was written.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return unicode.ReplacementChar
		}
		return r
	}, lineEnds.Replace(s))
}
