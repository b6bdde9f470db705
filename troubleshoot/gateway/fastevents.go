package gateway

import (
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// decodeMessage reads what decodeIntercept's rules call plain JSON into req.
func decodeMessage(body []byte, req *pb.SendMessageRequest) bool {
	if len(body) > fastDecodeLimit || !utf8.Valid(body) {
		return false
	}
	proto.Reset(req)
	p := &scanner{s: string(body)}
	var seen fieldSet
	p.object(func(name string) {
		switch name {
		case "session":
			seen.once(p, 0)
			req.Session = p.text()
		case "clientMessageId":
			seen.once(p, 1)
			req.ClientMessageId = p.text()
		case "text":
			seen.once(p, 2)
			req.Text = p.text()
		case "step":
			seen.once(p, 3)
			req.Step = p.stepRef()
		case "reply":
			seen.once(p, 4)
			req.Reply = p.text()
		case "ownerEpoch":
			seen.once(p, 5)
			req.OwnerEpoch = p.int32()
		default:
			p.bad = true
		}
	})
	return p.end()
}

func (p *scanner) stepRef() *pb.SendMessageRequest_StepRef {
	ref := &pb.SendMessageRequest_StepRef{}
	var seen fieldSet
	p.object(func(name string) {
		switch name {
		case "guide":
			seen.once(p, 0)
			ref.Guide = p.text()
		case "revision":
			seen.once(p, 1)
			ref.Revision = p.int32()
		case "step":
			seen.once(p, 2)
			ref.Step = p.text()
		default:
			p.bad = true
		}
	})
	return ref
}

// encodeSent writes the answer to a message as encodeIntercept writes an intercept.
func encodeSent(m *pb.SentMessage) ([]byte, bool) {
	if m == nil {
		return nil, false
	}
	w := &writer{out: make([]byte, 0, 160+len(m.GetText()))}
	w.int32(`{"seq":`, m.GetSeq())
	w.timestamp(`,"createTime":`, m.GetCreateTime())
	w.str(`,"clientMessageId":`, m.GetClientMessageId())
	w.str(`,"text":`, m.GetText())
	w.boolean(`,"masked":`, m.GetMasked())
	w.out = append(w.out, '}')
	return w.out, !w.bad
}

// encodeEvents writes a stretch of a session's log.
func encodeEvents(m *pb.ListEventsResponse) ([]byte, bool) {
	if m == nil {
		return nil, false
	}
	w := &writer{out: make([]byte, 0, 32+256*len(m.GetEvents()))}
	w.out = append(w.out, `{"events":[`...)
	for i, e := range m.GetEvents() {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.event(e)
	}
	w.int32(`],"lastSeq":`, m.GetLastSeq())
	w.out = append(w.out, '}')
	return w.out, !w.bad
}

// appendEvent writes one event behind out. Where it reports false, what is behind out says nothing.
func appendEvent(out []byte, e *pb.SessionEvent) ([]byte, bool) {
	w := &writer{out: out}
	w.event(e)
	return w.out, !w.bad
}

func (w *writer) event(e *pb.SessionEvent) {
	if e == nil {
		w.bad = true
		return
	}
	w.int32(`{"seq":`, e.GetSeq())
	w.timestamp(`,"time":`, e.GetTime())
	w.enum(`,"sender":`, int32(e.GetSender()), pb.SessionEvent_Sender_name)
	w.str(`,"expert":`, e.GetExpert())
	switch of := e.GetEvent().(type) {
	case nil:
	case *pb.SessionEvent_Message_:
		w.message(of.Message)
	case *pb.SessionEvent_StateChange_:
		w.stateChange(of.StateChange)
	case *pb.SessionEvent_StepResult_:
		w.stepResult(of.StepResult)
	case *pb.SessionEvent_Typing_:
		w.out = append(w.out, `,"typing":{}`...)
	case *pb.SessionEvent_Wait_:
		w.int32(`,"wait":{"queuePosition":`, of.Wait.GetQueuePosition())
		w.duration(`,"estimatedWait":`, of.Wait.GetEstimatedWait())
		w.boolean(`,"nobody":`, of.Wait.GetNobody())
		w.out = append(w.out, '}')
	case *pb.SessionEvent_Heartbeat_:
		w.out = append(w.out, `,"heartbeat":{}`...)
	default:
		w.bad = true
	}
	w.out = append(w.out, '}')
}

func (w *writer) message(m *pb.SessionEvent_Message) {
	w.str(`,"message":{"clientMessageId":`, m.GetClientMessageId())
	w.str(`,"text":`, m.GetText())
	if c := m.GetStep(); c != nil {
		w.str(`,"step":{"guide":`, c.GetGuide())
		w.int32(`,"revision":`, c.GetRevision())
		w.str(`,"step":`, c.GetStep())
		w.str(`,"title":`, c.GetTitle())
		w.str(`,"html":`, c.GetHtml())
		w.str(`,"instruction":`, c.GetInstruction())
		w.str(`,"stop":`, c.GetStop())
		w.out = append(w.out, '}')
	}
	w.str(`,"reply":`, m.GetReply())
	w.boolean(`,"masked":`, m.GetMasked())
	w.out = append(w.out, '}')
}

func (w *writer) stateChange(c *pb.SessionEvent_StateChange) {
	w.enum(`,"stateChange":{"state":`, int32(c.GetState()), pb.Session_State_name)
	w.str(`,"reason":`, c.GetReason())
	w.str(`,"expert":`, c.GetExpert())
	w.str(`,"text":`, c.GetText())
	w.str(`,"refundUrl":`, c.GetRefundUrl())
	w.str(`,"expertDisplayName":`, c.GetExpertDisplayName())
	w.out = append(w.out, '}')
}

func (w *writer) stepResult(r *pb.SessionEvent_StepResult) {
	w.str(`,"stepResult":{"guide":`, r.GetGuide())
	w.int32(`,"revision":`, r.GetRevision())
	w.str(`,"step":`, r.GetStep())
	w.enum(`,"result":`, int32(r.GetResult()), pb.Session_StepResult_name)
	w.out = append(w.out, '}')
}
