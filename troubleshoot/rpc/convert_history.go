package rpc

import (
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// pastRow is a row of imported history as nouns; ids, epoch and day come when it is stored.
type pastRow struct {
	intercept troubleshoot.Intercept
	session   *troubleshoot.Session
	returned  *troubleshoot.ReturnEvent
}

// pastFromProto reads a row of imported history. Help that was given becomes one closed session, a return one event, so
// that its outcome follows from facts like that of any other intercept.
func pastFromProto(req *pb.ImportInterceptsRequest, now time.Time) (*pastRow, error) {
	line, err := orderLineFromProto(req.GetOrderLine(), "orderLine")
	if err != nil {
		return nil, err
	}
	cost, err := costFromProto(req.GetCostOfReturn(), "costOfReturn")
	if err != nil {
		return nil, err
	}
	created := timeFromProto(req.GetCreateTime())
	if created.After(now.Add(troubleshoot.MaxClockSkew)) {
		return nil, troubleshoot.Invalid("createTime", "is in the future; history is past")
	}
	r := &pastRow{intercept: troubleshoot.Intercept{Line: line, Reason: troubleshoot.NormaliseReason(req.GetReason()), RawReason: req.GetReason(),
		Shopper: req.GetShopper(), Arm: troubleshoot.Arm(req.GetArm()), Choice: troubleshoot.Choice(req.GetChoice()), CostOfReturn: cost, CreateTime: created}}
	if req.GetReturned() {
		at := timeFromProto(req.GetReturnTime())
		switch {
		case at.IsZero():
			at = created
		case at.Before(created.Add(-troubleshoot.MaxClockSkew)):
			return nil, troubleshoot.Invalid("returnTime", "is before createTime; what came back before the intercept is no outcome of it")
		case at.After(now.Add(troubleshoot.MaxClockSkew)):
			return nil, troubleshoot.Invalid("returnTime", "is in the future; history is past")
		}
		r.returned = &troubleshoot.ReturnEvent{EventID: "import\x1f" + line.OrderID + "\x1f" + line.LineID, Seller: line.Seller, OrderID: line.OrderID,
			LineID: line.LineID, Quantity: line.Quantity, Kind: troubleshoot.ReturnRequested, Time: at}
	} else if req.GetReturnTime() != nil {
		return nil, troubleshoot.Invalid("returnTime", "is given though returned is false; leave it out or set returned")
	}
	if req.GetEngaged() || req.GetExpertSeconds() > 0 || req.GetSolved() != 0 {
		r.session = pastSession(req, created)
	}
	return r, nil
}

// pastSession is the one session that stands for all help of a past intercept.
func pastSession(req *pb.ImportInterceptsRequest, created time.Time) *troubleshoot.Session {
	seconds := int64(req.GetExpertSeconds())
	s := &troubleshoot.Session{Seller: req.GetOrderLine().GetSeller(), Channel: troubleshoot.ChannelGuide, State: troubleshoot.Closed,
		Engaged: req.GetEngaged(), CreateTime: created, StartTime: created, EndTime: created.Add(time.Duration(seconds) * time.Second), ExpertSeconds: seconds}
	if seconds > 0 {
		s.Channel = troubleshoot.ChannelChat
	}
	if solved := troubleshoot.Solved(req.GetSolved()); solved != 0 {
		s.Answer = troubleshoot.Answer{Solved: solved, Time: s.EndTime}
	}
	return s
}
