package rpc

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
)

// Experts serves ExpertsService.
type Experts struct {
	pb.UnimplementedExpertsServiceServer
	store    *store.Store
	now      func() time.Time
	hub      *live.Hub
	sessions *Sessions
}

// PutExpert creates an expert or replaces the profile of one.
func (s *Experts) PutExpert(ctx context.Context, req *pb.PutExpertRequest) (*pb.Expert, error) {
	now := s.now().UTC()
	asked, err := expertFromProto(req, teamOf(ctx, req.GetSeller()))
	if err != nil {
		return nil, err
	}
	var shown *pb.Expert
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if err := tx.LockRouting(); err != nil {
			return err
		}
		if err := tx.PutExpert(asked, now); err != nil {
			return err
		}
		if err := tx.Audit(now, asked.ID.Seller, PrincipalFrom(ctx).Credential, "expert.put", "experts/"+asked.ID.Name, ""); err != nil {
			return err
		}
		shown, err = showExpert(tx, asked.ID, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.changed(asked.ID)
	return shown, nil
}

// changed tells whoever waits for it that an expert can take something else than before.
func (s *Experts) changed(id troubleshoot.ExpertID) {
	s.store.ForgetBoard()
	s.hub.Publish(live.ExpertTopic(id), live.Note{})
	s.hub.Publish(live.QueueTopic, live.Note{})
}

// teamOf is whose team a caller speaks of: the own, or the one named.
func teamOf(ctx context.Context, named string) string {
	if own := PrincipalFrom(ctx).Seller; own != "" {
		return own
	}
	return named
}

// expertFromProto reads a profile that Validate has passed.
func expertFromProto(req *pb.PutExpertRequest, team string) (troubleshoot.Expert, error) {
	wage, err := costFromProto(req.GetHourlyWage(), "hourlyWage")
	if err != nil {
		return troubleshoot.Expert{}, err
	}
	e := troubleshoot.Expert{ID: troubleshoot.ExpertID{Seller: team, Name: req.GetExpert()}, DisplayName: req.GetDisplayName(), Skills: req.GetSkills(),
		Locales: req.GetLocales(), Capacity: troubleshoot.DefaultCapacity, HourlyWage: wage}
	if e.DisplayName == "" {
		e.DisplayName = e.ID.Name
	}
	if req.Capacity != nil {
		e.Capacity = int64(req.GetCapacity())
	}
	return e, e.Check()
}

// showExpert reads an expert with the load of now.
func showExpert(tx *store.Tx, id troubleshoot.ExpertID, now time.Time) (*pb.Expert, error) {
	e, err := tx.Expert(id)
	if err != nil {
		return nil, err
	}
	loads, err := tx.Loads()
	return expertToProto(e, loads[id], now), err
}

// expertTo shows an expert to a reader: what colleagues earn is not for experts.
func expertTo(caller access.Principal, e troubleshoot.Expert, load store.Load, now time.Time) *pb.Expert {
	if caller.Role == troubleshoot.RoleExpert && e.ID != caller.ExpertID() {
		e.HourlyWage = troubleshoot.Money{}
	}
	return expertToProto(e, load, now)
}

func expertToProto(e troubleshoot.Expert, load store.Load, now time.Time) *pb.Expert {
	shown := &pb.Expert{Name: "experts/" + e.ID.Name, DisplayName: e.DisplayName, Seller: e.ID.Seller, Skills: e.Skills, Locales: e.Locales,
		Capacity: int32Of(e.Capacity), HourlyWage: moneyToProto(e.HourlyWage), State: pb.Expert_State(e.Shown(now, load.All(), load.WrapUps)),
		StateTime: timeToProto(e.StateTime), Load: int32Of(load.All())}
	if e.NextState != 0 {
		shown.NextState = pb.Expert_State(e.NextState).Enum()
	}
	return shown
}

// GetExpert returns an expert; an expert sees colleagues of the own team.
func (s *Experts) GetExpert(ctx context.Context, req *pb.GetExpertRequest) (*pb.Expert, error) {
	caller := PrincipalFrom(ctx)
	id := troubleshoot.ExpertID{Seller: teamOf(ctx, req.GetSeller()), Name: req.GetExpert()}
	if caller.Role == troubleshoot.RoleExpert && id.Seller != caller.Seller {
		return nil, troubleshoot.Missing("expert", id.Name)
	}
	var shown *pb.Expert
	err := s.store.View(ctx, func(tx *store.Tx) error {
		e, err := tx.Expert(id)
		if err != nil {
			return err
		}
		loads, err := tx.Loads()
		shown = expertTo(caller, e, loads[id], s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return shown, nil
}

// ListExperts lists experts by team and name.
func (s *Experts) ListExperts(ctx context.Context, req *pb.ListExpertsRequest) (*pb.ListExpertsResponse, error) {
	limit := pageSize(req.GetPageSize())
	after, err := pageToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	team := teamOf(ctx, req.GetSeller())
	var experts []troubleshoot.Expert
	var loads map[troubleshoot.ExpertID]store.Load
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		if experts, err = tx.Experts(store.ExpertFilter{Seller: team, Every: team == "", After: after, Limit: limit + 1}); err != nil {
			return err
		}
		loads, err = tx.Loads()
		return err
	})
	if err != nil {
		return nil, err
	}
	reply := &pb.ListExpertsResponse{}
	experts, reply.NextPageToken = onePage(experts, limit, func(e troubleshoot.Expert) string { return e.ID.Seller + "/" + e.ID.Name })
	for _, e := range experts {
		reply.Experts = append(reply.Experts, expertToProto(e, loads[e.ID], s.now()))
	}
	return reply, nil
}

// self gives the calling expert, whom the request must name.
func self(ctx context.Context, named string) (troubleshoot.ExpertID, error) {
	id := PrincipalFrom(ctx).ExpertID()
	if named != id.Name {
		return id, troubleshoot.Missing("expert", named)
	}
	return id, nil
}

// SetPresence sets what the calling expert can take now. AVAILABLE needs an open work stream.
func (s *Experts) SetPresence(ctx context.Context, req *pb.SetPresenceRequest) (*pb.Expert, error) {
	id, err := self(ctx, req.GetExpert())
	if err != nil {
		return nil, err
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	var shown *pb.Expert
	var lost lostSessions
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		lost = nil
		if err := tx.LockRouting(); err != nil {
			return err
		}
		if err := tx.EnsureExpert(id, now); err != nil {
			return err
		}
		if lost, err = setPresence(tx, id, troubleshoot.ExpertState(req.GetState()), troubleshoot.ExpertState(req.GetNextState()), PrincipalFrom(ctx).Credential, now); err != nil {
			return err
		}
		shown, err = showExpert(tx, id, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	lost.tell(s.hub)
	s.changed(id)
	return shown, nil
}

// lostSessions are sessions that an expert who goes cannot take any more, before and after.
type lostSessions []store.Changed

// tell wakes whom it concerns.
func (all lostSessions) tell(hub *live.Hub) {
	for _, l := range all {
		hub.SessionChanged(l.Before, l.After, l.Events)
	}
}

// setPresence puts a state in force. Who no longer takes chats lets what rings there go on to others at once.
func setPresence(tx *store.Tx, id troubleshoot.ExpertID, state, next troubleshoot.ExpertState, actor string, now time.Time) (lostSessions, error) {
	e, err := tx.Expert(id)
	if err != nil {
		return nil, err
	}
	if state == troubleshoot.ExpertAvailable && !now.Before(e.LeaseUntil) {
		return nil, troubleshoot.Errorf(troubleshoot.FailedPrecondition, "state: AVAILABLE needs an open work stream; open GET /v1/experts/%s/work:stream first", id.Name)
	}
	var lost lostSessions
	if state != troubleshoot.ExpertAvailable || next != 0 {
		if lost, err = tx.StopRinging(id, actor, now); err != nil {
			return nil, err
		}
	}
	if e, err = tx.LockExpert(id); err != nil {
		return nil, err
	}
	inHand := e.Work.InHand // also what was accepted a moment ago
	if state == troubleshoot.ExpertOffline && inHand > 0 {
		return nil, troubleshoot.Errorf(troubleshoot.FailedPrecondition, "state: chats in hand: %d; close or transfer them first, or set BUSY with nextState OFFLINE", inHand)
	}
	if next != 0 && inHand == 0 {
		state, next = next, 0
	}
	if e.State != state && state == troubleshoot.ExpertAvailable {
		e.IdleSince = now
	}
	e.State, e.NextState = state, next
	_, err = tx.SetExpert(e, now)
	return lost, err
}

// GetQueue shows what waits and who is on: to a supervisor of the seller, to an expert of the own team.
func (s *Experts) GetQueue(ctx context.Context, req *pb.GetQueueRequest) (*pb.Queue, error) {
	team, every := teamOf(ctx, req.GetSeller()), PrincipalFrom(ctx).Seller == "" && req.GetSeller() == ""
	isExpert := PrincipalFrom(ctx).Role == troubleshoot.RoleExpert
	now := s.now().UTC()
	var reply *pb.Queue
	err := s.store.View(ctx, func(tx *store.Tx) error {
		board, err := tx.RecentBoard(now)
		if err != nil {
			return err
		}
		reply = &pb.Queue{}
		if err := queueSessions(ctx, tx, reply, board, team, every, now); err != nil {
			return err
		}
		loads, err := tx.Loads()
		if err != nil {
			return err
		}
		on, err := tx.ExpertsOn()
		if err != nil {
			return err
		}
		for _, e := range on {
			if e.On(now) && (every && !isExpert || e.ID.Seller == team) {
				reply.Experts = append(reply.Experts, expertTo(PrincipalFrom(ctx), e, loads[e.ID], now))
			}
		}
		hour, err := tx.ServiceSince(team, every, now.Add(-time.Hour))
		reply.LastHour = serviceLevelToProto(hour)
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

// queueSessions lists what waits, ringing or not, longest waiting first.
func queueSessions(ctx context.Context, tx *store.Tx, reply *pb.Queue, board *store.Board, team string, every bool, now time.Time) error {
	seller := team
	if every {
		seller = ""
	}
	waiting, err := tx.WaitingSessions(seller, now, troubleshoot.MaxPageSize)
	if err != nil {
		return err
	}
	if PrincipalFrom(ctx).Role == troubleshoot.RoleExpert && PrincipalFrom(ctx).Seller == "" { // the pool sees what it may be asked to take
		waiting = slices.DeleteFunc(waiting, func(s troubleshoot.Session) bool { return !board.UsesPool(s.ID) })
	}
	outlooks := board.Outlooks()
	if reply.Waiting, err = listed(tx, waiting); err != nil {
		return err
	}
	for n, w := range waiting {
		shown := reply.Waiting[n]
		if o, known := outlooks[w.ID]; known && !o.Nobody {
			position := int32Of(int64(o.Position))
			shown.QueuePosition = &position
			if !o.Away {
				shown.EstimatedWait = durationpb.New(o.Wait.Round(time.Second))
			}
		}
	}
	if len(waiting) > 0 {
		reply.LongestWait = durationpb.New(max(0, now.Sub(waiting[0].WaitTime)).Round(time.Second))
	}
	return nil
}

func serviceLevelToProto(l store.ServiceLevel) *pb.Queue_ServiceLevel {
	shown := &pb.Queue_ServiceLevel{Offered: int32Of(l.Offered), Answered: int32Of(l.Answered), AnsweredWithinTarget: int32Of(l.InTime), Abandoned: int32Of(l.Abandoned)}
	if l.Offered > 0 {
		rate := float64(l.InTime) / float64(l.Offered)
		shown.Rate = &rate
	}
	return shown
}
