package store

import "github.com/fixfirst/fixfirst/troubleshoot"

// PastIntercept is an intercept of imported history with the facts of its outcome.
type PastIntercept struct {
	Intercept troubleshoot.Intercept // with its own time and arm
	Session   *troubleshoot.Session  // help that was given
	Return    *troubleshoot.ReturnEvent
}

// KeepHistory stores a past intercept; false when its order line has an intercept already, which stands.
// Its outcome is taken as known before it matured, so that it is no correction.
func (tx *Tx) KeepHistory(p PastIntercept) (bool, error) {
	i, kept, err := tx.KeepIntercept(p.Intercept)
	if err != nil || !kept {
		return false, err
	}
	if p.Return != nil {
		if _, err := tx.insertReturnEvent(*p.Return, i.CreateTime); err != nil {
			return false, err
		}
	}
	if p.Session != nil {
		if err := tx.insertSession(*p.Session); err != nil {
			return false, err
		}
		if err := tx.countService(Change{After: *p.Session}, i.Line.SKU); err != nil {
			return false, err
		}
	}
	return true, tx.refold(i.Line.Seller, i.Line.OrderID, i.Line.LineID, i.CreateTime)
}
