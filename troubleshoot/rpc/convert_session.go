package rpc

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
	"github.com/fixfirst/fixfirst/troubleshoot/routing"
)

// sessionView is what a reply shows of a session besides itself.
type sessionView struct {
	steps     []troubleshoot.StepRecord // latest results, oldest first
	notes     []store.Note
	refundURL string
	sku       string
	lastSeq   int64
	outlook   *routing.Outlook // while it waits
}

// loadView reads what a reply shows of a session.
func loadView(tx *store.Tx, s troubleshoot.Session, now time.Time) (sessionView, error) {
	i, err := tx.Intercept(s.Intercept)
	if err != nil {
		return sessionView{}, err
	}
	return viewSession(tx, s, i, now)
}

func viewSession(tx *store.Tx, s troubleshoot.Session, i troubleshoot.Intercept, now time.Time) (v sessionView, err error) {
	v.refundURL, v.sku = i.RefundURL, i.Line.SKU
	if v.steps, err = tx.Steps(s.ID); err != nil {
		return v, err
	}
	if v.notes, err = tx.Notes(s.ID); err != nil {
		return v, err
	}
	if v.lastSeq, err = tx.LastSeq(s.ID); err != nil {
		return v, err
	}
	if s.State == troubleshoot.Queued && !s.Callback.NotBefore.After(now) {
		v.outlook, err = outlookOf(tx, s, i.Line, now)
	}
	return v, err
}

// sessionToProto shows a session as everybody may see it.
func sessionToProto(s troubleshoot.Session) *pb.Session {
	shown := &pb.Session{
		Name: sessionPrefix + s.ID, Intercept: interceptPrefix + s.Intercept, Channel: pb.Session_Channel(s.Channel), State: pb.Session_State(s.State),
		Locale: s.Locale, CreateTime: timeToProto(s.CreateTime), StartTime: timeToProto(s.StartTime), EndTime: timeToProto(s.EndTime),
		OwnerEpoch: int32Of(s.Epoch), Seller: s.Seller, FirstResponseTime: timeToProto(s.ReplyTime),
	}
	if s.Expert.IsSet() {
		shown.Expert = &s.Expert.Name
	}
	if s.Disposition != 0 {
		shown.Disposition = pb.Session_Disposition(s.Disposition).Enum()
	}
	if s.Answer.Solved != 0 {
		shown.Answer = answerToProto(s.Answer)
	}
	if s.State == troubleshoot.Closed && !s.StartTime.IsZero() {
		shown.ExpertTime = durationpb.New(time.Duration(s.ExpertSeconds) * time.Second)
	}
	if s.Channel == troubleshoot.ChannelCallback {
		shown.Callback = callbackToProto(s.Callback)
	}
	return shown
}

// sessionTo shows a session to its reader: to the shopper without what experts noted for colleagues, and the number to call to
// nobody but the expert who calls it.
func sessionTo(caller access.Principal, s troubleshoot.Session, v sessionView) *pb.Session {
	shown := sessionToProto(s)
	shown.RefundUrl, shown.Sku, shown.LastSeq = v.refundURL, v.sku, int32Of(v.lastSeq)
	shown.Steps = make([]*pb.Session_Step, len(v.steps))
	for n, r := range v.steps {
		shown.Steps[n] = &pb.Session_Step{
			Guide: guideName(s.Seller, r.Guide), Revision: int32Of(r.Revision), Step: r.Step, Result: pb.Session_StepResult(r.Result),
			Elapsed: durationpb.New(r.Elapsed), RecordTime: timeToProto(r.Time),
		}
	}
	if len(v.steps) > 0 {
		shown.Guide = &shown.Steps[0].Guide
	}
	if v.outlook != nil && !v.outlook.Nobody {
		position := int32Of(int64(v.outlook.Position))
		shown.QueuePosition = &position
		if !v.outlook.Away {
			shown.EstimatedWait = durationpb.New(v.outlook.Wait.Round(time.Second))
		}
	}
	if caller.RingsAt(s) {
		shown.AcceptBy = timeToProto(s.Ringing.Until)
	}
	if caller.Role == troubleshoot.RoleExpert && caller.OwnsSession(s) && s.State != troubleshoot.Closed && shown.Callback != nil {
		shown.Callback.Phone = s.Callback.Phone
	}
	if caller.Role != troubleshoot.RoleShopper {
		shown.Note, shown.Tags = s.Note, s.Tags
		for _, n := range v.notes {
			shown.Notes = append(shown.Notes, noteToProto(n))
		}
	}
	return shown
}

// sessionToList shows a session as one of many, without the texts that people wrote: reading those is audited.
func sessionToList(s troubleshoot.Session) *pb.Session {
	s.Answer.Comment = ""
	return sessionToProto(s)
}

// listed shows sessions as a list, each with its item and refund link.
func listed(tx *store.Tx, sessions []troubleshoot.Session) ([]*pb.Session, error) {
	shown := make([]*pb.Session, len(sessions))
	for n, s := range sessions {
		i, err := tx.Intercept(s.Intercept)
		if err != nil {
			return nil, err
		}
		shown[n] = sessionToList(s)
		shown[n].Sku, shown[n].RefundUrl = i.Line.SKU, i.RefundURL
	}
	return shown, nil
}

