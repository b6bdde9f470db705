package rpc

import (
	"slices"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// knownStep refuses results of steps that no published revision of the seller has.
func knownStep(tx *store.Tx, seller string, r troubleshoot.StepRecord) error {
	g, err := tx.GuideRevision(seller, r.Guide, r.Revision)
	if err != nil {
		return err
	}
	_, err = stepOf(g, r)
	return err
}

// stepOf gives a step of a published revision, or InvalidArgument.
func stepOf(g troubleshoot.Guide, r troubleshoot.StepRecord) (troubleshoot.GuideStep, error) {
	n := slices.IndexFunc(g.Steps, func(step troubleshoot.GuideStep) bool { return step.ID == r.Step })
	if n < 0 {
		return troubleshoot.GuideStep{}, troubleshoot.Invalid("step", "revision %d of guide %q has no step %q; use the ids in steps[].step", r.Revision, r.Guide, r.Step)
	}
	return g.Steps[n], nil
}
