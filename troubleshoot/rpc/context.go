package rpc

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// maxFixes bounds what the book of fixes shows: so many of the SKU, and as many of its category.
const maxFixes = 20

// GetSessionContext gives what the expert should have at hand: to the expert who has the session or at whom it rings, and to
// supervisors, whose reading is audited.
func (s *Experts) GetSessionContext(ctx context.Context, req *pb.GetSessionRequest) (*pb.SessionContext, error) {
	now, caller := s.now().UTC(), PrincipalFrom(ctx)
	var reply *pb.SessionContext
	err := s.sessions.read(ctx, req.GetSession(), "context", func(tx *store.Tx, session troubleshoot.Session) error {
		i, err := tx.Intercept(session.Intercept)
		if err != nil {
			return err
		}
		item, err := tx.Item(session.Seller, i.Line.SKU)
		if err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound {
			return err
		}
		view, err := viewSession(tx, session, i, now)
		if err != nil {
			return err
		}
		reply = &pb.SessionContext{Session: sessionTo(caller, session, view), Intercept: interceptToProto(i, ""), Item: itemToProto(item)}
		if i.Comment != "" {
			reply.Intercept.Comment = &i.Comment
		}
		if reply.EarlierSessions, err = earlierSessions(tx, caller, session, i, now); err != nil {
			return err
		}
		reply.Fixes, err = bookOfFixes(tx, store.Symptom{Seller: session.Seller, SKU: i.Line.SKU, Category: item.Category, Reason: i.Reason, Without: session.ID})
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

// earlierSessions gives the other sessions of the order line, newest first.
func earlierSessions(tx *store.Tx, caller access.Principal, session troubleshoot.Session, i troubleshoot.Intercept, now time.Time) ([]*pb.Session, error) {
	all, err := tx.SessionsOf(i.ID)
	if err != nil {
		return nil, err
	}
	var shown []*pb.Session
	for _, other := range slices.Backward(all) {
		if other.ID == session.ID {
			continue
		}
		view, err := viewSession(tx, other, i, now)
		if err != nil {
			return nil, err
		}
		shown = append(shown, sessionTo(caller, other, view))
	}
	return shown, nil
}

// bookOfFixes gives what helped with the same symptom before: for the SKU, then for its category, each most proven first. What
// the category says in the same words is not said twice. Steps are those that the seller's guides have now, so that no expert is
// pointed at what was taken back.
func bookOfFixes(tx *store.Tx, y store.Symptom) ([]*pb.SessionContext_Fix, error) {
	steps, err := tx.StepTallies(y)
	if err != nil {
		return nil, err
	}
	ends, err := tx.DispositionTallies(y)
	if err != nil {
		return nil, err
	}
	titles, err := publishedSteps(tx, y.Seller, steps)
	if err != nil {
		return nil, err
	}
	steps = slices.DeleteFunc(steps, func(s store.StepTally) bool { _, published := titles[stepKey{s.Guide, s.Step}]; return !published })
	ofSKU, ofCategory := fixesOf(steps, ends, true), fixesOf(steps, ends, false)
	ofCategory = slices.DeleteFunc(ofCategory, func(f fix) bool { return slices.Contains(ofSKU, f) })
	var shown []*pb.SessionContext_Fix
	for _, scope := range [...]struct {
		name  string
		fixes []fix
	}{{y.SKU, ofSKU}, {y.Category, ofCategory}} {
		for _, f := range scope.fixes[:min(len(scope.fixes), maxFixes)] {
			one := &pb.SessionContext_Fix{Scope: scope.name, Step: f.step, Title: titles[f.stepKey], Disposition: pb.Session_Disposition(f.disposition),
				Tried: int32Of(f.tried), Fixed: int32Of(f.fixed)}
			if f.guide != "" {
				one.Guide = guideName(y.Seller, f.guide)
			}
			shown = append(shown, one)
		}
	}
	return shown, nil
}

// stepKey names a step of a seller's guide.
type stepKey struct{ guide, step string }

// publishedSteps gives the titles of the steps that the guides of the tallies have now.
func publishedSteps(tx *store.Tx, seller string, tallies []store.StepTally) (map[stepKey]string, error) {
	titles, read := map[stepKey]string{}, map[string]bool{}
	for _, t := range tallies {
		if read[t.Guide] {
			continue
		}
		read[t.Guide] = true
		g, err := tx.PublishedGuide(seller, t.Guide)
		if troubleshoot.CodeOf(err) == troubleshoot.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, s := range g.Steps {
			titles[stepKey{t.Guide, s.ID}] = s.Title
		}
	}
	return titles, nil
}

// fix is a step of a guide, or a disposition, with the sessions in which it was tried.
type fix struct {
	stepKey
	disposition  troubleshoot.Disposition
	tried, fixed int64
}

// fixesOf ranks what helped: in sessions of the SKU alone, or of all of its category. A step that never fixed is none. Of closed
// sessions in which an expert was met, those count as fixed that ended with the disposition.
func fixesOf(steps []store.StepTally, ends []store.DispositionTally, ofSKU bool) []fix {
	byStep, byEnd := map[stepKey]fix{}, map[troubleshoot.Disposition]fix{}
	for _, s := range steps {
		if k := (stepKey{s.Guide, s.Step}); s.SameSKU || !ofSKU {
			byStep[k] = fix{stepKey: k, tried: byStep[k].tried + s.Tried, fixed: byStep[k].fixed + s.Fixed}
		}
	}
	var met int64
	for _, d := range ends {
		if !d.SameSKU && ofSKU || !d.Disposition.Met() {
			continue
		}
		if met += d.Sessions; helps(d.Disposition) {
			byEnd[d.Disposition] = fix{disposition: d.Disposition, fixed: byEnd[d.Disposition].fixed + d.Sessions}
		}
	}
	fixes := slices.Collect(maps.Values(byStep))
	for f := range maps.Values(byEnd) {
		f.tried = met
		fixes = append(fixes, f)
	}
	fixes = slices.DeleteFunc(fixes, func(f fix) bool { return f.fixed == 0 })
	slices.SortFunc(fixes, fix.compare)
	return fixes
}

// helps tells the dispositions with which a shopper had what was wanted: a kettle that works.
func helps(d troubleshoot.Disposition) bool {
	return d == troubleshoot.FixedKept || d == troubleshoot.SentReplacementPart || d == troubleshoot.Exchanged
}

// compare puts the most proven first; with too few sessions to prove anything, what fixed more often.
func (f fix) compare(o fix) int {
	return cmp.Or(-cmp.Compare(deflection.ProvenRate(f.fixed, f.tried), deflection.ProvenRate(o.fixed, o.tried)), -cmp.Compare(f.fixed, o.fixed),
		cmp.Compare(f.tried, o.tried), cmp.Compare(f.disposition, o.disposition), cmp.Compare(f.guide, o.guide), cmp.Compare(f.step, o.step))
}