func noteToProto(n store.Note) *pb.SessionNote {
	return &pb.SessionNote{CreateTime: timeToProto(n.Time), Expert: n.Expert, Text: n.Text}
}

// callbackToProto shows a call with its number masked.
func callbackToProto(c troubleshoot.Callback) *pb.Callback {
	shown := &pb.Callback{Phone: troubleshoot.MaskPhone(c.Phone), NotBefore: timeToProto(c.NotBefore), NotAfter: timeToProto(c.NotAfter)}
	for _, call := range c.Calls {
		shown.Calls = append(shown.Calls, &pb.Callback_Call{Expert: call.Expert, StartTime: timeToProto(call.Start), EndTime: timeToProto(call.End),
			Outcome: pb.Callback_Outcome(call.Outcome)})
	}
	return shown
}

// Bounds of a call's stretch of time.
const (
	callAhead  = 14 * 24 * time.Hour
	callLength = 15 * time.Minute // at least
)

// callbackFromProto reads the call that a request asks for; only a CALLBACK has one, and must have it.
func callbackFromProto(req *pb.CreateSessionRequest, now time.Time) (troubleshoot.Callback, error) {
	asked := req.GetCallback()
	switch wanted := req.GetChannel() == pb.Session_CALLBACK; {
	case wanted && asked == nil:
		return troubleshoot.Callback{}, troubleshoot.Invalid("callback", "is missing; a CALLBACK needs phone, notBefore and notAfter")
	case !wanted && asked != nil:
		return troubleshoot.Callback{}, troubleshoot.Invalid("callback", "is given; only a CALLBACK has one, so leave it out")
	case asked == nil:
		return troubleshoot.Callback{}, nil
	}
	phone, err := troubleshoot.ParsePhone("callback.phone", asked.GetPhone())
	if err != nil {
		return troubleshoot.Callback{}, err
	}
	from, until, err := callTime("callback.", timeFromProto(asked.GetNotBefore()), timeFromProto(asked.GetNotAfter()), now)
	return troubleshoot.Callback{Phone: phone, NotBefore: from, NotAfter: until}, err
}

// callTime checks a stretch of time for a call; prefix is that of its fields.
func callTime(prefix string, from, until, now time.Time) (time.Time, time.Time, error) {
	if from.Before(now) {
		from = now
	}
	switch {
	case until.Sub(from) < callLength:
		return from, until, troubleshoot.Invalid(prefix+"notAfter", "leaves less than %s for the call; give a later time", callLength)
	case from.After(now.Add(callAhead)):
		return from, until, troubleshoot.Invalid(prefix+"notBefore", "is more than 14 days ahead; give an earlier time")
	case until.After(now.Add(callAhead + 24*time.Hour)):
		return from, until, troubleshoot.Invalid(prefix+"notAfter", "is more than 15 days ahead; give an earlier time")
	}
	return from, until, nil
}

func answerToProto(a troubleshoot.Answer) *pb.Session_Answer {
	shown := &pb.Session_Answer{Solved: pb.Session_Solved(a.Solved), Comment: a.Comment, AnswerTime: timeToProto(a.Time)}
	if a.Score != 0 {
		score := int32Of(a.Score)
		shown.Score = &score
	}
	return shown
}

// answerFromProto reads the shopper's answer, given at now.
func answerFromProto(req *pb.AnswerSessionRequest, now time.Time) troubleshoot.Answer {
	comment, _ := troubleshoot.MaskCards(req.GetComment())
	return troubleshoot.Answer{Solved: troubleshoot.Solved(req.GetSolved()), Score: int64(req.GetScore()), Comment: comment, Time: now}
}

// stepFromProto reads the result of a step of a guide of the seller, recorded at now. The guide is named by its id or its
// resource name; that of another seller's guide is answered as a missing one.
func stepFromProto(req *pb.RecordStepRequest, seller string, now time.Time) (troubleshoot.StepRecord, error) {
	guide, err := guideID(req.GetGuide(), seller)
	if err != nil {
		return troubleshoot.StepRecord{}, err
	}
	return troubleshoot.StepRecord{
		Session: req.GetSession(), Guide: guide, Revision: int64(req.GetRevision()), Step: req.GetStep(),
		Result: troubleshoot.StepResult(req.GetResult()), Elapsed: req.GetElapsed().AsDuration(), Time: now,
	}, nil
}

// guideID takes the id out of a guide's resource name, and an id as it is.
func guideID(name, seller string) (string, error) {
	parts := strings.Split(name, "/")
	switch {
	case len(parts) == 1:
		return name, nil
	case len(parts) == 4 && parts[0] == "sellers" && parts[2] == "guides" && parts[3] != "":
		if parts[1] != seller {
			return "", troubleshoot.Missing("guide", name)
		}
		return parts[3], nil
	}
	return "", troubleshoot.Invalid("guide", "%q is no guide; give its id or its name, sellers/…/guides/…", name)
}
